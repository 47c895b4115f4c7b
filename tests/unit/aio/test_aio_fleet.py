"""Many clients for asyncio: nothing is lost, one that fails stops no other, no task is left."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from typing import Any

import pytest
from botocore.config import Config
from support.async_clients import Awaited, Hanging, Kind, kinds, make_ids, run
from support.fakes import Paged, client_error, raw_operation, raw_operations, raw_pages
from support.threads import Gate, at_once, wait_until, worker_threads
from support.wire import SEND_ONCE, Wire, error_response, page

from lightsail_ops import (
    AccessDeniedError,
    FleetError,
    LightsailError,
    Operation,
    OperationsClient,
    OperationsPage,
    RegionName,
)
from lightsail_ops.aio import (
    AsyncFleet,
    AsyncOperationsClient,
)


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    yield
    gc.collect()  # what an exception held
    wait_until(lambda: worker_threads() == [])


async def read(
    clients: Mapping[Any, AsyncOperationsClient], **options: Any
) -> dict[Any, list[str]]:
    ids: dict[Any, list[str]] = {}
    async for key, operation in AsyncFleet(clients, **options).operations():
        ids.setdefault(key, []).append(operation.id)
    return ids


class TestManyClients:
    @kinds
    def test_are_read_completely_and_each_in_order(self, kind: Kind) -> None:
        clients = {
            key: AsyncOperationsClient(kind(Paged(raw_pages(*[2] * key)))) for key in range(1, 6)
        }
        assert run(read(clients)) == {key: make_ids(1, key * 2) for key in range(1, 6)}

    @kinds
    def test_can_be_read_page_by_page(self, kind: Kind) -> None:
        clients = {"a": AsyncOperationsClient(kind(Paged(raw_pages(2, 0, 1))))}

        async def main() -> list[tuple[str, type, int]]:
            return [
                (key, type(page), len(page))
                async for key, page in AsyncFleet(clients).operations().pages()
            ]

        assert run(main()) == [("a", OperationsPage, size) for size in (2, 0, 1)]

    @kinds
    def test_have_errors_that_are_known_while_others_are_read(self, kind: Kind) -> None:
        denied = Paged({None: client_error("AccessDeniedException")})
        clients = {
            "denied": AsyncOperationsClient(kind(denied)),
            "good": AsyncOperationsClient(kind(Paged(raw_pages(1)))),
        }

        async def main() -> list[object]:
            operations = AsyncFleet(clients, max_concurrency=1).operations()
            key, _ = await anext(operations)
            known: list[object] = [key, list(operations.errors)]
            with pytest.raises(FleetError):
                await anext(operations)
            return [*known, list(operations.errors)]

        assert run(main()) == ["good", ["denied"], []]

    def test_may_be_none(self) -> None:
        assert run(read({})) == {}

    def test_may_be_of_both_kinds(self) -> None:
        clients = {
            "threads": AsyncOperationsClient(Paged(raw_pages(1, 1))),
            "awaited": AsyncOperationsClient(Awaited(Paged(raw_pages(1, 1)))),
        }
        assert run(read(clients)) == {key: make_ids(1, 2) for key in clients}

    @kinds
    def test_that_fail_do_not_stop_the_others(self, kind: Kind) -> None:
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
            async for key, operation in AsyncFleet(clients).operations():
                found.setdefault(key, []).append(operation.id)

        with pytest.raises(FleetError) as caught:
            run(main())
        assert found == {"good": make_ids(1, 4), "later": make_ids(1, 2)}
        assert set(caught.value.by_key) == {"denied", "later"}
        assert caught.value.by_key["later"].page_token == "t1"

    @kinds
    @pytest.mark.parametrize("cls", [ZeroDivisionError, KeyError])
    def test_let_exceptions_of_a_hand_written_client_pass(
        self, kind: Kind, cls: type[BaseException]
    ) -> None:
        class Raising:
            def get_operations(self, **_: Any) -> Any:
                raise cls

        clients = {
            "a": AsyncOperationsClient(kind(Raising())),
            "b": AsyncOperationsClient(kind(Paged(raw_pages(1, 1)))),
        }

        async def main() -> None:
            with pytest.raises(cls):
                await read(clients)

        run(main())

    @pytest.mark.parametrize("max_concurrency", [1, 3])
    def test_have_at_most_max_concurrency_requests_in_flight(self, max_concurrency: int) -> None:
        fake = Awaited(Paged(raw_pages(1, 1, 1)), 0.001)
        clients = {key: AsyncOperationsClient(fake) for key in range(10)}
        found = run(read(clients, max_concurrency=max_concurrency))
        assert found == {key: make_ids(1, 3) for key in range(10)}
        assert fake.most_in_flight == max_concurrency

    def test_have_threads_of_their_own(self) -> None:
        """They are as many as the workers, whatever the number of connections of a client."""
        barrier = threading.Barrier(20)

        class Meeting:
            def get_operations(self, **_: Any) -> Any:
                barrier.wait(10)
                return {"operations": [raw_operation()]}

        clients = dict.fromkeys(range(20), AsyncOperationsClient(Meeting()))
        assert len(run(read(clients, max_concurrency=20))) == 20

    def test_are_read_over_the_network(self, wire: Wire, session: Any) -> None:
        wire.play(lambda _: page(raw_operations(1, 2), delay=0.01))
        clients = AsyncFleet.from_session(session, endpoint_url=wire.endpoint_url, config=SEND_ONCE)
        assert run(read(clients, max_concurrency=8)) == {
            region: make_ids(1, 2) for region in clients
        }
        assert wire.most_at_once <= 8

    def test_wait_for_a_slow_reader(self) -> None:
        fakes = {key: Paged(raw_pages(*[1] * 50)) for key in range(3)}
        clients = {key: AsyncOperationsClient(Awaited(fake)) for key, fake in fakes.items()}

        async def main() -> int:
            read = dict.fromkeys(clients, 0)
            ahead = 0
            async with aclosing(AsyncFleet(clients).operations()) as found:
                async for key, _ in found:
                    read[key] += 1
                    await asyncio.sleep(0.002)
                    ahead = max(ahead, *(len(fakes[key].tokens) - read[key] for key in read))
                    if sum(read.values()) == 20:
                        break
            return ahead

        assert run(main()) <= 1

    def test_send_nothing_before_the_first_next(self) -> None:
        fake = Paged(raw_pages(1))
        AsyncFleet({"a": AsyncOperationsClient(fake)}).operations()
        assert fake.tokens == []


class TestArguments:
    def test_need_a_worker(self) -> None:
        with pytest.raises(ValueError, match="max_concurrency"):
            AsyncFleet({}, max_concurrency=0).operations()

    def test_need_clients_for_asyncio(self) -> None:
        clients: Any = {"a": OperationsClient(Paged({}))}
        with pytest.raises(TypeError, match=r"clients\['a'\] must be an AsyncOperationsClient"):
            AsyncFleet(clients).operations()
        with pytest.raises(TypeError, match=r"clients\['a'\] must be an AsyncOperationsClient"):
            AsyncFleet(clients).watch()

    def test_need_a_callable_for_errors(self) -> None:
        on_error: Any = "log"
        with pytest.raises(TypeError, match="on_error must be callable or None, not str"):
            AsyncFleet({}).watch(on_error=on_error)


class TestClosingEarly:
    def test_cancels_the_requests_in_flight(self) -> None:
        fake = Awaited(Paged(raw_pages(*[1] * 50)), 0.001)

        async def main() -> None:
            clients = {key: AsyncOperationsClient(fake) for key in range(5)}
            clients[5] = AsyncOperationsClient(hanging := Hanging())
            async with aclosing(AsyncFleet(clients).operations()) as found:
                await anext(found)
            assert hanging.cancelled == 1
            assert fake.in_flight == 0

        run(main())

    def test_stops_the_retries_of_botocore(self, session: Any, wire: Wire) -> None:
        wire.play(lambda _: error_response("ThrottlingException"))
        config = Config(retries={"total_max_attempts": 9, "mode": "standard"})
        fleet = AsyncFleet.from_session(
            session, ["us-west-2"], endpoint_url=wire.endpoint_url, config=config
        )

        async def main() -> None:
            found = fleet.operations()
            reader = asyncio.create_task(anext(found, None))
            await asyncio.to_thread(wait_until, lambda: wire.received)
            await found.aclose()
            assert await reader is None

        run(main())
        time.sleep(0.05)  # for a request that was on its way to the server
        requests = len(wire.received)
        wait_until(lambda: worker_threads() == [])
        assert len(wire.received) == requests

    def test_does_not_wait_for_a_thread_that_hangs(self) -> None:
        gate = Gate()
        clients = {
            "a": AsyncOperationsClient(Paged(raw_pages(1, 1))),
            "b": AsyncOperationsClient(gate),
        }

        async def main() -> None:
            found = AsyncFleet(clients).operations()
            await anext(found)
            with at_once():
                await found.aclose()

        run(main())
        gate.opened.set()

    def test_happens_when_the_task_is_cancelled(self) -> None:
        async def main() -> None:
            fake = Hanging()
            clients = {key: AsyncOperationsClient(fake) for key in range(5)}
            task = asyncio.create_task(read(clients, max_concurrency=3))
            await fake.has_begun.wait()
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            del task
            gc.collect()  # the iterator, which could have been iterated further
            await asyncio.sleep(0.01)
            assert fake.cancelled == 3

        run(main())

    def test_happens_when_the_iterator_is_dropped(self, wire: Wire, boto3_client: Any) -> None:
        wire.play(lambda _: page(raw_operations(1, 1), "x", delay=0.02))

        async def main() -> None:
            clients = {key: AsyncOperationsClient(boto3_client) for key in range(5)}
            async for _ in AsyncFleet(clients).operations():
                break

        run(main())


class Account:
    """A client whose list of operations grows, and which can fail."""

    def __init__(self, *operations: dict[str, Any]) -> None:
        self.operations = list(operations)
        self.error: Exception | None = None

    def get_operations(self, **_: Any) -> Any:
        if self.error is not None:
            raise self.error
        return {"operations": list(self.operations)}


def watch(accounts: dict[str, Account], kind: Kind = Awaited, **options: Any) -> Any:
    clients = {key: AsyncOperationsClient(kind(each)) for key, each in accounts.items()}
    return AsyncFleet(clients).watch(**{"poll_interval": 0.01, **options})


async def take(found: AsyncIterator[tuple[str, Operation]], count: int) -> set[tuple[str, str]]:
    return {(key, operation.id) for key, operation in [await anext(found) for _ in range(count)]}


class TestWatching:
    @kinds
    def test_reports_each_change_with_its_client(self, kind: Kind) -> None:
        accounts = {"a": Account(raw_operation(1)), "b": Account(raw_operation(2))}

        async def main() -> None:
            async with watch(accounts, kind) as found:
                assert await take(found, 2) == {("a", "id-1"), ("b", "id-2")}
                accounts["b"].operations.append(raw_operation(3))
                assert await take(found, 1) == {("b", "id-3")}

        run(main())

    def test_of_no_clients_ends(self) -> None:
        async def main() -> list[object]:
            return [each async for each in watch({})]

        assert run(main()) == []

    def test_continues_from_cursors(self) -> None:
        accounts = {"a": Account(raw_operation(1)), "b": Account(raw_operation(2))}

        async def main() -> None:
            async with watch(accounts) as found:
                await take(found, 2)
            accounts["a"].operations.append(raw_operation(3))
            async with watch(accounts, cursors=found.cursors) as found:
                assert await take(found, 1) == {("a", "id-3")}

        run(main())

    def test_passes_an_error_again_to_an_on_error_that_was_cancelled(self) -> None:
        accounts = {"bad": Account()}
        accounts["bad"].error = client_error("AccessDeniedException")
        handled: list[object] = []

        async def handle(_: str, error: object) -> None:
            handled.append(error)
            await asyncio.sleep(30 if len(handled) == 1 else 0)

        async def main() -> None:
            async with watch(accounts, on_error=handle) as found:
                for _ in range(2):
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(0.2):
                            await anext(found)

        run(main())
        assert len(handled) >= 2
        assert handled[0] is handled[1]

    @pytest.mark.parametrize("is_awaited", [True, False])
    def test_passes_the_error_of_a_client_to_on_error(self, *, is_awaited: bool) -> None:
        accounts = {"good": Account(), "bad": Account(raw_operation(2))}
        accounts["bad"].error = client_error("AccessDeniedException")
        errors: list[tuple[str, LightsailError]] = []

        def take_note(key: str, error: LightsailError) -> None:
            errors.append((key, error))
            accounts["good"].operations.append(raw_operation())

        async def take_note_later(key: str, error: LightsailError) -> None:
            await asyncio.sleep(0.01)
            take_note(key, error)

        on_error: Callable[..., object] = take_note_later if is_awaited else take_note

        async def main() -> None:
            async with watch(accounts, on_error=on_error) as found:
                assert await take(found, 1) == {("good", "id-1")}

        run(main())
        assert [(key, type(error)) for key, error in errors] == [("bad", AccessDeniedError)]

    def test_logs_the_error_of_a_client(self, caplog: pytest.LogCaptureFixture) -> None:
        accounts = {"a": Account(raw_operation())}
        accounts["a"].error = client_error("AccessDeniedException")

        async def main() -> None:
            async with watch(accounts) as found:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.3):
                        await anext(found)

        run(main())
        records = [each for each in caplog.records if each.name == "lightsail_ops"]
        [record] = records
        assert record.levelno == logging.WARNING
        assert re.fullmatch(
            r"AccessDeniedError \(AccessDeniedException\) while watching a: "
            r"the request is sent again in (0\.\d|1\.0) seconds",
            record.getMessage(),
        )

    def test_can_be_iterated_further_after_it_was_cancelled(self) -> None:
        account = Account(raw_operation(1))

        async def main() -> None:
            async with watch({"a": account}) as found:
                await take(found, 1)
                for _ in range(3):
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(0.02):
                            await anext(found)
                account.operations.append(raw_operation(2))
                assert await take(found, 1) == {("a", "id-2")}

        run(main())

    def test_passes_what_a_hand_written_client_raises(self) -> None:
        account = Account(raw_operation(1))
        account.error = ZeroDivisionError()

        async def main() -> None:
            async with watch({"a": account}) as found:
                with pytest.raises(ZeroDivisionError):
                    await anext(found)
                account.error = None
                assert await take(found, 1) == {("a", "id-1")}

        run(main())

    def test_ends_when_it_is_closed(self) -> None:
        async def main() -> None:
            found = watch({"a": Account(raw_operation(1), raw_operation(2))})
            await take(found, 1)
            await found.aclose()
            assert [each async for each in found] == []

        run(main())

    def test_wakes_up_when_it_is_closed(self) -> None:
        async def main() -> None:
            found = watch({"a": Account()}, poll_interval=60)
            reader = asyncio.create_task(anext(found, None))
            await asyncio.sleep(0.05)
            await found.aclose()
            assert await reader is None

        run(main())

    def test_cancels_a_request_that_hangs_when_it_is_closed(self) -> None:
        async def main() -> None:
            hanging = Hanging()
            found = AsyncFleet({"a": AsyncOperationsClient(hanging)}).watch()
            reader = asyncio.create_task(anext(found, None))
            await hanging.has_begun.wait()
            await found.aclose()
            assert await reader is None
            assert hanging.cancelled == 1

        run(main())

    def test_has_a_short_repr(self) -> None:
        assert repr(watch({"a": Account(), "b": Account()})) == "<AsyncFleetWatch of 2 clients>"

    def test_tells_the_health_of_each_client_and_of_one_alone(self) -> None:
        fleet = AsyncFleet({key: AsyncOperationsClient(Account()) for key in ("a", "b")})
        assert fleet.watch().health.keys() == {"a", "b"}
        assert fleet["a"].watch().health == fleet.watch().health["a"]


class TestRegionalClients:
    def test_cover_the_given_regions(self, session: Any) -> None:
        clients = AsyncFleet.from_session(session, ["eu-west-2", RegionName.US_WEST_2])
        assert list(clients) == ["eu-west-2", "us-west-2"]
        assert {type(client) for client in clients.values()} == {AsyncOperationsClient}

    def test_do_not_take_a_string_letter_by_letter(self) -> None:
        with pytest.raises(TypeError, match=r"\['us-west-2'\]"):
            AsyncFleet.from_session(regions="us-west-2")
