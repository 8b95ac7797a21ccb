"""依据: the clause of a contract that forbids giving anything away without consent. Found by what its terms say. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lvyue.accounts.permissions import HOUSE
from lvyue.core.release import Release
from lvyue.core.terms import Party, Prohibition
from lvyue.obligations.wording import cite

#: What a term about giving away says; with one of these for the consent that lifts it.
_GIVING = ("泄露", "披露", "透露", "提供给", "泄漏", "外传", "给第三方", "扩散")
_CONSENT = ("同意", "许可", "批准", "授权")


@dataclass(frozen=True, slots=True)
class Basis:
    """依据: one term that asks for consent, with its clauses as people cite them."""

    term: str
    clauses: str
    says: str


def bases_of(release: Release, side: Party | None = None) -> tuple[Basis, ...]:
    """The prohibitions of a contract that bind a side (or any) not to give away without consent, in the contract's order."""
    return tuple(
        Basis(str(term.id), "、".join(cite(str(one)) for one in term.clauses), term.says)
        for term in release.terms
        if isinstance(term, Prohibition)
        and (side is None or term.debtor in (side, Party.BOTH))
        and any(word in term.says for word in _GIVING)
        and any(word in term.says for word in _CONSENT)
    )


def told(bases: tuple[Basis, ...]) -> str:
    """The basis in words; a rule of this house where the contract is silent."""
    if not bases:
        return f"{HOUSE}：合同没有写对外提供，照样须甲方事先书面同意"
    return "；".join(one.clauses for one in bases)
