"""读页: one page from its picture to lines, tables and notes. It rests on the extra [ocr]; only ``scan`` imports it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2

from lvyue.intake import frames, scan_lines, scan_tables, seals
from lvyue.intake.ocr import Models, Strip, models
from lvyue.intake.picture import DPI, LONG_SIDE, Picture, Straight, pictures, straighten
from lvyue.intake.picture import frames as frames_of
from lvyue.intake.refusals import refuse
from lvyue.intake.scan_lines import Read
from lvyue.reading.source import Block, Grid, Line, NoteKind, PageSize, Place, SourceNote

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

#: a strip found again in uncovered ink is believed from here on; below it the ink is told as unread
_BELIEVED = 0.6

#: characters below this are doubtful; a digit is believed later, since nothing around it would tell
_SURE, _SURE_DIGIT = 0.6, 0.85
_DIGITS = frozenset(
    "0123456789０１２３４５６７８９零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億角分%％"
)

#: a page read worse than this may lie on its head
_UPSIDE_DOWN = 0.8


@dataclass(frozen=True, slots=True)
class PageRead:
    """读出的页: the blocks of one page in reading order, and what a person should know of it."""

    blocks: tuple[Block, ...]
    notes: tuple[SourceNote, ...]
    size: PageSize


@dataclass(frozen=True, slots=True)
class _Seen:
    """看到的: a page with what is drawn on it, the strips that may hold text, and those that run over a rule of a table."""

    page: Straight
    ground: frames.Ground
    clean: Picture
    strips: list[Strip]
    crossing: list[Strip]


class PageReader:
    """读页器: reads pages by the models of this process."""

    def __init__(self, by: Models) -> None:
        self.models = by

    # ------------------------------------------------------------------------------------- opening

    def open_pdf(self, data: bytes, name: str) -> tuple[int, Iterator[Callable[[], PageRead]]]:
        """How many pages, and a reader for each."""
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as problem:
            raise refuse(
                name, "PDF 打不开，可能加了密或者没有传完整。", "请换一份没有密码的 PDF。"
            ) from problem
        return len(document), self._pdf_pages(document)

    def _pdf_pages(self, document: pypdfium2.PdfDocument) -> Iterator[Callable[[], PageRead]]:
        try:
            for place in range(len(document)):
                page = document[place]
                yield lambda page=page, place=place: self.read_pdf_page(page, place + 1)  # type: ignore[misc]
                page.close()
        finally:
            document.close()

    def open_image(self, data: bytes, name: str) -> tuple[int, Iterator[Callable[[], PageRead]]]:
        """The same for an image file; a single picture may be a photograph with a table top around the page."""
        total = frames_of(data, name)
        return total, self._image_pages(data, name, photograph=total == 1)

    def _image_pages(
        self, data: bytes, name: str, *, photograph: bool
    ) -> Iterator[Callable[[], PageRead]]:
        for number, (picture, size) in enumerate(pictures(data, name), start=1):
            yield lambda picture=picture, size=size, number=number: self.read(  # type: ignore[misc]
                picture, size, number, photograph=photograph
            )

    def read_pdf_page(self, page: PdfPage, number: int) -> PageRead:
        """A page of a PDF, rendered."""
        width, height = page.get_size()
        scale = min(DPI / 72, 1.5 * LONG_SIDE / max(width, height))
        picture = np.asarray(page.render(scale=scale).to_pil().convert("RGB"))
        return self.read(picture, PageSize(width, height), number)

    # ------------------------------------------------------------------------------------- reading

    def read(
        self, picture: Picture, size: PageSize, number: int, *, photograph: bool = False
    ) -> PageRead:
        """One page."""
        seen = self._see(picture, size, 0, photograph=photograph)
        if _sideways(seen):
            other = self._see(picture, size, 1, photograph=photograph)
            seen = max(seen, other, key=lambda one: _lying_strips(one.strips))
        reads = self._reads(seen)
        if _poor(reads):
            over = self._see(picture, size, (seen.page.turned + 2) % 4, photograph=photograph)
            again = self._reads(over)
            if _quality(again) > _quality(reads):
                seen, reads = over, again
        reads, unread = self._covered(seen, reads)
        return self._page(seen, reads, unread, number)

    def _see(self, picture: Picture, size: PageSize, turned: int, *, photograph: bool) -> _Seen:
        page = straighten(picture, size, turned=turned, photograph=photograph)
        ground = frames.ground(page.grey, [(s.left, s.top, s.right, s.bottom) for s in page.seals])
        clean = frames.without_rules(page.grey, ground)
        whole = self.models.find(clean)
        strips = scan_tables.split(whole, ground.tables)
        strips = [strip for strip in strips if not _faint(page, strip)]
        return _Seen(page, ground, clean, strips, scan_tables.crossing(whole, ground))

    def _reads(self, seen: _Seen) -> list[Read]:
        """The strips with their characters, with those that lie in ink that no strip covers."""
        boxes = [(s.left, s.top, s.right, s.bottom) for s in seen.strips]
        height = median(s.height for s in seen.strips) if seen.strips else 40.0
        found = [
            Strip(b.left, b.top, b.right, b.bottom)
            for b in frames.uncovered(seen.ground, boxes, height)
        ]
        extra = scan_tables.split(
            [strip for strip in found if not _faint(seen.page, strip)], seen.ground.tables
        )
        strips = [*seen.strips, *extra]
        chars = self.models.read(seen.clean, strips)
        return [Read(strip, tuple(read)) for strip, read in zip(strips, chars, strict=True)]

    def _covered(self, seen: _Seen, reads: Sequence[Read]) -> tuple[list[Read], list[Strip]]:
        """What was read, and the strips whose ink gave no characters to believe."""
        good: list[Read] = []
        unread: list[Strip] = []
        found = len(seen.strips)
        for place, read in enumerate(reads):
            text = "".join(char.text for char in read.chars).strip()
            if text and (place < found or read.score >= _BELIEVED):
                good.append(read)
            elif place >= found or _inked(seen, read.strip):
                unread.append(read.strip)
        return good, unread

    # ------------------------------------------------------------------------------------ the page

    def _page(
        self, seen: _Seen, reads: Sequence[Read], unread: Sequence[Strip], number: int
    ) -> PageRead:
        page = seen.page
        inside, outside = _parted(reads, seen.ground.tables)
        placed: list[tuple[int, Block]] = list(
            scan_lines.lines(outside, seen.ground.underlines, page, number)
        )
        notes: list[SourceNote] = []
        for table, own in zip(seen.ground.tables, inside, strict=True):
            grid, mended = scan_tables.grid(table, own, page, number)
            placed.append((table.top, grid))
            notes += [_note(NoteKind.UNSURE, number, box, _MENDED) for box in mended]
        blocks = tuple(
            block for _, block in sorted(placed, key=lambda pair: pair[0]) if _said(block)
        )
        notes += [
            _note(NoteKind.UNSURE, number, page.points(s.left, s.top, s.right, s.bottom), _CROSSING)
            for s in seen.crossing
        ]
        notes += _turned(page, number)
        notes += [
            _note(NoteKind.UNREAD, number, page.points(s.left, s.top, s.right, s.bottom), _UNREAD)
            for s in unread
        ]
        notes += _unsure(blocks)
        notes += self._seals(page, number)
        return PageRead(blocks, tuple(notes), page.size)

    def _seals(self, page: Straight, number: int) -> Iterator[SourceNote]:
        for seal in page.seals:
            words = seals.words_of(seal, self.models)
            read = f"印文读作「{words}」，可能缺字" if words else "印文没有读出"
            says = f"这里有红色印章，{read}。"
            box = page.points(seal.left, seal.top, seal.right, seal.bottom)
            yield _note(NoteKind.SEAL, number, box, f"{says}被它盖住的文字请对照原图。")


_UNREAD = "这里有墨迹，没有读出文字，请对照原图补录。"
_CROSSING = "文字压过了表格的竖线，可能被分进了两格，请对照原图。"
_MENDED = "数字栏里认成了字母或汉字，按形状改读为数字，请对照原图。"


def _said(block: Block) -> bool:
    return isinstance(block, Grid) or bool(block.text)


def _note(
    kind: NoteKind, number: int, box: tuple[float, float, float, float], says: str
) -> SourceNote:
    return SourceNote(kind, Place(page=number, box=box), says)


def _parted(
    reads: Sequence[Read], tables: Sequence[frames.Ruled]
) -> tuple[list[list[Read]], list[Read]]:
    """The strips of each table, and those outside of all."""
    inside: list[list[Read]] = [[] for _ in tables]
    outside: list[Read] = []
    for read in reads:
        x, y = (read.strip.left + read.strip.right) / 2, (read.strip.top + read.strip.bottom) / 2
        for table, own in zip(tables, inside, strict=True):
            if any(cell.holds(x, y) for cell in table.cells):
                own.append(read)
                break
        else:
            outside.append(read)
    return inside, outside


def _faint(page: Straight, strip: Strip) -> bool:
    """Whether a strip is the rest of a faded seal: nothing in it is as dark as print."""
    under = any(
        strip.left < seal.right
        and seal.left < strip.right
        and strip.top < seal.bottom
        and seal.top < strip.bottom
        for seal in page.seals
    )
    if not under:
        return False
    part = page.grey[strip.top : strip.bottom, strip.left : strip.right]
    return bool(part.size) and float(np.percentile(part, 4)) > 130  # noqa: PLR2004 - red ink in the red channel


def _inked(seen: _Seen, strip: Strip) -> bool:
    """Whether there is really ink in a strip that gave no characters."""
    part = seen.ground.ink[strip.top // 2 : strip.bottom // 2, strip.left // 2 : strip.right // 2]
    return bool(part.size) and float(part.mean()) > 0.04  # noqa: PLR2004 - print covers a tenth and more


# ------------------------------------------------------------------------------------- orientation


def _sideways(seen: _Seen) -> bool:
    """Whether a page may lie on its side: much of what was found on it stands upright, and lines of print do not."""
    tall = sum(strip.height > 1.5 * strip.width for strip in seen.strips)
    # Single characters in the cells of a table are tall as well.
    return tall >= 2 and tall > (0.25 if seen.page.lying else 0.6) * len(seen.strips)  # noqa: PLR2004


def _lying_strips(strips: Sequence[Strip]) -> int:
    """How much of a page is lines of print, in pixels."""
    return sum(strip.width for strip in strips if strip.width > 2 * strip.height)


def _quality(reads: Sequence[Read]) -> float:
    chars = [char for read in reads for char in read.chars]
    return sum(char.score for char in chars) / len(chars) if chars else 0.0


def _poor(reads: Sequence[Read]) -> bool:
    return bool(reads) and _quality(reads) < _UPSIDE_DOWN


def _turned(page: Straight, number: int) -> Iterator[SourceNote]:
    place = Place(page=number)
    if page.turned:
        yield SourceNote(
            NoteKind.TURNED, place, f"这一页放倒了，已按转正 {90 * page.turned} 度后的样子读。"
        )
    if page.flattened:
        yield SourceNote(NoteKind.TURNED, place, "这一页是照片，已按纸面的四角拉平。")
    if abs(page.skew) >= 2:  # noqa: PLR2004 - less is what every scanner does
        yield SourceNote(NoteKind.TURNED, place, f"这一页歪了 {abs(page.skew):.1f} 度，已摆正。")


# ------------------------------------------------------------------------------------------ doubts


def _unsure(blocks: Sequence[Block]) -> Iterator[SourceNote]:
    for block in blocks:
        match block:
            case Line():
                yield from _doubtful(block.text, block.scores, block.place, block)
            case Grid():
                for cell in block.cells:
                    yield from _doubtful(cell.text, cell.scores, cell.place, None)


def _doubtful(
    text: str, scores: Sequence[float], place: Place, line: Line | None
) -> Iterator[SourceNote]:
    """One note for a line or cell with doubtful characters, around the first to the last of them."""
    if len(scores) != len(text):
        return
    low = [
        i
        for i, (char, score) in enumerate(zip(text, scores, strict=True))
        if score < (_SURE_DIGIT if char in _DIGITS else _SURE)
        and (char.isalnum() or char in "%％¥￥")
    ]
    if not low:
        return
    marked = "".join(dict.fromkeys(text[i] for i in low))
    where = line.place_of(low[0], low[-1] + 1) if line is not None else place
    worst = min(scores[i] for i in low)
    yield SourceNote(
        NoteKind.UNSURE, where, f"「{marked}」辨认不准（最低把握 {worst:.0%}），请对照原图。"
    )


@lru_cache(maxsize=1)
def page_reader() -> PageReader:
    """The reader of this process: models are loaded once."""
    loaded = models()
    if loaded is None:
        raise LookupError("the models of rapidocr are not installed")
    return PageReader(loaded)
