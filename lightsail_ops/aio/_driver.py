"""The driver for asyncio: performs the effects of steps in the task that runs them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from lightsail_ops._core.effects import Effect, Request, Response, Sleep, Steps
from lightsail_ops.errors import LightsailError

_T = TypeVar("_T")


class AsyncDriver:
    """Runs steps: sends their requests, sleeps, reads the clock and draws random numbers."""

    def __init__(self, send: Callable[[Request], Awaitable[Response]]) -> None:
        """Take what sends a request."""
        self._send = send
        self._draw = random.SystemRandom().random

    async def run(self, steps: Steps[_T]) -> _T:
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
                resume = partial(steps.send, await self._perform(effect))
            except LightsailError as error:
                resume = partial(steps.throw, error)

    async def _perform(self, effect: Effect) -> Response | float:
        match effect:
            case Request():
                return await self._send(effect)
            case Sleep(seconds):
                if seconds > 0:
                    await asyncio.sleep(seconds)
                return asyncio.get_running_loop().time()
            case _:
                return self._draw()
