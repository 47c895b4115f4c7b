"""What importing the library costs, in CPU time, as a ratio to `import boto3`."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial

from pytest_benchmark.fixture import BenchmarkFixture

STATEMENTS = {
    "nothing": "pass",
    "import boto3": "import boto3",
    "import lightsail_ops": "import lightsail_ops",
    "from lightsail_ops import OperationType": "from lightsail_ops import OperationType",
    "from lightsail_ops import OperationsClient": "from lightsail_ops import OperationsClient",
}
ROUNDS = 12


def child_cpu_seconds(statement: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least_in_turns() -> dict[str, float]:
    rounds = [
        {name: child_cpu_seconds(statement) for name, statement in STATEMENTS.items()}
        for _ in range(ROUNDS)
    ]
    return {name: min(taken[name] for taken in rounds) for name in STATEMENTS}


def test_importing_costs_a_fraction_of_importing_boto3(
    benchmark: BenchmarkFixture, report: Callable[[str, str, str], None]
) -> None:
    seconds = benchmark.pedantic(partial(least_in_turns), rounds=1)

    boto3 = seconds["import boto3"] - seconds["nothing"]
    ratios = {name: (taken - seconds["nothing"]) / boto3 for name, taken in seconds.items()}
    goals = {"import lightsail_ops": "at most 0.30"}
    for name in list(STATEMENTS)[1:]:
        taken = (seconds[name] - seconds["nothing"]) * 1000
        report(f"`{name}`", f"{ratios[name]:.2f} ({taken:.0f} ms)", goals.get(name, ""))
    assert ratios["import lightsail_ops"] <= 0.30
