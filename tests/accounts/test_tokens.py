"""Tokens: a program acts as a person, for as long as the token and the account last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from lvyue import clock
from lvyue.accounts.actions import (
    TOKEN_DAYS,
    appoint,
    change_password,
    create_token,
    dismiss,
    revoke_token,
    rotate_token,
    set_password,
    switch_off,
    switch_on,
    use_token,
)
from lvyue.accounts.actions.programs import create_service_account, hand_over_service
from lvyue.accounts.choices import ContractRole, Scope
from lvyue.accounts.models import Account, ServiceAccount, Token
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import account_by_token, appointments, audit_trail, seat_of
from lvyue.accounts.scopes import needed
from lvyue.core.doubts import Refused
from lvyue.notices.actions.token_endings import warn_of_ending_tokens
from lvyue.notices.choices import Topic
from lvyue.notices.models import Message
from tests.conftest import Person


def test_a_token_is_who_made_it_until_its_last_moment(person: Person) -> None:
    manager = person("supplier_manager", "first")

    made = create_token(manager, "每日导入", 30, by=manager)

    assert account_by_token(made.secret) == manager
    assert account_by_token(made.secret, made.token.expires_at - timedelta(seconds=1)) == manager
    assert account_by_token(made.secret, made.token.expires_at) is None
    assert made.token.expires_at - made.token.created_at == timedelta(days=30)


def test_only_its_hash_is_kept_and_the_audit_trail_has_neither(person: Person) -> None:
    manager = person("supplier_manager", "first")

    made = create_token(manager, "每日导入", 30, by=manager)

    row = Token.objects.values().get()
    entry = audit_trail().first()
    assert made.secret not in str(row)
    assert entry is not None
    assert entry.act == "token.created"
    assert made.secret not in str(entry.after)
    assert made.token.digest not in str(entry.after)


@pytest.mark.parametrize("secret", ["", "lvyue_", "lvyue_错的", "\udcff", "x" * 100_000])
@pytest.mark.django_db
def test_what_is_no_token_is_nobody(secret: str) -> None:
    assert account_by_token(secret) is None


def test_a_revoked_one_is_nobody_and_stays_so(person: Person) -> None:
    manager = person("supplier_manager", "first")
    made = create_token(manager, "每日导入", 30, by=manager)

    revoke_token(made.token, by=manager)
    revoke_token(made.token, by=manager)

    assert account_by_token(made.secret) is None
    assert audit_trail().filter(act="token.revoked").count() == 1


def test_with_the_account_its_tokens_end(person: Person, administrator: Account) -> None:
    manager = person("supplier_manager", "first")
    made = create_token(manager, "每日导入", 30, by=manager)

    switch_off(manager, by=administrator, reason="离职")

    assert account_by_token(made.secret) is None


def test_who_is_switched_on_again_makes_new_ones(person: Person, administrator: Account) -> None:
    manager = person("supplier_manager", "first")
    made = create_token(manager, "每日导入", 30, by=manager)

    switch_off(manager, by=administrator, reason="借调")
    switch_on(manager, by=administrator, reason="回来了")

    assert account_by_token(made.secret) is None
    entry = audit_trail().get(act="token.revoked")
    assert (entry.who, entry.about) == (administrator.username, manager.username)


def test_with_a_new_password_from_the_administrator_its_tokens_end(
    person: Person, administrator: Account
) -> None:
    manager = person("supplier_manager", "first")
    made = create_token(manager, "每日导入", 30, by=manager)

    set_password(manager, "another-long-password", by=administrator)

    assert account_by_token(made.secret) is None
    assert audit_trail().filter(act="token.revoked").count() == 1


@pytest.mark.parametrize("tokens", [True, False])
def test_with_a_new_password_of_ones_own_they_end_as_one_wishes(
    person: Person, *, tokens: bool
) -> None:
    manager, other = person("supplier_manager", "first"), person("buyer", "first")
    made = create_token(manager, "每日导入", 30, by=manager)
    others = create_token(other, "每日导入", 30, by=other)

    change_password(
        manager, "a-long-test-password", "another-long-password", address="", tokens=tokens
    )

    assert (account_by_token(made.secret) is None) == tokens
    assert account_by_token(others.secret) == other


def test_nobody_makes_or_revokes_a_token_of_somebody_else(
    person: Person, administrator: Account
) -> None:
    manager = person("supplier_manager", "first")
    made = create_token(manager, "每日导入", 30, by=manager)

    for other in (administrator, person("buyer", "first")):
        with pytest.raises(Refused, match="只能由本人"):
            create_token(manager, "偷用", 30, by=other)
        with pytest.raises(Refused, match="只能由本人"):
            revoke_token(made.token, by=other)

    assert account_by_token(made.secret) == manager


@pytest.mark.parametrize("days", [0, -1, TOKEN_DAYS + 1])
def test_a_token_lasts_a_year_at_most(person: Person, days: int) -> None:
    manager = person("supplier_manager", "first")

    with pytest.raises(Refused, match="超出范围"):
        create_token(manager, "每日导入", days, by=manager)


def test_two_live_tokens_have_two_names(person: Person) -> None:
    manager = person("supplier_manager", "first")
    made = create_token(manager, "每日导入", 30, by=manager)

    with pytest.raises(Refused, match="已有一个用途为“每日导入”的令牌"):
        create_token(manager, "每日导入", 30, by=manager)
    revoke_token(made.token, by=manager)

    assert create_token(manager, "每日导入", 30, by=manager).token.expires_at > clock.now()


# ── what a token may, and from where ─────────────────────────────────────────────────────────────────────────────


def test_a_token_may_never_more_than_its_account_and_less_where_it_says_so(person: Person) -> None:
    auditor, buyer = person("auditor", "first"), person("buyer", "first")
    everything = create_token(auditor, "查账", 30, by=auditor).secret
    little = create_token(buyer, "看板", 30, by=buyer, scopes=["read"]).secret

    assert not may(seat(everything), Right.RECORD)
    assert may(seat(little), Right.SEE)
    ruling = may(seat(little), Right.SIGN)
    assert not ruling
    assert "令牌没有“办理" in ruling.reason
    assert may(seat_of(buyer, "first"), Right.SIGN)  # the person still may


def seat(secret: str) -> Seat:
    account = account_by_token(secret)
    assert account is not None
    return seat_of(account, "first")


@pytest.mark.parametrize(
    ("chosen", "given"),
    [
        ([], ["read"]),
        (["record"], ["read", "record"]),
        (["import"], ["read", "record", "import"]),
        (["manage", "export"], ["read", "export", "manage"]),
    ],
)
def test_every_token_reads_and_who_imports_records(
    person: Person, chosen: list[str], given: list[str]
) -> None:
    buyer = person("buyer", "first")

    assert create_token(buyer, "程序", 30, by=buyer, scopes=chosen).token.scopes == given


def test_a_new_right_is_not_given_away_by_old_tokens() -> None:
    """What nobody has put into a scope takes the largest."""
    assert needed("SOMETHING_NEW") is Scope.MANAGE
    assert {needed(right.name) for right in Right} == {*Scope}


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("10.0.8.15", True),
        ("10.0.9.255", True),
        ("::ffff:10.0.8.15", True),
        ("2001:db8::7", True),
        ("10.0.8.16", False),
        ("10.0.10.1", False),
        ("2001:db9::7", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_a_token_is_taken_from_its_own_addresses_only(
    person: Person, address: str, *, good: bool
) -> None:
    buyer = person("buyer", "first")
    made = create_token(
        buyer, "程序", 30, by=buyer, addresses="10.0.8.15，10.0.9.0/24 2001:db8::/32"
    )

    assert (use_token(made.secret, address=address) == buyer) == good
    assert (account_by_token(made.secret, address=address) == buyer) == good


@pytest.mark.parametrize(
    ("addresses", "says"),
    [
        ("10.0.8", "不是地址或网段"),
        ("10.0.8.15/24", "应为 10.0.8.0/24"),
        ("0.0.0.0/0", "等于不限制"),
        ("😀", "不是地址或网段"),
        (" ".join(f"10.0.8.{n}" for n in range(21)), "最多 20 个"),
        ("x" * 5000, "不是地址或网段"),
    ],
)
def test_addresses_that_are_none_are_refused(person: Person, addresses: str, says: str) -> None:
    buyer = person("buyer", "first")

    with pytest.raises(Refused, match=says):
        create_token(buyer, "程序", 30, by=buyer, addresses=addresses)


def test_an_unknown_scope_is_refused(person: Person) -> None:
    buyer = person("buyer", "first")

    with pytest.raises(Refused, match="没有“everything”这种权限"):
        create_token(buyer, "程序", 30, by=buyer, scopes=["read", "everything"])


def test_a_use_is_written_down_once_an_hour_and_one_from_elsewhere_is_told(person: Person) -> None:
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        made = create_token(buyer, "程序", 30, by=buyer, addresses="10.0.8.0/24")
        for _ in range(3):
            use_token(made.secret, address="10.0.8.15")
            assert use_token(made.secret, address="172.16.0.9") is None
            journey.shift(60)
        made.token.refresh_from_db()
        first = made.token.last_used_at
        journey.shift(3600)
        use_token(made.secret, address="10.0.8.16")

    made.token.refresh_from_db()
    assert first is not None
    assert made.token.last_used_at == first + timedelta(seconds=3780)
    assert made.token.last_used_from == "10.0.8.16"
    assert made.token.refused_from == "172.16.0.9"
    told = audit_trail().get(act="token.elsewhere")
    assert told.about == buyer.username
    assert told.after == {"name": "程序", "address": "172.16.0.9"}


# ── a new secret ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_old_secret_works_for_a_day_beside_the_new_one(person: Person) -> None:
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        old = create_token(buyer, "程序", 30, by=buyer, scopes=["record"], addresses="10.0.8.15")
        new = rotate_token(old.token, by=buyer, days=90)
        for secret in (old.secret, new.secret):
            assert use_token(secret, address="10.0.8.15") == buyer
            assert use_token(secret, address="10.0.8.16") is None

        journey.shift(timedelta(hours=24))
        assert use_token(old.secret, address="10.0.8.15") is None
        assert use_token(new.secret, address="10.0.8.15") == buyer
        assert new.token.expires_at == new.token.created_at + timedelta(days=90)

    revoke_token(new.token, by=buyer)
    assert use_token(new.secret, address="10.0.8.15") is None


def test_both_secrets_end_with_a_revocation(person: Person) -> None:
    buyer = person("buyer", "first")
    old = create_token(buyer, "程序", 30, by=buyer)
    new = rotate_token(old.token, by=buyer)

    revoke_token(new.token, by=buyer)

    assert account_by_token(old.secret) is None
    assert account_by_token(new.secret) is None
    with pytest.raises(Refused, match="已失效或已吊销"):
        rotate_token(new.token, by=buyer)


def test_a_program_changes_its_secret_and_not_its_end_and_makes_no_other(person: Person) -> None:
    """A token that leaked must not be able to keep itself alive."""
    buyer = person("buyer", "first")
    made = create_token(buyer, "程序", 30, by=buyer)
    program = account_by_token(made.secret)
    assert program is not None

    assert rotate_token(made.token, by=program).token.expires_at == made.token.expires_at
    acts: tuple[Callable[[], object], ...] = (
        lambda: rotate_token(made.token, by=program, days=300),
        lambda: create_token(program, "另一个", 30, by=program),
    )
    for act in acts:
        with pytest.raises(Refused, match="令牌不能生出令牌"):
            act()


# ── accounts of programs ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def service(person: Person, administrator: Account) -> ServiceAccount:
    """A program that the buyer's lead answers for."""
    return create_service_account(
        "ticket-import",
        "工单导入",
        "每日导入工单",
        by=administrator,
        owner=person("buyer", "first"),
        ends_at=clock.now() + timedelta(days=90),
    )


