"""体检规则，表格: sums of rows, rows twice, empty cells, units without a price, indicators without weight or target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.money import Money, UnreadableMoney
from lvyue.core.terms import Party
from lvyue.reading.paragraphs import Span
from lvyue.reading.rules import Docket, Remark, Rule, cell_span, listed
from lvyue.reading.tables import ReadRow, ReadTable

_MISMATCH, _BLANK, _DUPLICATE = DoubtKind.MISMATCH, DoubtKind.BLANK, DoubtKind.DUPLICATE

_NUMBERS = ("序号", "编号", "行号")
_QUANTITY = ("数量", "台数", "套数")
_UNIT_PRICE = ("单价",)
_LINE_PRICE = ("总价", "合价", "小计", "金额", "合计")
_UNITS = ("单位", "计量")
_TARGET = ("指标值", "目标值", "考核标准", "指标要求")
_WEIGHT = ("权重", "分值", "得分", "扣分", "评分", "满分")
_INDICATOR = ("指标",)
_NOTHING = re.compile(r"[\-—－_＿~～/／\s]*")
_PRICED_UNIT = re.compile(r"元\s*[/／每]")
_ASSESSED = re.compile(r"考核|绩效|评价")
_QUALITATIVE = re.compile(r"定性")
_RATE_NAME = re.compile(r"率|度$|完整性|完好")
_TIMES = re.compile(r"(\d+)\s*次")
#: so many rows make a list in which a repetition is worth a question
_LEAST_ROWS = 2
#: more characters than this are a text and no value
_LONGEST_VALUE = 6


def _number(text: str) -> Fraction | None:
    plain = text.replace(",", "").replace("，", "").strip()
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*[一-鿿]{0,2}", plain)
    return Fraction(found[1]) if found else None


def _money(text: str) -> Money | None:
    try:
        return Money.parse(text.strip()) if re.search(r"\d", text) else None
    except UnreadableMoney:
        return None


def _cell(row: ReadRow, column: int | None) -> str:
    return row.cells[column].text.strip() if column is not None and column < len(row.cells) else ""


def row_sums(docket: Docket) -> Iterator[Remark]:
    """Quantity times unit price, row by row; rows against the total; the total against the price."""
    for table in docket.tables:
        line = table.column(*_LINE_PRICE)
        unit = table.column(*_UNIT_PRICE)
        quantity = table.column(*_QUANTITY)
        if line is None or line == unit:
            continue
        spans = []
        for i, row in enumerate(table.rows):
            amount, price, count = (
                _money(_cell(row, line)),
                _money(_cell(row, unit)),
                _number(_cell(row, quantity)),
            )
            if row.total or amount is None or price is None or count is None:
                continue
            if price.fen * count != amount.fen:
                spans.append(cell_span(table, i, line))
        if spans:
            yield Remark(
                says=f"表“{table.title}”有 {len(spans)} 行的数量乘单价不等于总价。",
                mend="请双方书面更正。",
                safe="以行总价提示，不据此结算。",
                spans=tuple(spans),
                blocks=("price",),
            )
        yield from _total(docket, table, line)


def _total(docket: Docket, table: ReadTable, line: int) -> Iterator[Remark]:
    amounts = [
        amount
        for row in table.rows
        if not row.total and (amount := _money(_cell(row, line))) is not None
    ]
    if len(amounts) < _LEAST_ROWS:
        return
    total = Money.total(amounts)
    totals = [(i, row) for i, row in enumerate(table.rows) if row.total]
    for i, row in totals:
        printed = next((value for cell in reversed(row.cells) if (value := _money(cell.text))), None)  # fmt: skip
        if printed is not None and printed != total:
            yield Remark(
                says=f"表“{table.title}”各行合计 {total}，而合计行写 {printed}。",
                mend="请双方书面更正。",
                safe="合计待更正，不据此结算。",
                spans=(cell_span(table, i, min(line, len(row.cells) - 1)),),
                blocks=("price",),
            )
    price = docket.identity.price.figures.value
    column = table.columns[line]
    if price is not None and total != price and _prices_all(docket, table, column):
        yield Remark(
            says=f"表“{table.title}”各行合计 {total}，与合同价款 {price} 不符。",
            mend="请双方核对费用清单与合同价款。",
            safe="以合同价款为总额。",
            spans=(Span(table.element, 0, 0, (0, line)),),
            blocks=("price",),
        )


def _prices_all(docket: Docket, table: ReadTable, column: str) -> bool:
    """Whether the table is the list of what makes up the price, and no example."""
    return re.search(r"费用|报价|价款|分项", docket.about(table) + table.title + column) is not None


def counts(docket: Docket) -> Iterator[Remark]:
    """A total row that counts people or things wrongly."""
    for table in docket.tables:
        column = table.column("人数", *_QUANTITY)
        if column is None:
            continue
        numbers = [_number(_cell(row, column)) for row in table.rows if not row.total]
        values = [number for number in numbers if number is not None]
        for i, row in enumerate(table.rows):
            if not row.total or table.column(*_LINE_PRICE) is not None or len(values) < _LEAST_ROWS:
                continue
            printed = _number(_cell(row, column))
            if printed is not None and printed != sum(values, Fraction(0)):
                yield Remark(
                    says=f"表“{table.title}”合计写 {printed}，各行相加是 {sum(values, Fraction(0))}。",
                    mend="请双方更正。",
                    safe="以各行为准。",
                    spans=(cell_span(table, i, column),),
                    severity=Severity.CONFIRM,
                )


def same_rows(docket: Docket) -> Iterator[Remark]:
    """Rows with the same name and model in one list; one doubt a table."""
    for table in docket.tables:
        names = [
            i
            for i, column in enumerate(table.columns)
            if re.search(r"名称|型号|规格|系统|内容|项目|设备", column)
            and not any(word in column for word in (*_NUMBERS, "服务商"))
        ]
        if not names or table.column(*_INDICATOR) is not None:
            continue
        first: dict[tuple[str, ...], int] = {}
        twice: list[int] = []
        for i, row in enumerate(table.rows):
            key = (row.group, *(re.sub(r"\s+", "", _cell(row, column)) for column in names))
            if row.total or not any(key[1:]):
                continue
            if key in first:
                twice.extend((first[key], i))
            first.setdefault(key, i)
        if twice:
            rows = sorted(set(twice))
            yield Remark(
                says=f"表“{table.title}”有 {len(rows)} 行的名称、型号重复（第 {listed((table.rows[i].number or str(i + 1) for i in rows), 8)} 行）。",
                mend="请确认是不同的几件，还是写重了。",
                safe="分别列出，待清点。",
                spans=tuple(cell_span(table, i, names[0]) for i in rows),
            )


def empty_cells(docket: Docket) -> Iterator[Remark]:
    """A model or a number that is not there, in a column where the others have one."""
    for table in docket.tables:
        for column, name in enumerate(table.columns):
            if not re.search(r"型号|规格|数量|单价|总价|人数", name):
                continue
            empty = [
                i
                for i, row in enumerate(table.rows)
                if not row.total
                and column < len(row.cells)
                and not _cell(row, column)
                and sum(1 for cell in row.cells if cell.text.strip()) > 1
            ]
            if empty and len(empty) < len(table.rows):
                numbers = listed((table.rows[i].number or str(i + 1) for i in empty), 8)
                yield Remark(
                    says=f"表“{table.title}”第 {numbers} 行没有“{name}”。",
                    mend="请补填。",
                    safe="缺的照空，不推断。",
                    spans=tuple(cell_span(table, i, column) for i in empty),
                )


def vague_items(docket: Docket) -> Iterator[Remark]:
    """利旧设备, 其他设备: a row that names no thing."""
    for table in docket.tables:
        column = table.column("名称", "设备")
        if column is None:
            continue
        spans = tuple(
            cell_span(table, i, column)
            for i, row in enumerate(table.rows)
            if re.search(r"利旧|^其他(?:设备)?$", _cell(row, column))
        )
        if spans:
            yield Remark(
                says="有几行只写利旧或其他设备，不知是什么。",
                mend="请写明设备名称和型号。",
                safe="照列，不推断。",
                spans=spans,
            )


def restarts(docket: Docket) -> Iterator[Remark]:
    """Numbers that begin again in the same table."""
    for table in docket.tables:
        numbers = [
            (i, int(row.number.rstrip(".、")))
            for i, row in enumerate(table.rows)
            if row.number.rstrip(".、").isdecimal()
        ]
        again = [i for (_, before), (i, number) in pairwise(numbers) if number <= before]
        if again:
            yield Remark(
                says=f"表“{table.title}”的序号从第 {again[0] + 1} 行起重新开始。",
                mend="请知悉：引用某行时写明所在的部分。",
                safe="以部分和序号一起识别。",
                spans=tuple(cell_span(table, i, 0) for i in again),
            )


def units(docket: Docket) -> Iterator[Remark]:
    """A list of things with a number and no unit."""
    for table in docket.tables:
        if table.column(*_QUANTITY) is not None and table.column(*_UNITS) is None and table.column(*_UNIT_PRICE) is None:  # fmt: skip
            yield Remark(
                says=f"表“{table.title}”的数量没有单位。",
                mend="请补单位。",
                safe="按件数。",
                spans=(Span(table.element, 0, 0, (0, table.column(*_QUANTITY) or 0)),),
            )


def unit_prices(docket: Docket) -> Iterator[Remark]:
    """元/核, 元/台 as units, and no price anywhere: nothing can be added or taken away at a price."""
    for table in docket.tables:
        unit = table.column(*_UNITS)
        if unit is None or table.column(*_UNIT_PRICE, *_LINE_PRICE) is not None:
            continue
        rows = [i for i, row in enumerate(table.rows) if _PRICED_UNIT.search(_cell(row, unit))]
        if rows:
            price = docket.identity.price.figures.span
            yield Remark(
                says=f"表“{table.title}”的单位写成价格单位（{listed(_cell(table.rows[i], unit) for i in rows)}），却没有单价和计价周期，任何一项都推不出单价。",
                mend="请提供分项报价表，或写明单价和计价周期。",
                safe="只按总价结算；增减资源不计价。",
                spans=(
                    *(cell_span(table, i, unit) for i in rows[:4]),
                    *((price,) if price else ()),
                ),
                needs=("分项报价表",),
                blocks=("unit_price",),
                owner=Party.SUPPLIER,
            )


def _is_scored(docket: Docket, table: ReadTable) -> bool:
    return _ASSESSED.search(docket.about(table)) is not None


def weights(docket: Docket) -> Iterator[Remark]:
    """Indicators without weights, scores or consequence."""
    for table in docket.tables:
        if table.column(*_INDICATOR) is None or table.column(*_WEIGHT) is not None:
            continue
        scored = _is_scored(docket, table)
        where = tuple(one.span for one in docket.consideration.instalments[-1:])
        yield Remark(
            says=f"{len(table.rows)} 项指标没有权重、分值和等级，也没有写未达标的后果。",
            mend="请双方写明权重、评分和与付款的关系。",
            safe="逐项显示实测与目标，不合成总分，不影响付款。",
            spans=(Span(table.element, 0, 0, (0, 0)), *where),
            clauses=tuple(ref for ref in (table.clause,) if ref),
            severity=Severity.BLOCK if scored else Severity.NOTE,
            needs=("考核评分表",) if scored else (),
            blocks=("score",) if scored else (),
        )


def weight_sums(docket: Docket) -> Iterator[Remark]:
    """Weights that do not come to a hundred."""
    for table in docket.tables:
        column = table.column("权重", "分值", "满分")
        if column is None or table.column(*_INDICATOR) is None:
            continue
        numbers = [_number(_cell(row, column).rstrip("%％")) for row in table.rows if not row.total]
        values = [number for number in numbers if number is not None]
        total = sum(values, Fraction(0))
        if len(values) == len(numbers) >= _LEAST_ROWS and total not in (1, 100):
            yield Remark(
                says=f"各项权重合计 {total}，不是 100。",
                mend="请双方更正权重。",
                safe="逐项显示，不合成总分。",
                spans=tuple(cell_span(table, i, column) for i in range(len(table.rows))),
                blocks=("score",),
            )


def targets(docket: Docket) -> Iterator[Remark]:
    """An indicator whose target is a dash."""
    for table in docket.tables:
        target = table.column(*_TARGET)
        if target is None or table.column(*_INDICATOR) is None:
            continue
        for i, row in enumerate(table.rows):
            text = _cell(row, target)
            if row.total or not _NOTHING.fullmatch(text):
                continue
            yield Remark(
                says=f"第 {row.number or i + 1} 项指标没有指标值。",
                mend="请双方写明指标值、单位和测量方法，或删去这一项。",
                safe="这一项不能判定。",
                spans=(cell_span(table, i, target),),
                severity=Severity.BLOCK if _is_scored(docket, table) else Severity.CONFIRM,
                blocks=(f"indicator:{table.id} row {i + 1}",),
            )


def indicators(docket: Docket) -> Iterator[Remark]:
    """Qualitative, and yet a number; a text for a target; a rate without a formula."""
    for table in docket.tables:
        target, kind = table.column(*_TARGET), table.column("性质", "类型")
        unit, name = table.column(*_UNITS), table.column("指标名称", "名称", "指标")
        if target is None:
            continue
        odd = [
            i
            for i, row in enumerate(table.rows)
            if (kind is not None and _QUALITATIVE.search(_cell(row, kind)) and re.search(r"\d", _cell(row, target)))
            or (unit is not None and re.search(r"[一-鿿]", _cell(row, unit)) and len(_cell(row, target)) > _LONGEST_VALUE
                and not re.search(r"\d", _cell(row, target)))
        ]  # fmt: skip
        if odd:
            yield Remark(
                says=f"第 {listed((table.rows[i].number or str(i + 1) for i in odd), 8)} 项指标的性质、指标值与单位对不上。",
                mend="请双方写明数值、单位和测量方法。",
                safe="由人评定，不自动判定。",
                spans=tuple(cell_span(table, i, target) for i in odd),
                kind=_MISMATCH,
            )
        if table.column("计算", "方法", "公式", "口径") is None:
            rates = [
                i
                for i, row in enumerate(table.rows)
                if _RATE_NAME.search(_cell(row, name)) and re.search(r"\d", _cell(row, target))
            ]
            if rates:
                yield Remark(
                    says=f"第 {listed((table.rows[i].number or str(i + 1) for i in rates), 8)} 项比率没有计算式和统计范围。",
                    mend="请写明分子、分母、统计周期和计划内停机是否扣除。",
                    safe="按全部时间为分母显示，不认定未达标。",
                    spans=tuple(cell_span(table, i, target) for i in rates),
                )


def frequency_and_quantity(docket: Docket) -> Iterator[Remark]:
    """2次/周期 in one column, 1 in the column of quantities, and a price for one."""
    for table in docket.tables:
        often, count = table.column("频率", "频次", "频度"), table.column(*_QUANTITY)
        if often is None or count is None:
            continue
        spans = tuple(
            cell_span(table, i, often)
            for i, row in enumerate(table.rows)
            if (found := _TIMES.search(_cell(row, often)))
            and (number := _number(_cell(row, count))) is not None
            and number != int(found[1])
        )
        if spans:
            yield Remark(
                says=f"表“{table.title}”的频率与数量不同，单价是一次的还是全部的不清。",
                mend="请写明单价对应一次还是全部次数。",
                safe="按总价，不推单次的价。",
                spans=spans,
            )


RULES = (
    Rule("tables.sums", "分项与合计不符", _MISMATCH, Severity.BLOCK, row_sums),
    Rule("tables.counts", "合计数不符", _MISMATCH, Severity.CONFIRM, counts),
    Rule("tables.same_rows", "重复的行", _DUPLICATE, Severity.CONFIRM, same_rows),
    Rule("tables.empty_cells", "缺型号或数量", _BLANK, Severity.CONFIRM, empty_cells),
    Rule("tables.vague_items", "不知是什么", DoubtKind.AMBIGUOUS, Severity.CONFIRM, vague_items),
    Rule("tables.restarts", "序号重新开始", DoubtKind.NOISE, Severity.NOTE, restarts),
    Rule("tables.units", "数量没有单位", DoubtKind.SILENT, Severity.NOTE, units),
    Rule("tables.unit_prices", "有计价单位而无单价", _MISMATCH, Severity.BLOCK, unit_prices),
    Rule("tables.weights", "指标没有权重", _BLANK, Severity.NOTE, weights, Party.BUYER),
    Rule(
        "tables.weight_sums",
        "权重合计不是 100",
        _MISMATCH,
        Severity.BLOCK,
        weight_sums,
        Party.BUYER,
    ),
    Rule("tables.targets", "指标没有目标", _BLANK, Severity.CONFIRM, targets, Party.BUYER),
    Rule("tables.indicators", "指标无法测量", DoubtKind.SILENT, Severity.CONFIRM, indicators),
    Rule(
        "tables.frequency",
        "频率与数量不同",
        DoubtKind.AMBIGUOUS,
        Severity.CONFIRM,
        frequency_and_quantity,
    ),
)
