"""Departments, and how people are reached: kept by administrators and by the person, veiled for everybody else."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine

from lvyue import clock
from lvyue.accounts import veil
from lvyue.accounts.actions import register_organisation, rename_account
from lvyue.accounts.actions.contacts import new_code, set_way, verify
from lvyue.accounts.actions.departments import move, register_department
from lvyue.accounts.choices import ContactKind
from lvyue.accounts.models import Account, ContactWay, Department, Organisation
from lvyue.accounts.queries import audit_trail, verified_way
from lvyue.core.doubts import Refused
from tests.accounts.conftest import BrowserOf
from tests.conftest import Person

MAIL, PHONE = ContactKind.MAIL, ContactKind.PHONE


@pytest.fixture
def office(administrator: Account) -> Organisation:
    return register_organisation("office", "某中心", by=administrator)


def test_a_department_is_registered_once_and_its_name_corrected(
    administrator: Account, office: Organisation, browser_of: BrowserOf
) -> None:
    client, page = browser_of(administrator), "/people/organisations/office/"
    client.post(page, {"name": " 信息\t处 "})
    client.post(page, {"name": "信息 处"})
    made = Department.objects.get()

    client.post(page, {"name": "信息中心", "known": str(made.pk)})
    register_department(office, "财务处", by=administrator)
    taken = client.post(page, {"name": "财务处", "known": str(made.pk)})

    assert "已有部门" in taken.content.decode()
    assert sorted(Department.objects.values_list("name", flat=True)) == ["信息中心", "财务处"]
    assert audit_trail().filter(act="department.registered").count() == 3


def test_a_department_of_another_house_is_none_of_ours(
    administrator: Account, office: Organisation, person: Person, browser_of: BrowserOf
) -> None:
    buyer = person("buyer", "first")
    desk = register_department(office, "信息处", by=administrator)

    with pytest.raises(Refused, match="不是这个单位的部门"):
        move(buyer, desk, by=administrator)
    rename_account(buyer, buyer.name, office, by=administrator)
    move(buyer, desk, by=administrator)
    assert Account.objects.get(pk=buyer.pk).department == desk
    rename_account(buyer, buyer.name, None, by=administrator)
    assert Account.objects.get(pk=buyer.pk).department is None

    register_organisation("firm", "某公司", by=administrator)
    forged = browser_of(administrator).post(
        "/people/organisations/firm/", {"name": "改名", "known": str(desk.pk)}
    )
    assert forged.status_code == HTTPStatus.NOT_FOUND


def test_who_is_no_administrator_keeps_no_departments(
    office: Organisation, person: Person, browser_of: BrowserOf
) -> None:
    buyer = person("buyer", "first")

    with pytest.raises(Refused, match="不是系统管理员"):
        register_department(office, "信息处", by=buyer)
    answer = browser_of(buyer).post("/people/organisations/office/", {"name": "信息处"})
    assert answer.status_code == HTTPStatus.FORBIDDEN


# ── how people are reached ───────────────────────────────────────────────────────────────────────────────────────


def test_a_way_is_used_only_once_it_was_shown_to_reach_the_person(person: Person) -> None:
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        set_way(buyer, MAIL, "buyer@example.cn", by=buyer)
        assert verified_way(buyer, MAIL) == ""
        code = new_code(buyer, MAIL)
        with pytest.raises(Refused, match="刚刚发过"):
            new_code(buyer, MAIL)
        journey.shift(timedelta(minutes=9))
        verify(buyer, MAIL, f" {code} ")

        assert verified_way(buyer, MAIL) == "buyer@example.cn"
        set_way(buyer, MAIL, "other@example.cn", by=buyer)
        assert verified_way(buyer, MAIL) == ""
        with pytest.raises(Refused, match="已经失效"):
            verify(buyer, MAIL, code)


def test_a_code_is_good_for_ten_minutes_and_five_tries(person: Person) -> None:
    buyer = person("buyer", "first")
    set_way(buyer, PHONE, "138 0000 1234", by=buyer)
    with time_machine.travel(clock.now(), tick=False) as journey:
        code = new_code(buyer, PHONE)
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        for _ in range(5):
            with pytest.raises(Refused, match="验证码不对"):
                verify(buyer, PHONE, wrong)
        with pytest.raises(Refused, match="已经失效"):
            verify(buyer, PHONE, code)
        journey.shift(timedelta(minutes=2))
        code = new_code(buyer, PHONE)
        journey.shift(timedelta(minutes=10))
        with pytest.raises(Refused, match="已经失效"):
            verify(buyer, PHONE, code)

    assert code not in ContactWay.objects.get().code


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (MAIL, "zhao"),
        (MAIL, "a@example.cn\nBcc: b@example.cn"),
        (MAIL, "a" * 5000 + "@example.cn"),
        (MAIL, "😀@example.cn"),
        (PHONE, "12345"),
        (PHONE, "138000012345"),
        (PHONE, "1380000123四"),
    ],
)
def test_what_is_no_way_is_refused(person: Person, kind: ContactKind, value: str) -> None:
    buyer = person("buyer", "first")

    with pytest.raises(Refused, match="不是"):
        set_way(buyer, kind, value, by=buyer)


def test_nobody_is_shown_the_whole_of_it(
    person: Person, administrator: Account, browser_of: BrowserOf
) -> None:
    buyer = person("buyer", "first")
    set_way(buyer, PHONE, "13800001234", by=buyer)
    with pytest.raises(Refused, match="不是系统管理员"):
        set_way(buyer, PHONE, "13800009999", by=person("engineer"))

    for page in (
        browser_of(administrator).get(f"/people/accounts/{buyer.username}/"),
        browser_of(buyer).get("/account/security/"),
    ):
        assert veil.phone("13800001234") in page.content.decode()
        assert "13800001234" not in page.content.decode()
    assert "13800001234" not in str(list(audit_trail().values()))


def test_without_a_channel_no_code_goes_and_none_is_used_up(
    person: Person, browser_of: BrowserOf
) -> None:
    buyer = person("buyer", "first")
    set_way(buyer, MAIL, "buyer@example.cn", by=buyer)

    answer = browser_of(buyer).post("/account/contact/mail/code/", follow=True)

    assert "还没有启用的邮件通道" in answer.content.decode()
    assert ContactWay.objects.get().code == ""
    unknown = browser_of(buyer).post("/account/contact/fax/", {"value": "1"})
    assert unknown.status_code == HTTPStatus.NOT_FOUND
