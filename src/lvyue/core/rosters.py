"""值班表: who is on duty when, by shifts that may run over midnight, in turns, with days off by the calendar.

A roster holds from a day on. A shift is governed by the newest version that had been made before it began and holds on its day:
so a version never reaches into the past, and what stood yesterday stands for ever. Nothing here asks the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from lvyue.core.calendar import SHANGHAI, Calendar, DayKind, moment_of
from lvyue.core.doubts import Doubt, malformed

Choice = TypeVar("Choice", bound=StrEnum)

_DAY = timedelta(days=1)
_WHOLE = 24 * 60

MOST_SHIFTS, MOST_GROUPS, MOST_LEVELS, MOST_HEADS = 12, 60, 10, 60


class ShiftClass(StrEnum):
    """班别: what a shift is for whoever pays for it."""

    DAY = "day"
    NIGHT = "night"
    OFFICE = "office"
    STANDBY = "standby"

    @property
    def zh(self) -> str:
        return {"day": "白班", "night": "夜班", "office": "工作时间班", "standby": "备班"}[self]


class Days(StrEnum):
    """哪些日子: on which days of the calendar a shift begins."""

    EVERY = "every"
    WORKING = "working"
    OFF = "off"

    @property
    def zh(self) -> str:
        return {"every": "每天", "working": "工作日（含调休上班）", "off": "休息日和节假日"}[self]

    def has(self, kind: DayKind) -> bool:
        """Whether a day of this kind is among them."""
        return self is Days.EVERY or kind.is_working == (self is Days.WORKING)


class Cover(StrEnum):
    """须有人的时间: around the clock, or the hours of the office shifts."""

    ALWAYS = "always"
    OFFICE = "office"

    @property
    def zh(self) -> str:
        return {"always": "7×24 小时", "office": "工作时间"}[self]


class Tally(StrEnum):
    """在岗怎样算: the fewest at any time of a day, or how many different people served on it."""

    ALWAYS = "always"
    HEADS = "heads"

    @property
    def zh(self) -> str:
        return {"always": "始终在岗：当天最少时的人数", "heads": "按人头：当天到岗的人数"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Shift:
    """班次: from a minute of the day to a minute of the same or of the next one, in turns of ``turn`` days for each group.

    ``groups`` are usernames, one group after the other; on the first day of the roster it is the turn of the first. ``post`` is
    the post of the contract that whoever is on it fills; empty for a shift that fills none. ``heads`` is how many have to be
    on it at once, and ``tally`` how those in its post are counted when a day closes.
    """

    name: str
    shift_class: ShiftClass
    begins: int
    ends: int
    groups: tuple[tuple[str, ...], ...]
    days: Days = Days.EVERY
    turn: int = 1
    post: str = ""
    heads: int = 1
    tally: Tally = Tally.ALWAYS

    @property
    def length(self) -> int:
        """Minutes; a shift that ends when it begins lasts the whole day."""
        return (self.ends - self.begins) % _WHOLE or _WHOLE

    def on(self, day: date) -> tuple[datetime, datetime]:
        """From when until when it lasts if it begins on a day."""
        first = datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=self.begins)
        return first, first + timedelta(minutes=self.length)


class Level(NamedTuple):
    """升级: so many minutes after nobody answered, these people are called."""

    after: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """值班表: shifts from a day on, who steps in, who is called when nobody answers, and when somebody has to be there."""

    begins: date
    shifts: tuple[Shift, ...]
    substitutes: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    cover: Cover = Cover.ALWAYS

    @property
    def people(self) -> frozenset[str]:
        """Everybody named anywhere in it."""
        crew = {one for shift in self.shifts for group in shift.groups for one in group}
        return frozenset(crew | {*self.substitutes} | {p for lv in self.levels for p in lv.people})


@dataclass(frozen=True, slots=True)
class Version:
    """版本: a roster with its number and when it was made."""

    number: int
    roster: Roster
    made: datetime


class Change(NamedTuple):
    """换人: on a day and shift one person instead of another; an empty taker is an absence without a substitute."""

    day: date
    shift: str
    giver: str
    taker: str


@dataclass(frozen=True, slots=True)
class Turn:
    """当班: one shift of one day, from when until when, with the people on it after all changes."""

    day: date
    shift: Shift
    begins: datetime
    ends: datetime
    people: tuple[str, ...]
    planned: tuple[str, ...]
    version: int

    def covers(self, moment: datetime) -> bool:
        """Whether somebody is there at a moment; the end belongs to the next shift."""
        return bool(self.people) and self.begins <= moment < self.ends


class Gap(NamedTuple):
    """空档: a stretch of time in which somebody has to be there and nobody is, or fewer than have to be, and why."""

    begins: datetime
    ends: datetime
    because: str


# ── who is on duty ───────────────────────────────────────────────────────────────────────────────────────────────


def turns(
    versions: Sequence[Version],
    changes: Iterable[Change],
    first: date,
    last: date,
    calendar: Calendar,
) -> tuple[Turn, ...]:
    """Every turn that begins on one of the days from ``first`` to ``last``, by when it begins."""
    by_place: dict[tuple[date, str], list[Change]] = {}
    for one in changes:
        by_place.setdefault((one.day, one.shift), []).append(one)
    found: list[Turn] = []
    day = first
    while day <= last:
        for version in versions:
            found += (
                _changed(turn, by_place.get((day, turn.shift.name), ()))
                for turn in _turns_on(version, day, calendar)
                if _governs(versions, day, turn.begins) is version
            )
        day += _DAY
    return tuple(sorted(found, key=lambda one: (one.begins, one.ends, one.shift.name)))


def _governs(versions: Sequence[Version], day: date, moment: datetime) -> Version | None:
    there = [one for one in versions if one.roster.begins <= day and one.made <= moment]
    return max(there, key=lambda one: one.number, default=None)


def _turns_on(version: Version, day: date, calendar: Calendar) -> Iterator[Turn]:
    roster = version.roster
    if day < roster.begins:
        return
    kind = calendar.kind(day)
    for shift in roster.shifts:
        if not shift.days.has(kind):
            continue
        begins, ends = shift.on(day)
        people = shift.groups[_place(shift, roster.begins, day, calendar)] if shift.groups else ()
        yield Turn(day, shift, begins, ends, people, people, version.number)


def _place(shift: Shift, begins: date, day: date, calendar: Calendar) -> int:
    """Whose turn it is: counted in the days on which the shift begins, so that a holiday takes nobody's turn away."""
    if shift.days is Days.EVERY:
        passed = (day - begins).days
    else:
        working = calendar.working_days_between(begins - _DAY, day - _DAY)
        passed = working if shift.days is Days.WORKING else (day - begins).days - working
    return passed // shift.turn % len(shift.groups)


