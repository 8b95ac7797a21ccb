"""Reads of people: who someone is on a contract, who may sign in, and what has been done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet

from lvyue import clock
from lvyue.accounts.choices import ACTS, CHANGED, PEOPLE_ACTS, ContractRole
from lvyue.accounts.models import (
    Account,
    Appointment,
    AuditEntry,
    Organisation,
    SignInFailure,
    Token,
)
from lvyue.accounts.permissions import Seat
from lvyue.core.terms import Party

#: For so long wrong passwords count, and for so long nobody may try after too many of them.
LOCK = timedelta(minutes=15)

#: So many of them close a name for an address, an address for every name, a name for every address. The last is high:
#: who locks somebody else out on purpose should have to work for it.
FAILURES_OF_BOTH, FAILURES_OF_ADDRESS, FAILURES_OF_NAME = 5, 50, 25

#: So many people, and so many entries, stand on one page.
PEOPLE_AT_ONCE = 50
ENTRIES_AT_ONCE = 100

#: The most entries that leave in one file.
ENTRIES_IN_A_FILE = 20_000


# ── who someone is on a contract ─────────────────────────────────────────────────────────────────────────────────


def seat_of(account: Account, contract_id: str) -> Seat:
    """What a person is on a contract now. One read; a seat without roles where they are nothing."""
    held = Appointment.objects.filter(account=account, contract_id=contract_id, until__isnull=True)
    roles = frozenset(ContractRole(role) for role in held.values_list("role", flat=True))
    return Seat(account.username, account.name, contract_id, roles, account.is_administrator)


def contracts_of(account: Account) -> tuple[str, ...]:
    """The ids of the contracts on which a person holds a role now, in order."""
    held = Appointment.objects.filter(account=account, until__isnull=True)
    return tuple(held.order_by("contract_id").values_list("contract_id", flat=True).distinct())


def seats_of(account: Account) -> dict[str, Seat]:
    """Every seat of a person, by contract. One read."""
    held = Appointment.objects.filter(account=account, until__isnull=True)
    roles: dict[str, set[ContractRole]] = {}
    for contract_id, role in held.order_by("contract_id").values_list("contract_id", "role"):
        roles.setdefault(contract_id, set()).add(ContractRole(role))
    return {
        contract_id: Seat(
            account.username,
            account.name,
            contract_id,
            frozenset(found),
            account.is_administrator,
        )
        for contract_id, found in roles.items()
    }


def appointments(contract_id: str) -> QuerySet[Appointment]:
    """Who is what on a contract now, by role."""
    held = Appointment.objects.filter(contract_id=contract_id, until__isnull=True)
    return held.select_related("account__organisation").order_by("role", "account__username")


def appointments_of(account: Account) -> QuerySet[Appointment]:
    """What a person is and was, what is held now first."""
    found = Appointment.objects.filter(account=account)
    return found.order_by(F("until").desc(nulls_first=True), "contract_id", "role")


def appointment(account: Account, appointment_id: int) -> Appointment | None:
    """One appointment of just this person."""
    return appointments_of(account).select_related("account").filter(pk=appointment_id).first()


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def accounts() -> QuerySet[Account]:
    """Everybody, by the name they sign in with."""
    return Account.objects.select_related("organisation").order_by("username")


def account(username: str) -> Account | None:
    return accounts().filter(username=username).first()


def organisations() -> QuerySet[Organisation]:
    return Organisation.objects.order_by("id")


def organisation(organisation_id: str) -> Organisation | None:
    return organisations().filter(pk=organisation_id).first()


def organisations_with_numbers() -> QuerySet[Organisation]:
    """Every organisation with ``people``, how many accounts belong to it."""
    return organisations().annotate(people=Count("accounts"))


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """人员页: some accounts, with ``held``: what each is on which contract now. ``after`` leads to those behind."""

    people: tuple[Account, ...]
    after: str


def people(sought: str = "", *, after: str = "", at_once: int = PEOPLE_AT_ONCE) -> PeoplePage:
    """Accounts whose sign-in name, name or organisation holds the words, by sign-in name. Two reads."""
    held = Appointment.objects.filter(until__isnull=True).order_by("contract_id", "role")
    found = accounts().prefetch_related(Prefetch("appointments", held, to_attr="held"))
    if sought:
        found = found.filter(
            Q(username__icontains=sought)
            | Q(name__icontains=sought)
            | Q(organisation__name__icontains=sought)
        )
    if after:
        found = found.filter(username__gt=after)
    some = tuple(found[: at_once + 1])
    more = len(some) > at_once
    return PeoplePage(some[:at_once], some[at_once - 1].username if more else "")


def held_by(account: Account) -> list[Appointment]:
    """What somebody of ``people`` or ``demonstration_people`` is now, without asking again."""
    return list(vars(account)["held"])


@dataclass(frozen=True, slots=True)
class Tenure:
    """任期: from when until when somebody was on a side of a contract; ``until`` is None as long as they are."""

    username: str
    side: Party
    since: datetime
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Sides:
    """两方的人: everybody who ever was on a side of a contract, also those who left."""

    tenures: tuple[Tenure, ...] = ()

    def of(self, username: str, at: datetime) -> Party | None:
        """The side on which somebody was at a moment, whatever they were before and are now; None where on none."""
        found = (one.side for one in self.tenures if one.username == username and one.covers(at))
        return next(found, None)


def sides_of(contract_id: str) -> Sides:
    """Who was on which side of a contract, and when. One read."""
    held = Appointment.objects.filter(contract_id=contract_id).order_by("-id")
    rows = held.values_list("account__username", "role", "since", "until")
    return Sides(
        tuple(
            Tenure(who, side, since, until)
            for who, role, since, until in rows
            if (side := ContractRole(role).side) is not None
        )
    )


def names_of(usernames: Iterable[str]) -> dict[str, str]:
    """The names that pages show for sign-in names; one read."""
    found = Account.objects.filter(username__in=set(usernames)).values_list("username", "name")
    return dict(found)


def is_administered() -> bool:
    """Whether somebody real keeps the accounts here, so that this is no mere demonstration."""
    return Account.objects.filter(is_administrator=True, demonstration=False).exists()


def demonstration_people() -> tuple[Account, ...]:
    """Those of the demonstration who may sign in, with ``held``. Two reads, or one where there is no demonstration."""
    held = Appointment.objects.filter(until__isnull=True).order_by("contract_id", "role")
    found = accounts().filter(demonstration=True, is_active=True)
    return tuple(found.prefetch_related(Prefetch("appointments", held, to_attr="held")))


def demonstration_account(username: str) -> Account | None:
    """Whom anybody may sign in as by one click: an active account of the demonstration, and nobody else."""
    return accounts().filter(username=username, demonstration=True, is_active=True).first()


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────


def locked_until(username: str, address: str, at: datetime) -> datetime | None:
    """Until when nobody may try again under this name from this address; None where anybody may."""
    recent = SignInFailure.objects.filter(at__gt=at - LOCK).order_by("-at")
    ends = [
        _end(recent.filter(username=username, address=address), FAILURES_OF_BOTH),
        _end(recent.filter(address=address), FAILURES_OF_ADDRESS),
        _end(recent.filter(username=username), FAILURES_OF_NAME),
    ]
    return max((end for end in ends if end is not None), default=None)


def _end(failures: QuerySet[SignInFailure], most: int) -> datetime | None:
    last = list(failures.values_list("at", flat=True)[:most])
    return last[0] + LOCK if len(last) == most else None


def tokens_of(account: Account) -> QuerySet[Token]:
    """The tokens of a person, the newest first."""
    return Token.objects.filter(account=account).order_by("-id")


def token_of(account: Account, token_id: int) -> Token | None:
    return tokens_of(account).filter(pk=token_id).first()


def account_by_token(secret: str, at: datetime | None = None) -> Account | None:
    """Who acts by this token at a moment, or now: nobody once it has expired, was revoked, or its account switched off."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
    found = Token.objects.select_related("account__organisation").filter(
        digest=digest,
        revoked_at__isnull=True,
        expires_at__gt=at or clock.now(),
        account__is_active=True,
    )
    token = found.first()
    return token.account if token is not None else None


