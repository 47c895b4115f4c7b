"""Run the commands of docs/performance.md and docs/reliability.md, and write their figures there.

`python docs/generate/figures.py` runs all of them, which takes an hour; with words, only those
whose command has one of them: `figures.py bench_page simulation`. A goal that is missed is marked.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "performance.md", ROOT / "docs" / "reliability.md"]
BLOCK = re.compile(r"(<!-- figures of: (.*?) -->\n).*?(<!-- end -->\n)", re.DOTALL)
FAILED: list[str] = []
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def make_block(command: str) -> str:
    """Run a command, and return it with its tables; or, if it prints none, with its last line."""
    words = [word.replace(".venv/bin/python", sys.executable) for word in shlex.split(command)]
    words[0] = str(ROOT / words[0]) if words[0].startswith(".venv/") else words[0]
    print(f"$ {command}", file=sys.stderr, flush=True)
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode:
        FAILED.append(command)
        print(done.stdout[-2000:] + done.stderr[-2000:], file=sys.stderr)
    rows = [mark_missed(line) for line in lines if line.startswith("|")]
    if not rows and command in FAILED:
        sys.exit(f"{command} failed and printed no figures")
    shown = f"\n```console\n$ {command}\n"
    return f"{shown}```\n\n" + "\n".join(rows) + "\n\n" if rows else f"{shown}{lines[-1]}\n```\n\n"


def mark_missed(row: str) -> str:
    """Return a row of a table, with a mark if its figure is not what its goal says."""
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    if len(cells) == 3:
        figure, goal = NUMBER.search(cells[1]), NUMBER.search(cells[2])
        is_bound = re.match(r"at most|below|\d", cells[2])
        if is_bound and figure and goal and to_float(figure[0]) > to_float(goal[0]):
            cells[2] += " (**missed**)"
    return f"| {' | '.join(cells)} |"


def to_float(number: str) -> float:
    """Return the value of a number with commas."""
    return float(number.replace(",", ""))


def describe_machine() -> str:
    """Return when and with what the figures were measured."""
    names = ", ".join(f"{name} {version(name)}" for name in ("boto3", "botocore"))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()}, "
        f"{names}, on {os.cpu_count()} cores that other work shared.\n"
    )


def main() -> None:
    """Run the commands that were chosen, and write each page after each of them."""
    chosen = sys.argv[1:]
    for page in PAGES:
        for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
            command = found[2]
            if command == "machine":
                block = describe_machine()
            elif not chosen or any(word in command for word in chosen):
                block = make_block(command)
            else:
                continue
            before = page.read_text(encoding="utf-8")
            page.write_text(before.replace(found[0], found[1] + block + found[3]), encoding="utf-8")
    if FAILED:
        sys.exit("failed: " + "; ".join(FAILED))


if __name__ == "__main__":
    main()
