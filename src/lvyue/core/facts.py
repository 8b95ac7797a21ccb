"""事实: what happened, as both parties' records say it. A fact has a kind, a day or a moment, perhaps a subject, and data.

Facts arrive as JSON lines and stay the exact bytes they arrived as; this module reads a line into a ``Fact`` or says
what is wrong with it, field by field. It never guesses: a decimal is text, money is integer fen, a moment has an
offset. Corrections are facts too: ``standing`` applies them to a prefix and returns the facts that stand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, NewType

from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Doubt, malformed

FactId = NewType("FactId", str)

#: A leaf of the evidence log holds at most this many bytes (C2SP tile entries are length-prefixed with 16 bits).
LINE_LIMIT = 65_535
SUBJECT_LIMIT = 200
TEXT_LIMIT = 5_000
#: a hundred thousand million yuan, in fen: beyond any contract, and far below what sums could not bear
FEN_LIMIT = 10**16
DECIMAL_LIMIT = 30
#: so many files may prove one fact
EVIDENCE_LIMIT = 20


class FieldType(Enum):
    """字段类型: how a value is written in a facts file, and how a person would be told so."""

    TEXT = "text"
    INTEGER = "integer"
    FEN = "fen"
    DECIMAL = "decimal"
    DAY = "day"
    MOMENT = "moment"
    BOOLEAN = "boolean"
    AT = "at"


@dataclass(frozen=True, slots=True)
class Field:
    """字段: name, Chinese name, type; ``choices`` where only some words are accepted."""

    name: str
    zh: str
    type: FieldType
    required: bool = True
    choices: tuple[str, ...] = ()
    least: int | None = None


@dataclass(frozen=True, slots=True)
class FactKind:
    """事实种类: its name in files, its Chinese name, and its fields."""

    name: str
    zh: str
    fields: tuple[Field, ...] = ()
    names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(spec.name for spec in self.fields))


#: microseconds of a day
_DAY_LENGTH = 86_400_000_000


def order_of(at: date | datetime) -> int:
    """Microseconds that sort days and moments on one line, by the clocks of Shanghai; a day stands at its first one."""
    if isinstance(at, datetime):
        return _order_in_shanghai(at.astimezone(SHANGHAI))
    return at.toordinal() * _DAY_LENGTH


def _order_in_shanghai(local: datetime) -> int:
    seconds = (local.hour * 60 + local.minute) * 60 + local.second
    return local.toordinal() * _DAY_LENGTH + seconds * 1_000_000 + local.microsecond


@dataclass(frozen=True, slots=True)
class Fact:
    """事实: one leaf of a log. ``at`` is when it happened; ``index`` is its place in the log, which decides ties.

    ``day`` is the calendar day in Shanghai; ``moment`` is None for a fact known only by its day; ``order`` sorts facts
    by when they happened (microseconds; a day without a time comes first on its day). ``evidence`` names the files that
    prove it, by their SHA-256.
    """

    id: FactId
    kind: str
    at: date | datetime
    subject: str | None
    data: Mapping[str, Any]
    index: int
    evidence: tuple[str, ...] = ()
    day: date = field(init=False, compare=False, repr=False)
    moment: datetime | None = field(init=False, compare=False, repr=False)
    order: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        at, put = self.at, object.__setattr__
        if isinstance(at, datetime):
            local = at.astimezone(SHANGHAI)
            put(self, "day", local.date())
            put(self, "moment", local)
            put(self, "order", _order_in_shanghai(local))
        else:
            put(self, "day", at)
            put(self, "moment", None)
            put(self, "order", at.toordinal() * _DAY_LENGTH)

    def not_before(self, other: Fact) -> bool:
        """Whether this happened at or after ``other``; where one of them has no time, by the day."""
        if self.moment is None or other.moment is None:
            return self.day >= other.day
        return self.order >= other.order


def _text(name: str, zh: str, *choices: str, required: bool = True) -> Field:
    return Field(name, zh, FieldType.TEXT, required, tuple(choices))


def _optional(name: str, zh: str, *choices: str) -> Field:
    return Field(name, zh, FieldType.TEXT, required=False, choices=tuple(choices))


def _int(name: str, zh: str, *, required: bool = True, least: int = 0) -> Field:
    return Field(name, zh, FieldType.INTEGER, required, least=least)


def _fen(name: str, zh: str, *, required: bool = True) -> Field:
    return Field(name, zh, FieldType.FEN, required, least=0)


def _flag(name: str, zh: str, *, required: bool = False) -> Field:
    return Field(name, zh, FieldType.BOOLEAN, required)


def _day(name: str, zh: str, *, required: bool = True) -> Field:
    return Field(name, zh, FieldType.DAY, required)


def _moment(name: str, zh: str, *, required: bool = True) -> Field:
    return Field(name, zh, FieldType.MOMENT, required)


def _decimal(name: str, zh: str, *, required: bool = True) -> Field:
    return Field(name, zh, FieldType.DECIMAL, required)


_INSTALMENT = _int("instalment", "期次", least=1)
_PAPER = _optional("paper", "文书编号")

#: Why a ticket's clock may stand still, once the other side has accepted it.
PAUSE_REASONS = (
    *("awaiting_user", "buyer_operation", "power", "force_majeure", "third_party", "window"),
    *("spare_part", "late_reply", "other"),
)

#: Every kind of fact there is. Rooms to come add theirs here: a fact is the one language that all rooms speak.
KINDS: Mapping[str, FactKind] = {
    kind.name: kind
    for kind in (
        # life of the contract
        FactKind("contract.effective", "合同生效", (_PAPER,)),
        FactKind("contract.rescinded", "合同解除通知到达", (_PAPER,)),
        FactKind("contract.terminated", "合同终止", (_PAPER,)),
        FactKind("service.ended", "服务结束（双方确认）", (_PAPER,)),
        FactKind("expiry.notified", "到期通知", (_PAPER,)),
        FactKind("renewal.confirmed", "续签或终止的确认", (_PAPER,)),
        FactKind("default.notified", "违约通知到达", (_PAPER,)),
        FactKind("default.cured", "违约已补救", (_PAPER,)),
        FactKind("termination.notified", "终止通知到达", (_PAPER,)),
        FactKind("dispute.raised", "争议通知", (_optional("about", "事由"), _PAPER)),
        FactKind("litigation.filed", "起诉", (_PAPER,)),
        FactKind("service.stopped", "停止服务", (_optional("reason", "原因"),)),
        FactKind("handover.completed", "移交完成（双方签收）", (_PAPER,)),
        FactKind("account.changed", "账户变更"),
        FactKind("account.notified", "账户变更的书面告知", (_PAPER,)),
        FactKind("contact.changed", "联系方式变更"),
        FactKind("contact.notified", "联系方式变更的书面通知", (_PAPER,)),
        # money
        FactKind(
            "invoice.received",
            "收到发票",
            (_INSTALMENT, _fen("amount_fen", "发票金额（分）"), _PAPER),
        ),
        FactKind(
            "invoice.refused",
            "退回发票",
            (
                _INSTALMENT,
                _text("reason", "原因"),
                _optional("invoice", "被退回的发票（事实编号）"),
            ),
        ),
        FactKind("treasury.released", "财政拨款到位", (_INSTALMENT,)),
        FactKind(
            "payment.made", "付款", (_INSTALMENT, _fen("amount_fen", "付款金额（分）"), _PAPER)
        ),
        FactKind(
            "payment.excused",
            "付款迟延的免责事由",
            (
                _INSTALMENT,
                _text("reason", "事由", "treasury", "invoice", "account", "other"),
                _day("until", "事由结束日"),
                _PAPER,
            ),
        ),
        FactKind("refund.made", "返还款项", (_fen("amount_fen", "返还金额（分）"), _PAPER)),
        FactKind(
            "setoff.demanded",
            "要求抵扣",
            (
                _fen("amount_fen", "抵扣金额（分）"),
                _text("clause", "依据条款"),
                _text("paper", "要求付款的文书编号"),
            ),
        ),
        FactKind(
            "damages.claimed",
            "主张违约责任",
            (
                _text("clause", "依据条款"),
                _fen("loss_fen", "损失（分）", required=False),
                _fen("gain_fen", "违约所得（分）", required=False),
                _flag("negotiation_failed", "协商未成"),
            ),
        ),
        FactKind(
            "damages.chosen",
            "选定违约责任方案",
            (
                _text("clause", "依据条款"),
                _text("alternative", "选定的方案"),
                _text("paper", "书面选择的编号"),
            ),
        ),
        # assessment and acceptance
        FactKind(
            "assessment.graded",
            "考核定级",
            (
                _text("grade", "等级"),
                _decimal("agreed_percent", "商定比例（%）", required=False),
                _PAPER,
            ),
        ),
        FactKind("acceptance.submitted", "验收文件送达（有签收）", (_PAPER,)),
        FactKind("acceptance.held", "组织验收", (_PAPER,)),
        FactKind("acceptance.passed", "验收通过", (_PAPER,)),
        FactKind("acceptance.failed", "验收未通过", (_PAPER,)),
        FactKind("acceptance.answered", "对验收文件的书面答复或异议", (_PAPER,)),
        FactKind("results.delivered", "交付项目工作成果", (_PAPER,)),
        FactKind("review.held", "组织审核", (_PAPER,)),
        FactKind("review.passed", "审核通过", (_PAPER,)),
        FactKind("warranty.defect", "质保期内的缺陷"),
        # settling what the paper leaves open
        FactKind(
            "parameter.agreed",
            "参数商定",
            (_text("parameter", "参数"), _text("value", "数值"), _text("paper", "双方确认文书")),
        ),
        FactKind(
            "doubt.settled",
            "疑义解决",
            (
                _text("doubt", "疑义"),
                _text("paper", "双方签署的文书"),
                _optional("reading", "采用的读法"),
            ),
        ),
        FactKind(
            "term.waived", "书面豁免", (_text("term", "约定"), _text("paper", "甲方书面同意的编号"))
        ),
        FactKind(
            "term.suspended",
            "中止履行",
            (
                _text("term", "约定"),
                _day("until", "中止到", required=False),
                _text("paper", "依据文书"),
            ),
        ),
        FactKind("term.resumed", "恢复履行", (_text("term", "约定"), _text("paper", "依据文书"))),
        FactKind(
            "term.excused",
            "免责",
            (_text("term", "约定"), _text("reason", "事由"), _text("paper", "对方认可的文书")),
        ),
        # any duty, by the id of its term
        FactKind("duty.performed", "履行", (_text("term", "约定"), _PAPER)),
        FactKind("duty.breached", "违反", (_text("term", "约定"), _PAPER)),
        FactKind("duty.attested", "声明", (_text("term", "约定"), _PAPER)),
        FactKind("event.occurred", "事件发生", (_text("event", "事件"), _PAPER)),
        FactKind(
            "right.exercised", "行使权利", (_text("term", "约定"), _text("paper", "书面通知的编号"))
        ),
        # help desk
        FactKind(
            "ticket.opened", "工单受理", (_text("class", "类别", "incident", "request", "order"),)
        ),
        FactKind("ticket.answered", "工单由人答复", (_flag("automatic", "自动回复"),)),
        FactKind("ticket.restored", "恢复"),
        FactKind("ticket.closed", "工单关闭"),
        FactKind("ticket.objected", "用户不认可恢复", (_optional("reason", "理由"),)),
        FactKind(
            "ticket.paused",
            "工单挂起（对方认可）",
            (
                _text("reason", "事由", *PAUSE_REASONS),
                _optional("term", "约定"),
                _optional("said", "说明"),
                _moment("until", "到", required=False),
                _PAPER,
            ),
        ),
        FactKind("ticket.resumed", "工单恢复处理", (_optional("term", "约定"),)),
        FactKind("ticket.withdrawn", "报单人撤回工单"),
        FactKind("ticket.merged", "工单并入他单", (_text("into", "并入的工单"),)),
        FactKind("ticket.took_in", "工单收进另一单", (_text("other", "收进的工单"),)),
        FactKind(
            "request.received",
            "收到书面申请",
            (_optional("channel", "渠道", "mail", "sms", "wechat", "other"),),
        ),
        FactKind("request.replied", "回复书面申请"),
        FactKind("letter.received", "收到要求答复的函件", (_PAPER,)),
        FactKind("letter.answered", "书面答复函件", (_PAPER,)),
        FactKind("instruction.received", "收到其他单位的指令"),
        FactKind("instruction.approved", "甲方书面批准指令", (_PAPER,)),
        # notices: one fact for each leg
        FactKind(
            "notice.sent",
            "通知送达",
            (
                _text("channel", "渠道", "mail", "sms", "phone", "fax", "post", "hand"),
                _optional("about", "事由"),
            ),
        ),
        # incidents, demands, security
        FactKind("incident.known", "知悉突发事件"),
        FactKind(
            "incident.reported", "报告突发事件", (_optional("form", "方式", "oral", "written"),)
        ),
        FactKind("leak.known", "知悉泄密"),
        FactKind("leak.reported", "书面报告泄密", (_PAPER,)),
        FactKind("demand.received", "收到有权机关的披露要求", (_PAPER,)),
        FactKind(
            "demand.notified", "告知甲方披露要求", (_text("form", "方式", "oral", "written"),)
        ),
        FactKind("hazard.notified", "整改通知书送达", (_PAPER,)),
        FactKind("hazard.rectified", "隐患整改完成（经复查）", (_PAPER,)),
        FactKind("system.disconnected", "断网处置"),
        FactKind(
            "scan.completed",
            "漏洞扫描完成",
            (_int("scanned", "已扫描"), _int("in_scope", "应扫描")),
        ),
        FactKind("penetration.reported", "渗透测试报告", (_PAPER,)),
        FactKind("drill.held", "演练", (_text("topic", "科目"), _PAPER)),
        FactKind("backup.completed", "备份完成", (_optional("place", "地点", "local", "remote"),)),
        FactKind("restore.verified", "恢复验证", (_optional("system", "系统"),)),
        # people
        FactKind("staff.announced", "驻场人员书面告知", (_PAPER,)),
        FactKind("staff.stationed", "人员进驻"),
        FactKind("staff.replacement_demanded", "要求更换人员", (_PAPER,)),
        FactKind("staff.replaced", "更换到位"),
        FactKind("staff.counted", "在岗人数", (_text("post", "岗位"), _int("present", "在岗人数"))),
        FactKind(
            "staff.absent",
            "脱岗、迟到或擅自更换",
            (_text("class", "类别", "absent", "late", "replaced"), _flag("disputed", "对方有异议")),
        ),
        FactKind(
            "training.held",
            "培训",
            (_text("topic", "科目"), _int("attended", "到场人数"), _int("expected", "应到人数")),
        ),
        # rounds, logs, reports
        FactKind(
            "reach.tested",
            "值守抽测",
            (_text("post", "岗位"), _flag("answered", "本人接听", required=True)),
        ),
        FactKind("duty_log.filed", "值守日志", (_day("for", "所记日期", required=False),)),
        FactKind(
            "inspection.done",
            "巡检",
            (
                _text("cycle", "周期", "daily", "weekly", "monthly", "quarterly", "other"),
                _int("inspected", "已检", required=False),
                _int("in_scope", "应检", required=False),
                _day("for", "所属日期", required=False),
            ),
        ),
        FactKind(
            "repair.counted",
            "故障设备维修统计",
            (_int("repaired", "已修复"), _int("faulty", "故障数")),
        ),
        FactKind(
            "archive.completed",
            "档案梳理轮次",
            (_int("photographed", "已建档"), _int("in_scope", "应建档")),
        ),
        FactKind("maintenance.completed", "设备保养轮次", (_PAPER,)),
        FactKind("plan.issued", "方案或手册", (_text("plan", "名称"), _PAPER)),
        FactKind(
            "report.delivered",
            "报告提交",
            (_text("report", "种类"), _day("for", "所属日期", required=False), _PAPER),
        ),
        FactKind("deliverable.submitted", "交付物提交", (_text("deliverable", "名称"), _PAPER)),
        # measures
        FactKind(
            "survey.closed",
            "满意度调查",
            (_int("satisfied", "满意"), _int("answered", "有效答卷", least=1)),
        ),
        FactKind(
            "outage.recorded",
            "中断记录",
            (_text("scope", "范围"), _moment("until", "恢复时刻"), _optional("cause", "原因")),
        ),
        FactKind(
            "monitoring.covered",
            "监测覆盖（证明这段时间有监测）",
            (_text("scope", "范围"), _moment("until", "覆盖到")),
        ),
        FactKind(
            "measure.taken", "指标读数", (_text("indicator", "指标"), _decimal("value", "数值"))
        ),
        FactKind(
            "indicator.judged",
            "定性指标评定",
            (_text("indicator", "指标"), _flag("met", "是否达到", required=True)),
        ),
        FactKind(
            "resource.provided", "资源交付", (_text("item", "项目"), _int("quantity", "数量"))
        ),
        # carriers, force majeure
        FactKind("carriers.demanded", "要求返还载体", (_PAPER,)),
        FactKind("carriers.returned", "返还载体", (_PAPER,)),
        FactKind("force_majeure.began", "不可抗力发生"),
        FactKind("force_majeure.notified", "不可抗力书面通知", (_PAPER,)),
        FactKind("force_majeure.proved", "不可抗力证明送达", (_PAPER,)),
        FactKind("force_majeure.ended", "不可抗力消除"),
        # corrections: new facts that name old ones
        FactKind(
            "fact.corrected",
            "更正",
            (
                _text("fact", "被更正的事实"),
                _text("reason", "理由"),
                Field("at", "更正后的时间", FieldType.AT, required=False),
            ),
        ),
        FactKind(
            "fact.withdrawn", "撤回", (_text("fact", "被撤回的事实"), _text("reason", "理由"))
        ),
    )
}


# ── reading a line ───────────────────────────────────────────────────────────────────────────────────────────────

_DAY_WIDTH = len("2026-02-09")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_TOP = frozenset({"id", "kind", "at", "subject", "data", "evidence"})
_SHA256 = re.compile(r"[0-9a-f]{64}")


def parse_at(text: object) -> date | datetime | str:
    """A day or a moment with offset; otherwise the sentence that says what is wrong."""
    if not isinstance(text, str):
        return "时间应写成文字，例如 2026-02-09 或 2026-02-09T10:30:00+08:00。"
    try:
        if (
            len(text) == _DAY_WIDTH and text[4] == text[7] == "-"
        ):  # not the week dates that ISO 8601 allows too
            return _in_living_memory(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"“{text}”不是有效的日期或时刻；请写成 2026-02-09 或 2026-02-09T10:30:00+08:00。"
    if moment.tzinfo is None and "T" not in text:
        return f"“{text}”不是有效的日期；请写成 {moment.date()}。"
    if moment.tzinfo is None:
        return f"时刻“{text}”没有时区；请补上，例如 {text}+08:00。"
    return _in_living_memory(moment)


_YEARS = range(1900, 3000)


def _in_living_memory(at: date) -> date | str:
    return at if at.year in _YEARS else f"年份 {at.year} 不在 {_YEARS[0]} 至 {_YEARS[-1]} 之间。"


def read_line(raw: bytes, index: int, place: str) -> Fact | list[Doubt]:
    """One JSON line as a fact at log place ``index``, or all that is wrong with it. ``place`` is named in doubts."""
    if len(raw) > LINE_LIMIT:
        return [
            malformed(
                place,
                f"这一行有 {len(raw)} 字节，上限是 {LINE_LIMIT} 字节。",
                "请把附件另存，行内只写摘要。",
            )
        ]
    try:
        row = _DECODER.decode(raw.decode())
    except _DuplicateKeyError as error:
        return [malformed(place, f"字段“{error}”出现了两次。", "请只保留一个。")]
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        return [
            malformed(place, f"不是有效的 JSON：{error}。", "每行写一个 JSON 对象，用 UTF-8 编码。")
        ]
    if not isinstance(row, dict):
        return [
            malformed(
                place, "不是 JSON 对象。", '请写成 {"id": …, "kind": …, "at": …, "data": {…}}。'
            )
        ]
    return _read_row(row, index, place)


class _DuplicateKeyError(ValueError):
    pass


def _no_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateKeyError(next(name for name in names if names.count(name) > 1))
    return row


def _no_constant(name: str) -> Any:
    msg = f"不接受 {name}"
    raise ValueError(msg)


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constant)


def _read_row(row: Mapping[str, Any], index: int, place: str) -> Fact | list[Doubt]:
    doubts: list[Doubt] = []

    def wrong(name: str, says: str, mend: str = "") -> None:
        doubts.append(malformed(f"{place} 字段 {name}", says, mend))

    for name in row.keys() - _TOP:
        wrong(name, "没有这个字段。", "业务字段请写进 data。")
    identity, kind_name, subject = row.get("id"), row.get("kind"), row.get("subject")
    if not (isinstance(identity, str) and identity.strip() and len(identity) <= SUBJECT_LIMIT):
        wrong("id", "缺少编号，或编号不是 1–200 字的文字。", "请给每个事实一个不重复的编号。")
    if subject is not None and not (
        isinstance(subject, str) and subject.strip() and len(subject) <= SUBJECT_LIMIT
    ):
        wrong("subject", "对象应是 1–200 字的文字。", "不需要时请整个省去。")
    at = parse_at(row.get("at"))
    if isinstance(at, str):
        wrong("at", at)
    evidence = row.get("evidence", [])
    if says := _evidence_error(evidence):
        wrong("evidence", says, "没有附件时请整个省去。")
    kind = KINDS.get(kind_name) if isinstance(kind_name, str) else None
    if kind is None:
        wrong("kind", f"没有“{kind_name}”这种事实。", _suggest(kind_name))
    data = row.get("data", {})
    if not isinstance(data, dict):
        wrong("data", "应是一个 JSON 对象。", "没有内容时写 {}。")
    elif kind is not None:
        for name in data.keys() - kind.names:
            known = "、".join(spec.name for spec in kind.fields) or "（无）"
            wrong(f"data.{name}", f"“{kind.name}”没有这个字段。", f"可用字段：{known}。")
        for spec in kind.fields:
            if says := _field_error(spec, data):
                wrong(f"data.{spec.name}", says)
        if not isinstance(at, str) and not doubts and (says := _backward(at, data.get("until"))):
            wrong("data.until", says)
    if doubts or isinstance(at, str) or kind is None or not isinstance(identity, str):
        return doubts
    return Fact(FactId(identity), kind.name, at, subject, data, index, tuple(evidence))


def _evidence_error(evidence: object) -> str:
    """What is wrong with the list of files; empty where nothing is."""
    if not isinstance(evidence, list):
        return "附件应是一列文件散列。"
    if len(evidence) > EVIDENCE_LIMIT:
        return f"附件有 {len(evidence)} 个，上限是 {EVIDENCE_LIMIT} 个。"
    for digest in evidence:
        if not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
            return f"“{str(digest)[:80]}”不是文件散列：应是 64 位小写十六进制的 SHA-256。"
    if len(set(evidence)) < len(evidence):
        return "同一个文件写了两次。"
    return ""


def _backward(at: date, until: object) -> str:
    """Why an end before its beginning is no end; empty where there is none or it lies after."""
    end = parse_at(until) if isinstance(until, str) else at
    if isinstance(end, str) or order_of(end) >= order_of(_as_written_like(at, end)):
        return ""
    return f"结束 {until} 早于开始 {at}。"


def _as_written_like(at: date, end: date) -> date:
    """The beginning as precisely as the end is known: a day is compared with a day."""
    if isinstance(at, datetime) and not isinstance(end, datetime):
        return at.astimezone(SHANGHAI).date()
    return at


def _suggest(name: object) -> str:
    near = [
        known
        for known in KINDS
        if isinstance(name, str) and known.split(".")[0] == name.split(".", maxsplit=1)[0]
    ]
    return f"相近的有：{'、'.join(near)}。" if near else "用 lvyue facts kinds 查看全部种类。"


def is_decimal(text: str) -> bool:
    """Whether a text is a plain decimal number of a bearable length."""
    return len(text) <= DECIMAL_LIMIT and _DECIMAL.fullmatch(text) is not None


def _field_error(spec: Field, data: Mapping[str, Any]) -> str:
    if spec.name not in data:
        return f"缺少“{spec.zh}”。" if spec.required else ""
    value = data[spec.name]
    match spec.type:
        case FieldType.TEXT:
            return _text_error(spec, value)
        case FieldType.INTEGER | FieldType.FEN:
            return _integer_error(spec, value)
        case FieldType.DECIMAL:
            written = value if isinstance(value, str) else str(value)[: DECIMAL_LIMIT + 1]
            plain = isinstance(value, str | int) and not isinstance(value, bool)
            if plain and is_decimal(written):
                return ""
            return f'“{spec.zh}”应是整数，或写成文字的小数，例如 "99.95"；不接受浮点数。'
        case FieldType.DAY:
            at = parse_at(value)
            return (
                at
                if isinstance(at, str)
                else ""
                if not isinstance(at, datetime)
                else f"“{spec.zh}”只写到日。"
            )
        case FieldType.MOMENT:
            at = parse_at(value)
            return (
                at
                if isinstance(at, str)
                else ""
                if isinstance(at, datetime)
                else f"“{spec.zh}”须写到时刻并带时区。"
            )
        case FieldType.AT:
            at = parse_at(value)
            return at if isinstance(at, str) else ""
        case FieldType.BOOLEAN:
            return "" if isinstance(value, bool) else f"“{spec.zh}”应是 true 或 false。"


def _text_error(spec: Field, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        return f"“{spec.zh}”应是文字，不能为空。"
    if len(value) > TEXT_LIMIT:
        return f"“{spec.zh}”有 {len(value)} 字，上限是 {TEXT_LIMIT} 字。"
    if spec.choices and value not in spec.choices:
        return f"“{spec.zh}”不能是“{value}”，只接受：{'、'.join(spec.choices)}。"
    return ""


def _integer_error(spec: Field, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        if spec.type is FieldType.FEN:
            return f"“{spec.zh}”应是整数分，例如 129920000 表示 1,299,200.00 元；不接受 {value!r}。"
        return f"“{spec.zh}”应是整数，不接受 {value!r}。"
    if abs(value) > FEN_LIMIT:
        return f"“{spec.zh}”超出可以记的范围（{FEN_LIMIT}）。"
    if spec.least is not None and value < spec.least:
        return f"“{spec.zh}”不能小于 {spec.least}，写的是 {value}。"
    return ""


# ── corrections ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Standing:
    """现存事实: the facts that stand, in log order, and those that a correction changed, with the correction."""

    facts: list[Fact]
    amended: tuple[tuple[Fact, Fact], ...]


def standing(facts: Iterable[Fact]) -> Standing:
    """The facts that stand in a log prefix, with corrections applied.

    ``fact.withdrawn`` removes the fact it names; ``fact.corrected`` moves it in time. A later correction wins, by log
    place; one that names an unknown or later fact changes nothing; a withdrawn correction is as if it had not been.
    The correcting facts themselves stay, so that a proof can name them.
    """
    ordered = sorted(facts, key=_index)
    corrections = [fact for fact in ordered if fact.kind in _CORRECTIONS]
    if not corrections:
        return Standing(ordered, ())
    undone: set[str] = set()
    amended: dict[str, Fact] = {}
    for correction in reversed(corrections):
        if correction.id in undone:
            continue
        if correction.kind == "fact.withdrawn":
            undone.add(correction.data["fact"])
        amended.setdefault(correction.data["fact"], correction)
    stand: list[Fact] = []
    changed: list[tuple[Fact, Fact]] = []
    for fact in ordered:
        last = amended.get(fact.id)
        after = _amended(fact, last)
        if after is not None:
            stand.append(after)
        if last is not None and after is not fact:
            changed.append((fact, last))
    return Standing(stand, tuple(changed))


_CORRECTIONS = frozenset(("fact.corrected", "fact.withdrawn"))


def _amended(fact: Fact, correction: Fact | None) -> Fact | None:
    """A fact as its last standing correction leaves it; None if that withdrew it."""
    if correction is None or correction.index < fact.index or fact.kind in _CORRECTIONS:
        return fact
    if correction.kind == "fact.withdrawn":
        return None
    at = parse_at(correction.data["at"]) if "at" in correction.data else fact.at
    if isinstance(at, str):
        raise TypeError(at)  # read_line lets no such correction pass
    return replace(fact, at=at)


def kind_zh(event: str) -> str:
    """The Chinese name of an event's kind, such as 收到发票 for ``invoice.received[instalment=1]``."""
    name = event.split("[", maxsplit=1)[0]
    return KINDS[name].zh if name in KINDS else event


