"""所得: a value that was read, or the way in which it is not there. Blank is not none, and neither is zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from lvyue.core.clause import ClauseRef
from lvyue.reading.paragraphs import Span

T = TypeVar("T")


class State(StrEnum):
    """所得状态: found; blank (a place for it, nothing in it: ：。, ____); none (the paper says 无 or /); absent (no place for it)."""

    FOUND = "found"
    BLANK = "blank"
    NONE = "none"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """所得: state, value, the words it was read from, where, and in which clause."""

    state: State
    value: T | None = None
    raw: str = ""
    span: Span | None = None
    clause: ClauseRef | None = None

    def __bool__(self) -> bool:
        return self.state is State.FOUND
