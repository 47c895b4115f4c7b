"""One seed of the simulation: a listing, a wait and a watch; for some, a watch of many accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from simulation.fleet import FleetWatcher
from simulation.listing import Lister
from simulation.waiting import Waiter
from simulation.watching import Watcher

FLEET_EVERY = 20


class Program(Protocol):
    """A program that a scenario runs."""

    figures: Counter[str]

    def run(self) -> None: ...


def simulate(seed: int) -> Counter[str]:
    """Run what a seed stands for, and return its figures; a failure says how to repeat it."""
    figures = Counter(seeds=1)
    # A watch of several accounts takes as long as all the others together.
    programs: list[Callable[[int], Program]] = [Lister, Waiter, Watcher]
    if seed % FLEET_EVERY == 0:
        programs.append(FleetWatcher)
    for program in programs:
        simulated = program(seed)
        try:
            simulated.run()
        except BaseException as error:
            error.add_note(f"To repeat it: python tests/simulation --first {seed} --seeds 1")
            raise
        figures += simulated.figures
    return figures
