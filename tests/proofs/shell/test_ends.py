"""Iterators end, or say that they cannot go on: after a fork, an error, and being dropped."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from proofs.shell.account import Account, Faults
from proofs.shell.schedule import check_no_thread_left
from support.fakes import client_error, raw_operations

from lightsail_ops import Fleet, LightsailError, OperationsClient
from lightsail_ops.aio import AsyncOperationsClient


def make_fleet() -> Fleet[int]:
    return Fleet({key: OperationsClient(Account(Random(5), Faults(), key)) for key in range(2)})


ITERATORS: dict[str, Callable[[], Any]] = {
    "watch": lambda: make_fleet()[0].watch(poll_interval=0.01),
    "fleet.watch": lambda: make_fleet().watch(poll_interval=0.01),
    "fleet.operations": lambda: make_fleet().operations(),
}


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    yield
    check_no_thread_left()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("name", ITERATORS)
def test_an_iterator_raises_at_once_in_a_forked_process(name: str) -> None:
    iterator = ITERATORS[name]()
    next(iterator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork with threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            next(iterator)
        except RuntimeError as error:
            status = 0 if "forked" in str(error) else 2
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    iterator.close()


class Failing:
    def __init__(self, make_error: Callable[[], Exception]) -> None:
        self._make_error = make_error

    def get_operations(self, **_: object) -> Any:
        raise self._make_error()


@pytest.mark.parametrize("make_error", [lambda: client_error("AccessDeniedException"), ValueError])
def test_a_watch_that_is_dropped_after_an_error_ends(make_error: Callable[[], Exception]) -> None:
    def use() -> None:
        with pytest.raises((LightsailError, ValueError)):
            next(OperationsClient(Failing(make_error)).watch(poll_interval=0.01))

    use()
    gc.collect()
    check_no_thread_left()


class Hanging:
    """A client whose first requests hang."""

    def __init__(self, count: int) -> None:
        self.released = threading.Event()
        self._left = count
        self._lock = threading.Lock()

    def get_operations(self, **_: object) -> Any:
        with self._lock:
            self._left -= 1
            hangs = self._left >= 0
        if hangs:
            self.released.wait(30)
        return {"operations": raw_operations(1, 2)}


def test_a_call_that_waits_behind_cancelled_ones_is_made() -> None:
    client = Hanging(10)

    async def main() -> int:
        typed = AsyncOperationsClient(client)
        hung = [asyncio.create_task(typed.get_operations()) for _ in range(10)]
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(typed.get_operations())
        await asyncio.sleep(0.05)
        for task in hung:
            task.cancel()
        async with asyncio.timeout(10):
            return len(await waiting)

    try:
        assert asyncio.run(main()) == 2
    finally:
        client.released.set()
        gc.collect()
