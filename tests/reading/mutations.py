"""变体: the same contract as other offices would have typed, copied or converted it; its tree stays the same.

Each takes the text of a contract and gives another text. Those in ``SAME_TREE`` keep every clause where it was; a chance is
seeded, so a red test is red again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise

Mutation = Callable[[str], str]

_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_HAN = "一二三四五六七八九十"


def _outside_tables(change: Callable[[str], str]) -> Mutation:
    """The change on every line that is no row of a table."""

    def changed(text: str) -> str:
        return "\n".join(line if "\t" in line else change(line) for line in text.split("\n"))

    return changed


# ── dress of the numbers ───────────────────────────────────────────────────────────────────────────────────────────


def wide_brackets(text: str) -> str:
    """(1) and (一) become （1） and （一）."""
    return _outside_tables(
        lambda line: re.sub(rf"^((?:- )?)\(([0-9]+|[{_HAN}]+)\) ?", r"\1（\2）", line)
    )(text)


def narrow_brackets(text: str) -> str:
    """（1） and （一） become (1) and (一)."""
    return _outside_tables(
        lambda line: re.sub(rf"^((?:- )?)（([0-9]+|[{_HAN}]+)）", r"\1(\2) ", line)
    )(text)


def commas(text: str) -> str:
    """1. becomes 1、."""
    return _outside_tables(lambda line: re.sub(r"^([0-9]+)\. ?(?![0-9])", r"\1、", line))(text)


def points(text: str) -> str:
    """1、 becomes 1．."""
    return _outside_tables(lambda line: re.sub(r"^([0-9]+)、", r"\1．", line))(text)


def spaced_numbers(text: str) -> str:
    """第一条 becomes 第 一 条, 一、 becomes 一 、."""
    return _outside_tables(
        lambda line: re.sub(
            rf"^([{_HAN}]+)、", r"\1 、", re.sub(rf"^第([{_HAN}]+)([章条])", r"第 \1 \2", line)
        )
    )(text)


def full_width_digits(text: str) -> str:
    """2.1 becomes ２．１ at the start of a line, and every other figure is wide too."""
    return _outside_tables(
        lambda line: re.sub(r"^([0-9]+)\.([0-9])", r"\1．\2", line).translate(_FULL)
    )(text)


def chapters_as_articles(text: str) -> str:
    """第一章 becomes 第一条: the references change with it."""
    return _outside_tables(lambda line: re.sub(rf"^第([{_HAN}]+)章", r"第\1条", line))(text)


def articles_as_chapters(text: str) -> str:
    """第一条 becomes 第一章."""
    return _outside_tables(lambda line: re.sub(rf"^第([{_HAN}]+)条", r"第\1章", line))(text)


# ── other figures ──────────────────────────────────────────────────────────────────────────────────────────────────


def other_figures(text: str, seed: int = 1) -> str:
    """Other amounts, percentages and dates; the numbers of clauses and references stay."""
    chance = random.Random(seed)  # noqa: S311 - no secret

    def amount(_: re.Match[str]) -> str:
        return f"{chance.randrange(10**4, 10**8):,}.{chance.randrange(100):02}"

    text = re.sub(r"(?<![0-9.])[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{2})?", amount, text)
    text = re.sub(r"(?<![0-9.])[0-9]{1,2}(?= ?%)", lambda _: str(chance.randrange(1, 100)), text)
    text = re.sub(r"20[0-9]{2}(?= ?年)", lambda _: str(chance.randrange(2019, 2031)), text)
    return re.sub(
        r"(?<=年)( ?)[0-9]{1,2}( ?)月", lambda m: f"{m[1]}{chance.randrange(1, 13)}{m[2]}月", text
    )


def swapped_clauses(text: str, seed: int = 1) -> str:
    """Two leaf clauses of one list change their words; the numbers stay in order."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    lines = text.split("\n")
    pattern = re.compile(r"^([0-9]+\.[0-9]+\.)([0-9]+) (.*。)$")
    found = [(i, m) for i, line in enumerate(lines) if (m := pattern.match(line))]
    pairs = [
        (a, b)
        for a, b in pairwise(found)
        if a[1][1] == b[1][1] and not any(lines[j].strip() for j in range(a[0] + 1, b[0]))
    ]
    for (i, first), (j, second) in chance.sample(pairs, min(3, len(pairs))):
        lines[i] = f"{first[1]}{first[2]} {second[3]}"
        lines[j] = f"{second[1]}{second[2]} {first[3]}"
    return "\n".join(lines)


