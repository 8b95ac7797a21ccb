"""疑义: what a person must settle before the platform goes on.

A doubt is a value first and an error second. Readers, loaders and evaluators return doubts beside their values;
only a face raises them, together, as ``Refused``. Their kinds, as a tree:

    Doubt
    ├── about the paper    blank · unreadable · missing_paper · noise · duplicate
    ├── about the meaning  silent · contradicting · ambiguous · mismatch
    ├── about the proof    unproved
    └── about an act       refused (not allowed) · malformed (a line, a field, a file)

No settlement line is ever produced from a blocking doubt: unknown money stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

DoubtId = NewType("DoubtId", str)


class Severity(StrEnum):
    """严重程度: block stops reckoning, confirm uses the safe reading and says so, note is only shown."""

    BLOCK = "block"
    CONFIRM = "confirm"
    NOTE = "note"

    @property
    def zh(self) -> str:
        return {"block": "阻断", "confirm": "待确认", "note": "提示"}[self.value]


class DoubtKind(StrEnum):
    """疑义种类."""

    BLANK = "blank"
    UNREADABLE = "unreadable"
    MISSING_PAPER = "missing_paper"
    NOISE = "noise"
    DUPLICATE = "duplicate"
    SILENT = "silent"
    CONTRADICTING = "contradicting"
    AMBIGUOUS = "ambiguous"
    MISMATCH = "mismatch"
    UNPROVED = "unproved"
    REFUSED = "refused"
    MALFORMED = "malformed"

    @property
    def zh(self) -> str:
        return _KIND_ZH[self]


_KIND_ZH = {
    DoubtKind.BLANK: "空白",
    DoubtKind.UNREADABLE: "无法辨读",
    DoubtKind.MISSING_PAPER: "文件缺失",
    DoubtKind.NOISE: "识别杂字",
    DoubtKind.DUPLICATE: "重复",
    DoubtKind.SILENT: "未约定",
    DoubtKind.CONTRADICTING: "相互矛盾",
    DoubtKind.AMBIGUOUS: "有歧义",
    DoubtKind.MISMATCH: "不一致",
    DoubtKind.UNPROVED: "缺少证据",
    DoubtKind.REFUSED: "不允许",
    DoubtKind.MALFORMED: "格式有误",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """疑义: kind, places, what is wrong, and how to mend it.

    ``places`` are clause references or positions in a file as text; ``safe`` is the reading used until the doubt is
    settled; ``needs`` are the papers that would settle it; ``owner`` is the party that can.
    """

    id: DoubtId
    kind: DoubtKind
    severity: Severity
    places: tuple[str, ...]
    says: str
    mend: str = ""
    safe: str = ""
    owner: str = ""
    needs: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = "、".join(self.places)
        return f"{where}: {self.says}" + (f" {self.mend}" if self.mend else "")


class Refused(Exception):
    """不允许: carries every doubt that stood in the way, so that a person can mend them in one go."""

    def __init__(self, doubts: Iterable[Doubt]) -> None:
        self.doubts = tuple(doubts)
        super().__init__("\n".join(str(doubt) for doubt in self.doubts))


def malformed(place: str, says: str, mend: str = "") -> Doubt:
    """A doubt about one place of one file: what is wrong there, and how to mend it."""
    return Doubt(
        id=DoubtId(f"malformed:{place}"),
        kind=DoubtKind.MALFORMED,
        severity=Severity.BLOCK,
        places=(place,),
        says=says,
        mend=mend,
    )
