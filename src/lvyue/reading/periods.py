"""读出的期限: from when until when, with the paper's own rule kept beside the days it leads to.

A period that begins with the signing begins on the later signature. One of so many months or years from an event ends on the day
with the number of that event (民法典 202); one from a named first day ends the day before. The other reading is an alternative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from lvyue.core.numerals import numeral
from lvyue.core.terms import Party
from lvyue.reading.found import Found, State
from lvyue.reading.paragraphs import Span
from lvyue.reading.passages import Labels, Passage, Passages, sentences
from lvyue.reading.quantities import Day, days

_CALLED = (
    r"(?:(?:(?:运维|运行维护|维护|维保|租赁|租用|技术|驻场|托管|保障|外包)?服务|(?:合同|协议)(?:履行|有效|服务)?|履行|履约|运维|运行维护|维护|维保|租赁|租用|项目(?:实施|服务|执行)?|"
    r"委托|实施|执行|托管|保障)(?:的)?(?:期限|期间|周期|时间(?!内)|有效期|期)|(?<![一-鿿])有效期限?)(?!满|内|届|间内|限内|限届|结束|末|前|外)"
)
_LABEL = re.compile(rf"(?:{_CALLED})[^，,。；;：:]{{0,12}}?(?:[：:]|为|是|自|从|系|即|\s|$)")
_HEADED = re.compile(rf"(?:{_CALLED})")
_TABLE = Labels(
    {
        "period": [
            "服务期限",
            "服务期",
            "服务期间",
            "服务时间",
            "服务周期",
            "合同期限",
            "合同履行期限",
            "履行期限",
            "履约期限",
            "运维期限",
            "运维期",
            "维护期",
            "维保期",
            "维保期限",
            "租赁期",
            "租赁期限",
            "租期",
            "项目期限",
            "项目周期",
            "合同期",
            "合同有效期",
            "运维服务期",
            "运维服务期限",
        ]
    }
)
_WORDS = ("期", "时间", "年度", "首年", "第一年")
_OTHER_PERIOD = re.compile(
    r"质保|质量保证|保密期|验收期|投标有效|保修|试运行|宽限|付款期|整改期|审核期|响应时间|争议"
)
#: of several years only this one is contracted
_THIS_YEAR = re.compile(
    r"(?:首年|本年度?|第一年|本合同期|本期|本次合同|本合同(?:服务|履行|有效)?期限?|当年|第[一二三四五]年度?)(?:的)?[^，,。；;]{0,12}?(?:期限|期|为|自|从|：|:)"
    r"|(?:本(?:次)?合同|本期)(?:为|系|是)(?:首年|第[一二三四五]年度?|本年度?)[^。；;]{0,10}?[，,](?:服务|运维|履行|合同)?期限?(?:为|自|：|:)?"
)
_SIGNING = r"(?:本)?(?:合同|协议)?(?:的)?(?:双方|甲乙双方|最终)?(?:正式)?(?:签订|签署|签约|签字盖章|签字|盖章)(?:完成|完毕)?(?:之日期?|日期?|后|生效之?日?)?"
_EFFECT = r"(?:本)?(?:合同|协议)(?:签订)?生效(?:之日|日期?|后)?"
_FROM = re.compile(
    rf"(?:自|从|以|于)?\s{{0,9}}(?P<event>(?P<signing>{_SIGNING})|(?P<effect>{_EFFECT})|(?P<other>[^，,。；;：:自从\d]{{2,30}}?(?:之日|日|后)))\s{{0,9}}(?:起|开始|起算|计算|(?=至))"
)
_SINCE = re.compile(r"\s{0,9}(?:自|从|[0-9０-９二])")
_UNTIL = re.compile(r"(?:至|到|止于|截至|截止(?:到|至|于|日期为?)?|—|－|–|-|~|～|〜)\s*$")
_HAN = "一二两三四五六七八九十"
_LENGTH = re.compile(
    rf"(?P<count>\d{{1,3}}|[{_HAN}]{{1,3}}|[壹贰叁肆伍陆柒捌玖拾]{{1,3}})\s*(?P<unit>个?(?:自然|日历)?(?:月|年)(?:度)?|周年|整年|(?:个)?(?:日历|自然)?[天日])"
    rf"(?:(?<=年)[零又另加]?\s?(?P<more>\d{{1,2}}|[{_HAN}]{{1,3}})\s?个月)?(?!前|以|\d|份|底|末|初|均|每|\s*\d)"
)
_FORMAL = str.maketrans(
    "壹贰叁肆伍陆柒捌玖拾０１２３４５６７８９", "一二三四五六七八九十0123456789"
)
#: a period of service is surer than one of 履行
_SERVICE = re.compile("服务|运维|维护|维保|租")
_DASH = re.compile(r"(?<=\d)[-–—－~～](?=(?:19|20)\d{2}[.年/])")
_DECEMBER = 12
_MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class ReadPeriod:
    """读出的期限: inclusive days; ``start_rule`` and ``end_rule`` are the paper's own words (自合同签订之日起, 一年)."""

    start: Found[date]
    end: Found[date]
    raw: str
    start_rule: str = ""
    end_rule: str = ""
    alternatives: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """A text that speaks of the period, and how sure that is."""

    weight: int
    text: str
    start: int
    passage: Passage
    cell: Span | None = None

    def span(self, start: int, end: int) -> Span:
        if self.cell is not None:
            return replace(self.cell, start=start, end=end)
        return self.passage.span(self.start + start, self.start + end)


