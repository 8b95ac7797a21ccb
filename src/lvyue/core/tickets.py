"""工单: the kinds of ticket there are, what may happen to one, what it tells the log, and which clocks run on it.

Rules of this file. A kind is a row of ``TICKET_KINDS``: its lifecycle, its fields, what the steps of its life put on record, and
between which steps time is measured. Everything else follows from the row: buttons from the lifecycle, forms from the fields,
clocks from the terms of the contract that wait for what the steps put on record. A happening has two times: when it is said to
have happened, and when it was written down; which of them counts is decided in one place (``counts_at``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from lvyue.core.calendar import NO_PAUSES, Calendar, Pause, Pauses, moment_of
from lvyue.core.clocks import ClockReading, ClockRule, ClockState, read
from lvyue.core.doubts import Doubt, malformed
from lvyue.core.facts import KINDS, Field, FieldType
from lvyue.core.lifecycles import (
    CHANGE,
    COMPLAINT,
    DEFECT,
    DEMAND,
    INSTRUCTION,
    PROBLEM,
    RECTIFICATION,
    REPLY,
    REQUEST,
    SUDDEN,
    TICKET,
    WORK_ORDER,
    Lifecycle,
)
from lvyue.core.obligation import Verdict
from lvyue.core.release import Release
from lvyue.core.terms import DeadlineAfterEvent, Duty, Event, Term

#: The first happening of every ticket.
OPEN = "open"

#: What happens to a ticket without changing its state, with its Chinese name.
MARKS: Mapping[str, str] = MappingProxyType(
    {
        "assign": "指派",
        "arrive": "到达现场",
        "work_around": "临时恢复（规避办法）",
        "diagnose": "查明原因",
        "test": "修后测试",
        "fit": "更换备件",
        "note": "记录",
        "call": "通话",
        "message": "来往消息",
        "auto_answer": "自动回复",
        "level": "改级别",
        "move": "改归属",
        "device": "写明设备",
        "pause_asked": "申请挂起",
        "pause_refused": "不同意挂起",
        "attribute": "归责",
        "contest": "对归责有异议",
        "accept_cause": "认可归责",
        "rate": "评价",
        "take_in": "收进他单",
        "split": "拆出",
        "claim_loss": "主张甲方赔偿损失",
        "accept_loss": "认可损失主张",
        "contest_loss": "对损失主张有异议",
        "verify": "核实身份",
        "witness": "认可补记时间",
        "remind": "催办",
        "plan": "预约",
        "check": "勾选步骤",
        "review": "重大故障复盘",
        "remote_asked": "申请远程作业",
        "remote_allowed": "许可远程作业",
        "remote_denied": "远程作业被拒绝",
        "remote_opened": "开始远程作业",
        "remote_ended": "结束远程作业",
        "extra": "新增工作",
    }
)


#: Whose act or what event a fault or a delay is put down to.
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "supplier": "乙方原因",
        "buyer_operation": "甲方人员操作",
        "power": "供电等环境",
        "force_majeure": "不可抗力",
        "third_party": "第三方",
    }
)

#: What a loss is that one side claims from the other.
LOSSES: Mapping[str, str] = MappingProxyType({"direct": "直接损失", "indirect": "间接损失"})

#: Those that take time out of the supplier's clocks, once the other side has accepted them (OBL-03).
EXCUSES = frozenset(CAUSES) - {"supplier"}

#: Steps with which somebody writes down a cause, a way round, a solution, an answer or what was learnt.
SOLVING_STEPS = frozenset({"answer", "work_around", "restore", "agree", "close"})

#: Under which names contracts wait for an accepted attribution (``event.occurred``), by cause.
CAUSE_EVENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "buyer_operation": frozenset({"attributed-to-buyer", "operation-or-power-damage"}),
        "power": frozenset({"attributed-to-buyer", "operation-or-power-damage"}),
        "force_majeure": frozenset({"operation-or-power-damage"}),
        "third_party": frozenset({"attributed-to-others"}),
    }
)


#: Why something failed, as whoever found it out says it.
FAULT_CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "hardware": "硬件",
        "software": "软件",
        "configuration": "配置",
        "network": "网络",
        "power": "供电",
        "data": "数据",
        "operation": "操作不当",
        "third_party": "第三方",
        "unknown": "没有查明",
    }
)

#: Words by which people say how they told somebody, with the channel under which the record has it.
WAYS_TO_TELL: Mapping[str, str] = MappingProxyType(
    {
        "电话": "phone",
        "来电": "phone",
        "邮件": "mail",
        "短信": "sms",
        "传真": "fax",
        "邮寄": "post",
        "快递": "post",
        "当面": "hand",
        "送达": "hand",
        "书面": "hand",
    }
)

#: What a user may say of a result, and from which score down a reason is asked for.
SCORES: Mapping[str, str] = MappingProxyType(
    {"5": "很满意", "4": "满意", "3": "一般", "2": "不满意", "1": "很不满意"}
)
NEEDS_A_REASON = ("3", "2", "1")


#: Levels of which a review is held once the fault is over, as people write them; full and half width alike.
MAJOR_LEVELS = (
    *("重大", "特别重大", "特大", "重大故障", "一级", "一级故障", "Ⅰ级", "I级", "1级"),
    *("P1", "p1", "S1", "major", "critical"),
)

#: Kinds of which every ticket is reviewed, whatever its level.
ALWAYS_REVIEWED = frozenset({"sudden"})

#: The same as people read it.
REVIEW_RULE = "突发事件，以及级别是重大、特别重大或一级（P1）的工单，办完之后要复盘。"


def told_by(papers: Mapping[str, str]) -> tuple[str, ...]:
    """The channels that the papers of a step name in words."""
    said = "".join(papers.values())
    found = (channel for word, channel in WAYS_TO_TELL.items() if word in said)
    return tuple(dict.fromkeys(found))


class Source(StrEnum):
    """来历: how the moment of a happening is known."""

    TYPED = "typed"
    MACHINE = "machine"

    @property
    def zh(self) -> str:
        return {"typed": "人工填写", "machine": "系统记下"}[self.value]


@dataclass(frozen=True, slots=True)
class Happening:
    """经过: one thing that happened to a ticket, in the order in which it was written down.

    ``at`` is when it is said to have happened, ``recorded`` when it was written down. ``round`` counts reopenings after a
    confirmation, from 1. ``proved`` says that a file, a call log or the other side bears out a time written down later.
    """

    index: int
    name: str
    at: datetime
    recorded: datetime
    by: str = ""
    automatic: bool = False
    source: Source = Source.TYPED
    proved: bool = False
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts_at(self) -> datetime:
        """When it counts as having happened.

        A machine's time stands. A time that a person wrote down later stands if something bears it out; otherwise what
        counts is when it was written down, so that nobody makes a deadline with the pen (S4 KPI 9, D1, SD-06).
        """
        if self.source is Source.MACHINE or self.proved:
            return self.at
        return self.recorded if self.recorded - self.at > PEN else self.at


#: Whoever writes down at once still needs a moment to type: so much later is not later.
PEN = timedelta(seconds=90)

#: A clock of somebody's computer may be ahead by so much; beyond that a moment lies in the future.
SKEW = timedelta(seconds=60)


class Emission(NamedTuple):
    """登记: what a step of a ticket's life puts on the contract's record."""

    step: str
    fact: str
    data: tuple[tuple[str, str | bool], ...] = ()
    copied: tuple[str, ...] = ()
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def applies(self, values: Mapping[str, str]) -> bool:
        """Whether the ticket's own values call for it."""
        return all(values.get(name, "") in accepted for name, accepted in self.when)


