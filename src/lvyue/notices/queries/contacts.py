"""Reads of the register of contacts and liaisons: who is reached where, on which day, and which of them counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from lvyue.accounts.permissions import Ruling
from lvyue.contracts.queries import release_on
from lvyue.core.calendar import Calendar, Deadline
from lvyue.core.release import Release
from lvyue.core.service import (
    BY_LAW,
    Channel,
    ContactMeans,
    ServiceRules,
    Standing,
    counting,
    standing_of,
    tell_by,
)
from lvyue.library.loader import load_text
from lvyue.notices.letter_choices import Origin, Side
from lvyue.notices.models import Contact, Liaison
from lvyue.notices.veiling import veiled

#: Releases are read once by their digest; the body of a digest never changes.
_releases: dict[str, Release] = {}
_MOST = 64


def release_of(contract_id: str, on: date) -> Release | None:
    """The release in force on a day, understood; None before anybody has registered one."""
    row = release_on(contract_id, on)
    if row is None:
        return None
    if row.digest not in _releases:
        if len(_releases) >= _MOST:
            _releases.clear()
        _releases[row.digest] = load_text(row.body)
    return _releases[row.digest]


def rules_of(contract_id: str, on: date) -> ServiceRules:
    """How service counts under a contract on a day; what the law says where the contract says nothing."""
    release = release_of(contract_id, on)
    return release.service if release is not None and release.service is not None else BY_LAW


# ── contacts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def contacts(contract_id: str) -> QuerySet[Contact]:
    """Every contact of a contract, those that were given up too."""
    found = Contact.objects.filter(contract_id=contract_id).select_related("letter", "replaces")
    return found.order_by("side", "kind", "id")


def contact(contract_id: str, contact_id: int) -> Contact | None:
    """One contact of just this contract."""
    return contacts(contract_id).filter(pk=contact_id).first()


def known_from(row: Contact) -> date | None:
    """From which day the other side is held to know a contact."""
    if row.letter is not None:
        return row.letter.served_on
    if row.origin == Origin.CONTRACT:
        return row.since
    return row.known_on or row.confirmed_on


def as_channel(row: Contact) -> Channel:
    """A row as the law sees it. What the contract itself lists has been confirmed by both, who signed it."""
    confirmed = row.since if row.origin == Origin.CONTRACT else row.confirmed_on
    replaces = str(row.replaces_id) if row.replaces_id else ""
    kind = ContactMeans(row.kind)
    return Channel(str(row.pk), kind, known_from(row), confirmed, row.until, replaces)


def standing(row: Contact, on: date, rules: ServiceRules | None = None) -> Standing:
    """Whether a contact counts on a day, with the reason."""
    rules = rules or rules_of(row.contract_id, on)
    rows = contacts(row.contract_id).filter(side=row.side)
    channels = [as_channel(one) for one in rows]
    return standing_of(rules, channels, as_channel(row), on)


def counting_on(contract_id: str, side: Side, on: date) -> list[Contact]:
    """The contacts of one side that count on a day."""
    rows = {str(one.pk): one for one in contacts(contract_id).filter(side=side)}
    channels = [as_channel(one) for one in rows.values()]
    return [rows[one.id] for one in counting(rules_of(contract_id, on), channels, on)]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """联系方式一行: as anybody on the contract may see it: the value veiled, whether it counts today, and what is late about it."""

    id: int
    side: str
    side_zh: str
    kind: str
    kind_zh: str
    value: str
    person: str
    origin_zh: str
    since: date
    until: date | None
    known_on: date | None
    confirmed_on: date | None
    confirmed_name: str
    replaces: int | None
    counts: bool
    because: str
    tell_by: date | None
    tell_strict: date | None
    days_late: int
    strict_days_late: int
    paper: str
    letter: int | None
    ended_reason: str


def contact_rows(contract_id: str, on: date, calendar: Calendar) -> tuple[ContactRow, ...]:
    """The register of both sides as of a day."""
    rules = rules_of(contract_id, on)
    found = list(contacts(contract_id))
    by_side = {side: [one for one in found if one.side == side] for side in Side.values}
    return tuple(_row(one, by_side[one.side], rules, on, calendar) for one in found)


def _row(
    row: Contact, same: Sequence[Contact], rules: ServiceRules, on: date, calendar: Calendar
) -> ContactRow:
    here = standing_of(rules, [as_channel(one) for one in same], as_channel(row), on)
    known = known_from(row)
    limit = tell_by(rules, row.since, calendar) if row.replaces_id else None
    told = known or on
    return ContactRow(
        id=row.pk,
        side=row.side,
        side_zh=row.get_side_display(),
        kind=row.kind,
        kind_zh=row.get_kind_display(),
        value=veiled(row.kind, row.value),
        person=veiled("name", row.person),
        origin_zh=row.get_origin_display(),
        since=row.since,
        until=row.until,
        known_on=known,
        confirmed_on=row.confirmed_on,
        confirmed_name=row.confirmed_name,
        replaces=row.replaces_id,
        counts=here.counts,
        because=here.because,
        tell_by=limit.due_day if limit is not None else None,
        tell_strict=_strict(limit),
        days_late=max((told - limit.due_day).days, 0) if limit is not None else 0,
        strict_days_late=_strictly(limit, told),
        paper=row.paper,
        letter=row.letter.number if row.letter is not None else None,
        ended_reason=row.ended_reason,
    )


def _strict(limit: Deadline | None) -> date | None:
    if limit is None:
        return None
    strict = limit.strict
    return strict if type(strict) is date else limit.due_day


def _strictly(limit: Deadline | None, told: date) -> int:
    strict = _strict(limit)
    return max((told - strict).days, 0) if strict is not None else 0


# ── liaisons ─────────────────────────────────────────────────────────────────────────────────────────────────────


def liaisons(contract_id: str) -> QuerySet[Liaison]:
    """The liaisons of both sides, the present and the former, newest first."""
    return Liaison.objects.filter(contract_id=contract_id).order_by("side", "-since", "-id")


def liaison(contract_id: str, liaison_id: int) -> Liaison | None:
    """One liaison of just this contract."""
    return liaisons(contract_id).filter(pk=liaison_id).first()


@dataclass(frozen=True, slots=True)
class LiaisonRow:
    """联络人一行: who speaks for a side, since when, until when, with which powers."""

    id: int
    side: str
    side_zh: str
    name: str
    powers: str
    since: date
    until: date | None
    told_on: date | None
    paper: str
    is_current: bool


def liaison_rows(contract_id: str, on: date) -> tuple[LiaisonRow, ...]:
    """Both sides' liaisons as of a day."""
    return tuple(
        LiaisonRow(
            id=one.pk,
            side=one.side,
            side_zh=one.get_side_display(),
            name=one.name,
            powers=one.powers,
            since=one.since,
            until=one.until,
            told_on=one.told_on,
            paper=one.paper,
            is_current=_held(one, on),
        )
        for one in liaisons(contract_id)
    )


