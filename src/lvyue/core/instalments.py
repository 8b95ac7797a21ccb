"""期次: what an instalment amounts to, what it waits for, when it is due, and what has been paid of it.

Conditions are events with papers, all joined; the clock starts from the latest. An invoice that differs by one fen
starts nothing. Money that cannot be known is None, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from lvyue.core.book import Book
from lvyue.core.calendar import Calendar, Deadline, Span, Step, deadline
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity
from lvyue.core.facts import Fact, FactId, kind_zh
from lvyue.core.grades import final_price
from lvyue.core.money import Money
from lvyue.core.proof import Figure, Proof, RangeClaim
from lvyue.core.release import Release, blocks_of
from lvyue.core.terms import AllPaid, Event, GradeCap, Party, Payment, Remainder, Share
from lvyue.core.versions import InForce, on_day, wordings


class PaymentState(StrEnum):
    """付款状态."""

    NOT_TRIGGERED = "not_triggered"
    DUE = "due"
    LATE = "late"
    PAID = "paid"
    NOT_DECIDABLE = "not_decidable"

    @property
    def zh(self) -> str:
        return {
            "not_triggered": "未触发",
            "due": "应付",
            "late": "逾期未付",
            "paid": "已付清",
            "not_decidable": "无法判定",
        }[self.value]


@dataclass(frozen=True, slots=True)
class SetOff:
    """抵扣: what one demand takes out of an instalment, and the clause that allows it."""

    fact: Fact
    taken: Money
    clause: str
    day: date

    @property
    def proof(self) -> Proof:
        demanded = Money(self.fact.data["amount_fen"])
        rest = f"，余 {demanded - self.taken} 未抵" if demanded != self.taken else ""
        paper = self.fact.data["paper"]
        says = f"抵扣 {self.taken}（{self.fact.day} 要求 {demanded}，文书 {paper}{rest}）"
        return Proof(says, str(self.taken.fen), clauses=(self.clause,), facts=(self.fact.id,))


@dataclass(frozen=True, slots=True)
class Instalment:
    """期次: amount (None: not known), upper limit (None: not known), due, state, what was paid, and why.

    ``triggered``: every condition but the invoice has happened. ``release`` is the digest of the version that governs
    it, empty for the newest.
    """

    term: Payment
    state: PaymentState
    amount: Figure | None
    upper: Figure | None
    due: Deadline | None
    paid: Money
    payments: tuple[Fact, ...]
    set_off: tuple[SetOff, ...]
    settled_on: date | None
    triggered: bool
    waits_for: tuple[str, ...]
    invoices: tuple[Fact, ...]
    facts: tuple[FactId, ...]
    doubts: tuple[str, ...]
    raised: tuple[Doubt, ...]
    because: str
    release: str = ""

    @property
    def due_day(self) -> date | None:
        return None if self.due is None else self.due.due_day

    @property
    def unpaid(self) -> Money | None:
        return None if self.amount is None else self.left_on(date.max)

    def left_on(self, day: date) -> Money:
        """What is neither paid nor set off at the end of a day; nothing while the amount is not known."""
        if self.amount is None:
            return Money.ZERO
        paid = Money.total(
            Money(fact.data["amount_fen"]) for fact in self.payments if fact.day <= day
        )
        off = Money.total(one.taken for one in self.set_off if one.day <= day)
        return max(self.amount.money - paid - off, Money.ZERO)

    def absent(self, size: int, as_of: date) -> tuple[RangeClaim, ...]:
        """Absence of what the instalment waits for; invoices that do not equal the amount are named."""
        unequal = tuple(fact.id for fact in self.invoices)
        return tuple(
            RangeClaim(
                event,
                None,
                as_of.isoformat(),
                size,
                None,
                unequal if event.startswith("invoice.") else (),
            )
            for event in self.waits_for
        )

    def proof(self, size: int, as_of: date) -> Proof:
        """Amount, conditions, clock and payments of this instalment as one tree."""
        inputs: list[Proof] = []
        if self.amount is not None:
            inputs.append(self.amount.proof)
        elif self.upper is not None:
            inputs.append(Proof(f"金额未定，上限 {self.upper.money}", inputs=(self.upper.proof,)))
        if self.due is not None:
            inputs.append(deadline_proof(self.due))
        inputs += [
            Proof(f"{fact.day} 付款 {Money(fact.data['amount_fen'])}", facts=(fact.id,))
            for fact in self.payments
        ]
        inputs += [one.proof for one in self.set_off]
        return Proof(
            self.because,
            self.state.value,
            clauses=tuple(str(clause) for clause in self.term.clauses),
            facts=self.facts,
            inputs=tuple(inputs),
            absent=self.absent(size, as_of),
            doubts=self.doubts + tuple(str(doubt) for doubt in self.raised),
        )


class _SetOffs:
    """Demands of set-off that a clause allows, handed out to instalments in order until each is used up."""

    def __init__(self, versions: Sequence[InForce], book: Book) -> None:
        self._left: list[tuple[Fact, Money, str]] = []
        for fact in book.all(Event("setoff.demanded")):
            release = on_day(versions, fact.day).release
            ref = release.clause_named(fact.data["clause"])
            if ref in release.set_off_clauses:
                self._left.append((fact, Money(fact.data["amount_fen"]), str(ref)))

    def take(self, unpaid: Money, payable_from: date) -> tuple[SetOff, ...]:
        """As much of the demands as an unpaid sum can bear, not before the sum became payable."""
        taken: list[SetOff] = []
        still: list[tuple[Fact, Money, str]] = []
        for fact, demanded, clause in self._left:
            part = min(demanded, unpaid)
            unpaid -= part
            if part:
                taken.append(SetOff(fact, part, clause, max(fact.day, payable_from)))
            if demanded != part:
                still.append((fact, demanded - part, clause))
        self._left = still
        return tuple(taken)


def deadline_proof(due: Deadline) -> Proof:
    """A deadline with each counted day, the strict date and what the statutory roll-over did to it."""
    marks = "（暂定：所涉年份的放假通知尚未发布）" if due.provisional else ""
    rolled = f"；严格日期 {due.strict}，按民法典第二百零三条顺延" if due.strict != due.due else ""
    return Proof(
        f"自 {due.start} 起{'前推' if due.before else ''} {due.span.chinese} → {due.due}{rolled}{marks}",
        str(due.due),
        "before" if due.before else "deadline",
        (str(due.start), str(due.span)),
        inputs=tuple(_step_proof(step) for step in due.steps),
    )


def _step_proof(step: Step) -> Proof:
    counted = f"第 {step.counted}" if step.counted is not None else "不计"
    return Proof(
        f"{step.day}  {step.kind.chinese}  {counted}" + (f"  {step.note}" if step.note else "")
    )


@dataclass(frozen=True, slots=True)
class _Condition:
    wanted: str
    fact: Fact | None


def reckon(versions: Sequence[InForce], book: Book, calendar: Calendar) -> tuple[Instalment, ...]:
    """Every payment term of a contract, buyer's instalments first by number, then refunds."""
    settled = book.settled()
    amounts: dict[int, Figure] = {}
    out: list[Instalment] = []
    offs = _SetOffs(versions, book)
    for options in _payments_over_time(versions):
        one = _governing(options, book, amounts)
        if one is None:
            continue
        if one.amount is not None and one.term.debtor is Party.BUYER:
            amounts[one.term.instalment] = one.amount
        mine = offs if one.term.debtor is Party.BUYER else None
        found = _instalment(one, book, calendar, settled, mine)
        newest = one.release is versions[-1].release
        out.append(found if newest else replace(found, release=one.release.digest))
    return tuple(out)


