"""The engine: the steps of many clients take turns, with bounded requests in flight."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.virtual import Clock, VirtualDriver

from lightsail_ops import LightsailError, TransportError
from lightsail_ops._core.effects import (
    Emit,
    ForeignError,
    Request,
    Response,
    Sleep,
    Steps,
)
from lightsail_ops._core.engine import Engine

REQUEST = Request("get_operations")


def respond(_key: object, _request: Request) -> Response:
    return Response({})


def make_steps(clock: Clock, results: int, pause: float = 0.0) -> Steps[None]:
    """Send a request for each result, and sleep before all but the first."""
    for number in range(results):
        if number and pause:
            yield Sleep(clock.now + pause)
        yield REQUEST
        yield Emit(number)


def read_all(driver: VirtualDriver[Any]) -> list[tuple[Any, Any]]:
    found = []
    while (result := driver.next_result()) is not None:
        found.append((result.key, result.value if result.error is None else result.error))
    return found


def make_driver(
    shapes: Mapping[Any, tuple[int, float]], max_in_flight: int = 4, **options: Any
) -> VirtualDriver[Any]:
    clock = Clock()
    steps = {key: make_steps(clock, *shape) for key, shape in shapes.items()}
    options.setdefault("latency", lambda *_: 0.1)
    return VirtualDriver(steps, respond, clock, max_in_flight=max_in_flight, **options)


class TestResults:
    def test_come_from_all_clients_each_in_order(self) -> None:
        found = read_all(make_driver({"a": (3, 0), None: (1, 0), "c": (2, 0)}))
        for key, count in (("a", 3), (None, 1), ("c", 2)):
            assert [value for each, value in found if each == key] == list(range(count))

    def test_end_when_all_steps_have_ended(self) -> None:
        driver = make_driver({"a": (1, 0)})
        assert read_all(driver) == [("a", 0)]
        assert driver.is_over
        assert driver.next_result() is None

    def test_are_none_without_clients(self) -> None:
        assert read_all(make_driver({})) == []

    def test_of_the_same_number_are_the_same(self) -> None:
        clock = Clock()
        engine = Engine({"a": make_steps(clock, 2)}, 1, clock.runtime)
        results = []
        for number in (1, 1, 1, 2, 2, 1):
            engine.want(number)
            for sending in engine.advance():
                engine.deliver(sending, Response({}))
            list(engine.advance())
            result = engine.get_result()
            assert result is not None
            results.append((result.number, result.value))
        assert results == [(1, 0)] * 3 + [(2, 1)] * 3

    def test_are_not_over_before_the_last_one_is_done_with(self) -> None:
        driver = make_driver({"a": (1, 0)})
        driver.next_result()
        assert not driver.is_over
        driver.next_result()
        assert driver.is_over


class TestTurns:
    def test_are_taken_by_all_clients_alike(self) -> None:
        driver = make_driver(dict.fromkeys("abcd", (5, 0)), 4)
        read_all(driver)
        assert [each.key for each in driver.sent] == [*"abcd"] * 5

    def test_are_not_held_up_by_a_slow_client(self) -> None:
        shapes = {"slow": (1, 0.0), "a": (9, 0.0), "b": (9, 0.0)}
        driver = make_driver(shapes, 3, latency=lambda key, _: 60.0 if key == "slow" else 0.1)
        assert read_all(driver)[-1] == ("slow", 0)

    @pytest.mark.heavy
    @given(
        st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.0, 0.05, 3.0])), max_size=12),
        st.integers(1, 5),
        st.integers(),
    )
    def test_keep_the_bound_and_lose_nothing(
        self, shapes: list[tuple[int, float]], max_in_flight: int, seed: int
    ) -> None:
        driver = make_driver(
            dict(enumerate(shapes)),
            max_in_flight,
            latency=lambda key, _: hash((key, seed)) % 7 / 10,
        )
        assert Counter(key for key, _ in read_all(driver)) == Counter(
            {key: results for key, (results, _) in enumerate(shapes) if results}
        )
        assert driver.most_in_flight <= max_in_flight

    def test_use_every_place_in_flight_while_the_reader_is_busy(self) -> None:
        driver = make_driver(dict.fromkeys("abcdef", (9, 0)), 3)
        driver.next_result()
        assert len(driver.sent) == 3

    def test_never_run_ahead_of_the_reader(self) -> None:
        driver = make_driver({"a": (9, 0)}, 3)
        for number in range(1, 4):
            driver.next_result()
            assert len(driver.sent) == number

    def test_are_taken_by_a_bounded_number_of_clients_that_are_awake(self) -> None:
        """Each may hold a half-read list, so the next one waits until one of them sleeps."""
        driver = make_driver(dict.fromkeys(range(100), (3, 0.0)), 4)
        for _ in range(9):
            driver.next_result()
        assert {each.key for each in driver.sent} == {0, 1, 2, 3}
        for _ in range(8):
            driver.next_result()
        assert {each.key for each in driver.sent} == set(range(8))

    @pytest.mark.heavy
    def test_are_taken_by_thousands_of_clients_at_the_cost_of_few(self) -> None:
        driver = make_driver(dict.fromkeys(range(4000), (3, 1.0)), 16)
        assert len(read_all(driver)) == 12_000
        assert driver.most_in_flight == 16


class TestSleep:
    def test_ends_on_time_and_in_order(self) -> None:
        clock = Clock()
        woken: list[tuple[str, float]] = []

        def sleep(key: str, seconds: float) -> Steps[None]:
            yield Sleep(clock.now + seconds)
            woken.append((key, clock.now - 1000.0))

        seconds = {"a": 30.0, "b": 10.0, "c": 20.0, "d": 10.0}
        steps = {key: sleep(key, each) for key, each in seconds.items()}
        driver = VirtualDriver(steps, respond, clock, max_in_flight=1)
        assert read_all(driver) == []
        assert woken == [("b", 10.0), ("d", 10.0), ("c", 20.0), ("a", 30.0)]

    def test_lets_other_clients_work(self) -> None:
        found = read_all(make_driver({"idle": (2, 100.0), "busy": (50, 0.0)}, 2))
        assert [key for key, _ in found].count("busy") == 50
        assert found[-1] == ("idle", 1)

    def test_is_over_when_the_reader_comes_back_late(self) -> None:
        driver = make_driver({"a": (2, 5.0)}, 1)
        driver.next_result()
        driver.clock.now += 3600
        driver.next_result()
        # The steps begin to sleep when the reader wants the next result.
        assert driver.times == [0, pytest.approx(3605.1)]


class TestAnError:
    def test_of_sending_is_thrown_into_the_steps(self) -> None:
        def steps() -> Steps[None]:
            with pytest.raises(TransportError, match="no response"):
                yield REQUEST
            yield Emit("caught")

        def fail(_key: object, _request: Request) -> Response:
            raise TransportError("no response")

        assert VirtualDriver({"a": steps()}, fail, Clock()).run() == ["caught"]

    def test_that_leaves_the_steps_ends_that_client_alone(self) -> None:
        def fail(key: str, _request: Request) -> Response:
            if key == "bad":
                raise TransportError("no response")
            return Response({})

        clock = Clock()
        steps = {key: make_steps(clock, 3) for key in ("bad", "good")}
        found = read_all(VirtualDriver(steps, fail, clock, max_in_flight=2))
        assert [type(value) for key, value in found if key == "bad"] == [TransportError]
        assert [value for key, value in found if key == "good"] == [0, 1, 2]

    def test_of_our_own_code_leaves_at_once(self) -> None:
        def steps() -> Steps[None]:
            yield Sleep(0.0)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            VirtualDriver({"a": steps()}, respond, Clock()).run()

    def test_of_the_clients_own_is_thrown_into_the_steps(self) -> None:
        def fail(_key: object, _request: Request) -> Response:
            raise KeyError("x")

        def steps() -> Steps[None]:
            try:
                yield REQUEST
            except ForeignError as error:
                yield Emit(error)

        [(_, error)] = read_all(VirtualDriver({"a": steps()}, fail, Clock()))
        assert isinstance(error.error, KeyError)
        assert str(error) == "the request ended with KeyError"

    def test_that_is_delivered_while_requests_are_sent_reaches_the_steps(self) -> None:
        clock = Clock()
        engine = Engine({"a": make_steps(clock, 1)}, 1, clock.runtime)
        engine.want(1)
        for sending in engine.advance():
            engine.deliver(sending, TransportError("no thread"))
        result = engine.get_result()
        assert result is not None
        assert isinstance(result.error, TransportError)


class TestRequestsInFlight:
    def test_are_sent_again_when_their_outcomes_are_gone(self) -> None:
        clock = Clock()
        engine = Engine({key: make_steps(clock, 1) for key in "ab"}, 2, clock.runtime)
        engine.want(1)
        lost = list(engine.advance())
        assert list(engine.advance()) == []
        for sending in lost:
            engine.deliver(sending, None)
        sent = list(engine.advance())
        assert {each.key for each in sent} == {"a", "b"}
        for sending in sent:
            engine.deliver(sending, Response({}))
        for sending in lost:  # an outcome that comes after all is left out
            engine.deliver(sending, Response({}))
        list(engine.advance())
        found = []
        for number in (1, 2, 3):
            engine.want(number)
            list(engine.advance())
            found.append(engine.get_result())
        assert [each and each.key for each in found].count(None) == 1
        assert engine.is_over

    def test_count_once_however_often_their_outcome_is_delivered(self) -> None:
        clock = Clock()
        engine = Engine({"a": make_steps(clock, 2)}, 1, clock.runtime)
        engine.want(1)
        [sending] = engine.advance()
        engine.deliver(sending, Response({}))
        engine.deliver(sending, Response({}))
        assert list(engine.advance()) == []
        result = engine.get_result()
        assert result is not None
        assert result.value == 0


def test_a_client_that_has_ended_is_forgotten() -> None:
    class Held:
        pass

    def steps(held: Held, *, is_bad: bool) -> Steps[None]:
        yield REQUEST
        if is_bad:
            raise LightsailError("bad")
        yield Emit(len(str(held)))

    held = [Held(), Held()]
    references = [weakref.ref(each) for each in held]
    clock = Clock()
    driver = VirtualDriver(
        {index: steps(each, is_bad=bool(index)) for index, each in enumerate(held)}, respond, clock
    )
    del held
    assert len(read_all(driver)) == 2
    gc.collect()
    assert [reference() for reference in references] == [None, None]
