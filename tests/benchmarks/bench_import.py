"""What importing the library costs, in CPU time, as a ratio to `import boto3`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from benchmarks.side_by_side import child_cpu_seconds
from pytest_benchmark.fixture import BenchmarkFixture

STATEMENTS = {
    "nothing": "pass",
    "import boto3": "import boto3",
    "import lightsail_ops": "import lightsail_ops",
    "from lightsail_ops import OperationType": "from lightsail_ops import OperationType",
    "from lightsail_ops import OperationsClient": "from lightsail_ops import OperationsClient",
    "import moto.core": "import moto.core",
    "import lightsail_ops.testing": "import lightsail_ops.testing",
}
ROUNDS = 12


def test_importing_costs_a_fraction_of_importing_boto3(
    benchmark: BenchmarkFixture,
    report: Callable[[str, str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # compile nothing twice
    seconds = benchmark.pedantic(partial(child_cpu_seconds, STATEMENTS, ROUNDS), rounds=1)

    boto3 = seconds["import boto3"] - seconds["nothing"]
    ratios = {name: (taken - seconds["nothing"]) / boto3 for name, taken in seconds.items()}
    goals = {"import lightsail_ops": "at most 0.30"}
    for name in list(STATEMENTS)[1:]:
        taken = (seconds[name] - seconds["nothing"]) * 1000
        report(f"`{name}`", f"{ratios[name]:.2f} ({taken:.0f} ms)", goals.get(name, ""))
    assert ratios["import lightsail_ops"] <= 0.30
    # moto is the rest: twice boto3 by itself, which it imports.
    assert ratios["import lightsail_ops.testing"] <= 1.5 * ratios["import moto.core"]
