"""More shapes by hand: rare but allowed ones, and broken ones that each have their own reason."""

import hashlib
import hmac
import os

import shapes
from shapes import *  # noqa: F403

PLAIN_KEY = plain_safe(bag(KEY_BAG, PKCS8, ID))
PLAIN_CERTIFICATE = plain_safe(cert_bag(CERT, ID))
HMACS = {"sha1": "1.2.840.113549.2.7", "sha256": "1.2.840.113549.2.9", "sha384": "1.2.840.113549.2.10",
         "sha512": "1.2.840.113549.2.11", "sha224": "1.2.840.113549.2.8", "sha512_224": "1.2.840.113549.2.12",
         "sha512_256": "1.2.840.113549.2.13"}
AES = {16: "2.16.840.1.101.3.4.1.2", 24: "2.16.840.1.101.3.4.1.22", 32: "2.16.840.1.101.3.4.1.42"}


def pbkdf2(salt, count, size, prf):
    """`prf` of nothing is left out, which means SHA-1; `size` of nothing is left out, too."""
    return seq(oid("1.2.840.113549.1.5.12"),
               seq(octets(salt), integer(count), *([integer(size)] if size else []),
                   *([seq(oid(HMACS[prf]), NULL)] if prf else [])))


def aes(data, password, key_size=32, prf="sha256", count=2000, written_size=None):
    salt, iv = os.urandom(16), os.urandom(16)
    key = hashlib.pbkdf2_hmac(prf or "sha1", password.encode(), salt, count, key_size)
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    scheme = seq(oid("1.2.840.113549.1.5.13"),
                 seq(pbkdf2(salt, count, written_size, prf), seq(oid(AES[key_size]), octets(iv))))
    return scheme, cipher.update(pad(data, 16)) + cipher.finalize()


def shrouded(algorithm, ciphertext, *attributes):
    return bag(SHROUDED, seq(algorithm, octets(ciphertext)), *attributes)


def pbmac1(content, prf, hash_name, count=2048, size=32, salt=None, new_count=None):
    salt = salt or os.urandom(16)
    key = hashlib.pbkdf2_hmac(prf, b"password", salt, count, size or 32)
    digest = hmac.new(key, content, hash_name).digest()
    algorithm = seq(oid("1.2.840.113549.1.5.14"),
                    seq(pbkdf2(salt, new_count or count, size, prf), seq(oid(HMACS[hash_name]), NULL)))
    return seq(seq(algorithm, octets(digest)), octets(b"NOT USED"))


def with_pbmac1(*arguments, **named):
    content = seq(PLAIN_KEY, PLAIN_CERTIFICATE)
    return seq(integer(3), seq(DATA, tlv(0xA0, octets(content))), pbmac1(content, *arguments, **named))


def everything_with(**named):
    return pfx(plain_safe(shrouded(*aes(PKCS8, "password", **named), ID)),
               sealed_safe(*aes(seq(cert_bag(CERT, ID)), "password", **named)))


# --- must open --------------------------------------------------------------------------------------------------------
write("shape-prf-left-out.pfx", everything_with(prf=None))
for _name in ["sha1", "sha224", "sha384", "sha512", "sha512_256"]:
    write(f"shape-prf-{_name}.pfx", everything_with(prf=_name))
for _size in [16, 24, 32]:
    write(f"shape-key-length-{_size}.pfx", everything_with(key_size=_size, written_size=_size))
for _prf, _hash in [("sha1", "sha256"), ("sha512", "sha512"), ("sha256", "sha384"), ("sha512_256", "sha512_224")]:
    write(f"shape-pbmac1-{_prf}-{_hash}.pfx", with_pbmac1(_prf, _hash, size=64))
# A plain key in an encrypted safe.
write("shape-plain-key-in-sealed-safe.pfx",
      pfx(sealed_safe(*aes(seq(bag(KEY_BAG, PKCS8), cert_bag(CERT)), "password"))))
# A password outside the BMP, with the old derivation and the old MAC.
write("shape-outside-bmp.pfx",
      pfx(plain_safe(windows_key_bag(0x10, STRONG, "p\U0001F600\U00010348")),
          sealed_safe(*pbe(PBE_3DES, seq(cert_bag(CERT, ID)), "p\U0001F600\U00010348")), password="p\U0001F600\U00010348"))
# Strings in pieces of definite length.
_key, _certificates = seq(bag(KEY_BAG, PKCS8)), seq(cert_bag(CERT))


def definite_pieces(data):
    return tlv(0x24, *(octets(data[i:i + 500]) for i in range(0, len(data), 500)))


_content = seq(seq(DATA, tlv(0xA0, definite_pieces(_key))), seq(DATA, tlv(0xA0, definite_pieces(_certificates))))
write("shape-definite-pieces.pfx",
      seq(integer(3), seq(DATA, tlv(0xA0, definite_pieces(_content))), mac_data(_content, "password", 1)))
# The provider's name in other types of strings; an unknown provider; a mark that the key is the machine's.
for _tag, _type, _encoding in [(0x0C, "utf8", "utf-8"), (0x13, "printable", "ascii")]:
    write(f"windows-provider-{_type}.pfx",
          pfx(plain_safe(bag(KEY_BAG, windows_key(0x90), ID, attribute(PROVIDER, tlv(_tag, KSP.encode(_encoding))))),
              PLAIN_CERTIFICATE))
