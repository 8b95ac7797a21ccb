"""当时的权限: who was allowed what on a day or during a period, from the rows that are ended and never deleted, and the audit trail.

Rights are told by the table of rights that holds now; what somebody held, and by whom it was given, is told as it was.
Where the trail and the rows do not agree on what an account is now, that is said: something was changed past the platform.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from lvyue import clock
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat, rulings
from lvyue.accounts.queries import (
    Account,
    Appointment,
    AuditEntry,
    appointments_ever,
    audit_trail,
    tokens_of,
)
from lvyue.core.doubts import Refused, malformed

#: Acts after which an account works, and after which it does not.
ON = frozenset({"account.created", "account.switched_on"})
OFF = frozenset({"account.switched_off", "account.left"})

#: Acts after which an account keeps accounts, and after which it does not.
MADE = frozenset({"administrator.made"})
UNMADE = frozenset({"administrator.unmade", "account.left"})


@dataclass(frozen=True, slots=True)
class Period:
    """期间: from the beginning of one day to the end of another."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=clock.SHANGHAI)

    @property
    def end(self) -> datetime:
        after = self.last + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=clock.SHANGHAI)

    @property
    def zh(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first} 至 {self.last}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """一段时间: from when until when something held; ``until`` is None as long as it does."""

    since: datetime
    until: datetime | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class RoleThen:
    """当时的任职: a role on a contract, since when, until when, by whom given, and whether the account worked all that time."""

    username: str
    name: str
    contract_id: str
    role: str
    role_zh: str
    since: datetime
    until: datetime | None
    appointed_by: str
    interrupted: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class RightThen:
    """当时的一项权限, with the sentence that would have been told."""

    right: str
    zh: str
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SeatThen:
    """当时的席位: the roles that somebody held together for a stretch of time, and what they allowed."""

    contract_id: str
    roles: tuple[str, ...]
    since: datetime
    until: datetime | None
    rights: tuple[RightThen, ...]


@dataclass(frozen=True, slots=True)
class TokenThen:
    """当时的令牌."""

    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ContractStanding:
    """一份合同当时的人员: everybody who held a role in the period."""

    contract_id: str
    first: date
    last: date
    roles: tuple[RoleThen, ...]


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """一个人当时的权限: whether the account worked, kept accounts, held what where, with which tokens."""

    username: str
    name: str
    first: date
    last: date
    created_at: datetime
    active: tuple[Stretch, ...]
    administrator: tuple[Stretch, ...]
    roles: tuple[RoleThen, ...]
    seats: tuple[SeatThen, ...]
    tokens: tuple[TokenThen, ...]
    #: What the trail and the rows do not agree on.
    doubts: tuple[str, ...]


def period(first: date, last: date | None = None) -> Period:
    """`Refused` where it ends before it begins."""
    last = last or first
    if last < first:
        says = f"{last} 在 {first} 之前。"
        raise Refused([malformed("期间", says, "请把起止日期对调。")])
    return Period(first, last)


def contract_standing(contract_id: str, within: Period) -> ContractStanding:
    """谁在这份合同上是什么: everybody who held a role at any moment of the period."""
    held = list(appointments_ever(contract_id=contract_id).filter(since__lt=within.end))
    held = [one for one in held if one.until is None or one.until > within.start]
    return ContractStanding(contract_id, within.first, within.last, _roles(held, within))


def person_standing(account: Account, within: Period) -> PersonStanding:
    """一个人能做什么: on every contract, right by right, for every stretch of the period with the same roles."""
    history = list(_history([account.username])[account.username])
    active = _stretches(history, account.created_at, on=ON, off=OFF)
    administrator = _administration(history)
    held = list(appointments_ever(account=account).filter(since__lt=within.end))
    held = [one for one in held if one.until is None or one.until > within.start]
    tokens = tokens_of(account).filter(created_at__lt=within.end)
    return PersonStanding(
        username=account.username,
        name=account.name,
        first=within.first,
        last=within.last,
        created_at=account.created_at,
        active=_within(active, within),
        administrator=_within(administrator, within),
        roles=_roles(held, within),
        seats=tuple(_seats(account, held, within)),
        tokens=tuple(
            TokenThen(one.name, one.created_at, one.expires_at, one.revoked_at)
            for one in tokens
            if (one.revoked_at or one.expires_at) > within.start and one.expires_at > within.start
        ),
        doubts=tuple(_doubts(account, active, administrator)),
    )