def _payments_over_time(versions: Sequence[InForce]) -> list[tuple[_Wording, ...]]:
    """The wordings of each payment; buyer's instalments by number, then refunds in the order of the paper."""
    if len(versions) == 1:
        version = versions[0]
        payments = version.release.payments
        refunds = [
            t for t in version.release.governing if isinstance(t, Payment) and t not in payments
        ]
        return [(_Wording(version, term),) for term in (*payments, *refunds)]
    found = []
    for one in wordings(versions):
        governing = tuple(
            _Wording(version, term)
            for version, term in one
            if isinstance(term, Payment) and term.id not in version.release.overruled
        )
        if governing:
            found.append(governing)
    return sorted(found, key=_place)


def _place(one: Sequence[_Wording]) -> tuple[bool, int]:
    term = one[-1].term
    refund = term.debtor is not Party.BUYER
    return refund, 0 if refund else term.instalment


class _Wording(NamedTuple):
    """写法: a payment as it stood for a while."""

    version: InForce
    term: Payment


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """A payment as one version has it: its amount, and the clock that its conditions start."""

    version: InForce
    term: Payment
    amount: Figure | None
    upper: Figure | None
    raised: tuple[Doubt, ...]
    clock: _Clock

    @property
    def release(self) -> Release:
        return self.version.release


@dataclass(frozen=True, slots=True)
class _Clock:
    """``ready``: every condition has happened, the invoice too where it is one; ``start``: on which day the last did."""

    conditions: tuple[_Condition, ...]
    invoice: Fact | None
    doubts: tuple[Doubt, ...]
    all_met: bool
    ready: bool
    start: date | None


