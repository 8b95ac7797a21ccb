"""期限: within a time after an event, and some time before a date.

A trigger opens an occurrence, an answer closes it; what no answer closed in time is proved absent over an interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from lvyue.core.book import Answers, derived, each, within
from lvyue.core.calendar import SHANGHAI, Deadline, day_of, deadline
from lvyue.core.doubts import DoubtId
from lvyue.core.facts import Fact, FactId, order_of
from lvyue.core.findings import (
    Case,
    Finding,
    blocked,
    by_time,
    finding_of,
    shown,
    span_of,
    suspended,
    zh,
    zh_leg,
)
from lvyue.core.obligation import DAY, Verdict
from lvyue.core.proof import RangeClaim
from lvyue.core.terms import (
    Anchor,
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Event,
    Term,
    Within,
)
from lvyue.core.versions import InForce


class _Opening(NamedTuple):
    """Where a clock starts: a fact, several joined facts, or a date of the contract."""

    at: date | datetime
    fact: Fact | None
    facts: tuple[FactId, ...]
    label: str
    over: bool = False  #: it came on or after the day of the event that ends the duty


def _openings(term: DeadlineAfterEvent, case: Case) -> Iterator[_Opening]:
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
        last = max(joined, key=by_time)
        at = last.at if len(joined) == 1 or last.moment is not None else last.day
    yield _Opening(at, None, tuple(fact.id for fact in joined), "")


def after_event(
    term: DeadlineAfterEvent, case: Case, promptly: str | None = None
) -> Iterator[Finding]:
    """A finding for each opening; ``promptly`` is the paper's vague word where it gives no number."""
    answers: list[Answers] = []
    blocked = case.blocking(term)
    opened = False
    for opening in _openings(term, case):
        if not opened:
            opened, answers = True, _answers(term, case)
        if opening.over and term.until is not None:
            says = f"{day_of(opening.at)} 发生时已过“{zh_leg(term.until)}”，不再适用"
            began = day_of(opening.at)
            more = {"occurrence": opening.label, "facts": opening.facts, "began": began}
            yield finding_of(term, case, Verdict.NOT_TRIGGERED, says, **more)
            continue
        done = _legs(answers, opening)
        yield _judge(term, case, opening, answers, done, blocked, promptly)
    if not opened:
        wanted = "、".join(zh(trigger) for trigger in term.triggers)
        missing = [t for t in term.triggers if isinstance(t, Anchor) and case.anchor(t) is None]
        if blocked or missing:
            doubts = blocked or case.release.period.doubts
            says = f"无法判定：{case.why_blocked(doubts)}"
            yield finding_of(term, case, Verdict.NOT_DECIDABLE, says)._replace(
                doubts=tuple(doubts) or case.doubts(term)
            )
        else:
            yield finding_of(term, case, Verdict.NOT_TRIGGERED, f"尚未发生：{wanted}")


def _answers(term: DeadlineAfterEvent, case: Case) -> list[Answers]:
    """One queue for each leg; where any answer will do, one queue of all of them."""
    if not term.any_of:
        return [Answers.of(case.book.all(event)) for event in term.done]
    any_answer = [fact for event in term.done for fact in case.book.all(event)]
    return [Answers.of(sorted(any_answer, key=by_time))]


def _legs(answers: list[Answers], opening: _Opening) -> list[Fact | None]:
    """The answering fact of every leg; a leg without one is None."""
    ask = opening.fact
    if ask is None:
        ask = Fact(FactId(""), "", opening.at, None, {}, -1)
    return [queue.take(ask) for queue in answers]


