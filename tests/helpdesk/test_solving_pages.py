"""解决工单的各页: remote work, consents, causes, merging, steps and parts, as people meet them; and who must not get in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from lvyue.cli.main import main
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.remote import RemoteRequest, ask_remote
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.models import FittedPart, LossFile, PriorConsent, RemotePermission, Ticket
from lvyue.helpdesk.queries.checklists import checklists
from lvyue.helpdesk.queries.tickets import events_of
from tests.helpdesk.conftest import CLOUD, DIGITAL, LEASE, SECURITY, Browse, TakeSeat, at, text
from tests.helpdesk.test_remote import of as belongs

Now = Callable[[str], None]


@pytest.fixture(autouse=True)
def _files_elsewhere(tmp_path: Any) -> Any:
    with override_settings(HOME=tmp_path):
        yield


def incident(seat: TakeSeat, contract_id: str = LEASE, **more: Any) -> Ticket:
    new = NewTicket("incident", "应用打不开", **more)
    return open_ticket(contract_id, new, by=seat("buyer", contract_id))


def proof() -> SimpleUploadedFile:
    return SimpleUploadedFile("供电记录.txt", "停电记录".encode(), "text/plain")


def here(ticket: Ticket, page: str = "") -> str:
    return f"/contracts/{ticket.contract_id}/tickets/{ticket.number}/{page}"


# ── remote work ──


def asked(seat: TakeSeat, ticket: Ticket) -> RemotePermission:
    engineer = seat("engineer", ticket.contract_id)
    wanted = RemoteRequest(
        engineer.username,
        "门户系统",
        "看日志；不改配置",
        at("2026-03-02 10:00:00"),
        at("2026-03-02 12:00:00"),
    )
    return ask_remote(ticket.contract_id, ticket.number, wanted, by=engineer)


def test_a_remote_session_is_asked_for_allowed_opened_written_down_and_ended(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    """2:2.1(2): from the form on the ticket to the result, without leaving the pages."""
    now("2026-03-02 10:00:00")
    ticket, engineer, buyer = (
        incident(seat, CLOUD),
        browse("engineer", CLOUD),
        browse("buyer", CLOUD),
    )
    form = {
        "person": seat("engineer", CLOUD).username,
        "system": "门户系统",
        "scope": "看日志",
        "begins": "2026-03-02T10:00",
        "expires": "2026-03-02T12:00",
    }
    assert "已申请" in text(engineer.post(here(ticket, "remote/"), form, follow=True))
    row = RemotePermission.objects.get()
    page = f"/contracts/{CLOUD}/remote/{row.pk}/"

    assert "开始远程作业" not in text(engineer.get(page))
    assert "许可这一次" in text(buyer.get(page))
    buyer.post(f"{page}answer/", {"agree": "1"})
    begun = {"whom": "某处室联系人", "method": "present", "passed": "1", "operation": "重启应用"}
    assert "已开始远程作业" in text(engineer.post(f"{page}open/", begun, follow=True))
    assert (
        engineer.post(f"{page}commands/", {"commands": "ls\nsystemctl restart app"}).status_code
        == 302
    )
    told = text(engineer.post(f"{page}end/", {"result": "已恢复"}, follow=True))

    row.refresh_from_db()
    assert (row.state, row.commands.count()) == ("ended", 2)
    assert "已恢复" in told
    assert "systemctl restart app" in told


def test_without_a_permission_the_attempt_stands_on_the_page(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    """SD-02: given no valid permission, when a session is opened, then refused, and the refusal is on record."""
    now("2026-03-02 10:00:00")
    row, engineer = asked(seat, incident(seat, CLOUD)), browse("engineer", CLOUD)
    page = f"/contracts/{CLOUD}/remote/{row.pk}/"
    begun = {"whom": "某人", "method": "present", "passed": "1", "operation": "重启"}

    refused = engineer.post(f"{page}open/", begun)

    assert refused.status_code == 409
    assert "待许可" in text(refused)
    listed = text(browse("buyer", CLOUD).get(f"/contracts/{CLOUD}/remote/"))
    assert "被拒绝的登录" in listed
    assert "认定违反" in listed


def test_only_the_department_of_a_system_and_the_buyer_may_allow(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    row = asked(seat, incident(seat, CLOUD))
    page, clerk = f"/contracts/{CLOUD}/remote/{row.pk}/", browse("using_department", CLOUD)
    assert clerk.get(page).status_code == 404
    buyer = browse("buyer", CLOUD)
    buyer.post(f"/contracts/{CLOUD}/remote/owners/", {"system": "门户系统", "department": "信息处"})
    belongs(seat("using_department", CLOUD).username, "信息处")

    assert "许可这一次" in text(clerk.get(page))
    clerk.post(f"{page}answer/", {"agree": "0", "said": "月末不动"})

    row.refresh_from_db()
    assert (row.state, row.answer) == ("refused", "月末不动")
    assert browse("key_manager", LEASE).get(page).status_code == 404
    denied = browse("engineer", CLOUD).post(
        f"/contracts/{CLOUD}/remote/owners/", {"system": "别的"}
    )
    assert denied.status_code == 403


def test_permissions_leave_as_a_table_and_a_wrong_moment_keeps_what_was_typed(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat, CLOUD)
    asked(seat, ticket)
    engineer = browse("engineer", CLOUD)
    sheet = engineer.get(f"/contracts/{CLOUD}/remote/?format=csv").content.decode("utf-8-sig")
    assert sheet.splitlines()[1].startswith(f"{ticket.name},")

    wrong = engineer.post(here(ticket, "remote/"), {"scope": "看看日志", "begins": "昨天"})
    assert wrong.status_code == 409
    assert "“昨天”不是日期和时刻" in text(wrong)
    assert "看看日志" in text(wrong)


def test_the_list_of_permissions_asks_no_more_for_more_of_them(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    buyer = browse("buyer", CLOUD)

    def reads() -> int:
        with CaptureQueriesContext(connection) as asked_for:
            assert buyer.get(f"/contracts/{CLOUD}/remote/").status_code == 200
        return len(asked_for)

    asked(seat, incident(seat, CLOUD))
    reads()
    few = reads()
    for _ in range(5):
        asked(seat, incident(seat, CLOUD))

    assert reads() == few


def test_the_terminal_lists_permissions_and_takes_one_back(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    row = asked(seat, incident(seat, CLOUD))
    buyer, engineer = seat("buyer", CLOUD).username, seat("engineer", CLOUD).username
    run = CliRunner().invoke

    listed = run(main, ["remote", "list", CLOUD, "--open", "--as", buyer, "--json"])
    kept = run(main, ["remote", "revoke", CLOUD, str(row.pk), "--reason", "x", "--as", engineer])
    early = run(main, ["remote", "revoke", CLOUD, str(row.pk), "--reason", "x", "--as", buyer])
    RemotePermission.objects.filter(pk=row.pk).update(state="allowed")
    done = run(main, ["remote", "revoke", CLOUD, str(row.pk), "--reason", "停", "--as", buyer])

    assert [one["id"] for one in json.loads(listed.output)] == [row.pk]
    for nobody in (["list", CLOUD], ["revoke", CLOUD, str(row.pk), "--reason", "x"]):
        refused = run(main, ["remote", *nobody])
        assert refused.exit_code != 0
        assert "--as" in refused.output
    assert kept.exit_code != 0
    assert early.exit_code != 0
    assert "已收回" in done.output
    row.refresh_from_db()
    assert row.state == "revoked"


# ── prior consent ──


def test_a_tool_with_a_licence_timer_waits_for_the_buyer(browse: Browse, now: Now) -> None:
    """SD-13: given a tool with a licence timer, when registered, then the buyer's permission is required."""
    now("2026-03-02 10:00:00")
    page, engineer = f"/contracts/{SECURITY}/consents/", browse("engineer", SECURITY)
    form = {
        "matter": "tool",
        "name": "扫描器",
        "purpose": "查漏洞",
        "licence": "一年期，到期停用",
        "begins": "2026-03-03",
        "ends": "2026-03-30",
        "stops": "1",
    }
    engineer.post(page, form)
    row = PriorConsent.objects.get()
    assert row.state == "asked"

    early = engineer.post(f"{page}{row.pk}/start/")
    own = engineer.post(f"{page}{row.pk}/answer/", {"agree": "1", "paper": "同意〔1〕"})
    bare = browse("buyer", SECURITY).post(f"{page}{row.pk}/answer/", {"agree": "1"})

    assert [one.status_code for one in (early, own, bare)] == [409, 409, 409]
    assert "同意要有书面文书" in text(bare)
    browse("buyer", SECURITY).post(f"{page}{row.pk}/answer/", {"agree": "1", "paper": "同意〔1〕"})
    now("2026-03-03 09:00:00")
    browse("engineer", SECURITY).post(f"{page}{row.pk}/start/")
    row.refresh_from_db()
    assert row.state == "started"


