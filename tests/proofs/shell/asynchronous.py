"""Programs that use the classes for asyncio under a schedule, and what they check."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from proofs.shell.account import (
    Account,
    AwaitedAccount,
    Faults,
    Ledger,
    OwnError,
    OwnExit,
    draw_faults,
)
from proofs.shell.schedule import Schedule, check_no_thread_left, check_threads
from support.threads import at_once, worker_threads

from lightsail_ops import (
    AccessDeniedError,
    FleetError,
    LightsailError,
    Operation,
    WaitAllError,
    WaitTimeoutError,
)
from lightsail_ops.aio import AsyncFleet, AsyncOperationsClient

OWN = (OwnError, OwnExit)
POLL_INTERVAL = 0.001
_T = TypeVar("_T")


class _Program:
    """What the programs share: accounts, and calls that are cancelled at some step."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.random = schedule.random
        self.is_awaited = self.random.random() < 0.5

    def run(self) -> None:
        asyncio.run(self.main())
        check_no_thread_left()

    async def main(self) -> None:
        raise NotImplementedError

    def make_account(self, key: object) -> Account:
        return Account(self.random, draw_faults(self.random), key)

    def make_client(self, account: Account) -> AsyncOperationsClient:
        return AsyncOperationsClient(AwaitedAccount(account) if self.is_awaited else account)

    async def call(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Await a coroutine; raises CancelledError or TimeoutError if that is cut short."""
        match self.random.randrange(4):
            case 0 | 1:
                async with asyncio.timeout(self.random.choice([0.0, 0.001, 0.02])):
                    return await coroutine
            case _:
                task = asyncio.create_task(coroutine)
                for _ in range(self.random.randrange(30)):
                    await asyncio.sleep(0)
                if self.random.random() < 0.5:
                    await asyncio.sleep(self.random.choice([0.001, 0.003, 0.02]))
                self.schedule.figures["cancelled"] += task.cancel()
                try:
                    return await task
                except asyncio.CancelledError:
                    raise TimeoutError from None


class AsyncWatcher(_Program):
    """Watches one client or a fleet; is cancelled anywhere, closed and restarted."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        random = self.random
        self.is_single = random.random() < 0.5
        count = 1 if self.is_single else random.choice([1, 2, 4])
        self.accounts = {key: self.make_account(key) for key in [None, 1, "b", 2.5][:count]}
        self.ledger = Ledger(self.accounts)
        self.clients = {key: self.make_client(each) for key, each in self.accounts.items()}
        self.concurrency = random.choice([1, 2, 4])
        self.bound = 1 if self.is_single else min(self.concurrency, count)
        self.restart_rate = random.choice([0.0, 0.02, 0.1])
        self.loop_rate = random.choice([0.0, 0.0, 0.05])
        self.cursors: Any = None
        self.watch: Any = None
        self.nothing = 0

    def run(self) -> None:
        """Watch in one event loop after the other."""
        while not self.ledger.are_all_complete():
            asyncio.run(self.main())
            gc.collect()
            self._release_late()
            self._wait_for_threads()
        self.watch = None
        gc.collect()
        check_no_thread_left()
        asyncio.run(self._check_that_nothing_comes_again())
        check_no_thread_left()

    def _wait_for_threads(self) -> None:
        """Wait for the requests in flight, whose threads outlive the loop."""
        for _ in range(2000):
            if not self._has_requests_in_flight():
                break
            time.sleep(0.001)
        for account in self.accounts.values():
            account.in_flight = 0  # one may have begun while the loop was closed

    def _has_requests_in_flight(self) -> bool:
        return any(each.in_flight for each in self.accounts.values())

    def _release_late(self) -> None:
        """Let what hangs end: the thread that sends it cannot be used before."""
        for account in self.accounts.values():
            account.release()

    async def main(self) -> None:
        while not self.ledger.are_all_complete():
            if self.watch is None:
                self.watch = self._open()
            if not await self._go_on():
                await self._end()
            elif self.random.random() < self.loop_rate:
                return  # and go on with the same watch in another loop
        await self._end()

    def _open(self) -> Any:
        if self.is_single:
            cursor = self.cursors and self.cursors[None]
            return self.clients[None].watch(poll_interval=POLL_INTERVAL, cursor=cursor)
        fleet = AsyncFleet(self.clients, max_concurrency=self.concurrency)
        return fleet.watch(
            poll_interval=POLL_INTERVAL, cursors=self.cursors, on_error=self._note_error
        )

    async def _note_error(self, key: object, error: LightsailError) -> None:
        assert not error.is_transient
        if self.random.random() < 0.2:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.001):
                    self._take(await anext(self.watch))

    async def _go_on(self) -> bool:
        """Read something; return False if the watch is to be ended."""
        closer = None
        if self.random.random() < 0.1:
            closer = asyncio.create_task(self._close_soon())
        try:
            self._take(await self.call(anext(self.watch)))
            self.nothing = 0
        except TimeoutError:
            self.nothing += 1
        except StopAsyncIteration:
            assert closer is not None
            return False
        except AccessDeniedError:
            assert self.is_single
        except OWN:
            pass
        finally:
            if closer is not None:
                await closer
        check_threads(self.bound)
        for account in self.accounts.values():
            assert account.most_in_flight <= self.bound
        is_stuck = self.nothing > 3 and any(each.is_hanging for each in self.accounts.values())
        return closer is None and not is_stuck and self.random.random() >= self.restart_rate

    async def _close_soon(self) -> None:
        await asyncio.sleep(self.random.uniform(0.0, 0.005))
        await self.watch.aclose()

    def _take(self, change: Any) -> None:
        self.schedule.figures["changes"] += 1
        key, operation = (None, change) if self.is_single else change
        self.ledger.take(key, operation)
        self.cursors = {None: self.watch.cursor} if self.is_single else self.watch.cursors

    async def _end(self) -> None:
        self.schedule.figures["restarts"] += 1
        watch, self.watch = self.watch, None
        if watch is None:
            return
        if self.random.random() < 0.7:
            with at_once("aclose"):
                await watch.aclose()
            assert await anext(watch, None) is None
        del watch
        gc.collect()
        self._release_late()
        for _ in range(200):
            await asyncio.sleep(0.01)  # what a dropped watch has just begun is cancelled now
            gc.collect()  # the loop held a task when this coroutine went on
            if not worker_threads() and not self._has_requests_in_flight():
                break
        assert not worker_threads()
        self.nothing = 0

    async def _check_that_nothing_comes_again(self) -> None:
        for account in self.accounts.values():
            account.faults = Faults()
        self.watch = self._open()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                change = await anext(self.watch)
                raise AssertionError(f"{change} came again")
        await self.watch.aclose()


