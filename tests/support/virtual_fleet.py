"""A driver for the steps of many sources whose time is virtual, and whose requests take some."""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Generic, TypeVar

from lightsail_ops._core.effects import Draw, Request, Response, Sleep
from lightsail_ops._core.scheduling import FleetEffect, FleetSteps, Outcome, Receive, Submit
from lightsail_ops.errors import LightsailError

K = TypeVar("K")
T = TypeVar("T")


class VirtualFleet(Generic[K]):
    """Runs the steps of many sources.

    `send` returns a `Response` or raises a `LightsailError`, which the steps get after `latency`
    seconds.
    """

    def __init__(
        self,
        send: Callable[[K, Request], Response],
        latency: Callable[[K], float] = lambda _: 0.1,
        seed: int = 0,
    ) -> None:
        self.now = 1000.0
        self.sent: list[tuple[K, Request]] = []
        self.most_in_flight = 0
        self.effects = 0
        self._send = send
        self._latency = latency
        self._random = random.Random(seed)
        self._in_flight: list[tuple[float, int, K, Outcome]] = []

    def run(self, steps: FleetSteps[K, T]) -> T:
        """Perform the effects of steps until they return, and return their result."""
        result: object = None
        while True:
            try:
                effect = steps.send(result)
            except StopIteration as stop:
                result_of_steps: T = stop.value
                return result_of_steps
            self.effects += 1
            result = self._perform(effect)

    def run_all(self, next_result: Callable[[], FleetSteps[K, T | None]]) -> list[T]:
        """Run steps until their result is None, and return the results before."""
        results: list[T] = []
        while (result := self.run(next_result())) is not None:
            results.append(result)
        return results

    @property
    def in_flight(self) -> list[K]:
        return [key for _, _, key, _ in self._in_flight]

    def _perform(self, effect: FleetEffect[K]) -> Any:
        match effect:
            case Submit(key, request):
                self.sent.append((key, request))
                ends_at = self.now + self._latency(key)
                outcome = self._find_outcome(key, request)
                heappush(self._in_flight, (ends_at, len(self.sent), key, outcome))
                self.most_in_flight = max(self.most_in_flight, len(self._in_flight))
                return None
            case Receive(seconds):
                return self._receive(seconds)
            case Sleep(seconds):
                assert seconds == 0.0
                return self.now
            case Draw():
                return self._random.random()

    def _find_outcome(self, key: K, request: Request) -> Outcome:
        try:
            return self._send(key, request)
        except LightsailError as error:
            return error

    def _receive(self, seconds: float | None) -> tuple[K, Outcome] | None:
        assert seconds is None or seconds > 0
        until = float("inf") if seconds is None else self.now + seconds
        if self._in_flight and self._in_flight[0][0] <= until:
            ended_at, _, key, outcome = heappop(self._in_flight)
            self.now = max(self.now, ended_at)
            return key, outcome
        assert until < float("inf"), "the steps wait for ever"
        self.now = until
        return None
