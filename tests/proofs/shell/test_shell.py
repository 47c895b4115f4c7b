"""The real threads and drivers keep their promises under seeded schedules."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from proofs.shell.run import run_seed

SEEDS = int(os.environ.get("SHELL_SEEDS", "2000"))
BLOCK = 50  # for pytest-xdist


@pytest.fixture(autouse=True)
def _small_heap() -> Iterator[None]:
    """Leave what other tests have made out of the collections, of which each seed needs several."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_promises_hold_under_any_schedule(first: int) -> None:
    for seed in range(first, first + BLOCK):
        run_seed(seed)
