"""Operations as a table for people, which is printed while it comes in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

import attrs
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from lightsail_ops import Operation, OperationStatus
from lightsail_ops._timeline import printable
from lightsail_ops.cli.screen import (
    duration_text,
    is_terminal,
    look_of,
    shortened,
    shortened_in_the_middle,
    show,
)


@attrs.frozen
class _Layout:
    """How wide each column of a table is; 0: it is left out."""

    time_format: str
    time: int
    took: int
    status: int
    operation: int
    resource: int
    region: int
    why: int


_GAP = 2
_WIDE = 110  # columns, from which on there is room for how long it took, and why it failed
_CRAMPED = 96  # columns, below which a region leaves no room for the status in words
_STATUS = 12  # "○ NotStarted"
_REGION = 14  # "ap-southeast-2"
_TOOK = 7  # "59m 59s"
_TYPE = 26  # "CreateInstancesFromSnapsho"; later lines may need more than the first
_NAME = 16
_LONG_NAME = 32  # where there is room
_WHY = 30


@attrs.define
class Table:
    """A table that is printed while it comes in, its columns as wide as the first lines need.

    On a terminal, longer texts are cut; in a file nothing is.
    """

    console: Console
    zone: tzinfo
    several_regions: bool
    shows_changes: bool = False
    """Whether the time of an operation is that of its last change, and not of its creation."""
    _layout: _Layout | None = attrs.field(default=None, init=False)

    def write(self, batches: Iterable[Sequence[Operation]]) -> None:
        """Print a line for each operation, and a head above the first."""
        for batch in batches:
            if batch:
                self._write(batch)

    def _write(self, batch: Sequence[Operation]) -> None:
        if self._layout is None:
            self._layout = self._laid_out(batch)
            show(self.console, self._head(self._layout))
        lines = [self._line(operation, self._layout) for operation in batch]
        show(self.console, Text("\n").join(lines))

    def _laid_out(self, batch: Sequence[Operation]) -> _Layout:
        width = self.console.width
        is_wide = width >= _WIDE
        is_cramped = self.several_regions and width < _CRAMPED
        time_format = "%Y-%m-%d %H:%M:%S" if is_wide else "%Y-%m-%d %H:%M"
        if not is_wide and self.shows_changes:
            time_format = "%m-%d %H:%M:%S"
        elif is_cramped:
            time_format = "%m-%d %H:%M"
        time = max(len(datetime.now(self.zone).strftime(time_format)), len(self._time_title))
        took = _TOOK if is_wide else 0
        status = 1 if is_cramped else _STATUS
        region = _REGION if self.several_regions else 0
        left = width - sum(column + _GAP for column in (time, took, status, region) if column)
        operation, resource = self._shared(batch, left - _GAP)
        why = left - operation - resource - 2 * _GAP
        why = why if is_wide and why >= _WHY else 0  # names come before what is said about them
        return _Layout(time_format, time, took, status, operation, resource, region, why)

    def _shared(self, batch: Sequence[Operation], width: int) -> tuple[int, int]:
        """Share a width between the operation's type and the resource's name."""
        operation = max([_TYPE, *(len(each.operation_type) for each in batch)])
        resource = max([_NAME, *(cell_len(printable(each.resource_name)) for each in batch)])
        if is_terminal(self.console):
            operation = min(operation, max(width - resource, width // 2))
            resource = min(max(resource, _LONG_NAME), width - operation)
        return operation, resource

    @property
    def _time_title(self) -> str:
        return f"{'Changed' if self.shows_changes else 'Created'} {self.zone.tzname(None)}"

    def _head(self, layout: _Layout) -> Text:
        titles = (
            (self._time_title, layout.time),
            ("Took", layout.took),
            ("Status" if layout.status > 1 else " ", layout.status),
            ("Operation", layout.operation),
            ("Resource", layout.resource),
            ("Region", layout.region),
            ("Details", layout.why),
        )
        cells = [Text(set_cell_size(title, width)) for title, width in titles if width]
        return _joined(cells, "bold")

    def _line(self, operation: Operation, layout: _Layout) -> Text:
        look = look_of(operation.status)
        status = f"{look.symbol} {operation.status}" if layout.status > 1 else look.symbol
        why, reason = _why(operation), ""
        if operation.status == OperationStatus.FAILED and cell_len(why) > layout.why:
            why, reason = "", why  # on a line of its own
        cells = (
            (self._time(operation, layout), layout.time, "dim"),
            (_took(operation), layout.took, "dim"),
            (status, layout.status, look.style),
            (operation.operation_type, layout.operation, ""),
            (
                shortened_in_the_middle(printable(operation.resource_name), layout.resource),
                layout.resource,
                "bold",
            ),
            (operation.location.region_name or "", layout.region, "dim"),
            (why, layout.why, _style_of_why(operation)),
        )
        line = _joined([self._cell(*cell) for cell in cells if cell[1]])
        if reason:
            indent = layout.time + _GAP
            if is_terminal(self.console):
                reason = shortened(reason, self.console.width - indent - 2)
            line.append(f"\n{'':{indent}}└ ").append(reason, _style_of_why(operation))
        return line

    def _time(self, operation: Operation, layout: _Layout) -> str:
        moment = operation.created_at
        if self.shows_changes:
            moment = operation.status_changed_at or moment
        return moment.astimezone(self.zone).strftime(layout.time_format)

    def _cell(self, text: str, width: int, style: str) -> Text:
        text = printable(text)
        if is_terminal(self.console):
            text = shortened(text, width)
        return Text(text + " " * (width - cell_len(text)), style)


def _joined(cells: Iterable[Text], style: str = "") -> Text:
    line = Text(" " * _GAP).join(cells)
    line.rstrip()
    line.stylize(style)
    return line


def _took(operation: Operation) -> str:
    if not operation.is_terminal or operation.status_changed_at is None:
        return ""
    return duration_text(operation.status_changed_at - operation.created_at)


def _why(operation: Operation) -> str:
    """Return why an operation failed, or else what AWS says about it."""
    if operation.status == OperationStatus.FAILED:
        return printable(": ".join(filter(None, (operation.error_code, operation.error_details))))
    return printable(operation.operation_details or "")


def _style_of_why(operation: Operation) -> str:
    return "red" if operation.status == OperationStatus.FAILED else "dim"
