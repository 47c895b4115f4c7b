"""A driver for the steps of many clients under a virtual clock: an hour of sleep costs nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
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


def keep_outcome(steps: Steps[Any], outcomes: list[Any], index: int) -> Steps[None]:
    """Put into a list how steps end: their result, or a LightsailError."""
    try:
        outcomes[index] = yield from steps
    except LightsailError as error:
        outcomes[index] = error


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
        emitted: list[Any] = []
        outcomes: list[Any] = [None]
        while True:
            try:
                effect = resume(steps, outcomes)
            except StopIteration:
                return emitted
            outcomes = [None]
            match effect:
                case Emit(value):
                    emitted.append(value)
                case Sleep(until):
                    self.clock.now = max(self.clock.now, until)
                case Together(children, until):
                    outcomes = [self._run_together(children, until)]
                case _:
                    raise AssertionError(effect)

    def _run_together(self, children: Sequence[Steps[Any]], until: float) -> list[Any]:
        outcomes: list[Any] = [None] * len(children)
        steps: Any = {
            index: keep_outcome(each, outcomes, index) for index, each in enumerate(children)
        }
        self._engine, self.number = Engine(steps, self._max_in_flight, self.clock.runtime), 0
        self._in_flight.clear()
        result = self.next_result(until - self.clock.now)
        if result is not None and result.error is not None:
            raise result.error
        return outcomes

    def _submit(self) -> None:
        for sending in self._engine.advance():
            self.sent.append(Sent(self.clock.now, sending.key, sending.request))
            ends_at = self.clock.now + self._latency(sending.key, sending.request)
            outcome: Outcome
            try:
                outcome = self._send(sending.key, sending.request)
            except Exception as error:
                outcome = error
            heappush(self._in_flight, (ends_at, len(self.sent), sending, outcome))
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
