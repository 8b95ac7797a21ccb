"""防范清单和故障设备维修 in a real browser: a latent defect from the list to its confirmation, and what is not repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.accounts.queries import seat_of
from lvyue.cli.demo import load_contracts
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.models import Ticket
from lvyue.obligations.queries import forget
from tests.faces.conftest import Axe, Look, by_css, by_link, follow, sign_in, text_of
from tests.helpdesk.conftest import SECURITY, VIDEO, at

LIST = f"/contracts/{SECURITY}/tickets/prevention/"
FIGURES = f"/contracts/{VIDEO}/tickets/statistics/?first=2022-05-01&last=2022-05-31"
As = Callable[[str], str]

#: What each party does to a defect that is told, agreed, put in place and confirmed.
LIFE = (
    ("engineer", StepTaken("tell", papers={"联系方式": "电话", "联系了谁": "甲方项目负责人"})),
    ("buyer", StepTaken("agree", papers={"防范措施": "换下风扇", "甲方配合": "开放机房两小时"})),
    ("engineer", StepTaken("restore", papers={"落实证明": "更换记录 3 号"})),
    ("buyer", StepTaken("confirm", papers={"复核结果": "运行一周无异响"})),
)


@pytest.fixture
def people(transactional_db: None) -> Iterator[dict[str, Account]]:  # noqa: ARG001  the server reads what is committed
    """An engineer, a buyer's lead and a clerk on two contracts."""
    forget()
    for _ in load_contracts():
        pass
    found = {}
    for role in ("using_department", "engineer", "buyer"):
        one = create_account(
            role.replace("_", "-"), f"测试{role}", "a-long-test-password", by="测试"
        )
        Account.objects.filter(pk=one.pk).update(password_handed_over=False)
        for contract_id in (SECURITY, VIDEO):
            appoint(one, contract_id, ContractRole(role), by="测试")
        found[role] = one
    yield found
    forget()


@pytest.fixture
def signed_in(browser: Chrome, live_server: LiveServer, people: dict[str, Account]) -> As:
    def somebody(role: str) -> str:
        sign_in(browser, live_server, people[role])
        return str(live_server)

    return somebody


def _defect(people: dict[str, Account], title: str, life: tuple[tuple[str, StepTaken], ...]) -> str:
    with time_machine.travel(at("2026-03-02 10:00:00"), tick=False):
        new = NewTicket("defect", title, values={"place": "一号机房"})
        ticket = open_ticket(SECURITY, new, by=seat_of(people["engineer"], SECURITY))
        for role, step in life:
            take_step(SECURITY, ticket.number, step, by=seat_of(people[role], SECURITY))
    return ticket.name


def test_an_empty_list_teaches_and_leads_to_the_form(
    browser: Chrome, signed_in: As, axe: Axe
) -> None:
    home = signed_in("engineer")
    browser.get(f"{home}{LIST}")
    assert axe() == []
    follow(browser, by_link("登记一处"))
    browser.find_element(By.NAME, "title").send_keys("磁盘只剩一成")
    assert axe() == []
    follow(browser, by_css("form[method=post] button.is-primary"))

    made = Ticket.objects.get(title="磁盘只剩一成")
    assert made.kind == "defect"
    browser.get(f"{home}{LIST}")
    assert f"{made.name} 磁盘只剩一成" in text_of(browser)


def test_who_may_not_put_one_on_the_list_is_offered_no_button(
    browser: Chrome, signed_in: As, axe: Axe
) -> None:
    browser.get(f"{signed_in('using_department')}{LIST}")
    assert axe() == []
    assert "还没有登记过潜在缺陷" in text_of(browser)
    assert not browser.find_elements(By.CSS_SELECTOR, "a[href*='kind=defect']")


@pytest.mark.parametrize("role", ["engineer", "buyer"])
def test_the_list_shows_how_far_each_defect_is_by_day_and_night_on_a_telephone_and_on_paper(
    browser: Chrome, signed_in: As, people: dict[str, Account], axe: Axe, look: Look, role: str
) -> None:
    names = [
        _defect(people, title, LIFE[:steps])
        for title, steps in (("风扇异响", 0), ("证书快到期", 2), ("电源老化", 4))
    ]
    home = signed_in(role)
    browser.get(f"{home}{LIST}")

    rows = browser.find_elements(By.CSS_SELECTOR, "main tbody tr")
    told = {next(name for name in names if name in row.text): row.text for row in rows}
    assert "还没有商定" in told[names[0]]
    assert "甲方配合：开放机房两小时" in told[names[1]]
    assert "更换记录 3 号" in told[names[2]]
    assert axe() == []
    look(f"ticket-prevention-{role}")
    follow(browser, by_css("main tbody th a"))
    assert "潜在缺陷" in text_of(browser)
    assert axe() == []


def test_what_is_not_repaired_stands_beside_the_figures_and_opens_its_ticket(
    browser: Chrome, signed_in: As, people: dict[str, Account], axe: Axe, look: Look
) -> None:
    """S3 F3: two devices were broken in May, one is repaired at the end of the month."""
    engineer, buyer = (seat_of(people[role], VIDEO) for role in ("engineer", "buyer"))
    with time_machine.travel(at("2022-05-05 10:00:00"), tick=False):
        _, ticket = (
            open_ticket(
                VIDEO, NewTicket("incident", "没有图像", values={"device": device}), by=buyer
            )
            for device in ("终端-01", "终端-02")
        )
        for step in (StepTaken("answer"), StepTaken("restore", papers={"修后测试": "有图像"})):
            take_step(VIDEO, ticket.number, step, by=engineer)
    home = signed_in("engineer")
    browser.get(f"{home}{FIGURES}")

    section = browser.find_element(By.CSS_SELECTOR, "section[aria-labelledby=repairs]").text
    assert "写明设备的故障 2 台，到月底修好 1 台" in section
    assert "终端-02" not in section
    assert axe() == []
    look("ticket-repairs")
    follow(browser, by_css("section[aria-labelledby=repairs] a"))
    assert "终端-01" in text_of(browser)