write("windows-unknown-provider.pfx",
      pfx(plain_safe(bag(KEY_BAG, windows_key(0x10), ID, attribute(PROVIDER, bmp("Contoso Provider")))),
          PLAIN_CERTIFICATE))
# Bags of others, one of them without a value that could be read, attributes in shapes of their own.
write("shape-foreign-bags.pfx",
      pfx(plain_safe(bag(oid("1.2.3.4.5"), seq()), bag(SECRET_BAG, seq(oid("1.2.3.4"), tlv(0xA0, octets(b"x")))),
                     bag(oid("1.2.840.113549.1.12.10.1.4"), seq(oid("1.2.840.113549.1.9.23.1"), tlv(0xA0, octets(b"")))),
                     bag(KEY_BAG, PKCS8, seq(oid("1.2.3.4"), tlv(0x31, NULL, NULL)), ID)),
          plain_safe(cert_bag(CERT, attribute(FRIENDLY, bmp("")), ID))))
# Written by .NET on Linux: no password at all, 3DES, counting from zero.
_zero = attribute(LOCAL_KEY_ID, octets(bytes(4)))
_algorithm, _sealed = pbe(PBE_3DES, PKCS8, None)
write("dotnet-linux.pfx",
      pfx(sealed_safe(*pbe(PBE_3DES, seq(cert_bag(FABRIKAM.public_bytes(DER)), cert_bag(CERT, _zero)), None)),
          plain_safe(shrouded(_algorithm, _sealed, _zero)), password=None))

# The same with as many iterations as NSS takes, for MAC, key and certificate each; without a password, and with an empty one.
for _name, _password in [("absent", None), ("empty", "")]:
    _algorithm, _sealed = pbe(PBE_3DES, PKCS8, _password, 600_000)
    write(f"dotnet-600000-{_name}.pfx",
          pfx(sealed_safe(*pbe(PBE_3DES, seq(cert_bag(CERT, _zero)), _password, 600_000)),
              plain_safe(shrouded(_algorithm, _sealed, _zero)), password=_password, mac_count=600_000))

# Lengths with more digits than they need, which BER allows.
_tlv, shapes.tlv = shapes.tlv, lambda tag, *parts: (
    bytes([tag, 0x84]) + sum(map(len, parts)).to_bytes(4, "big") + b"".join(parts))
write("shape-long-lengths.pfx", pfx(plain_safe(bag(KEY_BAG, PKCS8, ID)), plain_safe(cert_bag(CERT, ID))))
shapes.tlv = _tlv

# The key under scrypt, with the costs that OpenSSL takes.
_salt, _iv = os.urandom(16), os.urandom(16)
_key = hashlib.scrypt(b"password", salt=_salt, n=16384, r=8, p=1, dklen=32)
_cipher = Cipher(algorithms.AES(_key), modes.CBC(_iv)).encryptor()
_scheme = seq(oid("1.2.840.113549.1.5.13"),
              seq(seq(oid("1.3.6.1.4.1.11591.4.11"),
                      seq(octets(_salt), integer(16384), integer(8), integer(1), integer(32))),
                  seq(oid(AES[32]), octets(_iv))))
write("shape-scrypt.pfx",
      pfx(plain_safe(shrouded(_scheme, _cipher.update(pad(PKCS8, 16)) + _cipher.finalize(), ID)), PLAIN_CERTIFICATE))

# --- must be refused, each by its name ------------------------------------------------------------------------------
write("broken-key-length.pfx", everything_with(key_size=32, written_size=16))
write("broken-pbmac1-no-key-length.pfx", with_pbmac1("sha256", "sha256", size=None))
write("broken-pbmac1-short-key.pfx", with_pbmac1("sha256", "sha256", size=16))
write("bomb-pbmac1.pfx", with_pbmac1("sha256", "sha256", new_count=2**31 - 1))
_good = pfx(PLAIN_KEY, PLAIN_CERTIFICATE)
write("broken-cut-off.pfx", _good[:-100])
write("broken-mac.pfx", pfx(PLAIN_KEY, PLAIN_CERTIFICATE, password="another"))
_scrypt = seq(oid("1.2.840.113549.1.5.13"),
              seq(seq(oid("1.3.6.1.4.1.11591.4.11"),
                      seq(octets(bytes(8)), integer(2**40), integer(8), integer(1))),
                  seq(oid(AES[32]), octets(bytes(16)))))
write("bomb-scrypt.pfx", pfx(plain_safe(shrouded(_scrypt, bytes(64))), PLAIN_CERTIFICATE))
_md5_des = seq(oid("1.2.840.113549.1.5.3"), seq(octets(bytes(8)), integer(1)))
write("refused-md5-des.pfx", pfx(plain_safe(shrouded(_md5_des, bytes(64))), PLAIN_CERTIFICATE))
_des = seq(oid("1.2.840.113549.1.5.13"), seq(pbkdf2(bytes(8), 1, None, "sha256"), seq(oid("1.3.14.3.2.7"), octets(bytes(8)))))
write("refused-des.pfx", pfx(sealed_safe(_des, bytes(64)), PLAIN_KEY))
# A sum that is too large, though each count is not; the safes are never opened.
_each = seq(PBE_3DES, seq(octets(bytes(8)), integer(700_000)))
write("bomb-many-safes.pfx", pfx(*[sealed_safe(_each, bytes(64)) for _ in range(4)]))
