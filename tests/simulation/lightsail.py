"""A seeded model of Lightsail: operations that live and end, and replicas that list them in pages.

Time is in epoch seconds of AWS's true time, which no host knows exactly.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from random import Random
from typing import Any

import attrs

EPOCH = 1_790_000_000.0
HISTORY = 40_000.0  # seconds before EPOCH
SKEW = 1.0  # a host's clock is wrong by at most as much, so two differ by at most twice that
LAG = 60.0  # a replica is stale by at most as much
LATENESS = 900.0  # the contract's: an operation that comes into the list later may be missed


@attrs.frozen(eq=False)
class Life:
    """An operation from its creation on: its states, and when each can be seen first."""

    name: str
    id: str
    """Empty if AWS left it out."""
    visible_from: float
    visible_to: float
    times: Sequence[float]
    states: Sequence[dict[str, Any]]
    """As AWS lists them; the last one is the end, unless the operation never ends."""
    created_at: float
    """As AWS's host wrote it."""
    poisoned_until: float
    gone: tuple[float, float]
    """When AWS does not list it."""

    def get_state(self, at: float) -> int:
        """Return the index of the state at a time."""
        return max(bisect_right(self.times, at) - 1, 0)

    def changes_at(self, at: float) -> float:
        """Return the timestamp of the last change before a time, or of the creation."""
        changed_at: float = self.states[self.get_state(at)].get("statusChangedAt", 0.0)
        return max(self.created_at, changed_at)

    def is_visible(self, at: float) -> bool:
        is_gone = self.gone[0] <= at < self.gone[1]
        return self.visible_from <= at < self.visible_to and not is_gone

    @property
    def is_late(self) -> bool:
        """Whether the contract allows a watch that is restarted to miss it."""
        return self.visible_from > min(self.created_at, self.times[0]) + LATENESS


@attrs.frozen
class Traits:
    """What an account and its service are like; drawn from the seed."""

    pages: int
    """How many pages all operations would fill."""
    orders: Sequence[str]
    """`newest`, `oldest` or `none`; the second one holds from `order_changes_at` on."""
    order_changes_at: float
    token_kind: str
    """`offset` counts from the front of the list, so pages shift; `after` names an operation."""
    token_life: float
    stale_share: float
    """How many of the requests a stale replica serves."""
    lateness: float
    removes_any: bool
    """Whether operations vanish from the middle of the list, not from its oldest end alone."""
    resolution: int
    """Digits of the timestamps behind the second."""
    sorts_by_stamp: bool
    """Whether the list is in the order of its timestamps, or in that of AWS's true time."""
    poison_share: float
    """How many operations have a value of the wrong type for some time."""
    from_the_future: bool
    """Whether an operation bears a time far ahead."""
    lacks_ids: bool
    """Whether AWS leaves some of the ids out."""
    jump: tuple[float, float]
    """Between these times AWS's clock is two hours ahead."""
    gone_share: float
    """How many operations AWS does not list for some time, although it has not removed them."""


def draw_traits(random: Random, length: float) -> Traits:
    """Draw the traits of an account that is looked at for some seconds."""
    order = random.choice(["newest", "newest", "newest", "oldest", "none"])
    changed = random.choice(["newest", "oldest", "none"]) if random.random() < 0.2 else order
    return Traits(
        pages=random.choice([1, 2, 4, 4, 8, 16]),
        orders=(order, changed),
        order_changes_at=EPOCH + 1.1 * length * random.random(),
        token_kind=random.choice(["offset", "offset", "after"]),
        token_life=random.choice([60.0, 300.0, 3600.0, 1e9]),
        stale_share=random.choice([0.0, 0.0, 0.1, 0.4]),
        lateness=random.choice([0.0, 2.0, 60.0, 600.0]),
        removes_any=random.random() < 0.2,
        resolution=random.choice([0, 3]),
        sorts_by_stamp=random.random() < 0.5,
        poison_share=random.choice([0.0, 0.0, 0.0, 0.0, 0.0, 0.1]),
        from_the_future=random.random() < 0.1,
        lacks_ids=random.random() < 0.1,
        jump=_draw_jump(random, length),
        gone_share=random.choice([0.0, 0.0, 0.0, 0.05]),
    )


