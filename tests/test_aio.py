"""The same for asyncio, with boto3's clients in threads and with clients that are awaited."""

from __future__ import annotations

import asyncio
import gc
import inspect
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import pytest
from fakes import Paged, Scripted, client_error, raw_operation, raw_operations, raw_pages
from wire import ASK_ONCE, Answer, Wire, failure, half, one, page, zipped

from lightsail_ops import (
    AccessDeniedError,
    CredentialsError,
    FleetError,
    LightsailError,
    NotFoundError,
    Operation,
    OperationFailedError,
    OperationsClient,
    OperationStatus,
    PaginationError,
    ResponseError,
    ThrottlingError,
    TransportError,
    WaitTimeoutError,
    aio,
)
from lightsail_ops.aio import AsyncOperationsClient, operations_across

T = TypeVar("T")
UNDER_WAY = raw_operation(status="Started", isTerminal=False)
FAILED = raw_operation(status="Failed", errorCode="NoSuchBlueprint")


class Awaited:
    """A client like aiobotocore's, over one that is written by hand."""

    def __init__(self, client: Any, seconds: float = 0.0) -> None:
        self._client = client
        self._seconds = seconds
        self.under_way = self.most = self.cancelled = 0

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._client, name)

        async def call(**arguments: Any) -> Any:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            try:
                await asyncio.sleep(self._seconds)
                return method(**arguments)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            finally:
                self.under_way -= 1

        return call

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class Hanging:
    """A client that is awaited and never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cancelled = 0

    async def get_operations(self, **_: Any) -> Any:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    get_operation = get_operations


def in_threads(client: Any) -> Any:
    return client


kinds = pytest.mark.parametrize("kind", [in_threads, Awaited], ids=["threads", "awaited"])
Kind = Callable[[Any], Any]


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it as a program would, and leave nothing running."""

    async def main() -> T:
        result = await asyncio.wait_for(coroutine, 20)
        gc.collect()
        for _ in range(5):  # asyncio closes what was dropped without being closed
            await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, others
        return result

    return asyncio.run(main(), debug=True)


async def ids_of(operations: AsyncIterator[Operation]) -> list[str]:
    return [operation.id async for operation in operations]


def ids(first: int, last: int) -> list[str]:
    return [f"id-{number}" for number in range(first, last + 1)]


def test_the_client_mirrors_the_synchronous_one() -> None:
    for name, method in inspect.getmembers(OperationsClient, inspect.isfunction):
        if not name.startswith("_"):
            twin = getattr(AsyncOperationsClient, name)
            assert inspect.signature(twin).parameters == inspect.signature(method).parameters
    assert "from_session" in dir(AsyncOperationsClient)