def _governing(
    options: Sequence[_Wording], book: Book, earlier: Mapping[int, Figure]
) -> _Reckoned | None:
    """The first version under which all was complete while it was in force, else the last; None: removed before it was.

    What a supplement changes does not touch an instalment that was complete before; and where only the new wording is
    complete, its clock does not start before the supplement takes effect.
    """
    for wording in options:
        one = _reckoned(wording, book, earlier)
        until = wording.version.until
        if until is None:
            since = wording.version.since
            if since is not None and one.clock.start is not None:
                start = max(one.clock.start, since)
                return replace(one, clock=replace(one.clock, start=start))
            return one
        if one.clock.ready and one.clock.start is not None and one.clock.start < until:
            return one
    return None


def _reckoned(wording: _Wording, book: Book, earlier: Mapping[int, Figure]) -> _Reckoned:
    version, term = wording
    amount, upper, raised = _amount(term, version.release, book, earlier)
    return _Reckoned(version, term, amount, upper, raised, _clock(term, amount, book))


def _clock(term: Payment, amount: Figure | None, book: Book) -> _Clock:
    conditions = tuple(_Condition(str(event), book.first(event)) for event in term.conditions)
    invoice, doubts = _invoice(term, amount, book)
    all_met = all(condition.fact is not None for condition in conditions)
    days = [one.fact.day for one in conditions if one.fact is not None]
    days += [invoice.day] if invoice is not None else []
    ready = all_met and (invoice is not None or not term.invoice)
    return _Clock(conditions, invoice, doubts, all_met, ready, max(days, default=None))


def _amount(
    term: Payment, release: Release, book: Book, earlier: Mapping[int, Figure]
) -> tuple[Figure | None, Figure | None, tuple[Doubt, ...]]:
    clauses = tuple(str(clause) for clause in term.clauses)
    match term.amount:
        case Share(rate=rate):
            price = Figure.given(release.price, "合同价款", str(release.price_clause))
            share = price.times(rate, f"第{term.instalment}期", *clauses)
            return share, share, ()
        case Remainder(grades=grades):
            table = release.term_by_id[grades]
            if not isinstance(table, GradeCap):
                raise TypeError(grades)
            final = final_price(table, release, book)
            return (
                _remainder(final.exact, earlier, clauses),
                _remainder(final.limit, earlier, clauses),
                (*final.doubts, *_below(final.exact, earlier, clauses)),
            )
        case AllPaid():
            made = book.all(Event("payment.made"))
            paid = Money.total(Money(fact.data["amount_fen"]) for fact in made)
            figure = Figure.given(
                paid, "已付款项合计", *clauses, facts=tuple(fact.id for fact in made)
            )
            return figure, figure, ()


def _remainder(
    final: Figure | None, earlier: Mapping[int, Figure], clauses: tuple[str, ...]
) -> Figure | None:
    """The final price less the earlier instalments, and never less than nothing."""
    if final is None:
        return None
    for number in sorted(earlier):
        final = final.minus(earlier[number], f"减第{number}期", *clauses)
    if final.money < Money.ZERO:
        return final.at_least(Figure.given(Money.ZERO, "没有尾款"), "前期已超过最终总价", *clauses)
    return final


def _below(
    final: Figure | None, earlier: Mapping[int, Figure], clauses: tuple[str, ...]
) -> tuple[Doubt, ...]:
    """A doubt where the final price is less than the earlier instalments: what is too much goes back, it is no tail."""
    before = Money.total(figure.money for figure in earlier.values())
    if final is None or final.money >= before:
        return ()
    says = f"最终总价 {final.money} 低于前期应付 {before}，多出 {before - final.money}。"
    return (_raised(f"below:{clauses[0]}", clauses, says, "请双方书面约定返还，或更正商定比例。"),)


def _raised(name: str, places: tuple[str, ...], says: str, mend: str) -> Doubt:
    return Doubt(
        id=DoubtId(name),
        kind=DoubtKind.MISMATCH,
        severity=Severity.CONFIRM,
        places=places,
        says=says,
        mend=mend,
    )


def _uninvoiced(
    term: Payment, amount: Figure | None, due: Deadline | None, book: Book
) -> tuple[Doubt, ...]:
    """Where an invoice is no condition but an excuse: say that there is no equal one on record."""
    if term.invoice or due is None or term.debtor is not Party.BUYER:
        return ()
    if equal_invoice(term.instalment, amount, book) is not None:
        return ()
    says = f"第{term.instalment}期没有等额发票的记录；未及时开票的，甲方可以缓付。"
    place = str(term.clauses[0])
    return (
        _raised(f"uninvoiced:{term.instalment}", (place,), says, "请补记发票，或记录缓付的事由。"),
    )


