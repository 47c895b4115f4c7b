"""What the command line costs, in CPU time, as a ratio to the AWS CLI for the same listing."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from benchmarks.history import raw_operations
from pytest_benchmark.fixture import BenchmarkFixture

from lightsail_ops import Operation
from lightsail_ops.cli.formats import encode_lines

Report = Callable[[str, str, str], None]

TESTS = Path(__file__).parents[1]


@contextmanager
def lightsail_with(count: int, delay: float = 0.0) -> Iterator[str]:
    """Serve so many operations, and yield the URL."""
    command = [sys.executable, "-m", "benchmarks.listing", str(count), str(delay)]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Install the AWS CLI in an environment of its own, and return its path."""
    folder = tmp_path_factory.mktemp("aws")
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "-q", "awscli"], check=True)
    return str(folder / "bin" / "aws")


def options(url: str) -> list[str]:
    return ["--region", "us-west-2", "--endpoint-url", url]


def environment() -> dict[str, str]:
    hidden = ("AWS_", "PYTHONDONTWRITEBYTECODE")  # pip has compiled the AWS CLI
    ours = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {
        **ours,
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
    }


def child_cpu_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, cwd=TESTS, stdout=subprocess.DEVNULL, env=environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median_in_turns(commands: Mapping[str, list[str]], rounds: int) -> dict[str, float]:
    """Let all take a turn in each round, and return the median of each one's CPU seconds."""
    taken = [
        {name: child_cpu_seconds(command) for name, command in commands.items()}
        for _ in range(rounds)
    ]
    return {name: statistics.median(each[name] for each in taken) for name in commands}


# So many operations, how often they are listed, the goal, and what fails: machines are noisy.
@pytest.mark.parametrize("case", [(450, 15, 0.50, 0.65), (100_000, 3, 0.18, 0.36)])
def test_a_listing_costs_a_fraction_of_the_aws_clis(
    benchmark: BenchmarkFixture, report: Report, aws: str, case: tuple[int, int, float, float]
) -> None:
    count, rounds, goal, limit = case
    with lightsail_with(count) as url:
        commands = {
            "aws": [aws, "lightsail", "get-operations", *options(url)],
            "ours": [sys.executable, "-m", "lightsail_ops", "list", *options(url)],
            "floor": [sys.executable, "-m", "benchmarks.botocore_alone", *options(url)],
        }
        seconds = benchmark.pedantic(median_in_turns, args=(commands, rounds), rounds=1)

    ratio = seconds["ours"] / seconds["aws"]
    what = f"{count:,} operations listed, CPU: `lightsail-ops list`"
    report(what, f"{ratio:.2f} ({seconds['ours'] * 1000:,.0f} ms)", f"at most {goal:.2f}")
    what = f"{count:,} operations listed, CPU: `aws lightsail get-operations`"
    report(what, f"1.00 ({seconds['aws'] * 1000:,.0f} ms)", "")
    what = f"{count:,} operations fetched and decoded, CPU: botocore and `json.loads` alone"
    floor = seconds["floor"] / seconds["aws"]
    report(what, f"{floor:.2f} ({seconds['floor'] * 1000:,.0f} ms)", "")
    assert ratio <= limit


def test_lines_are_encoded_without_to_dict_since_it_pays(
    benchmark: BenchmarkFixture, report: Report
) -> None:
    operations = [Operation.from_dict(raw) for raw in raw_operations(200)]

    def encode_by_to_dict() -> str:
        return "\n".join([orjson.dumps(each.to_dict()).decode() for each in operations])

    def seconds(function: Callable[[], object]) -> float:
        start = time.process_time()
        for _ in range(20):
            function()
        return (time.process_time() - start) / 20

    def both() -> tuple[float, float]:
        turns = [
            (seconds(lambda: encode_lines(operations)), seconds(encode_by_to_dict))
            for _ in range(9)
        ]
        ours, theirs = zip(*turns, strict=True)
        return statistics.median(ours), statistics.median(theirs)

    assert encode_lines(operations) == encode_by_to_dict()
    ours, theirs = benchmark.pedantic(both, rounds=1)

    report(
        "200 operations as JSON Lines: without and with `to_dict`",
        f"{ours * 1000:.2f} and {theirs * 1000:.2f} ms",
        "pays",
    )
    assert ours < 0.85 * theirs


def test_the_first_line_comes_after_one_page(benchmark: BenchmarkFixture, report: Report) -> None:
    def lines_and_seconds() -> tuple[float, float]:
        with lightsail_with(4_000, delay=0.1) as url:
            command = [sys.executable, "-m", "lightsail_ops", "list", *options(url)]
            start = time.perf_counter()
            with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
                assert process.stdout is not None
                process.stdout.readline()
                first = time.perf_counter() - start
                process.stdout.read()
            return first, time.perf_counter() - start

    first, whole = benchmark.pedantic(lines_and_seconds, rounds=1)

    report(
        "20 pages, 100 ms each: the first line to the last",
        f"{first:.1f} s to {whole:.1f} s",
        "one page",
    )
    assert whole - first > 1.7


def test_memory_is_flat(benchmark: BenchmarkFixture, report: Report) -> None:
    def peak_mib(count: int) -> float:
        code = (
            "import resource, sys; from lightsail_ops.__main__ import main; main(sys.argv[1:]); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        with lightsail_with(count) as url:
            done = subprocess.run(
                [sys.executable, "-c", code, "list", *options(url)],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment(),
            )
        return int(done.stderr) / 1024

    def both() -> tuple[float, float]:
        return peak_mib(1_000), peak_mib(100_000)

    few, many = benchmark.pedantic(both, rounds=1)

    report(
        "memory of the program: 1,000 and 100,000 operations",
        f"{few:.0f} and {many:.0f} MiB",
        "the same",
    )
    assert many - few < 5
