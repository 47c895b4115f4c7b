"""Watching a client: each operation once, and each later change of its status once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fakes import ABSENT
from support.listing import NOON, Listing, Seen, Watcher, ended, past, started, watch_polls

from lightsail_ops import ResponseError, TransportError
from lightsail_ops._core.watching import WatchHealth


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

    def test_is_reported_in_its_last_state_when_pages_repeat_it_in_another(self) -> None:
        assert watch_polls([started(1), ended(1, 1)]) == [("id-1", "Succeeded")]
        assert watch_polls([ended(1, 1), started(1)]) == [("id-1", "Succeeded")]

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

    @pytest.mark.parametrize(("minute", "is_reported"), [(-1, False), (0, True), (1, True)])
    def test_may_have_an_unknown_status_which_counts_unless_it_is_older(
        self, minute: int, *, is_reported: bool
    ) -> None:
        seen = watch_polls([started(1)], [started(1, minute, status="Resting")])
        assert (("id-1", "Resting") in seen) == is_reported

    @pytest.mark.parametrize("changed_at", [ABSENT, NOON])
    def test_is_reported_at_each_unknown_status_though_no_time_tells_their_order(
        self, changed_at: object
    ) -> None:
        statuses = ["Started", "Pausing", "Resuming", "Pausing", "Started"]
        states = [started(1, status=each, statusChangedAt=changed_at) for each in statuses]
        end = ended(1, statusChangedAt=changed_at)
        seen = watch_polls(*[[state] for state in [*states, end]])
        assert [status for _, status in seen] == ["Started", "Pausing", "Resuming", "Succeeded"]

    def test_is_reported_at_each_unknown_status_in_another_process_too(self) -> None:
        listing = Listing([started(1)])
        watcher = Watcher(listing)
        seen = watcher.watch()
        for status in ("Pausing", "Started", "Resuming", "Pausing"):
            listing.operations = [started(1, status=status)]
            watcher = watcher.restart()
            seen += watcher.watch()
        assert [status for _, status in seen] == ["Started", "Pausing", "Resuming"]

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

    @pytest.mark.filterwarnings("ignore")
    def test_that_lacks_an_id_is_told_from_others_by_what_never_changes(self) -> None:
        one, other = (started(n, id=ABSENT, statusChangedAt=ABSENT) for n in (1, 2))
        same = {**one, "operationDetails": "another"}
        seen = watch_polls([one, other, same], [{**one, "status": "Succeeded"}, other, same])
        assert [status for _, status in seen] == ["Started"] * 3 + ["Succeeded"]


class TestTheOrderWithinAReading:
    @pytest.mark.parametrize("order", [1, -1, 0])
    @pytest.mark.parametrize("page_size", [7, 200])
    def test_is_that_of_the_last_change(self, order: int, page_size: int) -> None:
        operations = past(300)
        if order:
            operations = operations[::order]
        else:
            random.Random(1).shuffle(operations)
        seen = Watcher(Listing(operations, page_size)).watch()
        assert [operation_id for operation_id, _ in seen] == [f"id-{n}" for n in range(1, 301)]

    def test_is_not_that_of_the_creation(self) -> None:
        operations = [ended(1, 1, statusChangedAt=NOON + timedelta(hours=1)), ended(2, 2)]
        assert [each for each, _ in watch_polls(operations)] == ["id-2", "id-1"]

    def test_holds_for_a_poll(self) -> None:
        listing = Listing(past(300))
        watcher = Watcher(listing)
        watcher.watch()
        listing.change(ended(300, 9))
        for minute in (1, 2, 3):
            listing.begin(started(300 + minute, minute))
        assert [each for each, _ in watcher.poll()] == ["id-301", "id-302", "id-303"]

    def test_holds_for_a_backlog_after_a_restart(self) -> None:
        listing = Listing(past(10))
        watcher = Watcher(listing)
        watcher.watch()
        for number in (11, 12, 13):
            listing.begin(ended(number, number))
        assert [each for each, _ in watcher.restart().watch()] == ["id-11", "id-12", "id-13"]

    def test_takes_the_creation_where_there_is_no_time_of_a_change(self) -> None:
        operations = [ended(2, 2, statusChangedAt=ABSENT), ended(1, 1), ended(3, 3)]
        assert [each for each, _ in watch_polls(operations)] == ["id-1", "id-2", "id-3"]

    def test_means_that_nothing_is_reported_before_the_last_page(self) -> None:
        watcher = Watcher(Listing(past(3), page_size=1), latency=lambda _: 2.0)
        cursor = watcher.cursor
        assert watcher.watch(5.9) == []
        assert watcher.cursor == cursor
        assert len(watcher.watch(0.2)) == 3

    def test_holds_what_was_found_until_a_transient_error_has_passed(self) -> None:
        listing = Listing(past(3), page_size=1)
        listing.errors = {2: [TransportError("down")] * 3}
        watcher = Watcher(listing)
        cursor = watcher.cursor
        assert watcher.watch(1.0) == []
        assert watcher.cursor == cursor
        assert [each for each, _ in watcher.watch(8.0)] == ["id-1", "id-2", "id-3"]


class TestSince:
    def test_leaves_out_what_last_changed_before(self) -> None:
        operations = [ended(1, -1), ended(2, 0), ended(3, 1), ended(4, -1, statusChangedAt=NOON)]
        seen = watch_polls(operations, operations, since=NOON)
        assert [operation_id for operation_id, _ in seen] == ["id-2", "id-4", "id-3"]

    def test_compares_the_creation_where_there_is_no_time_of_a_change(self) -> None:
        operations = [started(number, number - 2, statusChangedAt=None) for number in (1, 2, 3)]
        seen = watch_polls(operations, since=NOON)
        assert [operation_id for operation_id, _ in seen] == ["id-2", "id-3"]

    @pytest.mark.parametrize("changed_at", [NOON, None])
    def test_does_not_hide_a_later_change(self, changed_at: object) -> None:
        states = started(1, -5, statusChangedAt=None), ended(1, -5, statusChangedAt=changed_at)
        assert watch_polls(*[[state] for state in states], since=NOON) == [("id-1", "Succeeded")]

    def test_does_not_hide_a_later_change_that_another_page_of_the_reading_shows(self) -> None:
        assert watch_polls([started(1, -5), ended(1, -4)], since=NOON) == [("id-1", "Succeeded")]

    def test_does_not_hide_the_end_of_what_it_hid_from_the_process_before(self) -> None:
        listing = Listing([*past(100), started(200, -200)])
        watcher = Watcher(listing, since=NOON)
        watcher.watch()
        listing.change(ended(200, -200, statusChangedAt=NOON - timedelta(minutes=60)))
        assert watcher.restart().watch() == [("id-200", "Succeeded")]

    def test_hides_what_it_hid_in_each_later_reading(self) -> None:
        hidden = [started(1, -5), ended(2, -5)]
        assert watch_polls(*[hidden] * 3, since=NOON) == []

    def test_may_be_in_any_time_zone(self) -> None:
        since = NOON.astimezone(datetime.strptime("+0545", "%z").tzinfo)
        assert len(watch_polls([ended(1, -1), ended(2, 1)], since=since)) == 1


class TestHealth:
    def test_is_unknown_before_the_first_response(self) -> None:
        watcher = Watcher(Listing(), latency=lambda _: 3.0)
        watcher.watch(2.0)
        assert watcher.health == WatchHealth(last_success=None, error=None, failures=0)

    def test_shows_when_the_last_response_came(self) -> None:
        watcher = Watcher(Listing(past(3)), latency=lambda _: 3.0)
        watcher.watch(4.0)
        assert watcher.health.last_success == NOON + timedelta(seconds=3)
        watcher.watch(8.0)  # the next request is sent after 8 seconds
        assert watcher.health.last_success == NOON + timedelta(seconds=11)

    def test_counts_failures_in_a_row_and_keeps_the_last_error(self) -> None:
        listing = Listing()
        errors = [TransportError("first"), TransportError("second"), TransportError("third")]
        listing.errors = {0: list(errors)}
        watcher = Watcher(listing)
        watcher.watch(1.0)
        assert watcher.health.failures == 2
        assert str(watcher.health.error) == "second"
        assert watcher.health.last_success is None
        watcher.watch(10.0)
        assert watcher.health.failures == 0
        assert watcher.health.error is None

    def test_counts_each_request_for_a_page_that_is_malformed(self) -> None:
        listing = Listing()
        listing.errors = {0: [ResponseError("malformed", is_transient=True) for _ in range(3)]}
        watcher = Watcher(listing)
        watcher.watch(0.5)
        assert watcher.requests == watcher.health.failures == 3

    def test_keeps_the_time_of_the_last_success_through_an_outage(self) -> None:
        listing = Listing()
        watcher = Watcher(listing)
        watcher.watch()
        listing.errors = {0: [TransportError("down")] * 3}
        watcher.watch(6.0)
        assert watcher.health.last_success == NOON
        assert watcher.health.failures == 2


statuses = st.sampled_from(["NotStarted", "Started", "Succeeded"])


@pytest.mark.heavy
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
    seen: Seen = []
    expected: Seen = []
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
