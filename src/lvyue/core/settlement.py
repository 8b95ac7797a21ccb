"""结算: what is paid, payable, late, claimed; every fen with its ladder.

Instalments are what the contract makes payable. Late interest accrues by its own clause and damages are claims: both
stand beside the payable sum, never inside it, because a person decides them. Alternatives wait for a choice; two sums
for one act are never added by the system.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lvyue.core.book import Book
from lvyue.core.calendar import Calendar, Pause, Pauses, deadline
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Severity
from lvyue.core.evaluation import Evaluation
from lvyue.core.facts import Fact, FactId
from lvyue.core.instalments import Instalment, PaymentState, equal_invoice
from lvyue.core.money import Money, Rounding
from lvyue.core.obligation import DAY
from lvyue.core.proof import Figure, Proof
from lvyue.core.release import Release
from lvyue.core.terms import Base, Event, LateInterest, LossRule, Party, Penalty


@dataclass(frozen=True, slots=True)
class Reading:
    """另一读法: the same clause read another way, shown beside the one used."""

    says: str
    start: date
    days: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class Interest:
    """逾期违约金: from the first bearing day to payment or the day of the statement, first day in, last day out."""

    term: LateInterest
    instalment: int
    start: date
    days: int
    overdue_days: int
    excused_days: int
    figure: Figure
    capped: bool
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """备选: one way a claim may be priced; None where its figure is not known."""

    name: str
    clause: str
    says: str
    figure: Figure | None


@dataclass(frozen=True, slots=True)
class Damages:
    """违约责任: one claim under one clause: the sum, or why there is none yet, the alternatives, and the missing steps."""

    clause: ClauseRef | None
    asked: str
    fact: FactId
    debtor: Party | None
    figure: Figure | None
    alternatives: tuple[Alternative, ...]
    needs: tuple[str, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Line:
    """结算行: a signed amount of the payable sum, its clause and its proof."""

    says: str
    amount: Money
    clause: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Settlement:
    """结算: instalments, refunds, interest, damages, and the lines that add up to what is payable now.

    ``payable`` is None when an instalment whose conditions have happened cannot be decided.
    """

    instalments: tuple[Instalment, ...]
    refunds: tuple[Instalment, ...]
    interest: tuple[Interest, ...]
    damages: tuple[Damages, ...]
    paid: Money
    payable: Money | None
    lines: tuple[Line, ...]


def settle(evaluation: Evaluation) -> Settlement:
    """The settlement of an evaluation, on the same prefix and day."""
    release, book = evaluation.release, evaluation.book
    mine = tuple(one for one in evaluation.instalments if one.term.debtor is Party.BUYER)
    refunds = tuple(one for one in evaluation.instalments if one.term.debtor is not Party.BUYER)
    interest = tuple(
        found
        for term in release.terms
        if isinstance(term, LateInterest)
        for one in mine
        if one.term.instalment in term.instalments
        if (found := _interest(term, one, book, evaluation.calendar)) is not None
    )
    paid = Money.total(Money(fact.data["amount_fen"]) for fact in book.all(Event("payment.made")))
    lines = tuple(_lines(mine, release, book))
    unknown = any(one.state is PaymentState.NOT_DECIDABLE and one.triggered for one in mine)
    payable = None if unknown else Money.total(line.amount for line in lines)
    return Settlement(mine, refunds, interest, tuple(_damages(release, book)), paid, payable, lines)


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines(instalments: Sequence[Instalment], release: Release, book: Book) -> Iterator[Line]:
    """What is due or late, less what was paid of it, less set-off that a clause allows."""
    left = Money.ZERO
    for one in instalments:
        if one.state not in (PaymentState.DUE, PaymentState.LATE) or one.amount is None:
            continue
        clause = str(one.term.clauses[0])
        yield Line(f"第{one.term.instalment}期应付", one.amount.money, clause, one.amount.proof)
        for fact in one.payments:
            paid = Money(fact.data["amount_fen"])
            proof = Proof(f"{fact.day} 付款 {paid}", str(paid.fen), facts=(fact.id,))
            yield Line(f"第{one.term.instalment}期已付", -paid, clause, proof)
        left += one.unpaid or Money.ZERO
    for fact in book.all(Event("setoff.demanded")):
        line = _set_off(fact, left, release)
        if line is not None:
            left += line.amount
            yield line


def _set_off(fact: Fact, left: Money, release: Release) -> Line | None:
    """抵扣: never more than what is payable; the remainder stays visible. A clause without the right takes nothing."""
    demanded = Money(fact.data["amount_fen"])
    ref = _resolved(release, fact.data["clause"])
    allowed = ref is not None and any(
        ref in term.clauses and "抵扣" in term.says for term in release.terms
    )
    if not allowed or not left:
        return None
    taken = min(demanded, left)
    rest = f"，余 {demanded - taken} 未抵" if taken != demanded else ""
    says = f"抵扣 {taken}（要求 {demanded}，文书 {fact.data['paper']}{rest}）"
    args = (str(demanded.fen), str(left.fen))
    return Line(
        says, -taken, str(ref), Proof(says, str(taken.fen), "min", args, (str(ref),), (fact.id,))
    )


def _resolved(release: Release, text: str) -> ClauseRef | None:
    try:
        return release.clauses.resolve(text)
    except (LookupError, ValueError):
        return None


# ── late interest ────────────────────────────────────────────────────────────────────────────────────────────────


def _interest(
    term: LateInterest, one: Instalment, book: Book, calendar: Calendar
) -> Interest | None:
    due = one.due_day
    if due is None or one.amount is None:
        return None
    end = min(one.settled_on or book.as_of, book.as_of)
    excuses = _excuses(one, due, book)
    excused = frozenset(
        first + n * DAY for first, last in excuses for n in range((last - first).days + 1)
    )
    pauses = Pauses(tuple(Pause.of_days(first, last, "免责事由") for first, last in excuses))
    start = deadline(due, term.grace, calendar, pauses=pauses).due_day
    clauses = tuple(str(clause) for clause in term.clauses)
    days, figure = _accrued(term, one, start, end, excused, f"自 {start} 起", clauses)
    if not days:
        return None
    capped = False
    if term.cap is not None:
        late = Figure.given(_balance(one, due), "迟延支付金额", *clauses)
        cap = late.times(term.cap, "累计上限", *clauses)
        capped = figure.money > cap.money
        figure = figure.at_most(cap, "不超过上限", *clauses)
    other_days, other = _accrued(term, one, due + DAY, end, excused, f"自 {due + DAY} 起", clauses)
    whole = Reading("宽限期满后自逾期之日起算", due + DAY, other_days, other)
    next_days, after = _accrued(
        term, one, start + DAY, end, excused, f"自 {start + DAY} 起", clauses
    )
    later = Reading("宽限期满次日起算", start + DAY, next_days, after)
    overdue = [due + n * DAY for n in range(1, (end - due).days + 1)]
    excused_days = sum(1 for day in overdue if day in excused)
    return Interest(
        term,
        one.term.instalment,
        start,
        days,
        len(overdue) - excused_days,
        excused_days,
        figure,
        capped,
        (whole, later),
    )


def _accrued(
    term: LateInterest,
    one: Instalment,
    start: date,
    end: date,
    excused: frozenset[date],
    says: str,
    clauses: tuple[str, ...],
) -> tuple[int, Figure]:
    """Days that bear interest in [start, end) and the sum over them of balance × daily rate, rounded once."""
    bearing = [
        d for d in (start + n * DAY for n in range(max((end - start).days, 0))) if d not in excused
    ]
    fen_days, days = 0, 0
    segments: list[str] = []
    run: tuple[Money, int] | None = None
    for day in bearing:
        balance = _balance(one, day)
        if not balance:
            continue
        fen_days += balance.fen
        days += 1
        run = (
            (balance, run[1] + 1)
            if run is not None and run[0] == balance
            else _closed(run, segments, balance)
        )
    if run is not None:
        segments.append(f"{run[0]} × {run[1]} 天")
    money = Money(Rounding.HALF_UP.whole(fen_days * term.daily.value))
    rate = term.daily.value
    proof = Proof(
        f"{money} = {term.daily}/日 × （{' + '.join(segments) or '0 天'}）  {says}，算头不算尾，四舍五入到分",
        str(money.fen),
        "times",
        (str(fen_days), f"{rate.numerator}/{rate.denominator}", "half_up"),
        clauses,
        one.facts,
    )
    return days, Figure(money, proof)


def _closed(
    run: tuple[Money, int] | None, segments: list[str], balance: Money
) -> tuple[Money, int]:
    if run is not None:
        segments.append(f"{run[0]} × {run[1]} 天")
    return balance, 1


def _balance(one: Instalment, day: date) -> Money:
    """What is still unpaid during a day; a payment ends interest on its own day."""
    if one.amount is None:
        return Money.ZERO
    paid = Money.total(Money(fact.data["amount_fen"]) for fact in one.payments if fact.day <= day)
    return max(one.amount.money - paid, Money.ZERO)


def _excuses(one: Instalment, due: date, book: Book) -> tuple[tuple[date, date], ...]:
    """Excused intervals, inclusive: each with its own paper; and the days an invoice came after the due day."""
    mine = (("instalment", one.term.instalment),)
    spans = [
        (fact.day, min(date.fromisoformat(fact.data["until"]), book.as_of))
        for fact in book.all(Event("payment.excused", mine))
    ]
    if not one.term.invoice:
        handed_over = equal_invoice(one.term.instalment, one.amount, book)
        if handed_over is not None and handed_over.day > due:
            spans.append((due + DAY, handed_over.day))
    return tuple(spans)


# ── damages ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Claim:
    fact: Fact
    loss: Figure | None
    gain: Figure | None
    failed: bool


def _damages(release: Release, book: Book) -> Iterator[Damages]:
    chosen = {fact.data["clause"]: fact for fact in book.all(Event("damages.chosen"))}
    for fact in book.all(Event("damages.claimed")):
        asked = fact.data["clause"]
        ref = _resolved(release, asked)
        terms = _penalties(release, ref)
        if ref is None or not terms:
            says = f"“{asked}”没有约定违约责任" if ref is not None else f"合同中找不到“{asked}”"
            yield Damages(
                ref,
                asked,
                fact.id,
                None,
                None,
                (),
                ("请核对依据条款",),
                Proof(says, facts=(fact.id,)),
            )
            continue
        claim = _Claim(
            fact,
            _stated(fact, "loss_fen", "损失"),
            _stated(fact, "gain_fen", "违约所得"),
            _failed(fact),
        )
        choice = chosen.get(asked) or chosen.get(str(ref))
        term, *others = terms
        several = [_price(one, claim, release, book) for one in terms]
        priced = _chosen(_either(terms, several) if others else several[0], choice)
        yield priced
        if (
            term.loss is LossRule.EXCESS
            and term.excess is not None
            and priced.figure
            and claim.loss
        ):
            yield _excess(term, priced.figure, claim.loss, fact)


def _penalties(release: Release, ref: ClauseRef | None) -> list[Penalty]:
    """The penalties whose home is this clause; else those that rest on it; else the only one that stands below it."""
    if ref is None:
        return []
    home = [term for term in release.penalties if term.clauses[0] == ref]
    resting = [term for term in release.penalties if ref in term.clauses]
    below = [term for term in release.penalties if ref in _above(term.clauses[0])]
    return home or resting[:1] or (below if len(below) == 1 else [])


def _above(ref: ClauseRef) -> Iterator[ClauseRef]:
    parent = ref.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _stated(fact: Fact, name: str, says: str) -> Figure | None:
    fen = fact.data.get(name)
    return None if fen is None else Figure.given(Money(fen), says, facts=(fact.id,))


def _failed(fact: Fact) -> bool:
    return bool(fact.data.get("negotiation_failed", False))


def _price(term: Penalty, claim: _Claim, release: Release, book: Book) -> Damages:
    """The ladder of one clause: heads to agree on, rate of a base, floor, loss, cap, rivals; each step with its clause."""
    clauses = tuple(str(clause) for clause in term.clauses)
    home = clauses[0]
    needs = [*term.needs]
    alternatives: list[Alternative] = []
    figure = _agreed_sum(term, release, book, clauses)
    if term.amount_in is not None:
        figure = None
        needs.append(f"提供{term.amount_in}：违约金数额写在其中")
        if term.floor is not None:
            floor = Figure.given(term.floor, "数额不足时的下限", *clauses)
            alternatives.append(Alternative("floor", home, "至少不低于", floor))
    if term.points_to is not None:
        target = next(iter(_penalties(release, term.points_to)), None)
        if target is None:
            needs.append(f"查明所指条款 {term.points_to}")
        else:
            pointed = _price(target, claim, release, book)
            figure = _floored(pointed.figure, term, clauses)
            needs += [need for need in pointed.needs if need not in needs]
            alternatives += [
                replace(one, figure=_floored(one.figure, term, clauses))
                for one in pointed.alternatives
            ]
    if term.first:
        alternatives += _heads(term, claim, figure, home)
        if not claim.failed:
            figure = None
            needs.append("就违约所得或损失达成一致，或提供协商未成的记录")
    figure = _with_loss(term, figure, claim, clauses, needs)
    if figure is not None and term.cap is not None:
        cap = Figure.given(release.price, "合同价款", str(release.price_clause)).times(
            term.cap, "封顶", *clauses
        )
        figure = figure.at_most(cap, "封顶", *clauses)
    if term.rivals:
        alternatives.insert(0, Alternative(home, home, "按本条", figure))
        alternatives += _rivals(term, claim, release, book)
        figure = None
        needs.append("数条并存而没有优先规则：须由有权一方书面选择")
    blocks = [
        d
        for d in term.doubts
        if release.doubt_by_id[d].severity is Severity.BLOCK and d not in book.settled()
    ]
    inputs = tuple(one.proof for one in (figure,) if one is not None)
    lost = tuple(one.figure.proof for one in alternatives if one.figure is not None)
    says = f"{home}：{figure.money}" if figure is not None else f"{home}：金额无法确定"
    proof = Proof(says, "" if figure is None else str(figure.money.fen), clauses=clauses, facts=(claim.fact.id,),
                  inputs=inputs or lost, doubts=tuple(blocks))  # fmt: skip
    return Damages(
        term.clauses[0], claim.fact.data["clause"], claim.fact.id, term.debtor, figure, tuple(alternatives),
        tuple(dict.fromkeys(needs)), proof,
    )  # fmt: skip


def _either(terms: Sequence[Penalty], priced: Sequence[Damages]) -> Damages:
    """One clause with several consequences: none is taken for the other, and none are added."""
    ways = tuple(
        Alternative(term.id, str(term.clauses[0]), term.says, one.figure)
        for term, one in zip(terms, priced, strict=True)
    )
    needs = tuple(dict.fromkeys(need for one in priced for need in one.needs))
    says = f"{priced[0].clause}：本条有 {len(ways)} 种后果，须书面选择"
    proof = replace(priced[0].proof, says=says, value="", inputs=tuple(one.proof for one in priced))
    return replace(
        priced[0], figure=None, alternatives=ways, needs=(*needs, "写明主张哪一种后果"), proof=proof
    )


def _agreed_sum(
    term: Penalty, release: Release, book: Book, clauses: tuple[str, ...]
) -> Figure | None:
    if term.rate is None:
        return None
    base = Figure.given(release.price, "合同价款", str(release.price_clause))
    if term.base is Base.PAID:
        made = book.all(Event("payment.made"))
        paid = Money.total(Money(fact.data["amount_fen"]) for fact in made)
        base = Figure.given(paid, "已付款项", facts=tuple(fact.id for fact in made))
    return _floored(base.times(term.rate, "违约金", *clauses), term, clauses)


def _floored(figure: Figure | None, term: Penalty, clauses: tuple[str, ...]) -> Figure | None:
    if figure is None or term.floor is None:
        return figure
    return figure.at_least(Figure.given(term.floor, "下限", *clauses), "不足下限的按下限", *clauses)


def _heads(term: Penalty, claim: _Claim, fallback: Figure | None, home: str) -> list[Alternative]:
    given = {"gain": ("违约所得", claim.gain), "loss": ("所受损失", claim.loss)}
    heads = [
        Alternative(head, home, f"双方就{given[head][0]}达成一致", given[head][1])
        for head in term.first
    ]
    return [*heads, Alternative("fallback", home, "协商未成时的违约金", fallback)]


def _with_loss(
    term: Penalty, figure: Figure | None, claim: _Claim, clauses: tuple[str, ...], needs: list[str]
) -> Figure | None:
    loss = claim.loss
    match term.loss:
        case LossRule.NONE | LossRule.EXCESS:
            return figure
        case LossRule.ADDED:
            if loss is None:
                needs.append("主张损失的，提供损失证明")
                return figure
            return None if figure is None else figure.plus(loss, "另赔损失", *clauses)
        case LossRule.TOPPED_UP:
            if loss is None or figure is None:
                return figure
            return figure.at_least(loss, "违约金不足以弥补损失的，补足", *clauses)
        case LossRule.ALONE:
            if loss is None:
                needs.append("损失证明")
            return loss
        case LossRule.BEYOND:
            needs.append("指明不足以弥补损失的那项违约金")
            return None


def _rivals(term: Penalty, claim: _Claim, release: Release, book: Book) -> Iterator[Alternative]:
    for ref in term.rivals:
        rival = next(iter(_penalties(release, ref)), None)
        priced = (
            _price(replace(rival, rivals=()), claim, release, book) if rival is not None else None
        )
        says = rival.says if rival is not None else "没有金额"
        yield Alternative(str(ref), str(ref), says, priced.figure if priced is not None else None)


def _chosen(priced: Damages, choice: Fact | None) -> Damages:
    """A written choice turns one alternative into the sum; the others stay in the proof as rejected."""
    if choice is None or not priced.alternatives:
        return priced
    wanted = choice.data["alternative"]
    picked = next((one for one in priced.alternatives if wanted in (one.name, one.clause)), None)
    if picked is None:
        names = "、".join(one.name for one in priced.alternatives)
        return replace(priced, needs=(*priced.needs, f"选择“{wanted}”不在备选（{names}）之中"))
    proof = replace(priced.proof, facts=(*priced.proof.facts, choice.id))
    return replace(priced, figure=picked.figure, proof=proof)


def _excess(term: Penalty, agreed: Figure, loss: Figure, fact: Fact) -> Damages:
    """超过部分: loss beyond the agreed sum, as a head of its own under the clause that grants it."""
    clause = str(term.excess)
    zero = Figure.given(Money.ZERO, "没有超过部分")
    figure = loss.minus(agreed, "损失减违约金", clause).at_least(zero, "超过部分", clause)
    proof = Proof(f"{clause}：{figure.money}", str(figure.money.fen), clauses=(clause,), facts=(fact.id,),
                  inputs=(figure.proof,))  # fmt: skip
    return Damages(
        term.excess, clause, fact.id, term.debtor, figure, (), ("分项损失的凭证",), proof
    )


__all__ = ["Alternative", "Damages", "Interest", "Line", "Reading", "Settlement", "settle"]
