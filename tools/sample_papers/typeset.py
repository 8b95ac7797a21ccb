"""Sample contracts as PDF, set by typst in the proportions of GB/T 9704, with embedded subsets of Noto CJK."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst

from tools.sample_papers.content import BANNER, Cell, Grid, PageBreak, Paper, Paragraph, Title

#: where Debian's fonts-noto-cjk puts them; LVYUE_PAPER_FONTS names another folder
FONTS = Path(os.environ.get("LVYUE_PAPER_FONTS", "/usr/share/fonts/opentype/noto"))

#: the file says this second whenever it is made, so that the same papers are the same bytes
MOMENT = 1_767_225_600  # 2026-01-01 00:00 UTC


@dataclass(frozen=True, slots=True)
class Layout:
    """版式: margins in mm (top, bottom, left, right), and sizes in points."""

    margins: tuple[float, float, float, float] = (37, 35, 28, 26)
    size: float = 12
    table: float = 9.5
    leading: float = 1.0
    banner: str = BANNER


def pdf(paper: Paper, layout: Layout = Layout()) -> bytes:
    """The paper as a born-digital PDF."""
    if not FONTS.is_dir():
        raise SystemExit(
            f"no fonts in {FONTS}: apt-get install fonts-noto-cjk, or name a folder in LVYUE_PAPER_FONTS"
        )
    source = "\n".join([_preamble(paper, layout), *_pieces(paper, layout)])
    compiled: Any = typst.compile  # its types want paths of the type of the source
    made: bytes = compiled(
        source.encode(),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        timestamp=MOMENT,
    )
    return made


def _text(words: str) -> str:
    """Words as a typst string, so that none of them is taken for markup."""
    return f"#{json.dumps(words, ensure_ascii=False)}"


def _preamble(paper: Paper, layout: Layout) -> str:
    top, bottom, left, right = layout.margins
    return f"""
#set document(title: {json.dumps(paper.says, ensure_ascii=False)}, author: "Lvyue", date: none)
#set page(paper: "a4", margin: (top: {top}mm, bottom: {bottom}mm, left: {left}mm, right: {right}mm),
  header: text(size: 7.5pt, fill: luma(110))[{_text(layout.banner)}],
  footer: context align(center, text(size: 9pt)[#counter(page).display()]))
#set text(font: "Noto Serif CJK SC", size: {layout.size}pt, lang: "zh", region: "cn")
#set par(justify: true, leading: {layout.leading}em, spacing: {layout.leading}em, first-line-indent: (amount: 2em, all: true))
#set table(stroke: 0.6pt, inset: 4pt)
"""


def _pieces(paper: Paper, layout: Layout) -> Iterator[str]:
    for item in paper.items:
        match item:
            case Title():
                size = 17 if item.large else 14
                where = "center" if item.large else "left"
                yield (
                    f'#align({where}, block(above: 1.6em, below: 1.4em, text(font: "Noto Sans CJK SC", '
                    f"size: {size}pt, weight: 700)[{_text(item.text)}]))"
                )
            case Paragraph():
                words = _text(item.number + item.text)
                yield (
                    f'#text(font: "Noto Sans CJK SC", weight: 500)[{words}]\n'
                    if item.heading
                    else f"{words}\n"
                )
            case Grid():
                yield _table(item, layout)
            case PageBreak():
                yield "#pagebreak()"


def _table(grid: Grid, layout: Layout) -> str:
    head = grid.rows[: grid.heads]
    body = grid.rows[grid.heads :]
    cells = "\n".join(_cell(cell) for row in body for cell in row)
    if head:
        top = "\n".join(_cell(cell) for row in head for cell in row)
        cells = f"table.header(\n{top}\n),\n{cells}"
    return (
        f"#block(breakable: true)[#set text(size: {layout.table}pt)\n#set par(first-line-indent: 0em, leading: 0.5em, justify: false)\n"
        f"#table(columns: ({_widths(grid)}), align: left + horizon,\n{cells})]\n"
    )


def _cell(cell: Cell) -> str:
    spans = (
        f"colspan: {cell.columns}, rowspan: {cell.rows}, "
        if cell.columns > 1 or cell.rows > 1
        else ""
    )
    return f"table.cell({spans}breakable: false)[{_text(cell.text)}],"


def _widths(grid: Grid) -> str:
    """Columns as wide as the square root of their longest cell: long ones break, short ones do not."""
    longest = [1] * grid.columns
    for row in grid.rows:
        if len(row) == grid.columns:
            longest = [max(a, len(cell.text)) for a, cell in zip(longest, row, strict=True)]
    return ", ".join(f"{max(length, 3) ** 0.6:.2f}fr" for length in longest)