class DutyStep(NamedTuple):
    """履行: a step that performs a duty of its own, which the contract counts as performed and not as a step.

    ``terms`` are the names under which contracts carry the duty, empty for every duty that begins with the ticket; ``about``
    what a notice is about where the contract counts the notice instead.
    """

    step: str
    terms: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


class Measure(NamedTuple):
    """量度: a clock that runs between two steps whether a contract asks for it or not."""

    name: str
    zh: str
    begins: str
    ends: tuple[str, ...]


_RESPONSE = Measure("response", "响应", OPEN, ("answer",))
_ARRIVAL = Measure("arrival", "到场", OPEN, ("arrive",))
_WORKAROUND = Measure("workaround", "临时恢复", OPEN, ("work_around", "restore"))
_RESTORATION = Measure("restoration", "恢复", OPEN, ("restore",))
_RESOLUTION = Measure("resolution", "解决（到用户确认）", OPEN, ("confirm", "close"))


def _text(name: str, zh: str, *choices: str, required: bool = False) -> Field:
    return Field(name, zh, FieldType.TEXT, required, tuple(choices))


WRITTEN = ("mail", "sms", "wechat")

_CHANNEL = _text(
    "channel",
    "渠道",
    *(
        "phone",
        "mail",
        "sms",
        "wechat",
        "dingtalk",
        "feishu",
        "portal",
        "qr",
        "fax",
        "alert",
        "hand",
    ),
)
_URGENT = Field("urgent", "紧急", FieldType.BOOLEAN, required=False)
_SYSTEM = _text("system", "系统或应用")
_DEVICE = _text("device", "设备")
_PLACE = _text("place", "地点")
_PAPER = _text("paper", "文书编号")


