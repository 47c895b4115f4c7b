"""Programs that use the synchronous classes under a schedule, and what they check."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from proofs.shell.account import Account, Faults, Ledger, OwnError, OwnExit, draw_faults
from proofs.shell.schedule import Schedule, at_once, check_no_thread_left, check_threads

from lightsail_ops import (
    AccessDeniedError,
    Fleet,
    FleetError,
    LightsailError,
    Operation,
    OperationsClient,
    WaitAllError,
    WaitTimeoutError,
)

OWN = (OwnError, OwnExit)
POLL_INTERVAL = 0.001


class Watcher:
    """Watches one client or a fleet; takes changes in all ways, is interrupted and restarted."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.random = random = schedule.random
        self.insist, self.call = schedule.interrupts.insist, schedule.interrupts.call
        self.is_single = random.random() < 0.5
        count = 1 if self.is_single else random.choice([1, 2, 4])
        self.accounts = {
            key: Account(random, draw_faults(random), key) for key in [None, 1, "b", 2.5][:count]
        }
        self.ledger = Ledger(self.accounts)
        self.clients = {key: OperationsClient(each) for key, each in self.accounts.items()}
        self.concurrency = random.choice([1, 2, 4])
        self.bound = 2 if self.is_single else min(self.concurrency, count) + 1
        self.restart_rate = random.choice([0.0, 0.05, 0.3])
        self.cursors: Any = None
        self.watch: Any = None
        self.nothing = 0

    def run(self) -> None:
        while not self.ledger.are_all_complete():
            self.watch = self.insist(self._open)
            while not self.ledger.are_all_complete() and self._go_on():
                pass
            self._end()
        self._check_that_nothing_comes_again()

    def _open(self) -> Any:
        if self.is_single:
            cursor = self.cursors and self.cursors[None]
            return self.clients[None].watch(poll_interval=POLL_INTERVAL, cursor=cursor)
        fleet = Fleet(self.clients, max_concurrency=self.concurrency)
        return fleet.watch(
            poll_interval=POLL_INTERVAL, cursors=self.cursors, on_error=self._note_error
        )

    def _note_error(self, key: object, error: LightsailError) -> None:
        assert not error.is_transient
        if self.random.random() < 0.2:
            self._take(self.watch.next_change(timeout=0))

    def _go_on(self) -> bool:
        """Read something; return False if the watch is to be ended."""
        self.schedule.draw_interrupt()
        try:
            self.random.choice([self._take_one, self._take_one, self._loop])()
        except KeyboardInterrupt:
            self.schedule.figures["interrupts"] += 1
        except AccessDeniedError:
            assert self.is_single
        except OWN:
            pass
        check_threads(self.bound)
        for account in self.accounts.values():
            assert account.most_in_flight <= self.bound - 1
        is_stuck = self.nothing > 3 and any(each.is_hanging for each in self.accounts.values())
        return not is_stuck and self.random.random() >= self.restart_rate

    def _take_one(self) -> None:
        timeout = self.random.choice([0, 0.001, 0.005])
        change = self.call(partial(self.watch.next_change, timeout=timeout))
        self.nothing = self.nothing + 1 if change is None else 0
        self._take(change)

    def _loop(self) -> None:
        """Iterate, until another thread closes the watch."""
        closer = threading.Timer(self.random.uniform(0.0, 0.02), self.watch.close)
        closer.start()
        try:
            self.call(self._iterate)
        finally:
            closer.join()
        self.restart_rate, rate = 1.0, self.restart_rate  # it is closed
        self._restore = rate

    def _iterate(self) -> None:
        for change in self.watch:
            self._take(change)

    def _take(self, change: Any) -> None:
        if change is None:
            return
        self.schedule.figures["changes"] += 1
        key, operation = (None, change) if self.is_single else change
        self.ledger.take(key, operation)
        self._store_cursors()

    def _store_cursors(self) -> None:
        name = "cursor" if self.is_single else "cursors"
        try:
            stored = getattr(self.watch, name)
        except KeyboardInterrupt:
            stored = getattr(self.watch, name)
        self.cursors = {None: stored} if self.is_single else stored
        _ = self.watch.health

    def _end(self) -> None:
        """Close the watch, or drop it; all of it must be gone at once."""
        self.schedule.figures["restarts"] += 1
        self.restart_rate = self.__dict__.pop("_restore", self.restart_rate)
        self.schedule.draw_interrupt()
        how = self.random.choice(["close", "with", "drop"])
        if sys.exception() is not None:
            # CPython 3.11 keeps the exception of an except clause in which a trace function raised,
            # and with its traceback the watch.
            how = "close"
        with at_once(how):
            if how == "drop":
                self.watch = None
                gc.collect()
            else:
                close = self.watch.close if how == "close" else partial(self.watch.__exit__, None)
                self.insist(close)
                assert self.watch.next_change(timeout=30) is None
                assert next(iter(self.watch), None) is None
        sent = [each.requests for each in self.accounts.values()]
        for account in self.accounts.values():
            account.release()
        check_no_thread_left()
        # A thread may have been about to send what the engine had given it.
        assert sum(each.requests for each in self.accounts.values()) <= sum(sent) + self.bound
        self.nothing = 0

    def _check_that_nothing_comes_again(self) -> None:
        self.schedule.interrupts.after(None)
        for account in self.accounts.values():
            account.faults = Faults()
        self.watch = self._open()
        change = self.watch.next_change(timeout=0.01)
        assert change is None, f"{change} came again"
        self.watch.close()
        check_no_thread_left()


