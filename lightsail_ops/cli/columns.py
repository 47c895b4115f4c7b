"""The columns of an operation, one record for each: what it is called, holds, and looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple

import attrs
import click

from lightsail_ops._printable import printable
from lightsail_ops.cli.terminal import BOLD, DIM, PLAIN, Style, format_duration
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation

ERROR = Style("red")


class CellFormat(NamedTuple):
    """How cells are written."""

    zone: tzinfo
    time_format: str
    has_short_status: bool = False  # a symbol alone

    def format_time(self, time: datetime) -> str:
        """Return a time in the zone, or as it is where that is before year 1 or after 9999."""
        with suppress(OverflowError):
            time = time.astimezone(self.zone)
        return time.strftime(self.time_format)


@attrs.frozen
class Column:
    """A column that a user can choose."""

    name: str  # for --columns
    title: str  # the head in a table
    key: str  # in JSON and CSV: AWS's name of the field, if it is one
    meaning: str  # for the documentation
    value: Callable[[Operation], object]  # for JSON, or None
    show_as: Callable[[Operation, CellFormat], str] | None = None  # otherwise as the value is
    width: int = 0  # that most rows need
    # How it is shortened where there is no room: at its end, in the middle, or, since it is of
    # little use then, in the middle after all others.
    cut: Literal["end", "middle", "last"] = "end"
    style: Style = PLAIN

    def show(self, operation: Operation, cell_format: CellFormat) -> str:
        """Return the cell of an operation in a table."""
        if self.show_as is not None:
            return self.show_as(operation, cell_format)
        value = self.value(operation)
        return "" if value is None else printable(f"{value}")

    def style_of(self, operation: Operation) -> Style:
        """Return the style of a cell, which may depend on the operation's status."""
        return status_symbol(operation.status)[1] if self.name == "status" else self.style


def column_named(name: str) -> Column:
    """Return a column by its name, title or key in any spelling.

    Raises:
        BadParameter: there is no such column.
    """
    column = _BY_SPELLING.get(plain(name))
    if column is None:
        *others, last = (each.name for each in COLUMNS)
        advice = suggest(name, (*others, last)) or f"There are {', '.join(others)} and {last}."
        raise click.BadParameter(f"there is no column {name!r}. {advice}")
    return column


def explain(operation: Operation) -> str:
    """Return the code and the message of an operation's error, or an empty string."""
    return ": ".join(filter(None, (operation.error_code, operation.error_details)))


def plain(name: str) -> str:
    """Return a name without what may be spelled in several ways: `create-instance`."""
    return re.sub(r"[\s_-]", "", name).lower()


def suggest(string: str, names: Iterable[str], *, most: int = 1) -> str:
    """Return a question with the names that look like a string, or an empty string."""
    from difflib import get_close_matches  # late: only what is misspelled needs it

    by_plain = {plain(name): str(name) for name in names}
    near = [by_plain[each] for each in get_close_matches(plain(string), by_plain, n=most)]
    choice = " or ".join(filter(None, (", ".join(near[:-1]), *near[-1:])))
    return choice and f"Did you mean {choice}?"


def status_symbol(status: OperationStatus) -> tuple[str, Style]:
    """Return the symbol of a status, and its style."""
    from lightsail_ops.plot.statuses import style_of  # late: a pipe shows no symbols

    style = style_of(status)
    return style.symbol, Style(style.terminal_colour, bold=status == OperationStatus.FAILED or None)


def _show_status(operation: Operation, cell_format: CellFormat) -> str:
    symbol, _ = status_symbol(operation.status)
    return symbol if cell_format.has_short_status else f"{symbol} {printable(operation.status)}"


def _took(operation: Operation) -> float | None:
    return None if operation.duration is None else operation.duration.total_seconds()


# fmt: off
COLUMNS = (
    Column("id", "Id", "id", "the operation's id",
           lambda it: it.id, cut="last"),
    Column("resource", "Resource", "resourceName", "the name of the resource",
           lambda it: it.resource_name, width=20, cut="middle", style=BOLD),
    Column("resource-type", "Resource type", "resourceType", "the type of the resource",
           lambda it: it.resource_type),
    Column("created", "Created", "createdAt", "when the operation was created",
           lambda it: it.created_at.isoformat(),
           lambda it, cell_format: cell_format.format_time(it.created_at), cut="last", style=DIM),
    Column("region", "Region", "regionName", "the region of the resource",
           lambda it: it.location.region_name, width=14, cut="middle", style=DIM),
    Column("zone", "Zone", "availabilityZone", "the availability zone of the resource",
           lambda it: it.location.availability_zone),
    Column("ended", "Ended", "isTerminal", "whether the operation has ended",
           lambda it: it.is_terminal, lambda it, _: "yes" if it.is_terminal else "no"),
    Column("type", "Operation", "operationType", "the type of the operation",
           lambda it: it.operation_type, width=26),
    Column("status", "Status", "status", "the status of the operation",
           lambda it: it.status, _show_status, width=len("○ NotStarted")),
    Column("changed", "Changed", "statusChangedAt", "when the status last changed",
           lambda it: it.status_changed_at and it.status_changed_at.isoformat(),
           lambda it, cell_format: cell_format.format_time(it.status_changed_at or it.created_at),
           cut="last", style=DIM),
    Column("details", "Details", "operationDetails", "the details of the operation",
           lambda it: it.operation_details, style=DIM),
    Column("error-code", "Error code", "errorCode", "the code of the error",
           lambda it: it.error_code, style=ERROR),
    Column("error-details", "Error details", "errorDetails", "the message of the error",
           lambda it: it.error_details, style=ERROR),
    Column("error", "Error", "error", "the code and the message of the error",
           lambda it: explain(it) or None, style=ERROR),
    Column("took", "Took", "durationSeconds", "from the creation to the end, in seconds",
           _took,
           lambda it, _: "" if (seconds := _took(it)) is None else format_duration(seconds),
           width=7, style=DIM),
)
# fmt: on

_BY_SPELLING = {
    plain(spelling): column
    for column in COLUMNS
    for spelling in (column.title, column.key, column.name)
}
