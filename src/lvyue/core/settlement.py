"""结算: what is paid, payable, late, claimed; every fen with its ladder.

Instalments are what the contract makes payable. Late interest accrues by its own clause and damages are claims: both
stand beside the payable sum, never inside it, because a person decides them. Alternatives wait for a choice; two sums
for one act are never added by the system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from lvyue.core.book import Book
from lvyue.core.calendar import Calendar, Pause, Pauses, deadline
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtId, DoubtKind, Severity
from lvyue.core.evaluation import Evaluation
from lvyue.core.facts import Fact, FactId
from lvyue.core.instalments import Instalment, PaymentState, equal_invoice
from lvyue.core.money import Money, Rounding
from lvyue.core.obligation import DAY
from lvyue.core.proof import Figure, Proof, Rejected
from lvyue.core.release import Release, blocks_of
from lvyue.core.terms import Base, Event, LateInterest, LossRule, Party, Penalty
from lvyue.core.versions import InForce, on_day


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
    versions, book = evaluation.versions, evaluation.book
    newest = versions[-1].release.digest
    mine = tuple(one for one in evaluation.instalments if one.term.debtor is Party.BUYER)
    refunds = tuple(one for one in evaluation.instalments if one.term.debtor is not Party.BUYER)
    interest = tuple(
        found
        for release in (version.release for version in reversed(versions))
        for term in release.governing
        if isinstance(term, LateInterest) and not blocks_of(term, release, book.settled())
        for one in mine
        if one.term.instalment in term.instalments and release.digest == (one.release or newest)
        if (found := _interest(term, one, book, evaluation.calendar)) is not None
    )
    paid = Money.total(Money(fact.data["amount_fen"]) for fact in book.all(Event("payment.made")))
    lines = tuple(_lines(mine))
    unknown = any(one.state is PaymentState.NOT_DECIDABLE and one.triggered for one in mine)
    payable = None if unknown else Money.total(line.amount for line in lines)
    damages = tuple(_damages(versions, book))
    return Settlement(mine, refunds, interest, damages, paid, payable, lines)


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines(instalments: Sequence[Instalment]) -> Iterator[Line]:
    """What is due or late, less what was paid or set off of it; what set-off has settled stays visible."""
    for one in instalments:
        owed = one.state in (PaymentState.DUE, PaymentState.LATE)
        if one.amount is None or not (owed or one.set_off):
            continue
        clause, number = str(one.term.clauses[0]), one.term.instalment
        yield Line(f"第{number}期应付", one.amount.money, clause, one.amount.proof)
        for fact in one.payments:
            paid = Money(fact.data["amount_fen"])
            proof = Proof(f"{fact.day} 付款 {paid}", str(paid.fen), facts=(fact.id,))
            yield Line(f"第{number}期已付", -paid, clause, proof)
        for off in one.set_off:
            yield Line(off.proof.says, -off.taken, off.clause, off.proof)


# ── late interest ────────────────────────────────────────────────────────────────────────────────────────────────


def _interest(
    term: LateInterest, one: Instalment, book: Book, calendar: Calendar
) -> Interest | None:
    due = one.due_day
    if due is None or one.amount is None:
        return None
    end = min(one.settled_on or book.as_of, book.as_of)
    excused = _excuses(one, due, book)
    pauses = Pauses(tuple(Pause.of_days(first, last, "免责事由") for first, last in excused))
    start = deadline(due, term.grace, calendar, pauses=pauses).due_day
    days, bare = _accrued(term, one, start, end, excused)
    if not days:
        return None
    figure = _capped(term, one, due, bare)
    excused_days = _covered(excused, due + DAY, end)
    others = ((due + DAY, "宽限期满后自逾期之日起算"), (start + DAY, "宽限期满次日起算"))
    return Interest(
        term=term,
        instalment=one.term.instalment,
        start=start,
        days=days,
        overdue_days=(end - due).days - excused_days,
        excused_days=excused_days,
        figure=figure,
        capped=figure.money < bare.money,
        readings=tuple(
            _reading(term, one, due, first, end, excused, says) for first, says in others
        ),
    )


def _reading(
    term: LateInterest,
    one: Instalment,
    due: date,
    first: date,
    end: date,
    excused: Sequence[tuple[date, date]],
    says: str,
) -> Reading:
    days, figure = _accrued(term, one, first, end, excused)
    return Reading(says, first, days, _capped(term, one, due, figure))


def _capped(term: LateInterest, one: Instalment, due: date, figure: Figure) -> Figure:
    """累计上限: never more than a share of what was late when it fell due."""
    if term.cap is None:
        return figure
    clauses = tuple(str(clause) for clause in term.clauses)
    late = Figure.given(one.left_on(due), "迟延支付金额", *clauses)
    return figure.at_most(late.times(term.cap, "累计上限", *clauses), "不超过上限", *clauses)


def _accrued(
    term: LateInterest,
    one: Instalment,
    start: date,
    end: date,
    excused: Sequence[tuple[date, date]],
) -> tuple[int, Figure]:
    """Days that bear interest in [start, end) and the sum over them of balance × daily rate, rounded once.

    The balance changes only on a day of payment or set-off, so the cost grows with these and not with the days.
    """
    turns = {fact.day for fact in one.payments} | {off.day for off in one.set_off}
    cuts = sorted({start, end} | {day for day in turns if start < day < end}) if start < end else []
    fen_days, days = 0, 0
    segments: list[str] = []
    for first, after in pairwise(cuts):
        balance = one.left_on(first)
        bearing = (after - first).days - _covered(excused, first, after - DAY)
        if balance and bearing > 0:
            fen_days += balance.fen * bearing
            days += bearing
            segments.append(f"{balance} × {bearing} 天")
    money = Money(Rounding.HALF_UP.whole(fen_days * term.daily.value))
    rate = term.daily.value
    ladder = " + ".join(segments) or "0 天"
    proof = Proof(
        f"{money} = {term.daily}/日 × （{ladder}）  自 {start} 起，算头不算尾，四舍五入到分",
        str(money.fen),
        "times",
        (str(fen_days), f"{rate.numerator}/{rate.denominator}", "half_up"),
        tuple(str(clause) for clause in term.clauses),
        one.facts,
    )
    return days, Figure(money, proof)


def _merged(spans: Iterable[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """Inclusive spans of days as separate ones in order; what overlaps counts once, what runs backward not at all."""
    union: list[tuple[date, date]] = []
    for first, last in sorted(span for span in spans if span[0] <= span[1]):
        if union and first <= union[-1][1] + DAY:
            union[-1] = (union[-1][0], max(union[-1][1], last))
        else:
            union.append((first, last))
    return tuple(union)


def _covered(spans: Iterable[tuple[date, date]], first: date, last: date) -> int:
    """How many days from first to last, both included, lie in the spans."""
    return sum(max((min(last, end) - max(first, begin)).days + 1, 0) for begin, end in spans)


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
        elif handed_over is None and one.invoices:  # only wrong or returned ones so far
            spans.append((due + DAY, book.as_of))
    return _merged(spans)


# ── damages ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Claim:
    fact: Fact
    loss: Figure | None
    gain: Figure | None
    failed: bool


def _damages(versions: Sequence[InForce], book: Book) -> Iterator[Damages]:
    """A claim is priced by the version in force on its day; clauses keep their names from version to version."""
    chosen = {
        versions[-1].release.clause_named(fact.data["clause"]): fact
        for fact in book.all(Event("damages.chosen"))
    }
    for fact in sorted(book.all(Event("damages.claimed")), key=_when):
        release = on_day(versions, fact.day).release
        asked = fact.data["clause"]
        ref = release.clause_named(asked)
        terms = release.penalties_at(ref)
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
        choice = chosen.get(ref)
        term, *others = terms
        several = [_price(one, claim, release, book) for one in terms]
        priced = _chosen(_either(terms, several) if others else several[0], choice, release)
        yield priced
        if (
            term.loss is LossRule.EXCESS
            and term.excess is not None
            and priced.figure
            and claim.loss
        ):
            yield _excess(term, priced.figure, claim.loss, fact)


def _when(fact: Fact) -> tuple[int, str]:
    """By when it happened and then by id, so that lines written in another order give the same list."""
    return fact.order, fact.id


def _stated(fact: Fact, name: str, says: str) -> Figure | None:
    fen = fact.data.get(name)
    return None if fen is None else Figure.given(Money(fen), says, facts=(fact.id,))


def _failed(fact: Fact) -> bool:
    return bool(fact.data.get("negotiation_failed", False))


def _price(term: Penalty, claim: _Claim, release: Release, book: Book) -> Damages:
    """The ladder of one clause, rung by rung: the agreed sum, heads to try first, loss, cap, rivals, open doubts."""
    ladder = _Ladder(term, claim, release, book)
    ladder.paper_elsewhere()
    ladder.clause_elsewhere()
    ladder.heads_first()
    ladder.loss()
    ladder.cap()
    ladder.rivals()
    ladder.doubts()
    return ladder.damages()


class _Ladder:
    """A claim on its way up: the sum so far, the alternatives seen, the steps still missing."""

    def __init__(self, term: Penalty, claim: _Claim, release: Release, book: Book) -> None:
        self._term, self._claim, self._release, self._book = term, claim, release, book
        self._clauses = tuple(str(clause) for clause in term.clauses)
        self._needs = [*term.needs]
        self._alternatives: list[Alternative] = []
        self._blocks: tuple[str, ...] = ()
        self._figure = self._agreed_sum()

    @property
    def _home(self) -> str:
        return self._clauses[0]

    def _agreed_sum(self) -> Figure | None:
        if self._term.rate is None:
            return None
        base = self._price_of_contract()
        if self._term.base is Base.PAID:
            made = self._book.all(Event("payment.made"))
            paid = Money.total(Money(fact.data["amount_fen"]) for fact in made)
            base = Figure.given(paid, "已付款项", facts=tuple(fact.id for fact in made))
        return self._floored(base.times(self._term.rate, "违约金", *self._clauses))

    def _price_of_contract(self) -> Figure:
        return Figure.given(self._release.price, "合同价款", str(self._release.price_clause))

    def _floored(self, figure: Figure | None) -> Figure | None:
        if figure is None or self._term.floor is None:
            return figure
        floor = Figure.given(self._term.floor, "下限", *self._clauses)
        return figure.at_least(floor, "不足下限的按下限", *self._clauses)

    def paper_elsewhere(self) -> None:
        """The figure stands in a paper that is not here: only its floor is known."""
        if self._term.amount_in is None:
            return
        self._figure = None
        self._needs.append(f"提供{self._term.amount_in}：违约金数额写在其中")
        if self._term.floor is not None:
            floor = Figure.given(self._term.floor, "数额不足时的下限", *self._clauses)
            self._alternatives.append(Alternative("floor", self._home, "至少不低于", floor))

    def clause_elsewhere(self) -> None:
        """The sum is another clause's; a floor of our own still applies."""
        if self._term.points_to is None:
            return
        target = next(iter(self._release.penalties_at(self._term.points_to)), None)
        if target is None:
            self._needs.append(f"查明所指条款 {self._term.points_to}")
            return
        pointed = _price(target, self._claim, self._release, self._book)
        self._figure = self._floored(pointed.figure)
        self._needs += pointed.needs
        for one in pointed.alternatives:
            self._alternatives.append(replace(one, figure=self._floored(one.figure)))

    def heads_first(self) -> None:
        """Gain or loss must be tried first; the rate is only the fallback once negotiation has failed."""
        if not self._term.first:
            return
        given = {"gain": ("违约所得", self._claim.gain), "loss": ("所受损失", self._claim.loss)}
        for head in self._term.first:
            says, figure = given[head]
            self._alternatives.append(
                Alternative(head, self._home, f"双方就{says}达成一致", figure)
            )
        fallback = Alternative("fallback", self._home, "协商未成时的违约金", self._figure)
        self._alternatives.append(fallback)
        if not self._claim.failed:
            self._figure = None
            self._needs.append("就违约所得或损失达成一致，或提供协商未成的记录")

    def loss(self) -> None:
        """How a proved loss joins the sum."""
        figure, loss = self._figure, self._claim.loss
        match self._term.loss:
            case LossRule.NONE | LossRule.EXCESS:
                pass
            case LossRule.ADDED:
                if loss is None:
                    self._needs.append("主张损失的，提供损失证明")
                elif figure is not None:
                    self._figure = figure.plus(loss, "另赔损失", *self._clauses)
            case LossRule.TOPPED_UP:
                if loss is not None and figure is not None:
                    says = "违约金不足以弥补损失的，补足"
                    self._figure = figure.at_least(loss, says, *self._clauses)
            case LossRule.ALONE:
                self._figure = loss
                if loss is None:
                    self._needs.append("损失证明")
            case LossRule.BEYOND:
                self._figure = None
                self._needs.append("指明不足以弥补损失的那项违约金")

    def cap(self) -> None:
        if self._figure is not None and self._term.cap is not None:
            cap = self._price_of_contract().times(self._term.cap, "封顶", *self._clauses)
            self._figure = self._figure.at_most(cap, "封顶", *self._clauses)

    def rivals(self) -> None:
        """Clauses that price the same breach with no rule between them: all are shown, none is taken."""
        if not self._term.rivals:
            return
        self._alternatives.insert(0, Alternative(self._home, self._home, "按本条", self._figure))
        for ref in self._term.rivals:
            rival = next(iter(self._release.penalties_at(ref)), None)
            if rival is None:
                self._alternatives.append(Alternative(str(ref), str(ref), "没有金额", None))
                continue
            alone = replace(rival, rivals=())
            priced = _price(alone, self._claim, self._release, self._book)
            self._alternatives.append(Alternative(str(ref), str(ref), rival.says, priced.figure))
        self._figure = None
        self._needs.append(_CHOOSE)

    def doubts(self) -> None:
        """A blocking doubt withholds the sum; what it would be stays visible as an alternative."""
        settled = self._book.settled()
        for doubt_id in self._term.doubts:
            doubt = self._release.doubt_by_id[doubt_id]
            if doubt.severity is not Severity.BLOCK or doubt_id in settled:
                continue
            self._blocks += (doubt_id,)
            self._needs.append(f"解决疑义：{doubt.says}")
        if self._blocks and self._figure is not None:
            says = "疑义解决后按本条"
            self._alternatives.insert(0, Alternative("undoubted", self._home, says, self._figure))
            self._figure = None

    def damages(self) -> Damages:
        figure, fact = self._figure, self._claim.fact
        shown = [figure] if figure is not None else [one.figure for one in self._alternatives]
        says = (
            f"{self._home}：{figure.money}" if figure is not None else f"{self._home}：金额无法确定"
        )
        proof = Proof(
            says,
            "" if figure is None else str(figure.money.fen),
            clauses=self._clauses,
            facts=(fact.id,),
            inputs=tuple(one.proof for one in shown if one is not None),
            doubts=self._blocks,
        )
        return Damages(
            clause=self._term.clauses[0],
            asked=fact.data["clause"],
            fact=fact.id,
            debtor=self._term.debtor,
            figure=figure,
            alternatives=tuple(self._alternatives),
            needs=tuple(dict.fromkeys(self._needs)),
            proof=proof,
        )


