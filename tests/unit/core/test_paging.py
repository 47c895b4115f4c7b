"""Listing: what `created_after` and `retry_for` read, and what they leave out."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.listing import NOON, Listing, Raw, api_error, ended, history
from support.virtual import Clock, VirtualDriver

from lightsail_ops import (
    AccessDeniedError,
    LightsailError,
    ResponseError,
    ThrottlingError,
    TransportError,
)
from lightsail_ops._core import paging
from lightsail_ops._core.effects import ForeignError, Request, Response
from lightsail_ops._core.fetching import fetch
from lightsail_ops.models import parse_page


def read(listing: Listing, **options: Any) -> tuple[list[Any], VirtualDriver[None]]:
    clock = Clock()
    arguments = paging.Listing(Request("get_operations"), name="us-west-2", **options)
    steps = paging.read_pages(arguments, clock.runtime)
    driver = VirtualDriver({None: steps}, lambda _, request: listing.send(request), clock)
    return driver.run(), driver


def read_numbers(listing: Listing, **options: Any) -> list[int]:
    pages, _ = read(listing, **options)
    return [int(operation.id[3:]) for page in pages for operation in page]


class TestCreatedAfter:
    def test_costs_what_it_selects_where_the_newest_come_first(self) -> None:
        after = NOON + timedelta(minutes=5851)
        pages, driver = read(Listing(history(6000)), created_after=after)
        assert sum(map(len, pages)) == 150
        assert len(driver.sent) <= 4

    def test_is_inclusive(self) -> None:
        listing = Listing(history(300))
        assert min(read_numbers(listing, created_after=NOON + timedelta(minutes=251))) == 251

    @pytest.mark.parametrize("minute", [None, -99_999, 99_999])
    @pytest.mark.parametrize("place", [0, 10, 99, 150, 199, 200, 500])
    def test_is_not_misled_by_one_operation_with_a_wrong_time(
        self, place: int, minute: int | None
    ) -> None:
        listing = Listing(history(6000))
        wrong = ended(7000, minute or 0)
        if minute is None:
            del wrong["createdAt"], wrong["statusChangedAt"]
        listing.operations.insert(place, wrong)
        pages, driver = read(listing, created_after=NOON + timedelta(minutes=5851))
        found = {int(each.id[3:]) for page in pages for each in page}
        assert found - {7000} == set(range(5851, 6001))
        assert len(driver.sent) <= 4
        # It is unknown whether one without a time is too old; one that is not read is.
        assert (7000 in found) == (place < 200 and minute != -99_999)

    @pytest.mark.parametrize("order", ["oldest first", "shuffled"])
    def test_reads_everything_in_any_other_order(self, order: str) -> None:
        operations = history(1000)[::-1]
        if order == "shuffled":
            random.Random(7).shuffle(operations)
        listing = Listing(operations)
        pages, driver = read(listing, created_after=NOON + timedelta(minutes=901))
        assert sum(map(len, pages)) == 100
        assert len(driver.sent) == 5

    def test_of_a_time_to_come_reads_one_page(self) -> None:
        pages, driver = read(Listing(history(1000)), created_after=NOON + timedelta(days=365))
        assert [len(page) for page in pages] == [0]
        assert len(driver.sent) == 1

    def test_reads_everything_of_a_list_too_short_to_show_an_order(self) -> None:
        _, driver = read(Listing(history(49), page_size=7), created_after=NOON + timedelta(days=1))
        assert len(driver.sent) == 7

    def test_does_not_take_a_burst_for_the_order_newest_first(self) -> None:
        """Operations of one moment are out of order by some seconds, and newer ones follow."""
        burst = [ended(n, (n % 3) / 60) for n in range(50, 0, -1)]
        listing = Listing([*burst, ended(51, 600), ended(52, 1200)], page_size=50)
        assert read_numbers(listing, created_after=NOON + timedelta(minutes=500)) == [51, 52]

    def test_keeps_the_tokens_of_the_pages(self) -> None:
        pages, _ = read(Listing(history(500)), created_after=NOON + timedelta(minutes=290))
        assert [page.next_page_token for page in pages] == ["200", "400"]

    def test_counts_microseconds(self) -> None:
        operations = [
            ended(n, createdAt=NOON + timedelta(microseconds=n)) for n in range(60, 0, -1)
        ]
        after = NOON + timedelta(microseconds=31)
        assert read_numbers(Listing(operations), created_after=after) == list(range(60, 30, -1))


@st.composite
def lists(draw: st.DrawFn) -> list[Raw]:
    """Draw a list in one of the orders that AWS may have, with disorder and equal times."""
    order = draw(st.sampled_from(["newest first", "oldest first", "shuffled"]))
    seconds = draw(st.lists(st.integers(0, 3000), max_size=140))
    rng = random.Random(draw(st.integers(0, 2**32)))
    disorder = draw(st.sampled_from([0.0, 5.0, 30.0]))
    if order == "shuffled":
        rng.shuffle(seconds)
    else:
        # Neighbours change places where they are not further apart.
        seconds.sort(
            key=lambda each: each + rng.random() * disorder, reverse=order == "newest first"
        )
    return [ended(number, second / 60) for number, second in enumerate(seconds)]


@given(
    lists(),
    st.integers(-10, 3010) | st.sampled_from([0, 3000]),
    st.sampled_from([1, 2, 7, 49, 50, 51, 200]),
)
def test_created_after_yields_what_filtering_everything_yields(
    operations: list[Raw], after: int, page_size: int
) -> None:
    created_after = NOON + timedelta(seconds=after)
    listing = Listing(operations, page_size)
    found = read_numbers(listing, created_after=created_after)
    everything, _ = read(listing)
    assert found == [
        int(each.id[3:]) for page in everything for each in page if each.created_at >= created_after
    ]


DOWN = TransportError("Could not connect to the host.")
THROTTLED = api_error(ThrottlingError)


class TestRetryFor:
    def test_is_0_by_default(self) -> None:
        listing = Listing(history(3))
        listing.errors = {0: [THROTTLED]}
        with pytest.raises(ThrottlingError):
            read(listing)

    @pytest.mark.parametrize(
        "error", [DOWN, THROTTLED, ResponseError("not JSON", is_transient=True)], ids=repr
    )
    def test_rides_out_transient_errors(self, error: LightsailError) -> None:
        listing = Listing(history(5), page_size=2)
        listing.errors = {0: [error] * 5, 2: [error] * 7, 4: [error]}
        assert len(read_numbers(listing, retry_for=600.0)) == 5

    def test_waits_a_second_doubling_with_jitter(self) -> None:
        listing = Listing(history(1))
        listing.errors = {0: [DOWN] * 6}
        _, driver = read(listing, retry_for=600.0)
        times = driver.times
        gaps = [later - before for before, later in pairwise(times)]
        for gap, most in zip(gaps, [1, 2, 4, 8, 16, 32], strict=True):
            assert most / 2 < gap <= most
        assert len({gap / most for gap, most in zip(gaps, [1, 2, 4, 8, 16, 32], strict=True)}) == 6

    def test_raises_the_error_when_the_time_has_passed(self) -> None:
        listing = Listing(history(3), page_size=1)
        listing.errors = {1: [DOWN] * 100}
        clock = Clock()
        steps = paging.read_pages(
            paging.Listing(Request("get_operations"), retry_for=60.0), clock.runtime
        )
        driver = VirtualDriver({None: steps}, lambda _, request: listing.send(request), clock)
        assert driver.next_result() is not None
        result = driver.next_result()
        assert result is not None
        assert result.error is DOWN
        assert DOWN.page_token == "1"
        assert driver.times[-1] == pytest.approx(60.0)  # the last attempt is at the deadline

    def test_counts_for_each_page_anew(self) -> None:
        listing = Listing(history(9), page_size=1)
        listing.errors = {number: [DOWN] * 5 for number in range(9)}  # at least 15 seconds each
        _, driver = read(listing, retry_for=40.0)
        assert driver.times[-1] > 100

    def test_counts_from_the_first_error_not_from_the_first_attempt(self) -> None:
        listing = Listing(history(1))
        listing.errors = {0: [DOWN]}
        clock = Clock()
        arguments = paging.Listing(Request("get_operations"), retry_for=5.0)
        driver = VirtualDriver(
            {None: paging.read_pages(arguments, clock.runtime)},
            lambda _, request: listing.send(request),
            clock,
            latency=lambda *_: 30.0,
        )
        assert len(driver.run()) == 1

    def test_emits_an_error_of_the_clients_own_and_sends_its_request_again_after_a_backoff(
        self,
    ) -> None:
        listing = Listing(history(3), page_size=2)
        listing.errors = {2: [KeyError("x")] * 2 + [TransportError("no response")]}
        results, driver = read(listing, retry_for=60.0)
        first, *failures, last = results
        assert [len(page) for page in (first, last)] == [2, 1]
        assert [type(each) for each in failures] == [ForeignError] * 2
        assert driver.tokens == [None, "2", "2", "2", "2"]
        assert 0.5 <= driver.times[2] <= 1
        assert 1 <= driver.times[3] - driver.times[2] <= 2

    def test_leaves_the_place_of_a_client_that_raises_its_own_error_to_others(self) -> None:
        def send(key: str, request: Request) -> Response:
            if key == "bad":
                raise KeyError("x")
            return listing.send(request)

        listing = Listing(history(20), page_size=1)
        clock = Clock()
        arguments = paging.Listing(Request("get_operations"))
        steps = {key: paging.read_pages(arguments, clock.runtime) for key in ("bad", "good")}
        driver = VirtualDriver(steps, send, clock, max_in_flight=1)
        results = [driver.next_result(600.0) for _ in range(22)]
        assert [each.key for each in results if each].count("good") == 20

    def test_retries_no_other_error(self) -> None:
        listing = Listing(history(3))
        listing.errors = {0: [api_error(AccessDeniedError)]}
        with pytest.raises(AccessDeniedError):
            read(listing, retry_for=600.0)

    def test_logs_each_retry_without_data_of_the_account(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        listing = Listing(history(3))
        listing.errors = {0: [THROTTLED, DOWN]}
        _, driver = read(listing, retry_for=600.0)
        first, second = caplog.records
        gaps = driver.times[1], driver.times[2] - driver.times[1]
        assert (first.name, first.levelno) == ("lightsail_ops", logging.WARNING)
        assert first.getMessage() == (
            "ThrottlingError (ThrottlingError) while listing us-west-2: the request is sent again "
            f"in {gaps[0]:.1f} seconds"
        )
        assert second.getMessage() == (
            "TransportError (Could not connect to the host.) while listing us-west-2: "
            f"the request is sent again in {gaps[1]:.1f} seconds"
        )


class TestAMalformedResponse:
    def fetch(self, errors: list[LightsailError]) -> VirtualDriver[None]:
        listing, clock = Listing(history(1)), Clock()
        listing.errors = {0: list(errors)}

        def steps() -> Any:
            yield from fetch(Request("get_operations"), parse_page, clock.runtime)

        driver = VirtualDriver({None: steps()}, lambda _, request: listing.send(request), clock)
        driver.run()
        return driver

    def test_is_fetched_again_twice_soon_and_with_jitter(self) -> None:
        driver = self.fetch([ResponseError("malformed", is_transient=True)] * 2)
        first, second = driver.times[1], driver.times[2] - driver.times[1]
        assert 0.05 <= first < 0.1
        assert 0.2 <= second < 0.4
        assert len(driver.sent) == 3

    def test_is_an_error_at_the_third_time(self) -> None:
        with pytest.raises(ResponseError):
            self.fetch([ResponseError("malformed", is_transient=True)] * 3)

    @pytest.mark.parametrize(
        "make", [lambda: ResponseError("a value"), lambda: TransportError("down")]
    )
    def test_is_no_other_error(self, make: Callable[[], LightsailError]) -> None:
        with pytest.raises(LightsailError):
            self.fetch([make()])


def test_times_are_compared_in_utc() -> None:
    after = (NOON + timedelta(minutes=2)).astimezone(datetime.strptime("-0500", "%z").tzinfo)
    assert read_numbers(Listing(history(3)), created_after=after) == [3, 2]