@kinds
class TestReading:
    def test_gives_every_operation(self, kind: Kind) -> None:
        fake = Paged(raw_pages(2, 0, 1))
        operations = AsyncOperationsClient(kind(fake)).operations()
        assert fake.tokens == []
        assert run(ids_of(aiter(operations))) == ids(1, 3)
        assert run(ids_of(aiter(operations))) == ids(1, 3)
        assert fake.tokens == [None, "t1", "t2"] * 2

    def test_is_never_a_page_ahead(self, kind: Kind) -> None:
        fake = Paged(raw_pages(2, 1))

        async def main() -> list[int]:
            operations = AsyncOperationsClient(kind(fake)).operations()
            return [len(fake.tokens) async for _ in operations]

        assert run(main()) == [1, 1, 2]

    def test_gives_pages(self, kind: Kind) -> None:
        async def main() -> list[tuple[int, str | None]]:
            operations = AsyncOperationsClient(kind(Paged(raw_pages(2, 1)))).operations()
            return [(len(page), page.next_page_token) async for page in operations.pages()]

        assert run(main()) == [(2, "t1"), (1, None)]

    def test_carries_on_from_an_error(self, kind: Kind) -> None:
        pages: dict[str | None, object] = dict(raw_pages(2, 1))
        fake = Paged({**pages, "t1": client_error()})
        client = AsyncOperationsClient(kind(fake))

        async def main() -> list[str]:
            read = []
            with pytest.raises(ThrottlingError) as caught:  # noqa: PT012 - no shorter way
                async for operation in client.operations():
                    read.append(operation.id)  # noqa: PERF401
            fake.pages = pages
            return read + await ids_of(aiter(client.operations(caught.value.page_token)))

        assert run(main()) == ids(1, 3)

    def test_notices_a_circle(self, kind: Kind) -> None:
        fake = Paged({None: {"nextPageToken": "a"}, "a": {"nextPageToken": "a"}})
        with pytest.raises(PaginationError):
            run(ids_of(aiter(AsyncOperationsClient(kind(fake)).operations())))

    def test_gives_one_page(self, kind: Kind) -> None:
        fake = Paged(raw_pages(2, 1))
        page = run(AsyncOperationsClient(kind(fake)).get_operations("t1"))
        assert [operation.id for operation in page] == ["id-3"]
        assert fake.tokens == ["t1"]

    def test_gives_one_operation(self, kind: Kind) -> None:
        fake = Scripted([{"operation": raw_operation()}])
        assert run(AsyncOperationsClient(kind(fake)).get_operation("id-1")).id == "id-1"
        assert fake.calls == [("get_operation", {"operationId": "id-1"})]

    def test_gives_the_operations_of_a_resource(self, kind: Kind) -> None:
        fake = Scripted([{"operations": raw_operations(1, 2)}])
        operations = AsyncOperationsClient(kind(fake)).operations_for_resource("web", "t1")
        assert run(ids_of(aiter(operations))) == ids(1, 2)
        arguments = {"resourceName": "web", "pageToken": "t1"}
        assert fake.calls == [("get_operations_for_resource", arguments)]

    def test_asks_again_for_a_damaged_page(self, kind: Kind) -> None:
        fake = Scripted([None, [], {"operations": raw_operations(1, 2)}])
        assert len(run(AsyncOperationsClient(kind(fake)).get_operations())) == 2

    @pytest.mark.usefixtures("no_backoff")
    @pytest.mark.parametrize(
        ("original", "cls"),
        [
            (client_error("AccessDeniedException"), AccessDeniedError),
            (ConnectionResetError(), TransportError),
            (ConnectionAbortedError(), TransportError),
            (ValueError(), ResponseError),
            (StopIteration(), ResponseError),
        ],
    )
    def test_raises_only_our_errors(
        self, kind: Kind, original: Exception, cls: type[LightsailError]
    ) -> None:
        fake = Scripted([original] * 3)
        with pytest.raises(cls) as caught:
            run(AsyncOperationsClient(kind(fake)).get_operations())
        assert caught.value.__cause__ is not None


@kinds
class TestWaiting:
    def test_returns_the_operation_when_it_has_ended(self, kind: Kind) -> None:
        answers = [{"operation": UNDER_WAY}, client_error(), {"operation": raw_operation()}]
        client = AsyncOperationsClient(kind(Scripted(answers)))
        operation = run(client.wait("id-1", poll_interval=0.001))
        assert operation.status is OperationStatus.SUCCEEDED

    def test_tells_of_a_failure(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operation": FAILED}])))
        with pytest.raises(OperationFailedError, match="NoSuchBlueprint"):
            run(client.wait("id-1"))

    def test_gives_up_when_the_time_is_up(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([{"operation": UNDER_WAY}] * 1000)))
        with pytest.raises(WaitTimeoutError) as caught:
            run(client.wait("id-1", timeout=0.02, poll_interval=0.005))
        assert caught.value.operation == Operation.from_dict(UNDER_WAY)

    @pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf])
    def test_checks_its_arguments(self, kind: Kind, seconds: float) -> None:
        client = AsyncOperationsClient(kind(Scripted([])))
        with pytest.raises(ValueError, match="timeout"):
            run(client.wait("id-1", timeout=seconds))


