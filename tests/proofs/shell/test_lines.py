"""An interrupt at any line of the package loses and repeats nothing.

These are some of the lines; `python tests/proofs/shell --lines` interrupts at each of them.
"""

from __future__ import annotations

import pytest
from proofs.shell.lines import SCENARIOS, interrupt_each_line

# The others at each fourth line.
EVERY = {"next_change": 50, "fleet.watch": 20}


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_lost_or_repeated(name: str) -> None:
    assert interrupt_each_line(SCENARIOS[name], EVERY.get(name, 4)) > 200
