"""Invitations: the person alone knows the password, the link works once, and offers keep to the rules of appointments."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions import register_organisation, switch_off
from lvyue.accounts.actions.departments import register_department
from lvyue.accounts.actions.invitations import Offer, accept, invite, revoke
from lvyue.accounts.actions.standing import unmake_administrator
from lvyue.accounts.choices import ContactKind, ContractRole
from lvyue.accounts.models import Account, Invitation
from lvyue.accounts.queries import account, audit_trail, seat_of, verified_way
from lvyue.core.doubts import Refused
from tests.accounts.conftest import BrowserOf
from tests.conftest import Person

pytestmark = pytest.mark.usefixtures("contracts")

OWN = "我自己定的一句话二〇二六"
BUYER = Offer("second", ContractRole.BUYER, demonstration=False)


def link_in(page: str) -> str:
    found = re.search(r"<code>http://testserver(/invitations/[^<]+)</code>", page)
    assert found is not None
    return found[1]


def test_who_is_invited_chooses_alone_and_is_in(
    administrator: Account, browser_of: BrowserOf
) -> None:
    office = register_organisation("office", "某中心", by=administrator)
    desk = register_department(office, "信息处", by=administrator)
    given = {
        "name": "赵 😀 一",
        "organisation": "office",
        "department": str(desk.pk),
        "mail": "zhao@example.cn",
        "contract_1": "second",
        "role_1": "buyer",
    }
    page = browser_of(administrator).post("/people/invitations/", given)
    link = link_in(page.content.decode())

    client = Client()
    shown = client.get(link).content.decode()
    assert "某中心" in shown
    assert "second 甲方项目负责人" in shown
    wrong = client.post(link, {"username": "zhao", "password": "short", "again": "short"})
    assert 'value="zhao"' in wrong.content.decode()
    answer = client.post(link, {"username": "zhao", "password": OWN, "again": OWN})

    assert answer.headers["Location"] == "/"
    zhao = account("zhao")
    assert zhao is not None
    assert (zhao.name, str(zhao.department), zhao.password_handed_over) == (
        "赵 😀 一",
        "信息处",
        False,
    )
    assert seat_of(zhao, "second").roles == {ContractRole.BUYER}
    assert client.get("/account/").status_code == HTTPStatus.OK
    assert verified_way(zhao, ContactKind.MAIL) == ""  # known, and not yet shown to reach them


def test_the_link_stands_nowhere_but_in_the_one_answer(
    administrator: Account, browser_of: BrowserOf
) -> None:
    client = browser_of(administrator)
    link = link_in(client.post("/people/invitations/", {"name": "赵一"}).content.decode())
    secret = link.split("/")[2]

    again = client.get("/people/invitations/").content.decode()

    assert secret not in again
    assert secret not in str(Invitation.objects.values())
    assert secret not in str(list(audit_trail().values()))


@pytest.mark.parametrize("says", ["已经用过", "已被撤回"])
def test_a_closed_link_says_why_and_makes_nobody(administrator: Account, says: str) -> None:
    secret = invite("赵一", by=administrator).secret
    if says == "已经用过":
        accept(secret, "somebody", OWN)
    else:
        revoke(Invitation.objects.get(), by=administrator)
    given = {"username": "zhao", "password": OWN, "again": OWN}

    for answer in (
        Client().get(f"/invitations/{secret}/"),
        Client().post(f"/invitations/{secret}/", given),
    ):
        assert answer.status_code == HTTPStatus.GONE
        assert says in answer.content.decode()
    with pytest.raises(Refused, match=says):
        accept(secret, "zhao", OWN)
    assert account("zhao") is None


def test_a_link_works_for_seven_days(administrator: Account) -> None:
    with time_machine.travel(clock.now(), tick=False) as journey:
        secret = invite("赵一", by=administrator).secret
        journey.shift(timedelta(days=7))

        page = Client().get(f"/invitations/{secret}/")

    assert "已经过期" in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["x", "😀", "a" * 5000, "%00"])
def test_a_forged_link_is_told_like_any_closed_one(secret: str) -> None:
    assert Client().get(f"/invitations/{secret}/").status_code in (
        HTTPStatus.GONE,
        HTTPStatus.BAD_REQUEST,
    )


def test_of_two_who_accept_at_once_one_gets_the_account(administrator: Account) -> None:
    """The row is locked and asked again: whoever comes second finds it used."""
    secret = invite("赵一", by=administrator).secret
    accept(secret, "zhao", OWN)

    with pytest.raises(Refused, match="已经用过"):
        accept(secret, "zhao-2", OWN)

    assert account("zhao-2") is None


def test_a_taken_name_leaves_the_invitation_open(administrator: Account, person: Person) -> None:
    person("buyer", "first")
    secret = invite("赵一", by=administrator, offers=[BUYER]).secret

    with pytest.raises(Refused, match="已经有人使用"):
        accept(secret, "buyer-1", OWN)
    accept(secret, "zhao", OWN)

    assert Invitation.objects.get().account == account("zhao")


def test_what_could_not_be_appointed_is_refused_at_once(administrator: Account) -> None:
    engineer = Offer("second", ContractRole.ENGINEER, demonstration=False)

    with pytest.raises(Refused, match="不能同时代表另一方"):
        invite("赵一", by=administrator, offers=[BUYER, engineer])

    assert not Invitation.objects.exists()


def test_an_invitation_falls_with_whoever_made_it(administrator: Account, person: Person) -> None:
    second = person("buyer")
    Account.objects.filter(pk=second.pk).update(is_administrator=True)
    second.refresh_from_db()
    link, other = invite("赵一", by=second).secret, invite("钱二", by=second).secret

    unmake_administrator(second, by=administrator, reason="换岗")
    with pytest.raises(Refused, match="已被撤回"):
        accept(link, "zhao", OWN)

    Invitation.objects.update(revoked_at=None)
    switch_off(second, by=administrator, reason="调离")
    with pytest.raises(Refused, match="不再管理账号"):
        accept(other, "qian", OWN)


def test_who_is_no_administrator_invites_nobody(person: Person, browser_of: BrowserOf) -> None:
    buyer = person("buyer", "first")

    with pytest.raises(Refused, match="不是系统管理员"):
        invite("赵一", by=buyer)
    client = browser_of(buyer)
    assert client.post("/people/invitations/", {"name": "赵一"}).status_code == HTTPStatus.FORBIDDEN
    assert client.get("/people/invitations/?format=csv").status_code == HTTPStatus.FORBIDDEN


def test_an_invited_temporary_person_ends_by_themselves(administrator: Account) -> None:
    with time_machine.travel(clock.now(), tick=False) as journey:
        ends = clock.now() + timedelta(days=30)
        zhao = accept(invite("赵一", by=administrator, ends_at=ends).secret, "zhao", OWN)
        client = Client()
        client.post("/sign-in/", {"username": "zhao", "password": OWN})
        assert client.get("/account/").status_code == HTTPStatus.OK
        journey.shift(timedelta(days=30))

        assert client.get("/account/").status_code == HTTPStatus.FOUND
    assert zhao.ends_at == ends
    assert isinstance(zhao.ends_at, datetime)
