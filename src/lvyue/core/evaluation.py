"""评定: terms and facts become findings. Pure: a release, a log prefix, a calendar and a day; no clock, no default.

One pass indexes the prefix; each term is then a pure function of its own slice. Deemed events (silence as consent) come
first, because other terms may wait for them. A missing fact is never "met", a missing number is never 0, and what a
blocking doubt stops is *not decidable* and names the doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import assert_never

from lvyue.core.book import Answers, Book, derived, each, within
from lvyue.core.calendar import SHANGHAI, Calendar, Deadline, Span, deadline
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtId, Severity
from lvyue.core.facts import KINDS, Fact, FactId
from lvyue.core.instalments import Instalment, PaymentState, deadline_proof, reckon
from lvyue.core.obligation import DAY, Slot, Verdict, slots
from lvyue.core.proof import Proof, RangeClaim
from lvyue.core.release import Release, kinds_of
from lvyue.core.terms import (
    Anchor,
    Availability,
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Deliverable,
    Duty,
    Entitlement,
    Event,
    GradeCap,
    Judgement,
    LateInterest,
    Operator,
    ParameterId,
    Party,
    Payment,
    Penalty,
    Permission,
    Prohibition,
    Ratio,
    Reading,
    Recurring,
    Staffing,
    Tally,
    Term,
    TermId,
    Threshold,
    Within,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """结论: one term at one occurrence: the verdict, when it is due, the sentence why, and what it rests on.

    ``opens`` is the first day of a window; ``happened`` the day of a breach or reading, where nothing falls due; ``deadline`` carries the calendar steps; ``absent`` are range claims.
    """

    term: TermId
    clause: ClauseRef
    debtor: Party
    verdict: Verdict
    due: date | datetime | None
    because: str
    occurrence: str = ""
    opens: date | None = None
    happened: date | None = None
    facts: tuple[FactId, ...] = ()
    doubts: tuple[DoubtId, ...] = ()
    deadline: Deadline | None = None
    absent: tuple[RangeClaim, ...] = ()
    inputs: tuple[Proof, ...] = ()

    @property
    def provisional(self) -> bool:
        return self.deadline is not None and self.deadline.provisional

    @property
    def due_day(self) -> date | None:
        due = self.due
        return due.astimezone(SHANGHAI).date() if isinstance(due, datetime) else due

    def proof(self) -> Proof:
        """The tree behind this finding."""
        steps = (deadline_proof(self.deadline),) if self.deadline is not None else ()
        return Proof(
            self.because,
            self.verdict.value,
            clauses=(str(self.clause),),
            facts=self.facts,
            inputs=(*steps, *self.inputs),
            absent=self.absent,
            doubts=self.doubts,
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """评定结果: findings in the order of the terms, instalments, and the book they were read from."""

    release: Release
    calendar: Calendar
    as_of: date
    book: Book
    findings: tuple[Finding, ...]
    instalments: tuple[Instalment, ...]


def evaluate(
    release: Release,
    facts: Iterable[Fact],
    calendar: Calendar,
    as_of: date,
    *,
    size: int | None = None,
) -> Evaluation:
    """Judge every term at the end of the day ``as_of`` on a log prefix of ``size`` facts (default: as many as given).

    The order of ``facts`` does not matter beyond each fact's own index. What happened after ``as_of`` is not used.
    """
    prefix = list(facts)
    book = Book.of(prefix, as_of, len(prefix) if size is None else size)
    case = _with_deemed(_Case(release, book, calendar, as_of, book.settled()))
    book = case.book
    instalments = reckon(release, book, calendar)
    by_term = {one.term.id: one for one in instalments}
    findings = tuple(
        _with_papers(_human(finding, case), term, case)
        for term in release.terms
        for finding in _overruled(term, case) or _findings(term, case, by_term.get(term.id))
    )
    return Evaluation(release, calendar, as_of, book, findings, instalments)


@dataclass(frozen=True, slots=True)
class _Case:
    """What every term is judged with."""

    release: Release
    book: Book
    calendar: Calendar
    as_of: date
    settled: frozenset[str]

    @property
    def decided(self) -> bool:
        """Whether anybody waived, excused or suspended anything at all."""
        return not self.book.by_kind.keys().isdisjoint(
            ("term.waived", "term.excused", "term.suspended")
        )

    def anchor(self, anchor: Anchor) -> date | None:
        period = self.release.period
        return period.start if anchor is Anchor.PERIOD_START else period.end

    def doubts(self, term: Term) -> tuple[DoubtId, ...]:
        if not self.settled:
            return term.doubts
        return tuple(doubt for doubt in term.doubts if doubt not in self.settled)

    def blocking(self, term: Term) -> tuple[DoubtId, ...]:
        return tuple(
            d for d in self.doubts(term) if self.release.doubt_by_id[d].severity is Severity.BLOCK
        )

    def why_blocked(self, doubts: Sequence[DoubtId]) -> str:
        return "；".join(self.release.doubt_by_id[doubt].says for doubt in doubts)

    def claim(
        self,
        event: Event,
        subject: str | None,
        until: date | datetime,
        *,
        since: date | datetime | None = None,
        besides: Sequence[FactId] = (),
    ) -> RangeClaim:
        """Absence over the whole prefix; ``besides`` names what lies in the interval and does not serve."""
        start = None if since is None else since.isoformat()
        size = self.book.size
        return RangeClaim(str(event), subject, until.isoformat(), size, start, tuple(besides))


def _findings(term: Term, case: _Case, instalment: Instalment | None) -> Iterator[Finding]:
    match term:
        case DeadlineAfterEvent():
            yield from _after_event(term, case)
        case DeadlineBeforeDate():
            yield from _before_date(term, case)
        case Recurring():
            yield from _recurring(term, case)
        case Threshold():
            yield from _threshold(term, case)
        case Deliverable():
            yield from _deliverable(term, case)
        case Prohibition():
            yield from _prohibition(term, case)
        case Staffing():
            yield from _staffing(term, case)
        case Entitlement():
            yield _entitlement(term, case)
        case Permission():
            yield _permission(term, case)
        case Payment():
            if instalment is not None:
                yield _payment(instalment, case)
        case LateInterest() | Penalty():
            yield _consequence(term, case)
        case GradeCap():
            yield _grade(term, case)
        case Duty():
            yield from _duty(term, case)
        case _:
            assert_never(term)


def _finding(term: Term, case: _Case, verdict: Verdict, because: str, **more: object) -> Finding:
    return Finding(  # the keyword arguments are Finding's own fields
        term=term.id,
        clause=term.clauses[0],
        debtor=term.debtor,
        verdict=verdict,
        because=because,
        doubts=case.doubts(term),
        **{"due": None, **more},  # type: ignore[arg-type]
    )


def _blocked(term: Term, case: _Case, **more: object) -> Finding | None:
    """The finding of a term that a blocking doubt stops, or None."""
    blocks = case.blocking(term)
    if not blocks:
        return None
    return _finding(
        term, case, Verdict.NOT_DECIDABLE, f"无法判定：{case.why_blocked(blocks)}", **more
    )


def _overruled(term: Term, case: _Case) -> tuple[Finding, ...]:
    """A term whose value lost its slot does not govern; the finding says which rule and which clause did."""
    ruling = case.release.overruled.get(term.id)
    if ruling is None:
        return ()
    home = str(term.clauses[0])
    why = next(lost.why for lost in ruling.proof.rejected if home in lost.clauses)
    says = f"不适用：{why}，适用 {ruling.value}"
    return (_finding(term, case, Verdict.NOT_TRIGGERED, says, inputs=(ruling.proof,)),)


def _with_deemed(case: _Case) -> _Case:
    """Deemed events may start the clock of another deeming term; each round is one step, and loading refuses circles."""
    terms = [t for t in case.release.governing if isinstance(t, DeadlineAfterEvent) and t.deems]
    known: set[FactId] = set()
    while new := [fact for term in terms for fact in _deemed(term, case) if fact.id not in known]:
        known |= {fact.id for fact in new}
        case = replace(case, book=case.book.derive(new))
    return case


# ── what people decided: waivers, excuses, suspensions ───────────────────────────────────────────────────────────


def _human(finding: Finding, case: _Case) -> Finding:
    """Waived, excused, suspended: a paper changes a verdict, and the finding says which paper."""
    if finding.verdict in (Verdict.MET, Verdict.NOT_TRIGGERED) or not case.decided:
        return finding
    subject = finding.occurrence or None
    done = finding.happened or finding.due_day
    for fact in case.book.about("term.waived", finding.term):
        if fact.subject not in (None, subject):
            continue
        named = (*finding.facts, fact.id)
        if done is None or fact.day <= done:
            says = f"{fact.day} 书面豁免（{fact.data['paper']}）：{finding.because}"
            return replace(finding, verdict=Verdict.WAIVED, because=says, facts=named)
        says = f"{finding.because}；{fact.day} 的书面同意在后，属事后追认，不改变结论"
        finding = replace(finding, because=says, facts=named)
    if finding.verdict in (Verdict.LATE, Verdict.MISSED):
        for fact in case.book.about("term.excused", finding.term):
            if fact.subject in (None, subject):
                says = f"因“{fact.data['reason']}”免责（{fact.data['paper']}）：{finding.because}"
                named = (*finding.facts, fact.id)
                return replace(finding, verdict=Verdict.EXCUSED, because=says, facts=named)
    if finding.verdict in (Verdict.MISSED, Verdict.NOT_DUE):
        pause = _suspended(finding.term, subject, case)
        if pause is not None and (done is None or pause.day <= done):
            says = f"自 {pause.day} 起中止（{pause.data['paper']}）"
            named = (*finding.facts, pause.id)
            return replace(finding, verdict=Verdict.SUSPENDED, because=says, facts=named)
    return finding


_PAPERS = frozenset(
    ("doubt.settled", "term.suspended", "term.resumed", "fact.corrected", "fact.withdrawn")
)


def _with_papers(finding: Finding, term: Term, case: _Case) -> Finding:
    """Name what changed the facts or the clock of a finding: settled doubts, pauses, corrections, withdrawn facts."""
    if case.book.by_kind.keys().isdisjoint(_PAPERS) and not case.book.amended:
        return finding
    papers = [f.id for f in case.book.all(Event("doubt.settled")) if f.data["doubt"] in term.doubts]
    for kind in ("term.suspended", "term.resumed"):
        about = case.book.about(kind, term.id)
        papers += [f.id for f in about if f.subject in (None, finding.occurrence or None)]
    kinds = kinds_of(term)
    for fact, correction in case.book.amended:
        if fact.id in finding.facts:
            papers.append(correction.id)
        elif correction.kind == "fact.withdrawn" and fact.kind in kinds:
            papers += [fact.id, correction.id]
    new = tuple(paper for paper in dict.fromkeys(papers) if paper not in finding.facts)
    return replace(finding, facts=(*finding.facts, *new)) if new else finding


def _suspended(term: TermId, subject: str | None, case: _Case) -> Fact | None:
    """The suspension that is running at the end of ``as_of``, if there is one."""
    for one in case.book.suspensions(term, subject):
        if one.first <= case.as_of and (one.last is None or case.as_of <= one.last):
            return one.fact
    return None


# ── within a time after an event ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Opening:
    """Where a clock starts: a fact, several joined facts, or a date of the contract."""

    at: date | datetime
    fact: Fact | None
    facts: tuple[FactId, ...]
    label: str
    over: bool = False  #: it came on or after the day of the event that ends the duty


def _openings(term: DeadlineAfterEvent, case: _Case) -> Iterator[_Opening]:
    if len(term.triggers) == 1 and isinstance(term.triggers[0], Event):
        end = case.book.first(term.until) if term.until is not None else None
        for label, fact in each(case.book.all(term.triggers[0])):
            over = end is not None and fact.day >= end.day
            yield _Opening(fact.at, fact, (fact.id,), label, over)
        return
    joined: list[Fact] = []
    dates: list[date] = []
    for trigger in term.triggers:
        if isinstance(trigger, Anchor):
            anchor = case.anchor(trigger)
            if anchor is None:
                return
            dates.append(anchor)
            continue
        first = case.book.first(trigger)
        if first is None:
            return
        joined.append(first)
    latest = max((fact.day for fact in joined), default=date.min)
    at: date | datetime = max([latest, *dates])
    if joined and not dates:
        last = max(joined, key=_order)
        at = last.at if len(joined) == 1 or last.moment is not None else last.day
    yield _Opening(at, None, tuple(fact.id for fact in joined), "")


def _order(fact: Fact) -> tuple[int, int]:
    return fact.order, fact.index


def _span(within: Within, case: _Case, on: date) -> tuple[Span | None, tuple[FactId, ...]]:
    if isinstance(within, str):
        agreed = case.book.span(ParameterId(within), on)
        return (agreed[0], (agreed[1],)) if agreed else (None, ())
    return within, ()


def _day(at: date | datetime) -> date:
    return at.astimezone(SHANGHAI).date() if isinstance(at, datetime) else at


def _after_event(term: DeadlineAfterEvent, case: _Case) -> Iterator[Finding]:
    answers: list[Answers] = []
    blocked = case.blocking(term)
    opened = False
    for opening in _openings(term, case):
        if not opened:
            opened, answers = True, _answers(term, case)
        if opening.over and term.until is not None:
            says = f"{_day(opening.at)} 发生时已过“{_zh_leg(term.until)}”，不再适用"
            more = {"occurrence": opening.label, "facts": opening.facts}
            yield _finding(term, case, Verdict.NOT_TRIGGERED, says, **more)
            continue
        done = _legs(answers, opening)
        yield _judge(term, case, opening, answers, done, blocked)
    if not opened:
        wanted = "、".join(_zh(trigger) for trigger in term.triggers)
        missing = [t for t in term.triggers if isinstance(t, Anchor) and case.anchor(t) is None]
        if blocked or missing:
            doubts = blocked or case.release.period.doubts
            says = f"无法判定：{case.why_blocked(doubts)}"
            yield replace(
                _finding(term, case, Verdict.NOT_DECIDABLE, says),
                doubts=tuple(doubts) or case.doubts(term),
            )
        else:
            yield _finding(term, case, Verdict.NOT_TRIGGERED, f"尚未发生：{wanted}")


def _zh(trigger: Event | Anchor) -> str:
    if isinstance(trigger, Anchor):
        return "服务期限届满" if trigger is Anchor.PERIOD_END else "服务期限开始"
    return KINDS[trigger.kind].zh if trigger.kind in KINDS else trigger.kind


def _answers(term: DeadlineAfterEvent, case: _Case) -> list[Answers]:
    """One queue for each leg; where any answer will do, one queue of all of them."""
    if not term.any_of:
        return [Answers.of(case.book.all(event)) for event in term.done]
    any_answer = [fact for event in term.done for fact in case.book.all(event)]
    return [Answers.of(sorted(any_answer, key=_order))]


def _legs(answers: list[Answers], opening: _Opening) -> list[Fact | None]:
    """The answering fact of every leg; a leg without one is None."""
    ask = opening.fact
    if ask is None:
        ask = Fact(FactId(""), "", opening.at, None, {}, -1)
    return [queue.take(ask) for queue in answers]


def _judge(
    term: DeadlineAfterEvent,
    case: _Case,
    opening: _Opening,
    answers: Sequence[Answers],
    done: Sequence[Fact | None],
    blocked: Sequence[DoubtId],
) -> Finding:
    start = opening.at
    found = [fact for fact in done if fact is not None]
    facts = (*opening.facts, *(fact.id for fact in found))
    complete = bool(done) and len(found) == len(done)
    span, agreed = _span(term.within, case, _day(start))
    shared: dict[str, object] = {"occurrence": opening.label, "facts": (*facts, *agreed)}
    took = _took(opening, found) if complete else ""
    if blocked:
        return _finding(
            term,
            case,
            Verdict.NOT_DECIDABLE,
            f"无法判定：{case.why_blocked(blocked)}{took}",
            **shared,
        )
    if span is None:
        says = (
            "合同没有写明时限，只计时不判违约"
            if term.within is None
            else "时限是待商定的参数，只计时不判违约"
        )
        return _finding(term, case, Verdict.NOT_DECIDABLE, says + took, **shared)
    if span.unit.is_clock and not isinstance(start, datetime):
        says = f"“{span.chinese}”须从时刻起算，但起算记录只有日期 {start}"
        return _finding(term, case, Verdict.NOT_DECIDABLE, says, **shared)
    pauses = case.book.pauses(term.id, opening.label or None)
    due = deadline(start, span, case.calendar, pauses=pauses)
    shared |= {"due": due.due, "deadline": due}
    if complete:
        judged = _timely(term, case, max(found, key=_order), due, shared)
        if judged.verdict is Verdict.LATE and term.deems is not None:
            return replace(judged, because=f"{judged.because}；{_deeming(term, due)}")
        return judged
    if not _passed(due.due, case.as_of):
        return _finding(term, case, Verdict.NOT_DUE, f"应于 {_shown(due.due)} 前完成", **shared)
    shared["absent"] = _claims(case, term, answers, done, opening, due.due)
    if term.deems is not None and not found:
        silence = "没有答复" if term.done else "期满"
        says = f"至 {due.due} {silence}，{_deeming(term, due)}"
        return _finding(term, case, Verdict.MET, says, **shared)
    legs = [event for event, fact in zip(term.done, done, strict=False) if fact is None]
    lacking = "或".join(map(_zh_leg, term.done)) if term.any_of else "、".join(map(_zh_leg, legs))
    says = f"应于 {_shown(due.due)} 前完成，缺：{lacking}"
    return _finding(term, case, Verdict.MISSED, says, **shared)


def _deeming(term: DeadlineAfterEvent, due: Deadline) -> str:
    return f"{due.due_day + DAY} 起视为{_zh_leg(term.deems)}" if term.deems is not None else ""


def _timely(
    term: Term, case: _Case, done: Fact, due: Deadline, shared: dict[str, object]
) -> Finding:
    """Met or late for an answer that exists; a record without a time cannot decide an hour rule on its last day."""
    limit = due.due
    if isinstance(limit, datetime):
        if done.moment is None:
            last = limit.astimezone(SHANGHAI).date()
            if done.day == last:
                says = f"应于 {_shown(limit)} 前完成，但完成记录只有日期 {done.day}"
                return _finding(term, case, Verdict.NOT_DECIDABLE, says, **shared)
            late = done.day > last
        else:
            late = done.moment > limit
    else:
        late = done.day > limit
    when = _shown(done.moment or done.day)
    if not late:
        return _finding(term, case, Verdict.MET, f"{when} 完成，不晚于 {_shown(limit)}", **shared)
    return _finding(
        term, case, Verdict.LATE, f"{when} 完成，晚于 {_shown(limit)}（{_by(done, due)}）", **shared
    )


def _by(done: Fact, due: Deadline) -> str:
    if isinstance(due.due, datetime) and done.moment is not None:
        return f"迟 {_duration(done.moment - due.due)}"
    strict = (done.day - _day(due.strict)).days
    days = (done.day - _day(due.due)).days
    return f"迟 {days} 天" + (
        f"，按严格日期 {due.strict} 计迟 {strict} 天" if strict != days else ""
    )


def _took(opening: _Opening, found: Sequence[Fact]) -> str:
    last = max(found, key=_order)
    if isinstance(opening.at, datetime) and last.moment is not None:
        return f"；用时 {_duration(last.moment - opening.at)}"
    return f"；用时 {(last.day - _day(opening.at)).days} 天"


def _duration(delta: timedelta) -> str:
    seconds = int(delta.total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    parts = [(days, "天"), (hours, "小时"), (minutes, "分"), (seconds, "秒")]
    return "".join(f"{n} {unit}" for n, unit in parts if n) or "0 分"


def _shown(at: date | datetime) -> str:
    if isinstance(at, datetime):
        local = at.astimezone(SHANGHAI)
        return local.isoformat(" ")[: 19 if local.second else 16]
    return at.isoformat()


def _passed(due: date | datetime, as_of: date) -> bool:
    """Whether a due time lies before the end of the day ``as_of``: a day must be over, a moment must have come."""
    if isinstance(due, datetime):
        return due.astimezone(SHANGHAI).date() <= as_of
    return due < as_of


def _zh_leg(event: Event) -> str:
    detail = "、".join(str(value) for _, value in event.where if not isinstance(value, bool))
    return _zh(event) + (f"（{detail}）" if detail else "")


def _claims(
    case: _Case,
    term: DeadlineAfterEvent,
    answers: Sequence[Answers],
    done: Sequence[Fact | None],
    opening: _Opening,
    until: date | datetime,
) -> tuple[RangeClaim, ...]:
    """Absence of every unanswered leg from the opening to the due time; what answered another opening is named."""
    subject = opening.fact.subject if opening.fact is not None else None
    claims = []
    for number, (queue, fact) in enumerate(zip(answers, done, strict=True)):
        for event in term.done if term.any_of else term.done[number : number + 1]:
            if fact is None:
                others = queue.between(subject, opening.at, until)
                claims.append(case.claim(event, subject, until, since=opening.at, besides=others))
    return tuple(claims)


def _deemed(term: DeadlineAfterEvent, case: _Case) -> Iterator[Fact]:
    """Silence until the end of the last day counts, from the next day on, as the event that the clause names."""
    if term.deems is None or case.blocking(term):
        return
    answers = _answers(term, case)
    for opening in _openings(term, case):
        span, _ = _span(term.within, case, _day(opening.at))
        if (
            opening.over
            or span is None
            or (span.unit.is_clock and not isinstance(opening.at, datetime))
        ):
            continue
        subject = opening.fact.subject if opening.fact is not None else None
        if _suspended(term.id, subject, case) is not None:
            continue
        pauses = case.book.pauses(term.id, opening.label or None)
        due = deadline(opening.at, span, case.calendar, pauses=pauses).due_day
        answered = [f for f in _legs(answers, opening) if f is not None and f.day <= due]
        if not answered and due < case.as_of:
            source = "+".join(opening.facts) or opening.label
            yield derived(term.deems, due + DAY, term.id, source, case.book.size, subject)


# ── some time before a date ──────────────────────────────────────────────────────────────────────────────────────


def _before_date(term: DeadlineBeforeDate, case: _Case) -> Iterator[Finding]:
    if (stopped := _blocked(term, case)) is not None:
        yield stopped
        return
    if isinstance(term.anchor, Anchor):
        anchor = case.anchor(term.anchor)
        if anchor is None:
            says = f"无法判定：{case.why_blocked(case.release.period.doubts)}"
            yield replace(
                _finding(term, case, Verdict.NOT_DECIDABLE, says), doubts=case.release.period.doubts
            )
            return
        done = [fact for event in term.done for fact in case.book.all(event)]
        yield _ahead(term, case, anchor, None, done)
        return
    anchors = case.book.all(term.anchor)
    if not anchors:
        yield _finding(term, case, Verdict.NOT_TRIGGERED, f"尚未发生：{_zh(term.anchor)}")
    for label, fact in each(anchors):
        same = [f for event in term.done for f in case.book.all(event) if f.subject == fact.subject]
        yield _ahead(term, case, fact.day, fact, same, label)


def _ahead(
    term: DeadlineBeforeDate,
    case: _Case,
    anchor: date,
    source: Fact | None,
    done: Sequence[Fact],
    label: str = "",
) -> Finding:
    span, agreed = _span(term.within, case, anchor)
    origin = () if source is None else (source.id,)
    if span is None:
        return _finding(
            term,
            case,
            Verdict.NOT_DECIDABLE,
            "合同没有写明提前多久，不判违约",
            occurrence=label,
            facts=origin,
        )
    ahead = deadline(anchor, span, case.calendar, before=True)
    opens, limit = (ahead.due_day, anchor) if term.window else (None, ahead.due_day)
    shared: dict[str, object] = {
        "due": limit,
        "opens": opens,
        "deadline": ahead,
        "occurrence": label,
    }
    early = [fact for fact in done if opens is not None and fact.day < opens]
    inside = [fact for fact in done if (opens is None or fact.day >= opens) and fact.day <= limit]
    later = [fact for fact in done if fact.day > limit]
    if inside:
        shared["facts"] = (*origin, inside[0].id, *agreed)
        return _finding(term, case, Verdict.MET, f"{inside[0].day} 完成，不晚于 {limit}", **shared)
    shared["facts"] = (*origin, *(f.id for f in (early or later)[:1]), *agreed)
    if early:
        says = f"{early[0].day} 完成，早于窗口（{opens} 起），须甲方书面说明是否有效"
        return _finding(term, case, Verdict.NOT_DECIDABLE, says, **shared)
    if later and (source is None or later[0].day <= max(anchor, case.as_of)):
        says = f"{later[0].day} 完成，晚于 {limit}（迟 {(later[0].day - limit).days} 天）"
        return _finding(term, case, Verdict.LATE, says, **shared)
    if limit < case.as_of or source is not None:
        subject = source.subject if source is not None else None
        claims = tuple(
            case.claim(
                event,
                subject,
                limit,
                since=opens,
                besides=_others(case, event, source, opens, limit),
            )
            for event in term.done
        )
        return _finding(
            term, case, Verdict.MISSED, f"最迟 {limit} 应完成，没有记录", absent=claims, **shared
        )
    when = f"{opens} 至 {limit} 之间" if opens is not None else f"最迟 {limit}"
    return _finding(term, case, Verdict.NOT_DUE, f"应在{when}完成", **shared)


def _others(
    case: _Case, event: Event, source: Fact | None, since: date | None, until: date
) -> tuple[FactId, ...]:
    """Facts of an event inside an interval that are about something else and so do not serve."""
    if source is None or source.subject is not None:
        return ()
    return within(case.book.all(event), since, until)


# ── recurring ────────────────────────────────────────────────────────────────────────────────────────────────────


def _recurring(term: Recurring, case: _Case) -> Iterator[Finding]:
    performed, short = _performed(term, case.book.all(term.done))
    counted = f"已有记录 {len(performed)} 次" + (f"，另有 {len(short)} 次不完整" if short else "")
    if (stopped := _blocked(term, case)) is not None:
        yield replace(stopped, because=f"{stopped.because}；{counted}")
        return
    period = case.release.period
    if term.times is None:
        newest = tuple(fact.id for _, fact in performed[-20:])
        says = f"合同没有写明次数或周期，{counted}，不判违约"
        yield _finding(term, case, Verdict.NOT_DECIDABLE, says, facts=newest)
        return
    if period.start is None or period.end is None:
        says = f"无法判定：{case.why_blocked(period.doubts)}；{counted}"
        yield replace(
            _finding(term, case, Verdict.NOT_DECIDABLE, says),
            doubts=period.doubts or case.doubts(term),
        )
        return
    queue = _Queue(performed)
    for slot in slots(term.every, term.times, period.start, period.end):
        yield _occurrence(term, case, slot, queue.take(slot), short)


def _performed(
    term: Recurring, facts: Sequence[Fact]
) -> tuple[list[tuple[date, Fact]], list[Fact]]:
    """Facts that count, with the day each is for, and facts that fall short of being full."""
    whole: list[tuple[date, Fact]] = []
    short: list[Fact] = []
    for fact in facts:
        if term.full is not None:
            part, total = (fact.data.get(name) for name in term.full)
            if part is None or total is None or part != total:
                short.append(fact)
                continue
        if _for_day(fact) > fact.day:
            short.append(fact)  # nobody has performed what lies ahead
            continue
        whole.append((_for_day(fact), fact))
    whole.sort(key=_place)
    return whole, short


def _place(entry: tuple[date, Fact]) -> tuple[date, int, int]:
    return entry[0], entry[1].order, entry[1].index


class _Queue:
    """Hands each performing fact to one occurrence, in order of the days they are for."""

    def __init__(self, performed: Sequence[tuple[date, Fact]]) -> None:
        self._performed = performed
        self._next = 0

    def take(self, slot: Slot) -> Fact | None:
        while self._next < len(self._performed) and self._performed[self._next][0] < slot.first:
            self._next += 1
        if self._next < len(self._performed) and self._performed[self._next][0] <= slot.last:
            self._next += 1
            return self._performed[self._next - 1][1]
        return None


def _occurrence(
    term: Recurring, case: _Case, slot: Slot, fact: Fact | None, short: Sequence[Fact]
) -> Finding:
    shared: dict[str, object] = {"occurrence": slot.label, "due": slot.last}
    if fact is not None:
        shared["facts"] = (fact.id,)
        if fact.day > slot.last:
            says = f"{fact.day} 补记，晚于 {slot.last}（迟 {(fact.day - slot.last).days} 天）"
            return _finding(term, case, Verdict.LATE, says, **shared)
        return _finding(term, case, Verdict.MET, f"{fact.day} 完成", **shared)
    near = [f for f in short if slot.first <= min(_for_day(f), f.day) <= slot.last]
    shared["facts"] = tuple(f.id for f in near)
    gap = "".join(f"；{_short_of(f, term.full)}" for f in near)
    if slot.last < case.as_of:
        others = within(case.book.all(term.done), slot.first, slot.last)
        claim = (case.claim(term.done, None, slot.last, since=slot.first, besides=others),)
        return _finding(
            term, case, Verdict.MISSED, f"至 {slot.last} 没有完成记录{gap}", absent=claim, **shared
        )
    return _finding(
        term, case, Verdict.NOT_DUE, f"应在 {slot.first} 至 {slot.last} 之间完成{gap}", **shared
    )


def _for_day(fact: Fact) -> date:
    """The day a record is for: the one it states, else its own."""
    stated = fact.data.get("for")
    return date.fromisoformat(stated) if stated else fact.day


def _short_of(fact: Fact, full: tuple[str, str] | None) -> str:
    if _for_day(fact) > fact.day:
        return f"{fact.day} 的记录写的是以后的 {_for_day(fact)}，不算履行"
    return _gap(fact, full) if full is not None else ""


def _gap(fact: Fact, full: tuple[str, str]) -> str:
    part, whole = (fact.data.get(name) for name in full)
    share = (
        ""
        if not isinstance(part, int) or not isinstance(whole, int) or not whole
        else f"，{_percent(part, whole)}%"
    )
    return f"{fact.day} 只完成 {part}/{whole}{share}"


def _percent(part: int, whole: int) -> str:
    """A percentage to two decimals, rounded half up, but never up to 100 while something is missing."""
    hundredths = (part * 20_000 // whole + 1) // 2
    if part < whole:
        hundredths = min(hundredths, 9_999)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


# ── thresholds ───────────────────────────────────────────────────────────────────────────────────────────────────


def _threshold(term: Threshold, case: _Case) -> Iterator[Finding]:
    if (stopped := _blocked(term, case)) is not None:
        yield stopped
        return
    match term.measure:
        case Reading(event=event, field=name):
            readings = [
                (label, fact, Fraction(str(fact.data[name])))
                for label, fact in each(case.book.all(event))
            ]
            yield from _readings(term, case, event, readings)
        case Ratio(event=event, part=part, whole=whole):
            readings = []
            for label, fact in each(case.book.all(event)):
                share, total = fact.data.get(part), fact.data.get(whole)
                says = _unusable(share, total)
                if says or share is None or total is None:
                    yield _finding(
                        term, case, Verdict.NOT_DECIDABLE, says, occurrence=label, facts=(fact.id,)
                    )
                else:
                    readings.append((label, fact, Fraction(100 * share, total)))
            if readings or not case.book.all(event):
                yield from _readings(term, case, event, readings)
        case Tally(event=event):
            yield _tally(term, case, event)
        case Availability(event=event):
            yield _availability(term, case, event)
        case Judgement(event=event):
            yield from _judgements(term, case, event)
        case _:
            assert_never(term.measure)


def _unusable(share: int | None, total: int | None) -> str:
    """Why two counts make no ratio; empty if they do."""
    if share is None or total is None:
        return "记录没有写明两个数，无法计算"
    if not total and not share:
        return "没有样本，无从计算"
    return f"{share}/{total} 不可能成立，数字须更正" if share > total else ""


def _judgements(term: Threshold, case: _Case, event: Event) -> Iterator[Finding]:
    facts = case.book.all(event)
    if not facts:
        claim = (case.claim(event, None, case.as_of),)
        yield _finding(
            term, case, Verdict.NOT_DECIDABLE, "没有评定记录，不能自动通过", absent=claim
        )
    for label, fact in each(facts):
        verdict = Verdict.MET if fact.data["met"] else Verdict.MISSED
        says = f"{fact.day} 由人评定：{'达到' if fact.data['met'] else '未达到'}"
        yield _finding(
            term, case, verdict, says, occurrence=label, facts=(fact.id,), happened=fact.day
        )


def _bound(term: Threshold, case: _Case, on: date) -> tuple[Fraction | None, tuple[FactId, ...]]:
    if isinstance(term.bound, str):
        agreed = case.book.agreed(ParameterId(term.bound), on)
        if agreed is None:
            return None, ()
        try:
            return Fraction(agreed.value.rstrip("%")), (agreed.fact,)
        except ValueError:
            return None, ()
    return term.bound, ()


def _readings(
    term: Threshold, case: _Case, event: Event, readings: Sequence[tuple[str, Fact, Fraction]]
) -> Iterator[Finding]:
    if not readings:
        claim = (case.claim(event, None, case.as_of),)
        yield _finding(term, case, Verdict.NOT_DECIDABLE, "没有读数，无法评定", absent=claim)
    for label, fact, value in readings:
        bound, agreed = _bound(term, case, fact.day)
        shared: dict[str, object] = {
            "occurrence": label,
            "facts": (fact.id, *agreed),
            "happened": fact.day,
        }
        if term.unit == "%" and not 0 <= value <= _HUNDRED:
            says = f"读数 {_number(value)}% 不可能成立，须更正"
            yield _finding(term, case, Verdict.NOT_DECIDABLE, says, **shared)
            continue
        if bound is None:
            says = f"读数 {_number(value)}{term.unit}；合同没有写明指标值，不判违约"
            yield _finding(term, case, Verdict.NOT_DECIDABLE, says, **shared)
            continue
        verdict = Verdict.MET if term.operator.holds(value, bound) else Verdict.MISSED
        sign = _SIGNS[term.operator] if verdict is Verdict.MET else _FAILS[term.operator]
        says = f"{_rounded(value, bound)}{term.unit} {sign} {_number(bound)}{term.unit}"
        yield _finding(term, case, verdict, says, **shared)


_HUNDRED = 100

_SIGNS = {
    Operator.AT_LEAST: "≥",
    Operator.AT_MOST: "≤",
    Operator.MORE_THAN: ">",
    Operator.LESS_THAN: "<",
    Operator.EXACTLY: "=",
}
_FAILS = {
    Operator.AT_LEAST: "<",
    Operator.AT_MOST: ">",
    Operator.MORE_THAN: "≤",
    Operator.LESS_THAN: "≥",
    Operator.EXACTLY: "≠",
}


def _number(value: Fraction) -> str:
    """An exact number as decimal text, cut (never rounded up) after four decimals and then marked with …"""
    scaled, rest = divmod(abs(value.numerator) * 10_000, value.denominator)
    text = f"{scaled // 10_000}.{scaled % 10_000:04d}".rstrip("0").rstrip(".")
    return ("-" if value < 0 else "") + text + ("…" if rest else "")


def _rounded(value: Fraction, bound: Fraction) -> str:
    """A reading to two decimals (≈ where rounded), unless rounding would hide on which side of the bound it lies."""
    hundredths = (200 * value.numerator // value.denominator + 1) // 2
    shown = Fraction(hundredths, 100)
    if shown == value:
        return _number(value)
    if (shown >= bound) != (value >= bound) or (shown > bound) != (value > bound):
        return _number(value)
    return f"≈{_number(shown)}"


def _tally(term: Threshold, case: _Case, event: Event) -> Finding:
    facts = case.book.all(event)
    ids = tuple(fact.id for fact in facts)
    if not facts:
        claim = (case.claim(event, None, case.as_of),)
        return _finding(term, case, Verdict.NOT_DECIDABLE, "没有记录，无法评定", absent=claim)
    bound, agreed = _bound(term, case, case.as_of)
    if bound is None:
        return _finding(
            term, case, Verdict.NOT_DECIDABLE, f"记录 {len(facts)} 次；合同没有写明次数", facts=ids
        )
    shared: dict[str, object] = {"facts": (*ids, *agreed), "due": case.release.period.end}
    count = Fraction(len(facts))
    holds = term.operator.holds(count, bound)
    end = case.release.period.end
    says = f"记录 {len(facts)} 次，约定 {_SIGNS[term.operator]} {_number(bound)} 次"
    if _for_good(term.operator, count, bound):
        return _finding(term, case, Verdict.MET if holds else Verdict.MISSED, says, **shared)
    if end is None or case.as_of <= end:
        return _finding(term, case, Verdict.NOT_DUE, says, **shared)
    return _finding(term, case, Verdict.MET if holds else Verdict.MISSED, says, **shared)


def _for_good(operator: Operator, count: Fraction, bound: Fraction) -> bool:
    """Whether more facts can no longer change the answer: a count only grows."""
    match operator:
        case Operator.AT_LEAST | Operator.MORE_THAN:
            return operator.holds(count, bound)
        case Operator.AT_MOST | Operator.LESS_THAN:
            return not operator.holds(count, bound)
        case Operator.EXACTLY:
            return count > bound


def _availability(term: Threshold, case: _Case, event: Event) -> Finding:
    """1 − union of outages ÷ minutes of the period. Overlaps count once; the percentage is never rounded up."""
    facts = case.book.all(event)
    period = case.release.period
    bound, agreed = _bound(term, case, case.as_of)
    if period.start is None or period.end is None or bound is None:
        return _finding(term, case, Verdict.NOT_DECIDABLE, "期限或指标值没有写明，无法计算可用率")
    watched = case.book.all(Event("monitoring.covered", event.where))
    if not facts and not watched:
        claim = (case.claim(event, None, case.as_of),)
        says = "没有中断记录，也没有监测覆盖的证明"
        return _finding(term, case, Verdict.NOT_DECIDABLE, says, absent=claim)
    undated = [fact.id for fact in facts if fact.moment is None]
    if undated:
        says = f"中断记录缺少开始时刻：{'、'.join(undated)}"
        return _finding(term, case, Verdict.NOT_DECIDABLE, says, facts=tuple(undated))
    backward = [fact.id for fact in facts if fact.moment and _until(fact) < fact.moment]
    if backward:
        says = f"中断记录的恢复早于开始：{'、'.join(backward)}"
        return _finding(term, case, Verdict.NOT_DECIDABLE, says, facts=tuple(backward))
    begin = datetime(period.start.year, period.start.month, period.start.day, tzinfo=SHANGHAI)
    total = timedelta(days=(period.end - period.start).days + 1)
    down = _union(facts, begin, begin + total)
    covered = _union([fact for fact in watched if fact.moment is not None], begin, begin + total)
    minutes = Fraction(int(down.total_seconds()), 60)
    whole = Fraction(int(total.total_seconds()), 60)
    value = 100 * (1 - minutes / whole)
    ids = (*(fact.id for fact in facts), *agreed)
    figures = Proof(
        f"({_number(whole)} − {_number(minutes)}) ÷ {_number(whole)} 分钟",
        _number(value),
        "availability",
        (str(whole), str(minutes)),
    )
    shared: dict[str, object] = {"facts": ids, "inputs": (figures,), "due": period.end}
    says = f"中断合计 {_number(minutes)} 分钟，可用率 {_number(value)}%，约定 {_SIGNS[term.operator]} {_number(bound)}%"
    if not term.operator.holds(value, bound):
        return _finding(term, case, Verdict.MISSED, says, **shared)
    if case.as_of <= period.end:
        return _finding(term, case, Verdict.NOT_DUE, says, **shared)
    if covered < total:
        gap = Fraction(int((total - covered).total_seconds()), 60)
        says = f"{says}；有 {_number(gap)} 分钟没有监测覆盖的证明，不能当作正常"
        return _finding(term, case, Verdict.ATTESTED_ONLY, says, **shared)
    shared["facts"] = (*ids, *(fact.id for fact in watched))
    return _finding(term, case, Verdict.MET, says, **shared)


def _until(fact: Fact) -> datetime:
    return datetime.fromisoformat(fact.data["until"])


def _union(facts: Sequence[Fact], first: datetime, last: datetime) -> timedelta:
    """The time inside the period that at least one record (outage, coverage) spans."""
    spans = sorted(
        (max(fact.moment, first), min(_until(fact), last))
        for fact in facts
        if fact.moment is not None
    )
    covered, reached = timedelta(), first
    for start, end in spans:
        begin = max(start, reached)
        if end > begin:
            covered += end - begin
            reached = end
    return covered


# ── papers, bans, people, quantities, rights ─────────────────────────────────────────────────────────────────────


def _deliverable(term: Deliverable, case: _Case) -> Iterator[Finding]:
    event = Event("deliverable.submitted", (("deliverable", term.name),))
    facts = list(case.book.all(event))
    if (stopped := _blocked(term, case)) is not None:
        yield replace(
            stopped,
            because=f"{stopped.because}；已提交 {len(facts)} 份",
            facts=tuple(f.id for f in facts),
        )
        return
    origin = case.book.first(term.after) if isinstance(term.after, Event) else None
    due, due_line = _deliverable_due(term, case, origin)
    ids = () if origin is None else (origin.id,)
    for number in range(term.times):
        label = f"第{number + 1}份" if term.times > 1 else ""
        fact = facts[number] if number < len(facts) else None
        shared: dict[str, object] = {
            "occurrence": label,
            "due": due,
            "deadline": due_line,
            "facts": ids,
        }
        if fact is not None:
            shared["facts"] = (*ids, fact.id)
            if due is not None and fact.day > due:
                yield _finding(term, case, Verdict.LATE, f"{fact.day} 提交，晚于 {due}", **shared)
            else:
                yield _finding(term, case, Verdict.MET, f"{fact.day} 提交", **shared)
        elif due is not None and due < case.as_of:
            claim = (case.claim(event, None, due, besides=within(facts, None, due)),)
            yield _finding(term, case, Verdict.MISSED, f"应于 {due} 前提交", absent=claim, **shared)
        elif due is not None:
            yield _finding(term, case, Verdict.NOT_DUE, f"应于 {due} 前提交", **shared)
        elif isinstance(term.after, Event) and origin is None:
            yield _finding(
                term, case, Verdict.NOT_TRIGGERED, f"尚未发生：{_zh(term.after)}", **shared
            )
        else:
            ended = case.release.period.end is not None and case.release.period.end < case.as_of
            verdict = Verdict.NOT_DECIDABLE if ended or term.by is not None else Verdict.NOT_DUE
            yield _finding(term, case, verdict, "合同没有写明提交时间，尚无提交记录", **shared)


def _deliverable_due(
    term: Deliverable, case: _Case, origin: Fact | None
) -> tuple[date | None, Deadline | None]:
    if term.by is not None:
        return case.anchor(term.by), None
    start = None if origin is None else origin.day
    if isinstance(term.after, Anchor):
        start = case.anchor(term.after)
    if start is None:
        return None, None
    span, _ = _span(term.within, case, start)
    if span is None:
        return None, None
    line = deadline(start, span, case.calendar)
    return line.due_day, line


def _breaches(term: Term, case: _Case, facts: Sequence[Fact]) -> Iterator[Finding]:
    for label, fact in each(facts):
        yield _finding(
            term,
            case,
            Verdict.MISSED,
            f"{fact.day} 有违反记录",
            occurrence=label,
            facts=(fact.id,),
            happened=fact.day,
        )


def _prohibition(term: Prohibition, case: _Case) -> Iterator[Finding]:
    if (stopped := _blocked(term, case)) is not None:
        yield stopped
        return
    breach = term.breach or Event("duty.breached", (("term", term.id),))
    facts = case.book.all(breach)
    if facts:
        yield from _breaches(term, case, facts)
        return
    attested = case.book.about("duty.attested", term.id)
    if attested:
        says = f"{attested[-1].day} 声明遵守；没有检测手段，声明不等于证明"
        yield _finding(term, case, Verdict.ATTESTED_ONLY, says, facts=(attested[-1].id,))
        return
    yield _finding(term, case, Verdict.NOT_TRIGGERED, "没有违反记录；沉默不等于证明遵守")


def _staffing(term: Staffing, case: _Case) -> Iterator[Finding]:
    event = Event("staff.counted", (("post", term.post),))
    facts = case.book.all(event)
    if (stopped := _blocked(term, case)) is not None:
        yield stopped
        return
    if not facts:
        yield _finding(term, case, Verdict.NOT_TRIGGERED, f"尚无“{term.post}”在岗记录")
    for label, fact in each(facts):
        present = fact.data["present"]
        shared: dict[str, object] = {
            "occurrence": label,
            "facts": (fact.id,),
            "happened": fact.day,
        }
        if term.count is None:
            says = f"在岗 {present} 人；合同没有写明人数，不判违约"
            yield _finding(term, case, Verdict.NOT_DECIDABLE, says, **shared)
        elif present >= term.count:
            yield _finding(
                term,
                case,
                Verdict.MET,
                f"{term.post}在岗 {present} 人，应有 {term.count} 人",
                **shared,
            )
        else:
            says = (
                f"{term.post}在岗 {present} 人，应有 {term.count} 人，缺 {term.count - present} 人"
            )
            yield _finding(term, case, Verdict.MISSED, says, **shared)


def _entitlement(term: Entitlement, case: _Case) -> Finding:
    if (stopped := _blocked(term, case)) is not None:
        return stopped
    facts = case.book.all(Event("resource.provided", (("item", term.item),)))
    if not facts:
        return _finding(term, case, Verdict.NOT_TRIGGERED, f"尚无“{term.item}”交付记录")
    fact = facts[-1]
    shared: dict[str, object] = {"facts": (fact.id,)}
    if term.quantity is None:
        return _finding(term, case, Verdict.NOT_DECIDABLE, "合同没有写明数量", **shared)
    quantity = fact.data["quantity"]
    says = f"{fact.day} 已提供 {quantity} {term.unit}，应有 {term.quantity} {term.unit}"
    verdict = Verdict.MET if quantity >= term.quantity else Verdict.MISSED
    return _finding(term, case, verdict, says, **shared)


def _permission(term: Permission, case: _Case) -> Finding:
    """A right is met once its condition holds; whether to use it is a person's decision, recorded as a fact."""
    used = case.book.about("right.exercised", term.id)
    if used:
        says = f"{used[-1].day} 已行使（{used[-1].data['paper']}）"
        return _finding(term, case, Verdict.MET, says, facts=(used[-1].id,))
    if (stopped := _blocked(term, case)) is not None:
        return stopped
    holder = term.debtor.zh
    if term.opens is None:
        return _finding(term, case, Verdict.NOT_TRIGGERED, f"{holder}可随时行使，尚未行使")
    facts = case.book.all(term.opens)
    sure = [fact for fact in facts if not fact.data.get("disputed", False)]
    ids = tuple(fact.id for fact in facts)
    if len(sure) >= term.at_least:
        says = (
            f"条件已成就（{len(sure)} 次，约定 {term.at_least} 次以上）；是否行使由{holder}书面决定"
        )
        return _finding(term, case, Verdict.MET, says, facts=ids)
    if len(facts) >= term.at_least:
        says = f"记录 {len(facts)} 次，其中 {len(facts) - len(sure)} 次有异议，未决前无法判定"
        return _finding(term, case, Verdict.NOT_DECIDABLE, says, facts=ids)
    says = f"{_zh(term.opens)} {len(sure)} 次，满 {term.at_least} 次时权利成立"
    return _finding(term, case, Verdict.NOT_TRIGGERED, says, facts=ids)


