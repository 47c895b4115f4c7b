"""A watch, simulated: whatever happens, each change once, in order, and every end."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random

from simulation.ledger import Ledger
from simulation.lightsail import EPOCH, HISTORY, LAG, Account, draw_traits
from simulation.machine import CALM, Interruption, Machine, Over, draw_weather

from lightsail_ops._core.watching import Watching
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation


class Watcher:
    """A program that watches: it takes its time, meets errors, is interrupted and restarted."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.poll_interval = random.choice([20.0, 60.0, 120.0, 120.0, 300.0])
        self.length = self.poll_interval * random.choice([10, 25])
        self.account = Account(random, draw_traits(random, self.length), self.length)
        self.machine = Machine(seed, self.account, draw_weather(random, self.length))
        self.restart_rate = random.choice([0.0, 0.0, 0.02, 0.2])
        self.pauses = random.choice([0.0, 0.0, 1.0, 60.0])
        since = draw_since(random)
        self.ledger = Ledger(self.machine, since)
        self.watching = Watching(poll_interval=self.poll_interval, since=since)
        self.cursor = self.watching.cursor
        self.figures = Counter[str]()

    def run(self) -> None:
        """Watch through the weather, then in the calm, and check what was reported."""
        end = self.machine.aws_now + self.length
        self.machine.is_over = lambda: self.machine.aws_now >= end
        self._watch()
        self.machine.weather = CALM
        self.account.be_calm()
        calm_from = self.machine.aws_now
        self.machine.is_over = lambda: self.ledger.count_complete(calm_from) >= 2
        self.restart_rate = self.pauses = 0.0
        self._watch()
        self.ledger.check_all_reported()
        self.ledger.check_polls(calm_from, self.poll_interval)
        self.ledger.check_cursor(self.watching.cursor)
        self._check_time(calm_from)
        self._check_requests()

    def _watch(self) -> None:
        while True:
            try:
                operation = self.machine.run(self.watching.next_operation())
            except Over:
                return
            except Interruption:
                self.figures["interruptions"] += 1
                self.machine.not_before = 0.0  # a delay may not have been drawn yet
                if self.random.random() < 0.5:
                    self._restart(self.watching.cursor)
            except LightsailError as error:
                self.figures["errors"] += 1
                self.ledger.check_error(error)
                self.machine.not_before = self.machine.now + self.poll_interval
            else:
                self._take(operation)

    def _take(self, operation: Operation) -> None:
        self.ledger.take(operation)
        before, self.cursor = self.cursor, self.watching.cursor
        if self.random.random() < self.restart_rate:
            if self.random.random() < 0.1:  # it crashes before the cursor is stored
                self.ledger.reported[operation.id].pop()
                self.cursor = before
            self._restart(self.cursor)
        if self.pauses:
            self.machine.pass_time(self.random.expovariate(1 / self.pauses))

    def _restart(self, cursor: str) -> None:
        self.figures["restarts"] += 1
        self.machine.not_before = 0.0
        self.ledger.excuse()
        self.cursor = cursor
        self.watching = Watching(poll_interval=self.poll_interval, cursor=cursor)

    # --- What must hold.

    def _check_time(self, calm_from: float) -> None:
        pages = self.account.count_pages()
        longest = max(600.0, 20 * 60.0 * pages) + self.poll_interval + 300.0
        assert self.machine.aws_now - calm_from < 3 * longest

    def _check_requests(self) -> None:
        machine = self.machine
        seconds = machine.now - 1000.0
        begun_again = machine.refused + self.figures["restarts"] + self.figures["interruptions"]
        polls = seconds / self.poll_interval + begun_again
        served = len(machine.sent) - machine.failed
        self.figures["requests"] = len(machine.sent)
        self.figures["operations"] = sum(map(len, self.ledger.reported.values()))
        assert served <= (polls + 2) * (2 * self.account.count_pages() + 2)


def draw_since(random: Random) -> datetime | None:
    """Draw a time before the watch begins."""
    if random.random() < 0.8:
        return None
    return datetime.fromtimestamp(EPOCH - random.uniform(2 * LAG, 0.5 * HISTORY), UTC)
