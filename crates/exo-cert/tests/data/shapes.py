"""ASN.1 by hand: what the shapes of Windows, .NET and NSS are put together from. It shares nothing with the reader."""

import hashlib
import hmac
import os
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import pkcs12

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:
    TripleDES = algorithms.TripleDES

KEY = serialization.load_pem_private_key(open("contoso.key", "rb").read(), None)
CERTIFICATE = x509.load_pem_x509_certificate(open("contoso.crt", "rb").read())
FABRIKAM_KEY = serialization.load_pem_private_key(open("fabrikam.key", "rb").read(), None)
FABRIKAM = x509.load_pem_x509_certificate(open("fabrikam.crt", "rb").read())
DER = serialization.Encoding.DER
PKCS8 = KEY.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
CERT = CERTIFICATE.public_bytes(DER)


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


def length(n):
    if n < 0x80:
        return bytes([n])
    digits = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def tlv(tag, *parts):
    body = b"".join(parts)
    return bytes([tag]) + length(len(body)) + body


def indefinite(tag, *parts):
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def seq(*parts):
    return tlv(0x30, *parts)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def octets(b):
    return tlv(4, b)


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = []
    for arc in [40 * first + second, *rest]:
        piece = [arc & 0x7F]
        while arc := arc >> 7:
            piece.append(0x80 | arc & 0x7F)
        out += reversed(piece)
    return tlv(6, bytes(out))


NULL = b"\5\0"
DATA, ENCRYPTED = oid("1.2.840.113549.1.7.1"), oid("1.2.840.113549.1.7.6")
KEY_BAG, SHROUDED, CERT_BAG, SAFE_BAG, SECRET_BAG = (oid(f"1.2.840.113549.1.12.10.1.{n}") for n in (1, 2, 3, 6, 5))
PBE_3DES, PBE_RC2_40 = oid("1.2.840.113549.1.12.1.3"), oid("1.2.840.113549.1.12.1.6")
PROVIDER, LOCAL_KEY_ID = oid("1.3.6.1.4.1.311.17.1"), oid("1.2.840.113549.1.9.21")
FRIENDLY, MACHINE = oid("1.2.840.113549.1.9.20"), oid("1.3.6.1.4.1.311.17.2")


def utf16(password):
    """`None` is the absent password: no bytes at all."""
    return b"" if password is None else password.encode("utf-16-be") + b"\0\0"


def kdf(purpose, password, salt, count, size, new=hashlib.sha1, v=64):
    fill = lambda b: (b * (v // len(b) + 1) * (len(b) // v + 1))[: v * ((len(b) + v - 1) // v)] if b else b""
    diversifier, state, out = bytes([purpose]) * v, bytearray(fill(salt) + fill(password)), b""
    while len(out) < size:
        a = new(diversifier + bytes(state)).digest()
        for _ in range(count - 1):
            a = new(a).digest()
        out += a
        add = int.from_bytes((a * v)[:v], "big") + 1
        for i in range(0, len(state), v):
            n = (int.from_bytes(state[i:i + v], "big") + add) % (1 << 8 * v)
            state[i:i + v] = n.to_bytes(v, "big")
    return out[:size]


def pad(data, block):
    n = block - len(data) % block
    return data + bytes([n]) * n


def pbe(which, data, password, count=2000):
    salt, password = os.urandom(8), utf16(password)
    algorithm = seq(which, seq(octets(salt), integer(count)))
    iv = kdf(2, password, salt, count, 8)
    if which == PBE_3DES:
        cipher = Cipher(TripleDES(kdf(1, password, salt, count, 24)), modes.CBC(iv)).encryptor()
        return algorithm, cipher.update(pad(data, 8)) + cipher.finalize()
    key = kdf(1, password, salt, count, 5)
    command = ["openssl", "enc", "-rc2-40-cbc", "-K", key.hex(), "-iv", iv.hex(), "-provider", "legacy", "-provider",
               "default"]
    return algorithm, subprocess.run(command, input=data, capture_output=True, check=True).stdout


def pbes2(data, password, count):
    salt, iv = os.urandom(16), os.urandom(16)
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, count, 32)
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    derivation = seq(oid("1.2.840.113549.1.5.12"),
                     seq(octets(salt), integer(count), integer(32), seq(oid("1.2.840.113549.2.9"), NULL)))
    scheme = seq(oid("2.16.840.1.101.3.4.1.42"), octets(iv))
    return (seq(oid("1.2.840.113549.1.5.13"), seq(derivation, scheme)),
            cipher.update(pad(data, 16)) + cipher.finalize())


def bag(kind, value, *attributes):
    return seq(kind, tlv(0xA0, value), *([tlv(0x31, *attributes)] if attributes else []))


def attribute(kind, *values):
    return seq(kind, tlv(0x31, *values))


def bmp(text):
    return tlv(0x1E, text.encode("utf-16-be"))


def cert_bag(der, *attributes):
    return bag(CERT_BAG, seq(oid("1.2.840.113549.1.9.22.1"), tlv(0xA0, octets(der))), *attributes)


def plain_safe(*bags):
    return seq(DATA, tlv(0xA0, octets(seq(*bags))))


def sealed_safe(algorithm, ciphertext):
    return seq(ENCRYPTED, tlv(0xA0, seq(integer(0), seq(DATA, algorithm, tlv(0x80, ciphertext)))))


def mac_data(content, password, count, new=hashlib.sha1, algorithm="1.3.14.3.2.26", write_count=True):
    salt = os.urandom(20)
    digest = hmac.new(kdf(3, utf16(password), salt, count, new().digest_size, new), content, new).digest()
    return seq(seq(seq(oid(algorithm), NULL), octets(digest)), octets(salt), *([integer(count)] if write_count else []))


def pfx(*safes, password="password", mac_count=2000, tail=b"", write_count=True):
    content = seq(*safes)
    mac = mac_data(content, password, mac_count, write_count=write_count)
    return seq(integer(3), seq(DATA, tlv(0xA0, octets(content))), mac) + tail


def windows_key(key_usage):
    """PKCS#8 with the attribute in which Windows keeps the key specification."""
    body = PKCS8[4:]
    if key_usage is None:
        return PKCS8
    return seq(body, tlv(0xA0, seq(oid("2.5.29.15"), tlv(0x31, tlv(3, bytes([0, key_usage]))))))


def windows_key_bag(key_usage, provider, password="password"):
    algorithm, sealed = pbe(PBE_3DES, windows_key(key_usage), password)
    return bag(SHROUDED, seq(algorithm, octets(sealed)),
               seq(MACHINE, tlv(0x31)),
               attribute(LOCAL_KEY_ID, octets(b"\1\0\0\0")),
               attribute(FRIENDLY, bmp("{7D1C1E3D-6B8B-4C53-9B3B-0D6B8E0B0E11}")),
               attribute(PROVIDER, bmp(provider)))


STRONG = "Microsoft Strong Cryptographic Provider"
KSP = "Microsoft Software Key Storage Provider"
ID = attribute(LOCAL_KEY_ID, octets(b"\1\0\0\0"))
