"""A watch of many clients: one that fails does not stop the others; nothing is reported twice."""

from __future__ import annotations

import collections
import gc
import json
import logging
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice, pairwise
from typing import Any, TypeVar

import pytest
from support.fakes import client_error, raw_operation
from support.threads import Gate, at_once, wait_until, worker_threads
from support.virtual import Clock, VirtualDriver

from lightsail_ops import (
    AccessDeniedError,
    Fleet,
    LightsailError,
    Operation,
    OperationsClient,
    RegionName,
    ThrottlingError,
)
from lightsail_ops._core.cursor import Cursor
from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.watching import Watching

K = TypeVar("K")


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    yield
    gc.collect()  # what an exception held
    wait_until(lambda: worker_threads() == [])


class Account:
    """A client whose list of operations grows and changes, and which can fail."""

    def __init__(self, *operations: dict[str, Any]) -> None:
        self.operations = list(operations)
        self.error: Exception | None = None
        self.requests = 0

    def get_operations(self, **_: Any) -> Any:
        self.requests += 1
        if self.error is not None:
            raise self.error
        return {"operations": list(self.operations)}


STARTED = raw_operation(1, status="Started", isTerminal=False)


def watch(
    accounts: Mapping[str, Account], poll_interval: float = 0.01, **options: Any
) -> Any:  # a FleetWatch[str]
    clients = {key: OperationsClient(account) for key, account in accounts.items()}
    fleet = Fleet(clients, max_concurrency=options.pop("max_concurrency", 16))
    return fleet.watch(poll_interval=poll_interval, **options)


def take(found: Iterator[tuple[str, Operation]], count: int) -> set[tuple[str, str, str]]:
    return {(key, each.id, each.status.value) for key, each in islice(found, count)}


class TestWatchingManyClients:
    def test_reports_each_change_with_its_client(self) -> None:
        accounts = {"a": Account(STARTED), "b": Account(raw_operation(2))}
        with watch(accounts) as found:
            assert take(found, 2) == {("a", "id-1", "Started"), ("b", "id-2", "Succeeded")}
            accounts["a"].operations = [raw_operation(1)]
            assert take(found, 1) == {("a", "id-1", "Succeeded")}
            accounts["b"].operations.append(raw_operation(3))
            assert take(found, 1) == {("b", "id-3", "Succeeded")}

    def test_has_at_most_max_concurrency_requests_in_flight(self) -> None:
        gates = {key: Gate() for key in range(6)}
        clients = {key: OperationsClient(gate) for key, gate in gates.items()}
        with Fleet(clients, max_concurrency=2).watch(poll_interval=60) as found:
            reader = threading.Thread(target=lambda: list(islice(found, 12)))
            reader.start()
            wait_until(lambda: sum(gate.requests for gate in gates.values()) == 2)
            assert len(worker_threads()) == 3  # and one that drives them
            for gate in gates.values():
                gate.opened.set()
            reader.join(10)
            assert [gate.requests for gate in gates.values()] == [1] * 6

    def test_sends_nothing_while_nobody_iterates(self) -> None:
        account = Account(raw_operation())
        with watch({"a": account}) as found:
            next(found)
            requests = account.requests
            time.sleep(0.05)
            assert account.requests == requests

    def test_of_no_clients_ends(self) -> None:
        assert list(watch({})) == []

    def test_can_be_iterated_further_after_the_loop_was_left(self) -> None:
        accounts = {"a": Account(raw_operation(1), raw_operation(2))}
        with watch(accounts) as found:
            for _, operation in found:
                assert operation.id == "id-1"
                break
            for _, operation in found:
                assert operation.id == "id-2"
                break

    def test_has_a_short_repr(self) -> None:
        assert repr(watch({"a": Account(), "b": Account()})) == "<FleetWatch of 2 clients>"


