"""How long many sources take together: the regions of an account, and a whole organisation."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from history import raw_operations
from pytest_benchmark.fixture import BenchmarkFixture

from lightsail_ops import FleetError, Operation, OperationsClient, operations_across
from lightsail_ops.aio import AsyncOperationsClient
from lightsail_ops.aio import operations_across as operations_across_async

LATENCY = 0.1
REGIONS = 20
Report = Callable[[str, str, str], None]


class FarAway:
    """A client that answers after a while, in pages."""

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
    return len([pair async for pair in operations_across_async(clients, max_workers=REGIONS)])


def test_twenty_regions_take_the_time_of_one(benchmark: BenchmarkFixture, report: Report) -> None:
    regions = {region: OperationsClient(FarAway(3, LATENCY)) for region in range(REGIONS)}
    in_threads = {region: AsyncOperationsClient(FarAway(3, LATENCY)) for region in range(REGIONS)}
    awaited = {region: AsyncOperationsClient(FarAwayAsync(3, LATENCY)) for region in range(REGIONS)}
    ways: dict[str, Callable[[], int]] = {
        "operations_across": lambda: len(list(operations_across(regions, max_workers=REGIONS))),
        "aio.operations_across, boto3 clients": lambda: asyncio.run(count_async(in_threads)),
        "aio.operations_across, awaited clients": lambda: asyncio.run(count_async(awaited)),
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

    def __init__(self, source: tuple[int, int]) -> None:
        super().__init__(pages=3, latency=0.02)
        self._source = source
        self._random = random.Random(repr(source))

    def get_operations(self, **arguments: str) -> dict[str, Any]:
        page = super().get_operations(**arguments)
        fate = self._random.random()
        if fate < 0.03:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetOperations")
        if fate < 0.05:
            raise TimeoutError
        number = arguments.get("pageToken", "0")
        name = "/".join(map(str, self._source))
        operations = [
            {**each, "id": f"{name}/{number}/{index}"}
            for index, each in enumerate(page["operations"])
        ]
        return {**page, "operations": operations}


class From(OperationsClient):
    """A client whose listing starts where an error says."""

    def __init__(self, client: Unreliable, page_token: str | None) -> None:
        super().__init__(client)
        self._page_token = page_token

    def operations(self, page_token: str | None = None) -> Any:
        return super().operations(page_token or self._page_token)


@pytest.mark.parametrize(("accounts", "regions"), [(200, 20)])
def test_an_organisation_is_read_whole_in_spite_of_faults(
    benchmark: BenchmarkFixture, report: Report, accounts: int, regions: int
) -> None:
    sources = [(account, region) for account in range(accounts) for region in range(regions)]
    raw_clients = {source: Unreliable(source) for source in sources}

    def read_all() -> tuple[list[Operation], int]:
        operations: list[Operation] = []
        left: dict[tuple[int, int], str | None] = dict.fromkeys(sources)
        for attempt in range(20):
            clients = {source: From(raw_clients[source], token) for source, token in left.items()}
            try:
                for _, operation in operations_across(clients, max_workers=64):
                    operations.append(operation)
            except FleetError as error:
                left = {source: each.page_token for source, each in error.by_source.items()}
            else:
                return operations, attempt + 1
        raise AssertionError("some source fails each time")

    cpu, wall = time.process_time(), time.perf_counter()
    operations, runs = benchmark.pedantic(read_all, rounds=1)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall

    requests = len(sources) * 3
    assert len({operation.id for operation in operations}) == len(operations) == requests * 10
    ideal = requests * 0.02 / 64
    report(
        f"{accounts} accounts of {regions} regions, {requests:,} pages, 20 ms each, 64 workers",
        f"{wall:.1f} s wall, {cpu:.1f} s CPU, {runs} runs",
        f"latency alone: {ideal:.1f} s",
    )
