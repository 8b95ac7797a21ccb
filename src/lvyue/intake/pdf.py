"""PDF: born-digital pages are read from their own characters; pages that are pictures go to recognition.

A page is a picture when it has next to no characters and something drawn, or when its characters have no meaning: a font
that does not say which character is which gives signs that nobody can search for.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TypeAlias

import pypdfium2
import pypdfium2.raw as pdfium

from lvyue.core.doubts import Refused
from lvyue.intake.continued import continued
from lvyue.intake.glyphs import PageGlyphs, glyphs_of, quarter_turns
from lvyue.intake.limits import LIMITS
from lvyue.intake.margins import with_margins
from lvyue.intake.pages import askew_line, lines_and_grids
from lvyue.intake.paragraph import Seen
from lvyue.intake.refusals import (
    Asked,
    Cancelled,
    Progress,
    go_on,
    refuse,
    too_large,
    without_recognition,
)
from lvyue.intake.ruled import Drawing, Shown, drawing_of, tables_of
from lvyue.reading.source import (
    Block,
    Box,
    Grid,
    Line,
    NoteKind,
    PageSize,
    Place,
    Source,
    SourceKind,
)

#: reads pictures: (bytes of a PDF or a picture, name, progress, cancelled)
Recognise: TypeAlias = Callable[[bytes, str, Progress | None, Asked | None], Source]

#: fewer characters than this beside a picture are a page number or a stamp
_FEW = 16
#: a picture that is the page, and one that is worth telling of, as shares of the page
_WHOLE_PAGE, _TOLD = 0.5, 0.03
#: so many drawn paths and no characters: the letters themselves are drawn
_DRAWN_LETTERS = 60
_MEND = "请在原来的软件中另存或打印成 PDF 后再读入。"
#: notes that people stick on a page, by pdfium's kinds
_REMARKS = {
    pdfium.FPDF_ANNOT_TEXT: "批注",
    pdfium.FPDF_ANNOT_HIGHLIGHT: "标亮",
    pdfium.FPDF_ANNOT_UNDERLINE: "下划线批注",
    pdfium.FPDF_ANNOT_STRIKEOUT: "删除线批注",
    pdfium.FPDF_ANNOT_CARET: "插入批注",
    pdfium.FPDF_ANNOT_INK: "手写批注",
}
#: what is filled in or stamped on a page lies on it as a note; it is printed with the page, so it is read with it
_PRINTED = frozenset(
    {pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP}
)
#: notes of one page that are looked at; a hostile file has millions
_MOST_REMARKS = 2_000


@dataclass(slots=True)
class _Page:
    """一页: what was read of it; a picture waits for recognition."""

    size: PageSize
    blocks: list[Block] = field(default_factory=list)
    picture: bool = False


def read_pdf(
    data: bytes,
    name: str,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
    recognise: Recognise | None = None,
) -> Source:
    """All pages of a PDF. ``recognise`` reads pages that are pictures; without it they are told and left out."""
    seen = Seen()
    document = _opened(data, name)
    try:
        count = len(document)
        if count > LIMITS.pages:
            raise too_large(name, "页数", count, LIMITS.pages, "请只读入合同和它的附件。")
        _tell_of_programs(document, seen)
        pages = list(_pages(document, name, seen, progress, cancelled))
        if not any(page.picture for page in pages):
            return _source(data, name, pages, seen)
        if all(page.picture or not page.blocks for page in pages) and recognise is not None:
            return recognise(data, name, progress, cancelled)
        recognised = _recognised(document, pages, name, seen, progress, cancelled, recognise)
    finally:
        document.close()
    return _source(data, name, recognised, seen)


def _source(data: bytes, name: str, pages: list[_Page], seen: Seen) -> Source:
    sizes = [page.size for page in pages]
    blocks = continued(with_margins([page.blocks for page in pages], sizes))
    if not any(blocks):
        raise refuse(name, "PDF 里没有文字，也没有图片。", "请检查是否选错了文件。")
    return Source(
        name=name,
        sha256=sha256(data).hexdigest(),
        kind=SourceKind.PDF,
        blocks=tuple(block for page in blocks for block in page),
        pages=tuple(sizes),
        notes=tuple(seen.notes()),
    )


def _opened(data: bytes, name: str) -> pypdfium2.PdfDocument:
    """A password only to change the file is no hindrance; one to open it is."""
    try:
        document = pypdfium2.PdfDocument(data)
        if len(document) > 0:
            return document
    except pypdfium2.PdfiumError as problem:
        if problem.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise refuse(
                name, "PDF 加了打开密码。", "请用密码打开它，取消密码后另存一份再读入。"
            ) from problem
        raise refuse(name, "PDF 已损坏，打不开。", _MEND) from problem
    raise refuse(name, "PDF 里没有页。", _MEND)


def _tell_of_programs(document: pypdfium2.PdfDocument, seen: Seen) -> None:
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
        seen.note(NoteKind.MACRO, Place(page=1), "PDF 带有程序，没有运行它，只读了文字。")
    attached = pdfium.FPDFDoc_GetAttachmentCount(document.raw)
    if attached > 0:
        seen.note(
            NoteKind.UNREAD, Place(page=1), f"PDF 里附带 {attached} 个文件，没有读；请单独读入。"
        )


# -------------------------------------------------------------------------------------------- a page


def _pages(
    document: pypdfium2.PdfDocument,
    name: str,
    seen: Seen,
    progress: Progress | None,
    cancelled: Asked | None,
) -> Iterator[_Page]:
    characters = 0
    count = len(document)
    for number in range(1, count + 1):
        go_on(name, cancelled)
        page, found = _read_page(document, number, seen)
        characters += found
        if characters > LIMITS.characters:
            raise too_large(name, "文字", characters, LIMITS.characters, "请只读入合同和它的附件。")
        yield page
        if progress is not None:
            progress(number, count)


def _read_page(document: pypdfium2.PdfDocument, number: int, seen: Seen) -> tuple[_Page, int]:
    """One page, and how many characters it has."""
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        seen.note(NoteKind.UNREAD, Place(page=number), f"第{number}页已损坏，没有读。")
        return _Page(PageSize(595.0, 842.0)), 0
    try:
        if (
            _remarks(page, number, seen)
            and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == 1
        ):
            page.close()
            page = document[number - 1]
        return _digital(page, number, seen)
    finally:
        page.close()


def _digital(page: pypdfium2.PdfPage, number: int, seen: Seen) -> tuple[_Page, int]:
    width, height = page.get_size()
    out = _Page(PageSize(round(width, 2), round(height, 2)))
    shown = _shown(page)
    text = page.get_textpage()
    try:
        found = glyphs_of(text.raw, shown)
        drawing = drawing_of(page.raw, shown)
        if _is_picture(found, drawing, out.size):
            out.picture = True
            return out, found.characters
        turns = quarter_turns(text.raw, found, shown.quarters)
        if turns:
            upright = replace(shown, quarters=(shown.quarters + turns) % 4)
            found, drawing = glyphs_of(text.raw, upright), drawing_of(page.raw, upright)
            says = f"第{number}页的文字是横放的，已转正再读。"
            seen.note(NoteKind.TURNED, Place(page=number), says)
    finally:
        text.close()
    blocks = lines_and_grids(found, tables_of(drawing), number)
    if turns:
        blocks = [_turned_back(block, out.size, turns) for block in blocks]
    out.blocks = [*blocks, *askew_line(found, number)]
    _tell_of_pictures(drawing, out, found, number, seen)
    return out, found.characters


def _shown(page: pypdfium2.PdfPage) -> Shown:
    """How the page is shown: the part of it that is, and how it is turned."""
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page.raw, box)
    return Shown(box.left, box.bottom, box.right, box.top, page.get_rotation() // 90)


def _turned_back(block: Block, size: PageSize, turns: int) -> Block:
    """A block with boxes as the page is shown. Characters then stand one below the other and have no edges."""
    if isinstance(block, Line):
        return replace(block, place=_back(block.place, size, turns), edges=())
    cells = tuple(replace(cell, place=_back(cell.place, size, turns)) for cell in block.cells)
    return replace(block, cells=cells, place=_back(block.place, size, turns))


def _back(place: Place, size: PageSize, turns: int) -> Place:
    if place.box is None:
        return place
    left, top, right, bottom = place.box
    match turns:
        case 1:
            box = (top, size.height - right, bottom, size.height - left)
        case 2:
            box = (size.width - right, size.height - bottom, size.width - left, size.height - top)
        case _:
            box = (size.width - bottom, left, size.width - top, right)
    return replace(place, box=box_of(box))


# ------------------------------------------------------------------------------- pictures and remarks


def _share(box: Box, size: PageSize) -> float:
    """The part of the page that a box covers."""
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    right, bottom = min(box[2], size.width), min(box[3], size.height)
    if right <= left or bottom <= top or not size.width * size.height:
        return 0.0
    return (right - left) * (bottom - top) / (size.width * size.height)


def _is_picture(found: PageGlyphs, drawing: Drawing, size: PageSize) -> bool:
    if found.characters > _FEW:
        return found.is_garbled
    covered = sum(_share(box, size) for box in drawing.pictures)
    return (
        covered > _WHOLE_PAGE
        or (not found.characters and drawing.paths > _DRAWN_LETTERS)
        or (covered > _TOLD and not found.characters)
    )


def _tell_of_pictures(
    drawing: Drawing, page: _Page, found: PageGlyphs, number: int, seen: Seen
) -> None:
    for box in drawing.pictures:
        share = _share(box, page.size)
        place = Place(page=number, box=box_of(box))
        if share > 0.8 and found.characters > _FEW:  # noqa: PLR2004  the picture is the page
            seen.note(
                NoteKind.UNSURE,
                place,
                f"第{number}页是图片，文字取自文件自带的识别层，可能有错字，请对照原图核对。",
            )
        elif share > _TOLD:
            seen.note(NoteKind.PICTURE, place, f"第{number}页有图片，图片里的文字没有读入。")


def box_of(box: Box) -> Box:
    left, top, right, bottom = box
    return round(left, 2), round(top, 2), round(right, 2), round(bottom, 2)


def _remarks(page: pypdfium2.PdfPage, number: int, seen: Seen) -> bool:
    """Notes stuck on a page are told; the answer is whether some of them are printed with it."""
    printed = False
    for n in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST_REMARKS)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, n)
        if not note:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        printed = printed or kind in _PRINTED
        if kind in _REMARKS:
            said = _said(note)
            says = f"第{number}页有{_REMARKS[kind]}" + (f"「{said[:80]}」" if said else "")
            seen.note(NoteKind.COMMENT, Place(page=number), f"{says}，不是合同正文，没有读入。")
        pdfium.FPDFPage_CloseAnnot(note)
    return printed


def _said(note: pdfium.FPDF_ANNOTATION) -> str:
    length = min(pdfium.FPDFAnnot_GetStringValue(note, b"Contents", None, 0), 4_096)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    pdfium.FPDFAnnot_GetStringValue(note, b"Contents", buffer, length)
    return " ".join(bytes(buffer).decode("utf-16-le", "replace").split("\0")[0].split())


# ----------------------------------------------------------------------------------------- recognition


def _recognised(
    document: pypdfium2.PdfDocument,
    pages: list[_Page],
    name: str,
    seen: Seen,
    progress: Progress | None,
    cancelled: Asked | None,
    recognise: Recognise | None,
) -> list[_Page]:
    """The pages, with those that are pictures read; told and left out where that cannot be."""
    numbers = [n for n, page in enumerate(pages, start=1) if page.picture]
    try:
        if recognise is None:
            raise without_recognition(name)
        source = recognise(_extract(document, numbers), name, progress, cancelled)
    except Cancelled:
        raise
    except Refused as refused:
        if not any(page.blocks for page in pages):
            raise
        why = refused.doubts[0].says
        for number in numbers:
            seen.note(NoteKind.UNREAD, Place(page=number), f"第{number}页是图片，没有读：{why}")
        return pages
    return _put_back(pages, numbers, source, seen)


def _extract(document: pypdfium2.PdfDocument, numbers: list[int]) -> bytes:
    """Some pages as a PDF of their own."""
    some = pypdfium2.PdfDocument.new()
    try:
        some.import_pages(document, [number - 1 for number in numbers])
        buffer = io.BytesIO()
        some.save(buffer)
        return buffer.getvalue()
    finally:
        some.close()


def _put_back(pages: list[_Page], numbers: list[int], source: Source, seen: Seen) -> list[_Page]:
    """What was recognised, on the pages where it stands in the whole file."""

    def moved(place: Place) -> Place:
        known = place.page is not None and 1 <= place.page <= len(numbers)
        return replace(place, page=numbers[place.page - 1]) if known and place.page else place

    by_page: dict[int, list[Block]] = {}
    for block in source.blocks:
        at = moved(block.place)
        if isinstance(block, Grid):
            cells = tuple(replace(cell, place=moved(cell.place)) for cell in block.cells)
            block = replace(block, cells=cells)  # noqa: PLW2901  the same block at its page
        by_page.setdefault(at.page or numbers[0], []).append(replace(block, place=at))
    for note in source.notes:
        seen.note(note.kind, moved(note.place), note.says)
    return [
        replace(page, blocks=by_page.get(n, page.blocks)) for n, page in enumerate(pages, start=1)
    ]