class TestAClientThatFails:
    def test_is_passed_to_on_error_in_the_readers_thread(self) -> None:
        accounts = {"good": Account(), "bad": Account()}
        accounts["bad"].error = client_error("AccessDeniedException")
        errors: list[tuple[str, LightsailError, threading.Thread]] = []

        def on_error(key: str, error: LightsailError) -> None:
            errors.append((key, error, threading.current_thread()))
            accounts["good"].operations.append(raw_operation())

        with watch(accounts, on_error=on_error) as found:
            assert take(found, 1) == {("good", "id-1", "Succeeded")}
        [(key, error, thread)] = errors
        assert (key, type(error)) == ("bad", AccessDeniedError)
        assert thread is threading.current_thread()

    def test_is_tried_again(self) -> None:
        accounts = {"a": Account(raw_operation())}
        accounts["a"].error = client_error("AccessDeniedException")

        def on_error(*_: object) -> None:
            accounts["a"].error = None

        with watch(accounts, on_error=on_error) as found:
            assert take(found, 1) == {("a", "id-1", "Succeeded")}

    def test_is_logged_without_data_of_the_account(self, caplog: pytest.LogCaptureFixture) -> None:
        accounts = {"good": Account(), "bad": Account(raw_operation(2))}
        accounts["bad"].error = client_error("AccessDeniedException", "arn:aws:iam::123456789012")
        with watch(accounts) as found:
            wait = threading.Timer(0.1, accounts["good"].operations.append, [raw_operation()])
            wait.start()
            next(found)
        [record] = caplog.records
        assert (record.name, record.levelno) == ("lightsail_ops", logging.WARNING)
        assert re.fullmatch(
            r"AccessDeniedError \(AccessDeniedException\) while watching bad: "
            r"the request is sent again in (0\.\d|1\.0) seconds",
            record.getMessage(),
        )

    def test_lets_an_exception_of_on_error_pass(self) -> None:
        accounts = {"good": Account(raw_operation()), "bad": Account()}
        accounts["bad"].error = client_error("AccessDeniedException")

        def on_error(key: str, error: LightsailError) -> None:
            raise error

        with watch(accounts, on_error=on_error) as found:
            found_before: list[str] = []
            with pytest.raises(AccessDeniedError):
                found_before.extend(key for key, _ in found)
            accounts["good"].operations.append(raw_operation(2))
            assert next(found)[1].id in {"id-1", "id-2"}

    def test_passes_what_a_hand_written_client_raises(self) -> None:
        accounts = {"a": Account(raw_operation())}
        accounts["a"].error = ZeroDivisionError()
        with watch(accounts) as found:
            with pytest.raises(ZeroDivisionError):
                next(found)
            accounts["a"].error = None
            assert take(found, 1) == {("a", "id-1", "Succeeded")}


def make_driver(
    keys: Iterable[K],
    send: Callable[[K, Request, float], Response],
    poll_interval: float,
    latency: Callable[[K], float] = lambda _: 0.0,
) -> VirtualDriver[K]:
    """Return a virtual driver of a watch with at most four requests in flight."""
    clock = Clock()
    steps = {
        key: Watching(Cursor(), poll_interval=poll_interval, name=str(key)).watch(clock.runtime)
        for key in keys
    }
    return VirtualDriver(
        steps,
        lambda key, request: send(key, request, clock.now - 1000),
        clock,
        max_in_flight=4,
        latency=lambda key, _: latency(key),
    )


