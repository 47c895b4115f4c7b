"""What starts, pages and polls cost in instructions, which no other work on the machine changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from lightsail_ops.testing import LightsailServer

TESTS = Path(__file__).parents[1]
OPTIONS = 'region_name="us-west-2", endpoint_url={url!r}'
ANOTHER_PAGE = "client.get_operations()"
# Sections: an import, a first page of 200, and another page; then what `OperationsClient` adds to
# a program that has read pages with boto3's client.
WITH_BOTO3 = [
    "import boto3",
    f"""
client = boto3.client("lightsail", {OPTIONS})
assert len(client.get_operations()["operations"]) == 200""",
    ANOTHER_PAGE,
    "from lightsail_ops import OperationsClient\nOperationsClient(client).get_operations()",
]
FROM_SESSION = [
    'import sys\nsys.modules["orjson"] = None\nimport lightsail_ops',
    f"""
client = lightsail_ops.OperationsClient.from_session({OPTIONS})
assert len(client.get_operations()) == 200""",
    ANOTHER_PAGE,
]
WATCH = [
    "from benchmarks.idling import History, Idler",
    "short = Idler(History(200))\nshort.watch(0)\nshort.watch(10)",
    "short.watch(20)",
    "long = Idler(History(4_000))\nlong.watch(0)\nlong.watch(10)",
    "long.watch(20)",
]
MARGIN = 1.05  # for another botocore, or another Python

Report = Callable[[str, str, str], None]
Count = Callable[[Sequence[str]], list[int]]
pytestmark = [
    pytest.mark.counted,
    pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind counts instructions"),
]


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Count:
    """Return a function that counts the instructions of Python's start, and of each section."""

    def count_each(sections: Sequence[str]) -> list[int]:
        folder = tmp_path_factory.mktemp("instructions")
        # After each section a copy of the process ends, and valgrind writes what it has counted.
        end_of_section = "\nos.fork() or os._exit(0)\nos.wait()\n"
        program = end_of_section.join(["import os", *sections, ""])
        python = [sys.executable, "-c", program]
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(TESTS),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run(python, check=True, env=environment)  # which compiles the modules
        # Of valgrind's tools that count by section, this takes half the time of callgrind.
        valgrind = ["valgrind", "-q", "--log-file=/dev/null", "--tool=cachegrind", "--cache-sim=no"]
        command = [*valgrind, f"--cachegrind-out-file={folder}/%p", *python]
        subprocess.run(command, check=True, env=environment)
        *totals, _ = sorted(map(read_total, folder.iterdir()))
        return [after - before for before, after in pairwise([0, *totals])]

    return count_each


def read_total(counted: Path) -> int:
    """Return the number of instructions that a file of cachegrind states."""
    found = re.search(r"^summary: (\d+)$", counted.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, counted
    return int(found[1])


def test_starts_and_pages_cost_less_than_boto3s(count: Count, report: Report) -> None:
    with LightsailServer() as server:
        server.lightsail.add_operations(200, region_name="us-west-2")

        def count_with_url(sections: Sequence[str]) -> list[int]:
            return count([each.format(url=server.endpoint_url) for each in sections])

        boto3 = count_with_url(WITH_BOTO3)
        ours = count_with_url(FROM_SESSION)
    start = sum(boto3[:3])
    compared = [
        ("`import lightsail_ops` to `import boto3`", ours[1] / boto3[1], 0.30),
        ("first page: OperationsClient(boto3.client(...))", 1 + boto3[4] / start, 1.16),
        ("first page: OperationsClient.from_session(...)", sum(ours[:3]) / start, 0.92),
        ("page of 200", ours[3] / boto3[3], 0.22),
    ]
    for name, ratio, goal in compared:
        report(f"instructions, to boto3's: {name}", f"{ratio:.2f}", f"at most {goal:.2f}")
    assert [name for name, ratio, goal in compared if ratio > goal * MARGIN] == []


def test_an_idle_poll_costs_the_same_however_long_the_history(count: Count, report: Report) -> None:
    *_, short, _, long = count(WATCH)
    name = "instructions of an idle poll: 4,000 to 200 operations"
    report(name, f"{long / short:.2f}", "at most 1.00")
    assert long / short <= MARGIN
