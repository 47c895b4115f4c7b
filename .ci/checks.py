"""The checks of `.ci/run`, which a change must pass.

The README's second command sets up `.venv` and runs all tests, each once, the unit tests with
coverage. The other checks run beside the tests, one after the other. The output of a check follows
when it has ended. The exit status is 1 if anything has failed. Nothing here is timed, so a busy
machine fails no check: of the benchmarks, only those run that count.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
README = (ROOT / "README.md").read_text(encoding="utf-8")
SET_UP, _, TESTS = re.findall(r"^```sh\n(.*)\n```$", README, re.MULTILINE)[1].rpartition(" && ")
PATH = os.environ["PATH"]
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{BIN}{os.pathsep}{PATH}",
    "PIP_COMPILE": "0",  # most of what is installed is never imported
    "PYTHONDONTWRITEBYTECODE": "",  # what is imported, is so by hundreds of processes
    # Many tests wait for sockets and processes: three workers left a third of two cores idle.
    "PYTEST_XDIST_AUTO_NUM_WORKERS": "5",
}
# The README's command finds installed what uv, on all cores, has unpacked in a fifth of pip's time.
# uv does not read pip's settings: where it reaches no index, pip installs all of it after all.
# The pip that Python 3.11 brings takes three times as long to find out that nothing is missing.
BY_UV = SET_UP.replace("/pip install", "/pip install -q -U pip uv && .venv/bin/uv pip install")
ALONE = "install -q --no-deps --target {folder} ."
WITH_COVERAGE = {"PYTEST_ADDOPTS": "--cov --cov-report= --cov-fail-under=0"}
CHECKS = {
    # One process compiles what all workers would compile at the same time.
    "bytecode": "pytest -q --collect-only -p no:xdist > /dev/null",
    "lint": "ruff check . && ruff format --check .",
    "asyncio": "python .ci/derive_aio.py --check",
    "pyright": "pyright --pythonpath .venv/bin/python",
    # Whether all public names are typed can only be seen of a package installed as users do.
    "public types": f"(uv pip {ALONE} || pip {ALONE}) && cd {{folder}} && PYTHONPATH=. "
    f"pyright --pythonpath {BIN}/python --verifytypes lightsail_ops --ignoreexternal",
    "benchmarks": "pytest -q -p no:xdist -m counted tests/benchmarks/bench_*.py",
    "documentation": "sphinx-build -q -W -b html docs docs/_build",
}


class Steps:
    """Runs commands, and keeps how long each took and whether it has failed."""

    def __init__(self) -> None:
        self._results: list[tuple[str, float, bool]] = []

    def run(self, name: str, command: str, *, is_live: bool = False, **variables: str) -> bool:
        """Run a command in a shell, and return whether it has succeeded."""
        begun = time.monotonic()
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=ROOT,
            env=ENVIRONMENT | variables,
            stdout=None if is_live else subprocess.PIPE,
            stderr=None if is_live else subprocess.STDOUT,
            text=True,
            check=False,
        )
        self._results.append((name, time.monotonic() - begun, done.returncode == 0))
        print(f"\n+ {command}\n{done.stdout or ''}{self._describe(self._results[-1])}", flush=True)
        return done.returncode == 0

    def _describe(self, result: tuple[str, float, bool]) -> str:
        name, seconds, has_succeeded = result
        return f"{'ok' if has_succeeded else 'FAILED':6} {seconds:4.0f} s  {name}"

    def summarise(self) -> bool:
        """Print what has become of each step, and return whether all have succeeded."""
        print("", *map(self._describe, self._results), sep="\n")
        return all(has_succeeded for _, _, has_succeeded in self._results)


def main() -> int:
    """Run everything, and return the exit status."""
    steps = Steps()
    steps.run("uv", f"{BY_UV} || echo 'It is left to pip.'", PATH=PATH)
    if steps.run("set-up", SET_UP, PATH=PATH):
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as beside:
            checks = [
                beside.submit(steps.run, name, command.format(folder=shlex.quote(folder)))
                for name, command in CHECKS.items()
            ]
            # What mypy has found out, the tests need not find out again.
            steps.run("mypy", "mypy")
            steps.run("tests", TESTS, is_live=True, **WITH_COVERAGE)
            steps.run("coverage", "coverage report")
            for check in checks:
                check.result()
    return 0 if steps.summarise() else 1


if __name__ == "__main__":
    sys.exit(main())
