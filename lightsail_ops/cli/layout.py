"""The columns of a table, and how wide each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import attrs

from lightsail_ops.cli.cells import Cell, Manner, cell_of
from lightsail_ops.cli.columns import REASON, Column, column_named
from lightsail_ops.cli.terminal import BOLD, Screen
from lightsail_ops.cli.widths import width_of
from lightsail_ops.models import Operation

GAP = 2
_WIDE = 110  # columns, from which on there is room for seconds and durations
_CRAMPED = 96  # columns, below which a region leaves no room for the status in words
_DETAILED = 150  # columns, from which on there is room for the reason of a failure
_LEAST = 8  # columns, below which no text is cut
_STATUS = 12  # "○ NotStarted"

# Later lines may need more than the first; these are widths that most of them fit in.
_ROOM = {"type": 26, "resource": 20, "region": 14, "took": 7, "status": _STATUS, "reason": 30}
_CUTTABLE = (
    "reason",
    "details",
    "error",
    "error-details",
    "error-code",
    "resource",
    "type",
    "zone",
)


@attrs.frozen
class Layout:
    """The columns of a table with their widths, and how their cells are written."""

    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    manner: Manner
    explains_below: bool
    """Whether the reason of a failure takes a line of its own."""

    def cells(self, operation: Operation) -> list[Cell]:
        """Return what the columns show of an operation."""
        return [cell_of(operation, column.name, self.manner) for column in self.columns]

    def titles(self) -> list[Cell]:
        """Return the head of the table."""
        return [Cell(_title(column, self.manner), BOLD) for column in self.columns]


def default_columns(
    width: int, *, several_regions: bool, shows_changes: bool
) -> tuple[Column, ...]:
    """Return the columns that a user sees who has not chosen any."""
    names = ["changed" if shows_changes else "created"]
    names += ["took"] if width >= _WIDE else []
    names += ["status", "type", "resource"]
    names += ["region"] if several_regions else []
    columns = tuple(map(column_named, names))
    return (*columns, REASON) if width >= _DETAILED else columns


def lay_out(
    columns: Sequence[Column],
    first: Sequence[Operation],
    screen: Screen,
    zone: tzinfo,
    *,
    is_chosen: bool,
) -> Layout:
    """Give each column the width that the first operations need, or less where there is no room.

    Args:
        columns: what is shown.
        first: the first operations of the table.
        screen: where it is shown; in a file nothing is cut.
        zone: that of the times.
        is_chosen: whether a user has chosen the columns.
    """
    names = [column.name for column in columns]
    is_cramped = "region" in names and screen.width < _CRAMPED
    manner = Manner(
        zone,
        _time_format(names, screen.width, is_cramped=is_cramped),
        has_short_status=is_cramped and not is_chosen,
    )
    explains_below = not is_chosen and REASON not in columns
    layout = Layout(tuple(columns), (), manner, explains_below)
    rows = [layout.cells(operation) for operation in first]
    widths = [
        max([_least_width(column, manner), *(width_of(row[index].text) for row in rows)])
        for index, column in enumerate(columns)
    ]
    if screen.is_terminal:
        widths = _fit(names, widths, screen.width)
    return attrs.evolve(layout, widths=tuple(widths))


def _title(column: Column, manner: Manner) -> str:
    if column.name in {"created", "changed"}:
        return f"{column.title} {manner.zone.tzname(None) or ''}".rstrip()
    if column.name == "status" and manner.has_short_status:
        return " "  # there is no room for it
    return column.title


def _time_format(names: Sequence[str], width: int, *, is_cramped: bool) -> str:
    if width >= _WIDE:
        return "%Y-%m-%d %H:%M:%S"
    if "changed" in names:
        return "%m-%d %H:%M:%S"
    return "%m-%d %H:%M" if is_cramped else "%Y-%m-%d %H:%M"


def _least_width(column: Column, manner: Manner) -> int:
    if column.name == "status" and manner.has_short_status:
        return 1
    return max(_ROOM.get(column.name, 0), width_of(_title(column, manner)))


def _fit(names: Sequence[str], widths: list[int], width: int) -> list[int]:
    """Take columns from the widest texts, one at a time, until the line fits."""
    fitted = list(widths)
    cuttable = [index for index, name in enumerate(names) if name in _CUTTABLE]
    excess = sum(fitted) + GAP * (len(fitted) - 1) - width
    while excess > 0 and cuttable:
        widest = max(cuttable, key=lambda index: fitted[index])
        if fitted[widest] <= _LEAST:
            break
        fitted[widest] -= 1
        excess -= 1
    return fitted