def period(
    passages: Passages, signatures: Mapping[Party, Found[date]], effective: Found[date]
) -> ReadPeriod:
    """The period of service: the surest place that gives a day, else the surest that is blank."""
    signings = [found.value for found in signatures.values()]
    signed = max((s for s in signings if s), default=None) if all(signings) else None
    places = sorted(_places(passages), key=lambda place: -place.weight)
    readings = [_read(place, signed, effective.value) for place in places]
    whole = [r for r in readings if r.start and r.end]
    partly = [r for r in readings if r.end or r.start or r.start_rule]
    blank = [r for r in readings if State.BLANK in (r.start.state, r.end.state)]
    absent: Found[date] = Found(State.ABSENT)
    return next(iter([*whole, *partly, *blank]), ReadPeriod(absent, absent, ""))


def _places(passages: Passages) -> Iterator[_Place]:
    for passage in passages.main:
        heading = passages.heading_of(passage.node)
        if not any(word in passage.text or word in heading for word in _WORDS):
            continue
        headed = bool(_HEADED.search(heading)) and not _OTHER_PERIOD.search(heading)
        offset = 0
        for begin, sentence in sentences(passage.text):
            offset = begin
            label = _LABEL.search(sentence)
            near = sentence[: label.end()] if label else ""
            if label and not _OTHER_PERIOD.search(near):
                first = 4 if label.start() == 0 and begin == 0 else 2
                weight = (
                    first
                    + 2 * headed
                    + 2 * bool(days(sentence))
                    + bool(_THIS_YEAR.search(sentence))
                    + bool(_SERVICE.search(near))
                )
                yield _Place(weight, sentence, offset, passage)
            elif headed and (days(sentence) or _FROM.search(sentence)) and not passage.opens:
                yield _Place(3 + 2 * bool(days(sentence)), sentence, offset, passage)
            elif headed and len(days(sentence)) > 1 and _SINCE.match(sentence):
                yield _Place(5, sentence, offset, passage)
            elif headed and _FROM.match(sentence):
                yield _Place(4, sentence, offset, passage)
            elif _THIS_YEAR.search(sentence) and (days(sentence) or _LENGTH.search(sentence)):
                yield _Place(3, sentence, offset, passage)
    for element, table in passages.main_tables():
        for field in _TABLE.in_table(element, table, passages.paper.node_at(element)):
            yield _Place(3, field.value, 0, field.passage, field.span)


