"""样式页: every part of every page in every state, drawn by the same templates from values that are built here.

What follows from a contract is reckoned from two shipped releases and their invented logs, so it can never say what no
page would say; what must show each of its states is built by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.accounts.permissions import Ruling
from lvyue.core.calendar import Span, deadline
from lvyue.core.doubts import DoubtId, Severity, malformed
from lvyue.core.facts import Fact, FactId, read_line
from lvyue.core.money import Money
from lvyue.core.statement import Statement, state
from lvyue.core.terms import Parameter, ParameterId, Party, TermId, TermKind
from lvyue.library.loader import load
from lvyue.obligations.card import BrokenCard, Purse, Stage, Term, card_of
from lvyue.obligations.desk import DeskDoubt, StoppedMoney
from lvyue.obligations.difference import Difference, difference_of
from lvyue.obligations.drafting import Choice
from lvyue.obligations.marks import BY_KEY, MARKS, Count, Mark
from lvyue.obligations.queries import calendar
from lvyue.obligations.reason import Change, TermReason, reason_of
from lvyue.obligations.screen import (
    Chapter,
    ClauseRow,
    ContractScreen,
    DoubtView,
    Filter,
    Imprint,
    Note,
    OutlineNode,
    OutlinePart,
    Stake,
    screen_of,
)
from lvyue.obligations.strip import Strip, strip_of
from lvyue.settlements.paper import paper_of
from lvyue.settlements.sheet import SettlementSheet, sheet_of
from lvyue.web.controls import controls_of
from lvyue.web.icons import ICONS
from lvyue.web.views.contracts import Recording
from lvyue.web.views.facts import Input

#: The contracts that the examples are reckoned from, and the day on which they are.
BUSY, MONEY = "security-support-2026", "video-conference-2022"
BUSY_DAY, MONEY_DAY = date(2026, 11, 21), date(2022, 12, 31)

LONG = "中华人民共和国国家标准信息技术服务运行维护服务能力成熟度模型与等级保护测评及商用密码应用安全性评估综合保障服务项目"


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """样式页. No contract is needed to see it, and nothing on it can be sent anywhere."""
    context = {**_examples(), "controls": controls_of(request.GET, clock.today()), "known": 400}
    return render(request, "web/styleguide.html", {**context, "form": _form()})


@lru_cache(maxsize=1)
def _examples() -> Mapping[str, Any]:
    """Everything but the forms, reckoned once."""
    busy = _statement(BUSY, BUSY_DAY)
    earlier = _statement(BUSY, date(2026, 9, 20))
    money = sheet_of(_statement(MONEY, MONEY_DAY), demonstration=True)
    reason = _reason(busy, "hazard-rectified")
    return {
        "contract_id": BUSY,
        "marks_shown": [Count(mark, place * 7 + 1) for place, mark in enumerate(MARKS)],
        "severities": [*Severity],
        "icons": sorted(ICONS),
        "sums": [Money(0), Money(1), Money(116_610_780), Money(-5_661_078), Money(10**14), None],
        "days": [date(2026, 2, 28), date(2026, 2, 17), date(2026, 10, 8), date(2026, 11, 21)],
        "long": LONG,
        "screen": _screen(busy),
        "cards": _cards(busy),
        "periods": _periods(),
        "unknown_purse": _unknown_purse(),
        "strips": _strips(),
        "reason": reason,
        "record": Recording(_served(reason), pending=True, ruling=Ruling(allowed=True)),
        "refused": Recording(
            _served(reason),
            pending=True,
            ruling=Ruling(allowed=False, reason="这件事应由乙方登记；您是甲方项目负责人。"),
        ),
        "changes": (Change("双方签署文书，写明服务期限。", doubt="blank-period"),),
        "doubts": _doubts(),
        "desk": _desk(),
        "table": {
            "name": "手册里的表",
            "heads": ("事项", "谁办"),
            "rows": (("付款", "甲方"), (LONG, "乙方")),
        },
        "problems": [malformed("第 3 行", "金额“12,34”读不懂。", "请写成 1,234.00 的样子。")],
        "parameter": Parameter(
            id=ParameterId("example"),
            clauses=(),
            says="可用率指标",
            unit="%",
            owner=Party.BUYER,
            source="双方签署的考核办法",
        ),
        "sheet": money,
        "instalments": _instalments(money),
        "difference": _difference(earlier, busy),
        "groups": paper_of(busy, demonstration=True, known_at=None).groups[:3],
        "wordings": [
            {"what": "更改", "where": "第二期", "before": "15 个工作日", "after": "30 日"}
        ],
        "inputs": _inputs(),
    }


# ── reckoned from shipped releases ───────────────────────────────────────────────────────────────────────────────


def _statement(contract_id: str, as_of: date) -> Statement:
    facts = _facts(contract_id)
    return state(load(contract_id), facts, calendar(), as_of, size=len(facts), root="0" * 64)


@lru_cache(maxsize=2)
def _facts(contract_id: str) -> list[Fact]:
    log = resources.files("lvyue.library") / "demonstration" / f"{contract_id}.jsonl"
    lines = enumerate(log.read_bytes().splitlines())
    read = [read_line(line, index, contract_id) for index, line in lines]
    return [fact for fact in read if isinstance(fact, Fact)]


def _reason(statement: Statement, term: str) -> TermReason:
    found = reason_of(statement, term, demonstration=True)
    if found is None:
        raise LookupError(term)
    return found


def _served(reason: TermReason) -> Any:
    return reason.worst.serves if reason.worst is not None else None


def _difference(before: Statement, after: Statement) -> Difference:
    whole = difference_of(before, after)
    return replace(whole, findings=whole.findings[:6], money=whole.money[:4], reworded=())


def _instalments(sheet: SettlementSheet) -> tuple[Any, ...]:
    return sheet.instalments[:2]


# ── built to show every state ────────────────────────────────────────────────────────────────────────────────────


def _screen(statement: Statement) -> ContractScreen:
    """A paper with a note of each mark, loud, calm and quiet, with and without a text of its own."""
    whole = screen_of(statement, demonstration=True)
    loud = ClauseRow(
        anchor="c-example-1",
        ref="main 1",
        label="一",
        heading="每一种标记",
        level=3,
        cells=(),
        notes=tuple(_note(mark) for mark in MARKS),
        doubts=(_doubts()[0], _doubts()[1]),
        root="c-example-1",
        title="服务与标准",
        paragraphs=(
            "乙方应当自收到甲方书面通知之日起三个工作日内完成整改，并将结果书面告知甲方。",
            "本条的其他事项，由双方另行约定。",
        ),
    )
    long = replace(
        loud, anchor="c-example-2", label="1.1", level=4, title="", heading=LONG, doubts=()
    )
    row = replace(
        loud,
        anchor="c-example-3",
        label="表 1 第 2 行",
        level=0,
        cells=("主机杀毒", "元/台", "260"),
        notes=(_note(BY_KEY["met"], term="row"),),
        doubts=(),
        paragraphs=(),
        table="数量表",
    )
    quiet = _note(BY_KEY["not_due"], term="quiet")
    rows = (
        loud,
        replace(long, notes=(replace(quiet, due=None, quiet=True), _paying(), _far())),
        row,
    )
    return replace(
        whole,
        imprint=Imprint("示例.txt", "0" * 64, ours=True),
        chapters=(Chapter("d-example", "示例合同", rows),),
        outline=(
            OutlinePart(
                "d-example",
                "示例合同",
                (
                    OutlineNode("c-example-1", "一", "服务与标准", whole.marks[:3], 2),
                    OutlineNode("c-example-2", "1.1", LONG, (), 0),
                ),
            ),
        ),
        doubts=(),
        strays=(),
        shown=Filter(words="整改"),
        notes=len(MARKS) + 4,
    )


def _note(mark: Mark, term: str = "") -> Note:
    return Note(
        term=TermId(f"example-{term or mark.key}"),
        says="收到通知后三个工作日内完成整改",
        en="Rectify within three working days",
        kind=TermKind.DEADLINE_AFTER_EVENT,
        party=Party.SUPPLIER,
        mark=mark,
        text=mark.means,
        detail="",
        due=date(2026, 12, 15) if mark.key == "not_due" else None,
        opens=None,
        provisional=False,
        doubts=1 if mark.key == "not_decidable" else 0,
        blocked=mark.key == "not_decidable",
        quiet=mark.key == "not_triggered",
        facts=2 if mark.key in ("met", "late", "missed") else 0,
        stake=None,
    )


def _paying() -> Note:
    stake = Stake("第二期", Money(116_610_780), most=True, state="not_triggered", word="待验收通过")
    return replace(_note(BY_KEY["not_due"], term="paying"), kind=TermKind.PAYMENT, stake=stake)


def _far() -> Note:
    far = _note(BY_KEY["not_due"], term="far")
    return replace(far, opens=date(2031, 11, 20), due=date(2031, 12, 20), provisional=True)


def _doubts() -> tuple[DoubtView, ...]:
    """One of each severity, and one that is settled."""
    every = [
        DoubtView(
            id=DoubtId(f"example-{severity.value}"),
            kind="空白",
            severity=severity,
            places=(("c-example-1", "main 1"),),
            says=f"服务期限一栏为空白（{severity.zh}）",
            safe="按双方签署的日期起算，不推定到期日",
            mend="由甲方补充书面文件",
            owner="甲方",
            needs=("期限确认书",),
            blocks=((TermId("first-payment"), "首期付款"),) if severity is Severity.BLOCK else (),
            settled_by="",
            settled_on=None,
        )
        for severity in Severity
    ]
    settled = replace(
        every[1],
        id=DoubtId("example-settled"),
        settled_by="补充协议一",
        settled_on=date(2026, 6, 1),
    )
    return (*every, settled)


def _desk() -> tuple[DeskDoubt, ...]:
    """A doubt that stops money, and one that a fact has raised."""
    stops, asks = _doubts()[:2]
    stopped = (
        StoppedMoney(TermId("first-payment"), 1, Money(129_920_000)),
        StoppedMoney(TermId("final-payment"), 2, None),
    )
    return (
        DeskDoubt(stops, (), stopped, (), raised=False, pending=()),
        DeskDoubt(asks, (), (), (FactId("demo-001"),), raised=True, pending=()),
    )


def _cards(statement: Statement) -> tuple[Any, ...]:
    doubt = malformed("release.yaml 第 12 行", "缺少字段 price。", "请补上合同价款。")
    card = card_of(statement, demonstration=True)
    return card, replace(card, title=LONG, alarms=(), coming=()), BrokenCard("broken", "读不出的合同", demonstration=False, broken=(doubt,) * 5)  # fmt: skip


def _periods() -> tuple[Term, ...]:
    start, end = date(2026, 1, 20), date(2026, 12, 31)
    return (
        Term(Stage.UNDATED, None, None, None, None, 0),
        Term(Stage.BEFORE, start, end, 0, 346, 0),
        Term(Stage.RUNNING, start, end, 173, 346, 500),
        Term(Stage.OVER, start, end, 346, 346, 1000),
    )


def _unknown_purse() -> Purse:
    nought = Money(0)
    return Purse(Money(185_600_000), "", nought, None, nought, nought, 2, nought, ())


def _strips() -> tuple[tuple[str, Strip | None], ...]:
    """A strip with a festival and make-up days, one with a gap and a roll-over, one that is provisional, one in hours."""
    days = calendar()
    spans = (
        ("节假日与调休", date(2026, 2, 10), "10 working-days"),
        ("中间省略，末日顺延", date(2026, 1, 5), "180 calendar-days"),
        ("暂定", date(2031, 9, 24), "10 working-days"),
    )
    return tuple(
        (says, strip_of(deadline(start, Span.parse(span), days))) for says, start, span in spans
    )


def _inputs() -> tuple[Input, ...]:
    channels = (Choice("mail", "邮件"), Choice("sms", "短信"))
    whole = Input(
        "data.instalment", "期次", "text", required=True, value="1", help="写数字，如 1。"
    )
    return (
        whole,
        replace(
            whole,
            name="data.amount_fen",
            label="金额",
            value="12,34",
            help="",
            error="“12,34”不是金额；请写成 1,234.00 的样子。",
        ),
        replace(
            whole,
            name="data.channel",
            label="渠道",
            control="select",
            required=False,
            value="mail",
            help="",
            choices=channels,
        ),
        replace(whole, name="data.reason", label="理由", control="area", value=LONG, help=""),
    )


class ExampleForm(forms.Form):
    """示例表单: one field of each kind; what is typed into it goes nowhere."""

    number = forms.CharField(label="文书编号", help_text="写在文书右上角，如 2026-017。")
    day = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label="种类", choices=[("a", "补充协议"), ("b", "会议纪要")])
    reason = forms.CharField(
        label="理由", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=20
    )


def _form() -> ExampleForm:
    """The form as it comes back: two fields are wrong, and something is wrong with the whole."""
    form = ExampleForm({"number": "", "day": "", "kind": "a", "reason": "已经说明"})
    form.add_error(None, "同一天已经有一份同样的文书；请改日期，或打开那一份。")
    return form
