"""行的种类: what each block of a file is before anything is joined: words, a row typed with tabs, a page number, nothing.

A text that was copied out of a PDF has a line break every so many characters. ``Layout`` finds that width, so that a line which
runs up to it is known to go on; where the format tells itself (PDF, scans), what it tells is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lvyue.reading.markers import markers, narrow
from lvyue.reading.source import Grid, Line, Source, SourceKind
from lvyue.reading.titles import is_contents_entry, is_field


class Kind(Enum):
    """行的种类: words, a row of cells, a grid, an empty line, and what is no part of the text."""

    WORDS = 1
    ROW = 2
    GRID = 3
    EMPTY = 4
    PAGE_NUMBER = 5
    RUNNING_HEAD = 6
    ASIDE = 7


_PAGE = re.compile(
    r"[-—–~·\[(]? ?(?:第 ?)?([0-9]{1,4}) ?页?(?: ?[/,，共] ?(?:共 ?)?[0-9]{1,4} ?页?)?(?: ?[-—–~·\])])?"
    r"|第 ?[一二三四五六七八九十百]{1,5} ?页(?: ?[,，]? ?共 ?[一二三四五六七八九十百]{1,5} ?页)?"
)
#: as many pages as a head or foot must stand on before it is one
_PAGES = 3
_LONGEST_HEAD = 60
#: a text of fewer lines does not show where its lines break
_FEWEST = 12
_NARROWEST, _WIDEST = 16, 90
_SHARE = 3
_NARROW = re.compile("[\x00-\u1fff]")
_INDENT = re.compile(r"[  ]{2,}|[　\t]")


@dataclass(frozen=True, slots=True)
class Layout:
    """版式: at which width a text breaks its lines (None: it does not), whether its paragraphs are indented, whether blank lines part them.

    ``numbered``: paragraphs with a number are indented as well, so that a line that is not is none, whatever it begins with.
    """

    width: float | None
    indented: bool
    spaced: bool
    ragged: bool
    numbered: bool = False


def kinds(source: Source) -> list[Kind]:
    """What each block is, by itself and by what repeats from page to page."""
    heads = _running_heads(source)
    found = [_kind(block, index in heads) for index, block in enumerate(source.blocks)]
    _withdraw_lone_rows(source, found)
    return found


def _kind(block: Line | Grid, running: bool) -> Kind:  # noqa: FBT001 - private
    if isinstance(block, Grid):
        return Kind.GRID
    words = block.text.strip()
    if not words:
        return Kind.EMPTY
    if running:
        return Kind.RUNNING_HEAD
    if len(words) <= 20 and _PAGE.fullmatch(narrow(words)):  # noqa: PLR2004
        return Kind.PAGE_NUMBER
    if block.outside:
        return Kind.ASIDE
    if "\t" in block.text and _is_row(block.text):
        return Kind.ROW
    if words[0] == "|" and words.count("|") > 2:  # noqa: PLR2004 - two cells of a Markdown table
        return Kind.ROW
    return Kind.WORDS


def _is_row(text: str) -> bool:
    """A tab between cells: not the one that indents a paragraph, nor the one after a number or before the page of a table of contents."""
    cells = text.rstrip(" \r\n").split("\t")
    if not any(cell.strip() for cell in cells[1:]):
        return len(cells) > 2  # noqa: PLR2004 - a group row: one cell and empty ones
    if not any(cell.strip() for cell in cells[:-1]):
        return len(cells) > 2 and not cells[-1].strip()[10:]  # noqa: PLR2004
    return True


def _withdraw_lone_rows(source: Source, found: list[Kind]) -> None:
    """Rows that make no table: one by itself with one tab, numbers with a tab after them, entries of a table of contents."""
    for run in _runs(found):
        texts = [_text(source, index) for index in run]
        if all(text.strip().count("\t") == 1 for text in texts) and (
            len(run) == 1 or all(_numbered(text) or is_contents_entry(text) for text in texts)
        ):
            for index in run:
                found[index] = Kind.WORDS


def _numbered(text: str) -> bool:
    first, _, rest = text.strip().partition("\t")
    return bool(markers(first.strip() + " ")) and len(first.strip()) <= 8 and bool(rest)  # noqa: PLR2004


def _runs(found: Sequence[Kind]) -> list[list[int]]:
    """Rows in a row, blank lines and page numbers between them left out."""
    runs: list[list[int]] = []
    current: list[int] = []
    for index, kind in enumerate(found):
        if kind is Kind.ROW:
            current.append(index)
        elif kind in (Kind.WORDS, Kind.GRID, Kind.ASIDE) and current:
            runs.append(current)
            current = []
    return [*runs, current] if current else runs


def _text(source: Source, index: int) -> str:
    block = source.blocks[index]
    return block.text if isinstance(block, Line) else ""


# ── what repeats on the pages ───────────────────────────────────────────────────────────────────────────────────────


def _running_heads(source: Source) -> set[int]:
    """Lines that stand outside the text, or at the edge of a page, and come again with nothing but the figures changed."""
    candidates: dict[str, list[int]] = {}
    for index in _edges(source):
        block = source.blocks[index]
        if isinstance(block, Line) and _may_be_head(block):
            key = re.sub("[0-9]+", "#", "".join(narrow(block.text).split()))
            candidates.setdefault(key, []).append(index)
    return {
        index
        for key, found in candidates.items()
        if len(found) >= _PAGES or (len(found) > 1 and _all_outside(source, found))
        for index in found
        if key != "#"
    }


def _may_be_head(line: Line) -> bool:
    """Short, and neither a clause nor a sentence: the first line of a page may be one of a list of like ones."""
    words = line.text.strip()
    if not words or len(words) > _LONGEST_HEAD:
        return False
    return line.outside or not (words[-1] in "。；;：:" or markers(words) or is_field(words))


def _all_outside(source: Source, found: Sequence[int]) -> bool:
    return all(isinstance(block := source.blocks[i], Line) and block.outside for i in found)


def _edges(source: Source) -> list[int]:
    """The first and last lines of every page, and what is said to stand outside the text."""
    by_page: dict[int, list[int]] = {}
    outside = []
    for index, block in enumerate(source.blocks):
        if isinstance(block, Line) and block.outside:
            outside.append(index)
        elif isinstance(block, Line) and block.place.page is not None and block.text.strip():
            by_page.setdefault(block.place.page, []).append(index)
    edges = [i for lines in by_page.values() for i in dict.fromkeys((*lines[:2], *lines[-2:]))]
    return outside + (edges if len(by_page) >= _PAGES else [])


# ── how lines are broken ───────────────────────────────────────────────────────────────────────────────────────────


def layout(source: Source, found: Sequence[Kind]) -> Layout:
    """How the text of a source breaks its lines; a docx and a sheet break none."""
    words = [
        block
        for block, kind in zip(source.blocks, found, strict=True)
        if kind is Kind.WORDS and isinstance(block, Line)
    ]
    lines = [block.text for block in words]
    spaced = sum(kind is Kind.EMPTY for kind in found) * 4 > len(lines)
    indents = [_begins_in(block) for block in words]
    indented = len(lines) // 10 < sum(indents) < len(lines) * 9 // 10
    numbered = indented and _numbers_too(lines, indents)
    if source.kind is not SourceKind.TEXT or len(lines) < _FEWEST:
        return Layout(None, indented, spaced, ragged=False, numbered=numbered)
    longer = [line.strip() for line in lines if len(line.strip()) >= _NARROWEST]
    if not _breaks(longer):
        return Layout(None, indented, spaced, ragged=False, numbered=numbered)
    width = _width(longer)
    return Layout(width, indented, spaced, ragged=width is None, numbered=numbered)


def _begins_in(line: Line) -> bool:
    return line.indented if line.indented is not None else _INDENT.match(line.text) is not None


def _numbers_too(lines: Sequence[str], indents: Sequence[bool]) -> bool:
    numbered = [
        inside for line, inside in zip(lines, indents, strict=True) if markers(line.strip())
    ]
    return len(numbered) >= _FEWEST and sum(numbered) * 10 >= len(numbered) * 8


def _breaks(longer: Sequence[str]) -> bool:
    """Whether lines end in the middle of sentences: in a text typed by paragraphs one in fifteen does, in a broken one most do."""
    unended = sum(line[-1] not in "。；;：:！？!?" and not is_field(line) for line in longer)
    widest = max((len(line) for line in longer), default=0)
    return len(longer) >= _FEWEST and widest <= _WIDEST and unended * _SHARE > len(longer)


def _width(longer: Sequence[str]) -> float | None:
    """The width that many lines come up to and none goes beyond: in columns of a page, or (negative) in characters."""
    counts: list[tuple[int, float]] = []
    for sign, measure in ((1, display_width), (-1, _characters)):
        widths = [measure(line) for line in longer]
        widest = max(widths)
        counts.append((sum(width > widest - 1 for width in widths), sign * widest))
    at_margin, width = max(counts, key=lambda count: (count[0], -count[1]))
    near = sum(display_width(line) >= abs(width) - 2 for line in longer) if width > 0 else at_margin
    return width if max(at_margin, near) * _SHARE > len(longer) else None


def display_width(text: str) -> float:
    """Ideographs count one, letters and figures a half."""
    stripped = text.strip()
    return len(stripped) - len(_NARROW.findall(stripped)) / 2


def _characters(text: str) -> float:
    return float(len(text.strip()))


def is_full(line: Line, layout: Layout) -> bool | None:
    """Whether a line runs up to the right margin; None where that cannot be known."""
    if line.full is not None:
        return line.full
    if layout.width is None:
        return None
    width = display_width(line.text) if layout.width > 0 else _characters(line.text)
    return width >= abs(layout.width) - 2


def is_indented(line: Line, layout: Layout) -> bool | None:
    """Whether a line begins further in than the text; None where that means nothing."""
    return _begins_in(line) if layout.indented else None