class TestBackoff:
    """Under a virtual clock."""

    def run(self, fails: Callable[[float], bool], seconds: float) -> list[float]:
        """Return when the client failed, in seconds since the beginning."""

        def send(_key: str, _request: Request, now: float) -> Response:
            if fails(now):
                raise AccessDeniedError({}, "GetOperations")
            return Response({"operations": []})

        driver = make_driver("a", send, 5.0)
        failed_at: list[float] = []
        while (result := driver.next_result(1000 + seconds - driver.clock.now)) is not None:
            assert isinstance(result.value.errors.pop(0), AccessDeniedError)
            failed_at.append(driver.clock.now - 1000)
        return failed_at

    def test_grows_to_five_minutes(self) -> None:
        failed_at = self.run(lambda _: True, 3600)
        gaps = [later - earlier for earlier, later in pairwise(failed_at)]
        assert gaps[0] == pytest.approx(5)  # a watch that failed waits for its poll interval
        assert max(gaps) <= 300
        assert min(gaps[9:]) >= 150
        assert len(failed_at) < 30

    def test_begins_anew_after_a_success(self) -> None:
        failed_at = self.run(lambda now: now < 600 or now > 3600, 3700)
        after = [at for at in failed_at if at > 3600]
        assert after[1] - after[0] < 6


class TestTurns:
    """Under a virtual clock: 400 clients, of which a poll takes longer than their interval."""

    @pytest.mark.heavy
    def test_are_taken_by_all_clients_alike(self) -> None:
        polls: collections.Counter[int] = collections.Counter()

        def send(key: int, _request: Request, now: float) -> Response:
            polls[key] += 1
            if key == 0 and now > 100:
                return Response({"operations": [raw_operation()]})
            if key % 10 == 1:
                raise ThrottlingError({}, "GetOperations")
            return Response({"operations": []})

        driver = make_driver(range(400), send, 1.0, lambda key: 0.01 + key % 7 / 30)
        result = driver.next_result()
        assert result is not None
        assert result.key == 0
        assert driver.most_in_flight == 4
        good = [polls[key] for key in range(400) if key % 10 != 1]
        assert max(good) - min(good) <= 2

    def test_of_a_throttled_client_have_its_own_backoff(self) -> None:
        def send(key: str, _request: Request, now: float) -> Response:
            if key == "throttled":
                raise ThrottlingError({}, "GetOperations")
            return Response({"operations": [raw_operation()] if now > 3600 else []})

        driver = make_driver(["throttled", "good"], send, 5.0)
        driver.next_result()
        keys = collections.Counter(each.key for each in driver.sent)
        assert keys["good"] > 600
        assert keys["throttled"] < 40


class TestCursors:
    def test_continue_every_client_in_another_watch(self) -> None:
        accounts = {"a": Account(raw_operation(1)), "b": Account(raw_operation(2))}
        with watch(accounts) as found:
            take(found, 2)
            cursors = json.loads(json.dumps(found.cursors))
        accounts["a"].operations.append(raw_operation(3))
        with watch(accounts, cursors=cursors) as found:
            assert take(found, 1) == {("a", "id-3", "Succeeded")}

    def test_may_lack_a_client_which_since_applies_to(self) -> None:
        old, new = raw_operation(1), raw_operation(2, createdAt=1.9e9)
        accounts = {"a": Account(old)}
        with watch(accounts) as found:
            take(found, 1)
            cursors = found.cursors
        accounts = {"a": Account(old, raw_operation(3)), "b": Account(old, new)}
        since = datetime(2026, 11, 1, tzinfo=UTC)
        with watch(accounts, cursors=cursors, since=since) as found:
            assert take(found, 2) == {("a", "id-3", "Succeeded"), ("b", "id-2", "Succeeded")}

    def test_of_a_key_without_a_client_are_kept_untouched(self) -> None:
        account = Account(raw_operation(1))
        with watch({"gone": account}) as found:
            take(found, 1)
            cursor = found.cursors["gone"]
        with watch({"a": Account(raw_operation(2))}, cursors={"gone": cursor, "odd": "x"}) as found:
            take(found, 1)
            cursors = found.cursors
        assert list(cursors) == ["gone", "odd", "a"]
        assert (cursors["gone"], cursors["odd"]) == (cursor, "x")
        account.operations.append(raw_operation(3))
        del cursors["odd"]
        with watch({"gone": account}, cursors=cursors) as found:
            assert take(found, 1) == {("gone", "id-3", "Succeeded")}

    def test_that_are_malformed_are_an_error_with_the_key(self) -> None:
        with pytest.raises(ValueError, match=r"cursors\['a'\]: "):
            watch({"a": Account()}, cursors={"a": "x"})

    def test_have_the_fleets_own_keys_though_those_that_were_stored_are_strings(self) -> None:
        with watch({RegionName.US_WEST_2: Account(raw_operation(1))}) as found:
            next(found)
            stored = json.dumps(found.cursors)
        fleet: dict[str, Account] = {RegionName.US_WEST_2: Account(raw_operation(1))}
        with watch(fleet, cursors=json.loads(stored)) as found:
            assert [type(key) for key in found.cursors] == [RegionName]

    @pytest.mark.parametrize("cursors", ["x", ["x"], {"a": 1}])
    def test_of_another_type_are_an_error(self, cursors: Any) -> None:
        with pytest.raises(TypeError, match="on_error must be callable"):
            Fleet({}).watch(on_error="print")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="cursors"):
            watch({"a": Account()}, cursors=cursors)


