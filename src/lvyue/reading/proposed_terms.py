"""约定草案: a candidate as the raw term of a release, which a person confirms, changes or strikes out.

Whatever the paper obliges can be put on record: a phrase with no kind of fact of its own becomes ``event.occurred`` under a
name made from the term's id, and every act can be shown by ``duty.performed``. No number is added that the paper has not:
an open time is a parameter with an owner, or null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lvyue.core.calendar import Unit
from lvyue.core.clause import ClauseRef, clause_number
from lvyue.core.facts import KINDS
from lvyue.core.money import Money
from lvyue.core.terms import Anchor, Base, Cycle, LossRule, Operator, Party, TermKind
from lvyue.reading.candidates import Candidate
from lvyue.reading.consideration import Consideration, Damage, Instalment, Interest
from lvyue.reading.paragraphs import Span
from lvyue.reading.quantities import Direction, TimeWord

Raw = dict[str, Any]

#: the role of a party in a sentence of ours
_WHO = {Party.BUYER: "甲方", Party.SUPPLIER: "乙方", Party.BOTH: "双方"}
_LONGEST_SAYS = 90


def fen(money: Money) -> str:
    """Money as a raw document writes it."""
    return f"{money.fen // 100}.{money.fen % 100:02d} 元"


def percent(rate: Fraction) -> str | None:
    """A rate as a raw document writes it; None where it has no end as a decimal."""
    scaled = rate * 100
    for places in range(7):
        whole = scaled * 10**places
        if whole.denominator == 1:
            digits = f"{whole.numerator:0{places + 1}d}"
            head, tail = digits[: len(digits) - places], digits[len(digits) - places :]
            return f"{head}.{tail}".rstrip("0").rstrip(".") + "%" if places else f"{head}%"
    return None


# ── ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Ids:
    """编号: readable and stable: the clause, then the place among the terms of that clause, as c7-2-16-2."""

    def __init__(self, documents: Sequence[str]) -> None:
        self._documents = {name: n for n, name in enumerate(documents)}
        self._taken: dict[str, int] = {}

    def of(self, ref: ClauseRef) -> str:
        number = self._documents.get(ref.document, len(self._documents))
        stem = "-".join(["c" if not number else f"d{number}", *map(_plain, ref.segments)])
        if ref.row is not None:
            stem += f"-t{ref.row[0]}r{ref.row[1]}"
        stem = stem.replace("c-", "c", 1) if stem.startswith("c-") else stem
        self._taken[stem] = self._taken.get(stem, 0) + 1
        return f"{stem}-{self._taken[stem]}"


_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def _plain(segment: str) -> str:
    """One segment in letters and figures."""
    if segment[0] in "¶•":
        return ("p" if segment[0] == "¶" else "b") + segment[1:]
    if segment in _CIRCLED:
        return str(_CIRCLED.index(segment) + 1)
    inner = re.sub(r"^第|[编章节条款项]$|部分$|[()]", "", segment)
    if inner.isascii():
        return inner.replace(".", "-").lower()
    try:
        return str(clause_number(inner))
    except ValueError:
        return "x"


# ── what a draft of terms is made from ───────────────────────────────────────────────────────────────────────────


@dataclass
class Desk:
    """草案台: what every term needs while it is written: the paper's money, the ids, and the parameters that grew."""

    consideration: Consideration
    ids: Ids
    price: Money | None
    says: Callable[[str], str]
    known: Callable[[ClauseRef], ClauseRef]
    parameters: list[Raw] = field(default_factory=list)
    grades: str | None = None
    #: instalments that became payments, and the term of each
    paid: dict[int, str] = field(default_factory=dict)
    #: open matters met on the way: instalments without a share and the like, as (term id, clause, words)
    open: list[tuple[str, ClauseRef, str]] = field(default_factory=list)


def terms(candidates: Sequence[Candidate], desk: Desk) -> list[Raw]:
    """The raw terms of the candidates, in their order. The grade table comes first to be named by the tail."""
    named = [(desk.ids.of(desk.known(one.clause)), one) for one in candidates]
    for name, one in named:
        if one.kind is TermKind.GRADE_CAP and desk.grades is None:
            desk.grades = name
    out = [_term(name, one, desk) for name, one in named]
    _settle_pointers(out)
    return out


