"""金额与比例: sums in figures and in words, and shares of something, each with the characters it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from lvyue.core.money import Money, Rate, UnreadableMoney
from lvyue.core.words import from_words
from lvyue.reading.plain import At, Plain, plain


@dataclass(frozen=True, slots=True)
class Sum:
    """金额: in figures (1,977,800.00 元, 500 万元) or in words; ``unit`` as printed (元, 万元, 元/年), empty after a bare ¥."""

    at: At
    raw: str
    money: Money
    in_words: bool
    unit: str = ""


@dataclass(frozen=True, slots=True)
class UnreadableSum:
    """读不成的金额: what looks like a sum and is none, and why; a person must look at it."""

    at: At
    raw: str
    says: str


@dataclass(frozen=True, slots=True)
class Percent:
    """百分比: 70%, 百分之三十, 万分之三, 千分之五; ``per`` is 日 for a daily rate; ``upper`` where 上限、不超过、最高 governs it."""

    at: At
    raw: str
    rate: Fraction
    per: str = ""
    upper: bool = False


# ------------------------------------------------------------------------------------------- sums

#: ASCII commas stand between figures; a full-width one is a comma of the sentence unless three figures follow
_NUMBER = r"[0-9]{1,20}(?:,[0-9]{1,6}|，[0-9]{3}(?![0-9])|\s[0-9]{1,6}){0,8}(?:\.[0-9]{1,9})?"
_NO_FIGURE_BEFORE = r"(?<![0-9])(?<![0-9][.,])(?<![0-9]\s)(?<![A-Za-z0-9_-][.-])"
_SCALE = r"(?:[万亿]|千万|百万|十万|千(?!瓦))"
#: 元 that is no money: 二元结构, 元旦, 元器件, 元数据
_NOT_YUAN = r"(?![化素件组旦月器数宇老首帅]|结构)"
_FIGURES = re.compile(
    rf"(?=[-¥0-9]){_NO_FIGURE_BEFORE}(?P<sign>-?¥\s?-?)?(?P<number>{_NUMBER})"
    rf"(?:(?:[-~至到]|--)(?P<high>{_NUMBER}))?"
    rf"(?P<unit>{_SCALE}?元{_NOT_YUAN}(?:人民币)?)?(?P<whole>整)?"
    r"(?P<each>(?:/|每)(?:人[天日月年]|[天日月年季次台套人核点项]|[GgTt][Bb]?|个月))?"
)
_LARGE = {"千": 10**3, "十万": 10**5, "百万": 10**6, "千万": 10**7}

_FORMAL = "壹贰叁肆伍陆柒捌玖拾佰仟"
_ORDINARY = "一二两三四五六七八九十百千"
_NO_WORD_BEFORE = rf"(?<![{_FORMAL}{_ORDINARY}零〇万亿负0-9])"
_WORDS = re.compile(
    # a look at the first character spares most places of a text the alternatives
    rf"(?=[负零〇万亿{_FORMAL}{_ORDINARY}])(?:"
    # the tail of ordinary numerals is kept strict, for 一百元三千人 goes on with another number
    rf"{_NO_WORD_BEFORE}负?[{_ORDINARY}零〇万亿]{{1,40}}元{_NOT_YUAN}"
    rf"(?:零?[{_ORDINARY}]角)?(?:零?[{_ORDINARY}]分(?![之钟]))?[整正]?"
    rf"|{_NO_WORD_BEFORE}负?[{_FORMAL}{_ORDINARY}零〇万亿]{{1,40}}元{_NOT_YUAN}"
    rf"[{_FORMAL}零〇角分]{{0,8}}[整正]?"
    rf"|(?<![{_FORMAL}{_ORDINARY}零〇元0-9])[{_FORMAL}](?:角(?:零?[{_FORMAL}]分)?|分)[整正]?"
    # formal numerals are used for money and for nothing else: a run of them without 元 is a sum written badly
    rf"|{_NO_WORD_BEFORE}[{_FORMAL}][{_FORMAL}零〇万亿]{{2,40}}[整正]?)"
)
_FORMAL_CHAR = re.compile(f"[{_FORMAL}]")
_LOOKS_LIKE_SUM = re.compile(
    rf"[¥￥元圆圓角]|[{_FORMAL}]\s?分|[{_FORMAL}貳參陸][{_FORMAL}貳參陸零〇万亿萬億\s]{{2}}"
)


@lru_cache(maxsize=64)  # one text is read for it by several readers in turn
def sums(text: str) -> tuple[Sum, ...]:
    """Every sum of money, in the order of the text. A number without 元 or ¥ is none."""
    return tuple(found for found in _sums(text) if isinstance(found, Sum))


def unreadable_sums(text: str) -> tuple[UnreadableSum, ...]:
    """What looks like a sum and cannot be read as one amount."""
    return tuple(found for found in _sums(text) if isinstance(found, UnreadableSum))


def _sums(text: str) -> list[Sum | UnreadableSum]:
    if not _LOOKS_LIKE_SUM.search(text):
        return []
    paper = plain(text)
    found = [*_in_figures(paper), *_in_words(paper)]
    found.sort(key=lambda one: one.at.start)
    return found


def _in_figures(paper: Plain) -> Iterator[Sum | UnreadableSum]:
    for found in _FIGURES.finditer(paper.text):
        if found["unit"] is None and found["sign"] is None:
            continue
        unit = (found["unit"] or "").removesuffix("人民币")
        if found["high"]:  # 300-500万元: the unit is that of both
            yield _figure(paper, found.start(), found.end("number"), found["number"], unit)
            yield _figure(paper, found.start("high"), found.end(), found["high"], unit)
            continue
        number = ("-" if "-" in (found["sign"] or "") else "") + found["number"]
        yield _figure(
            paper, found.start(), found.end(), number, unit, printed=unit + (found["each"] or "")
        )


def _figure(
    paper: Plain, start: int, end: int, number: str, unit: str, *, printed: str | None = None
) -> Sum | UnreadableSum:
    at, raw = paper.at(start, end), paper.raw(start, end)
    scale = unit.removesuffix("元")
    try:
        money = Money.parse(number + ("元" if scale in _LARGE else unit))
    except UnreadableMoney as error:
        return UnreadableSum(at, raw, str(error))
    return Sum(
        at,
        raw,
        money * _LARGE.get(scale, 1),
        in_words=False,
        unit=unit if printed is None else printed,
    )


def _in_words(paper: Plain) -> Iterator[Sum | UnreadableSum]:
    for found in _WORDS.finditer(paper.text):
        words = found[0]
        formal = _FORMAL_CHAR.search(words)
        if not formal and _only_digits(words):
            continue
        at, raw = paper.at(*found.span()), paper.raw(*found.span())
        try:
            money = from_words(words)
        except UnreadableMoney as error:
            # 三千元 misspelt is a sum all the same, but 千元 and 百元 alone are only manners of speaking
            if formal or len(words) > 2:  # noqa: PLR2004
                yield UnreadableSum(at, raw, str(error))
            continue
        yield Sum(at, raw, money, in_words=True, unit="元" if "元" in words else "")


def _only_digits(words: str) -> bool:
    """二〇元: read out like a number of a house, which no sum is."""
    whole = words.partition("元")[0]
    return len(whole) > 1 and not set(whole) & set("十百千万亿")


# ------------------------------------------------------------------------------------------- shares

_HAN_NUMBER = "[零〇一二两三四五六七八九十百千点]{1,10}"
_SHARE = re.compile(
    r"(?<![0-9])(?<![0-9]\.)(?P<low>[0-9]{1,6}(?:\.[0-9]{1,9})?)(?:-|~|至|到)(?P<to>[0-9]{1,6}(?:\.[0-9]{1,9})?)(?P<sign>[%‰‱])"
    r"|(?<![0-9])(?<![0-9]\.)(?P<figures>[0-9]{1,6}(?:\.[0-9]{1,9})?)(?P<mark>[%‰‱])"
    rf"|(?P<of>[百千万])分之(?P<spoken>{_HAN_NUMBER}|[0-9]{{1,6}}(?:\.[0-9]{{1,9}})?)"
    r"|(?P<under>[二三四五六七八九十])分之(?P<over>[一二三四五六七八九])(?![十百点])"
    r"|(?<![一二三四五六七八九十百千两完达第])(?P<tenth>[一二两三四五六七八九])成(?P<more>[一二三四五六七八九半])?"
    r"(?=$|[，。；、,;)）]|[的以及左作计为或])"
)
_LOOKS_LIKE_SHARE = re.compile(r"[%％﹪‰‱]|分\s?之|[一二两三四五六七八九]\s?成")
_DAY = "(?:日|天)"
_PER_AFTER = re.compile(rf"(?:/|每|\(每){_DAY}(?![内])")
#: 每逾期一日 may stand far before its rate, 按日 and 每日按 near it
_PER_LATE = re.compile(
    r"每(?:逾期|延迟|迟延|延期|拖延|拖欠|延误|超期|超过|迟|晚|延)[^，,。；;%‰]{0,6}?(?:[一1]个?)?(?:工作|自然|日历)?(?:日|天)"
)
_PER_NEAR = re.compile(
    r"(?:按|以|依)(?:每)?日(?!期)|每[一1]?(?:日|天)(?:应|须|需)?[按以依]?|(?:^|(?<=[为按以，,(、的金]))日(?=[万千百0-9])"
)
_SENTENCE_ENDS = "。；;\n"
_UPPER_BEFORE = re.compile(
    r"(?:不(?:得|应|可|能)?(?:超过|高于|大于|多于|超出)|最高|至多|最多|上限|封顶|≤|<=)[^，,。；;]{0,30}$"
)
_UPPER_AFTER = re.compile(
    r"(?:\)|作)?(?:[^，,。；;%‰0-9]{0,8})(?:为(?:最高)?上限|为限|封顶|为最高限额)|(?:以内|以下|之内)"
)
_NEAR, _FAR = 24, 60


@lru_cache(maxsize=64)  # one text is read for it by several readers in turn
def percents(text: str) -> tuple[Percent, ...]:
    """Every share of something, in the order of the text; 三成 and 三分之一 too. A share of 个百分点 is none."""
    if not _LOOKS_LIKE_SHARE.search(text):
        return ()
    paper = plain(text)
    out: list[Percent] = []
    ended = 0  # where the words of the share before end, its own 为上限 with them
    for found in _SHARE.finditer(paper.text):
        shares = tuple(_shares(found))
        after = _after(paper.text, found.end())
        limited = _UPPER_AFTER.match(paper.text, found.end() + after)
        governed = _is_governed(paper.text, found.start(), ended)
        per = "日" if after or _per_before(paper.text, found.start(), ended) else ""
        for start, end, rate in shares:
            last = end == found.end()
            stop = end + after if last else end
            out.append(
                Percent(
                    paper.at(start, stop),
                    paper.raw(start, stop),
                    rate,
                    per,
                    limited is not None or governed,
                )
            )
        ended = limited.end() if limited else found.end()
    return tuple(out)


def _shares(found: re.Match[str]) -> Iterator[tuple[int, int, Fraction]]:
    """First and one past the last character of each share of a match, with its rate."""
    whole = found.span()
    try:
        if found["figures"]:
            yield *whole, Rate.parse(found["figures"] + found["mark"]).value
        elif found["low"]:
            yield *found.span("low"), Rate.parse(found["low"] + found["sign"]).value
            yield found.start("to"), found.end(), Rate.parse(found["to"] + found["sign"]).value
        elif found["of"]:
            yield *whole, Rate.parse(f"{found['of']}分之{found['spoken']}").value
        elif found["under"]:
            digits = "零一二三四五六七八九十"
            yield *whole, Fraction(digits.index(found["over"]), digits.index(found["under"]))
        else:
            digits = "零一二三四五六七八九"
            tenth = 2 if found["tenth"] == "两" else digits.index(found["tenth"])
            more = found["more"]
            hundredth = 5 if more == "半" else digits.index(more) if more else 0
            yield *whole, Fraction(tenth * 10 + hundredth, 100)
    except UnreadableMoney:
        return


def _after(text: str, end: int) -> int:
    """How many characters after a share say that it is a daily one: 万分之三/日."""
    found = _PER_AFTER.match(text, end)
    return found.end() - end if found else 0


def _per_before(text: str, start: int, ended: int) -> bool:
    """每逾期一日…, 按日…: before the share, in the same sentence, with no other share between."""
    low = max(ended, start - _FAR)
    begin = max(low, *(text.rfind(end, low, start) + 1 for end in _SENTENCE_ENDS))
    if _PER_LATE.search(text, begin, start):
        return True
    near = max(begin, start - _NEAR)
    return any(
        "，" not in text[one.end() : start] for one in _PER_NEAR.finditer(text, near, start + 1)
    )


def _is_governed(text: str, start: int, ended: int) -> bool:
    """不超过…20%, 上限为 10%: before the share, with no comma and no other share between."""
    begin = max(ended, start - _FAR)
    return _UPPER_BEFORE.search(text[begin:start]) is not None
