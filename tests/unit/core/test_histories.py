"""Histories in which a single wrong margin or a forgotten note loses or repeats an operation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.listing import (
    NOON,
    Listing,
    Raw,
    Watcher,
    api_error,
    ended,
    past,
    started,
)
from support.virtual import Clock

from lightsail_ops import AccessDeniedError

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR


def ended_at(number: int, seconds: float, **changes: object) -> Raw:
    return ended(number, seconds / 60, **changes)


def begin_ten(listing: Listing, seconds: float) -> None:
    """Begin ten operations, so that the newest time of the list is not a single clock's."""
    for number in range(3000, 3010):
        listing.begin(ended_at(number, seconds))


class TestWhatIsSettled:
    def test_leaves_out_what_came_while_the_reading_went_on(self) -> None:
        """The oldest come first, this machine's clock is ahead, and a reading takes an hour."""
        clock = Clock()
        clock.started_at += timedelta(hours=3)
        listing = Listing(past(600)[::-1])
        watcher = Watcher(listing, clock=clock, latency=lambda _: 20 * MINUTE)
        watcher.watch(39 * MINUTE)
        for number in range(2000, 2010):  # they come to the last page before it is read
            listing.operations.append(ended_at(number, 39 * MINUTE))
        listing.page_size = 300
        watcher.watch(21 * MINUTE + 1)
        # This one was created while the reading went on, and came into a page that had been read.
        listing.operations.insert(100, ended_at(1, 10 * MINUTE, id="late"))
        watcher.latency = lambda _: 0.0
        assert watcher.restart().watch() == [("late", "Succeeded")]

    @pytest.mark.parametrize("seconds", [0, 1, 29, 30])
    def test_leaves_out_what_may_stand_further_down_where_a_reading_was_broken_off(
        self, seconds: float
    ) -> None:
        listing = Listing(past(400))
        lowest = -199 * MINUTE  # of the first page
        listing.errors = {200: [api_error(AccessDeniedError)]}
        listing.operations.insert(200, ended_at(1, lowest + seconds, id="out of order"))
        watcher = Watcher(listing)
        seen, errors = watcher.watch_through_errors(0.0)
        assert (len(seen), len(errors)) == (200, 1)
        listing.operations = listing.operations[:201]
        assert watcher.restart().watch() == [("out of order", "Succeeded")]

    def test_goes_no_further_than_that_where_a_reading_was_broken_off(self) -> None:
        listing = Listing(past(400))
        listing.errors = {200: [api_error(AccessDeniedError)]}
        watcher = Watcher(listing)
        watcher.watch_through_errors(0.0)
        assert len(watcher.cursor) < 1300  # 24 operations are recent, and a few at the other end
        assert len(watcher.restart().watch()) == 200

    @pytest.mark.parametrize("lateness", [10, 300, 860, 890])
    @pytest.mark.parametrize("order", [1, -1])
    def test_leaves_out_what_comes_a_quarter_of_an_hour_late(
        self, lateness: float, order: int
    ) -> None:
        listing = Listing(past(300, minutes_apart=0.1)[::order])
        watcher = Watcher(listing)
        watcher.watch()
        watcher.clock.now += 5.0
        listing.operations.append(ended_at(1, 5.0 - lateness, id="late"))
        assert watcher.restart().watch() == [("late", "Succeeded")]

    @pytest.mark.heavy
    def test_stays_as_it_is_in_a_poll_that_does_not_reach_the_end(self) -> None:
        listing = Listing(past(1000))
        watcher = Watcher(listing)
        watcher.watch()
        watcher.watch(60.0)
        # It is listed some minutes late, further down than a poll reads.
        listing.operations.append(ended_at(1, -400.0, id="late"))
        watcher.watch(480.0)
        begin_ten(listing, 540.0)
        assert len(watcher.watch(15.0)) == 10
        assert watcher.restart().watch() == [("late", "Succeeded")]

    def test_stays_as_it_is_where_a_list_in_no_order_was_broken_off(self) -> None:
        listing = Listing(sorted(past(400), key=lambda each: str(each["id"])[::-1]))
        listing.errors = {200: [api_error(AccessDeniedError)]}
        watcher = Watcher(listing)
        seen, errors = watcher.watch_through_errors(0.0)
        assert (len(seen), len(errors)) == (200, 1)
        assert len(watcher.restart().watch()) == 200

    def test_stays_as_it_is_where_fewer_than_ten_operations_tell_the_time(self) -> None:
        listing = Listing([ended(number, 60 + number) for number in range(9)])
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 9
        listing.operations.append(ended(20, -60))
        assert watcher.restart().watch() == [("id-20", "Succeeded")]

    def test_covers_all_that_is_older_where_ten_operations_tell_the_time(self) -> None:
        listing = Listing([ended(number, 60 + number) for number in range(10)])
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 10
        listing.operations.append(ended(20, -60))
        assert watcher.restart().watch() == []

    def test_is_left_out_of_what_is_recent(self) -> None:
        listing = Listing(past(1000))
        watcher = Watcher(listing)
        watcher.watch()
        size = len(watcher.cursor)
        watcher.clock.now += HOUR
        begin_ten(listing, HOUR)
        watcher.poll()
        assert len(watcher.cursor) < size

    def test_goes_further_once_a_quick_reading_has_listed_the_same(self) -> None:
        listing = Listing(past(60))
        listing.has_bodies = True
        hours = iter([7200.0])  # the machine was suspended in the midst of the first one
        watcher = Watcher(listing, latency=lambda _: next(hours, 0.0))
        watcher.next_operation()
        watcher.watch()
        long = watcher.cursor
        watcher.watch(10.0)
        assert len(watcher.cursor) < 0.6 * len(long)


