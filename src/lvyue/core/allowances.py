"""准与不准: what a contract lets the supplier do by itself, what only with the buyer's consent, and what not at all.

Contracts say it in terms of their own; which of a release's terms speak of a thing is told by their ids, listed here and nowhere
else. A contract without such a term is no licence: then consent is asked for by the rule of the house, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Doubt, malformed
from lvyue.core.release import Release
from lvyue.core.terms import Term

#: Only new and unused parts are fitted (S0 7.2.13, S1 and S2 7.2.14).
NEW_PARTS = frozenset({"parts-new", "new-parts"})
#: Nothing that can stop the system without leave (S0 7.2.10, S1 and S2 7.2.11).
STOPPING = frozenset({"no-stopping-software"})
#: No bulk messages by the buyer's platform without consent (S0 9.1.1, S1 and S2 8.1.1).
MESSAGES = frozenset({"no-mass-messages", "no-bulk-messages", "no-messages"})
#: No subcontract at all (S1 13).
NO_SUBCONTRACT = frozenset({"no-subcontract"})
#: Only what the term names, with written consent, to a qualified body (S2 13¶2).
ASSESSMENTS_ONLY = frozenset({"assessment-subcontract"})
#: With written consent, or as the bid names it (S0 14).
CONSENT_OR_BID = frozenset({"third-party-consent"})
#: Whoever is brought in is paid by the supplier (S0 7.2.12, S1 and S2 7.2.13).
OWN_COST = frozenset({"third-party-own-cost"})
#: The price is all-in (S0 to S2 5.1).
ALL_IN = frozenset({"no-extra-charge", "all-in-price"})
#: A fee for what the buyer adds beyond the scope (S1 and S2 7.2.2). S0 has no such clause.
FEE_FOR_SCOPE = frozenset({"extra-scope-fee"})

#: The only two things that S2 13¶2 lets go to somebody else.
ASSESSMENTS: Mapping[str, str] = {"grading": "等保测评", "cryptography": "密评"}


class Allowance(StrEnum):
    """准否: free, with the other side's consent, or never."""

    FREE = "free"
    CONSENT = "consent"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Judged:
    """裁断: whether something is allowed, why, and by which clauses; none where only the house says so."""

    allowance: Allowance
    why: str
    clauses: tuple[ClauseRef, ...] = ()

    @property
    def cited(self) -> str:
        """The clauses as text, and "本系统规定" where there are none."""
        return "、".join(str(one) for one in self.clauses) or "本系统规定"


class Matter(StrEnum):
    """须同意的事: what the supplier asks leave for before it does it."""

    TOOL = "tool"
    MESSAGES = "messages"
    THIRD_PARTY = "third_party"

    @property
    def zh(self) -> str:
        return {"tool": "软件与工具", "messages": "群发消息", "third_party": "第三方协作"}[self]


@dataclass(frozen=True, slots=True)
class Asked:
    """所请: what is to be done, from when until when (both included), and what the judgement depends on.

    ``stops``: it can end or hinder the running system by itself, such as by a licence timer. ``trial``: a licence for trial.
    ``work`` of a third party is one of ``ASSESSMENTS`` or any other word. ``in_bid``: the bid named it. ``qualified_until``
    is the last day of the body's qualification. ``buyer_pays``: the buyer is to bear its cost.
    """

    matter: Matter
    begins: date
    ends: date
    stops: bool = False
    trial: bool = False
    work: str = ""
    in_bid: bool = False
    qualified_until: date | None = None
    buyer_pays: bool = False


def terms_among(release: Release, ids: frozenset[str]) -> tuple[Term, ...]:
    """The terms of a release that bear one of these ids, in the release's order."""
    return tuple(term for term in release.terms if term.id in ids)


def clauses_of(release: Release, ids: frozenset[str]) -> tuple[ClauseRef, ...]:
    """The clauses of those terms, each once."""
    found = (one for term in terms_among(release, ids) for one in term.clauses)
    return tuple(dict.fromkeys(found))


