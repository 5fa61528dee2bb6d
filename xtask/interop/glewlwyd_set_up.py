"""Sets up a Glewlwyd: `files FOLDER ROOT PORT` writes its database and settings; `client …` tells the running server
of one client that proves itself by private_key_jwt, for the certificate given."""

import gzip
import http.cookiejar
import json
import secrets
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SETTINGS = """
port = {port}
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:{port}"
login_url = "login.html"
api_prefix = "api"
log_mode = "console"
log_level = "WARNING"
cookie_domain = "127.0.0.1"
cookie_secure = 0
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


def files(folder, root, port):
    """An empty database by the package's own script, and the settings."""
    database = Path(folder, "glewlwyd.db")
    database.unlink(missing_ok=True)
    script = gzip.decompress(Path(root, "usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz").read_bytes())
    with sqlite3.connect(database) as connection:
        connection.executescript(script.decode())
    modules = Path(root, "usr/lib/glewlwyd")
    modules.joinpath("user_middleware").mkdir(exist_ok=True)
    Path(folder, "glewlwyd.conf").write_text(SETTINGS.format(port=port, modules=modules, database=database))


def client(port, client_id, certificate_file, scope):
    """Its OpenID Connect plugin, a scope, and the client with its public key."""
    api = f"http://127.0.0.1:{port}/api"
    key = x509.load_der_x509_certificate(Path(certificate_file).read_bytes()).public_key()
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
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
            opener.open(f"http://127.0.0.1:{port}/config").read()
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
