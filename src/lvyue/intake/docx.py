"""Word 文档: paragraphs, tables and text boxes of a docx in reading order, each with its path in the file.

Read from the XML itself, because every library loses something that a contract needs: the numbers that Word counts, what
was inserted with tracking, what stands in controls and text boxes, ticks of symbol fonts, merged cells.

A path names blocks of the body in order from 0: ``p12`` is a paragraph, ``t18/r0/c1`` a cell by row and column of the grid,
``t18/r0/c1/p0`` a paragraph in it, ``p12/x0/p0`` one in a text box, ``header1/p0`` and ``footnote2/p0`` one outside the body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from lxml import etree

from lvyue.intake.limits import LIMITS
from lvyue.intake.numbering import VAL, W, read_numbering
from lvyue.intake.package import Package
from lvyue.intake.paragraph import Run, Seen, Words
from lvyue.intake.refusals import Asked, Progress, go_on, refuse, too_large
from lvyue.intake.styles import Styles, read_styles
from lvyue.reading.source import (
    Block,
    Cell,
    Grid,
    Line,
    NoteKind,
    Place,
    Source,
    SourceKind,
)

DOCUMENT = "word/document.xml"
#: blocks between two reports of progress
_STRIDE = 200
#: elements that only wrap blocks, or wrap the wrappers
_WRAPPERS = frozenset(
    f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")
)
_GONE = frozenset(f"{W}{name}" for name in ("del", "moveFrom"))


def read_docx(
    data: bytes, name: str, progress: Progress | None = None, cancelled: Asked | None = None
) -> Source:
    """The blocks of a docx, and notes of what a person should know: tracked changes, comments, hidden text, macros."""
    with Package(data, name) as package:
        root = package.xml(DOCUMENT)
        body = root.find(f"{W}body") if root is not None else None
        if body is None:
            raise refuse(name, "文件里没有正文。", "请在 Word 或 WPS 中另存一份再读入。")
        reader = _Reader(package, progress, cancelled)
        blocks = reader.read(body)
    if not any(_has_words(block) for block in blocks):
        raise refuse(name, "文档里没有文字。", "如果内容是图片，请另存为 PDF，按扫描件读入。")
    return Source(
        name=name,
        sha256=sha256(data).hexdigest(),
        kind=SourceKind.DOCX,
        blocks=tuple(blocks),
        notes=tuple(reader.seen.notes()),
    )


def _has_words(block: Block) -> bool:
    if isinstance(block, Line):
        return bool(block.text.strip())
    return any(cell.text.strip() for cell in block.cells)


class _Reader:
    """读 Word 文档: the parts that a paragraph may refer to, and what was seen on the way."""

    def __init__(
        self, package: Package, progress: Progress | None, cancelled: Asked | None
    ) -> None:
        self.package = package
        self.progress = progress
        self.cancelled = cancelled
        self.related = package.related(DOCUMENT)
        self.styles: Styles = read_styles(self._part("styles", "word/styles.xml"))
        numbering = read_numbering(self._part("numbering", "word/numbering.xml"))
        self.seen = Seen()
        self.words = Words(
            file=package.name,
            styles=self.styles,
            numbering=numbering,
            comments=_texts_by_id(self._part("comments", "word/comments.xml"), "comment"),
            seen=self.seen,
        )
        self.characters = 0
        self.cells = 0

    def _part(self, kind: str, usual: str) -> etree._Element | None:
        """A part by what the document calls it, or where it usually is."""
        for found, member in self.related.values():
            if found == kind:
                return self.package.xml(member)
        return self.package.xml(usual)

    def read(self, body: etree._Element) -> list[Block]:
        if any(member.lower().endswith("vbaproject.bin") for member in self.package.names()):
            self.seen.note(
                NoteKind.MACRO, Place(block="vba"), "文件带有宏程序，没有运行它，只读了文字。"
            )
        out: list[Block] = [*self._around("header")]
        total = len(body)
        for done, block in enumerate(self._body(body)):
            out.append(block)
            if done % _STRIDE == 0:
                go_on(self.package.name, self.cancelled)
                if self.progress is not None:
                    self.progress(min(done, total), total)
        out += self._around("footer")
        out += self._notes_at_the_foot()
        if self.progress is not None:
            self.progress(total, total)
        return out

    def _body(self, body: etree._Element) -> Iterator[Block]:
        for index, element in enumerate(self._blocks_of(body, 0)):
            if element.tag == f"{W}tbl":
                yield from self._table(element, f"t{index}", depth=1, outside=False)
            elif element.tag == f"{W}p":
                yield from self._paragraph(element, f"p{index}", outside=False)
            else:
                self.seen.note(
                    NoteKind.UNREAD, Place(block=f"p{index}"), "这里嵌入了另一份文件，没有读它。"
                )
        yield from self._held_back()

    def _held_back(self) -> Iterator[Block]:
        """What stood before a deleted paragraph mark at the very end."""
        line = self.words.rest()
        if line is not None:
            yield self._counted(line)

    def _blocks_of(self, parent: etree._Element, depth: int) -> Iterator[etree._Element]:
        """Paragraphs and tables, whatever wraps them."""
        if depth > LIMITS.nesting:
            raise self._too_deep()
        for element in parent:
            tag = element.tag
            if tag in {f"{W}p", f"{W}tbl", f"{W}altChunk"}:
                yield element
            elif tag in _WRAPPERS:
                yield from self._blocks_of(element, depth + 1)
            elif tag in _GONE:
                text = " ".join("".join(element.itertext()).split())
                if text:
                    self.seen.note(
                        NoteKind.DELETED,
                        Place(block="修订"),
                        f"修订中删除的「{text[:40]}」没有读入。",
                    )

    def _too_deep(self) -> Exception:
        return refuse(
            self.package.name,
            f"文档嵌套超过 {LIMITS.nesting} 层，没有读它。",
            "请在 Word 或 WPS 中另存一份再读入。",
        )

    def _counted(self, line: Line) -> Line:
        self.characters += len(line.text)
        if self.characters > LIMITS.characters:
            raise too_large(
                self.package.name,
                "文字",
                self.characters,
                LIMITS.characters,
                "请只读入合同和它的附件。",
            )
        return line

    # ------------------------------------------------------------------------------- paragraphs

    def _paragraph(self, element: etree._Element, path: str, *, outside: bool) -> Iterator[Block]:
        """The text boxes anchored in it, then its own lines."""
        run = self.words.paragraph(element, path)
        yield from self._boxes(run, path, 1)
        for line in self.words.lines(run, path, outside=outside):
            yield self._counted(line)

    def _boxes(self, run: Run, path: str, depth: int) -> Iterator[Block]:
        if depth > LIMITS.nesting:
            raise self._too_deep()
        for number, box in enumerate(run.boxes):
            for index, element in enumerate(self._blocks_of(box, depth)):
                inner = f"{path}/x{number}/"
                if element.tag == f"{W}tbl":
                    yield from self._table(element, f"{inner}t{index}", depth + 1, outside=True)
                elif element.tag == f"{W}p":
                    nested = self.words.paragraph(element, f"{inner}p{index}")
                    yield from self._boxes(nested, f"{inner}p{index}", depth + 1)
                    for line in self.words.lines(nested, f"{inner}p{index}", outside=True):
                        yield self._counted(line)

    # ----------------------------------------------------------------------------------- tables

    def _table(
        self, table: etree._Element, path: str, depth: int, *, outside: bool
    ) -> Iterator[Block]:
        cells = self._cells(table, path, depth)
        if not cells:
            return
        columns = max(cell.column + cell.columns for cell in cells)
        rows = max(cell.row + cell.rows for cell in cells)
        if columns > LIMITS.columns:
            raise too_large(
                self.package.name, "表格的列", columns, LIMITS.columns, "请检查这份文件。"
            )
        if rows == columns == 1 or self._is_layout(table, cells, columns):
            yield from self._as_lines(cells, outside=outside)
        else:
            yield Grid(tuple(cells), rows, columns, Place(block=path))

    def _cells(self, table: etree._Element, path: str, depth: int) -> list[Cell]:
        """Cells with their spans; a cell that is merged into the one above adds to it."""
        if depth > LIMITS.nesting:
            raise self._too_deep()
        cells: list[Cell] = []
        open_: dict[int, int] = {}  # column of the grid → index of the cell that may grow downwards
        row = -1
        for one in self._rows(table):
            row += 1
            column = _offset(one, "gridBefore")
            for element in _cells_of(one):
                span, merged = _span(element)
                text = self._cell_text(element, f"{path}/r{row}/c{column}", depth)
                above = open_.get(column) if merged == "continue" else None
                if above is not None and cells[above].columns == span:
                    grown = cells[above]
                    joined = "\n".join(filter(None, (grown.text, text)))
                    cells[above] = Cell(
                        joined, grown.place, grown.row, column, row - grown.row + 1, span
                    )
                else:
                    place = Place(block=f"{path}/r{row}/c{column}")
                    cells.append(Cell(text, place, row, column, 1, span))
                    open_[column] = len(cells) - 1
                if not merged:
                    open_.pop(column, None)
                column += span
                self._count_cell()
        return cells

    def _count_cell(self) -> None:
        self.cells += 1
        if self.cells > LIMITS.cells:
            raise too_large(
                self.package.name, "单元格", self.cells, LIMITS.cells, "请只读入合同和它的附件。"
            )

    def _rows(self, table: etree._Element) -> Iterator[etree._Element]:
        """Its rows without those that were deleted with tracking."""
        for row in _direct(table, f"{W}tr"):
            if row.find(f"{W}trPr/{W}del") is not None:
                text = " ".join(
                    "".join(one.text or "" for one in row.iter(f"{W}t", f"{W}delText")).split()
                )
                self.seen.note(
                    NoteKind.DELETED,
                    Place(block="修订"),
                    f"修订中删除的表格行「{text[:40]}」没有读入。",
                )
            else:
                yield row

    def _cell_text(self, cell: etree._Element, path: str, depth: int) -> str:
        """Its paragraphs, one line each; rows of a table inside it are lines with tabs."""
        out: list[str] = []
        for index, element in enumerate(self._blocks_of(cell, depth)):
            if element.tag == f"{W}tbl":
                inner = self._cells(element, f"{path}/t{index}", depth + 1)
                out += _typed_rows(inner)
            elif element.tag == f"{W}p":
                blocks = self._paragraph(element, f"{path}/p{index}", outside=False)
                out += [block.text for block in blocks if isinstance(block, Line)]
        return "\n".join(filter(None, out))

    def _is_layout(self, table: etree._Element, cells: list[Cell], columns: int) -> bool:
        """A table without lines that only sets the two parties side by side is no table on the paper."""
        if columns != 2 or not all(cell.rows == 1 for cell in cells):  # noqa: PLR2004  two sides
            return False
        return self.styles.has_no_borders(table) and _two_parties(cells)

    def _as_lines(self, cells: list[Cell], *, outside: bool) -> Iterator[Line]:
        """The left column, then the right one."""
        for cell in sorted(cells, key=lambda one: (one.column, one.row)):
            for text in cell.text.split("\n"):
                if text:
                    yield Line(text, cell.place, outside=outside)

    # ------------------------------------------------------------------------- outside the body

    def _around(self, kind: str) -> Iterator[Line]:
        """Page heads and feet, each different one once."""
        told: set[str] = set()
        for number, member in enumerate(
            sorted(member for found, member in self.related.values() if found == kind), start=1
        ):
            root = self.package.xml(member)
            for index, element in enumerate(self._blocks_of(root, 0) if root is not None else ()):
                for block in self._outside(element, f"{kind}{number}", index):
                    if block.text.strip() and block.text not in told:
                        told.add(block.text)
                        yield block

    def _outside(self, element: etree._Element, part: str, index: int) -> Iterator[Line]:
        if element.tag == f"{W}p":
            path = f"{part}/p{index}"
            for block in self._paragraph(element, path, outside=True):
                if isinstance(block, Line):
                    yield block
        elif element.tag == f"{W}tbl":
            for cell in self._cells(element, f"{part}/t{index}", 1):
                if cell.text:
                    yield Line(" ".join(cell.text.split()), cell.place, outside=True)

    def _notes_at_the_foot(self) -> Iterator[Line]:
        """Footnotes and endnotes that the text refers to."""
        for kind in ("footnote", "endnote"):
            root = self._part(f"{kind}s", f"word/{kind}s.xml")
            for note in root.findall(f"{W}{kind}") if root is not None else ():
                id_ = note.get(f"{W}id", "")
                if (kind, id_) in self.words.notes_met:
                    for index, element in enumerate(self._blocks_of(note, 0)):
                        yield from self._outside(element, f"{kind}{id_}", index)


# --------------------------------------------------------------------------------------------- cells


def _direct(parent: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Children of a kind, also those in a control."""
    for element in parent:
        if element.tag == tag:
            yield element
        elif element.tag in _WRAPPERS:
            yield from _direct(element, tag)


