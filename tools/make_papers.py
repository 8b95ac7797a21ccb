#!/usr/bin/env python3
"""Write src/lvyue/library/papers: five sample contracts in five formats, and papers.json with their hashes.

The words come from library.samples, the numbers and tables from the releases, heads and signature pages from
sample_papers/matter.yaml. The PDFs need the fonts of Debian's fonts-noto-cjk; the scan needs the extra [ocr] for its pictures.
The same sources, fonts and versions give the same bytes. Run with --check to compare text, docx and xlsx instead of writing.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP))

from tools.sample_papers import content, plain, sheets, word  # noqa: E402 - the folder above is no package

FOLDER = TOP / "src" / "lvyue" / "library" / "papers"

ANNEX = "cloud-lease-2025-tables.xlsx"

#: file → the release it is the paper of, and how it is made; an annex follows its contract
Maker = Callable[[str], bytes]


def _born_digital(release: str) -> bytes:
    from tools.sample_papers import typeset  # noqa: PLC0415 - text, docx and xlsx need no fonts

    return typeset.pdf(content.paper(release, cut=False))


def _scanned(release: str) -> bytes:
    """A denser page than GB/T 9704 asks for, so that the file stays small; a seal by each signature of the buyer."""
    from tools.sample_papers import imitation, typeset  # noqa: PLC0415 - only the scan needs the extra

    layout = typeset.Layout(margins=(20, 18, 20, 20), size=10.5, table=8.5, leading=0.7)
    made = typeset.pdf(content.paper(release, cut=False), layout)
    seal = imitation.Seal("示例市会议保障中心", x=0.42, y=0.12)
    last = imitation.Seal("示例市会议保障中心", x=0.42, y=0.22)
    quality = imitation.Quality(skew=0.6, noise=2.0, jpeg=42)
    return imitation.scan(made, quality, {5: [seal], 11: [last]})


MAKERS: dict[str, tuple[str, Maker]] = {
    "security-support-2026.txt": (
        "security-support-2026",
        lambda release: plain.text(content.paper(release, cut=True)),
    ),
    "digital-operations-2026.docx": (
        "digital-operations-2026",
        lambda release: word.docx(content.paper(release, cut=False)),
    ),
    "government-cloud-2026.pdf": ("government-cloud-2026", _born_digital),
    "video-conference-2022-scan.pdf": ("video-conference-2022", _scanned),
    "cloud-lease-2025.txt": (
        "cloud-lease-2025",
        lambda release: plain.text(content.paper(release, cut=True), annex=ANNEX),
    ),
    ANNEX: ("cloud-lease-2025", lambda release: sheets.sheets(content.paper(release, cut=False))),
}

#: formats whose bytes do not depend on the fonts of a machine
PORTABLE = (".txt", ".docx", ".xlsx")


def made(name: str) -> bytes:
    """The bytes of one file."""
    release, maker = MAKERS[name]
    return maker(release)


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    index: dict[str, dict[str, object]] = {}
    for name, (release, _) in MAKERS.items():
        data = made(name)
        (FOLDER / name).write_bytes(data)
        entry = index.setdefault(
            release, {"says": content.paper(release, cut=True).says, "files": []}
        )
        files = entry["files"]
        assert isinstance(files, list)  # noqa: S101 - for mypy
        files.append({"name": name, "sha256": hashlib.sha256(data).hexdigest()})
        print(f"{name}: {len(data):,} bytes")
    text = json.dumps(index, ensure_ascii=False, indent=2) + "\n"
    (FOLDER / "papers.json").write_text(text, "utf-8")


def stale() -> list[str]:
    """Files that would be other bytes if they were made now."""
    return [
        name
        for name in MAKERS
        if name.endswith(PORTABLE) and made(name) != (FOLDER / name).read_bytes()
    ]


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit("\n".join(f"{name} is not what make_papers.py makes" for name in stale()) or 0)
    write()
