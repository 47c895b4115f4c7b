"""The engine: the steps of many clients take turns, with a bounded number of requests in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from lightsail_ops._core.backoff import Backoff
from lightsail_ops._core.effects import Emit, Request, Response, Runtime, Sleep, Steps, Together
from lightsail_ops.errors import LightsailError

_K = TypeVar("_K")

Outcome: TypeAlias = Response | BaseException
"""How a request has ended. An exception other than a LightsailError is the client's own."""


@attrs.define(eq=False)
class Result(Generic[_K]):
    """Something to hand over to the reader."""

    number: int
    key: _K
    value: Any
    """What the steps of that client emit. With an error: None if the steps have ended; else the
    request at which the client raised what is no error of AWS's."""
    error: BaseException | None = None

    def take_error(self) -> BaseException | None:
        """Return the error, and forget it: once raised, its traceback keeps the reader alive."""
        error, self.error = self.error, None
        return error


@attrs.frozen(eq=False)
class Sending(Generic[_K]):
    """A request in flight."""

    task: _Task[_K]
    request: Request

    @property
    def key(self) -> _K:
        """The client's key."""
        return self.task.key


@attrs.define(eq=False)
class _Task(Generic[_K]):
    """Steps, as far as they have been run."""

    key: _K
    steps: Steps[Any]
    group: _Group[_K] | None = None
    index: int = 0  # among the group's tasks
    is_awake: bool = False
    backoff: Backoff | None = None  # after errors of the client's own


@attrs.define(eq=False)
class _Group(Generic[_K]):
    """Steps that run together, and the task that waits for them."""

    parent: _Task[_K]
    outcomes: list[Any]
    missing: int
    is_over: bool = False


