"""Errors of a watch: transient ones are retried, others are raised, and nothing is lost."""

from __future__ import annotations

import logging
from itertools import pairwise

import pytest
from support.fakes import raw_operation
from support.listing import Listing, Raw, Watcher, api_error, ended, history, past, started

from lightsail_ops import (
    AccessDeniedError,
    InvalidInputError,
    LightsailError,
    PaginationError,
    ResponseError,
    ThrottlingError,
    TransportError,
)
from lightsail_ops._core.effects import Request, Response

DENIED = AccessDeniedError
REFUSED = InvalidInputError


class TestATransientError:
    @pytest.mark.heavy
    @pytest.mark.parametrize(
        "error",
        [
            api_error(ThrottlingError),
            TransportError("timed out"),
            ResponseError("not valid JSON", is_transient=True),
        ],
        ids=repr,
    )
    def test_never_ends_a_watch(self, error: Exception) -> None:
        listing = Listing(history(3))
        listing.errors = {0: [error] * 50}
        assert len(Watcher(listing).watch(50 * 300.0)) == 3

    def test_is_retried_after_one_second_doubling_to_five_minutes(self) -> None:
        listing = Listing()
        listing.errors = {0: [TransportError("timed out")] * 12}
        watcher = Watcher(listing)
        watcher.watch(3600.0)
        gaps = [later - earlier for earlier, later in pairwise(watcher.driver.times)]
        longest = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        for gap, most in zip(gaps, longest, strict=False):
            assert most / 2 <= gap <= most
        assert len(set(gaps[9:12])) == 3  # there is jitter

    def test_begins_at_one_second_again_after_a_success(self) -> None:
        listing = Listing()
        listing.errors = {0: [TransportError("timed out")] * 8}
        watcher = Watcher(listing)
        watcher.watch(600.0)
        listing.errors = {0: [TransportError("timed out")]}
        before = watcher.requests
        watcher.watch(7.0)
        failed_at, retried_at = watcher.driver.times[before : before + 2]
        assert 0.5 <= retried_at - failed_at <= 1.0

    def test_is_retried_at_the_same_page(self) -> None:
        listing = Listing(history(3), page_size=1)
        listing.errors = {1: [api_error(ThrottlingError)]}
        watcher = Watcher(listing)
        assert len(watcher.watch(2.0)) == 3
        assert watcher.driver.tokens == [None, "1", "1", "2"]

    def test_is_logged_without_data_of_the_account(self, caplog: pytest.LogCaptureFixture) -> None:
        listing = Listing(history(1))
        listing.errors = {0: [api_error(ThrottlingError)]}
        watcher = Watcher(listing)
        watcher.watch(2.0)
        [record] = caplog.records
        assert (record.name, record.levelno) == ("lightsail_ops", logging.WARNING)
        assert record.message == (
            "ThrottlingError (ThrottlingError) while watching us-west-2: "
            f"the request is sent again in {watcher.driver.times[1]:.1f} seconds"
        )


