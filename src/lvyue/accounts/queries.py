"""Reads of people: who someone is on a contract, who may sign in, and what has been done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from lvyue import clock
from lvyue.accounts import chain
from lvyue.accounts.choices import ACTS, CHANGED, PEOPLE_ACTS, ContactKind, ContractRole
from lvyue.accounts.devices import in_words
from lvyue.accounts.models import (
    Account,
    Appointment,
    AuditEntry,
    AuditHead,
    AuditLink,
    AuditPack,
    Authenticator,
    ContactWay,
    Department,
    Departure,
    Identity,
    IdentityProvider,
    Invitation,
    Login,
    Organisation,
    Passkey,
    RecoveryCode,
    SecondStepRule,
    ServiceAccount,
    SignInFailure,
    Token,
)
from lvyue.accounts.permissions import Seat
from lvyue.accounts.scopes import comes_from, whole
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
    roles = _roles(account, contract_id) if account.scopes is None else _lent(account, contract_id)
    return Seat(
        account.username,
        account.name,
        contract_id,
        roles,
        account.is_administrator,
        scopes=account.scopes,
    )


def _roles(account: Account, contract_id: str) -> frozenset[ContractRole]:
    held = Appointment.objects.filter(account=account, contract_id=contract_id, until__isnull=True)
    return frozenset(ContractRole(role) for role in held.values_list("role", flat=True))


def _lent(account: Account, contract_id: str) -> frozenset[ContractRole]:
    """What a program is on a contract: never more than whoever answers for it still is there."""
    roles, service = _roles(account, contract_id), service_of(account)
    return roles if service is None else roles & _roles(service.owner, contract_id)


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
    if account.scopes is not None and service_of(account) is not None:
        roles = {contract_id: {*_lent(account, contract_id)} for contract_id in roles}
    return {
        contract_id: Seat(
            account.username,
            account.name,
            contract_id,
            frozenset(found),
            account.is_administrator,
            scopes=account.scopes,
        )
        for contract_id, found in roles.items()
    }


def appointments(contract_id: str) -> QuerySet[Appointment]:
    """Who is what on a contract now, by role."""
    held = Appointment.objects.filter(contract_id=contract_id, until__isnull=True)
    return held.select_related("account__organisation").order_by("role", "account__username")


def of_the_house_of(username: str, contract_id: str, role: ContractRole) -> bool:
    """Whether somebody belongs to the organisation of one who holds a role on a contract now. One read."""
    held = Appointment.objects.filter(contract_id=contract_id, role=role, until__isnull=True)
    return held.filter(account__organisation__accounts__username=username).exists()


def appointments_of(account: Account) -> QuerySet[Appointment]:
    """What a person is and was, what is held now first."""
    found = Appointment.objects.filter(account=account)
    return found.order_by(F("until").desc(nulls_first=True), "contract_id", "role")


def appointments_ever(
    *, account: Account | None = None, contract_id: str = ""
) -> QuerySet[Appointment]:
    """What somebody, or everybody on a contract, is and was, in the order in which it began."""
    found = Appointment.objects.select_related("account").order_by("since", "id")
    if contract_id:
        found = found.filter(contract_id=contract_id)
    return found if account is None else found.filter(account=account)


def appointment(account: Account, appointment_id: int) -> Appointment | None:
    """One appointment of just this person."""
    return appointments_of(account).select_related("account").filter(pk=appointment_id).first()


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def accounts() -> QuerySet[Account]:
    """Everybody, by the name they sign in with."""
    return Account.objects.select_related("organisation", "department").order_by("username")


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


def people_sought(sought: str = "") -> QuerySet[Account]:
    """Accounts whose sign-in name, name or organisation holds the words, with ``held``, by sign-in name."""
    held = Appointment.objects.filter(until__isnull=True).order_by("contract_id", "role")
    found = accounts().prefetch_related(Prefetch("appointments", held, to_attr="held"))
    if not sought:
        return found
    return found.filter(
        Q(username__icontains=sought)
        | Q(name__icontains=sought)
        | Q(organisation__name__icontains=sought)
    )


def people(sought: str = "", *, after: str = "", at_once: int = PEOPLE_AT_ONCE) -> PeoplePage:
    """One page of those who were sought. Two reads."""
    found = people_sought(sought)
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


def failures_of(username: str, at: datetime) -> int:
    """How many wrong passwords under a name count at a moment."""
    return SignInFailure.objects.filter(username=username, at__gt=at - LOCK).count()


def must_take_second_step(account: Account) -> bool:
    """Whether a password alone does not let this person in: administrators, and whoever holds a role that the rule names.

    The people of the demonstration need none: their password is published, so nothing of theirs is a secret.
    """
    if account.demonstration:
        return False
    if account.is_administrator:
        return True
    held = Appointment.objects.filter(account=account, until__isnull=True)
    return held.filter(role__in=SecondStepRule.objects.values("role")).exists()


def second_step_roles() -> frozenset[ContractRole]:
    """The roles that the rule names."""
    known = set(ContractRole.values)
    named = SecondStepRule.objects.values_list("role", flat=True)
    return frozenset(ContractRole(role) for role in named if role in known)


@dataclass(frozen=True, slots=True)
class Factors:
    """两步验证: what a person has besides the password, and how many recovery codes are left."""

    authenticator: Authenticator | None
    passkeys: tuple[Passkey, ...]
    codes_left: int

    def __bool__(self) -> bool:
        return self.authenticator is not None or bool(self.passkeys)


def factors_of(account: Account) -> Factors:
    return Factors(
        Authenticator.objects.filter(account=account).first(),
        tuple(Passkey.objects.select_related("account").filter(account=account).order_by("id")),
        RecoveryCode.objects.filter(account=account, used_at__isnull=True).count(),
    )


def passkey_of(account: Account, passkey_id: int) -> Passkey | None:
    found = Passkey.objects.select_related("account").filter(account=account, pk=passkey_id)
    return found.first()


def logins_of(account: Account, at: datetime) -> QuerySet[Login]:
    """The open logins of a person, the one used last first. A session that nobody used for so long has ended by itself."""
    open_ones = Login.objects.filter(account=account, ended_at__isnull=True)
    lately = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return open_ones.select_related("account").filter(seen_at__gt=lately).order_by("-seen_at")


def login_of(account: Account, login_id: int) -> Login | None:
    """One login of just this person, open or ended."""
    return Login.objects.select_related("account").filter(account=account, pk=login_id).first()


def contact_ways_on(contract_id: str) -> dict[int, list[ContactWay]]:
    """How the people on a contract are reached, by account; masked by whoever shows it. One read."""
    held = Appointment.objects.filter(contract_id=contract_id, until__isnull=True)
    found: dict[int, list[ContactWay]] = {}
    for way in ContactWay.objects.filter(account__in=held.values("account")).order_by("kind"):
        found.setdefault(way.account_id, []).append(way)
    return found


def contact_ways_of(account: Account) -> tuple[ContactWay, ...]:
    return tuple(ContactWay.objects.filter(account=account).order_by("kind"))


def verified_way(account: Account, kind: ContactKind) -> str:
    """Where somebody may be reached; empty where the person never showed that it reaches them. Nobody asks elsewhere."""
    found = ContactWay.objects.filter(account=account, kind=kind, verified_at__isnull=False)
    return found.values_list("value", flat=True).first() or ""


# ── coming and leaving ───────────────────────────────────────────────────────────────────────────────────────────


def departments_of(organisation: Organisation) -> QuerySet[Department]:
    """The departments of an organisation with ``people``, how many accounts belong to each."""
    found = Department.objects.filter(organisation=organisation)
    return found.annotate(people=Count("accounts")).order_by("name")


def departments() -> QuerySet[Department]:
    """Every department with ``people``, by organisation."""
    found = Department.objects.select_related("organisation").annotate(people=Count("accounts"))
    return found.order_by("organisation_id", "name")


def department(department_id: int) -> Department | None:
    return Department.objects.select_related("organisation").filter(pk=department_id).first()


def invitations() -> QuerySet[Invitation]:
    """Every invitation, the latest first."""
    return Invitation.objects.select_related("organisation", "department", "account").order_by(
        "-id"
    )


def invitation(invitation_id: int) -> Invitation | None:
    return invitations().filter(pk=invitation_id).first()


def invitation_by(secret: str) -> Invitation | None:
    """The invitation of whoever holds this link."""
    return invitations().filter(digest=digest_of(secret)).first()


def why_closed(found: Invitation | None, at: datetime) -> str:
    """Why a link does not work; empty where it does."""
    if found is None:
        return "这个邀请不存在，链接可能没有复制完整。"
    if found.accepted_at is not None:
        return "这个邀请已经用过，一个链接只能建立一个账号。"
    if found.revoked_at is not None:
        return "这个邀请已被撤回。"
    if found.expires_at <= at:
        return "这个邀请已经过期，链接只在七天内有效。"
    return ""


def digest_of(secret: str) -> str:
    """What is kept of a secret that is long and drawn by chance."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Holdings:
    """未了的: what of a person is open on the platform, in words, for the page before leaving and the receipt after."""

    active: bool
    appointments: tuple[str, ...]
    logins: tuple[str, ...]
    tokens: tuple[str, ...]
    factors: tuple[str, ...]
    invitations: tuple[str, ...]

    @classmethod
    def of(cls, closed: Mapping[str, Any]) -> Holdings:
        """As a receipt keeps it."""
        parts = {name: tuple(some) for name, some in closed.items() if name != "active"}
        return cls(active=closed["active"], **parts)

    def __bool__(self) -> bool:
        return self.active or any(self.parts().values())

    def parts(self) -> dict[str, tuple[str, ...]]:
        return {
            "任职": self.appointments,
            "登录": self.logins,
            "令牌": self.tokens,
            "两步验证": self.factors,
            "发出的邀请": self.invitations,
        }

    def in_words(self) -> str:
        told = [f"{word} {len(some)}" for word, some in self.parts().items() if some]
        return "、".join([*(["账号"] if self.active else []), *told])