def _term(name: str, one: Candidate, desk: Desk) -> Raw:
    kind = one.kind
    if kind is TermKind.PAYMENT and _is_unpriced(name, one, desk):
        kind = TermKind.DUTY
    body = _WRITERS[kind](name, one, desk)
    home = desk.known(one.clause)
    cited = [str(home)]
    if home.row is not None:
        cited.append(str(home.clause))
    raw: Raw = {
        "id": name,
        "kind": kind.value,
        "clauses": cited,
        "debtor": one.debtor.value,
        "says": _says(one, desk),
        **body,
    }
    if one.survives:
        raw["survives"] = True
    return raw


def _says(one: Candidate, desk: Desk) -> str:
    """The act in few words, with who owes it and what starts it; personal data starred out."""
    act = re.sub(r"\s+", "", desk.says(one.act))
    if one.kind is TermKind.DELIVERABLE and one.item:
        act = f"提交{_short(desk.says(one.item))}：{act}"
    trigger = re.sub(r"\s+", "", desk.says(one.trigger))
    text = f"{trigger}，{act}" if trigger and trigger not in act else act
    if _WHO[one.debtor] not in text[:_NEAR]:
        text = f"{_WHO[one.debtor]}：{text}"
    return text if len(text) <= _LONGEST_SAYS else text[: _LONGEST_SAYS - 1] + "…"


_NEAR = 30

# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _kind_of(event: str) -> str:
    return event.partition("[")[0]


def _event(wanted: str, name: str, role: str) -> str:
    """A known kind of fact or anchor as it is; else an event under a name of the term's own."""
    if wanted in set(Anchor) or _kind_of(wanted) in KINDS:
        return wanted
    return f"event.occurred[event={name}-{role}]"


def _performed(name: str, wanted: str = "") -> str:
    return wanted if _kind_of(wanted) in KINDS else f"duty.performed[term={name}]"


def _span(limit: TimeWord | None) -> str | None:
    if limit is None or limit.value is None or limit.unit is None:
        return None
    return f"{limit.value} {limit.unit.value}"


def _is_clock(limit: TimeWord | None) -> bool:
    return limit is not None and limit.unit is not None and limit.unit.is_clock


#: words that ask for minutes; every other vague word is measured in working days until somebody agrees otherwise
_AT_ONCE = re.compile(r"立即|立刻|第一时间|实时|随时|即时|马上|迅速|短时间")


def _open_time(name: str, one: Candidate, word: str, desk: Desk) -> str:
    """A parameter for a time that the paper leaves open."""
    parameter = f"{name}-time"
    desk.parameters.append(
        {
            "id": parameter,
            "clauses": [str(desk.known(one.clause))],
            "says": f"“{word}”的时限：{_says(one, desk)}"[:_LONGEST_SAYS],
            "unit": (Unit.MINUTES if _AT_ONCE.search(word) else Unit.WORKING_DAYS).value,
            "owner": Party.BOTH.value,
            "source": "双方书面约定",
            "terms": [name],
        }
    )
    return f"param:{parameter}"


_SET_BY_SOMEBODY = re.compile(r"(?:规定|指定|要求|限定|约定|合理)的?(?:时间|期限|宽限期)内?")


# ── one writer for each kind ─────────────────────────────────────────────────────────────────────────────────────


def _deadline_after(name: str, one: Candidate, _desk: Desk) -> Raw:
    trigger = _event(one.event, name, "begins")
    return {
        "triggers": [trigger],
        "done": [_performed(name, one.done)],
        "within": _span(one.limit),
    }


def _deadline_before(name: str, one: Candidate, _desk: Desk) -> Raw:
    limit = one.limit
    within = None if _is_clock(limit) else _span(limit)
    body: Raw = {
        "anchor": _event(one.event, name, "day"),
        "done": [_performed(name, one.done)],
        "within": within,
    }
    if within is not None and limit is not None and limit.direction is Direction.WITHIN_LAST:
        body["window"] = True
    return body


def _recurring(name: str, one: Candidate, _desk: Desk) -> Raw:
    frequency = one.frequency
    every = frequency.every if frequency and frequency.every else Cycle.PERIOD
    times = frequency.times if frequency else None
    if (
        times is None
        and frequency is not None
        and frequency.every is not None
        and not frequency.word
    ):
        times = 1
    return {
        "every": every.value,
        "times": times if times is not None else one.count,
        "done": _performed(name, one.done),
    }


def _threshold(name: str, one: Candidate, _desk: Desk) -> Raw:
    bound = one.bound
    if bound is None or bound.value is None or bound.around_the_clock:
        return {"measure": {"judged": f"indicator.judged[indicator={name}]"}}
    known = {sign.value for sign in Operator}
    body: Raw = {
        "measure": {"reading": f"measure.taken[indicator={name}]", "field": "value"},
        "operator": bound.operator if bound.operator in known else Operator.AT_LEAST.value,
        "bound": str(bound.value),
    }
    if bound.unit.strip():
        body["unit"] = bound.unit.strip()
    return body


