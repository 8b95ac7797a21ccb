"""The pages on which facts are looked at and recorded, by the people who may and by those who must not."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from html import unescape
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from lvyue.contracts.actions import register_release
from lvyue.evidence import queries as evidence
from lvyue.evidence.actions import import_facts, open_log
from lvyue.evidence.vault import path_of
from lvyue.library import loader
from lvyue.obligations.queries import forget
from tests.conftest import Person
from tests.faces.conftest import Axe, Look, by_css, emulate, follow, sign_in, text_of, width

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
FACTS = f"/contracts/{SECURITY}/facts/"
NEW = f"{FACTS}new/"

Enter = Callable[..., Client]


@pytest.fixture(autouse=True)
def _a_vault_of_its_own(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path):
        yield


@pytest.fixture
def loaded(db: None) -> Iterator[None]:  # noqa: ARG001  the register is in the database
    """Two contracts of the demonstration, on the last day of its year."""
    forget()
    with time_machine.travel("2026-11-21T10:00:00+08:00"):
        for contract_id in (SECURITY, CLOUD):
            body = loader.text_of(contract_id)
            digest = hashlib.sha256(body.encode()).hexdigest()
            register_release(contract_id, contract_id, body, digest, by="测试", demonstration=True)
            open_log(contract_id, by="测试")
            file = resources.files("lvyue.library") / "demonstration" / f"{contract_id}.jsonl"
            lines = file.read_bytes().splitlines(keepends=True)
            import_facts(contract_id, lines, by="演示载入", source="演示.jsonl")
        yield
    forget()


@pytest.fixture
def enter(loaded: None, person: Person) -> Enter:  # noqa: ARG001
    """`enter("buyer")`: a browser in which somebody is signed in who is just this on the contract."""

    def signed_in(role: str, contract_id: str = SECURITY) -> Client:
        client = Client()
        client.force_login(person(role, contract_id))
        return client

    return signed_in


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found, f"the page has no input {name}"
    return unescape(found[1])


def said(answer: Any) -> str:
    return unescape(answer.content.decode())


def opened(client: Client, kind: str, **asked: str) -> dict[str, str]:
    """The form of a kind as it comes: what must go back with it."""
    page = said(client.get(NEW, {"kind": kind, **asked}))
    return {name: hidden(page, name) for name in ("token", "seen")}


def send(client: Client, kind: str, form: dict[str, Any], step: str = "preview") -> Any:
    return client.post(f"{NEW}?kind={kind}", {**form, "step": step})


def confirm(client: Client, kind: str, form: dict[str, Any]) -> Any:
    """Look, say yes to everything that is asked, and confirm."""
    page = said(send(client, kind, form))
    ticks = re.findall(r'name="accepted"\s+value="([^"]+)"', page)
    return send(client, kind, form | {"seal": hidden(page, "seal"), "accepted": ticks}, "confirm")


def size(contract_id: str = SECURITY) -> int:
    return evidence.checkpoint_at(contract_id).size


SECOND = {"at": "2026-11-20", "data.instalment": "2", "data.amount_fen": "482,560.00元"}
DRILL = {"at": "2026-11-20", "data.topic": "密钥泄露演练"}


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_log_is_listed_latest_first_page_by_page(enter: Enter) -> None:
    client, seen = enter("auditor"), list[int]()
    address = FACTS
    while address:
        page = said(client.get(address))
        seen += [int(one) for one in re.findall(r'<td class="number">(\d+)</td>', page)]
        older = re.search(r'<a href="([^"]+)" rel="next">', page)
        address = FACTS + older[1] if older else ""

    assert seen == [*range(size(), 0, -1)]


def test_a_page_of_the_list_asks_few_questions_however_long_the_log(
    enter: Enter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = enter("buyer")
    for asked in ({}, {"side": "buyer"}, {"q": "隐患"}, {"kind": "ticket.opened"}):
        client.get(FACTS, asked)
        with django_assert_num_queries(11):  # one of them: how much lies unread in the inbox
            client.get(FACTS, asked)


@pytest.mark.parametrize(
    ("asked", "there", "gone"),
    [
        ({"kind": "payment.made"}, "demo-011", "demo-002"),
        ({"q": "演示隐患-01"}, "demo-019", "demo-011"),
        ({"q": "合同生效"}, "demo-001", "demo-011"),
        ({"q": "demo-019"}, "demo-019", "demo-011"),
        ({"term": "first-payment"}, "demo-011", "demo-019"),
        ({"side": "others", "kind": "payment.made"}, "demo-011", "demo-002"),
    ],
)
def test_a_filter_keeps_what_it_names(
    enter: Enter, asked: dict[str, str], there: str, gone: str
) -> None:
    page = said(enter("buyer").get(FACTS, asked))

    assert f"/facts/{there}/" in page
    assert f"/facts/{gone}/" not in page


def test_the_side_that_recorded_is_a_filter(enter: Enter) -> None:
    manager = enter("supplier_manager")
    confirm(manager, "drill.held", opened(manager, "drill.held") | DRILL)

    def found(side: str) -> bool:
        return "密钥泄露演练" in said(manager.get(FACTS, {"side": side, "kind": "drill.held"}))

    assert found("supplier")
    assert not found("buyer")


@pytest.mark.parametrize("asked", [{"kind": "nonsense"}, {"before": "x"}, {"term": "'--"}])
def test_a_filter_that_is_not_understood_breaks_nothing(
    enter: Enter, asked: dict[str, str]
) -> None:
    assert enter("buyer").get(FACTS, asked).status_code == HTTPStatus.OK


def test_the_export_holds_exactly_what_the_filter_shows(enter: Enter) -> None:
    client = enter("auditor")
    asked = {"kind": "hazard.notified"}
    shown = len(re.findall(r'<td class="number">', said(client.get(FACTS, asked))))

    file = client.get(FACTS, {**asked, "format": "xlsx"})

    book = load_workbook(io.BytesIO(file.content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert "种类：整改通知书送达" in str(rows[0][0])
    assert len(rows) - 2 == shown > 1
    assert {row[2] for row in rows[2:]} == {"整改通知书送达"}


def test_who_is_nobody_on_a_contract_finds_no_such_contract(enter: Enter) -> None:
    stranger = enter("buyer", CLOUD)

    for path in (FACTS, f"{FACTS}demo-001/", NEW, f"{FACTS}import/"):
        assert stranger.get(path).status_code == HTTPStatus.NOT_FOUND


# ── one fact ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fact_shows_its_bytes_its_place_and_its_proof(enter: Enter) -> None:
    page = said(enter("auditor").get(f"{FACTS}demo-011/"))

    row = evidence.entry(SECURITY, "demo-011")
    assert row is not None
    proof = evidence.inclusion(SECURITY, "demo-011")
    assert bytes(row.raw).decode() in page
    assert proof.root.hex() in page
    assert all(step.hex() in page for step in proof.proof)
    assert "/terms/first-payment/" in page  # what it bears on today


def test_a_fact_of_another_contract_is_not_here(enter: Enter) -> None:
    """同一个人看得到两份合同，也不能从一份里看到另一份的事实。"""
    enter("auditor", CLOUD)
    client, known = enter("auditor"), ours()
    theirs = next(fact.id for fact in evidence.prefix(CLOUD).facts if fact.id not in known)

    assert client.get(f"{FACTS}{quote(theirs)}/").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"/contracts/{CLOUD}/facts/{quote(theirs)}/").status_code == HTTPStatus.OK


def ours() -> set[str]:
    return {fact.id for fact in evidence.prefix(SECURITY).facts}


def test_every_action_that_is_missing_says_why(enter: Enter) -> None:
    auditor = said(enter("auditor").get(f"{FACTS}demo-011/"))
    buyer = said(enter("buyer").get(f"{FACTS}demo-011/"))

    assert auditor.count("您是审计，不能登记事实") == 4
    assert "kind=fact.withdrawn&fact=demo-011" in buyer


def test_what_was_withdrawn_bears_on_nothing_and_has_no_time_to_correct(enter: Enter) -> None:
    client = enter("buyer")
    form = opened(client, "payment.made") | SECOND
    paid = confirm(client, "payment.made", form)["Location"]
    name = paid.rstrip("/").rpartition("/")[2]
    assert "今天影响的结论" in said(client.get(paid))
    undo = {"kind": "fact.withdrawn", "fact": name}
    form = opened(client, **undo) | {"at": "2026-11-21", "data.fact": name, "data.reason": "错"}

    undone = confirm(client, "fact.withdrawn", form)["Location"]

    page = said(client.get(paid))
    assert "已撤回" in page
    assert "今天影响的结论" not in page
    assert "更正时间" not in page
    assert "没有结论用到这条事实" in said(client.get(undone))


def test_a_corrected_fact_bears_only_on_what_counts_it(enter: Enter) -> None:
    """换了时间的付款只影响这一期，不影响听同类事实的别的约定。"""
    client = enter("buyer")
    form = opened(client, "payment.made") | SECOND
    paid = confirm(client, "payment.made", form)["Location"]
    name = paid.rstrip("/").rpartition("/")[2]
    before = bears_on(said(client.get(paid)))
    form = opened(client, "fact.corrected", fact=name) | {
        "at": "2026-11-21",
        "data.fact": name,
        "data.at": "2026-11-19",
        "data.reason": "日期写错",
    }

    corrected = confirm(client, "fact.corrected", form)["Location"]

    assert bears_on(said(client.get(paid))) == before != set()
    assert bears_on(said(client.get(corrected))) == before


def bears_on(page: str) -> set[str]:
    told = page.partition('id="bears"')[2].partition("</section>")[0]
    return set(re.findall(r"/terms/([\w-]+)/", told))


# ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_a_person_may_record_is_offered_and_the_rest_is_explained(enter: Enter) -> None:
    page = said(enter("supplier_manager").get(NEW))

    assert "?kind=inspection.done" in page
    assert "?kind=payment.made" not in page
    assert re.search(r"付款\s*<span class=\"because\">这件事应由甲方登记", page)


def test_kinds_are_found_by_their_words(enter: Enter) -> None:
    page = said(enter("buyer").get(NEW, {"q": "付款"}))

    assert "?kind=payment.made" in page
    assert "?kind=ticket.opened" not in page


@pytest.mark.parametrize(
    ("role", "kind", "says"),
    [
        ("auditor", "payment.made", "您是审计，不能登记事实"),
        ("supplier_manager", "payment.made", "这件事应由甲方登记"),
        ("engineer", "acceptance.submitted", "应由乙方项目经理登记"),
        ("buyer", "parameter.agreed", "由双方签署"),
    ],
)
def test_a_form_that_is_not_for_somebody_says_why(
    enter: Enter, role: str, kind: str, says: str
) -> None:
    client = enter(role)
    for answer in (client.get(NEW, {"kind": kind}), send(client, kind, {"at": "2026-11-20"})):
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert says in said(answer)
    assert size() == len(ours())


def test_a_term_of_the_other_side_is_refused_at_the_door(enter: Enter) -> None:
    """表单里没有列出的约定，改了请求也登记不上。"""
    client = enter("buyer")
    before = size()
    form = opened(client, "duty.performed") | {"at": "2026-11-20", "data.term": "access-review"}

    answer = confirm(client, "duty.performed", form)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "应由乙方登记" in said(answer)
    assert size() == before


# ── recording ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fact_is_previewed_confirmed_and_shown_with_its_undo(enter: Enter) -> None:
    client = enter("buyer")
    before = size()
    form = opened(client, "payment.made") | {
        "at": "2026年11月20日",
        "data.instalment": "2",
        "data.amount_fen": "482,560.00元",
    }

    preview = said(send(client, "payment.made", form))
    assert size() == before
    assert "¥482,560.00" in preview  # what it changes
    assert "确认登记" in preview

    answer = confirm(client, "payment.made", form)

    assert answer.status_code == HTTPStatus.FOUND
    assert size() == before + 1
    page = said(client.get(answer["Location"]))
    assert f"日志第 {size()} 条" in page
    assert "kind=fact.withdrawn" in page


def test_a_preview_that_only_rewords_says_so(enter: Enter) -> None:
    """早一天付清，仍是付清：结论和金额不变。"""
    client = enter("buyer")
    form = opened(client, "payment.made") | SECOND
    name = confirm(client, "payment.made", form)["Location"].rstrip("/").rpartition("/")[2]
    form = opened(client, "fact.corrected", fact=name) | {
        "at": "2026-11-21",
        "data.fact": name,
        "data.at": "2026-11-19",
        "data.reason": "日期写错",
    }

    page = said(send(client, "fact.corrected", form))

    assert "说明有变" in page
    assert "结论和金额不变，只有说明变了。" in page
    assert "不影响任何约定" not in page


@pytest.mark.parametrize(
    ("kind", "instalment", "amount", "says"),
    [
        ("payment.made", "2", "482,560.00元", ""),
        (
            *("payment.made", "2", "482,560.01元"),
            "登记之后第 2 期共付 ¥482,560.01，超过这一期应付的 ¥482,560.00",
        ),
        ("payment.made", "2", "4,825,600元", "超过合同价款 ¥1,856,000.00"),
        ("payment.made", "1", "1元", "超过这一期应付的"),
        ("invoice.received", "2", "482,560元", ""),
        (
            *("invoice.received", "2", "4,825,600元"),
            "发票金额 ¥4,825,600.00 超过合同价款 ¥1,856,000.00",
        ),
    ],
)
def test_more_money_than_the_contract_has_is_asked_about(
    enter: Enter, kind: str, instalment: str, amount: str, says: str
) -> None:
    client = enter("buyer")
    form = opened(client, kind) | {
        "at": "2026-11-20",
        "data.instalment": instalment,
        "data.amount_fen": amount,
        "data.paper": "演示文书-99",
    }
    page = said(send(client, kind, form))
    before = size()

    answer = send(client, kind, form | {"seal": hidden(page, "seal")}, "confirm")

    assert ('value="too-much"' in page) == bool(says)
    assert says in page
    assert (answer.status_code == HTTPStatus.FOUND) == (not says)
    assert size() == before + (not says)


def test_what_was_withdrawn_may_be_recorded_again_without_a_word(enter: Enter) -> None:
    client = enter("buyer")
    form = opened(client, "payment.made") | SECOND
    name = confirm(client, "payment.made", form)["Location"].rstrip("/").rpartition("/")[2]
    again = opened(client, "payment.made") | SECOND
    assert 'value="twin"' in said(send(client, "payment.made", again))
    undo = {"kind": "fact.withdrawn", "fact": name}
    form = opened(client, **undo) | {"at": "2026-11-21", "data.fact": name, "data.reason": "错"}
    confirm(client, "fact.withdrawn", form)

    page = said(send(client, "payment.made", opened(client, "payment.made") | SECOND))

    assert 'value="twin"' not in page
    assert 'value="too-much"' not in page


@pytest.mark.parametrize("asked", [{"term": "second-payment"}, {"instalment": "2"}])
def test_a_link_from_a_payment_begins_the_form_with_what_is_owed(
    enter: Enter, asked: dict[str, str]
) -> None:
    page = said(enter("buyer").get(NEW, {"kind": "payment.made", **asked}))

    assert re.search(r'<option value="2"\s+selected>', page)
    assert 'value="482,560.00 元"' in page


def test_the_form_of_a_correction_asks_for_the_new_time_first(enter: Enter) -> None:
    page = said(enter("buyer").get(NEW, {"kind": "fact.corrected", "fact": "demo-011"}))

    first = re.search(r"<input (?=[^>]*autofocus)[^>]*>", page)
    assert first
    assert 'name="data.at"' in first[0]
    assert '<input type="hidden" name="at" value="2026-11-21">' in page


def test_a_misgiving_must_be_answered_before_anything_is_on_record(enter: Enter) -> None:
    client = enter("engineer")
    form = opened(client, "drill.held") | DRILL | {"at": "2026-12-20"}
    page = said(send(client, "drill.held", form))
    before = size()

    answer = send(client, "drill.held", form | {"seal": hidden(page, "seal")}, "confirm")

    assert "发生日期 2026-12-20 在将来" in page
    assert "请先逐项确认" in said(answer)
    assert size() == before


def test_what_was_changed_after_the_preview_is_previewed_again(enter: Enter) -> None:
    client = enter("engineer")
    form = opened(client, "drill.held") | DRILL
    seal = hidden(said(send(client, "drill.held", form)), "seal")
    before = size()

    answer = send(client, "drill.held", form | {"at": "2026-11-19", "seal": seal}, "confirm")

    assert "内容在预览之后改过" in said(answer)
    assert size() == before


def test_the_back_button_and_a_second_post_find_the_fact(enter: Enter) -> None:
    client = enter("engineer")
    form = opened(client, "drill.held") | DRILL
    first = confirm(client, "drill.held", form)
    before = size()

    again = send(client, "drill.held", form, "confirm")

    assert again["Location"] == first["Location"]
    assert "已经登记过" in said(client.get(again["Location"]))
    assert size() == before


def test_the_same_form_with_another_content_shows_both_and_keeps_what_was_typed(
    enter: Enter,
) -> None:
    client = enter("engineer")
    form = opened(client, "drill.held") | DRILL
    confirm(client, "drill.held", form)
    before = size()

    answer = send(client, "drill.held", form | {"data.topic": "勒索病毒演练"}, "confirm")

    assert answer.status_code == HTTPStatus.CONFLICT
    page = said(answer)
    assert "密钥泄露演练" in page
    assert "勒索病毒演练" in page
    assert size() == before
    new = form | {
        "data.topic": "勒索病毒演练",
        "token": hidden(page, "token"),
        "seen": hidden(page, "seen"),
    }
    assert confirm(client, "drill.held", new).status_code == HTTPStatus.FOUND


def test_the_second_of_two_sees_the_first_and_chooses(enter: Enter) -> None:
    one, other = enter("engineer"), enter("supplier_manager")
    ours, theirs = opened(one, "drill.held"), opened(other, "drill.held")
    confirm(one, "drill.held", ours | DRILL)

    page = said(send(other, "drill.held", theirs | DRILL))

    assert "别人刚刚登记了同一件事" in page
    assert "仍要登记" in page
    assert "放弃" in page
    before = size()
    assert confirm(other, "drill.held", theirs | DRILL).status_code == HTTPStatus.FOUND
    assert size() == before + 1


def test_other_news_is_only_told(enter: Enter) -> None:
    one, other = enter("engineer"), enter("supplier_manager")
    ours, theirs = opened(one, "drill.held"), opened(other, "drill.held")
    confirm(one, "drill.held", ours | DRILL)

    page = said(send(other, "drill.held", theirs | DRILL | {"data.topic": "断电演练"}))

    assert "日志新增了 1 条别的事实" in page
    assert "确认登记" in page


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"at": ""}, "请写发生的日期"),
        ({"at": "昨天"}, "看不懂日期“昨天”"),
        ({"at": "3月1日"}, "没有写年份，是哪一年？"),
        ({"data.amount_fen": "48.256"}, "按万元读：¥482,560.00 人民币肆拾捌万贰仟伍佰陆拾元整"),
        ({"data.amount_fen": "很多"}, "读不成金额"),
        ({"data.amount_fen": ""}, "缺少“付款金额（元）”"),
        ({"data.instalment": ""}, "缺少“期次”"),
        ({"data.paper": "凭证\a"}, "控制字符 U+0007"),
        ({"subject": "长" * 201}, "1–200 字"),
    ],
)
def test_bad_input_is_told_in_its_place_and_nothing_is_lost(
    enter: Enter, typed: dict[str, str], says: str
) -> None:
    client = enter("buyer")
    form = opened(client, "payment.made") | {
        "at": "2026-11-20",
        "data.instalment": "2",
        "data.amount_fen": "482560元",
        "data.paper": "凭证“甲”👍",
        **typed,
    }

    answer = send(client, "payment.made", form)

    assert answer.status_code == 422
    page = said(answer)
    assert says in page
    for name in ("data.amount_fen", "data.paper", "at"):
        assert form[name] in page
    assert hidden(page, "token") == form["token"]


def test_a_question_is_answered_in_the_form(enter: Enter) -> None:
    client = enter("buyer")
    form = opened(client, "payment.made") | {
        "at": "2026-11-20",
        "data.instalment": "2",
        "data.amount_fen": "４８．２５６",
        "data.amount_fen.means": "48256000",
    }

    answer = confirm(client, "payment.made", form)

    assert answer.status_code == HTTPStatus.FOUND
    assert "¥482,560.00" in said(client.get(answer["Location"]))


def test_five_thousand_and_one_characters_come_back_whole(enter: Enter) -> None:
    client = enter("buyer")
    reason = "长" * 5001
    form = opened(client, "fact.withdrawn", fact="demo-011")
    form |= {"at": "2026-11-20", "data.fact": "demo-011", "data.reason": reason}

    page = said(send(client, "fact.withdrawn", form))

    assert "有 5001 字，上限是 5000 字" in page
    assert reason in page


def test_a_fact_is_withdrawn_from_its_page_and_stays_there(enter: Enter) -> None:
    client = enter("buyer")
    form = opened(client, "fact.withdrawn", fact="demo-011")
    form |= {"at": "2026-11-21", "data.fact": "demo-011", "data.reason": "银行退票"}

    preview = said(send(client, "fact.withdrawn", form))
    confirm(client, "fact.withdrawn", form)

    assert "¥1,299,200.00" in preview  # the payment that no longer counts
    page = said(client.get(f"{FACTS}demo-011/"))
    assert "这条事实已撤回" in page
    assert "银行退票" in page
    assert "kind=fact.withdrawn" not in page
    assert "已撤回" in said(client.get(FACTS, {"q": "demo-011"}))


def test_the_side_that_did_not_record_it_is_refused(enter: Enter) -> None:
    client = enter("supplier_manager")
    form = opened(client, "fact.withdrawn", fact="demo-011")
    form |= {"at": "2026-11-21", "data.fact": "demo-011", "data.reason": "不认可"}

    answer = confirm(client, "fact.withdrawn", form)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "应由甲方登记" in said(answer)


def test_with_htmx_only_the_preview_comes_and_an_answered_form_leads_on(enter: Enter) -> None:
    client = enter("engineer")
    form = opened(client, "drill.held") | DRILL

    partial = client.post(f"{NEW}?kind=drill.held", form, headers={"HX-Request": "true"})
    assert said(partial).lstrip().startswith('<div id="preview-body" class="form">')

    confirm(client, "drill.held", form)
    again = client.post(f"{NEW}?kind=drill.held", form, headers={"HX-Request": "true"})
    assert again["HX-Redirect"].startswith(FACTS)


def test_a_post_needs_its_token(loaded: None, person: Person) -> None:  # noqa: ARG001
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("engineer", SECURITY))

    answer = send(client, "drill.held", DRILL)

    assert answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.FOUND}  # told, or led back
    assert not evidence.search(SECURITY, text="密钥泄露演练").exists()


def test_a_session_that_ended_leads_through_the_sign_in_back_to_the_form(enter: Enter) -> None:
    client = enter("engineer")
    client.logout()

    answer = send(client, "drill.held", DRILL)

    assert answer.status_code == HTTPStatus.FOUND
    assert quote(f"{NEW}?kind=drill.held", safe="/") in answer["Location"]


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_attached_kept_and_given_back_for_saving(enter: Enter) -> None:
    client = enter("engineer")
    photo = SimpleUploadedFile("机房<b>.png", b"\x89PNG\r\n\x1a\n...", "text/html")
    form = opened(client, "drill.held") | DRILL
    digest = hashlib.sha256(b"\x89PNG\r\n\x1a\n...").hexdigest()

    page = said(send(client, "drill.held", form | {"files": [photo]}))
    assert f'value="{digest}"' in page
    answer = confirm(client, "drill.held", form | {"evidence": [digest]})

    sheet = said(client.get(answer["Location"]))
    assert f"/files/{digest}/" in sheet
    assert "image/png" in sheet
    file: Any = client.get(f"/contracts/{SECURITY}/files/{digest}/")
    assert b"".join(file.streaming_content) == b"\x89PNG\r\n\x1a\n..."
    assert file["Content-Disposition"].startswith("attachment;")
    assert file["X-Content-Type-Options"] == "nosniff"
    assert file["Content-Type"] == "application/octet-stream"
    file.close()


def test_a_file_comes_to_nobody_of_another_contract(enter: Enter) -> None:
    client = enter("engineer")
    send(
        client,
        "drill.held",
        opened(client, "drill.held") | {"files": [SimpleUploadedFile("a.txt", b"secret")]},
    )
    digest = hashlib.sha256(b"secret").hexdigest()

    stranger = enter("auditor", CLOUD)

    assert (
        stranger.get(f"/contracts/{SECURITY}/files/{digest}/").status_code == HTTPStatus.NOT_FOUND
    )
    assert stranger.get(f"/contracts/{CLOUD}/files/{digest}/").status_code == HTTPStatus.NOT_FOUND


def test_files_are_kept_though_the_rest_of_the_form_is_wrong(enter: Enter) -> None:
    client = enter("engineer")
    form = opened(client, "drill.held") | {
        "at": "昨天",
        "files": [SimpleUploadedFile("a.txt", b"x")],
    }

    page = said(send(client, "drill.held", form))

    assert hashlib.sha256(b"x").hexdigest() in page
    assert "a.txt" in page


def test_an_empty_file_is_told_and_the_form_stays(enter: Enter) -> None:
    client = enter("engineer")
    form = opened(client, "drill.held") | DRILL | {"files": [SimpleUploadedFile("空.txt", b"")]}

    assert "空.txt: 是空文件" in said(send(client, "drill.held", form))


def test_a_file_that_changed_on_the_disk_is_told_and_not_given(enter: Enter) -> None:
    client = enter("engineer")
    form = opened(client, "drill.held") | DRILL
    send(client, "drill.held", form | {"files": [SimpleUploadedFile("a.txt", b"x")]})
    digest = hashlib.sha256(b"x").hexdigest()
    answer = confirm(client, "drill.held", form | {"evidence": [digest]})
    path_of(digest).write_bytes(b"y")

    assert "文件内容变了" in said(client.get(answer["Location"]))
    file = client.get(f"/contracts/{SECURITY}/files/{digest}/")
    assert file.status_code == HTTPStatus.CONFLICT
    assert "不再是登记时的那个文件" in said(file)


# ── by file ──────────────────────────────────────────────────────────────────────────────────────────────────────


def bring(client: Client, name: str, content: bytes) -> Any:
    return client.post(f"{FACTS}import/", {"file": SimpleUploadedFile(name, content)})


def test_a_file_is_brought_looked_at_and_imported(enter: Enter) -> None:
    client = enter("supplier_manager")
    before = size()
    template = client.get(f"{FACTS}import/", {"template": "csv"}).content

    address = bring(client, "事实模板.csv", template)["Location"]
    page = said(client.get(address))
    assert "新增 <b>3</b> 条" in page
    assert size() == before
    old = [one.key for one in client.get(address).context["table"].misgivings]
    done = client.post(f"{address}commit/", {"accepted": old}, follow=True)

    assert "已导入 3 条" in said(done)
    assert size() == before + 3
    assert "没有新增" in said(client.post(f"{address}commit/", follow=True))
    assert size() == before + 3


def test_rows_that_cannot_be_imported_are_told_with_row_and_column(enter: Enter) -> None:
    client = enter("supplier_manager")
    rows = b"id,kind,at,subject,data.topic\r\na,drill.held,2026-11-20,,x\r\nb,payment.made,2026-11-20,,\r\nc,drill.held,nope,,x\r\n"

    address = bring(client, "混.csv", rows)["Location"]
    page = said(client.get(address))

    assert "有误 <b>2</b> 条" in page
    assert "看不懂日期“nope”" in page
    assert "导入这" not in page
    failed = client.get(address, {"failed": ""}).content.decode("utf-8-sig")
    assert [line.split(",")[0] for line in failed.splitlines()] == ["id", "b", "c"]
    before = size()
    client.post(f"{address}commit/")
    assert size() == before


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("空.csv", b"", "是空文件"),
        ("大.jsonl", bytes(10 * 2**20 + 1), "超过 10 MB"),
    ],
)
def test_a_file_that_is_none_is_told(enter: Enter, name: str, content: bytes, says: str) -> None:
    answer = bring(enter("buyer"), name, content)

    assert answer.status_code == 422
    assert says in said(answer)


def test_a_broken_spreadsheet_is_kept_and_told(enter: Enter) -> None:
    """上传的文件留着，打不开的说明白怎样改正。"""
    client = enter("buyer")

    page = client.get(bring(client, "表.xlsx", b"PK").headers["Location"])

    assert page.status_code == 422
    assert "表.xlsx" in said(page)
    assert "损坏" in said(page)


@pytest.mark.parametrize("role", ["engineer", "auditor"])
def test_who_may_not_import_is_told_why(enter: Enter, role: str) -> None:
    answer = enter(role).get(f"{FACTS}import/")

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "不能批量导入事实" in said(answer)


def test_an_upload_of_another_contract_is_not_here(enter: Enter) -> None:
    ours = bring(enter("buyer"), "a.jsonl", b"{}\n")["Location"]

    theirs = ours.replace(SECURITY, CLOUD)

    assert enter("buyer", CLOUD).get(theirs).status_code == HTTPStatus.NOT_FOUND
    assert enter("buyer", CLOUD).post(f"{theirs}commit/").status_code == HTTPStatus.NOT_FOUND


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────


def usable_by_day_and_night(browser: Chrome, axe: Axe) -> list[str]:
    found = axe()
    width(browser, 390)
    emulate(browser, dark=True)
    found += axe()
    width(browser, 1280)
    emulate(browser)
    return found


@pytest.mark.usefixtures("demonstration")
def test_the_pages_of_facts_are_pages_to_look_at(
    browser: Chrome, live_server: LiveServer, person: Person, look: Look, axe: Axe
) -> None:
    sign_in(browser, live_server, person("buyer", SECURITY))
    for name, path in (
        ("facts", FACTS),
        ("fact", f"{FACTS}demo-011/"),
        ("fact-kinds", NEW),
        ("fact-form", f"{NEW}?kind=payment.made"),
        ("facts-import", f"{FACTS}import/"),
    ):
        browser.get(f"{live_server}{path}")
        look(name)
        assert usable_by_day_and_night(browser, axe) == [], name


@pytest.mark.usefixtures("demonstration")
def test_the_preview_follows_the_typing_and_one_click_records(
    browser: Chrome, live_server: LiveServer, person: Person, look: Look, axe: Axe
) -> None:
    sign_in(browser, live_server, person("engineer", SECURITY))
    browser.get(f"{live_server}{NEW}?kind=drill.held")
    browser.find_element(By.NAME, "at").send_keys("2026-11-20")
    browser.find_element(By.NAME, "data.topic").send_keys("密钥泄露演练")
    browser.find_element(By.NAME, "subject").click()  # leaving a field is what changes it

    wait = WebDriverWait(browser, 20)
    wait.until(lambda page: page.find_element(By.CSS_SELECTOR, "button[value=confirm]"))
    look("fact-preview")
    assert usable_by_day_and_night(browser, axe) == []
    for tick in browser.find_elements(By.NAME, "accepted"):
        tick.click()
    follow(browser, by_css("button[value=confirm]"))

    assert "已登记" in text_of(browser)
    assert "密钥泄露演练" in text_of(browser)


@pytest.mark.usefixtures("demonstration")
def test_what_was_typed_outlives_the_session(
    browser: Chrome, live_server: LiveServer, person: Person
) -> None:
    sign_in(browser, live_server, person("engineer", SECURITY))
    browser.get(f"{live_server}{NEW}?kind=drill.held")
    browser.find_element(By.NAME, "data.topic").send_keys("密钥泄露演练")
    browser.delete_all_cookies()
    browser.get(f"{live_server}{NEW}?kind=drill.held")
    assert "登录" in text_of(browser)

    sign_in(browser, live_server, person("engineer", SECURITY))
    browser.get(f"{live_server}{NEW}?kind=drill.held")

    kept = browser.find_element(By.NAME, "data.topic").get_attribute("value")
    assert kept == "密钥泄露演练"
