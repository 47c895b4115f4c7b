"""A client that was used before a fork works in the parent and in the child."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "proofs" / "fork.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("options", [[], ["--threads", "2"], ["--wrap-in-child"]], ids=repr)
def test_no_process_reads_the_response_of_another(options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--forks", "10", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["wrong"] == 0
