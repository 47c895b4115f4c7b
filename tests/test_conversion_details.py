"""The fast way of converting is the one that is taken; the slow one would give the same values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fakes import ABSENT, raw_operation

from lightsail_ops import Operation, _conversion
from lightsail_ops._conversion import page_from_dict

WHOLE = {
    "as AWS sends it": raw_operation(),
    "with all fields": raw_operation(
        statusChangedAt=1479817000, operationDetails="web-2", errorCode="Late", errorDetails="Why"
    ),
    "as boto3 parses it": raw_operation(createdAt=datetime(2026, 1, 1, tzinfo=UTC)),
    "as to_dict gives it": Operation.from_dict(raw_operation()).to_dict(),
    "with nulls": raw_operation(
        statusChangedAt=None,
        operationDetails=None,
        errorCode=None,
        errorDetails=None,
        location={"availabilityZone": None, "regionName": None},
    ),
    "without a location's members": raw_operation(location={}),
    "of values yet unknown": raw_operation(
        resourceType="Novelty",
        operationType="Novelty",
        status="Novelty",
        location={"regionName": "xx-new-1"},
    ),
    "with a key yet unknown": raw_operation(novelty={"a": [1]}),
}


class SlowWayTakenError(Exception):
    """The fast way was left."""


def taken(*_: object) -> Any:
    raise SlowWayTakenError


@pytest.mark.parametrize("raw", WHOLE.values(), ids=WHOLE)
def test_a_whole_operation_takes_the_fast_way(
    monkeypatch: pytest.MonkeyPatch, raw: dict[str, Any]
) -> None:
    slow = _conversion._corrected(raw, "")
    monkeypatch.setattr(_conversion, "_corrected", taken)
    assert Operation.from_dict(raw) == slow


def test_a_page_of_whole_operations_takes_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = tuple(Operation.from_dict(raw) for raw in WHOLE.values())
    monkeypatch.setattr(_conversion, "operation_from_dict", taken)
    assert page_from_dict({"operations": list(WHOLE.values())}).operations == operations


def test_an_operation_that_is_not_whole_takes_the_slow_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_conversion, "_corrected", taken)
    with pytest.raises(SlowWayTakenError):
        Operation.from_dict(raw_operation(id=ABSENT))
