"""Reads of the disclosure desk: the register, one request with what may be done to it, and what a link leads to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from lvyue import clock
from lvyue.accounts import queries as accounts
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.duties import may_follow
from lvyue.accounts.permissions import STEPS, YES, Right, Ruling, Seat, may, no
from lvyue.confidentiality.choices import OPEN
from lvyue.confidentiality.models import DisclosedFile, Disclosure, DisclosureLink, Handover
from lvyue.core.lifecycles import DISCLOSURE, Step

#: So many requests stand on one page, and so many leave in one file.
AT_ONCE = 100
IN_A_FILE = 20_000


def disclosures(contract_id: str) -> QuerySet[Disclosure]:
    """The register of one contract, newest first, with ``file_count``, ``taken`` and ``last_taken``."""
    found = Disclosure.objects.filter(contract_id=contract_id).order_by("-number")
    return found.annotate(
        file_count=Count("files", distinct=True),
        taken=Count("links__handovers", distinct=True),
        last_taken=Max("links__handovers__at"),
    )


def disclosure(contract_id: str, number: int) -> Disclosure | None:
    """One request of just this contract."""
    return disclosures(contract_id).filter(number=number).first()


def files_of(row: Disclosure) -> tuple[DisclosedFile, ...]:
    return tuple(row.files.order_by("id"))


def links_of(row: Disclosure) -> tuple[DisclosureLink, ...]:
    return tuple(row.links.order_by("-id"))


def handovers_of(row: Disclosure) -> tuple[Handover, ...]:
    """Every time that the files were taken, the latest first."""
    return tuple(Handover.objects.filter(link__disclosure=row).order_by("-id"))


# ── what may be done ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OpenStep:
    """可走的一步: a step of the table that leads on from here, and whether this person may take it, with the reason."""

    step: Step
    ruling: Ruling


def open_steps(row: Disclosure, seat: Seat) -> tuple[OpenStep, ...]:
    """The steps a person could take now; giving is the link's, and nobody's button."""
    return tuple(
        OpenStep(step, may_take(row, step.name, seat))
        for step in DISCLOSURE.open_steps(row.state)
        if step.by != ("system",)
    )


def may_take(row: Disclosure, name: str, seat: Seat) -> Ruling:
    """Whether a person may take a step of one request."""
    ruling = may(seat, STEPS[DISCLOSURE.name][name].right)
    if not ruling:
        return ruling
    if name not in {step.name for step in DISCLOSURE.open_steps(row.state)}:
        return no("state", f"{row.name}的状态是“{row.get_state_display()}”，不能这样做。")
    if name == "withdraw" and seat.side != row.side:
        return no("proposer", "由申请的一方撤回；甲方可以不同意，或收回同意。")
    if "own_house" in STEPS[DISCLOSURE.name][name].rules and not of_the_house(seat):
        says = "您与在任的甲方项目负责人不在同一个单位，不能代表甲方办理；请由甲方项目负责人办理。"
        return no("own_house", says)
    ruling = may_follow(DISCLOSURE, name, {"apply": row.applied_by}, seat.username)
    return ruling or no(ruling.rule, f"{ruling.reason}{_who_else(row)}")


def of_the_house(seat: Seat) -> bool:
    """Whether somebody answers for the buyer: its lead, or whom it appointed for this out of its own organisation."""
    lead = ContractRole.BUYER
    return lead in seat.roles or accounts.of_the_house_of(seat.username, seat.contract_id, lead)


def consenting(contract_id: str) -> tuple[Seat, ...]:
    """同意人: everybody who may consent on a contract now, its leads first; who has left or moved is none of them."""
    held = accounts.appointments(contract_id).filter(role__in=Right.CONSENT.roles)
    people = {one.account_id: one.account for one in held if one.account.is_active}
    seats = [accounts.seat_of(one, contract_id) for one in people.values()]
    able = [one for one in seats if may(one, Right.CONSENT) and of_the_house(one)]
    return tuple(sorted(able, key=lambda one: ContractRole.BUYER not in one.roles))


def _who_else(row: Disclosure) -> str:
    """Who may consent to what the buyer's lead asked for: by name, or whom to appoint where there is nobody."""
    others = [one.name for one in consenting(row.contract_id) if one.username != row.applied_by]
    if others:
        return f"可以由{'、'.join(others[:5])}办理。"
    label = ContractRole.CONSENTER.label
    return f"现在没有这样的人：请系统管理员任命甲方本单位的另一个人为{label}（只能同意，不能申请），或再任命一位甲方项目负责人。"


def may_link(row: Disclosure, seat: Seat) -> Ruling:
    """Whether a person may make a link for the third party: who applied, or who consented, as long as the consent stands."""
    ruling = may(seat, Right.DISCLOSE)
    if not ruling:
        return ruling
    if row.state not in OPEN:
        return no("consent", f"{row.name}还没有有效的书面同意，不能提供。")
    if row.until < clock.today():
        return no("consent", f"同意的期限 {row.until} 已过，不能再提供。请重新申请。")
    if seat.username not in (row.applied_by, row.consent_by) and seat.side != row.side:
        return no("proposer", "由申请的一方或同意的人建立链接。")
    return YES


# ── what a third party sees ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Offered:
    """可取的文件: what a link leads to as long as it works."""

    number: str
    recipient: str
    purpose: str
    until: datetime
    left: int
    files: tuple[DisclosedFile, ...]


def live_link(secret: str, at: datetime) -> DisclosureLink | None:
    """The link that works at a moment: not expired, not used up, and under a consent that stands."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
    found = DisclosureLink.objects.select_related("disclosure__contract").filter(
        digest=digest, expires_at__gt=at, disclosure__state__in=OPEN
    )
    link = found.first()
    return link if link is not None and link.used < link.most else None


def offered(secret: str, at: datetime | None = None) -> Offered | None:
    """What somebody with a link is offered; None where the link never was, or works no longer: nobody is told which."""
    link = live_link(secret, at or clock.now())
    if link is None:
        return None
    row = link.disclosure
    return Offered(
        number=mark_of(row),
        recipient=row.recipient,
        purpose=row.purpose,
        until=link.expires_at,
        left=link.most - link.used,
        files=files_of(row),
    )


def mark_of(row: Disclosure) -> str:
    """The mark that stands in every file name and on the cover: which request it was, on which contract."""
    return f"{row.contract_id}-提供{row.number:03d}"


__all__ = [
    "DisclosedFile",
    "Disclosure",
    "DisclosureLink",
    "Handover",
    "Offered",
    "OpenStep",
    "consenting",
    "disclosure",
    "disclosures",
    "files_of",
    "handovers_of",
    "links_of",
    "live_link",
    "mark_of",
    "may_link",
    "may_take",
    "of_the_house",
    "offered",
    "open_steps",
]