@dataclass(frozen=True, slots=True)
class TicketKind:
    """工单种类: its name, prefix of its numbers, lifecycle, fields, what its steps put on record, and its measures.

    ``ticket_class`` is the class under which the contract counts it (``ticket.opened``), empty where it is counted otherwise.
    ``opens`` are the roles that may bring one: "user" (whoever uses), "engineer", "supplier", "buyer", "anybody". ``fulfils``
    says which steps perform a duty that begins with the ticket and that the contract counts as performed, not as a step.
    """

    name: str
    zh: str
    en: str
    prefix: str
    life: Lifecycle
    fields: tuple[Field, ...]
    emissions: tuple[Emission, ...]
    measures: tuple[Measure, ...]
    opens: tuple[str, ...]
    says: str
    sources: tuple[str, ...] = ()
    fulfils: tuple[DutyStep, ...] = ()

    def step_zh(self, name: str) -> str:
        """The Chinese name of a step or mark."""
        if name == OPEN:
            return "受理"
        found = next((step.zh for step in self.life.steps if step.name == name), None)
        return found or MARKS[name]

    @property
    def ends(self) -> frozenset[str]:
        """States after which nothing is to be done."""
        return frozenset({"closed", "merged", "withdrawn", "refused"} & self.life.states.keys())

    def emitted(self, step: str, values: Mapping[str, str]) -> Iterator[Emission]:
        """What a step puts on record for a ticket with these values."""
        return (one for one in self.emissions if one.step == step and one.applies(values))


def _counted(name: str) -> tuple[Emission, ...]:
    return (
        Emission("reopen", "ticket.objected", when=(("round", ("same",)),)),
        Emission(OPEN, "ticket.opened", (("class", name),)),
        Emission("answer", "ticket.answered", (("automatic", False),)),
        Emission("auto_answer", "ticket.answered", (("automatic", True),)),
        Emission("close", "ticket.closed"),
        Emission("merge", "ticket.merged", copied=("into",)),
        Emission("withdraw", "ticket.withdrawn"),
        Emission("take_in", "ticket.took_in", copied=("other",)),
    )


_BY_LETTER = (("channel", WRITTEN), ("urgent", ("", "false")))
_WRITTEN_REQUEST = (
    Emission(OPEN, "request.received", copied=("channel",), when=_BY_LETTER),
    Emission("answer", "request.replied", when=_BY_LETTER),
)
_DESK = (_CHANNEL, _SYSTEM, _DEVICE, _PLACE)
_DESK_MEASURES = (_RESPONSE, _ARRIVAL, _WORKAROUND, _RESTORATION, _RESOLUTION)

