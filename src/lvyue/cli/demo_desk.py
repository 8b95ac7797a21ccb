"""演示服务台: the tickets of which the demonstration year already tells, and beside them one of each thing that a desk has.

Nothing is added to the logs: tickets and duty logs are rebuilt from them, and the rest puts nothing on record.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from lvyue.cli.cast import BY, cast_of
from lvyue.core.tickets import TicketKind

#: What the made-up tickets are about, contract by contract, in turns.
_ABOUT = {
    "security-support-2026": (
        "安全运营平台",
        "防火墙",
        "堡垒机",
        "日志审计",
        "政务大厅",
        "一号机房",
    ),
    "digital-operations-2026": (
        "门户网站",
        "协同办公",
        "数据交换",
        "统一认证",
        "二号楼",
        "政务大厅",
    ),
    "government-cloud-2026": ("云主机", "对象存储", "云数据库", "政务外网", "一号机房", "二号机房"),
    "video-conference-2022": ("视频会议", "会议终端", "录播", "会议室", "主会场", "分会场"),
    "cloud-lease-2025": ("云主机", "负载均衡", "备份", "虚拟网络", "一号机房", "二号机房"),
}
_FAULTS = ("访问缓慢", "登录不上", "告警不断", "备份失败", "画面卡顿", "页面打不开", "证书将到期")
_WISHES = ("开通端口", "扩容存储", "增加账号", "调整策略", "导出报表", "安排保障")
_SAYS = {
    "incident": _FAULTS,
    "request": _WISHES,
    "order": _WISHES,
    "reply": ("请答复往来事项",),
    "hazard": ("隐患限期整改",),
    "sudden": ("突发情况报告",),
    "demand": ("有权机关调取资料",),
}

#: What stands in a duty log of which the record only says that it was filed.
_LOG = "演示：按值班表在岗，巡检无异常，未了事项见工单；本篇正文是编写的。"


class _Seats(NamedTuple):
    """席位: who speaks for the buyer, who leads and who works for the supplier, and who only uses."""

    buyer: Any
    manager: Any
    worker: Any
    user: Any


def load_desk(contract_ids: tuple[str, ...]) -> int:
    """How many tickets were made. What is there already is left alone; where real people work nothing is made."""
    from django.db import transaction

    made = 0
    for contract_id in contract_ids:
        with transaction.atomic():
            made += _load(contract_id)
    return made


def _load(contract_id: str) -> int:
    from lvyue.helpdesk.actions.recovering import Cast, rebuild_duty_logs, rebuild_tickets

    seats = _seats(contract_id)
    if seats is None:
        return 0
    cast = Cast(seats.buyer, seats.worker, seats.user)
    made = rebuild_tickets(contract_id, cast, _dress(contract_id), by=BY)
    rebuild_duty_logs(contract_id, _LOG, seats.worker, by=BY)
    if made:
        _around(contract_id, seats)
    return made


def _dress(contract_id: str) -> Any:
    from lvyue.helpdesk.actions.opening import NewTicket

    *systems, first, second = _ABOUT[contract_id]

    def dressed(kind: TicketKind, subject: str, place: int) -> NewTicket:
        system = systems[place % len(systems)]
        says = _SAYS[kind.name][place % len(_SAYS[kind.name])]
        known = {one.name for one in kind.fields}
        told = {
            "system": system,
            "place": (first, second)[place % 2],
            "channel": ("phone", "portal")[place % 3 == 0],
            "paper": subject,
            "asks": "true",
            "giver": "有权机关（演示）",
        }
        values = {name: text for name, text in told.items() if name in known}
        about = f"{system}{says}" if kind.name in ("incident", "request", "order") else says
        return NewTicket(
            kind.name,
            f"{about}（{subject}）",
            "演示：编写的工单，不是任何单位的实际情况。",
            values,
            because="按履约日志补建",
        )

    return dressed


def _around(contract_id: str, seats: _Seats) -> None:
    """A roster, a mailbox with a letter of a stranger, a call that nobody answered, remote work and a tool that were asked for,
    and an article.
    """
    from lvyue import clock
    from lvyue.helpdesk.actions.calling import note_missed_call
    from lvyue.helpdesk.actions.channels import set_up_channel
    from lvyue.helpdesk.actions.recovering import rebuild_roster
    from lvyue.helpdesk.actions.taking import Arrival, take_in
    from lvyue.helpdesk.choices import DeskKind

    now, manager, worker = clock.now(), seats.manager, seats.worker
    yesterday = clock.today() - timedelta(days=1)
    rebuild_roster(contract_id, yesterday, _roster(manager, worker), "演示值班表", by=manager)
    phone = set_up_channel(DeskKind.PHONE, "服务电话（演示）", "13900000009", by=manager)
    note_missed_call(
        contract_id,
        number="13900000000",
        began_at=now - timedelta(hours=3),
        channel=phone.pk,
        by=worker,
    )
    desk = set_up_channel(DeskKind.PORTAL, "报修网页（演示）", by=manager)
    letter = Arrival(
        outer_id=f"demo-{contract_id}",
        sender="过路人（演示）",
        address="someone@example.cn",
        subject="会议室的网不通（演示）",
        text="三楼会议室的网不通，请派人看看。这是演示来件，由人决定开单、并入或不处理。",
        received_at=now - timedelta(hours=1),
    )
    take_in(desk, letter)
    _remote(contract_id, seats.buyer, worker)
    _consent(contract_id, worker)
    _article(contract_id, manager, worker)


def _roster(manager: Any, worker: Any) -> dict[str, Any]:
    def shift(name: str, kind: str, begins: str, ends: str, people: list[str]) -> dict[str, Any]:
        return {"name": name, "class": kind, "begins": begins, "ends": ends, "groups": [people]}

    return {
        "cover": "always",
        "shifts": [
            shift("白班", "day", "08:00", "20:00", [worker.username]),
            shift("夜班", "night", "20:00", "08:00", [manager.username]),
        ],
    }


def _remote(contract_id: str, buyer: Any, worker: Any) -> None:
    """On a ticket that is still open, if there is one."""
    from lvyue import clock
    from lvyue.helpdesk.actions.remote import RemoteRequest, ask_remote, set_owner
    from lvyue.helpdesk.queries.tickets import tickets

    open_ones = tickets(worker).filter(ended_at__isnull=True, kind__in=("incident", "request"))
    ticket = open_ones.order_by("-opened_at").first()
    if ticket is None:
        return
    now = clock.now()
    set_owner(contract_id, ticket.system, "", by=buyer)
    wanted = RemoteRequest(
        worker.username,
        ticket.system,
        "查看日志，重启服务（演示）",
        now + timedelta(minutes=10),
        now + timedelta(hours=2),
    )
    ask_remote(contract_id, ticket.number, wanted, by=worker)


def _consent(contract_id: str, worker: Any) -> None:
    """A tool that may stop what runs: it waits for the buyer's written answer."""
    from lvyue import clock
    from lvyue.core.allowances import Asked, Matter
    from lvyue.helpdesk.actions.consents import ask_consent

    first = clock.today() + timedelta(days=3)
    asked = Asked(Matter.TOOL, first, first + timedelta(days=6), stops=True, trial=True)
    ask_consent(
        contract_id,
        asked,
        name="性能分析工具（演示）",
        purpose="查访问缓慢的原因；试用许可证到期会自己停，停之前卸载（演示）。",
        licence="试用，十五日",
        by=worker,
    )


