"""判: what a case expects, held against what the platform says.

Every check returns the misses of a line, each with the value that was found and the sentence of its proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from lvyue.core.calendar import SHANGHAI, Span, deadline
from lvyue.core.clause import AmbiguousClause, BadClause, ClauseNotFound
from lvyue.core.findings import Finding
from lvyue.core.grades import final_price
from lvyue.core.instalments import Instalment
from lvyue.core.money import Money, UnreadableMoney
from lvyue.core.proof import Figure
from lvyue.core.settlement import Damages, Interest
from lvyue.core.statement import Statement, state
from lvyue.core.terms import GradeCap
from lvyue.core.words import from_words, in_words
from lvyue.evidence.files import read_facts
from lvyue.library import calendar_files, loader
from tests.cases.reading import WITHIN, Block, Case, Line, Unreadable, Want, shown

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Seen:
    """所见: the values of whatever a line is about, as text; ``parts`` are looked through for what a line quotes."""

    values: Mapping[str, str]
    because: str = ""
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Miss:
    """不符: one expected value that is not so. ``found`` None: nothing can be written over it."""

    line: Line
    says: str
    want: Want | None = None
    found: str | None = None


class NothingSuch(LookupError):
    """没有: no finding, or several, for what a line is about."""


def judge(case: Case, block: Block) -> list[Miss]:
    """Everything of a block that is not so."""
    if block.kind == "deadlines":
        return _each(block, _deadline)
    if block.kind == "words":
        return _each(block, _words)
    statement = stated(case, block)
    return _each(block, lambda line: _about(line, statement))


def stated(case: Case, block: Block) -> Statement:
    """The statement of a case on the day of a block, made as the command line makes it."""
    if block.as_of is None:
        raise Unreadable(block.number, "这个块没有日期。")
    prefix = read_facts(case.facts(), block.size)
    calendar = calendar_files.default_calendar()
    release = loader.load(case.contract)
    return state(release, prefix.facts, calendar, block.as_of, size=prefix.size, root=prefix.root)


def _each(block: Block, see: Callable[[Line], Seen]) -> list[Miss]:
    misses: list[Miss] = []
    for line in block.lines:
        try:
            seen = see(line)
        except NothingSuch as error:
            misses.append(Miss(line, f"expected {line.whole.strip()}, got nothing: {error}"))
            continue
        misses += [miss for want in line.wants for miss in _compare(line, want, seen)]
    return misses


def _compare(line: Line, want: Want, seen: Seen) -> Iterable[Miss]:
    because = f", because {seen.because}" if seen.because else ""
    text = want.text.strip("“”")
    if want.field in WITHIN:
        parts = seen.parts.get(want.field, ())
        wanted = text.split(",") if want.field in ("doubts", "waits", "facts") else [text]
        missing = [
            one for one in wanted if not any(_within(want.field, one, part) for part in parts)
        ]
        if missing:
            joined = (
                ",".join(parts) if want.field in ("doubts", "waits", "facts") else "；".join(parts)
            )
            says = f"expected {want.field} {want.text}, got {joined or 'none'}{because}"
            yield Miss(line, says, want, joined if len(wanted) > 1 else f"“{joined}”")
        return
    found = seen.values.get(want.field)
    if found is None:
        listed = "、".join([*seen.values, *seen.parts])
        yield Miss(
            line, f"expected {want.field} {want.text}, got no such value; there are {listed}"
        )
    elif found != text:
        yield Miss(line, f"expected {want.field} {want.text}, got {found}{because}", want, found)


def _within(name: str, wanted: str, part: str) -> bool:
    return wanted == part if name in ("doubts", "facts") else wanted in part


# ── what a line is about ─────────────────────────────────────────────────────────────────────────────────────────


def _about(line: Line, statement: Statement) -> Seen:
    settlement = statement.settlement
    what, _, rest = line.about.partition(" ")
    match what:
        case "payable":
            return Seen({"amount": _money(settlement.payable)})
        case "paid":
            return Seen({"amount": str(settlement.paid)})
        case "price":
            return _price(statement)
        case "instalment":
            one = [i for i in settlement.instalments if str(i.term.instalment) == rest]
            return _instalment(_only(one, line.about, _number))
        case "refund":
            return _instalment(_only(settlement.refunds, line.about, _number))
        case "interest":
            found = [i for i in settlement.interest if str(i.instalment) == rest]
            return _interest(_only(found, line.about, str)) if found else Seen({"amount": "none"})
        case "damages":
            return _claimed(line, rest, statement)
        case "line":
            amounts = [one for one in settlement.lines if one.says.startswith(rest.strip("“”"))]
            one_line = _only(amounts, line.about, lambda it: it.says)
            return Seen(
                {"amount": str(one_line.amount)}, one_line.says, {"because": [one_line.says]}
            )
        case "count":
            return _count(rest, statement)
        case _:
            return _finding(line, statement)


def _number(one: Instalment) -> str:
    return str(one.term.instalment)


def _only(found: Sequence[_T], about: str, name: Callable[[_T], str]) -> _T:
    if len(found) == 1:
        return found[0]
    if not found:
        raise NothingSuch(f"没有“{about}”")
    raise NothingSuch(
        f"“{about}”有 {len(found)} 个：{'、'.join(name(one) for one in found)}；请写明是哪一个"
    )


def _finding(line: Line, statement: Statement) -> Seen:
    findings = statement.evaluation.findings
    found = [f for f in findings if f.term == line.about]
    if not found:
        ref = _reference(line.about, statement)
        found = [f for f in findings if str(f.clause) == ref]
        if not found:
            terms = {t.id for t in statement.evaluation.release.terms if ref in map(str, t.clauses)}
            found = [f for f in findings if f.term in terms]
    if not found:
        raise NothingSuch(f"没有约定或条款“{line.about}”")
    if line.occurrence is not None:
        labels = "、".join(dict.fromkeys(f.occurrence for f in found if f.occurrence))
        found = [f for f in found if f.occurrence == line.occurrence]
        if not found:
            raise NothingSuch(f"“{line.about}”没有 [{line.occurrence}]，有：{labels or '（无）'}")
    one = _only(found, line.about, lambda f: f"{f.term} [{f.occurrence}]")
    strict = one.deadline.strict if one.deadline is not None else None
    return Seen(
        {
            "verdict": one.verdict.value,
            "due": shown(one.due),
            "strict": shown(strict),
            "opens": shown(one.opens),
            "provisional": "provisional" if one.provisional else "firm",
        },
        one.because,
        {
            "because": [one.because],
            "doubts": one.doubts,
            "absent": [str(claim) for claim in one.absent],
            "facts": one.facts,
        },
    )


def _reference(text: str, statement: Statement) -> str:
    try:
        return str(statement.evaluation.release.clauses.resolve(text))
    except (ClauseNotFound, AmbiguousClause, BadClause):
        return text


def _count(rest: str, statement: Statement) -> Seen:
    """``count TERM [VERDICT]``: how many findings a term has, of one verdict or of all."""
    term, _, verdict = rest.partition(" ")
    found: list[Finding] = [f for f in statement.evaluation.findings if f.term == term]
    if not found:
        raise NothingSuch(f"没有约定“{term}”")
    kept = [f for f in found if verdict in ("", f.verdict.value)]
    return Seen({"amount": str(len(kept))}, "、".join(f.occurrence for f in kept[:5]))


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _money(amount: Money | None) -> str:
    return "未知" if amount is None else str(amount)


def _figure(figure: Figure | None) -> str:
    return _money(None if figure is None else figure.money)


def _price(statement: Statement) -> Seen:
    """What the latest grade makes of the contract price."""
    release = statement.evaluation.release
    table = _only([t for t in release.terms if isinstance(t, GradeCap)], "price", lambda t: t.id)
    final = final_price(table, release, statement.evaluation.book)
    return Seen(
        {"amount": _figure(final.exact), "limit": _figure(final.limit)},
        final.proof.says,
        {"because": [final.proof.says], "doubts": [doubt.id for doubt in final.doubts]},
    )


def _instalment(one: Instalment) -> Seen:
    due = one.due
    return Seen(
        {
            "verdict": one.state.value,
            "amount": _figure(one.amount),
            "limit": _figure(one.upper),
            "due": shown(one.due_day),
            "strict": shown(due.strict if due is not None else None),
            "provisional": "provisional" if due is not None and due.provisional else "firm",
            "paid": str(one.paid),
        },
        one.because,
        {
            "because": [one.because, *(str(doubt) for doubt in one.raised)],
            "doubts": [*one.doubts, *(doubt.id for doubt in one.raised)],
            "waits": one.waits_for,
            "facts": one.facts,
        },
    )


def _interest(one: Interest) -> Seen:
    readings = {f"alternative {r.start}": str(r.figure.money) for r in one.readings}
    return Seen(
        {
            "amount": str(one.figure.money),
            "from": shown(one.start),
            "days": str(one.days),
            "overdue": str(one.overdue_days),
            "excused": str(one.excused_days),
            "capped": "capped" if one.capped else "uncapped",
            **readings,
        },
        one.figure.proof.says,
        {"because": [one.figure.proof.says]},
    )


def _claimed(line: Line, clause: str, statement: Statement) -> Seen:
    ref = _reference(clause, statement)
    found = [d for d in statement.settlement.damages if ref == str(d.clause) or clause == d.asked]
    if line.occurrence is not None:
        found = [d for d in found if d.fact == line.occurrence]
    if not found and any(want.text == "none" for want in line.wants):
        return Seen({"amount": "none"})
    one: Damages = _only(found, line.about, lambda d: f"[{d.fact}]")
    alternatives = {f"alternative {a.name}": _figure(a.figure) for a in one.alternatives}
    return Seen(
        {"amount": _figure(one.figure), **alternatives},
        one.proof.says,
        {
            "because": [one.proof.says],
            "needs": one.needs,
            "doubts": one.proof.doubts,
            "facts": one.proof.facts,
        },
    )


# ── dates and words ──────────────────────────────────────────────────────────────────────────────────────────────

_SUM = re.compile(
    r"(?P<start>\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?)?) (?P<sign>[+-]) (?P<span>\d+ \S+)"
)


def _deadline(line: Line) -> Seen:
    found = _SUM.fullmatch(line.about)
    if found is None:
        raise NothingSuch("算式应写成 2026-02-09 + 10 working-days")
    start: date = date.fromisoformat(found["start"][:10])
    if " " in found["start"]:
        start = datetime.fromisoformat(found["start"]).replace(tzinfo=SHANGHAI)
    span = Span.parse(found["span"])
    due = deadline(start, span, calendar_files.default_calendar(), before=found["sign"] == "-")
    values = {
        "result": shown(due.due),
        "strict": shown(due.strict),
        "provisional": "provisional" if due.provisional else "firm",
    }
    counted = [f"{step.day} {step.kind.chinese} {step.note}".strip() for step in due.steps[-3:]]
    return Seen(values, "… " + "；".join(counted))


def _words(line: Line) -> Seen:
    """Figures = words, or words = figures where the paper spells them in another way."""
    try:
        money = Money.parse(line.about)
    except UnreadableMoney:
        read = from_words(line.about)
        return Seen({"result": f"{read.fen // 100}.{read.fen % 100:02d}"})
    words = in_words(money)
    return Seen({"result": words}, f"“{words}”读作 {from_words(words)}")
