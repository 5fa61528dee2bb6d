"""The files of this folder that need more than a command line: Python's own PFX, and files in the shape of Windows,
.NET and NSS, put together from ASN.1 by hand with the ciphers of `cryptography` and `openssl`."""

import hashlib
import hmac
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from shapes import *  # noqa: F403

# --- Python's own ---------------------------------------------------------------------------------------------------
best = serialization.BestAvailableEncryption(b"password")
write("python.pfx", pkcs12.serialize_key_and_certificates(b"contoso", KEY, CERTIFICATE, None, best))
write("python-nothing.pfx",
      pkcs12.serialize_key_and_certificates(b"contoso", KEY, CERTIFICATE, None, serialization.NoEncryption()))

# --- by hand --------------------------------------------------------------------------------------------------------
# Older Windows: 3DES key first, RC2-40 certificates, eight zero bytes at the end.
write("windows-csp-rc2.pfx",
      pfx(plain_safe(windows_key_bag(0x10, STRONG)), sealed_safe(*pbe(PBE_RC2_40, seq(cert_bag(CERT, ID)), "password")),
          tail=bytes(8)))
# Newer Windows: certificates in the clear; a CNG key, in both of its forms.
write("windows-cng-plain-certificates.pfx", pfx(plain_safe(windows_key_bag(0x90, KSP)), plain_safe(cert_bag(CERT, ID))))
write("windows-cng-no-usage.pfx", pfx(plain_safe(windows_key_bag(None, KSP)), plain_safe(cert_bag(CERT, ID))))
write("windows-csp-signature.pfx",
      pfx(plain_safe(windows_key_bag(0x80, STRONG)), plain_safe(cert_bag(CERT, ID)), tail=bytes(8)))
# -CryptoAlgorithmOption AES256_SHA256.
_algorithm, _sealed = pbes2(windows_key(0x10), "password", 2000)
write("windows-aes256.pfx",
      pfx(plain_safe(bag(SHROUDED, seq(_algorithm, octets(_sealed)), ID, attribute(PROVIDER, bmp(STRONG)))),
          plain_safe(cert_bag(CERT, ID))))
# .NET: the absent password, the count of the MAC left out; certificates first here.
write("dotnet-absent-password.pfx",
      pfx(sealed_safe(*pbe(PBE_3DES, seq(cert_bag(CERT, ID)), None)),
          plain_safe(windows_key_bag(0x10, STRONG, None)), password=None, mac_count=1, write_count=False))
# The MAC says absent, the contents say empty.
write("dotnet-mixed-password.pfx",
      pfx(sealed_safe(*pbe(PBE_3DES, seq(cert_bag(CERT, ID)), "")),
          plain_safe(windows_key_bag(0x10, STRONG, "")), password=None))
# Two certificates with keys.
_fabrikam = FABRIKAM_KEY.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
write("two-pairs.pfx",
      pfx(plain_safe(bag(KEY_BAG, PKCS8), bag(KEY_BAG, _fabrikam)),
          plain_safe(cert_bag(FABRIKAM.public_bytes(DER)), cert_bag(CERT))))
# Two certificates for one key: the local key id names the one that ends earlier.
_earlier = x509.load_pem_x509_certificate(open("contoso-earlier.crt", "rb").read()).public_bytes(DER)
write("renewed-named-by-id.pfx",
      pfx(plain_safe(bag(KEY_BAG, PKCS8, ID)), plain_safe(cert_bag(CERT), cert_bag(_earlier, ID))))
write("renewed-without-id.pfx", pfx(plain_safe(bag(KEY_BAG, PKCS8)), plain_safe(cert_bag(_earlier), cert_bag(CERT))))
# The local key ids disagree; what counts is that the numbers agree.
write("disagreeing-ids.pfx",
      pfx(plain_safe(bag(KEY_BAG, PKCS8, ID)), plain_safe(cert_bag(CERT, attribute(LOCAL_KEY_ID, octets(b"other"))))))
# The certificate of somebody else.
write("mismatch.pfx", pfx(plain_safe(bag(KEY_BAG, _fabrikam, ID)), plain_safe(cert_bag(CERT, ID))))
# Safes in safes, secrets, unknown bags, SDSI certificates.
_nested = bag(KEY_BAG, PKCS8)
for _ in range(7):
    _nested = bag(SAFE_BAG, seq(_nested))
_odd = [bag(SECRET_BAG, seq(oid("1.2.3.4"), tlv(0xA0, octets(b"x")))), bag(oid("1.2.3.4.5"), NULL),
        bag(CERT_BAG, seq(oid("1.2.840.113549.1.9.22.2"), tlv(0xA0, tlv(0x16, b"sdsi"))))]