# ── the audit trail ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """留痕筛选: whose acts, which act, from which day to which, and below which entry."""

    who: str = ""
    act: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """变更: one value of an entry, in words, before and after."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """留痕行: one entry in words."""

    id: int
    at: datetime
    who: str
    name: str
    roles: str
    contract_id: str
    act: str
    about: str
    changes: tuple[Change, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """留痕页: some entries, the latest first. ``before`` leads to those behind."""

    rows: tuple[AuditRow, ...]
    before: int | None


def audit_trail(contract_id: str = "") -> QuerySet[AuditEntry]:
    """What was done, latest first; on one contract, or everywhere."""
    found = AuditEntry.objects.order_by("-id")
    return found.filter(contract_id=contract_id) if contract_id else found


def administration_trail() -> QuerySet[AuditEntry]:
    """What administrators answer for: people, and nothing of what happens inside a contract."""
    return audit_trail().filter(Q(contract_id="") | Q(act__in=PEOPLE_ACTS))


def audit_page(
    trail: QuerySet[AuditEntry], asked: AuditFilter, *, at_once: int = ENTRIES_AT_ONCE
) -> AuditPage:
    """The entries that a filter lets through. One read."""
    entries = list(_filtered(trail, asked)[: at_once + 1])
    rows = tuple(_row(entry) for entry in entries[:at_once])
    return AuditPage(rows, rows[-1].id if len(entries) > at_once else None)


def acts_of(trail: QuerySet[AuditEntry]) -> tuple[tuple[str, str], ...]:
    """The acts that a trail holds, each with its word, for the filter."""
    found = trail.order_by().values_list("act", flat=True).distinct()
    return tuple(sorted(((act, act_in_words(act)) for act in found), key=lambda one: one[1]))


def _filtered(trail: QuerySet[AuditEntry], asked: AuditFilter) -> QuerySet[AuditEntry]:
    if asked.who:
        trail = trail.filter(Q(who=asked.who) | Q(name__icontains=asked.who))
    if asked.act:
        trail = trail.filter(act=asked.act)
    if asked.first is not None:
        trail = trail.filter(at__gte=_midnight(asked.first))
    if asked.last is not None:
        trail = trail.filter(at__lt=_midnight(asked.last + timedelta(days=1)))
    if asked.before is not None:
        trail = trail.filter(pk__lt=asked.before)
    return trail


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.SHANGHAI)


def _row(entry: AuditEntry) -> AuditRow:
    return AuditRow(
        id=entry.pk,
        at=entry.at,
        who=entry.who,
        name=entry.name,
        roles=entry.roles,
        contract_id=entry.contract_id,
        act=act_in_words(entry.act),
        about=entry.about,
        changes=tuple(_changes(entry.before, entry.after)),
        reason=entry.reason,
    )


def act_in_words(act: str) -> str:
    return ACTS.get(act, act)


def _changes(before: Any, after: Any) -> Iterable[Change]:
    """What differs, name by name; what is no table of names stands as one value."""
    if not isinstance(before, Mapping | None) or not isinstance(after, Mapping | None):
        yield Change("", _in_words(before), _in_words(after))
        return
    old, new = before or {}, after or {}
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in old or key not in new or old[key] != new[key]:
            yield Change(CHANGED.get(key, key), _in_words(old.get(key)), _in_words(new.get(key)))


def _in_words(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


__all__ = [
    "Account",  # the types of what pages show, for those who may not open the tables
    "Appointment",
    "AuditEntry",
    "AuditFilter",
    "AuditPage",
    "AuditRow",
    "Organisation",
    "Sides",
    "account",
    "account_by_token",
    "accounts",
    "act_in_words",
    "acts_of",
    "administration_trail",
    "appointment",
    "appointments",
    "appointments_of",
    "audit_page",
    "audit_trail",
    "contracts_of",
    "demonstration_account",
    "demonstration_people",
    "held_by",
    "is_administered",
    "locked_until",
    "names_of",
    "organisation",
    "organisations",
    "organisations_with_numbers",
    "people",
    "seat_of",
    "seats_of",
    "sides_of",
    "token_of",
    "tokens_of",
]
