"""The first programs that a newcomer runs: docs/examples/quickstart.py and the README's command."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "docs" / "examples" / "quickstart.py"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, QUICKSTART, *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", **environment},
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


def test_it_reports_the_same_each_time() -> None:
    assert run().stdout == run().stdout


def test_without_credentials_it_says_so_in_one_line() -> None:
    done = run("--aws", "--region", "us-west-2", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("quickstart: Unable to locate credentials.")


def test_without_a_region_it_says_so_in_one_line() -> None:
    done = run("--aws")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("quickstart: You must specify a region.")


def test_the_first_command_of_the_readme_shows_ten_failures() -> None:
    blocks = re.findall(r"^```sh\n(.*)\n```$", (ROOT / "README.md").read_text(), re.MULTILINE)
    set_up, install, show = blocks[0].split(" && ")
    assert set_up == "python3 -m venv .venv"
    assert install.startswith(".venv/bin/pip install ")

    program, *arguments = shlex.split(show)
    assert program == ".venv/bin/lightsail-ops"
    done = subprocess.run(
        [sys.executable, "-m", "lightsail_ops", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("✗") == 10
