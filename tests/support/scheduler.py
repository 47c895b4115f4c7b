"""How pytest-xdist shares the tests out."""

from __future__ import annotations

from collections import Counter

import pytest
from xdist.scheduler import LoadScopeScheduling

INSTALLING = "tests/programs/clients"
SEEDS = ("tests/proofs/shell/test_shell.py", "tests/simulation/test_simulation.py")


class ByModule(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives the tests of a module to one worker, so that its fixtures are made once.

    Tests that share an installation stay together too. Seeds are given out one block at a time.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path in SEEDS:
            return nodeid
        return INSTALLING if path.startswith(INSTALLING) else path


def sort_for_workers(items: list[pytest.Item]) -> None:
    """Put first what waits for the package index, and last what any free worker can do.

    Among the seeds, those whose threads sleep come between those that compute.
    """
    counts = Counter(map(_get_path, items))
    places = Counter[str]()
    ranks: dict[pytest.Item, tuple[float, ...]] = {}
    for item in items:
        path = _get_path(item)
        places[path] += 1
        ranks[item] = (_rank(path), places[path] / counts[path] if path in SEEDS else 0)
    items.sort(key=ranks.__getitem__)


def _get_path(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _rank(path: str) -> int:
    if path.startswith(INSTALLING):
        return 0
    # CPython 3.11 keeps an exception in whose except clause a trace function has raised, and makes
    # it the context of others: so what interrupts at any line comes last.
    return 2 if path in SEEDS or path.startswith("tests/proofs/shell/") else 1
