"""履约情况表、结算书、差异 as pages: who may open and press what, and what stands on them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import date
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from lvyue.evidence.actions import import_facts
from lvyue.evidence.queries import checkpoint_at
from lvyue.obligations.queries import log_size, statement_of
from lvyue.settlements.models import IssuedStatement
from tests.conftest import Person
from tests.faces.conftest import DAY, Axe, Look, emulate, follow, sign_in, text_of, width

SECURITY = "security-support-2026"
AT = f"/contracts/{SECURITY}/"
EARLIER = "2026-11-19"

pytestmark = pytest.mark.usefixtures("demonstration")


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel(f"{DAY} 10:00+08:00"):
        yield


def signed_in(person: Person, role: str, *contracts: str) -> Client:
    client = Client()
    client.force_login(person(role, *(contracts or (SECURITY,))))
    return client


def issue(client: Client, as_of: str = EARLIER, **more: str) -> IssuedStatement:
    asked = {"as_of": as_of, "size": str(log_size(SECURITY)), **more}
    answer = client.post(f"{AT}statements/issue/", asked)
    assert answer.status_code == HTTPStatus.FOUND, answer.content.decode()
    return IssuedStatement.objects.get(number=int(answer["Location"].split("/")[-2]))


def grade_withdrawn() -> None:
    line = {
        "id": "late-1",
        "kind": "fact.withdrawn",
        "at": "2026-11-18",
        "data": {"fact": "demo-043", "reason": "商定比例录错"},
    }
    leaf = json.dumps(line, ensure_ascii=False).encode()
    import_facts(SECURITY, [leaf], by="测试", source="补录")


# ── the paper ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_paper_says_what_it_was_reckoned_from(person: Person) -> None:
    client = signed_in(person, "auditor")
    statement = statement_of(SECURITY, date.fromisoformat(DAY))

    page = client.get(f"{AT}statement/?as_of={DAY}").content.decode()

    for told in (statement.root, statement.as_json()["hash"], statement.evaluation.calendar.digest):
        assert told in page
    assert "¥482,560.00" in page
    assert 'class="qr-code"' in page


@pytest.mark.parametrize("rest", ["statement/", "statements/1/", "settlement/", ""])
def test_a_code_on_any_paper_is_drawn_whole(person: Person, rest: str) -> None:
    """As large as its place, never cropped: the drawing has no size of its own, and the box holds each of its lines."""
    client = signed_in(person, "buyer")
    issue(client)

    page = client.get(f"{AT}{rest}?as_of={DAY}").content.decode()

    codes = re.findall(r'<svg[^>]*class="qr-code"[^>]*>.*?</svg>', page, flags=re.DOTALL)
    assert codes
    for code in codes:
        opening = code[: code.index(">")]
        assert not re.search(r"\s(width|height)=", opening)
        box = re.search(r'viewBox="0 0 (\d+) (\d+)"', opening)
        assert box is not None
        width, height = int(box[1]), int(box[2])
        assert width == height
        lines = re.search(r'\sd="M2 2.5h7[^"]*"', code)
        assert lines is not None
        assert reach_of(lines[0].split('"')[1]) == (width - 2, height - 2.5)


def reach_of(drawn: str) -> tuple[float, float]:
    """How far to the right and down a path of horizontal strokes comes."""
    x = y = right = 0.0
    for kind, numbers in re.findall(r"([Mmh])([-\d. ]+)", drawn):
        told = [float(one) for one in re.findall(r"-?[\d.]+", numbers)]
        match kind:
            case "M":
                x, y = told
            case "m":
                x, y = x + told[0], y + told[1]
            case _:
                x += told[0]
        right = max(right, x)
    return right, y


def test_its_own_address_gives_the_same_bytes_after_later_facts(person: Person) -> None:
    client = signed_in(person, "buyer")
    page = client.get(f"{AT}statement/?as_of={DAY}").content.decode()
    link = page.split("<figcaption>")[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    before = client.get(f"{link}&format=json").json()

    grade_withdrawn()

    assert client.get(f"{link}&format=json").json() == before
    assert client.get(f"{AT}statement/?as_of={DAY}&format=json").json() != before


def test_one_chooses_what_was_known_without_typing_a_number(person: Person) -> None:
    client = signed_in(person, "buyer")
    before = checkpoint_at(SECURITY)
    grade_withdrawn()

    page = client.get(f"{AT}statement/?as_of={DAY}").content.decode()

    assert f'<option value="{before.size}"' in page
    assert f"{before.size} 条 · {before.recorded_by}" in page


def test_the_findings_are_taken_away_as_a_list(person: Person) -> None:
    client = signed_in(person, "auditor")
    findings = statement_of(SECURITY, date.fromisoformat(DAY)).evaluation.findings

    answer = client.get(f"{AT}statement/?as_of={DAY}&format=xlsx")

    rows = list(load_workbook(io.BytesIO(answer.content)).active.values)  # type: ignore[union-attr]
    assert len(rows) == len(findings) + 2
    assert rows[1][0] == "条款"


@pytest.mark.parametrize("asked", ["release=zz", "release=0123456789abcdef", "calendar=0123456789"])
def test_an_address_of_nothing_is_told_and_never_another(person: Person, asked: str) -> None:
    answer = signed_in(person, "buyer").get(f"{AT}statement/?as_of={DAY}&{asked}")

    assert answer.status_code == HTTPStatus.CONFLICT


@pytest.mark.parametrize(
    "rest",
    ["statement/", "statements/", "statements/1/", "difference/", "statements/1/difference/"],
)
def test_nobody_without_a_role_sees_that_there_is_anything(person: Person, rest: str) -> None:
    issue(signed_in(person, "buyer"))
    stranger = signed_in(person, "supplier_manager", "cloud-lease-2025")

    assert stranger.get(f"{AT}{rest}").status_code == HTTPStatus.NOT_FOUND
    assert Client().get(f"{AT}{rest}").status_code == HTTPStatus.FOUND


def test_a_number_of_another_contract_is_not_found(person: Person) -> None:
    issue(signed_in(person, "buyer"))
    other = signed_in(person, "buyer", SECURITY, "cloud-lease-2025")

    page = other.get("/contracts/cloud-lease-2025/statements/1/")
    act = other.post("/contracts/cloud-lease-2025/statements/1/confirm/")

    assert {page.status_code, act.status_code} == {HTTPStatus.NOT_FOUND}


def test_the_list_of_issued_statements_costs_the_same_however_long(
    person: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(person, "buyer")
    for day in (3, 4, 5, 6):
        issue(client, f"2026-11-0{day}")

    client.get(f"{AT}statements/")  # what was said about the last one has been read
    # session, account, seat, unread in the inbox; rows, names; title, demonstration
    with django_assert_num_queries(8):
        page = client.get(f"{AT}statements/").content.decode()

    assert page.count("号</a>") == 4
    assert client.get(f"{AT}statements/?format=csv").content.count(b"\r\n") == 5


# ── issuing and signing ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["using_department", "engineer", "auditor"])
def test_who_may_not_issue_is_told_who_may(person: Person, role: str) -> None:
    answer = signed_in(person, role).post(f"{AT}statements/issue/", {"as_of": EARLIER})

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "可以由甲方项目负责人、乙方项目经理办理" in answer.content.decode()
    assert not IssuedStatement.objects.exists()


def test_pressing_twice_issues_once_and_loses_no_note(person: Person) -> None:
    client = signed_in(person, "buyer")
    issue(client)
    asked = {"as_of": EARLIER, "size": str(log_size(SECURITY)), "note": "尾款确认"}

    again = client.post(f"{AT}statements/issue/", asked)

    assert again.status_code == HTTPStatus.CONFLICT
    assert "请直接办理第 1 号" in again.content.decode()
    assert "尾款确认" in again.content.decode()
    assert IssuedStatement.objects.count() == 1


@pytest.mark.parametrize("asked", [{"as_of": "2026-02-30"}, {"as_of": EARLIER, "size": "-3"}])
def test_what_is_not_understood_is_not_issued(person: Person, asked: dict[str, str]) -> None:
    answer = signed_in(person, "buyer").post(f"{AT}statements/issue/", asked)

    assert answer.status_code == HTTPStatus.CONFLICT
    assert not IssuedStatement.objects.exists()


def test_a_refused_dispute_keeps_what_was_written(person: Person) -> None:
    buyer, supplier = signed_in(person, "buyer"), signed_in(person, "supplier_manager")
    issue(buyer)
    supplier.post(f"{AT}statements/1/confirm/")

    answer = supplier.post(f"{AT}statements/1/dispute/", {"reason": "扣减没有依据，请看附件二"})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert "已经确认，不能再提出异议" in answer.content.decode()


def test_an_auditor_sees_the_statement_and_no_button(person: Person) -> None:
    issue(signed_in(person, "buyer"))
    auditor = signed_in(person, "auditor")

    page = auditor.get(f"{AT}statements/1/").content.decode()
    act = auditor.post(f"{AT}statements/1/confirm/")

    assert "没有等您办理的事" in page
    assert act.status_code == HTTPStatus.CONFLICT
    assert IssuedStatement.objects.get().state == "issued"


def test_a_changed_log_is_told_loudly(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(person, "buyer")
    issue(client)
    other = statement_of(SECURITY, date(2026, 1, 1))
    monkeypatch.setattr("lvyue.settlements.queries.statement_at", lambda *_: other)

    page = client.get(f"{AT}statements/1/").content.decode()

    assert "与出具时不符" in page
    assert "确认第 1 号</button>" not in page


def test_what_came_later_is_a_banner_with_its_sheet(person: Person) -> None:
    client = signed_in(person, "buyer")
    issue(client)
    grade_withdrawn()

    page = client.get(f"{AT}statements/1/").content.decode()
    sheet = client.get(f"{AT}statements/1/difference/").content.decode()
    told = client.get(f"{AT}statements/1/difference/?format=json").json()

    assert "此后登记了 <b>1</b> 条事实" in page
    assert "撤回" in sheet
    assert {"payable", "instalment-2"} <= {row["key"] for row in told["money"]}


def test_any_two_addresses_are_compared(person: Person) -> None:
    client = signed_in(person, "auditor")
    size = log_size(SECURITY)

    told = client.get(f"{AT}difference/?from=2026-09-28@{size}&to=2026-09-29&format=json").json()
    fields = client.get(
        f"{AT}difference/?from_as_of=2026-09-28&from_size=&to_as_of=2026-09-29&to_size=&format=json"
    ).json()

    assert "演示隐患-04 补丁缺失" in {row["occurrence"] for row in told["findings"]}
    assert fields["findings"] == told["findings"]


@pytest.mark.parametrize(
    "asked", ["from=nonsense&to=2026-09-29", "from=2026-09-28@99999&to=2026-09-29"]
)
def test_an_address_that_is_none_is_told(person: Person, asked: str) -> None:
    answer = signed_in(person, "auditor").get(f"{AT}difference/?{asked}")

    assert answer.status_code == HTTPStatus.CONFLICT
    assert 'role="alert"' in answer.content.decode()


def test_what_a_restatement_changed_stays_behind_a_link_of_both(person: Person) -> None:
    buyer = signed_in(person, "buyer")
    issue(buyer)
    grade_withdrawn()
    buyer.post(f"{AT}statements/1/restate/", {"reason": "定级撤回"})

    links = {
        re.search(r'href="([^"]*)">第 1 号与第 2 号的差异</a>', page)
        for page in (buyer.get(f"{AT}statements/{n}/").content.decode() for n in (1, 2))
    }

    found = {link[1].replace("&amp;", "&") for link in links if link is not None}
    assert len(links) == 2
    assert len(found) == 1
    told = buyer.get(f"{found.pop()}&format=json").json()
    assert "instalment-2" in {row["key"] for row in told["money"]}


def test_the_settlement_says_how_far_the_signing_has_come(person: Person) -> None:
    buyer = signed_in(person, "buyer")
    assert "还没有出具过" in buyer.get(f"{AT}settlement/?as_of={EARLIER}").content.decode()
    issue(buyer)
    buyer.post(f"{AT}statements/1/confirm/")

    page = buyer.get(f"{AT}settlement/?as_of={EARLIER}").content.decode()

    panel = page.split('aria-labelledby="issued"')[1].split("</section>")[0]
    assert 'statements/1/">第 1 号</a>' in panel
    assert "✓ 甲方 测试buyer-1" in panel
    assert "乙方还没有确认" in panel
    assert f'href="{AT}statement/?as_of={EARLIER}#issue">出具结算书</a>' in panel
    assert f'href="{AT}statements/">全部结算书</a>' in panel


def test_who_may_not_issue_sees_who_may_on_the_settlement(person: Person) -> None:
    page = signed_in(person, "auditor").get(f"{AT}settlement/").content.decode()

    panel = page.split('aria-labelledby="issued"')[1].split("</section>")[0]
    assert "可以由甲方项目负责人、乙方项目经理办理" in panel
    assert "#issue" not in panel


def test_the_form_for_issuing_stands_before_the_paper(person: Person) -> None:
    page = signed_in(person, "buyer").get(f"{AT}statement/?as_of={EARLIER}").content.decode()

    assert page.index("出具这一份</button>") < page.index('id="paper-money"')


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────


def pressed(browser: Chrome, words: str) -> None:
    follow(browser, lambda page: page.find_element(By.XPATH, f"//button[contains(., '{words}')]"))


def usable(browser: Chrome, axe: Axe) -> list[str]:
    found = axe()
    width(browser, 390)
    emulate(browser, dark=True)
    found += axe()
    width(browser, 1280)
    emulate(browser)
    return found


def test_the_tail_is_disputed_and_restated(
    browser: Chrome, live_server: LiveServer, person: Person, look: Look, axe: Axe
) -> None:
    """main 8.3: the buyer issues, the supplier disputes, the grade is corrected, the buyer restates"""
    buyer, supplier = person("buyer", SECURITY), person("supplier_manager", SECURITY)
    sign_in(browser, live_server, buyer)
    browser.get(f"{live_server}{AT}statement/?as_of={EARLIER}")
    look("statement")
    assert usable(browser, axe) == []
    width(browser, 390)
    amounts = browser.find_element(By.XPATH, "//section[@aria-labelledby='paper-money']//th[2]")
    assert amounts.text == "金额"
    assert amounts.rect["x"] + amounts.rect["width"] <= 390
    width(browser, 1280)
    pressed(browser, "出具这一份")
    assert "散列与出具时一致" in text_of(browser)

    sign_in(browser, live_server, supplier)
    browser.get(f"{live_server}{AT}statements/1/")
    browser.find_element(By.ID, "dispute_reason").send_keys("商定的是 97%，不是 96%")
    pressed(browser, "提出异议")
    assert "有异议" in text_of(browser)

    grade_withdrawn()
    sign_in(browser, live_server, buyer)
    browser.get(f"{live_server}{AT}statements/1/difference/")
    look("difference")
    assert usable(browser, axe) == []
    assert "第2期" in text_of(browser)
    browser.get(f"{live_server}{AT}statements/1/")
    look("issued-statement")
    pressed(browser, "重述第 1 号")
    assert "结算书第 2 号" in text_of(browser)
    assert "重述第 1 号" in text_of(browser)
    assert [row.state for row in IssuedStatement.objects.order_by("number")] == [
        "restated",
        "issued",
    ]


@pytest.mark.parametrize("contract_id", [SECURITY, "government-cloud-2026"])
def test_the_waterfall_is_a_picture_to_look_at(
    browser: Chrome, live_server: LiveServer, person: Person, look: Look, axe: Axe, contract_id: str
) -> None:
    sign_in(browser, live_server, person("auditor", contract_id))
    browser.get(f"{live_server}/contracts/{contract_id}/settlement/?as_of={DAY}")

    look(f"waterfall-{contract_id}")

    assert usable(browser, axe) == []
    bars = browser.find_elements(By.CSS_SELECTOR, ".fall-bar .bar-edge")
    assert len(bars) == len(browser.find_elements(By.CSS_SELECTOR, "tr.fall")) > 2
    assert all("url(#texture-" in str(bar.get_attribute("fill")) for bar in bars)