def _instalment(  # one instalment has many faces; each is named once here
    one: _Reckoned,
    book: Book,
    calendar: Calendar,
    settled: frozenset[str],
    offs: _SetOffs | None,
) -> Instalment:
    term, release, amount, clock = one.term, one.release, one.amount, one.clock
    ready, start = clock.ready, clock.start
    blank = isinstance(term.amount, Remainder) and _table_blank(term.amount, release, settled)
    span = _span(term, book, start)
    due = (
        deadline(start, span, calendar)
        if ready and start is not None and span is not None
        else None
    )
    payments = _payments(term, book)
    paid = Money.total(Money(fact.data["amount_fen"]) for fact in payments)
    set_off: tuple[SetOff, ...] = ()
    if ready and amount is not None and offs is not None:
        set_off = offs.take(max(amount.money - paid, Money.ZERO), start or book.as_of)
    settled_on = _settled_on(amount, payments, set_off)
    doubts = [d for d in term.doubts if d not in settled]
    state = _state(
        book.as_of,
        amount,
        due,
        settled_on,
        ready=ready,
        all_met=clock.all_met,
        blank=blank,
        doubted=bool(blocks_of(term, release, settled)),
    )
    waits = [c.wanted for c in clock.conditions if c.fact is None]
    if term.invoice and clock.invoice is None:
        waits.append(f"invoice.received[instalment={term.instalment}]")
    facts = [c.fact.id for c in clock.conditions if c.fact is not None]
    facts += [clock.invoice.id] if clock.invoice is not None else []
    if term.invoice:  # a refusal decides which invoice starts the clock, or that none does
        mine = (("instalment", term.instalment),)
        facts += [fact.id for fact in book.all(Event("invoice.refused", mine))]
    facts += [fact.id for fact in payments]
    facts += [off.fact.id for off in set_off]
    instalment = Instalment(
        term=term,
        state=state,
        amount=amount,
        upper=one.upper,
        due=due,
        paid=paid,
        payments=payments,
        set_off=set_off,
        settled_on=settled_on,
        triggered=clock.all_met,
        waits_for=tuple(waits),
        invoices=tuple(book.all(Event("invoice.received", (("instalment", term.instalment),)))),
        facts=tuple(facts),
        doubts=tuple(d for d in doubts if release.doubt_by_id[d].severity is not Severity.NOTE),
        raised=(
            *one.raised,
            *clock.doubts,
            *_overpaid(term, amount, paid, payments),
            *_uninvoiced(term, amount, due, book),
        ),
        because="",
    )
    return replace(instalment, because=_words(instalment, span))


def _table_blank(amount: Remainder, release: Release, settled: frozenset[str]) -> bool:
    """Whether the table of grades is empty, or a doubt stops it."""
    table = release.term_by_id[amount.grades]
    if not isinstance(table, GradeCap):
        raise TypeError(amount.grades)
    return not table.grades or bool(blocks_of(table, release, settled))


def _invoice(
    term: Payment, amount: Figure | None, book: Book
) -> tuple[Fact | None, tuple[Doubt, ...]]:
    """The invoice that starts the clock, and a doubt for each that cannot."""
    if not term.invoice:
        return None, ()
    good = equal_invoice(term.instalment, amount, book)
    if good is not None:
        return good, ()
    return None, tuple(
        _invoice_doubt(fact, amount) for fact in _standing_invoices(term.instalment, book)
    )


def equal_invoice(instalment: int, amount: Figure | None, book: Book) -> Fact | None:
    """The first invoice of an instalment that equals the amount to the fen and was not sent back."""
    if amount is None:
        return None
    standing = _standing_invoices(instalment, book)
    return next((fact for fact in standing if fact.data["amount_fen"] == amount.money.fen), None)


def _standing_invoices(instalment: int, book: Book) -> list[Fact]:
    """Invoices handed over and not sent back after that; on one day the place in the log decides."""
    mine = (("instalment", instalment),)
    standing: list[Fact] = []
    both = [*book.all(Event("invoice.received", mine)), *book.all(Event("invoice.refused", mine))]
    for fact in sorted(both, key=_in_log_order):
        if fact.kind == "invoice.received":
            standing.append(fact)
        elif "invoice" in fact.data:
            standing = [one for one in standing if one.id != fact.data["invoice"]]
        else:
            del standing[-1:]  # a refusal that names none sends back the last one handed over
    return standing


def _in_log_order(fact: Fact) -> tuple[int, int]:
    return fact.order, fact.index


