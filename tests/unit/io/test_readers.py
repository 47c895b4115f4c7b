"""The readers of iterators: bugs, a lack of threads and a fork are told, and nothing hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from support.fakes import Paged, raw_pages

from lightsail_ops import OperationsClient
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.effects import Request, Steps
from lightsail_ops._core.paging import Listing, read_pages
from lightsail_ops._io.async_reader import AsyncReader
from lightsail_ops._io.asynchronous import AsyncSender
from lightsail_ops._io.reader import Reader
from lightsail_ops._io.runtime import RUNTIME

Find = Callable[[Steps[None]], Callable[[], bool]]


def find_in_thread(steps: Steps[None]) -> Callable[[], bool]:
    reader = Reader({None: steps}, {None: Sender(Paged(raw_pages(1)))}, 1)

    def find() -> bool:
        is_found = reader.find(lambda: not reader.result.taken)
        reader.users = {}
        return is_found

    return find


def find_in_loop(steps: Steps[None]) -> Callable[[], bool]:
    reader = AsyncReader({None: steps}, {None: AsyncSender(Paged(raw_pages(1)))}, 1)

    async def has_page() -> bool:
        return not reader.result.taken

    def find() -> bool:
        is_found = asyncio.run(reader.find(has_page))
        reader.users = {}
        return is_found

    return find


def read_all() -> Steps[None]:
    return read_pages(Listing(Request("get_operations")), RUNTIME)


every_way = pytest.mark.parametrize("begin", [find_in_thread, find_in_loop])


@every_way
class TestAReader:
    def test_finds_what_the_steps_emit(self, begin: Find) -> None:
        find = begin(read_all())
        assert find()
        assert find()  # it has not been taken

    def test_raises_a_bug_of_the_steps_every_time(self, begin: Find) -> None:
        def fail() -> Steps[None]:
            yield Request("get_operations")
            raise ZeroDivisionError

        find = begin(fail())
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                find()

    def test_says_that_no_thread_is_left_and_goes_on_when_there_is_one(
        self, begin: Find, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        find = begin(read_all())
        with monkeypatch.context() as patch:
            patch.setattr("lightsail_ops._io.threads.Workers._start", fail)
            with pytest.raises(RuntimeError, match="can't start new thread"):
                find()
        assert find()

    def test_cannot_be_used_in_a_forked_process(
        self, begin: Find, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        find = begin(read_all())
        assert find()
        with monkeypatch.context() as patch:
            patch.setattr("os.getpid", lambda: -1)
            with pytest.raises(RuntimeError, match="begun before the process was forked"):
                find()


def test_a_reader_whose_own_thread_cannot_be_started_can_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no thread can be started")

    find = find_in_thread(read_all())
    with monkeypatch.context() as patch:
        patch.setattr("lightsail_ops._io.reader.start_thread", fail)
        with pytest.raises(RuntimeError, match="no thread can be started"):
            find()
    assert find()


@pytest.mark.parametrize("attribute", ["__iter__", "pages"])
def test_a_listing_passes_on_the_value_error_of_a_client(attribute: str) -> None:
    class Client:
        def get_operations(self, **_: object) -> Any:
            raise ValueError("mine")

    listing = OperationsClient(Client()).operations()
    with pytest.raises(ValueError, match=r"^mine$"):
        next(getattr(listing, attribute)())


def test_an_asyncio_reader_that_has_begun_nothing_can_be_closed() -> None:
    async def main() -> None:
        reader = AsyncReader({None: read_all()}, {None: AsyncSender(Paged({}))}, 1)
        await reader.aclose()

    asyncio.run(main())
