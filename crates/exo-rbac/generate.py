#!/usr/bin/env python3
"""Writes the tables in data/ from three JSON extracts of public documentation.

usage: generate.py FOLDER      (a folder with roles.json, role_groups.json and role_cmdlets.json)

The eight directory roles of the app-only table, what Microsoft lists as unsupported, and the sentences are not
generated: they stand in src/.
"""
import json
import pathlib
import sys

IDS = """\
# Template ids of directory roles, as they stand in the claim `wids`: id TAB name, sorted by id.
# Facts taken from https://github.com/MicrosoftDocs/entra-docs permissions-reference.md at 00fe95d6 (2026-01-20), CC BY 4.0; rearranged.
"""

GROUPS = """\
# Role groups and the management roles in them by default: service (x = Exchange Online, s = Security & Compliance) TAB role group TAB roles.
# x: https://learn.microsoft.com/exchange/permissions-exo/permissions-exo, text of 2022-04-27; today's may differ. Security Operator: Defender for Office 365 operations guide.
# s: https://learn.microsoft.com/defender-office-365/scc-permissions, 2026-07-10.
# Facts from Microsoft's documentation, CC BY 4.0; rearranged.
"""

CMDLETS = """\
# Management roles of Exchange Online and the cmdlets in them: cmdlet TAB alone TAB proven TAB at most.
# alone: the role that holds it according to its reference page, and that no role group has by default (MicrosoftDocs/office-docs-powershell 93336da2, 2026-08-21, CC BY 4.0).
# proven, at most: roles that held it, and the only ones that could, in one organization in the first half of 2022,
# derived from the exports in microsoft/Microsoft365DSC 5d580238 (2022-06-09, MIT).
"""


def template_ids(roles):
    ids = roles["wids"]["template_ids"]
    return IDS + "".join(f"{key}\t{ids[key]}\n" for key in sorted(ids))


def role_groups(groups):
    out = GROUPS
    for letter, service in (("x", "exchange_online"), ("s", "security_compliance")):
        for group in sorted(groups[service]["role_groups"], key=lambda g: g["name"]):
            if group["roles"] and "<" not in group["name"]:
                out += f"{letter}\t{group['name']}\t{';'.join(group['roles'])}\n"
    return out


def role_cmdlets(entries):
    alone = {}
    for entry in entries["documented"]:
        online = entry["environment"] in ("all", "exchange_online")
        if online and entry["only"] and "parameter" not in entry and entry.get("role_unassigned_by_default"):
            alone.setdefault(entry["cmdlet"], []).append(entry["role"])
    # What contradicts itself bounds nothing.
    derived = {e["cmdlet"]: e for e in entries["derived"] if not e.get("conflict")}
    out = CMDLETS
    for cmdlet in sorted({*alone, *derived}, key=str.lower):
        entry = derived.get(cmdlet, {})
        columns = [alone.get(cmdlet, []), entry.get("read_proven", []), entry.get("roles_at_most", [])]
        out += "\t".join([cmdlet, *(";".join(c) for c in columns)]) + "\n"
    return out


def main():
    folder = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).parent / "data"
    for source, name, table in (
        ("roles.json", "template_ids.txt", template_ids),
        ("role_groups.json", "role_groups.txt", role_groups),
        ("role_cmdlets.json", "role_cmdlets.txt", role_cmdlets),
    ):
        extract = json.loads((folder / source).read_text(encoding="utf-8"))
        (target / name).write_text(table(extract), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
