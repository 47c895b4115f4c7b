"""The cursor: a watch that continues from it loses nothing and repeats nothing, and it is short."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fakes import Scripted
from support.listing import (
    NOON,
    Listing,
    Raw,
    Watcher,
    ended,
    history,
    past,
    started,
)

from lightsail_ops import OperationsClient
from lightsail_ops._core.cursor import Cursor, Span
from lightsail_ops._core.effects import Request, Response


@pytest.mark.heavy
class TestAWatchThatContinues:
    def test_reports_what_changed_since_the_watch_stopped(self) -> None:
        listing = Listing([started(3, 3), started(2, 2), ended(1, 1)])
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 3
        listing.change(ended(2, 4))
        listing.begin(started(4, 5))
        assert watcher.restart().watch() == [("id-2", "Succeeded"), ("id-4", "Started")]

    @pytest.mark.parametrize("operations", [3, 60, 100])
    @pytest.mark.parametrize("order", [1, -1])
    @pytest.mark.parametrize("page_size", [7, 200])
    def test_loses_and_repeats_nothing_wherever_the_watch_stopped(
        self, operations: int, order: int, page_size: int
    ) -> None:
        listing = Listing(past(operations)[::order], page_size)
        listing.change(started(2, 2 - operations))
        seen = []
        watcher = Watcher(listing)
        for _ in range(operations):
            seen.append(watcher.take())
            watcher = watcher.restart()
        assert watcher.watch() == []
        assert len(set(seen)) == operations

    def test_loses_and_repeats_nothing_among_equal_times(self) -> None:
        listing = Listing([ended(number, (number - 60) // 7) for number in range(60, 0, -1)])
        watcher, seen = Watcher(listing), []
        for _ in range(60):
            seen.append(watcher.take())
            watcher = watcher.restart()
        assert watcher.watch() == []
        assert len(set(seen)) == 60

    def test_reports_everything_if_nothing_was_taken(self) -> None:
        watcher = Watcher(Listing(history(3)))
        assert len(watcher.restart().watch()) == 3
        assert len(watcher.watch()) == 3

    def test_keeps_since(self) -> None:
        listing = Listing([ended(1, -1)])
        watcher = Watcher(listing, since=NOON).restart().restart()
        listing.operations += [ended(2, -2), ended(3, 3)]
        assert watcher.watch() == [("id-3", "Succeeded")]

    def test_reports_the_end_of_what_began_long_ago(self) -> None:
        listing = Listing(past(1000))
        listing.change(started(3, -997))
        watcher = Watcher(listing)
        watcher.watch()
        listing.change(ended(3, -997, statusChangedAt=NOON))
        assert watcher.restart().watch() == [("id-3", "Succeeded")]

    def test_reports_an_operation_that_was_hidden_and_has_not_ended(self) -> None:
        listing = Listing(past(1000))
        hidden = listing.operations.pop(500)
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.insert(500, {**hidden, "status": "Started", "isTerminal": False})
        assert watcher.restart().watch() == [(hidden["id"], "Started")]

    def test_does_not_repeat_what_its_first_reading_misses(self) -> None:
        listing = Listing(past(1000))
        watcher = Watcher(listing)
        watcher.watch()
        hidden = listing.operations.pop(500)
        watcher = watcher.restart()
        assert watcher.watch() == []
        listing.operations.insert(500, hidden)
        assert watcher.watch(605.0) == []

    def test_reports_what_lay_beyond_a_poll(self) -> None:
        listing = Listing(past(1000))
        watcher = Watcher(listing)
        for _ in range(500):
            watcher.take()
        restarted = watcher.restart()
        listing.operations = past(1300)[:300] + listing.operations
        for index, each in enumerate(listing.operations[:300]):
            each.update(id=f"new-{index}")
        for _ in range(250):
            restarted.take()
        assert len(restarted.restart().watch()) == 1300 - 500 - 250

    def test_lets_new_operations_through_although_the_only_one_bears_a_time_far_ahead(self) -> None:
        listing = Listing([ended(2000, 1e6)])
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.append(ended(1, 1))
        assert watcher.restart().watch() == [("id-1", "Succeeded")]

    def test_lets_new_operations_through_after_aws_clock_has_jumped_forward_and_back(self) -> None:
        listing = Listing(past(100))
        for number in range(101, 111):
            listing.begin(ended(number, 120))
        watcher = Watcher(listing)
        watcher.watch()
        for minute in range(1, 30):
            watcher.clock.now += 60.0
            listing.begin(ended(200 + minute, minute))
        assert len(watcher.restart().watch()) == 29


@pytest.mark.heavy
class TestItsLength:
    def test_is_below_a_kibibyte_in_the_midst_of_a_backlog(self) -> None:
        watcher = Watcher(Listing(past(4000)))
        sizes = []
        for _ in range(3900):
            watcher.take()
            sizes.append(len(watcher.cursor))
        assert max(sizes) < 1024

    @pytest.mark.parametrize("order", [1, -1])
    def test_does_not_depend_on_the_history(self, order: int) -> None:
        sizes = []
        for operations in (500, 2000):
            watcher = Watcher(Listing(past(operations, minutes_apart=5)[::order]))
            size = 0
            for _ in range(operations):
                watcher.take()
                size = max(size, len(watcher.cursor))
            watcher.poll()
            sizes.append((size, len(watcher.cursor)))
        [(first_most, first), (second_most, second)] = sizes
        assert second_most == pytest.approx(first_most, rel=0.1)
        assert second == pytest.approx(first, rel=0.1)
        assert max(second, second_most) < 800

    def test_does_not_depend_on_a_time_far_ahead(self) -> None:
        listing = Listing([ended(2000, 1e6), *past(1000)])
        watcher = Watcher(listing)
        watcher.watch()
        assert len(watcher.cursor) < 2000
        listing.begin(ended(1001, 1))
        assert watcher.restart().watch() == [("id-1001", "Succeeded")]

    def test_does_not_grow_while_a_watch_runs(self) -> None:
        listing = Listing(past(300), page_size=100)
        watcher = Watcher(listing, poll_interval=300.0)
        watcher.watch()
        sizes = []
        for minute in range(0, 24 * 60, 10):
            listing.begin(ended(2000 + minute, minute))
            watcher.watch(600.0)
            sizes.append(len(watcher.cursor))
        assert max(sizes[12:]) < 700

    def test_is_made_as_fast_after_each_operation(self) -> None:
        watcher = Watcher(Listing(past(4000)))
        watcher.take()
        settled_after_one = json.loads(watcher.cursor)
        for _ in range(2000):
            watcher.take()
        settled_later = json.loads(watcher.cursor)
        assert len(settled_later["recent"]) == len(settled_after_one["recent"]) <= 1


EMPTY_CURSOR: dict[str, object] = {
    "version": 1,
    "since": None,
    "settled": None,
    "recent": {},
    "unfinished": {},
}


def assert_malformed(cursor: str) -> None:
    client = OperationsClient(Scripted([]))
    message = r"^cursor is malformed: .*; pass the `cursor` of a"
    with pytest.raises(ValueError, match=message) as caught:
        client.watch(cursor=cursor)
    assert type(caught.value) is ValueError


class TestItsForm:
    def test_has_the_keys_that_are_expected_here(self) -> None:
        assert json.loads(OperationsClient(Scripted([])).watch().cursor) == EMPTY_CURSOR

    def test_is_json_with_a_version(self) -> None:
        watcher = Watcher(Listing(history(3)))
        watcher.watch()
        assert json.loads(watcher.cursor)["version"] == 1

    @pytest.mark.parametrize("cursor", ["", "nonsense", "[" * 100_000, "[]", "{}"])
    def test_that_is_not_a_json_object_is_an_error(self, cursor: str) -> None:
        assert_malformed(cursor)

    @pytest.mark.parametrize("key", sorted(EMPTY_CURSOR))
    def test_lacks_no_key(self, key: str) -> None:
        assert_malformed(
            json.dumps({each: EMPTY_CURSOR[each] for each in EMPTY_CURSOR.keys() - {key}})
        )

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("version", 2),
            ("version", True),
            ("recent", None),
            ("recent", {"x": [1, 2]}),
            ("recent", {"0x1": [1, 2]}),
            ("recent", {" 1 ": [1, 2]}),
            ("recent", {"1": [1]}),
            ("recent", {"1": [1, math.nan]}),
            ("recent", {"1": [1, True]}),
            ("recent", {"1": "12"}),
            ("settled", [1, math.inf]),
            ("settled", [1, 1e12]),
            ("settled", 5),
            ("since", 5),
            ("since", "today"),
            ("unfinished", {"id": [1, "2026-01-01"]}),
            ("unfinished", {"id": ["Started", None]}),
            ("unfinished", {"id": ["Started"]}),
            ("unfinished", {"id": "Started"}),
            ("unfinished", {"id": ["Started", "2026-01-01", 5]}),
        ],
    )
    def test_with_a_malformed_value_is_an_error(self, key: str, value: object) -> None:
        assert_malformed(json.dumps({**EMPTY_CURSOR, key: value}))

    @pytest.mark.parametrize(
        ("key", "value", "reason"),
        [
            ("version", 2, "it is not a cursor of version 1"),
            ("since", "noon", "a datetime is not in ISO 8601"),
            ("recent", {"x": [1, 2]}, "a key is not hexadecimal"),
            ("recent", {"1": [1]}, "a pair of times is missing"),
            ("recent", {"1": [1, "2"]}, "a number of epoch seconds is missing"),
            ("unfinished", {"id": "Started"}, "a state is not a list of strings"),
        ],
    )
    def test_says_what_is_malformed(self, key: str, value: object, reason: str) -> None:
        with pytest.raises(ValueError, match=f"^cursor is malformed: {reason}; pass the `cursor`"):
            OperationsClient(Scripted([])).watch(cursor=json.dumps({**EMPTY_CURSOR, key: value}))

    def test_must_be_a_string(self) -> None:
        with pytest.raises(TypeError, match=r"^cursor must be a str or None, not dict"):
            OperationsClient(Scripted([])).watch(cursor={})  # type: ignore[arg-type]

    def test_cannot_be_given_with_since(self) -> None:
        client = OperationsClient(Scripted([]))
        with pytest.raises(ValueError, match=r"^since cannot be given with a cursor"):
            client.watch(cursor=client.watch().cursor, since=NOON)

    @pytest.mark.parametrize(
        "since",
        [
            datetime.min.replace(tzinfo=UTC),
            datetime.max.replace(tzinfo=UTC),
            datetime.min.replace(tzinfo=timezone(timedelta(hours=-5))),
            datetime(2026, 11, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        ],
    )
    def test_takes_any_time_that_a_watch_takes(self, since: datetime) -> None:
        client = OperationsClient(Scripted([]))
        cursor = client.watch(since=since).cursor
        assert client.watch(cursor=cursor).cursor == cursor
        assert Cursor.from_string(cursor).since == since

    def test_is_not_made_of_a_time_out_of_range(self) -> None:
        since = datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))
        with pytest.raises(ValueError, match="since is out of range in UTC"):
            OperationsClient(Scripted([])).watch(since=since)


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


@pytest.mark.parametrize(
    ("created", "changed", "is_covered"),
    [(10, 10, True), (10, 20, True), (20, 20, True), (9, 20, False), (10, 21, False)],
)
def test_a_span_covers_what_was_created_at_its_start_or_changed_at_its_end(
    created: float, changed: float, is_covered: bool
) -> None:
    assert Span(10, 20).covers(created, changed) is is_covered


@given(spans, spans)
def test_spans_that_touch_are_joined(one: Span, other: Span) -> None:
    if one.start <= other.end and other.start <= one.end:
        assert one.join(other) == Span(min(one.start, other.start), max(one.end, other.end))
    else:
        assert one.join(other) == one
    assert Span().join(other) == other


class Churning(Listing):
    """An account that keeps twenty operations: each poll brings ten, and drops ten."""

    def __init__(self, make: Callable[[int], Raw]) -> None:
        super().__init__()
        self._polls: Iterator[int] = count()
        self._make = make

    def send(self, request: Request) -> Response:
        first = next(self._polls) * 10
        return Response({"operations": [self._make(n) for n in range(first, first + 20)]})


DAY = 86_400.0


@pytest.mark.heavy
def test_unfinished_operations_that_aws_has_removed_are_forgotten_after_a_day() -> None:
    watcher = Watcher(Churning(started), poll_interval=3600.0)
    watcher.watch(10 * DAY)  # which lists 2400
    assert 240 < len(json.loads(watcher.cursor)["unfinished"]) < 300


@pytest.mark.heavy
def test_ended_operations_that_aws_has_removed_are_forgotten_after_a_day() -> None:
    watcher = Watcher(Churning(ended), poll_interval=1800.0)
    watcher.watch(2 * DAY)
    tracemalloc.start()
    try:
        watcher.watch(10 * DAY)
        watcher.driver.sent.clear()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 250_000  # of 4800 operations it would be thrice as much


@pytest.mark.heavy
def test_what_was_dated_in_the_future_hides_nothing_when_it_is_forgotten() -> None:
    watcher = Watcher(Listing([ended(2, 30 * DAY / 60), *past(300)]), poll_interval=1800.0)
    watcher.watch()
    del watcher.listing.operations[0]
    assert watcher.watch(3 * DAY) == []
    for number in range(1000, 1003):
        watcher.listing.begin(ended(number, 3 * DAY / 60 + number))
        assert watcher.watch(3600.0) == [(f"id-{number}", "Succeeded")]


def test_an_operation_whose_times_aws_left_out_is_reported_once() -> None:
    listing = Listing(past(300), page_size=50)
    watcher = Watcher(listing, since=NOON)
    restarted = Watcher(listing)
    assert len(restarted.watch()) == 300
    assert watcher.watch() == [("id-300", "Succeeded")]
    unknown = ended(1000)
    del unknown["createdAt"], unknown["statusChangedAt"]
    listing.begin(unknown)
    for each in (watcher, restarted.restart()):
        assert each.watch(60.0) == [("id-1000", "Succeeded")]
        assert each.watch(700.0) == []
        assert each.restart().watch(700.0) == []
