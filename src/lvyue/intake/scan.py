"""扫描件: pages that are pictures, read offline: set straight, tables by their rules, every blot of ink accounted for.

Recognition is an extra: ``pip install lvyue[ocr]``. Without it a scan is turned away in words, and everything else works.
What was not read is said, never left out in silence: ink without characters is ``UNREAD`` with its box, characters that
recognition is not sure of are ``UNSURE``, a seal over text is ``SEAL``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lvyue.intake.limits import LIMITS
from lvyue.intake.refusals import Asked, Progress, go_on, refuse, too_large
from lvyue.reading.source import Block, Grid, Line, PageSize, Source, SourceKind, SourceNote

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

    from lvyue.intake.page_reading import PageRead, PageReader
    from lvyue.intake.picture import Picture


_MISSING = (
    "这是扫描件或图片，需要文字识别组件，这里没有安装。",
    "请安装识别组件：pip install 'lvyue[ocr]'（不需要联网运行）；或者换成 Word、文本或者可以选中文字的 PDF。",
)


def can_read() -> bool:
    """Whether the extra is installed."""
    try:
        from lvyue.intake.ocr import folder_of_models  # noqa: PLC0415  the extra may be missing
    except ImportError:
        return False
    return folder_of_models() is not None


def reader(name: str) -> PageReader:
    """What reads pages in this process; the models are loaded with the first. Raises ``Refused`` without the extra."""
    if not can_read():
        raise refuse(name, *_MISSING)
    from lvyue.intake.page_reading import page_reader  # noqa: PLC0415  the extra may be missing

    return page_reader()


def read_page(
    picture: Picture, size: PageSize, number: int, name: str, *, photograph: bool = False
) -> PageRead:
    """One page from its picture (rows × columns × red, green, blue); ``size`` in points, ``number`` from 1."""
    return reader(name).read(picture, size, number, photograph=photograph)


def read_pdf_page(page: PdfPage, number: int, name: str) -> PageRead:
    """One page of a PDF whose text cannot be had, for files that are partly scans."""
    return reader(name).read_pdf_page(page, number)


def read_scan(
    data: bytes, name: str, progress: Progress | None = None, cancelled: Asked | None = None
) -> Source:
    """A scanned PDF, or a PNG, JPEG or TIFF of one page or many. Raises ``Refused``; ``Cancelled`` between two pages."""
    by = reader(name)
    total, opened = (
        by.open_pdf(data, name)
        if data[:1024].lstrip().startswith(b"%PDF")
        else by.open_image(data, name)
    )
    if total > LIMITS.pages:
        raise too_large(name, "页", total, LIMITS.pages, "请拆成几个文件。")
    pages = list(_each(opened, total, name, progress, cancelled))
    return _source(pages, data, name)


def _each(
    opened: Iterator[Callable[[], PageRead]],
    total: int,
    name: str,
    progress: Progress | None,
    cancelled: Asked | None,
) -> Iterator[PageRead]:
    """Page by page: only one is held as a picture."""
    for done, read in enumerate(opened):
        go_on(name, cancelled)
        if progress is not None:
            progress(done, total)
        yield read()
    if progress is not None:
        progress(total, total)


def _source(pages: list[PageRead], data: bytes, name: str) -> Source:
    settled = settle(pages)
    return Source(
        name,
        hashlib.sha256(data).hexdigest(),
        SourceKind.SCAN,
        tuple(block for page in settled for block in page.blocks),
        tuple(page.size for page in settled),
        _counted([note for page in settled for note in page.notes]),
    )


def settle(pages: list[PageRead]) -> list[PageRead]:
    """What only several pages together tell: margins, page heads and feet, tables that go on. Before this, lines do not know."""
    from lvyue.intake import scan_lines  # noqa: PLC0415  rests on the extra

    lines = scan_lines.settle(
        [[block for block in page.blocks if isinstance(block, Line)] for page in pages],
        [page.size.height for page in pages],
    )
    out: list[PageRead] = []
    last: Block | None = None
    for page, own in zip(pages, lines, strict=True):
        fresh = iter(own)
        blocks: list[Block] = []
        for block in page.blocks:
            block = next(fresh) if isinstance(block, Line) else block  # noqa: PLW2901 - the same line, knowing more
            if isinstance(block, Grid) and _goes_on(last, block):
                block = replace(block, goes_on=True)  # noqa: PLW2901
            if not (isinstance(block, Line) and block.outside):
                last = block
            blocks.append(block)
        out.append(replace(page, blocks=tuple(blocks)))
    return out


#: points by which the rules of a table may differ from page to page
_NEAR = 6.0


def _goes_on(last: Block | None, block: Grid) -> bool:
    """Whether a table continues the one before it: it is the first on its page, and as wide, with as many columns."""
    if not isinstance(last, Grid) or last.place.page == block.place.page:
        return False
    one, other = last.place.box, block.place.box
    return (
        one is not None
        and other is not None
        and last.columns == block.columns
        and abs(one[0] - other[0]) < _NEAR
        and abs(one[2] - other[2]) < _NEAR
    )


def _counted(notes: list[SourceNote]) -> tuple[SourceNote, ...]:
    """At most so many of one kind; the last of them tells how many more there are."""
    out: list[SourceNote] = []
    for kind in dict.fromkeys(note.kind for note in notes):
        own = [note for note in notes if note.kind is kind]
        kept, more = own[: LIMITS.notes], len(own) - LIMITS.notes
        if more > 0:
            kept[-1] = replace(
                kept[-1], says=f"{kept[-1].says}（此外同类提示还有 {more} 处，请对照原图。）"
            )
        out += kept
    return tuple(out)
