"""Watching an account: each operation once, and each later change of its status once."""

from __future__ import annotations

import math
import tracemalloc
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

import pytest
from fakes import Clock, Paged, Scripted, client_error, raw_operation
from hypothesis import given
from hypothesis import strategies as st
from wire import Answer, Wire, page

from lightsail_ops import (
    AccessDeniedError,
    LightsailError,
    Operation,
    OperationsClient,
    PaginationError,
    ThrottlingError,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def started(number: int, minute: int = 0, **changes: object) -> dict[str, Any]:
    at = NOON + timedelta(minutes=minute)
    usual = {"status": "Started", "isTerminal": False, "createdAt": at, "statusChangedAt": at}
    return raw_operation(number, **{**usual, **changes})


def ended(number: int, minute: int = 0, **changes: object) -> dict[str, Any]:
    return started(number, minute, **{"status": "Succeeded", "isTerminal": True, **changes})


def poll(*operations: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    return {"operations": list(operations), "nextPageToken": token}


class OverError(LightsailError):
    """The script is over."""


def watched(*answers: object, **options: Any) -> list[tuple[str, str]]:
    """Return what a watch gives, as ids and statuses, until the client has no more answers."""
    client = OperationsClient(Scripted([*answers, OverError("over")]))
    seen: list[tuple[str, str]] = []
    with pytest.raises(OverError):
        seen.extend((operation.id, operation.status.value) for operation in client.watch(**options))
    return seen


pytestmark = pytest.mark.usefixtures("clock")


class TestAnOperation:
    def test_is_seen_once_however_often_it_is_read(self) -> None:
        assert watched(*[poll(started(1), ended(2))] * 5) == [
            ("id-1", "Started"),
            ("id-2", "Succeeded"),
        ]

    def test_is_seen_again_when_its_status_changes(self) -> None:
        changing = [started(1, status="NotStarted"), started(1, 1), started(1, 1), ended(1, 2)]
        assert watched(*map(poll, changing)) == [
            ("id-1", "NotStarted"),
            ("id-1", "Started"),
            ("id-1", "Succeeded"),
        ]

    def test_is_not_seen_again_when_something_else_changes(self) -> None:
        assert len(watched(poll(started(1)), poll(started(1, operationDetails="new")))) == 1

    def test_is_seen_though_it_appears_late(self) -> None:
        late = ended(1, -60)
        assert watched(poll(ended(2)), poll(late, ended(2)), poll(late, ended(2))) == [
            ("id-2", "Succeeded"),
            ("id-1", "Succeeded"),
        ]

    def test_is_seen_in_whatever_order_it_comes(self) -> None:
        seen = watched(poll(ended(3), ended(1)), poll(ended(1), ended(2), ended(3)))
        assert seen == [("id-3", "Succeeded"), ("id-1", "Succeeded"), ("id-2", "Succeeded")]

    def test_is_seen_once_though_pages_shift_within_a_poll(self) -> None:
        seen = watched(
            poll(ended(1), ended(2), token="a"),
            poll(ended(2), ended(3)),
            poll(ended(1), token="b"),
            poll(ended(3), ended(2)),
        )
        assert seen == [("id-1", "Succeeded"), ("id-2", "Succeeded"), ("id-3", "Succeeded")]

    def test_is_seen_once_though_a_poll_misses_it(self) -> None:
        assert watched(poll(ended(1), ended(2)), poll(ended(2)), poll(ended(1), ended(2))) == [
            ("id-1", "Succeeded"),
            ("id-2", "Succeeded"),
        ]

    def test_does_not_go_back_when_an_old_page_comes_late(self) -> None:
        seen = watched(*map(poll, [started(1), ended(1, 1), started(1), ended(1, 1)]))
        assert seen == [("id-1", "Started"), ("id-1", "Succeeded")]

    @pytest.mark.parametrize("before", [None, NOON])
    @pytest.mark.parametrize("after", [None, NOON])
    def test_may_not_say_when_it_changed(self, before: object, after: object) -> None:
        changing = [started(1, statusChangedAt=before), ended(1, statusChangedAt=after)]
        assert [status for _, status in watched(*map(poll, changing))] == ["Started", "Succeeded"]


class TestSince:
    def test_leaves_out_what_last_changed_before(self) -> None:
        operations = [ended(1, -1), ended(2, 0), ended(3, 1), ended(4, -1, statusChangedAt=NOON)]
        seen = watched(poll(*operations), poll(*operations), since=NOON)
        assert [identity for identity, _ in seen] == ["id-2", "id-3", "id-4"]

    def test_goes_by_the_creation_where_no_change_is_told(self) -> None:
        operations = [started(number, number - 2, statusChangedAt=None) for number in (1, 2, 3)]
        seen = watched(poll(*operations), since=NOON)
        assert [identity for identity, _ in seen] == ["id-2", "id-3"]

    def test_lets_a_later_change_through(self) -> None:
        seen = watched(poll(started(1, -5)), poll(ended(1, 5)), since=NOON)
        assert seen == [("id-1", "Succeeded")]

    def test_lets_a_later_change_through_that_does_not_say_when(self) -> None:
        before, after = (make(1, -5, statusChangedAt=None) for make in (started, ended))
        assert watched(poll(before), poll(after), since=NOON) == [("id-1", "Succeeded")]

    def test_may_be_in_any_zone(self) -> None:
        since = NOON.astimezone(datetime.strptime("+0545", "%z").tzinfo)
        assert len(watched(poll(ended(1, -1), ended(2, 1)), since=since)) == 1

    def test_must_say_its_zone(self) -> None:
        client = OperationsClient(Scripted([]))
        with pytest.raises(ValueError, match=r"time zone, as in 2026-11-01T12:00:00\+00:00"):
            client.watch(since=NOON.replace(tzinfo=None))

    def test_carries_on_after_an_error(self) -> None:
        answers = [poll(ended(1)), client_error(), poll(ended(1), ended(2, 5))]
        client = OperationsClient(Scripted(answers))
        seen = []
        with pytest.raises(ThrottlingError):
            seen.extend(operation.id for operation in client.watch())
        again = client.watch(since=NOON + timedelta(seconds=1))
        assert [*seen, next(again).id] == ["id-1", "id-2"]


class TestAPoll:
    def test_is_not_made_before_the_first_next(self) -> None:
        fake = Paged({None: poll(ended(1))})
        watch = OperationsClient(fake).watch()
        assert fake.tokens == []
        next(watch)
        assert fake.tokens == [None]

    def test_follows_the_interval(self, clock: Clock) -> None:
        watched(poll(), poll(), poll(), poll_interval=7)
        assert clock.slept == [7, 7, 7]

    def test_comes_every_five_seconds_unless_told_otherwise(self, clock: Clock) -> None:
        watched(poll(), poll())
        assert clock.slept == [5, 5]

    def test_reads_every_page(self) -> None:
        fake = Paged({None: poll(ended(1), token="a"), "a": poll(), "b": poll()})
        watch = OperationsClient(fake).watch()
        next(watch)
        fake.pages["a"] = poll(ended(2), token="b")
        next(watch)
        fake.pages["b"] = poll(ended(3))
        next(watch)
        assert fake.tokens == [None, "a", "b"]

    def test_that_goes_in_a_circle_is_an_error(self) -> None:
        fake = Paged({None: poll(token="a"), "a": poll(token="a")})
        with pytest.raises(PaginationError):
            next(OperationsClient(fake).watch())

    @pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan])
    def test_needs_an_interval_that_can_be_waited(self, seconds: float) -> None:
        with pytest.raises(ValueError, match="poll_interval"):
            OperationsClient(Scripted([])).watch(poll_interval=seconds)

    def test_that_fails_half_way_ends_the_watch(self) -> None:
        answers = [poll(ended(1), token="a"), client_error("AccessDeniedException")]
        watch = OperationsClient(Scripted(answers)).watch()
        assert next(watch).id == "id-1"
        with pytest.raises(AccessDeniedError) as caught:
            next(watch)
        assert caught.value.page_token == "a"
        assert list(watch) == []