@kinds
class TestWatching:
    def test_gives_each_change_once(self, kind: Kind) -> None:
        polls = [[UNDER_WAY], [UNDER_WAY], [raw_operation()], [raw_operation(), raw_operation(2)]]
        client = AsyncOperationsClient(kind(Scripted({"operations": poll} for poll in polls)))

        async def main() -> list[tuple[str, str]]:
            seen = []
            async for operation in client.watch(poll_interval=0.001):
                seen.append((operation.id, operation.status.value))
                if len(seen) == 3:
                    break
            return seen

        assert run(main()) == [
            ("id-1", "Started"),
            ("id-1", "Succeeded"),
            ("id-2", "Succeeded"),
        ]

    def test_checks_its_arguments(self, kind: Kind) -> None:
        client = AsyncOperationsClient(kind(Scripted([])))
        with pytest.raises(ValueError, match="poll_interval"):
            client.watch(poll_interval=0)
        with pytest.raises(ValueError, match="time zone"):
            client.watch(since=datetime(2026, 11, 1))  # noqa: DTZ001


class TestAClientMayBe:
    def test_boto3s(self, wire: Wire, boto3_client: Any) -> None:
        whole = page(raw_operations(1, 2), "t1")
        wire.play([whole, half(whole, says_length=False), zipped(page(raw_operations(3, 3)))])
        client = AsyncOperationsClient(boto3_client)
        assert run(ids_of(aiter(client.operations()))) == ids(1, 3)
        assert wire.tokens == [None, "t1", "t1"]

    def test_built_for_you(self, session: Any, wire: Wire) -> None:
        wire.play([failure("NotFoundException", tip="Look again.")])
        client = AsyncOperationsClient.from_session(
            session, region_name="eu-west-2", endpoint_url=wire.endpoint_url, config=ASK_ONCE
        )
        with pytest.raises(NotFoundError) as caught:
            run(client.get_operation("id-1"))
        assert caught.value.tip == "Look again."
        assert "lightsail-ops/" in wire.asked[0].headers["User-Agent"]

    def test_built_for_you_unless_there_is_no_region(self) -> None:
        with pytest.raises(CredentialsError):
            AsyncOperationsClient.from_session()

    def test_one_whose_methods_are_coroutines(self) -> None:
        class Fake:
            async def get_operations(self, **_: Any) -> Any:
                return {"operations": raw_operations(1, 2)}

        assert len(run(AsyncOperationsClient(Fake()).get_operations())) == 2

    def test_one_whose_methods_return_awaitables(self) -> None:
        class Fake:
            def get_operations(self, **_: Any) -> Any:
                async def answer() -> Any:
                    return {"operations": raw_operations(1, 2)}

                return answer()

        assert len(run(AsyncOperationsClient(Fake()).get_operations())) == 2

    def test_aiobotocores(self, wire: Wire) -> None:
        session_module = pytest.importorskip("aiobotocore.session")
        script = [
            page(raw_operations(1, 2), "t1"),
            half(page(raw_operations(1, 2)), says_length=False),
            zipped(page(raw_operations(3, 3))),
            page(raw_operations(1, 1)),
            failure("AccessDeniedException", message="No."),
            *[one(UNDER_WAY), one(raw_operation())],
        ]
        wire.play(script)

        async def main() -> None:
            session = session_module.get_session()
            async with session.create_client(
                "lightsail", region_name="us-west-2", endpoint_url=wire.endpoint_url
            ) as theirs:
                client = AsyncOperationsClient(theirs)
                assert await ids_of(aiter(client.operations())) == ids(1, 3)
                untouched = await theirs.get_operations()
                assert untouched["operations"][0]["id"] == "id-1"
                with pytest.raises(AccessDeniedError):
                    await client.get_operations()
                assert (await client.wait("id-1", poll_interval=0.01)).is_terminal
                wire.play(lambda _: page(raw_operations(1, 3), delay=0.01))
                clients = dict.fromkeys(range(5), client)
                found = [key async for key, _ in operations_across(clients, max_workers=3)]
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
        answers = [{"operation": UNDER_WAY}] * 3 + [{"operation": raw_operation()}]
        client = AsyncOperationsClient(Scripted(answers))

        async def main() -> list[str]:
            order = []

            async def wait() -> None:
                await client.wait("id-1", poll_interval=0.05)
                order.append("waited")

            async def other() -> None:
                await asyncio.sleep(0.01)
                order.append("other")

            await asyncio.gather(wait(), other())
            return order

        assert run(main()) == ["other", "waited"]

    def test_calls_boto3_in_a_thread_and_awaits_the_rest(self) -> None:
        seen: list[bool] = []

        class Blocking:
            def get_operations(self, **_: Any) -> Any:
                seen.append(threading.current_thread() is threading.main_thread())
                return {}

        run(AsyncOperationsClient(Blocking()).get_operations())
        run(AsyncOperationsClient(Awaited(Blocking())).get_operations())
        assert seen == [False, True]