def _overpaid(
    term: Payment, amount: Figure | None, paid: Money, payments: tuple[Fact, ...]
) -> tuple[Doubt, ...]:
    """A doubt where more was paid than the instalment amounts to: each instalment is paid once."""
    if amount is None or not payments or paid <= amount.money:
        return ()
    says = f"第{term.instalment}期已付 {paid}，多于应付 {amount.money}，多 {paid - amount.money}。"
    mend = "请核对是否重复付款或记错期次；记错的用 fact.withdrawn 撤回。"
    places = tuple(f"事实 {fact.id}" for fact in payments)
    return (_raised(f"overpaid:{term.id}", places, says, mend),)


def _invoice_doubt(fact: Fact, amount: Figure | None) -> Doubt:
    billed = Money(fact.data["amount_fen"])
    if amount is None:
        says, mend = f"发票 {billed} 无法核对：应付金额未定。", "金额确定后再核对发票。"
    else:
        gap = abs(billed - amount.money)
        says = f"发票 {billed} 与应付 {amount.money} 相差 {gap}，付款期限不起算。"
        mend = "请退回并要求开具等额发票。"
    return Doubt(
        id=DoubtId(f"invoice:{fact.id}"),
        kind=DoubtKind.MISMATCH,
        severity=Severity.BLOCK,
        places=(f"事实 {fact.id}",),
        says=says,
        mend=mend,
    )


def _span(term: Payment, book: Book, start: date | None) -> Span | None:
    if isinstance(term.within, str):
        agreed = book.span(term.within, start or book.as_of)
        return None if agreed is None else agreed[0]
    return term.within


def _payments(term: Payment, book: Book) -> tuple[Fact, ...]:
    if isinstance(term.amount, AllPaid):
        return tuple(book.all(Event("refund.made")))
    return tuple(book.all(Event("payment.made", (("instalment", term.instalment),))))


def _settled_on(
    amount: Figure | None, payments: tuple[Fact, ...], set_off: tuple[SetOff, ...]
) -> date | None:
    """The day on which payments and set-off together reached the amount."""
    if amount is None:
        return None
    credited = [(fact.day, Money(fact.data["amount_fen"])) for fact in payments]
    credited += [(one.day, one.taken) for one in set_off]
    total = Money.ZERO
    for day, credit in sorted(credited):
        total += credit
        if total >= amount.money:
            return day
    return None


def _state(  # the ladder of answers, most certain first
    as_of: date,
    amount: Figure | None,
    due: Deadline | None,
    settled_on: date | None,
    *,
    ready: bool,
    all_met: bool,
    blank: bool,
    doubted: bool,
) -> PaymentState:
    if blank:
        return PaymentState.NOT_DECIDABLE
    if amount is not None and not amount.money:
        return PaymentState.NOT_TRIGGERED  # nothing to pay, or to pay back
    if settled_on is not None:
        return PaymentState.PAID
    if doubted and all_met:
        return PaymentState.NOT_DECIDABLE
    if ready and due is not None and amount is not None:
        return PaymentState.DUE if as_of <= due.due_day else PaymentState.LATE
    if ready or (all_met and amount is None):
        return PaymentState.NOT_DECIDABLE
    return PaymentState.NOT_TRIGGERED


def _words(one: Instalment, span: Span | None) -> str:
    number = f"第{one.term.instalment}期" if one.term.instalment else "返还"
    money = str(one.amount.money) if one.amount is not None else "金额未定"
    match one.state:
        case PaymentState.PAID:
            return f"{number} {money} 已于 {one.settled_on} 付清" + (
                f"，应于 {one.due_day} 前付" if one.due else ""
            )
        case PaymentState.DUE:
            return f"{number} {money} 应于 {one.due_day} 前支付"
        case PaymentState.LATE:
            return f"{number} {money} 应于 {one.due_day} 前支付，尚欠 {one.unpaid}"
        case PaymentState.NOT_DECIDABLE if one.amount is None:
            return f"{number}金额无法判定" + (f"，上限 {one.upper.money}" if one.upper else "")
        case PaymentState.NOT_DECIDABLE:
            why = "合同没有写明付款期限" if span is None else "有未解决的疑义"
            return f"{number} {money} 无法判定何时应付：{why}"
        case PaymentState.NOT_TRIGGERED if one.amount is not None and not one.amount.money:
            return f"{number}没有款项"
        case PaymentState.NOT_TRIGGERED:
            return f"{number} {money} 尚待：{'、'.join(kind_zh(event) for event in one.waits_for)}"


__all__ = ["Instalment", "PaymentState", "deadline_proof", "equal_invoice", "reckon"]
