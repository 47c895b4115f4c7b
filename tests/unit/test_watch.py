"""A watch through its public names: its time limit, health, context and end, over real threads."""

from __future__ import annotations

import contextvars
import gc
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import pytest
from support.fakes import Paged, client_error, raw_operation, raw_operations, raw_pages
from support.threads import Gate, at_once, wait_until, worker_threads
from support.wire import CannedResponse, Wire, page

from lightsail_ops import (
    AccessDeniedError,
    Fleet,
    OperationsClient,
    ThrottlingError,
    WaitTimeoutError,
)


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    yield
    wait_until(lambda: worker_threads() == [])


class Account:
    """A client whose list of operations changes as the test wants; an exception is raised."""

    def __init__(self, *numbers: int) -> None:
        self.operations: list[dict[str, Any]] = [raw_operation(number) for number in numbers]
        self.error: Exception | None = None
        self.requests = 0

    def get_operations(self, **_: str) -> dict[str, Any]:
        self.requests += 1
        if self.error is not None:
            raise self.error
        return {"operations": list(self.operations)}


class HangingOperation(Account):
    """An account in which each GetOperation hangs until a gate opens."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate

    def get_operation(self, **_: str) -> Any:
        return {"operation": self._gate.get_operations()["operations"][0]}


class TestNextChange:
    def test_returns_the_changes_one_by_one_and_then_none(self) -> None:
        with OperationsClient(Account(1, 2)).watch(poll_interval=0.01) as changes:
            found = [changes.next_change(timeout=10) for _ in range(2)]
            assert {each.id for each in found if each} == {"id-1", "id-2"}
            assert changes.next_change(timeout=0.05) is None

    def test_returns_none_in_time_while_a_request_hangs(self) -> None:
        gate = Gate()
        with OperationsClient(gate).watch() as changes:
            took = []
            for _ in range(3):
                start = time.monotonic()
                with at_once():
                    assert changes.next_change(timeout=0.1) is None
                took.append(time.monotonic() - start)
            assert 0.1 <= min(took) < 0.6  # the best of three, whatever else the machine does
            gate.opened.set()
            assert changes.next_change(timeout=10) is not None
        assert gate.requests == 1  # the same one, for which the watch went on waiting

    def test_is_for_a_fleet_too_with_the_key(self) -> None:
        fleet = Fleet({"a": OperationsClient(Account(1))})
        with fleet.watch(poll_interval=0.01) as changes:
            change = changes.next_change(timeout=10)
            assert change is not None
            key, operation = change
            assert (key, operation.id) == ("a", "id-1")
            assert changes.next_change(timeout=0) is None

    def test_without_time_returns_what_has_come_from_every_client(self) -> None:
        fleet = Fleet({key: OperationsClient(Account(1)) for key in range(9)})
        with fleet.watch(poll_interval=60) as changes:
            found = [changes.next_change(timeout=0)]  # which begins the watch
            wait_until(lambda: all(each.last_success for each in changes.health.values()))
            found += [changes.next_change(timeout=0) for _ in range(9)]
            assert {each[0] for each in found if each} == set(range(9))
            assert found.count(None) == 1

    def test_returns_none_at_once_after_close(self) -> None:
        changes = OperationsClient(Account(1)).watch()
        changes.close()
        assert changes.next_change() is None
        assert list(changes) == []

    @pytest.mark.parametrize(
        ("timeout", "error"), [("5", TypeError), (-1, ValueError), (float("nan"), ValueError)]
    )
    def test_rejects_a_wrong_timeout(self, timeout: Any, error: type[Exception]) -> None:
        with (
            OperationsClient(Account()).watch() as changes,
            pytest.raises(error, match="timeout must be a number of seconds"),
        ):
            changes.next_change(timeout=timeout)


class TestHealth:
    def test_tells_a_quiet_account_from_one_that_cannot_be_reached(self) -> None:
        account = Account(1)
        with OperationsClient(account).watch(poll_interval=0.01) as changes:
            assert changes.health.last_success is None
            next(changes)
            assert changes.next_change(timeout=0.1) is None
            quiet = changes.health
            assert quiet.last_success is not None
            assert (quiet.error, quiet.failures) == (None, 0)
            account.error = client_error()
            wait_until(lambda: changes.next_change(timeout=0.05) or changes.health.failures)
            failing = changes.health
            assert isinstance(failing.error, ThrottlingError)
            assert failing.failures >= 1
            assert failing.last_success is not None

    def test_of_a_fleet_is_by_key(self) -> None:
        denied = Account()
        denied.error = client_error("AccessDeniedException")
        fleet = Fleet({"good": OperationsClient(Account(1)), "bad": OperationsClient(denied)})
        errors: dict[str, object] = {}
        with fleet.watch(on_error=errors.__setitem__) as changes:
            while not errors or changes.health["good"].last_success is None:
                changes.next_change(timeout=0.05)
            assert isinstance(changes.health["bad"].error, AccessDeniedError)
            assert changes.health["good"].error is None
        assert isinstance(errors["bad"], AccessDeniedError)


class TestAnErrorThatIsNotTransient:
    def test_is_raised_and_the_watch_continues(self) -> None:
        account = Account(1)
        with OperationsClient(account).watch(poll_interval=0.01) as changes:
            assert next(changes).id == "id-1"
            account.error = client_error("AccessDeniedException")
            with pytest.raises(AccessDeniedError):
                next(changes)
            account.error = None
            account.operations.append(raw_operation(2))
            assert next(changes).id == "id-2"

    def test_is_handed_over_again_after_an_interrupt_of_its_handler(self) -> None:
        denied = Account()
        denied.error = client_error("AccessDeniedException")
        handled: list[object] = []

        def handle(_: str, error: object) -> None:
            handled.append(error)
            if len(handled) == 1:
                raise KeyboardInterrupt

        with Fleet({"bad": OperationsClient(denied)}).watch(on_error=handle) as changes:
            with pytest.raises(KeyboardInterrupt):
                next(changes)
            assert changes.next_change(timeout=0.1) is None
        assert len(handled) == 2
        assert handled[0] is handled[1]

    def test_is_handed_over_once_if_its_handler_raises_one_of_its_own(self) -> None:
        denied = Account()
        denied.error = client_error("AccessDeniedException")
        handled: list[object] = []

        def handle(_: str, error: object) -> None:
            handled.append(error)
            raise ZeroDivisionError

        with Fleet({"bad": OperationsClient(denied)}).watch(on_error=handle) as changes:
            with pytest.raises(ZeroDivisionError):
                next(changes)
            assert changes.next_change(timeout=0.1) is None
        assert len(handled) == 1

    def test_does_not_keep_next_change_from_its_timeout(self) -> None:
        denied = Account()
        denied.error = client_error("AccessDeniedException")
        fleet = Fleet({key: OperationsClient(denied) for key in range(30)})
        handled: list[int] = []

        def handle(key: int, _: object) -> None:
            handled.append(key)
            time.sleep(0.1)

        with fleet.watch(on_error=handle) as changes:
            start = time.monotonic()
            assert changes.next_change(timeout=0.3) is None
            assert time.monotonic() - start >= 0.3
        assert 1 <= len(handled) <= 4


class TestAHandlerOfASignal:
    @pytest.fixture(autouse=True)
    def _keep_the_handler(self) -> Iterator[None]:
        before = signal.getsignal(signal.SIGALRM)
        yield
        signal.signal(signal.SIGALRM, before)

    @pytest.mark.parametrize("seconds", [0.0, 0.6])
    def test_may_take_a_change_while_the_iterator_waits_for_one(self, seconds: float) -> None:
        account = Account(1)
        found: list[object] = []
        watch = OperationsClient(account).watch(poll_interval=0.05)
        next(watch)

        def handle(*_: object) -> None:
            account.operations.insert(0, raw_operation(2))
            found.append(watch.next_change(timeout=5))
            time.sleep(seconds)
            account.operations.insert(0, raw_operation(3))

        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        found.append(watch.next_change(timeout=5))
        watch.close()
        assert [getattr(each, "id", None) for each in found] == ["id-2", "id-3"]

    def test_may_take_longer_than_the_iterator_waits_at_a_time(self) -> None:
        signal.signal(signal.SIGALRM, lambda *_: time.sleep(0.6))
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with at_once(), OperationsClient(Account()).watch(poll_interval=0.05) as changes:
            assert changes.next_change(timeout=1.0) is None

    def test_may_take_longer_than_a_wait_has_time(self) -> None:
        gate = Gate()
        signal.signal(signal.SIGALRM, lambda *_: time.sleep(0.6))
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with at_once(), pytest.raises(WaitTimeoutError):
            OperationsClient(HangingOperation(gate)).wait("id-1", timeout=0.4)
        gate.opened.set()


class TestClosing:
    def test_takes_no_half_second_though_a_request_hangs(self) -> None:
        took = []
        for _ in range(3):
            gate = Gate()
            watch = OperationsClient(gate).watch()
            assert watch.next_change(timeout=0.05) is None
            start = time.monotonic()
            watch.close()
            took.append(time.monotonic() - start)
            gate.opened.set()
        assert min(took) < 0.5  # as above


class TestAnInterrupt:
    def test_has_nothing_sent_until_the_watch_is_iterated_further(self) -> None:
        """A prompt keeps the traceback, and with it a watch that nobody can close."""
        account = Account()
        watch = OperationsClient(account).watch(poll_interval=0.01)
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            watch.next_change()
        time.sleep(0.05)  # one request may have been in flight
        requests = account.requests
        time.sleep(0.1)
        assert account.requests == requests
        account.operations.insert(0, raw_operation(2))
        assert [operation.id for operation in islice(watch, 1)] == ["id-2"]
        watch.close()


class TestTheThreads:
    def test_of_one_client_are_two(self) -> None:
        gate = Gate()
        changes = OperationsClient(gate).watch()
        for _ in range(10):
            assert changes.next_change(timeout=0.01) is None
        assert len(worker_threads()) == 2
        changes.close()
        gate.opened.set()

    def test_have_the_context_of_the_caller(self) -> None:
        name = contextvars.ContextVar("name", default="nobody")
        seen: list[str] = []

        class Client(Account):
            def get_operations(self, **arguments: str) -> dict[str, Any]:
                seen.append(name.get())
                return super().get_operations(**arguments)

        token = name.set("the caller")
        with Fleet({"a": OperationsClient(Client(1))}).watch() as changes:
            next(changes)
        list(OperationsClient(Client(1)).operations())
        name.reset(token)
        assert set(seen) == {"the caller"}

    @pytest.mark.parametrize("is_fleet", [True, False])
    def test_have_the_context_of_the_last_call(self, *, is_fleet: bool) -> None:
        name = contextvars.ContextVar("name", default="nobody")
        seen: list[str] = []

        class Client(Account):
            def get_operations(self, **arguments: str) -> dict[str, Any]:
                seen.append(name.get())
                return super().get_operations(**arguments)

        client = OperationsClient(Client(1))
        watch: Any = Fleet({"a": client}).watch if is_fleet else client.watch
        with watch(poll_interval=0.05) as changes:
            for caller in ("first", "second"):
                name.set(caller)
                changes.next_change(timeout=0.2)
        name.set("nobody")
        assert list(dict.fromkeys(seen)) == ["first", "second"]

    def test_end_when_the_watch_is_dropped(self) -> None:
        changes = OperationsClient(Account(1)).watch(poll_interval=0.01)
        next(changes)
        assert worker_threads()
        del changes
        wait_until(lambda: worker_threads() == [])


class TestTheCursor:
    def test_of_a_watch_that_has_not_moved_is_not_made_again(self) -> None:
        fleet = Fleet({"a": OperationsClient(Account(1)), "b": OperationsClient(Account(2, 3))})
        with fleet.watch(poll_interval=60) as changes:
            next(changes)
            before = changes.cursors
            assert all(before[each] is changes.cursors[each] for each in fleet)
            key, _ = next(changes)
            assert changes.cursors[key] != before[key]

    def test_of_a_key_without_a_client_is_kept_as_it_is(self) -> None:
        fleet = Fleet({"a": OperationsClient(Account(1)), "b": OperationsClient(Account(2))})
        with fleet.watch() as changes:
            next(changes)
            next(changes)
            cursors = changes.cursors
        with Fleet({"a": fleet["a"]}).watch(cursors=cursors, poll_interval=0.01) as changes:
            assert changes.next_change(timeout=0.1) is None
            assert changes.cursors["b"] == cursors["b"]
        with fleet.watch(cursors=changes.cursors, poll_interval=0.01) as changes:
            assert changes.next_change(timeout=0.1) is None

    def test_continues_after_each_operation_with_nothing_lost_or_repeated(self) -> None:
        client = OperationsClient(Paged(raw_pages(4, 3)))
        seen: list[str] = []
        cursor = None
        for _ in range(7):
            with client.watch(cursor=cursor, poll_interval=0.01) as changes:
                seen.append(next(changes).id)
                cursor = changes.cursor
        assert sorted(seen) == [f"id-{number}" for number in range(1, 8)]


class TestOverASocket:
    def test_reports_what_is_new(self, client: OperationsClient, wire: Wire) -> None:
        old, new = raw_operations(1, 2), raw_operations(3, 3)
        wire.play([page(old), page(old), page([*new, *old])])
        with client.watch(poll_interval=0.01) as changes:
            assert {next(changes).id for _ in range(2)} == {"id-1", "id-2"}
            assert next(changes).id == "id-3"
            assert repr(changes) == "<OperationsWatch of us-west-2>"

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}"])
    def test_fetches_a_malformed_first_page_again(
        self, client: OperationsClient, wire: Wire, body: bytes
    ) -> None:
        wire.play([CannedResponse(body), page(raw_operations(1, 1))])
        with client.watch() as changes:
            assert next(changes).id == "id-1"


@pytest.mark.parametrize(
    "make_error", [partial(client_error, "AccessDeniedException"), partial(KeyError, "mine")]
)
def test_a_watch_that_raised_an_error_ends_when_it_is_dropped(
    make_error: Callable[[], Exception],
) -> None:
    """At once, without the garbage collector."""

    class Failing:
        def get_operations(self, **_: str) -> Any:
            raise make_error()

    gc.collect()
    gc.disable()
    try:
        watch = OperationsClient(Failing()).watch()
        try:
            next(watch)
        except (AccessDeniedError, KeyError):
            del watch
        wait_until(lambda: worker_threads() == [])
    finally:
        gc.enable()
