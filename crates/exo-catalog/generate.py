#!/usr/bin/env python3
"""Writes data/cmdlets.txt from a JSON extract of Microsoft's reference pages.

usage: generate.py CMDLETS.JSON > data/cmdlets.txt

The extract has `meta` (source, commit, commit_date) and `cmdlets`, each with `name`, `svc`, `params` and, where it
holds, `module_only`. In `svc`, X is Exchange Online and S is Security & Compliance; P (Exchange Server) and B (the
security add-on for on-premises mailboxes) are left out. Whether a cmdlet reads or writes is not generated: that is
reviewed by hand, in src/review.rs.
"""
import json
import sys

HEADER = """\
# Cmdlets of Exchange Online and Security & Compliance with their parameters, in the order of their lower-case names.
# Facts taken from {source}, commit {commit} of {date},
# (c) Microsoft Corporation and contributors, CC BY 4.0, https://creativecommons.org/licenses/by/4.0/ ; rearranged.
# cmdlet: name TAB services (x = Exchange Online, s = Security & Compliance) and m = runs in the module only TAB parameters
# parameter: name:kind, then x or s where it exists in that service only, ! where it is mandatory, =aliases
"""

KINDS = {
    "SwitchParameter": "w", "Boolean": "b", "Guid": "g", "PSCredential": "c", "SecureString": "p", "Double": "n",
    "Byte[]": "y", "PswsHashtable": "h", "Hashtable": "h", "TimeSpan": "t", "EnhancedTimeSpan": "t",
    "Microsoft.Exchange.Data.EnhancedTimeSpan": "t", "DateTime": "d", "ExDateTime": "d", "DateTimeOffset": "d",
    "ByteQuantifiedSize": "z", "Microsoft.Exchange.Data.ByteQuantifiedSize": "z", "Unlimited": "u",
    "Microsoft.Exchange.Management.RestApiClient.Unlimited`1[System.UInt32]": "u", "UnlimitedInt": "u",
    "MultiValuedProperty": "l", "<MultiValuedProperty>": "l", "ProxyAddressCollection": "l",
    "ProxyAddressTemplateCollection": "l", "ApprovedApplicationCollection": "l",
    "PSObject": "o", "Stream": "o", "MailboxAcePresentationObject": "o",
}


def kind(name):
    """One letter for a .NET type; what is not known is a text, as identities and enumerations are."""
    if name in KINDS:
        return KINDS[name]
    if name in ("Int16", "Int32", "Int64", "UInt16", "UInt32", "UInt64"):
        return "i"
    if name.endswith("Hashtable[]"):
        return "k"
    if name in ("CalendarLog[]", "TestTextExtractionResult[]"):
        return "o"
    return "l" if name.endswith("[]") else "s"


def services(codes):
    """Which of the two services a code such as XBP speaks of."""
    return ("x" if "X" in codes else "") + ("s" if "S" in codes else "")


def parameter(entry, own):
    """A parameter in the form of the header, or nothing if neither service has it."""
    where = "".join(s for s in services(entry.get("svc", "XS")) if s in own)
    if not where:
        return None
    text = entry["name"] + ":" + kind(entry["type"])
    if where != own:
        text += where
    # Mandatory in its parameter sets only is not mandatory for everybody.
    if entry.get("req") == "all" and "sets" not in entry:
        text += "!"
    if entry.get("alias"):
        text += "=" + ",".join(entry["alias"])
    return text


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        extract = json.load(file)
    meta = extract["meta"]
    out = HEADER.format(source=meta["source"], commit=meta["commit"], date=meta["commit_date"])
    for entry in sorted(extract["cmdlets"], key=lambda c: c["name"].lower()):
        own = services(entry["svc"])
        if not own:
            continue
        parameters = sorted((p for p in entry.get("params", []) if parameter(p, own)), key=lambda p: p["name"].lower())
        flags = own + ("m" if entry.get("module_only") else "")
        out += "\t".join([entry["name"], flags, " ".join(parameter(p, own) for p in parameters)]) + "\n"
    sys.stdout.write(out)


if __name__ == "__main__":
    main()