class Lister:
    """Reads the listings of a fleet, by operations and by pages, under interrupts."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.random = random = schedule.random
        self.call = schedule.interrupts.call
        count = random.choice([1, 2, 4])
        self.accounts = {key: Account(random, draw_faults(random), key) for key in range(count)}
        self.concurrency = random.choice([1, 2, 4])
        self.retry_for = random.choice([0.0, 5.0])
        clients = {key: OperationsClient(each) for key, each in self.accounts.items()}
        fleet = Fleet(clients, max_concurrency=self.concurrency)
        self.operations = fleet.operations(retry_for=self.retry_for)
        self.bound = min(self.concurrency, count) + 1
        self.taken: dict[int, list[str]] = {key: [] for key in range(count)}
        self.errors: dict[int, LightsailError] = {}

    def run(self) -> None:
        """Read to the end, or to where the listing is closed."""
        closer: threading.Timer | None = None
        hangs = any(each.faults.hangs_at is not None for each in self.accounts.values())
        if hangs or self.random.random() < 0.2:
            closer = threading.Timer(self.random.uniform(0.0, 0.03), self.operations.close)
            closer.start()
        while self._go_on():
            check_threads(self.bound)
        assert next(self.operations, None) is None
        assert next(self.operations.pages(), None) is None
        if closer is not None:
            closer.join()
        with at_once("close"):
            self.schedule.interrupts.insist(self.operations.close)
        for account in self.accounts.values():
            account.release()
        check_no_thread_left()
        self._check(is_closed=closer is not None)

    def _go_on(self) -> bool:
        self.schedule.draw_interrupt()
        try:
            self.call(self.random.choice([self._read, self._read, self._read_page]))
        except KeyboardInterrupt:
            self.schedule.figures["interrupts"] += 1
        except OWN:
            pass
        except FleetError as group:
            assert not self.errors
            self.errors.update(group.by_key)
        except StopIteration:
            return False
        return True

    def _read(self) -> None:
        for _ in range(self.random.choice([1, 1, 3])):
            key, operation = next(self.operations)
            self._take(key, operation)

    def _read_page(self) -> None:
        key, page = next(self.operations.pages())
        for operation in page.operations:  # an interrupt in __iter__ would be one of this program
            self._take(key, operation)

    def _take(self, key: int, operation: Operation) -> None:
        self.schedule.figures["operations"] += 1
        self.taken[key].append(operation.id)

    def _check(self, *, is_closed: bool) -> None:
        for key, account in self.accounts.items():
            listed = [life.id for life in account.lives if life.show(0) is not None]
            assert self.taken[key] == listed[: len(self.taken[key])], (self.taken[key], listed)
            is_whole = len(self.taken[key]) == len(listed)
            assert is_whole or key in self.errors or is_closed, f"{key} is not complete"
        for error in self.errors.values():
            assert not (error.is_transient and self.retry_for)


class Waiter:
    """Waits for operations, with interrupts, errors and requests that hang."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.random = random = schedule.random
        self.account = Account(random, draw_faults(random))
        self.client = OperationsClient(self.account)
        self.ids = [life.id for life in self.account.lives]
        self.seen: dict[str, list[str]] = {}

    def run(self) -> None:
        for _ in range(self.random.choice([1, 2, 3])):
            self._wait()

    def _wait(self) -> None:
        random = self.random
        self.account.ticks = random.choice([5, 8])  # all operations have begun
        options: dict[str, Any] = {
            "timeout": random.choice([0.01, 0.05]) if self._may_hang() else 10.0,
            "poll_interval": POLL_INTERVAL,
            "on_change": random.choice([None, self._note]),
        }
        waits: list[Callable[[], object]] = [
            partial(self.client.wait, self.ids[0], **options),
            partial(self.client.wait_all, self.ids, **options),
            partial(self.client.wait_all, iter(self.ids), **options),
            partial(self.client.wait_for_resource, "web-1", **options),
        ]
        wait = random.choice(waits)
        self.seen.clear()
        self.schedule.draw_interrupt()
        self.schedule.figures["waits"] += 1
        with at_once("a wait"):
            self._call(wait)
        self.account.release()
        # An interrupt in `close` leaves the threads to the garbage collector, and one that a trace
        # function raises may keep its frames alive for as long as this program runs.
        if not self.schedule.figures["interrupts"]:
            check_no_thread_left()

    def _may_hang(self) -> bool:
        return self.account.faults.hangs_at is not None

    def _call(self, wait: Callable[[], object]) -> None:
        try:
            self.schedule.interrupts.call(wait)
        except KeyboardInterrupt:
            self.schedule.figures["interrupts"] += 1
        except WaitTimeoutError as error:
            assert self.account.is_hanging or self._may_hang(), repr(error)
        except WaitAllError as group:
            late = [each for each in group.exceptions if isinstance(each, WaitTimeoutError)]
            assert not late or self.account.is_hanging or self._may_hang(), repr(group)
        except LightsailError as error:
            assert not error.is_transient
        except OWN:
            pass
        else:
            self._check_ends()

    def _note(self, operation: Operation) -> None:
        seen = self.seen.setdefault(operation.id, [])
        [life] = [each for each in self.account.lives if each.id == operation.id]
        states = [life.statuses.index(each) for each in (*seen, operation.status)]
        assert states == sorted(set(states)), f"{operation.id}: {operation.status} after {seen}"
        seen.append(operation.status)

    def _check_ends(self) -> None:
        for life in self.account.lives:
            seen = self.seen.get(life.id)
            assert not seen or seen[-1] == life.statuses[-1]