class TestTheOrder:
    @pytest.mark.heavy
    def test_is_not_told_from_operations_that_shifting_pages_repeat(self) -> None:
        listing = Listing(past(1000), page_size=100)
        watcher = Watcher(listing, latency=lambda _: 1.0)
        watcher.watch(2.5)
        for number in range(2000, 2050):
            listing.begin(ended_at(number, number / 100))
        assert len(watcher.watch(10.0)) == 1000
        watcher.latency = lambda _: 0.0
        watcher.poll()
        assert watcher.count_requests(500.0) == 100


class TestWhatHasEnded:
    @pytest.mark.heavy
    @pytest.mark.parametrize("hours", [1, 23, 30, 100])
    def test_is_not_reported_again_however_long_a_replica_has_missed_it(self, hours: int) -> None:
        listing = Listing([ended(number, -number) for number in range(1, 6)])
        stale = listing.operations.pop(2)
        watcher = Watcher(listing, poll_interval=300.0)
        listing.operations.insert(2, stale)
        assert len(watcher.watch()) == 5
        listing.operations.remove(stale)
        assert watcher.watch(hours * HOUR) == []
        listing.operations.insert(2, stale)
        assert watcher.watch(10 * MINUTE) == []

    def test_is_not_reported_again_after_twenty_complete_readings_without_it(self) -> None:
        listing = Listing([ended(1), ended(2)])
        watcher = Watcher(listing)
        watcher.watch()
        missed = listing.operations.pop()
        watcher.watch(100.0)
        listing.operations.append(missed)
        assert watcher.watch(10.0) == []

    def test_hides_nothing_that_ends_later_when_it_has_been_forgotten(self) -> None:
        listing = Listing([ended(1, -5), *past(5)])
        watcher = Watcher(listing, poll_interval=300.0)
        watcher.watch()
        del listing.operations[0]
        watcher.watch(30 * HOUR)
        listing.begin(ended(9, 29 * 60))
        assert watcher.watch(10 * MINUTE) == [("id-9", "Succeeded")]


class TestWhatHasNotEnded:
    def test_is_kept_for_a_whole_day_after_the_last_reading_that_listed_it(self) -> None:
        listing = Listing([started(1, -60)])
        watcher = Watcher(listing, poll_interval=600.0)
        assert watcher.watch() == [("id-1", "Started")]
        unfinished = listing.operations.pop()
        assert watcher.watch(DAY) == []
        listing.operations.append(unfinished)
        assert watcher.watch(10 * MINUTE) == []

    def test_is_forgotten_after_a_day(self) -> None:
        listing = Listing([started(1, -60)])
        watcher = Watcher(listing, poll_interval=600.0)
        watcher.watch()
        listing.operations.clear()
        watcher.watch(DAY + 70 * MINUTE)
        assert "id-1" not in watcher.cursor

    @pytest.mark.heavy
    def test_is_never_forgotten_while_it_is_listed(self) -> None:
        listing = Listing([*past(300), started(1000, -1000)])
        watcher = Watcher(listing, poll_interval=600.0)
        watcher.watch()
        assert watcher.watch(3 * DAY) == []
        assert "id-1000" in watcher.cursor
        listing.change(ended(1000, -1000, statusChangedAt=NOON + timedelta(days=3)))
        assert watcher.watch(20 * MINUTE) == [("id-1000", "Succeeded")]

    def test_is_not_forgotten_where_a_page_cannot_be_read(self) -> None:
        listing = Listing([started(1, -60), *past(3)], page_size=2)
        watcher = Watcher(listing, poll_interval=600.0)
        watcher.watch()
        first = listing.operations[0]
        listing.operations[0] = {**first, "createdAt": "noon"}
        watcher.watch_through_errors(2 * DAY)
        listing.operations[0] = first
        assert watcher.watch_through_errors(20 * MINUTE)[0] == []


class TestTheStateOfAReader:
    """The cursor depends on what has been taken, not on what has been found."""

    def test_is_kept_through_a_batch(self) -> None:
        listing = Listing([started(3, 3), started(2, 2), ended(1, 1)])
        watcher = Watcher(listing)
        cursors = [watcher.cursor]
        for _ in range(3):
            watcher.take()
            cursors.append(watcher.cursor)
        assert len(set(cursors)) == 4
        for taken, cursor in enumerate(cursors):
            rest = Watcher(listing, cursor=cursor).watch()
            assert [each for each, _ in rest] == ["id-1", "id-2", "id-3"][taken:]

    def test_follows_an_operation_through_its_end(self) -> None:
        listing = Listing([started(1000, 1), *past(60)])
        watcher = Watcher(listing)
        watcher.watch()
        listing.change(ended(1000, 1, statusChangedAt=NOON + timedelta(minutes=2)))
        before = watcher.cursor
        assert watcher.poll() == [("id-1000", "Succeeded")]
        assert Watcher(listing, cursor=before).watch() == [("id-1000", "Succeeded")]
        assert watcher.restart().watch() == []
        assert "id-1000" not in watcher.cursor

    @pytest.mark.heavy
    def test_does_not_let_an_earlier_end_be_settled_before_it_is_taken(self) -> None:
        """It began long ago, and its end comes with newer operations."""
        listing = Listing(past(300))
        listing.change(started(3, -297))
        watcher = Watcher(listing)
        watcher.watch()
        listing.change(ended(3, -297, statusChangedAt=NOON - timedelta(minutes=200)))
        begin_ten(listing, 0.0)
        before = watcher.cursor
        assert ("id-3", "Succeeded") in watcher.watch(605.0)
        assert ("id-3", "Succeeded") in Watcher(listing, cursor=before).watch()
        assert watcher.restart().watch() == []
