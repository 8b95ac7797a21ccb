"""标记: one symbol, one word, one colour for each state; worst first, so that what matters is read first.

The symbols and the Chinese words are the core's own. A right that has come to stand is judged "met" by the engine, but
nobody has performed anything; pages give it a mark of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lvyue.core.findings import Finding
from lvyue.core.obligation import Verdict
from lvyue.core.terms import Permission, Term


@dataclass(frozen=True, slots=True)
class Mark:
    """标记: ``key`` names the colour in the style sheet and the filter in an address."""

    key: str
    symbol: str
    word: str
    en: str
    means: str


@dataclass(frozen=True, slots=True)
class Count:
    """计数: how many terms bear a mark."""

    mark: Mark
    number: int


_WORDS = {
    Verdict.MISSED: ("Missed", "时间已过，没有履行的记录"),
    Verdict.LATE: ("Late", "履行了，但晚于期限"),
    Verdict.NOT_DECIDABLE: ("Not decidable", "合同没写清楚，或缺少文件、数字、记录；系统不猜"),
    Verdict.SUSPENDED: ("Suspended", "凭文书中止，时钟暂停"),
    Verdict.EXCUSED: ("Excused", "有对方认可的免责事由"),
    Verdict.WAIVED: ("Waived", "有权一方书面豁免"),
    Verdict.ATTESTED_ONLY: ("Attested only", "只有声明或记录，不足以证明"),
    Verdict.MET: ("Met", "按约定履行，有记录为证"),
    Verdict.NOT_DUE: ("Not due", "尚在期限之内"),
    Verdict.NOT_TRIGGERED: ("Not triggered", "触发它的事情还没有发生"),
}

RIGHT = Mark("right", "◇", "权利成立", "Right open", "条件已成就；是否行使由权利人书面决定")

BY_VERDICT = {
    verdict: Mark(verdict.value, verdict.mark, verdict.zh, en, means)
    for verdict, (en, means) in _WORDS.items()
}

#: Worst first; the order of every list of marks, and of the legend.
MARKS: tuple[Mark, ...] = (
    *(BY_VERDICT[v] for v in list(_WORDS)[:7]),
    RIGHT,
    *(BY_VERDICT[v] for v in list(_WORDS)[7:]),
)

BY_KEY = {mark.key: mark for mark in MARKS}

MISSED, LATE = BY_VERDICT[Verdict.MISSED], BY_VERDICT[Verdict.LATE]
UNDECIDABLE = BY_VERDICT[Verdict.NOT_DECIDABLE]
MET, NOT_DUE = BY_VERDICT[Verdict.MET], BY_VERDICT[Verdict.NOT_DUE]
NOT_TRIGGERED = BY_VERDICT[Verdict.NOT_TRIGGERED]

_RANK = {mark: rank for rank, mark in enumerate(MARKS)}


def mark_of(term: Term, finding: Finding) -> Mark:
    """How a finding of a term is shown."""
    if isinstance(term, Permission) and finding.verdict is Verdict.MET:
        return RIGHT
    return BY_VERDICT[finding.verdict]


def rank(mark: Mark) -> int:
    return _RANK[mark]


def worst(marks: Iterable[Mark]) -> Mark:
    """The mark of a term with several occurrences. A term without any has not been triggered."""
    return min(marks, key=rank, default=NOT_TRIGGERED)


def counted(marks: Iterable[Mark]) -> tuple[Count, ...]:
    """How often each mark occurs, worst first; those that do not occur are left out."""
    numbers = Counter(marks)
    return tuple(Count(mark, numbers[mark]) for mark in MARKS if numbers[mark])


def added(counts: Iterable[Iterable[Count]]) -> tuple[Count, ...]:
    """The counts of several contracts as one."""
    numbers: Counter[Mark] = Counter()
    for one in counts:
        numbers.update({count.mark: count.number for count in one})
    return tuple(Count(mark, numbers[mark]) for mark in MARKS if numbers[mark])
