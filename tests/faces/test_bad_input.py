"""Bad input: what people do to forms without meaning harm, and what some do who mean it. Nothing is lost, all is told.

Here stands what no neighbour tests yet. Where the others stand:

- a fact: back and again, double click, two at once, 元 or 万元, control characters, future dates, 5,001 characters,
  files — tests/faces/test_facts.py, tests/obligations/test_recording.py, test_drafting.py
- an amendment: two at once, double click, units, reasons — tests/faces/test_amendments.py
- a statement: issued twice, refused disputes, forged numbers — tests/faces/test_statements.py
- sign-in, people, sessions and drafts — tests/accounts, tests/faces/test_people_pages.py
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.sessions.models import Session
from pytest_django.live_server_helper import LiveServer
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from lvyue.accounts.queries import account
from lvyue.evidence.queries import entry
from lvyue.obligations.queries import log_size
from tests.faces.conftest import by_css, press, sign_in, text_of
from tests.faces.stories import LEASE, MORNING, SECURITY, Visitor, path_of, settled_in

AT = f"/contracts/{SECURITY}/"
NEW = f"{AT}facts/new/"
DRILL = {"at": "2026-11-20", "data.topic": "密钥泄露演练"}
LONG = "长" * 5000


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    with time_machine.travel(MORNING):
        yield


@pytest.fixture
def house(db: None) -> None:  # noqa: ARG001  the story is in the database
    settled_in(SECURITY)


def session_ended() -> None:
    Session.objects.all().delete()


# ── the session ends in the middle of a form ─────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("house")
def test_a_fact_that_was_sent_too_late_stands_in_its_form_again() -> None:
    """Without JavaScript too."""
    engineer, before = Visitor("engineer0"), log_size(SECURITY)
    engineer.open(NEW, kind="drill.held")
    session_ended()

    assert "已经保留" in engineer.press("看看影响", DRILL).words
    page = engineer.sign_in()

    assert page.at == f"{NEW}?kind=drill.held"
    assert "请核对后再提交" in page.words
    assert {name: page.value(name) for name in DRILL} == DRILL
    assert log_size(SECURITY) == before
    assert "看看影响" in engineer.press("看看影响").offers


@pytest.mark.usefixtures("house")
def test_a_fact_of_one_kind_is_not_poured_into_the_form_of_another() -> None:
    engineer = Visitor("engineer0")
    engineer.open(NEW, kind="drill.held")
    session_ended()
    engineer.press("看看影响", DRILL)
    engineer.sign_in()

    assert engineer.open(NEW, kind="inspection.done").value("at") == ""


@pytest.mark.usefixtures("house")
def test_a_reason_that_was_sent_too_late_stands_in_its_form_again() -> None:
    buyer, manager = Visitor("buyer0"), Visitor("manager0")
    buyer.open(f"{AT}statement/", as_of="2026-11-20")
    issued = buyer.press("出具这一份").at
    manager.open(issued)
    session_ended()

    manager.press("对第 1 号提出异议", {"reason": "扣减没有依据"})
    page = manager.sign_in()

    assert page.at == issued
    form, _ = page.form_with("对第 1 号提出异议")
    assert form.values["reason"] == ["扣减没有依据"]
    assert "已出具" in page.words


@pytest.mark.usefixtures("house")
def test_a_refusal_that_was_sent_too_late_stands_in_its_form_again() -> None:
    at = proposed(Visitor("manager0"))
    buyer = Visitor("buyer0")
    buyer.open(at)
    session_ended()

    buyer.press("不同意", {"reason": "两小时太短"})
    page = buyer.sign_in()

    assert page.at == at
    assert page.form_with("不同意")[0].values["reason"] == ["两小时太短"]


@pytest.mark.usefixtures("house")
def test_an_amendment_that_was_sent_too_late_stands_in_its_form_again() -> None:
    manager = Visitor("manager0")
    manager.open(f"{AT}amendments/new/", kind="parameter", parameter="sudden-event-report")
    session_ended()

    manager.press("存为草稿", {"value": "90", "reason": "补写"})
    page = manager.sign_in()

    assert page.value("value") == "90"
    assert page.value("reason") == "补写"
    assert "90分钟" in manager.press("存为草稿").words


@pytest.mark.usefixtures("house")
def test_a_change_that_was_sent_too_late_stands_in_its_form_again() -> None:
    manager = Visitor("manager0")
    manager.open(f"{AT}amendments/new/", kind="terms")
    changes = manager.press("存为草稿", {"title": "期限", "reason": "补写"}).at
    manager.open(changes, target="contract")
    session_ended()

    manager.press("加入变更", {"f.period.end": "2027-02-08"})
    page = manager.sign_in()

    assert page.at == f"{changes}?target=contract"
    assert page.value("f.period.end") == "2027-02-08"


@pytest.mark.usefixtures("house")
def test_a_note_that_was_sent_too_late_stands_in_its_form_again_and_nothing_is_issued() -> None:
    buyer = Visitor("buyer0")
    address = buyer.open(f"{AT}statement/", as_of="2026-11-20").at
    session_ended()

    buyer.press("出具这一份", {"note": "尾款确认"})
    page = buyer.sign_in()

    assert page.at == address
    assert page.value("note") == "尾款确认"
    assert "还没有" in buyer.open(f"{AT}statements/").words


@pytest.mark.usefixtures("house")
def test_a_supposition_that_was_sent_too_late_is_supposed_after_all() -> None:
    buyer = Visitor("buyer0")
    buyer.open(f"{AT}what-if/", kind="payment.made")
    session_ended()
    typed = {"at": "2026-11-20", "data.instalment": "2", "data.amount_fen": "482560元"}

    buyer.press("加进假设", typed)
    page = buyer.sign_in()

    assert path_of(page) == f"{AT}what-if/"
    assert "去掉 假设的付款" in page.words
    assert "¥482,560.00" in page.words


def proposed(manager: Visitor, **more: str) -> str:
    manager.open(f"{AT}amendments/new/", kind="parameter", parameter="sudden-event-report")
    manager.press("存为草稿", {"value": "120", "reason": "合同没有写数", **more})
    return manager.press("提出", {"sign_too": "1"}).at


# ── back, and once more ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("house")
def test_what_was_signed_is_not_signed_again_by_going_back() -> None:
    at, buyer = proposed(Visitor("manager0")), Visitor("buyer0")
    page = buyer.open(at)
    buyer.press("代表甲方签署")
    size = log_size(SECURITY)

    buyer.page = page
    again = buyer.press("代表甲方签署")

    assert again.status == 409
    assert "没有办成" in again.words
    assert log_size(SECURITY) == size


@pytest.mark.usefixtures("house")
def test_a_statement_is_confirmed_and_disputed_once_by_going_back() -> None:
    buyer, manager = Visitor("buyer0"), Visitor("manager0")
    buyer.open(f"{AT}statement/", as_of="2026-11-20")
    issued = buyer.press("出具这一份").at
    page = manager.open(issued)
    manager.press("对第 1 号提出异议", {"reason": "第一次"})
    size = log_size(SECURITY)

    for button, typed in (("对第 1 号提出异议", {"reason": "第二次"}), ("代表乙方确认第 1 号", {})):
        manager.page = page
        again = manager.press(button, typed)
        assert again.status == 409
        assert "有异议" in again.words
    assert log_size(SECURITY) == size


# ── corrections of corrections ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("house")
def test_a_correction_is_corrected_and_the_last_word_counts_on_every_page() -> None:
    """更正的更正落在同一条事实上；撤回一次更正，就回到更早的一次"""
    buyer = Visitor("buyer0")
    late, early = "2026-03-04", "2026-03-02"
    for at in (late, early):
        buyer.open(f"{AT}facts/demo-011/")
        buyer.record(
            SECURITY,
            "fact.corrected",
            {"data.at": at, "data.reason": f"回单写的是 {at}"},
            fact="demo-011",
        )
    page = buyer.open(f"{AT}facts/demo-011/")
    assert early in page.words
    second = (
        buyer.open(f"{AT}facts/", kind="fact.corrected").html.split("/facts/f-")[1].split("/")[0]
    )
    assert "已付清" in buyer.settlement(SECURITY, early).article("first-payment")

    buyer.record(SECURITY, "fact.withdrawn", {"data.reason": "回单看错"}, fact=f"f-{second}")

    assert "已付清" not in buyer.settlement(SECURITY, early).article("first-payment")
    assert "已付清" in buyer.settlement(SECURITY, late).article("first-payment")


@pytest.mark.usefixtures("house")
def test_a_correction_offers_to_correct_what_it_corrects() -> None:
    buyer = Visitor("buyer0")
    typed = {"data.at": "2026-03-04", "data.reason": "回单"}
    page = buyer.record(SECURITY, "fact.corrected", typed, fact="demo-011")

    assert "kind=fact.corrected&amp;fact=demo-011" in page.html


# ── days out of place ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2025-01-05", "发生在合同生效"),
        ("2026-12-20", "在将来；事实是已经发生的事"),
        ("2062-11-20", "在将来；事实是已经发生的事"),
    ],
)
def test_a_day_out_of_place_needs_a_yes(at: str, says: str) -> None:
    engineer, before = Visitor("engineer0"), log_size(SECURITY)
    engineer.open(NEW, kind="drill.held")
    assert says in engineer.press("看看影响", DRILL | {"at": at}).words

    assert "请先逐项确认" in engineer.press("确认登记").words
    assert log_size(SECURITY) == before


@pytest.mark.usefixtures("house")
def test_a_statement_of_a_day_to_come_is_not_issued() -> None:
    buyer = Visitor("buyer0")
    page = buyer.open(f"{AT}statement/", as_of="2026-12-20")

    assert "将来的一天只能推算，不能出具" in page.words
    assert "出具这一份" not in page.offers
    forged = buyer.forge(f"{AT}statements/issue/", {"as_of": "2026-12-20"})
    assert forged.status == 409


# ── addresses that only take what is sent ────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("house")
def test_an_address_that_only_takes_what_is_sent_says_so_and_leads_back() -> None:
    """A bookmark, or the address that the sign-in page leads to."""
    buyer, before = Visitor("buyer0"), log_size(SECURITY)

    page = buyer.open(f"{AT}statements/issue/")

    assert page.status == 405
    assert "只接收提交" in page.words
    assert buyer.open(AT).status == 200
    assert f'href="{AT}"' in page.html
    assert log_size(SECURITY) == before


# ── forged ids ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def two_contracts(db: None) -> None:  # noqa: ARG001  the story is in the database
    settled_in(SECURITY, LEASE)


@pytest.mark.usefixtures("two_contracts")
@pytest.mark.parametrize("kind", ["fact.withdrawn", "fact.corrected"])
def test_a_fact_of_another_contract_is_neither_shown_nor_touched(kind: str) -> None:
    """demo-y0362 只在云租用的日志里有"""
    buyer, theirs = Visitor("buyer0"), "demo-y0362"
    there = entry(LEASE, theirs)
    before = (log_size(SECURITY), log_size(LEASE))
    assert entry(SECURITY, theirs) is None
    assert there is not None

    page = buyer.open(NEW, kind=kind, fact=theirs)
    assert "所指的事实" not in page.words
    buyer.press("看看影响", {"data.reason": "试试"})
    refused = buyer.confirm()

    assert refused.status == 409
    assert f"日志里没有编号为“{theirs}”的事实" in refused.words
    assert (log_size(SECURITY), log_size(LEASE)) == before


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    "forged",
    [
        {"token": "demo-011"},
        {"token": "f" * 10_000},
        {"seen": "-1"},
        {"seen": "99999999999999999999"},
        {"seal": "0" * 64},
        {"evidence": "0" * 64},
        {"accepted": "future"},
        {"step": "delete"},
        {"data.amount_fen": "1"},
        {"id": "demo-011"},
    ],
)
def test_a_forged_part_of_the_form_records_nothing(forged: dict[str, str]) -> None:
    engineer, before = Visitor("engineer0"), log_size(SECURITY)

    page = engineer.forge(f"{NEW}?kind=drill.held", DRILL | {"step": "confirm"} | forged)

    assert page.status == 200
    assert "密钥泄露演练" in page.html
    assert log_size(SECURITY) == before


# ── what word processors and telephones leave behind ─────────────────────────────────────────────────────────────

#: A line out of a word processor: a blank of no width, a hard blank, curly quotes, a soft hyphen, dashes.
PASTED = "\u200b“密钥\u00a0泄露”演练——第\u00ad一次…"


@pytest.mark.usefixtures("house")
def test_what_was_pasted_from_a_word_processor_is_kept_and_its_figures_are_read() -> None:
    buyer = Visitor("buyer0")
    typed = {
        "at": "\u200b2026年11月20日\u00a0",
        "data.instalment": "2",
        "data.amount_fen": "“￥４８２，５６０．００”",
        "data.paper": PASTED,
    }

    page = buyer.record(SECURITY, "invoice.received", typed)

    assert "¥482,560.00" in page.words
    row = entry(SECURITY, page.at.split("/")[-2])
    assert row is not None
    assert (
        PASTED.lstrip("\u200b") in bytes(row.raw).decode()
    )  # unseen at the ends, it is nobody's word


@pytest.mark.usefixtures("house")
def test_full_width_figures_are_read_wherever_a_figure_is_asked_for() -> None:
    manager, buyer = Visitor("manager0"), Visitor("buyer0")

    at = proposed(manager, value="１２０", effective="２０２６－１１－２０")
    page = buyer.open(f"{AT}settlement/", as_of="２０２６－１１－２０", size="３９４")

    assert "120分钟" in manager.open(at).words
    assert page.value("as_of") == "2026-11-20"
    assert "不是日期" not in page.words
    assert "不是条数" not in page.words


@pytest.mark.usefixtures("house")
def test_emoji_and_long_reasons_go_everywhere_where_reasons_go() -> None:
    """5,000 个字都留下，一个不少；5,001 个字整段退回来"""
    buyer, manager = Visitor("buyer0"), Visitor("manager0")
    whole, more = f"{LONG[:-2]}👍🏽", f"{LONG}多"
    buyer.open(f"{AT}statement/", as_of="2026-11-20")
    issued = buyer.press("出具这一份", {"note": whole}).at
    assert whole in manager.open(issued).html

    refused = manager.press("对第 1 号提出异议", {"reason": more})
    assert refused.status == 409
    assert refused.form_with("对第 1 号提出异议")[0].values["reason"] == [more]
    assert "5000" in refused.words
    assert whole in manager.press("对第 1 号提出异议", {"reason": whole}).html

    at = proposed(manager, reason=whole)
    assert whole in buyer.open(at).html
    assert whole in buyer.press("不同意", {"reason": whole}).html

    fact = buyer.record(SECURITY, "fact.withdrawn", {"data.reason": whole}, fact="demo-043")
    assert whole in fact.html


@pytest.mark.usefixtures("house")
def test_what_is_typed_is_text_and_never_markup() -> None:
    buyer, manager = Visitor("buyer0"), Visitor("manager0")
    sharp = "<script>alert(1)</script>{{ 7*7 }}"
    buyer.open(f"{AT}statement/", as_of="2026-11-20")
    issued = buyer.press("出具这一份", {"note": sharp}).at
    manager.open(issued)
    manager.press("对第 1 号提出异议", {"reason": sharp})

    for path in (issued, f"{AT}facts/?kind=dispute.raised", f"{AT}audit/", f"{AT}statements/"):
        html = buyer.open(path).html
        assert "<script>alert" not in html
    assert "{{ 7*7 }}" in buyer.open(issued).words


# ── 元 or 万元 ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("house")
def test_an_amount_that_would_fit_in_another_unit_is_asked_about_and_answered() -> None:
    """5.2②: 合同等的是 482,560.00 元；写 48.256 是元还是万元，由人说"""
    buyer, before = Visitor("buyer0"), log_size(SECURITY)
    buyer.open(NEW, kind="payment.made")
    typed = {"at": "2026-11-20", "data.instalment": "2", "data.amount_fen": "48.2560"}

    asked = buyer.press("看看影响", typed)
    form, _ = asked.form_with("看看影响")
    assert log_size(SECURITY) == before
    assert "48256000" in form.ticks["data.amount_fen.means"]
    assert "肆拾捌万贰仟伍佰陆拾元" in asked.words
    buyer.press("看看影响", {"data.amount_fen.means": "48256000"})

    assert "¥482,560.00" in buyer.press("确认登记").words
    assert log_size(SECURITY) == before + 1


@pytest.mark.usefixtures("house")
def test_a_supposed_amount_is_asked_about_too() -> None:
    buyer = Visitor("buyer0")
    buyer.open(f"{AT}what-if/")
    buyer.press("推演", {"kind": "payment.made"})
    typed = {"at": "2026-11-20", "data.instalment": "2", "data.amount_fen": "48.2560"}

    asked = buyer.press("加进假设", typed)

    assert "48256000" in asked.form_with("加进假设")[0].ticks["data.amount_fen.means"]
    supposed = buyer.press("加进假设", {"data.amount_fen.means": "48256000"})
    assert "¥482,560.00" in supposed.words
    assert log_size(SECURITY) == 394


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def on_the_net(transactional_db: None) -> None:  # noqa: ARG001  the server reads what is committed
    settled_in(SECURITY)


@pytest.mark.usefixtures("on_the_net")
def test_a_double_click_and_the_back_button_record_one_fact(
    browser: Chrome, live_server: LiveServer
) -> None:
    engineer = account("engineer0")
    assert engineer is not None
    before = log_size(SECURITY)
    wait = WebDriverWait(browser, 30, ignored_exceptions=[StaleElementReferenceException])
    sign_in(browser, live_server, engineer)
    browser.get(f"{live_server}{NEW}?kind=drill.held&topic={DRILL['data.topic']}")
    # One field alone is changed and left, so that the preview comes once and stays.
    browser.find_element(By.NAME, "at").send_keys(DRILL["at"])
    browser.find_element(By.NAME, "subject").click()
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, "button[value=confirm]"))

    done = (
        f"日志第 {before + 1} 条",
        "已经登记过",
    )  # the answer to the first click, or to the second

    def clicked_twice(page: Chrome) -> bool:
        """A preview that comes anew under the pointer takes the clicks with it: then they are made once more."""
        if any(says in text_of(page) for says in done):
            return True
        for button in page.find_elements(By.CSS_SELECTOR, "button[value=confirm]"):
            ActionChains(page).scroll_to_element(button).double_click(button).perform()
        return False

    WebDriverWait(
        browser, 60, poll_frequency=5, ignored_exceptions=[StaleElementReferenceException]
    ).until(clicked_twice)
    assert log_size(SECURITY) == before + 1

    browser.back()
    wait.until(lambda page: page.find_elements(By.NAME, "data.topic"))
    day = browser.find_element(By.NAME, "at")
    if not day.get_attribute("value"):
        day.send_keys(DRILL["at"])
    press(browser, by_css("button[value=preview]"))
    told = (
        "同一天、同一对象已经有“演练”",
        "已经登记过",
    )  # a new form, or the old one out of memory
    wait.until(lambda page: any(says in text_of(page) for says in told))
    assert log_size(SECURITY) == before + 1
