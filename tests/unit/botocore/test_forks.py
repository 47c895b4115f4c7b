"""Forked processes: a client works there, an iterator that was begun before says that it cannot."""

from __future__ import annotations

import asyncio
import os
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Any, TypeVar
from unittest.mock import AsyncMock, Mock

import pytest
from botocore.client import BaseClient
from support.fakes import Paged, raw_operations, raw_pages
from support.threads import wait_until, worker_threads
from support.wire import Wire, page

from lightsail_ops import Fleet, OperationsClient, OperationsPaginator
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Request
from lightsail_ops.aio import AsyncOperationsClient

# Python warns of a fork while threads run, which is what these tests are about.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
T = TypeVar("T")


def run_in_child(function: Callable[[], T]) -> T:
    """Run a function in a forked process, and return or raise its outcome here."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            outcome: Any = function()
        except BaseException as error:  # raised again in the parent
            outcome = error
        with open(writing, "wb") as pipe:  # noqa: PTH123 - a descriptor
            pickle.dump(outcome, pipe)
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123 - a descriptor
        outcome = pickle.load(pipe)
    os.waitpid(child, 0)
    if isinstance(outcome, BaseException):
        raise outcome
    returned: T = outcome
    return returned


def make_clients() -> dict[int, OperationsClient]:
    return {number: OperationsClient(Paged(raw_pages(1, 1, 1))) for number in range(3)}


READERS: list[Callable[[], Any]] = [
    lambda: Fleet(make_clients()).operations(),
    lambda: Fleet(make_clients()).watch(poll_interval=0.01),
]
readers = pytest.mark.parametrize("reader", READERS, ids=["operations", "watch"])


@pytest.mark.parametrize("make", [iter, OperationsPaginator.pages], ids=["operations", "pages"])
class TestAListingBegunBeforeAFork:
    def test_raises_an_error_in_the_child_and_goes_on_in_the_parent(
        self, make: Callable[[OperationsPaginator], Iterator[Any]]
    ) -> None:
        found = make(OperationsClient(Paged(raw_pages(2, 2))).operations())
        next(found)
        with pytest.raises(RuntimeError, match="begun before the process was forked"):
            run_in_child(lambda: next(found))
        assert next(found)

    def test_works_in_the_child_if_it_was_only_made(
        self, make: Callable[[OperationsPaginator], Iterator[Any]]
    ) -> None:
        found = make(OperationsClient(Paged(raw_pages(2, 2))).operations())
        assert len(run_in_child(lambda: list(found))) == len(list(found))

    def test_is_told_by_the_id_of_the_process(
        self,
        make: Callable[[OperationsPaginator], Iterator[Any]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """As in the tests above, but where the measuring of coverage can see it."""
        found = make(OperationsClient(Paged(raw_pages(2, 2))).operations())
        next(found)
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with pytest.raises(RuntimeError, match="forked"):
            next(found)


@readers
class TestAnIteratorBegunBeforeAFork:
    def test_raises_an_error_in_the_child(self, reader: Callable[[], Any]) -> None:
        with closing(reader()) as found:
            next(found)
            with pytest.raises(RuntimeError, match="begun before the process was forked"):
                run_in_child(lambda: next(found))

    def test_goes_on_in_the_parent(self, reader: Callable[[], Any]) -> None:
        with closing(reader()) as found:
            first = next(found)
            with pytest.raises(RuntimeError):
                run_in_child(lambda: next(found))
            assert len({(key, each.id) for key, each in [first, *islice(found, 8)]}) == 9

    def test_is_closed_in_the_child_at_once(self, reader: Callable[[], Any]) -> None:
        def close() -> float:
            began = time.monotonic()
            found.close()
            return time.monotonic() - began

        with closing(reader()) as found:
            next(found)
            assert run_in_child(close) < 10
            next(found)

    def test_can_be_made_anew_in_the_child(self, reader: Callable[[], Any]) -> None:
        with closing(reader()) as found:
            next(found)
            assert len(run_in_child(lambda: list(islice(reader(), 9)))) == 9


@readers
def test_an_iterator_that_was_only_made_before_a_fork_works_in_the_child(
    reader: Callable[[], Any],
) -> None:
    found = reader()
    assert len(run_in_child(lambda: list(islice(found, 9)))) == 9


def test_a_watch_keeps_saying_so() -> None:
    watch = Fleet(make_clients()).watch(poll_interval=0.01)

    def count_errors() -> int:
        count = 0
        for _ in range(3):
            try:
                next(watch)
            except RuntimeError:
                count += 1
        return count

    with watch:
        next(watch)
        assert run_in_child(count_errors) == 3


def test_a_process_is_told_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the tests above, but where the measuring of coverage can see it."""
    found = Fleet(make_clients()).operations()
    next(found)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(RuntimeError, match="forked"):
        next(found)
    found.close()
    wait_until(lambda: worker_threads() == [])


def test_a_client_of_asyncio_has_threads_of_its_own_in_the_child(
    wire: Wire, boto3_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.play(lambda _: page(raw_operations(1, 2)))
    client = AsyncOperationsClient(boto3_client)

    def count() -> int:
        return len(asyncio.run(client.get_operations()))

    assert count() == 2
    assert run_in_child(count) == 2
    assert count() == 2
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert count() == 2


class TestTheFirstCallInAnotherProcess:
    """The other process is only pretended, so that this one can look at the client."""

    @pytest.fixture
    def closed(self, wire: Wire, boto3_client: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Return a list of how many requests had come when the connections were closed."""
        closed: list[int] = []
        close = boto3_client.close

        def count_and_close() -> None:
            time.sleep(0.05)
            closed.append(len(wire.received))
            close()

        monkeypatch.setattr(boto3_client, "close", count_and_close)
        wire.play(lambda _: page(raw_operations(1, 2)))
        return closed

    def test_closes_the_connections_once_for_all_that_wrap_the_client(
        self, closed: list[int], boto3_client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clients = [OperationsClient(boto3_client) for _ in range(2)]
        assert [len(client.get_operations()) for client in clients] == [2, 2]
        assert closed == []
        monkeypatch.setattr(os, "getpid", lambda: -1)
        clients.append(OperationsClient(boto3_client))
        assert [len(client.get_operations()) for client in clients * 2] == [2] * 6
        assert closed == [2]

    def test_lets_all_threads_wait_until_the_connections_are_closed(
        self, closed: list[int], boto3_client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = OperationsClient(boto3_client)
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(client.get_operations) for _ in range(16)]
            assert [len(future.result()) for future in futures] == [2] * 16
        assert closed == [0]

    def test_closes_nothing_of_a_client_that_is_new_there(
        self, closed: list[int], boto3_client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert len(OperationsClient(boto3_client).get_operations()) == 2
        assert closed == []

    def test_needs_no_method_of_a_hand_written_client(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = OperationsClient(Paged(raw_pages(1, 1)))
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert len(list(client.operations())) == 2

    def test_leaves_a_client_of_asyncio_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its connections belong to an event loop, and its `close` has to be awaited."""
        client: Any = object.__new__(AioClient)
        client.get_operations = AsyncMock(return_value={"operations": []})
        client.close = Mock()
        before = Sender(client)
        monkeypatch.setattr(os, "getpid", lambda: -1)
        for sender in (before, Sender(client)):
            assert asyncio.run(sender.send_async(Request("get_operations"))).content
        assert client.close.mock_calls == []


class AioClient(BaseClient):
    """As aiobotocore's: botocore's, and a context manager of asyncio."""

    meta: Any = None

    async def __aenter__(self) -> None: ...
