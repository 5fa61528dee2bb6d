"""All mailboxes of a tenant to a CSV file, with msal and requests: sign in, follow the links, write the rows."""

import csv
import json
import socket
import sys
from pathlib import Path

import msal
import requests

folder, target = Path(sys.argv[1]), sys.argv[2]
facts = json.loads((folder / "tenant.json").read_text())
authority_file = str(folder / "ca.pem")
columns = ["UserPrincipalName", "DisplayName", "RecipientTypeDetails", "WhenMailboxCreated"]

# Names under `localhost` are this machine, which not every resolver knows.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve(
    "localhost" if str(host).endswith(".localhost") else host, *rest, **more
)

app = msal.ConfidentialClientApplication(
    facts["app_id"],
    authority=f"{facts['login_localhost']}/{facts['organization']}",
    client_credential={
        "private_key_pfx_path": str(folder / "app.pfx"),
        "passphrase": (folder / "password.txt").read_text().strip(),
    },
    instance_discovery=False,
    verify=authority_file,
)
answer = app.acquire_token_for_client(scopes=[facts["exchange_scope"]])
if "access_token" not in answer:
    sys.exit(f"no token: {answer.get('error')} {answer.get('error_codes')}")

organization = facts["organization"]
session = requests.Session()
session.verify = authority_file
session.headers.update(
    {
        "Authorization": f"Bearer {answer['access_token']}",
        "X-AnchorMailbox": f"UPN:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{organization}",
        "Prefer": "odata.maxpagesize=1000",
    }
)
body = {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"ResultSize": "Unlimited"}}}
url = f"{facts['exchange']}/adminapi/beta/{organization}/InvokeCommand?$select={','.join(columns)}"
rows, size = [], 0
while url:
    response = session.post(url, json=body)
    response.raise_for_status()
    size += len(response.content)
    page = response.json()
    rows.extend(page["value"])
    url = page.get("@odata.nextLink")

with open(target, "w", newline="", encoding="utf-8") as file:
    writer = csv.DictWriter(file, fieldnames=columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
print(len(rows), size)
