"""Listings of a fleet: read page by page, with `created_after` and `retry_for`, and interrupted."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random

import attrs
from simulation.lightsail import EPOCH, HISTORY, LAG, Account, Life, draw_traits
from simulation.machine import Interruption, Machine, draw_weather
from simulation.world import VirtualReader, World

from lightsail_ops import FleetError, FleetOperations
from lightsail_ops._core.effects import Request
from lightsail_ops._core.paging import Listing, read_pages
from lightsail_ops.errors import LightsailError

LENGTH = 200.0
LONGEST_REQUEST = 100.0  # seconds, of one that times out


class Lister:
    """A program that reads the lists of some accounts, and resumes those that failed."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.world = World(seed, draw_weather(random, LENGTH))
        count = random.choice([1, 1, 3])
        accounts = [
            Account(random, attrs.evolve(draw_traits(random, LENGTH), gone_share=0.0), LENGTH)
            for _ in range(count)
        ]
        self.machines = {key: Machine(self.world, each) for key, each in enumerate(accounts)}
        self.retry_for = random.choice([0.0, 30.0, 600.0])
        for machine in self.machines.values():
            machine.shortest_backoff = 0.0 if self.retry_for else 0.5
        self.created_after = (
            datetime.fromtimestamp(EPOCH - random.uniform(0.0, HISTORY), UTC)
            if random.random() < 0.4
            else None
        )
        self.started = self.world.aws_now
        self.names: dict[int, list[str]] = {key: [] for key in self.machines}
        self.errors: dict[int, LightsailError] = {}
        self.figures = Counter[str]()

    def run(self) -> None:
        """Read to the end, and check what was read."""
        steps = {
            key: read_pages(
                Listing(Request("get_operations"), self.created_after, self.retry_for),
                self.world.runtime,
            )
            for key in self.machines
        }
        self.reader = VirtualReader(self.world, steps, self.machines, self.random.choice([1, 2]))
        operations: FleetOperations[int] = FleetOperations(self.reader)
        while True:
            try:
                if self.random.random() < 0.5:
                    key, operation = next(operations)
                    self.names[key].append(operation.resource_name)
                else:
                    key, page = next(operations.pages())
                    self.names[key].extend(each.resource_name for each in page)
            except Interruption:
                self.figures["interrupts"] += 1
            except FleetError as group:
                self.errors = dict(group.by_key)
            except StopIteration:
                break
        for key, machine in self.machines.items():
            self._check(key, machine)

    # --- What must hold.

    def _check(self, key: int, machine: Machine) -> None:
        account, names = machine.account, self.names[key]
        self.figures["requests"] += len(machine.sent)
        self.figures["operations"] += len(names)
        self.figures["errors"] += key in self.errors
        wanted = [
            life
            for life in account.lives
            if self.created_after is None or life.created_at >= self.created_after.timestamp()
        ]
        assert {life.name for life in wanted} >= set(names), "an operation is too old"
        self._check_unique(account, names)
        error = self.errors.get(key)
        if error is None:
            self._check_complete(machine, wanted)
        elif error.is_transient:
            assert error.page_token == machine.sent[-1].page_token
            assert self.world.now - 1000.0 >= self.retry_for, "not retried for long enough"
        self._check_requests(machine)

    def _check_complete(self, machine: Machine, wanted: list[Life]) -> None:
        traits = machine.account.traits
        moves = traits.token_kind == "offset" and (
            traits.stale_share or any(map(self._is_removed, machine.account.lives))
        )
        # Operations may be hidden where pages shift, or where a stamp is out of order.
        if moves or traits.orders[0] != traits.orders[1]:
            return
        if self.created_after and (not traits.sorts_by_stamp or traits.jump[1]):
            return
        for life in wanted:
            if life.is_visible(self.started - LAG) and life.is_visible(self.world.aws_now):
                name = life.name
                assert name in self.names[self._find_key(machine)], f"{name} was not listed"

    def _find_key(self, machine: Machine) -> int:
        return next(key for key, each in self.machines.items() if each is machine)

    def _check_unique(self, account: Account, names: list[str]) -> None:
        is_static = not account.traits.stale_share and not any(
            self.started <= time <= self.world.aws_now
            for life in account.lives
            for time in (life.visible_from, life.visible_to, account.traits.order_changes_at)
        )
        assert not is_static or len(names) == len(set(names)), "an operation came twice"

    def _is_removed(self, life: Life) -> bool:
        return self.started <= life.visible_to <= self.world.aws_now

    def _check_requests(self, machine: Machine) -> None:
        served = len(machine.sent) - machine.failed
        assert served <= 2 * machine.account.count_pages() + 2
        is_newest = machine.account.traits.orders[0] == "newest" == machine.account.traits.orders[1]
        if self.created_after and is_newest and not machine.failed and served > 4:
            # Reading stopped soon after the last operation that is wanted.
            sizes = machine.account.page_size
            assert served * sizes <= len(self._list_newer(machine)) + 60 + 2 * sizes + 30

    def _list_newer(self, machine: Machine) -> list[Life]:
        assert self.created_after is not None
        start = self.created_after.timestamp() - 200.0
        return [life for life in machine.account.lives if life.created_at >= start]
