"""Mutants: the package changed in one place at a time, to see whether its tests notice.

    python tests/proofs/mutants.py lightsail_ops/_core lightsail_ops/_io --sample 200 --seconds 1500

mutmut makes the mutants. This program draws a sample of them, and runs for each the tests that
execute the changed line. To know those tests, it runs all of them once and keeps what coverage says
in `.mutants/`; `--record` does that again, for some tests or all. Each mutant stands in a copy of
the package, so that the checkout stays as it is. Every twelfth run is a control: the same tests,
with nothing changed.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import py_compile
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "lightsail_ops"
KEPT = ROOT / ".mutants"
TESTS = ("tests/unit", "tests/meta", "tests/simulation", "tests/proofs")  # in one process
# What the tests import and takes long. The package itself and what imports it must not be here.
PRELOADED = ("boto3", "botocore.session", "cattrs", "hypothesis", "moto", "orjson")
# Some of the seeds: each run of the proofs needs seconds.
FEWER_SEEDS = {"SIMULATED_HISTORIES": "50", "SHELL_SEEDS": "100"}
CONTROL = 12


@dataclass(frozen=True)
class Mutant:
    """A file of the package, changed in one place."""

    path: str
    line: int
    last_line: int
    source: str

    @property
    def diff(self) -> str:
        before = (ROOT / self.path).read_text(encoding="utf-8").splitlines()
        lines = difflib.unified_diff(
            before, self.source.splitlines(), self.path, self.path, lineterm="", n=1
        )
        return "\n".join(lines)


def find_mutants(path: Path) -> Iterator[Callable[[], Mutant]]:
    """Yield a maker of each mutant of a file, but for type variables, which do nothing."""
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation.file_mutation import create_mutations

    name, code = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    module, mutations, *_ = create_mutations(name, code)
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    lines = code.splitlines()
    for mutation in mutations:
        place = positions[mutation.original_node]
        if "TypeVar(" in lines[place.start.line - 1]:
            continue
        yield partial(_make_mutant, name, module, mutation, place)


def _make_mutant(name: str, module: Any, mutation: Any, place: Any) -> Mutant:
    changed = module.deep_replace(mutation.original_node, mutation.mutated_node)
    return Mutant(name, place.start.line, place.end.line, changed.code)


def list_files(folders: Iterable[str]) -> list[Path]:
    paths = [ROOT / folder for folder in folders]
    return sorted(
        file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))
    )


# --- The tests that execute a line


class Durations:
    """A plugin of pytest that notes how long each test takes, in seconds."""

    def __init__(self) -> None:
        self.by_test: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.by_test[report.nodeid] += report.duration


def record_tests(tests: Iterable[str], processes: int) -> None:
    """Run tests once, and add their durations and the lines that each executes to `.mutants`."""
    KEPT.mkdir(exist_ok=True)
    file, durations = KEPT / "durations.json", Durations()
    earlier = json.loads(file.read_text()) if file.exists() else {}
    os.environ |= {**FEWER_SEEDS, "COVERAGE_FILE": str(KEPT / "coverage")}
    coverage = ["--cov", "--cov-append", "--cov-context=test", "--cov-report="]
    coverage += ["--cov-fail-under=0"]
    pytest.main(
        ["-q", f"-n{processes}", "-m", "not clients", *coverage, *tests], plugins=[durations]
    )
    file.write_text(json.dumps(earlier | durations.by_test))


@dataclass(frozen=True)
class Tests:
    """The tests that execute each line, and how long they take."""

    durations: Mapping[str, float]
    by_line: Mapping[str, Mapping[int, set[str]]]
    also: Sequence[str] = ()
    """Tests for each mutant, such as those of programs, whose processes coverage does not see."""

    @classmethod
    def load(cls, also: Sequence[str] = ()) -> Tests:
        from coverage import CoverageData

        data = CoverageData(str(KEPT / "coverage"))
        data.read()
        by_line: dict[str, dict[int, set[str]]] = {}
        for file in data.measured_files():
            path = f"{PACKAGE}/{file.rpartition(f'/{PACKAGE}/')[2]}"  # in whichever checkout
            by_line[path] = {
                line: {name.partition("|")[0] for name in names if name}
                for line, names in data.contexts_by_lineno(file).items()
            }
        return cls(json.loads((KEPT / "durations.json").read_text()), by_line, also)

    def choose(self, mutant: Mutant, seconds: float) -> list[str]:
        """Return the tests that execute a mutant's lines, the quickest first, up to a duration.

        A line that no test executes, so to speak, is executed by an import, or in a thread that
        coverage does not see. Its tests are those of its module.
        """
        lines = self.by_line.get(mutant.path, {})
        found: set[str] = set()
        for line in range(mutant.line, mutant.last_line + 1):
            found |= lines.get(line, set())
        if not found or is_outside_functions(mutant):
            found = set().union(*lines.values())
        chosen: list[str] = []
        total = 0.0
        for name in sorted(found, key=lambda name: self._rank(name, mutant)):
            total += self.durations.get(name, 0.0)
            if total > seconds and chosen:
                break
            chosen.append(name)
        return [*dict.fromkeys(map(_get_address, chosen)), *self.also]

    def estimate(self, names: Iterable[str]) -> float:
        """Return how many seconds tests took when they were recorded."""
        return sum(self.durations.get(name, 0.0) for name in names)

    def _rank(self, name: str, mutant: Mutant) -> tuple[bool, float]:
        """The tests named like the module come first: they are about it."""
        own = f"test_{Path(mutant.path).stem.strip('_')}"
        return own not in name, self.durations.get(name, 0.0)


def _get_address(name: str) -> str:
    """Return a test's name for the command line; all cases if the case has an odd character."""
    test, _, case = name.partition("[")
    return name if re.fullmatch(r"[\w.-]*\]?", case) else test