#: What the accepted words of fields mean to people.
WORDS: Mapping[str, str] = {
    "mail": "邮件",
    "sms": "短信",
    "phone": "电话",
    "fax": "传真",
    "post": "邮寄",
    "hand": "当面",
    "wechat": "微信",
    "dingtalk": "钉钉",
    "feishu": "飞书",
    "portal": "报修网页",
    "qr": "设备二维码",
    "alert": "告警",
    "oral": "口头",
    "written": "书面",
    "incident": "故障",
    "request": "请求",
    "order": "订单",
    "daily": "每日",
    "weekly": "每周",
    "monthly": "每月",
    "quarterly": "每季",
    "local": "本地",
    "remote": "异地",
    "absent": "脱岗",
    "late": "迟到",
    "replaced": "擅自更换",
    "treasury": "财政",
    "invoice": "发票",
    "account": "账户",
    "other": "其他",
    "awaiting_user": "等待用户",
    "buyer_operation": "甲方操作",
    "power": "停电",
    "force_majeure": "不可抗力",
    "third_party": "第三方原因",
    "window": "等待变更窗口",
    "spare_part": "等待备件",
    "late_reply": "等甲方逾期未作的答复",
}


def _index(fact: Fact) -> int:
    return fact.index


# ── documentation of kinds ───────────────────────────────────────────────────────────────────────────────────────

