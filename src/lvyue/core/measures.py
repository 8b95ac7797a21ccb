"""指标: readings, ratios, counts, availability and a person's judgement against a bound, on exact fractions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import assert_never

from lvyue.core.book import each
from lvyue.core.calendar import SHANGHAI
from lvyue.core.facts import Fact, FactId, is_decimal
from lvyue.core.findings import Case, Finding, blocked, finding_of, number
from lvyue.core.obligation import Verdict
from lvyue.core.proof import Proof
from lvyue.core.terms import (
    Availability,
    Event,
    Judgement,
    Operator,
    ParameterId,
    Ratio,
    Reading,
    Tally,
    Threshold,
)


def threshold(term: Threshold, case: Case) -> Iterator[Finding]:
    if (stopped := blocked(term, case)) is not None:
        yield stopped
        return
    match term.measure:
        case Reading(event=event, field=name):
            readings = [
                (label, fact, _exact(str(fact.data[name])))
                for label, fact in each(case.book.all(event))
            ]
            yield from _readings(term, case, event, readings)
        case Ratio(event=event, part=part, whole=whole):
            readings = []
            for label, fact in each(case.book.all(event)):
                share, total = fact.data.get(part), fact.data.get(whole)
                says = _unusable(share, total)
                if says or share is None or total is None:
                    more = {"occurrence": label, "facts": (fact.id,), "began": fact.day}
                    yield finding_of(term, case, Verdict.NOT_DECIDABLE, says, **more)
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


#: Readings repeat: the same few thousand values over and over.
_REMEMBERED = 8_192


@lru_cache(_REMEMBERED)
def _exact(text: str) -> Fraction:
    return Fraction(text)


def _unusable(share: int | None, total: int | None) -> str:
    """Why two counts make no ratio; empty if they do."""
    if share is None or total is None:
        return "记录没有写明两个数，无法计算"
    if not total and not share:
        return "没有样本，无从计算"
    return f"{share}/{total} 不可能成立，数字须更正" if share > total else ""


def _judgements(term: Threshold, case: Case, event: Event) -> Iterator[Finding]:
    facts = case.book.all(event)
    if not facts:
        claim = (case.claim(event, None, case.as_of),)
        yield finding_of(
            term, case, Verdict.NOT_DECIDABLE, "没有评定记录，不能自动通过", absent=claim
        )
    for label, fact in each(facts):
        verdict = Verdict.MET if fact.data["met"] else Verdict.MISSED
        says = f"{fact.day} 由人评定：{'达到' if fact.data['met'] else '未达到'}"
        yield finding_of(
            term, case, verdict, says, occurrence=label, facts=(fact.id,), happened=fact.day
        )


def _bound(term: Threshold, case: Case, on: date) -> tuple[Fraction | None, tuple[FactId, ...]]:
    if isinstance(term.bound, str):
        agreed = case.book.agreed(ParameterId(term.bound), on)
        if agreed is None:
            return None, ()
        written = agreed.value.rstrip("% ")
        if is_decimal(written):
            return Fraction(written), (agreed.fact,)
        return None, ()
    return term.bound, ()


def _readings(
    term: Threshold, case: Case, event: Event, readings: Sequence[tuple[str, Fact, Fraction]]
) -> Iterator[Finding]:
    if not readings:
        claim = (case.claim(event, None, case.as_of),)
        yield finding_of(term, case, Verdict.NOT_DECIDABLE, "没有读数，无法评定", absent=claim)
    for label, fact, value in readings:
        bound, agreed = _bound(term, case, fact.day)
        shared: dict[str, object] = {
            "occurrence": label,
            "facts": (fact.id, *agreed),
            "happened": fact.day,
        }
        if term.unit == "%" and not 0 <= value <= _HUNDRED:
            says = f"读数 {number(value)}% 不可能成立，须更正"
            yield finding_of(term, case, Verdict.NOT_DECIDABLE, says, **shared)
            continue
        if bound is None:
            says = f"读数 {number(value)}{term.unit}；合同没有写明指标值，不判违约"
            yield finding_of(term, case, Verdict.NOT_DECIDABLE, says, **shared)
            continue
        verdict, says = _compared(value, term.operator, bound, term.unit)
        yield finding_of(term, case, verdict, says, **shared)


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


@lru_cache(_REMEMBERED)
def _compared(
    value: Fraction, operator: Operator, bound: Fraction, unit: str
) -> tuple[Verdict, str]:
    """A reading against its bound: the verdict, and the comparison as people write it."""
    verdict = Verdict.MET if operator.holds(value, bound) else Verdict.MISSED
    sign = _SIGNS[operator] if verdict is Verdict.MET else _FAILS[operator]
    return verdict, f"{_rounded(value, bound)}{unit} {sign} {number(bound)}{unit}"


def _rounded(value: Fraction, bound: Fraction) -> str:
    """A reading to two decimals (≈ where rounded), unless rounding would hide on which side of the bound it lies."""
    hundredths = (200 * value.numerator // value.denominator + 1) // 2
    shown = Fraction(hundredths, 100)
    if shown == value:
        return number(value)
    if (shown >= bound) != (value >= bound) or (shown > bound) != (value > bound):
        return number(value)
    return f"≈{number(shown)}"


def _tally(term: Threshold, case: Case, event: Event) -> Finding:
    facts = case.book.all(event)
    ids = tuple(fact.id for fact in facts)
    if not facts:
        claim = (case.claim(event, None, case.as_of),)
        return finding_of(term, case, Verdict.NOT_DECIDABLE, "没有记录，无法评定", absent=claim)
    bound, agreed = _bound(term, case, case.as_of)
    if bound is None:
        return finding_of(
            term, case, Verdict.NOT_DECIDABLE, f"记录 {len(facts)} 次；合同没有写明次数", facts=ids
        )
    shared: dict[str, object] = {"facts": (*ids, *agreed), "due": case.release.period.end}
    count = Fraction(len(facts))
    holds = term.operator.holds(count, bound)
    end = case.release.period.end
    says = f"记录 {len(facts)} 次，约定 {_SIGNS[term.operator]} {number(bound)} 次"
    if _for_good(term.operator, count, bound):
        return finding_of(term, case, Verdict.MET if holds else Verdict.MISSED, says, **shared)
    if end is None or case.as_of <= end:
        return finding_of(term, case, Verdict.NOT_DUE, says, **shared)
    return finding_of(term, case, Verdict.MET if holds else Verdict.MISSED, says, **shared)


def _for_good(operator: Operator, count: Fraction, bound: Fraction) -> bool:
    """Whether more facts can no longer change the answer: a count only grows."""
    match operator:
        case Operator.AT_LEAST | Operator.MORE_THAN:
            return operator.holds(count, bound)
        case Operator.AT_MOST | Operator.LESS_THAN:
            return not operator.holds(count, bound)
        case Operator.EXACTLY:
            return count > bound


def _availability(term: Threshold, case: Case, event: Event) -> Finding:
    """1 − union of outages ÷ minutes of the period. Overlaps count once; the percentage is never rounded up."""
    facts = case.book.all(event)
    period = case.release.period
    bound, agreed = _bound(term, case, case.as_of)
    if period.start is None or period.end is None or bound is None:
        return finding_of(term, case, Verdict.NOT_DECIDABLE, "期限或指标值没有写明，无法计算可用率")
    watched = case.book.all(Event("monitoring.covered", event.where))
    if not facts and not watched:
        claim = (case.claim(event, None, case.as_of),)
        says = "没有中断记录，也没有监测覆盖的证明"
        return finding_of(term, case, Verdict.NOT_DECIDABLE, says, absent=claim)
    undated = [fact.id for fact in facts if fact.moment is None]
    if undated:
        says = f"中断记录缺少开始时刻：{'、'.join(undated)}"
        return finding_of(term, case, Verdict.NOT_DECIDABLE, says, facts=tuple(undated))
    backward = [fact.id for fact in facts if fact.moment and _until(fact) < fact.moment]
    if backward:
        says = f"中断记录的恢复早于开始：{'、'.join(backward)}"
        return finding_of(term, case, Verdict.NOT_DECIDABLE, says, facts=tuple(backward))
    begin = datetime(period.start.year, period.start.month, period.start.day, tzinfo=SHANGHAI)
    total = timedelta(days=(period.end - period.start).days + 1)
    known = min(begin + total, _end_of(case.as_of))  # nothing is known of what comes after the day
    down = _union(facts, begin, known)
    covered = _union([fact for fact in watched if fact.moment is not None], begin, known)
    minutes, whole = _minutes(down), _minutes(total)
    value = 100 * (1 - minutes / whole)
    ids = (*(fact.id for fact in facts), *agreed)
    figures = Proof(
        f"({number(whole)} − {number(minutes)}) ÷ {number(whole)} 分钟",
        number(value),
        "availability",
        (str(whole), str(minutes)),
    )
    shared: dict[str, object] = {"facts": ids, "inputs": (figures,), "due": period.end}
    says = f"中断合计 {number(minutes)} 分钟，可用率 {number(value)}%，约定 {_SIGNS[term.operator]} {number(bound)}%"
    if not term.operator.holds(value, bound):
        return finding_of(term, case, Verdict.MISSED, says, **shared)
    if case.as_of <= period.end:
        return finding_of(term, case, Verdict.NOT_DUE, says, **shared)
    if covered < total:
        gap = _minutes(total - covered)
        says = f"{says}；有 {number(gap)} 分钟没有监测覆盖的证明，不能当作正常"
        return finding_of(term, case, Verdict.ATTESTED_ONLY, says, **shared)
    shared["facts"] = (*ids, *(fact.id for fact in watched))
    return finding_of(term, case, Verdict.MET, says, **shared)


def _minutes(time: timedelta) -> Fraction:
    return Fraction(time // timedelta(microseconds=1), 60_000_000)


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)


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