def _changed(turn: Turn, changes: Iterable[Change]) -> Turn:
    people = list(turn.people)
    for one in changes:
        if one.giver in people:
            place = people.index(one.giver)
            people[place : place + 1] = [one.taker] if one.taker and one.taker not in people else []
    return replace(turn, people=tuple(people))


def at(found: Iterable[Turn], moment: datetime) -> tuple[Turn, ...]:
    """The turns that run at a moment."""
    moment = moment_of(moment)
    return tuple(one for one in found if one.begins <= moment < one.ends)


def called(roster: Roster, minutes: int) -> tuple[Level, ...]:
    """Which levels are to be called so many minutes after nobody answered, the first first."""
    return tuple(one for one in roster.levels if one.after <= minutes)


# ── gaps ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def gaps(found: Sequence[Turn], wanted: Iterable[tuple[datetime, datetime]]) -> tuple[Gap, ...]:
    """Where somebody has to be there and nobody is; ``wanted`` are the stretches to be covered. A shift change counts too."""
    covered = _joined((one.begins, one.ends) for one in found if one.people)
    empty: list[Gap] = []
    for opens, closes in _joined(wanted):
        place = opens
        for begins, ends in covered:
            if ends <= place or begins >= closes:
                continue
            if begins > place:
                empty.append(Gap(place, begins, _between(found, place, begins)))
            place = max(place, ends)
        if place < closes:
            empty.append(Gap(place, closes, _between(found, place, closes)))
    return tuple(empty)


