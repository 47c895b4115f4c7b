"""Polling: how much of the list a watch reads, and how often."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from support.listing import Listing, Watcher, api_error, ended, history, past, started

from lightsail_ops import InvalidInputError
from lightsail_ops._core.effects import Request


class TestAPoll:
    def test_is_sent_at_once_at_first_and_then_after_each_interval(self) -> None:
        watcher = Watcher(Listing(), poll_interval=7)
        watcher.watch(21.0)
        assert watcher.driver.times == [0, 7, 14, 21]

    def test_is_sent_an_interval_after_the_end_of_the_last_one(self) -> None:
        watcher = Watcher(Listing(), poll_interval=7, latency=lambda _: 2.0)
        watcher.watch(20.0)
        assert watcher.driver.times == [0, 9, 18]

    def test_is_sent_at_once_when_the_reader_comes_back_late(self) -> None:
        watcher = Watcher(Listing(history(1)))
        watcher.take()
        watcher.clock.now += 3600.0
        watcher.watch(5.0)
        assert watcher.driver.times == [0, 3600, 3605]

    @pytest.mark.heavy
    @pytest.mark.parametrize("operations", [200, 1000, 5000])
    def test_takes_one_request_if_nothing_is_new_however_long_the_history(
        self, operations: int
    ) -> None:
        watcher = Watcher(Listing(history(operations)))
        watcher.watch()
        assert watcher.count_requests(100.0) == 20

    @pytest.mark.heavy
    def test_takes_two_requests_if_something_further_down_has_not_ended(self) -> None:
        listing = Listing(history(1000))
        listing.change(started(3, 3))
        watcher = Watcher(listing)
        watcher.watch()
        assert watcher.count_requests(100.0) == 40

    def test_takes_one_request_if_all_that_has_not_ended_is_on_the_first_page(self) -> None:
        listing = Listing(history(1000))
        listing.change(started(900, 900))
        watcher = Watcher(listing)
        watcher.watch()
        assert watcher.count_requests(100.0) == 20

    @pytest.mark.heavy
    def test_takes_the_same_where_bodies_can_be_compared(self) -> None:
        for number, requests in ((900, 20), (3, 40)):
            listing = Listing(history(1000))
            listing.has_bodies = True
            listing.change(started(number, number))
            watcher = Watcher(listing)
            watcher.watch()
            assert watcher.count_requests(100.0) == requests

    def test_finds_an_end_on_the_second_page(self) -> None:
        listing = Listing(history(1000))
        listing.has_bodies = True
        listing.change(started(700, 700))
        watcher = Watcher(listing)
        watcher.watch()
        watcher.poll()
        listing.change(ended(700, 1001))
        assert watcher.poll() == [("id-700", "Succeeded")]

    def test_reads_on_as_long_as_there_is_something_new(self) -> None:
        listing = Listing(history(1000), page_size=50)
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations = history(1230)
        assert len(watcher.poll()) == 230
        assert watcher.driver.tokens[-6:] == [None, "50", "100", "150", "200", "250"]

    def test_does_not_read_a_page_again_that_has_the_same_body(self) -> None:
        listing = Listing(past(30))
        listing.has_bodies = True
        watcher = Watcher(listing)
        assert len(watcher.watch(20.0)) == 30
        known = {each.request.known_body for each in watcher.driver.sent[1:]}
        assert known == {listing.send(Request("get_operations")).body_hash}
        listing.begin(ended(31, 1))
        assert watcher.poll() == [("id-31", "Succeeded")]
        assert watcher.poll() == []

    def test_reads_on_after_a_first_page_that_could_not_be_read(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        watcher.watch()
        listing.begin({**ended(1001, 1001), "createdAt": "noon"})
        _, errors = watcher.watch_through_errors(5.0)
        assert len(errors) == 1


class TestACompleteReading:
    @pytest.mark.heavy
    @pytest.mark.parametrize("poll_interval", [5.0, 250.0, 400.0, 599.0])
    def test_comes_within_ten_minutes_whatever_the_interval(self, poll_interval: float) -> None:
        watcher = Watcher(
            Listing(history(1000)), poll_interval=poll_interval, latency=lambda _: 0.2
        )
        watcher.watch(4000.0)
        requests = zip(watcher.driver.times, watcher.driver.sent, strict=True)
        last = [time for time, sending in requests if sending.request.page_token == "800"]
        assert len(last) >= 6
        assert all(later - earlier <= 600.5 for earlier, later in pairwise(last))

    @pytest.mark.heavy
    def test_comes_every_ten_minutes(self) -> None:
        listing = Listing(history(250), page_size=50)
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.append(ended(2000, -60))
        assert watcher.watch(589.0) == []
        assert watcher.watch(11.0) == [("id-2000", "Succeeded")]
        assert watcher.watch(584.0) == []
        listing.operations.append(ended(2001, -61))
        assert watcher.watch(12.0) == [("id-2001", "Succeeded")]

    def test_that_finds_what_has_just_begun_makes_no_later_poll_longer(self) -> None:
        listing = Listing(history(250), page_size=50)
        watcher = Watcher(listing)
        watcher.watch(593.0)
        before = watcher.requests
        listing.begin(ended(251, 251))
        assert watcher.watch(4.0) == [("id-251", "Succeeded")]
        assert watcher.requests - before > 2  # by a complete reading
        assert watcher.count_requests(100.0) == 20

    def test_comes_less_often_where_it_takes_long(self) -> None:
        listing = Listing(history(250), page_size=50)
        watcher = Watcher(listing, latency=lambda _: 10.0)  # 50 seconds for the whole list
        watcher.watch(60.0)
        listing.operations.append(ended(2000, -60))
        assert watcher.watch(20 * 50.0 - 75.0) == []
        assert watcher.watch(90.0) == [("id-2000", "Succeeded")]

    @pytest.mark.heavy
    def test_does_not_count_the_time_that_the_machine_was_suspended(self) -> None:
        listing = Listing(history(250), page_size=50)
        watcher = Watcher(listing, latency=lambda _: 10_000.0)
        watcher.watch(60_000.0)
        watcher.latency = lambda _: 0.0
        listing.operations.append(ended(2000, -60))
        assert watcher.watch(20 * 5 * 60.0) == [("id-2000", "Succeeded")]

    def test_does_not_count_the_time_that_the_reader_takes(self) -> None:
        listing = Listing(history(250), page_size=50)
        watcher = Watcher(listing)
        for _ in range(250):
            watcher.take()
            watcher.clock.now += 60.0
        watcher.poll()
        listing.operations.append(ended(2000, -60))
        assert watcher.watch(610.0) == [("id-2000", "Succeeded")]

    def test_is_the_first_one_of_a_watch_that_continues(self) -> None:
        listing = Listing(past(1000))
        watcher = Watcher(listing)
        watcher.watch()
        watcher.poll()
        restarted = watcher.restart()
        assert restarted.count_requests(0.0) == 5
        assert restarted.poll() == []

    @pytest.mark.parametrize("page_size", [1, 200])
    def test_is_every_poll_where_the_oldest_come_first(self, page_size: int) -> None:
        listing = Listing(reversed(history(300)), page_size)
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 300
        listing.operations.append(ended(301, 301))
        assert watcher.poll() == [("id-301", "Succeeded")]

    def test_is_every_poll_where_the_list_is_in_no_order(self) -> None:
        operations = history(300)
        listing = Listing(operations[1::2] + operations[::2])
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 300
        listing.operations.append(ended(301, 301))
        assert watcher.poll() == [("id-301", "Succeeded")]

    def test_is_every_poll_where_the_list_is_too_short_to_show_an_order(self) -> None:
        listing = Listing(history(49), page_size=10)
        watcher = Watcher(listing)
        watcher.watch()
        assert watcher.count_requests(50.0) == 50

    def test_is_not_every_poll_where_the_list_is_just_long_enough(self) -> None:
        watcher = Watcher(Listing(history(50), page_size=10))
        watcher.watch()
        assert watcher.count_requests(50.0) == 10

    @pytest.mark.parametrize("seconds_apart", [0.0, 0.1])
    def test_is_every_poll_where_all_operations_bear_nearly_one_time(
        self, seconds_apart: float
    ) -> None:
        listing = Listing(history(300, minutes_apart=seconds_apart / 60))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.append(ended(301, 301))
        assert watcher.poll() == [("id-301", "Succeeded")]

    def test_is_every_poll_when_the_order_changes(self) -> None:
        listing = Listing(history(300))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.reverse()
        listing.operations.append(ended(301, 301))
        assert watcher.poll() == [("id-301", "Succeeded")]
        listing.operations.append(ended(302, 302))
        assert watcher.poll() == [("id-302", "Succeeded")]

    def test_is_every_poll_once_one_has_found_what_polls_should_have_listed(self) -> None:
        listing = Listing(history(250), page_size=50)
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations.append(ended(251, 251))
        assert watcher.watch(605.0) == [("id-251", "Succeeded")]
        listing.operations.append(ended(252, 252))
        assert watcher.poll() == [("id-252", "Succeeded")]

    @pytest.mark.heavy
    @pytest.mark.parametrize("minute", [-600.0, 5000.0])
    @pytest.mark.parametrize("place", [0, 10, 500, 1000])
    def test_bears_an_operation_that_is_dated_wrongly(self, place: int, minute: float) -> None:
        listing = Listing(history(1000))
        listing.operations.insert(place, ended(2000, minute))
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 1001
        assert watcher.count_requests(100.0) == 20

    @pytest.mark.heavy
    def test_bears_no_order_in_which_many_are_dated_wrongly(self) -> None:
        listing = Listing(history(1000))
        for number in range(10):
            listing.operations.insert(50 * number, ended(2000 + number, -600))
        watcher = Watcher(listing)
        watcher.watch()
        assert watcher.count_requests(100.0) == 120

    def test_bears_a_little_disorder(self) -> None:
        operations = history(1000)
        for newer, older in zip(operations[::2], operations[1::2], strict=True):
            newer["createdAt"] = older["createdAt"] - timedelta(seconds=20)
        watcher = Watcher(Listing(operations))
        watcher.watch()
        assert watcher.count_requests(100.0) == 20

    def test_does_not_take_a_shift_of_the_pages_for_disorder(self) -> None:
        listing = Listing(history(1000))
        # While the first reading runs, twenty operations come and shift its pages.
        watcher = Watcher(listing, latency=lambda _: 1.0)
        watcher.watch(1.5)
        listing.operations = history(1020)
        assert len(watcher.watch(5.0)) == 1000
        watcher.latency = lambda _: 0.0
        assert len(watcher.poll()) == 20
        assert watcher.count_requests(100.0) == 20

    def test_comes_after_an_expired_page_token(self) -> None:
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations = [ended(2000, 2000), *history(1300)]
        listing.errors = {200: [api_error(InvalidInputError)]}
        assert len(watcher.poll()) == 301
        assert watcher.driver.tokens[-7:] == [None, "200", "400", "600", "800", "1000", "1200"]
