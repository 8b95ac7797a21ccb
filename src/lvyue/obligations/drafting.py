"""拟登记: what a person typed or pasted into a form, read into a fact, field by field. Pure: it knows no page and no table.

Numbers and dates are put in order whatever the word processor did to them; text stays as it was typed. Where what was
typed could mean two things it is asked about with both readings, and never guessed. What a fact may say at all is the
law of `core.facts`, which has the last word here as everywhere.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Doubt
from lvyue.core.facts import (
    KINDS,
    Fact,
    FactId,
    FactKind,
    Field,
    FieldType,
    is_decimal,
    parse_at,
    read_line,
)
from lvyue.core.money import Money, UnreadableMoney
from lvyue.core.words import LIMIT, from_words, in_words

#: Text of these fields may run over several lines.
LONG = frozenset({"reason", "about", "cause"})

#: Fields by which two facts of one kind are about different things, whatever their subjects say.
REFERENCES = (
    *("term", "instalment", "fact", "parameter", "doubt", "clause", "indicator"),
    *("deliverable", "report", "post", "item", "plan", "topic", "place", "class", "cycle", "event"),
)

#: Kinds that name another fact and change what became of it.
CORRECTIONS = frozenset({"fact.corrected", "fact.withdrawn"})

_PLACE = "登记"
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Draft:
    """拟登记: a fact before it is on record, under the id that it will have there."""

    id: FactId
    kind: str
    at: date | datetime
    subject: str | None
    data: Mapping[str, Any]
    evidence: tuple[str, ...] = ()

    @property
    def line(self) -> bytes:
        """The leaf that recording it would append: the same draft always gives the same bytes."""
        row: dict[str, Any] = {"id": self.id, "kind": self.kind, "at": self.at.isoformat()}
        if self.subject is not None:
            row["subject"] = self.subject
        row["data"] = dict(self.data)
        if self.evidence:
            row["evidence"] = [*self.evidence]
        return json.dumps(row, ensure_ascii=False, separators=(", ", ": ")).encode()

    def read(self, index: int = 0) -> Fact | list[Doubt]:
        """The fact that the leaf would be, or all that is wrong with it."""
        return read_line(self.line, index, _PLACE)


def draft_of(fact: Fact, identity: str) -> Draft:
    """A fact as the draft of another one, under another id."""
    return Draft(FactId(identity), fact.kind, fact.at, fact.subject, dict(fact.data), fact.evidence)


def about(fact: Fact | Draft) -> tuple[object, ...]:
    """What a fact is about: two of one kind with the same answer may be one thing written down twice."""
    return (
        fact.kind,
        fact.subject,
        *((name, fact.data.get(name)) for name in REFERENCES if name in fact.data),
    )


def same_thing(one: Fact, other: Fact) -> bool:
    """Whether two facts say something about the same thing, or correct the same fact: two people may have meant one."""
    if one.kind in CORRECTIONS and other.kind in CORRECTIONS:
        return bool(one.data["fact"] == other.data["fact"])
    return about(one) == about(other)


@dataclass(frozen=True, slots=True)
class Choice:
    """选项: one reading of what was typed: the value that picks it, and how it is told."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Asked:
    """请问: what was typed has several readings, and a person picks one."""

    says: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """有误: why what was typed is not what the field asks for, and how to mend it."""

    says: str


@dataclass(frozen=True, slots=True)
class Reading:
    """读出: the draft if everything was understood; else what is wrong or asked about, by the name of the input."""

    draft: Draft | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Asked] = field(default_factory=dict)


