"""What importing the library costs, in CPU time, as a ratio to `import boto3`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pytest
from benchmarks.side_by_side import INTERPRETERS, child_cpu_seconds, least_seconds
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


def test_importing_costs_a_fraction_of_importing_boto3(
    benchmark: BenchmarkFixture,
    report: Callable[[str, str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # compile nothing twice

    def measure() -> dict[str, float]:
        return least_seconds(partial(child_cpu_seconds, STATEMENTS, INTERPRETERS), is_met)

    seconds = benchmark.pedantic(measure, rounds=1)

    ratios = get_ratios(seconds)
    goals = {"import lightsail_ops": "at most 0.30"}
    for name in list(STATEMENTS)[1:]:
        taken = (seconds[name] - seconds["nothing"]) * 1000
        report(f"`{name}`", f"{ratios[name]:.2f} ({taken:.0f} ms)", goals.get(name, ""))
    assert is_met(seconds)


def get_ratios(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return what each statement costs, as a ratio to importing boto3."""
    boto3 = seconds["import boto3"] - seconds["nothing"]
    return {name: (taken - seconds["nothing"]) / boto3 for name, taken in seconds.items()}


def is_met(seconds: Mapping[str, float]) -> bool:
    """Whether the imports cost no more than their goals."""
    ratios = get_ratios(seconds)
    # moto is the rest: twice boto3 by itself, which it imports.
    return (
        ratios["import lightsail_ops"] <= 0.30
        and ratios["import lightsail_ops.testing"] <= 1.5 * ratios["import moto.core"]
    )
