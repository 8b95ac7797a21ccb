"""Seconds of work, taken so that what else the machine does is not counted.

Tests of growth compare two of these. Processor time leaves out who else had the core, not the cold cache, the collector
that happened to run and the neighbour that slowed the memory: those make one run slower, never quicker. So the quickest
of a few runs is what the work costs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time

RUNS = 3


def quickest(work: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of this process for the quickest of a few runs of one piece of work."""
    return min(_once(work) for _ in range(runs))


def _once(work: Callable[[], object]) -> float:
    gc.collect()
    begun = process_time()
    work()
    return process_time() - begun
