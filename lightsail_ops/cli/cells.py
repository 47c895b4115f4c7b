"""What a table shows of an operation in each of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

import attrs

from lightsail_ops._printable import printable
from lightsail_ops.cli.columns import explain
from lightsail_ops.cli.styles import look_of
from lightsail_ops.cli.terminal import BOLD, DIM, PLAIN, Style
from lightsail_ops.cli.times import format_duration, in_zone
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation

ERROR = Style("red")


@attrs.frozen
class Cell:
    """A printable text and how it looks."""

    text: str
    style: Style = PLAIN
    keeps_end: bool = False
    """Whether it is cut in the middle if there is no room."""


@attrs.frozen
class Manner:
    """How cells are written."""

    zone: tzinfo
    time_format: str
    has_short_status: bool = False
    """Whether a status is only a symbol."""

    def format_time(self, time: datetime) -> str:
        """Return a time in the zone."""
        return in_zone(time, self.zone).strftime(self.time_format)


def cell_of(operation: Operation, column: str, manner: Manner) -> Cell:
    """Return what a column, by its name, shows of an operation."""
    return _CELLS[column](operation, manner)


def _created(operation: Operation, manner: Manner) -> Cell:
    return Cell(manner.format_time(operation.created_at), DIM)


def _changed(operation: Operation, manner: Manner) -> Cell:
    return Cell(manner.format_time(operation.status_changed_at or operation.created_at), DIM)


def _took(operation: Operation, _: Manner) -> Cell:
    duration = operation.duration
    return Cell("" if duration is None else format_duration(duration), DIM)


def _status(operation: Operation, manner: Manner) -> Cell:
    look = look_of(operation.status)
    words = "" if manner.has_short_status else f" {printable(operation.status)}"
    return Cell(f"{look.symbol}{words}", look.style)


def _reason(operation: Operation, _: Manner) -> Cell:
    """Return why an operation failed, or else what AWS says about it."""
    if operation.status == OperationStatus.FAILED:
        return Cell(printable(explain(operation)), ERROR)
    return Cell(printable(operation.operation_details or ""), DIM)


def _text(value: Callable[[Operation], str | None], style: Style = PLAIN) -> _Show:
    return lambda operation, _: Cell(printable(value(operation) or ""), style)


_Show = Callable[[Operation, Manner], Cell]
_CELLS: Mapping[str, _Show] = {
    "id": _text(lambda it: it.id),
    "resource": lambda it, _: Cell(printable(it.resource_name), BOLD, keeps_end=True),
    "resource-type": _text(lambda it: it.resource_type),
    "created": _created,
    "region": _text(lambda it: it.location.region_name, DIM),
    "zone": _text(lambda it: it.location.availability_zone, DIM),
    "ended": _text(lambda it: "yes" if it.is_terminal else "no"),
    "type": _text(lambda it: it.operation_type),
    "status": _status,
    "changed": _changed,
    "details": _text(lambda it: it.operation_details, DIM),
    "error-code": _text(lambda it: it.error_code, ERROR),
    "error-details": _text(lambda it: it.error_details, ERROR),
    "error": _text(explain, ERROR),
    "took": _took,
    "reason": _reason,
}
