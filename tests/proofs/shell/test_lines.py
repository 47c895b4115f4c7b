"""An interrupt at any line of the package loses and repeats nothing."""

from __future__ import annotations

import pytest
from proofs.shell.lines import SCENARIOS, Scenario, interrupt_each_line


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_nothing_is_lost_or_repeated(scenario: Scenario) -> None:
    assert interrupt_each_line(scenario, every=3) > 30
