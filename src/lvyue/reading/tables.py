"""表格: grids, and rows typed with tabs, become tables with heads, groups and rows; nothing printed is lost.

A head of two rows is flattened to 上级/下级; a group row (一、…清单) names the rows under it; a merged cell is carried down;
row numbers may restart under a group; a total row is kept and marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lvyue.core.clause import ClauseRef
from lvyue.reading.outline import Node, Outline
from lvyue.reading.paragraphs import Paragraph, RawTable, Text
from lvyue.reading.source import Place
from lvyue.reading.squares import Band, Square, bands


@dataclass(frozen=True, slots=True)
class ReadCell:
    """单元格: its text on one line, where it stands, and whether it was carried down from a merged cell above."""

    text: str
    place: Place
    carried: bool = False


@dataclass(frozen=True, slots=True)
class ReadRow:
    """表格行: its printed number (empty where none is), the group it stands under, its cells column by column, and whether it is a total."""

    number: str
    group: str
    cells: tuple[ReadCell, ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class ReadTable:
    """读出的表: ``T1``, ``T2`` … in the order of the paper; the clause it stands under; columns as printed; rows.

    A table without a head, such as labels with their values, has columns without names.
    """

    id: str
    element: int
    clause: ClauseRef | None
    title: str
    columns: tuple[str, ...]
    rows: tuple[ReadRow, ...]

    def column(self, *names: str) -> int | None:
        """The first column whose name contains one of these, the earlier names first; None where no column does.

        Of a head of two rows the lower name counts before the upper one.
        """
        lower = tuple(column.rpartition("/")[2] for column in self.columns)
        for columns in (lower, self.columns):
            for name in names:
                for index, column in enumerate(columns):
                    if name in column:
                        return index
        return None


#: tables by the element they are
Tables = Mapping[int, ReadTable]


def read_tables(text: Text, outline: Outline) -> dict[int, ReadTable]:
    """Every table of a text, by the element it is."""
    out: dict[int, ReadTable] = {}
    for element, raw in enumerate(text.elements):
        if isinstance(raw, RawTable) and (rows := bands(text, raw)):
            out[element] = _read(rows, f"T{len(out) + 1}", element, text, outline)
    return out


def _read(rows: list[Band], name: str, element: int, text: Text, outline: Outline) -> ReadTable:
    head = _head(rows)
    body = [row for row in rows[head.end :] if not head.repeats(row)]
    kept = [
        column
        for column in range(len(rows[0].squares))
        if head.columns[column] or any(row.squares[column].text for row in body)
    ]
    index = outline.at.get(element)
    node = None if index is None else outline.nodes[index]
    return ReadTable(
        name,
        element,
        node.ref if node else None,
        head.title or _title(text, outline, element, node),
        tuple(head.columns[column] for column in kept),
        tuple(_rows(body, head, kept)),
    )


# ------------------------------------------------------------------------------------------- the head

_NUMBER_NAMES = re.compile(r"序号|编号|项次|行号|号|No\.?|NO\.?|#|项目编号|序", re.IGNORECASE)
#: words that name columns and are seldom what a column holds
_COLUMN_WORDS = (
    "序号|编号|名称|数量|单位|规格|型号|内容|备注|单价|总价|合价|金额|费用|价格|岗位|人数|指标|频率|频次|频度|周期|职责|要求|标准"
    "|时间|时限|项目|比例|等级|得分|权重|分值|评分|扣分|类别|分类|类型|说明|日期|责任|方式|地点|品牌|参数|配置|用途|级别|阶段|成果|姓名|职务"
    "|职称|资质|证书|电话|目标|环节|方法|依据|条款|来源|小计|合计|税率|描述|期限|结果|性质|明细|系统"
)
_COLUMN_WORD = re.compile(_COLUMN_WORDS)
_FIGURE = re.compile(r"[¥￥]?[-0-9.,，%＋+]{1,30}")
_LONGEST_NAME = 20
_ROWS_BEFORE_HEAD = 12


@dataclass(frozen=True, slots=True)
class _Head:
    """表头: names of the columns, the first row of the body, the column of row numbers, a title row above it."""

    columns: tuple[str, ...]
    end: int
    number: int | None
    title: str
    printed: frozenset[tuple[str, ...]]

    def repeats(self, row: Band) -> bool:
        """Whether a row is the head once more, as papers print it on every page."""
        return _texts(row) in self.printed


def _texts(row: Band) -> tuple[str, ...]:
    return tuple(square.text for square in row.squares)


def _head(rows: Sequence[Band]) -> _Head:
    """The head of a table; of a form with a table in it that of the table, for the form itself is read with the outline."""
    width = len(rows[0].squares)
    first, title = 0, ""
    while first < min(len(rows), _ROWS_BEFORE_HEAD) and not _is_head(rows, first):
        if len(rows[first].filled()) == 1:
            title = _unnumbered(rows[first].squares[rows[first].filled()[0]].text)
        elif not _has_box(rows[first]) and not _form_above(rows, first):
            first = len(rows)
            break
        first += 1
    if first >= len(rows) or not _is_head(rows, first):
        names = ("",) * width
        return _Head(names, 0, _number_column(names, rows), "", frozenset())
    end = first + _depth(rows, first)
    names = _names(rows[first:end])
    printed = frozenset(_texts(row) for row in rows[first:end])
    return _Head(names, end, _number_column(names, rows[end:]), _bare_title(title), printed)


def _has_box(row: Band) -> bool:
    return any("checkbox" in square.text or "□" in square.text for square in row.squares)


def _form_above(rows: Sequence[Band], index: int) -> bool:
    """Rows without boxes inside a form that has them."""
    return any(_has_box(row) for row in rows[:index])


def _is_head(rows: Sequence[Band], index: int) -> bool:
    """Names of columns: a column of row numbers, or short words that name rather than tell."""
    row = rows[index]
    names = [row.squares[i].text for i in row.filled()]
    if len(names) < 2 or any(_FIGURE.fullmatch(name) for name in names) or _is_total(row):  # noqa: PLR2004
        return False
    if any(_NUMBER_NAMES.fullmatch(name) for name in names[:2]):
        return True
    if any(
        len(name) > _LONGEST_NAME or name.endswith(("：", ":", "。")) for name in names
    ) or _has_box(row):
        return False
    width = len(row.squares)
    if not row.squares[0].text:
        # 项目 left out above the labels: 甲方 and 乙方 beside each other
        return len(names) == width - 1 and index == 0 and len(rows) > 1
    telling = sum(1 for name in names if _COLUMN_WORD.search(name))
    if width == 2:  # noqa: PLR2004 - labels and values look like a head of two names
        return telling == width and len(rows) > 1 and index == 0 and not _labels_below(rows)
    if index + 1 == len(rows):  # a head and nothing below it: a table that nobody filled in
        return telling == len(names) == width
    return telling * 2 >= len(names) and len(names) * 2 > width


def _labels_below(rows: Sequence[Band]) -> bool:
    """Whether the first column goes on naming things, as in 开户名称/开户行/账号."""
    below = [row.squares[0].text for row in rows[1:]]
    return sum(1 for name in below if _COLUMN_WORD.search(name)) * 2 > len(below)


def _depth(rows: Sequence[Band], first: int) -> int:
    """How many rows the head has: as many as its highest merged cell, or two where the second fills its gaps."""
    spanned = max(square.high for square in rows[first].squares)
    if spanned > 1:
        return min(spanned, len(rows) - first)
    if first + 1 < len(rows) and _is_second(rows[first], rows[first + 1]):
        return 2
    return 1


def _is_second(upper: Band, lower: Band) -> bool:
    """The lower half of a head whose merged cells became empty ones."""
    gaps = [i for i, square in enumerate(upper.squares) if not square.is_filled]
    filled = lower.filled()
    if not gaps or len(filled) < 2 or lower.squares[0].is_filled:  # noqa: PLR2004
        return False
    if any(
        _FIGURE.fullmatch(lower.squares[i].text) or len(lower.squares[i].text) > _LONGEST_NAME
        for i in filled
    ):
        return False
    return set(gaps) <= set(filled) and all(i in gaps or i + 1 in gaps for i in filled)


def _names(head: Sequence[Band]) -> tuple[str, ...]:
    """The name of each column, upper and lower joined by a stroke."""
    parts: list[list[str]] = [[] for _ in head[0].squares]
    for depth, row in enumerate(head):
        reach = ""
        for column, square in enumerate(row.squares):
            beneath = depth + 1 < len(head) and head[depth + 1].squares[column].is_filled
            reach = square.text or (reach if beneath else "")
            if reach and reach not in parts[column]:
                parts[column].append(reach)
    return tuple("/".join(part) for part in parts)


def _number_column(names: Sequence[str], body: Sequence[Band]) -> int | None:
    for column, name in enumerate(names[:2]):
        if _NUMBER_NAMES.fullmatch(name):
            return column
    # a first column without a name that counts is one as well
    counted = [row.squares[0].text for row in body if len(row.filled()) > 1]
    if counted and not names[0] and all(_ROW_NUMBER.fullmatch(one) for one in counted):
        return 0
    return None


# ------------------------------------------------------------------------------------------- the rows

_ROW_NUMBER = re.compile(
    r"[(（]?(?:[0-9]{1,4}(?:[.-][0-9]{1,3}){0,3}|[一二三四五六七八九十百]{1,4}|[①-⑳])[)）.、．]?"
)
_TOTAL = re.compile(
    r"(?:合计|总计|总价|小计|共计|总金额|合计金额|总额|总费用|费用合计|合价)(?:金额)?"
    r"(?=$|[^一-鿿]|人民币|大写|小写|金额|[壹贰叁肆伍陆柒捌玖]|[一二三四五六七八九十]{1,4}[项台套人个分])"
)
_SUBTOTAL = "小计"
_GROUP = re.compile(
    r"[(（]?(?:[一二三四五六七八九十]{1,3}|[A-Z]|[IVX]{1,4}|第[一二三四五六七八九十]{1,3}(?:部分|类|包|批))[)）、.．\s]"
)
_WIDE = 3
_NOTE = re.compile(r"(?:备注|注|说明|附注)[0-9]?[:：]")


def _rows(body: Sequence[Band], head: _Head, kept: Sequence[int]) -> Iterator[ReadRow]:
    group = ""
    carrying = _carried_columns(body, head)
    above: dict[int, Square] = {}
    for row in body:
        if (name := _group_of(row, head)) is not None:
            group, above = name, {}
            continue
        total = _is_total(row)
        if total:
            above = {}
        filled_in = row.squares if total else _carried(row, carrying, above)
        under = group or (filled_in[carrying[0]].text if carrying and not total else "")
        if total and _SUBTOTAL not in "".join(_texts(row)[:3]):
            under = ""
        yield ReadRow(
            "" if total else _number(row, head),
            under,
            tuple(_cell(filled_in[column]) for column in kept),
            total,
        )


def _cell(square: Square) -> ReadCell:
    return ReadCell("" if square.covered else square.text, square.place, square.carried)


def _is_total(row: Band) -> bool:
    """The label of a total stands in the first or second cell that is filled."""
    return any(_TOTAL.match(row.squares[i].text) for i in row.filled()[:2])


def _group_of(row: Band, head: _Head) -> str | None:
    """What a row names for those under it; None where it is a row itself."""
    filled = row.filled()
    if len(filled) != 1 or _is_total(row):
        return None
    square, width = row.squares[filled[0]], len(row.squares)
    if _NOTE.match(square.text) or _FIGURE.fullmatch(square.text) or square.carried:
        return None
    if filled[0] > (1 if head.number == 0 else 0):
        return None
    whole = square.wide == width and width > 1
    if whole or _GROUP.match(square.text):
        return square.text
    # labels without a value are no groups: a table of two columns, or one without a head, has such
    tells = width >= _WIDE and any(head.columns) and square.high == 1 and filled[0] == 0
    return square.text if tells else None


def _number(row: Band, head: _Head) -> str:
    if head.number is None:
        return ""
    square = row.squares[head.number]
    return "" if square.carried or square.covered else square.text


def _carried_columns(body: Sequence[Band], head: _Head) -> list[int]:
    """Columns whose empty cells mean the cell above: the first after the numbers, while the next is never empty with it.

    An empty model or remark stays empty: it has something more to the left that is filled.
    """
    if not any(head.columns):
        return []
    rows = [row for row in body if _group_of(row, head) is None and not _is_total(row)]
    out: list[int] = []
    start = 0 if head.number is None else head.number + 1
    for column in range(start, len(head.columns) - 1):
        merged = [
            row for row in rows if not row.squares[column].text or row.squares[column].carried
        ]
        if (
            not merged
            or not rows[0].squares[column].text
            or not all(row.squares[column + 1].text for row in merged)
            or any(_FIGURE.fullmatch(row.squares[column].text) for row in rows)
        ):
            break
        out.append(column)
    return out


def _carried(row: Band, columns: Sequence[int], above: dict[int, Square]) -> tuple[Square, ...]:
    """The row with what stands above in its empty cells; a new value ends what is carried to its right."""
    squares = list(row.squares)
    for column in columns:
        square = squares[column]
        if square.text and not square.carried:
            above[column] = square
            for right in [key for key in above if key > column]:
                del above[right]
        elif not square.text and column in above:
            squares[column] = Square(above[column].text, above[column].place, carried=True)
    return tuple(squares)


# ------------------------------------------------------------------------------------------- the title

_CAPTION = re.compile(
    r"(?:附?表\s*(?:[0-9一二三四五六七八九十]{0,3}(?:[-.][0-9]{1,2})?)\s*[:：.、]?)\s*"
)
_UNIT_LINE = re.compile(r"[(（]?\s*(?:金额|货币|计量)?单位\s*[:：]")
_LONGEST_TITLE = 40


def _title(text: Text, outline: Outline, element: int, node: Node | None) -> str:
    """The short line above a table, else the heading of its clause or of one around it."""
    for before in range(element - 1, max(-1, element - 3), -1):
        paragraph = text.elements[before]
        if not isinstance(paragraph, Paragraph):
            break
        if _UNIT_LINE.match(paragraph.text):
            continue
        if short := _short(_words(paragraph, outline, before)):
            return short
        break
    while node is not None:
        if short := _short(node.text):
            return short
        node = None if node.parent is None else outline.nodes[node.parent]
    return ""


def _words(paragraph: Paragraph, outline: Outline, element: int) -> str:
    """A paragraph without its number."""
    index = outline.at.get(element)
    node = None if index is None else outline.nodes[index]
    own = node is not None and node.elements[:1] == (element,)
    return paragraph.text[node.begins :] if node is not None and own else paragraph.text


def _short(words: str) -> str:
    words = words.strip()
    if not words or len(words) > _LONGEST_TITLE or words.endswith(("。", "；", ";")):
        return ""
    return _bare_title(words.rstrip("：:"))


def _unnumbered(words: str) -> str:
    """三、验收内容 without its number."""
    found = _GROUP.match(words)
    return words[found.end() :].strip() if found else words


def _bare_title(words: str) -> str:
    found = _CAPTION.match(words)
    return words[found.end() :] if found and found.end() < len(words) else words
