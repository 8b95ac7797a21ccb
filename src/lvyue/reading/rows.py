"""表格里的约定: a row of indicators gives a threshold, one of posts a staffing, one of resources or services an entitlement.

What a table is for is told by its columns and never by its title, so that a table of another contract reads as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from lvyue.core.clause import ClauseRef
from lvyue.core.terms import Party, TermKind
from lvyue.reading.candidates import Candidate, Certainty
from lvyue.reading.kinds import Numbers, papers_in, regular_of
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Span
from lvyue.reading.quantities import At, Bound, bounds, frequencies, time_words
from lvyue.reading.tables import ReadRow, ReadTable

_INDICATOR = ("指标名称", "考核指标", "服务指标", "指标项", "考核项目", "指标")
_VALUE = ("指标值", "目标值", "考核标准", "要求值", "标准值", "承诺值", "目标")
_SIGN = ("指标性质", "性质", "比较", "符号", "关系")
_UNIT = ("度量单位", "计量单位", "计价单位", "单位")
_POST = ("岗位", "职务", "角色", "人员类别", "人员类型", "职位")
_HEADS = ("人数", "数量", "配备数量", "人员数量")
_COUNT = ("数量", "台数", "套数")
_THING = (
    "明细内容",
    "设备名称",
    "服务项目",
    "服务内容",
    "资源名称",
    "项目名称",
    "系统名称",
    "货物名称",
    "名称",
    "内容",
    "项目",
)
_OFTEN = ("频率", "频次", "频度", "周期")
_PRICE = ("单价", "总价", "合价", "金额", "价格", "小计")
_SIGNS = {
    "≥": ">=",
    "≤": "<=",
    ">": ">",
    "<": "<",
    "=": "==",
    "不低于": ">=",
    "不高于": "<=",
    "不超过": "<=",
    "不少于": ">=",
}


def of_tables(paper: Paper) -> Iterator[Candidate]:
    """The candidates of every table that stands under a clause."""
    for table in paper.tables.values():
        node = paper.node_at(table.element)
        clause = table.clause or (node.ref if node else None)
        if clause is None or (node is not None and not node.binding):
            continue
        if _is_inventory(table):
            yield from _inventory(table, clause)
            continue
        reader = _reader_of(table)
        if reader is not None:
            for index, row in enumerate(table.rows):
                yield from reader(table, row, _ref(table, row, clause), _span(table, index))


_MODEL = ("规格", "型号", "品牌")
_LISTED_THINGS = ("系统名称", "应用名称", "设备名称", "软件名称", "资产名称")


def _is_inventory(table: ReadTable) -> bool:
    """A list of what is served: devices with their models, or systems by name; no prices, no units to draw."""
    if table.column(*_PRICE, "计量单位", *_POST, *_INDICATOR) is not None:
        return False
    thing = table.column(*_LISTED_THINGS) is not None
    return thing and (table.column(*_MODEL) is not None or table.column(*_COUNT) is None)


def _inventory(table: ReadTable, clause: ClauseRef) -> Iterator[Candidate]:
    """清单: one quantity for the whole list and one for each of its groups, not one for every device."""
    rows = [(n, row) for n, row in enumerate(table.rows) if not row.total]
    groups = list(dict.fromkeys(row.group for _, row in rows if row.group))
    counted = table.column(*_COUNT) is not None
    debtor = Party.SUPPLIER if counted else Party.BUYER
    for group in ("", *(groups if len(groups) > 1 else ())):
        inside = [(n, row) for n, row in rows if not group or row.group == group]
        if not inside:
            continue
        counts = [_whole(_cell(table, row, *_COUNT)) for _, row in inside] if counted else []
        known = [count for count in counts if count is not None]
        total = sum(known) if counted and len(known) == len(counts) else None
        name = group or table.title or "清单所列"
        yield Candidate(
            TermKind.ENTITLEMENT, clause, debtor, f"{name} {len(inside)} 行",
            (_span(table, inside[0][0]), _span(table, inside[-1][0])),
            Certainty.SURE if total is not None or not counted else Certainty.LIKELY,
            count=total if counted else len(inside), item=name,
        )  # fmt: skip


_RowReader = Callable[[ReadTable, ReadRow, ClauseRef, Span], Iterator[Candidate]]


def _reader_of(table: ReadTable) -> _RowReader | None:
    """What kind of table it is, by its columns."""
    if table.column(*_POST) is not None and table.column(*_HEADS) is not None:
        return _post
    if table.column(*_INDICATOR) is not None and table.column(*_VALUE) is not None:
        return _indicator
    if table.column(*_OFTEN) is not None and table.column(*_PRICE) is not None:
        return _service
    if table.column(*_COUNT) is not None and table.column(*_THING) is not None:
        return _resource
    return None


def _cell(table: ReadTable, row: ReadRow, *names: str) -> str:
    """The text of the best column by these names: the first name that any column has."""
    for name in names:
        column = table.column(name)
        if column is not None and column < len(row.cells):
            return row.cells[column].text.strip()
    return ""


def _ref(table: ReadTable, row: ReadRow, clause: ClauseRef) -> ClauseRef:
    """A row is cited by its number where the numbers of the table do not restart; else the clause."""
    number = re.sub(r"\D", "", row.number)
    alone = sum(one.number == row.number for one in table.rows) == 1
    table_number = re.sub(r"\D", "", table.id)
    if not number or not alone or not table_number:
        return clause
    return ClauseRef(clause.document, clause.segments, (int(table_number), int(number)))


def _span(table: ReadTable, index: int) -> Span:
    """The row as a whole is pointed at by its first cell that says something."""
    cells = table.rows[index].cells
    column = next((n for n, cell in enumerate(cells) if len(cell.text.strip()) > _NUMBERS_ONLY), 0)
    return Span(table.element, 0, len(cells[column].text) if cells else 0, (index, column))


_NUMBERS_ONLY = 2


def _words(row: ReadRow) -> str:
    return " ".join(cell.text.strip() for cell in row.cells if cell.text.strip())


def _post(table: ReadTable, row: ReadRow, ref: ClauseRef, span: Span) -> Iterator[Candidate]:
    """岗位一行: so many people in a post."""
    count = _whole(_cell(table, row, *_HEADS))
    name = _cell(table, row, *_POST) or ("合计" if row.total else "")
    if name or row.total:
        yield Candidate(
            TermKind.STAFFING, ref, Party.SUPPLIER, _words(row), (span,),
            Certainty.SURE if count is not None else Certainty.LIKELY,
            count=count, item=re.sub(r"\s+", "", name) or "合计",
        )  # fmt: skip


def _indicator(table: ReadTable, row: ReadRow, ref: ClauseRef, span: Span) -> Iterator[Candidate]:
    """指标一行: a bound, a time, a number of times, a date, or what only a person can judge."""
    if row.total:
        return
    name = _named(table, row)
    value, unit, sign = (
        _cell(table, row, *_VALUE),
        _cell(table, row, *_UNIT),
        _cell(table, row, *_SIGN),
    )
    if not name:
        return
    act = " ".join(filter(None, (name, sign, value, unit)))
    base = Candidate(
        TermKind.THRESHOLD, ref, Party.SUPPLIER, act, (span,), Certainty.SURE, item=name
    )
    yield _measured(base, name, sign, value, unit)
    for paper in papers_in(value):
        yield replace(base, kind=TermKind.DELIVERABLE, item=paper, certainty=Certainty.LIKELY)
    yield from _hours(table, row, base)
    yield from _further(table, row, base, name)


def _hours(table: ReadTable, row: ReadRow, base: Candidate) -> Iterator[Candidate]:
    """5-7个工作日 in a column of service time: at least five and at most seven."""
    spent = next(
        (t for t in time_words(f"{_cell(table, row, '服务时间', '耗时', '工期')}内") if t.value),
        None,
    )
    if spent is None or spent.value is None or spent.unit is None:
        return
    limits = [("<=", spent.value)]
    if spent.lower is not None:
        limits.append((">=", spent.lower))
    for sign, value in limits:
        bound = Bound(At(0, len(spent.raw)), spent.raw, sign, Fraction(value), spent.unit.chinese)
        yield replace(base, act=f"{base.item} {spent.raw}", bound=bound)


def _named(table: ReadTable, row: ReadRow) -> str:
    name = _cell(table, row, *_INDICATOR)
    service = _cell(table, row, "服务名称", "服务项目")
    return f"{service}{name}" if service and service not in name else name


def _measured(base: Candidate, name: str, sign: str, value: str, unit: str) -> Candidate:
    time = next((t for t in time_words(f"{value}{unit}内") if t.value is not None), None)
    if (
        time is not None
        and time.unit is not None
        and re.search(r"响应|修复|恢复|到场|到达|答复|处理", name)
    ):
        return replace(base, kind=TermKind.DEADLINE_AFTER_EVENT, limit=time, trigger="报障" if "故障" in name else "报修或申请", event="ticket.opened[class=incident]" if "故障" in name else "ticket.opened[class=request]")  # fmt: skip
    if re.search(r"\d{4}[年/.-]\d", value) and re.search(
        r"完成|交付|截止|之前|前", f"{name}{value}"
    ):
        return replace(base, kind=TermKind.DEADLINE_BEFORE_DATE, trigger=value, event="period.end")
    number = _number(value)
    if unit.strip() in ("次", "轮", "场") and number is not None and sign and "定性" not in sign:
        frequency = next(iter(frequencies(f"不少于{value}次")), None)
        return replace(base, kind=TermKind.RECURRING, frequency=frequency, count=int(number))
    if number is None and (found := next((b for b in bounds(value) if b.value is not None), None)):
        return replace(base, bound=found)
    if number is None or "定性" in sign:
        return base
    return replace(base, bound=_bound(sign, number, unit, value))


def _bound(sign: str, number: Fraction, unit: str, raw: str) -> Bound:
    operator = next(
        (code for mark, code in _SIGNS.items() if mark in sign or raw.startswith(mark)), ">="
    )
    shown = unit or ("%" if "%" in raw or "％" in raw else "")
    return Bound(At(0, len(raw)), raw, operator, number, shown.strip("-— "))


def _further(table: ReadTable, row: ReadRow, base: Candidate, name: str) -> Iterator[Candidate]:
    """频度与服务时间: further columns of a row of indicators, each a duty by itself."""
    often = _cell(table, row, *_OFTEN)
    service = _cell(table, row, "服务名称", "服务项目") or name
    if often and (regular := regular_of(often, Numbers(frequencies=tuple(frequencies(often))))):
        yield replace(base, kind=TermKind.RECURRING, act=f"{service} {often}", frequency=regular, bound=None, item=service)  # fmt: skip


def _service(table: ReadTable, row: ReadRow, ref: ClauseRef, span: Span) -> Iterator[Candidate]:
    """服务清单一行: what is served, how often, and the one item of the price list that it is."""
    if row.total:
        return
    name = _cell(table, row, "服务项目", "项目", "服务内容", *_THING)
    if not name:
        return
    often, brief = _cell(table, row, *_OFTEN), _cell(table, row, "简要内容", "内容", "说明")
    regular = regular_of(often, Numbers(frequencies=tuple(frequencies(often))))
    act = " ".join(filter(None, (name, brief, often)))
    kind = TermKind.RECURRING if regular else TermKind.DUTY
    yield Candidate(
        kind, ref, Party.SUPPLIER, act, (span,), Certainty.SURE, frequency=regular, item=name
    )
    yield from _steps(brief, ref, span)
    count = _whole(_cell(table, row, *_COUNT))
    yield Candidate(TermKind.ENTITLEMENT, ref, Party.SUPPLIER, act, (span,), Certainty.SURE, count=count, item=name)  # fmt: skip


_STEPS = re.compile(r"[,，;；]")


def _steps(brief: str, ref: ClauseRef, span: Span) -> Iterator[Candidate]:
    """The steps of a service that a cell lists (拍照存档，标签制作张贴): each can be shown by itself."""
    steps = [step.strip() for step in _STEPS.split(brief) if len(step.strip()) > _NUMBERS_ONLY]
    if len(steps) > 1:
        for step in steps:
            yield Candidate(
                TermKind.DUTY, ref, Party.SUPPLIER, step, (span,), Certainty.GUESS, item=step
            )


def _resource(table: ReadTable, row: ReadRow, ref: ClauseRef, span: Span) -> Iterator[Candidate]:
    """资源或设备一行: so many of a thing. What is drawn by a unit is the buyer's to have; what is served, the supplier's to serve."""
    if row.total:
        return
    name = _cell(table, row, *_THING)
    if not name:
        return
    count = _whole(_cell(table, row, *_COUNT))
    drawn = table.column("计量单位") is not None
    yield Candidate(
        TermKind.ENTITLEMENT, ref, Party.BUYER if drawn else Party.SUPPLIER, _words(row), (span,),
        Certainty.SURE if count is not None else Certainty.LIKELY, count=count, item=name,
    )  # fmt: skip
    yield from _inside(name, ref, span)


def _inside(name: str, ref: ClauseRef, span: Span) -> Iterator[Candidate]:
    """A bound or a watch that stands in the name of a resource: 主频不低于2.4GHz, 7*24小时值守."""
    for bound in bounds(name):
        kind = TermKind.DUTY if bound.around_the_clock else TermKind.THRESHOLD
        if bound.around_the_clock or bound.value is not None:
            yield Candidate(kind, ref, Party.SUPPLIER, name, (span,), Certainty.LIKELY, bound=bound, item=name)  # fmt: skip


def _whole(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,9})(?:\.0+)?", text.replace(",", "").strip())
    return int(found[1]) if found else None


def _number(text: str) -> Fraction | None:
    found = re.fullmatch(
        r"[≥≤<>＝=]?\s*(\d{1,9}(?:\.\d{1,6})?)\s*[%％]?", text.replace(",", "").strip()
    )
    return Fraction(found[1]) if found else None
