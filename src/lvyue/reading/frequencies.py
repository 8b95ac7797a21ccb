"""频次与指标值: how often, and how much at least or at most."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from lvyue.core.numerals import numeral
from lvyue.core.terms import Cycle
from lvyue.reading.plain import At, Plain, plain


@dataclass(frozen=True, slots=True)
class Frequency:
    """频次: 不少于2次, 每月, 1次/月, 4次/合同周期, 每年不少于两次, 定期. ``times`` None where the paper gives no number.

    ``unlimited`` is 不限次数 or 随时; ``word`` keeps 定期、不定期、按需, and a cycle that no ``Cycle`` says (每两周).
    每半年一次 is twice a year.
    """

    at: At
    raw: str
    every: Cycle | None
    times: int | None
    at_least: bool = False
    unlimited: bool = False
    word: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """指标值: ≥92%, 不低于99.9%, ≤5 分钟, 7×24小时 as ``around_the_clock``.

    ``operator`` is one of ``core.terms.Operator``; ``value`` and ``unit`` as printed: 92 and %, 5 and 万元.
    """

    at: At
    raw: str
    operator: str
    value: Fraction | None
    unit: str
    around_the_clock: bool = False


_HAN = "零〇一二两三四五六七八九十百千"
_COUNT = rf"(?:[0-9]{{1,4}}|[{_HAN}]{{1,7}})"

# ------------------------------------------------------------------------------------------- how often

#: printed cycle → cycle, and how many of them a year has where it is a part of a year
_CYCLES: dict[str, tuple[Cycle, int]] = {
    "个工作日": (Cycle.DAY, 1),
    "工作日": (Cycle.DAY, 1),
    "日": (Cycle.DAY, 1),
    "天": (Cycle.DAY, 1),
    "周": (Cycle.WEEK, 1),
    "星期": (Cycle.WEEK, 1),
    "个星期": (Cycle.WEEK, 1),
    "个月": (Cycle.MONTH, 1),
    "月度": (Cycle.MONTH, 1),
    "月": (Cycle.MONTH, 1),
    "个季度": (Cycle.QUARTER, 1),
    "季度": (Cycle.QUARTER, 1),
    "季": (Cycle.QUARTER, 1),
    "个半年": (Cycle.YEAR, 2),
    "半年": (Cycle.YEAR, 2),
    "自然年": (Cycle.YEAR, 1),
    "年度": (Cycle.YEAR, 1),
    "年": (Cycle.YEAR, 1),
    "合同周期": (Cycle.PERIOD, 1),
    "合同期": (Cycle.PERIOD, 1),
    "合同服务期": (Cycle.PERIOD, 1),
    "服务周期": (Cycle.PERIOD, 1),
    "服务期": (Cycle.PERIOD, 1),
    "项目周期": (Cycle.PERIOD, 1),
    "维保期": (Cycle.PERIOD, 1),
    "运维期": (Cycle.PERIOD, 1),
}
_CYCLE = "|".join(sorted(_CYCLES, key=len, reverse=True))
#: 每两个月 is six times a year, 每两周 no whole number of times of anything
_PARTS_OF_A_YEAR = {"月": 12, "个月": 12, "季度": 4, "个季度": 4}
_LEAST = "不(?:得|应|可)?(?:少于|低于|小于)|至少|最少|≥|>="
_LEAST_JUST_BEFORE = re.compile(f"(?:{_LEAST})$")
_MOST = "不(?:得|应|可)?(?:超过|多于|高于)|至多|最多|≤|<="
_MEASURE = "(?:轮次|人次|批次|次|回|轮|场次|场)"
#: 累计发生5次以上 is what a breach is made of, and no frequency
_HAPPENS = re.compile(
    r"(?:累计|发生|超过|达到?|连续|出现|第|满|逾期|每|前|上|本|再|首|末|多|数|一期|历)$"
)
_NUMBER_OF_TIMES = re.compile(
    rf"(?=[不至最≥>≤<0-9{_HAN}])(?:(?P<least>{_LEAST})[^，,。；;、0-9{_HAN}次]{{0,10}}|(?P<most>{_MOST}))?"
    rf"(?<![0-9{_HAN}.])(?P<count>{_COUNT}){_MEASURE}(?!性|数(?!不)|日|于|要|序|级|元|/|每)(?P<more>(?:及|或)?以上)?"
)
_PER = re.compile(
    rf"(?P<count>{_COUNT}){_MEASURE}(?:/|每)(?P<n>{_COUNT})?(?P<cycle>{_CYCLE}|人|台|套)"
)
_ONE_IN = re.compile(
    rf"(?<![{_HAN}0-9每第半作个])(?P<n>[1一两二三四五六])?(?P<cycle>半年|个月|季度|年|月|周|星期|日|天)(?P<count>{_COUNT}){_MEASURE}(?!性)"
)
_EVERY = re.compile(
    # 每日按…支付 and 每逾期一日 are rates of damages
    rf"每(?:间?隔|满)?(?P<n>{_COUNT})?(?P<cycle>{_CYCLE})(?!按|支付|应付|万分|千分|百分|以[合未应]|均|人|[0-9.]{{1,6}}[%‰])"
    r"|(?<![0-9])(?P<by>按|逐)(?P<bycycle>月|季度?|年度?|周|日|天)(?!期|常|程|历|计算违约|万分|千分|百分|[0-9.]{1,6}[%‰]|支付违约|向)"
)
_UNLIMITED = re.compile(r"(?=[不无次随])(?:不限(?:制)?(?:次数|次)|无限次|次数不限|不计次数|随时)")
_WORD = re.compile(
    r"(?=[不定按根视常])(?:不定期|(?<!不)定期(?!存|限)|按需|根据需要|视需要|视情况|常态化)"
)
_DONE = re.compile(
    r"(?:开展|组织|进行|举行|举办|实施|提供|完成|召开|提交|出具|安排|做|巡检|培训|演练|测试|扫描|检查|回访|汇报|评估|为|频次[为:]|次数[为:])$"
)
_LOOKS_REPEATED = re.compile("[次每回轮场逐]|按[月季年周日天]")
_REST, _NEAR = 80, 12


@lru_cache(maxsize=64)  # one text is read for it by several readers in turn
def frequencies(text: str) -> tuple[Frequency, ...]:
    """How often, in the order of the text; a number of times is joined to the 每年 of its sentence."""
    paper = plain(text)
    found = [*_cyclic(paper), *_words(paper)]
    return tuple(sorted(found, key=lambda one: one.at.start))


def _words(paper: Plain) -> Iterator[Frequency]:
    for found in _UNLIMITED.finditer(paper.text):
        at, raw = paper.at(*found.span()), paper.raw(*found.span())
        yield Frequency(at, raw, None, None, unlimited=True, word=found[0])
    for found in _WORD.finditer(paper.text):
        at, raw = paper.at(*found.span()), paper.raw(*found.span())
        yield Frequency(at, raw, None, None, word=found[0])


def _cyclic(paper: Plain) -> Iterator[Frequency]:
    text = paper.text
    if not _LOOKS_REPEATED.search(text):
        return
    taken = [*_joined(paper)]
    yield from (one for _, _, one in taken)
    spans = sorted((start, end) for start, end, _ in taken)
    every = [one for one in _EVERY.finditer(text) if _free(spans, *one.span())]
    counts = [one for one in _NUMBER_OF_TIMES.finditer(text) if _free(spans, *one.span())]
    starts = [one.start() for one in counts]
    used: set[int] = set()
    for place, found in enumerate(every):
        stop = every[place + 1].start() if place + 1 < len(every) else len(text)
        index = bisect_left(starts, found.end())
        count = counts[index] if index < len(counts) and starts[index] < stop else None
        if count and _same_sentence(text, found.end(), count.start()):
            used.add(index)
            yield _of_cycle(paper, found, count)
        else:
            yield _of_cycle(paper, found, None)
    for index, count in enumerate(counts):
        if index not in used and (one := _alone(paper, count)):
            yield one


def _joined(paper: Plain) -> Iterator[tuple[int, int, Frequency]]:
    """2次/年, 一年两次: cycle and number in one."""
    ended = -1
    for pattern in (_PER, _ONE_IN):
        for found in pattern.finditer(paper.text):
            if pattern is _ONE_IN and found.start() < ended:
                continue
            least, begin = _least_before(paper.text, found.start())
            times = _number(found["count"])
            every, times, word = _cycle(found["cycle"], found["n"], times)
            at, raw = paper.at(begin, found.end()), paper.raw(begin, found.end())
            yield begin, found.end(), Frequency(at, raw, every, times, least, word=word)
            ended = found.end() if pattern is _PER else ended


def _of_cycle(paper: Plain, found: re.Match[str], count: re.Match[str] | None) -> Frequency:
    """每年…不少于两次; the span is that of 每年 alone where the number stands apart, so that nothing between is claimed."""
    times = _number(count["count"]) if count else None
    least = bool(count and (count["least"] or count["more"]))
    every, times, word = _cycle(found["cycle"] or found["bycycle"], found["n"], times)
    near = count is not None and count.start() - found.end() <= _NEAR
    end = count.end() if count and near else found.end()
    return Frequency(
        paper.at(found.start(), end), paper.raw(found.start(), end), every, times, least, word=word
    )


def _alone(paper: Plain, count: re.Match[str]) -> Frequency | None:
    """不少于2次, 开展一次, 两次以上 with no cycle in the sentence; 累计5次以上 is none."""
    text, start = paper.text, count.start()
    before = text[max(0, start - _NEAR) : start]
    if not count["least"] and (_HAPPENS.search(before) or count["most"]):
        return None
    if not (count["least"] or count["more"] or _DONE.search(before)):
        return None
    at, raw = paper.at(*count.span()), paper.raw(*count.span())
    return Frequency(at, raw, None, _number(count["count"]), bool(count["least"] or count["more"]))


def _cycle(
    printed: str, number: str | None, times: int | None
) -> tuple[Cycle | None, int | None, str]:
    """The cycle, how often in it, and the words of it where no ``Cycle`` says them."""
    n = _number(number) if number else 1
    if printed not in _CYCLES or not n:
        return None, times, f"每{number or ''}{printed}"
    cycle, parts = _CYCLES[printed]
    if n == 1:
        return cycle, times if parts == 1 else parts * (times or 1), ""
    year = _PARTS_OF_A_YEAR.get(printed)
    if year is None or year % n:
        return None, times, f"每{number}{printed}"
    if n == 3 and year == 12:  # noqa: PLR2004 - three months are a quarter
        return Cycle.QUARTER, times, ""
    return Cycle.YEAR, year // n * (times or 1), ""


def _least_before(text: str, start: int) -> tuple[bool, int]:
    found = _LEAST_JUST_BEFORE.search(text, max(0, start - 6), start)
    return (True, found.start()) if found else (False, start)


def _free(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_left(taken, (end, 0)) - 1
    return index < 0 or taken[index][1] <= start


def _same_sentence(text: str, start: int, end: int) -> bool:
    return end - start <= _REST and not re.search(r"[。；;\n]", text[start:end])


def _number(written: str) -> int | None:
    try:
        return numeral(written)
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------- how much

_OPERATORS = (
    (
        ">=",
        r"≥|>=|大于(?:或)?等于|不(?:得|应|能|可)?(?:低于|少于|小于|短于)|至少|最少|达到(?!或)|达(?=[0-9])|高于(?:或)?等于",
    ),
    (
        "<=",
        r"≤|<=|小于(?:或)?等于|不(?:得|应|能|可)?(?:超过|高于|多于|大于|超出|长于)|至多|最多|最高|最长|低于(?:或)?等于|控制在",
    ),
    (">", r">|超过|超出|大于|高于|多于|长于|逾(?!期)"),
    ("<", r"<|小于|低于|少于|不足|短于|未达到?|达不到|未满|不满"),
    ("==", r"=|等于"),
)
_OPERATOR = "|".join(f"(?P<o{i}>{words})" for i, (_, words) in enumerate(_OPERATORS))
_VALUE = rf"(?:[0-9]{{1,12}}(?:,[0-9]{{3}}){{0,4}}(?:\.[0-9]{{1,6}})?|[{_HAN}]{{1,7}})"
_UNIT = (
    r"%|‰|个百分点|毫秒|秒|分钟|个?小时|个?工作日|个?自然日|个?日历天|[日天](?!常)|个?星期|周|个月|年|万元|亿元|元|"
    r"人次|人[天日月]|[次人名台套个份项页条张块路核处家座部组种级件分元场期代篇]|千米|公里|米|[KMGTP]i?B(?:ps)?|[KMGT]bps|[GT](?![A-Za-z])|GHz|MHz|kWh?|IP|账号"
)
_BOUND = re.compile(
    rf"(?=[≥≤><=大小不至最达高低控超多长逾少短未等0-9{_HAN}])(?:(?:{_OPERATOR})(?:或等于|合同[总金]{{0,2}}[价额]的|到|在|了|为)?(?P<value>{_VALUE})(?P<unit>{_UNIT})?"
    rf"|(?<![0-9{_HAN}.年月第])(?P<value2>{_VALUE})(?P<unit2>{_UNIT})(?:\(含\))?(?:及|或|\(含\))?(?P<above>以上|以下|以内))"
)
_CLOCK = re.compile(
    r"(?=[0-9全每二])(?:(?<![0-9.])(?:7(?:天|日)?\s?[*×xX]\s?(?:每天)?24(?!0)(?:个?小时|h|H)?|24(?:个?小时)?\s?[*×xX]\s?7(?:天)?(?![0-9])|24(?:个?小时)?[*×xX]36[56](?:天|日)?|36[56](?:天|日)?[*×xX]24(?:个?小时)?)"
    r"|(?:全天候?|每天|每日)?(?:24|二十四)个?小时(?:全天候)?(?:不间断|不停|值守|值班|在线|响应(?!时)|运行|服务|电话|开机|待命)|全天候|全年无休)"
)


def bounds(text: str) -> tuple[Bound, ...]:
    """Every number with an operator, and 7×24, in the order of the text."""
    paper = plain(text)
    found = [
        Bound(paper.at(*one.span()), paper.raw(*one.span()), "==", None, "", around_the_clock=True)
        for one in _CLOCK.finditer(paper.text)
    ]
    for one in _BOUND.finditer(paper.text):
        written = one["value"] or one["value2"]
        value = _value(written)
        if value is None:
            continue
        if one["above"]:
            operator = ">=" if one["above"] == "以上" else "<="
        else:
            operator = next(sign for i, (sign, _) in enumerate(_OPERATORS) if one[f"o{i}"])
        unit = one["unit"] or one["unit2"] or ""
        if not unit and not written[0].isascii():
            continue  # 至少一并提交: no number
        found.append(Bound(paper.at(*one.span()), paper.raw(*one.span()), operator, value, unit))
    return tuple(sorted(found, key=lambda bound: bound.at.start))


def _value(written: str) -> Fraction | None:
    if written[0].isascii():
        return Fraction(written.replace(",", ""))
    number = _number(written)
    return None if number is None else Fraction(number)