def _held(row: Liaison, on: date) -> bool:
    return row.since <= on and (row.until is None or on <= row.until)


def may_sign_off(contract_id: str, side: Side, name: str, on: date) -> Ruling:
    """Whether what somebody signs off in hand binds a side on a day: its liaison of that day may, a former one may not.

    Where a side has named nobody, whoever of it signs is taken at their word.
    """
    found = list(liaisons(contract_id).filter(side=side))
    current = [one for one in found if _held(one, on)]
    if not current or any(one.name == name for one in current):
        return Ruling(allowed=True)
    now = "、".join(one.name for one in current)
    former = next((one for one in found if one.name == name), None)
    if former is None:
        says = f"“{name}”不是{side.label}登记的联络人，不能代表{side.label}签收。"
    elif former.until is not None and former.until < on:
        says = f"“{name}”自 {former.until} 之后已不是{side.label}联络人，不能再签收。"
    else:
        says = f"“{name}”从 {former.since} 起才是{side.label}联络人。"
    return Ruling(allowed=False, reason=f"{says}当日的联络人是{now}。")


__all__ = [
    "Contact",
    "ContactRow",
    "Liaison",
    "LiaisonRow",
    "as_channel",
    "contact",
    "contact_rows",
    "contacts",
    "counting_on",
    "known_from",
    "liaison",
    "liaison_rows",
    "liaisons",
    "may_sign_off",
    "release_of",
    "rules_of",
    "standing",
]
