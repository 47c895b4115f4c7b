"""What a watch costs: requests and CPU per idle poll, memory and cursor, by length of history."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable

import pytest
from benchmarks.idling import History, Idler
from pytest_benchmark.fixture import BenchmarkFixture

POLLS = 3  # at a time: a busy machine seldom hits all of many short times
ROUNDS = 30  # less than ten minutes, with those that warm up, so no poll is complete
HISTORIES = (200, 20_000, 200_000)
Report = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def idlers() -> dict[int, Idler]:
    """Return watches that have read their histories."""
    watches = {length: Idler(History(length)) for length in HISTORIES}
    for idler in watches.values():
        idler.watch(0)
        idler.watch(10)  # so that caches are filled
    return watches


@pytest.mark.counted
def test_an_idle_poll_takes_at_most_two_requests(report: Report, idlers: dict[int, Idler]) -> None:
    requests = []
    for idler in idlers.values():
        sent = idler.requests
        idler.watch(POLLS)
        requests.append((idler.requests - sent) / POLLS)
    figure = " / ".join(f"{each:g}" for each in requests)
    report("requests of an idle poll of 200 / 20,000 / 200,000 operations", figure, "at most 2")
    assert max(requests) <= 2


def test_an_idle_poll_costs_the_same_however_long_the_history(
    benchmark: BenchmarkFixture, report: Report, idlers: dict[int, Idler]
) -> None:
    seconds = dict.fromkeys(HISTORIES, float("inf"))

    def poll_each() -> None:
        for length, idler in idlers.items():
            start = time.process_time()
            idler.watch(POLLS)
            seconds[length] = min(seconds[length], time.process_time() - start)

    gc.disable()  # a collection of the whole heap would fall on one of them
    try:
        benchmark.pedantic(poll_each, rounds=ROUNDS)
    finally:
        gc.enable()

    for length in HISTORIES:
        milliseconds = 1000 * seconds[length] / POLLS
        report(f"CPU of an idle poll of {length:,} operations", f"{milliseconds:.2f} ms", "")
    ratio = seconds[200_000] / seconds[20_000]
    report("CPU of an idle poll: 200,000 to 20,000 operations", f"{ratio:.2f}", "at most 1.20")
    assert ratio <= 1.2


@pytest.mark.counted
def test_the_cursor_is_as_short_however_long_the_history(
    report: Report, idlers: dict[int, Idler]
) -> None:
    sizes = [len(idler.watching.cursor) for idler in idlers.values()]
    figure = " / ".join(f"{size:,}" for size in sizes)
    report("characters of the cursor after 200 / 20,000 / 200,000 operations", figure, "the same")
    assert max(sizes) <= 1.1 * min(sizes)


@pytest.mark.parametrize("length", [pytest.param(20_000, marks=pytest.mark.counted), 200_000])
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
