"""日期: a day in every way papers write one, and the places where one was meant to be filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from lvyue.core.numerals import numeral
from lvyue.reading.plain import At, Plain, plain


@dataclass(frozen=True, slots=True)
class Day:
    """日期: 2026年02月09日, 2022.4.7, 2025/12/31; None where it is begun and not filled in (2025 年 月 日).

    ``year`` and ``month`` are what was filled in. ``impossible`` tells 2026年2月30日 from a blank.
    """

    at: At
    raw: str
    day: date | None
    year: int | None = None
    month: int | None = None
    impossible: bool = False


_HAN = "零〇一二三四五六七八九十"
_BLANK = r"[_/\s.…×xX*]{0,20}"
_DAY = re.compile(
    # 2026年2月9日, 二〇二六年二月九日, 2026年2月, 2026年_月_日
    rf"(?=[0-9{_HAN}年_])(?:(?<![0-9{_HAN}])(?P<year>(?:19|20)[0-9]{{2}}|[二一][{_HAN}]{{3}}|20[0-9_]{{0,2}}){_BLANK}年"
    rf"(?P<month>{_BLANK}|[0-9]{{1,2}}|[{_HAN}]{{1,3}})月"
    rf"(?:(?P<day>{_BLANK}|[0-9]{{1,2}}|[{_HAN}]{{1,3}})[日号])?"
    r"|(?<![0-9./-])(?P<y>(?:19|20)[0-9]{2})(?P<sign>[./-])(?P<m>[0-9]{1,2})(?P=sign)(?P<d>[0-9]{1,2})(?![0-9./-]|年)"
    # 年 月 日 with nothing before it: a place for a signature's day
    rf"|(?:(?<=[:,，(。_\s])|^)_{{0,20}}年{_BLANK}月{_BLANK}日)"
)

_WITH_SIGNS = re.compile(r"[0-9０-９]{4}\s?[./．／-]")


#: 2026年1月1日至12月31日: the second day has the year of the first, or the next one if the paper says so
_TO = re.compile(
    rf"起?(?:至|到|-|~|--)(?P<next>次年|翌年|第二年)?(?:本年|当年|同年)?(?P<month>[0-9]{{1,2}}|[{_HAN}]{{1,3}})月(?P<day>[0-9]{{1,2}}|[{_HAN}]{{1,3}})[日号]"
)


def days(text: str) -> tuple[Day, ...]:
    """Every day of the text with its year. 10月15日 without a year is none, and neither is 2026年 alone."""
    if "年" not in text and not _WITH_SIGNS.search(text):
        return ()
    paper = plain(text)
    out: list[Day] = []
    for found in _DAY.finditer(paper.text):
        year = _value(found["year"] or found["y"], digits=4)
        month = _value(found["month"] or found["m"])
        first = _day(paper, *found.span(), (year, month, _value(found["day"] or found["d"])))
        out.append(first)
        last = _TO.match(paper.text, found.end()) if first.day else None
        if first.day and last:
            year = first.day.year + bool(last["next"])
            parts = (year, _value(last["month"]), _value(last["day"]))
            second = _day(paper, last.start("month"), last.end(), parts)
            # an end before its beginning has a year that was left out, and no reader knows it
            out.append(
                second
                if second.day is None or second.day >= first.day
                else replace(second, day=None, year=None)
            )
    return tuple(out)


def _day(
    paper: Plain, start: int, end: int, parts: tuple[int | None, int | None, int | None]
) -> Day:
    """What year, month and day come to, as far as they were filled in."""
    year, month, day = parts
    told, impossible = None, False
    if year is not None and month is not None and day is not None:
        try:
            told = date(year, month, day)
        except ValueError:
            impossible = True
    return Day(paper.at(start, end), paper.raw(start, end), told, year, month, impossible)


def _value(figures: str | None, *, digits: int = 1) -> int | None:
    """A number that was filled in; 20__ was not."""
    if figures is None or len(figures) < digits:
        return None
    try:
        return numeral(figures)
    except ValueError:
        return None
