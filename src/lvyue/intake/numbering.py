"""自动编号: the numbers that Word counts by itself and writes nowhere. Most contracts of Word and WPS are numbered this way.

``numbering.xml`` has abstract lists with nine levels (format, pattern, start); a ``w:num`` is one use of such a list and may
restart or replace a level; a paragraph names a use and a level, itself or through its style. Counters belong to the abstract
list, so that two uses go on counting, unless the second says where to start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from lvyue.intake.symbols import bullet

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = f"{W}val"
LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
#: after these no blank is needed between number and text
_CLOSED = frozenset("、．）】》：，；")
_SPOKEN = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


def counted(number: int, digits: str, units: str) -> str:
    """A number up to 99,999 as it is said: 十二, 一百零五, 二万; ten to nineteen begin with 十 where the digits are spoken."""
    if not 0 < number <= 99_999:  # noqa: PLR2004  where the row of signs ends
        return str(number) if number else digits[0]
    out, gap = "", False
    for place in range(4, -1, -1):
        digit = number // 10**place % 10
        if digit:
            out += (
                (digits[0] if gap and out else "")
                + digits[digit]
                + (units[place - 1] if place else "")
            )
            gap = False
        else:
            gap = True
    if units[0] == "十" and out.startswith("一十"):
        out = out[1:]
    return out


def _spoken(number: int) -> str:
    return counted(number, _SPOKEN, "十百千万")


def _digit_by_digit(number: int) -> str:
    return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))


def _letters(number: int) -> str:
    """a … z, then aa, bb …, as Word goes on."""
    if not 0 < number <= 26 * 50:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    if not 0 < number < 5000:  # noqa: PLR2004  where the row of signs ends
        return str(number)
    out = ""
    for value, sign in _ROMAN:
        out += sign * (number // value)
        number %= value
    return out


def _enclosed(first: str, last: int) -> Callable[[int], str]:
    """① and its kin stand in a row; beyond the last the plain number."""
    return lambda number: chr(ord(first) + number - 1) if 1 <= number <= last else str(number)


def _circled(number: int) -> str:
    if 1 <= number <= 20:  # noqa: PLR2004  where the row of signs ends
        return chr(ord("①") + number - 1)
    if 21 <= number <= 35:  # noqa: PLR2004  where the row of signs ends
        return chr(ord("㉑") + number - 21)
    return chr(ord("㊱") + number - 36) if 36 <= number <= 50 else str(number)  # noqa: PLR2004


def _of_row(row: str) -> Callable[[int], str]:
    return lambda number: row[number - 1] if 1 <= number <= len(row) else str(number)


def _ordinal(number: int) -> str:
    ending = (
        "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{ending}"


def _full_width(number: int) -> str:
    return str(number).translate({ord("0") + n: ord("０") + n for n in range(10)})


#: number formats by Word's names (ECMA-376, 17.18.59); what is missing here is counted in decimal
FORMATS: Mapping[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "numberInDash": lambda number: f"- {number} -",
    "ordinal": _ordinal,
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "chineseCounting": _spoken,
    "chineseCountingThousand": _spoken,
    "taiwaneseCounting": _spoken,
    "taiwaneseCountingThousand": _spoken,
    "japaneseCounting": _spoken,
    "koreanCounting": _spoken,
    "ideographDigital": _digit_by_digit,
    "taiwaneseDigital": _digit_by_digit,
    "japaneseDigitalTenThousand": _digit_by_digit,
    "chineseLegalSimplified": lambda number: counted(number, _LEGAL, "拾佰仟万"),
    "ideographLegalTraditional": lambda number: counted(number, _TRADITIONAL, "拾佰仟萬"),
    "japaneseLegal": lambda number: counted(number, _TRADITIONAL, "拾佰仟萬"),
    "ideographTraditional": _of_row(_STEMS),
    "ideographZodiac": _of_row(_BRANCHES),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _enclosed("⑴", 20),
    "decimalEnclosedFullstop": _enclosed("⒈", 20),
    "ideographEnclosedCircle": _enclosed("㊀", 10),
    "none": lambda _: "",
}


@dataclass(frozen=True, slots=True)
class Level:
    """编号级别: format, pattern (第%1条), where it starts, what follows the number, and after which level it starts anew."""

    format: str = "decimal"
    pattern: str = ""
    start: int = 1
    follow: str = "tab"
    legal: bool = False
    restart: int | None = None
    style: str = ""
    font: str = ""
    width: int = 0

    def write(self, number: int) -> str:
        return f"{number:0{self.width}d}" if self.width else FORMATS.get(self.format, str)(number)


@dataclass(frozen=True, slots=True)
class Use:
    """编号引用: a ``w:num``: the abstract list it uses, its levels, and those of them that it starts anew."""

    abstract: str
    levels: tuple[Level, ...]
    starts: Mapping[int, int]


@dataclass(slots=True)
class Numbering:
    """自动编号: all uses by id, and how far each abstract list has counted."""

    uses: Mapping[str, Use]
    counts: dict[str, list[int | None]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    def level_of_style(self, use_id: str, style: str) -> int:
        """The level of a list that belongs to a paragraph style; the first where none says so."""
        use = self.uses.get(use_id)
        levels = use.levels if use else ()
        return next((n for n, level in enumerate(levels) if style and level.style == style), 0)

    def next(self, use_id: str, depth: int) -> str:
        """The number of the next paragraph of this use and level, with the blank after it; empty where it has none."""
        use = self.uses.get(use_id)
        if use is None or not 0 <= depth < len(use.levels):
            return ""
        level = use.levels[depth]
        self._count(use_id, use, depth)
        if level.format == "bullet":
            return f"{bullet(level.pattern, level.font)} "
        text = self._written(use, level, depth)
        if not text or level.follow == "nothing" or text[-1] in _CLOSED:
            return text
        return f"{text} "

    def _count(self, use_id: str, use: Use, depth: int) -> None:
        counts = self.counts.setdefault(use.abstract, [None] * LEVELS)
        fresh = (use_id, depth) not in self.begun
        self.begun.add((use_id, depth))
        before = counts[depth]
        if fresh and depth in use.starts:
            counts[depth] = use.starts[depth]
        else:
            counts[depth] = use.levels[depth].start if before is None else before + 1
        for deeper in range(depth + 1, min(LEVELS, len(use.levels))):
            after = use.levels[deeper].restart
            if after is None or (after and depth < after):
                counts[deeper] = None

    def _written(self, use: Use, level: Level, depth: int) -> str:
        counts = self.counts[use.abstract]

        def shown(found: re.Match[str]) -> str:
            n = int(found[1]) - 1
            if n > depth or n >= len(use.levels):
                return ""
            number = counts[n] if counts[n] is not None else use.levels[n].start
            # isLgl: 1.1 under 第一条, whatever the level above is written in
            return str(number) if level.legal else use.levels[n].write(number or 0)

        if level.format == "none" and not _PLACEHOLDER.sub("", level.pattern).strip():
            return ""
        return _PLACEHOLDER.sub(shown, level.pattern).strip()


def read_numbering(root: etree._Element | None) -> Numbering:
    """The lists of ``numbering.xml``; none where the file has none."""
    if root is None:
        return Numbering({})
    abstracts = {one.get(f"{W}abstractNumId", ""): one for one in root.findall(f"{W}abstractNum")}
    uses: dict[str, Use] = {}
    for num in root.findall(f"{W}num"):
        link = num.find(f"{W}abstractNumId")
        abstract = link.get(VAL, "") if link is not None else ""
        levels = list(_levels(_linked(abstracts, root, abstract)))
        starts: dict[int, int] = {}
        for override in num.findall(f"{W}lvlOverride"):
            depth = _number(override.get(f"{W}ilvl"), 0)
            own = override.find(f"{W}lvl")
            if own is not None and 0 <= depth < len(levels):
                levels[depth] = _level(own)
                starts[depth] = levels[depth].start
            start = override.find(f"{W}startOverride")
            if start is not None:
                starts[depth] = _number(start.get(VAL), 1)
                if 0 <= depth < len(levels):
                    levels[depth] = replace(levels[depth], start=starts[depth])
        uses[num.get(f"{W}numId", "")] = Use(abstract, tuple(levels), starts)
    return Numbering(uses)


def _linked(
    abstracts: Mapping[str, etree._Element], root: etree._Element, name: str
) -> etree._Element | None:
    """The list itself, or the one that holds the levels of its list style."""
    found = abstracts.get(name)
    link = found.find(f"{W}numStyleLink") if found is not None else None
    if link is None:
        return found
    for one in root.findall(f"{W}abstractNum"):
        style = one.find(f"{W}styleLink")
        if style is not None and style.get(VAL) == link.get(VAL):
            return one
    return found


def _levels(abstract: etree._Element | None) -> list[Level]:
    levels = [Level(format="none") for _ in range(LEVELS)]
    for one in abstract.findall(f"{W}lvl") if abstract is not None else ():
        depth = _number(one.get(f"{W}ilvl"), 0)
        if 0 <= depth < LEVELS:
            levels[depth] = _level(one)
    return levels


def _level(one: etree._Element) -> Level:
    def value(tag: str, otherwise: str) -> str:
        found = one.find(f"{W}{tag}")
        return found.get(VAL, otherwise) if found is not None else otherwise

    format_, width = _format(one)
    fonts = one.find(f"{W}rPr/{W}rFonts")
    legal = one.find(f"{W}isLgl")
    restart = one.find(f"{W}lvlRestart")
    return Level(
        format=format_,
        pattern=value("lvlText", ""),
        start=_number(value("start", "1"), 1),
        follow=value("suff", "tab"),
        legal=legal is not None and legal.get(VAL, "1") not in {"0", "false", "off"},
        restart=_number(restart.get(VAL), 0) if restart is not None else None,
        style=value("pStyle", ""),
        font=(fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or "") if fonts is not None else "",
        width=width,
    )


def _format(one: etree._Element) -> tuple[str, int]:
    """Its number format; newer ones hide in an alternative, as 001, 002, 003 …, which is a width."""
    for found in one.iter(f"{W}numFmt"):
        name = found.get(VAL, "decimal")
        if name != "custom":
            return name, 0
        sample = found.get(f"{W}format", "").split(",")[0].strip()
        if sample.isdigit():
            return "decimal", len(sample)
    return "decimal", 0


def _number(text: str | None, otherwise: int) -> int:
    """A whole number of an attribute; hostile files write anything there."""
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text) else otherwise
