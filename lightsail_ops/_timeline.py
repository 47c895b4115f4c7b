"""What a timeline shows, whoever draws it: the terminal or matplotlib."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime

import attrs

from lightsail_ops.enums import OperationStatus, RegionName
from lightsail_ops.models import Operation

# The order of the legend, and of painting: what comes later lies on top.
STATUSES = (
    OperationStatus.SUCCEEDED,
    OperationStatus.COMPLETED,
    OperationStatus.NOT_STARTED,
    OperationStatus.STARTED,
    OperationStatus.FAILED,
)


@attrs.frozen
class Bar:
    """One operation, from when it was created to its last change, or to now if it goes on."""

    start: datetime
    end: datetime
    status: OperationStatus


@attrs.frozen
class Row:
    """What was done to one resource."""

    label: str
    bars: tuple[Bar, ...]


def rows_of(operations: Iterable[Operation], now: datetime) -> list[Row]:
    """Return a row for each resource, in the order of their first operations."""
    by_resource: dict[tuple[str, str], list[Bar]] = {}
    for operation in operations:
        resource = (operation.location.region_name or "", operation.resource_name)
        by_resource.setdefault(resource, []).append(_bar(operation, now))
    several_regions = len({region for region, _ in by_resource} - {"", RegionName.GLOBAL}) > 1
    return [
        Row(_label(resource, several_regions), tuple(bars))
        for resource, bars in sorted(by_resource.items(), key=lambda item: _first(item[1]))
    ]


def printable(text: str) -> str:
    """Return a text that cannot garble a terminal or a picture: what does not print becomes `�`.

    That is so for control characters, for halves of surrogate pairs, and for what turns the
    direction of writing.
    """
    if text.isprintable():
        return text
    return "".join(map(_printable_character, text))


def _printable_character(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character == "\n" or unicodedata.category(character) == "Zs" else "\ufffd"


def _bar(operation: Operation, now: datetime) -> Bar:
    start = operation.created_at
    end = operation.status_changed_at or start
    if not operation.is_terminal:
        end = now
    return Bar(start, max(start, end), operation.status)


def _label(resource: tuple[str, str], several_regions: bool) -> str:
    region, name = resource
    return printable(f"{name} ({region})" if several_regions else name)


def _first(bars: list[Bar]) -> datetime:
    return min(bar.start for bar in bars)