def test_only_its_owner_makes_its_tokens_and_it_signs_in_nowhere(
    service: ServiceAccount, administrator: Account
) -> None:
    """管账号的人不因此看到合同: not through a program either."""
    program, owner = service.account, service.owner

    assert account_by_token(create_token(program, "导入", 30, by=owner).secret) == program
    with pytest.raises(Refused, match="负责人"):
        create_token(program, "偷看", 30, by=administrator)
    with pytest.raises(Refused, match="服务账号没有密码"):
        set_password(program, "another-long-password", by=administrator)
    assert not program.has_usable_password()


def test_it_is_never_more_than_its_owner(service: ServiceAccount, administrator: Account) -> None:
    program, owner = service.account, service.owner
    with pytest.raises(Refused, match="不能超过负责人"):
        appoint(program, "first", ContractRole.ENGINEER, by=administrator)
    appoint(program, "first", ContractRole.BUYER, by=administrator)
    secret = create_token(program, "导入", 30, by=owner).secret
    assert may(seat(secret), Right.RECORD)

    dismiss(appointments("first").get(account=owner), by=administrator, reason="换人")

    assert not seat(secret).roles


def test_with_its_owner_or_its_end_it_is_over(
    service: ServiceAccount, administrator: Account, person: Person
) -> None:
    program, owner = service.account, service.owner
    secret = create_token(program, "导入", 366, by=owner).secret

    assert program.ends_at is not None
    assert account_by_token(secret, program.ends_at) is None
    switch_off(owner, by=administrator, reason="离职")
    assert account_by_token(secret) is None

    hand_over_service(service, person("auditor", "first"), by=administrator, reason="换负责人")
    assert account_by_token(secret) is None  # the old owner knows it
    assert audit_trail().get(act="service_account.handed_over").after == {"owner": "auditor-1"}


