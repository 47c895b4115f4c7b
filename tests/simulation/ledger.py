"""What a watch has reported of one account, and what it must not have missed or repeated."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise

from simulation.lightsail import EPOCH, LATENESS, Life
from simulation.machine import Listed, Machine

from lightsail_ops._core.cursor import Cursor
from lightsail_ops.errors import (
    AccessDeniedError,
    InvalidInputError,
    LightsailError,
    PaginationError,
    ResponseError,
)
from lightsail_ops.models import Operation

ENDS = ("Succeeded", "Completed", "Failed")
LONGEST_READING = 20.0  # seconds, in the calm


class Ledger:
    """Checks each reported change at once, and at the end that none is missing."""

    def __init__(self, machine: Machine, since: datetime | None) -> None:
        self.reported: dict[str, list[int]] = {}
        """By name, the indexes of the reported states."""
        self._machine = machine
        self._account = machine.account
        self._since = since
        self._excused: set[str] = set()
        """What the contract allows the watch to miss, because it was restarted."""

    def take(self, operation: Operation) -> None:
        """Note a reported change, which must be a later state than the last one."""
        name = operation.resource_name
        life = self._account.by_name[name]
        state = [each["status"] for each in life.states].index(operation.status)
        seen = self.reported.setdefault(name, [])
        assert not seen or state > seen[-1], f"{name}: state {state} after {seen}"
        assert not self._is_before_since(life, state, default=EPOCH), f"{name} is too old"
        seen.append(state)

    def excuse(self) -> None:
        """At a restart: what is listed late, or was hidden from the readings that count."""
        readings = self._machine.readings
        complete = [listed for listed in readings if listed.is_complete][-1:]
        for listed in [*complete, *readings[-1:]]:
            self._excused.update(
                life.name for life in self._account.lives if _is_hidden(life, listed)
            )
        self._excused.update(life.name for life in self._account.lives if life.is_late)

    def count_complete(self, since: float) -> int:
        """Return how many complete readings were begun since a time."""
        return sum(each.is_complete and each.started >= since for each in self._machine.readings)

    # --- What must hold.

    def check_error(self, error: LightsailError) -> None:
        """Check that an error was raised only for what is not transient."""
        assert not error.is_transient, f"a transient error was raised: {error!r}"
        weather = self._machine.weather
        faults = {period.fault for period in weather.periods}
        match error:
            case AccessDeniedError():
                assert "denied" in faults
            case InvalidInputError():
                # One refusal means that the token has expired. Another error may come between two.
                refused = [each.is_refused for each in self._machine.readings[-3:]]
                assert refused[-1], "an error of another reading was raised"
                assert sum(refused) > 1, "an expired page token was raised"
            case PaginationError():
                assert "looping" in faults
            case _:
                assert isinstance(error, ResponseError), repr(error)
                assert any(life.poisoned_until for life in self._account.lives)

    def check_all_reported(self, last_but: int = 0) -> None:
        """Check that what the last complete reading, or one before, listed was reported."""
        last = [each for each in self._machine.readings if each.is_complete][-1 - last_but]
        for life in self._account.lives:
            if life.is_visible(last.started) and life.is_visible(self._machine.aws_now):
                state = life.get_state(last.started)
                seen = (self.reported.get(life.name) or [-1])[-1]
                is_old = self._is_before_since(life, state, default=life.created_at)
                may_miss = seen == -1 and (life.name in self._excused or is_old)
                # AWS's clock went back between two states that are not ends.
                is_unordered = seen >= 0 and _is_unordered(life, seen, state)
                assert seen >= state or may_miss or is_unordered, (
                    f"{life.name}: state {state} missed after {seen}"
                )

    def check_polls(self, calm_from: float, poll_interval: float) -> None:
        """Check that polls are as short as they may be, and as long as they must be."""
        calm = [each for each in self._machine.readings[:-1] if each.started > calm_from]
        complete: Listed | None = None
        known = set[str]()
        doubts = False  # a complete reading has found what no poll had, so another one follows
        for number, listed in enumerate(calm):
            is_right = listed.is_complete or listed.is_newest_first or self._is_surprised(listed)
            assert is_right, f"poll {number} is too short"
            if complete and complete.shows_newest_first and listed.is_newest_first:
                is_due = listed.started - complete.started > 594.0 - poll_interval
                has_news = listed.names - known
                is_short = listed.pages <= 2
                assert is_due or has_news or doubts or is_short, f"poll {number} is too long"
            if listed.is_complete:
                complete, doubts = listed, bool(listed.names - known)
            known |= listed.names
        starts = [each.started for each in calm if each.is_complete]
        reading = 20 * 0.2 * self._account.count_pages()
        longest = max(600.0, poll_interval, reading) + 60.0
        assert all(after - before < longest for before, after in pairwise(starts[1:]))

    def _is_surprised(self, listed: Listed) -> bool:
        """Whether the order has changed since the last complete reading, which alone shows it."""
        traits = self._account.traits
        readings = (each for each in self._machine.readings if each.is_complete)
        starts = (each.started for each in readings if each.started < listed.started)
        last = max(starts, default=-math.inf)
        return len(set(traits.orders)) > 1 and last < traits.order_changes_at < listed.started

    def check_cursor(self, cursor: str) -> None:
        """Check that a cursor holds no more than what is recent or has not ended."""
        content = Cursor.from_string(cursor)
        last = [each for each in self._machine.readings if each.is_complete][-1]
        listed = [self._account.by_name[each].created_at for each in last.names]
        newest = sorted(listed)[-10:]
        latest = min([*newest[:1], last.started + self._machine.world.clock_error])
        recent = [
            life
            for life in self._account.lives
            if len(newest) < 10
            or life.changes_at(self._machine.aws_now) > latest - LATENESS - LONGEST_READING
        ]
        assert len(content.recent) <= len(recent)
        assert not any(self._has_reported_end(each) for each in content.unfinished)

    def _has_reported_end(self, identity: str) -> bool:
        life = self._account.by_id.get(identity)
        name = identity.split("\n")[3] if life is None else life.name
        states = self._account.by_name[name].states
        seen = (self.reported.get(name) or [-1])[-1]
        return seen >= 0 and states[seen]["status"] in ENDS

    def _is_before_since(self, life: Life, state: int, default: float) -> bool:
        """Whether a state began before `since`; default: when, where AWS does not tell."""
        changed_at: float = life.states[state].get("statusChangedAt", default)
        return self._since is not None and changed_at < self._since.timestamp()


def _is_hidden(life: Life, listed: Listed) -> bool:
    is_gone = life.gone[0] <= listed.started < life.gone[1]
    was_there = life.is_visible(listed.started - 0.8 * LATENESS) or is_gone
    return life.name not in listed.names and was_there


def _is_unordered(life: Life, before: int, after: int) -> bool:
    stamps = [life.states[each].get("statusChangedAt", 0.0) for each in (before, after)]
    return stamps[1] < stamps[0] and life.states[after]["status"] not in ENDS
