"""义务: every enforceable sentence with who owes it, what starts it, how long, how often.

One sentence may give several; a definition, a recital or an instruction of the template gives none. The reader proposes;
only a person's confirmation makes a term of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from lvyue.core.terms import Party, TermKind
from lvyue.reading.bearers import Speaker, actor_of, bearer_of, is_owned
from lvyue.reading.candidates import Candidate, Certainty
from lvyue.reading.clocks import deemed, warranty
from lvyue.reading.consideration import Consideration
from lvyue.reading.debtors import Names, names_of, of_heading
from lvyue.reading.enumerations import asides, listed
from lvyue.reading.happenings import done_by, event_of
from lvyue.reading.identity import Identity
from lvyue.reading.kinds import Nature, Numbers, excepted, natures, stated, survives
from lvyue.reading.leads import (
    Around,
    Shared,
    cases_follow,
    is_scope,
    led_by,
    own_title,
    under_heading,
)
from lvyue.reading.outline import Node, NodeKind, PartKind
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Span
from lvyue.reading.quantities import TimeWord, bounds, frequencies, time_words
from lvyue.reading.recitals import binds_jointly, is_idle
from lvyue.reading.rows import of_tables
from lvyue.reading.sentences import MODAL, Act, Sentence, acts, bare, sentences
from lvyue.reading.sums import of_money


def duties(paper: Paper, identity: Identity, consideration: Consideration) -> tuple[Candidate, ...]:
    """Every candidate of a paper, in the order in which the paper has them."""
    names = names_of(identity)
    priced = tuple(of_money(paper, consideration))
    found = [
        *priced,
        *of_tables(paper),
        *_without_priced(_Reader(paper, names, len(consideration.instalments)).read(), priced),
    ]
    return tuple(sorted(found, key=_place))


def _place(one: Candidate) -> tuple[int, int, int, str]:
    span = one.spans[0]
    return (span.element, (span.cell or (0, 0))[0], span.start, one.kind.value)


#: kinds that the readers of money know better than a sentence does
_PRICED = frozenset(
    {TermKind.PAYMENT, TermKind.PENALTY, TermKind.LATE_INTEREST, TermKind.GRADE_CAP}
)
_PAYS = re.compile(r"支付|付款|付清|%|万分之")


def _without_priced(
    candidates: Iterable[Candidate], priced: Sequence[Candidate]
) -> Iterator[Candidate]:
    """A sentence that was read as an instalment, an interest or a penalty is not read again as one."""
    taken: dict[tuple[int, int], list[Candidate]] = {}
    for one in priced:
        for stretch in _stretches(one.spans[0]):
            taken.setdefault(stretch, []).append(one)
    for candidate in candidates:
        rivals = (
            one
            for stretch in _stretches(candidate.spans[0])
            for one in taken.get(stretch, ())
            if _meet(one.spans[0], candidate.spans[0])
        )
        if not any(_same_thing(candidate, one) for one in rivals):
            yield candidate


#: a paragraph of many sentences is looked at by stretches of so many characters, not each sentence against each
_STRETCH = 256


def _stretches(span: Span) -> Iterator[tuple[int, int]]:
    for number in range(span.start // _STRETCH, span.end // _STRETCH + 1):
        yield span.element, number


def _meet(one: Span, two: Span) -> bool:
    return one.element == two.element and one.start < two.end and two.start < one.end


def _same_thing(candidate: Candidate, priced: Candidate) -> bool:
    if candidate.kind is priced.kind:
        return True
    if priced.kind is TermKind.PENALTY:
        return False
    return candidate.kind in {
        TermKind.DUTY,
        TermKind.DEADLINE_AFTER_EVENT,
        TermKind.PENALTY,
        TermKind.THRESHOLD,
        TermKind.DELIVERABLE,
        TermKind.RECURRING,
        TermKind.DEADLINE_BEFORE_DATE,
    } and bool(_PAYS.search(candidate.act))


# ── one sentence where it stands ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Spot:
    """一句的所在: a sentence, its node and element, and what both take from above."""

    node: Node
    element: int
    sentence: Sentence
    around: Around

    @property
    def text(self) -> str:
        """The words without what stands in brackets."""
        return bare(self.sentence.text)

    def span(self, start: int | None = None, end: int | None = None) -> Span:
        """Characters of the paragraph; the whole sentence where none are given."""
        return Span(
            self.element,
            self.sentence.start if start is None else start,
            self.sentence.end if end is None else end,
        )


_LONGEST_HEADING = 40
_LONGEST_TITLE = 12
_JOINED = re.compile(r"并|且|或|要求|责令|[（(]?[0-9a-z]{1,2}[)）]")
_SPEAKS = re.compile(r"[一-鿿]{4}")
_LEAST_TWO = 2
_EACH_PAYMENT = re.compile(r"每(?:一)?(?:次|期|笔)付款|各期付款")


class _Reader:
    """读者: goes through the nodes once, carrying what each takes from those above it."""

    def __init__(self, paper: Paper, names: Names, instalments: int) -> None:
        self.paper, self.names, self.instalments = paper, names, instalments
        self.nodes = paper.outline.nodes
        self.around: dict[int, Around] = {}
        #: the same without the lead sentence, for what follows a list
        self.after: dict[int, Around] = {}
        self.listed: set[int] = set()
        #: who acted in the sentence before, in the same paragraph
        self.before: Party | None = None

    @cached_property
    def parents(self) -> frozenset[int]:
        """Nodes that have others below them."""
        return frozenset(node.parent for node in self.nodes if node.parent is not None)

    @cached_property
    def closed(self) -> frozenset[int]:
        """Elements of parts from which no duty comes: forms and instructions of a template."""
        kinds = (PartKind.FORM, PartKind.PREFACE)
        return frozenset(
            element
            for part in self.paper.outline.parts
            if part.kind in kinds
            for element in range(part.first, part.last + 1)
        )

    def read(self) -> Iterator[Candidate]:
        for index, node in enumerate(self.nodes):
            above = self._above(node)
            if not node.binding or node.kind in (NodeKind.FRONT, NodeKind.BACK):
                self.around[index] = replace(above, silent=True)
                continue
            yield from self._node(index, node, above)

    def _above(self, node: Node) -> Around:
        """What the parent hands down; a paragraph after the items of a list no longer hangs on its lead sentence."""
        if node.parent is None:
            return Around()
        if node.kind is NodeKind.PARAGRAPH and node.parent in self.listed:
            return self.after.get(node.parent, Around())
        if node.kind is not NodeKind.PARAGRAPH:
            self.listed.add(node.parent)
        return self.around.get(node.parent, Around())

    def _node(self, index: int, node: Node, above: Around) -> Iterator[Candidate]:
        """The candidates of one node; what its children take from it is left in ``around``."""
        here = self.after[index] = above
        for number, (element, begin, words) in enumerate(self.paper.body(node)):
            if element in self.closed:
                continue
            if above.shared:
                yield from self._case(node, Span(element, begin, begin + len(words)), above)
                continue
            text = words.strip()
            if number == 0 and self._is_heading(index, node, text):
                here = self.after[index] = under_heading(above, text.rstrip("：:。 "))
                continue
            if number == 0 and (title := own_title(text)):
                here = self.after[index] = under_heading(above, title, lasting=False)
            found, here = self._paragraph(
                index, node, Span(element, begin, begin + len(words)), here
            )
            yield from found
        self.around[index] = here

    def _is_heading(self, index: int, node: Node, text: str) -> bool:
        if not text:
            return True
        if len(text) > _LONGEST_HEADING or text[-1] in "。；;，,":
            return False
        plain = bare(text)
        if text[-1] in "：:":
            return not MODAL.search(plain) and not self.names.pattern.search(plain)
        if MODAL.search(plain) or self.names.pattern.match(plain):
            return bool(of_heading(text)) or (len(text) <= _LONGEST_TITLE and index in self.parents)
        return index in self.parents or len(node.elements) > 1

    def _case(self, node: Node, span: Span, above: Around) -> Iterator[Candidate]:
        """有下列情形之一: each case opens everything that the lead sentence opens."""
        case = self.paper.words(span).strip()
        if above.lead is None or not case:
            return
        for nature, debtor, does in above.shared:
            yield Candidate(
                nature.kind, node.ref, debtor, does, (span, above.lead), Certainty.LIKELY,
                trigger=case.rstrip("；;。"), limit=nature.time, item=nature.item,
            )  # fmt: skip

    # ── one paragraph ──

    def _paragraph(
        self, index: int, node: Node, where: Span, around: Around
    ) -> tuple[list[Candidate], Around]:
        """The candidates of a paragraph, and what its last sentence hands to the items below it."""
        self.before = None
        text = self.paper.words(Span(where.element, 0, where.end))
        spots = [_Spot(node, where.element, one, around) for one in sentences(text, where.start)]
        found, here = list[Candidate](), around
        if around.services and spots and is_scope(spots[0].sentence.text):
            return list(self._whole(spots[0])), around
        for number, spot in enumerate(spots, start=1):
            opens = number == len(spots) and spot.sentence.opens_list and index in self.parents
            if not around.silent or (around.defines and binds_jointly(spot.sentence.text)):
                found += self._sentence(spot, opens=opens)
            if opens:
                here = led_by(spot.sentence, around, spot.span(), self._made(spot), self.names)
        if not around.silent:
            for inner in asides(text, where.start):
                found += self._sentence(replace(spots[0], sentence=inner), opens=False)
        return found, here

    def _made(self, spot: _Spot) -> list[Shared]:
        """What a lead sentence says itself."""
        return [
            (nature, debtor, act.does)
            for act in acts(spot.sentence, subject=self.names.pattern)
            for nature, debtor in self._judged(act, spot.around, self._actor(act, spot))
        ]

    def _sentence(self, spot: _Spot, *, opens: bool) -> Iterator[Candidate]:
        """The candidates of a sentence: of a rule of law, a list of services, a clock, or of its acts one by one."""
        text, around = spot.text, spot.around
        if is_idle(spot.sentence.text) or (opens and cases_follow(text)):
            return
        speaks = MODAL.search(text) is not None
        if not speaks and not opens and (law := stated(text)) is not None:
            yield from self._law(spot, law)
            return
        if around.services and (services := list(listed(spot.sentence))):
            yield from self._services(spot, services)
            return
        if silent := deemed(
            spot.sentence.text,
            spot.node.ref,
            spot.span(),
            self.names,
            around.lead_debtor or self.before,
        ):
            yield silent
        if answers := warranty(spot.sentence.text, spot.node.ref, spot.span()):
            yield answers
            return
        if around.kind is not None and around.lead is not None and not speaks:
            yield from self._whole(spot)
            return
        found = list(self._acts(spot))
        yield from found
        if found or opens:
            return
        if (law := stated(text)) is not None:
            yield from self._law(spot, law)
        elif around.loose and _SPEAKS.search(spot.sentence.text):
            yield from self._whole(spot)

    def _acts(self, spot: _Spot) -> Iterator[Candidate]:
        """The coordinated acts of a sentence; one that goes on after a right is a right as well."""
        previous: Party | None = None
        clock: Candidate | None = None
        allowed = False
        for act in acts(spot.sentence, subject=self.names.pattern, loose=spot.around.loose):
            actor = self._actor(act, spot, previous)
            if not is_owned(act):
                previous = actor
            goes_on = allowed and _JOINED.match(act.main.text) and not MODAL.search(act.main.text)
            around = replace(spot.around, kind=TermKind.PERMISSION) if goes_on else spot.around
            judged = list(self._judged(act, around, actor))
            allowed = any(nature.kind is TermKind.PERMISSION for nature, _ in judged)
            for nature, debtor in judged:
                one = self._candidate(spot, act, nature, debtor)
                clock = one = _on_the_same_clock(one, clock)
                yield from self._each_payment(act, one)
        self.before = previous or self.before

    def _judged(self, act: Act, around: Around, actor: Party) -> Iterator[tuple[Nature, Party]]:
        """Kinds of an act, and on whom each falls. What both are to sign is nobody's paper to deliver."""
        for nature in natures(act.does, act.when, _numbers(act.text), default=around.kind):
            debtor = bearer_of(act, nature, actor, self.names)
            if debtor is Party.BOTH and nature.kind is TermKind.DELIVERABLE:
                yield replace(nature, kind=TermKind.DUTY), debtor
            else:
                yield nature, debtor

    def _actor(self, act: Act, spot: _Spot, previous: Party | None = None) -> Party:
        speaker = Speaker(previous, self.before, spot.node.ref.document)
        return actor_of(act, spot.around, speaker, self.names)

    def _candidate(self, spot: _Spot, act: Act, nature: Nature, debtor: Party) -> Candidate:
        span, lead, time = spot.span(act.start, act.end), spot.around.lead, nature.time
        trigger = (time.trigger if time else "") or act.when
        event = event_of(trigger) if trigger else ""
        how = f"{act.does}{time.mode}" if time else act.does
        return Candidate(
            kind=nature.kind,
            clause=spot.node.ref,
            debtor=debtor,
            act=act.does,
            spans=(span,) if lead is None else (span, lead),
            certainty=_certainty(act, nature, spot.around),
            trigger=trigger,
            event=event,
            done=done_by(nature.kind, how, event),
            limit=time or _vague_time(act.text, nature.vague),
            frequency=nature.frequency,
            bound=nature.bound,
            count=nature.count,
            item=nature.item,
            unless=excepted(act.text),
            survives=survives(spot.text),
        )

    def _whole(self, spot: _Spot) -> Iterator[Candidate]:
        """A sentence without a verb that obliges, under a heading that does: one guess."""
        first, *rest = spot.sentence.pieces
        act = Act(first, (), tuple(rest))
        for nature, debtor in self._judged(act, spot.around, self._actor(act, spot)):
            yield self._candidate(spot, act, nature, debtor)

    def _law(self, spot: _Spot, law: tuple[TermKind, Party | None]) -> Iterator[Candidate]:
        """效力: a sentence that sets a rule and tells nobody to act: 具有同等效力, 一式四份."""
        kind, party = law
        first, *rest = spot.sentence.pieces
        act = Act(first, (), tuple(rest))
        nature = Nature(kind, item="合同文本" if kind is TermKind.ENTITLEMENT else "")
        yield self._candidate(spot, act, nature, party or self._actor(act, spot))

    def _services(self, spot: _Spot, services: Sequence[Act]) -> Iterator[Candidate]:
        """每一项服务: a list of services under 服务内容, each provable by itself."""
        for act in services:
            one = replace(spot, sentence=Sentence(act.start, act.end, (act.main,)))
            for nature, _ in self._judged(act, spot.around, Party.SUPPLIER):
                yield self._candidate(one, act, nature, Party.SUPPLIER)

    def _each_payment(self, act: Act, one: Candidate) -> Iterator[Candidate]:
        """每次付款前: the same duty before each instalment."""
        times = self.instalments if _EACH_PAYMENT.search(act.text) else 0
        if one.kind is not TermKind.DEADLINE_BEFORE_DATE or times < _LEAST_TWO:
            yield one
            return
        for number in range(1, times + 1):
            yield replace(one, item=f"第{number}期", count=number)