_AT_SCHEMA: Mapping[str, Any] = {
    "type": "string",
    "description": "YYYY-MM-DD, or a moment with its offset",
    "pattern": r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$",
}

_EVIDENCE_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "description": "the SHA-256 of each file that proves the fact",
    "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "maxItems": EVIDENCE_LIMIT,
    "uniqueItems": True,
}

_SCHEMA: Mapping[FieldType, Mapping[str, Any]] = {
    FieldType.TEXT: {"type": "string", "minLength": 1},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.FEN: {"type": "integer"},
    FieldType.DECIMAL: {"type": ["string", "integer"], "pattern": r"^-?\d+(\.\d+)?$"},
    FieldType.DAY: {"type": "string", "format": "date"},
    FieldType.MOMENT: {"type": "string", "format": "date-time"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.AT: _AT_SCHEMA,
}


def schema(kind: FactKind) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line of this kind."""
    properties = {spec.name: _property(spec) for spec in kind.fields}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.zh,
        "type": "object",
        "required": ["id", "kind", "at"]
        + (["data"] if any(spec.required for spec in kind.fields) else []),
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "minLength": 1, "maxLength": SUBJECT_LIMIT},
            "kind": {"const": kind.name},
            "at": _AT_SCHEMA,
            "subject": {"type": ["string", "null"], "minLength": 1, "maxLength": SUBJECT_LIMIT},
            "data": {
                "type": "object",
                "required": [spec.name for spec in kind.fields if spec.required],
                "additionalProperties": False,
                "properties": properties,
            },
            "evidence": _EVIDENCE_SCHEMA,
        },
    }


def _property(spec: Field) -> dict[str, Any]:
    out: dict[str, Any] = {"title": spec.zh, **_SCHEMA[spec.type]}
    if spec.choices:
        out["enum"] = list(spec.choices)
    if spec.least is not None:
        out["minimum"] = spec.least
    return out
