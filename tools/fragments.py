"""Every file in changelog.d is a fragment that towncrier would take: `<name>.<kind>.md`, not empty, one sentence or more."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def faults() -> list[str]:
    towncrier = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
    kinds = [kind["directory"] for kind in towncrier["type"]]
    found = []
    for file in sorted((TOP / towncrier["directory"]).iterdir()):
        if file.name in towncrier["ignore"]:
            continue
        parts = file.name.split(".")
        text = file.read_text("utf-8").strip()
        if len(parts) not in {3, 4} or parts[1] not in kinds or parts[-1] != "md":
            found.append(f"{file.name}: name it <issue or +word>.<{' | '.join(kinds)}>.md")
        elif not text.endswith((".", "。")):
            found.append(f"{file.name}: write a whole sentence, with its full stop")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(faults()) or 0)
