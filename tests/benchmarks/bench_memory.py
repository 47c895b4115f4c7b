"""What operations take in memory, and whether a long run grows or slows down."""

from __future__ import annotations

import gc
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import getpagesize
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from lightsail_ops import OperationsClient

PAGES = 5_000
Report = Callable[[str, str, str], None]


def bytes_kept_by(make: Callable[[], object]) -> int:
    make()  # so that caches are filled
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return taken


@pytest.mark.counted
def test_a_kept_page_takes_half_the_memory_of_boto3s(
    benchmark: BenchmarkFixture,
    body: bytes,
    make_boto3_client: Callable[[bytes], Any],
    report: Report,
) -> None:
    boto3_client, ours = make_boto3_client(body), OperationsClient(make_boto3_client(body))

    def both() -> tuple[int, int]:
        return (
            bytes_kept_by(lambda: ours.get_operations().operations),
            bytes_kept_by(lambda: boto3_client.get_operations()["operations"]),
        )

    typed, untyped = benchmark.pedantic(both, rounds=1)

    figure = f"{typed / untyped:.2f} ({typed / 1024:.0f} of {untyped / 1024:.0f} KiB)"
    report("memory of a kept page: lightsail_ops to boto3", figure, "at most 0.50")
    assert typed / untyped <= 0.5


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()


class EndlessHistory:
    """A client that makes each page anew, with long page tokens of its own."""

    def __init__(self, body: bytes) -> None:
        self._operations = json.loads(body)["operations"]
        self._page = 0

    def get_operations(self, **_: str) -> dict[str, Any]:
        self._page += 1
        operations = [{**each, "id": f"{each['id']}-{self._page}"} for each in self._operations]
        page: dict[str, Any] = {"operations": operations}
        if self._page < PAGES:
            page["nextPageToken"] = f"{self._page:0500d}"
        return page


def seconds_per_page(pages: Iterator[object]) -> list[float]:
    taken: list[float] = []
    while True:
        start = time.process_time()
        if next(pages, None) is None:
            return taken
        taken.append(time.process_time() - start)


def test_a_million_operations_neither_pile_up_nor_slow_down(
    benchmark: BenchmarkFixture, body: bytes, report: Report
) -> None:
    list(OperationsClient(EndlessHistory(body)).get_operations())
    gc.collect()
    before = resident_bytes()
    pages = OperationsClient(EndlessHistory(body)).operations().pages()

    taken = benchmark.pedantic(seconds_per_page, args=(pages,), rounds=1)

    grown = (resident_bytes() - before) / 2**20
    slower = statistics.median(taken[-500:]) / statistics.median(taken[:500])
    report("1,000,000 operations in 5,000 pages: growth", f"{grown:.1f} MiB", "below 5 MiB")
    report("the last 500 of 5,000 pages to the first 500", f"{slower:.2f}", "about 1.0")
    assert len(taken) == PAGES
    assert grown < 5
    assert slower < 1.5
