"""The pages on which two parties change their contract: as a buyer, as a supplier, and as those who may only look."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from lvyue.cli.main import main
from lvyue.contracts.choices import AmendmentState
from lvyue.contracts.queries import Amendment, amendment, amendments, chain
from lvyue.obligations.queries import forget, log_size
from tests.conftest import Person
from tests.contracts.cast import demonstrated
from tests.faces.conftest import Axe, Look, sign_in

SECURITY = "security-support-2026"
VIDEO = "video-conference-2022"

Door = Callable[..., Client]


@pytest.fixture
def enter(person: Person) -> Door:
    """`enter("buyer", contract_id)`: the browser of somebody who is this on a contract with its log."""
    forget()

    def entered(role: str, contract_id: str) -> Client:
        demonstrated(contract_id)
        client = Client()
        client.force_login(person(role, contract_id))
        return client

    return entered


def at(name: str, contract_id: str, *args: Any) -> str:
    return reverse(f"web:{name}", args=[contract_id, *args])


def header(**more: Any) -> dict[str, Any]:
    told = {
        "title": "突发情况报告时限",
        "effective": "2026-03-01",
        "paper": "确认书 1",
        "reason": "合同只写“立即”",
    }
    return told | more


def parameter(**more: Any) -> dict[str, Any]:
    return header(**({"what": "sudden-event-report", "value": "120"} | more))


def drafted(client: Client, contract_id: str, kind: str, **posted: Any) -> Amendment:
    answer = client.post(f"{at('new-amendment', contract_id)}?kind={kind}", posted)
    assert answer.status_code == 302, answer.content.decode()
    row = amendments(contract_id).first()
    assert row is not None
    return row


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


# ── the way of an amendment ──────────────────────────────────────────────────────────────────────────────────────


def test_a_parameter_is_proposed_by_one_and_signed_by_the_other(enter: Door) -> None:
    buyer, supplier = enter("buyer", SECURITY), enter("supplier_manager", SECURITY)
    size = log_size(SECURITY)
    assert "未商定：只计时不判违约" in text_of(buyer, at("parameters", SECURITY))

    row = drafted(buyer, SECURITY, "parameter", **parameter())
    text_of(supplier, at("amendment", SECURITY, row.number), 404)
    page = text_of(buyer, at("amendment", SECURITY, row.number))
    assert "120分钟" in page
    assert "同时代表甲方签署" in page
    buyer.post(at("propose-amendment", SECURITY, 1), {"version": 1, "sign_too": "1"})
    assert "补充协议第1号" in text_of(supplier, at("parameters", SECURITY))
    assert "一方确认，等乙方签署" in text_of(supplier, at("amendment", SECURITY, 1))
    assert log_size(SECURITY) == size
    done = supplier.post(at("sign-amendment", SECURITY, 1), {"version": 1}, follow=True)

    assert "双方都已签署，现在生效" in done.content.decode()
    assert log_size(SECURITY) == size + 1
    sheet = text_of(buyer, at("parameters", SECURITY))
    assert "<b>120分钟</b>" in sheet
    assert "确认书 1" in sheet


@pytest.mark.parametrize(
    ("role", "drafting", "signing"),
    [
        ("using_department", "可以由甲方项目负责人、乙方项目经理办理", "可以由"),
        ("engineer", "可以由甲方项目负责人、乙方项目经理办理", "可以由"),
        ("auditor", "可以由甲方项目负责人、乙方项目经理办理", "可以由"),
    ],
)
def test_who_binds_nobody_sees_all_and_is_told_why_not(
    role: str, drafting: str, signing: str, enter: Door
) -> None:
    buyer, other = enter("buyer", SECURITY), enter(role, SECURITY)
    row = drafted(buyer, SECURITY, "parameter", **parameter())
    buyer.post(at("propose-amendment", SECURITY, row.number), {"version": 1})

    for name in ("amendments", "doubts", "parameters", "releases"):
        assert other.get(at(name, SECURITY)).status_code == 200
    assert drafting in text_of(other, at("amendments", SECURITY))
    assert drafting in text_of(other, f"{at('new-amendment', SECURITY)}?kind=doubt", 403)
    assert signing in text_of(other, at("amendment", SECURITY, row.number))
    for name in ("propose", "sign", "refuse", "withdraw", "rebase"):
        answer = other.post(at(f"{name}-amendment", SECURITY, row.number), {"version": 1})
        assert answer.status_code == 403, name


def test_a_stranger_learns_of_nothing(enter: Door, person: Person) -> None:
    drafted(enter("buyer", SECURITY), SECURITY, "parameter", **parameter())
    stranger = Client()
    stranger.force_login(person("engineer", VIDEO))

    for name in ("amendments", "doubts", "parameters", "releases", "new-amendment"):
        assert stranger.get(at(name, SECURITY)).status_code == 404
    assert stranger.get(at("amendment", SECURITY, 1)).status_code == 404
    assert stranger.post(at("sign-amendment", SECURITY, 1)).status_code == 404


def test_one_side_does_not_sign_twice(enter: Door) -> None:
    buyer = enter("buyer", SECURITY)
    drafted(buyer, SECURITY, "parameter", **parameter())
    buyer.post(at("propose-amendment", SECURITY, 1), {"version": 1, "sign_too": "1"})

    answer = buyer.post(at("sign-amendment", SECURITY, 1), {"version": 1})

    assert answer.status_code == 409
    assert "甲方已经签署，等乙方签署" in answer.content.decode()


def test_a_refusal_needs_a_reason_and_loses_none(enter: Door) -> None:
    buyer, supplier = enter("buyer", SECURITY), enter("supplier_manager", SECURITY)
    drafted(buyer, SECURITY, "parameter", **parameter())
    buyer.post(at("propose-amendment", SECURITY, 1), {"version": 1})
    refuse = at("refuse-amendment", SECURITY, 1)

    empty = supplier.post(refuse, {"reason": " "})
    long = supplier.post(refuse, {"reason": "太长" * 2600})
    done = supplier.post(refuse, {"reason": "办不到 😀"}, follow=True)

    assert (empty.status_code, long.status_code) == (409, 409)
    assert "缺少：理由" in empty.content.decode()
    assert "太长" * 2600 in long.content.decode()
    assert "办不到 😀" in done.content.decode()
    assert "照它另拟一份" in done.content.decode()
    again = text_of(buyer, f"{at('new-amendment', SECURITY)}?kind=parameter&like=1")
    assert 'value="120"' in again


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(enter: Door) -> None:
    buyer = enter("buyer", SECURITY)
    new = f"{at('new-amendment', SECURITY)}?kind=parameter"

    answer = buyer.post(new, parameter(effective="2026-13-01", title=""))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "不是日期" in page
    assert 'value="120"' in page
    assert amendments(SECURITY).count() == 0


def test_a_value_that_cannot_be_stands_in_the_way_until_it_is_mended(enter: Door) -> None:
    buyer = enter("buyer", SECURITY)
    drafted(buyer, SECURITY, "parameter", **parameter(value="2 hours"))
    page = text_of(buyer, at("amendment", SECURITY, 1))
    refused = buyer.post(at("propose-amendment", SECURITY, 1), {"version": 1})
    buyer.post(at("edit-amendment", SECURITY, 1), parameter(version=1, value="１２０"))
    mended = buyer.post(at("propose-amendment", SECURITY, 1), {"version": 2})

    assert "写的是 2小时，而这个参数按分钟计" in page
    assert refused.status_code == 409
    assert mended.status_code == 302


def test_a_double_click_drafts_once(enter: Door) -> None:
    buyer = enter("buyer", SECURITY)

    drafted(buyer, SECURITY, "parameter", **parameter())
    drafted(buyer, SECURITY, "parameter", **parameter())

    assert amendments(SECURITY).count() == 1


def test_of_two_who_edit_at_once_the_second_sees_both_and_chooses(enter: Door) -> None:
    buyer = enter("buyer", SECURITY)
    drafted(buyer, SECURITY, "parameter", **parameter())
    edit = at("edit-amendment", SECURITY, 1)
    buyer.post(edit, parameter(version=1, value="60"))

    second = buyer.post(edit, parameter(version=1, value="90", reason="<b>更快</b>"))
    page = second.content.decode()

    assert second.status_code == 409
    assert "60分钟" in page
    assert "90分钟" in page
    assert "&lt;b&gt;更快&lt;/b&gt;" in page
    chosen = buyer.post(edit, parameter(version=2, value="90"))
    assert chosen.status_code == 302
    row = amendment(SECURITY, 1)
    assert row is not None
    assert row.payload["value"] == "90"


# ── terms ────────────────────────────────────────────────────────────────────────────────────────────────────────


def supplement(client: Client) -> Amendment:
    row = drafted(
        client, VIDEO, "terms", **header(title="付款期限", effective="2022-11-01", paper="补 1")
    )
    page = text_of(client, f"{at('amendment-changes', VIDEO, 1)}?target=term:second-payment")
    assert "现在：没有写明" in page
    return row


def filled(client: Client, target: str, version: int, **changed: str) -> dict[str, str]:
    """The form of a target as it stands, with some fields changed."""
    answer = client.get(f"{at('amendment-changes', VIDEO, 1)}?target={target}")
    form = answer.context["form"]
    told = {name: field.initial or "" for name, field in form.fields.items() if name != "remove"}
    return told | {"version": str(version)} | {f"f.{name}": new for name, new in changed.items()}


def test_a_term_is_changed_field_by_field_and_the_release_follows(enter: Door) -> None:
    """S3：第二期 30 日内付"""
    buyer, supplier = enter("buyer", VIDEO), enter("supplier_manager", VIDEO)
    supplement(buyer)
    place = f"{at('amendment-changes', VIDEO, 1)}?target=term:second-payment"

    wrong = buyer.post(place, filled(buyer, "term:second-payment", 1, within="三十天"))
    nothing = buyer.post(place, filled(buyer, "term:second-payment", 1))
    added = buyer.post(place, filled(buyer, "term:second-payment", 1, within="30个自然日"))

    assert wrong.status_code == 422
    assert "不是期间" in wrong.content.decode()
    assert 'value="三十天"' in wrong.content.decode()
    assert "没有改动任何一格" in nothing.content.decode()
    assert added.status_code == 302
    page = text_of(buyer, f"{at('amendment', VIDEO, 1)}?as_of=2023-03-21")
    assert "付款期限由 没有写明 改为 30个自然日" in page
    assert "签署之后会改变什么" in page
    buyer.post(at("propose-amendment", VIDEO, 1), {"version": 2, "sign_too": "1"})
    supplier.post(at("sign-amendment", VIDEO, 1), {"version": 2})
    assert [row.sequence for row in chain(VIDEO)] == [1, 2]
    versions = text_of(supplier, at("releases", VIDEO))
    assert "第 1 版与第 2 版的差异" in versions
    assert "30个自然日" in versions


def test_changes_are_taken_out_and_doubts_and_clauses_put_in(enter: Door) -> None:
    buyer = enter("buyer", VIDEO)
    supplement(buyer)
    changes = at("amendment-changes", VIDEO, 1)

    buyer.post(f"{changes}?target=doubt:day-counting", {"version": 1})
    buyer.post(f"{changes}?target=clause", {"version": 2, "heading": "双方每季会商一次"})
    buyer.post(at("remove-change", VIDEO, 1), {"version": 3, "at": 0})

    row = amendment(VIDEO, 1)
    assert row is not None
    assert [one["op"] for one in row.payload["alterations"]] == ["add_clause"]
    late = buyer.post(at("remove-change", VIDEO, 1), {"version": 3, "at": 0}, follow=True)
    assert "别人改过这份补充协议" in late.content.decode()


def test_another_draft_like_an_older_one_has_all_its_changes(enter: Door) -> None:
    buyer = enter("buyer", VIDEO)
    supplement(buyer)
    clause = {"version": 1, "heading": "双方每季会商一次"}
    buyer.post(f"{at('amendment-changes', VIDEO, 1)}?target=clause", clause)

    drafted(buyer, VIDEO, "terms&like=1", **header())

    first, second = amendment(VIDEO, 1), amendment(VIDEO, 2)
    assert first is not None
    assert second is not None
    assert first.payload["alterations"]
    assert second.payload["alterations"] == first.payload["alterations"]


def test_two_who_add_changes_at_once_lose_nothing(enter: Door) -> None:
    buyer = enter("buyer", VIDEO)
    supplement(buyer)
    changes = at("amendment-changes", VIDEO, 1)
    buyer.post(f"{changes}?target=clause", {"version": 1, "heading": "第一个人写的"})

    second = buyer.post(f"{changes}?target=clause", {"version": 1, "heading": "第二个人写的"})

    page = second.content.decode()
    assert second.status_code == 422
    assert "第一个人写的" in page
    assert "第二个人写的" in page
    assert 'name="version" value="2"' in page


def test_a_whole_term_may_be_written_by_who_knows_how(enter: Door) -> None:
    buyer = enter("buyer", VIDEO)
    supplement(buyer)
    add = at("add-term", VIDEO, 1)
    body = (
        "id: quarterly-talk\nkind: duty\ndebtor: supplier\nsays: 每季会商\nen: Talk each quarter.\n"
    )

    for wrong in ("[", "- 1", "x: !!python/object:os.system {}"):
        refused = buyer.post(add, {"version": 1, "body": wrong})
        assert refused.status_code == 422
        assert "YAML" in refused.content.decode()
    added = buyer.post(add, {"version": 1, "body": body})

    assert added.status_code == 302
    assert "增加约定 quarterly-talk：每季会商" in text_of(buyer, at("amendment", VIDEO, 1))


# ── the desks ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_desk_is_headed_by_what_blocks(enter: Door) -> None:
    """REG-08：S0 的疑义台以 2.3、11.4 和缺失的评分表打头，各有负责人、安全读法和停住的约定"""
    buyer = enter("buyer", SECURITY)

    desk = buyer.get(at("doubts", SECURITY)).context["desk"]

    first = desk.doubts[:3]
    assert [one.view.places[0][1] for one in first] == ["main 2.3", "main 11.4", "main 4.3.1"]
    assert [one.view.id for one in first] == [
        "period-blank",
        "security-amount-missing",
        "scorecard-missing",
    ]
    for one in first:
        assert one.view.owner == "甲方"
        assert one.view.safe
        assert one.view.needs
        assert one.stopped
        assert one.is_open
    page = text_of(buyer, at("doubts", SECURITY))
    assert page.index("服务期限为空白") < page.index("没有考核评分表")
    assert "kind=doubt&amp;doubt=period-blank" in page


def test_a_doubt_under_way_says_who_must_sign(enter: Door) -> None:
    buyer, supplier = enter("buyer", SECURITY), enter("supplier_manager", SECURITY)
    posted = header(what="scorecard-missing", reading="按补签的评分表")
    drafted(buyer, SECURITY, "doubt", **posted)

    hidden = text_of(supplier, at("doubts", SECURITY))
    buyer.post(at("propose-amendment", SECURITY, 1), {"version": 1, "sign_too": "1"})
    told = text_of(supplier, at("doubts", SECURITY))
    pending = text_of(supplier, f"{at('doubts', SECURITY)}?state=pending")
    supplier.post(at("sign-amendment", SECURITY, 1), {"version": 1})
    settled = text_of(supplier, f"{at('doubts', SECURITY)}?state=settled")

    assert "补充协议第1号" not in hidden
    assert "一方确认，等乙方签署" in told
    assert "没有考核评分表" in pending
    assert "服务期限为空白" not in pending
    assert "凭 确认书 1" in settled
    paperless = buyer.post(f"{at('new-amendment', SECURITY)}?kind=doubt", posted | {"paper": ""})
    assert paperless.status_code == 422


def test_the_desks_filter_and_leave_as_they_are_seen(enter: Door) -> None:
    buyer = enter("buyer", SECURITY)

    doubts = buyer.get(f"{at('doubts', SECURITY)}?severity=block&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(doubts.content)).active
    parameters = buyer.get(f"{at('parameters', SECURITY)}?state=agreed&format=csv")
    nobody = text_of(buyer, f"{at('doubts', SECURITY)}?q=没有这样的词")

    assert sheet is not None
    severities = {row[1].value for row in sheet.iter_rows(min_row=3)}
    assert severities == {"阻断"}
    lines = parameters.content.decode("utf-8-sig").splitlines()
    assert len([line for line in lines if "演示文书" in line]) == 2
    assert "没有这样的疑义" in nobody


@pytest.mark.parametrize("name", ["amendments", "doubts", "parameters", "releases"])
def test_lists_ask_the_database_little(name: str, enter: Door) -> None:
    buyer = enter("buyer", SECURITY)
    for number in range(5):
        posted = parameter(title=f"第 {number} 份", effective=f"2026-04-0{number + 1}")
        drafted(buyer, SECURITY, "parameter", **posted)
    buyer.get(at(name, SECURITY))  # what is kept in memory is there

    with CaptureQueriesContext(
        connection,
    ) as found:
        assert buyer.get(at(name, SECURITY)).status_code == 200

    asked = [one["sql"] for one in found.captured_queries]
    assert len(asked) <= 12, asked


def test_lists_of_amendments_leave_too(enter: Door) -> None:
    buyer = enter("buyer", SECURITY)
    drafted(buyer, SECURITY, "parameter", **parameter())

    answer = buyer.get(f"{at('amendments', SECURITY)}?format=csv")

    assert "突发情况报告时限" in answer.content.decode("utf-8-sig")
    none = text_of(buyer, f"{at('amendments', SECURITY)}?state={AmendmentState.IN_FORCE}")
    assert "没有这种状态的补充协议" in none


# ── in a terminal ────────────────────────────────────────────────────────────────────────────────────────────────


def lvyue(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(main, ["amend", *words])
    return answer.exit_code, answer.output


def test_a_terminal_shows_amendments_and_does_nothing(enter: Door) -> None:
    buyer = enter("buyer", SECURITY)
    assert lvyue("list", SECURITY) == (0, "没有补充协议。\n")
    drafted(buyer, SECURITY, "parameter", **parameter(value="2 hours"))

    code, listed = lvyue("list", SECURITY)
    _, shown = lvyue("show", SECURITY, "1")
    data = json.loads(lvyue("show", SECURITY, "1", "--json")[1])

    assert code == 0
    assert "补充协议第1号\t商定参数\t突发情况报告时限\t草拟，等甲方提出" in listed
    assert "待解决：数值: 写的是 2小时，而这个参数按分钟计" in shown
    assert "甲方签署：还没有" in shown
    assert data["state"] == "drafted"
    assert data["changes"][0]["before"] == "未商定"
    assert json.loads(lvyue("list", SECURITY, "--json")[1])[0]["waits"] == "等甲方提出"
    assert lvyue("show", SECURITY, "2")[0] == 2
    assert lvyue("list", "no-such")[0] == 2


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_are_readable_by_everybody(
    browser: Chrome,
    live_server: LiveServer,
    enter: Door,
    person: Person,
    axe: Axe,
    look: Look,
) -> None:
    buyer = enter("buyer", VIDEO)
    supplement(buyer)
    place = f"{at('amendment-changes', VIDEO, 1)}?target=term:second-payment"
    buyer.post(place, filled(buyer, "term:second-payment", 1, within="30个自然日"))
    sign_in(browser, live_server, person("buyer", VIDEO))
    pages = {
        "amendments": at("amendments", VIDEO),
        "amendment": f"{at('amendment', VIDEO, 1)}?as_of=2023-03-21",
        "amendment-changes": place,
        "amendment-edit": at("edit-amendment", VIDEO, 1),
        "doubts": f"{at('doubts', VIDEO)}?severity=block",  # of all ninety axe would tell for a minute
        "parameters": at("parameters", VIDEO),
        "releases": at("releases", VIDEO),
    }

    for name, address in pages.items():
        browser.get(f"{live_server}{address}")
        assert look(name), name
        assert axe() == [], name


def test_somebody_signs_with_the_keyboard_alone(
    browser: Chrome, live_server: LiveServer, enter: Door, person: Person
) -> None:
    buyer, _ = enter("buyer", SECURITY), enter("supplier_manager", SECURITY)
    drafted(buyer, SECURITY, "parameter", **parameter())
    buyer.post(at("propose-amendment", SECURITY, 1), {"version": 1, "sign_too": "1"})
    sign_in(browser, live_server, person("supplier_manager", SECURITY))
    browser.get(f"{live_server}{at('amendment', SECURITY, 1)}")

    button = browser.find_element(By.XPATH, "//button[normalize-space()='代表乙方签署']")
    button.send_keys("\n")

    assert "双方都已签署，现在生效" in browser.find_element(By.CSS_SELECTOR, ".notice").text
    row = amendment(SECURITY, 1)
    assert row is not None
    assert row.state == AmendmentState.IN_FORCE
