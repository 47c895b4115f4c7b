"""A plausible history of an account, from the stories in `data/history.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, islice
from random import Random
from typing import TypeAlias

from lightsail_ops.enums import OperationStatus
from lightsail_ops.testing._data import JsonObject, find_offer, load
from lightsail_ops.testing._operations import to_milliseconds
from lightsail_ops.testing._resources.base import locate

_DATA = load("history.toml")
_LONGEST = timedelta(hours=1)  # between two operations

# The fields of an operation but its times, the time since the one before, and how long it took.
_Step: TypeAlias = tuple[JsonObject, timedelta, timedelta]


class History:
    """A history that goes on when it is called for again. The steps are the same each time."""

    def __init__(self, region_name: str) -> None:
        self._steps = _list_steps(region_name)
        self._ended_at: datetime | None = None

    def take(self, number: int, until: datetime) -> list[JsonObject]:
        """Return the fields of operations, all but the id, the last of which ends at a time.

        They begin after those that were taken before, and are closer together if they have to be.
        """
        steps = list(islice(self._steps, number))
        length = sum((pause for _, pause, _ in steps), timedelta())
        last, _, took = steps[-1]
        is_waiting = last["status"] is OperationStatus.NOT_STARTED  # and changes no more
        created_at, scale = until - (timedelta() if is_waiting else took) - length, 1.0
        if self._ended_at is not None and created_at < self._ended_at <= until:
            created_at, scale = self._ended_at, min(1.0, (until - self._ended_at) / length)
        for fields, pause, took in steps:
            created_at += pause * scale
            changed_at = to_milliseconds(min(created_at + took, max(until, created_at)))
            is_waiting = fields["status"] is OperationStatus.NOT_STARTED
            fields["created_at"] = to_milliseconds(created_at)
            fields["status_changed_at"] = None if is_waiting else changed_at
        self._ended_at = created_at
        return [fields for fields, _, _ in steps]


def _list_steps(region_name: str) -> Iterator[_Step]:
    zones: list[str] = find_offer("regions", "name", region_name)["zones"]
    random = Random(20260901)  # noqa: S311 - the same each time is the point
    stories = (
        (kind, name.format(turn), *operation.format(turn).partition(":"))
        for turn in count(1)
        for kind, name, operations in _DATA["stories"]
        for operation in operations.split()
    )
    for index, story in enumerate(stories):  # pragma: no branch
        kind, name, operation_type, has_details, details = story
        fits = (name for divisor, rest, name in _DATA["statuses"] if index % divisor == rest)
        status = OperationStatus(next(fits))
        reason = _DATA["reasons"].get(operation_type[:6], _DATA["reasons"]["other"])
        code, error_details = reason if status is OperationStatus.FAILED else (None, None)
        fields = {
            "resource_name": name,
            "resource_type": kind,
            "location": locate(kind, region_name, zones[index % 3]),
            "is_terminal": status not in {OperationStatus.STARTED, OperationStatus.NOT_STARTED},
            "operation_type": operation_type,
            "status": status,
            "operation_details": details if has_details else None,
            "error_code": code,
            "error_details": error_details,
        }
        pause = random.uniform(0.01, 1) * _LONGEST
        seconds = random.uniform(0.3, 1.6) * _DATA["seconds"].get(kind, 30)
        yield fields, pause, timedelta(seconds=seconds)
