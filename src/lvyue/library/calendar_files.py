"""Calendar releases as files: those that ship in ``calendars/`` and those an operator adds each November.

A file of an operator replaces the provisional year that shipped. The format is described in
``docs/algorithms/working-days.md``.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from lvyue.core.calendar import BadCalendar, Calendar, CalendarRelease, DayKind
from lvyue.core.proof import canonical

_SHIPPED = Path(__file__).with_name("calendars")
_DAY_LISTS = {"holidays": DayKind.HOLIDAY, "shifted": DayKind.SHIFTED, "make_up": DayKind.MAKE_UP}
_FIELDS = {"year", "notice", "issued", "source", "provisional", "replaces", *_DAY_LISTS}


class UnreadableCalendar(ValueError):
    """日历文件读不懂: a calendar file that is missing, is no JSON, or does not say what it must."""


def load_releases(extra_dir: Path | None = None) -> tuple[CalendarRelease, ...]:
    """All calendar releases: the shipped ones, then every ``*.json`` of the operator's folder (``LVYUE_CALENDARS``).

    The operator's provisional year takes the place of the shipped one. A provisional year stays in the list when its
    notice has come, so that what was reckoned before can be reckoned again; ``Calendar.of`` prefers the notice. Two
    different notices of a year are refused unless the later names the earlier in ``replaces``. Raises
    ``UnreadableCalendar``.
    """
    finals: dict[str, tuple[CalendarRelease, Path]] = {}
    estimates: dict[int, CalendarRelease] = {}
    for path in (*_files(_SHIPPED), *(_files(extra_dir) if extra_dir else ())):
        release = read_release(path)
        if release.provisional:
            estimates[release.year] = release
        else:
            finals.setdefault(release.digest, (release, path))
    _refuse_rivals(list(finals.values()))
    releases = [release for release, _ in finals.values()] + list(estimates.values())
    return tuple(sorted(releases, key=lambda r: (r.year, r.issued or date.min)))


@cache
def default_calendar(known_on: date | None = None, extra_dir: Path | None = None) -> Calendar:
    """The calendar of all releases, as known at the end of a day (None: all of them).

    Kept for the life of the process: call ``default_calendar.cache_clear()`` after a file has changed.
    """
    try:
        return Calendar.of(load_releases(extra_dir), known_on)
    except BadCalendar as error:
        raise UnreadableCalendar(str(error)) from error


def read_release(path: Path) -> CalendarRelease:
    """One calendar file. ``UnreadableCalendar`` names the file, the place and the remedy."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableCalendar(
            f"日历文件 {path} 打不开：{error}。请检查文件和权限，编码须为 UTF-8。"
        ) from error
    except json.JSONDecodeError as error:
        raise UnreadableCalendar(
            f"日历文件 {path} 第 {error.lineno} 行第 {error.colno} 列不是有效的 JSON。请对照已有年份的文件改正。"
        ) from error
    if not isinstance(record, dict):
        raise UnreadableCalendar(
            f"日历文件 {path} 的最外层须是一个对象。请对照已有年份的文件改正。"
        )
    if wrong := sorted(_FIELDS.symmetric_difference(record)):
        listed = "、".join(f"{name}({'缺少' if name in _FIELDS else '多余'})" for name in wrong)
        raise UnreadableCalendar(
            f"日历文件 {path} 的字段不对：{listed}。请对照已有年份的文件改正。"
        )
    try:
        return _release(record)
    except BadCalendar as error:
        raise UnreadableCalendar(f"日历文件 {path}:{error}") from error
    except (TypeError, ValueError) as error:
        raise UnreadableCalendar(
            f"日历文件 {path} 有读不懂的值：{error}。年份写整数，日期写 2027-01-01 的样子。"
        ) from error


def text_of_calendar(calendar: Calendar) -> str:
    """The notices of a calendar as canonical JSON, one record a year in the format of the files."""
    return canonical([_record(release) for release in calendar.releases]).decode()


def calendar_from_text(text: str) -> Calendar:
    """The calendar of a text that ``text_of_calendar`` wrote, with the same digest. ``UnreadableCalendar`` otherwise."""
    try:
        return Calendar([_release(record) for record in json.loads(text)])
    except (BadCalendar, ValueError, TypeError, KeyError) as error:
        raise UnreadableCalendar(f"登记的日历读不懂：{error}。请重新登记这个日历版本。") from error


def _record(release: CalendarRelease) -> dict[str, Any]:
    listed = {
        name: [day.isoformat() for day, one in release.days if one is kind]
        for name, kind in _DAY_LISTS.items()
    }
    return {
        "year": release.year,
        "notice": release.notice,
        "issued": None if release.issued is None else release.issued.isoformat(),
        "source": release.source,
        "provisional": release.provisional,
        "replaces": release.replaces,
        **listed,
    }


def _release(record: dict[str, Any]) -> CalendarRelease:
    days = sorted(
        (date.fromisoformat(day), kind) for name, kind in _DAY_LISTS.items() for day in record[name]
    )
    if type(record["year"]) is not int:
        raise TypeError(f"year 是 {record['year']!r}")
    if type(record["provisional"]) is not bool:
        raise TypeError(f"provisional 是 {record['provisional']!r}，只能是 true 或 false")
    return CalendarRelease(
        year=record["year"],
        notice=_text(record, "notice"),
        issued=date.fromisoformat(record["issued"]) if record["issued"] is not None else None,
        source=_text(record, "source") or "",
        days=tuple(days),
        provisional=record["provisional"],
        replaces=_text(record, "replaces"),
    )


def _text(record: dict[str, Any], name: str) -> str | None:
    value = record[name]
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} 是 {value!r}，须为文字或 null")
    return value


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UnreadableCalendar(
            f"日历文件夹 {folder} 不存在。请建立该文件夹，或改正 LVYUE_CALENDARS。"
        )
    return sorted(folder.glob("*.json"))


def _refuse_rivals(kept: list[tuple[CalendarRelease, Path]]) -> None:
    """Two states of one year must be a chain."""
    by_year: dict[int, list[tuple[CalendarRelease, Path]]] = {}
    for release, path in kept:
        by_year.setdefault(release.year, []).append((release, path))
    for year, rivals in by_year.items():
        rivals.sort(key=lambda rival: rival[0].issued or date.min)
        for (earlier, first), (later, second) in pairwise(rivals):
            if later.replaces != earlier.name:
                raise UnreadableCalendar(
                    f"{year} 年有两份不同的安排：{earlier.name}({first.name})与{later.name}({second.name})。"
                    f"若后者修改前者，请在后者的 replaces 写明「{earlier.name}」；否则删去错误的一份。"
                )
