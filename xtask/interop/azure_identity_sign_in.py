"""Signs in with Microsoft's own library, unmodified, and prints what came of each case as a JSON line."""

import logging

from azure.identity import CertificateCredential
from azure.identity._version import VERSION

from plan import cases, tell

# What the library logs about a refusal is also in the exception.
logging.disable(logging.CRITICAL)
for mode, case, certificate in cases(["pfx", "pem"]):
    options = {"certificate_path": certificate["pem"]}
    if mode == "pfx":
        options = {"certificate_path": certificate["pfx"], "password": certificate["password"]}
    if case["authority"]:
        options |= {"authority": case["authority"], "disable_instance_discovery": True}
    try:
        with CertificateCredential(case["tenant"], case["app_id"], **options) as credential:
            tell(VERSION, mode, case, token=credential.get_token(case["scope"]).token)
    except Exception as error:
        tell(VERSION, mode, case, kind=type(error).__name__, message=str(error))
