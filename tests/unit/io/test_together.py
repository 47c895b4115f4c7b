"""Steps that run together, in threads or in tasks: bounded, on time, and with their errors."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from support.threads import at_once, wait_until

from lightsail_ops import LightsailError, TransportError
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Emit, Request, Sleep, Steps, Together
from lightsail_ops._io import asynchronous, blocking
from lightsail_ops._io.asynchronous import AsyncSender

REQUEST = Request("get_operations")


class Fake:
    """A client whose connections are few, and whose requests take some seconds."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.released = threading.Event()
        self.in_flight = self.most_in_flight = self.requests = 0
        self.meta = self
        self.config = self
        self.max_pool_connections = 3
        self._lock = threading.Lock()

    def get_operations(self, **_: object) -> dict[str, object]:
        self._begin()
        self.released.wait(self.seconds)
        return self._end()

    def _begin(self) -> None:
        with self._lock:
            self.requests += 1
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def _end(self) -> dict[str, object]:
        with self._lock:
            self.in_flight -= 1
        return {"operations": []}


class Awaited(Fake):
    """The same, awaited."""

    async def get_operations(self, **_: object) -> Any:  # type: ignore[override]
        self._begin()
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self._end()
        return {"operations": []}


def run_in_threads(steps: Steps[Any], client: Fake) -> Any:
    emitted: list[Any] = []
    blocking.run_wait(steps, Sender(client), emitted.append)
    return emitted[-1]


def run_in_tasks(steps: Steps[Any], client: Fake) -> Any:
    return asyncio.run(run_in_tasks_of_a_loop(steps, client))


async def run_in_tasks_of_a_loop(steps: Steps[Any], client: Fake) -> Any:
    emitted: list[Any] = []
    await asynchronous.run_wait(steps, AsyncSender(client), emitted.append)
    return emitted[-1]


Run = Callable[[Steps[Any], Fake], Any]
every_way = pytest.mark.parametrize(
    ("run", "make_client"),
    [(run_in_threads, Fake), (run_in_tasks, Fake), (run_in_tasks, Awaited)],
    ids=["threads", "threads of asyncio", "tasks"],
)


def send(number: int, requests: int = 1) -> Steps[int]:
    for _ in range(requests):
        yield REQUEST
    return number


def together(children: Sequence[Steps[Any]], *seconds: float) -> Steps[None]:
    """Run steps for as long as that, again and again; emit how each time has ended."""
    for each in seconds or (30.0,):
        outcomes: list[object] = yield Together(children, time.monotonic() + each)
        yield Emit(outcomes)


@every_way
class TestStepsThatRunTogether:
    def test_are_as_many_at_a_time_as_the_client_has_connections(
        self, run: Run, make_client: type[Fake]
    ) -> None:
        client = make_client(0.02)
        assert run(together([send(number) for number in range(9)]), client) == list(range(9))
        assert client.most_in_flight == 3

    def test_are_never_more_where_the_next_ones_come_before_the_last_have_ended(
        self, run: Run, make_client: type[Fake]
    ) -> None:
        client = make_client(0.03)
        children = [send(number, requests=2) for number in range(9)]
        assert run(together(children, 0.01, 0.02, 0.03, 30.0), client)[-1] == 8
        assert client.most_in_flight == 3

    @pytest.mark.parametrize("connections", [-1, 0, 10**9])
    def test_do_with_any_number_of_connections(
        self, run: Run, make_client: type[Fake], connections: int
    ) -> None:
        client = make_client()
        client.max_pool_connections = connections
        assert run(together([send(number) for number in range(3)]), client) == [0, 1, 2]

    def test_are_given_up_when_the_time_has_come(self, run: Run, make_client: type[Fake]) -> None:
        client = make_client(30.0)
        with at_once():
            assert run(together([send(1), send(2, requests=5)], 0.1), client) == [None, None]
        requests = client.requests
        client.released.set()
        wait_until(lambda: client.in_flight == 0)
        time.sleep(0.05)
        assert client.requests == requests  # nothing is sent for nobody

    def test_go_on_where_the_next_ones_have_them_too(
        self, run: Run, make_client: type[Fake]
    ) -> None:
        client = make_client(0.2)
        assert run(together([send(1), send(2)], 0.01, 0.01, 30.0), client) == [1, 2]
        assert client.requests == 2

    def test_use_all_connections_again_after_others_have_ended(
        self, run: Run, make_client: type[Fake]
    ) -> None:
        def steps() -> Steps[None]:
            for _ in range(3):
                client.most_in_flight = 0
                yield from together([send(number) for number in range(3)])

        client = make_client(0.02)
        assert run(steps(), client) == [0, 1, 2]
        assert client.most_in_flight == 3

    def test_may_fail_and_sleep(self, run: Run, make_client: type[Fake]) -> None:
        def make(number: int) -> Steps[int]:
            yield Sleep(time.monotonic() + number / 100)
            if number == 1:
                raise TransportError("down")
            return number

        outcomes = run(together([make(number) for number in range(3)]), make_client())
        assert [type(each) for each in outcomes] == [int, TransportError, int]

    def test_end_with_what_is_no_error_of_lightsails(
        self, run: Run, make_client: type[Fake]
    ) -> None:
        def fail() -> Steps[None]:
            yield REQUEST
            raise ZeroDivisionError

        client = make_client(0.01)
        with pytest.raises(ZeroDivisionError):
            run(together([fail(), send(1, requests=1000)]), client)
        assert client.requests < 1000

    def test_are_told_of_an_error_and_go_on(self, run: Run, make_client: type[Fake]) -> None:
        def steps() -> Steps[list[Any]]:
            try:
                yield Request("get_operation", {"operationId": "1"})
            except LightsailError:
                raise AssertionError from None
            return []

        with pytest.raises(TypeError, match="has no method get_operation"):
            run(together([steps()]), make_client())


def test_a_task_that_somebody_cancels_is_an_outage() -> None:
    client = Awaited(30.0)

    async def main() -> Any:
        running = asyncio.create_task(run_in_tasks_of_a_loop(together([send(1), send(2)]), client))
        while client.requests < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        for task in asyncio.all_tasks():
            if task not in (running, asyncio.current_task()):
                task.cancel()
        return await running

    outcomes = asyncio.run(main())
    assert [type(each) for each in outcomes] == [TransportError] * 2
    assert all(each.is_transient for each in outcomes)


def test_a_task_that_cannot_be_cancelled_does_not_hold_up_the_end() -> None:
    class Stubborn(Awaited):
        async def get_operations(self, **_: object) -> Any:  # type: ignore[override]
            try:
                await asyncio.sleep(30.0)
            except asyncio.CancelledError:
                await asyncio.sleep(30.0)
            raise AssertionError

    async def main() -> None:
        with at_once():
            steps = together([send(1)], 0.01)
            assert await run_in_tasks_of_a_loop(steps, Stubborn()) == [None]

    asyncio.run(main())


def test_a_thread_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("_thread.start_new_thread", fail)
    with pytest.raises(RuntimeError, match="no thread can be started"):
        run_in_threads(together([send(1)]), Fake())


def test_a_few_threads_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    start_thread, started = threading.Thread.start, list[object]()

    def start(thread: threading.Thread) -> None:
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start_thread(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    client = Fake(0.01)
    assert run_in_threads(together([send(number) for number in range(9)]), client)[-1] == 8
    assert client.most_in_flight == 2


def test_a_worker_thread_that_cannot_be_started_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    error = pytest.raises(RuntimeError, match="no thread can be started: can't start new thread")
    with at_once(), error:
        run_in_threads(together([send(1), send(2)]), Fake())