def _either(terms: Sequence[Penalty], priced: Sequence[Damages]) -> Damages:
    """One clause with several consequences: none is taken for the other, and none are added."""
    ways = tuple(
        Alternative(term.id, str(term.clauses[0]), term.says, one.figure)
        for term, one in zip(terms, priced, strict=True)
    )
    needs = tuple(dict.fromkeys(need for one in priced for need in one.needs))
    says = f"{priced[0].clause}：本条有 {len(ways)} 种后果，须书面选择"
    proof = replace(priced[0].proof, says=says, value="", inputs=tuple(one.proof for one in priced))
    return replace(priced[0], figure=None, alternatives=ways, needs=(*needs, _WHICH), proof=proof)


_CHOOSE = "数条并存而没有优先规则：须由有权一方书面选择"
_WHICH = "写明主张哪一种后果"


#: A conflict between clauses is what a choice settles; a blank or a missing paper is not chosen away.
_CHOOSABLE = frozenset((DoubtKind.CONTRADICTING, DoubtKind.AMBIGUOUS))


def _chosen(priced: Damages, choice: Fact | None, release: Release) -> Damages:
    """A written choice makes one alternative the sum; the others stay in the proof as rejected."""
    if choice is None or not priced.alternatives:
        return priced
    wanted = choice.data["alternative"]
    picked = next((a for a in priced.alternatives if wanted in (a.name, a.clause)), None)
    if picked is None:
        names = "、".join(one.name for one in priced.alternatives)
        return replace(priced, needs=(*priced.needs, f"选择“{wanted}”不在备选（{names}）之中"))
    if any(release.doubt_by_id[DoubtId(d)].kind not in _CHOOSABLE for d in priced.proof.doubts):
        return replace(priced, needs=(*priced.needs, "先解决疑义，书面选择才有结果"))
    others = [one for one in priced.alternatives if one is not picked]
    worth = "金额未知" if picked.figure is None else str(picked.figure.money)
    proof = Proof(
        f"{priced.clause}：{worth}（{choice.day} 书面选定 {picked.name}，文书 {choice.data['paper']}）",
        "" if picked.figure is None else str(picked.figure.money.fen),
        clauses=priced.proof.clauses,
        facts=(*priced.proof.facts, choice.id),
        inputs=() if picked.figure is None else (picked.figure.proof,),
        rejected=tuple(
            Rejected(f"{one.clause} {one.says}", "没有选定", (one.clause,)) for one in others
        ),
    )
    settled = {f"解决疑义：{release.doubt_by_id[DoubtId(d)].says}" for d in priced.proof.doubts}
    needs = tuple(n for n in priced.needs if n not in {_CHOOSE, _WHICH, *settled})
    return replace(priced, figure=picked.figure, proof=proof, needs=needs)


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
