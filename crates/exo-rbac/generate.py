#!/usr/bin/env python3
"""Writes the tables in data/ from three JSON extracts of public documentation.

usage: generate.py FOLDER      (a folder with roles.json, role_groups.json and role_cmdlets.json)

The eight directory roles of the app-only table, what Microsoft lists as unsupported, patterns, single reports, and the
sentences are not generated: they stand in src/.
"""
import json
import pathlib
import sys

IDS = """\
# Template ids of directory roles, as they stand in the claim `wids`: id TAB name, sorted by id.
# Facts taken from https://github.com/MicrosoftDocs/entra-docs permissions-reference.md at 00fe95d6 (2026-01-20), CC BY 4.0; rearranged.
"""

GROUPS = """\
# Role groups and the management roles in them by default: service (x = Exchange Online, s = Security & Compliance) TAB role group TAB roles TAB PowerShell's name where it differs.
# x: https://learn.microsoft.com/exchange/permissions-exo/permissions-exo, text of 2022-04-27; today's may differ. Security Operator: Defender for Office 365 operations guide.
# x with `?`: names seen in organizations since 2024, whose roles are not published. x without a group: roles that no role group has by default.
# s: https://learn.microsoft.com/defender-office-365/scc-permissions, 2026-07-10; PowerShell's names from a listing of 2023-06.
# Facts from Microsoft's documentation, CC BY 4.0; rearranged.
"""

DOCUMENTED = """\
# What the cmdlets' reference pages say of roles: kind TAB marks TAB roles TAB cmdlets, or Cmdlet/Parameter.
# kind: a = both services, x = Exchange Online, s = Security & Compliance, p = Exchange Server alone;
#       d = needs one of these directory roles in the directory itself, g = held by this role group of Security & Compliance.
# marks: o = in these roles only, u = no role group has the role by default.
# MicrosoftDocs/office-docs-powershell 93336da2, 2026-08-21, CC BY 4.0; rearranged.
"""

BOUNDS = """\
# Management roles of Exchange Online and cmdlets: at most TAB proven TAB marks TAB cmdlets.
# at most, proven: the only roles that could hold each of the cmdlets, and roles that held it, in one organization in the first
# half of 2022; ! = the sources contradict each other. A role that is newer is missing.
# Derived from the exports in microsoft/Microsoft365DSC 5d580238 (2022-06-09, MIT).
"""

KINDS = {"all": "a", "exchange_online": "x", "security_compliance": "s", "on_premises": "p"}


def template_ids(roles):
    ids = roles["wids"]["template_ids"]
    return IDS + "".join(f"{key}\t{ids[key]}\n" for key in sorted(ids))


def role_groups(groups):
    out = GROUPS
    for letter, service in (("x", "exchange_online"), ("s", "security_compliance")):
        free = [role["name"] for role in groups[service]["roles"] if not role["role_groups"]]
        if free:
            out += f"{letter}\t\t{';'.join(free)}\t\n"
        for group in sorted(groups[service]["role_groups"], key=lambda g: g["name"]):
            # Linked groups hold no roles; what is no role group by default is none here.
            if "<" in group["name"] or group["roles"] == []:
                continue
            roles = "?" if group["roles"] is None else ";".join(group["roles"])
            name = group.get("powershell_name", "")
            out += f"{letter}\t{group['name']}\t{roles}\t{'' if name == group['name'] else name}\n"
    return out


def documented(entries):
    lines = {}
    for entry in entries["documented"]:
        marks = ("o" if entry["only"] else "") + ("u" if entry.get("role_unassigned_by_default") else "")
        what = entry["cmdlet"] + (f"/{entry['parameter']}" if "parameter" in entry else "")
        lines.setdefault((KINDS[entry["environment"]], marks, entry["role"]), []).append(what)
    for entry in entries["documented_role_groups"]:
        lines.setdefault(("g", "", entry["role_group"]), []).append(entry["cmdlet"])
    directory = entries["documented_directory_roles"]
    pairs = [f"{p['cmdlet']}/{p['parameter']}" for p in directory["parameters"]]
    lines["d", "o", ";".join(directory["directory_roles_any"])] = pairs
    return DOCUMENTED + "".join("\t".join([*key, ";".join(what)]) + "\n" for key, what in sorted(lines.items()))


def bounds(entries):
    lines = {}
    for entry in entries["derived"]:
        key = (
            ";".join(entry["roles_at_most"]),
            ";".join(entry.get("read_proven", [])),
            "!" if entry.get("conflict") else "",
        )
        lines.setdefault(key, []).append(entry["cmdlet"])
    return BOUNDS + "".join("\t".join([*key, ";".join(what)]) + "\n" for key, what in sorted(lines.items()))


def main():
    folder = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).parent / "data"
    for source, name, table in (
        ("roles.json", "template_ids.txt", template_ids),
        ("role_groups.json", "role_groups.txt", role_groups),
        ("role_cmdlets.json", "documented.txt", documented),
        ("role_cmdlets.json", "bounds.txt", bounds),
    ):
        extract = json.loads((folder / source).read_text(encoding="utf-8"))
        (target / name).write_text(table(extract), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
