"""A plausible history of an account, from the stories in `data/history.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, islice
from random import Random

import attrs

from lightsail_ops.enums import OperationStatus, OperationType, ResourceType
from lightsail_ops.testing._data import JsonObject, load
from lightsail_ops.testing._operations import to_milliseconds
from lightsail_ops.testing._resources.base import locate

_DATA = load("history.toml")
_LONGEST = timedelta(hours=1)  # between two operations


@attrs.frozen
class _Step:
    """A step of a story: the fields of an operation, but its times, and how long these are."""

    fields: JsonObject
    pause: timedelta  # since the step before
    took: timedelta


class History:
    """A history that goes on when it is called for again. The steps are the same each time."""

    def __init__(self, region_name: str) -> None:
        self._steps = _steps(region_name)
        self._ended_at: datetime | None = None

    def take(self, number: int, until: datetime) -> list[JsonObject]:
        """Return the fields of operations, all but the id, the last of which ends at a time.

        They begin after those that were taken before, and are closer together if they have to be.
        """
        steps = list(islice(self._steps, number))
        length = sum((step.pause for step in steps), timedelta())
        start, scale, previous = until - steps[-1].took - length, 1.0, self._ended_at
        if previous is not None and start < previous <= until:
            start, scale = previous, min(1.0, (until - previous) / length)
        taken: list[JsonObject] = []
        created_at = start
        for step in steps:
            created_at += step.pause * scale
            changed_at = min(created_at + step.took, max(until, created_at))
            is_waiting = step.fields["status"] is OperationStatus.NOT_STARTED
            times = {
                "created_at": to_milliseconds(created_at),
                "status_changed_at": None if is_waiting else to_milliseconds(changed_at),
            }
            taken.append(step.fields | times)
        self._ended_at = created_at
        return taken


def _steps(region_name: str) -> Iterator[_Step]:
    random = Random(20260901)  # noqa: S311 - the same each time is the point
    stories = (
        (ResourceType(kind), name.format(turn), details or None, OperationType(operation_type))
        for turn in count(1)
        for kind, name, details, operation_types in _DATA["stories"]
        for operation_type in operation_types.split()
    )
    for index, (kind, name, details, operation_type) in enumerate(stories):  # pragma: no branch
        status = _status(index)
        reason = _DATA["reasons"].get(operation_type[:6], _DATA["reasons"]["other"])
        code, error_details = reason if status is OperationStatus.FAILED else (None, None)
        yield _Step(
            {
                "resource_name": name,
                "resource_type": kind,
                "location": locate(kind, region_name, f"{region_name}{'abc'[index % 3]}"),
                "is_terminal": status not in {OperationStatus.STARTED, OperationStatus.NOT_STARTED},
                "operation_type": operation_type,
                "status": status,
                "operation_details": details,
                "error_code": code,
                "error_details": error_details,
            },
            pause=random.uniform(0.01, 1) * _LONGEST,
            took=timedelta(seconds=random.uniform(0.3, 1.6) * _DATA["seconds"].get(kind, 30)),
        )


def _status(index: int) -> OperationStatus:
    if index % 23 == 9:
        return OperationStatus.FAILED
    if index % 100 == 98:
        return OperationStatus.STARTED
    if index % 150 == 149:
        return OperationStatus.NOT_STARTED
    return OperationStatus.COMPLETED if index % 7 == 3 else OperationStatus.SUCCEEDED
