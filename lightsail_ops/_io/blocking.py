"""The synchronous driver for the steps of one call, which it runs in the calling thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, TypeVar

from lightsail_ops._core.effects import Emit, Request, Response, Sleep, Steps
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops.errors import LightsailError

_T = TypeVar("_T")


def run(steps: Steps[_T], send: Callable[[Request], Response]) -> _T:
    """Run the steps of one call and return their result; raises what they raise."""
    try:
        next(iterate(steps, send))
    except StopIteration as stop:
        result: _T = stop.value
        return result
    raise AssertionError("these steps emit nothing")


def iterate(
    steps: Steps[_T], send: Callable[[Request], Response]
) -> Generator[Any, None, _T]:  # Any: what the steps emit
    """Run steps, yield what they emit, and return their result."""
    resume: Callable[[], Any] = partial(next, steps)
    while True:
        try:
            effect = resume()
        except StopIteration as stop:
            result: _T = stop.value
            return result
        finally:
            del resume  # it may hold a response, and an error's traceback holds this frame
        resume = partial(next, steps)
        match effect:
            case Request():
                try:
                    resume = partial(steps.send, send(effect))
                except LightsailError as error:
                    resume = partial(steps.throw, error)
            case Sleep(until):
                time.sleep(max(0.0, until - RUNTIME.get_time()))
            case Emit(value):
                del effect  # it holds the page
                yield value
                del value
            case _:  # pragma: no cover - a bug
                raise AssertionError("the steps of a call run one after another")
