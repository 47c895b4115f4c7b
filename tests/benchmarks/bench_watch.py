"""What a watch costs: requests and CPU per idle poll, memory and cursor, by length of history."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from benchmarks.history import raw_operations
from pytest_benchmark.fixture import BenchmarkFixture
from support.virtual import Clock, VirtualDriver

from lightsail_ops._core.cursor import Cursor
from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.watching import Watching

PAGE_SIZE = 200
POLL_INTERVAL = 5.0
POLLS = 3  # at a time: a busy machine seldom hits all of many short times
ROUNDS = 30  # less than ten minutes, with those that warm up, so no poll is complete
HISTORIES = (200, 20_000, 200_000)
NEWEST = datetime(2026, 11, 1, tzinfo=UTC).timestamp()  # before the virtual clock's start
Report = Callable[[str, str, str], None]


class History:
    """A list of operations that have ended, newest first, a minute apart."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._templates = raw_operations(PAGE_SIZE)
        self._send_first = cache(self._make_page)

    def send(self, _: None, request: Request) -> Response:
        start = int(request.page_token or 0)
        return self._make_page(start) if start else self._send_first(0)

    def _make_page(self, start: int) -> Response:
        operations = [self._make(start + index) for index in range(PAGE_SIZE)]
        content: dict[str, Any] = {"operations": operations}
        if start + PAGE_SIZE < self._length:
            content["nextPageToken"] = str(start + PAGE_SIZE)
        return Response(content, body_hash=start)  # equal pages have equal bodies

    def _make(self, index: int) -> dict[str, Any]:
        created_at = NEWEST - 60.0 * index
        return {
            **self._templates[index % PAGE_SIZE],
            "id": f"{index:08x}-3f4b-4c6e-9d2a-{index * 7919:012x}",
            "createdAt": created_at,
            "statusChangedAt": created_at + 30.0,
            "isTerminal": True,
            "status": "Succeeded",
        }


class Idler:
    """A watch of a history, under a virtual clock."""

    def __init__(self, history: History) -> None:
        clock = Clock()
        self.watching = Watching(Cursor(), poll_interval=POLL_INTERVAL, name="us-west-2")
        self._driver = VirtualDriver(
            {None: self.watching.watch(clock.runtime)}, history.send, clock
        )

    @property
    def requests(self) -> int:
        return len(self._driver.sent)

    def watch(self, polls: int) -> None:
        """Let the time of so many polls pass, and take every change that comes."""
        until = self._driver.clock.now + polls * POLL_INTERVAL
        while result := self._driver.next_result(until - self._driver.clock.now):
            result.value.taken = len(result.value.operations)


@pytest.fixture(scope="module")
def idlers() -> dict[int, Idler]:
    """Return watches that have read their histories."""
    watches = {length: Idler(History(length)) for length in HISTORIES}
    for idler in watches.values():
        idler.watch(0)
        idler.watch(10)  # so that caches are filled
    return watches


def test_an_idle_poll_costs_the_same_however_long_the_history(
    benchmark: BenchmarkFixture, report: Report, idlers: dict[int, Idler]
) -> None:
    requests, seconds = dict.fromkeys(HISTORIES, 0), dict.fromkeys(HISTORIES, float("inf"))

    def poll_each() -> None:
        for length, idler in idlers.items():
            sent, start = idler.requests, time.process_time()
            idler.watch(POLLS)
            seconds[length] = min(seconds[length], time.process_time() - start)
            requests[length] = max(requests[length], idler.requests - sent)

    gc.disable()  # a collection of the whole heap would fall on one of them
    try:
        benchmark.pedantic(poll_each, rounds=ROUNDS)
    finally:
        gc.enable()

    for length in HISTORIES:
        per_poll = requests[length] / POLLS
        milliseconds = 1000 * seconds[length] / POLLS
        figure = f"{per_poll:g} requests, {milliseconds:.2f} ms of CPU"
        report(f"an idle poll of {length:,} operations", figure, "at most 2 requests")
        assert per_poll <= 2
    ratio = seconds[200_000] / seconds[20_000]
    report("CPU of an idle poll: 200,000 to 20,000 operations", f"{ratio:.2f}", "at most 1.20")
    assert ratio <= 1.2


def test_the_cursor_is_as_short_however_long_the_history(
    report: Report, idlers: dict[int, Idler]
) -> None:
    sizes = [len(idler.watching.cursor) for idler in idlers.values()]
    figure = " / ".join(f"{size:,}" for size in sizes)
    report("characters of the cursor after 200 / 20,000 / 200,000 operations", figure, "the same")
    assert max(sizes) <= 1.1 * min(sizes)


@pytest.mark.parametrize("length", [20_000, 200_000])
def test_a_remembered_operation_takes_little_memory(report: Report, length: int) -> None:
    idler = Idler(History(length))
    tracemalloc.start()
    try:
        idler.watch(0)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A reading's changes are held until it has ended, since they come in the order of time.
    figure = f"{kept / length:.0f} bytes, {peak / length:.0f} while the first reading lasts"
    report(f"memory of a remembered operation, of {length:,}", figure, "at most 200")
    assert kept / length <= 200