def shortages(found: Iterable[Turn], first: date, last: date) -> tuple[Gap, ...]:
    """缺人: the turns of some days, both included, with fewer people on them than have to be there at once."""
    opens = datetime.combine(first, time(), SHANGHAI)
    closes = datetime.combine(last + _DAY, time(), SHANGHAI)
    return tuple(
        Gap(
            max(one.begins, opens),
            min(one.ends, closes),
            f"{one.shift.name}应到 {one.shift.heads} 人，只有 {len(one.people)} 人",
        )
        for one in found
        if len(one.people) < one.shift.heads
        and one.shift.heads > 1
        and one.begins < closes
        and opens < one.ends
    )


def holes(empty: Sequence[Gap], short: Iterable[Gap]) -> tuple[Gap, ...]:
    """Both in the order of time; where nobody is there at all it is said once."""
    more = (
        one
        for one in short
        if not any(gap.begins <= one.begins and one.ends <= gap.ends for gap in empty)
    )
    return tuple(sorted((*empty, *more)))


def _between(found: Sequence[Turn], begins: datetime, ends: datetime) -> str:
    """Why a stretch is empty, in words."""
    unmanned = [one for one in found if not one.people and one.begins < ends and begins < one.ends]
    if unmanned:
        return f"{unmanned[0].shift.name}没有人"
    before = [one.shift.name for one in found if one.ends == begins]
    after = [one.shift.name for one in found if one.begins == ends]
    if before and after:
        return f"{before[0]}与{after[0]}之间"
    return "没有排班"


