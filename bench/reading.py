"""How fast a contract is read as text: contracts per second, each stage, beside one look at every character.

The papers are the sample contracts that ship as text, and one of them lengthened to 20,000 characters; with files named on the
command line, those. Goal: 20,000 characters in under 150 ms. Comparing two of them is measured too; goal: one second.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import itertools

from lvyue.intake import read_file
from lvyue.reading.comparison import compare
from lvyue.reading.reading import STAGES, read

PAPERS = Path(__file__).resolve().parents[1] / "src" / "lvyue" / "library" / "papers"
ROUNDS = 5
GOAL_CHARACTERS, GOAL_SECONDS, GOAL_COMPARISON = 20_000, 0.150, 1.0


def best(work: Callable[[], object]) -> float:
    """The shortest of some rounds: what the machine can do when nobody disturbs it."""
    seconds = []
    for _ in range(ROUNDS):
        began = perf_counter()
        work()
        seconds.append(perf_counter() - began)
    return min(seconds)


def looked_at(text: str) -> int:
    """One look at every character: what no reader can be faster than."""
    return sum(char.isspace() for char in text)


def _mark(marks: list[tuple[str, float]], stage: str) -> None:
    marks.append((stage, perf_counter()))


def stages(data: bytes) -> dict[str, float]:
    """The seconds of each stage, of the quickest round."""
    quickest: dict[str, float] = {}
    for _ in range(ROUNDS):
        marks: list[tuple[str, float]] = []
        source = read_file(data, name="bench.txt")
        read(source, tick=partial(_mark, marks))
        marks.append(("", perf_counter()))
        seconds = {
            stage: after - before for (stage, before), (_, after) in itertools.pairwise(marks)
        }
        if not quickest or sum(seconds.values()) < sum(quickest.values()):
            quickest = seconds
    return quickest


def main() -> None:
    papers = [Path(name) for name in sys.argv[1:]] or sorted(PAPERS.glob("*.txt"))
    print(f"{'paper':40} {'characters':>10} {'ms':>8} {'a second':>9} {'× a look':>9}")
    readings = []
    for path in papers:
        data = path.read_bytes()
        source = read_file(data, name=path.name)
        text = data.decode("utf-8", "replace")
        seconds = best(partial(read, source))
        look = best(partial(looked_at, text))
        readings.append(read(source))
        print(
            f"{path.name:40} {source.characters:10,} {seconds * 1000:8.1f} {1 / seconds:9.1f} {seconds / look:9.0f}"
        )
    longest = max(papers, key=lambda path: path.stat().st_size)
    text = longest.read_text("utf-8", "replace")
    data = text.encode()
    scale = GOAL_CHARACTERS / max(sum(not char.isspace() for char in text), 1)
    measured = stages(data)
    total = sum(measured.values()) * scale
    print(
        f"\n{GOAL_CHARACTERS:,} characters, by the longest: {total * 1000:.0f} ms (goal {GOAL_SECONDS * 1000:.0f} ms)"
    )
    for stage in STAGES:
        print(f"  {stage:16} {measured[stage] * scale * 1000:7.1f} ms")
    if len(readings) > 1:
        seconds = best(partial(compare, readings[0], readings[1]))
        print(f"comparing two: {seconds * 1000:.0f} ms (goal {GOAL_COMPARISON * 1000:.0f} ms)")


if __name__ == "__main__":
    main()