def holdings_of(account: Account) -> Holdings:
    """What leaving would close now."""
    now = clock.now()
    factors = factors_of(account)
    held = Appointment.objects.filter(account=account, until__isnull=True)
    live = Token.objects.filter(account=account, revoked_at__isnull=True, expires_at__gt=now)
    by_them = Invitation.objects.filter(
        invited_by=account.username, accepted_at__isnull=True, revoked_at__isnull=True
    )
    return Holdings(
        active=account.is_active,
        appointments=tuple(
            f"{one.contract_id} {one.get_role_display()}" for one in held.order_by("id")
        ),
        logins=tuple(f"{in_words(one.device)} {one.address}" for one in logins_of(account, now)),
        tokens=tuple(live.order_by("id").values_list("name", flat=True)),
        factors=(
            *(["验证器"] if factors.authenticator else []),
            *(f"通行密钥 {one.name}" for one in factors.passkeys),
            *([f"恢复码 {factors.codes_left} 个"] if factors.codes_left else []),
        ),
        invitations=tuple(
            by_them.filter(expires_at__gt=now).order_by("id").values_list("name", flat=True)
        ),
    )


def namesakes_of(account: Account) -> tuple[Account, ...]:
    """Other accounts in use of the same name and organisation: perhaps the same person's."""
    found = accounts().filter(name=account.name, organisation=account.organisation, is_active=True)
    return tuple(found.exclude(pk=account.pk))


