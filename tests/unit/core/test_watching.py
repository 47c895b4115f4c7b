"""Watching an account: each operation once, and each later change of its status once."""

from __future__ import annotations

import json
import logging
import math
import threading
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fakes import raw_operation
from support.virtual import VirtualDriver
from support.wire import CannedResponse, Wire, error_response, page

from lightsail_ops import (
    AccessDeniedError,
    ApiError,
    InvalidInputError,
    Operation,
    OperationsClient,
    PaginationError,
    ResponseError,
    ThrottlingError,
    TransportError,
)
from lightsail_ops._core.effects import Effect, Request, Response, Sleep
from lightsail_ops._core.watching import Watching
from lightsail_ops._cursor import Span

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
Raw = dict[str, Any]


def started(number: int, minute: float = 0, **changes: object) -> Raw:
    at = NOON + timedelta(minutes=minute)
    usual = {"status": "Started", "isTerminal": False, "createdAt": at, "statusChangedAt": at}
    return raw_operation(number, **{**usual, **changes})


def ended(number: int, minute: float = 0, **changes: object) -> Raw:
    return started(number, minute, **{"status": "Succeeded", "isTerminal": True, **changes})


def history(operations: int, minutes_apart: float = 1) -> list[Raw]:
    """Return operations that have ended, newest first; the newest one has the highest number."""
    return [ended(number, number * minutes_apart) for number in range(operations, 0, -1)]


def api_error(kind: type[ApiError]) -> ApiError:
    return kind({"Error": {"Code": kind.__name__, "Message": "id-1 of web-1"}}, "GetOperations")


class Listing:
    """A list that a test changes between polls; its page tokens are positions."""

    def __init__(self, operations: Iterable[Raw] = (), page_size: int = 200) -> None:
        self.operations = list(operations)
        self.page_size = page_size
        self.errors: dict[int, list[Exception]] = {}
        """What is raised, one after another, by the position of the page."""

    def send(self, request: Request) -> Response:
        start = int(request.page_token or 0)
        for error in self.errors.get(start, [])[:1]:
            self.errors[start].remove(error)
            raise error
        content: Raw = {"operations": self.operations[start : start + self.page_size]}
        if start + self.page_size < len(self.operations):
            content["nextPageToken"] = str(start + self.page_size)
        return Response(content)

    def begin(self, raw: Raw) -> None:
        self.operations.insert(0, raw)

    def change(self, raw: Raw) -> None:
        [index] = [at for at, each in enumerate(self.operations) if each["id"] == raw["id"]]
        self.operations[index] = raw


class IdleError(Exception):
    """The watch would sleep beyond the time that a test looks at."""


class AbandonedError(Exception):
    """The steps are abandoned: Ctrl-C, or a task that is cancelled."""


class Watcher(VirtualDriver):
    """Runs a watch of a listing for some seconds at a time."""

    def __init__(self, listing: Listing, **options: Any) -> None:
        super().__init__(listing.send)
        self.listing = listing
        self.watching = Watching(**{"poll_interval": 5.0, **options})
        self.effects = 0
        self.abandons_at: int | None = None
        self._until = self.now

    def perform(self, effect: Effect) -> Response | float:
        if isinstance(effect, Sleep) and self.now + effect.seconds > self._until:
            raise IdleError
        self.effects += 1
        if self.effects == self.abandons_at:
            raise AbandonedError
        return super().perform(effect)

    def next_operation(self) -> tuple[str, str]:
        operation = self.run(self.watching.next_operation())
        return operation.id, operation.status.value

    def watch(self, seconds: float = 0.0) -> list[tuple[str, str]]:
        """Return the ids and statuses that the watch reports within some seconds."""
        self._until = self.now + seconds
        seen: list[tuple[str, str]] = []
        try:
            while True:
                seen.append(self.next_operation())
        except IdleError:
            self.now = self._until
            return seen

    def poll(self) -> list[tuple[str, str]]:
        """Return what the next poll reports."""
        return self.watch(5.0)

    def count_requests(self, seconds: float) -> int:
        before = len(self.sent)
        self.watch(seconds)
        return len(self.sent) - before

    def restart(self) -> Watcher:
        """Return another process's watch, which continues from the cursor."""
        return Watcher(self.listing, cursor=self.watching.cursor)


def watch_polls(*polls: Sequence[Raw], **options: Any) -> list[tuple[str, str]]:
    """Return what a watch reports of a list that is another one at each poll."""
    listing = Listing()
    watcher = Watcher(listing, **options)
    seen = []
    for operations in polls:
        listing.operations = list(operations)
        seen += watcher.poll()
    return seen


