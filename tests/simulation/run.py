"""One seed of the simulation: a listing, a wait and a watch."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from simulation.listing import Lister
from simulation.waiting import Waiter
from simulation.watching import Watcher


class Program(Protocol):
    """A program that a scenario runs."""

    figures: Counter[str]

    def run(self) -> None: ...


def simulate(seed: int) -> Counter[str]:
    """Run what a seed stands for, and return its figures; a failure says how to repeat it."""
    figures = Counter(seeds=1)
    programs: list[Callable[[int], Program]] = [Lister, Waiter, Watcher]
    for program in programs:
        simulated = program(seed)
        try:
            simulated.run()
        except BaseException as error:
            error.add_note(f"To repeat it: python tests/simulation --first {seed} --seeds 1")
            raise
        figures += simulated.figures
    return figures


def simulate_block(seeds: range) -> Counter[str]:
    """Run the seeds of a block; for a process of a pool."""
    logging.getLogger("lightsail_ops").setLevel(logging.CRITICAL)
    return sum(map(simulate, seeds), Counter())
