"""Whatever happens in a simulated Lightsail, network and machine, the promises hold."""

from __future__ import annotations

import logging
import os

import pytest
from simulation.run import simulate

SEEDS = int(os.environ.get("SIMULATED_HISTORIES", "600"))
BLOCK = 50  # for pytest-xdist


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_promises_hold_whatever_happens(first: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "lightsail_ops")
    for seed in range(first, first + BLOCK):
        simulate(seed)
