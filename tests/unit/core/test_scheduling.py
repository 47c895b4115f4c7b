"""The round-robin scheduler, under a virtual clock."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightsail_ops._core.scheduling import Scheduler
from support.virtual_fleet import VirtualFleet

from lightsail_ops import LightsailError, TransportError
from lightsail_ops._core.effects import Request, Response, Steps, draw, read_clock, send, sleep

REQUEST = Request("get_operations")
NextResult: TypeAlias = Callable[[], Steps[str | None]]


def respond(_key: object, _request: Request) -> Response:
    return Response({})


class Source:
    """A source that sends a request for each of its results, and sleeps before some."""

    def __init__(self, results: int, pause: float = 0.0) -> None:
        self.begun = 0
        self._results = results
        self._pause = pause

    def next_result(self) -> Steps[str | None]:
        if self.begun == self._results:
            return None
        self.begun += 1
        if self._pause and self.begun > 1:
            yield from sleep(self._pause)
        yield from send(REQUEST)
        return f"result {self.begun}"


def schedule(
    sources: Mapping[str, Source], max_in_flight: int = 4, fleet: VirtualFleet[str] | None = None
) -> list[tuple[str, str | LightsailError]]:
    fleet = fleet or VirtualFleet(respond)
    scheduler = Scheduler({key: each.next_result for key, each in sources.items()}, max_in_flight)
    return fleet.run_all(scheduler.next_result)


def run_one(next_result: NextResult, fleet: VirtualFleet[str] | None = None) -> list[object]:
    scheduler = Scheduler({"a": next_result}, 1)
    return [result for _, result in (fleet or VirtualFleet(respond)).run_all(scheduler.next_result)]


class TestResults:
    def test_come_from_all_sources_each_in_order(self) -> None:
        found = schedule({"a": Source(3), "b": Source(1), "c": Source(2)})
        assert Counter(key for key, _ in found) == {"a": 3, "b": 1, "c": 2}
        assert [result for key, result in found if key == "a"] == [
            "result 1",
            "result 2",
            "result 3",
        ]

    def test_end_when_all_sources_have_ended(self) -> None:
        scheduler = Scheduler({"a": Source(1).next_result}, 1)
        fleet: VirtualFleet[str] = VirtualFleet(respond)
        assert fleet.run_all(scheduler.next_result) == [("a", "result 1")]
        assert fleet.run(scheduler.next_result()) is None

    def test_are_none_without_sources(self) -> None:
        assert schedule({}) == []

    def test_need_no_request(self) -> None:
        results = iter(["x", "y", None])

        def next_result() -> Steps[str | None]:
            yield from draw()
            return next(results)

        assert run_one(next_result) == ["x", "y"]


class TestTurns:
    def test_are_taken_by_all_sources_alike(self) -> None:
        fleet: VirtualFleet[str] = VirtualFleet(respond)
        schedule({key: Source(5) for key in "abcd"}, 1, fleet)
        assert [key for key, _ in fleet.sent] == [*"abcd"] * 5

    def test_are_not_held_up_by_a_slow_source(self) -> None:
        fleet: VirtualFleet[str] = VirtualFleet(respond, lambda key: 60 if key == "slow" else 0.1)
        found = schedule({"slow": Source(1), "a": Source(9), "b": Source(9)}, 2, fleet)
        assert found[-1] == ("slow", "result 1")

    @given(
        st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.0, 0.05, 3.0])), max_size=12),
        st.integers(1, 5),
        st.integers(),
    )
    def test_keep_the_bound_and_lose_nothing(
        self, shapes: list[tuple[int, float]], max_in_flight: int, seed: int
    ) -> None:
        sources = {str(index): Source(*shape) for index, shape in enumerate(shapes)}
        fleet: VirtualFleet[str] = VirtualFleet(respond, lambda key: hash((key, seed)) % 7 / 10)
        found = schedule(sources, max_in_flight, fleet)
        assert Counter(key for key, _ in found) == Counter(
            {key: results for key, (results, _) in zip(sources, shapes, strict=True) if results}
        )
        assert fleet.most_in_flight <= max_in_flight

    def test_use_every_place_in_flight_while_the_reader_is_busy(self) -> None:
        scheduler = Scheduler({key: Source(9).next_result for key in "abcdef"}, 3)
        fleet: VirtualFleet[str] = VirtualFleet(respond)
        fleet.run(scheduler.next_result())
        assert len(fleet.in_flight) == 3

    def test_never_run_ahead_of_the_reader(self) -> None:
        source = Source(9)
        scheduler = Scheduler({"a": source.next_result}, 3)
        fleet: VirtualFleet[str] = VirtualFleet(respond)
        for number in range(1, 4):
            fleet.run(scheduler.next_result())
            assert source.begun == len(fleet.sent) == number


class TestSleep:
    def test_ends_on_time_and_in_order(self) -> None:
        fleet: VirtualFleet[str] = VirtualFleet(respond)
        woken: list[tuple[str, float]] = []

        def sleeper(key: str, seconds: float) -> NextResult:
            def next_result() -> Steps[None]:
                began = yield from read_clock()
                now = yield from sleep(seconds)
                woken.append((key, now - began))

            return next_result

        seconds = {"a": 30.0, "b": 10.0, "c": 20.0, "d": 10.0}
        scheduler = Scheduler({key: sleeper(key, each) for key, each in seconds.items()}, 1)
        assert fleet.run_all(scheduler.next_result) == []
        assert woken == [("b", 10.0), ("d", 10.0), ("c", 20.0), ("a", 30.0)]

    def test_lets_other_sources_work(self) -> None:
        found = schedule({"idle": Source(2, pause=100.0), "busy": Source(50)}, 1)
        assert [key for key, _ in found] == ["idle", *["busy"] * 50, "idle"]

    def test_is_over_when_the_reader_comes_back_late(self) -> None:
        fleet: VirtualFleet[str] = VirtualFleet(respond)
        scheduler = Scheduler({"a": Source(2, pause=5.0).next_result}, 1)
        fleet.run(scheduler.next_result())
        fleet.now += 3600
        began = fleet.now
        fleet.run(scheduler.next_result())
        # The steps begin to sleep when the reader wants the next result.
        assert fleet.now - began == pytest.approx(5.1)


class TestAnError:
    def test_of_sending_is_thrown_into_the_steps(self) -> None:
        def fail(_key: str, _request: Request) -> Response:
            raise TransportError("no response")

        results = iter(["caught", None])

        def next_result() -> Steps[str | None]:
            with pytest.raises(TransportError, match="no response"):
                yield from send(REQUEST)
            return next(results)

        assert run_one(next_result, VirtualFleet(fail)) == ["caught"]

    def test_that_leaves_the_steps_ends_the_source_alone(self) -> None:
        def fail(key: str, _request: Request) -> Response:
            if key == "bad":
                raise TransportError("no response")
            return Response({})

        found = schedule({"bad": Source(3), "good": Source(3)}, 2, VirtualFleet(fail))
        errors = [result for key, result in found if key == "bad"]
        assert [type(error) for error in errors] == [TransportError]
        assert [result for key, result in found if key == "good"] == [
            "result 1",
            "result 2",
            "result 3",
        ]

    def test_of_our_own_code_leaves_at_once(self) -> None:
        def next_result() -> Steps[None]:
            yield from read_clock()
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            run_one(next_result)


def test_an_event_costs_the_same_among_many_sources() -> None:
    def effects_per_result(count: int) -> float:
        fleet: VirtualFleet[str] = VirtualFleet(respond)
        found = schedule({str(n): Source(3, pause=1.0) for n in range(count)}, 16, fleet)
        return fleet.effects / len(found)

    assert effects_per_result(4000) == pytest.approx(effects_per_result(40), rel=0.2)


def test_a_source_that_has_ended_is_forgotten() -> None:
    def fail(key: str, _request: Request) -> Response:
        if key == "bad":
            raise TransportError("no response")
        return Response({})

    fleet = VirtualFleet(fail)
    sources = {key: Source(1) for key in ("good", "bad")}
    remembered = [weakref.ref(source) for source in sources.values()]
    scheduler = Scheduler({key: source.next_result for key, source in sources.items()}, 1)
    del sources
    assert len(fleet.run_all(scheduler.next_result)) == 2
    gc.collect()
    assert [reference() for reference in remembered] == [None, None]
    assert fleet.run(scheduler.next_result()) is None
