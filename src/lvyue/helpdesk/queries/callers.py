"""来人: who is behind an address or a number, and finding a caller while typing. Nobody is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from lvyue.accounts import queries as accounts
from lvyue.accounts.choices import ContactKind
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import day_of
from lvyue.core.service import ContactMeans
from lvyue.helpdesk.choices import Side
from lvyue.helpdesk.queries.rules import side_of
from lvyue.notices.queries.contacts import Contact, contacts
from lvyue.notices.veiling import veiled

_Fits = Callable[[str], bool]

#: While typing, so many are shown, and so much must have been typed.
SHOWN, LEAST = 10, 2

_NOT_DIGITS = re.compile(r"\D")
_COUNTRY = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$|0\d{9,11}$)")


@dataclass(frozen=True, slots=True)
class Known:
    """认得的人: on whose side, under which name, and the account or the contact of the contract by which they are known."""

    side: Side
    name: str
    username: str = ""
    department: str = ""
    contact: int | None = None


def digits(number: str) -> str:
    """A telephone number as its digits alone, without the country's own prefix."""
    plain = _NOT_DIGITS.sub("", number)
    return _COUNTRY.sub("", plain)


def known_mail(contract_id: str, address: str, on: date) -> Known | None:
    """Who writes from an address: somebody on the contract who showed that it is theirs, or a contact of the contract."""
    wanted = address.strip().lower()
    if not wanted:
        return None
    found = _by_account(contract_id, on, ContactKind.MAIL, lambda value: value.lower() == wanted)
    return found or _by_contact(
        contract_id, on, (ContactMeans.EMAIL,), lambda value: value.lower() == wanted
    )


def known_number(contract_id: str, number: str, on: date) -> Known | None:
    """Who calls from a number that was known on a day: one that came later is not."""
    wanted = digits(number)
    if len(wanted) < 7:  # noqa: PLR2004  no line has fewer digits
        return None
    found = _by_account(contract_id, on, ContactKind.PHONE, lambda value: digits(value) == wanted)
    means = (ContactMeans.MOBILE, ContactMeans.PHONE, ContactMeans.FAX)
    return found or _by_contact(contract_id, on, means, lambda value: digits(value) == wanted)


def known_account(contract_id: str, username: str) -> Known | None:
    """Somebody with an account, who is something on the contract."""
    account = accounts.account(username) if username else None
    return None if account is None else _known(account, contract_id)


def _by_account(contract_id: str, on: date, kind: ContactKind, fits: _Fits) -> Known | None:
    for ways in accounts.contact_ways_on(contract_id).values():
        for way in ways:
            shown = way.verified_at is not None and day_of(way.verified_at) <= on
            if way.kind == kind and shown and fits(way.value):
                return _known(way.account, contract_id)
    return None


def _known(account: accounts.Account, contract_id: str) -> Known | None:
    seat = accounts.seat_of(account, contract_id)
    if not account.is_active or not may(seat, Right.SEE):
        return None
    department = account.department.name if account.department is not None else ""
    return Known(side_of(seat), account.name, account.username, department)


def _by_contact(
    contract_id: str, on: date, means: tuple[ContactMeans, ...], fits: _Fits
) -> Known | None:
    for row in current_contacts(contract_id, on).filter(kind__in=[one.value for one in means]):
        if fits(row.value):
            return Known(Side(row.side), row.person or row.value, contact=row.pk)
    return None


def current_contacts(contract_id: str, on: date) -> QuerySet[Contact]:
    """The contacts of a contract that stand on a day and that no other has replaced."""
    found = contacts(contract_id).filter(since__lte=on, successors__isnull=True)
    return found.exclude(until__lt=on)


@dataclass(frozen=True, slots=True)
class ProvingContact:
    """可用来核实的联系方式: of the buyer, listed before the request came; the number or the address veiled."""

    contact: int
    means: str
    person: str
    value: str


def proving_contacts(contract_id: str, on: date) -> tuple[ProvingContact, ...]:
    """The contacts of the buyer by which somebody may be called back or written to, as they stood on a day."""
    kinds = {ContactMeans.MOBILE: "phone", ContactMeans.PHONE: "phone", ContactMeans.EMAIL: "mail"}
    held = current_contacts(contract_id, on).filter(
        side=Side.BUYER, kind__in=[one.value for one in kinds]
    )
    return tuple(
        ProvingContact(
            one.pk,
            one.get_kind_display(),
            one.person,
            veiled(kinds[ContactMeans(one.kind)], one.value),
        )
        for one in held
    )


# ── while typing ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Caller:
    """可能的来电人: enough to choose by: the number is veiled, ``ref`` says who it is when the form is sent."""

    ref: str
    name: str
    side_zh: str
    department: str
    number: str


def find_callers(seat: Seat, typed: str, on: date) -> tuple[Caller, ...]:
    """People of the contract by name, by department, or by the last digits of a number; for those who take calls."""
    sought = typed.strip().lower()
    if not may(seat, Right.TICKET_WORK) or len(sought) < LEAST:
        return ()
    last = digits(sought)
    found: list[Caller] = []
    for one, number, words in _everybody(seat.contract_id, on):
        by_number = len(last) >= 3 and digits(number).endswith(last)  # noqa: PLR2004  fewer say nothing
        if by_number or any(sought in word.lower() for word in words if word):
            found.append(one)
        if len(found) == SHOWN:
            break
    return tuple(found)


def _everybody(contract_id: str, on: date) -> Iterator[tuple[Caller, str, tuple[str, ...]]]:
    for ways in accounts.contact_ways_on(contract_id).values():
        account = ways[0].account
        known = _known(account, contract_id)
        if known is None:
            continue
        phone = next((way.value for way in ways if way.kind == ContactKind.PHONE), "")
        shown = veiled("phone", phone)
        caller = Caller(
            f"account:{known.username}", known.name, known.side.label, known.department, shown
        )
        yield caller, phone, (known.name, known.department)
    telephones = [ContactMeans.MOBILE.value, ContactMeans.PHONE.value]
    for row in current_contacts(contract_id, on).filter(kind__in=telephones):
        side = Side(row.side)
        caller = Caller(f"contact:{row.pk}", row.person, side.label, "", veiled("phone", row.value))
        yield caller, row.value, (row.person,)
