"""The columns of an operation, one record for each: what it is called, holds, and looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple, TypeAlias

from lightsail_ops._printable import printable
from lightsail_ops.cli.terminal import BOLD, DIM, PLAIN, Screen, Style
from lightsail_ops.cli.times import format_duration, in_zone
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation

ERROR = Style("red")


class CellFormat(NamedTuple):
    """How cells are written."""

    zone: tzinfo
    time_format: str
    has_short_status: bool = False
    """Whether a status is only a symbol."""

    def format_time(self, time: datetime) -> str:
        """Return a time in the zone."""
        return in_zone(time, self.zone).strftime(self.time_format)


Cut: TypeAlias = Literal["end", "middle", "last"]
Value: TypeAlias = Callable[[Operation], object]
Show: TypeAlias = Callable[[Operation, CellFormat], str]


class Column(NamedTuple):
    """A column that a user can choose."""

    name: str
    """Its name for `--columns`."""

    title: str
    """Its head in a table."""

    key: str
    """Its key in JSON and its head in CSV: AWS's name of the field, if it is one."""

    meaning: str
    """A description for the documentation."""

    value: Value
    """Returns the value for JSON, or None."""

    show: Show
    """Returns the printable string for a table."""

    width: int = 0
    """Columns that most rows need, in a table."""

    cut: Cut = "end"
    """How it is shortened where there is no room: at its end, in the middle, or, since it is of
    little use then, in the middle after all others."""

    style: Style = PLAIN


def column_named(name: str) -> Column:
    """Return a column by its name, title or key in any spelling.

    Raises:
        ValueError: there is no such column.
    """
    column = _BY_SPELLING.get(plain(name))
    if column is None:
        names = nearest(name, (each.name for each in COLUMNS))
        advice = f"Did you mean {names[0]}?" if names else f"There are {_all_names()}."
        raise ValueError(f"there is no column {name!r}. {advice}")
    return column


def explain(operation: Operation) -> str:
    """Return the code and the message of an operation's error, or an empty string."""
    return ": ".join(filter(None, (operation.error_code, operation.error_details)))


def plain(name: str) -> str:
    """Return a name without what may be spelled in several ways: `create-instance`."""
    return re.sub(r"[\s_-]", "", name).lower()


def nearest(string: str, names: Iterable[str]) -> list[str]:
    """Return up to three names that look like a string, the nearest first."""
    from difflib import get_close_matches  # late: only what is misspelled needs it

    by_plain = {plain(name): str(name) for name in names}
    return [by_plain[each] for each in get_close_matches(plain(string), by_plain, n=3)]


def status_symbol(status: OperationStatus) -> tuple[str, Style]:
    """Return the symbol of a status, and its style."""
    from lightsail_ops.plot.statuses import style_of  # late: a pipe shows no symbols

    style = style_of(status)
    return style.symbol, Style(style.terminal_colour, bold=status == OperationStatus.FAILED or None)


def legend(counts: Mapping[OperationStatus, int], screen: Screen) -> Iterator[tuple[str, int]]:
    """Yield an entry for each status that was counted, and the entry's width."""
    from lightsail_ops.plot.statuses import sort_statuses  # late, as above
    from lightsail_ops.plot.widths import width_of

    for status in sort_statuses(counts):
        symbol, style = status_symbol(status)
        words = f" {printable(status)} {counts[status]:,}"
        yield f"{screen.paint(symbol, style)}{words}", 1 + width_of(words)


def style_cell(column: Column, operation: Operation) -> Style:
    """Return the style of a column's cell, which may depend on the operation's status."""
    if column.name == "status":
        return status_symbol(operation.status)[1]
    if column is REASON and operation.status == OperationStatus.FAILED:
        return ERROR
    return column.style


# --- The values of the columns


def _column(
    name: str,
    title: str,
    key: str,
    meaning: str,
    value: Value,
    show: Show | None = None,
    *,
    width: int = 0,
    cut: Cut = "end",
    style: Style = PLAIN,
) -> Column:
    """Make a column. `show` defaults to the value, made printable."""
    return Column(name, title, key, meaning, value, show or _show(value), width, cut, style)