def _judge(
    term: DeadlineAfterEvent,
    case: Case,
    opening: _Opening,
    answers: Sequence[Answers],
    done: Sequence[Fact | None],
    blocked: Sequence[DoubtId],
    promptly: str | None,
) -> Finding:
    start = opening.at
    found = [fact for fact in done if fact is not None]
    facts = (*opening.facts, *(fact.id for fact in found))
    complete = bool(done) and len(found) == len(done)
    span, agreed = span_of(term.within, case, day_of(start))
    shared: dict[str, object] = {"occurrence": opening.label, "facts": (*facts, *agreed)}
    took = _took(opening, found) if complete else ""
    if blocked:
        says = f"无法判定：{case.why_blocked(blocked)}{took}"
        return _undecided(term, case, opening, says, shared)
    if span is None:
        return _undecided(
            term, case, opening, _without_number(term.within, promptly) + took, shared
        )
    if span.unit.is_clock and not isinstance(start, datetime):
        says = f"“{span.chinese}”须从时刻起算，但起算记录只有日期 {start}"
        return _undecided(term, case, opening, says, shared)
    pauses = case.book.pauses(term.id, opening.label or None)
    due = deadline(start, span, case.calendar, pauses=pauses)
    shared |= {"due": due.due, "deadline": due}
    if complete:
        judged = _timely(term, case, max(found, key=by_time), due, shared)
        if term.deems is not None and _silent(term, case, opening, done, due.due_day):
            return judged._replace(because=f"{judged.because}；{_deeming(term, due)}")
        return judged
    gone = case.book.ended(opening.label or None)
    if gone is not None and not _after(gone, due.due):
        into = gone.data.get("into")
        says = f"已并入 {into}，由那一单计时" if into else "报单人已撤回"
        shared["facts"] = (*facts, *agreed, gone.id)
        return finding_of(term, case, Verdict.NOT_TRIGGERED, says, **shared)
    if not _passed(due.due, case.as_of):
        return finding_of(term, case, Verdict.NOT_DUE, f"应于 {shown(due.due)} 前完成", **shared)
    shared["absent"] = _claims(case, term, answers, done, opening, due.due)
    if term.deems is not None and _silent(term, case, opening, done, due.due_day):
        silence = "没有答复" if term.done else "期满"
        says = f"至 {due.due} {silence}，{_deeming(term, due)}"
        return finding_of(term, case, Verdict.MET, says, **shared)
    legs = [event for event, fact in zip(term.done, done, strict=False) if fact is None]
    lacking = "或".join(map(zh_leg, term.done)) if term.any_of else "、".join(map(zh_leg, legs))
    says = f"应于 {shown(due.due)} 前完成，缺：{lacking}"
    return finding_of(term, case, Verdict.MISSED, says, **shared)


def _undecided(
    term: Term, case: Case, opening: _Opening, says: str, shared: dict[str, object]
) -> Finding:
    """Nothing falls due, so the day it began is told apart."""
    began = day_of(opening.at)
    return finding_of(term, case, Verdict.NOT_DECIDABLE, says, began=began, **shared)


def _without_number(limit: Within, promptly: str | None) -> str:
    paper = f"合同只写“{promptly}”" if promptly else "合同没有写明时限"
    if limit is None:
        return f"{paper}{'而没有数字' if promptly else ''}，只计时不判违约"
    return f"{paper if promptly else '时限是待商定的参数'}{'，时限待双方商定' if promptly else ''}，只计时不判违约"


def _deeming(term: DeadlineAfterEvent, due: Deadline) -> str:
    return f"{due.due_day + DAY} 起视为{zh_leg(term.deems)}" if term.deems is not None else ""


def _timely(
    term: Term, case: Case, done: Fact, due: Deadline, shared: dict[str, object]
) -> Finding:
    """Met or late for an answer that exists; a record without a time cannot decide an hour rule on its last day."""
    limit = due.due
    if isinstance(limit, datetime):
        if done.moment is None:
            last = limit.astimezone(SHANGHAI).date()
            if done.day == last:
                says = f"应于 {shown(limit)} 前完成，但完成记录只有日期 {done.day}"
                return finding_of(term, case, Verdict.NOT_DECIDABLE, says, **shared)
            late = done.day > last
        else:
            late = done.moment > limit
    else:
        late = done.day > limit
    when = shown(done.moment or done.day)
    if not late:
        return finding_of(term, case, Verdict.MET, f"{when} 完成，不晚于 {shown(limit)}", **shared)
    return finding_of(
        term, case, Verdict.LATE, f"{when} 完成，晚于 {shown(limit)}（{_by(done, due)}）", **shared
    )


def _by(done: Fact, due: Deadline) -> str:
    if isinstance(due.due, datetime) and done.moment is not None:
        return f"迟 {_duration(done.moment - due.due)}"
    strict = (done.day - day_of(due.strict)).days
    days = (done.day - day_of(due.due)).days
    return f"迟 {days} 天" + (
        f"，按严格日期 {due.strict} 计迟 {strict} 天" if strict != days else ""
    )


def _took(opening: _Opening, found: Sequence[Fact]) -> str:
    last = max(found, key=by_time)
    if isinstance(opening.at, datetime) and last.moment is not None:
        return f"；用时 {_duration(last.moment - opening.at)}"
    return f"；用时 {(last.day - day_of(opening.at)).days} 天"


