"""约定: the computable meaning of clauses. One union of frozen kinds, in one place.

To add a kind, write its class here, add it to ``Term`` and ``TERMS``; mypy then names every place that must learn it,
and ``tests/core/test_kinds.py`` asks for its page in ``docs/terms/``, its case and its glossary row.

No term holds a default: what the contract leaves open is a ``ParameterId`` (somebody must agree a value) or ``None``
(the paper is silent), and a term that meets either is never "met".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, NewType, TypeAlias

from lvyue.core.calendar import Span
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtId
from lvyue.core.money import Money, Rate

TermId = NewType("TermId", str)
ParameterId = NewType("ParameterId", str)


class TermKind(StrEnum):
    """约定种类: the identifiers that statements, files and interfaces rely on."""

    DEADLINE_AFTER_EVENT = "deadline_after_event"
    DEADLINE_BEFORE_DATE = "deadline_before_date"
    RECURRING = "recurring"
    THRESHOLD = "threshold"
    DELIVERABLE = "deliverable"
    PROHIBITION = "prohibition"
    STAFFING = "staffing"
    ENTITLEMENT = "entitlement"
    PERMISSION = "permission"
    PAYMENT = "payment"
    LATE_INTEREST = "late_interest"
    PENALTY = "penalty"
    GRADE_CAP = "grade_cap"
    DUTY = "duty"


class Party(StrEnum):
    """当事人: who owes (or, for a permission, who may)."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    BOTH = "both"

    @property
    def zh(self) -> str:
        return {"buyer": "甲方", "supplier": "乙方", "both": "双方"}[self.value]


Scalar: TypeAlias = str | int | bool


@dataclass(frozen=True, slots=True)
class Event:
    """事件: the facts that count, by kind and by the values some of their fields must have."""

    kind: str
    where: tuple[tuple[str, Scalar], ...] = ()

    def __str__(self) -> str:
        if not self.where:
            return self.kind
        inner = ",".join(f"{name}={_scalar_text(value)}" for name, value in self.where)
        return f"{self.kind}[{inner}]"


def _scalar_text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Anchor(StrEnum):
    """锚点: a date that the contract itself names."""

    PERIOD_START = "period.start"
    PERIOD_END = "period.end"


class Cycle(StrEnum):
    """周期: how often; ``period`` is the whole contract period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    PERIOD = "period"

    @property
    def zh(self) -> str:
        return {
            "day": "每日",
            "week": "每周",
            "month": "每月",
            "quarter": "每季",
            "year": "每年",
            "period": "合同期",
        }[self.value]


class Operator(StrEnum):
    """比较: 以上、不低于 include the number; 超过、低于 do not."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE_THAN = ">"
    LESS_THAN = "<"
    EXACTLY = "=="

    def holds(self, left: Fraction, right: Fraction) -> bool:
        match self:
            case Operator.AT_LEAST:
                return left >= right
            case Operator.AT_MOST:
                return left <= right
            case Operator.MORE_THAN:
                return left > right
            case Operator.LESS_THAN:
                return left < right
            case Operator.EXACTLY:
                return left == right


Within: TypeAlias = Span | ParameterId | None


# ── measures of a threshold ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reading:
    """读数: a number that a fact carries, judged fact by fact. Decimals are text in facts, never floats."""

    event: Event
    field: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """比率: part of whole in one fact, as a percentage, judged fact by fact; never an average of averages."""

    event: Event
    part: str
    whole: str


@dataclass(frozen=True, slots=True)
class Availability:
    """可用率: 1 − union of outages ÷ the minutes of the contract period, in percent, never rounded up."""

    event: Event


@dataclass(frozen=True, slots=True)
class Tally:
    """计数: how many facts there are; 五次以上 includes five, and counters never decay."""

    event: Event


@dataclass(frozen=True, slots=True)
class Judgement:
    """评定: a person's judgement with a paper, for an indicator that no number measures; its field ``met`` decides."""

    event: Event


Measure: TypeAlias = Reading | Ratio | Availability | Tally | Judgement


# ── amounts of a payment ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Share:
    """比例: a rate of the contract price. ``stated`` is the figure the paper itself prints, checked at loading."""

    rate: Rate
    stated: Money | None = None