def read_form(
    kind: FactKind,
    typed: Mapping[str, str],
    identity: str,
    *,
    today: date,
    expected: Sequence[Money] = (),
    evidence: Sequence[str] = (),
) -> Reading:
    """Read a form: inputs ``at``, ``subject``, ``data.<field>``; ``<input>.means`` answers what was asked about it.

    ``expected`` are the amounts that the contract waits for: an amount that is one of them in another unit is asked
    about.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    questions: dict[str, Asked] = {}

    def put(name: str, found: object) -> None:
        match found:
            case Wrong():
                errors[name] = found.says
            case Asked():
                questions[name] = found
            case None:
                pass
            case _:
                values[name] = found

    put("at", _at(typed.get("at", ""), today, typed.get("at.means", "")))
    put("subject", _text(typed.get("subject", ""), several_lines=False))
    for spec in kind.fields:
        name = f"data.{spec.name}"
        means = typed.get(f"{name}.means", "")
        put(name, _value(spec, typed.get(name, ""), means, today=today, expected=expected))
    for spec in kind.fields:  # with all that is wrong at once, and in the units of the form
        name = f"data.{spec.name}"
        if spec.required and not (name in values or name in errors or name in questions):
            errors[name] = f"缺少“{label_of(spec)}”。"
    if errors or questions:
        return Reading(None, errors, questions)
    draft = Draft(
        FactId(identity),
        kind.name,
        values["at"],
        values.get("subject"),
        {spec.name: values[key] for spec in kind.fields if (key := f"data.{spec.name}") in values},
        tuple(evidence),
    )
    read = draft.read()
    return Reading(draft) if isinstance(read, Fact) else Reading(None, by_field(read))


def by_field(doubts: Sequence[Doubt]) -> dict[str, str]:
    """What the law says is wrong, by the name of the input; an empty name where it is the line as a whole."""
    found: dict[str, str] = {}
    for doubt in doubts:
        name = doubt.places[0].removeprefix(_PLACE).removeprefix(" 字段 ")
        says = f"{doubt.says}{doubt.mend}" if name == "" else doubt.says
        found[name] = f"{found[name]}{says}" if name in found else says
    return found


def label_of(spec: Field) -> str:
    """A field as the form names it: people write yuan where files hold fen."""
    return spec.zh.replace("（分）", "（元）")


def typed_of(fact: Fact | Draft) -> dict[str, str]:
    """A fact as it would be typed: what a form is filled with."""
    typed = {"at": _typed_at(fact.at), "subject": fact.subject or ""}
    for spec in KINDS[fact.kind].fields:
        if spec.name in fact.data:
            typed[f"data.{spec.name}"] = _typed_value(spec, fact.data[spec.name])
    return typed


def _typed_at(at: date | datetime) -> str:
    if not isinstance(at, datetime):
        return at.isoformat()
    local = at.astimezone(SHANGHAI).replace(tzinfo=None)
    return local.isoformat(" ", "seconds" if local.second else "minutes")


def typed_money(money: Money) -> str:
    """An amount as it would be typed, with its unit."""
    return f"{money} 元".replace("¥", "")


def _typed_value(spec: Field, value: Any) -> str:
    match spec.type:
        case FieldType.FEN:
            return typed_money(Money(value))
        case FieldType.BOOLEAN:
            return "true" if value else "false"
        case FieldType.MOMENT | FieldType.AT | FieldType.DAY:
            at = parse_at(value)
            return value if isinstance(at, str) else _typed_at(at)
        case _:
            return str(value)


# ── fields ───────────────────────────────────────────────────────────────────────────────────────────────────────

_Found = object


def _value(
    spec: Field, text: str, means: str, *, today: date, expected: Sequence[Money]
) -> _Found | None:
    """The value of a field as files hold it; None where nothing was typed."""
    if spec.type is FieldType.TEXT:
        return _text(text, several_lines=spec.name in LONG)
    plain = tidied(text)
    if not plain:
        return None
    match spec.type:
        case FieldType.FEN:
            money = read_money(text, expected, means)
            if isinstance(money, Money):
                return _fen(spec, money)
            return money
        case FieldType.INTEGER:
            return read_integer(plain)
        case FieldType.DECIMAL:
            return _decimal(plain)
        case FieldType.BOOLEAN:
            return _flag(plain)
        case FieldType.DAY | FieldType.MOMENT | FieldType.AT:
            at = read_at(text, today, means)
            if isinstance(at, datetime) and spec.type is FieldType.DAY:
                return Wrong("只写到日，不写时刻。")
            if isinstance(at, date) and not isinstance(at, datetime):
                timed = spec.type is FieldType.MOMENT
                return Wrong(f"请写到时刻，例如 {at} 10:30。") if timed else at.isoformat()
            return at.isoformat() if isinstance(at, datetime) else at


def _at(text: str, today: date, means: str) -> date | datetime | Asked | Wrong:
    if not tidied(text):
        return Wrong("请写发生的日期，例如 2026-03-01；知道时刻的写 2026-03-01 10:30。")
    return read_at(text, today, means)


def _fen(spec: Field, money: Money) -> int | Wrong:
    """Files hold fen, and so the law speaks of fen; who typed yuan is told in yuan."""
    if spec.least is not None and money.fen < spec.least:
        name = spec.zh.removesuffix("（分）")
        return Wrong(
            f"“{name}”不能小于 {typed_money(Money(spec.least))}，写的是 {typed_money(money)}。"
        )
    return money.fen


def read_integer(plain: str) -> int | Wrong:
    """A whole number of a length that anything here could have."""
    if re.fullmatch(r"-?(\d{1,3}(,\d{3}){1,6}|\d{1,20})", plain):
        return int(plain.replace(",", ""))
    return Wrong(f"“{shortened(plain)}”不是整数；只写数字，不写单位。")


def _decimal(plain: str) -> str | Wrong:
    if is_decimal(plain):
        return plain
    return Wrong(f"“{shortened(plain)}”不是数字；请写成 99.95 的样子，不写单位和百分号。")


def _flag(plain: str) -> bool | Wrong:
    known = {"true": True, "是": True, "false": False, "否": False}
    found = known.get(plain.lower())
    return Wrong(f"“{shortened(plain)}”不是“是”或“否”。") if found is None else found


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Blanks that take no room: word processors and chat programs leave them between digits.
_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_EDGES = re.compile(rf"^(?:\s|{_UNSEEN.pattern})+|(?:\s|{_UNSEEN.pattern})+\Z")
_QUOTES = "\"'“”‘’「」『』«»"


def tidied(text: str) -> str:
    """A number or a date without what a word processor put around it; full width becomes half width."""
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return " ".join(plain.split()).strip(_QUOTES).strip()


def _text(text: str, *, several_lines: bool) -> str | Wrong | None:
    """Text as it was typed. Browsers send every line end as two characters; we take it back to one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines.strip():
        return None
    if not several_lines:
        lines = _EDGES.sub("", lines)
        if not lines:
            return None
    for place, one in enumerate(lines, start=1):
        if unicodedata.category(one) in ("Cc", "Cs") and not (several_lines and one in "\n\t"):
            name = {"\n": "换行", "\t": "制表符"}.get(one, f"看不见的控制字符 U+{ord(one):04X}")
            return Wrong(f"第 {place} 个字符是{name}，请删去它再提交。")
    return lines