class TestAnOperation:
    def test_is_reported_once_however_often_it_is_listed(self) -> None:
        assert watch_polls(*[[started(1), ended(2)]] * 5) == [
            ("id-1", "Started"),
            ("id-2", "Succeeded"),
        ]

    def test_is_reported_again_when_its_status_changes(self) -> None:
        states = [started(1, status="NotStarted"), started(1, 1), started(1, 1), ended(1, 2)]
        assert watch_polls(*[[state] for state in states]) == [
            ("id-1", "NotStarted"),
            ("id-1", "Started"),
            ("id-1", "Succeeded"),
        ]

    def test_is_not_reported_again_when_something_else_changes(self) -> None:
        assert len(watch_polls([started(1)], [started(1, 3, operationDetails="new")])) == 1

    def test_is_reported_when_it_is_listed_late(self) -> None:
        late = ended(1, -60)
        assert watch_polls([ended(2)], [late, ended(2)], [late, ended(2)]) == [
            ("id-2", "Succeeded"),
            ("id-1", "Succeeded"),
        ]

    def test_is_reported_in_whatever_order_it_is_listed(self) -> None:
        seen = watch_polls([ended(3), ended(1)], [ended(1), ended(2), ended(3)])
        assert seen == [("id-3", "Succeeded"), ("id-1", "Succeeded"), ("id-2", "Succeeded")]

    def test_is_reported_once_when_pages_repeat_it(self) -> None:
        assert len(watch_polls([started(1), ended(2), started(1), ended(2)])) == 2

    def test_is_reported_once_when_a_poll_misses_it(self) -> None:
        seen = watch_polls([ended(1), ended(2)], [ended(2)], [ended(1), ended(2)])
        assert seen == [("id-1", "Succeeded"), ("id-2", "Succeeded")]

    def test_does_not_go_back_when_a_replica_is_stale(self) -> None:
        states = [started(1), ended(1, 1), started(1), started(1, 1), ended(1, 1)]
        assert watch_polls(*[[state] for state in states]) == [
            ("id-1", "Started"),
            ("id-1", "Succeeded"),
        ]

    def test_is_reported_at_its_end_whatever_the_timestamp(self) -> None:
        assert watch_polls([started(1, 5)], [ended(1, 5, statusChangedAt=NOON)]) == [
            ("id-1", "Started"),
            ("id-1", "Succeeded"),
        ]

    def test_is_reported_when_it_starts_whatever_the_timestamp(self) -> None:
        states = [started(1, 5, status="NotStarted"), started(1, 4), started(1, 6)]
        stale = started(1, 7, status="NotStarted")
        assert watch_polls(*[[state] for state in [*states, stale]]) == [
            ("id-1", "NotStarted"),
            ("id-1", "Started"),
        ]

    @pytest.mark.parametrize(("minute", "is_reported"), [(-1, False), (0, False), (1, True)])
    def test_may_have_an_unknown_status_which_counts_if_it_is_newer(
        self, minute: int, *, is_reported: bool
    ) -> None:
        seen = watch_polls([started(1)], [started(1, minute, status="Resting")])
        assert (("id-1", "Resting") in seen) == is_reported

    @pytest.mark.parametrize("status", ["Succeeded", "Completed", "Failed"])
    def test_has_ended_where_aws_left_is_terminal_out(self, status: str) -> None:
        end = started(1, status=status)
        assert watch_polls([end], [started(1, 1)], [end]) == [("id-1", status)]

    def test_has_ended_where_it_is_terminal_with_an_unknown_status(self) -> None:
        end = ended(1, status="Abandoned")
        assert watch_polls([end], [started(1, 1)]) == [("id-1", "Abandoned")]

    @pytest.mark.parametrize("before", [None, NOON])
    @pytest.mark.parametrize("after", [None, NOON])
    def test_may_lack_the_time_of_its_last_change(self, before: object, after: object) -> None:
        states = [started(1, statusChangedAt=before), ended(1, statusChangedAt=after)]
        seen = watch_polls(*[[state] for state in states])
        assert [status for _, status in seen] == ["Started", "Succeeded"]