def _roles(held: Sequence[Appointment], within: Period) -> tuple[RoleThen, ...]:
    history = _history({one.account.username for one in held})
    found = []
    for one in held:
        account = one.account
        active = _stretches(history[account.username], account.created_at, on=ON, off=OFF)
        found.append(
            RoleThen(
                username=account.username,
                name=account.name,
                contract_id=one.contract_id,
                role=one.role,
                role_zh=ContractRole(one.role).label,
                since=one.since,
                until=one.until,
                appointed_by=one.appointed_by,
                interrupted=_within(_gaps(active), within),
            )
        )
    return tuple(found)


def _seats(account: Account, held: Sequence[Appointment], within: Period) -> Iterable[SeatThen]:
    """Between two moments at which anything changed the roles are the same."""
    for contract_id in sorted({one.contract_id for one in held}):
        here = [one for one in held if one.contract_id == contract_id]
        moments = {within.start, within.end}
        for one in here:
            moments |= {
                at for at in (one.since, one.until) if at and within.start < at < within.end
            }
        marks = sorted(moments)
        for since, until in pairwise(marks):
            roles = frozenset(
                ContractRole(one.role)
                for one in here
                if one.since <= since and (one.until is None or one.until > since)
            )
            if roles:
                seat = Seat(account.username, account.name, contract_id, roles)
                yield SeatThen(
                    contract_id,
                    tuple(role.label for role in ContractRole if role in roles),
                    since,
                    until,
                    tuple(
                        RightThen(right.name.lower(), right.zh, ruling.allowed, ruling.reason)
                        for right, ruling in rulings(seat)
                    ),
                )


# ── from the trail ───────────────────────────────────────────────────────────────────────────────────────────────


def _history(usernames: Iterable[str]) -> dict[str, list[AuditEntry]]:
    """What was done to accounts, in the order in which it was done. One read."""
    found: dict[str, list[AuditEntry]] = {username: [] for username in usernames}
    acts = ON | OFF | MADE | UNMADE
    for entry in audit_trail().filter(about__in=[*found], act__in=acts).order_by("id"):
        found[entry.about].append(entry)
    return found


def _stretches(
    history: Iterable[AuditEntry], begun: datetime, *, on: frozenset[str], off: frozenset[str]
) -> tuple[Stretch, ...]:
    """When something held that acts begin and end; from ``begun`` on where no act says otherwise before."""
    found: list[Stretch] = []
    since: datetime | None = begun
    by = ""
    for entry in history:
        if entry.act in on:
            if since is None or entry.act == "account.created":
                since, by = entry.at, entry.who
        elif entry.act in off and since is not None:
            found.append(Stretch(since, entry.at, by))
            since = None
    if since is not None:
        found.append(Stretch(since, None, by))
    return tuple(found)


def _administration(history: Iterable[AuditEntry]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    since: datetime | None = None
    by = ""
    for entry in history:
        created = entry.act == "account.created" and bool((entry.after or {}).get("administrator"))
        if (created or entry.act in MADE) and since is None:
            since, by = entry.at, entry.who
        elif entry.act in UNMADE and since is not None:
            found.append(Stretch(since, entry.at, by))
            since = None
    if since is not None:
        found.append(Stretch(since, None, by))
    return tuple(found)


def _gaps(active: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """When the account did not work, between stretches in which it did."""
    ends = [one.until for one in active if one.until is not None]
    begins: list[datetime | None] = [one.since for one in active[1:]]
    begins += [None] * (len(ends) - len(begins))
    return tuple(Stretch(end, begin) for end, begin in zip(ends, begins, strict=True))


def _within(stretches: Iterable[Stretch], within: Period) -> tuple[Stretch, ...]:
    return tuple(
        one
        for one in stretches
        if one.since < within.end and (one.until is None or one.until > within.start)
    )


def _doubts(
    account: Account, active: Sequence[Stretch], administrator: Sequence[Stretch]
) -> Iterable[str]:
    for word, found, now in (
        ("启用", active, account.is_active),
        ("系统管理员", administrator, account.is_administrator),
    ):
        told = bool(found) and found[-1].until is None
        if told != now:
            says = "是" if told else "不是"
            yield f"按留痕，这个账号现在应{says}“{word}”，账号的现状却相反：有人绕过平台改过。"