def _on_the_same_clock(one: Candidate, before: Candidate | None) -> Candidate:
    """报修后 30 分钟内响应，4 小时内修复: the second time runs from the same event."""
    if (
        before is None
        or one.trigger
        or {one.kind, before.kind} != {TermKind.DEADLINE_AFTER_EVENT}
        or not before.trigger
    ):
        return one
    done = done_by(one.kind, one.act, before.event)
    return replace(one, trigger=before.trigger, event=before.event, done=done)


def _certainty(act: Act, nature: Nature, around: Around) -> Certainty:
    if not nature.whole or nature.other:
        return Certainty.LIKELY
    if MODAL.search(bare(act.main.text)):
        return Certainty.SURE
    return Certainty.GUESS if around.loose else Certainty.LIKELY


#: without one of these there is no number, and nothing to look for
_NUMERIC = re.compile(
    r"[0-9０-９一二两三四五六七八九十半]|立即|立刻|及时|尽快|第一时间|随时|实时|即时|马上|迅速|合理|短时间|定期|不定|按时|提前|事先|预先|每|持续|[≥≤%％]|率|周期|次|日常"
)


@lru_cache(maxsize=64)  # an act is asked for its numbers, then for its vague word
def _numbers(text: str) -> Numbers:
    if not _NUMERIC.search(text):
        return Numbers()
    return Numbers(tuple(time_words(text)), tuple(frequencies(text)), tuple(bounds(text)))


def _vague_time(text: str, word: str) -> TimeWord | None:
    if not word:
        return None
    return next((one for one in _numbers(text).times if one.word), None)


__all__ = ["Candidate", "Certainty", "duties"]