class TestSince:
    def test_leaves_out_what_last_changed_before(self) -> None:
        operations = [ended(1, -1), ended(2, 0), ended(3, 1), ended(4, -1, statusChangedAt=NOON)]
        seen = watch_polls(operations, operations, since=NOON)
        assert [operation_id for operation_id, _ in seen] == ["id-2", "id-3", "id-4"]

    def test_compares_the_creation_where_there_is_no_time_of_a_change(self) -> None:
        operations = [started(number, number - 2, statusChangedAt=None) for number in (1, 2, 3)]
        seen = watch_polls(operations, since=NOON)
        assert [operation_id for operation_id, _ in seen] == ["id-2", "id-3"]

    @pytest.mark.parametrize("changed_at", [NOON, None])
    def test_does_not_hide_a_later_change(self, changed_at: object) -> None:
        states = started(1, -5, statusChangedAt=None), ended(1, -5, statusChangedAt=changed_at)
        assert watch_polls(*[[state] for state in states], since=NOON) == [("id-1", "Succeeded")]

    def test_may_be_in_any_time_zone(self) -> None:
        since = NOON.astimezone(datetime.strptime("+0545", "%z").tzinfo)
        assert len(watch_polls([ended(1, -1), ended(2, 1)], since=since)) == 1

    def test_must_have_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match="since must have a time zone"):
            Watching(poll_interval=5, since=NOON.replace(tzinfo=None))