def _article(contract_id: str, manager: Any, worker: Any) -> None:
    """Written by the one, published by the other, and shown to both sides."""
    from lvyue.helpdesk.actions.knowledge import (
        ArticleText,
        review_article,
        share_article,
        write_article,
    )

    system = _ABOUT[contract_id][0]
    told = ArticleText(
        f"{system}访问缓慢（演示）",
        "打开一页要十几秒，别的系统正常。",
        "日志占满了磁盘，数据库在等写入。",
        ("看磁盘还剩多少", "归档三十天以前的日志", "重启写日志的服务"),
        ("连续打开十次，都在两秒之内",),
        ("incident",),
        system,
    )
    row = write_article(contract_id, told, by=worker)
    review_article(contract_id, row.pk, row.newest, agree=True, by=manager)
    share_article(contract_id, row.pk, shared=True, by=manager)


def _seats(contract_id: str) -> _Seats | None:
    """The made-up people at their contract; None where they are not let in."""
    from lvyue.accounts.queries import demonstration_account, seat_of

    found = cast_of(contract_id)
    people = [
        demonstration_account(found[role]) if role in found else None
        for role in ("buyer", "supplier_manager", "engineer", "using_department")
    ]
    seats = [seat_of(one, contract_id) for one in people if one is not None]
    return _Seats(*seats) if len(seats) == len(people) else None
