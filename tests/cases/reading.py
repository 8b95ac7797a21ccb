"""案例文件: Markdown that a lawyer can write, read into facts and expected lines.

What a file means and nothing else: the blocks ``facts``, ``as-of DAY [size N]``, ``deadlines`` and ``words``. Every expected
value keeps its place in its line, so that ``--accept`` can write what was found over it and over nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from lvyue.core.calendar import SHANGHAI
from lvyue.core.facts import KINDS, Field, FieldType
from lvyue.core.money import Money, UnreadableMoney

BLOCKS = ("facts", "as-of", "deadlines", "words")

#: Fields of an expected line that are followed by a value, by what they are compared as.
EXACT = ("due", "strict", "opens", "limit", "paid", "from", "days", "overdue", "excused")
WITHIN = ("because", "absent", "doubts", "waits", "needs", "facts")
#: Words that are a field, and in the first place of a line an answer.
VERDICTS = ("due", "paid", "excused")
FLAGS = {"provisional": "provisional", "firm": "provisional", "capped": "capped"}


class Unreadable(ValueError):
    """案例读不懂: says the line and the remedy."""

    def __init__(self, number: int, says: str) -> None:
        super().__init__(says)
        self.number = number


@dataclass(frozen=True, slots=True)
class Want:
    """期望: one named value of an expected line and where it stands in that line."""

    field: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """期望行: whose line it is, which occurrence, and the values that are written."""

    number: int
    whole: str
    about: str
    occurrence: str | None
    wants: tuple[Want, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """期望块: one fenced block of expectations."""

    kind: str
    number: int
    title: str
    lines: tuple[Line, ...]
    as_of: date | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """案例: one file."""

    path: Path
    title: str
    contract: str
    log: bytes
    blocks: tuple[Block, ...]

    def facts(self) -> BytesIO:
        """The facts as a file of JSON lines whose line numbers are those of the case."""
        stream = BytesIO(self.log)
        stream.name = self.path.name
        return stream


def read(path: Path) -> Case:
    """A case from its file. Raises ``Unreadable``."""
    rows = path.read_text(encoding="utf-8").splitlines()
    title = next((row[2:].strip() for row in rows if row.startswith("# ")), "")
    if not title:
        raise Unreadable(1, "缺少标题。请以“# 标题”开头。")
    facts: list[bytes] = []
    blocks: list[Block] = []
    for kind, rest, number, inside in _fences(rows):
        if kind == "facts":
            _facts(inside, facts)
        else:
            blocks.append(_block(kind, rest, number, inside))
    if not any(block.lines for block in blocks):
        raise Unreadable(1, "没有任何期望。一个案例至少写一行期望。")
    return Case(path, title, path.parent.name, b"\n".join(facts) + b"\n", tuple(blocks))


def _fences(rows: Sequence[str]) -> Iterator[tuple[str, str, int, list[tuple[int, str]]]]:
    """Every fenced block that is ours: its kind, the rest of its opening line, where it opens, its lines."""
    opened: tuple[str, str, int, list[tuple[int, str]]] | None = None
    fenced = False
    for number, row in enumerate(rows, start=1):
        if not row.startswith("```"):
            if opened is not None and row.strip() and not row.startswith("#"):
                opened[3].append((number, row))
            continue
        if fenced:
            if opened is not None:
                yield opened
            opened, fenced = None, False
            continue
        fenced = True
        kind, _, rest = row[3:].strip().partition(" ")
        if kind and kind not in BLOCKS:
            raise Unreadable(number, f"没有“{kind}”这种块。可用的有：{'、'.join(BLOCKS)}。")
        opened = (kind, rest.strip(), number, []) if kind else None
    if fenced:
        raise Unreadable(len(rows), "最后一个块没有收尾的 ```。")


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────

_FACT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?: (?P<time>\d{2}:\d{2}(?::\d{2})?))?\s+(?P<kind>[a-z_.]+)(?P<rest>\s.*)?"
)
_PAIR = re.compile(r"\s*(?P<name>[a-z_]+)=(?P<value>“[^”]*”|\"[^\"]*\"|[^\s“\"]+)")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)")


def _facts(inside: Sequence[tuple[int, str]], out: list[bytes]) -> None:
    """Facts as JSON lines; blank lines keep the numbers of the lines as they are in the case."""
    for number, row in inside:
        found = _FACT.fullmatch(row.strip())
        if found is None:
            raise Unreadable(number, "事实应写成：日期 [时刻] 种类 [字段=值 …]。")
        at = found["day"] + (f"T{_seconds(found['time'])}+08:00" if found["time"] else "")
        fact: dict[str, Any] = {
            "id": f"f{sum(1 for line in out if line) + 1}",
            "kind": found["kind"],
        }
        fact["at"] = at
        data: dict[str, Any] = {}
        for name, value in _pairs(found["rest"] or "", number):
            if name in ("subject", "id"):
                fact[name] = value
            else:
                key, typed = _typed(found["kind"], name, value, number)
                data[key] = typed
        if data:
            fact["data"] = data
        out.extend([b""] * (number - 1 - len(out)))
        out.append(json.dumps(fact, ensure_ascii=False).encode())


def _pairs(rest: str, number: int) -> Iterator[tuple[str, str]]:
    place = 0
    rest = rest.strip()
    while place < len(rest):
        found = _PAIR.match(rest, place)
        if found is None:
            raise Unreadable(number, f"“{rest[place:]}”应写成 字段=值；值中有空格的加引号。")
        yield found["name"], found["value"].strip('“”"')
        place = found.end()


def _typed(kind: str, name: str, value: str, number: int) -> tuple[str, Any]:
    """The field and its value, typed as the fact kind says; what the kind does not know is left to the reader."""
    specs: dict[str, Field] = (
        {spec.name: spec for spec in KINDS[kind].fields} if kind in KINDS else {}
    )
    if value.startswith(("¥", "￥")):
        try:
            return f"{name}_fen", Money.parse(value).fen
        except UnreadableMoney as error:
            raise Unreadable(number, str(error)) from error
    spec = specs.get(name)
    if spec is None:
        return name, value
    if spec.type in (FieldType.INTEGER, FieldType.FEN) and re.fullmatch(r"-?\d+", value):
        return name, int(value)
    if spec.type is FieldType.BOOLEAN and value in ("true", "false"):
        return name, value == "true"
    moment = _MOMENT.fullmatch(value)
    if moment and (spec.type is FieldType.MOMENT or name == "at"):
        return name, f"{moment[1]}T{_seconds(moment[2])}+08:00"
    return name, value


def _seconds(time: str) -> str:
    return time if len(time) == len("10:05:00") else f"{time}:00"


# ── expectations ─────────────────────────────────────────────────────────────────────────────────────────────────

_AS_OF = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s+size\s+(\d+))?")
_TOKEN = re.compile(r"“[^”]*”(?:=[^\s;；]+)?|[^\s;；]+")
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?")


def _block(kind: str, rest: str, number: int, inside: Sequence[tuple[int, str]]) -> Block:
    if not inside:
        raise Unreadable(number, "这个块是空的。一个块至少写一行期望。")
    if kind == "as-of":
        found = _AS_OF.fullmatch(rest)
        if found is None:
            raise Unreadable(number, "请写成 ```as-of 2026-02-28，或加 size N。")
        lines = tuple(_line(n, row) for n, row in inside)
        size = int(found[2]) if found[2] else None
        return Block(kind, number, f"as-of {rest}", lines, date.fromisoformat(found[1]), size)
    lines = tuple(_equation(n, row) for n, row in inside)
    return Block(kind, number, kind, lines)


def _line(number: int, row: str) -> Line:
    about, colon, _ = row.partition(": ")
    if not colon:
        raise Unreadable(number, "期望应写成：约定或条款: 结论 …（冒号后空一格）。")
    wants = tuple(_wants(number, row, len(about) + 2))
    if not wants:
        raise Unreadable(number, "冒号后面没有期望的值。")
    name, bracket, label = about.strip().partition(" [")
    return Line(number, row, name.strip(), label.rstrip("]") if bracket else None, wants)


def _wants(number: int, row: str, start: int) -> Iterator[Want]:
    """The values of a line in order. A word that names no field is the verdict, the amount or a count, by its looks."""
    tokens = list(_TOKEN.finditer(row, start))
    place, mode, first = 0, "", True
    while place < len(tokens):
        token = tokens[place]
        text = token[0]
        place += 1
        if text == "alternatives":
            mode = text
        elif mode == "alternatives" and "=" in text and text not in EXACT + WITHIN:
            name, _, value = text.rpartition("=")
            yield Want(
                f"alternative {name.strip('“”')}", value, token.end() - len(value), token.end()
            )
        elif text in FLAGS:
            yield Want(FLAGS[text], text, token.start(), token.end())
        elif text in EXACT + WITHIN and not (first and text in VERDICTS):
            if place == len(tokens):
                raise Unreadable(number, f"“{text}”后面没有值。")
            end = tokens[place].end()
            if place + 1 < len(tokens) and text in EXACT and _TIME.fullmatch(tokens[place + 1][0]):
                place += 1
                end = tokens[place].end()
            begin = (
                tokens[place].start()
                if not _TIME.fullmatch(tokens[place][0])
                else tokens[place - 1].start()
            )
            yield Want(text, row[begin:end], begin, end)
            place, mode = place + 1, ""
        elif text.startswith(("¥", "-¥")) or text in ("未知", "none") or text.isdigit():
            yield Want("amount", text, token.start(), token.end())
        elif first:
            yield Want("verdict", text, token.start(), token.end())
        else:
            raise Unreadable(number, f"“{text}”不是字段。可用的有：{'、'.join(EXACT + WITHIN)}。")
        first = False


def _equation(number: int, row: str) -> Line:
    left, sign, right = row.partition("=")
    if not sign:
        raise Unreadable(number, "应写成：算式 = 结果。")
    start = len(left) + 1 + len(right) - len(right.lstrip())
    found = re.compile(
        r"(?P<result>\S+(?: \d{2}:\d{2}(?::\d{2})?)?)"
        r"(?:\s+strict (?P<strict>\S+(?: \d{2}:\d{2}(?::\d{2})?)?))?(?:\s+(?P<flag>provisional|firm))?\s*"
    ).fullmatch(row, start)
    if found is None:
        raise Unreadable(number, "等号后应写：结果 [strict 日期] [provisional]。")
    wants = [Want("result", found["result"], *found.span("result"))]
    if found["strict"]:
        wants.append(Want("strict", found["strict"], *found.span("strict")))
    if found["flag"]:
        wants.append(Want("provisional", found["flag"], *found.span("flag")))
    return Line(number, row, left.strip(), None, tuple(wants))


def shown(at: date | datetime | None) -> str:
    """A day or a moment as case files write it."""
    if at is None:
        return "none"
    if isinstance(at, datetime):
        local = at.astimezone(SHANGHAI)
        return local.strftime("%Y-%m-%d %H:%M" + (":%S" if local.second else ""))
    return at.isoformat()