def _draw_jump(random: Random, length: float) -> tuple[float, float]:
    if random.random() < 0.9:
        return 0.0, 0.0
    start = EPOCH + random.uniform(-1000.0, 0.8 * length)
    return start, start + random.choice([60.0, 600.0, 3600.0])


class Account:
    """The operations of one account in one region, and the requests that list them."""

    def __init__(self, random: Random, traits: Traits, length: float) -> None:
        self.traits = traits
        self.length = length
        self._random = random
        self.lives = self._draw_lives()
        self.page_size = len(self.lives) // traits.pages + 1
        ranks = {life.name: random.random() for life in self.lives}
        self._in_order = {
            "newest": sorted(self.lives, key=self._get_place, reverse=True),
            "oldest": sorted(self.lives, key=self._get_place),
            "none": sorted(self.lives, key=lambda life: ranks[life.name]),
        }
        self.by_id = {life.id: life for life in self.lives if life.id}
        self.by_name = {life.name: life for life in self.lives}

    def list_page(self, page_token: str | None, at: float) -> dict[str, Any] | None:
        """Return a page; None if the token has expired."""
        kind, place, issued = (page_token or f"offset/0/{at}").split("/")
        if at - float(issued) > self.traits.token_life:
            return None
        stale = self._random.random() < self.traits.stale_share
        seen_at = at - self._random.uniform(0.0, LAG) if stale else at
        lives = self._list(at, seen_at)
        start = int(place) if kind == "offset" else self._find_after(place, lives, at)
        end = start + self.page_size
        chunk = lives[start:end]
        page: dict[str, Any] = {"operations": [self._show(life, seen_at) for life in chunk]}
        if end < len(lives):
            place = str(end) if self.traits.token_kind == "offset" else chunk[-1].name
            page["nextPageToken"] = f"{self.traits.token_kind}/{place}/{at}"
        return page

    def get_operation(self, operation_id: str, at: float) -> dict[str, Any] | None:
        """Return an operation, perhaps from a stale replica; None if there is none."""
        stale = self._random.random() < self.traits.stale_share
        seen_at = at - self._random.uniform(0.0, LAG) if stale else at
        life = self.by_id.get(operation_id)
        if life is None or not life.is_visible(seen_at):
            return None
        return {"operation": life.states[life.get_state(seen_at)]}

    def be_calm(self) -> None:
        """Serve every request from a replica that is not stale."""
        self.traits = attrs.evolve(self.traits, stale_share=0.0, token_life=1e9)

    def count_pages(self) -> int:
        """Return how many pages the list can have at most."""
        return len(self.lives) // self.page_size + 1

    def get_order(self, at: float) -> str:
        """Return the order of the list at a time."""
        return self.traits.orders[at >= self.traits.order_changes_at]

    def _get_place(self, life: Life) -> tuple[float, str]:
        by_stamp = self.traits.sorts_by_stamp or life.created_at > EPOCH + 2 * self.length
        return life.created_at if by_stamp else life.times[0], life.name

    def _list(self, at: float, seen_at: float) -> list[Life]:
        return [life for life in self._in_order[self.get_order(at)] if life.is_visible(seen_at)]

    def _find_after(self, name: str, lives: list[Life], at: float) -> int:
        """Return where the list goes on behind an operation, which may have been removed."""
        in_order = self._in_order[self.get_order(at)]
        before = {life.name for life in in_order[: in_order.index(self.by_name[name]) + 1]}
        return sum(life.name in before for life in lives)

    def _show(self, life: Life, at: float) -> dict[str, Any]:
        state = life.states[life.get_state(at)]
        return {**state, "createdAt": "yesterday"} if at < life.poisoned_until else state

    def _draw_lives(self) -> list[Life]:
        random = self._random
        old, new = random.choice([0, 5, 40, 60]), random.choice([3, 15, 15, 80])
        times = [EPOCH - random.uniform(0.0, HISTORY) for _ in range(old)]
        times += [EPOCH + random.uniform(0.0, self.length) for _ in range(new)]
        for _ in range(random.choice([0, 1, 2])):  # a burst
            start = EPOCH + random.uniform(-1000.0, self.length)
            times += [start + random.uniform(0.0, 20.0) for _ in range(random.randrange(2, 25))]
        return [self._draw_life(number, at) for number, at in enumerate(sorted(times))]

    def _draw_life(self, number: int, created: float) -> Life:
        random = self._random
        in_future = self.traits.from_the_future and random.random() < 0.03
        created_at = self._stamp(created + (1e9 if in_future else 0.0))
        times, statuses = self._draw_course(created)
        # An end without a time cannot be told from one long ago; a stale replica would repeat it.
        tells_time = random.random() < 0.8 or self.traits.stale_share > 0
        raw = {
            "id": f"{number:08x}-3f4b-4c6e-9d2a-000000000000",
            "resourceName": f"web-{number}",
            "resourceType": "Instance",
            "createdAt": created_at,
            "location": {"availabilityZone": "all", "regionName": "us-west-2"},
            "operationType": "CreateInstance",
        }
        if self.traits.lacks_ids and random.random() < 0.3:
            del raw["id"]
        states = [
            {
                **raw,
                "status": status,
                "isTerminal": status in ("Succeeded", "Completed", "Failed")
                and random.random() < 0.9,
                **({"statusChangedAt": self._stamp(at)} if tells_time else {}),
            }
            for at, status in zip(times, statuses, strict=True)
        ]
        late = random.random() < 0.3
        very_late = random.random() < 0.02
        return Life(
            name=f"web-{number}",
            id=str(raw.get("id", "")),
            gone=self._draw_gap(created),
            visible_from=created
            + (random.uniform(0.0, self.traits.lateness) if late else 0.0)
            + (random.uniform(LATENESS, 3 * LATENESS) if very_late else 0.0),
            visible_to=self._draw_removal(created),
            times=times,
            states=states,
            created_at=created_at,
            poisoned_until=(
                EPOCH + random.uniform(0.0, self.length)
                if random.random() < self.traits.poison_share
                else 0.0
            ),
        )

    def _draw_course(self, created: float) -> tuple[list[float], list[str]]:
        """Draw the statuses of an operation, and when each begins."""
        random = self._random
        course = [
            status
            for status in ("NotStarted", "Started", "Pausing", "Resuming")
            if random.random() < 0.5
        ]
        if random.random() < 0.95 or not course:
            course.append(random.choice(["Succeeded", "Completed", "Failed"]))
        pace = random.choice([3.0, 30.0, 300.0, 3000.0])
        times = [created]
        for _ in course[1:]:
            times.append(times[-1] + 2.5 * SKEW + random.expovariate(1 / pace))
        return times, course

    def _draw_removal(self, created: float) -> float:
        if self.traits.removes_any and self._random.random() < 0.2:
            return max(created, EPOCH) + self._random.uniform(0.0, self.length)
        return created + HISTORY + 0.5 * self.length  # AWS keeps operations for some time

    def _draw_gap(self, created: float) -> tuple[float, float]:
        if self._random.random() >= self.traits.gone_share:
            return 0.0, 0.0
        start = max(created, EPOCH) + self._random.uniform(0.0, self.length)
        return start, start + self._random.choice([30.0, 300.0, 2000.0])

    def _stamp(self, at: float) -> float:
        if self.traits.jump[0] <= at < self.traits.jump[1]:
            at += 7200.0
        return round(at + self._random.uniform(-SKEW, SKEW), self.traits.resolution)
