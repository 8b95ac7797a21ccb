"""Leaving: everything closes in one act (ACS-05), nothing works afterwards, and no account is handed on."""

from __future__ import annotations

from http import HTTPStatus

import pyotp
import pytest
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions import (
    create_account,
    create_token,
    register_organisation,
    rename_account,
)
from lvyue.accounts.actions.invitations import accept, invite
from lvyue.accounts.actions.leaving import leave
from lvyue.accounts.actions.second_factor import add_authenticator, new_secret
from lvyue.accounts.models import Account, Departure, Organisation
from lvyue.accounts.queries import (
    account_by_token,
    audit_trail,
    factors_of,
    holdings_of,
    seat_of,
)
from lvyue.core.doubts import Refused
from tests.accounts.conftest import BrowserOf
from tests.conftest import Person

pytestmark = pytest.mark.usefixtures("contracts")

GOOD = "a-long-test-password"


def test_leaving_closes_everything_in_one_act_and_gives_a_receipt(
    person: Person, administrator: Account, browser_of: BrowserOf
) -> None:
    engineer = person("engineer", "first", "second")
    secret = create_token(engineer, "每日导入", 30, by=engineer).secret
    key = new_secret()
    add_authenticator(engineer, key, pyotp.TOTP(key).at(clock.now()), by=engineer)
    mine, chief = browser_of(engineer), browser_of(administrator)
    preview = chief.get(f"/people/accounts/{engineer.username}/leave/").content.decode()
    for word in ("first 乙方工程师", "second 乙方工程师", "每日导入", "验证器"):
        assert word in preview
    assert seat_of(engineer, "first").roles  # looking closes nothing

    chief.post(f"/people/accounts/{engineer.username}/leave/", {"reason": "合同到期离场"})

    engineer.refresh_from_db()
    assert not engineer.is_active
    assert not holdings_of(engineer)
    assert not factors_of(engineer)
    assert account_by_token(secret) is None
    assert not seat_of(engineer, "first").roles
    assert mine.get("/account/").status_code == HTTPStatus.FOUND
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/me", headers=headers).status_code == HTTPStatus.UNAUTHORIZED
    receipt = Departure.objects.get()
    assert receipt.closed["tokens"] == ["每日导入"]
    shown = chief.get(f"/people/accounts/{engineer.username}/").content.decode()
    assert f"第 {receipt.pk} 号" in shown
    assert "令牌：每日导入" in shown


def test_nobody_leaves_with_an_account_open(administrator: Account) -> None:
    """ACS-05: given a leaver, when the exit form closes with an open account, then refused."""
    office = register_organisation("office", "某中心", by=administrator)
    first, second, other = (
        create_account(name, "赵一", GOOD, by=administrator, organisation=office)
        for name in ("zhao", "zhao-2", "zhao-3")
    )

    with pytest.raises(Refused, match="zhao-2、zhao-3"):
        leave(first, by=administrator, reason="调离")
    with pytest.raises(Refused, match="zhao-3"):
        leave(first, by=administrator, reason="调离", also=[second])
    assert not Departure.objects.exists()
    receipts = leave(first, by=administrator, reason="调离", also=[second], others=[other])

    assert {one.account.username for one in receipts} == {"zhao", "zhao-2"}
    other.refresh_from_db()
    assert other.is_active


def test_invitations_of_a_leaver_close_too(administrator: Account, person: Person) -> None:
    second = person("buyer")
    Account.objects.filter(pk=second.pk).update(is_administrator=True)
    second.refresh_from_db()
    secret = invite("钱二", by=second).secret

    leave(second, by=administrator, reason="调离")

    with pytest.raises(Refused, match="已被撤回"):
        accept(secret, "qian", GOOD)


def test_leaving_is_not_for_oneself_nor_for_the_last_administrator(
    administrator: Account, person: Person
) -> None:
    buyer = person("buyer", "first")

    for leaver, by, says in (
        (administrator, administrator, "不能为自己"),
        (administrator, "命令行", "最后一位"),
        (administrator, buyer, "不是系统管理员"),
    ):
        with pytest.raises(Refused, match=says):
            leave(leaver, by=by, reason="试试")
    with pytest.raises(Refused, match="没有填写理由"):
        leave(buyer, by=administrator, reason="\n")

    assert not Departure.objects.exists()


def test_leaving_twice_says_it_is_done(administrator: Account, person: Person) -> None:
    buyer = person("buyer", "first")
    leave(buyer, by=administrator, reason="调离")

    with pytest.raises(Refused, match="已经办过离任"):
        leave(buyer, by=administrator, reason="再点一次")

    assert audit_trail().filter(act="account.left").count() == 1


# ── no account is handed on ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def office(administrator: Account) -> Organisation:
    return register_organisation("office", "某中心", by=administrator)


def test_a_new_name_asks_why_and_with_a_new_house_whether_it_is_the_same_person(
    administrator: Account, person: Person, office: Organisation
) -> None:
    """ACS-05, bad input: account renamed."""
    buyer = person("buyer", "first")

    with pytest.raises(Refused, match="没有填写理由"):
        rename_account(buyer, "赵二", None, by=administrator)
    with pytest.raises(Refused, match="像是换了一个人"):
        rename_account(buyer, "赵二", office, by=administrator, reason="接手")
    rename_account(buyer, "赵二", None, by=administrator, reason="原来写错")
    rename_account(buyer, "赵二", office, by=administrator)

    entry = audit_trail().filter(act="account.renamed", reason="原来写错").get()
    assert entry.before == {"name": f"测试{buyer.username}", "organisation": None}


def test_the_account_of_a_leaver_keeps_its_name(
    administrator: Account, person: Person, office: Organisation
) -> None:
    buyer = person("buyer", "first")
    leave(buyer, by=administrator, reason="调离")

    with pytest.raises(Refused, match="不能改成别人的名字"):
        rename_account(buyer, "新来的", office, by=administrator, reason="接手", same_person=True)