@dataclass(frozen=True, slots=True)
class Remainder:
    """尾款: the final price by grade less the earlier instalments."""

    grades: TermId


@dataclass(frozen=True, slots=True)
class AllPaid:
    """返还: everything paid so far goes back."""


Amount: TypeAlias = Share | Remainder | AllPaid


# ── ladders of a penalty ─────────────────────────────────────────────────────────────────────────────────────────


class LossRule(StrEnum):
    """损失: how a proved loss joins the agreed sum of the same clause."""

    NONE = "none"  #: the clause says nothing of loss
    ADDED = "added"  #: agreed sum and loss both
    TOPPED_UP = "topped_up"  #: the greater of the two
    EXCESS = "excess"  #: loss beyond the agreed sum is a head of its own, under the clause named in ``excess``
    BEYOND = "beyond"  #: this clause is that head: only what the sums agreed elsewhere do not cover
    ALONE = "alone"  #: no agreed sum, only loss


class Base(StrEnum):
    """基数: what a percentage is taken of."""

    PRICE = "price"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Grade:
    """等级: a percentage of the price; ``exact`` pays it, otherwise it is an upper limit and never the value."""

    name: str
    rate: Rate
    exact: bool


# ── the kinds ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """What every kind has: an id, the clauses it rests on (home clause first), who owes it, and our own words for it.

    ``doubts`` are those that touch it: an unsettled one of severity block makes it not decidable. ``slot`` names what
    two terms may disagree about; precedence works per slot. ``survives`` marks a duty that outlives the contract.
    """

    id: TermId
    clauses: tuple[ClauseRef, ...]
    debtor: Party
    says: str
    en: str = ""
    doubts: tuple[DoubtId, ...] = ()
    slot: str | None = None
    survives: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineAfterEvent(_Term):
    """事后期限: within a time after an event, or after a date that the contract names.

    One trigger: each fact of it opens an occurrence. Several: joined, the latest starts one clock. All of ``done``
    must happen ("mail AND SMS" is two legs), or with ``any_of`` one of them (an answer of any kind breaks silence).
    ``deems``: silence until the end of the last day counts as that event. ``until``: what is triggered on or after the
    day of that event is no longer owed (a warranty that has ended).
    """

    kind: ClassVar[TermKind] = TermKind.DEADLINE_AFTER_EVENT
    triggers: tuple[Event | Anchor, ...]
    done: tuple[Event, ...]
    within: Within
    any_of: bool = False
    deems: Event | None = None
    until: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineBeforeDate(_Term):
    """事前期限: at least some time before a date, or, with ``window``, inside the last such stretch before it."""

    kind: ClassVar[TermKind] = TermKind.DEADLINE_BEFORE_DATE
    anchor: Anchor | Event
    done: tuple[Event, ...]
    within: Within
    window: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring(_Term):
    """定期义务: ``times`` in every cycle of the contract period; each occurrence is proved by its own fact.

    ``full`` names two fields (part, whole) that must be equal for a fact to count, such as a complete round.
    ``times`` is None where the paper says "regularly": measured, never missed.
    """

    kind: ClassVar[TermKind] = TermKind.RECURRING
    every: Cycle
    times: int | None
    done: Event
    full: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(_Term):
    """指标: a measured number against a bound. ``bound`` is None where the paper is silent, or a person judges."""

    kind: ClassVar[TermKind] = TermKind.THRESHOLD
    measure: Measure
    operator: Operator = Operator.AT_LEAST
    bound: Fraction | ParameterId | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable(_Term):
    """交付物: a named paper or result, how many, and by when (None: the paper gives no time)."""

    kind: ClassVar[TermKind] = TermKind.DELIVERABLE
    name: str
    times: int = 1
    by: Anchor | None = None
    after: Event | Anchor | None = None
    within: Within = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition(_Term):
    """禁止: what must not be done. Silence is no proof: without a breach on record it is attested at best."""

    kind: ClassVar[TermKind] = TermKind.PROHIBITION
    breach: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing(_Term):
    """人员配备: at least so many in a post. ``count`` is None where the paper points to a bid that is not there."""

    kind: ClassVar[TermKind] = TermKind.STAFFING
    post: str
    count: int | None
    years: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement(_Term):
    """应得数量: a quantity of something the buyer may have. ``unit_price`` None: no price can be derived."""

    kind: ClassVar[TermKind] = TermKind.ENTITLEMENT
    item: str
    quantity: int | None
    unit: str
    unit_price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission(_Term):
    """权利: what a party may do once its condition holds. ``debtor`` is the holder. The software never exercises it.

    ``opens`` with ``at_least`` counts facts; with None the right stands from the start. ``set_off`` marks the right to
    take a demanded sum out of what is payable (抵扣).
    """

    kind: ClassVar[TermKind] = TermKind.PERMISSION
    opens: Event | None = None
    at_least: int = 1
    set_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(_Term):
    """付款: an instalment. All conditions are joined; the clock starts from the latest of them.

    ``invoice``: an invoice equal to the amount is one of the conditions, and an unequal one starts nothing.
    ``within`` None: the paper gives no time, so the due date is not decidable.
    """

    kind: ClassVar[TermKind] = TermKind.PAYMENT
    instalment: int
    amount: Amount
    conditions: tuple[Event, ...]
    invoice: bool
    within: Within


@dataclass(frozen=True, slots=True, kw_only=True)
class LateInterest(_Term):
    """逾期违约金: a daily rate on what is paid late, after a grace, up to a cap of what is late.

    The first day that bears interest is the last day of the grace; days are counted first in, last out (算头不算尾).
    """

    kind: ClassVar[TermKind] = TermKind.LATE_INTEREST
    instalments: tuple[int, ...]
    grace: Span
    daily: Rate
    cap: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty(_Term):
    """违约责任: a ladder of steps: heads to agree on first, rate of a base, floor, cap, loss.

    ``first`` (gain, loss): the parties must first try these, and ``rate`` is only the fallback once negotiation has
    failed. ``amount_in`` names a paper that holds the figure and is not here. ``rivals`` are clauses that price the
    same breach differently with no rule between them: all are shown, a person chooses. ``needs`` are the steps that
    must be proved before the right exists.
    """

    kind: ClassVar[TermKind] = TermKind.PENALTY
    rate: Rate | None = None
    base: Base = Base.PRICE
    first: tuple[str, ...] = ()
    floor: Money | None = None
    cap: Rate | None = None
    loss: LossRule = LossRule.NONE
    excess: ClauseRef | None = None
    amount_in: str | None = None
    rivals: tuple[ClauseRef, ...] = ()
    points_to: ClauseRef | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeCap(_Term):
    """考核等级与付款上限: grade to percentage. A grade outside the table, or an empty table, decides nothing."""

    kind: ClassVar[TermKind] = TermKind.GRADE_CAP
    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(_Term):
    """无数字义务: a duty without a number. ``promptly`` keeps the paper's vague word; elapsed time is shown, no breach.

    ``trigger`` and ``done`` measure it where it can be measured at all; ``until`` ends it.
    """

    kind: ClassVar[TermKind] = TermKind.DUTY
    trigger: Event | None = None
    done: Event | None = None
    promptly: str | None = None
    within: ParameterId | None = None
    until: Event | None = None


Term: TypeAlias = (
    DeadlineAfterEvent
    | DeadlineBeforeDate
    | Recurring
    | Threshold
    | Deliverable
    | Prohibition
    | Staffing
    | Entitlement
    | Permission
    | Payment
    | LateInterest
    | Penalty
    | GradeCap
    | Duty
)

#: Every kind, in the order in which people read a contract sheet.
TERMS: tuple[type[Term], ...] = (
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Recurring,
    Threshold,
    Deliverable,
    Prohibition,
    Staffing,
    Entitlement,
    Permission,
    Payment,
    LateInterest,
    Penalty,
    GradeCap,
    Duty,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """参数: a number the contract leaves open: who owns it, where an agreed value would come from.

    Until both sides agree it the system measures and reminds and declares no breach.
    """

    id: ParameterId
    clauses: tuple[ClauseRef, ...]
    says: str
    unit: str
    owner: Party
    source: str
    terms: tuple[TermId, ...] = field(default=())
