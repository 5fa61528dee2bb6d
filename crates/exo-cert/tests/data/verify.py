"""Opens every file that must open with programs other than the reader, and notes in `openers.txt` who opened it."""

import glob
import subprocess
import warnings

from cryptography.hazmat.primitives.serialization import pkcs12

warnings.simplefilter("ignore")
PASSWORDS = {"shape-outside-bmp.pfx": "p\U0001F600\U00010348"}
for _name in ["openssl3-unicode-password.pfx", "openssl3-unicode-legacy.pfx", "python-unicode.pfx"]:
    PASSWORDS[_name] = "pä ß €😀 "
PASSWORDS["nss-unicode.p12"] = "pä ß € "
for _name in ["openssl3-empty-password.pfx", "dotnet-absent-password.pfx", "dotnet-mixed-password.pfx", "dotnet-linux.pfx",
              "dotnet-600000-absent.pfx", "dotnet-600000-empty.pfx", "python-nothing.pfx"]:
    PASSWORDS[_name] = ""
NOT_FOR_SIGN_IN = ("refused-", "broken-", "bomb-", "no-", "ec.", "mismatch", "rsa1024")


def by_openssl(name, password):
    command = ["openssl", "pkcs12", "-in", name, "-nodes", "-legacy", "-passin", "pass:" + password]
    return subprocess.run(command, capture_output=True).stdout.count(b"-----BEGIN") >= 2


def by_python(name, password):
    for form in [password.encode(), None] if not password else [password.encode()]:
        try:
            key, certificate, others = pkcs12.load_key_and_certificates(open(name, "rb").read(), form)
            if key and (certificate or others):
                return True
        except Exception:
            pass
    return False


def by_nss(name, password):
    return subprocess.run(["pk12util", "-l", name, "-W", password], capture_output=True).returncode == 0


def by_keytool(name, password):
    command = ["keytool", "-list", "-storetype", "PKCS12", "-keystore", name, "-storepass", password]
    return b"PrivateKeyEntry" in subprocess.run(command, capture_output=True).stdout


OPENERS = {"openssl": by_openssl, "python": by_python, "nss": by_nss, "keytool": by_keytool}
lines = []
for name in sorted(glob.glob("*.pfx") + glob.glob("*.p12")):
    if not name.startswith(NOT_FOR_SIGN_IN):
        password = PASSWORDS.get(name, "password")
        opened = [who for who, opens in OPENERS.items() if opens(name, password)]
        lines.append(f"{name} {' '.join(opened) or 'NOBODY'}\n")
open("openers.txt", "w").write("".join(lines))
print("".join(line for line in lines if "NOBODY" in line) or "every file was opened by another program")