#: Every kind of ticket. A new kind is a row here, its lifecycle, and a line in the manual.
TICKET_KINDS: Mapping[str, TicketKind] = {
    kind.name: kind
    for kind in (
        TicketKind(
            *("incident", "故障", "Incident", "GZ", TICKET),
            fields=_DESK,
            emissions=(
                *_counted("incident"),
                Emission("arrive", "event.occurred", (("event", "engineer-on-site"),)),
                Emission("restore", "ticket.restored"),
            ),
            measures=_DESK_MEASURES,
            opens=("anybody",),
            says="系统、设备或服务不能用、不好用了。",
        ),
        TicketKind(
            *("request", "服务请求", "Service request", "QQ", REQUEST),
            fields=(*_DESK, _URGENT),
            emissions=(*_counted("request"), *_WRITTEN_REQUEST),
            measures=(_RESPONSE, _RESTORATION, _RESOLUTION),
            opens=("anybody",),
            says="要开通、调整、查询或帮忙做一件事。",
        ),
        TicketKind(
            *("order", "资源与变更订单", "Order", "DD", REQUEST),
            fields=(*_DESK, _URGENT),
            emissions=(*_counted("order"), *_WRITTEN_REQUEST),
            measures=(_RESPONSE, _RESTORATION, _RESOLUTION),
            opens=("anybody",),
            says="按合同开通、扩缩、变更或撤销资源与服务。",
        ),
        TicketKind(
            *("question", "知识咨询", "Question", "ZX", REQUEST),
            fields=(_CHANNEL, _SYSTEM, _URGENT),
            emissions=(*_counted("request"), *_WRITTEN_REQUEST),
            measures=(_RESPONSE, _RESOLUTION),
            opens=("anybody",),
            says="问怎么用、怎么办；答得好的写进知识库。",
        ),
        TicketKind(
            *("complaint", "投诉", "Complaint", "TS", COMPLAINT),
            fields=(_CHANNEL, _text("about", "针对的工单或人员")),
            emissions=(),
            measures=(_RESPONSE, _RESOLUTION),
            opens=("anybody",),
            says="对服务、人员或处理结果不满意。",
        ),
        TicketKind(
            *("work_order", "派工单", "Work order", "PG", WORK_ORDER),
            fields=(
                Field("place", "地点", FieldType.TEXT),
                _DEVICE,
                _text("contact", "现场联系人"),
            ),
            emissions=(),
            measures=(_RESPONSE, _ARRIVAL, _RESTORATION),
            opens=("engineer", "buyer"),
            says="派人到一个地方做一件事。",
        ),
        TicketKind(
            *("problem", "问题", "Problem", "WT", PROBLEM),
            fields=(_SYSTEM, _DEVICE, _text("cause", "根因"), _text("workaround", "规避办法")),
            emissions=(),
            measures=(Measure("root_cause", "查明根因", OPEN, ("restore",)),),
            opens=("engineer", "buyer"),
            says="反复出现的故障背后的原因。",
        ),
        TicketKind(
            *("change", "变更", "Change", "BG", CHANGE),
            fields=(
                _SYSTEM,
                _DEVICE,
                _text("impact", "影响"),
                _text("back_out", "回退办法"),
                Field("opens", "窗口开始", FieldType.MOMENT, required=False),
                Field("closes", "窗口结束", FieldType.MOMENT, required=False),
            ),
            emissions=(),
            measures=(Measure("approval", "审批", "submit", ("approve", "refuse")),),
            opens=("engineer", "buyer"),
            says="改动正在运行的系统：先批准，后实施，能回退。",
        ),
        TicketKind(
            *("instruction", "指令", "Instruction", "ZL", INSTRUCTION),
            fields=(Field("giver", "谁的要求", FieldType.TEXT), _PAPER, _SYSTEM),
            emissions=(
                Emission(OPEN, "instruction.received", when=(("entered", ("supplier",)),)),
                Emission("approve", "instruction.approved", copied=("paper",)),
            ),
            measures=(Measure("approval", "甲方批准", OPEN, ("approve", "refuse")),),
            opens=("anybody",),
            says="甲方以外的单位要求做的事：先书面告知甲方，批准之后才办。",
            sources=("security-support-2026 7.2.20",),
            fulfils=(DutyStep("report"),),
        ),
        TicketKind(
            *("reply", "要求答复的函件", "Letter with answer due", "HJ", REPLY),
            fields=(
                Field("paper", "函件编号", FieldType.TEXT),
                _text("about", "事由"),
                Field("asks", "要求答复", FieldType.BOOLEAN),
            ),
            emissions=(
                Emission(OPEN, "letter.received", copied=("paper",)),
                Emission("answer", "letter.answered", copied=("paper",)),
            ),
            measures=(Measure("reply", "书面答复", OPEN, ("answer",)),),
            opens=("buyer", "supplier"),
            says="乙方书面提出、要求甲方答复的事项；从甲方签收起算。",
        ),
        TicketKind(
            *("hazard", "隐患整改", "Hazard notice", "YH", RECTIFICATION),
            fields=(Field("paper", "整改通知书", FieldType.TEXT), _SYSTEM, _DEVICE, _PLACE),
            emissions=(
                Emission(OPEN, "hazard.notified", copied=("paper",)),
                Emission("pass", "hazard.rectified", copied=("paper",)),
            ),
            measures=(Measure("rectification", "整改", OPEN, ("pass",)),),
            opens=("buyer",),
            says="甲方下达的整改通知：整改、报告、复查。",
        ),
        TicketKind(
            *("sudden", "突发事件", "Sudden event", "TF", SUDDEN),
            fields=(_CHANNEL, _SYSTEM, _PLACE, _text("grade", "级别")),
            emissions=(
                Emission(OPEN, "incident.known"),
                Emission("tell", "incident.reported", copied=("form",)),
            ),
            measures=(Measure("report", "报告", OPEN, ("tell",)),),
            opens=("engineer", "buyer"),
            says="要立即报告甲方的突发情况。",
            sources=("security-support-2026 7.2.3",),
        ),
        TicketKind(
            *("defect", "潜在缺陷", "Latent defect", "QX", DEFECT),
            fields=(_CHANNEL, _SYSTEM, _DEVICE, _PLACE, _text("risk", "可能的后果")),
            emissions=(Emission(OPEN, "event.occurred", (("event", "latent-defect-found"),)),),
            measures=(
                Measure("contact", "联系甲方", OPEN, ("tell",)),
                Measure("prevention", "落实防范", OPEN, ("close",)),
            ),
            opens=("engineer", "buyer"),
            says="巡检或工作中发现的隐性缺陷、可能的故障：联系甲方，双方一起列入防范清单。",
            sources=("security-support-2026 7.2.11", "digital-operations-2026 7.2.12"),
            fulfils=(
                DutyStep("tell", ("defect-contact",), ("latent-defect", "潜在缺陷")),
                DutyStep("close", ("defect-prevention",)),
            ),
        ),
        TicketKind(
            *("demand", "有权机关的要求", "Demand by a state body", "JG", DEMAND),
            fields=(
                Field("giver", "有权机关", FieldType.TEXT),
                _PAPER,
                _text("items", "要求的内容"),
            ),
            emissions=(
                Emission(OPEN, "demand.received", copied=("paper",)),
                Emission("tell", "demand.notified", (("form", "oral"),)),
                Emission("write", "demand.notified", (("form", "written"),)),
            ),
            measures=(
                Measure("oral", "口头告知", OPEN, ("tell", "write")),
                Measure("written", "书面告知", OPEN, ("write",)),
            ),
            opens=("engineer",),
            says="司法、监管等机关要求提供资料：1 小时内口头、4 小时内书面告知甲方。",
            sources=("保密协议 2.3",),
        ),
    )
}


