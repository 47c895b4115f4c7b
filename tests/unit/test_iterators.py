"""What iterators of a fleet promise beyond their items: who may iterate, and what errors keep."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.fakes import client_error, raw_operation, raw_pages
from support.threads import Gate, wait_until, worker_threads
from support.wire import Wire, error_response, page

from lightsail_ops import AccessDeniedError, Fleet, FleetError, OperationsClient
from lightsail_ops.aio import AsyncFleet, AsyncOperationsClient


def list_fleet(gate: Gate) -> Any:
    return Fleet({"a": OperationsClient(gate)}).operations()


def watch_fleet(gate: Gate) -> Any:
    return Fleet({"a": OperationsClient(gate)}).watch()


def list_client(gate: Gate) -> Any:
    return iter(OperationsClient(gate).operations())


def list_pages(gate: Gate) -> Any:
    return OperationsClient(gate).operations().pages()


def watch_client(gate: Gate) -> Any:
    return OperationsClient(gate).watch()


class TestSeveralThreads:
    @pytest.mark.parametrize(
        "begin", [list_fleet, watch_fleet, list_client, list_pages, watch_client]
    )
    def test_cannot_wait_for_one_iterator(self, begin: Callable[[Gate], Any]) -> None:
        gate = Gate(raw_pages(2, 2))
        found = begin(gate)
        taken: list[object] = []
        first = threading.Thread(target=lambda: taken.append(next(found)))
        first.start()
        wait_until(lambda: gate.requests == 1)
        with pytest.raises(RuntimeError, match="already being iterated by another thread"):
            next(found)
        gate.opened.set()
        first.join(10)
        assert len(taken) == 1
        next(found)  # the other one is free now, and nothing was lost
        found.close()
        wait_until(lambda: worker_threads() == [])


class TestAListingOfOneClient:
    @pytest.mark.parametrize("attribute", ["__iter__", "pages"])
    @pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
    def test_goes_on_after_what_has_broken_it_off(
        self, attribute: str, error: type[BaseException]
    ) -> None:
        class Client:
            requests = 0

            def get_operations(self, **arguments: str) -> Any:
                self.requests += 1
                if self.requests in {1, 3}:
                    raise error
                return pages[arguments.get("pageToken")]

        pages = raw_pages(2, 2)
        listing = getattr(OperationsClient(Client()).operations(), attribute)()
        found: list[object] = []
        for _ in range(2):
            with pytest.raises(error):
                found.extend(listing)
            found.append(next(listing))
        found.extend(listing)
        assert len(found) == (4 if attribute == "__iter__" else 2)
        assert next(listing, None) is None

    def test_ends_with_an_error_of_aws(self) -> None:
        class Client:
            def get_operations(self, **_: str) -> Any:
                raise client_error("AccessDeniedException")

        listing = iter(OperationsClient(Client()).operations())
        with pytest.raises(AccessDeniedError):
            next(listing)
        assert next(listing, None) is None

    def test_can_be_closed_while_another_thread_reads(self) -> None:
        gate = Gate(raw_pages(1, 1))
        listing: Any = iter(OperationsClient(gate).operations())
        taken: list[object] = []
        reading = threading.Thread(target=lambda: taken.extend(listing))
        reading.start()
        wait_until(lambda: gate.requests == 1)
        with listing:
            pass
        gate.opened.set()
        reading.join(10)
        assert taken == []
        assert gate.requests == 1

    @pytest.mark.parametrize("fails", [False, True])
    def test_that_is_closed_ends_though_there_is_nothing_to_take(self, *, fails: bool) -> None:
        class Client:
            requests = 0

            def get_operations(self, **_: str) -> Any:
                self.requests += 1
                if fails:
                    raise client_error("ThrottlingException")
                return {"operations": [], "nextPageToken": str(self.requests)}

        client = Client()
        listing: Any = iter(OperationsClient(client).operations(retry_for=600.0))
        reading = threading.Thread(target=lambda: next(listing, None))
        reading.start()
        wait_until(lambda: client.requests > 0)
        listing.close()
        reading.join(0.9)  # the first retry would come later
        assert not reading.is_alive()


class TestAnInterrupt:
    @pytest.fixture(autouse=True)
    def _raises(self) -> Iterator[None]:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.mark.parametrize("begin", [watch_client, watch_fleet, list_fleet])
    def test_keeps_botocore_from_further_attempts_until_the_next_item_is_wanted(
        self, begin: Callable[[Any], Any], boto3_client: Any, wire: Wire
    ) -> None:
        wire.play([error_response("InternalFailure", 500), page([raw_operation()])])
        may_retry = threading.Event()

        def retry_after_the_interrupt(attempts: int, **_: object) -> float | None:
            if attempts > 1 or may_retry.is_set():
                return None
            signal.raise_signal(signal.SIGINT)
            may_retry.wait(10)
            return 0.0

        boto3_client.meta.events.register("needs-retry.lightsail", retry_after_the_interrupt)
        with begin(boto3_client) as iterator:
            with pytest.raises(KeyboardInterrupt):
                next(iterator)
            time.sleep(0.2)
            may_retry.set()
            time.sleep(0.2)
            assert len(wire.received) == 1
            assert next(iterator)
        assert len(wire.received) == 2


class TestASecondEventLoop:
    @pytest.mark.parametrize("is_fleet", [True, False])
    def test_continues_the_same_watch(self, *, is_fleet: bool) -> None:
        class Account:
            def __init__(self) -> None:
                self.operations = [raw_operation(1), raw_operation(2)]

            def get_operations(self, **_: str) -> dict[str, Any]:
                return {"operations": list(self.operations)}

        account = Account()
        client = AsyncOperationsClient(account)
        watch: Any = (
            AsyncFleet({"a": client}).watch(poll_interval=0.01)
            if is_fleet
            else client.watch(poll_interval=0.01)
        )

        async def take() -> Any:
            return await anext(watch)

        seen = [asyncio.run(take()), asyncio.run(take())]
        account.operations.insert(0, raw_operation(3))
        seen.append(asyncio.run(take()))
        ids = {each[1].id if is_fleet else each.id for each in seen}
        assert ids == {"id-1", "id-2", "id-3"}
        asyncio.run(watch.aclose())

    def test_takes_the_place_of_a_task_that_its_closed_loop_left(self) -> None:
        gate = Gate()
        watch = AsyncOperationsClient(gate).watch()

        async def take() -> str:
            return (await anext(watch)).id

        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)  # the task is still pending, as it says
        task = loop.create_task(take())
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()
        assert not task.done()
        gate.opened.set()
        assert asyncio.run(take()).startswith("id-")
        asyncio.run(watch.aclose())


class Body(dict[str, Any]):
    """A response that can be looked for in memory."""


class TestAFleetError:
    def test_keeps_no_body_alive(self) -> None:
        bodies: list[weakref.ref[Body]] = []

        class Client:
            def get_operations(self, **_: str) -> Body:
                body = Body(operations=[raw_operation(createdAt="noon")])
                bodies.append(weakref.ref(body))
                return body

        def read() -> Iterator[Any]:
            return Fleet({key: OperationsClient(Client()) for key in range(3)}).operations()

        with pytest.raises(FleetError) as caught:
            list(read())
        assert len(caught.value.by_key) == len(bodies) == 3
        gc.collect()
        assert [body() for body in bodies] == [None] * 3

    def test_comes_once_after_all_else_has_been_read(self) -> None:
        class Failing:
            def get_operations(self, **_: str) -> dict[str, Any]:
                return {"operations": 5}

        pages = raw_pages(2, 2)

        class Good:
            def get_operations(self, **arguments: str) -> dict[str, Any]:
                return pages[arguments.get("pageToken")]

        fleet = Fleet({"bad": OperationsClient(Failing()), "good": OperationsClient(Good())})
        operations = fleet.operations()
        seen: list[tuple[str, str]] = []

        def read() -> None:
            for key, operation in operations:
                seen.append((key, operation.id))

        with pytest.raises(FleetError, match="1 of 2 clients failed: bad"):
            read()
        assert seen == [("good", f"id-{number}") for number in range(1, 5)]
        assert list(operations) == []