class Sharers:
    """Threads that iterate the same watch: one at a time, and the others are told so."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        random = schedule.random
        self.account = Account(random, Faults(late=0.1))
        self.watch = OperationsClient(self.account).watch(poll_interval=POLL_INTERVAL)
        self.ledger = Ledger({None: self.account})
        self.lock = threading.Lock()
        self.failures: list[BaseException] = []

    def run(self) -> None:
        threads = [threading.Thread(target=self._use) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.watch.close()
        check_no_thread_left()
        assert not self.failures, self.failures

    def _use(self) -> None:
        try:
            while not self.ledger.are_all_complete():
                try:
                    change = self.watch.next_change(timeout=0.002)
                except RuntimeError as error:
                    if "another thread" not in str(error):
                        raise
                    self.schedule.figures["refused"] += 1
                    continue
                with self.lock:
                    if change is not None:
                        # Threads may report in another order than that in which they took.
                        seen = self.ledger.taken.setdefault((None, change.id), [])
                        assert change.status not in seen, f"{change.id} came again"
                        seen.append(change.status)
                        seen.sort(key=self._get_order)
        except BaseException as error:
            self.failures.append(error)
            raise

    def _get_order(self, status: str) -> int:
        return ["NotStarted", "Started", "Succeeded", "Completed", "Failed"].index(status)
