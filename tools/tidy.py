"""Mend whitespace in the named files, and refuse broken TOML and forgotten merge marks. Exits 1 when it touched or found anything."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

MARKS = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)


def tidy(path: Path) -> list[str]:
    text = path.read_bytes().decode("utf-8")
    found = []
    clean = TRAILING.sub("", text.replace("\r\n", "\n")).rstrip("\n")
    clean = f"{clean}\n" if clean else ""
    if clean != text:
        path.write_bytes(clean.encode("utf-8"))
        found.append(f"{path}: whitespace mended")
    if MARKS.search(text):
        found.append(f"{path}: a merge conflict is still in it")
    if path.suffix == ".toml":
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found.append(f"{path}: {error}")
    return found


if __name__ == "__main__":
    told = [line for name in sys.argv[1:] for line in tidy(Path(name))]
    sys.exit("\n".join(told) or 0)
