"""演示人员: under which name the demonstration is written, and who is who in it."""

from __future__ import annotations

import json
from importlib import resources

#: Who is written down as having loaded the demonstration.
BY = "演示载入"


def cast_of(contract_id: str) -> dict[str, str]:
    """The username of the made-up person in each role on a contract."""
    folder = resources.files("lvyue.library") / "demonstration"
    roster = json.loads((folder / "people.json").read_text("utf-8"))["people"]
    return {
        one["role"]: one["username"] for one in roster if contract_id in one.get("contracts", [])
    }