write("nested-and-odd.pfx", pfx(plain_safe(_nested, *_odd), plain_safe(cert_bag(CERT))))
# One key that cannot be opened beside the one that can.
_algorithm, _sealed = pbe(PBE_3DES, _fabrikam, "another password")
write("one-broken-key.pfx",
      pfx(plain_safe(bag(SHROUDED, seq(_algorithm, octets(_sealed))), bag(KEY_BAG, PKCS8)), plain_safe(cert_bag(CERT))))
# PBMAC1 (RFC 9579): the outer salt and count are dummies.


def pbmac1(content, password):
    salt = os.urandom(16)
    digest = hmac.new(hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 2048, 32), content, "sha256").digest()
    derivation = seq(oid("1.2.840.113549.1.5.12"),
                     seq(octets(salt), integer(2048), integer(32), seq(oid("1.2.840.113549.2.9"), NULL)))
    algorithm = seq(oid("1.2.840.113549.1.5.14"), seq(derivation, seq(oid("1.2.840.113549.2.9"), NULL)))
    return seq(seq(algorithm, octets(digest)), octets(b"NOT USED"), integer(1))


_content = seq(plain_safe(bag(KEY_BAG, PKCS8)), plain_safe(cert_bag(CERT)))
write("pbmac1.pfx", seq(integer(3), seq(DATA, tlv(0xA0, octets(_content))), pbmac1(_content, "password")))


# NSS: indefinite lengths, strings in pieces, a constructed `[0]` ciphertext.
def pieces(tag, data, size=1000):
    return indefinite(tag, *(octets(data[i:i + size]) for i in range(0, len(data), size)))


def ber_plain(*bags):
    return indefinite(0x30, DATA, indefinite(0xA0, pieces(0x24, indefinite(0x30, *bags))))


def ber_sealed(algorithm, ciphertext):
    info = indefinite(0x30, DATA, algorithm, pieces(0xA0, ciphertext))
    return indefinite(0x30, ENCRYPTED, indefinite(0xA0, indefinite(0x30, integer(0), info)))


def ber(count):
    algorithm, sealed = pbes2(PKCS8, "password", count)
    key_bag = bag(SHROUDED, seq(algorithm, octets(sealed)), ID)
    content = indefinite(0x30, ber_plain(key_bag), ber_sealed(*pbes2(seq(cert_bag(CERT, ID)), "password", count)))
    mac = mac_data(content, "password", count, hashlib.sha256, "2.16.840.1.101.3.4.2.1")
    return indefinite(0x30, integer(3), indefinite(0x30, DATA, indefinite(0xA0, pieces(0x24, content))), mac)


write("nss-ber.p12", ber(600_000))
# The same with a small count, for tests that open it often.
write("ber.p12", ber(1))

# --- what must be refused -------------------------------------------------------------------------------------------
_content = seq(plain_safe(bag(KEY_BAG, PKCS8)), plain_safe(cert_bag(CERT)))
_outer = seq(DATA, tlv(0xA0, octets(_content)))


def mac_with_count(count):
    return seq(seq(seq(oid("1.3.14.3.2.26"), NULL), octets(bytes(20))), octets(bytes(20)), count)


write("bomb-mac-count.pfx", seq(integer(3), _outer, mac_with_count(integer(2**31 - 1))))
write("bomb-zero-count.pfx", seq(integer(3), _outer, mac_with_count(integer(0))))
write("bomb-negative-count.pfx", seq(integer(3), _outer, mac_with_count(b"\2\1\xff")))
write("bomb-long-count.pfx", seq(integer(3), _outer, mac_with_count(integer(2**32))))
_one = bag(SHROUDED, seq(seq(PBE_3DES, seq(octets(bytes(8)), integer(900_000))), octets(bytes(64))))
write("bomb-many-keys.pfx", pfx(plain_safe(*([_one] * 100))))
_nested = bag(KEY_BAG, PKCS8)
for _ in range(2000):
    _nested = bag(SAFE_BAG, seq(_nested))
write("bomb-nested.pfx", pfx(plain_safe(_nested), plain_safe(cert_bag(CERT))))
write("refused-version4.pfx", seq(integer(4), _outer))
write("refused-enveloped.pfx",
      pfx(seq(oid("1.2.840.113549.1.7.3"), tlv(0xA0, seq(integer(0)))), plain_safe(cert_bag(CERT))))
write("refused-signed.pfx", seq(integer(3), seq(oid("1.2.840.113549.1.7.2"), tlv(0xA0, seq(integer(1))))))

# --- signatures of another program, for the certificate of the good files ---------------------------------------------
from cryptography.hazmat.primitives.asymmetric import padding  # noqa: E402

MESSAGE = b"what another program signed"
write("message.rs256", KEY.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()))
write("message.ps256", KEY.sign(MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()))
