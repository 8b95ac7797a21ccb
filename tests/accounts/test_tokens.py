"""Tokens: a program acts as a person, for as long as the token and the account last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lvyue import clock
from lvyue.accounts.actions import (
    TOKEN_DAYS,
    change_password,
    create_token,
    revoke_token,
    set_password,
    switch_off,
    switch_on,
)
from lvyue.accounts.models import Account, Token
from lvyue.accounts.queries import account_by_token, audit_trail
from lvyue.core.doubts import Refused
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
