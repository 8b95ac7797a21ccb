"""事实行: from the lines of a facts file to the leaves of a log, or all that is wrong with them.

One set of rules for the database and for a file on its own. The bytes of a leaf are exactly the
bytes of its line without the line's end; docs/algorithms/evidence-log.md says it in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.core.facts import Fact, FactId, read_line

BOM = b"\xef\xbb\xbf"

#: Reading stops after so many bad lines: a person mends a file by its first mistakes.
BAD_LINES_LIMIT = 1000

CORRECTIONS = frozenset({"fact.corrected", "fact.withdrawn"})
EXCERPT = 60

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(slots=True)
class Sifted:
    """筛过的事实行: the new facts of a file in order, what repeats itself, and what is wrong, by line number."""

    name: str
    facts: list[Fact] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)
    bad: dict[int, list[Doubt]] = field(default_factory=dict)
    #: Corrections of facts that no earlier line of the file holds, by line number.
    dangling: dict[int, Fact] = field(default_factory=dict)

    def named(self) -> Iterator[FactId]:
        """Every id that a log has to be asked for: the facts' own, and those that corrections name."""
        yield from (fact.id for fact in self.facts)
        yield from (_target(fact) for fact in self.dangling.values())

    def refuse_if_bad(self) -> None:
        """Raise everything that is wrong, in the order of the lines, or nothing."""
        if self.bad:
            raise Refused(doubt for number in sorted(self.bad) for doubt in self.bad[number])

    def wrong(self, number: int, doubts: list[Doubt]) -> None:
        self.bad.setdefault(number, []).extend(doubts)

    def place(self, number: int) -> str:
        return f"{self.name} 第 {number} 行"


def leaves(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The leaf of each line with the line's number, counted from 1. Blank lines are counted and left out."""
    for number, line in enumerate(lines, start=1):
        leaf = line.removesuffix(b"\n").removesuffix(b"\r")
        if number == 1:
            leaf = leaf.removeprefix(BOM)
        if leaf and not leaf.isspace():
            yield number, leaf


def sift(lines: Iterable[bytes], name: str) -> Sifted:
    """Read every line of the file called `name`, as if it began a log of its own."""
    sifted = Sifted(name)
    facts, seen = sifted.facts, dict[FactId, int]()
    for number, leaf in leaves(lines):
        place = sifted.place(number)
        read = _read(leaf, len(facts), place)
        if not isinstance(read, Fact):
            sifted.wrong(number, read)
            if len(sifted.bad) == BAD_LINES_LIMIT:
                sifted.wrong(number, [_more_may_follow(sifted.place(number + 1))])
                break
        elif (at := seen.get(read.id)) is None:
            if read.kind in CORRECTIONS and _target(read) not in seen:
                sifted.dangling[number] = read
            seen[read.id] = len(facts)
            facts.append(read)
            sifted.leaves.append(leaf)
            sifted.numbers.append(number)
        elif sifted.leaves[at] == leaf:
            sifted.ignored.append(number)
        else:
            where = f"第 {sifted.numbers[at]} 行"
            sifted.wrong(number, [_conflict(place, read.id, where, sifted.leaves[at], leaf)])
    return sifted


def settle(sifted: Sifted, known: Mapping[FactId, bytes]) -> Sifted:
    """The same lines against a log: `known` are the leaves it holds of the ids that they name."""
    settled = Sifted(sifted.name, ignored=[*sifted.ignored], bad={**sifted.bad})
    for fact, leaf, number in zip(sifted.facts, sifted.leaves, sifted.numbers, strict=True):
        earlier = known.get(fact.id)
        if earlier is None:
            settled.facts.append(fact)
            settled.leaves.append(leaf)
            settled.numbers.append(number)
        elif earlier == leaf:
            settled.ignored.append(number)
        else:
            place = sifted.place(number)
            settled.wrong(number, [_conflict(place, fact.id, "日志中", earlier, leaf)])
    for number, fact in sifted.dangling.items():
        if _target(fact) not in known:
            settled.wrong(number, [_names_nothing(sifted.place(number), fact)])
    return settled


def _read(leaf: bytes, index: int, place: str) -> Fact | list[Doubt]:
    if unfit := _unfit(leaf, place):
        return [unfit]
    read = read_line(leaf, index, place)
    if b"\\u" in leaf:
        # Good JSON, and yet no text that a database, a statement or a doubt could hold.
        told = [read.id, read.subject, read.data] if isinstance(read, Fact) else [*map(str, read)]
        if any(_NO_TEXT.search(text) for text in _strings(told)):
            says = "文字里有 \\u0000 或不成对的 \\ud800–\\udfff。"
            return [malformed(place, says, "请改成正常的文字。")]
    return read


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _strings(item)
        case dict():
            for name, item in value.items():
                yield from _strings([name, item])
        case _:
            return


def _target(correction: Fact) -> FactId:
    return FactId(correction.data["fact"])


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────


def _unfit(leaf: bytes, place: str) -> Doubt | None:
    """What JSON would let pass and a log must not: other encodings, and line ends inside a line."""
    if b"\r" in leaf or b"\n" in leaf:
        return malformed(
            place, "行内有换行或回车字符。", "请把一个事实写在一行里，用 LF 或 CRLF 换行。"
        )
    if leaf.startswith(BOM):
        return malformed(
            place, "行首有字节顺序标记（BOM）。", "只有文件的第一行可以有；请删去这里的。"
        )
    try:
        leaf.decode()
    except UnicodeDecodeError as error:
        mend = "请把文件另存为 UTF-8 编码。"
        return malformed(place, f"第 {error.start + 1} 个字节起不是 UTF-8。", mend)
    if b"\0" in leaf:
        return malformed(place, "行内有空字符（NUL）。", "请把文件另存为 UTF-8 编码；UTF-16 不行。")
    return None


def _conflict(place: str, identity: FactId, where: str, earlier: bytes, leaf: bytes) -> Doubt:
    old, new = _excerpts(earlier, leaf)
    return _refused(
        place,
        f"编号“{identity}”在{where}已经有了，内容却不同。已有：{old}；这一行：{new}。",
        "同一件事请删去这一行；另一件事请换一个编号；"
        "要更正已有的事实，请用新的编号写一行 fact.corrected 或 fact.withdrawn。",
    )


def _excerpts(one: bytes, other: bytes) -> tuple[str, str]:
    """A short piece of each, from just before the place where they part."""
    parted = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None
    )
    begin = max(0, (min(len(one), len(other)) if parted is None else parted) - EXCERPT // 2)

    def piece(leaf: bytes) -> str:
        text = leaf[begin : begin + EXCERPT].decode(errors="ignore")
        return ("…" if begin else "") + text + ("…" if begin + EXCERPT < len(leaf) else "")

    return piece(one), piece(other)


def _names_nothing(place: str, correction: Fact) -> Doubt:
    act = "更正" if correction.kind == "fact.corrected" else "撤回"
    return _refused(
        f"{place} 字段 data.fact",
        f"要{act}的事实“{_target(correction)}”不在日志里，也不在本文件这一行之前。",
        f"请核对编号；如果它写在后面，请把它移到这一行之前；如果还没有登记，就不需要{act}。",
    )


def _more_may_follow(place: str) -> Doubt:
    says = f"已有 {BAD_LINES_LIMIT} 行有误，从这里起没有再检查。"
    return malformed(place, says, "请先改正前面的各行，再检查一次。")


def _refused(place: str, says: str, mend: str) -> Doubt:
    return Doubt(
        id=DoubtId(f"refused:{place}"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=(place,),
        says=says,
        mend=mend,
    )