def test_a_subcontract_is_refused_with_its_clause_and_nothing_typed_is_lost(
    browse: Browse, now: Now
) -> None:
    """SD-14: given a subcontract request in S1, when filed, then refused with 13."""
    now("2026-03-02 10:00:00")
    form = {
        "matter": "third_party",
        "name": "某某测评公司",
        "purpose": "做密评",
        "work": "cryptography",
        "begins": "2026-03-03",
        "ends": "2026-03-30",
    }
    answer = browse("supplier_manager", DIGITAL).post(f"/contracts/{DIGITAL}/consents/", form)

    assert answer.status_code == 409
    assert "一律不得转让、分包" in text(answer)
    assert "某某测评公司" in text(answer)
    assert not PriorConsent.objects.exists()


# ── causes ──


def test_a_cause_is_put_forward_with_proof_and_answered_by_the_other_side(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat)
    now("2026-03-02 12:00:00")
    engineer, buyer, page = browse("engineer"), browse("buyer"), here(ticket, "causes/")
    claim = {
        "cause": "power",
        "said": "楼层停电",
        "begins": "2026-03-02T10:10",
        "ends": "2026-03-02T11:00",
    }
    bare = engineer.post(page, claim)
    assert bare.status_code == 409
    assert "没有日志不能归责" in text(bare)
    engineer.post(page, claim | {"file": proof()})
    assert "待对方答复" in text(engineer.get(page))
    own = engineer.post(f"{page}answer/", {"agree": "1"})
    assert own.status_code == 409

    buyer.post(f"{page}answer/", {"agree": "1"})

    assert "已认可" in text(buyer.get(page))


