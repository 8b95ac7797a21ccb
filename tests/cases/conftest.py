"""Collects ``tests/cases/<contract>/*.md``: every block of expectations is one test.

``pytest tests/cases --accept`` writes what was found over the expected values of failing lines, and nothing else; the
diff is what a reviewer reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lvyue.core.doubts import Refused
from tests.cases.judging import Miss, judge
from tests.cases.reading import Block, Case, Unreadable, read

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept", action="store_true", help="write what was found over failing lines of cases"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    if file_path.suffix == ".md" and file_path.parent.parent == HERE:
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    """One case file."""

    def collect(self) -> Iterator[CaseBlock]:
        try:
            case = read(self.path)
        except Unreadable as error:
            says = f"case {self.path.relative_to(HERE)}:{error.number}: {error}"
            raise self.CollectError(says) from error
        seen: Counter[str] = Counter()
        for block in case.blocks:
            seen[block.title] += 1
            name = block.title + (f" ({seen[block.title]})" if seen[block.title] > 1 else "")
            yield CaseBlock.from_parent(self, name=name, case=case, block=block)


class CaseBlock(pytest.Item):
    """One block of expectations of a case."""

    def __init__(self, *, case: Case, block: Block, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]  # pytest's own keywords
        self.case = case
        self.block = block

    def runtest(self) -> None:
        misses = judge(self.case, self.block)
        if misses and self.config.getoption("accept", default=False):
            accept(self.path, misses)
            misses = [miss for miss in misses if miss.found is None]
        if misses:
            raise NotSo(misses)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        place = self.path.relative_to(HERE)
        match excinfo.value:
            case NotSo() as wrong:
                return "\n".join(f"case {place}:{m.line.number}: {m.says}" for m in wrong.misses)
            case Refused() as refused:
                return "\n".join(f"case {place}: {doubt}" for doubt in refused.doubts)
            case _:
                return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.block.number - 1, f"{self.case.title} · {self.name}"


class NotSo(AssertionError):
    """不符: carries everything that was not as expected."""

    def __init__(self, misses: Iterable[Miss]) -> None:
        self.misses = tuple(misses)
        super().__init__("\n".join(miss.says for miss in self.misses))


def accept(path: Path, misses: Iterable[Miss]) -> None:
    """Write what was found over the values that were not so, from the end of each line to its start."""
    rows = path.read_text(encoding="utf-8").split("\n")
    for miss in sorted(misses, key=_place, reverse=True):
        if miss.want is not None and miss.found is not None:
            row = rows[miss.line.number - 1]
            rows[miss.line.number - 1] = row[: miss.want.start] + miss.found + row[miss.want.end :]
    path.write_text("\n".join(rows), encoding="utf-8")


def _place(miss: Miss) -> tuple[int, int]:
    return miss.line.number, miss.want.start if miss.want is not None else -1
