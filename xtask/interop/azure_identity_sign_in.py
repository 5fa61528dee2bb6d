"""Signs in with Microsoft's own library, unmodified, and prints what came of each case as a JSON line."""

import logging

from azure.identity import CertificateCredential, ManagedIdentityCredential, WorkloadIdentityCredential
from azure.identity._version import VERSION

from plan import cases, tell

# What the library logs about a refusal is also in the exception.
logging.disable(logging.CRITICAL)


def credential(mode, case, certificate):
    """Where the process runs is told by the environment; elsewhere it is the certificate."""
    if case["place"] == "workload-identity":
        return WorkloadIdentityCredential(disable_instance_discovery=True)
    if case["place"]:
        return ManagedIdentityCredential()
    options = {"certificate_path": certificate["pem"], "send_certificate_chain": mode == "pem, x5c"}
    if mode == "pfx":
        options = {"certificate_path": certificate["pfx"], "password": certificate["password"]}
    if case["authority"]:
        options |= {"authority": case["authority"], "disable_instance_discovery": True}
    return CertificateCredential(case["tenant"], case["app_id"], **options)


for mode, case, certificate in cases(["pfx", "pem", "pem, x5c"]):
    try:
        with credential(mode, case, certificate) as opened:
            tell(VERSION, mode, case, token=opened.get_token(case["scope"]).token)
    except Exception as error:
        tell(VERSION, mode, case, kind=type(error).__name__, message=str(error))