def test_damage_that_both_put_down_to_the_supplier_opens_a_file_that_the_buyer_fills(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    """SD-11: given a damage that both put down to the supplier, a loss file is opened and nothing is claimed."""
    now("2026-03-02 10:00:00")
    ticket = incident(seat)
    now("2026-03-02 12:00:00")
    buyer, manager, page = browse("buyer"), browse("supplier_manager"), here(ticket, "causes/")
    buyer.post(page, {"cause": "supplier", "said": "误删数据", "file": proof()})
    manager.post(f"{page}answer/", {"agree": "1"})
    file = LossFile.objects.get()

    assert "还缺" in text(buyer.get(page))
    need, papers = file.needs[0], f"{here(ticket)}losses/{file.pk}/papers/"
    wrong = buyer.post(papers, {"need": need, "amount": "一千", "file": proof()})
    buyer.post(papers, {"need": need, "amount": "1,200.50", "file": proof()})

    assert wrong.status_code == 409
    assert file.papers.get().amount_fen == 120_050
    assert "1,200.50" in text(buyer.get(page))
    assert manager.post(papers, {"need": need}).status_code == 403
    other = incident(seat)
    assert buyer.post(f"{here(other)}losses/{file.pk}/papers/", {}).status_code == 404


# ── one and two matters ──


def test_one_call_by_two_channels_is_shown_and_merged_without_losing_either(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    first = incident(seat, values={"system": "门户", "channel": "phone"})
    now("2026-03-02 10:20:00")
    second = incident(seat, values={"system": "门户", "channel": "mail"})
    engineer, page = browse("engineer"), here(first, "joining/")

    assert f"把 {second.name} 并进来" in text(engineer.get(page))
    wrong = engineer.post(f"{here(first)}merge/", {"lose": "GZ-9999", "said": "同一件"})
    assert wrong.status_code == 409
    engineer.post(f"{here(first)}merge/", {"lose": second.name, "said": "同一件"})

    second.refresh_from_db()
    assert second.merged_into == first
    assert "并进来的" in text(engineer.get(page))
    assert "已经并入" in text(engineer.get(here(second, "joining/")))
    assert browse("buyer").post(f"{here(first)}merge/", {"lose": "3"}).status_code == 403


def test_one_ticket_about_two_things_is_split(seat: TakeSeat, browse: Browse, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket, engineer = incident(seat), browse("engineer")
    form = {"kind": "request", "title": "还要开一个账号", "said": "是另一件事"}

    bare = engineer.post(f"{here(ticket)}split/", form | {"said": ""})
    engineer.post(f"{here(ticket)}split/", form)

    assert bare.status_code == 409
    assert "还要开一个账号" in text(bare)
    made = Ticket.objects.get(title="还要开一个账号")
    assert (made.parent, made.kind) == (ticket, "request")


def test_a_letter_goes_nowhere_without_an_address(seat: TakeSeat, browse: Browse, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat)
    answer = browse("engineer").post(f"{here(ticket)}letters/", {"text": "请重新登录试试"})

    assert answer.status_code == 409
    assert "不知道寄到哪个邮箱" in text(answer)
    assert "请重新登录试试" in text(answer)
    assert browse("buyer").post(f"{here(ticket)}letters/", {"text": "好"}).status_code == 403


# ── steps, parts, cause ──


def test_steps_are_laid_and_ticked_and_a_tick_is_taken_back(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    ticket, engineer = incident(seat), browse("engineer")
    engineer.post(f"{here(ticket)}checklists/", {"title": "换盘", "steps": "备份\n\n 拔盘 \n插盘"})
    (found,) = checklists(events_of(ticket))
    assert [one.text for one in found.items] == ["备份", "拔盘", "插盘"]
    address = f"{here(ticket)}checklists/{found.index}/"

    engineer.post(address, {"place": "0"})
    engineer.post(address, {"place": "1"})
    twice = engineer.post(address, {"place": "1"})
    engineer.post(address, {"place": "1", "done": "0"})

    (found,) = checklists(events_of(ticket))
    assert [one.done_at is not None for one in found.items] == [True, False, False]
    assert "已经勾过" in text(twice)
    assert "1/3" in text(engineer.get(here(ticket, "solving/")))
    assert engineer.post(address, {"place": "9"}).status_code == 409
    assert browse("buyer").post(address, {"place": "2"}).status_code == 403
    assert engineer.post(f"{here(ticket)}checklists/", {"steps": " \n"}).status_code == 409


def test_a_mark_cannot_pass_for_a_checklist(seat: TakeSeat, browse: Browse, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat)
    answer = browse("engineer").post(f"{here(ticket)}marks/", {"mark": "check", "said": "都做了"})
    assert answer.status_code in (404, 409)
    assert not events_of(ticket).filter(name="check").exists()


def test_sd_12_a_serial_seen_before_is_refused_in_the_form(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    """0:7.2.13: given a serial already seen in another record, when fitted, then refused."""
    now("2026-03-02 10:00:00")
    first, second, engineer = incident(seat), incident(seat), browse("engineer")
    part = {"device": "服务器 3", "name": "硬盘", "serial": "SN-0042", "condition": "new"}
    engineer.post(f"{here(first)}parts/", part)

    again = engineer.post(f"{here(second)}parts/", part | {"serial": "sn 0042"})
    missing = engineer.post(f"{here(second)}parts/", part | {"serial": "无"})
    used = engineer.post(
        f"{here(second)}parts/", part | {"serial": "SN-2", "condition": "refurbished"}
    )

    assert [one.status_code for one in (again, missing, used)] == [409, 409, 409]
    assert "已经在别的记录里出现过" in text(again)
    assert "服务器 3" in text(again)
    assert FittedPart.objects.count() == 1


def test_added_work_for_a_fee_needs_a_signed_change_and_free_work_is_on_record(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    ticket, engineer = incident(seat, SECURITY), browse("engineer", SECURITY)
    fee = engineer.post(f"{here(ticket)}extra-work/", {"what": "多接一个系统", "fee": "100"})
    engineer.post(f"{here(ticket)}extra-work/", {"what": "多接一个系统"})

    assert fee.status_code == 409
    assert "免费" in text(engineer.get(here(ticket, "solving/")))


def test_f3_a_fault_is_not_closed_without_its_cause(seat: TakeSeat, now: Now) -> None:
    """附件1/一/1: bad input: cause unknown. Then a problem must go on looking for it."""
    now("2026-03-02 10:00:00")
    ticket, engineer, buyer = incident(seat), seat("engineer"), seat("buyer")
    for name, by in (("answer", engineer), ("restore", engineer), ("confirm", buyer)):
        papers = {"修后测试": "登录三次都成功"} if name == "restore" else {}
        take_step(LEASE, ticket.number, StepTaken(name, papers=papers), by=by)
    close = StepTaken("close")

    with pytest.raises(Exception, match="还没有查明原因"):
        take_step(LEASE, ticket.number, close, by=engineer)
    unknown = Entry("diagnose", said="重启后好了", data={"cause": "unknown"})
    make_mark(LEASE, ticket.number, unknown, by=engineer)
    with pytest.raises(Exception, match="没有人接着查"):
        take_step(LEASE, ticket.number, close, by=engineer)
    problem = NewTicket("problem", "为什么会停", parent=ticket.number)
    open_ticket(LEASE, problem, by=engineer)
    take_step(LEASE, ticket.number, close, by=engineer)

    ticket.refresh_from_db()
    assert ticket.state == "closed"


def test_a_department_sees_the_pages_of_its_own_tickets_alone(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    theirs = incident(seat)
    clerk = browse("using_department")
    own = open_ticket(LEASE, NewTicket("incident", "打印机卡纸"), by=seat("using_department"))

    for page in ("solving/", "causes/", "joining/", "remote/"):
        assert clerk.get(here(theirs, page)).status_code == 404, page
        assert clerk.get(here(own, page)).status_code == 200, page
    assert not re.search("可能是同一件事", text(clerk.get(here(own, "joining/"))))


def test_the_pages_of_a_ticket_are_drawn_in_few_reads(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    ticket, engineer = incident(seat), browse("engineer")
    engineer.get(here(ticket))
    counted = {}
    for page in ("solving/", "causes/", "joining/", "remote/"):
        with CaptureQueriesContext(connection) as asked_for:
            assert engineer.get(here(ticket, page)).status_code == 200
        counted[page] = len(asked_for)

    assert (
        counted.pop("solving/") <= 100
    )  # the index of words catches up, and is asked word by word
    assert max(counted.values()) <= 20, counted


# ── the way about ──


def test_every_page_of_the_desk_leads_to_the_others_and_names_people(
    browse: Browse, seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    row = asked(seat, incident(seat, CLOUD))
    engineer, client = seat("engineer", CLOUD), browse("engineer", CLOUD)
    home = f"/contracts/{CLOUD}/"
    for page in ("knowledge/", "tickets/reviews/", "remote/", "consents/", "tickets/prevention/"):
        shown = text(client.get(f"{home}{page}"))
        assert f'href="{home}desk/calls/"' in shown, page
        assert re.search(rf'href="{home}{page}"\s+aria-current="page"', shown), page
    assert f'href="{home}tickets/{row.ticket.number}/"' in text(client.get(f"{home}remote/"))
    permission = text(client.get(f"{home}remote/{row.pk}/"))
    assert engineer.name in permission.partition("<dt>申请</dt>")[2].partition("</dd>")[0]


def test_only_who_may_report_a_latent_defect_is_led_to_its_form(browse: Browse) -> None:
    page = f"/contracts/{CLOUD}/tickets/prevention/"
    for role, led in (("engineer", True), ("buyer", True), ("using_department", False)):
        assert ("kind=defect" in text(browse(role, CLOUD).get(page))) is led, role
