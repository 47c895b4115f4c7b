"""Contestants side by side: the same work, in turns, by CPU time."""

from __future__ import annotations

import gc
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

INTERPRETERS = 6
"""How many interpreters each program is given at a time."""


def cpu_seconds(candidates: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Let all take a turn in each round, and return the median of each one's CPU seconds.

    Taking turns lets a busy spell of a shared machine hit all alike.
    """
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for candidate in candidates.values():
        candidate()  # a turn to warm up
    gc.collect()
    for _ in range(rounds):
        for name, candidate in candidates.items():
            start = time.process_time()
            candidate()
            taken[name].append(time.process_time() - start)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def child_cpu_seconds(programs: Mapping[str, str], rounds: int) -> dict[str, float]:
    """Run all in an interpreter of their own in each round; return the least CPU seconds of each.

    The least, since a busy machine only ever adds to what an interpreter takes.
    """
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", program], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            user = after.ru_utime - before.ru_utime
            taken[name].append(user + after.ru_stime - before.ru_stime)
    return {name: min(seconds) for name, seconds in taken.items()}


def least_seconds(
    measure: Callable[[], Mapping[str, float]],
    is_met: Callable[[Mapping[str, float]], bool],
    times: int = 4,
) -> dict[str, float]:
    """Measure until a goal is met, so many times at most, and return the least seconds of each.

    A busy machine may hit one contestant alone.
    """
    least: dict[str, float] = {}
    for _ in range(times):
        measured = measure()
        least = {name: min(least.get(name, each), each) for name, each in measured.items()}
        if is_met(least):
            break
    return least
