"""合订: several papers of one contract become one text, as a clip would hold them, and every block still knows its paper.

Lines and pages are counted on from paper to paper, so that no two places are the same; ``Bound`` counts back.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import PurePath

from lvyue.reading.source import Block, Grid, Line, Place, Source


@dataclass(frozen=True)
class Bound:
    """合订本: the papers in their order, the one source they make, and at which block of it each begins."""

    papers: tuple[Source, ...]
    source: Source
    begins: tuple[int, ...]

    def paper_of(self, block: int) -> int:
        """To which paper a block of the whole belongs, counted from 0."""
        return max(bisect_right(self.begins, block) - 1, 0)

    def blocks_of(self, paper: int) -> range:
        """The blocks of a paper in the whole."""
        ends = (*self.begins[1:], len(self.source.blocks))
        return range(self.begins[paper], ends[paper])

    def page_of(self, paper: int, page: int) -> int:
        """A page of the whole as a page of its paper."""
        return page - sum(len(one.pages) for one in self.papers[:paper])


def bind(papers: Sequence[Source]) -> Bound:
    """One source of all; a single paper stays as it is."""
    if len(papers) == 1:
        return Bound((papers[0],), papers[0], (0,))
    blocks: list[Block] = []
    begins, lines, pages = [], 0, 0
    for number, paper in enumerate(papers):
        begins.append(len(blocks))
        prefix = f"{number + 1}!" if number else ""
        if number and paper.blocks and isinstance(paper.blocks[0], Grid):
            blocks.append(_heading(paper, lines, pages, prefix))
        blocks += [_moved(block, lines, pages, prefix) for block in paper.blocks]
        lines += max((block.place.line or 0 for block in paper.blocks), default=0)
        pages += len(paper.pages)
    whole = Source(
        name=papers[0].name,
        sha256=sha256("".join(paper.sha256 for paper in papers).encode()).hexdigest(),
        kind=papers[0].kind,
        blocks=tuple(blocks),
        pages=tuple(page for paper in papers for page in paper.pages),
        notes=tuple(note for paper in papers for note in paper.notes),
    )
    return Bound(tuple(papers), whole, tuple(begins))


def _heading(paper: Source, lines: int, pages: int, prefix: str) -> Line:
    """A sheet has no title of its own: it goes under the name of its file, or its rows would belong to whatever came before."""
    place = _place(paper.blocks[0].place, lines, pages, prefix)
    return Line(f"附件：{PurePath(paper.name).stem}", place)


def _moved(block: Block, lines: int, pages: int, prefix: str) -> Block:
    place = _place(block.place, lines, pages, prefix)
    if isinstance(block, Line):
        return replace(block, place=place)
    cells = tuple(
        replace(cell, place=_place(cell.place, lines, pages, prefix)) for cell in block.cells
    )
    return replace(block, place=place, cells=cells)


def _place(place: Place, lines: int, pages: int, prefix: str) -> Place:
    return replace(
        place,
        line=None if place.line is None else place.line + lines,
        page=None if place.page is None else place.page + pages,
        block=None if place.block is None else prefix + place.block,
    )