class Engine(Generic[_K]):
    """Runs the steps of many clients. It belongs to one thread, or to one event loop.

    The reader wants result number n, and thereby is done with the one before. A client whose
    result has not been wanted does not run ahead of the reader, and only so many clients are
    awake at once, since each may hold a half-read list.
    """

    def __init__(
        self, steps: Mapping[_K, Steps[None]], max_in_flight: int, runtime: Runtime
    ) -> None:
        """Begin with all clients asleep.

        Args:
            steps: each client's steps.
            max_in_flight: how many requests may be in flight at once, and how many clients awake.
            runtime: the clock and the random numbers.
        """
        self._max_in_flight = max_in_flight
        self._runtime = runtime
        self._numbers = count()  # among equal times, the first in the heap comes first
        self._running = len(steps)
        self._awake = 0
        self._waiting = deque(_Task(key, each) for key, each in steps.items())
        self._asleep: list[tuple[float, int, _Task[_K] | _Group[_K] | Sending[_K]]] = []
        self._ready: deque[tuple[_Task[_K], Any]] = deque()  # and what to send into the steps
        self._unsent: deque[Sending[_K]] = deque()
        self._in_flight: set[Sending[_K]] = set()
        self._emitted: deque[tuple[_Task[_K], Result[_K]]] = deque()
        self._current: tuple[_Task[_K], Result[_K]] | None = None
        self._wanted = 0

    @property
    def is_over(self) -> bool:
        """True if all steps have ended and every result has been handed over."""
        return not self._running and not self._emitted and self._current is None

    def want(self, number: int) -> None:
        """Note that the reader wants a result, and is done with those before it."""
        self._wanted = max(self._wanted, number)
        if self._current is None or self._current[1].number >= number:
            return
        task, result = self._current
        self._current = None
        if isinstance(result.value, Request):  # the client raised an error of its own
            task.backoff = task.backoff or Backoff(self._runtime.draw)
            until = self._runtime.get_time() + task.backoff.next_delay()
            heappush(self._asleep, (until, next(self._numbers), Sending(task, result.value)))
        elif result.value is not None:
            self._ready.append((task, None))

    def deliver(self, sending: Sending[_K], outcome: Outcome) -> None:
        """Note that a request has ended. One that is not in flight any more is left out."""
        if sending not in self._in_flight:
            return
        self._in_flight.remove(sending)
        if isinstance(outcome, Response | LightsailError):
            sending.task.backoff = None
            self._ready.append((sending.task, outcome))
        else:
            self._emit(sending.task, sending.request, outcome)

    def send_again(self) -> None:
        """Queue the requests in flight again: what would have delivered their outcomes is gone."""
        self._unsent.extendleft(self._in_flight)
        self._in_flight.clear()

    def advance(self) -> Iterator[Sending[_K]]:
        """Run all steps that can go on, and yield the requests that are to be sent."""
        self._wake()
        while self._ready:
            self._run(*self._ready.popleft())
            self._wake()
        while self._unsent and len(self._in_flight) < self._max_in_flight:
            sending = self._unsent.popleft()
            if sending.task.group is None or not sending.task.group.is_over:
                self._in_flight.add(sending)
                yield sending

    def get_result(self) -> Result[_K] | None:
        """Return the result that the reader wants, as often as it is wanted; None: not yet."""
        if self._current is None and self._emitted:
            task, result = self._emitted.popleft()
            self._current = task, attrs.evolve(result, number=self._wanted)
        return None if self._current is None else self._current[1]

    def get_pause(self) -> float | None:
        """Return the seconds until steps can go on by themselves; None: they cannot."""
        return max(0.0, self._asleep[0][0] - self._runtime.get_time()) if self._asleep else None

    def _wake(self) -> None:
        """Wake what has slept long enough, as long as not too many are awake."""
        now = self._runtime.get_time()
        while self._asleep and self._asleep[0][0] <= now:
            _, _, sleeper = heappop(self._asleep)
            if isinstance(sleeper, _Group):
                self._end_group(sleeper)
            elif isinstance(sleeper, Sending):
                self._unsent.append(sleeper)
            elif sleeper.group is not None:  # its parent is awake
                self._ready.append((sleeper, None))
            else:
                self._waiting.append(sleeper)
        while self._waiting and self._awake < self._max_in_flight:
            task = self._waiting.popleft()
            task.is_awake = True
            self._awake += 1
            self._ready.append((task, None))

    def _run(self, task: _Task[_K], outcome: Any) -> None:
        """Run steps until they have to wait."""
        is_error = isinstance(outcome, LightsailError)
        resume = partial(task.steps.throw if is_error else task.steps.send, outcome)
        del outcome  # it may hold a body, and an error's traceback holds this frame
        try:
            effect = resume()
        except StopIteration as stop:
            self._end(task, stop.value)
        except LightsailError as error:
            self._end(task, error)
        else:
            self._perform(task, effect)
        finally:
            del resume

    def _perform(self, task: _Task[_K], effect: Request | Sleep | Emit[Any] | Together) -> None:
        match effect:
            case Request():
                self._unsent.append(Sending(task, effect))
            case Sleep(until):
                self._put_to_sleep(task)
                heappush(self._asleep, (until, next(self._numbers), task))
            case Emit(value):
                self._emit(task, value)
            case Together(children, until):
                self._start_group(task, children, until)

    def _emit(self, task: _Task[_K], value: Any, error: BaseException | None = None) -> None:
        self._emitted.append((task, Result(0, task.key, value, error)))

    def _put_to_sleep(self, task: _Task[_K]) -> None:
        self._awake -= task.is_awake
        task.is_awake = False

    def _end(self, task: _Task[_K], outcome: Any) -> None:
        """Note that steps have ended, with their result or a LightsailError."""
        self._put_to_sleep(task)
        if task.group is not None:
            task.group.outcomes[task.index] = outcome
            task.group.missing -= 1
            if not task.group.missing:
                self._end_group(task.group)
            return
        self._running -= 1
        if isinstance(outcome, LightsailError):
            self._emit(task, None, outcome)

    def _start_group(self, parent: _Task[_K], children: Any, until: float) -> None:
        group = _Group(parent, [None] * len(children), len(children))
        heappush(self._asleep, (until, next(self._numbers), group))
        for index, steps in enumerate(children):
            self._ready.append((_Task(parent.key, steps, group, index), None))

    def _end_group(self, group: _Group[_K]) -> None:
        if not group.is_over:
            group.is_over = True
            self._ready.append((group.parent, group.outcomes))
