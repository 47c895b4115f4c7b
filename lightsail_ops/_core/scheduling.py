"""Scheduling: many sources take turns, with a bounded number of requests in flight."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from lightsail_ops._core.effects import Draw, Request, Response, Sleep, Steps
from lightsail_ops.errors import LightsailError

_K = TypeVar("_K")
_T = TypeVar("_T")


@attrs.frozen
class Submit(Generic[_K]):
    """Begin to send a source's request, without waiting for the response. There is no result."""

    key: _K
    request: Request


@attrs.frozen
class Receive:
    """Wait until any request in flight has ended.

    The result is the source's key with the response or the error; None if none ended in time.
    """

    seconds: float | None
    """How long to wait, at most. None: without a limit."""


Outcome: TypeAlias = Response | LightsailError
FleetEffect: TypeAlias = Submit[_K] | Receive | Sleep | Draw
# Any, as for Steps: what is sent in depends on the effect. A Sleep is always one of 0 seconds here.
FleetSteps: TypeAlias = Generator[FleetEffect[_K], Any, _T]


@attrs.define(eq=False)
class _Task(Generic[_K, _T]):
    """One source, and the steps to its next result as far as they have been run."""

    key: _K
    next_result: Callable[[], Steps[_T | None]]
    steps: Steps[_T | None] | None = None


class Scheduler(Generic[_K, _T]):
    """A round-robin scheduler: it runs the steps of many sources, by turns.

    A source does not run ahead of the reader: its steps continue when the reader has taken its last
    result and wants another. Each event costs O(log n).
    """

    def __init__(
        self, sources: Mapping[_K, Callable[[], Steps[_T | None]]], max_in_flight: int
    ) -> None:
        """Take the sources.

        Args:
            sources: by key, what makes the steps to a source's next result. A result of None ends
                the source; so does a LightsailError.
            max_in_flight: how many requests may be in flight, or wait for the reader, at once.
        """
        self._max_in_flight = max_in_flight
        self._tasks = {key: _Task(key, next_result) for key, next_result in sources.items()}
        self._numbers = count()  # among equal times, the first in the heap comes first
        self._asleep = [(-math.inf, next(self._numbers), task) for task in self._tasks.values()]
        self._ready: deque[tuple[_Task[_K, _T], Request]] = deque()
        self._in_flight = 0
        self._reading: _Task[_K, _T] | None = None

    def next_result(self) -> FleetSteps[_K, tuple[_K, _T | LightsailError] | None]:
        """Return the next result of any source, with its key; None when all sources have ended."""
        task, outcome = self._reading, None
        self._reading = None
        while True:
            if task is not None:
                result = yield from self._run(task, outcome)
                if result is not None:  # returned at once, lest an interrupt should lose it
                    return task.key, result
            yield from self._submit_ready()
            event = yield from self._next_event()
            if event is None:
                return None
            task, outcome = event

    def _run(
        self, task: _Task[_K, _T], outcome: Outcome | float | None
    ) -> FleetSteps[_K, _T | LightsailError | None]:
        """Run a source's steps until it has a result or has to wait; return the result, if any."""
        steps = task.steps
        if steps is None:
            steps, outcome = task.next_result(), None
        task.steps = None
        try:
            while True:
                if isinstance(outcome, LightsailError):
                    effect = steps.throw(outcome)
                else:
                    effect = steps.send(outcome)
                if isinstance(effect, Request):
                    self._ready.append((task, effect))
                    break
                if isinstance(effect, Sleep) and effect.seconds > 0:
                    now: float = yield Sleep(0.0)
                    heappush(self._asleep, (now + effect.seconds, next(self._numbers), task))
                    break
                outcome = yield effect
        except StopIteration as stop:
            result: _T | None = stop.value
            if result is None:
                del self._tasks[task.key]
            else:
                self._reading = task
            return result
        except LightsailError as error:
            del self._tasks[task.key]
            return error
        task.steps = steps
        return None

    def _submit_ready(self) -> FleetSteps[_K, None]:
        while self._ready and self._in_flight < self._max_in_flight:
            task, request = self._ready.popleft()
            self._in_flight += 1
            yield Submit(task.key, request)

    def _next_event(
        self,
    ) -> FleetSteps[_K, tuple[_Task[_K, _T], Outcome | float] | None]:
        """Return the next source that can go on, and what for; None when all have ended."""
        while True:
            now: float = yield Sleep(0.0)
            if self._asleep and self._asleep[0][0] <= now:
                return heappop(self._asleep)[2], now
            if not self._asleep and not self._in_flight:
                return None
            seconds = self._asleep[0][0] - now if self._asleep else None
            received: tuple[_K, Outcome] | None = yield Receive(seconds)
            if received is not None:
                self._in_flight -= 1
                yield from self._submit_ready()
                return self._tasks[received[0]], received[1]
