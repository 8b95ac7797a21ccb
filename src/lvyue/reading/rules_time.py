"""体检规则，时间: dates that contradict each other, periods that do not meet, times without a beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.terms import Party
from lvyue.reading.paragraphs import Span
from lvyue.reading.quantities import Direction
from lvyue.reading.rules import Docket, Remark, Rule, cell_span, listed, spans_of

_AMBIGUOUS, _CONTRADICTING = DoubtKind.AMBIGUOUS, DoubtKind.CONTRADICTING

_YEAR = re.compile(r"20\d\d(?=\s*年)")
_DAY = re.compile(
    r"(20\d\d)\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*日?\s*(?:起|以后|之后|后)"
)
_WORKING = re.compile(r"工作日")
_PLAIN_DAYS = re.compile(r"(?:\d+|[一二三四五六七八九十]{1,3})\s*(?:日|天)(?:之|以)?内|(?:前|提前)\s*(?:\d+|[一二三四五六七八九十]{1,3})\s*(?:日|天)(?!内)")  # fmt: skip
_CALENDAR_SAID = re.compile(r"自然日|日历日|日历天")
_COVER = re.compile(
    r"(?:保修|维保|质保|质量保证|质量保修|免费维护)(?:服务)?期?[^。；\n]{0,14}?(?<!\d)(\d{1,3}|[一二三四五六七八九十])\s*(年|个月|月)(?!\s*\d)|(?<!\d)(\d{1,3}|[一二三四五六七八九十])\s*(年|个月)[^。；，\n]{0,16}(?:保修|维保|质保)"
)
_COUNT_PER_YEAR = re.compile(r"(?:每年|全年|年度)[^，。；\n]{0,40}(?:次|%|％|率)")
_BARE_MONTHS = re.compile(r"\d{1,2}\s*月")
_HAN = "零一二三四五六七八九十"
_FROM_SIGNING = re.compile(r"签(?:订|署)|生效")
_FULL_YEAR = 364


def ends_before_start(docket: Docket) -> Iterator[Remark]:
    period = docket.identity.period
    if period.start.value and period.end.value and period.end.value < period.start.value:
        yield Remark(
            says=f"服务期限的截止日 {period.end.value} 早于起始日 {period.start.value}。",
            mend="请双方书面更正起止日期。",
            spans=tuple(one.span for one in (period.start, period.end) if one.span),
            blocks=("period",),
        )


def signed_after_start(docket: Docket) -> Iterator[Remark]:
    """Service began before anybody had signed, or a side signed long after the other."""
    start = docket.identity.period.start
    days = [found for found in docket.identity.signed.values() if found and found.value]
    if not days or start.value is None:
        return
    last = max(found.value for found in days if found.value)
    # A period that is reckoned from the signature cannot begin before it.
    if last > start.value and not _FROM_SIGNING.search(docket.identity.period.start_rule):
        yield Remark(
            says=f"服务期自 {start.value} 起，而最后签署在 {last}，之前的日子合同还没有效力。",
            mend="请双方书面确认签署前的服务是否按本合同结算。",
            safe="签署前的服务只记录，不认定违约。",
            spans=tuple(found.span for found in (start, *days) if found.span),
        )


def two_signatures(docket: Docket) -> Iterator[Remark]:
    """A period from the signature, and two days of signature."""
    rule = docket.identity.period.start_rule
    found = {
        one.value: one for one in docket.identity.signed.values() if one and one.value is not None
    }
    if len(found) > 1 and _FROM_SIGNING.search(rule):
        days = "、".join(str(day) for day in sorted(found))
        start = docket.identity.period.start
        yield Remark(
            says=f"期限从签订起算，而双方署了不同的日期（{days}），签订之日是哪一天没有说明。",
            mend="请双方写明签订之日。",
            safe="以最后一方签署之日为准。",
            spans=tuple(one.span for one in (start, *found.values()) if one.span),
            clauses=(),
        )


def title_year(docket: Docket) -> Iterator[Remark]:
    """The title says one year, the period another."""
    title, period = docket.identity.title, docket.identity.period
    years = {int(year) for year in _YEAR.findall(title.value or "")}
    start, end = period.start.value, period.end.value
    if not years or start is None or end is None:
        return
    if not years & set(range(start.year, end.year + 1)):
        yield Remark(
            says=f"标题写 {listed(str(year) for year in sorted(years))} 年，而服务期限是 {start} 至 {end}。",
            mend="请双方确认服务年度。",
            safe=f"按期限条款 {start} 至 {end}。",
            spans=tuple(one.span for one in (title, period.start) if one.span),
        )
    elif max(years) < end.year:
        yield Remark(
            says=f"标题写 {max(years)} 年，而服务期限到 {end}，跨到下一年。",
            mend="请双方确认各年的预算和付款。",
            safe=f"按期限条款到 {end}。",
            spans=tuple(one.span for one in (title, period.end) if one.span),
            severity=Severity.NOTE,
        )


def _length(docket: Docket) -> int | None:
    period = docket.identity.period
    if period.start.value is None or period.end.value is None:
        return None
    return (period.end.value - period.start.value).days + 1


def yearly_in_short(docket: Docket) -> Iterator[Remark]:
    """So many a year, in a period that is no year."""
    length = _length(docket)
    hits = tuple(docket.hits(_COUNT_PER_YEAR, "每年", "全年", "年度"))
    if length is not None and length < _FULL_YEAR and hits:
        yield Remark(
            says=f"按年计的次数和比率，用在 {length} 天的服务期限上，是否折算没有写。",
            mend="请双方写明在本期限内的次数。",
            safe="按整年的次数提示，不认定不足。",
            spans=spans_of(hits),
        )


def calendar_or_working(docket: Docket) -> Iterator[Remark]:
    """日 beside 工作日: probably calendar days, and whether the last day rolls over."""
    hits = [hit for hit in docket.hits(_PLAIN_DAYS, "日", "天") if "工作" not in hit.text]
    if hits and not docket.says(_CALENDAR_SAID, "自然日", "日历"):
        mixed = docket.says(_WORKING, "工作日")
        yield Remark(
            says="“日”“天”没有写自然日还是工作日"
            + ("（别处写工作日）" if mixed else "")
            + "，末日逢法定假日是否顺延也没有写。",
            mend="请双方写明。",
            safe="按自然日；末日遇法定休假日依民法典第二百零三条顺延。",
            spans=spans_of(hits),
        )


def beyond_period(docket: Docket) -> Iterator[Remark]:
    """Work that begins after the period has ended, with no end and no price of its own."""
    end = docket.identity.period.end.value
    if end is None:
        return
    for hit in docket.hits(_DAY, "起", "后"):
        year, month, day = (int(part) for part in hit.found.groups())
        try:
            begins = date(year, month, day)
        except ValueError:
            continue
        around = docket.around(hit.span)
        if begins > end and re.search(
            r"运维|服务|维护|保障|工作|承担|提供", around[: hit.span.end + 60]
        ):
            period = docket.identity.period.end
            yield Remark(
                says=f"自 {begins} 起还要提供服务，而服务期限到 {end} 为止；这一段没有截止日，也没有价款。",
                mend="请双方写明这一段的截止日和价款，或另签合同。",
                safe="期限之外的服务只记录，不计价，不认定违约。",
                spans=(hit.span, *((period.span,) if period.span else ())),
                needs=("写明期限之外服务的补充协议",),
                blocks=("period.after",),
            )


def cover_differs(docket: Docket) -> Iterator[Remark]:
    """Warranty or cover of different lengths, or longer than the contract."""
    months: dict[int, list[Span]] = {}
    for hit in docket.hits(_COVER, "保修", "维保", "质保", "质量保证", "免费维护"):
        number, unit = hit.found[1] or hit.found[3], hit.found[2] or hit.found[4]
        value = int(number) if number.isdecimal() else _HAN.index(number[0])
        if value:
            months.setdefault(value * (12 if unit == "年" else 1), []).append(hit.span)
    for table in docket.tables:
        for i, row in enumerate(table.rows):
            text = " ".join(cell.text for cell in row.cells)
            for j, cell in enumerate(row.cells):
                found = re.fullmatch(r"(\d+)\s*年", cell.text)
                if found and re.search(r"保修|维保|质保", text):
                    months.setdefault(int(found[1]) * 12, []).append(cell_span(table, i, j))
    length = _length(docket)
    longer = length is not None and any(one * 28 > length for one in months)
    if len(months) > 1 or longer:
        how = "、".join(f"{one} 个月" for one in sorted(months))
        period = docket.identity.period.end
        yield Remark(
            says=f"质保、维保的期间写作 {how}"
            + (f"，而服务期限只有 {length} 天" if longer else "")
            + "；对象和起点是否相同不清。",
            mend="请双方写明各自的对象、起点和长短。",
            safe="分别列出，取较长者提示。",
            spans=(
                *(span for one in months.values() for span in one),
                *((period.span,) if period.span else ()),
            ),
        )


def months_or_month(docket: Docket) -> Iterator[Remark]:
    """9月 in a column of periods: nine months, or September."""
    for table in docket.tables:
        column = table.column("服务期", "期限", "服务周期", "周期")
        if column is None:
            continue
        spans = tuple(
            cell_span(table, i, column)
            for i, row in enumerate(table.rows)
            if column < len(row.cells) and _BARE_MONTHS.fullmatch(row.cells[column].text.strip())
        )
        if spans:
            yield Remark(
                says="“N月”既可读作几个月，也可读作月份。",
                mend="请改写为“N 个月”。",
                safe="按几个月读，并注明。",
                spans=spans,
            )


def without_beginning(docket: Docket) -> Iterator[Remark]:
    """A number of days, and nothing in the sentence that it runs from."""
    timed = [one for one in docket.candidates if one.spans and one.limit is not None]
    begun = {
        docket.sentence_at(one.spans[0])
        for one in timed
        if one.trigger.strip() or (one.limit is not None and one.limit.trigger.strip())
    }
    spans = [
        one.spans[0]
        for one in timed
        if one.limit is not None
        and one.limit.value is not None
        and one.limit.direction is Direction.AFTER
        and docket.sentence_at(one.spans[0]) not in begun
    ]
    if spans:
        yield Remark(
            says="写了天数或小时数，没有写从何时起算。",
            mend="请双方写明起算的事件。",
            safe="以对方书面通知到达之时起算，并注明。",
            spans=tuple(dict.fromkeys(spans)),
        )


_AFTERWARDS = re.compile(
    r"时，[^。；\n]{2,40}，\s*(?:并)?在?\s*(?:\d+|[一二三四五六七八九十]+)\s*个?(?:工作日|日|天)内"
)
_TWO_CLOCKS = re.compile(
    r"通知[^。；\n]{0,24}[，,]\s*并?在\s*(?:\d+|[一二三四五六七八九十]+)\s*个?(?:工作日|日|天|小时)(?:以)?内"
)


def two_beginnings(docket: Docket) -> Iterator[Remark]:
    """Two events in one sentence, and one time: from the first or from the second."""
    hits = (*docket.hits(_AFTERWARDS, "时，"), *docket.hits(_TWO_CLOCKS, "通知"))
    if hits:
        yield Remark(
            says="同一句里先后有两件事，期限从哪一件起算有两种读法。",
            mend="请双方写明起算的事件。",
            safe="从较晚的一件起算，并注明较早的读法。",
            spans=spans_of(hits),
        )


RULES = (
    Rule("period.backwards", "截止早于起始", _CONTRADICTING, Severity.BLOCK, ends_before_start),
    Rule(
        "period.before_signing",
        "服务早于签署",
        _CONTRADICTING,
        Severity.CONFIRM,
        signed_after_start,
    ),
    Rule("period.two_signatures", "两个签署日", _AMBIGUOUS, Severity.CONFIRM, two_signatures),
    Rule("period.title_year", "标题年度与期限", DoubtKind.MISMATCH, Severity.CONFIRM, title_year),
    Rule("period.yearly", "按年的次数用在短期限", _AMBIGUOUS, Severity.CONFIRM, yearly_in_short),
    Rule(
        "period.beyond",
        "期限之外的服务",
        _CONTRADICTING,
        Severity.BLOCK,
        beyond_period,
        Party.BUYER,
    ),
    Rule("period.cover", "质保期间不一", _CONTRADICTING, Severity.CONFIRM, cover_differs),
    Rule("time.days", "日是哪种日", _AMBIGUOUS, Severity.CONFIRM, calendar_or_working),
    Rule("time.months", "几月还是几个月", _AMBIGUOUS, Severity.NOTE, months_or_month),
    Rule("time.beginning", "期限没有起点", _AMBIGUOUS, Severity.CONFIRM, without_beginning),
    Rule("time.two_beginnings", "期限有两个起点", _AMBIGUOUS, Severity.CONFIRM, two_beginnings),
)