# ── money terms, grades, duties ──────────────────────────────────────────────────────────────────────────────────


def _payment(one: Instalment, case: _Case) -> Finding:
    verdict = {
        PaymentState.NOT_TRIGGERED: Verdict.NOT_TRIGGERED,
        PaymentState.DUE: Verdict.NOT_DUE,
        PaymentState.LATE: Verdict.MISSED,
        PaymentState.NOT_DECIDABLE: Verdict.NOT_DECIDABLE,
        PaymentState.PAID: Verdict.MET,
    }[one.state]
    late = one.due_day is not None and one.settled_on is not None and one.settled_on > one.due_day
    finding = _finding(
        one.term,
        case,
        Verdict.LATE if verdict is Verdict.MET and late else verdict,
        one.because,
        due=one.due_day,
        facts=one.facts,
        deadline=one.due,
        inputs=(one.amount.proof,) if one.amount is not None else (),
    )
    return replace(finding, absent=one.absent(case.book.size, case.as_of))


def _consequence(term: LateInterest | Penalty, case: _Case) -> Finding:
    """Consequences are priced in the settlement; here they only say whether anybody has claimed them."""
    if isinstance(term, LateInterest):
        return _finding(term, case, Verdict.NOT_TRIGGERED, "随逾期付款在结算中逐日计算")
    clause = {str(ref) for ref in term.clauses[:1]}
    claims = [f for f in case.book.all(Event("damages.claimed")) if f.data["clause"] in clause]
    if not claims:
        return _finding(term, case, Verdict.NOT_TRIGGERED, "尚无人主张")
    if (stopped := _blocked(term, case, facts=tuple(f.id for f in claims))) is not None:
        return stopped
    says = f"{claims[-1].day} 已主张，金额见结算；是否承担由双方或法院确定"
    return _finding(term, case, Verdict.NOT_DECIDABLE, says, facts=tuple(f.id for f in claims))