def is_outside_functions(mutant: Mutant) -> bool:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    tree = ast.parse((ROOT / mutant.path).read_text(encoding="utf-8"))
    return not any(
        node.body[0].lineno <= mutant.line <= (node.end_lineno or 0)
        for node in ast.walk(tree)
        if isinstance(node, functions)
    )


# --- Running them


class Report:
    """Prints what became of each mutant, and the figures of each module at the end."""

    def __init__(self) -> None:
        self.by_module: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def __call__(self, mutant: Mutant, outcome: str, seconds: float = 0.0, log: str = "") -> None:
        self.by_module[mutant.path][outcome] += 1
        print(f"{outcome}: {mutant.path}:{mutant.line} ({seconds:.1f} s)", flush=True)
        if outcome in {"survived", "no test"}:
            print(mutant.diff, flush=True)
        elif outcome in {"failed control", "stale"}:
            print(log[-2000:], flush=True)

    def print_figures(self) -> None:
        total = sum(self.by_module.values(), Counter[str]())
        for name, found in sorted(self.by_module.items()):
            print(f"{describe(found)}  {name}")
        print(f"{describe(total)}  in all; controls: {total['control']} passed, ", end="")
        print(f"{total['failed control']} failed")


def describe(found: Counter[str]) -> str:
    killed, survived = found["killed"] + found["timeout"], found["survived"] + found["no test"]
    share = f"{killed / (killed + survived):6.1%}" if killed + survived else "     -"
    return f"{share} killed, {killed:4} of {killed + survived:4}"


