"""Sample contracts as text: as a person gets it out of an old system, page cuts, stray signs and all."""

from __future__ import annotations

from collections.abc import Iterator

from tools.sample_papers.content import BANNER, Grid, PageBreak, Paper, Paragraph, Title


def text(paper: Paper, *, annex: str = "") -> bytes:
    """UTF-8 text, a blank line between paragraphs. Tables are typed with tabs, or stand in the file named ``annex``."""
    return ("\n\n".join([f"（{BANNER}）", *_blocks(paper, annex)]) + "\n").encode()


def _blocks(paper: Paper, annex: str) -> Iterator[str]:
    for item in paper.items:
        match item:
            case Title():
                yield item.text
            case Paragraph():
                yield item.number + item.text
            case Grid() if annex and item.title:
                yield f"（“{item.title}”见随附的电子表格《{annex}》）"
            case Grid():
                yield _typed(item)
            case PageBreak():
                yield ""


def _typed(grid: Grid) -> str:
    """Rows typed with tabs: a span leaves its further columns empty."""
    lines: list[str] = []
    for row in grid.rows:
        cells = [text for cell in row for text in (cell.text, *[""] * (cell.columns - 1))]
        lines.append("\t".join(cells))
    return "\n".join(lines)
