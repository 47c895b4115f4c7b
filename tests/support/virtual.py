"""A driver for steps whose time is virtual: sleeping costs nothing, and chance is seeded."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from lightsail_ops._core.effects import Draw, Effect, Request, Response, Sleep, Steps
from lightsail_ops.errors import LightsailError

_T = TypeVar("_T")


class VirtualDriver:
    """Runs steps: performs `Sleep` and `Draw` virtually, and passes requests to a function.

    The function returns a `Response` or raises a `LightsailError`, which is thrown into the
    steps. Any other exception closes the steps and propagates, like a KeyboardInterrupt.
    """

    def __init__(
        self, send: Callable[[Request], Response], *, now: float = 1000.0, seed: int = 0
    ) -> None:
        self.now = now
        self.slept: list[float] = []
        """Every sleep, except those of 0 seconds, which only read the clock."""
        self.sent: list[Request] = []
        self._send = send
        self._random = random.Random(seed)

    def run(self, steps: Steps[_T]) -> _T:
        """Perform the effects of steps until they return, and return their result."""
        try:
            effect = next(steps)
            while True:
                try:
                    result = self.perform(effect)
                except LightsailError as error:
                    effect = steps.throw(error)
                else:
                    effect = steps.send(result)
        except StopIteration as stop:
            result_of_steps: _T = stop.value
            return result_of_steps
        finally:
            steps.close()

    def perform(self, effect: Effect) -> Response | float:
        match effect:
            case Sleep(seconds):
                if seconds:
                    self.slept.append(seconds)
                self.now += seconds
                return self.now
            case Draw():
                return self._random.random()
            case Request():
                self.sent.append(effect)
                return self._send(effect)
