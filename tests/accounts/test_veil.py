"""个人信息平时都是星号；写明理由的人看一次，留下谁、看了什么、为什么，不留下内容（SYS-01）。"""

from __future__ import annotations

import logging

import pytest

from lvyue.accounts.actions.contacts import set_way
from lvyue.accounts.actions.revealing import Unrevealed, reveal_contacts
from lvyue.accounts.choices import ContactKind
from lvyue.accounts.queries import audit_trail, seat_of
from lvyue.accounts.veil import VeiledLog, masked, veiled
from lvyue.core.doubts import Refused
from lvyue.reading.personal import PersonalKind
from lvyue.reading.veil import STAR
from tests.conftest import Person

CONTRACT = "some-contract"
PHONE, MAIL = "13900000018", "nobody@example.cn"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (PersonalKind.PHONE, PHONE, "139" + STAR * 6 + "18"),
        (PersonalKind.MAIL, MAIL, "n" + STAR * 5 + "@example.cn"),
        (PersonalKind.MAIL, "a@example.cn", STAR + "@example.cn"),
        (PersonalKind.NAME, "某某某", "某" + STAR * 2),
        (PersonalKind.NAME, "某", STAR),
        (PersonalKind.IDENTITY, "110101190001010011", STAR * 18),
        (PersonalKind.ACCOUNT, "6200000000000000018", STAR * 15 + "0018"),
        (PersonalKind.ACCOUNT, "0018", STAR * 4),
        (PersonalKind.PHONE, "", ""),
    ],
)
def test_a_value_is_starred_sign_for_sign(kind: PersonalKind, value: str, shown: str) -> None:
    assert masked(kind, value) == shown


@pytest.mark.parametrize(
    "text",
    [f"请联系 {PHONE}。", f"+86 {PHONE}", f"发到 {MAIL}，谢谢", "证件 11010119000101001X 已核对"],
)
def test_running_text_gives_nobody_away(text: str) -> None:
    told = veiled(text)

    assert STAR in told
    assert not any(one in told for one in (PHONE, "nobody", "11010119000101001"))


@pytest.mark.parametrize(
    "text", ["合同 CG-2026-0018", "2026-03-02 10:30", "1234567890", "a" * 64, "0" * 64]
)
def test_numbers_that_are_nobodys_stay(text: str) -> None:
    assert veiled(text) == text


def test_a_log_line_of_anybody_is_veiled() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "寄给 %s：%d", (MAIL, 3), None)

    assert VeiledLog().filter(record)
    assert "nobody" not in record.getMessage()
    assert record.getMessage().endswith("：3")


def test_contacts_are_shown_once_with_the_reason_on_record(person: Person) -> None:
    engineer, buyer = person("engineer", CONTRACT), person("buyer", CONTRACT)
    set_way(engineer, ContactKind.PHONE, PHONE, by=engineer)

    shown = reveal_contacts(engineer.username, "夜间故障要找人", by=seat_of(buyer, CONTRACT))

    assert shown is not None
    assert list(shown.values()) == [PHONE]
    entry = audit_trail(CONTRACT).filter(act="personal.revealed").get()
    assert (entry.who, entry.about, entry.reason) == (
        buyer.username,
        engineer.username,
        "夜间故障要找人",
    )
    assert PHONE not in str(list(audit_trail().values()))


@pytest.mark.parametrize("reason", ["", " ", "看看", "长" * 5001])
def test_without_a_reason_nothing_is_shown(person: Person, reason: str) -> None:
    engineer, buyer = person("engineer", CONTRACT), person("buyer", CONTRACT)
    set_way(engineer, ContactKind.PHONE, PHONE, by=engineer)

    with pytest.raises(Refused):
        reveal_contacts(engineer.username, reason, by=seat_of(buyer, CONTRACT))

    assert not audit_trail(CONTRACT).filter(act="personal.revealed").exists()


@pytest.mark.parametrize("role", ["engineer", "using_department", "auditor", "assessor"])
def test_who_has_no_right_sees_stars(person: Person, role: str) -> None:
    buyer, other = person("buyer", CONTRACT), person(role, CONTRACT)

    with pytest.raises(Unrevealed):
        reveal_contacts(buyer.username, "夜间故障要找人", by=seat_of(other, CONTRACT))


def test_nobody_is_looked_up_through_another_contract(person: Person) -> None:
    engineer, buyer = person("engineer", CONTRACT), person("buyer", "another")
    set_way(engineer, ContactKind.PHONE, PHONE, by=engineer)

    assert (
        reveal_contacts(engineer.username, "夜间故障要找人", by=seat_of(buyer, "another")) is None
    )
    assert reveal_contacts(engineer.username, "夜间故障要找人", by=seat_of(buyer, CONTRACT)) is None


@pytest.mark.parametrize(
    "address",
    [
        "/calendar/feeds/Zm9vYmFyYmF6cXV4.ics",
        "/invitations/Zm9vYmFyYmF6cXV4/",
        "/given/Zm9vYmFyYmF6cXV4/",
        "/hooks/sms/7/Zm9vYmFyYmF6cXV4/",
    ],
)
def test_no_address_that_lets_somebody_in_stands_in_a_log(address: str) -> None:
    record = logging.LogRecord(
        "django.request", logging.WARNING, "", 0, "%s: %s", ("Gone", address), None
    )
    assert VeiledLog().filter(record)
    assert "Zm9vYmFy" not in record.getMessage()
    assert record.getMessage().startswith("Gone: /")