# ── how the lines are broken ───────────────────────────────────────────────────────────────────────────────────────


def broken(text: str, width: int) -> str:
    """A line break every so many characters, as a text copied out of a PDF has them."""
    return _outside_tables(
        lambda line: "\n".join(line[i : i + width] for i in range(0, max(len(line), 1), width))
    )(text)


def broken_anywhere(text: str, seed: int = 1) -> str:
    """A line break after 20 to 50 characters, each time another number of them."""
    chance = random.Random(seed)  # noqa: S311 - no secret

    def change(line: str) -> str:
        pieces = []
        while len(line) > 50:
            at = chance.randrange(20, 51)
            pieces.append(line[:at])
            line = line[at:]
        return "\n".join([*pieces, line])

    return _outside_tables(change)(text)


def without_blank_lines(text: str) -> str:
    """Every blank line dropped."""
    return "\n".join(line for line in text.split("\n") if line.strip()) + "\n"


def double_blank_lines(text: str) -> str:
    """Every blank line twice; rows of tables stay together."""
    return re.sub(r"\n[ \t]*\n", "\n\n\n", text)


def windows_line_ends(text: str) -> str:
    """CR LF."""
    return text.replace("\n", "\r\n")


def page_numbers(text: str, every: int = 30, *, word: str = "{}") -> str:
    """A page number between two paragraphs every so many lines."""
    out: list[str] = []
    page = 1
    for number, line in enumerate(text.split("\n"), 1):
        out.append(line)
        if number % every == 0 and "\t" not in line:
            out += ["", word.format(page), ""]
            page += 1
    return "\n".join(out)


def page_breaks(text: str, seed: int = 1) -> str:
    """Long sentences cut by a page: a blank line, a page number, a blank line in their middle."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    page = 0

    def change(line: str) -> str:
        nonlocal page
        if len(line) < 90 or chance.random() > 0.4:
            return line
        at = chance.randrange(40, len(line) - 12)
        while (
            line[at - 1] in "。；：:;！？!?…）)】》”0123456789"
            or not "一" <= line[at] <= "鿿"
            or line[at] in _HAN + "第鉴"
        ):
            at += 1
            if at >= len(line) - 3:
                return line
        page += 1
        return f"{line[:at]}\n\n{page}\n\n{line[at:]}"

    return _outside_tables(change)(text)


def indented(text: str) -> str:
    """Two wide blanks before every paragraph."""
    return _outside_tables(lambda line: f"　　{line}" if line.strip() else line)(text)


# ── markup ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def bold_headings(text: str) -> str:
    """**一、定义**, as a converter writes a heading."""
    return _outside_tables(
        lambda line: (
            f"**{line}**"
            if re.match(rf"[{_HAN}]+、|第[{_HAN}]+[章条]", line) and len(line) < 40
            else line
        )
    )(text)


def hash_headings(text: str) -> str:
    """## 一、定义."""
    return _outside_tables(
        lambda line: (
            f"## {line}"
            if re.match(rf"[{_HAN}]+、|第[{_HAN}]+[章条]", line) and len(line) < 40
            else line
        )
    )(text)


def dashes(text: str) -> str:
    """- (1) …, as a converter writes a list."""
    return _outside_tables(lambda line: re.sub(r"^([(（][0-9]+[)）])", r"- \1", line))(text)


SAME_TREE: dict[str, Mutation] = {
    "wide brackets": wide_brackets,
    "narrow brackets": narrow_brackets,
    "commas for points": commas,
    "points for commas": points,
    "spaces inside numbers": spaced_numbers,
    "full-width digits": full_width_digits,
    "other figures": other_figures,
    "words of clauses swapped": swapped_clauses,
    "broken at 20": partial(broken, width=20),
    "broken at 33": partial(broken, width=33),
    "broken at 38": partial(broken, width=38),
    "broken at 50": partial(broken, width=50),
    "broken anywhere": broken_anywhere,
    "without blank lines": without_blank_lines,
    "without blank lines, broken at 40": lambda text: broken(without_blank_lines(text), 40),
    "double blank lines": double_blank_lines,
    "CR LF": windows_line_ends,
    "page numbers": page_numbers,
    "page numbers in dashes": partial(page_numbers, every=23, word="- {} -"),
    "page numbers in words": partial(page_numbers, every=27, word="第 {} 页 共 30 页"),
    "sentences cut by pages": page_breaks,
    "indented": indented,
    "bold headings": bold_headings,
    "hash headings": hash_headings,
    "dashes before numbers": dashes,
}