def _deliverable(name: str, one: Candidate, desk: Desk) -> Raw:
    body: Raw = {"name": _short(desk.says(one.item or one.act))}
    if _span(one.limit) and not _is_clock(one.limit):
        body["after"] = _event(one.event, name, "begins")
        body["within"] = _span(one.limit)
    elif one.event == Anchor.PERIOD_END.value:
        body["by"] = Anchor.PERIOD_END.value
    return body


_LONGEST_NAME = 30


def _short(text: str) -> str:
    plain = re.sub(r"[\s\[\],=]+", "", text)
    return plain[:_LONGEST_NAME] or "交付物"


def _prohibition(_name: str, _one: Candidate, _desk: Desk) -> Raw:
    return {}


def _staffing(_name: str, one: Candidate, desk: Desk) -> Raw:
    return {"post": _short(desk.says(one.item)), "count": one.count}


def _entitlement(_name: str, one: Candidate, desk: Desk) -> Raw:
    unit = "份" if "份" in one.act else "项"
    return {"item": _short(desk.says(one.item)), "quantity": one.count, "unit": unit}


_SET_OFF = re.compile(r"扣除|抵扣|扣减|冲抵")


def _permission(_name: str, one: Candidate, _desk: Desk) -> Raw:
    body: Raw = {}
    if one.event and _kind_of(one.event) in KINDS:
        body["opens"] = one.event
    if _SET_OFF.search(one.act):
        body["set_off"] = True
    return body


def _duty(name: str, one: Candidate, desk: Desk) -> Raw:
    word = one.limit.word if one.limit and one.limit.word else ""
    found = _SET_BY_SOMEBODY.search(f"{one.trigger}{one.act}")
    body: Raw = {"done": _performed(name)}
    if one.trigger:
        event = _event(one.event, name, "begins")
        body["trigger"] = (
            event if event not in set(Anchor) else f"event.occurred[event={name}-begins]"
        )
    if word:
        body["promptly"] = word
    if word or found:
        body.setdefault("trigger", f"event.occurred[event={name}-begins]")
        body["within"] = _open_time(name, one, word or (found[0] if found else ""), desk)
    return body


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _at(span: Span, spans: Sequence[Span]) -> bool:
    return any(
        one.element == span.element and one.cell == span.cell and one.start == span.start
        for one in spans
    )


def _payment(name: str, one: Candidate, desk: Desk) -> Raw:
    found = _found(one, desk)
    if found is None or one.debtor is Party.SUPPLIER:
        return {
            "instalment": 0,
            "amount": "all_paid",
            "conditions": ["contract.rescinded"],
            "invoice": False,
            "within": None if _is_clock(one.limit) else _span(one.limit),
        }
    within = None if _is_clock(found.within) else _span(found.within)
    return {
        "instalment": found.number,
        "amount": _amount(found, desk),
        "conditions": _conditions(name, found),
        "invoice": found.invoice,
        "within": within,
    }


def _found(one: Candidate, desk: Desk) -> Instalment | None:
    """The instalment that was read there; several of one sentence (共四次) are told by their number."""
    here = [i for i in desk.consideration.instalments if _at(i.span, one.spans)]
    return next((i for i in here if i.number == one.count), next(iter(here), None))


def _is_unpriced(name: str, one: Candidate, desk: Desk) -> bool:
    """An instalment whose share cannot be told is a duty with a doubt; no share is made up for it."""
    if one.debtor is Party.SUPPLIER:
        return False
    found = _found(one, desk)
    if found is None:
        return True
    if found.number in desk.paid:
        desk.open.append((name, one.clause, f"第 {found.number} 期付款写了两处"))
        return True
    if _amount(found, desk) is None:
        desk.open.append((name, one.clause, f"第 {found.number} 期付款的比例没有写明或读不出来"))
        return True
    desk.paid[found.number] = name
    return False


def _amount(found: Instalment, desk: Desk) -> Any:
    rate = found.rate
    if rate is None and found.remainder:
        if desk.grades is not None:
            return {"remainder": desk.grades}
        others = [i.rate for i in desk.consideration.instalments if i.number != found.number]
        known = [one for one in others if one is not None]
        if len(known) == len(others) and (rest := 1 - sum(known, Fraction(0))) > 0:
            rate = rest
    share = percent(rate) if rate is not None else None
    if share is None or rate is None:
        return None
    amount: Raw = {"share": share}
    stated = found.figures
    if stated is not None and desk.price is not None:
        exact = Fraction(desk.price.fen) * rate
        if abs(exact - stated.fen) * 2 <= 1:
            amount["stated"] = fen(stated)
    return amount