def _happenings() -> Iterator[tuple[str, str]]:
    yield OPEN, "受理"
    steps = [step for kind in TICKET_KINDS.values() for step in kind.life.steps]
    for name in dict.fromkeys(step.name for step in steps):
        yield name, "／".join(dict.fromkeys(step.zh for step in steps if step.name == name))
    yield from MARKS.items()


#: Whatever can happen to a ticket, with what it is called; a step that kinds name differently has all its names.
HAPPENINGS: Mapping[str, str] = MappingProxyType(dict(_happenings()))

if unknown := {e.fact for k in TICKET_KINDS.values() for e in k.emissions} - KINDS.keys():
    raise ValueError(f"工单登记了没有的事实种类：{sorted(unknown)}")


# ── history ──────────────────────────────────────────────────────────────────────────────────────────────────────


def refused_time(
    happened: datetime, now: datetime, history: Sequence[Happening], step: str
) -> Doubt | None:
    """What is wrong with the moment of a new happening: in the future, or before what it follows; None if nothing is.

    The same second is no contradiction: two happenings keep the order in which they were written down.
    """
    happened, now = moment_of(happened), moment_of(now)
    if happened - now > SKEW:
        says = f"{happened:%Y-%m-%d %H:%M:%S} 还没有到（现在是 {now:%Y-%m-%d %H:%M:%S}）。"
        return malformed("发生时间", says, "请写已经发生的时间；电脑时钟快了的，请先校准。")
    if step == OPEN or not history:
        return None
    opened = history[0].at
    if happened.replace(microsecond=0) < opened.replace(microsecond=0):
        says = f"{happened:%Y-%m-%d %H:%M:%S} 早于受理时间 {moment_of(opened):%Y-%m-%d %H:%M:%S}。"
        mend = "请核对先后；受理时间记错的，请先更正受理时间。"
        return malformed("发生时间", says, mend)
    return None


