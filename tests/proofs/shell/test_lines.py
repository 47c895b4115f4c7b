"""An interrupt at any line of the package loses and repeats nothing."""

from __future__ import annotations

import pytest
from proofs.shell.lines import SCENARIOS, interrupt_each_line

EVERY = {"next_change": 20, "fleet.watch": 5}  # the others at each line


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_lost_or_repeated(name: str) -> None:
    assert interrupt_each_line(SCENARIOS[name], EVERY.get(name, 1)) > 200
