"""A driver for the steps of many clients under a virtual clock: an hour of sleep costs nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

import attrs

from lightsail_ops import LightsailError
from lightsail_ops._core.effects import (
    Emit,
    Request,
    Response,
    Runtime,
    Sleep,
    Steps,
    Together,
    resume,
)
from lightsail_ops._core.engine import Engine, Outcome, Result, Sending

K = TypeVar("K")
INFINITY = float("inf")


@attrs.frozen
class Sent(Generic[K]):
    """A request, with the virtual time at which it was sent."""

    at: float
    key: K
    request: Request


class Clock:
    """A virtual clock, with random numbers that are the same each time."""

    def __init__(self, now: float = 1000.0, seed: int = 0) -> None:
        self.now = now
        self.started_at = datetime(2026, 11, 1, 12, tzinfo=UTC)
        """What a clock on the wall shows at the virtual time 1000."""
        self.runtime = Runtime(lambda: self.now, self.get_utc, random.Random(seed).random)

    def get_utc(self) -> datetime:
        return self.started_at + timedelta(seconds=self.now - 1000.0)


Respond = Callable[[], tuple[Outcome | None, float]]
"""Returns how a request, or a sleep, ends, and in how many seconds from then."""


def _end(outcome: Outcome | None) -> tuple[Outcome | None, float]:
    return outcome, 0.0


class VirtualChildren:
    """Runs the steps of `Together`s under a virtual clock.

    `send` returns in how many seconds a request will have arrived, and how it is then responded to.
    """

    def __init__(
        self, clock: Clock | Any, send: Callable[[Request], tuple[float, Respond]], places: int
    ) -> None:
        self._clock = clock
        self._send = send
        self._places = places
        self.most_running = 0
        self._queue: list[Steps[Any]] = []
        self._running: set[Steps[Any]] = set()
        self._outcomes: dict[Steps[Any], Any] = {}
        self._events: list[tuple[float, int, Steps[Any], Respond]] = []
        self._numbers = count()

    def run(self, children: Sequence[Steps[Any]], until: float) -> list[Any]:
        """Run steps until all have ended, or the time has come; those that have not go on."""
        known = {*self._queue, *self._running, *self._outcomes}
        self._queue += [each for each in children if each not in known]
        self._begin()
        while not self._outcomes.keys() >= set(children):
            at, _, steps, respond = self._events[0] if self._events else (INFINITY, 0, None, None)
            assert min(at, until) < INFINITY, "the steps wait for ever"
            self._clock.now = max(self._clock.now, min(at, until))
            if steps is None or respond is None or at > until:
                break
            heappop(self._events)
            outcome, seconds = respond()
            if seconds:
                self._expect(steps, seconds, partial(_end, outcome))
            else:
                self._resume(steps, outcome)
                self._begin()
        return [self._outcomes.pop(each, None) for each in children]

    def _begin(self) -> None:
        while self._queue and len(self._running) < self._places:
            steps = self._queue.pop(0)
            self._running.add(steps)
            self.most_running = max(self.most_running, len(self._running))
            self._resume(steps, None)

    def _resume(self, steps: Steps[Any], outcome: Outcome | None) -> None:
        if isinstance(outcome, BaseException) and not isinstance(outcome, LightsailError):
            raise outcome
        try:
            effect = resume(steps, [outcome])
        except (StopIteration, LightsailError) as end:
            self._running.remove(steps)
            self._outcomes[steps] = end.value if isinstance(end, StopIteration) else end
            return
        match effect:
            case Request():
                self._expect(steps, *self._send(effect))
            case Sleep(until):
                self._expect(steps, max(0.0, until - self._clock.now), partial(_end, None))
            case _:
                raise AssertionError(effect)

    def _expect(self, steps: Steps[Any], seconds: float, respond: Respond) -> None:
        event = (self._clock.now + seconds, next(self._numbers), steps, respond)
        heappush(self._events, event)


class VirtualDriver(Generic[K]):
    """Runs steps by the engine that runs them in programs.

    `send` is called when a request is sent, and returns its response or raises an exception, which
    come after `latency` seconds; never if these are infinite.
    """

    def __init__(
        self,
        steps: Mapping[K, Steps[None]],
        send: Callable[[K, Request], Response],
        clock: Clock,
        *,
        max_in_flight: int = 16,
        latency: Callable[[K, Request], float] = lambda key, request: 0.0,
    ) -> None:
        self.clock = clock
        self.sent: list[Sent[K]] = []
        self.most_in_flight = 0
        self.number = 0
        """The number of the last result."""
        self._max_in_flight = max_in_flight
        self._engine = Engine(steps, max_in_flight, clock.runtime)
        self._send = send
        self._latency = latency
        self._in_flight: list[tuple[float, int, Sending[K], Outcome]] = []

    @property
    def times(self) -> list[float]:
        """When each request was sent, in seconds from the first one."""
        return [each.at - self.sent[0].at for each in self.sent]

    @property
    def tokens(self) -> list[str | None]:
        return [each.request.page_token for each in self.sent]

    @property
    def in_flight(self) -> list[K]:
        return [sending.key for _, _, sending, _ in self._in_flight]

    @property
    def is_over(self) -> bool:
        return self._engine.is_over

    def next_result(self, seconds: float = INFINITY) -> Result[K] | None:
        """Return the next result; None if there are no more, or none within some seconds."""
        until = self.clock.now + seconds
        self._engine.want(self.number + 1)
        while True:
            self._submit()
            result = self._engine.get_result()
            if result is not None:
                self.number = result.number
                return result
            if self._engine.is_over or not self._pass_time(until):
                return None

    def run(self) -> list[Any]:
        """Return what all results hold, or raise the first one's error."""
        values: list[Any] = []
        while (result := self.next_result()) is not None:
            if result.error is not None:
                raise result.error
            values.append(result.value)
        return values

    def run_call(self, steps: Steps[None]) -> list[Any]:
        """Run the steps of one call, whose requests are sent together; return what they emit."""
        self.children = children = VirtualChildren(
            self.clock, self._send_child, self._max_in_flight
        )
        emitted: list[Any] = []
        outcomes: list[Any] = [None]
        while True:
            try:
                effect = resume(steps, outcomes)
            except StopIteration:
                self.most_in_flight = children.most_running
                return emitted
            outcomes = [None]
            match effect:
                case Emit(value):
                    emitted.append(value)
                case Sleep(until):
                    self.clock.now = max(self.clock.now, until)
                case Together(together, until):
                    outcomes = [children.run(together, until)]
                case _:
                    raise AssertionError(effect)

    def _send_child(self, request: Request) -> tuple[float, Respond]:
        key: Any = None
        seconds, outcome = self._respond(key, request)
        return seconds, partial(_end, outcome)

    def _respond(self, key: K, request: Request) -> tuple[float, Outcome]:
        self.sent.append(Sent(self.clock.now, key, request))
        seconds = self._latency(key, request)
        try:
            return seconds, self._send(key, request)
        except Exception as error:
            return seconds, error

    def _submit(self) -> None:
        for sending in self._engine.advance():
            seconds, outcome = self._respond(sending.key, sending.request)
            event = (self.clock.now + seconds, len(self.sent), sending, outcome)
            heappush(self._in_flight, event)
            self.most_in_flight = max(self.most_in_flight, len(self._in_flight))

    def _pass_time(self, until: float) -> bool:
        """Go on to the next event; return False if it comes too late."""
        pause = self._engine.get_pause()
        wakes_at = INFINITY if pause is None else self.clock.now + pause
        ends_at = self._in_flight[0][0] if self._in_flight else INFINITY
        assert min(wakes_at, ends_at, until) < INFINITY, "the steps wait for ever"
        if min(wakes_at, ends_at) > until:
            self.clock.now = max(self.clock.now, until)
            return False
        self.clock.now = max(self.clock.now, min(wakes_at, ends_at))
        if ends_at <= wakes_at:
            _, _, sending, outcome = heappop(self._in_flight)
            self._engine.deliver(sending, outcome)
        return True