class TestAnyOtherError:
    def test_is_raised_after_what_was_found_and_the_watch_can_be_iterated_further(self) -> None:
        listing = Listing(history(3), page_size=1)
        listing.errors = {1: [api_error(DENIED)]}
        watcher = Watcher(listing)
        assert watcher.take() == ("id-3", "Succeeded")
        with pytest.raises(AccessDeniedError) as caught:
            watcher.watch(5.0)
        assert caught.value.page_token == "1"
        assert watcher.watch(5.0) == [("id-1", "Succeeded"), ("id-2", "Succeeded")]

    def test_of_the_clients_own_is_raised_after_what_was_found_too(self) -> None:
        listing = Listing(history(3), page_size=1)
        listing.errors = {1: [KeyError("the client's own")]}
        watcher = Watcher(listing)
        assert watcher.take() == ("id-3", "Succeeded")
        with pytest.raises(KeyError, match="the client's own"):
            watcher.watch(5.0)
        assert type(watcher.health.error) is LightsailError
        assert str(watcher.health.error) == "the request ended with KeyError"
        assert watcher.health.failures == 1
        assert watcher.watch(5.0) == [("id-1", "Succeeded"), ("id-2", "Succeeded")]

    @pytest.mark.parametrize("error", [api_error(DENIED), KeyError("the client's own")], ids=repr)
    def test_pauses_for_the_poll_interval_or_a_backoff_that_is_longer(
        self, error: Exception
    ) -> None:
        listing = Listing()
        listing.errors = {0: [error] * 12}
        watcher = Watcher(listing)
        _, errors = watcher.watch_through_errors(3600.0)
        assert len(errors) == 12
        gaps = [later - earlier for earlier, later in pairwise(watcher.driver.times)]
        longest = [5, 5, 5, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        for gap, most in zip(gaps, longest, strict=False):
            assert max(5, most / 2) <= gap <= most + 1e-6
        assert gaps[12:] == [pytest.approx(5)] * len(gaps[12:])  # a success ends the backoff

    def test_pauses_as_shortly_as_at_first_after_a_success(self) -> None:
        listing = Listing()
        listing.errors = {0: [api_error(DENIED)] * 8}
        watcher = Watcher(listing)
        watcher.watch_through_errors(1200.0)
        listing.errors = {0: [api_error(DENIED)] * 3}
        before = watcher.requests
        watcher.watch_through_errors(30.0)
        gaps = [later - earlier for earlier, later in pairwise(watcher.driver.times[before:])]
        assert gaps == [pytest.approx(5)] * 5

    def test_pauses_from_when_the_error_was_taken(self) -> None:
        listing = Listing()
        listing.errors = {0: [api_error(DENIED)]}
        watcher = Watcher(listing)
        with pytest.raises(AccessDeniedError):
            watcher.watch()
        watcher.clock.now += 100.0  # the caller does something else
        watcher.watch(6.0)
        assert watcher.driver.times == [0, 105]

    def test_is_followed_by_a_complete_reading(self) -> None:
        """A poll that was broken off has not seen the new operations further down."""
        listing = Listing(history(1000))
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations = history(1600)
        listing.errors = {200: [api_error(DENIED)]}
        seen, errors = watcher.watch_through_errors(11.0)
        assert len(errors) == 1
        assert len(seen) == 600

    def test_of_a_repeated_page_token_is_raised_at_each_complete_reading(self) -> None:
        class Repeating(Listing):
            is_broken = True

            def send(self, request: Request) -> Response:
                content = {**super().send(request).content, "nextPageToken": "50"}
                return Response(content) if self.is_broken else super().send(request)

        listing = Repeating(history(75), page_size=50)
        watcher = Watcher(listing)
        seen, errors = watcher.watch_through_errors(1300.0)
        assert len(seen) == 75
        assert [type(error) for error in errors] == [PaginationError] * 3
        listing.is_broken = False
        listing.begin(started(76, 76))
        assert watcher.watch(10.0) == [("id-76", "Started")]


class TestARefusedPageToken:
    def test_leads_to_one_complete_reading(self) -> None:
        listing = Listing(history(400), page_size=100)
        listing.errors = {200: [api_error(REFUSED)]}
        watcher = Watcher(listing)
        assert len(watcher.watch()) == 400
        assert watcher.driver.tokens == [*(None, "100", "200"), *(None, "100", "200", "300")]

    def test_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        listing = Listing(history(400))
        listing.errors = {200: [api_error(REFUSED)]}
        Watcher(listing).watch()
        [message] = caplog.messages
        assert message == (
            "InvalidInputError (InvalidInputError) while watching us-west-2: a page token has "
            "expired, so the list is read from the start"
        )

    def test_hands_over_what_was_found_before(self) -> None:
        listing = Listing(history(400))
        listing.errors = {200: [api_error(REFUSED)]}
        watcher = Watcher(listing, latency=lambda request: 10.0 if not request.page_token else 0.0)
        assert len(watcher.watch(11.0)) == 200
        assert len(watcher.watch(10.0)) == 200

    def test_is_raised_if_it_is_refused_again_at_once(self) -> None:
        listing = Listing(history(400))
        listing.errors = {200: [api_error(REFUSED)] * 4}
        watcher = Watcher(listing)
        with pytest.raises(InvalidInputError):
            watcher.watch()
        for _ in range(2):
            with pytest.raises(InvalidInputError):
                watcher.poll()
        assert watcher.requests == 8
        assert len(watcher.poll()) == 200

    @pytest.mark.heavy
    @pytest.mark.parametrize("seconds", [0.0, 6.0, 100.0])
    def test_each_time_is_raised_with_pauses_however_slow_the_server(self, seconds: float) -> None:
        listing = Listing(history(400))
        listing.errors = {200: [api_error(REFUSED)] * 1000}
        watcher = Watcher(listing, latency=lambda _: seconds)
        _, errors = watcher.watch_through_errors(3600.0)
        assert len(errors) > 5
        refused = sum(token is not None for token in watcher.driver.tokens)
        assert refused <= len(errors) + 2
        if not seconds:
            assert watcher.requests < 80

    def test_is_no_error_again_after_a_reading_without_one(self) -> None:
        listing = Listing(history(400))
        listing.errors = {200: [api_error(REFUSED)]}
        watcher = Watcher(listing)
        watcher.watch()
        listing.operations = history(1000)
        listing.errors = {200: [api_error(REFUSED)]}
        assert len(watcher.watch(6.0)) == 600

    def test_is_raised_for_a_first_page_which_has_none(self) -> None:
        listing = Listing()
        listing.errors = {0: [api_error(REFUSED)]}
        with pytest.raises(InvalidInputError):
            Watcher(listing).watch()


def make_unreadable(raw: Raw) -> None:
    raw["createdAt"] = "yesterday"


class TestAPageThatCannotBeRead:
    def test_is_raised_after_all_other_pages_were_read(self) -> None:
        listing = Listing(history(5), page_size=2)
        make_unreadable(listing.operations[2])
        seen, errors = Watcher(listing).watch_through_errors(0.0)
        assert [each for each, _ in seen] == ["id-1", "id-4", "id-5"]
        assert [str(error) for error in errors] == [str(errors[0])]
        assert "createdAt" in str(errors[0])

    def test_may_be_the_last_page(self) -> None:
        listing = Listing(history(3), page_size=2)
        make_unreadable(listing.operations[2])
        watcher = Watcher(listing)
        assert len(watcher.watch_through_errors(0.0)[1]) == 1
        assert len(watcher.watch_through_errors(5.0)[1]) == 1
        assert watcher.driver.tokens == [None, "2", None, "2"]

    @pytest.mark.heavy
    def test_is_raised_once_for_each_complete_reading_and_makes_no_poll_longer(self) -> None:
        listing = Listing(history(1000), page_size=100)
        make_unreadable(listing.operations[250])
        watcher = Watcher(listing)
        seen, errors = watcher.watch_through_errors(4.9)
        assert (len(seen), len(errors)) == (900, 1)
        before = watcher.requests
        _, errors = watcher.watch_through_errors(590.0)
        assert errors == []
        assert watcher.requests - before <= 118
        _, errors = watcher.watch_through_errors(20.0)
        assert len(errors) == 1

    @pytest.mark.heavy
    def test_that_polls_reach_is_raised_once_for_each_complete_reading_too(self) -> None:
        listing = Listing(history(250), page_size=50)
        watcher = Watcher(listing)
        watcher.watch()
        listing.begin({**raw_operation(251), "createdAt": "yesterday"})
        _, errors = watcher.watch_through_errors(586.0)
        assert len(errors) == 1
        _, errors = watcher.watch_through_errors(590.0)
        assert len(errors) == 1

    def test_does_not_move_the_next_complete_reading(self) -> None:
        listing = Listing(history(250), page_size=50)
        watcher = Watcher(listing)
        watcher.watch()
        listing.begin({**raw_operation(251), "createdAt": "yesterday"})
        watcher.watch_through_errors(585.0)
        listing.operations.append(ended(2000, -60))
        seen, _ = watcher.watch_through_errors(13.0)
        assert ("id-2000", "Succeeded") in seen

    @pytest.mark.heavy
    def test_is_reported_once_it_can_be_read(self) -> None:
        listing = Listing(history(300), page_size=100)
        make_unreadable(listing.operations[150])
        watcher = Watcher(listing)
        seen, errors = watcher.watch_through_errors(0.0)
        assert (len(seen), len(errors)) == (200, 1)
        listing.operations = history(300)
        assert len(watcher.restart().watch()) == 100
        assert len(watcher.watch(605.0)) == 100

    def test_keeps_the_cursor_from_settling_what_it_hides(self) -> None:
        listing = Listing(past(1000), page_size=100)
        make_unreadable(listing.operations[550])
        watcher = Watcher(listing)
        watcher.watch_through_errors(0.0)
        listing.operations = past(1000)
        assert len(watcher.restart().watch()) == 100

    @pytest.mark.heavy
    def test_lets_the_cursor_be_short_again_once_it_can_be_read(self) -> None:
        listing = Listing(past(1000), page_size=100)
        make_unreadable(listing.operations[550])
        watcher = Watcher(listing)
        watcher.watch_through_errors(0.0)
        assert len(watcher.cursor) > 10_000
        listing.operations = past(1000)
        watcher.watch(605.0)
        assert len(watcher.cursor) < 1250
