"""The example for importing the library, as a newcomer runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

QUICKSTART = Path(__file__).parents[1] / "docs" / "examples" / "quickstart.py"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, QUICKSTART, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_reports_what_failed_and_why() -> None:
    done = run()
    assert done.stderr == ""
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "20 of 450 operations failed:"
    assert "ResourceInUse: The resource is attached to another one." in done.stdout
    assert "    362  Succeeded" in lines
    assert lines[-1] == "Read in 3 pages."


def test_it_reports_the_same_each_time() -> None:
    assert run().stdout == run().stdout


def test_without_credentials_it_says_so_in_one_line() -> None:
    done = run("--aws", "--region", "us-west-2", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("lightsail: Unable to locate credentials.")


def test_without_a_region_it_says_so_in_one_line() -> None:
    done = run("--aws")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("lightsail: You must specify a region.")
