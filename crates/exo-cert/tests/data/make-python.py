"""PFX files of Python's `cryptography` with its own choices of encryption."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

KEY = serialization.load_pem_private_key(open("contoso.key", "rb").read(), None)
CERTIFICATE = x509.load_pem_x509_certificate(open("contoso.crt", "rb").read())
ROOT = x509.load_pem_x509_certificate(open("root.crt", "rb").read())


def write(name, scheme, mac, rounds, password=b"password", others=None):
    encryption = (PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds).key_cert_algorithm(scheme)
                  .hmac_hash(mac).build(password))
    with open(name, "wb") as file:
        file.write(pkcs12.serialize_key_and_certificates(b"contoso", KEY, CERTIFICATE, others, encryption))


write("python-3des-sha1.pfx", pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, hashes.SHA1(), 50_000)
write("python-aes-sha256.pfx", pkcs12.PBES.PBESv2SHA256AndAES256CBC, hashes.SHA256(), 100_000, others=[ROOT])
write("python-unicode.pfx", pkcs12.PBES.PBESv2SHA256AndAES256CBC, hashes.SHA256(), 2000, "pä ß €😀 ".encode())