@dataclass
class Copy:
    """A copy of the package, in which one file at a time is a mutant."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="mutants-")))

    def __post_init__(self) -> None:
        shutil.copytree(ROOT / PACKAGE, self.folder / PACKAGE)
        for file in (self.folder / PACKAGE).rglob("*.py"):
            py_compile.compile(str(file), doraise=True)

    def write(self, mutant: Mutant) -> None:
        file = self.folder / mutant.path
        Path(py_compile.compile(str(file)) or "").unlink(missing_ok=True)
        file.write_text(mutant.source, encoding="utf-8")

    def restore(self, mutant: Mutant) -> None:
        shutil.copy2(ROOT / mutant.path, self.folder / mutant.path)
        py_compile.compile(str(self.folder / mutant.path), doraise=True)


def run_tests(copy: Copy, tests: list[str]) -> None:
    """Run tests with a copy of the package, in a forked process, and end it."""
    code = 70
    try:
        os.setsid()
        log = os.open(copy.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ |= {**FEWER_SEEDS, "PYTHONPATH": str(copy.folder)}
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(copy.folder))
        options = ["-x", "-q", "--tb=short", "-pno:cacheprovider", "-pno:xdist", "-pno:cov"]
        options += ["-Wignore::pytest.PytestAssertRewriteWarning"]  # of what is preloaded
        code = int(pytest.main([*options, *tests]))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


@dataclass(frozen=True)
class Run:
    """A process that runs the tests of a mutant, or of the unchanged package."""

    mutant: Mutant
    is_control: bool
    copy: Copy
    begun: float
    limit: float
    """How many seconds it may take."""


class Runner:
    """Runs mutants in several processes, until there are no more or the time is over."""

    def __init__(self, tests: Tests, processes: int, budget: float, report: Report) -> None:
        self._tests = tests
        self._budget = budget
        self._report = report
        self._copies = [Copy() for _ in range(processes)]
        self._runs: dict[int, Run] = {}

    def run(self, mutants: Iterable[Mutant], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        try:
            for number, mutant in enumerate(mutants, 1):
                if time.monotonic() > deadline:
                    break
                chosen = self._tests.choose(mutant, self._budget)
                if not chosen:
                    self._report(mutant, "no test")
                    continue
                if number % CONTROL == 0:
                    self._start(mutant, chosen, is_control=True)
                self._start(mutant, chosen, is_control=False)
            while self._runs:
                self._wait()
        finally:
            for process in self._runs:
                os.killpg(process, signal.SIGKILL)
            for copy in self._copies:
                shutil.rmtree(copy.folder, ignore_errors=True)

    def _start(self, mutant: Mutant, tests: list[str], *, is_control: bool) -> None:
        if not self._copies:
            self._wait()
        copy = self._copies.pop()
        if not is_control:
            copy.write(mutant)
        process = os.fork()
        if process == 0:
            run_tests(copy, tests)
        limit = 60 + 3 * self._tests.estimate(tests)
        self._runs[process] = Run(mutant, is_control, copy, time.monotonic(), limit)

    def _wait(self) -> None:
        process, status = os.waitpid(-1, os.WNOHANG)
        while process == 0:
            self._kill_late_ones()
            time.sleep(0.02)
            process, status = os.waitpid(-1, os.WNOHANG)
        run = self._runs.pop(process)
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)  # what its tests have started
        code = os.waitstatus_to_exitcode(status)
        log = (run.copy.folder / "log").read_text(errors="replace")
        outcome = "survived" if code == 0 else "timeout" if code == -signal.SIGKILL else "killed"
        if code == pytest.ExitCode.USAGE_ERROR and "ERROR: not found" in log:
            outcome = "stale"  # a test has another name now: record them again
        elif run.is_control:
            outcome = "control" if code == 0 else "failed control"
        run.copy.restore(run.mutant)
        self._copies.append(run.copy)
        self._report(run.mutant, outcome, time.monotonic() - run.begun, log)

    def _kill_late_ones(self) -> None:
        for process, run in self._runs.items():
            if time.monotonic() - run.begun > run.limit:
                with suppress(ProcessLookupError):
                    os.killpg(process, signal.SIGKILL)


# --- The program


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="*", help="files and folders of the package")
    parser.add_argument("--sample", type=int, default=100, help="how many mutants")
    parser.add_argument("--seconds", type=float, default=600, help="begin no mutant after that")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--budget", type=float, default=20, help="seconds of tests for a mutant")
    parser.add_argument("--also", nargs="*", default=[], metavar="TEST", help="for each mutant")
    parser.add_argument("--record", nargs="*", metavar="TESTS", help="record what tests execute")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    if arguments.record is not None or not (KEPT / "durations.json").exists():
        recorder = os.fork()
        if recorder == 0:
            record_tests(arguments.record or TESTS, arguments.processes)
            os._exit(0)
        os.waitpid(recorder, 0)
    for name in PRELOADED:
        __import__(name)
    makers = [maker for path in list_files(arguments.paths) for maker in find_mutants(path)]
    random.Random(arguments.seed).shuffle(makers)
    chosen = makers[: arguments.sample]
    print(f"{len(makers)} mutants; a sample of {len(chosen)}", flush=True)
    report = Report()
    runner = Runner(Tests.load(arguments.also), arguments.processes, arguments.budget, report)
    runner.run((make() for make in chosen), arguments.seconds)
    report.print_figures()
    return 1 if any(found["failed control"] for found in report.by_module.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
