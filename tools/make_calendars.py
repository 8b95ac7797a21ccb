#!/usr/bin/env python3
"""Write src/lvyue/library/calendars/*.json from two packages that read the State Council's notices.

Days off and make-up days come from chinesecalendar, which of them are festivals by regulation from holidays; where
the two disagree nothing is written. Notices are listed below by hand. Two years had a second notice that changed the first; both
states are written. Run with --check to compare instead of writing.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "src" / "lvyue" / "library" / "calendars"

#: year → number (None: not known for certain), day it became public
NOTICES: dict[int, tuple[str | None, str]] = {
    2018: ("国办发明电〔2017〕12号", "2017-11-30"),
    2019: ("国办发明电〔2018〕15号", "2018-12-06"),
    2020: ("国办发明电〔2019〕16号", "2019-11-21"),
    2021: ("国办发明电〔2020〕27号", "2020-11-25"),
    2022: ("国办发明电〔2021〕11号", "2021-10-25"),
    2023: ("国办发明电〔2022〕16号", "2022-12-08"),
    2024: ("国办发明电〔2023〕7号", "2023-10-25"),
    2025: ("国办发明电〔2024〕12号", "2024-11-12"),
    2026: ("国办发明电〔2025〕7号", "2025-11-04"),
}

#: year → number, day, title, days as they had stood before: off (True), make-up (False) or ordinary (None)
CHANGES: dict[int, tuple[str | None, str, str, dict[str, bool | None]]] = {
    # Labour Day grew from one day to four.
    2019: (
        "国办发明电〔2019〕3号",
        "2019-03-22",
        "国务院办公厅关于调整2019年劳动节假期安排的通知",
        {
            "2019-05-02": None,
            "2019-05-03": None,
            "2019-05-04": None,
            "2019-04-28": None,
            "2019-05-05": None,
        },
    ),
    # The Spring Festival was lengthened to 2 February; 1 February had been a make-up Saturday.
    2020: (
        None,
        "2020-01-27",
        "国务院办公厅关于延长2020年春节假期的通知",
        {"2020-01-31": None, "2020-02-01": False, "2020-02-02": None},
    ),
}

PROVISIONAL = 2027


def main() -> int:
    """Write the files, or say which differ."""
    check = "--check" in sys.argv[1:]
    differing = []
    for name, record in sorted(records().items()):
        text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        path = FOLDER / f"{name}.json"
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                differing.append(path.name)
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    print("differ: " + ", ".join(differing) if differing else "calendars are up to date")
    return 1 if differing else 0


def records() -> dict[str, dict[str, Any]]:
    """File name → content, for every year."""
    off, make_up = days_of_the_notices()
    statutory = festivals()
    written: dict[str, dict[str, Any]] = {}
    for year, (number, issued) in NOTICES.items():
        title = f"国务院办公厅关于{year}年部分节假日安排的通知"
        days_off = {day for day in off if belongs_to(day, off | make_up) == year}
        worked = {day for day in make_up if belongs_to(day, off | make_up) == year}
        if year in CHANGES:
            new_number, new_date, new_title, before = CHANGES[year]
            first_off = days_off - {date.fromisoformat(d) for d in before} | {
                date.fromisoformat(d) for d, s in before.items() if s
            }
            first_worked = worked - {date.fromisoformat(d) for d in before} | {
                date.fromisoformat(d) for d, s in before.items() if s is False
            }
            written[str(year)] = record(
                year, number, issued, title, first_off, first_worked, statutory
            )
            changed = record(year, new_number, new_date, new_title, days_off, worked, statutory)
            written[f"{year}-2"] = changed | {"replaces": number or title}
        else:
            written[str(year)] = record(year, number, issued, title, days_off, worked, statutory)
    written[str(PROVISIONAL)] = provisional(PROVISIONAL)
    return written


def record(
    year: int,
    number: str | None,
    issued: str,
    title: str,
    off: set[date],
    make_up: set[date],
    statutory: set[date],
) -> dict[str, Any]:
    """One notice as a file."""
    return {
        "year": year,
        "notice": number,
        "issued": issued,
        "source": title,
        "provisional": False,
        "replaces": None,
        "holidays": written(off & statutory),
        "shifted": written(off - statutory),
        "make_up": written(make_up),
    }


def days_of_the_notices() -> tuple[set[date], set[date]]:
    """Days off and make-up days of all years, checked day by day against the other package."""
    constants = importlib.import_module("chinese_calendar.constants")
    off = {day for day in constants.holidays if day.year in NOTICES}
    make_up = {day for day in constants.workdays if day.year in NOTICES}
    other = importlib.import_module("holidays").China(years=range(min(NOTICES), max(NOTICES) + 1))
    day = date(min(NOTICES), 1, 1)
    while day.year in NOTICES:
        works = day in make_up or (day.weekday() < 5 and day not in off)  # noqa: PLR2004 - Saturday
        if works != other.is_working_day(day):
            raise SystemExit(
                f"the packages disagree about {day}: chinesecalendar says {works}. Nothing was written."
            )
        day += timedelta(days=1)
    return off, make_up


def belongs_to(day: date, named: set[date]) -> int:
    """The year whose notice names a day: New Year's Day takes the end of December with it."""
    if day.month != 12 or day.day < 28:  # noqa: PLR2004
        return day.year
    return (
        day.year + 1 if date(day.year + 1, 1, 1) in named or day.year + 1 in NOTICES else day.year
    )


def festivals(years: range | None = None) -> set[date]:
    """Days off by the regulation itself, without those in lieu and those by notice."""
    china = importlib.import_module("holidays").China(
        years=years or range(min(NOTICES), max(NOTICES) + 1)
    )
    by_notice = re.compile(r"observed|substituted|Extended|70th")
    return {
        day for day in china if any(not by_notice.search(name) for name in china[day].split("; "))
    }


def provisional(year: int) -> dict[str, Any]:
    """A year without a notice: festivals by the regulation as amended in 2024, and days in lieu of those on a weekend."""
    sys.path.insert(0, str(FOLDER.parents[2]))
    core = importlib.import_module("lvyue.core.calendar")
    release = core.statutory_only(year, festivals(range(year, year + 1)))
    holidays = {day for day, kind in release.days if kind is core.DayKind.HOLIDAY}
    shifted = {day for day, kind in release.days if kind is core.DayKind.SHIFTED}
    return {
        "year": year,
        "notice": None,
        "issued": None,
        "source": f"{year} 年尚无通知，按 2024 年修订的《全国年节及纪念日放假办法》暂定",
        "provisional": True,
        "replaces": None,
        "holidays": written(holidays),
        "shifted": written(shifted),
        "make_up": [],
    }


def written(days: set[date]) -> list[str]:
    """Sorted ISO dates."""
    return [day.isoformat() for day in sorted(days)]


if __name__ == "__main__":
    sys.exit(main())
