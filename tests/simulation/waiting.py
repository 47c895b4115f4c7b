"""Waits: whatever happens, they end in time and tell the truth."""

from __future__ import annotations

from collections import Counter
from functools import partial
from random import Random
from typing import Any

import attrs
from simulation.ledger import ENDS
from simulation.lightsail import LAG, Account, Life, draw_traits
from simulation.machine import HOUR, Interruption, Machine, draw_weather
from simulation.world import World
from support.virtual import Respond, VirtualChildren

from lightsail_ops._core.effects import Emit, Request, Sleep, Together, resume
from lightsail_ops._core.engine import Outcome
from lightsail_ops._core.waiting import ResourceWaiting, Waiting
from lightsail_ops.errors import (
    AccessDeniedError,
    InvalidInputError,
    LightsailError,
    NotFoundError,
    PaginationError,
    ResponseError,
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
)
from lightsail_ops.models import Operation

LENGTH = 2000.0
MARGIN = 0.5  # seconds after the timeout
CONNECTIONS = 3


class Waiter:
    """A program that waits for some operations, or for those of a resource."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        traits = attrs.evolve(draw_traits(random, LENGTH), lacks_ids=False, gone_share=0.0)
        self.account = Account(random, traits, LENGTH)
        self.world = World(seed, draw_weather(random, LENGTH))
        self.machine = machine = Machine(self.world, self.account)
        machine.shortest_backoff = 0.0  # a wait polls at its own pace
        self.world.now += random.uniform(0.0, LENGTH)
        self.timeout = random.choice([10.0, 300.0, 1200.0, HOUR])
        self.poll_interval = random.choice([0.5, 5.0, 60.0]) if self.timeout < 600 else 60.0
        self.is_for_resource = random.random() < 0.3
        self.lives = [] if self.is_for_resource else self._choose_lives()
        self.waiting = self._make_waiting()
        self.seen: dict[str, list[int]] = {}
        self.figures = Counter[str]()

    def run(self) -> None:
        """Wait until the end, and check it."""
        started = self.world.now
        try:
            self._wait()
        except Interruption:
            self.figures["interrupts"] += 1  # which ends a wait
        except NotFoundError:
            pass  # AWS has removed it, or does not know it yet
        except AccessDeniedError:
            self._expect_fault("denied")
        except InvalidInputError:
            assert self.is_for_resource
        except PaginationError:
            self._expect_fault("looping")
        except ResponseError:
            assert any(life.poisoned_until for life in self.account.lives)
        else:
            self._check_outcome()
        if not self.world.weather.suspension_rate:
            assert self.world.now - started <= self.timeout + MARGIN
        self.figures["requests"] = len(self.machine.sent)
        self._check_requests(self.world.now - started)

    def _make_waiting(self) -> Waiting:
        if self.is_for_resource:
            return ResourceWaiting(
                "web", timeout=self.timeout, poll_interval=self.poll_interval, name=""
            )
        operations = [self._describe(life) for life in self.lives]
        return Waiting(operations, timeout=self.timeout, poll_interval=self.poll_interval, name="")

    def _wait(self) -> None:
        steps = self.waiting.wait(self.world.runtime)
        children = VirtualChildren(self.world, self._send, CONNECTIONS)
        outcomes: list[Any] = [None]
        while True:
            try:
                effect = resume(steps, outcomes)
            except StopIteration:
                return
            outcomes = [None]
            match effect:
                case Emit(operation):
                    self._take(operation)
                case Sleep(until):
                    self.world.now = max(self.world.now, until)
                    self.world.suspend()
                case Together(together, until):
                    self._interrupt()
                    outcomes = [children.run(together, until)]
                case _:
                    raise AssertionError(effect)

    def _send(self, request: Request) -> tuple[float, Respond]:
        self.machine.check_time(request)
        return self.machine.draw_latency(), partial(self._respond, request)

    def _respond(self, request: Request) -> tuple[Outcome, float]:
        self._interrupt()
        outcome, seconds = self.machine.respond(request)
        self.machine.deliver(outcome)
        return outcome, seconds

    def _interrupt(self) -> None:
        if self.random.random() < self.world.weather.interruption_rate:
            raise Interruption

    def _choose_lives(self) -> list[Life]:
        long_ago = self.world.aws_now - LAG
        visible = [
            life
            for life in self.account.lives
            if life.is_visible(long_ago) and life.is_visible(long_ago + 5 * HOUR)
        ]
        return self.random.sample(visible, min(len(visible), self.random.randrange(8)))

    def _describe(self, life: Life) -> Operation | str:
        if self.random.random() < 0.5:
            return life.id
        return Operation.from_dict(life.states[life.get_state(self.world.aws_now)])

    def _take(self, operation: Operation) -> None:
        self.figures["operations"] += 1
        life = self.account.by_id[operation.id]
        state = [each["status"] for each in life.states].index(operation.status)
        seen = self.seen.setdefault(operation.id, [])
        assert not seen or state > seen[-1], f"{operation.id}: state {state} after {seen}"
        seen.append(state)

    # --- What must hold.

    def _expect_fault(self, fault: str) -> None:
        self.figures["errors"] += 1
        assert any(each.fault == fault for each in self.world.weather.periods)

    def _check_outcome(self) -> None:
        errors: dict[str, LightsailError] = {}
        operations: list[Operation] = []
        try:
            operations = self.waiting.get_all()
        except WaitTimeoutError:
            assert self.is_for_resource  # no list came
            return
        except WaitAllError as group:
            for each in group.exceptions:
                assert isinstance(each, WaitFailedError | WaitTimeoutError)
                errors[each.operation_id] = each
        else:
            if not self.is_for_resource:
                assert [each.id for each in operations] == [life.id for life in self.lives]
        for name, states in self.seen.items():
            status = self.account.by_id[name].states[states[-1]]["status"]
            expected = (
                (WaitFailedError if status == "Failed" else None)
                if status in ENDS
                else WaitTimeoutError
            )
            assert type(errors.get(name)) is (expected or type(None)), (name, errors)
        for life in self.lives:
            assert life.id in self.seen or isinstance(errors.get(life.id), WaitTimeoutError)

    def _check_requests(self, seconds: float) -> None:
        # The first delays are shorter; a malformed body is fetched three times.
        polls = seconds / (0.75 * self.poll_interval) + 15
        pages = self.account.count_pages() if self.is_for_resource else 0
        assert len(self.machine.sent) <= 3 * polls * (len(self.seen) + len(self.lives) + pages + 1)