def _joined(stretches: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted(stretches):
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((begins, ends))
    return found


def wanted(
    versions: Sequence[Version], first: date, last: date, calendar: Calendar
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of some days in which somebody has to be there, by the roster that holds on each day.

    Around the clock from the first day of the first roster; otherwise the hours of the office shifts on their days.
    """
    day = first
    while day <= last:
        holding = [one for one in versions if one.roster.begins <= day]
        version = max(holding, key=lambda one: one.number, default=None)
        if version is not None:
            midnight = datetime.combine(day, time(), SHANGHAI)
            if version.roster.cover is Cover.ALWAYS:
                yield midnight, midnight + _DAY
            else:
                for turn in _turns_on(version, day, calendar):
                    if turn.shift.shift_class is ShiftClass.OFFICE:
                        yield turn.begins, turn.ends
        day += _DAY


# ── clashes and hours ────────────────────────────────────────────────────────────────────────────────────────────


class Clash(NamedTuple):
    """冲突: one person in two places in the same hour."""

    person: str
    begins: datetime
    ends: datetime


def clashes(ours: Sequence[Turn], theirs: Sequence[Turn]) -> tuple[Clash, ...]:
    """Who stands on turns of both at the same time, from when until when."""
    by_person: dict[str, list[Turn]] = {}
    for one in theirs:
        for person in one.people:
            by_person.setdefault(person, []).append(one)
    found = [
        Clash(person, max(one.begins, other.begins), min(one.ends, other.ends))
        for one in ours
        for person in one.people
        for other in by_person.get(person, ())
        if one.begins < other.ends and other.begins < one.ends
    ]
    return tuple(sorted(found, key=lambda one: (one.begins, one.person)))


class Hours(NamedTuple):
    """工时: minutes of one person in one class of shift on one kind of day."""

    person: str
    shift_class: ShiftClass
    kind: DayKind
    minutes: int


def hours(found: Iterable[Turn], calendar: Calendar, first: date, last: date) -> tuple[Hours, ...]:
    """工时: who served how many minutes from the beginning of ``first`` to the end of ``last``.

    A shift over midnight is divided at midnight: each part counts by the kind of its own day.
    """
    sums: dict[tuple[str, ShiftClass, DayKind], int] = {}
    opens = datetime.combine(first, time(), SHANGHAI)
    closes = datetime.combine(last + _DAY, time(), SHANGHAI)
    for turn in found:
        begins = max(turn.begins, opens)
        while begins < min(turn.ends, closes):
            midnight = datetime.combine(begins.date() + _DAY, time(), SHANGHAI)
            ends = min(turn.ends, closes, midnight)
            minutes = int((ends - begins) / timedelta(minutes=1))
            for person in turn.people:
                key = person, turn.shift.shift_class, calendar.kind(begins.date())
                sums[key] = sums.get(key, 0) + minutes
            begins = ends
    return tuple(Hours(*key, minutes) for key, minutes in sorted(sums.items()))


class Presence(NamedTuple):
    """在岗: the fewest people who were in a post at any time of a day at which its shifts ran, from when they were that few."""

    post: str
    present: int
    since: datetime


def presence(found: Iterable[Turn], day: date) -> tuple[Presence, ...]:
    """在岗人数: for every post that shifts of a day fill, from midnight to midnight, the fewest at any time (2:2.1(4)).

    A post that is counted by heads has as many as served on the turns that began on the day, each once; the turns of the day
    say how, so that the night before a new roster counts nothing. Whoever stands on two
    shifts of a post at once is one person. A time at which no shift of the post runs asks for nobody.
    """
    opens = datetime.combine(day, time(), SHANGHAI)
    closes = opens + _DAY
    by_post: dict[str, list[Turn]] = {}
    for one in found:
        if one.shift.post and one.begins < closes and opens < one.ends:
            by_post.setdefault(one.shift.post, []).append(one)
    return tuple(
        Presence(post, *counted)
        for post, shifts in sorted(by_post.items())
        if (counted := _present(shifts, day, opens, closes)) is not None
    )


def _present(
    shifts: Sequence[Turn], day: date, opens: datetime, closes: datetime
) -> tuple[int, datetime] | None:
    begun = [one for one in shifts if one.day == day]
    if any(one.shift.tally is Tally.ALWAYS for one in begun or shifts):
        return min(_heads(shifts, opens, closes))
    if not begun:
        return None
    people = {person for one in begun for person in one.people}
    return len(people), min(one.begins for one in begun)


def _heads(
    shifts: Sequence[Turn], opens: datetime, closes: datetime
) -> Iterator[tuple[int, datetime]]:
    """How many people are there from each moment on at which somebody comes or goes, while any of these shifts runs."""
    edges = {max(one.begins, opens) for one in shifts} | {min(one.ends, closes) for one in shifts}
    for edge in sorted(edges):
        running = at(shifts, edge)
        if running and edge < closes:
            yield len({person for one in running for person in one.people}), edge


# ── patterns ─────────────────────────────────────────────────────────────────────────────────────────────────────


def round_the_clock(
    begins: date, groups: Sequence[Sequence[str]], *, shifts: int = 3, turn: int = 1
) -> Roster:
    """轮班: 7×24 in two or three shifts of equal length from 08:00, the groups in turn, each shift one group further.

    Raises ``ValueError`` for another number of shifts, and for fewer groups than shifts: nobody serves twice at once.
    """
    if shifts not in (2, 3):
        raise ValueError(f"7×24 轮班分两班或三班，不能分 {shifts} 班。")
    if len(groups) < shifts:
        raise ValueError(f"分 {shifts} 班至少要 {shifts} 组人，只有 {len(groups)} 组。")
    names = ("白班", "夜班") if shifts == 2 else ("白班", "中班", "夜班")  # noqa: PLR2004  two shifts a day
    crew = [tuple(group) for group in groups]
    length = _WHOLE // shifts
    made = []
    for place, name in enumerate(names):
        opens = (8 * 60 + place * length) % _WHOLE
        night = ShiftClass.NIGHT if place == len(names) - 1 else ShiftClass.DAY
        order = (*crew[place:], *crew[:place])
        made.append(Shift(name, night, opens, (opens + length) % _WHOLE, order, turn=turn))
    return Roster(begins, tuple(made))


def office(begins: date, groups: Sequence[Sequence[str]], *, turn: int = 1) -> Roster:
    """工作时间班: 09:00 to 17:30 on working days, make-up days included, the groups in turn."""
    crew = tuple(tuple(group) for group in groups)
    shift = Shift("工作时间班", ShiftClass.OFFICE, 9 * 60, 17 * 60 + 30, crew, Days.WORKING, turn)
    return Roster(begins, (shift,), cover=Cover.OFFICE)


# ── as data ──────────────────────────────────────────────────────────────────────────────────────────────────────


def body_of(roster: Roster) -> dict[str, Any]:
    """A roster as JSON; ``roster_of`` reads it back."""
    return {
        "cover": roster.cover.value,
        "substitutes": [*roster.substitutes],
        "levels": [{"after": one.after, "people": [*one.people]} for one in roster.levels],
        "shifts": [
            {
                "name": one.name,
                "class": one.shift_class.value,
                "begins": clock_of(one.begins),
                "ends": clock_of(one.ends),
                "days": one.days.value,
                "turn": one.turn,
                "groups": [[*group] for group in one.groups],
            }
            | ({"post": one.post} if one.post else {})
            | ({"heads": one.heads} if one.heads != 1 else {})
            | ({"tally": one.tally.value} if one.tally is not Tally.ALWAYS else {})
            for one in roster.shifts
        ],
    }


def clock_of(minute: int) -> str:
    """A minute of the day as people write it: 08:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(text: str) -> int | None:
    """The minute of the day that a text like 08:30 means; None for any other text. 24:00 is midnight."""
    hour, colon, minute = text.strip().replace("：", ":").partition(":")
    if not (
        colon and hour.isascii() and hour.isdecimal() and minute.isascii() and minute.isdecimal()
    ):
        return None
    if len(hour) > len("08") or len(minute) != len("30"):
        return None
    found = int(hour) * 60 + int(minute)
    return found % _WHOLE if found <= _WHOLE and int(minute) < 60 else None  # noqa: PLR2004  minutes


def roster_of(begins: date, body: Mapping[str, Any]) -> Roster | list[Doubt]:
    """A roster from JSON, or everything that is wrong with it."""
    doubts: list[Doubt] = []
    rows = body.get("shifts")
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_SHIFTS:
        return [malformed("班次", f"要有 1 至 {MOST_SHIFTS} 个班次。", "请至少写一个班次。")]
    shifts = [_shift(row, f"第 {place} 个班次", doubts) for place, row in enumerate(rows, 1)]
    names = [one.name for one in shifts if one is not None]
    doubts += [
        malformed("班次", f"有两个“{name}”。", "每个班次取不同的名称。")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    doubts += _two_tallies([one for one in shifts if one is not None])
    levels = _levels(body.get("levels", []), doubts)
    substitutes = _people(body.get("substitutes", []), "替班人", doubts)
    cover = _choice(Cover, body.get("cover", Cover.ALWAYS.value), "须有人的时间", doubts)
    if doubts or cover is None:
        return doubts
    kept = tuple(one for one in shifts if one is not None)
    return Roster(begins, kept, substitutes, levels, cover)


def _two_tallies(shifts: Sequence[Shift]) -> Iterator[Doubt]:
    """One post is counted in one way."""
    for post in dict.fromkeys(one.post for one in shifts if one.post):
        if len({one.tally for one in shifts if one.post == post}) > 1:
            says = f"岗位“{post}”的班次，在岗人数有两种算法。"
            yield malformed("岗位", says, "同一岗位的各班请选同一种。")


def _shift(row: object, place: str, doubts: list[Doubt]) -> Shift | None:
    if not isinstance(row, dict):
        doubts.append(malformed(place, "不是一个班次。", "请写名称、起止时间和人员。"))
        return None
    name = str(row.get("name", "")).strip()
    begins, ends = (minute_of(str(row.get(edge, ""))) for edge in ("begins", "ends"))
    kind = _choice(ShiftClass, row.get("class", ShiftClass.DAY.value), f"{place} 班别", doubts)
    days = _choice(Days, row.get("days", Days.EVERY.value), f"{place} 日子", doubts)
    turn = row.get("turn", 1)
    post = str(row.get("post", "")).strip()
    heads = row.get("heads", 1)
    tally = _choice(Tally, row.get("tally", Tally.ALWAYS.value), f"{place} 在岗怎样算", doubts)
    if not isinstance(heads, int) or isinstance(heads, bool) or not 0 < heads <= MOST_HEADS:
        doubts.append(malformed(place, f"应到人数要在 1 至 {MOST_HEADS} 之间。", "一个人的写 1。"))
        heads = 1
    if len(post) > 80:  # noqa: PLR2004  no contract calls a post by a longer name
        doubts.append(malformed(place, "岗位的名称太长。", "请照合同写岗位的名称。"))
    if not 0 < len(name) <= 40:  # noqa: PLR2004  the width of the column
        doubts.append(malformed(place, "名称要有 1 至 40 个字。", "例如：白班。"))
    if begins is None or ends is None:
        says = "起止时间要写成 08:00 的样子。"
        doubts.append(
            malformed(place, says, "跨过午夜的，结束写第二天的时刻，例如 20:00 到 08:00。")
        )
    if not isinstance(turn, int) or isinstance(turn, bool) or not 0 < turn <= 31:  # noqa: PLR2004  a month
        doubts.append(malformed(place, "几天一轮要在 1 至 31 之间。", "每天轮换写 1。"))
    rows = row.get("groups", [])
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_GROUPS:
        doubts.append(malformed(place, f"要有 1 至 {MOST_GROUPS} 组人。", "每组写一个或几个人。"))
        return None
    groups = tuple(_people(one, place, doubts) for one in rows)
    doubts += _wrong_groups(rows, groups, heads, place)
    if any(not group for group in groups):
        doubts.append(malformed(place, "有一组没有人。", "每组至少一个人；没有人的就是空档。"))
    if begins is None or ends is None or kind is None or days is None or tally is None or doubts:
        return None
    return Shift(name, kind, begins, ends, groups, days, turn, post, heads, tally)


def _wrong_groups(
    rows: Sequence[object], groups: Sequence[tuple[str, ...]], heads: int, place: str
) -> Iterator[Doubt]:
    """Somebody twice in one group, who is one head all the same, and groups of fewer than have to be there."""
    for number, (row, group) in enumerate(zip(rows, groups, strict=True), 1):
        written = [str(one).strip() for one in row] if isinstance(row, list) else []
        for one in group:
            if written.count(one) > 1:
                says = f"第 {number} 组里“{one[:40]}”写了 {written.count(one)} 次。"
                yield malformed(place, says, "一个人只算一个人头，请换成另一个人或删去。")
        if group and len(group) < heads:
            says = f"第 {number} 组只有 {len(group)} 人，这一班应到 {heads} 人。"
            yield malformed(place, says, "请补足人员，或照实改应到人数。")


def _levels(rows: object, doubts: list[Doubt]) -> tuple[Level, ...]:
    if not isinstance(rows, list) or len(rows) > MOST_LEVELS:
        doubts.append(malformed("升级", f"最多 {MOST_LEVELS} 级。", "请删去多余的。"))
        return ()
    found = []
    for place, row in enumerate(rows, 1):
        after = row.get("after") if isinstance(row, dict) else None
        if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after <= _WHOLE:
            doubts.append(malformed(f"升级第 {place} 级", "没有写几分钟后。", "例如 15。"))
            continue
        found.append(Level(after, _people(row.get("people", []), f"升级第 {place} 级", doubts)))
    if [one.after for one in found] != sorted({one.after for one in found}):
        doubts.append(malformed("升级", "分钟数要一级比一级大。", "请由小到大，不要重复。"))
    return tuple(found)


def _people(rows: object, place: str, doubts: list[Doubt]) -> tuple[str, ...]:
    if not isinstance(rows, list) or not all(isinstance(one, str) and one.strip() for one in rows):
        doubts.append(malformed(place, "人员要是账号的列表。", "请从名单里选。"))
        return ()
    return tuple(dict.fromkeys(one.strip() for one in rows))


def _choice(kinds: type[Choice], text: object, place: str, doubts: list[Doubt]) -> Choice | None:
    if isinstance(text, str) and text in {one.value for one in kinds}:
        return kinds(text)
    known = "、".join(one.value for one in kinds)
    doubts.append(malformed(place, f"没有“{str(text)[:40]}”。", f"可选：{known}。"))
    return None