def _read(place: _Place, signed: date | None, effective: date | None) -> ReadPeriod:
    """What one text says of the period."""
    # 2026.7.1-2027.6.30: the dash between two days is a word
    text, shift = _DASH.sub("至", place.text), 0
    if (this := _THIS_YEAR.search(text)) and this.start() > 0:
        text, shift = text[this.start() :], this.start()
    found = list(days(text))
    until = next((d for d in found if _UNTIL.search(text[: d.at.start])), None)
    since = next((d for d in found if d is not until and _begins(d, text, until)), None)
    event = next((m for m in _FROM.finditer(text) if not _is_day(m)), None)
    raw = place.text.strip("。；; ")
    start, start_rule = _start(place, shift, since, event, signed, effective)
    if until is not None:
        end = _on_day(place, shift, until)
        return ReadPeriod(start, end, raw, start_rule, f"至{until.raw}")
    length = _length(text, event.end() if event else since.at.end if since else 0)
    if length is None:
        gap: Found[date] = Found(
            State.BLANK, None, raw, place.span(0, len(place.text)), place.passage.clause
        )
        closed = start if start.state is not State.ABSENT else gap
        return ReadPeriod(closed, gap, raw, start_rule)
    span = place.span(shift + length.start(), shift + length.end())
    if start.value is None:
        end = Found(State.BLANK, None, length[0], span, place.passage.clause)
        closed = start if start.state is not State.ABSENT else end
        return ReadPeriod(closed, end, raw, start_rule, length[0])
    try:
        same, before = _after(start.value, length)
    except (ValueError, OverflowError):  # 十十个月: no number, or none that leads to a day
        end = Found(State.BLANK, None, length[0], span, place.passage.clause)
        return ReadPeriod(start, end, raw, start_rule, length[0])
    last, other = (before, same) if since else (same, before)
    end = Found(State.FOUND, last, length[0], span, place.passage.clause)
    return ReadPeriod(start, end, raw, start_rule, length[0], (other,))


def _is_day(found: re.Match[str]) -> bool:
    return bool(re.search(r"\d", found["event"]))


def _begins(day: Day, text: str, until: Day | None) -> bool:
    """A day is the first one where 自 or 从 stands before it, or 起, 至 or a dash behind it."""
    before, after = text[: day.at.start].rstrip()[-4:], text[day.at.end :].lstrip()[:3]
    return (
        before.endswith(("自", "从", "于", "：", ":", "为"))
        or after.startswith(("起", "至", "到", "—", "-", "－", "–", "~", "～", "开始"))
        or (until is not None and day.at.start < until.at.start)
    )


def _on_day(place: _Place, shift: int, day: Day) -> Found[date]:
    span = place.span(shift + day.at.start, shift + day.at.end)
    state = State.FOUND if day.day else State.BLANK
    return Found(state, day.day, day.raw, span, place.passage.clause)


def _start(
    place: _Place,
    shift: int,
    since: Day | None,
    event: re.Match[str] | None,
    signed: date | None,
    effective: date | None,
) -> tuple[Found[date], str]:
    if since is not None:
        return _on_day(place, shift, since), f"自{since.raw}起"
    if event is None:
        return Found(State.ABSENT), ""
    span = place.span(shift + event.start(), shift + event.end())
    known = (effective or signed) if event["effect"] else signed if event["signing"] else None
    if event["other"] and "生效" in event["other"]:
        known = effective
    state = State.FOUND if known else State.BLANK
    return Found(state, known, event[0], span, place.passage.clause), event[0].strip()


def _length(text: str, since: int) -> re.Match[str] | None:
    """A length of time: behind the event it is counted from, else anywhere that is no date."""
    dates = [(d.at.start, d.at.end) for d in days(text)]

    def free(found: re.Match[str]) -> bool:
        inside = any(low < found.end() and found.start() < high for low, high in dates)
        return not inside and not re.match(r"\d{4}", found["count"])

    behind = (m for m in _LENGTH.finditer(text, since) if free(m))
    anywhere = (m for m in _LENGTH.finditer(text) if free(m))
    return next(behind, None) or next(anywhere, None)


def _after(start: date, length: re.Match[str]) -> tuple[date, date]:
    """The day with the same number so many months or years later (the last one of a shorter month), and the day before it."""
    count = numeral(length["count"].translate(_FORMAL))
    unit = length["unit"]
    if unit.endswith(("天", "日")):
        end = start + timedelta(days=count)
    else:
        more = numeral(length["more"].translate(_FORMAL)) if length["more"] else 0
        months = count * (_DECEMBER if "年" in unit else 1) + more + start.month - 1
        year, month = start.year + months // _DECEMBER, months % _DECEMBER + 1
        end = date(year, month, min(start.day, _days_in(year, month)))
    return end, end - timedelta(days=1)


def _days_in(year: int, month: int) -> int:
    following = date(year + month // _DECEMBER, month % _DECEMBER + 1, 1)
    return (following - timedelta(days=1)).day
