"""文书: the schemas of what the core itself writes as JSON: statements, differences, proofs. Their bytes are the core's own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from lvyue.api.shapes import MarkKey, Shape
from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.instalments import PaymentState
from lvyue.core.obligation import Verdict
from lvyue.core.terms import Party, TermKind

Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256，十六进制")]
#: The root of a log, or the word that says that there is none because facts were only supposed.
Root = Annotated[
    str, Field(pattern="^([0-9a-f]{64}|supposed)$", description="日志的默克尔根；推演时为 supposed")
]
At = date | datetime


class ProofRejected(Shape):
    """落选: what was tried and lost."""

    what: str
    why: str
    clauses: list[str]


class ProofAbsence(Shape):
    """区间声明: that a whole prefix of the log holds no fact of a kind."""

    event: str
    subject: str | None
    since: str | None
    until: str
    size: int
    besides: list[str]


class ProofNode(Shape):
    """推导: one node of a proof; members that would be empty are left out."""

    says: str
    value: str = ""
    op: str = ""
    args: list[str] = Field(default_factory=list)
    clauses: list[str] = Field(default_factory=list)
    facts: list[str] = Field(default_factory=list)
    doubts: list[str] = Field(default_factory=list)
    absent: list[ProofAbsence] = Field(default_factory=list)
    rejected: list[ProofRejected] = Field(default_factory=list)
    inputs: list[ProofNode] = Field(default_factory=list)


class ReleaseInForce(Shape):
    """施行的版本."""

    digest: Hash
    from_: date | None


class LogPrefix(Shape):
    """日志前段."""

    size: int
    root: Root


class StatementFinding(Shape):
    """结论: the answer for one term at one occurrence."""

    term: str
    kind: TermKind
    clause: str
    debtor: Party
    finding: Verdict
    due: At | None
    because: str
    occurrence: str | None
    opens: At | None
    strict: At | None
    provisional: bool
    facts: list[str]
    doubts: list[str]
    absent: list[str]
    release: str = ""


class StatementDoubt(Shape):
    """疑义: a doubt of the paper that nothing has settled."""

    id: str
    kind: DoubtKind
    severity: Severity
    clauses: list[str]
    says: str
    safe: str
    mend: str
    owner: Party
    needs: list[str]
    blocks: list[str]


class StatementStray(Shape):
    """无处安放的事实: kept, without effect."""

    fact: str
    says: str
    mend: str


class StatementInstalment(Shape):
    """一期款; amounts in fen, null where nothing decides them."""

    n: int
    term: str
    clause: str
    state: PaymentState
    amount_fen: int | None
    upper_limit_fen: int | None
    due: At | None
    strict: At | None
    provisional: bool
    paid_fen: int
    because: str
    waits_for: list[str]
    doubts: list[str]
    notes: list[str]
    facts: list[str]
    proof: ProofNode | None
    release: str = ""


class InterestReading(Shape):
    """另一种读法."""

    says: str
    from_: date
    days: int
    fen: int


class StatementInterest(Shape):
    """逾期违约金: beside the payable sum, never in it."""

    instalment: int
    clause: str
    from_: date
    days: int
    overdue_days: int
    excused_days: int
    fen: int
    capped: bool
    alternatives: list[InterestReading]
    proof: ProofNode


class DamagesAlternative(Shape):
    """备选的算法."""

    name: str
    clause: str
    says: str
    fen: int | None


class StatementDamages(Shape):
    """主张的违约责任."""

    clause: str
    fact: str
    debtor: Party | None
    fen: int | None
    alternatives: list[DamagesAlternative]
    needs: list[str]
    proof: ProofNode


class StatementLine(Shape):
    """结算行."""

    says: str
    fen: int
    clause: str
    proof: ProofNode


class StatementSettlement(Shape):
    """结算; ``payable_fen`` null: something that should be payable cannot be decided."""

    instalments: list[StatementInstalment]
    refunds: list[StatementInstalment]
    interest: list[StatementInterest]
    damages: list[StatementDamages]
    paid_fen: int
    payable_fen: int | None
    lines: list[StatementLine]


class StatementDocument(Shape):
    """履约情况表: the same release, log prefix, calendar and day give the same bytes for ever; ``hash`` is over all the rest."""

    contract: str
    as_of: date
    release: Hash
    releases: list[ReleaseInForce] = Field(default_factory=list)
    calendar: Hash
    log: LogPrefix
    findings: list[StatementFinding]
    doubts: list[StatementDoubt]
    strays: list[StatementStray]
    settlement: StatementSettlement
    hash: Hash


class StatementAddress(Shape):
    """地址: all that a statement follows from."""

    as_of: date
    size: int
    root: Root
    release: Hash
    calendar: Hash


class FindingChange(Shape):
    """变化的结论: null where it stood on one side only."""

    term: str
    clause: str
    occurrence: str | None
    before: MarkKey | None
    after: MarkKey | None
    due_before: At | None
    due_after: At | None
    because_before: str
    because_after: str
    facts: list[str]
    gone: list[str]


class MoneyChange(Shape):
    """变化的金额, in fen; null where it is not known or is not there, and the state says which."""

    key: str
    what: str
    clause: str | None
    before_fen: int | None
    after_fen: int | None
    state_before: str
    state_after: str
    due_before: At | None
    due_after: At | None
    facts: list[str]
    gone: list[str]


class DifferenceDocument(Shape):
    """差异: from one statement of a contract to another."""

    before: StatementAddress
    after: StatementAddress
    findings: list[FindingChange]
    reworded: list[FindingChange]
    money: list[MoneyChange]
    facts: list[str]
    gone: list[str]


class TermProof(Shape):
    """一个结论的推导, whole, with its hash."""

    occurrence: str | None
    proof: ProofNode
    hash: Hash
