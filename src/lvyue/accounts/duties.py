"""职责分离: who may not be two things at once, and who may not take two steps of one thing. Rules, not habits.

Appointments ask `may_hold`; whoever signs, consents or confirms asks `may_follow` with who took which step before, and
the pairs that are kept apart are read off the lifecycles of the core.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import YES, Ruling, Seat, no
from lvyue.core.lifecycles import Lifecycle
from lvyue.core.terms import Party

#: Who looks on and stands on no side. The plain auditor may stand beside one: offices audit themselves as well.
INDEPENDENT = frozenset(
    {ContractRole.SUPERVISOR, ContractRole.ASSESSOR, ContractRole.CRYPTO_AUDITOR}
)

_CRYPTO = frozenset(
    {
        ContractRole.CRYPTO_APPROVER,
        ContractRole.KEY_MANAGER,
        ContractRole.CRYPTO_OPERATOR,
        ContractRole.CRYPTO_AUDITOR,
    }
)

#: Two roles of one contract that one person must not hold together, by the rule that says so (CRY-05).
INCOMPATIBLE: Mapping[frozenset[ContractRole], str] = {
    **{
        frozenset({one, other}): "keys_apart"
        for one in _CRYPTO
        for other in _CRYPTO
        if one is not other
    },
    frozenset({ContractRole.USING_DEPARTMENT, ContractRole.CRYPTO_APPROVER}): "keys_apart",
    **{
        frozenset({one, other}): "independent"
        for one in INDEPENDENT
        for other in ContractRole
        if other.side is not None and other not in _CRYPTO
    },
    **{
        frozenset({one, other}): "independent"
        for one in INDEPENDENT - _CRYPTO
        for other in _CRYPTO - INDEPENDENT
    },
}


@dataclass(frozen=True, slots=True)
class Held:
    """在任: who is what on a contract, and of which organisation, as far as duties ask."""

    username: str
    name: str
    role: ContractRole
    organisation: int | str | None


def may_hold(one: Held, others: Collection[Held], *, administrator: bool) -> Ruling:
    """Whether somebody may be appointed to a role, with all who are on the contract now."""
    return next(
        (no(rule, says) for rule, says in _against(one, others, administrator=administrator)), YES
    )


def _against(
    one: Held, others: Collection[Held], *, administrator: bool
) -> Iterator[tuple[str, str]]:
    if administrator:
        says = f"{one.name}是系统管理员，不能在合同上任职：管账号的人不因此看到合同。"
        yield "administrator", says
    own = [other for other in others if other.username == one.username]
    for other in own:
        if _opposite(one.role, other.role):
            yield "one_side", f"{one.name}已是{other.role.label}，不能同时代表另一方。"
    for other in own:
        if rule := INCOMPATIBLE.get(frozenset({one.role, other.role})):
            says = f"{one.name}已是{other.role.label}，不能兼任{one.role.label}。"
            yield rule, says
    for other in others:
        if other not in own and _opposite(one.role, other.role) and _one_house(one, other):
            says = f"{one.name}和{other.role.label}{other.name}同属一个单位，不能分在两方。"
            yield "two_organisations", says


def _opposite(one: ContractRole, other: ContractRole) -> bool:
    return None not in (one.side, other.side) and one.side is not other.side


def _one_house(one: Held, other: Held) -> bool:
    return one.organisation is not None and one.organisation == other.organisation


# ── steps of one thing ───────────────────────────────────────────────────────────────────────────────────────────


def may_follow(lifecycle: Lifecycle, step: str, taken: Mapping[str, str], who: str) -> Ruling:
    """Whether somebody may take a step, seeing who took the others: author and reviewer, applicant and approver.

    ``taken`` is who took each step that was taken.
    """
    zh = {one.name: one.zh for one in lifecycle.steps}
    for pair in lifecycle.apart:
        if step not in pair:
            continue
        other = pair[1] if step == pair[0] else pair[0]
        if other != step and taken.get(other) == who:
            says = f"{lifecycle.zh}的“{zh[other]}”是您办的，“{zh[step]}”须由另一个人办理。"
            return no("apart", says)
    return YES


def may_speak_for_one(seat: Seat, what: str = "办理") -> Ruling:
    """Nobody acts for both sides at once, even where the appointments would let it through."""
    if len(seat.sides) > 1:
        return no("one_side", f"您同时代表双方，不能{what}。请由各方的人分别办理。")
    return YES


def may_sign_too(seat: Seat, side: Party, signed: Mapping[Party, str]) -> Ruling:
    """Whether somebody may sign for a side, seeing who signed for which: two sides are two people."""
    if any(who == seat.username for there, who in signed.items() if there is not side):
        return no("two_people", "您已代表另一方签署；两方的签署须由两个人作出。")
    return YES
