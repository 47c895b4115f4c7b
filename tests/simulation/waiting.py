"""A wait, simulated: whatever happens, it ends in time and tells the truth."""

from __future__ import annotations

from collections import Counter
from random import Random

from simulation.lightsail import LAG, Account, Life, draw_traits
from simulation.machine import HOUR, Interruption, Machine, draw_weather

from lightsail_ops._core.waiting import Waiting
from lightsail_ops.errors import (
    AccessDeniedError,
    LightsailError,
    NotFoundError,
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
)
from lightsail_ops.models import Operation

LENGTH = 2000.0
LONGEST_ROUND = 120.0  # seconds of a request that times out, with its retries


class Waiter:
    """A program that waits for some operations."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        traits = draw_traits(random, LENGTH)
        self.account = Account(random, traits, LENGTH)
        self.machine = machine = Machine(seed, self.account, draw_weather(random, LENGTH))
        machine.shortest_backoff = 0.0  # a wait polls at its own pace, and once more at its end
        machine.pass_time(random.uniform(0.0, LENGTH))
        self.lives = self._choose_lives()
        self.timeout = random.choice([10.0, 300.0, 1200.0, HOUR])
        self.poll_interval = random.choice([0.5, 5.0, 5.0, 60.0])
        self.waiting = Waiting(
            [self._describe(life) for life in self.lives],
            timeout=self.timeout,
            poll_interval=self.poll_interval,
        )
        self.seen: dict[str, list[int]] = {}
        self.figures = Counter[str]()

    def run(self) -> None:
        """Wait until the end, and check it."""
        started = self.machine.now
        suspended_from = self.machine.aws_now - started
        while True:
            try:
                operation = self.machine.run(self.waiting.next_change())
            except Interruption:
                self.figures["interruptions"] += 1
            except NotFoundError:
                assert not all(life.is_visible(self.machine.aws_now) for life in self.lives)
                return  # AWS has removed it: the machine was suspended for long
            except AccessDeniedError:
                self.figures["errors"] += 1
                self.machine.pass_time(1.0)
            else:
                if operation is None:
                    break
                self._take(operation)
        seconds = self.machine.now - started
        is_awake = (
            self.machine.aws_now - self.machine.now == suspended_from
            and not self.machine.weather.suspension_rate
        )
        if is_awake:
            rounds = (len(self.lives) + 1) * LONGEST_ROUND
            assert seconds <= self.timeout + rounds + self.figures["errors"]
            self._check_requests(seconds)
        self._check_outcome()

    def _choose_lives(self) -> list[Life]:
        long_ago = self.machine.aws_now - LAG
        visible = [
            life
            for life in self.account.lives
            if life.is_visible(long_ago) and life.is_visible(long_ago + 5 * HOUR)
        ]
        return self.random.sample(visible, min(len(visible), self.random.randrange(6)))

    def _describe(self, life: Life) -> Operation | str:
        if self.random.random() < 0.5:
            return life.id
        return Operation.from_dict(life.states[life.get_state(self.machine.aws_now)])

    def _take(self, operation: Operation) -> None:
        life = self.account.by_id[operation.id]
        state = [each["status"] for each in life.states].index(operation.status)
        seen = self.seen.setdefault(operation.id, [])
        assert not seen or state > seen[-1], f"{operation.id}: state {state} after {seen}"
        seen.append(state)

    # --- What must hold.

    def _check_outcome(self) -> None:
        errors: dict[str, LightsailError] = {}
        try:
            operations = self.waiting.get_all()
        except WaitAllError as group:
            unseen = [life.id for life in self.lives if life.id not in self.seen]
            for each in group.exceptions:
                assert isinstance(each, WaitFailedError | WaitTimeoutError)
                errors[each.operation.id if each.operation else unseen.pop(0)] = each
        else:
            assert [each.id for each in operations] == [life.id for life in self.lives]
        for life in self.lives:
            status = life.states[(self.seen.get(life.id) or [0])[-1]]["status"]
            ended = life.id in self.seen and status in ("Succeeded", "Completed", "Failed")
            expected = (
                (WaitFailedError if status == "Failed" else None) if ended else WaitTimeoutError
            )
            assert type(errors.get(life.id)) is (expected or type(None)), (life.id, errors)

    def _check_requests(self, seconds: float) -> None:
        self.figures["requests"] = len(self.machine.sent)
        self.figures["operations"] = sum(map(len, self.seen.values()))
        # The first delays are shorter; a malformed body is fetched three times.
        polls = seconds / (0.75 * self.poll_interval) + 15 + self.figures["interruptions"]
        assert len(self.machine.sent) <= 3 * polls * max(len(self.lives), 1)