_OF_ONE_INSTALMENT = frozenset({"treasury.released"})


def _conditions(name: str, found: Instalment) -> list[str]:
    """Every condition as an event; the invoice is a flag of its own."""
    out: list[str] = []
    for number, condition in enumerate(found.conditions, start=1):
        kind = _kind_of(condition.event)
        if kind == "invoice.received":
            continue
        if kind in _OF_ONE_INSTALMENT:
            out.append(f"{kind}[instalment={found.number}]")
        else:
            out.append(_event(condition.event, name, f"condition-{number}"))
    return [one for one in dict.fromkeys(out) if one not in set(Anchor)]


def _late_interest(_name: str, one: Candidate, desk: Desk) -> Raw:
    late: Interest | None = next(
        (i for i in desk.consideration.interest if _at(i.span, one.spans)), None
    )
    grace = late.grace if late else None
    cap = percent(late.cap) if late and late.cap is not None else None
    return {
        "instalments": sorted(desk.paid),
        "grace": (None if _is_clock(grace) else _span(grace)) or "0 calendar-days",
        "daily": (percent(late.daily) if late else None) or "0%",
        "cap": cap,
    }


_HEADS = {"gain": re.compile("gain|收益|所得"), "loss": re.compile("loss|损失")}


def _penalty(_name: str, one: Candidate, desk: Desk) -> Raw:
    found: Damage | None = next(
        (d for d in desk.consideration.damages if _at(d.span, one.spans)), None
    )
    if found is None:
        return {"loss": LossRule.ALONE.value}
    rate = percent(found.rate) if found.rate is not None and found.base is not None else None
    body: Raw = {
        "rate": rate,
        "base": (found.base or Base.PRICE).value,
        "loss": found.loss.value,
        "first": [
            head
            for head, pattern in _HEADS.items()
            if any(pattern.search(one) for one in found.alternatives)
        ],
    }
    if found.floor is not None:
        body["floor"] = fen(found.floor)
    if found.amount_in:
        body["amount_in"] = desk.says(found.amount_in)
    if cap := _CAP.fullmatch(found.cap.strip()):
        body["cap"] = cap[0].replace(" ", "")
    if found.points_to is not None:
        body["points_to"] = str(found.points_to)
    return body


_CAP = re.compile(r"\d{1,3}(?:\.\d{1,4})? ?%")


def _grade_cap(name: str, _one: Candidate, desk: Desk) -> Raw:
    grades = desk.consideration.grades if name == desk.grades else ()
    return {
        "grades": [
            {"name": desk.says(g.name), "rate": rate, "exact": g.exact}
            for g in grades
            if (rate := percent(g.rate)) is not None
        ]
    }


def _settle_pointers(out: list[Raw]) -> None:
    """A pointer to a clause that prices nothing, or that leads back, is left out: the release would be refused."""
    homes = {raw["clauses"][0]: raw for raw in out if raw["kind"] == TermKind.PENALTY.value}
    for raw in out:
        target = raw.get("points_to")
        if target is None:
            continue
        seen, at = {raw["clauses"][0]}, target
        while at in homes and at not in seen:
            seen.add(at)
            at = homes[at].get("points_to")
        if target not in homes or at in seen:
            del raw["points_to"]
            raw.setdefault("amount_in", target)


_WRITERS: Mapping[TermKind, Callable[[str, Candidate, Desk], Raw]] = {
    TermKind.DEADLINE_AFTER_EVENT: _deadline_after,
    TermKind.DEADLINE_BEFORE_DATE: _deadline_before,
    TermKind.RECURRING: _recurring,
    TermKind.THRESHOLD: _threshold,
    TermKind.DELIVERABLE: _deliverable,
    TermKind.PROHIBITION: _prohibition,
    TermKind.STAFFING: _staffing,
    TermKind.ENTITLEMENT: _entitlement,
    TermKind.PERMISSION: _permission,
    TermKind.PAYMENT: _payment,
    TermKind.LATE_INTEREST: _late_interest,
    TermKind.PENALTY: _penalty,
    TermKind.GRADE_CAP: _grade_cap,
    TermKind.DUTY: _duty,
}
