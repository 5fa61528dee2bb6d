"""Sets up a Glewlwyd: `files FOLDER ROOT PORT` writes its database, settings and certificates; `client FOLDER PORT …`
tells the running server of one client that proves itself by private_key_jwt, for the certificate given."""

import datetime
import gzip
import http.cookiejar
import ipaddress
import json
import secrets
import sqlite3
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

SETTINGS = """
port = {port}
bind_address = "127.0.0.1"
external_url = "https://127.0.0.1:{port}"
login_url = "login.html"
api_prefix = "api"
log_mode = "console"
log_level = "WARNING"
cookie_domain = "127.0.0.1"
cookie_secure = 1
use_secure_connection = true
secure_connection_key_file = "{folder}/server.key"
secure_connection_pem_file = "{folder}/server.pem"
session_expiration = 3600
session_key = "GLEWLWYD2_SESSION_ID"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "{modules}/user"
user_middleware_module_path = "{modules}/user_middleware"
client_module_path = "{modules}/client"
user_auth_scheme_module_path = "{modules}/scheme"
plugin_module_path = "{modules}/plugin"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3"; path = "{database}"; }};
"""


def certificates(folder):
    """An authority of its own, and the server's certificate."""
    now = datetime.datetime.now(datetime.timezone.utc)
    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def signed(name, key, *extensions):
        subject, issuer = ([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)] for n in (name, "Glewlwyd's authority"))
        builder = x509.CertificateBuilder(x509.Name(issuer), x509.Name(subject), key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM)

    own = signed("Glewlwyd's authority", authority, x509.BasicConstraints(ca=True, path_length=None))
    name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    key = server.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    Path(folder, "authority.pem").write_bytes(own)
    Path(folder, "server.pem").write_bytes(signed("127.0.0.1", server, name))
    Path(folder, "server.key").write_bytes(key)


def files(folder, root, port):
    """An empty database by the package's own script, and the settings."""
    certificates(folder)
    database = Path(folder, "glewlwyd.db")
    database.unlink(missing_ok=True)
    script = gzip.decompress(Path(root, "usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz").read_bytes())
    with sqlite3.connect(database) as connection:
        connection.executescript(script.decode())
    modules = Path(root, "usr/lib/glewlwyd")
    modules.joinpath("user_middleware").mkdir(exist_ok=True)
    settings = SETTINGS.format(port=port, modules=modules, database=database, folder=folder)
    Path(folder, "glewlwyd.conf").write_text(settings)


def client(folder, port, client_id, certificate_file, scope):
    """Its OpenID Connect plugin, a scope, and the client with its public key."""
    api = f"https://127.0.0.1:{port}/api"
    key = x509.load_der_x509_certificate(Path(certificate_file).read_bytes()).public_key()
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(Path(folder, "authority.pem")))),
    )

    def post(path, body):
        request = urllib.request.Request(
            f"{api}/{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        try:
            return opener.open(request).read()
        except urllib.error.HTTPError as error:
            sys.exit(f"{path}: {error} {error.read().decode()}")

    for _ in range(100):
        try:
            opener.open(f"https://127.0.0.1:{port}/config").read()
            break
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.1)
    post("auth/", {"username": "admin", "password": "password"})
    post("mod/plugin/", {
        "module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": True,
        "parameters": {
            "iss": f"{api}/oidc", "jwt-type": "sha", "jwt-key-size": "256", "key": secrets.token_hex(32),
            "code-duration": 600, "refresh-token-duration": 3600, "access-token-duration": 3600,
            "allow-non-oidc": True, "auth-type-client-enabled": True, "request-parameter-allow": True,
            "request-maximum-exp": 3600, "client-pubkey-parameter": "pubkey", "client-jwks-parameter": "jwks",
        },
    })
    post("scope/", {"name": scope, "display_name": scope, "password_required": False})
    post("client/", {
        "client_id": client_id, "name": "exoctl", "confidential": True, "enabled": True, "scope": [scope],
        "authorization_type": ["client_credentials"], "token_endpoint_auth_method": ["private_key_jwt"],
        "pubkey": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    })
    print(f"{api}/oidc/token")


{"files": files, "client": client}[sys.argv[1]](*sys.argv[2:])
