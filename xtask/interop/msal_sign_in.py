"""Signs in with Microsoft's own library, unmodified, and prints what came for each scope as JSON lines."""

import json
import sys

import msal

authority, app_id, pfx, password, ca, *scopes = sys.argv[1:]
for mode in ("pfx", "thumbprint"):
    if mode == "pfx":
        credential = {"private_key_pfx_path": pfx, "passphrase": password}
    else:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

        with open(pfx, "rb") as file:
            key, certificate, _ = pkcs12.load_key_and_certificates(file.read(), password.encode())
        credential = {
            "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "thumbprint": certificate.fingerprint(hashes.SHA1()).hex(),
        }
    app = msal.ConfidentialClientApplication(
        app_id, authority=authority, client_credential=credential, instance_discovery=False, verify=ca
    )
    for scope in scopes:
        answer = app.acquire_token_for_client([scope])
        token = answer.get("access_token", "")
        print(json.dumps({
            "library": f"msal {msal.__version__}", "mode": mode, "scope": scope, "token": token.count(".") == 2,
            "error": answer.get("error"), "codes": answer.get("error_codes"),
        }))
