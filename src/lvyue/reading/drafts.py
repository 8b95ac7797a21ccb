"""部分的条款: the clauses of one part of a paper, every paragraph and table with the clause it belongs to, before anything has its name.

What follows the last item of a list closes the list and belongs to the clause around it; what follows an earlier item belongs to
that item; what follows a heading belongs to the heading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lvyue.reading.lists import Step, place
from lvyue.reading.markers import Marker, Style
from lvyue.reading.nodes import AnomalyKind
from lvyue.reading.parts import Lines, Section

STOPS = "。；;！!？?"
_HEADING = 40
_TITLE_LINE = 30


@dataclass(slots=True)
class ClauseDraft:
    """A numbered clause: its step, its element, the paragraphs and tables before and after the clauses inside it."""

    step: Step
    element: int
    parent: ClauseDraft | None
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    children: list[ClauseDraft] = field(default_factory=list)
    #: an element whose words are the title of a number that stands alone on its line
    title: int | None = None

    @property
    def marker(self) -> Marker:
        assert self.step.marker is not None  # noqa: S101 - only steps with a number make a clause
        return self.step.marker


class PartDraft:
    """A section as clauses: every element has its place, nothing has its name."""

    def __init__(self, lines: Lines, section: Section) -> None:
        self.lines, self.section = lines, section
        self.roots: list[ClauseDraft] = []
        self.front: list[int] = []
        self.back: list[int] = []
        self._build()

    @property
    def is_decimal(self) -> bool:
        """Whether the second level is numbered 1.1."""
        second = [child.marker for root in self.roots for child in root.children]
        decimals = sum(marker.style is Style.DECIMAL for marker in second)
        if not second:
            return bool(self.roots) and self.roots[0].marker.style in (
                Style.DECIMAL,
                Style.POINT,
                Style.COMMA,
            )
        return decimals * 2 >= len(second)

    def _build(self) -> None:
        section = self.section
        end = section.closing if section.closing is not None else section.last + 1
        left_out = {*section.notes, *section.contents, *section.titles, *section.recitals}
        body = [at for at in range(section.first, end) if at not in left_out]
        numbered = [at for at in body if self.lines.markers[at]]
        steps = dict(zip(numbered, place([self.lines.markers[at] for at in numbered]), strict=True))
        self._renumber_bullets(numbered, steps)
        self._last = self._last_of_lists(numbered, steps)
        stack: list[ClauseDraft] = []
        owner: ClauseDraft | None = None
        for at in body:
            step = steps.get(at)
            if step is None or step.marker is None:
                owner = self._attach(at, stack, owner)
                continue
            owner = None
            del stack[step.level - 1 :]
            clause = ClauseDraft(step, at, stack[-1] if stack else None)
            (clause.parent.children if clause.parent else self.roots).append(clause)
            stack.append(clause)
        self.back = [at for at in range(end, section.last + 1) if at not in left_out]

    def _attach(
        self, at: int, stack: list[ClauseDraft], owner: ClauseDraft | None
    ) -> ClauseDraft | None:
        """Put a paragraph or table with a clause; what follows the last of a list closes the list."""
        if not stack:
            self.front.append(at)
            return None
        clause = owner or self._owner(at, stack[-1])
        if clause is stack[-1] and self._is_its_title(clause, at):
            clause.title = at
        elif clause.children:
            clause.after.append(at)
        else:
            clause.before.append(at)
        return clause

    def _is_its_title(self, clause: ClauseDraft, at: int) -> bool:
        """A number alone on its line has its title on the next."""
        words = self.lines.texts[at]
        return (
            clause.title is None
            and not clause.before
            and not self._own(clause)
            and 0 < len(words) <= _TITLE_LINE
            and words[-1] not in STOPS
        )

    def _own(self, clause: ClauseDraft) -> str:
        return self.lines.texts[clause.element][clause.marker.length :]

    def _owner(self, at: int, clause: ClauseDraft) -> ClauseDraft:
        """The clause itself where it is a heading or is not the last of its list; else the one around the list."""
        if not self.lines.texts[at] or clause.parent is None or clause.before:
            return clause
        if clause.element not in self._last or is_heading(self._own(clause)):
            return clause
        return clause.parent if len(clause.parent.children) > 1 else clause

    @staticmethod
    def _last_of_lists(numbered: Sequence[int], steps: dict[int, Step]) -> set[int]:
        """Elements after which their list does not go on."""
        last: set[int] = set()
        open_lists: dict[int, int] = {}
        for at in numbered:
            level = steps[at].level
            if steps[at].marker is None:
                continue
            for deeper in [one for one in open_lists if one > level]:
                last.add(open_lists.pop(deeper))
            open_lists[level] = at
        return last | set(open_lists.values())

    def _renumber_bullets(self, numbered: Sequence[int], steps: dict[int, Step]) -> None:
        """Bullets that a conversion made of numbers: the list goes on with the number after them."""
        for position, at in enumerate(numbered):
            step = steps[at]
            if step.marker is None or step.odd is not AnomalyKind.DRIFT:
                continue
            run = self._bullets_before(numbered[:position], steps, step.level)
            if len(run) != step.marker.value - 1:
                continue
            for value, bullet in enumerate(reversed(run), 1):
                old = steps[bullet].marker
                assert old is not None  # noqa: S101 - a run is of bullets
                marker = replace(old, style=step.marker.style, numbers=(value,))
                steps[bullet] = Step(marker, step.level, steps[bullet].odd)

    @staticmethod
    def _bullets_before(numbered: Sequence[int], steps: dict[int, Step], level: int) -> list[int]:
        run = []
        for at in reversed(numbered):
            step = steps[at]
            if step.marker is None or step.level > level:
                continue
            if step.level < level or step.marker.style is not Style.BULLET:
                break
            run.append(at)
        return run


def is_heading(words: str) -> bool:
    """Whether the words of a clause are its title and no sentence."""
    return len(words) <= _HEADING and not words.endswith(tuple(STOPS)) and "。" not in words