def rounds(history: Iterable[Happening]) -> tuple[tuple[Happening, ...], ...]:
    """The history in rounds: a reopening after the user's confirmation begins a new one.

    The rule for reopening: before the confirmation the restoration never held, and its clock runs on from the beginning; after
    it the confirmed result stands as it was, and what is found again is a new fault with clocks of its own.
    """
    found: list[list[Happening]] = [[]]
    confirmed = False
    for one in history:
        if one.name == "reopen" and confirmed:
            found.append([])
            confirmed = False
        elif one.name == "confirm":
            confirmed = True
        found[-1].append(one)
    return tuple(tuple(part) for part in found)


def moments_of(part: Sequence[Happening]) -> dict[str, datetime]:
    """When each step of a round first counted, restorations that the user did not accept left out.

    The first happening of a round stands for its opening. A ticket that took in another counts from the earlier of the two
    openings, and from the earlier of the two answers where the merger says that this one counts.
    """
    found: dict[str, datetime] = {}
    for place, one in enumerate(part):
        if one.automatic:
            continue
        name = OPEN if place == 0 else one.name
        if place and one.name == "reopen":
            found.pop("restore", None)
            found.pop("confirm", None)
            continue
        if one.name == "take_in":
            _earlier(found, OPEN, one.data.get("since", ""))
            _earlier(found, "answer", one.data.get("answered", ""))
        found.setdefault(name, one.counts_at)
    return found


def _earlier(found: dict[str, datetime], step: str, text: str) -> None:
    if text:
        at = moment_of(datetime.fromisoformat(text))
        found[step] = min(at, found.get(step, at))


