"""时限词: how long, before or after what, and the words that give no number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from lvyue.core.calendar import Unit
from lvyue.core.numerals import numeral
from lvyue.reading.plain import At, Plain, plain


class Direction(StrEnum):
    """方向: after an event, before one, or inside the last stretch before one."""

    AFTER = "after"
    BEFORE = "before"
    WITHIN_LAST = "within_last"


@dataclass(frozen=True, slots=True)
class TimeWord:
    """时限词: 十日, 三个工作日, 一周内, 至少一周, 立即. Either ``value`` and ``unit``, or a vague ``word`` and no number.

    ``trigger`` is the phrase the clock starts from (收到发票, 合同签订生效), empty where the sentence has none. ``mode`` is
    how something is to be said within that time: 口头, 书面, 邮件, 短信, several joined by a blank. ``lower`` is the smaller
    number of 5-7个工作日, whose ``value`` is the larger. ``not_before`` marks 6个月之后, which only opens then.
    """

    at: At
    raw: str
    value: int | None
    unit: Unit | None
    direction: Direction
    trigger: str = ""
    word: str = ""
    at_least: bool = False
    mode: str = ""
    lower: int | None = None
    not_before: bool = False


# ------------------------------------------------------------------------------------------- lengths

_HAN = "零〇一二两三四五六七八九十百"
_FIGURE = rf"(?:[0-9]{{1,4}}(?:\.[0-9])?|[{_HAN}]{{1,7}}|半)"
#: printed unit → the unit it is counted in and how many of those it is
_UNITS: tuple[tuple[str, Unit, int], ...] = (
    ("个?(?:法定)?工作[日天]", Unit.WORKING_DAYS, 1),
    ("个?(?:自然|日历)[日天]", Unit.CALENDAR_DAYS, 1),
    ("个?小时|个?钟头", Unit.HOURS, 1),
    ("分钟", Unit.MINUTES, 1),
    ("个?星期|周(?!年|[一二三四五六日末边围转])|个?礼拜", Unit.WEEKS, 1),
    ("周年|年(?![度代级月初末底]|[0-9])", Unit.YEARS, 1),
    ("个?季度", Unit.MONTHS, 3),
    ("个(?:自然)?月", Unit.MONTHS, 1),
    ("[日天](?![0-9志历常报])", Unit.CALENDAR_DAYS, 1),
)
_UNIT = "|".join(rf"(?P<u{i}>{pattern})" for i, (pattern, _, _) in enumerate(_UNITS))
#: what halves come to where a half is a whole number of something smaller; of days and weeks it is not
_HALVES = {Unit.YEARS: (Unit.MONTHS, 6), Unit.HOURS: (Unit.MINUTES, 30)}
_AROUND = r"(?<![*×xX/0-9.])(?<![0-9][-~])"
_LENGTH = re.compile(
    rf"(?=[0-9半{_HAN}])(?:(?<![0-9{_HAN}])(?<![0-9]\.)(?<![第月])(?P<low>[0-9]{{1,3}}|[{_HAN}]{{1,3}})(?:-|~|至|到)"
    rf"(?P<high>[0-9]{{1,3}}|[{_HAN}]{{1,3}})(?:{_UNIT})".replace("(?P<u", "(?P<r")
    # 月3日 is a day of the calendar, 第3日 one of a count, 上半年 a part of a year
    + rf"|{_AROUND}(?<![{_HAN}])(?<![第月上下]){_FIGURE}(?P<odd>个半)?(?:{_UNIT})(?P<half>半)?)"
)
_ONE = re.compile(_FIGURE)
#: nothing is agreed for a thousand years: 2026年 is a date
_A_YEAR_OF_THE_CALENDAR = 200


@dataclass(frozen=True, slots=True)
class Length:
    """时长: 3 个月, 5年, 一年半 with nothing said of when; ``value`` and ``unit`` None where it comes to no whole number (半天)."""

    at: At
    raw: str
    value: int | None
    unit: Unit | None
    lower: int | None = None


@dataclass(frozen=True, slots=True)
class _Measured:
    """A length at characters of the plain text."""

    start: int
    end: int
    value: int | None
    unit: Unit | None
    lower: int | None = None


_MONTHS_ALONE = re.compile(rf"\s*({_FIGURE})月\s*")


def lengths(text: str) -> tuple[Length, ...]:
    """Every length of time, deadline or not. ``9月`` is nine months only where it is the whole text, as in a cell."""
    paper = plain(text)
    if whole := _MONTHS_ALONE.fullmatch(paper.text):
        value = _number(whole[1])
        found = [] if value is None else [_Measured(*whole.span(), value, Unit.MONTHS)]
    else:
        found = list(_measured(paper.text))
    return tuple(
        Length(
            paper.at(one.start, one.end),
            paper.raw(one.start, one.end),
            one.value,
            one.unit,
            one.lower,
        )
        for one in found
    )


_LOOKS_LIKE_LENGTH = re.compile(
    rf"[0-9半{_HAN}]\s?(?:[个分天日周年月小星工自历法钟季礼半]|[-~至到.0-9{_HAN}])"
)


def _measured(text: str) -> Iterator[_Measured]:
    if not _LOOKS_LIKE_LENGTH.search(text):
        return
    for found in _LENGTH.finditer(text):
        if found["low"]:
            low, high = _number(found["low"]), _number(found["high"])
            unit, times = _unit(found, "r")
            if low is not None and high is not None and low < high:
                yield _Measured(*found.span(), high * times, unit, low * times)
            continue
        one = _reckoned(found, *_unit(found, "u"))
        if one.unit is not Unit.YEARS or (one.value or 0) < _A_YEAR_OF_THE_CALENDAR:
            yield one


def _unit(found: re.Match[str], letter: str) -> tuple[Unit, int]:
    return next((unit, times) for i, (_, unit, times) in enumerate(_UNITS) if found[f"{letter}{i}"])


def _reckoned(found: re.Match[str], unit: Unit, times: int) -> _Measured:
    """一年半 is 18 months, 半小时 30 minutes, 1.5小时 90; 半天 is no whole number of anything."""
    figure = _ONE.match(found.string, found.start())
    written = figure[0] if figure else ""
    if "." in written:
        whole, _, part = written.partition(".")
        number, half = int(whole), part == "5"
        odd = part not in ("0", "5")
    else:
        half = written == "半" or bool(found["half"] or found["odd"])
        value = 0 if written == "半" else _number(written)
        number, odd = value or 0, value is None
    if odd or (half and unit not in _HALVES):
        return _Measured(*found.span(), None, None)
    if not half:
        return _Measured(*found.span(), number * times, unit)
    smaller, half_of_it = _HALVES[unit]
    return _Measured(*found.span(), (number * 2 + 1) * half_of_it, smaller)


def _number(written: str) -> int | None:
    try:
        return numeral(written)
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------- time words

_BOUNDARY = "，。；;：:！!？?\n,(（）)"
#: 内 that is no 之内: 内容, 内部
#: 内存, 内控, 内审 are words; 三日内审核, 五日内存档 are not
_WITHIN = re.compile(
    r"(?:的期限|的时间|时间|期限)?(?:之内|以内|内(?![部容网外场业涵]|控(?!制)|审(?![核批查定阅议结])|存(?![档入储放在])|置(?!换)|核(?![对实定查准销验算减])))"
)
_LATER = re.compile(r"(?:之后|以后|后(?![续台备勤])|届满后|期满后)")
_FROM_THEN = re.compile(r"起(?!草|止|诉|动|到)")
_EARLIER = re.compile(r"(?:之前|以前|前(?![述款项期端台置后]))")
_AT_LEAST = re.compile(r"(?:至少|不少于|不得少于|不低于|不得低于|不短于|最少)(?:提前|在)?$")
_AT_MOST = re.compile(
    r"(?:不(?:得|应|可|能)?(?:超过|超出|多于|大于|晚于|迟于|高于)|不晚于|最迟|最晚|最长|至多|最多|≤|<=?|(?<![不得])(?:小于|少于|低于)|控制在|限期)$"
)
_IN_ADVANCE = re.compile(r"提前(?:至少|不少于|不得少于|最少|不低于)?$")
_BEFORE_IT = re.compile(
    r"(?:之前|以前|(?<![目当提此])前)(?:的)?(?:最后)?(?:应当?|须)?(?:至少|不少于|不得少于|最少|提前|不晚于|最迟|不迟于)?$"
)
_MODES = "口头|书面|电话|电子邮件|邮件|短信|传真|微信|当面|公告|函件"
_MODE = re.compile(
    rf"(?:向甲方|向乙方|应|须|需|应当)?(?:以|通过|采用|采取|用|作出|做出|提交|进行|给予|给出|提供)?"
    rf"((?:{_MODES})(?:(?:形式|方式)?[及和与、或以]{{1,2}}(?:{_MODES})){{0,4}})"
)
_EACH_MODE = re.compile(_MODES)

#: before the phrase of a trigger: 乙方应在|收到…后, 本合同自|双方签订之日起
_OPENER = re.compile(
    r"(?<![各亲独])自从?(?![行动己身然主有愿])|从(?!事|业)|(?<![存现所正潜内旨意外实])在(?![册线岗职用途场建保校编])"
    r"|(?<![由关等对属位低高大小多少基鉴用至限])于(?!是)"
)
#: an opener after one of these belongs to the phrase: 收到乙方在系统中提交的申请后
_BEGUN = re.compile("收到|接到|完成|通过|签订|提交|发出|发生|经|待")
_SUBJECT = re.compile(
    # the number of an item that the text still carries
    r"(?:[①-⑳]|[0-9]{1,2}[.、)]|\([0-9a-z一二三四五六七八九十]{1,3}\)|[a-z][.)]|[一二三四五六七八九十]{1,3}、)?"
    r"(?:(?:如果|若是|如|若|并且|并|且|则|而|但|当|凡|每当|此外|同时|以及|及|和|或|与|待|经(?!营|费|理|济))"
    r"|(?:[甲乙丙丁]方|双方|各方|任何一方|一方|供应商|服务商|中标人|采购人)(?=应|须|需|必须|可|将|在|于|自|均|有权|能|只)"
    r"|(?:应当|应(?!急|用)|必须|须|需要|需(?!求)|可以|可(?!用)|将|均|有权|能且只能|只能))*"
)
#: what ends the phrase of a trigger, right before the number: 签订之日起, 收到发票后的, 结束后
_TRIGGER_ENDS = re.compile(
    r"(?:(?:之?日|之时|之?次日|的次日|当日|当天|时|(?:之|以)?后)?(?:起算|起计|起|开始)(?:计算)?|(?:之|以)?后|之时|时|次日|当日)"
    r"(?:的|,|，)?(?:应当?|须|需)?(?:在|于)?(?:的)?$"
)
_ANOTHER_LIMIT = re.compile("[内后前起、]")
_ARRIVES = re.compile("收到|接到|接报")
_LOOK_BACK = 64
_NEAR = 12
_SHARED = 24
_OPENS, _CLOSES = "(（", ")）"

_VAGUE = (
    r"立即|立刻|马上|即刻|即时|及时(?!性|率)|尽快|尽早|尽速|第一时间|迅速|适时|实时|随时|不定期|定期(?!存)"
    r"|(?:当日|当天|次日)(?=完成|内|响应|提交|答复|处理|反馈|前)"
    r"|(?:合理|规定|约定|指定|要求|必要|限定|最短|短)的?(?:时间|期限|时限|期间|工期)之?内|当场"
    r"|[每本当次](?:月|季度?|年度?)[底末初](?:之?前)?|(?<![0-9一二三四五六七八九十])(?:月|季|年)底(?:之?前)"
)
_WORD = re.compile(rf"(?=[立马即及尽第迅适实随不定当次合规约指要必限最短每本月季年])(?:{_VAGUE})")


@lru_cache(maxsize=64)  # one text is read for it by several readers in turn
def time_words(text: str) -> tuple[TimeWord, ...]:
    """Every limit of time, in the order of the text: numbers with 内, 前, 后, 提前, 不超过, and the vague words.

    A length with nothing that makes a limit of it (质保期 3 个月, 5年以上经验) is left to ``lengths``, unless it is the whole
    text, as in a cell.
    """
    paper = plain(text)
    found = [
        TimeWord(
            paper.at(*one.span()),
            paper.raw(*one.span()),
            None,
            None,
            Direction.BEFORE if one[0].endswith("前") else Direction.AFTER,
            word=one[0],
        )
        for one in _WORD.finditer(paper.text)
    ]
    return tuple(sorted([*_limits(paper), *found], key=lambda word: word.at.start))


@dataclass(frozen=True, slots=True)
class _Sense:
    """What the words around a length make of it: how it runs, and where the words that belong to it end."""

    direction: Direction
    end: int
    #: one past the phrase the clock starts from, None where the text has no such phrase
    phrase_end: int | None
    not_before: bool = False


def _limits(paper: Plain) -> Iterator[TimeWord]:
    text = paper.text
    before_it: tuple[int, str] | None = None
    for one in _measured(text):
        start = one.start
        at_least = _AT_LEAST.search(text, max(0, start - _NEAR), start)
        sense = _sense(text, one, at_least=at_least is not None)
        if sense is None:
            continue
        trigger = "" if sense.phrase_end is None else _phrase(text, sense.phrase_end)
        if not trigger and sense.direction is Direction.AFTER and before_it is not None:
            trigger = _shared(text, before_it, start)
        before_it = (sense.end, trigger) if trigger else before_it
        begin = at_least.start() if at_least else start
        yield TimeWord(
            paper.at(begin, sense.end),
            paper.raw(begin, sense.end),
            one.value,
            one.unit,
            sense.direction,
            trigger,
            "" if one.unit else text[one.start : one.end],
            at_least is not None or _at_least_before(text, sense),
            _mode(text, sense.end),
            one.lower,
            sense.not_before,
        )


def _sense(text: str, one: _Measured, *, at_least: bool) -> _Sense | None:
    """None for a length that limits nothing."""
    start, end = one.start, one.end
    low = max(0, start - _NEAR)
    within = _WITHIN.match(text, end)
    if ahead := _BEFORE_IT.search(text, low, start):
        direction = Direction.WITHIN_LAST if within else Direction.BEFORE
        return _Sense(direction, within.end() if within else end, ahead.start())
    if _IN_ADVANCE.search(text, low, start):
        later = _EARLIER.match(text, end) or within
        return _Sense(Direction.BEFORE, later.end() if later else end, None)
    if within:
        bare = _bare_start(text, start)
        begun = _TRIGGER_ENDS.search(text, max(0, start - _LOOK_BACK), bare)
        phrase_end = begun.start() if begun else _received(text, bare)
        return _Sense(Direction.AFTER, within.end(), phrase_end)
    if earlier := _EARLIER.match(text, end):
        return _Sense(Direction.BEFORE, earlier.end(), _bare_start(text, start))
    if later := _LATER.match(text, end) or _FROM_THEN.match(text, end):
        return _Sense(Direction.AFTER, later.end(), _bare_start(text, start), not_before=True)
    if _AT_MOST.search(text, low, start):
        begun = _TRIGGER_ENDS.search(text, max(0, start - _LOOK_BACK), _bare_start(text, start))
        return _Sense(Direction.AFTER, end, begun.start() if begun else None)
    if text[:start] in ("", "至少", "不少于") and end == len(text):
        return _Sense(Direction.BEFORE if at_least else Direction.AFTER, end, None)
    return None


def _at_least_before(text: str, sense: _Sense) -> bool:
    """应至少在到期日前10天: the word stands before the event."""
    if sense.direction is not Direction.BEFORE or not sense.phrase_end:
        return False
    return "至少在" in text[_begin(text, sense.phrase_end) : sense.phrase_end]


def _received(text: str, end: int) -> int | None:
    """接到书面通知5日内: papers leave out 后 after what arrives."""
    phrase = text[_begin(text, end) : end]
    return end if _ARRIVES.search(phrase) and not _ANOTHER_LIMIT.search(phrase) else None


def _bare_start(text: str, start: int) -> int:
    """Where the words that qualify a number begin: 至少, 最迟, 不超过."""
    low = max(0, start - _NEAR)
    found = _AT_LEAST.search(text, low, start) or _AT_MOST.search(text, low, start)
    return found.start() if found else start


def _phrase(text: str, end: int) -> str:
    """The words of the paper that a clock starts from or runs to: back to the comma, without who must do what."""
    phrase = text[_begin(text, end) : end]
    openers = [
        one.end() for one in _OPENER.finditer(phrase) if not _BEGUN.search(phrase, 0, one.start())
    ]
    if openers:
        phrase = phrase[openers[-1] :]
    found = _SUBJECT.match(phrase)
    return phrase[found.end() :] if found else phrase


def _begin(text: str, end: int) -> int:
    """Where the part of the sentence that ends here begins; a comma within brackets does not part it."""
    depth = 0
    for place in range(end - 1, max(-1, end - 1 - _LOOK_BACK), -1):
        char = text[place]
        if char in _CLOSES:
            depth += 1
        elif char in _OPENS and depth:
            depth -= 1
        elif not depth and char in _BOUNDARY:
            return place + 1
    return max(0, end - _LOOK_BACK)


def _shared(text: str, before: tuple[int, str], start: int) -> str:
    """收到通知后1小时内口头、4小时内书面: the second runs from the same moment, if nothing between says otherwise."""
    ended, trigger = before
    between = text[ended:start]
    apart = len(between) > _SHARED or re.search(r"[。；;\n]|[甲乙丙双各]方|[在自从于后前]", between)
    return "" if apart else trigger


def _mode(text: str, end: int) -> str:
    found = _MODE.match(text, end)
    return " ".join(_EACH_MODE.findall(found[1])) if found else ""