def _grade(term: GradeCap, case: _Case) -> Finding:
    if (stopped := _blocked(term, case)) is not None:
        return stopped
    if not term.grades:
        return _finding(term, case, Verdict.NOT_DECIDABLE, "合同没有写明考核等级与付款比例")
    facts = case.book.all(Event("assessment.graded"))
    if not facts:
        return _finding(term, case, Verdict.NOT_TRIGGERED, "尚无考核定级")
    fact = facts[-1]
    known = any(grade.name == fact.data["grade"] for grade in term.grades)
    says = f"{fact.day} 考核定级：{fact.data['grade']}" + (
        "" if known else "；合同没有约定该等级如何付款"
    )
    return _finding(
        term, case, Verdict.MET if known else Verdict.NOT_DECIDABLE, says, facts=(fact.id,)
    )


def _duty(term: Duty, case: _Case) -> Iterator[Finding]:
    if term.trigger is not None and term.done is not None:
        yield from _measured_duty(term, term.trigger, term.done, case)
        return
    if (stopped := _blocked(term, case)) is not None:
        yield stopped
        return
    breaches = case.book.about("duty.breached", term.id)
    if breaches:
        yield from _breaches(term, case, breaches)
        return
    done = (
        case.book.all(term.done)
        if term.done is not None
        else case.book.about("duty.performed", term.id)
    )
    if done:
        says = f"{done[-1].day} 有履行记录；合同没有数字，是否足够由人判断"
        yield _finding(term, case, Verdict.ATTESTED_ONLY, says, facts=(done[-1].id,))
        return
    attested = case.book.about("duty.attested", term.id)
    if attested:
        yield _finding(
            term,
            case,
            Verdict.ATTESTED_ONLY,
            f"{attested[-1].day} 声明履行",
            facts=(attested[-1].id,),
        )
        return
    yield _finding(term, case, Verdict.NOT_TRIGGERED, "尚无记录")


def _measured_duty(term: Duty, trigger: Event, done: Event, case: _Case) -> Iterator[Finding]:
    """A duty of a vague word: elapsed time is shown; only an agreed number can make it met or late."""
    deadline_term = DeadlineAfterEvent(
        id=term.id,
        clauses=term.clauses,
        debtor=term.debtor,
        says=term.says,
        doubts=term.doubts,
        triggers=(trigger,),
        done=(done,),
        within=term.within,
        until=term.until,
    )
    for finding in _after_event(deadline_term, case):
        if finding.verdict is Verdict.NOT_DECIDABLE and term.promptly and not case.blocking(term):
            says = finding.because.replace(
                "合同没有写明时限", f"合同只写“{term.promptly}”而没有数字"
            )
            says = says.replace("时限是待商定的参数", f"合同只写“{term.promptly}”，时限待双方商定")
            yield replace(finding, because=says)
        else:
            yield finding


__all__ = ["Evaluation", "Finding", "evaluate"]
