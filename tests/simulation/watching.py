"""Watches of one account or of several: each change once, in order, and every end."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random

from simulation.ledger import Ledger
from simulation.lightsail import EPOCH, HISTORY, LAG, Account, draw_traits
from simulation.machine import CALM, Interruption, Machine, Over, draw_weather
from simulation.world import VirtualReader, World

from lightsail_ops import FleetWatch
from lightsail_ops._core.cursor import Cursor
from lightsail_ops._core.watching import Watching
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation

FLEET_EVERY = 20  # a watch of several accounts takes as long as many others


class Watcher:
    """A program that watches: it takes its time, meets errors, is interrupted and restarted."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        count = random.choice([2, 3, 5]) if seed % FLEET_EVERY == 0 else 1
        self.poll_interval = random.choice([20.0, 60.0, 120.0, 120.0, 300.0])
        self.length = self.poll_interval * random.choice([10, 25])
        self.world = World(seed, draw_weather(random, self.length))
        self.accounts = [
            Account(random, draw_traits(random, self.length), self.length) for _ in range(count)
        ]
        self.machines = {
            key: Machine(self.world, account) for key, account in enumerate(self.accounts)
        }
        self.concurrency = random.choice([1, 2, 16])
        if any(each.traits.jump[1] for each in self.accounts):
            self.world.clock_error = min(self.world.clock_error, 0.0)
        self.restart_rate = random.choice([0.0, 0.0, 0.02, 0.2])
        self.pauses = random.choice([0.0, 0.0, 1.0, 60.0])
        since = draw_since(random)
        self.ledgers = {key: Ledger(machine, since) for key, machine in self.machines.items()}
        self.figures = Counter[str]()
        self.last_taken: tuple[int, float] = (0, 0.0)
        self.cursors = {key: Cursor(since).to_string() for key in self.machines}
        self._open()

    def run(self) -> None:
        """Watch through the weather, then in the calm, and check what was reported."""
        end = self.world.aws_now + self.length
        self.world.is_over = lambda: self.world.aws_now >= end
        self._watch()
        self.world.weather = CALM
        for account in self.accounts:
            account.be_calm()
        calm_from = self.world.aws_now
        self.world.is_over = lambda: self._count_complete(calm_from) >= 3
        self.restart_rate = self.pauses = 0.0
        self._watch()
        for key, ledger in self.ledgers.items():
            ledger.check_all_reported(last_but=1)
            ledger.check_cursor(self.watch.cursors[key])
            if len(self.accounts) == 1:
                ledger.check_polls(calm_from, self.poll_interval)
        self._check_figures(calm_from)

    def _open(self) -> None:
        watchings = {
            key: Watching(
                Cursor.from_string(cursor), poll_interval=self.poll_interval, name=str(key)
            )
            for key, cursor in self.cursors.items()
        }
        runtime = self.world.runtime
        steps = {key: each.watch(runtime) for key, each in watchings.items()}
        self.reader = VirtualReader(self.world, steps, self.machines, self.concurrency)
        self.watch = FleetWatch(self.reader, watchings, {}, self._note_error)
        self.last_taken = (0, 0.0)

    def _note_error(self, key: int, error: LightsailError) -> None:
        self.figures["errors"] += 1
        self.ledgers[key].check_error(error)
        self.machines[key].not_before = self.world.now + self.poll_interval

    def _count_complete(self, calm_from: float) -> int:
        return min(each.count_complete(calm_from) for each in self.ledgers.values())

    def _watch(self) -> None:
        while True:
            try:
                change = self.watch.next_change(self.random.choice([None, 0, 100.0]))
            except Over:
                return
            except Interruption:
                self.figures["interrupts"] += 1
                if self.random.random() < 0.3:
                    self._restart()
            else:
                if change is not None:
                    self._take(*change)

    def _take(self, key: int, operation: Operation) -> None:
        self.figures["operations"] += 1
        self._check_order(operation)
        self.ledgers[key].take(operation)
        before, self.cursors = self.cursors, self.watch.cursors
        if self.random.random() < self.restart_rate:
            if self.random.random() < 0.1:  # it crashes before the cursor is stored
                self.ledgers[key].reported[operation.resource_name].pop()
                self.cursors = before
            self._restart()
        if self.pauses:
            self.reader.pass_time(self.random.expovariate(1 / self.pauses))

    def _check_order(self, operation: Operation) -> None:
        """Check that the changes that one reading found come in the order of their time."""
        changed = (operation.status_changed_at or operation.created_at).timestamp()
        number, before = self.last_taken
        assert number != self.reader.number or changed >= before, "changes are out of order"
        self.last_taken = (self.reader.number, changed)

    def _restart(self) -> None:
        self.figures["restarts"] += 1
        for ledger, machine in zip(self.ledgers.values(), self.machines.values(), strict=True):
            ledger.excuse()
            machine.not_before = 0.0
        self._open()

    def _check_figures(self, calm_from: float) -> None:
        assert self.reader.most_in_flight <= self.concurrency
        pages = sum(each.count_pages() for each in self.accounts)
        longest = max(600.0, 20 * 60.0 * pages) + self.poll_interval + 300.0
        assert self.world.aws_now - calm_from < 4 * longest
        for machine in self.machines.values():
            seconds = self.world.now - 1000.0
            begun_again = machine.refused + self.figures["restarts"] + self.figures["errors"]
            polls = seconds / self.poll_interval + begun_again
            served = len(machine.sent) - machine.failed
            self.figures["requests"] += len(machine.sent)
            assert served <= (polls + 2) * (2 * machine.account.count_pages() + 2)


def draw_since(random: Random) -> datetime | None:
    """Draw a time before the watch begins."""
    if random.random() < 0.8:
        return None
    return datetime.fromtimestamp(EPOCH - random.uniform(2 * LAG, 0.5 * HISTORY), UTC)
