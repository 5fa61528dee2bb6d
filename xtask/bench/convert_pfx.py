"""Writes the key of a PFX as a PFX whose content and MAC take 2,000 iterations each, and as PEM."""

import os
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

source, password, pfx, pem = sys.argv[1:]
with open(source, "rb") as file:
    key, certificate, _ = pkcs12.load_key_and_certificates(file.read(), password.encode())
form = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000).hmac_hash(hashes.SHA256())
form = form.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).build(password.encode())
os.umask(0o077)
with open(pfx, "wb") as file:
    file.write(pkcs12.serialize_key_and_certificates(b"app", key, certificate, None, form))
with open(pem, "wb") as file:
    file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
