"""不能读入: the sentences in which a file is turned away: what is wrong with it, and what to bring instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from lvyue.core.doubts import Doubt, Refused, malformed

#: (done, of how many), in pages or in blocks
Progress: TypeAlias = Callable[[int, int], None]
#: whether the person has given up waiting
Asked: TypeAlias = Callable[[], bool]


class Cancelled(Refused):
    """已取消: somebody stopped it; the file is not at fault."""


def refuse(place: str, says: str, mend: str = "") -> Refused:
    """The exception, for ``raise refuse(…)``."""
    return Refused([malformed(place, says, mend)])


def cancelled(place: str) -> Cancelled:
    return Cancelled([malformed(place, "读入已经取消。", "需要时可以重新读入。")])


def go_on(place: str, asked: Asked | None) -> None:
    """Raises ``Cancelled`` once somebody has asked to stop."""
    if asked is not None and asked():
        raise cancelled(place)


def too_large(place: str, what: str, found: int, limit: int, mend: str) -> Refused:
    """One of the limits is passed."""
    return refuse(place, f"{what}太多：{found:,}，最多读 {limit:,}。", mend)


def say(doubts: tuple[Doubt, ...]) -> list[dict[str, str]]:
    """Doubts as plain data, to cross from one process to another."""
    return [
        {"place": "、".join(doubt.places), "says": doubt.says, "mend": doubt.mend}
        for doubt in doubts
    ]


def without_recognition(place: str) -> Refused:
    """A picture, and nothing here that reads pictures."""
    return refuse(
        place,
        "这是扫描件或照片，要识别图上的文字，需要安装识别组件。",
        "请运行 pip install lvyue[ocr] 后再读入；或者读入合同的 Word、文本版本。",
    )
