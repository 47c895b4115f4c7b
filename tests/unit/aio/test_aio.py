"""The client for asyncio: with boto3's clients in threads, and with clients that are awaited."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import math
import socket
import sys
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from functools import partial, wraps
from itertools import count, repeat
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar
from unittest.mock import AsyncMock, MagicMock, Mock

import pytest
from botocore.config import Config
from support.async_clients import Awaited, Hanging, Kind, ids_of, kinds, make_ids, run
from support.fakes import Paged, Scripted, client_error, raw_operation, raw_operations, raw_pages
from support.threads import Gate, at_once, wait_until, worker_threads
from support.wire import SEND_ONCE, Wire, compress, error_response, one, page, truncate

from lightsail_ops import (
    AccessDeniedError,
    CredentialsError,
    LightsailError,
    NotFoundError,
    Operation,
    OperationsClient,
    OperationsPage,
    OperationStatus,
    OperationsWatch,
    PaginationError,
    ThrottlingError,
    TransportError,
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
    WatchHealth,
    aio,
)
from lightsail_ops.aio import AsyncFleet, AsyncOperationsClient, AsyncOperationsWatch

T = TypeVar("T")
STARTED = raw_operation(status="Started", isTerminal=False)
FAILED = raw_operation(status="Failed", errorCode="NoSuchBlueprint")


class TestTheTwins:
    @pytest.mark.parametrize(
        ("twin", "original"),
        [(AsyncOperationsClient, OperationsClient), (AsyncOperationsWatch, OperationsWatch)],
    )
    def test_have_the_same_methods(self, twin: type, original: type) -> None:
        for name, method in inspect.getmembers(original, inspect.isfunction):
            if not name.startswith("_") and name not in {"close", "next_change"}:
                parameters = inspect.signature(getattr(twin, name)).parameters
                assert parameters == inspect.signature(method).parameters, name

    def test_are_documented_alike(self) -> None:
        for name, method in inspect.getmembers(AsyncOperationsClient, inspect.isfunction):
            if not name.startswith("_"):
                documentation = inspect.getdoc(method) or ""
                for parameter in list(inspect.signature(method).parameters)[1:]:
                    assert f"\n    {parameter}: " in documentation, (name, parameter)

    def test_are_all_there(self) -> None:
        assert all(hasattr(aio, name) for name in aio.__all__)

    def test_have_reprs(self, session: Any) -> None:
        client = AsyncOperationsClient.from_session(session, region_name="eu-west-2")
        endpoint = "https://lightsail.eu-west-2.amazonaws.com"
        assert repr(client) == f"<AsyncOperationsClient region='eu-west-2' endpoint='{endpoint}'>"
        assert repr(client.operations("t1")) == (
            "<AsyncOperationsPaginator: get_operations(pageToken='t1')>"
        )
        assert repr(client.watch()) == "<AsyncOperationsWatch of eu-west-2>"


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return wrapper


class Decorated:
    @traced
    async def get_operations(self, **_: object) -> Any:
        return {"operations": [raw_operation()]}


class Callee:
    async def __call__(self, **_: object) -> Any:
        return {"operations": [raw_operation()]}


class Holder:
    get_operations = Callee()


class Mixed:
    def get_operations(self, **_: object) -> Any:
        return {"operations": [raw_operation()]}

    async def get_operation(self, **_: object) -> Any:
        return {"operation": raw_operation()}


@pytest.mark.parametrize("make_client", [Decorated, Holder, Mixed])
def test_a_client_may_be_awaited_however_its_methods_are_made(make_client: type) -> None:
    client = AsyncOperationsClient(make_client())
    assert len(run(client.get_operations())) == 1
    assert run(ids_of(aiter(client.operations()))) == ["id-1"]
    if make_client is Mixed:
        assert run(client.get_operation("id-1")).id == "id-1"


@kinds
class TestReading:
    def test_yields_every_operation(self, kind: Kind) -> None:
        fake = Paged(raw_pages(2, 0, 1))
        operations = AsyncOperationsClient(kind(fake)).operations()
        assert fake.tokens == []
        assert run(ids_of(aiter(operations))) == make_ids(1, 3)
        assert run(ids_of(aiter(operations))) == make_ids(1, 3)
        assert fake.tokens == [None, "t1", "t2"] * 2

    def test_is_never_a_page_ahead(self, kind: Kind) -> None:
        fake = Paged(raw_pages(2, 1))

        async def main() -> list[int]:
            operations = AsyncOperationsClient(kind(fake)).operations()
            return [len(fake.tokens) async for _ in operations]

        assert run(main()) == [1, 1, 2]

    def test_yields_pages(self, kind: Kind) -> None:
        async def main() -> list[tuple[int, str | None]]:
            operations = AsyncOperationsClient(kind(Paged(raw_pages(2, 1)))).operations()
            return [(len(page), page.next_page_token) async for page in operations.pages()]

        assert run(main()) == [(2, "t1"), (1, None)]

    def test_resumes_after_an_error(self, kind: Kind) -> None:
        pages: dict[str | None, object] = dict(raw_pages(2, 1))
        fake = Paged({**pages, "t1": client_error()})
        client = AsyncOperationsClient(kind(fake))

        async def main() -> list[str]:
            read: list[str] = []
            try:
                async for operation in client.operations():
                    read.append(operation.id)  # noqa: PERF401 - to have those before the error
            except ThrottlingError as error:
                fake.pages = pages
                read += await ids_of(aiter(client.operations(error.page_token)))
            return read

        assert run(main()) == make_ids(1, 3)

    def test_notices_a_repeated_page_token(self, kind: Kind) -> None:
        pages = {token: {"operations": [], "nextPageToken": "a"} for token in (None, "a")}
        with pytest.raises(PaginationError):
            run(ids_of(aiter(AsyncOperationsClient(kind(Paged(pages))).operations())))

    def test_fetches_one_page(self, kind: Kind) -> None:
        fake = Paged(raw_pages(2, 1))
        page = run(AsyncOperationsClient(kind(fake)).get_operations("t1"))
        assert [operation.id for operation in page] == ["id-3"]
        assert fake.tokens == ["t1"]

    def test_fetches_one_operation(self, kind: Kind) -> None:
        fake = Scripted([{"operation": raw_operation()}])
        assert run(AsyncOperationsClient(kind(fake)).get_operation("id-1")).id == "id-1"
        assert fake.calls == [("get_operation", {"operationId": "id-1"})]

    def test_yields_the_operations_of_a_resource(self, kind: Kind) -> None:
        fake = Scripted([{"operations": raw_operations(1, 2)}])
        operations = AsyncOperationsClient(kind(fake)).operations_for_resource("web", "t1")
        assert run(ids_of(aiter(operations))) == make_ids(1, 2)
        arguments = {"resourceName": "web", "pageToken": "t1"}
        assert fake.calls == [("get_operations_for_resource", arguments)]

    def test_fetches_a_malformed_page_again(self, kind: Kind) -> None:
        fake = Scripted([{}, {"message": "?"}, {"operations": raw_operations(1, 2)}])
        assert len(run(AsyncOperationsClient(kind(fake)).get_operations())) == 2

    @pytest.mark.parametrize(
        ("original", "cls"),
        [
            (partial(client_error, "AccessDeniedException"), AccessDeniedError),
            (ConnectionResetError, TransportError),
            (ConnectionAbortedError, TransportError),
        ],
    )
    def test_translates_the_errors_of_aws_and_of_the_network(
        self, kind: Kind, original: Callable[[], Exception], cls: type[LightsailError]
    ) -> None:
        with pytest.raises(cls):
            run(AsyncOperationsClient(kind(Scripted([original()]))).get_operations())

    @pytest.mark.parametrize("cls", [ZeroDivisionError, KeyError])
    def test_lets_other_exceptions_pass(self, kind: Kind, cls: type[Exception]) -> None:
        original = cls()
        with pytest.raises(type(original)) as caught:
            run(AsyncOperationsClient(kind(Scripted([original]))).get_operations())
        assert caught.value is original

    def test_does_not_hang_on_a_stop_iteration(self, kind: Kind) -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            run(AsyncOperationsClient(kind(Scripted([]))).get_operations())

    def test_checks_its_arguments(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([])))
        wrong: Any = 7
        with pytest.raises(TypeError, match="page_token"):
            client.operations(wrong)
        with pytest.raises(TypeError, match="resource_name"):
            client.operations_for_resource(wrong)
        with pytest.raises(TypeError, match="operation_id"):
            run(client.get_operation(wrong))


def test_a_method_of_an_awaited_client_may_return_at_once() -> None:
    class AtOnce(Paged):
        async def __aenter__(self) -> None:
            """Look like a client of aiobotocore."""

    client = AsyncOperationsClient(AtOnce(raw_pages(2)))
    assert len(run(client.get_operations())) == 2


@kinds
class TestWaiting:
    def test_returns_the_operation_when_it_has_ended(self, kind: Kind) -> None:
        responses = [{"operation": STARTED}, client_error(), {"operation": raw_operation()}]
        client = AsyncOperationsClient(kind(Scripted(responses)))
        operation = run(client.wait("id-1", poll_interval=0.001))
        assert operation.status is OperationStatus.SUCCEEDED

    def test_raises_an_error_if_the_operation_failed(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operation": FAILED}])))
        with pytest.raises(WaitFailedError, match="NoSuchBlueprint"):
            run(client.wait("id-1"))

    def test_ends_when_the_timeout_has_expired(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operation": STARTED}] * 1000)))
        with pytest.raises(WaitTimeoutError) as caught:
            run(client.wait("id-1", timeout=0.2, poll_interval=0.005))
        assert caught.value.operation == Operation.from_dict(STARTED)

    def test_for_a_resource_returns_what_has_ended(self, kind: Kind) -> None:
        lists = [{"operations": [STARTED]}, {"operations": [raw_operation()]}]
        client = AsyncOperationsClient(kind(Scripted(lists)))
        operations = run(client.wait_for_resource("web-1", poll_interval=0.001))
        assert [each.status for each in operations] == [OperationStatus.SUCCEEDED]

    @pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf])
    def test_checks_its_arguments(self, kind: Kind, seconds: float) -> None:
        client = AsyncOperationsClient(kind(Scripted([])))
        with pytest.raises(ValueError, match="timeout"):
            run(client.wait("id-1", timeout=seconds))


@kinds
class TestWaitingForAll:
    def wait(self, kind: Kind, **options: Any) -> list[Operation]:
        states = {"id-1": iter([STARTED, raw_operation(1)]), "id-2": iter([raw_operation(2)])}
        fake = Mock(get_operation=lambda **each: {"operation": next(states[each["operationId"]])})
        client = AsyncOperationsClient(kind(fake))
        return run(client.wait_all(["id-1", "id-2"], poll_interval=0.001, **options))

    def test_returns_the_operations_in_order(self, kind: Kind) -> None:
        assert [operation.id for operation in self.wait(kind)] == ["id-1", "id-2"]

    def test_calls_a_function_at_each_change(self, kind: Kind) -> None:
        changes: list[Operation] = []
        self.wait(kind, on_change=changes.append)
        assert [f"{each.id} {each.status}" for each in changes] == [
            "id-1 Started",
            "id-2 Succeeded",
            "id-1 Succeeded",
        ]

    def test_awaits_a_coroutine_function_at_each_change(self, kind: Kind) -> None:
        changes: list[str] = []

        async def on_change(operation: Operation) -> None:
            await asyncio.sleep(0.001)
            changes.append(operation.id)

        self.wait(kind, on_change=on_change)
        assert changes == ["id-1", "id-2", "id-1"]

    def test_raises_all_failures_together(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operation": FAILED}])))
        with pytest.raises(WaitAllError) as caught:
            run(client.wait_all({"operations": [STARTED]}))
        assert [type(error) for error in caught.value.exceptions] == [WaitFailedError]


@pytest.mark.parametrize("wrap", [lambda fake: fake, Awaited])
def test_a_watch_goes_on_between_tasks_that_wait_for_one_change_each(wrap: Kind) -> None:
    fake = Scripted(repeat({"operations": []}))
    client = AsyncOperationsClient(wrap(fake))

    async def wait_for_change(watch: AsyncOperationsWatch) -> None:  # as wait_for of Python 3.11
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(watch)

    async def main() -> None:
        async with client.watch(poll_interval=0.01) as watch:
            await asyncio.create_task(wait_for_change(watch))
            before = len(fake.calls)
            await asyncio.to_thread(wait_until, lambda: len(fake.calls) > before + 2)

    run(main())


def test_a_watch_of_a_client_that_is_awaited_leaves_no_task_to_a_loop_that_shuts_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen = list[object]()

    async def get_operations(key: int) -> dict[str, object]:
        seen.append(key)
        if key:
            await asyncio.sleep(0.001)
        else:
            await asyncio.Event().wait()
        return {"operations": [STARTED]}

    def make_client(key: int) -> AsyncOperationsClient:
        return AsyncOperationsClient(Mock(get_operations=partial(get_operations, key)))

    watch = AsyncFleet({key: make_client(key) for key in range(9)}).watch(poll_interval=0.001)

    async def main() -> None:
        for _ in range(8):
            await anext(watch)

    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            begun = len(seen)
            with suppress(TimeoutError):
                asyncio.run(asyncio.wait_for(main(), 0.1))
            gc.collect()
            assert len(seen) > begun
        run(watch.aclose())
    assert caplog.messages == []


def test_a_task_that_swallows_its_cancellation_can_watch_further() -> None:
    fake = Awaited(Scripted([{"operations": []}, {"operations": []}, {"operations": [STARTED]}]))
    watch = AsyncOperationsClient(fake).watch(poll_interval=0.01)

    async def main() -> Operation:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        with suppress(asyncio.CancelledError):
            await anext(watch)
        async with watch, asyncio.timeout(10):
            return await anext(watch)

    assert asyncio.run(main()).id == STARTED["id"]


@kinds
def test_a_task_that_nobody_refers_to_is_not_garbage(kind: Kind) -> None:
    async def watch() -> None:
        await anext(AsyncOperationsClient(kind(Scripted(repeat({"operations": []})))).watch())

    async def main() -> None:
        asyncio.get_running_loop().create_task(watch())
        await asyncio.sleep(0.05)
        gc.collect()
        assert len(asyncio.all_tasks()) > 1

    asyncio.run(main())


async def end_with_a_busy_thread(use: Coroutine[Any, Any, object]) -> None:
    """Leave the loop something to wait for: it shuts down its threads last."""
    await use
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.2)


async def end_while_a_task_tidies_up(use: Coroutine[Any, Any, object]) -> None:
    """Leave the loop a task that takes its time when it is cancelled."""
    was_used = asyncio.Event()

    async def use_and_tidy_up() -> None:
        await use
        was_used.set()
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0.2)

    task = asyncio.create_task(use_and_tidy_up())
    await was_used.wait()
    assert not task.done()


async def end_while_a_generator_tidies_up(use: Coroutine[Any, Any, object]) -> None:
    """Leave the loop a generator that takes its time when it is closed."""

    async def generate() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await asyncio.sleep(0.2)

    generator = generate()
    await anext(generator)
    await use
    asyncio.get_running_loop().call_later(60, print, generator)  # keeps it until the end


@pytest.mark.parametrize(
    "end",
    [end_with_a_busy_thread, end_while_a_task_tidies_up, end_while_a_generator_tidies_up],
)
def test_a_watch_begins_no_task_in_a_loop_that_shuts_down(
    end: Callable[[Coroutine[Any, Any, object]], Coroutine[Any, Any, None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    requests = count(1)

    async def get_operations() -> dict[str, object]:
        if next(requests) > 1:
            await asyncio.sleep(10)
        return {"operations": []}

    watch = AsyncOperationsClient(Mock(get_operations=get_operations)).watch(poll_interval=0.15)

    async def poll_once() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await anext(watch)

    with caplog.at_level(logging.ERROR):
        asyncio.run(end(poll_once()))
        gc.collect()
    assert next(requests) == 2
    assert caplog.messages == []
    run(watch.aclose())


@pytest.mark.parametrize("ends_between", [False, True])
def test_a_request_that_a_thread_has_sent_is_not_sent_again_in_another_loop(
    *, ends_between: bool
) -> None:
    gate = Gate()
    operations = aiter(AsyncOperationsClient(gate).operations())

    async def wait_briefly() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await anext(operations)

    async def read() -> list[str]:
        threading.Timer(0.05, gate.opened.set).start()
        return await ids_of(operations)

    run(wait_briefly())
    if ends_between:
        gate.opened.set()
        time.sleep(0.05)  # the thread has the response, and no loop
    assert run(read()) == ["id-1", "id-2"]
    assert gate.requests == 1


def test_an_iterator_that_was_interrupted_in_the_loop_says_so() -> None:
    watch = AsyncOperationsClient(Scripted(repeat({"operations": []}))).watch(poll_interval=0.01)

    def interrupt(frame: FrameType, event: str, argument: object) -> None:
        if Path(frame.f_code.co_filename).name == "watching.py":
            sys.settrace(before)
            raise KeyboardInterrupt

    loop = asyncio.new_event_loop()
    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(anext(watch))
    finally:
        sys.settrace(before)
        loop.close()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="begin another one, a watch with the cursor"):
            run(anext(watch))
    run(watch.aclose())


def test_a_watch_that_goes_on_in_another_loop_leaves_the_first_one_alone() -> None:
    fake = Scripted(repeat({"operations": []}))
    watch = AsyncOperationsClient(fake).watch(poll_interval=0.2)

    async def wait_briefly() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                await anext(watch)

    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(wait_briefly())  # its timer is pending
        second.run(wait_briefly())
        calls = len(fake.calls)
        first.run(asyncio.sleep(0.35))
        assert len(fake.calls) == calls
        second.run(watch.aclose())


@kinds
class TestWatching:
    def test_reports_each_change_once(self, kind: Kind) -> None:
        polls = [[STARTED], [STARTED], [raw_operation()], [raw_operation(), raw_operation(2)]]
        client = AsyncOperationsClient(kind(Scripted({"operations": poll} for poll in polls)))

        async def main() -> list[tuple[str, str]]:
            seen: list[tuple[str, str]] = []
            async with client.watch(poll_interval=0.001) as watch:
                async for operation in watch:
                    seen.append((operation.id, operation.status.value))
                    if len(seen) == 3:
                        break
            return seen

        assert run(main()) == [
            ("id-1", "Started"),
            ("id-1", "Succeeded"),
            ("id-2", "Succeeded"),
        ]

    def test_continues_from_a_cursor(self, kind: Kind) -> None:
        async def main() -> list[str]:
            client = AsyncOperationsClient(kind(Scripted([{"operations": raw_operations(1, 2)}])))
            watch = client.watch()
            ids = [(await anext(watch)).id]
            polls = [{"operations": raw_operations(1, 3)}]
            client = AsyncOperationsClient(kind(Scripted(polls)))
            async with client.watch(cursor=watch.cursor) as watch:
                ids += [(await anext(watch)).id for _ in range(2)]
            return ids

        assert run(main()) == make_ids(1, 3)

    def test_can_be_iterated_further_after_an_error(self, kind: Kind) -> None:
        responses = [client_error("AccessDeniedException"), {"operations": raw_operations(1, 1)}]
        client = AsyncOperationsClient(kind(Scripted(responses)))

        async def main() -> str:
            watch = client.watch(poll_interval=0.001)
            with pytest.raises(AccessDeniedError):
                await anext(watch)
            return (await anext(watch)).id

        assert run(main()) == "id-1"

    def test_ends_when_it_is_closed(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operations": raw_operations(1, 2)}])))

        async def main() -> list[str]:
            watch = client.watch()
            await anext(watch)
            await watch.aclose()
            return await ids_of(watch)

        assert run(main()) == []

    def test_wakes_up_when_it_is_closed(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operations": []}])))

        async def main() -> list[str]:
            watch = client.watch(poll_interval=60)
            reader = asyncio.create_task(ids_of(watch))
            await asyncio.sleep(0.05)
            await watch.aclose()
            return await reader

        assert run(main()) == []

    def test_ends_when_it_is_closed_during_a_request(self, kind: Kind) -> None:
        gate = Gate()
        client = AsyncOperationsClient(Hanging() if kind is Awaited else gate)

        async def main() -> list[str]:
            watch = client.watch()
            reader = asyncio.create_task(ids_of(watch))
            await asyncio.sleep(0.05)
            await watch.aclose()
            return await asyncio.wait_for(reader, 1)

        try:
            assert run(main()) == []
        finally:
            gate.opened.set()

    def test_wakes_up_when_it_is_closed_in_another_thread(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operations": []}])))

        async def main() -> list[str]:
            watch = client.watch(poll_interval=60)
            reader = asyncio.create_task(ids_of(watch))
            await asyncio.sleep(0.05)
            closing = asyncio.to_thread(asyncio.run, watch.aclose())
            found, _ = await asyncio.wait_for(asyncio.gather(reader, closing), 5)
            return found

        assert run(main()) == []

    def test_has_one_reader_at_a_time(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operations": []}] * 9)))

        async def main() -> list[str]:
            watch = client.watch(poll_interval=60)
            reader = asyncio.create_task(ids_of(watch))
            await asyncio.sleep(0.05)
            with pytest.raises(RuntimeError, match="already being iterated by another task"):
                await anext(watch)
            for _ in range(2):  # closing a second time does nothing
                await watch.aclose()
            return await asyncio.wait_for(reader, 5)

        assert run(main()) == []

    def test_passes_a_cancellation_that_comes_with_the_closing(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operations": []}])))

        async def main() -> None:
            watch = client.watch(poll_interval=60)
            reader = asyncio.create_task(ids_of(watch))
            await asyncio.sleep(0.05)
            reader.cancel()
            await watch.aclose()
            with pytest.raises(asyncio.CancelledError):
                await reader

        run(main())

    def test_checks_its_arguments(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([])))
        with pytest.raises(ValueError, match="poll_interval"):
            client.watch(poll_interval=0)
        with pytest.raises(ValueError, match="time zone"):
            client.watch(since=datetime(2026, 11, 1))  # noqa: DTZ001
        with pytest.raises(ValueError, match="cursor"):
            client.watch(cursor="x")


class TestAClientMayBe:
    def test_boto3s(self, wire: Wire, boto3_client: Any) -> None:
        whole = page(raw_operations(1, 2), "t1")
        wire.play([whole, truncate(whole, has_length=False), compress(page(raw_operations(3, 3)))])
        client = AsyncOperationsClient(boto3_client)
        assert run(ids_of(aiter(client.operations()))) == make_ids(1, 3)
        assert wire.tokens == [None, "t1", "t1"]

    def test_built_from_a_session(self, session: Any, wire: Wire) -> None:
        wire.play([error_response("NotFoundException", tip="Look again.")])
        client = AsyncOperationsClient.from_session(
            session, region_name="eu-west-2", endpoint_url=wire.endpoint_url, config=SEND_ONCE
        )
        with pytest.raises(NotFoundError) as caught:
            run(client.get_operation("id-1"))
        assert caught.value.tip == "Look again."
        assert "lightsail-ops/" in wire.received[0].headers["User-Agent"]

    def test_built_only_where_there_is_a_region(self) -> None:
        with pytest.raises(CredentialsError):
            AsyncOperationsClient.from_session()

    def test_no_client_of_another_kind(self) -> None:
        wrong: Any = None
        with pytest.raises(TypeError, match="get_operations"):
            AsyncOperationsClient(wrong)

    def test_one_whose_methods_are_coroutines(self) -> None:
        class Fake:
            async def get_operations(self, **_: Any) -> Any:
                return {"operations": raw_operations(1, 2)}

        assert len(run(AsyncOperationsClient(Fake()).get_operations())) == 2

    def test_aiobotocores(self, wire: Wire) -> None:
        session_module = pytest.importorskip("aiobotocore.session")
        script = [
            page(raw_operations(1, 2), "t1"),
            truncate(page(raw_operations(1, 2)), has_length=False),
            compress(page(raw_operations(3, 3))),
            page(raw_operations(1, 1)),
            error_response("AccessDeniedException", message="No."),
            *[one(STARTED), one(raw_operation())],
        ]
        wire.play(script)

        async def main() -> None:
            session = session_module.get_session()
            async with session.create_client(
                "lightsail", region_name="us-west-2", endpoint_url=wire.endpoint_url
            ) as theirs:
                client = AsyncOperationsClient(theirs)
                assert await ids_of(aiter(client.operations())) == make_ids(1, 3)
                untouched = await theirs.get_operations()
                assert untouched["operations"][0]["id"] == "id-1"
                with pytest.raises(AccessDeniedError):
                    await client.get_operations()
                assert (await client.wait("id-1", poll_interval=0.01)).is_terminal
                wire.play(lambda _: page(raw_operations(1, 3), delay=0.01))
                clients = dict.fromkeys(range(5), client)
                found = [
                    key async for key, _ in AsyncFleet(clients, max_concurrency=3).operations()
                ]
                assert len(found) == 15
                assert wire.most_at_once == 3
                wire.play(lambda _: page(delay=0.5))
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await client.get_operations()

        asyncio.run(main())


class TestTheEventLoop:
    def test_goes_on_while_a_boto3_client_waits(self, wire: Wire, boto3_client: Any) -> None:
        wire.play([page(raw_operations(1, 1), "t1", delay=0.2), page(delay=0.2)])
        client = AsyncOperationsClient(boto3_client)

        async def main() -> int:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    ticks += 1
                    await asyncio.sleep(0.005)

            ticking = asyncio.create_task(tick())
            await ids_of(aiter(client.operations()))
            ticking.cancel()
            return ticks

        assert asyncio.run(main()) > 10  # of 80; a blocked loop gives 2

    def test_goes_on_while_one_waits_for_an_operation(self) -> None:
        responses = [{"operation": STARTED}] * 3 + [{"operation": raw_operation()}]
        client = AsyncOperationsClient(Scripted(responses))

        async def main() -> list[str]:
            order: list[str] = []

            async def wait() -> None:
                await client.wait("id-1", poll_interval=0.05)
                order.append("waited")

            async def other() -> None:
                await asyncio.sleep(0.01)
                order.append("other")

            await asyncio.gather(wait(), other())
            return order

        assert run(main()) == ["other", "waited"]

    def test_is_not_held_up_by_a_slow_response(self, wire: Wire, boto3_client: Any) -> None:
        wire.play(lambda received: page(delay=0.0 if received.arguments else 0.3))
        client = AsyncOperationsClient(boto3_client)

        async def main() -> list[str]:
            order: list[str] = []

            async def read(name: str, token: str | None) -> None:
                await client.get_operations(token)
                order.append(name)

            await asyncio.gather(read("slow", None), read("fast", "t1"))
            return order

        assert asyncio.run(main()) == ["fast", "slow"]


class TestThreads:
    @pytest.fixture(autouse=True)
    def _end_with_their_client(self) -> Any:
        gc.collect()  # clients of other tests
        wait_until(lambda: worker_threads() == [], 15)
        yield
        gc.collect()
        wait_until(lambda: worker_threads() == [])

    def test_call_boto3_and_nothing_that_is_awaited(self) -> None:
        seen: list[bool] = []

        class Blocking:
            def get_operations(self, **_: Any) -> Any:
                seen.append(threading.current_thread() is threading.main_thread())
                return {"operations": []}

        run(AsyncOperationsClient(Blocking()).get_operations())
        run(AsyncOperationsClient(Awaited(Blocking())).get_operations())
        assert seen == [False, True]

    def test_are_reused_once_there_are_as_many_as_connections(self) -> None:
        client = AsyncOperationsClient(Paged(raw_pages(1)))

        async def main() -> int:
            for _ in range(20):
                await client.get_operations()
                await asyncio.sleep(0.001)
            return len(worker_threads())

        assert run(main()) == 10

    def test_are_at_most_as_many_as_the_clients_connections(self, session: Any, wire: Wire) -> None:
        wire.play(lambda _: page(delay=0.03))
        client = AsyncOperationsClient.from_session(
            session,
            endpoint_url=wire.endpoint_url,
            config=SEND_ONCE.merge(Config(max_pool_connections=3)),
        )

        async def main() -> int:
            calls = [asyncio.create_task(client.get_operations()) for _ in range(12)]
            await asyncio.sleep(0.05)
            threads = len(worker_threads())
            await asyncio.gather(*calls)
            return threads

        assert run(main()) == 3
        assert wire.most_at_once == 3

    def test_are_not_those_of_the_event_loop(self) -> None:
        gate = Gate()
        client = AsyncOperationsClient(gate)

        async def main() -> None:
            calls = [asyncio.create_task(client.get_operations()) for _ in range(40)]
            await asyncio.sleep(0.01)
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(5):
                await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
            gate.opened.set()
            await asyncio.gather(*calls)

        run(main())

    def test_end_with_the_client(self) -> None:
        client = AsyncOperationsClient(Paged(raw_pages(1)))
        run(client.get_operations())
        assert len(worker_threads()) == 1
        del client
        gc.collect()
        wait_until(lambda: worker_threads() == [], 2)

    def test_see_the_context_of_the_caller(self) -> None:
        variable: ContextVar[str] = ContextVar("variable", default="-")
        seen: list[str] = []

        class Looking:
            def get_operations(self, **_: Any) -> Any:
                seen.append(variable.get())
                return {"operations": []}

        async def main() -> None:
            variable.set("set")
            await AsyncOperationsClient(Looking()).get_operations()

        run(main())
        assert seen == ["set"]

    def test_that_cannot_be_started_are_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr("threading.Thread.start", refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            run(AsyncOperationsClient(Paged(raw_pages(1))).get_operations())

    def test_serve_several_loops(self) -> None:
        client = AsyncOperationsClient(Paged(raw_pages(1)))
        sizes: list[int] = []

        def count() -> None:
            sizes.extend(len(asyncio.run(client.get_operations())) for _ in range(20))

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sizes == [1] * 80


class TestCancelling:
    def test_ends_a_request_that_is_awaited(self) -> None:
        async def main() -> int:
            fake = Hanging()
            task = asyncio.create_task(AsyncOperationsClient(fake).get_operations())
            await fake.has_begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return fake.cancelled

        assert run(main()) == 1

    def test_ends_an_iteration(self) -> None:
        async def main() -> int:
            fake = Hanging()
            client = AsyncOperationsClient(fake)
            task = asyncio.create_task(ids_of(aiter(client.operations())))
            await fake.has_begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            del task
            gc.collect()  # the iterator, which could have been iterated further
            await asyncio.sleep(0.01)
            return fake.cancelled

        assert run(main()) == 1

    def test_ends_a_wait_between_two_polls(self) -> None:
        fake = Scripted([{"operation": STARTED}] * 2)

        async def main() -> None:
            client = AsyncOperationsClient(Awaited(fake))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await client.wait("id-1", poll_interval=30)

        run(main())
        assert len(fake.calls) == 1

    def test_ends_a_call_of_boto3_at_once_though_its_thread_goes_on(
        self, wire: Wire, boto3_client: Any
    ) -> None:
        wire.play([page(delay=30), page(raw_operations(1, 2))])
        client = AsyncOperationsClient(boto3_client)

        async def main() -> int:
            with at_once(), pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.get_operations()
            return len(await client.get_operations())

        assert asyncio.run(main()) == 2

    def test_stops_the_retries_of_botocore(self, session: Any, wire: Wire) -> None:
        wire.play(lambda _: error_response("ThrottlingException"))
        config = Config(retries={"total_max_attempts": 9, "mode": "standard"})
        client = AsyncOperationsClient.from_session(
            session, endpoint_url=wire.endpoint_url, config=config
        )

        async def main() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await client.get_operations()

        run(main())
        time.sleep(0.05)  # for a request that was on its way to the server
        requests = len(wire.received)
        time.sleep(1.5)
        assert len(wire.received) == requests

    def test_does_not_mark_later_calls_as_ours(self, wire: Wire, boto3_client: Any) -> None:
        wire.play([page(delay=0.1), page(raw_operations(1, 2))])
        client = AsyncOperationsClient(boto3_client)

        async def main() -> Any:
            task = asyncio.create_task(client.get_operations())
            await asyncio.to_thread(wait_until, lambda: wire.received)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return boto3_client.get_operations()

        assert len(asyncio.run(main())["operations"]) == 2


class TestAReaderThatIsCancelled:
    """`asyncio.timeout` around `anext`: the steps and the request in flight stay."""

    @staticmethod
    async def try_next(iterator: AsyncIterator[T], seconds: float = 0.02) -> T | None:
        try:
            async with asyncio.timeout(seconds):
                return await anext(iterator)
        except TimeoutError:
            return None

    @kinds
    def test_sends_no_second_request(self, kind: Kind) -> None:
        gate, fake = Gate(), Hanging()
        client = AsyncOperationsClient(fake if kind is Awaited else gate)
        threads = len(worker_threads())

        async def main() -> None:
            async with client.watch() as watch:
                for _ in range(10):
                    assert await self.try_next(watch) is None
                assert len(worker_threads()) <= threads + 1
                assert kind is Awaited or gate.requests == 1
            assert fake.cancelled == (kind is Awaited)

        try:
            run(main())
        finally:
            gate.opened.set()

    @kinds
    def test_gets_the_response_of_a_request_that_takes_longer_than_its_timeout(
        self, kind: Kind
    ) -> None:
        class Slow(Paged):
            def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803
                if kind is not Awaited:
                    time.sleep(0.1)
                return super().get_operations(pageToken=pageToken)

        fake = Slow(raw_pages(1, 1))
        client = AsyncOperationsClient(Awaited(fake, 0.1) if kind is Awaited else fake)

        async def main(iterator: Any) -> list[str]:
            ids: list[str] = []
            while len(ids) < 2:
                operation = await self.try_next(iterator)
                ids += [operation.id] if operation else []
            await iterator.aclose()
            return ids

        assert run(main(client.watch())) == make_ids(1, 2)
        assert fake.tokens == [None, "t1"]
        assert run(main(aiter(client.operations()))) == make_ids(1, 2)
        assert fake.tokens == [None, "t1"] * 2

    def test_keeps_its_backoff(self) -> None:
        fake = Scripted(client_error() for _ in range(99))

        async def main() -> None:
            async with AsyncOperationsClient(Awaited(fake)).watch() as watch:
                for _ in range(20):
                    await self.try_next(watch, 0.05)

        run(main())
        assert len(fake.calls) <= 3  # at most at 0, 0.5 and 1.5 seconds

    @pytest.mark.parametrize(
        "iterate",
        [
            lambda client: client.watch(),
            lambda client: aiter(client.operations()),
            lambda client: AsyncFleet({None: client}).operations(),
        ],
        ids=["watch", "listing", "fleet"],
    )
    @pytest.mark.parametrize("count", [1, 2], ids="{} loops".format)
    def test_survives_somebody_who_cancels_all_tasks(
        self, iterate: Callable[[AsyncOperationsClient], Any], count: int
    ) -> None:
        """As each event loop does when it ends."""
        clients: list[Any] = [Hanging(), Awaited(Paged(raw_pages(1)))]

        class Client:
            async def get_operations(self, **arguments: Any) -> Any:
                return await clients[0].get_operations(**arguments)

        iterator = iterate(AsyncOperationsClient(Client()))

        async def begin() -> None:
            assert await self.try_next(iterator) is None
            del clients[0]
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        async def go_on() -> Any:
            async with asyncio.timeout(5.0):
                return await anext(iterator)

        async def do_both() -> Any:
            await begin()
            return await go_on()

        if count == 1:
            found = asyncio.run(do_both())
        else:
            asyncio.run(begin())
            found = asyncio.run(go_on())
        operation = found[1] if isinstance(found, tuple) else found
        assert operation.id == "id-1"
        assert getattr(iterator, "health", WatchHealth()).failures == 0

    @pytest.mark.parametrize("is_by_its_task", [False, True])
    def test_takes_a_client_that_cancels_itself_for_an_outage(self, is_by_its_task: bool) -> None:
        class Client:
            async def get_operations(self, **_: Any) -> Any:
                task = asyncio.current_task()
                if not is_by_its_task or task is None:
                    raise asyncio.CancelledError
                asyncio.get_running_loop().call_soon(task.cancel)
                await asyncio.sleep(10)

        async def main() -> None:
            await anext(aiter(AsyncOperationsClient(Client()).operations()))

        with pytest.raises(TransportError, match="cancelled"):
            asyncio.run(main())

    def test_waits_for_a_client_that_swallows_its_cancellation(self) -> None:
        """As a timeout does that was written for Python 3.10; then the client tries again."""
        fake = Awaited(Paged(raw_pages(1)))
        requests = count(1)

        class Client:
            async def get_operations(self, **arguments: Any) -> Any:
                next(requests)
                task = asyncio.current_task()
                assert task is not None
                asyncio.get_running_loop().call_later(0.01, task.cancel)
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(10)
                await asyncio.sleep(0.2)
                return await fake.get_operations(**arguments)

        async def main() -> str:
            async with AsyncOperationsClient(Client()).watch() as watch:
                while (operation := await self.try_next(watch, 0.03)) is None:
                    pass
                return operation.id

        assert asyncio.run(main()) == "id-1"
        assert next(requests) == 2

    def test_leaves_nothing_to_somebody_who_cancels_all_tasks(self) -> None:
        rounds = 0

        async def cancel_all() -> None:
            nonlocal rounds
            await asyncio.sleep(0.05)
            while others := asyncio.all_tasks() - {asyncio.current_task()}:
                rounds += 1
                assert rounds < 3
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)
                await asyncio.sleep(0.01)
            asyncio.get_running_loop().stop()

        async def watch() -> None:
            await anext(AsyncOperationsClient(Hanging()).watch())

        loop = asyncio.new_event_loop()
        tasks = [loop.create_task(watch()), loop.create_task(cancel_all())]
        loop.run_forever()
        assert [task.done() for task in tasks] == [True, True]
        assert asyncio.all_tasks(loop) == set()
        loop.close()
        assert rounds == 1


class TestAMock:
    @pytest.mark.parametrize("mock", [AsyncMock, MagicMock, Mock])
    def test_is_a_client(self, mock: Any, recwarn: pytest.WarningsRecorder) -> None:
        fake = mock()
        fake.get_operations.return_value = {"operations": [raw_operation(1)]}

        async def main() -> None:
            client = AsyncOperationsClient(fake)
            assert await ids_of(aiter(client.operations())) == ["id-1"]
            async with client.watch() as watch:
                assert (await anext(watch)).id == "id-1"
                assert repr(watch) == f"<AsyncOperationsWatch of {mock.__name__}>"

        run(main())
        gc.collect()
        assert not recwarn.list


class TestAnExhaustedMock:
    def test_does_not_end_an_iterator_in_silence(self) -> None:
        mock = AsyncMock(spec=["get_operations"])
        mock.get_operations.side_effect = []

        async def main() -> None:
            client = AsyncOperationsClient(mock)
            with pytest.raises(RuntimeError, match=r"the client raised Stop(Async)?Iteration"):
                await ids_of(client.watch(poll_interval=0.001))
            with pytest.raises(RuntimeError, match=r"the client raised Stop(Async)?Iteration"):
                await ids_of(aiter(client.operations()))
            with pytest.raises(RuntimeError, match=r"the client raised Stop(Async)?Iteration"):
                [each async for each in AsyncFleet({"a": client}).operations()]

        run(main())


class TestAPaginator:
    def test_hands_over_nothing_after_it_was_closed(self) -> None:
        async def main() -> None:
            iterator: Any = aiter(AsyncOperationsClient(Paged(raw_pages(3, 1))).operations())
            assert (await anext(iterator)).id == "id-1"
            await iterator.aclose()
            assert await ids_of(iterator) == []

        run(main())

    def test_is_a_context_manager(self) -> None:
        async def main() -> list[int]:
            pages: Any = AsyncOperationsClient(Paged(raw_pages(3, 1))).operations().pages()
            async with pages:
                return [len(each) async for each in pages]

        assert run(main()) == [3, 1]


class TestManyCallsOnAHungServer:
    def test_that_were_cancelled_do_not_stall_the_next_one(self) -> None:
        gate = Gate()
        client = AsyncOperationsClient(gate)

        async def begin(number: int) -> asyncio.Task[OperationsPage]:
            task = asyncio.create_task(client.get_operations())
            await asyncio.to_thread(wait_until, lambda: gate.requests == number)
            return task

        async def main() -> int:
            for number in range(1, 11):
                (await begin(number)).cancel()
            reading = await begin(11)
            gate.opened.set()
            return len(await reading)

        assert run(main()) == 2


async def read_all(client: AsyncOperationsClient) -> object:
    return await ids_of(aiter(client.operations()))


async def wait_for_one(client: AsyncOperationsClient) -> object:
    return await client.wait("id-1", poll_interval=0.0001)


async def wait_for_all(client: AsyncOperationsClient) -> object:
    async def on_change(_: object) -> None:
        await asyncio.sleep(0)

    return await client.wait_all(["id-1", "id-2"], poll_interval=0.0001, on_change=on_change)


async def watch(client: AsyncOperationsClient) -> object:
    async with client.watch(poll_interval=0.0001) as changes:
        return [await anext(changes) for _ in range(5)]


async def read_many(client: AsyncOperationsClient) -> object:
    return [
        key async for key, _ in AsyncFleet({1: client, 2: client}, max_concurrency=2).operations()
    ]


async def watch_many(client: AsyncOperationsClient) -> object:
    clients = {1: client, 2: client}
    async with AsyncFleet(clients).watch(poll_interval=0.0001) as changes:
        return [await anext(changes) for _ in range(5)]


class Busy:
    """A client with eight pages, and operations that end at the third request for one."""

    def __init__(self) -> None:
        self.requests = 0

    def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803 - boto3's
        return raw_pages(*[1] * 8)[pageToken]

    def get_operation(self, *, operationId: str) -> Any:  # noqa: N803 - boto3's
        self.requests += 1
        return {"operation": STARTED if self.requests < 3 else raw_operation(id=operationId)}


@pytest.mark.heavy
@pytest.mark.parametrize(
    "work", [read_all, wait_for_one, wait_for_all, watch, read_many, watch_many]
)
def test_cancelling_at_any_await_ends_the_task(
    work: Callable[[AsyncOperationsClient], Awaitable[object]],
) -> None:
    """A task is stepped by hand: it is cancelled at its first await, at its second, and so on."""

    async def cancel_at(number: int) -> bool:
        """Return whether the task had ended before."""
        client = Awaited(Busy())

        async def main() -> object:
            return await work(AsyncOperationsClient(client))

        task = asyncio.create_task(main())
        for _ in range(number):
            await asyncio.sleep(0)
        if task.done():
            return task.exception() is None
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client.in_flight == 0
        return False

    for number in range(1000):
        if run(cancel_at(number)):
            break
    else:
        raise AssertionError("the task has not ended")
    assert number > 3
