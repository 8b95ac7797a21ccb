"""留痕的页面: filters, one entry, who was allowed what on 3 March, and packs; and who must not see them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from lvyue import clock
from lvyue.accounts import standing
from lvyue.accounts.actions import appoint, create_account, create_token, dismiss, switch_off
from lvyue.accounts.actions.trail import audit, seal
from lvyue.accounts.choices import ContractRole, Via
from lvyue.accounts.models import Account
from lvyue.accounts.origin import Origin, acting
from lvyue.accounts.queries import appointments, audit_trail
from lvyue.core.doubts import Refused
from tests.accounts.conftest import BrowserOf
from tests.conftest import Person

pytestmark = pytest.mark.usefixtures("contracts")

PAGES = ("", "entries/{entry}/", "standing/", "packs/", "packs/1/")


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


@pytest.fixture
def entry(person: Person) -> int:
    """One act on the first contract, in one request with another."""
    buyer = person("buyer", "first")
    before = {"title": "旧", "payload": {"keys": ["甲"], "state": "draft"}}
    after = {"title": "新", "payload": {"keys": ["甲", "乙"], "state": "draft"}}
    with acting(Origin("192.0.2.7", "request-0042", Via.API)):
        made = audit(
            "amendment.edited",
            by=buyer,
            contract_id="first",
            about="补充协议第1号",
            before=before,
            after=after,
            reason="<script>alert(1)</script>",
        )
        audit("file.attached", by=buyer, contract_id="first", about="附件")
    seal()
    return made.pk


# ── who must not ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("role", "contract_id", "status"),
    [
        ("using_department", "first", 403),
        ("engineer", "first", 403),
        ("buyer", "second", 404),
        ("administrator", "", 404),
    ],
)
def test_who_does_not_answer_for_a_contract_sees_none_of_its_pages(
    person: Person, browser_of: BrowserOf, entry: int, role: str, contract_id: str, status: int
) -> None:
    somebody = person(role, *filter(None, [contract_id]))
    if role == "buyer":
        somebody = create_account("stranger", "外人", "a-long-test-password", by="测试")
    client = browser_of(somebody)

    for page in PAGES:
        text(client, f"/contracts/first/audit/{page.format(entry=entry)}", status)
    assert client.post("/contracts/first/audit/packs/", {"year": "2026"}).status_code == status


def test_an_entry_of_another_contract_is_not_there(
    person: Person, browser_of: BrowserOf, entry: int
) -> None:
    other = create_account("other", "另一份的", "a-long-test-password", by="测试")
    appoint(other, "second", ContractRole.AUDITOR, by="测试")
    client = browser_of(other)

    text(client, f"/contracts/second/audit/entries/{entry}/", 404)
    text(client, f"/contracts/second/audit/entries/{'9' * 40}/", 404)
    text(browser_of(person("administrator")), f"/audit/entries/{entry}/", 404)


# ── one entry, and those beside it ───────────────────────────────────────────────────────────────────────────────


def test_an_entry_shows_before_and_after_and_what_else_was_done(
    person: Person, browser_of: BrowserOf, entry: int
) -> None:
    page = text(browser_of(person("auditor", "first")), f"/contracts/first/audit/entries/{entry}/")

    assert "<del>旧</del>" in page
    assert "<ins>新</ins>" in page
    assert "变更内容 › 各项" in page
    assert "变更内容 › 状态" not in page  # that did not change
    assert "192.0.2.7" in page
    assert "存入证明文件" in page
    assert "request=request-0042" in page
    assert "<script>alert" not in page


def test_the_trail_is_narrowed_by_request_address_and_words(
    person: Person, browser_of: BrowserOf, entry: int
) -> None:
    client = browser_of(person("auditor", "first"))

    def shown(asked: str) -> int:
        return text(client, f"/contracts/first/audit/?{asked}").count("/audit/entries/")

    assert shown("request=request-0042") == 2
    assert shown("address=192.0.2.7&act=file.attached") == 1
    assert shown("words=alert") == 1
    assert shown("words=没有这样的字") == 0
    assert shown(f"request={'x' * 5000}") == 0
    assert shown("contract=second") == 0
    assert f"/entries/{entry}/" in text(client, "/contracts/first/audit/?request=request-0042")


def test_lines_for_checking_leave_as_they_were_sealed(
    person: Person, browser_of: BrowserOf, entry: int
) -> None:
    client = browser_of(person("auditor", "first"))
    asked = "/contracts/first/audit/?request=request-0042&format=jsonl"
    *lines, head = [json.loads(one) for one in client.get(asked).content.splitlines()]

    assert [one["entry"] for one in lines] == [entry, entry + 1]
    assert head["head"]["sequence"] >= lines[-1]["sequence"]


def test_packs_are_asked_for_and_taken_away(person: Person, browser_of: BrowserOf) -> None:
    client = browser_of(person("auditor", "first"))

    assert (
        "不是年份" in client.post("/contracts/first/audit/packs/", {"year": "😀"}).content.decode()
    )
    asked = client.post(
        "/contracts/first/audit/packs/", {"year": f"{clock.now().year}"}, follow=True
    )
    page = asked.content.decode()
    assert "已做好" in page
    found = re.search(r"/contracts/first/audit/packs/\d+/", page)
    assert found
    assert client.get(found[0])["Content-Type"] == "application/zip"
    assert audit_trail("first")[0].act == "audit_pack.asked"


def test_the_chain_is_checked_at_the_press_of_a_button(
    administrator: Account, browser_of: BrowserOf
) -> None:
    seal()
    client = browser_of(administrator)

    assert "完好" in text(client, "/audit/chain/?verify=1")
    assert "完好" not in text(client, "/audit/chain/")


# ── who was allowed what ─────────────────────────────────────────────────────────────────────────────────────────

MARCH = date(2026, 3, 3)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=clock.SHANGHAI)


@pytest.fixture
def march(monkeypatch: pytest.MonkeyPatch) -> Account:
    """张一 was the buyer from the 2nd to noon of the 4th, an auditor since; switched off on the 10th, with a token of a day."""
    now = [at(1)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    zhang = create_account("zhang", "张一", "a-long-test-password", by="系统")
    now[0] = at(2)
    appoint(zhang, "first", ContractRole.BUYER, by="李管理")
    create_token(zhang, "短令牌", 1, by=zhang)
    now[0] = at(4)
    held = appointments("first").get(role="buyer")
    dismiss(held, by="李管理", reason="换人")
    appoint(zhang, "first", ContractRole.AUDITOR, by="李管理")
    now[0] = at(10)
    switch_off(zhang, by="李管理", reason="离任")
    zhang.refresh_from_db()
    return zhang


def roles(found: Any) -> list[str]:
    return [one.role for one in found.roles]


def test_on_a_day_everybody_is_what_they_were_and_by_whom(march: Account) -> None:
    on_the_third = standing.contract_standing("first", standing.period(MARCH))

    assert march.username == on_the_third.roles[0].username
    assert roles(on_the_third) == ["buyer"]
    assert on_the_third.roles[0].appointed_by == "李管理"
    assert roles(standing.contract_standing("first", standing.period(date(2026, 3, 1)))) == []
    assert roles(standing.contract_standing("first", standing.period(date(2026, 3, 5)))) == [
        "auditor"
    ]
    assert roles(standing.contract_standing("second", standing.period(MARCH))) == []


def test_during_a_period_each_stretch_has_its_own_rights(march: Account) -> None:
    found = standing.person_standing(march, standing.period(MARCH, date(2026, 3, 5)))

    first, second = found.seats
    assert (first.roles, second.roles) == (("甲方项目负责人",), ("审计",))
    assert first.until == second.since == at(4)
    may_sign = [
        next(right for right in seat.rights if right.right == "sign") for seat in found.seats
    ]
    assert [one.allowed for one in may_sign] == [True, False]
    assert may_sign[1].reason
    assert found.doubts == ()


def test_an_account_that_was_switched_off_is_told_and_so_are_tokens(march: Account) -> None:
    then = standing.person_standing(march, standing.period(MARCH))
    later = standing.person_standing(march, standing.period(date(2026, 3, 11)))
    month = standing.contract_standing("first", standing.period(MARCH, date(2026, 3, 31)))

    assert [one.name for one in then.tokens] == ["短令牌"]
    assert (len(then.active), later.active, later.tokens) == (1, (), ())
    gaps = [one.interrupted for one in month.roles if one.role == "auditor"]
    assert gaps[0][0].since == at(10)
    assert then.administrator == ()


def test_what_was_changed_past_the_platform_is_said(march: Account) -> None:
    Account.objects.filter(pk=march.pk).update(is_active=True, is_administrator=True)
    march.refresh_from_db()

    found = standing.person_standing(march, standing.period(MARCH))
    assert len(found.doubts) == 2
    assert "绕过平台" in found.doubts[0]


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Refused, match="对调"):
        standing.period(MARCH, MARCH - timedelta(days=1))


def test_the_page_answers_for_a_person_and_for_a_contract(
    march: Account, administrator: Account, browser_of: BrowserOf
) -> None:
    client = browser_of(administrator)

    of_person = text(client, f"/audit/standing/?person={march.username}&first=2026-03-03")
    assert "甲方项目负责人" in of_person
    assert "李管理" in of_person
    assert "张一" in text(client, "/audit/standing/?contract=first&first=2026-03-03")
    assert "没有任职" in text(client, "/audit/standing/?contract=first&first=2026-03-01")
    assert "没有登录名" in text(client, "/audit/standing/?person=nobody", 422)
    assert "不是日期" in text(client, "/audit/standing/?person=zhang&first=昨天", 422)
    exported = client.get("/audit/standing/?person=zhang&first=2026-03-03&format=csv")
    assert exported.content.startswith(b"\xef\xbb\xbf")
    assert "代表一方签署" in exported.content.decode()