def _duration(delta: timedelta) -> str:
    seconds = int(delta.total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    parts = [(days, "天"), (hours, "小时"), (minutes, "分"), (seconds, "秒")]
    return "".join(f"{n} {unit}" for n, unit in parts if n) or "0 分"


def _passed(due: date | datetime, as_of: date) -> bool:
    """Whether a due time lies before the end of the day ``as_of``: a day must be over, a moment must have come."""
    if isinstance(due, datetime):
        return due.astimezone(SHANGHAI).date() <= as_of
    return due < as_of


def _after(fact: Fact, due: date | datetime) -> bool:
    """Whether something happened only when the time was over."""
    return fact.order > order_of(due) if isinstance(due, datetime) else fact.day > due


def _claims(
    case: Case,
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


def deemed_by(term: DeadlineAfterEvent, case: Case, version: InForce) -> Iterator[Fact]:
    """Silence until the end of the last day counts, from the next day on, as the event that the clause names.

    Only what began while the version was in force may lapse under it.
    """
    if term.deems is None or case.blocking(term):
        return
    answers = _answers(term, case)
    for opening in _openings(term, case):
        span, _ = span_of(term.within, case, day_of(opening.at))
        if (
            opening.over
            or not version.covers(day_of(opening.at))
            or span is None
            or (span.unit.is_clock and not isinstance(opening.at, datetime))
        ):
            continue
        subject = opening.fact.subject if opening.fact is not None else None
        pauses = case.book.pauses(term.id, opening.label or None)
        due = deadline(opening.at, span, case.calendar, pauses=pauses).due_day
        if _silent(term, case, opening, _legs(answers, opening), due):
            source = "+".join(opening.facts) or opening.label
            yield derived(term.deems, due + DAY, term.id, source, case.book.size, subject)


def _silent(
    term: DeadlineAfterEvent,
    case: Case,
    opening: _Opening,
    done: Sequence[Fact | None],
    due: date,
) -> bool:
    """Whether silence has lapsed: the last day is over, nobody answered by then, and no pause was running at its end."""
    if due >= case.as_of or any(fact is not None and fact.day <= due for fact in done):
        return False
    pause = suspended(term.id, opening.label or None, case)
    return pause is None or pause.day > due


def before_date(term: DeadlineBeforeDate, case: Case) -> Iterator[Finding]:
    if (stopped := blocked(term, case)) is not None:
        yield stopped
        return
    if isinstance(term.anchor, Anchor):
        anchor = case.anchor(term.anchor)
        if anchor is None:
            says = f"无法判定：{case.why_blocked(case.release.period.doubts)}"
            yield finding_of(term, case, Verdict.NOT_DECIDABLE, says)._replace(
                doubts=case.release.period.doubts
            )
            return
        done = [fact for event in term.done for fact in case.book.all(event)]
        yield _ahead(term, case, anchor, None, done)
        return
    anchors = case.book.all(term.anchor)
    if not anchors:
        yield finding_of(term, case, Verdict.NOT_TRIGGERED, f"尚未发生：{zh(term.anchor)}")
    for label, fact in each(anchors):
        same = [f for event in term.done for f in case.book.all(event) if f.subject == fact.subject]
        yield _ahead(term, case, fact.day, fact, same, label)


def _ahead(
    term: DeadlineBeforeDate,
    case: Case,
    anchor: date,
    source: Fact | None,
    done: Sequence[Fact],
    label: str = "",
) -> Finding:
    span, agreed = span_of(term.within, case, anchor)
    origin = () if source is None else (source.id,)
    if span is None:
        return finding_of(
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
        return finding_of(
            term, case, Verdict.MET, f"{inside[0].day} 完成，不晚于 {limit}", **shared
        )
    shared["facts"] = (*origin, *(f.id for f in (early or later)[:1]), *agreed)
    if early:
        says = f"{early[0].day} 完成，早于窗口（{opens} 起），须甲方书面说明是否有效"
        return finding_of(term, case, Verdict.NOT_DECIDABLE, says, **shared)
    if later and (source is None or later[0].day <= max(anchor, case.as_of)):
        says = f"{later[0].day} 完成，晚于 {limit}（迟 {(later[0].day - limit).days} 天）"
        return finding_of(term, case, Verdict.LATE, says, **shared)
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
        return finding_of(
            term, case, Verdict.MISSED, f"最迟 {limit} 应完成，没有记录", absent=claims, **shared
        )
    when = f"{opens} 至 {limit} 之间" if opens is not None else f"最迟 {limit}"
    return finding_of(term, case, Verdict.NOT_DUE, f"应在{when}完成", **shared)


def _others(
    case: Case, event: Event, source: Fact | None, since: date | None, until: date
) -> tuple[FactId, ...]:
    """Facts of an event inside an interval that are about something else and so do not serve."""
    if source is None or source.subject is not None:
        return ()
    return within(case.book.all(event), since, until)