class AsyncLister(_Program):
    """Reads listings of one client or of a fleet, by operations and pages, and is cancelled."""

    async def main(self) -> None:
        random = self.random
        self.is_single = random.random() < 0.4
        count = 1 if self.is_single else random.choice([1, 2, 4])
        self.accounts = {key: self.make_account(key) for key in range(count)}
        clients = {key: self.make_client(each) for key, each in self.accounts.items()}
        self.retry_for = random.choice([0.0, 5.0])
        self.taken: dict[int, list[str]] = {key: [] for key in range(count)}
        self.errors: dict[int, LightsailError] = {}
        operations: Any
        if self.is_single:
            operations = aiter(clients[0].operations(retry_for=self.retry_for))
        else:
            fleet = AsyncFleet(clients, max_concurrency=random.choice([1, 2, 4]))
            operations = fleet.operations(retry_for=self.retry_for)
        is_closed = await self._read_all(operations)
        with at_once("aclose"):
            await operations.aclose()
        assert await anext(operations, None) is None
        for account in self.accounts.values():
            account.release()
        self._check(is_closed=is_closed)

    async def _read_all(self, operations: Any) -> bool:
        """Read to the end, or until a request hangs; return whether something is missing."""
        nothing = 0
        while True:
            try:
                await self._read(operations)
                nothing = 0
            except TimeoutError:
                nothing += 1
                if nothing > 3 and any(each.is_hanging for each in self.accounts.values()):
                    return True
                assert nothing < 500
            except FleetError as group:
                assert not self.errors
                self.errors.update(group.by_key)
            except LightsailError as error:
                assert self.is_single
                self.errors[0] = error
            except OWN:
                if self.is_single:
                    return True
            except StopAsyncIteration:
                return False

    async def _read(self, operations: Any) -> None:
        if self.is_single:
            self._take(0, await self.call(anext(operations)))
        elif self.random.random() < 0.6:
            self._take(*(await self.call(anext(operations))))
        else:
            key, page = await self.call(anext(operations.pages()))
            for operation in page:
                self._take(key, operation)

    def _take(self, key: int, operation: Operation) -> None:
        self.schedule.figures["operations"] += 1
        self.taken[key].append(operation.id)

    def _check(self, *, is_closed: bool) -> None:
        for key, account in self.accounts.items():
            listed = [life.id for life in account.lives if life.show(0) is not None]
            assert self.taken[key] == listed[: len(self.taken[key])], "lost or repeated"
            is_whole = len(self.taken[key]) == len(listed)
            assert is_whole or key in self.errors or is_closed, f"{key} is not complete"
        for error in self.errors.values():
            assert not (error.is_transient and self.retry_for)