def pauses_of(part: Sequence[Happening], only: str | None = None) -> Pauses:
    """The pauses of a round that the other side accepted: from the moment asked for until work went on, and times
    already past whose cause the other side accepted, from their beginning to their end.

    ``only`` names a clock: pauses for other clocks are left out. A restoration ends every pause that is still open.
    """
    found: list[Pause] = []
    running: Happening | None = None
    for one in part:
        if one.name == "pause":
            running = one
        elif running is not None and one.name in (
            *("resume", "restore", "close", "merge", "withdraw"),
        ):
            found += _pause(running, one.counts_at, only)
            running = None
        elif one.name == "accept_cause":
            found += _excused(one, only)
    if running is not None:
        found += _pause(running, None, only)
    return Pauses(tuple(found))


def _excused(accepted: Happening, only: str | None) -> Iterator[Pause]:
    """The time that an accepted attribution takes out of a clock: none where the supplier itself was the cause."""
    begins, ends = accepted.data.get("begins", ""), accepted.data.get("ends", "")
    clock, cause = accepted.data.get("clock", ""), accepted.data.get("cause", "")
    if cause in EXCUSES and begins and ends and (only is None or clock in ("", only)):
        yield Pause(datetime.fromisoformat(begins), datetime.fromisoformat(ends), CAUSES[cause])


def _pause(began: Happening, ended: datetime | None, only: str | None) -> Iterator[Pause]:
    clock = began.data.get("clock", "")
    opens = began.at
    if (only is None or clock in ("", only)) and (ended is None or ended > opens):
        yield Pause(opens, ended, began.data.get("reason") or "挂起")


# ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def waits_for(kind: TicketKind, event: Event, values: Mapping[str, str]) -> tuple[str, ...]:
    """The steps of a ticket with these values that put on record what an event of a term waits for."""
    told = dict(event.where)
    if event.kind == "duty.performed":
        of = told.get("term", "")
        return tuple(one.step for one in kind.fulfils if not one.terms or of in one.terms)
    if event.kind == "notice.sent":
        return tuple(one.step for one in kind.fulfils if told.get("about", "") in one.about)
    return tuple(
        one.step
        for one in kind.emissions
        if one.fact == event.kind
        and one.applies(values)
        and all(_wanted(one, name, wanted, values) for name, wanted in event.where)
    )


def _wanted(one: Emission, name: str, wanted: object, values: Mapping[str, str]) -> bool:
    said = dict(one.data)
    if name in said:
        return said[name] == wanted
    if name in one.copied:
        return values.get(name) == wanted
    return wanted is False  # a flag that a fact leaves out counts as false


def term_legs(term: Term) -> tuple[Event, tuple[Event, ...]] | None:
    """What starts and what stops the clock of a term that has one trigger; None for terms without such a clock."""
    match term:
        case DeadlineAfterEvent(triggers=(Event() as trigger,), done=done) if done:
            return trigger, done
        case Duty(trigger=Event() as trigger, done=Event() as done):
            return trigger, (done,)
        case _:
            return None


def clockable_terms(
    release: Release, kind: TicketKind
) -> tuple[tuple[Term, tuple[Event, tuple[Event, ...]]], ...]:
    """The terms of a release whose clock runs on some ticket of a kind, whatever its values, with what starts and stops it."""
    known = {one.fact for one in kind.emissions}
    found = []
    for term in release.terms:
        legs = term_legs(term)
        if legs is not None and all(_listens(kind, event, known) for event in (legs[0], *legs[1])):
            found.append((term, legs))
    return tuple(found)


def _listens(kind: TicketKind, event: Event, known: Collection[str]) -> bool:
    return event.kind in known or bool(waits_for(kind, event, {}))


def clocked_terms(
    terms: Iterable[tuple[Term, tuple[Event, tuple[Event, ...]]]],
    kind: TicketKind,
    values: Mapping[str, str],
) -> Iterator[tuple[Term, str, tuple[tuple[str, ...], ...]]]:
    """Of the clockable terms of a kind those whose clock runs on a ticket with these values: with the step that starts it,
    and the steps of each leg."""
    for term, legs in terms:
        begins = waits_for(kind, legs[0], values)
        ends = tuple(waits_for(kind, event, values) for event in legs[1])
        if begins and all(ends):
            yield term, begins[0], ends


