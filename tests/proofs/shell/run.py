"""One seed of the proof of the shell: one program under one schedule."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from proofs.shell.asynchronous import AsyncCaller, AsyncLister, AsyncWaiter, AsyncWatcher
from proofs.shell.schedule import Schedule, disturb, no_hang
from proofs.shell.synchronous import Lister, Sharers, Waiter, Watcher


class Program(Protocol):
    """A program that runs under a schedule."""

    def run(self) -> None: ...


PROGRAMS: list[Callable[[Schedule], Program]] = [
    Watcher,
    Lister,
    Watcher,
    Waiter,
    AsyncWatcher,
    AsyncLister,
    AsyncWatcher,
    AsyncWaiter,
    AsyncCaller,
    Sharers,
]


def run_seed(seed: int) -> Counter[str]:
    """Run what a seed stands for, and return its figures; a failure says how to repeat it."""
    schedule = Schedule(seed)
    program = PROGRAMS[seed % len(PROGRAMS)]
    try:
        with disturb(seed), no_hang():
            program(schedule).run()
    except BaseException as error:
        error.add_note(f"To repeat it: python tests/proofs/shell --first {seed} --seeds 1")
        raise
    return schedule.figures + Counter(seeds=1, lines=schedule.interrupts.lines)


def run_block(first: int, end: int, deadline: float) -> Counter[str]:
    """Run the seeds of a block until a time, in epoch seconds; for a process of a pool."""
    figures = Counter[str]()
    for seed in range(first, end):
        if time.time() < deadline:
            figures += run_seed(seed)
    return figures
