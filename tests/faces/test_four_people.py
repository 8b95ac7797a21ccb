"""Four people and five contracts: what each sees, does to the end, and is refused with which reason.

Everybody is of the demonstration and signs in at the door. Single permissions and single pages are tested where they
live (tests/accounts/test_permissions.py, tests/faces/test_facts.py and its neighbours); here is the whole table.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
import time_machine
from openpyxl import load_workbook
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from lvyue.accounts.demonstration import PASSWORD
from lvyue.obligations.queries import log_size
from tests.faces.conftest import by_css, by_link, follow, messages, text_of
from tests.faces.stories import (
    GOVERNMENT,
    LEASE,
    MORNING,
    OPERATIONS,
    SECURITY,
    VIDEO,
    Page,
    Visitor,
    settled_in,
    words_of,
)

TABS = [
    *("合同", "工单", "事实", "日历", "提醒", "结算", "履约情况表", "疑义", "参数"),
    *("文件", "补充协议", "函件", "联系方式", "推演", "对外提供", "告警", "人员"),
]

#: The buttons of an act, by the page on which they stand, and who is offered them.
ACTS = {
    "facts/": {"登记事实", "批量导入"},
    "statement/": {"出具这一份"},
    "amendments/": {"变更条款", "商定参数", "解决疑义", "共同确认"},
    "parameters/": {"提议数值"},
    "doubts/": {"提出解决"},
}
PARTY = set[str]().union(*ACTS.values())
OFFERED = {"buyer": PARTY, "manager": PARTY, "engineer": {"登记事实"}, "auditor": set[str]()}


@dataclass(frozen=True)
class Fact:
    """登记: a fact that somebody puts on record, and the words that a page says afterwards."""

    kind: str
    typed: Mapping[str, str]
    page: str
    says: str


@dataclass(frozen=True)
class Value:
    """提议: a value that is proposed for what the contract leaves open."""

    parameter: str
    value: str
    says: str


@dataclass(frozen=True)
class Export:
    """导出: the statement as a file, and as the page shows it."""


@dataclass(frozen=True)
class No:
    """不能: what is sent by hand, and the sentence that comes back."""

    path: str
    says: str
    typed: Mapping[str, str] = field(default_factory=dict)
    status: int = 403


PAID = {"at": "2026-11-20", "data.paper": "测试文书-付款"}
NOT_BUYER = No("facts/new/?kind=payment.made", "这件事应由甲方登记；您是乙方项目经理。", PAID)
NOT_SUPPLIER = No(
    "facts/new/?kind=inspection.done", "这件事应由乙方登记；您是甲方项目负责人。", PAID
)
NOT_FORMAL = No(
    "facts/new/?kind=acceptance.submitted", "这件事有法律后果，应由乙方项目经理登记。", PAID
)
NOT_ALONE = No("facts/new/?kind=parameter.agreed", "这件事要双方确认", PAID)
NOT_ISSUING = No(
    "statements/issue/", "可以由甲方项目负责人、乙方项目经理办理", {"as_of": "2026-11-20"}
)
NOT_PROPOSING = No("amendments/new/?kind=parameter", "不能提出补充协议、参数或疑义的解决")
ONLY_LOOKING = No("facts/new/?kind=drill.held", "您是审计，不能登记事实", PAID)

REFUSED = {
    "buyer": (NOT_SUPPLIER, NOT_ALONE),
    "manager": (NOT_BUYER, NOT_ALONE),
    "engineer": (NOT_FORMAL, NOT_ISSUING, NOT_PROPOSING),
    "auditor": (ONLY_LOOKING, NOT_ISSUING, NOT_PROPOSING),
}


def paid(amount: str, says: str) -> Fact:
    typed = PAID | {"data.instalment": "2", "data.amount_fen": amount}
    return Fact("payment.made", typed, "settlement/", says)


def inspected(cycle: str) -> Fact:
    typed = {"at": "2026-11-20", "subject": "测试巡检-1", "data.cycle": cycle}
    return Fact("inspection.done", typed, "facts/?q=测试巡检-1", "测试巡检-1")


def answered() -> Fact:
    typed = {"at": "2026-11-20 10:30", "subject": "测试工单-1", "data.class": "incident"}
    return Fact("ticket.opened", typed, "facts/?q=测试工单-1", "测试工单-1")


Act = Fact | Value | Export

#: contract, person, what they do to the end
TABLE: list[tuple[str, str, Act]] = [
    (SECURITY, "buyer0", paid("482,560.00元", "¥482,560.00 已于 2026-11-20 付清")),
    (SECURITY, "manager0", Value("sudden-event-report", "120", "120分钟")),
    (SECURITY, "engineer0", inspected("weekly")),
    (SECURITY, "auditor", Export()),
    (
        OPERATIONS,
        "buyer0",
        Fact(
            "assessment.graded",
            {"at": "2026-11-20", "data.grade": "优秀", "data.paper": "测试文书-考核"},
            "facts/?kind=assessment.graded",
            "优秀",
        ),
    ),
    (
        OPERATIONS,
        "manager1",
        Fact(
            "plan.issued",
            {"at": "2026-11-20", "data.plan": "应急预案", "data.paper": "测试文书-预案"},
            "facts/?kind=plan.issued",
            "测试文书-预案",
        ),
    ),
    (OPERATIONS, "engineer1", inspected("weekly")),
    (OPERATIONS, "auditor", Export()),
    (GOVERNMENT, "buyer2", paid("62.754万元", "¥627,540.00")),
    (GOVERNMENT, "manager2", Value("backup-cycle", "7", "7个自然日")),
    (GOVERNMENT, "engineer2", answered()),
    (GOVERNMENT, "auditor", Export()),
    (VIDEO, "buyer3", paid("559000元", "¥559,000.00")),
    (
        VIDEO,
        "manager3",
        Fact(
            "plan.issued",
            {"at": "2026-11-20", "data.plan": "应急预案", "data.paper": "测试文书-预案"},
            "facts/?kind=plan.issued",
            "测试文书-预案",
        ),
    ),
    (VIDEO, "engineer3", inspected("weekly")),
    (VIDEO, "auditor", Export()),
    (LEASE, "buyer4", paid("566,107.80元", "¥1,166,107.80 已于 2026-11-20 付清")),
    (LEASE, "manager4", Value("failover-time", "30", "30分钟")),
    (LEASE, "engineer4", answered()),
    (LEASE, "auditor", Export()),
]

#: Who is supplier manager of another contract, and must not even learn that this one is there.
STRANGER = {
    SECURITY: "manager1",
    OPERATIONS: "manager2",
    GOVERNMENT: "manager3",
    VIDEO: "manager4",
    LEASE: "manager0",
}


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    with time_machine.travel(MORNING):
        yield


def role_of(username: str) -> str:
    return username.rstrip("0123456789")


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
@pytest.mark.parametrize(("contract_id", "username", "act"), TABLE)
def test_each_sees_does_and_is_refused(contract_id: str, username: str, act: Act) -> None:
    settled_in(contract_id)
    somebody, at = Visitor(username), f"/contracts/{contract_id}/"

    assert somebody.open(at).tabs == TABS
    seen = {word: page for page in ACTS for word in somebody.open(at + page).offers & ACTS[page]}
    assert seen.keys() == OFFERED[role_of(username)]
    kinds = somebody.open(f"{at}facts/new/").html.count("?kind=") if seen else 0

    before = log_size(contract_id)
    for no in REFUSED[role_of(username)]:
        page = somebody.forge(at + no.path, no.typed)
        assert page.status == no.status
        assert no.says in page.words
        assert somebody.open(at + no.path).status in (no.status, 405)  # a page of POSTs alone
    assert log_size(contract_id) == before

    done(somebody, contract_id, act)
    assert log_size(contract_id) == before + isinstance(act, Fact)
    refused = len(REFUSED[role_of(username)])
    print(  # noqa: T201  the table is asked for
        f"\n{contract_id} {username}: {len(TABS)} tabs, {len(seen)} acts offered,"
        f" {kinds} kinds of fact, {refused} requests refused"
    )


def done(somebody: Visitor, contract_id: str, act: Act) -> None:
    match act:
        case Fact():
            assert "已登记" in somebody.record(contract_id, act.kind, act.typed).words
            assert act.says in somebody.open(f"/contracts/{contract_id}/{act.page}").words
        case Value():
            proposed(somebody, contract_id, act)
        case Export():
            exported(somebody, contract_id)


def proposed(manager: Visitor, contract_id: str, act: Value) -> None:
    """The manager proposes and signs for one side; the buyer finds it, and may sign."""
    new = f"/contracts/{contract_id}/amendments/new/"
    manager.open(new, kind="parameter", parameter=act.parameter)
    manager.press("存为草稿", {"value": act.value, "reason": "合同没有写数", "paper": "测试文书"})
    proposal = manager.press("提出", {"sign_too": "1"})

    assert act.says in proposal.words
    assert "等甲方签署" in proposal.words
    buyer = Visitor({SECURITY: "buyer0", GOVERNMENT: "buyer2", LEASE: "buyer4"}[contract_id])
    assert "代表甲方签署" in buyer.open(proposal.at).offers
    assert "代表乙方签署" not in proposal.offers


def exported(auditor: Visitor, contract_id: str) -> None:
    """The whole statement leaves as a table and with its proofs; both are what the page shows."""
    page = auditor.open(f"/contracts/{contract_id}/statement/")
    sheet = auditor.client.get(f"{page.at}?format=xlsx").content
    told = auditor.client.get(f"{page.at}?format=json").json()

    rows = list(load_workbook(io.BytesIO(sheet)).active.values)  # type: ignore[union-attr]
    assert told["hash"] in page.words
    assert told["hash"] in str(rows[0])
    assert len(rows) - 2 == len(told["findings"]) > 50


@pytest.mark.django_db
def test_a_supplier_of_another_contract_finds_what_anybody_finds_who_mistypes() -> None:
    settled_in(*STRANGER)
    for contract_id, username in STRANGER.items():
        stranger, size = Visitor(username), log_size(contract_id)
        for path in ("", "facts/", "facts/demo-001/", "statement/", "people/", "facts/new/"):
            there = stranger.open(f"/contracts/{contract_id}/{path}")
            nowhere = stranger.open(f"/contracts/no-such-contract/{path}")
            assert there.status == nowhere.status == 404
            assert alike(there, contract_id) == alike(nowhere, "no-such-contract")
        for no in (NOT_BUYER, NOT_ISSUING, NOT_PROPOSING):
            there = stranger.forge(f"/contracts/{contract_id}/{no.path}", no.typed)
            nowhere = stranger.forge(f"/contracts/no-such-contract/{no.path}", no.typed)
            assert there.status == nowhere.status == 404
            assert alike(there, contract_id) == alike(nowhere, "no-such-contract")
        assert log_size(contract_id) == size


def alike(page: Page, contract_id: str) -> str:
    """Everything that stands on a page but the contract that was asked for, and the number of the request."""
    html, numbers = re.subn(r"(?<=<code>)[0-9a-f]{16}(?=</code></p>)", "", page.html)
    assert numbers == 1
    return words_of(html).replace(contract_id, "…")


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────

#: Where a page keeps the buttons of an act, and what a person reads who may not.
FORBIDDEN = {
    "buyer": NOT_SUPPLIER,
    "manager": NOT_BUYER,
    "engineer": NOT_FORMAL,
    "auditor": ONLY_LOOKING,
}


@pytest.fixture
def all_five(transactional_db: None) -> None:  # noqa: ARG001  the server reads what is committed
    settled_in(*STRANGER)


def signs_in(browser: Chrome, live_server: LiveServer, username: str, wanted: str) -> None:
    """By the form, as somebody who followed a link to a page."""
    browser.delete_all_cookies()
    browser.get(f"{live_server}{wanted}")
    for name, value in (("username", username), ("password", PASSWORD)):
        browser.find_element(By.NAME, name).send_keys(value)
    follow(browser, by_css("main form .is-primary"))
    there = (
        f"{live_server}{wanted}"  # not only its end, with which the address of the door ends too
    )
    WebDriverWait(browser, 30).until(lambda page: page.current_url == there)
    WebDriverWait(browser, 30).until(lambda page: page.find_elements(By.CSS_SELECTOR, "nav.tabs a"))


def pressable(browser: Chrome) -> set[str]:
    found = browser.find_elements(By.CSS_SELECTOR, "main a.button, main button:enabled")
    return {" ".join(one.text.split()) for one in found}


@pytest.mark.usefixtures("all_five")
@pytest.mark.parametrize("role", ["buyer", "manager", "engineer", "auditor"])
def test_one_person_goes_through_the_five_contracts_with_a_browser(
    browser: Chrome, live_server: LiveServer, role: str
) -> None:
    """What they see, what is offered, and the page that says why not; the acts to their end are in the table above."""
    for contract_id, username in ((row[0], row[1]) for row in TABLE if role_of(row[1]) == role):
        at, no = f"/contracts/{contract_id}/", FORBIDDEN[role]
        signs_in(browser, live_server, username, at)
        tabs = browser.find_elements(By.CSS_SELECTOR, "nav.tabs a")
        assert [tab.text for tab in tabs] == TABS

        follow(browser, by_link("事实"))
        assert pressable(browser) & ACTS["facts/"] == OFFERED[role] & ACTS["facts/"]

        browser.get(f"{live_server}{at}{no.path}")
        assert "不能这样做" in text_of(browser)
        assert no.says in text_of(browser)
        messages(browser)  # a page that is refused complains of its status