class TestAFleetWithoutClients:
    def test_is_watched_until_the_timeout(self) -> None:
        with watch({}) as found:
            start = time.monotonic()
            assert found.next_change(timeout=0.2) is None
            assert time.monotonic() - start >= 0.2

    def test_has_no_change_to_iterate(self) -> None:
        with watch({}) as found:
            assert list(found) == []
            assert found.next_change() is None


class TestArguments:
    @pytest.mark.parametrize("max_concurrency", [0, -3])
    def test_need_a_worker(self, max_concurrency: int) -> None:
        with pytest.raises(ValueError, match="max_concurrency"):
            watch({}, max_concurrency=max_concurrency)

    @pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e10])
    def test_need_a_finite_positive_interval(self, seconds: float) -> None:
        with pytest.raises(ValueError, match="poll_interval"):
            watch({}, poll_interval=seconds)

    def test_need_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            watch({}, since=datetime(2026, 11, 1))  # noqa: DTZ001

    def test_need_clients(self) -> None:
        clients: Any = {"a": Account()}
        with pytest.raises(TypeError, match=r"clients\['a'\]"):
            Fleet(clients).watch()


class TestClosing:
    def test_ends_the_iteration(self) -> None:
        found = watch({"a": Account(raw_operation(1), raw_operation(2))})
        next(found)
        found.close()
        assert list(found) == []
        wait_until(lambda: worker_threads() == [], 5)

    def test_returns_soon_though_a_request_hangs(self) -> None:
        gate = Gate()
        clients = {"a": OperationsClient(Account(raw_operation())), "b": OperationsClient(gate)}
        found = Fleet(clients).watch()
        next(found)
        with at_once():
            found.close()
        gate.opened.set()

    def test_from_another_thread_wakes_the_reader(self) -> None:
        found = watch({"a": Account()}, poll_interval=60)
        threading.Timer(0.05, found.close).start()
        with at_once():
            assert list(found) == []

    def test_from_a_signal_handler_ends_the_loop(self) -> None:
        found = watch({"a": Account()}, poll_interval=60)
        before = signal.signal(signal.SIGALRM, lambda *_: found.close())
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            assert list(found) == []
        finally:
            signal.signal(signal.SIGALRM, before)

    def test_happens_when_the_watch_is_dropped(self) -> None:
        found = watch({str(number): Account(raw_operation()) for number in range(5)})
        take(found, 5)
        assert worker_threads() != []
        del found
        wait_until(lambda: worker_threads() == [], 5)


def test_a_watch_finds_what_a_reading_finds() -> None:
    accounts = {
        str(number): Account(*[raw_operation(each) for each in range(number)])
        for number in range(20)
    }
    clients = {key: OperationsClient(account) for key, account in accounts.items()}
    read = {(key, each.id) for key, each in Fleet(clients).operations()}
    with Fleet(clients, max_concurrency=3).watch() as found:
        watched = {(key, each.id) for key, each in islice(found, len(read))}
    assert watched == read
