"""The engine: the steps of many clients take turns, with a bounded number of requests in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from lightsail_ops._core.effects import (
    Emit,
    ForeignError,
    Request,
    Response,
    Runtime,
    Sleep,
    Steps,
    resume,
)
from lightsail_ops.errors import LightsailError

_K = TypeVar("_K")

Outcome: TypeAlias = Response | BaseException | None
"""How a request has ended. An exception other than a LightsailError is the client's own. None: it
was abandoned, or nobody knows how it has ended."""


@attrs.define(eq=False)
class Result(Generic[_K]):
    """Something to hand over to the reader."""

    number: int
    key: _K
    value: Any
    """What the steps of that client emit; None: they have ended with an error."""
    error: LightsailError | None = None
    taken: int = 0
    """How many operations of a page the reader has taken; 1, too, for an empty page."""


@attrs.frozen(eq=False)
class Sending(Generic[_K]):
    """A request in flight."""

    key: _K
    request: Request


class Engine(Generic[_K]):
    """Runs the steps of many clients. It belongs to one thread, or to one event loop.

    The reader wants result number n, and thereby is done with the one before. A client whose
    result has not been wanted does not run ahead of the reader, and only so many clients are
    awake at once, since each may hold a half-read list.
    """

    def __init__(
        self, steps: Mapping[_K, Steps[None]], max_in_flight: int, runtime: Runtime
    ) -> None:
        """Begin with all clients asleep; `max_in_flight` is the bound of those awake, too."""
        self._steps = dict(steps)  # of the clients that have not ended
        self._max_in_flight = max_in_flight
        self._runtime = runtime
        self._numbers = count()  # among equal times, the first in the heap comes first
        self._asleep: list[tuple[float, int, _K]] = []  # when to wake which client
        self._waiting: deque[_K] = deque(steps)  # clients that have slept enough
        self._awake: set[_K] = set()
        self._ready: deque[tuple[_K, Any]] = deque()  # and what to send into the steps
        self._unsent: deque[Sending[_K]] = deque()
        self._in_flight: set[Sending[_K]] = set()
        self._emitted: deque[Result[_K]] = deque()
        self._current: Result[_K] | None = None
        self._wanted = 0

    @property
    def is_over(self) -> bool:
        """True if all steps have ended and every result has been handed over."""
        return not self._steps and not self._emitted and self._current is None

    def want(self, number: int) -> None:
        """Note that the reader wants a result, and is done with those before it."""
        self._wanted = max(self._wanted, number)
        if self._current is None or self._current.number >= number:
            return
        result, self._current = self._current, None
        if result.value is not None:
            self._ready.append((result.key, None))

    def deliver(self, sending: Sending[_K], outcome: Outcome) -> None:
        """Note that a request has ended, or queue it again if its outcome is None.

        One that is not in flight any more is left out.
        """
        if sending not in self._in_flight:
            return
        if outcome is None:
            self._unsent.appendleft(sending)  # first: an interrupt must not lose it
            self._in_flight.remove(sending)
            return
        self._in_flight.remove(sending)
        if not isinstance(outcome, Response | LightsailError):
            outcome = ForeignError(outcome)
        self._ready.append((sending.key, outcome))

    def advance(self) -> Iterator[Sending[_K]]:
        """Run all steps that can go on, and yield the requests that are to be sent.

        One that could not be sent may have been delivered before the next is yielded.
        """
        self._wake()
        while self._ready or (self._unsent and len(self._in_flight) < self._max_in_flight):
            if not self._ready:
                sending = self._unsent.popleft()
                self._in_flight.add(sending)
                yield sending
                continue
            key, outcome = self._ready.popleft()
            outcomes = [outcome]
            del outcome  # it may hold a page
            self._run(key, outcomes)
            self._wake()

    def get_result(self) -> Result[_K] | None:
        """Return the result that the reader wants, as often as it is wanted; None: not yet."""
        if self._current is None and self._emitted:
            self._current = self._emitted.popleft()
            self._current.number = self._wanted
        return self._current

    def get_pause(self) -> float | None:
        """Return the seconds until steps can go on by themselves; None: they cannot."""
        return max(0.0, self._asleep[0][0] - self._runtime.get_time()) if self._asleep else None

    def _wake(self) -> None:
        """Wake what has slept long enough, as long as not too many are awake."""
        now = self._runtime.get_time()
        while self._asleep and self._asleep[0][0] <= now:
            self._waiting.append(heappop(self._asleep)[2])
        while self._waiting and len(self._awake) < self._max_in_flight:
            key = self._waiting.popleft()
            self._awake.add(key)
            self._ready.append((key, None))

    def _run(self, key: _K, outcomes: list[Any]) -> None:
        """Run the steps of a client until they have to wait."""
        try:
            effect = resume(self._steps[key], outcomes)
        except (StopIteration, LightsailError) as end:
            del self._steps[key]
            self._awake.remove(key)
            if isinstance(end, LightsailError):
                self._emitted.append(Result(0, key, None, end))
            return
        match effect:
            case Request():
                self._unsent.append(Sending(key, effect))
            case Emit(value):
                self._emitted.append(Result(0, key, value))
            case Sleep(until):  # others may be awake
                self._awake.remove(key)
                heappush(self._asleep, (until, next(self._numbers), key))
            case _:  # pragma: no cover - a bug
                raise AssertionError("the steps of an iterator run one after another")
