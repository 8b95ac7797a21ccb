"""Seconds of work, taken so that what else the machine does is not counted.

Tests of growth compare two of these. Processor time leaves out who else had the core, not the cold cache, the collector
that happened to run and the neighbour that slowed the memory: those make one run slower, never quicker. So the quickest
of a few runs is what the work costs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from math import inf
from time import process_time

RUNS = 3


def quickest(work: Callable[[], object], runs: int = RUNS, *, enough: float = 0.0) -> float:
    """Seconds of this process for the quickest of a few runs of one piece of work.

    A run of less than ``enough`` seconds is the last: who asks only whether the work can be done in so many
    seconds need not see it done again.

    What lived before is put out of the collector's sight meanwhile: of the millions of objects that thousands of other
    tests leave, none is the work's, and to go through them all costs more than the work.
    """
    best = inf
    gc.freeze()
    try:
        for _ in range(runs):
            best = min(best, _once(work))
            if best < enough:
                break
    finally:
        gc.unfreeze()
    return best


def _once(work: Callable[[], object]) -> float:
    gc.collect()
    begun = process_time()
    work()
    return process_time() - begun
