"""What the Python scripts share: the cases they are given, and the line that says what came of one."""

import json
import sys


def cases(modes):
    """Each case of the plan with each mode it is tried in: all modes for a token, the first for a refusal."""
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    for case in plan["cases"]:
        for mode in [case["place"]] if case["place"] else modes if case["every_mode"] else modes[:1]:
            yield mode, case, plan["certificates"][case["certificate"]]


def tell(version, mode, case, token=None, kind=None, message=None):
    """Prints what came: a token (never the token itself) or how the library shows the refusal."""
    print(json.dumps({
        "version": version, "mode": mode, "case": case["name"],
        "token": token is not None and token.count(".") == 2, "type": kind, "message": message,
    }), flush=True)