def test_watching_works_over_the_wire(
    wire: Wire, client: OperationsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [raw_operation(1), raw_operation(2, status="Started")]
    second = [*first[:1], raw_operation(2)]
    wire.play([page(first), Answer(b"garbage"), page(first), page(second)])
    seen = list(islice(client.watch(poll_interval=0.01), 3))
    assert [operation.id for operation in seen] == ["id-1", "id-2", "id-2"]


class Churning:
    """An account that keeps a hundred operations: each poll brings ten, and drops ten."""

    def __init__(self) -> None:
        self.polls = count()

    def get_operations(self, **_: Any) -> Any:
        first = next(self.polls) * 10
        return poll(*(ended(number) for number in range(first, first + 100)))


def test_what_is_remembered_is_bounded_by_the_history() -> None:
    watch = OperationsClient(Churning()).watch()
    for _ in islice(watch, 500):
        pass
    tracemalloc.start()
    try:
        for _ in islice(watch, 3000):
            pass
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 200_000  # 3000 operations would be more than a megabyte


statuses = st.sampled_from(["NotStarted", "Started", "Succeeded"])


@given(
    st.lists(st.dictionaries(st.integers(1, 5), statuses, max_size=5), max_size=8),
    st.integers(1, 3),
)
def test_every_first_sight_and_every_change_is_seen_once(
    polls: list[dict[int, str]], page_size: int
) -> None:
    answers, expected, last = [], [], {}
    for minute, statuses in enumerate(polls):
        operations = [started(number, minute, status=status) for number, status in statuses.items()]
        for start in range(0, max(len(operations), 1), page_size):
            more = start + page_size < len(operations)
            some = operations[start : start + page_size]
            answers.append(poll(*some, token=str(start) if more else None))
        for number, status in statuses.items():
            if last.get(number) != status:
                last[number] = status
                expected.append((f"id-{number}", status))
    assert watched(*answers) == expected


def test_a_watch_gives_operations() -> None:
    [operation] = islice(OperationsClient(Paged({None: poll(ended(1))})).watch(), 1)
    assert operation == Operation.from_dict(ended(1))
