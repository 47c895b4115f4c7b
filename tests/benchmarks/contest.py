"""Contestants side by side: the same work, in turns, in one process, by CPU time."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any


def cpu_seconds(contestants: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Let all take a turn in each round, and return the median of each one's CPU seconds.

    Taking turns lets a busy spell of a shared machine hit all alike.
    """
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for contestant in contestants.values():
        contestant()  # a turn to warm up
    gc.collect()
    for _ in range(rounds):
        for name, contestant in contestants.items():
            start = time.process_time()
            contestant()
            taken[name].append(time.process_time() - start)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