def shortened(text: str) -> str:
    """What was typed, as far as a sentence about it bears."""
    return text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004  as much as a sentence bears


# ── days and moments ─────────────────────────────────────────────────────────────────────────────────────────────

_DATE = re.compile(
    r"(?:(?P<compact>\d{8})"
    r"|(?:(?P<year>\d{4})\s*[-/.年]\s*)?(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*[日号]?)"
    r"(?:\s*(?:周|星期)[一二三四五六日天])?"
    r"(?:(?:[\sT]+|(?<=[日号]))(?P<time>\S.*))?"
)
_TIME = re.compile(
    r"(?P<half>上午|下午|晚上|晚|早上|凌晨|中午)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*"
    r"(?:(?P<minute>\d{1,2})\s*分?)?(?:\s*:?\s*(?P<second>\d{1,2})\s*秒?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_AFTERNOON = ("下午", "晚上", "晚")
_NOON = 12


def read_at(text: str, today: date, means: str = "") -> date | datetime | Asked | Wrong:
    """A day or a moment as people write them; by the clocks of Beijing unless it says otherwise.

    A day without its year is asked about: ``means`` is the answer.
    """
    plain = tidied(text)
    exact = parse_at(plain)
    if not isinstance(exact, str):
        return exact
    found = _DATE.fullmatch(plain)
    if found is None:
        return _no_date(text)
    time = found["time"]
    clock = _time(time) if time else None
    if isinstance(clock, Wrong):
        return clock
    if found["compact"] is None and found["year"] is None:
        return _which_year(found, clock, today, means)
    compact = found["compact"]
    year, month, day = (
        (compact[:4], compact[4:6], compact[6:])
        if compact
        else (found["year"], found["month"], found["day"])
    )
    return _moment(int(year), int(month), int(day), clock) or _no_day(text)


_Clock = tuple[timedelta, Any]


def _time(text: str) -> _Clock | Wrong:
    """The time of day from midnight, and its zone."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return Wrong(f"看不懂时刻“{shortened(text)}”；请写成 10:30 或 10时30分。")
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"] in _AFTERNOON and hour < _NOON:
        hour += _NOON
    if found["half"] == "中午" and hour in (1, 2):
        hour += _NOON
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004  the clock's own limits
        return Wrong(f"没有“{shortened(text)}”这样的时刻；一天从 00:00 到 23:59。")
    zone: Any = SHANGHAI
    if found["zone"]:
        written = found["zone"].replace("Z", "+00:00")
        try:
            zone = datetime.fromisoformat(f"2000-01-01T00:00:00{written}").tzinfo
        except ValueError:
            return Wrong(f"没有“{written}”这样的时区；北京时间不用写时区。")
    return timedelta(hours=hour, minutes=minute, seconds=second), zone


def _moment(
    year: int, month: int, day: int, clock: _Clock | None
) -> date | datetime | Wrong | None:
    try:
        on = date(year, month, day)
    except ValueError:
        return None
    if clock is None:
        at = parse_at(on.isoformat())
    else:
        since, zone = clock
        at = parse_at((datetime(year, month, day, tzinfo=zone) + since).isoformat())
    return Wrong(at) if isinstance(at, str) else at


def _which_year(
    found: re.Match[str], clock: _Clock | None, today: date, means: str
) -> date | datetime | Asked | Wrong:
    month, day = int(found["month"]), int(found["day"])
    readings = [
        at
        for year in (today.year, today.year - 1, today.year + 1)
        if isinstance(at := _moment(year, month, day, clock), date)
    ]
    if not readings:
        return _no_day(found[0])
    for at in readings:
        if means == at.isoformat():
            return at
    return Asked(
        f"“{shortened(found[0])}”没有写年份，是哪一年？",
        tuple(Choice(at.isoformat(), _spoken(at)) for at in readings),
    )


def _spoken(at: date | datetime) -> str:
    return f"{_typed_at(at)} 周{_WEEKDAYS[at.weekday()]}"


def _no_date(text: str) -> Wrong:
    return Wrong(
        f"看不懂日期“{shortened(text.strip())}”；请写成 2026-03-01、2026年3月1日 或 2026-03-01 10:30。"
    )


def _no_day(text: str) -> Wrong:
    return Wrong(f"日历上没有“{shortened(text.strip())}”这一天，请核对。")


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────

_BARE = re.compile(r"-?[\d,]+(\.\d+)?")
_MYRIAD, _HUNDRED = 10**4, 100
#: An amount within one part in so many of what the contract waits for is taken to mean it.
_NEAR = 20


def read_money(text: str, expected: Sequence[Money] = (), means: str = "") -> Money | Asked | Wrong:
    """An amount as people write it: figures, 元, 万元, ¥, or words. ``means`` answers which unit was meant, in fen.

    A bare number is yuan, unless it is what the contract waits for in another unit: then that is asked.
    """
    plain = tidied(text)
    try:
        money = _written(plain, text)
    except UnreadableMoney as error:
        return _only_in_myriads(plain, expected, means) or Wrong(str(error))
    if not _BARE.fullmatch(plain):
        return money  # the unit is written
    others = [*_other_units(money, expected)]
    if not others:
        return money
    readings = {str(one.fen): one for one in (money, *(found for found, _ in others))}
    if means in readings:
        return readings[means]
    asked = [Choice(str(money.fen), _amount(money, "按元读"))]
    asked += [Choice(str(found.fen), _amount(found, told)) for found, told in others]
    return Asked(f"“{shortened(plain)}”是多少钱？只写了数，没有写单位。", tuple(asked))


def _only_in_myriads(plain: str, expected: Sequence[Money], means: str) -> Money | Asked | None:
    """A bare number that would split a fen as yuan, such as 48.256, may be what the contract waits for in 万元."""
    if not _BARE.fullmatch(plain):
        return None
    try:
        money = Money.parse(f"{plain}万元")
    except UnreadableMoney:
        return None
    if not any(_near(money, one) for one in expected):
        return None
    if means == str(money.fen):
        return money
    says = f"“{shortened(plain)}”没有写单位；按元读不足一分。是万元吗？不是请改写金额。"
    return Asked(says, (Choice(str(money.fen), _amount(money, "按万元读")),))


def _written(plain: str, text: str) -> Money:
    if any(one in plain for one in "壹贰叁肆伍陆柒捌玖拾佰仟"):
        return from_words(plain)
    try:
        return Money.parse(plain)
    except UnreadableMoney as error:
        raise UnreadableMoney(str(error).replace(plain, text.strip(), 1)) from error


def _other_units(money: Money, expected: Sequence[Money]) -> Iterator[tuple[Money, str]]:
    """The same figures in other units with how that is told, as far as the contract waits for that and not for so many yuan."""
    if not money or any(_near(money, one) for one in expected):
        return
    in_myriads = money * _MYRIAD
    if any(_near(in_myriads, one) for one in expected):
        yield in_myriads, "按万元读"
    if not money.fen % _HUNDRED:
        in_fen = Money(money.fen // _HUNDRED)
        if any(_near(in_fen, one) for one in expected):
            yield in_fen, "按分读"
    if not money.fen % _MYRIAD:
        too_much = Money(money.fen // _MYRIAD)
        if any(_near(too_much, one) for one in expected):
            yield too_much, "若多写了四个零"


def _near(one: Money, other: Money) -> bool:
    return bool(other) and abs(one - other) * _NEAR <= abs(other)


def _amount(money: Money, told: str) -> str:
    words = f"人民币{in_words(money)}" if abs(money) < LIMIT else ""
    return f"{told}：{money} {words}".rstrip()
