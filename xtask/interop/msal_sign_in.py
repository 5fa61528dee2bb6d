"""Signs in with Microsoft's own library, unmodified, and prints what came of each case as a JSON line."""

import msal
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from plan import cases, tell

for mode, case, certificate in cases(["pfx, PS256", "pem, RS256"]):
    if mode.startswith("pfx"):
        credential = {"private_key_pfx_path": certificate["pfx"], "passphrase": certificate["password"]}
    else:
        with open(certificate["pem"], "rb") as file:
            pem = file.read()
        thumbprint = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA1())
        credential = {"private_key": pem.decode(), "thumbprint": thumbprint.hex()}
    options = {"authority": f"https://login.microsoftonline.com/{case['tenant']}"}
    if case["authority"]:
        options = {"authority": f"{case['authority']}/{case['tenant']}", "instance_discovery": False}
    try:
        app = msal.ConfidentialClientApplication(case["app_id"], client_credential=credential, **options)
        answer = app.acquire_token_for_client([case["scope"]])
        tell(
            msal.__version__, mode, case, token=answer.get("access_token"),
            kind=answer.get("error"), message=answer.get("error_description"),
        )
    except Exception as error:
        tell(msal.__version__, mode, case, kind=type(error).__name__, message=str(error))
