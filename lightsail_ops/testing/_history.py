"""A plausible history of an account, the same each time, from the stories in `facts.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from lightsail_ops.enums import OperationStatus, OperationType, ResourceType
from lightsail_ops.testing._actions import FACTS, JsonObject, locate

_FACTS = FACTS["history"]
_BEGINNING = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)


def history(region_name: str) -> Iterator[JsonObject]:
    """Yield the fields of operations, all but the id, without end."""
    random = Random(20260901)  # noqa: S311 - the same each time is the point
    created_at = _BEGINNING
    steps = (
        (ResourceType(kind), name.format(turn), details or None, OperationType(operation_type))
        for turn in count(1)
        for kind, name, details, operation_types in _FACTS["stories"]
        for operation_type in operation_types.split()
    )
    for index, (kind, name, details, operation_type) in enumerate(steps):  # pragma: no branch
        created_at += timedelta(milliseconds=random.randrange(20_000, 3_600_000))
        milliseconds = random.uniform(300, 1600) * _FACTS["seconds"].get(kind, 30)
        took = timedelta(milliseconds=int(milliseconds))
        status = _status(index)
        reason = _FACTS["reasons"].get(operation_type[:6], _FACTS["reasons"]["other"])
        code, error_details = reason if status is OperationStatus.FAILED else (None, None)
        yield {
            "resource_name": name,
            "resource_type": kind,
            "created_at": created_at,
            "location": locate(kind, region_name, f"{region_name}{'abc'[index % 3]}"),
            "is_terminal": status not in {OperationStatus.STARTED, OperationStatus.NOT_STARTED},
            "operation_type": operation_type,
            "status": status,
            "status_changed_at": None if status == "NotStarted" else created_at + took,
            "operation_details": details,
            "error_code": code,
            "error_details": error_details,
        }


def _status(index: int) -> OperationStatus:
    if index % 23 == 9:
        return OperationStatus.FAILED
    if index % 100 == 98:
        return OperationStatus.STARTED
    if index % 150 == 149:
        return OperationStatus.NOT_STARTED
    return OperationStatus.COMPLETED if index % 7 == 3 else OperationStatus.SUCCEEDED