@dataclass(frozen=True, slots=True)
class RunningClock:
    """计时: a clock as it is set on a ticket: the rule, the step that starts it, and for each leg the steps that end it.

    ``standing`` are the times in which the contract itself stood still for the term.
    """

    rule: ClockRule
    begins: str
    legs: tuple[tuple[str, ...], ...]
    any_leg: bool = False
    standing: Pauses = NO_PAUSES


def measured(kind: TicketKind, clocks: Sequence[RunningClock]) -> tuple[RunningClock, ...]:
    """The measures of a kind for which no term of the contract has a clock between the same steps."""
    taken = {(clock.begins, frozenset(leg)) for clock in clocks for leg in clock.legs}
    return tuple(
        RunningClock(ClockRule(one.name, one.zh), one.begins, (one.ends,))
        for one in kind.measures
        if (one.begins, frozenset(one.ends)) not in taken
        and (one.begins, frozenset(one.ends[:1])) not in taken
    )


def readings(
    clocks: Iterable[RunningClock],
    part: Sequence[Happening],
    calendar: Calendar,
    now: datetime,
) -> tuple[ClockReading, ...]:
    """Every clock of one round of a ticket at a moment: from its history and nothing else."""
    part = [one for one in part if one.recorded <= now or one.source is Source.MACHINE]
    times = moments_of(part)
    gone = times.get("merge") or times.get("withdraw")
    closed = times.get("close")
    found = []
    for clock in clocks:
        began = times.get(clock.begins)
        ended = _ended(clock, times, began)
        pauses = pauses_on(clock, part)
        if gone is not None and ended is None and gone <= now:
            last = read(clock.rule, began, None, pauses, calendar, gone)
            found.append(_given_up(last, gone, merged="merge" in times))
        elif closed is not None and ended is None and closed <= now and clock.rule.term is None:
            last = read(clock.rule, began, None, pauses, calendar, closed)
            found.append(_never_happened(last, closed))
        else:
            found.append(read(clock.rule, began, ended, pauses, calendar, now))
    return tuple(found)


def _never_happened(last: ClockReading, closed: datetime) -> ClockReading:
    """A measure of ours whose step was never taken when the ticket was closed: nobody came, and nobody will. It ends there."""
    if last.began is None:
        return last
    says = "工单关闭时没有这一步，不再计时"
    return replace(
        last, state=ClockState.STOPPED, verdict=Verdict.NOT_TRIGGERED, because=says, stopped=closed
    )


def _given_up(last: ClockReading, gone: datetime, *, merged: bool) -> ClockReading:
    """A clock that nothing stopped when its ticket ended: what was too late by then stays so, anything else ends unjudged."""
    if last.began is None:
        return last
    last = replace(last, state=ClockState.STOPPED, stopped=gone)
    if last.is_over or last.verdict is Verdict.NOT_DECIDABLE:
        return last
    says = "已并入他单，由那一单计时" if merged else "报单人已撤回"
    return replace(last, verdict=Verdict.NOT_TRIGGERED, because=says)


def pauses_on(clock: RunningClock, part: Sequence[Happening]) -> Pauses:
    """All that one clock of a round stands still for: accepted pauses of the ticket, and suspensions of the term."""
    return Pauses((*pauses_of(part, clock.rule.name).pauses, *clock.standing.pauses))


def _ended(
    clock: RunningClock, times: Mapping[str, datetime], began: datetime | None
) -> datetime | None:
    if began is None:
        return None
    ends: list[datetime | None] = []
    for leg in clock.legs:
        after = [times[step] for step in leg if step in times and times[step] >= began]
        ends.append(min(after, default=None))
    done = [end for end in ends if end is not None]
    if clock.any_leg:
        return min(done, default=None)
    return max(done) if done and len(done) == len(ends) else None