class TestCancelling:
    def test_ends_a_request_that_is_awaited(self) -> None:
        async def main() -> int:
            fake = Hanging()
            task = asyncio.create_task(AsyncOperationsClient(fake).get_operations())
            await fake.asked.wait()
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
            await fake.asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return fake.cancelled

        assert run(main()) == 1

    def test_ends_a_wait_between_two_polls(self) -> None:
        fake = Scripted([{"operation": UNDER_WAY}] * 2)

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
        wire.play([page(delay=0.3), page(raw_operations(1, 2))])
        client = AsyncOperationsClient(boto3_client)

        async def main() -> tuple[float, int]:
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.get_operations()
            took = time.monotonic() - begun
            return took, len(await client.get_operations())

        took, read = asyncio.run(main())
        assert took < 0.25
        assert read == 2

    def test_does_not_mark_later_calls_as_ours(self, wire: Wire, boto3_client: Any) -> None:
        wire.play([page(delay=0.1), page(raw_operations(1, 2))])
        client = AsyncOperationsClient(boto3_client)

        async def main() -> Any:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await client.get_operations()
            return boto3_client.get_operations()

        assert len(asyncio.run(main())["operations"]) == 2


async def found_in(
    clients: dict[Any, AsyncOperationsClient], **options: Any
) -> dict[Any, list[str]]:
    ids: dict[Any, list[str]] = {}
    async for key, operation in operations_across(clients, **options):
        ids.setdefault(key, []).append(operation.id)
    return ids


