"""The first programs that a newcomer runs: the quickstart, and the README's commands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUICKSTART = "docs/examples/quickstart.py"
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", README, re.MULTILINE | re.DOTALL)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_it_lists_waits_and_watches() -> None:
    done = run(QUICKSTART)
    assert done.stderr == ""
    assert done.returncode == 0
    listed, waited, watched = done.stdout.strip().split("\n\n")
    assert "20 of 450 operations failed: Succeeded 362" in listed
    assert listed.count(": Failed (") == 3
    assert re.findall(r"CreateDisk of Disk data: (\w+)", waited) == ["Started", "Succeeded"]
    assert re.findall(r"DeleteDisk of Disk data: (\w+)", watched) == ["Succeeded"]


def test_without_credentials_it_says_so_in_one_line() -> None:
    without = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    done = run(QUICKSTART, "--aws", "--region", "us-west-2", **without)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("quickstart: Unable to locate credentials.")


def test_without_a_region_it_says_so_in_one_line() -> None:
    done = run(QUICKSTART, "--aws")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("quickstart: You must specify a region.")


def test_the_readme_has_two_commands_of_one_line_each() -> None:
    first, second = COMMANDS
    for command in (first, second):
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -q -e '.[")
    assert second.endswith("'.[dev]' && .venv/bin/pytest -q -n auto")


def test_the_first_command_shows_the_library_and_then_ten_failures() -> None:
    _, _, library, program = COMMANDS[0].split(" && ")
    assert library == f".venv/bin/python {QUICKSTART}"
    name, *arguments = shlex.split(program)
    assert name == ".venv/bin/lightsail-ops"
    done = run("-m", "lightsail_ops", *arguments)
    assert done.stderr == ""
    assert done.stdout.count("✗") == 10


def test_the_first_screen_of_the_readme_shows_the_library() -> None:
    first_screen = "\n".join(README.splitlines()[:30])
    assert "from lightsail_ops import" in first_screen
    assert "```sh" not in first_screen
