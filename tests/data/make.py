"""Makes the certificates of this folder with Python's `cryptography`, so that no line of ours made what ours must read.

    pip install cryptography
    python3 make.py

Every password is `secret`, that of `marked.pfx` is `Marked-Password-4711`. Valid for decades, except where the name says
otherwise. `traces.txt` has pieces of the app's private key in the forms in which a program could let them out.
"""

import base64
import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12,
)
from cryptography.x509.oid import NameOID

HERE = pathlib.Path(__file__).parent
START = datetime.datetime(2024, 1, 1)
END = datetime.datetime(2060, 1, 1)


def certificate(key, name, start=START, end=END):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)
    return builder.sign(key, hashes.SHA256())


def pfx(name, key, cert, password=b"secret"):
    data = pkcs12.serialize_key_and_certificates(name.encode(), key, cert, None, BestAvailableEncryption(password))
    (HERE / f"{name}.pfx").write_bytes(data)


def traces(key):
    """Nine bytes from the middle of each secret number: as hex, as decimal bytes, and as base64 at each of its offsets."""
    numbers = key.private_numbers()
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    lines = []
    for number in [numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp]:
        whole = number.to_bytes((number.bit_length() + 7) // 8, "big")
        piece = whole[40:52]
        lines += [piece.hex(), piece.hex().upper(), ", ".join(str(byte) for byte in piece)]
        at = der.index(piece)
        for offset in range(3):
            # As it stands in base64 of the whole key, wherever the encoding began.
            start = 3 - (at + offset) % 3
            lines.append(base64.b64encode(piece[start : start + 9]).decode())
    return "".join(f"{line}\n" for line in lines)


app = rsa.generate_private_key(65537, 2048)
app_cert = certificate(app, "app")
pfx("app", app, app_cert)
pfx("marked", app, app_cert, b"Marked-Password-4711")
(HERE / "traces.txt").write_text(traces(app))
(HERE / "app.cer").write_bytes(app_cert.public_bytes(Encoding.DER))
(HERE / "app.pem").write_bytes(
    app.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + app_cert.public_bytes(Encoding.PEM)
)

other = rsa.generate_private_key(65537, 2048)
pfx("other", other, certificate(other, "other"))
(HERE / "mismatch.pem").write_bytes(
    other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + app_cert.public_bytes(Encoding.PEM)
)

pfx("expired", app, certificate(app, "expired", START, datetime.datetime(2025, 1, 1)))
pfx("future", app, certificate(app, "future", datetime.datetime(2059, 1, 1), END))

curve = ec.generate_private_key(ec.SECP256R1())
pfx("ec", curve, certificate(curve, "ec"))

without_key = pkcs12.serialize_key_and_certificates(b"nokey", None, app_cert, None, BestAvailableEncryption(b"secret"))
(HERE / "nokey.pfx").write_bytes(without_key)

# As .NET keeps them: without a password.
plain = pkcs12.serialize_key_and_certificates(b"plain", app, app_cert, None, NoEncryption())
(HERE / "plain.pfx").write_bytes(plain)

short = rsa.generate_private_key(65537, 1024)
pfx("short", short, certificate(short, "short"))

# Two million rounds to open it, which nobody needs.
costly = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2_000_000)
costly = costly.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).build(b"secret")
(HERE / "costly.pfx").write_bytes(pkcs12.serialize_key_and_certificates(b"costly", app, app_cert, None, costly))