def judged(release: Release, asked: Asked) -> Judged:
    """Whether the contract allows what is asked for."""
    match asked.matter:
        case Matter.TOOL:
            if not asked.stops:
                return Judged(Allowance.FREE, "不会自动终止或妨碍系统运行，登记即可")
            return _leave(release, STOPPING, "含自动终止或妨碍运行功能的，须甲方事先许可")
        case Matter.MESSAGES:
            return _leave(release, MESSAGES, "借甲方网络和平台群发消息，须甲方事先同意")
        case Matter.THIRD_PARTY:
            return _third_party(release, asked)


def _leave(release: Release, ids: frozenset[str], why: str) -> Judged:
    return Judged(Allowance.CONSENT, why, clauses_of(release, ids))


def _third_party(release: Release, asked: Asked) -> Judged:
    if never := clauses_of(release, NO_SUBCONTRACT):
        return Judged(Allowance.NEVER, "这份合同一律不得转让、分包", never)
    if only := clauses_of(release, ASSESSMENTS_ONLY):
        if asked.work in ASSESSMENTS:
            return Judged(Allowance.CONSENT, "须甲方书面同意，并由有资质的机构承担", only)
        names = "和".join(ASSESSMENTS.values())
        return Judged(Allowance.NEVER, f"只有{names}可以委托，其余一律不得分包", only)
    if by_bid := clauses_of(release, CONSENT_OR_BID):
        if asked.in_bid:
            return Judged(Allowance.FREE, "投标时已列明分包", by_bid)
        return Judged(Allowance.CONSENT, "须甲方事先书面同意，或投标时已列明", by_bid)
    return Judged(Allowance.CONSENT, "合同没有写明，按须甲方书面同意办理")


def wrong_with(release: Release, asked: Asked) -> Iterator[Doubt]:
    """What stands against asking at all, whatever the buyer might say to it."""
    if asked.ends < asked.begins:
        yield malformed("起止", f"{asked.ends} 早于 {asked.begins}。", "请核对开始和结束的日期。")
    if asked.matter is Matter.TOOL and asked.trial and not asked.stops:
        mend = "请勾选“会自动终止或妨碍运行”，并取得甲方许可，或改用正式许可。"
        yield malformed("许可证", "试用许可到期会停，却没有如实登记。", mend)
    ruling = judged(release, asked)
    if ruling.allowance is Allowance.NEVER:
        says = f"{ruling.why}（{ruling.cited}）。"
        yield malformed(asked.matter.zh, says, "请由乙方自己完成，或由双方先签补充协议。")
        return
    if asked.matter is not Matter.THIRD_PARTY:
        return
    if asked.buyer_pays:
        own = clauses_of(release, OWN_COST)
        cited = "、".join(str(one) for one in own) or "本系统规定"
        yield malformed(
            "费用", f"请第三方的费用由乙方自己承担（{cited}），不能转给甲方。", "请改由乙方承担。"
        )
    if asked.work in ASSESSMENTS and clauses_of(release, ASSESSMENTS_ONLY):
        yield from _qualification(asked)


def _qualification(asked: Asked) -> Iterator[Doubt]:
    name = ASSESSMENTS[asked.work]
    if asked.qualified_until is None:
        says, mend = f"没有写{name}机构的资质有效期。", "请写明资质证书的有效期，并附证书。"
        yield malformed("资质", says, mend)
    elif asked.qualified_until < asked.ends:
        says = f"资质 {asked.qualified_until} 到期，早于结束日 {asked.ends}。"
        yield malformed("资质", says, "请换有效的资质，或在到期前结束。")


def extra_work(release: Release) -> Judged:
    """Whether work beyond the scope may be billed: only where the contract knows a fee for it, and then by a signed change."""
    if fee := clauses_of(release, FEE_FOR_SCOPE):
        return Judged(Allowance.CONSENT, "增加范围的费用由双方签署变更后计", fee)
    if all_in := clauses_of(release, ALL_IN):
        return Judged(Allowance.NEVER, "最终总价已含全部费用，没有增加范围另行收费的约定", all_in)
    return Judged(Allowance.CONSENT, "合同没有写明，按双方签署变更办理")
