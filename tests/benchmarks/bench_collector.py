"""The share of a cold start that Python's cyclic garbage collector takes: CPU time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from benchmarks.side_by_side import child_cpu_seconds
from pytest_benchmark.fixture import BenchmarkFixture

from lightsail_ops.testing import LightsailServer

CLIENTS = {
    "boto3": 'import boto3\nclient = boto3.client("lightsail", {arguments})',
    "lightsail_ops": (
        "from lightsail_ops import OperationsClient\n"
        "client = OperationsClient.from_session({arguments})"
    ),
}
ARGUMENTS = 'region_name="us-west-2", endpoint_url={url!r}'
WITHOUT_COLLECTOR = "import gc\ngc.disable()\n{start}\ngc.enable()"
ROUNDS = 8


def test_a_start_without_the_collector_costs_less(
    benchmark: BenchmarkFixture,
    report: Callable[[str, str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "benchmark")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "benchmark")
    with LightsailServer() as server:
        server.lightsail.add_operations(200, region_name="us-west-2")
        programs: dict[str, str] = {}
        for name, client in CLIENTS.items():
            start = client.format(arguments=ARGUMENTS.format(url=server.endpoint_url))
            programs[name] = f"{start}\nclient.get_operations()"
            without = WITHOUT_COLLECTOR.format(start=start)
            programs[f"{name}, collector off"] = f"{without}\nclient.get_operations()"
        seconds = benchmark.pedantic(child_cpu_seconds, args=(programs, ROUNDS), rounds=1)

    for name, taken in seconds.items():
        ratio = taken / seconds[name.partition(",")[0]]
        report(f"cold start: {name}", f"{ratio:.2f} ({taken * 1000:.0f} ms)", "")
    for name in CLIENTS:
        assert seconds[f"{name}, collector off"] < seconds[name]
