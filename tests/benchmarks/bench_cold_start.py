"""What a program costs from its start to its first page of 200, as in AWS Lambda: CPU time."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.side_by_side import child_cpu_seconds
from pytest_benchmark.fixture import BenchmarkFixture

from lightsail_ops.testing import LightsailServer

WITH_BOTO3 = """
import boto3
client = boto3.client("lightsail", region_name="us-west-2", endpoint_url={url!r})
assert len(client.get_operations()["operations"]) == 200
"""
WITH_LIGHTSAIL_OPS = """
from lightsail_ops import OperationsClient
client = OperationsClient.from_session(region_name="us-west-2", endpoint_url={url!r})
assert len(client.get_operations()) == 200
"""
PROGRAMS = {"boto3": WITH_BOTO3, "lightsail_ops": WITH_LIGHTSAIL_OPS}
ROUNDS = 8


def test_a_cold_start_costs_about_as_much_as_boto3s(
    benchmark: BenchmarkFixture, report: Callable[[str, str, str], None]
) -> None:
    with LightsailServer() as server:
        server.lightsail.add_operations(200, region_name="us-west-2")
        programs = {
            name: program.format(url=server.endpoint_url) for name, program in PROGRAMS.items()
        }
        seconds = benchmark.pedantic(child_cpu_seconds, args=(programs, ROUNDS), rounds=1)

    for name in ("boto3", "lightsail_ops"):
        ratio = seconds[name] / seconds["boto3"]
        what = f"cold start to the first page: {name}"
        report(what, f"{ratio:.2f} ({seconds[name] * 1000:.0f} ms)", "")
    assert seconds["lightsail_ops"] < 1.2 * seconds["boto3"]