class AsyncWaiter(_Program):
    """Waits for operations, is cancelled, and meets errors and requests that hang."""

    async def main(self) -> None:
        random = self.random
        account = self.make_account("")
        account.ticks = random.choice([5, 8])  # all operations have begun
        client = self.make_client(account)
        ids = [life.id for life in account.lives]
        hangs = account.faults.hangs_at is not None
        seen: dict[str, list[str]] = {}

        def note(operation: Operation) -> None:
            seen.setdefault(operation.id, []).append(operation.status)
            assert len(set(seen[operation.id])) == len(seen[operation.id])

        options: dict[str, Any] = {
            "timeout": random.choice([0.01, 0.05]) if hangs else 10.0,
            "poll_interval": POLL_INTERVAL,
            "on_change": random.choice([None, note]),
        }
        waits: list[Callable[..., Coroutine[Any, Any, object]]] = [
            partial(client.wait, ids[0]),
            partial(client.wait_all, ids),
            partial(client.wait_for_resource, "web-1"),
        ]
        wait = random.choice(waits)
        self.schedule.figures["waits"] += 1
        try:
            with at_once("a wait"):
                await self.call(wait(**options))
        except (WaitTimeoutError, WaitAllError) as error:
            late = isinstance(error, WaitTimeoutError) or any(
                isinstance(each, WaitTimeoutError) for each in error.exceptions
            )
            assert hangs or not late, repr(error)
        except TimeoutError:
            pass
        except LightsailError as error:
            assert not error.is_transient
        except OWN:
            pass
        account.release()


class AsyncCaller(_Program):
    """Many calls of one client at once, of which some hang and some are cancelled."""

    async def main(self) -> None:
        random = self.random
        account = Account(random, Faults(late=0.1))
        account.ticks = 20
        client = self.make_client(account)
        hanging = random.choice([0, 3, 10, 25])
        account.faults = Faults(hangs_at=0)
        hung = []
        for _ in range(hanging):
            account.faults = Faults(hangs_at=0)
            hung.append(asyncio.create_task(client.get_operations()))
            if random.random() < 0.9:
                await asyncio.sleep(0)
        for _ in range(random.randrange(20)):
            await asyncio.sleep(0.0002)
        account.faults = Faults(late=0.1)
        count = random.choice([1, 5, 30])
        calls = [asyncio.create_task(client.get_operations()) for _ in range(count)]
        for _ in range(random.randrange(20)):
            await asyncio.sleep(0)
        for task in hung:
            task.cancel()
        cancelled = random.sample(calls, random.randrange(count))
        for task in cancelled:
            task.cancel()
        await asyncio.sleep(random.choice([0.0, 0.001]))
        # The others are done, whatever hangs.
        pages = await asyncio.gather(*(each for each in calls if each not in cancelled))
        assert len(pages) == count - len(cancelled)
        self.schedule.figures["calls"] += count
        await asyncio.gather(*hung, *cancelled, return_exceptions=True)
        account.release()
        del client
        gc.collect()