def _show(value: Value) -> Show:
    def show(operation: Operation, _: CellFormat) -> str:
        shown = value(operation)
        return "" if shown is None else printable(f"{shown}")

    return show


def _changed(operation: Operation) -> str | None:
    changed_at = operation.status_changed_at
    return None if changed_at is None else changed_at.isoformat()


def _took(operation: Operation) -> float | None:
    duration = operation.duration
    return None if duration is None else duration.total_seconds()


def _show_took(operation: Operation, _: CellFormat) -> str:
    duration = operation.duration
    return "" if duration is None else format_duration(duration)


def _show_status(operation: Operation, cell_format: CellFormat) -> str:
    symbol, _ = status_symbol(operation.status)
    return symbol if cell_format.has_short_status else f"{symbol} {printable(operation.status)}"


def _reason(operation: Operation) -> str | None:
    """Return why an operation failed, or else what AWS says about it."""
    if operation.status == OperationStatus.FAILED:
        return explain(operation)
    return operation.operation_details


COLUMNS = (
    _column("id", "Id", "id", "the operation's id", lambda it: it.id, cut="last"),
    _column(
        "resource",
        "Resource",
        "resourceName",
        "the name of the resource",
        lambda it: it.resource_name,
        width=20,
        cut="middle",
        style=BOLD,
    ),
    _column(
        "resource-type",
        "Resource type",
        "resourceType",
        "the type of the resource",
        lambda it: it.resource_type,
    ),
    _column(
        "created",
        "Created",
        "createdAt",
        "when the operation was created",
        lambda it: it.created_at.isoformat(),
        lambda it, cell_format: cell_format.format_time(it.created_at),
        cut="last",
        style=DIM,
    ),
    _column(
        "region",
        "Region",
        "regionName",
        "the region of the resource",
        lambda it: it.location.region_name,
        width=14,
        cut="middle",
        style=DIM,
    ),
    _column(
        "zone",
        "Zone",
        "availabilityZone",
        "the availability zone of the resource",
        lambda it: it.location.availability_zone,
    ),
    _column(
        "ended",
        "Ended",
        "isTerminal",
        "whether the operation has ended",
        lambda it: it.is_terminal,
        lambda it, _: "yes" if it.is_terminal else "no",
    ),
    _column(
        "type",
        "Operation",
        "operationType",
        "the type of the operation",
        lambda it: it.operation_type,
        width=26,
    ),
    _column(
        "status",
        "Status",
        "status",
        "the status of the operation",
        lambda it: it.status,
        _show_status,
        width=12,  # "○ NotStarted"
    ),
    _column(
        "changed",
        "Changed",
        "statusChangedAt",
        "when the status last changed",
        _changed,
        lambda it, cell_format: cell_format.format_time(it.status_changed_at or it.created_at),
        cut="last",
        style=DIM,
    ),
    _column(
        "details",
        "Details",
        "operationDetails",
        "the details of the operation",
        lambda it: it.operation_details,
        style=DIM,
    ),
    _column(
        "error-code",
        "Error code",
        "errorCode",
        "the code of the error",
        lambda it: it.error_code,
        style=ERROR,
    ),
    _column(
        "error-details",
        "Error details",
        "errorDetails",
        "the message of the error",
        lambda it: it.error_details,
        style=ERROR,
    ),
    _column(
        "error",
        "Error",
        "error",
        "the code and the message of the error",
        lambda it: explain(it) or None,
        style=ERROR,
    ),
    _column(
        "took",
        "Took",
        "durationSeconds",
        "from the creation to the end, in seconds",
        _took,
        _show_took,
        width=7,
        style=DIM,
    ),
)

REASON = _column("reason", "Details", "", "", _reason, width=30, style=DIM)
"""The error of what failed, or else the details. A wide table shows it by default, and nobody can
choose it."""

_BY_SPELLING = {
    plain(spelling): column
    for column in COLUMNS
    for spelling in (column.title, column.key, column.name)
}


def _all_names() -> str:
    *others, last = (column.name for column in COLUMNS)
    return f"{', '.join(others)} and {last}"
