"""Signs in with Microsoft's own library, unmodified, and prints what came of each case as a JSON line."""

import msal
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from plan import cases, tell


def certificate_credential(mode, certificate):
    """The certificate as PFX, or as PEM with the thumbprint that older programs give."""
    if mode.startswith("pfx"):
        options = {"public_certificate": True} if mode == "pfx, x5c" else {}
        return {"private_key_pfx_path": certificate["pfx"], "passphrase": certificate["password"], **options}
    with open(certificate["pem"], "rb") as file:
        pem = file.read()
    thumbprint = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA1())
    return {"private_key": pem.decode(), "thumbprint": thumbprint.hex()}


def acquire(mode, case, certificate):
    """Where the process runs is told by the environment; elsewhere it is the certificate."""
    if case["place"]:
        client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
        return client.acquire_token_for_client(resource=case["scope"].removesuffix("/.default"))
    options = {"authority": f"https://login.microsoftonline.com/{case['tenant']}"}
    if case["authority"]:
        options = {"authority": f"{case['authority']}/{case['tenant']}", "instance_discovery": False}
    credential = certificate_credential(mode, certificate)
    app = msal.ConfidentialClientApplication(case["app_id"], client_credential=credential, **options)
    return app.acquire_token_for_client([case["scope"]])


for mode, case, certificate in cases(["pfx, PS256", "pem, RS256", "pfx, x5c"]):
    try:
        answer = acquire(mode, case, certificate)
        tell(
            msal.__version__, mode, case, token=answer.get("access_token"),
            kind=answer.get("error"), message=answer.get("error_description"),
        )
    except Exception as error:
        tell(msal.__version__, mode, case, kind=type(error).__name__, message=str(error))
