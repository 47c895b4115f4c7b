"""A watch of several accounts, simulated: an error of one does not stop the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from simulation.ledger import Ledger
from simulation.lightsail import EPOCH, Account, draw_traits
from simulation.machine import CALM, Interruption, Machine, Over, draw_weather
from simulation.watching import draw_since
from support.virtual_fleet import VirtualFleet

from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.fleet import FleetWatching
from lightsail_ops._core.scheduling import FleetEffect, Outcome
from lightsail_ops._core.watching import Watching
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation

LENGTH = 1500.0
POLL_INTERVAL = 60.0
MOST_IN_FLIGHT = 2


class Accounts(VirtualFleet[int]):
    """The accounts, each with its own network, under one clock."""

    def __init__(self, seed: int, count: int) -> None:
        random = Random(seed)
        self._chance = Random(seed)
        self.machines = [self._make_machine(random, seed + number) for number in range(count)]
        self.slowest = random.choice([0.2, 2.0, 30.0])
        super().__init__(self._serve, self._draw_latency, seed)
        self.interruption_rate = random.choice([0.0, 0.0, 0.002])
        self.ends_at = self.now + LENGTH
        self.is_over: Callable[[], bool] = lambda: self.now >= self.ends_at

    def abandon_requests(self) -> None:
        self._in_flight.clear()

    def _make_machine(self, random: Random, seed: int) -> Machine:
        account = Account(random, draw_traits(random, LENGTH), LENGTH)
        return Machine(seed, account, draw_weather(random, LENGTH))

    def _perform(self, effect: FleetEffect[int]) -> Any:
        if self._chance.random() < self.interruption_rate:
            raise Interruption
        if self.is_over():
            raise Over
        return super()._perform(effect)

    def _receive(self, seconds: float | None) -> tuple[int, Outcome] | None:
        received = super()._receive(seconds)
        if received is not None:
            self.machines[received[0]].deliver()
        return received

    def _draw_latency(self, _key: int) -> float:
        return self._chance.uniform(0.05, self.slowest)

    def _serve(self, key: int, request: Request) -> Response:
        machine = self.machines[key]
        machine.now = self.now
        return machine.response(request)


class FleetWatcher:
    """A program that watches several accounts, and is interrupted and restarted."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.accounts = Accounts(seed, random.choice([1, 3, 5]))
        self.machines = dict(enumerate(self.accounts.machines))
        since = draw_since(random)
        self.ledgers = {key: Ledger(machine, since) for key, machine in self.machines.items()}
        watchings = {
            key: Watching(poll_interval=POLL_INTERVAL, since=since) for key in self.machines
        }
        self.watching = FleetWatching(watchings, MOST_IN_FLIGHT)
        self.restart_rate = random.choice([0.0, 0.01])
        self.figures = Counter[str]()

    def run(self) -> None:
        """Watch through the weather, then in the calm, and check what was reported."""
        self._watch()
        self._start_over()
        self.accounts.slowest, self.accounts.interruption_rate = 0.2, 0.0
        self.restart_rate = 0.0
        for machine in self.machines.values():
            machine.weather = CALM
            machine.account.be_calm()
        calm_from = EPOCH + self.accounts.now - 1000.0
        self.accounts.is_over = lambda: self._is_over(calm_from)
        self._watch()
        for ledger in self.ledgers.values():
            ledger.check_all_reported(last_but=1)
        assert self.accounts.most_in_flight <= MOST_IN_FLIGHT
        self.figures["requests"] = len(self.accounts.sent)
        self.figures["operations"] = sum(len(each.reported) for each in self.ledgers.values())

    def _is_over(self, calm_from: float) -> bool:
        """Whether each account has been read twice, and all of that was handed out."""
        counts = [ledger.count_complete(calm_from) for ledger in self.ledgers.values()]
        return min(counts) >= 3

    def _watch(self) -> None:
        while True:
            try:
                result = self.accounts.run(self.watching.next_result())
            except Over:
                return
            except Interruption:
                self.figures["interruptions"] += 1
                self._start_over()
            else:
                assert result is not None
                self._take(*result)

    def _start_over(self) -> None:
        self.accounts.abandon_requests()
        self.watching.start_over()

    def _take(self, key: int, result: Operation | LightsailError) -> None:
        if isinstance(result, LightsailError):
            self.figures["errors"] += 1
            self.ledgers[key].check_error(result)
        else:
            self.ledgers[key].take(result)
            if self.random.random() < self.restart_rate:
                self._restart()

    def _restart(self) -> None:
        self.figures["restarts"] += 1
        self.accounts.abandon_requests()
        for ledger in self.ledgers.values():
            ledger.excuse()
        watchings = {
            key: Watching(poll_interval=POLL_INTERVAL, cursor=cursor)
            for key, cursor in self.watching.cursors.items()
        }
        self.watching = FleetWatching(watchings, MOST_IN_FLIGHT)
