"""One sign-in with msal, as a script of an administrator would do it: a PFX, a password, a token."""

import sys

import msal

authority, client_id, pfx, password, ca, scope = sys.argv[1:]
app = msal.ConfidentialClientApplication(
    client_id,
    authority=authority,
    client_credential={"private_key_pfx_path": pfx, "passphrase": password},
    instance_discovery=False,
    verify=ca,
)
answer = app.acquire_token_for_client(scopes=[scope])
if "access_token" not in answer:
    sys.exit(f"no token: {answer.get('error')} {answer.get('error_codes')}")
print(len(answer["access_token"]))
