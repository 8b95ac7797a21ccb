"""定期义务: so many times in every cycle of the period, each occurrence proved by a fact of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from lvyue.core.book import within
from lvyue.core.facts import Fact
from lvyue.core.findings import Case, Finding, blocked, by_time, finding_of, percent
from lvyue.core.obligation import Slot, Verdict, slots
from lvyue.core.terms import (
    Event,
    Recurring,
)


def recurring(term: Recurring, case: Case) -> Iterator[Finding]:
    performed, short = _performed(term, case.book.all(term.done))
    counted = f"已有记录 {len(performed)} 次" + (f"，另有 {len(short)} 次不完整" if short else "")
    if (stopped := blocked(term, case)) is not None:
        yield stopped._replace(because=f"{stopped.because}；{counted}")
        return
    period = case.release.period
    if term.times is None:
        newest = tuple(fact.id for _, fact in performed[-20:])
        says = f"合同没有写明次数或周期，{counted}，不判违约"
        yield finding_of(term, case, Verdict.NOT_DECIDABLE, says, facts=newest)
        return
    if period.start is None or period.end is None:
        says = f"无法判定：{case.why_blocked(period.doubts)}；{counted}"
        yield finding_of(term, case, Verdict.NOT_DECIDABLE, says)._replace(
            doubts=period.doubts or case.doubts(term)
        )
        return
    queue = _Queue(performed)
    over = _end_of_contract(case)
    for slot in slots(term.every, term.times, period.start, period.end):
        if over is not None and slot.first > over.day:
            says = f"合同已于 {over.day} 解除或终止，此后不再发生"
            more = {"occurrence": slot.label, "facts": (over.id,), "began": slot.first}
            yield finding_of(term, case, Verdict.NOT_TRIGGERED, says, **more)
            continue
        yield _occurrence(term, case, slot, queue.take(slot), short)


def _end_of_contract(case: Case) -> Fact | None:
    """The fact that ended the contract before its time, if there is one."""
    ends = [case.book.first(Event(kind)) for kind in ("contract.rescinded", "contract.terminated")]
    return min((end for end in ends if end is not None), key=by_time, default=None)


def _performed(
    term: Recurring, facts: Sequence[Fact]
) -> tuple[list[tuple[date, Fact]], list[Fact]]:
    """Facts that count, with the day each is for, and facts that fall short of being full."""
    whole: list[tuple[date, Fact]] = []
    short: list[Fact] = []
    for fact in facts:
        if term.full is not None:
            part, total = (fact.data.get(name) for name in term.full)
            if not total or part != total:  # a round of nothing is no round
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
    """Hands each performing fact to one occurrence of the days it is for, those that were in time first."""

    def __init__(self, performed: Sequence[tuple[date, Fact]]) -> None:
        self._performed = performed
        self._next = 0
        self._cycle: tuple[date, date] | None = None
        self._waiting: list[Fact] = []

    def take(self, slot: Slot) -> Fact | None:
        if self._cycle != (slot.first, slot.last):
            self._cycle, self._waiting = (slot.first, slot.last), list(self._within(slot))
            self._waiting.sort(key=lambda fact: fact.day > slot.last)  # stable: in time first
        return self._waiting.pop(0) if self._waiting else None

    def _within(self, slot: Slot) -> Iterator[Fact]:
        while self._next < len(self._performed) and self._performed[self._next][0] <= slot.last:
            day, fact = self._performed[self._next]
            self._next += 1
            if day >= slot.first:
                yield fact


def _occurrence(
    term: Recurring, case: Case, slot: Slot, fact: Fact | None, short: Sequence[Fact]
) -> Finding:
    shared: dict[str, object] = {"occurrence": slot.label, "due": slot.last, "began": slot.first}
    if fact is not None:
        shared["facts"] = (fact.id,)
        if fact.day > slot.last:
            says = f"{fact.day} 补记，晚于 {slot.last}（迟 {(fact.day - slot.last).days} 天）"
            return finding_of(term, case, Verdict.LATE, says, **shared)
        return finding_of(term, case, Verdict.MET, f"{fact.day} 完成", **shared)
    near = [f for f in short if slot.first <= min(_for_day(f), f.day) <= slot.last]
    shared["facts"] = tuple(f.id for f in near)
    gap = "".join(f"；{_short_of(f, term.full)}" for f in near)
    if slot.last < case.as_of:
        others = within(case.book.all(term.done), slot.first, slot.last)
        claim = (case.claim(term.done, None, slot.last, since=slot.first, besides=others),)
        return finding_of(
            term, case, Verdict.MISSED, f"至 {slot.last} 没有完成记录{gap}", absent=claim, **shared
        )
    return finding_of(
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
        else f"，{percent(part, whole)}%"
    )
    return f"{fact.day} 只完成 {part}/{whole}{share}"