class TestManySources:
    @kinds
    def test_are_read_completely_and_each_in_order(self, kind: Kind) -> None:
        clients = {
            key: AsyncOperationsClient(kind(Paged(raw_pages(*[2] * key)))) for key in range(1, 6)
        }
        assert run(found_in(clients)) == {key: ids(1, key * 2) for key in range(1, 6)}

    def test_may_be_none_at_all(self) -> None:
        assert run(found_in({})) == {}

    @kinds
    def test_that_fail_take_nothing_from_the_others(self, kind: Kind) -> None:
        pages = raw_pages(2, 2)
        clients = {
            "good": AsyncOperationsClient(kind(Paged(pages))),
            "denied": AsyncOperationsClient(
                kind(Paged({None: client_error("AccessDeniedException")}))
            ),
            "later": AsyncOperationsClient(kind(Paged({**pages, "t1": client_error()}))),
        }
        found: dict[str, list[str]] = {}

        async def main() -> None:
            async for key, operation in operations_across(clients):
                found.setdefault(key, []).append(operation.id)

        with pytest.raises(FleetError) as caught:
            run(main())
        assert found == {"good": ids(1, 4), "later": ids(1, 2)}
        assert set(caught.value.by_source) == {"denied", "later"}
        assert caught.value.by_source["later"].page_token == "t1"

    @pytest.mark.parametrize("max_workers", [1, 3])
    def test_are_asked_at_most_so_many_at_once(self, max_workers: int) -> None:
        fake = Awaited(Paged(raw_pages(1, 1, 1)), 0.001)
        clients = {key: AsyncOperationsClient(fake) for key in range(10)}
        found = run(found_in(clients, max_workers=max_workers))
        assert found == {key: ids(1, 3) for key in range(10)}
        assert fake.most == max_workers

    def test_need_a_worker(self) -> None:
        with pytest.raises(ValueError, match="max_workers"):
            operations_across({}, max_workers=0)

    def test_have_threads_of_their_own(self, wire: Wire, session: Any) -> None:
        """asyncio's default threads are few on a small machine, and others use them too."""
        wire.play(lambda _: page(raw_operations(1, 1), delay=0.05))
        boto3_client = session.client("lightsail", endpoint_url=wire.endpoint_url)
        clients = {key: AsyncOperationsClient(boto3_client) for key in range(40)}
        assert len(run(found_in(clients, max_workers=20))) == 40
        assert 8 < wire.most_at_once <= 20
        boto3_client.close()

    def test_are_held_back_by_a_slow_reader(self) -> None:
        fakes = {key: Paged(raw_pages(*[1] * 50)) for key in range(3)}
        clients = {key: AsyncOperationsClient(Awaited(fake)) for key, fake in fakes.items()}

        async def main() -> int:
            read = dict.fromkeys(clients, 0)
            ahead = 0
            async with aclosing(operations_across(clients)) as found:  # type: ignore[type-var]
                async for key, _ in found:
                    read[key] += 1
                    await asyncio.sleep(0.002)
                    ahead = max(ahead, *(len(fakes[key].tokens) - read[key] for key in read))
                    if sum(read.values()) == 20:
                        break
            return ahead

        assert run(main()) <= 2

    def test_can_be_closed_early(self) -> None:
        fake = Awaited(Paged(raw_pages(*[1] * 50)), 0.001)

        async def main() -> None:
            clients = {key: AsyncOperationsClient(fake) for key in range(5)}
            clients["hanging"] = AsyncOperationsClient(hanging := Hanging())
            async with aclosing(operations_across(clients)) as found:  # type: ignore[type-var]
                async for _ in found:
                    break
            assert hanging.cancelled == 1
            assert fake.under_way == 0

        run(main())

    def test_can_be_cancelled(self) -> None:
        async def main() -> None:
            fake = Hanging()
            clients = {key: AsyncOperationsClient(fake) for key in range(5)}
            task = asyncio.create_task(found_in(clients, max_workers=3))
            await fake.asked.wait()
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert fake.cancelled == 3

        run(main())

    def test_leave_no_thread_behind(self, wire: Wire, boto3_client: Any) -> None:
        wire.play(lambda _: replace(page(raw_operations(1, 1), "x"), delay=0.05))

        async def main() -> None:
            clients = {key: AsyncOperationsClient(boto3_client) for key in range(5)}
            async with aclosing(operations_across(clients)) as found:  # type: ignore[type-var]
                async for _ in found:
                    break

        asyncio.run(main())
        deadline = time.monotonic() + 10
        while any(thread.name.startswith("lightsail_ops") for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def test_are_not_asked_before_the_first_next(self) -> None:
        fake = Paged(raw_pages(1))
        operations_across({"a": AsyncOperationsClient(fake)})
        assert fake.tokens == []


def test_every_public_name_of_the_module_is_there() -> None:
    assert all(hasattr(aio, name) for name in aio.__all__)


def test_a_slow_answer_keeps_no_one_else_waiting(wire: Wire, boto3_client: Any) -> None:
    wire.play(lambda asked: Answer(b"{}", delay=0.0 if asked.arguments else 0.3))
    client = AsyncOperationsClient(boto3_client)

    async def main() -> list[str]:
        order: list[str] = []

        async def read(name: str, token: str | None) -> None:
            await client.get_operations(token)
            order.append(name)

        await asyncio.gather(read("slow", None), read("fast", "t1"))
        return order

    assert asyncio.run(main()) == ["fast", "slow"]
