"""One machine under a virtual clock: its network, its sleeps, and the engine's driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, TypeVar

from simulation.lightsail import EPOCH
from simulation.machine import HOUR, Interruption, Machine, Over, Weather

from lightsail_ops._core.effects import Runtime, Steps
from lightsail_ops._core.engine import Engine, Outcome, Result, Sending
from lightsail_ops._io.reader import Reader

K = TypeVar("K")

EventQueue = list[tuple[float, int, Sending[Any], Outcome | None]]


class World:
    """The time of this machine and of AWS."""

    def __init__(self, seed: int, weather: Weather) -> None:
        self.now = 1000.0
        self.weather = weather
        self.offset = EPOCH - self.now
        self.is_over: Callable[[], bool] = lambda: False
        """Tells whether `Over` is to be raised where nothing is left to hand over."""
        self.random = Random(seed)
        self.clock_error = self.random.choice([0.0, 0.0, -HOUR, 5.0])
        """By how many seconds this machine's clock is wrong; AWS's may run ahead, but not both."""
        self.runtime = Runtime(
            get_time=lambda: self.now, get_utc=self._get_utc, draw=self.random.random
        )

    @property
    def aws_now(self) -> float:
        """AWS's time."""
        return self.now + self.offset

    def _get_utc(self) -> datetime:
        return datetime.fromtimestamp(self.aws_now + self.clock_error, UTC)

    def suspend(self) -> None:
        """Suspend the machine for some time, perhaps."""
        if self.random.random() < self.weather.suspension_rate:
            seconds = self.random.uniform(60.0, 3 * HOUR)
            if self.weather.clock_counts_suspension:
                self.now += seconds
            else:
                self.offset += seconds


class VirtualReader(Reader[K]):
    """A reader without threads."""

    def __init__(
        self,
        world: World,
        steps: Mapping[K, Steps[None]],
        machines: Mapping[K, Machine],
        max_in_flight: int,
    ) -> None:
        super().__init__({}, {}, 1)
        self.number = 0
        """The number of the result that was handed over last."""
        self.most_in_flight = 0
        self._world = world
        self._machines = machines
        self._engine = Engine(steps, max_in_flight, world.runtime)
        self._events: EventQueue = []
        self._numbers = count()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def find(self, has_more: Callable[[], bool], timeout: float | None = None) -> bool:
        self._deadline = None if timeout is None else self._world.now + timeout
        return super().find(has_more, timeout)

    def _get_result(self, number: int, deadline: float | None) -> Result[K] | None:
        return self.get_result(number, self._deadline)

    def get_result(self, number: int, deadline: float | None = None) -> Result[K] | None:
        """Return a result, as `Reader.get_result` does; may raise `Interruption` or `Over`."""
        world = self._world
        self._interrupt()
        self._engine.want(number)
        while True:
            self._interrupt()
            self._send()
            result = self._engine.get_result()
            if result is not None:
                self._interrupt()
                assert result.number == number
                self.number = number
                return result
            if self._engine.is_over:
                return None
            if world.is_over():
                raise Over
            until = self._find_next_event()
            assert until is not None, "the steps wait for ever"
            if deadline is not None and until > deadline:
                world.now = max(world.now, deadline)
                return None
            self._go_to(until)

    def pass_time(self, seconds: float) -> None:
        """Let time pass without a reader, while the engine goes on."""
        until = self._world.now + seconds
        while True:
            self._send()
            following = self._find_next_event()
            if following is None or following > until:
                break
            self._go_to(following)
        self._world.now = max(self._world.now, until)

    def _interrupt(self) -> None:
        if self._world.random.random() < self._world.weather.interruption_rate:
            raise Interruption

    def _send(self) -> None:
        for sending in self._engine.advance():
            machine = self._machines[sending.key]
            machine.check_time(sending.request)
            at = self._world.now + machine.draw_latency()
            heappush(self._events, (at, next(self._numbers), sending, None))
        self.most_in_flight = max(self.most_in_flight, len(self._events))

    def _find_next_event(self) -> float | None:
        pause = self._engine.get_pause()
        times = [self._events[0][0]] if self._events else []
        if pause is not None:
            times.append(self._world.now + pause)
        return min(times, default=None)

    def _go_to(self, until: float) -> None:
        """Let time pass until an event, and deliver what has come by then."""
        is_sleep = not self._events or self._events[0][0] > until
        self._world.now = max(self._world.now, until)
        if is_sleep:
            self._world.suspend()
        while self._events and self._events[0][0] <= self._world.now:
            _, _, sending, outcome = heappop(self._events)
            machine = self._machines[sending.key]
            if outcome is None:
                outcome, delay = machine.respond(sending.request)
                if delay:
                    at = self._world.now + delay
                    heappush(self._events, (at, next(self._numbers), sending, outcome))
                    continue
            machine.deliver(outcome)
            self._engine.deliver(sending, outcome)
