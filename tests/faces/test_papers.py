"""The papers of a contract on their page: what holds where two say otherwise, and who must not get in."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import Person

SECURITY = "security-support-2026"
AT = f"/contracts/{SECURITY}/papers/"


@pytest.fixture
def auditor(client: Client, person: Person, demonstration: None) -> Client:  # noqa: ARG001  the register is there
    client.force_login(person("auditor", SECURITY))
    return client


def test_the_papers_stand_in_their_order(auditor: Client) -> None:
    """main 3"""
    html = auditor.get(AT).content.decode()

    assert html.index("会谈纪要</th>" if "会谈纪要</th>" in html else "会谈纪要") < html.index(
        "采购需求"
    )
    assert "不在手" in html
    assert "什么都不保存" in html


def test_a_ruling_stands_in_the_address(auditor: Client) -> None:
    """main 3, REG-02, REG-03"""
    html = auditor.get(
        AT,
        {
            "paper1": "投标",
            "says1": "2 人",
            "paper2": "采购需求",
            "says2": "3 人",
            "paper3": "往来邮件",
            "says3": "5 人",
        },
    ).content.decode()

    assert "<b>2 人</b>" in html
    assert "没有采用 采购需求：3 人" in html
    assert "“往来邮件”不在合同文件之列" in html
    assert "仍须确认" in html


def test_what_is_typed_stays_and_is_never_markup(auditor: Client) -> None:
    html = auditor.get(
        AT, {"paper1": "<b>x</b>", "says1": "3", "signed1": "3月2日", "subject": "none"}
    ).content.decode()

    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "日期请写成" in html


def test_it_goes_away_as_a_table(auditor: Client) -> None:
    rows = auditor.get(AT, {"format": "csv"}).content.decode("utf-8-sig").splitlines()

    assert any(row.startswith("5,采购需求") for row in rows)


def test_who_holds_no_role_sees_no_such_contract(client: Client, person: Person) -> None:
    client.force_login(person("auditor", "cloud-lease-2025"))

    assert client.get(AT).status_code == 404
