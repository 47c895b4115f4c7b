"""The real threads and drivers keep their promises under seeded schedules."""

from __future__ import annotations

import os

import pytest
from proofs.shell.run import run_seed

SEEDS = int(os.environ.get("SHELL_SEEDS", "2000"))
BLOCK = 50  # for pytest-xdist


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_promises_hold_under_any_schedule(first: int) -> None:
    for seed in range(first, first + BLOCK):
        run_seed(seed)
