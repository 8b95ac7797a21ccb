"""事实文件: a facts file as a log of its own, without a database. For the command line and for whoever checks us."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import Fact
from lvyue.evidence.lines import settle, sift
from lvyue.evidence.merkle import Frontier, leaf_hash


@dataclass(frozen=True, slots=True)
class FactFile:
    """事实文件: its facts in the order of the file, which is their order as a log; the root in hexadecimal."""

    facts: list[Fact]
    size: int
    root: str
    ignored: int


def read_facts(source: Path | str | BinaryIO, size: int | None = None) -> FactFile:
    """Read a facts file, or raise `Refused` with everything that is wrong with it.

    The root is the one that a new log would have after importing the same file. With ``size`` only the first so many
    facts are known; the whole file must be sound all the same, and must be that long.
    """
    if not isinstance(source, Path | str):
        return _read(source, Path(str(getattr(source, "name", "事实文件"))).name, size)
    path = Path(source)
    try:
        with path.open("rb") as stream:
            return _read(stream, path.name, size)
    except OSError as error:
        mend = "请核对文件名和读取权限。"
        raise Refused(
            [malformed(path.name, f"打不开事实文件：{error.strerror}。", mend)]
        ) from error


def _read(stream: BinaryIO, name: str, size: int | None) -> FactFile:
    sifted = settle(sift(stream, name), {})
    sifted.refuse_if_bad()
    if size is not None and size > len(sifted.facts):
        says = f"只有 {len(sifted.facts)} 条事实，不足 {size} 条。"
        raise Refused([malformed(name, says, "请把条数改小，或省去。")])
    frontier = Frontier()
    frontier.extend(map(leaf_hash, sifted.leaves[:size]))
    return FactFile(sifted.facts[:size], frontier.size, frontier.root().hex(), len(sifted.ignored))
