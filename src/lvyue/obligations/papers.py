"""合同文件: of which papers a contract consists, in which order, and which of them holds where they say otherwise.

The platform rules by the contract's own order and says so; where the order does not decide, it asks and does not choose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.core.precedence import (
    AUTHORITY,
    Candidate,
    Direction,
    Order,
    Resolution,
    SpecialRule,
    resolve,
)
from lvyue.core.release import ContractDoubt, Document, Release

#: Subjects that contracts give rules of their own, in words.
SUBJECTS: Mapping[str, str] = {
    "": "一般事项",
    "confidentiality": "保密",
    "confidentiality-remedy": "违反保密的处理",
    "security-penalty": "网络和数据安全处罚",
    "assessment": "考核",
    "acceptance": "验收",
    "standards": "标准",
    "quality": "服务质量",
    "amendment": "变更",
}

#: How sizes of one family are held against each other; units of two families are not.
_SIZES: tuple[tuple[str, str, Fraction], ...] = (
    ("分钟", "clock", Fraction(1)),
    ("个小时", "clock", Fraction(60)),
    ("小时", "clock", Fraction(60)),
    ("个工作日", "working", Fraction(1)),
    ("工作日", "working", Fraction(1)),
    ("周", "days", Fraction(7)),
    ("天", "days", Fraction(1)),
    ("日", "days", Fraction(1)),
    ("%", "percent", Fraction(1)),
    ("", "number", Fraction(1)),
)
_AMOUNT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(个?小时|分钟|个?工作日|[天日周%])?")
#: What people add to the name of a paper when they speak of it.
_FRILLS = re.compile(r"[《》“”\s（）()]")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """主张: what a paper says on the matter. ``both``: both parties confirmed it, which minutes and supplements need."""

    paper: str
    says: str
    where: str = ""
    signed: date | None = None
    both: bool = False

    @property
    def told(self) -> str:
        return f"{self.paper}{' ' + self.where if self.where else ''}"


@dataclass(frozen=True, slots=True)
class Contest:
    """文件之争: what was not let in and why, the ruling among the rest, and doubts of the contract that ask for a confirmation all the same."""

    refused: tuple[Doubt, ...]
    ruling: Resolution[str] | None
    confirm: tuple[ContractDoubt, ...]


def subjects_of(release: Release) -> Mapping[str, str]:
    """The subjects one can ask about: the general one, and those that this contract gives a rule."""
    own = {one.subject for one in release.order.special if one.rule is not SpecialRule.OVERRIDE}
    return {name: SUBJECTS.get(name, name) for name in ("", *sorted(own))}


def ranked(release: Release) -> tuple[Document, ...]:
    """The papers of a contract, first the one that wins; those without a rank at the end."""
    last = len(release.documents) + 1
    return tuple(sorted(release.documents, key=lambda one: (one.rank or last, not one.here)))


def document_named(release: Release, name: str) -> Document | None:
    """The paper of the contract that a name means: its id, its title, another name of it, or part of just one title."""
    asked = _FRILLS.sub("", name)
    for one in release.documents:
        if asked in {_FRILLS.sub("", known) for known in (one.id, one.title, *one.aliases)}:
            return one
    within = [one for one in release.documents if asked in _FRILLS.sub("", one.title)]
    return within[0] if len(asked) >= _SHORTEST and len(within) == 1 else None


def contest(
    release: Release,
    claims: Sequence[Claim],
    *,
    subject: str = "",
    stricter: Direction | None = None,
) -> Contest:
    """裁定: which claim holds. A paper that is not among those of the contract, and minutes that one side signed alone, are not let in (3, 3.6).

    ``Refused`` for a subject that the contract gives no rule of its own.
    """
    known = subjects_of(release)
    if subject not in known:
        says = f"这份合同没有为“{subject}”另定规则。"
        mend = f"可用的有：{'、'.join(name for name in known if name)}；一般事项留空。"
        raise Refused([malformed("事项", says, mend)])
    refused: list[Doubt] = []
    let_in: list[Candidate[str]] = []
    ranks: set[int] = set()
    for claim in claims:
        admitted = _admitted(release, claim, subject)
        if isinstance(admitted, Doubt):
            refused.append(admitted)
            continue
        let_in.append(admitted)
        rank = release.order.rank(admitted.document)
        ranks |= {rank} if rank is not None else set()
    order = _declared(release.order, subject, stricter)
    if not let_in:
        return Contest(tuple(refused), None, ())
    ruling = resolve("这件事", _weighed(let_in), order, subject=subject or None)
    return Contest(tuple(refused), ruling, tuple(_asking(release, ranks)))


def _admitted(release: Release, claim: Claim, subject: str) -> Candidate[str] | Doubt:
    if not claim.says.strip():
        return malformed(
            claim.told or "文件", "没有写明它怎么规定。", "请填写这份文件对这件事的规定。"
        )
    document = document_named(release, claim.paper)
    if document is None and _speaks_with_authority(release, claim.paper, subject):
        return Candidate(claim.says, claim.told, AUTHORITY, claim.signed)
    if document is None:
        return _unlisted(release, claim)
    if document.kind == "supplement" and not claim.both:
        return _refused(
            release,
            claim,
            f"“{document.title}”须双方签署或确认；这一份只有一方，不作为合同文件。",
            "请补上双方的签署或确认。",
        )
    return Candidate(claim.says, claim.told, document.id, claim.signed)


def _speaks_with_authority(release: Release, name: str, subject: str) -> bool:
    """The rules of the supervising authority are no paper of the contract, but the contract lets them decide some subjects."""
    decides = any(
        one.rule is SpecialRule.AUTHORITY and one.subject == subject
        for one in release.order.special
    )
    return decides and "主管" in name


def _unlisted(release: Release, claim: Claim) -> Doubt:
    titles = "、".join(one.title for one in ranked(release))
    says = f"“{claim.paper}”不在合同文件之列，不能当合同文件引用。合同文件有：{titles}。"
    return _refused(
        release, claim, says, "请引用列明的文件；确属合同文件的，请由双方签署补充协议列明。"
    )


def _refused(release: Release, claim: Claim, says: str, mend: str) -> Doubt:
    clause = release.order.clause
    return Doubt(
        id=DoubtId(f"refused:{claim.told}"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=(clause,) if clause else (),
        says=says,
        mend=mend,
    )


def _declared(order: Order, subject: str, stricter: Direction | None) -> Order:
    """The order with the direction that the person declares; it is never guessed."""
    if stricter is None:
        return order
    return replace(
        order,
        special=tuple(
            replace(one, direction=stricter)
            if one.subject == subject and one.direction is None
            else one
            for one in order.special
        ),
    )


def _weighed(candidates: Sequence[Candidate[str]]) -> list[Candidate[str]]:
    """With a weight where all speak of one kind of size: 30 分钟 against 1 小时, but not 3 个工作日 against 3 天."""
    sizes = [_size(one.value) for one in candidates]
    families = {family for family, _ in sizes}
    if len(families) > 1 or "" in families:
        return list(candidates)
    shared = 1
    for _, size in sizes:
        shared *= size.denominator
    return [
        replace(one, weight=int(size * shared))
        for one, (_, size) in zip(candidates, sizes, strict=True)
    ]


def _size(text: str) -> tuple[str, Fraction]:
    """The one size of a text, by family; an empty family where there is none or more than one."""
    found = _AMOUNT.findall(text)
    if len(found) != 1:
        return "", Fraction(0)
    number, unit = found[0]
    family, factor = next((kind, factor) for name, kind, factor in _SIZES if name == unit)
    return family, Fraction(number) * factor


def _asking(release: Release, ranks: set[int]) -> list[ContractDoubt]:
    """Doubts of the contract about the order of just these papers: its clause for each of two of them is named there."""
    clause = release.order.clause
    home = release.clause_named(clause) if clause else None
    if home is None or len(ranks) < 2:  # noqa: PLR2004  a contest needs two
        return []
    listed = {rank: _child(home, rank) for rank in ranks}
    return [
        doubt
        for doubt in release.doubts
        if doubt.severity is not Severity.NOTE
        and sum(place in doubt.clauses for place in listed.values()) > 1
    ]


def _child(home: ClauseRef, rank: int) -> ClauseRef | None:
    """The clause that lists the papers of a rank, where a contract numbers them: 3.4 for the fourth."""
    try:
        return ClauseRef.parse(f"{home}.{rank}")
    except ValueError:
        return None


# ── for files and interfaces ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SpecialRuling:
    """特别规则: for what, how, by which clause."""

    subject: str
    word: str
    rule: SpecialRule
    clause: str


@dataclass(frozen=True, slots=True)
class PaperList:
    """合同文件表: the papers in their order, the clause that orders them, and the subjects with rules of their own."""

    clause: str | None
    later_wins: bool
    papers: tuple[Document, ...]
    special: tuple[SpecialRuling, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """落选: a claim that was not taken, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class ContestView:
    """裁定书: ``value`` null: nobody's; ``doubt`` then says what is to be asked. ``confirm``: decided, and to be confirmed all the same."""

    value: str | None
    clauses: tuple[str, ...]
    lost: tuple[Lost, ...]
    refused: tuple[Doubt, ...]
    doubt: Doubt | None
    confirm: tuple[Doubt, ...]


def list_of(release: Release) -> PaperList:
    """The papers of a contract as one value."""
    words = subjects_of(release)
    return PaperList(
        release.order.clause,
        release.order.later_wins,
        ranked(release),
        tuple(
            SpecialRuling(one.subject, words.get(one.subject, one.subject), one.rule, one.clause)
            for one in release.order.special
        ),
    )


def view_of(found: Contest) -> ContestView:
    """A contest as one value."""
    ruling = found.ruling
    lost = ruling.proof.rejected if ruling is not None else ()
    return ContestView(
        ruling.value if ruling is not None else None,
        ruling.proof.clauses if ruling is not None else (),
        tuple(Lost(one.what, one.why) for one in lost),
        found.refused,
        ruling.doubt if ruling is not None else None,
        tuple(one.doubt for one in found.confirm),
    )
