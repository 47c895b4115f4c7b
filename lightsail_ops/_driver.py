"""The synchronous driver: performs the effects of steps in the calling thread."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from lightsail_ops._core.effects import Effect, Request, Response, Sleep, Steps
from lightsail_ops.errors import LightsailError

_T = TypeVar("_T")


class Driver:
    """Runs steps: sends their requests, sleeps, reads the clock and draws random numbers."""

    def __init__(
        self,
        send: Callable[[Request], Response],
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Take what sends a request and what sleeps for a number of seconds."""
        self._send = send
        self._sleep = sleep
        self._draw = random.SystemRandom().random

    def run(self, steps: Steps[_T]) -> _T:
        """Run steps to their end and return their result; raises what they raise."""
        resume: Callable[[], Effect] = partial(next, steps)
        while True:
            try:
                effect = resume()
            except StopIteration as stop:
                result: _T = stop.value
                return result
            finally:
                del resume  # it may hold a response, and an error's traceback holds this frame
            try:
                resume = partial(steps.send, self._perform(effect))
            except LightsailError as error:
                resume = partial(steps.throw, error)

    def _perform(self, effect: Effect) -> Response | float:
        match effect:
            case Request():
                return self._send(effect)
            case Sleep(seconds):
                if seconds > 0:
                    self._sleep(seconds)
                return time.monotonic()
            case _:
                return self._draw()