def test_it_must_have_an_end_and_a_person_who_is_not_the_one_who_makes_it(
    person: Person, administrator: Account, service: ServiceAccount
) -> None:
    asked: dict[str, Any] = {"by": administrator, "ends_at": clock.now() + timedelta(days=9)}
    buyer = person("buyer", "first")

    for more, says in (
        ({"owner": buyer, "ends_at": None}, "必须有到期日"),
        ({"owner": buyer, "ends_at": clock.now() - timedelta(days=1)}, "已经过去"),
        ({"owner": administrator}, "不能让服务账号归自己负责"),
        ({"owner": service.account}, "真人的账号"),
        ({"owner": buyer, "by": buyer}, "系统管理员"),
    ):
        with pytest.raises(Refused, match=says):
            create_service_account("other", "另一个", "用途", **(asked | more))


# ── before the end ───────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_answers_for_a_token_hears_of_its_end_in_time_and_once(
    service: ServiceAccount,
) -> None:
    owner = service.owner
    with time_machine.travel(clock.now(), tick=False) as journey:
        create_token(service.account, "导入", 20, by=owner)
        create_token(owner, "别的", 300, by=owner)
        heard = []
        for _ in range(21):
            warn_of_ending_tokens()
            warn_of_ending_tokens()
            heard.append(Message.objects.filter(account=owner, topic=Topic.SECURITY).count())
            journey.shift(timedelta(days=1))

    assert heard == [0] * 6 + [1] * 12 + [2] * 3
    told = Message.objects.filter(account=owner).last()
    assert told is not None
    assert "令牌“导入”（服务账号 ticket-import）" in told.body
