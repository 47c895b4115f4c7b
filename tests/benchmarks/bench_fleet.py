"""How long many clients take together: the regions of an account, and a whole organisation."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import threading
import time
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from benchmarks.history import raw_operations
from botocore.exceptions import ClientError
from pytest_benchmark.fixture import BenchmarkFixture

from lightsail_ops import Fleet, Operation, OperationsClient
from lightsail_ops._botocore.calls import BODY
from lightsail_ops.aio import AsyncFleet, AsyncOperationsClient

LATENCY = 0.1
REGIONS = 20
Report = Callable[[str, str, str], None]


class FarAway:
    """A client that responds after a while, in pages."""

    def __init__(self, pages: int, latency: float) -> None:
        self._pages = pages
        self._latency = latency
        self._operations = raw_operations(10)

    def get_operations(self, **arguments: str) -> dict[str, Any]:
        time.sleep(self._latency)
        return self._page(int(arguments.get("pageToken", 0)))

    def _page(self, number: int) -> dict[str, Any]:
        page: dict[str, Any] = {"operations": self._operations}
        if number + 1 < self._pages:
            page["nextPageToken"] = str(number + 1)
        return page


class FarAwayAsync(FarAway):
    """The same, to be awaited."""

    async def get_operations(self, **arguments: str) -> dict[str, Any]:  # type: ignore[override]
        await asyncio.sleep(self._latency)
        return self._page(int(arguments.get("pageToken", 0)))


async def count_async(clients: Mapping[int, AsyncOperationsClient]) -> int:
    fleet = AsyncFleet(clients, max_concurrency=REGIONS)
    return len([pair async for pair in fleet.operations()])


def test_twenty_regions_take_the_time_of_one(benchmark: BenchmarkFixture, report: Report) -> None:
    regions = {region: OperationsClient(FarAway(3, LATENCY)) for region in range(REGIONS)}
    in_threads = {region: AsyncOperationsClient(FarAway(3, LATENCY)) for region in range(REGIONS)}
    awaited = {region: AsyncOperationsClient(FarAwayAsync(3, LATENCY)) for region in range(REGIONS)}
    ways: dict[str, Callable[[], int]] = {
        "Fleet": lambda: len(list(Fleet(regions, max_concurrency=REGIONS).operations())),
        "AsyncFleet, boto3 clients": lambda: asyncio.run(count_async(in_threads)),
        "AsyncFleet, awaited clients": lambda: asyncio.run(count_async(awaited)),
    }

    def seconds_of_each() -> dict[str, float]:
        taken = {}
        for name, way in {"one": lambda: len(list(regions[0].operations())), **ways}.items():
            start = time.perf_counter()
            count = way()
            taken[name] = time.perf_counter() - start
            assert count == (30 if name == "one" else 30 * REGIONS)
        return taken

    seconds = benchmark.pedantic(seconds_of_each, rounds=1)

    for name in ways:
        figure = f"{seconds[name] / seconds['one']:.2f} ({seconds[name]:.2f} s)"
        report(f"20 regions, 3 pages, 100 ms each, to one region: {name}", figure, "at most 1.3")
        assert seconds[name] / seconds["one"] <= 1.3


class Unreliable(FarAway):
    """A region of an organisation's account: some requests are throttled, some time out."""

    def __init__(self, key: tuple[int, int]) -> None:
        super().__init__(pages=3, latency=0.02)
        self._key = key
        self._random = random.Random(repr(key))

    def get_operations(self, **arguments: str) -> dict[str, Any]:
        page = super().get_operations(**arguments)
        fate = self._random.random()
        if fate < 0.03:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetOperations")
        if fate < 0.05:
            raise TimeoutError
        number = arguments.get("pageToken", "0")
        name = "/".join(map(str, self._key))
        operations = [
            {**each, "id": f"{name}/{number}/{index}"}
            for index, each in enumerate(page["operations"])
        ]
        return {**page, "operations": operations}


@pytest.mark.parametrize(("accounts", "regions"), [(200, 20)])
def test_an_organisation_is_read_whole_in_spite_of_faults(
    benchmark: BenchmarkFixture, report: Report, accounts: int, regions: int
) -> None:
    keys = [(account, region) for account in range(accounts) for region in range(regions)]
    clients = {key: OperationsClient(Unreliable(key)) for key in keys}
    fleet = Fleet(clients, max_concurrency=64)

    def read_all() -> list[Operation]:
        return [operation for _, operation in fleet.operations(retry_for=60)]

    cpu, wall = time.process_time(), time.perf_counter()
    operations = benchmark.pedantic(read_all, rounds=1)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall

    requests = len(keys) * 3
    assert len({operation.id for operation in operations}) == len(operations) == requests * 10
    ideal = requests * 0.02 / 64
    report(
        f"{accounts} accounts of {regions} regions, {requests:,} pages, 20 ms each, 64 at once",
        f"{wall:.1f} s wall, {cpu:.1f} s CPU",
        f"latency alone: {ideal:.1f} s",
    )


class Account:
    """A client of an account that lists its operations, the newest first, at once.

    It returns what botocore does with this library's handler: the body, not decoded.
    """

    requests = 0

    def __init__(self, operations: list[dict[str, Any]]) -> None:
        self.list(operations)

    def list(self, operations: list[dict[str, Any]]) -> None:
        self._response = {BODY: json.dumps({"operations": operations}).encode()}

    def get_operations(self, **_: str) -> dict[str, Any]:
        Account.requests += 1
        return self._response


@pytest.mark.parametrize("count", [400, 4000])
def test_thousands_of_clients_are_watched_by_sixteen_threads(
    benchmark: BenchmarkFixture, report: Report, count: int
) -> None:
    ended = [{**each, "isTerminal": True, "status": "Succeeded"} for each in raw_operations(50)]
    accounts = [Account(ended[::-1]) for _ in range(count)]
    clients = {number: OperationsClient(account) for number, account in enumerate(accounts)}
    fleet = Fleet(clients)

    def watch(polls: int) -> tuple[float, int, int]:
        """Return the CPU seconds of so many idle polls, their requests, and the memory in use."""
        with fleet.watch(poll_interval=0.5) as found:
            for _ in range(count * 50):
                next(found)
            gc.collect()
            memory = tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else 0
            requests, cpu = Account.requests, time.process_time()
            wanted = requests + count * polls
            # A new operation of the first account ends the measurement.
            timer = threading.Thread(target=add_when, args=(wanted,))
            timer.start()
            next(found)
            timer.join()
            accounts[0].list(ended[::-1])
            return time.process_time() - cpu, Account.requests - requests, memory

    def add_when(wanted: int) -> None:
        while Account.requests < wanted:
            time.sleep(0.05)
        new = {**ended[-1], "id": str(wanted), "createdAt": 1.9e9}
        accounts[0].list([new, *ended[::-1]])

    cpu, requests, _ = benchmark.pedantic(watch, args=(4,), rounds=1)
    tracemalloc.start()
    *_, memory = watch(1)
    tracemalloc.stop()
    report(
        f"{count:,} clients of 50 operations watched by 16 threads: CPU a request",
        f"{cpu / requests * 1e6:.0f} µs",
        "-",
    )
    report(
        f"{count:,} clients of 50 operations watched by 16 threads: memory a client",
        f"{memory / count / 1024:.1f} KiB",
        "-",
    )
