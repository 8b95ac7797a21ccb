"""样本全文: a whole contract on paper, with printed numbers, from the sample and the release that ship with us.

The words are ours; the numbers are those that the release says the paper prints. What a release does not number (a cover, the
parties, the signatures) is added in the way of such papers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from lvyue.core.clause import MAIN, ClauseRef
from lvyue.core.release import Release
from lvyue.library import loader
from lvyue.library.samples import sample
from lvyue.reading.source import Block, Cell, Grid, Line, Place, Source, SourceKind

SAMPLES = (
    "security-support-2026",
    "digital-operations-2026",
    "government-cloud-2026",
    "video-conference-2022",
    "cloud-lease-2025",
)
_PARTIES = ("甲方：某市信息中心", "乙方：某某科技有限公司")
_SIGNATURES = (
    "（以下无正文）",
    "甲方（盖章）：",
    "日期：2026年01月05日",
    "乙方（盖章）：",
    "日期：2026年01月06日",
)
_FORM = "履约验收方案"
_SENTENCE = 30


def source_of(text: str, name: str = "合同.txt") -> Source:
    """A text file as intake hands it over: one line a block."""
    lines = text.replace("\r\n", "\n").split("\n")
    return Source(
        name,
        sha256(text.encode()).hexdigest(),
        SourceKind.TEXT,
        tuple(Line(line, Place(line=number)) for number, line in enumerate(lines, 1)),
    )


_PAGE_LINES, _COLUMNS, _LEFT, _STEP = 32, 34, 72.0, 12.0


def docx_of(text: str) -> Source:
    """The same as a docx gives it: a paragraph a block, no blank ones, tables as grids."""
    blocks: list[Block] = []
    for number, group in enumerate(_groups(text)):
        if isinstance(group, str):
            blocks.append(Line(group, Place(block=f"p{number}")))
        else:
            blocks.append(_grid(group, Place(block=f"t{number}")))
    return Source("合同.docx", "0" * 64, SourceKind.DOCX, tuple(blocks))


def pdf_of(text: str) -> Source:
    """The same as a PDF gives it: lines of 34 characters on pages with a running head and a page number, tables cut by pages."""
    blocks: list[Block] = []
    page, row = 1, 0

    def turn() -> None:
        nonlocal page, row
        box = (200.0, 20.0, 400.0, 32.0)
        foot = (290.0, 800.0, 310.0, 812.0)
        blocks.append(Line(str(page), Place(page=page, box=foot), outside=True))
        page, row = page + 1, 0
        blocks.append(Line("某市运维服务合同", Place(page=page, box=box), outside=True))

    for group in _groups(text):
        if isinstance(group, str):
            for at in range(0, len(group), _COLUMNS):
                words = group[at : at + _COLUMNS]
                blocks.append(_pdf_line(words, page, row, first=at == 0))
                row += 1
                if row == _PAGE_LINES:
                    turn()
        else:
            half = len(group) // 2 or 1
            blocks.append(_grid(group[:half], Place(page=page)))
            if group[half:]:
                turn()
                blocks.append(_grid(group[half:], Place(page=page), goes_on=True))
    return Source("合同.pdf", "0" * 64, SourceKind.PDF, tuple(blocks))


def _pdf_line(words: str, page: int, row: int, *, first: bool) -> Line:
    top = 60.0 + row * 20
    left = _LEFT + (2 * _STEP if first else 0)
    edges = tuple(left + _STEP * n for n in range(len(words) + 1))
    return Line(
        words,
        Place(page=page, box=(left, top, edges[-1], top + 14)),
        edges=edges,
        indented=first,
        full=len(words) >= _COLUMNS - 1,
    )


def _groups(text: str) -> Iterator[str | list[list[str]]]:
    """Paragraphs, and the rows of tables together."""
    rows: list[list[str]] = []
    for line in text.split("\n"):
        if "\t" in line:
            rows.append(line.split("\t"))
        elif line.strip():
            if rows:
                yield rows
                rows = []
            yield line.strip()
    if rows:
        yield rows


def _grid(rows: list[list[str]], place: Place, *, goes_on: bool = False) -> Grid:
    cells = tuple(
        Cell(text.strip(), place, row, column)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )
    return Grid(cells, len(rows), max(map(len, rows)), place, goes_on)


@cache
def seeds() -> Path | None:
    """The folder of the original papers, where there is one."""
    named = os.environ.get("LVYUE_SEEDS")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "seeds"
    return folder if folder.is_dir() else None


@cache
def seed(release_id: str) -> str:
    """The original paper of a release: the one that names its supplier and its price."""
    folder = seeds()
    assert folder is not None
    release = loader.load(release_id)
    supplier = next(party.name for party in release.parties if party.role.value == "supplier")
    marks = [supplier, re.sub(r"\s", "", release.price_words)]
    found = [
        text
        for text in (path.read_text("utf-8") for path in sorted(folder.glob("*.txt")))
        if all(mark in re.sub(r"[\s*_|]+", "", text) for mark in marks)
    ]
    assert len(found) == 1
    return found[0]


@cache
def full_text(release_id: str) -> str:
    """The sample of a release as one text, a blank line after every paragraph."""
    return "\n\n".join(_lines(loader.load(release_id))) + "\n"


def _lines(release: Release) -> Iterator[str]:
    words = sample(release.id).paragraphs
    document = ""
    decimal = not str(next(c.ref for c in release.clauses if c.printed or c.ref.depth)).startswith(
        ("第", "使用", "封面")
    )
    if decimal:
        yield from (release.title, "运维服务合同", *_PARTIES)
    for clause in release.clauses:
        ref = clause.ref
        if ref.document != document:
            if document and decimal and document != _FORM:
                yield from _SIGNATURES
            yield from _opening(ref.document, document, decimal=decimal)
            document = ref.document
        yield from _clause(ref, clause.printed, words, release)
    if decimal and document != _FORM:
        yield from _SIGNATURES


def _opening(document: str, before: str, *, decimal: bool) -> Iterator[str]:
    if decimal and before:
        yield document
        if document != _FORM:
            yield from _PARTIES


def _clause(
    ref: ClauseRef,
    printed: str | None,
    words: Mapping[ClauseRef, tuple[str, ...]],
    release: Release,
) -> Iterator[str]:
    lines = list(words[ref])
    number = _number(ref, printed)
    if ref.document == _FORM:
        yield _form_row(ref, number, lines)
    elif ref.segments == ("¶1",) and printed and "鉴于" in printed:
        yield "鉴于："
        yield from _paragraph(ref, number, lines, words)
    elif _is_inline(ref):
        return
    elif not ref.segments:
        yield f"附件{ref.document.removeprefix('附件')}" + (f" {lines[0]}" if printed else "：")
        if not printed:
            yield "信息保护协议"
    elif ref.segments[-1] == "当事人":
        yield from _PARTIES
    elif ref.segments[0] in ("签署页", "封面", "签署", "序言") or ref.segments[1:] == ("签署",):
        if ref.segments[-1] in ("签署页", "签署"):
            yield "（以下无正文）"
        yield from lines
    elif ref.segments[-1] == "使用说明":
        yield "使用说明"
    else:
        yield from _paragraph(ref, number, lines, words)
    yield from _tables(ref, release)


def _paragraph(
    ref: ClauseRef,
    number: str,
    lines: list[str],
    words: Mapping[ClauseRef, tuple[str, ...]],
) -> Iterator[str]:
    inline = "".join(
        f"（{letter}）" + "".join(words[ref.child(f"({letter})")])
        for letter in "abcd"
        if ref.child(f"({letter})") in words and _is_inline(ref.child(f"({letter})"))
    )
    if inline:
        yield number + "".join(lines).rstrip("。") + "：" + inline
    elif number and len(lines) > 1 and len(lines[0]) <= _SENTENCE and lines[0][-1] not in "。：；":
        yield number + lines[0]
        yield "".join(lines[1:])
    else:
        yield number + "".join(lines)


def _is_inline(ref: ClauseRef) -> bool:
    return re.fullmatch(r"\([a-z]\)", ref.segments[-1]) is not None if ref.segments else False


def _number(ref: ClauseRef, printed: str | None) -> str:
    """The number as the paper prints it, with what stands between it and the words."""
    if not ref.segments or ref.segments[-1][0] == "¶":
        return f"{printed.removeprefix('鉴于').strip()}" if printed and "鉴于" in printed else ""
    last = ref.segments[-1]
    if last[0] == "•":
        return "- "
    shown = printed if printed and printed != "-" else None
    if shown is None:
        decimals = _decimals(ref.segments)
        plain = ref.document.startswith("附件") or not ref.segments[0].isascii()
        shown = last if plain or len(decimals) < 2 else ".".join(decimals)
        if re.fullmatch("[一二三四五六七八九十]+", shown):
            shown += "、"
        elif plain and re.fullmatch("[0-9]+", shown):
            shown += "."
    return shown + (" " if shown[-1] not in "、）)" else "")


def _decimals(segments: tuple[str, ...]) -> list[str]:
    tail: list[str] = []
    for segment in reversed(segments):
        if not re.fullmatch("[0-9]+", segment):
            break
        tail.insert(0, segment)
    return tail


def _form_row(ref: ClauseRef, number: str, lines: list[str]) -> str:
    if ref.depth == 1:
        head = "\n序号\t验收环节\t验收内容\t验收标准" if ref.segments[0] == "三" else ""
        return f"{number}{lines[0]}\t\t\t{head}"
    if ref.segments == ("三", "¶1"):
        return f"备注：{lines[0]}"
    label, _, value = lines[0].partition("：")
    return f"{label}\t{value.strip('_')}\t\t"


def _tables(ref: ClauseRef, release: Release) -> Iterator[str]:
    for table in release.tables:
        if table.clause == ref and ref.document != _FORM:
            rows = [table.columns, *(row.cells for row in table.rows)]
            yield "\n".join("\t".join(cell or "" for cell in row) for row in rows)


def refs(release_id: str) -> list[str]:
    """The clauses of a release as its people wrote them, in paper order."""
    return [str(clause.ref) for clause in loader.load(release_id).clauses]


def is_main(ref: str) -> bool:
    """Whether a reference is of the main document."""
    return ClauseRef.parse(ref).document == MAIN