def _cells_of(row: etree._Element) -> Iterator[etree._Element]:
    return _direct(row, f"{W}tc")


def _offset(row: etree._Element, tag: str) -> int:
    found = row.find(f"{W}trPr/{W}{tag}")
    return _small(found.get(VAL)) if found is not None else 0


def _small(text: str | None) -> int:
    return min(int(text), LIMITS.columns + 1) if text and text.isascii() and text.isdigit() else 0


def _span(cell: etree._Element) -> tuple[int, str]:
    """How many columns it spans, and whether it begins (restart) or goes on with (continue) a cell above."""
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    columns = max(1, _small(span.get(VAL))) if span is not None else 1
    return columns, "" if merge is None else merge.get(VAL, "continue")


def _typed_rows(cells: Iterable[Cell]) -> list[str]:
    rows: dict[int, list[str]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(" ".join(cell.text.split()))
    return ["\t".join(row) for _, row in sorted(rows.items())]


_SIDES = (
    "甲方",
    "乙方",
    "委托",
    "受托",
    "采购人",
    "供应商",
    "发包",
    "承包",
    "买方",
    "卖方",
    "需方",
    "供方",
    "服务方",
)


def _two_parties(cells: list[Cell]) -> bool:
    """A party is named at the head of either column."""
    heads = [
        next((cell.text for cell in cells if cell.column == column and cell.text), "")
        for column in (0, 1)
    ]
    plain = ["".join(head.split())[:12] for head in heads]
    return all(any(side in head for side in _SIDES) for head in plain) and plain[0] != plain[1]


def _texts_by_id(root: etree._Element | None, tag: str) -> dict[str, str]:
    if root is None:
        return {}
    return {
        one.get(f"{W}id", ""): " ".join("".join(t.text or "" for t in one.iter(f"{W}t")).split())
        for one in root.findall(f"{W}{tag}")
    }