def departures_of(account: Account) -> QuerySet[Departure]:
    """The receipts of a person who left, the latest first."""
    return Departure.objects.filter(account=account).order_by("-id")


def administrators() -> tuple[Account, ...]:
    """Who keeps the accounts now, those of the demonstration aside."""
    found = accounts().filter(is_administrator=True, is_active=True, demonstration=False)
    return tuple(found)


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────


def tokens_of(account: Account) -> QuerySet[Token]:
    """The tokens of a person, the newest first."""
    return Token.objects.filter(account=account).order_by("-id")


def token_of(account: Account, token_id: int) -> Token | None:
    return tokens_of(account).filter(pk=token_id).first()


def account_by_token(
    secret: str, at: datetime | None = None, *, address: str = ""
) -> Account | None:
    """Who acts by this token at a moment, or now, from an address, with ``scopes``: what the token lets through."""
    token = token_by_secret(secret, at or clock.now())
    if token is None or not comes_from(address, token.addresses):
        return None
    return bearer_of(token)


def token_by_secret(secret: str, at: datetime) -> Token | None:
    """The token of a secret, new or just replaced: none once it has expired, was revoked, or its account or the owner of its service account is out."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
    found = Token.objects.select_related("account__organisation", "account__service").filter(
        Q(digest=digest) | Q(old_digest=digest, old_until__gt=at),
        Q(account__ends_at__isnull=True) | Q(account__ends_at__gt=at),
        Q(account__service__isnull=True) | Q(account__service__owner__is_active=True),
        revoked_at__isnull=True,
        expires_at__gt=at,
        account__is_active=True,
    )
    return found.first()


def bearer_of(token: Token) -> Account:
    """The account of a token, which now may no more than the token does."""
    account = token.account
    account.scopes = whole(token.scopes)
    return account


def tokens_ending(first: datetime, last: datetime) -> QuerySet[Token]:
    """Live tokens that end in this time, with whoever answers for them."""
    found = Token.objects.select_related("account__service__owner").order_by("expires_at")
    return found.filter(
        revoked_at__isnull=True,
        expires_at__gt=first,
        expires_at__lte=last,
        account__is_active=True,
    )


def answers_for(account: Account) -> Account:
    """The person behind an account: themselves, or the owner where it is a service account."""
    service = service_of(account)
    return service.owner if service is not None else account


# ── accounts of programs ─────────────────────────────────────────────────────────────────────────────────────────


def service_of(account: Account) -> ServiceAccount | None:
    """What an account is for where it belongs to a program; None for people."""
    try:
        return account.service
    except ServiceAccount.DoesNotExist:
        return None


def services() -> QuerySet[ServiceAccount]:
    """All accounts of programs."""
    found = ServiceAccount.objects.select_related("account__organisation", "owner")
    return found.order_by("account__username")


def services_of(owner: Account) -> QuerySet[ServiceAccount]:
    """The accounts of programs that somebody answers for."""
    return services().filter(owner=owner)


def tokens_in_care(person: Account) -> QuerySet[Token]:
    """The tokens that somebody may keep: their own, and those of programs that they answer for; the newest first."""
    mine = Q(account=person) | Q(account__service__owner=person)
    return Token.objects.select_related("account").filter(mine).order_by("-id")


def token_in_care(person: Account, token_id: int) -> Token | None:
    return tokens_in_care(person).filter(pk=token_id).first()


# ── houses that know who somebody is ─────────────────────────────────────────────────────────────────────────────


def providers() -> QuerySet[IdentityProvider]:
    """身份来源, by id."""
    return IdentityProvider.objects.order_by("id")


def provider(provider_id: str) -> IdentityProvider | None:
    return providers().filter(pk=provider_id).first()


def providers_at_the_door() -> tuple[IdentityProvider, ...]:
    """Those through which one may sign in now."""
    return tuple(providers().filter(is_active=True))


def identities_of(account: Account) -> QuerySet[Identity]:
    """As whom other houses know a person."""
    return Identity.objects.select_related("provider").filter(account=account).order_by("provider")


def identity(identity_id: int) -> Identity | None:
    found = Identity.objects.select_related("provider", "account")
    return found.filter(pk=identity_id).first()


def identities(provider: IdentityProvider) -> QuerySet[Identity]:
    """Everybody whom a provider sent, those who wait first."""
    found = Identity.objects.select_related("account").filter(provider=provider)
    return found.order_by(F("account").asc(nulls_first=True), "-last_seen_at")


def waiting_identities() -> QuerySet[Identity]:
    """Those whom a provider knows and we do not, the latest first: an administrator decides."""
    found = Identity.objects.select_related("provider").filter(
        account__isnull=True, refused_at__isnull=True
    )
    return found.order_by("-last_seen_at")


def local_administrators() -> QuerySet[Account]:
    """本地管理员: who can get in and keep accounts although every provider is down: real, active, and with a password."""
    found = Account.objects.filter(is_administrator=True, is_active=True, service__isnull=True)
    lasting = found.filter(Q(ends_at__isnull=True) | Q(temporary=False))
    return lasting.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exclude(password="")


# ── the audit trail ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """留痕筛选: whose acts, which act, from which day to which, from where, with which words, and below which entry, up to which place of the chain."""

    who: str = ""
    act: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None
    contract: str = ""
    request: str = ""
    address: str = ""
    words: str = ""
    upto: int | None = None


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
    address: str = ""
    request_id: str = ""
    via: str = ""
    sequence: int | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """留痕页: some entries, the latest first. ``before`` leads to those behind."""

    rows: tuple[AuditRow, ...]
    before: int | None


def audit_trail(contract_id: str = "") -> QuerySet[AuditEntry]:
    """What was done, latest first; on one contract, or everywhere."""
    found = AuditEntry.objects.select_related("link").order_by("-id")
    return found.filter(contract_id=contract_id) if contract_id else found


def administration_trail() -> QuerySet[AuditEntry]:
    """What administrators answer for: people, and nothing of what happens inside a contract."""
    return audit_trail().filter(Q(contract_id="") | Q(act__in=PEOPLE_ACTS))


def audit_page(
    trail: QuerySet[AuditEntry], asked: AuditFilter, *, at_once: int = ENTRIES_AT_ONCE
) -> AuditPage:
    """The entries that a filter lets through. One read."""
    entries = list(filtered_trail(trail, asked)[: at_once + 1])
    rows = tuple(audit_row(entry) for entry in entries[:at_once])
    return AuditPage(rows, rows[-1].id if len(entries) > at_once else None)


def acts_of(trail: QuerySet[AuditEntry]) -> tuple[tuple[str, str], ...]:
    """The acts that a trail holds, each with its word, for the filter."""
    found = trail.order_by().values_list("act", flat=True).distinct()
    return tuple(sorted(((act, act_in_words(act)) for act in found), key=lambda one: one[1]))


def filtered_trail(trail: QuerySet[AuditEntry], asked: AuditFilter) -> QuerySet[AuditEntry]:
    """The entries that a filter lets through."""
    if asked.who:
        trail = trail.filter(Q(who=asked.who) | Q(name__icontains=asked.who))
    if asked.act:
        trail = trail.filter(act=asked.act)
    if asked.first is not None:
        trail = trail.filter(at__gte=_midnight(asked.first))
    if asked.last is not None:
        trail = trail.filter(at__lt=_midnight(asked.last + timedelta(days=1)))
    if asked.contract:
        trail = trail.filter(contract_id=asked.contract)
    if asked.request:
        trail = trail.filter(request_id=asked.request)
    if asked.address:
        trail = trail.filter(address=asked.address)
    if asked.words:
        trail = trail.filter(Q(reason__icontains=asked.words) | Q(about__icontains=asked.words))
    if asked.before is not None:
        trail = trail.filter(pk__lt=asked.before)
    if asked.upto is not None:
        trail = trail.filter(link__sequence__lte=asked.upto)
    return trail


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.SHANGHAI)


def audit_row(entry: AuditEntry) -> AuditRow:
    """One entry in words."""
    link = getattr(entry, "link", None)  # an entry that was put in past the platform has none
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
        address=entry.address,
        request_id=entry.request_id,
        via=entry.get_via_display(),
        sequence=link.sequence if link is not None else None,
        digest=link.digest if link is not None else "",
    )


def audit_entry(trail: QuerySet[AuditEntry], entry_id: int) -> AuditRow | None:
    """One entry of a trail, in words, with what is nested told value by value."""
    found = trail.filter(pk=entry_id).first()
    if found is None:
        return None
    return replace(
        audit_row(found), changes=tuple(_changes(_flat(found.before), _flat(found.after)))
    )


def _flat(value: Any) -> Any:
    """A table of names inside a table of names becomes one table; what is no table stays."""
    if not isinstance(value, Mapping):
        return value
    flat: dict[str, Any] = {}
    for name, one in value.items():
        word = CHANGED.get(name, name)
        inner = _flat(one) if isinstance(one, Mapping) and one else None
        if inner is None:
            flat[word] = one
        else:
            flat.update({f"{word} › {below}": each for below, each in inner.items()})
    return flat


def records(trail: QuerySet[AuditEntry], asked: AuditFilter) -> Iterator[dict[str, Any]]:
    """The sealed entries that a filter lets through, as they were sealed, in the order of the chain."""
    found = (
        filtered_trail(trail, asked).filter(link__sequence__isnull=False).order_by("link__sequence")
    )
    columns = ("id", "at", *chain.FIELDS, "link__sequence", "link__digest")
    previous = AuditLink.objects.filter(sequence=OuterRef("link__sequence") - 1).values("digest")
    rows = found.annotate(previous_digest=Subquery(previous)).values(*columns, "previous_digest")
    for row in rows.iterator(chunk_size=2000):
        before = row["previous_digest"] or chain.NOTHING
        yield chain.record_of(row["link__sequence"], before, row) | {"digest": row["link__digest"]}


def packs(contract_id: str = "") -> QuerySet[AuditPack]:
    """The packs of one contract, or of the administration, the latest first, without their contents."""
    return AuditPack.objects.filter(contract_id=contract_id).defer("content").order_by("-id")


def pack(contract_id: str, pack_id: int) -> AuditPack | None:
    """One pack of just this contract, with its contents."""
    return AuditPack.objects.filter(contract_id=contract_id, pk=pack_id).first()


def entries_in_year(trail: QuerySet[AuditEntry], year: int) -> int:
    return filtered_trail(
        trail, AuditFilter(first=date(year, 1, 1), last=date(year, 12, 31))
    ).count()


def head() -> AuditHead:
    """The last place of the chain, and the digest that stands for everything before it."""
    found = AuditHead.objects.filter(pk=1).first()
    return found if found is not None else AuditHead(pk=1, sequence=0, digest=chain.NOTHING)


def unsealed() -> int:
    """How many entries wait for their place in the chain."""
    return AuditLink.objects.filter(sequence__isnull=True).count()


def oldest_unsealed() -> datetime | None:
    """Since when an entry has been waiting for its place."""
    waiting = AuditLink.objects.filter(sequence__isnull=True).order_by("entry_id")
    return waiting.values_list("entry__at", flat=True).first()


def verify_trail() -> chain.Checked:
    """Reckon the whole chain anew from the rows: what was changed, taken out, put in or renumbered, and where first.

    The head is read first, so that entries sealed meanwhile do not count as wrong.
    """
    last = head()
    sealed = audit_trail().filter(link__sequence__lte=last.sequence)
    found = chain.check(records(sealed, AuditFilter()))
    if found.broken is not None:
        before = found.broken.sequence - 1
        if before and not AuditLink.objects.filter(sequence=before).exists():
            return replace(found, broken=chain.Break(before, None, "链上缺了这一条留痕。"))
        return found
    if (found.last, found.head) != (last.sequence, last.digest):
        says = f"链头记着 {last.sequence} 条，留痕只有 {found.last} 条，或最后一条被换过。"
        return replace(found, broken=chain.Break(found.last + 1, None, says))
    if bare := AuditEntry.objects.filter(link__isnull=True).first():
        says = "这一条留痕没有进链：它不是由平台写入的。"
        return replace(found, broken=chain.Break(found.last + 1, bare.pk, says))
    return found


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
    "AuditHead",
    "AuditPack",
    "AuditPage",
    "AuditRow",
    "Authenticator",
    "ContactWay",
    "Department",
    "Departure",
    "Factors",
    "Holdings",
    "Identity",
    "IdentityProvider",
    "Invitation",
    "Login",
    "Organisation",
    "Passkey",
    "ServiceAccount",
    "Sides",
    "Token",
    "account",
    "account_by_token",
    "accounts",
    "act_in_words",
    "acts_of",
    "administration_trail",
    "administrators",
    "answers_for",
    "appointment",
    "appointments",
    "appointments_ever",
    "appointments_of",
    "audit_entry",
    "audit_page",
    "audit_row",
    "audit_trail",
    "bearer_of",
    "contact_ways_of",
    "contact_ways_on",
    "contracts_of",
    "demonstration_account",
    "demonstration_people",
    "department",
    "departments",
    "departments_of",
    "departures_of",
    "digest_of",
    "entries_in_year",
    "factors_of",
    "failures_of",
    "filtered_trail",
    "head",
    "held_by",
    "holdings_of",
    "identities",
    "identities_of",
    "identity",
    "invitation",
    "invitation_by",
    "invitations",
    "is_administered",
    "local_administrators",
    "locked_until",
    "login_of",
    "logins_of",
    "must_take_second_step",
    "names_of",
    "namesakes_of",
    "of_the_house_of",
    "oldest_unsealed",
    "organisation",
    "organisations",
    "organisations_with_numbers",
    "pack",
    "packs",
    "passkey_of",
    "people",
    "people_sought",
    "provider",
    "providers",
    "providers_at_the_door",
    "records",
    "seat_of",
    "seats_of",
    "second_step_roles",
    "service_of",
    "services",
    "services_of",
    "sides_of",
    "token_by_secret",
    "token_in_care",
    "token_of",
    "tokens_ending",
    "tokens_in_care",
    "tokens_of",
    "unsealed",
    "verified_way",
    "verify_trail",
    "waiting_identities",
    "why_closed",
]