class TestAPoll:
    def test_is_sent_at_once_at_first_and_then_after_each_interval(self) -> None:
        watcher = Watcher(Listing(), poll_interval=7)
        assert watcher.count_requests(0) == 1
        assert watcher.count_requests(14.0) == 2
        assert watcher.slept == [7, 7]

    @pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan, 1e10])
    def test_needs_an_interval_that_can_be_waited(self, seconds: float) -> None:
        with pytest.raises(ValueError, match="poll_interval"):
            Watching(poll_interval=seconds)

    def test_needs_an_interval_that_is_a_number(self) -> None:
        with pytest.raises(TypeError, match="poll_interval"):
            Watching(poll_interval="5")  # type: ignore[arg-type]

    @pytest.mark.parametrize("operations", [200, 1000, 20_000])
    def test_takes_one_request_if_nothing_is_new_however_long_the_history(
        self, operations: int
    ) -> None:
        watcher = Watcher(Listing(history(operations)))
        watcher.watch()
        assert watcher.count_requests(500.0) == 100

    def test_takes_two_requests_if_something_further_down_has_not_ended(self) -> None:
        listing = Listing(history(1000))
        listing.change(started(3, 3))
        watcher = Watcher(listing)
        watcher.watch()
        assert watcher.count_requests(500.0) == 200

    def test_finds_an_end_on_the_second_page(self) -> None:
        listing = Listing(history(1000))
        listing.change(started(700, 700))
        watcher = Watcher(listing)
        watcher.watch()
        listing.change(ended(700, 1001))
        assert watcher.poll() == [("id-700", "Succeeded")]

    def test_reads_on_as_long_as_there_is_something_new(self) -> None:
        listing = Listing(history(1000), page_size=50)
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations = history(1230)
        assert len(watcher.poll()) == 230
        assert [request.page_token for request in watcher.sent[-6:]] == [
            None,
            *("50", "100", "150", "200", "250"),
        ]

    def test_is_complete_every_ten_minutes(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.append(ended(2000, -60))
        assert watcher.watch(599.0) == []
        assert watcher.watch(6.0) == [("id-2000", "Succeeded")]
        assert watcher.watch(590.0) == []
        listing.operations.append(ended(2001, -61))
        assert watcher.watch(12.0) == [("id-2001", "Succeeded")]

    def test_is_complete_less_often_where_that_takes_long(self) -> None:
        listing = Listing(history(1000))
        watcher = SlowWatcher(listing, seconds=10.0)  # 50 seconds for the whole list
        watcher.watch(60.0)
        listing.operations.append(ended(2000, -60))
        assert watcher.watch(20 * 50.0 - 75.0) == []
        assert watcher.watch(90.0) == [("id-2000", "Succeeded")]

    def test_does_not_count_the_time_that_the_machine_was_suspended(self) -> None:
        listing = Listing(history(1000))
        watcher = SlowWatcher(listing, seconds=10_000.0)
        watcher.watch(60_000.0)
        watcher.seconds = 0.0
        listing.operations.append(ended(2000, -60))
        assert watcher.watch(20 * 5 * 60.0) == [("id-2000", "Succeeded")]

    def test_does_not_count_the_time_that_the_reader_takes(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        watcher._until = math.inf
        for _ in range(1000):
            watcher.next_operation()
            watcher.now += 60.0
        watcher.poll()
        listing.operations.append(ended(2000, -60))
        assert watcher.watch(610.0) == [("id-2000", "Succeeded")]

    @pytest.mark.parametrize("page_size", [1, 200])
    def test_is_complete_where_the_oldest_come_first(self, page_size: int) -> None:
        listing = Listing(reversed(history(300)), page_size)
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 300
        listing.operations.append(ended(301, 301))
        assert watcher.poll() == [("id-301", "Succeeded")]

    def test_is_complete_where_the_list_is_in_no_order(self) -> None:
        operations = history(300)
        listing = Listing(operations[1::2] + operations[::2])
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 300
        listing.operations.append(ended(301, 301))
        assert watcher.poll() == [("id-301", "Succeeded")]

    def test_is_complete_where_the_list_is_too_short_to_show_an_order(self) -> None:
        listing = Listing(history(49), page_size=10)
        watcher = Watcher(listing)
        watcher.watch()
        assert watcher.count_requests(50.0) == 50

    def test_is_complete_where_all_operations_bear_one_time(self) -> None:
        listing = Listing(history(300, minutes_apart=0))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.append(ended(301))
        assert watcher.poll() == [("id-301", "Succeeded")]

    def test_is_complete_when_the_order_changes(self) -> None:
        listing = Listing(history(300))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.reverse()
        listing.operations.append(ended(301, 301))
        assert watcher.poll() == [("id-301", "Succeeded")]
        listing.operations.append(ended(302, 302))
        assert watcher.poll() == [("id-302", "Succeeded")]

    def test_is_complete_once_one_has_found_what_polls_should_have_listed(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.append(ended(1001, 1001))
        assert watcher.watch(605.0) == [("id-1001", "Succeeded")]
        listing.operations.append(ended(1002, 1002))
        assert watcher.poll() == [("id-1002", "Succeeded")]

    def test_bears_a_little_disorder(self) -> None:
        operations = history(1000)
        for newer, older in zip(operations[::2], operations[1::2], strict=True):
            newer["createdAt"] = older["createdAt"] - timedelta(seconds=20)
        watcher = Watcher(Listing(operations))
        watcher.watch()
        assert watcher.count_requests(500.0) == 100

    def test_does_not_take_a_shift_of_the_pages_for_disorder(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        for _ in range(150):
            watcher.next_operation()
        listing.operations = [*history(1020)]  # the second page will begin with the first one's end
        assert len(watcher.watch()) == 850
        assert len(watcher.poll()) == 20
        assert watcher.count_requests(500.0) == 100


class SlowWatcher(Watcher):
    """A watcher whose requests take some seconds each."""

    def __init__(self, listing: Listing, seconds: float) -> None:
        super().__init__(listing)
        self.seconds = seconds

    def perform(self, effect: Effect) -> Response | float:
        result = super().perform(effect)
        if isinstance(effect, Request):
            self.now += self.seconds
        return result


class TestATransientError:
    @pytest.mark.parametrize(
        "error", [api_error(ThrottlingError), TransportError("timed out")], ids=repr
    )
    def test_never_ends_a_watch(self, error: Exception) -> None:
        listing = Listing(history(3))
        listing.errors = {0: [error] * 100}
        assert len(Watcher(listing).watch(100 * 300.0)) == 3

    def test_is_retried_after_one_second_doubling_to_five_minutes(self) -> None:
        listing = Listing()
        listing.errors = {0: [TransportError("timed out")] * 12}
        watcher = Watcher(listing)
        watcher.watch(3600.0)
        longest = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        for slept, most in zip(watcher.slept, longest, strict=False):
            assert most / 2 <= slept <= most
        assert len(set(watcher.slept[9:12])) == 3  # there is jitter

    def test_begins_at_one_second_again_after_a_success(self) -> None:
        listing = Listing()
        listing.errors = {0: [TransportError("timed out")] * 8}
        watcher = Watcher(listing)
        watcher.watch(600.0)
        listing.errors = {0: [TransportError("timed out")]}
        watcher.slept.clear()
        watcher.watch(7.0)
        assert 0.5 <= watcher.slept[1] <= 1.0

    def test_is_retried_at_the_same_page(self) -> None:
        listing = Listing(history(3), page_size=1)
        listing.errors = {1: [api_error(ThrottlingError)]}
        watcher = Watcher(listing)
        assert len(watcher.watch(2.0)) == 3
        assert [request.page_token for request in watcher.sent] == [None, "1", "1", "2"]

    def test_is_a_body_that_is_malformed_three_times(self) -> None:
        listing = Listing(history(3))
        listing.errors = {0: [ResponseError("not valid JSON", is_transient=True)] * 3}
        assert len(Watcher(listing).watch(2.0)) == 3

    def test_is_logged_without_data_of_the_account(self, caplog: pytest.LogCaptureFixture) -> None:
        listing = Listing(history(1))
        listing.errors = {0: [api_error(ThrottlingError)]}
        watcher = Watcher(listing)
        watcher.watch(2.0)
        [record] = caplog.records
        assert (record.name, record.levelno) == ("lightsail_ops", logging.WARNING)
        assert record.message == (
            f"ThrottlingError while watching: the request is sent again in "
            f"{watcher.slept[0]:.1f} seconds"
        )


class TestAnyOtherError:
    def test_is_raised_and_the_watch_can_be_iterated_further(self) -> None:
        listing = Listing(history(3), page_size=1)
        listing.errors = {1: [api_error(AccessDeniedError)]}
        watcher = Watcher(listing)
        assert watcher.next_operation() == ("id-3", "Succeeded")
        with pytest.raises(AccessDeniedError) as caught:
            watcher.watch(5.0)
        assert caught.value.page_token == "1"
        assert watcher.watch(5.0) == [("id-2", "Succeeded"), ("id-1", "Succeeded")]

    def test_is_not_sent_again_before_the_poll_interval(self) -> None:
        listing = Listing()
        listing.errors = {0: [api_error(AccessDeniedError)] * 2}
        watcher = Watcher(listing)
        for seconds in (0.0, 5.0):
            with pytest.raises(AccessDeniedError):
                watcher.watch(seconds)
        assert watcher.watch(4.9) == []
        assert len(watcher.sent) == 2

    def test_of_a_repeated_page_token_is_raised_at_each_complete_reading(self) -> None:
        listing = Listing(history(300))
        watcher = Watcher(listing)
        watcher._send = lambda request: Response(
            {**listing.send(request).content, "nextPageToken": "200"}
        )
        assert watcher.next_operation()
        with pytest.raises(PaginationError):
            watcher.watch()
        before = len(watcher.sent)
        with pytest.raises(PaginationError):
            watcher.watch(5.0)
        assert len(watcher.sent) == before + 2
        watcher._send = listing.send
        listing.begin(started(301, 301))
        assert watcher.poll() == [("id-301", "Started")]


class TestARefusedPageToken:
    def test_leads_to_one_complete_reading(self) -> None:
        listing = Listing(history(400), page_size=100)
        listing.errors = {200: [api_error(InvalidInputError)]}
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 400
        assert [request.page_token for request in watcher.sent] == [
            *(None, "100", "200"),
            *(None, "100", "200", "300"),
        ]

    def test_of_a_poll_leads_to_a_complete_reading(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations = [ended(2000, 2000), *history(1300)]
        listing.errors = {200: [api_error(InvalidInputError)]}
        assert len(watcher.poll()) == 301

    def test_is_raised_if_it_is_refused_again_at_once(self) -> None:
        listing = Listing(history(400))
        listing.errors = {200: [api_error(InvalidInputError)] * 4}
        watcher = Watcher(listing)
        with pytest.raises(InvalidInputError):
            watcher.watch()
        for _ in range(2):
            with pytest.raises(InvalidInputError):
                watcher.poll()
        assert len(watcher.sent) == 8
        assert len(watcher.poll()) == 200

    def test_is_not_raised_if_it_may_have_expired_each_time(self) -> None:
        listing = Listing(history(400))
        listing.errors = {200: [TransportError("down")] * 9 + [api_error(InvalidInputError)]}
        listing.errors[200] *= 3
        assert len(Watcher(listing).watch(3600.0)) == 400

    def test_is_raised_for_a_first_page_which_has_none(self) -> None:
        listing = Listing()
        listing.errors = {0: [api_error(InvalidInputError)]}
        with pytest.raises(InvalidInputError):
            Watcher(listing).watch()


class TestAPageThatCannotBeConverted:
    def test_is_raised_once_and_then_skipped(self) -> None:
        listing = Listing(history(5), page_size=2)
        listing.operations[2]["createdAt"] = "yesterday"
        watcher = Watcher(listing)
        with pytest.raises(ResponseError, match="createdAt"):
            watcher.watch()
        assert watcher.watch(5.0) == [("id-1", "Succeeded")]

    def test_may_be_the_last_page(self) -> None:
        listing = Listing(history(3), page_size=2)
        listing.operations[2]["createdAt"] = "yesterday"
        watcher = Watcher(listing)
        with pytest.raises(ResponseError, match="createdAt"):
            watcher.watch()
        with pytest.raises(ResponseError, match="createdAt"):
            watcher.watch(5.0)
        assert [request.page_token for request in watcher.sent] == [None, "2", None, "2"]

    def test_is_reported_once_it_can_be_converted(self) -> None:
        listing = Listing(history(300), page_size=100)
        listing.operations[150]["createdAt"] = "yesterday"
        watcher = Watcher(listing)
        with pytest.raises(ResponseError):
            watcher.watch()
        assert len(watcher.poll()) == 100
        listing.operations = history(300)
        watcher = watcher.restart()
        assert len(watcher.watch()) == 100


class TestAWatchThatIsAbandoned:
    def watch_abandoned(self, effect: int | None) -> list[tuple[str, str]]:
        """Watch a small story, and abandon the steps at one of its effects."""
        listing = Listing(history(6), page_size=2)
        listing.change(started(5, 5))
        listing.errors = {
            2: [TransportError("down"), ResponseError("not valid JSON", is_transient=True)],
            4: [api_error(InvalidInputError)],
        }
        watcher = Watcher(listing)
        watcher.abandons_at = effect
        seen = self.watch_on(watcher)
        listing.begin(started(7, 7))
        listing.change(ended(5, 8))
        return [*seen, *self.watch_on(watcher), *self.watch_on(watcher.restart())]

    def watch_on(self, watcher: Watcher) -> list[tuple[str, str]]:
        until, seen = watcher.now + 20.0, []
        while watcher.now < until:
            watcher._until = until
            try:
                seen.append(watcher.next_operation())
            except AbandonedError:
                watcher.abandons_at = None
            except IdleError:
                watcher.now = until
        return seen

    def test_continues_with_nothing_lost_and_nothing_repeated(self) -> None:
        expected = self.watch_abandoned(None)
        assert len(expected) == len(set(expected)) == 8
        for effect in range(1, 60):
            assert self.watch_abandoned(effect) == expected, effect

    def test_polls_although_it_is_abandoned_all_the_time(self) -> None:
        listing = Listing()
        watcher = Watcher(listing)
        assert watcher.watch() == []
        listing.begin(started(1))
        seen = [watcher.watch(1.0) for _ in range(6)]  # as asyncio.wait_for does
        assert [len(each) for each in seen] == [0, 0, 0, 0, 1, 0]


class TestACursor:
    def test_continues_where_the_watch_stopped(self) -> None:
        listing = Listing([started(3, 3), started(2, 2), ended(1, 1)])
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 3
        listing.change(ended(2, 4))
        listing.begin(started(4, 4))
        assert watcher.restart().watch() == [("id-4", "Started"), ("id-2", "Succeeded")]

    @pytest.mark.parametrize("operations", [3, 60, 300])
    @pytest.mark.parametrize("order", [1, -1])
    @pytest.mark.parametrize("page_size", [7, 200])
    def test_continues_from_each_operation(
        self, operations: int, order: int, page_size: int
    ) -> None:
        listing = Listing(history(operations)[::order], page_size)
        listing.change(started(2, 2))
        seen = []
        watcher = Watcher(listing)
        for _ in range(operations):
            seen.append(watcher.next_operation())
            watcher = watcher.restart()
        assert watcher.watch() == []
        assert len(set(seen)) == operations

    def test_holds_nothing_before_the_first_operation(self) -> None:
        assert (
            Watcher(Listing(history(3))).restart().watch() == Watcher(Listing(history(3))).watch()
        )

    def test_holds_since(self) -> None:
        listing = Listing([ended(1, -1)])
        watcher = Watcher(listing, since=NOON).restart().restart()
        listing.operations += [ended(2, -2), ended(3, 3)]
        assert watcher.watch() == [("id-3", "Succeeded")]

    @pytest.mark.parametrize("order", [1, -1])
    def test_is_as_short_for_a_long_history(self, order: int) -> None:
        sizes = []
        for operations in (1000, 4000):
            watcher = Watcher(Listing(history(operations, minutes_apart=5)[::order]))
            size = 0
            for _ in range(operations):
                watcher.next_operation()
                size = max(size, len(watcher.watching.cursor))
            watcher.poll()
            sizes.append((size, len(watcher.watching.cursor)))
        [(first_most, first), (second_most, second)] = sizes
        assert second_most < 15_000
        assert second_most == pytest.approx(first_most, rel=0.1)
        assert second == pytest.approx(first, rel=0.1)
        assert second < 700

    def test_is_short_although_an_operation_bears_a_time_far_ahead(self) -> None:
        listing = Listing([ended(2000, 1e6), *history(1000)])
        watcher = Watcher(listing)
        watcher.watch()
        assert len(watcher.watching.cursor) < 2000
        listing.begin(ended(1001, 1001))
        assert watcher.restart().watch() == [("id-1001", "Succeeded")]

    def test_lets_new_operations_through_although_the_only_one_bears_a_time_far_ahead(self) -> None:
        listing = Listing([ended(2000, 1e6)])
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.append(ended(1, 1))
        assert watcher.restart().watch() == [("id-1", "Succeeded")]

    def test_lets_the_end_through_of_what_was_begun_long_ago(self) -> None:
        listing = Listing(history(1000))
        listing.change(started(3, 3))
        watcher = Watcher(listing)
        watcher.watch()
        listing.change(ended(3, 1000))
        assert watcher.restart().watch() == [("id-3", "Succeeded")]

    def test_lets_an_operation_through_that_was_hidden_and_has_not_ended(self) -> None:
        listing = Listing(history(1000))
        hidden = listing.operations.pop(500)
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.insert(500, {**hidden, "status": "Started", "isTerminal": False})
        assert watcher.restart().watch() == [(hidden["id"], "Started")]

    def test_does_not_repeat_what_the_first_reading_of_a_new_process_misses(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        watcher.watch()
        hidden = listing.operations.pop(500)
        watcher = watcher.restart()
        assert watcher.watch() == []
        listing.operations.insert(500, hidden)
        assert watcher.watch(605.0) == []

    def test_of_a_partial_reading_lets_through_what_lies_beyond(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        for _ in range(500):
            watcher.next_operation()
        listing.operations = history(1300)  # more new ones than a page holds
        watcher = watcher.restart()
        for _ in range(250):
            watcher.next_operation()
        assert len(watcher.restart().watch()) == 1300 - 500 - 250

    def test_is_json_with_a_version(self) -> None:
        watcher = Watcher(Listing(history(3)))
        watcher.watch()
        assert json.loads(watcher.watching.cursor)["version"] == 1

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "nonsense",
            "[" * 100_000,
            "[]",
            "{}",
            '{"version": 2}',
            '{"version": 1}',
            '{"version": 1, "recent": {}}',
            '{"version": 1, "recent": {"x": [1, 2]}, "unfinished": {}}',
            '{"version": 1, "recent": {"1": [1]}, "unfinished": {}}',
            '{"version": 1, "recent": {"1": [1, NaN]}, "unfinished": {}}',
            '{"version": 1, "recent": {"1": [1, true]}, "unfinished": {}}',
            '{"version": 1, "recent": {"1": "12"}, "unfinished": {}}',
            '{"version": 1, "settled": [1, 1e400], "recent": {}, "unfinished": {}}',
            '{"version": 1, "since": 5, "recent": {}, "unfinished": {}}',
            '{"version": 1, "since": "today", "recent": {}, "unfinished": {}}',
            '{"version": 1, "recent": {}, "unfinished": {"id": [1, "2026-01-01"]}}',
            '{"version": 1, "recent": {}, "unfinished": {"id": ["Started", null]}}',
        ],
    )
    def test_that_is_malformed_is_an_error(self, cursor: str) -> None:
        with pytest.raises(ValueError, match="cursor is malformed"):
            Watching(poll_interval=5, cursor=cursor)

    def test_must_be_a_string(self) -> None:
        with pytest.raises(TypeError, match="cursor must be a str or None, not dict"):
            Watching(poll_interval=5, cursor={})  # type: ignore[arg-type]

    def test_cannot_be_given_with_since(self) -> None:
        cursor = Watching(poll_interval=5).cursor
        with pytest.raises(ValueError, match="since cannot be given with a cursor"):
            Watching(poll_interval=5, cursor=cursor, since=NOON)


bounds = st.integers(0, 8)
spans = st.builds(lambda a, b: Span(min(a, b), max(a, b)), bounds, bounds)


@given(spans | st.just(Span()), spans | st.just(Span()))
def test_a_joined_span_covers_what_either_covers_and_no_gap(one: Span, other: Span) -> None:
    joined = one.join(other)
    for at in range(9):
        if one.covers(at, at):
            assert joined.covers(at, at)
        if joined.covers(at, at):
            assert one.covers(at, at) or other.covers(at, at)
        if joined != one and other.covers(at, at):
            assert joined.covers(at, at)


class Churning(Listing):
    """An account that keeps a hundred operations: each poll brings ten, and drops ten."""

    def __init__(self, make: Callable[[int], Raw]) -> None:
        super().__init__()
        self._polls: Iterator[int] = count()
        self._make = make

    def send(self, request: Request) -> Response:
        first = next(self._polls) * 10
        return Response({"operations": [self._make(n) for n in range(first, first + 100)]})


@pytest.mark.parametrize("make", [started, ended])
def test_what_aws_has_removed_is_forgotten(make: Callable[[int], Raw]) -> None:
    watcher = Watcher(Churning(make))
    watcher.watch(500.0)
    tracemalloc.start()
    try:
        watcher.watch(1500.0)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 400_000  # 3000 operations would be more than a megabyte
    assert len(watcher.watching.cursor) < 50_000


statuses = st.sampled_from(["NotStarted", "Started", "Succeeded"])


@given(
    st.lists(st.dictionaries(st.integers(1, 5), statuses, max_size=5), max_size=8),
    st.integers(1, 3),
    st.sets(st.integers(0, 8)),
)
def test_every_change_is_reported_once_across_restarts(
    polls: list[dict[int, str]], page_size: int, restarts: set[int]
) -> None:
    listing = Listing(page_size=page_size)
    watcher = Watcher(listing)
    ranks = {"NotStarted": 0, "Started": 1, "Succeeded": 2}
    seen: list[tuple[str, str]] = []
    expected: list[tuple[str, str]] = []
    last: dict[int, int] = {}
    for minute, current in enumerate(polls):
        listing.operations = [
            started(number, minute, status=status) for number, status in current.items()
        ]
        for number, status in current.items():
            if last.get(number, -1) < ranks[status]:
                last[number] = ranks[status]
                expected.append((f"id-{number}", status))
        if minute in restarts:
            watcher = watcher.restart()
        seen += watcher.poll()
    assert seen == expected
    assert all(a != b for a, b in pairwise(seen))


class TestTheClient:
    """The same through public names, a real boto3 client and a socket."""

    def test_watches(self, wire: Wire, client: OperationsClient) -> None:
        begun = [raw_operation(2, status="Started", isTerminal=False), raw_operation(1)]
        done = [raw_operation(2), raw_operation(1)]
        busy = error_response("ServiceException", 503)
        wire.play([page(begun), CannedResponse(b"garbage"), busy, page(begun), page(done)])
        with client.watch(poll_interval=0.01) as changes:
            seen = [(operation.id, operation.status) for operation in islice(changes, 3)]
        assert seen == [("id-2", "Started"), ("id-1", "Succeeded"), ("id-2", "Succeeded")]

    def test_continues_from_a_cursor(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([page([raw_operation(1)]), page([raw_operation(2), raw_operation(1)])])
        with client.watch() as changes:
            assert next(changes) == Operation.from_dict(raw_operation(1))
        with client.watch(cursor=changes.cursor) as changes:
            assert next(changes).id == "id-2"

    def test_continues_after_an_error(self, wire: Wire, client: OperationsClient) -> None:
        wire.play([error_response("AccessDeniedException"), page([raw_operation(1)])])
        with client.watch(poll_interval=0.01) as changes:
            with pytest.raises(AccessDeniedError):
                next(changes)
            assert next(changes).id == "id-1"

    def test_continues_after_an_interrupt(self) -> None:
        pages = iter(
            [
                {"operations": [raw_operation(1)], "nextPageToken": "t1"},
                KeyboardInterrupt(),
                {"operations": [raw_operation(1)], "nextPageToken": "t1"},
                {"operations": [raw_operation(2)]},
            ]
        )

        class Interrupted:
            def get_operations(self, **_: str) -> Any:
                page = next(pages)
                if isinstance(page, BaseException):
                    raise page
                return page

        with OperationsClient(Interrupted()).watch(poll_interval=0.01) as changes:
            assert next(changes).id == "id-1"
            with pytest.raises(KeyboardInterrupt):
                next(changes)
            assert next(changes).id == "id-2"

    def test_ends_when_it_is_closed(self) -> None:
        class OnePage:
            def get_operations(self, **_: str) -> Any:
                return {"operations": [raw_operation(1)]}

        changes = OperationsClient(OnePage()).watch(poll_interval=60)
        assert repr(changes).startswith("<OperationsWatch cursor='{")
        assert next(changes).id == "id-1"
        closing = threading.Timer(0.05, changes.close)
        closing.start()
        assert list(changes) == []  # it slept, and woke up
        closing.join()
        assert list(changes) == []

    def test_sends_nothing_more_when_it_is_closed_in_a_reading(self) -> None:
        class Silent:
            requests = 0

            def get_operations(self, **_: str) -> Any:
                self.requests += 1
                if self.requests == 3:
                    changes.close()  # as another thread would
                return {"operations": [], "nextPageToken": f"t{self.requests}"}

        silent = Silent()
        changes = OperationsClient(silent).watch()
        assert list(changes) == []
        assert silent.requests == 3

    def test_reports_nothing_that_comes_after_it_is_closed(self) -> None:
        class Late:
            def get_operations(self, **_: str) -> Any:
                changes.close()  # as another thread would
                return {"operations": [raw_operation(1)]}

        client = OperationsClient(Late())
        changes = client.watch()
        cursor = changes.cursor
        assert list(changes) == []
        assert changes.cursor == cursor  # so a watch that continues reports it
