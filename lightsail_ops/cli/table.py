"""Operations for people: as a table that is printed while they come in, or as paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from itertools import zip_longest
from typing import NamedTuple

import attrs

from lightsail_ops._printable import printable
from lightsail_ops.cli.columns import COLUMNS, ERROR, CellFormat, Column, column_named, explain
from lightsail_ops.cli.terminal import BOLD, Screen, Style
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation
from lightsail_ops.plot.widths import pad, shorten, shorten_in_the_middle, width_of, wrap

_WIDE = 110  # columns, from which on there is room for seconds and durations
_CRAMPED = 96  # columns, below which a region leaves no room for the status in words
_NARROW = 60  # columns, below which nothing does
_LEAST = 6  # columns, to which texts are cut first
_LINES = 3  # of the reason of a failure
_LEAST_VALUE = 20  # columns, in a paragraph
_LEAST_REASON = 10  # columns
_CORNER = "└ "
_ANY_TIME = datetime(2026, 11, 1, tzinfo=UTC)  # all take as many columns


class _Layout(NamedTuple):
    """The columns of a table with their widths, and how their cells are written."""

    width: int  # of the screen for which it was made
    columns: Sequence[Column]
    widths: Sequence[int]
    gap: str
    cell_format: CellFormat


class Paragraphs:
    """A paragraph for each operation, with a line for each value that it has, or more."""

    def __init__(self, screen: Screen, zone: tzinfo, columns: Sequence[Column]) -> None:
        self._screen = screen
        self._cell_format = CellFormat(zone, "%Y-%m-%d %H:%M:%S %Z")
        self._columns = columns or [column for column in COLUMNS if column.name != "error"]
        self._margin = max(len(column.title) for column in self._columns) + 2
        self._separator = ""

    def write(self, batch: Sequence[Operation]) -> None:
        """Print the paragraphs."""
        screen = self._screen
        room = max(screen.width - self._margin, _LEAST_VALUE)
        for operation in batch:
            screen.stream.write(self._separator)
            self._separator = "\n"
            for column in self._columns:
                if column.value(operation) is None:
                    continue
                value = column.show(operation, self._cell_format)
                lines = (wrap(value, room) if screen.is_terminal else [value]) or [""]
                for title, line in zip_longest([column.title], lines, fillvalue=""):
                    head = screen.paint(f"{title:{self._margin}}", BOLD)
                    screen.print(f"{head}{screen.paint(line, column.style_of(operation))}")


@attrs.define
class Table:
    """A table, its columns as wide as the first batch needs.

    On a terminal, longer cells are cut, and the table is laid out again when the terminal's width
    has changed. In a file nothing is cut. The columns default to what the width has room for.
    """

    screen: Screen
    zone: tzinfo
    columns: Sequence[Column]
    several_regions: bool
    shows_changes: bool
    has_head: bool
    _layout: _Layout | None = attrs.field(default=None, init=False)

    def write(self, batch: Sequence[Operation]) -> None:
        """Print a line for each operation, and a head above the first."""
        if not batch:
            return
        width = self.screen.width
        layout = self._layout
        if layout is None or layout.width != width:
            layout = self._layout = self._lay_out(batch, width)
            titles = [_title(column, layout.cell_format) for column in layout.columns]
            if self.has_head:
                self._print_line(titles, [BOLD] * len(titles), layout)
        for operation in batch:
            cells = [column.show(operation, layout.cell_format) for column in layout.columns]
            self._print_line(cells, [each.style_of(operation) for each in layout.columns], layout)
            if operation.status == OperationStatus.FAILED and not self.columns:
                self._explain(operation, layout)

    def _lay_out(self, first: Sequence[Operation], width: int) -> _Layout:
        columns = self.columns or self._default_columns(width)
        names = [column.name for column in columns]
        is_cramped = width < (_CRAMPED if "region" in names else _NARROW)
        time_format = _time_format(names, width, is_cramped=is_cramped)
        cell_format = CellFormat(self.zone, time_format, is_cramped and not self.columns)
        widths = [
            max(
                1 if column.name == "status" and cell_format.has_short_status else column.width,
                width_of(_title(column, cell_format)),
                *(width_of(column.show(operation, cell_format)) for operation in first),
            )
            for column in columns
        ]
        gap = "  "
        if self.screen.is_terminal:
            widths, gap = _fit(columns, widths, width)
        return _Layout(width, columns, widths, gap, cell_format)

    def _default_columns(self, width: int) -> Sequence[Column]:
        names = ["changed" if self.shows_changes else "created"]
        names += ["took"] if width >= _WIDE else []
        names += ["status", "type", "resource"]
        names += ["region"] if self.several_regions else []
        return list(map(column_named, names))

    def _print_line(self, cells: Sequence[str], styles: Sequence[Style], layout: _Layout) -> None:
        cells = list(cells)
        if self.screen.is_terminal:
            cells = [
                (shorten if column.cut == "end" else shorten_in_the_middle)(cell, width)
                for column, cell, width in zip(layout.columns, cells, layout.widths, strict=True)
            ]
        while cells and not cells[-1]:
            cells.pop()  # no line ends in spaces
        padded = [*map(pad, cells[:-1], layout.widths), *cells[-1:]]
        self.screen.print(layout.gap.join(map(self.screen.paint, padded, styles)))

    def _explain(self, operation: Operation, layout: _Layout) -> None:
        """Print the reason of a failure below its line."""
        reason = printable(explain(operation))
        lines = [reason]
        margin = min(layout.widths[0] + len(layout.gap), layout.width // 4)
        if self.screen.is_terminal:
            room = max(layout.width - margin - len(_CORNER), _LEAST_REASON)
            lines = wrap(reason, room, max_lines=_LINES)
        for number, line in enumerate(filter(None, lines)):
            corner = " " * len(_CORNER) if number else _CORNER
            self.screen.print(f"{'':{margin}}{corner}{self.screen.paint(line, ERROR)}")


def _title(column: Column, cell_format: CellFormat) -> str:
    if column.name in {"created", "changed"}:
        title = f"{column.title} {cell_format.zone.tzname(None) or ''}".rstrip()
        room = len(_ANY_TIME.strftime(cell_format.time_format))
        return title if len(title) <= room else column.title
    if column.name == "status" and cell_format.has_short_status:
        return " "  # there is no room for it
    return column.title


def _time_format(names: Sequence[str], width: int, *, is_cramped: bool) -> str:
    if width >= _WIDE:
        return "%Y-%m-%d %H:%M:%S"
    if "changed" in names:
        return "%H:%M:%S" if width < _NARROW else "%m-%d %H:%M:%S"
    return "%m-%d %H:%M" if is_cramped else "%Y-%m-%d %H:%M"


def _fit(columns: Sequence[Column], widths: Sequence[int], width: int) -> tuple[list[int], str]:
    """Return widths with which a line fits, and what stands between two columns.

    The widest are cut first, those that are of use only as a whole last.
    """
    fitted = list(widths)
    everything = range(len(columns))
    others = [index for index in everything if columns[index].cut != "last"]
    for least, indices, gap in ((_LEAST, others, 2), (_LEAST, everything, 1), (1, everything, 1)):
        room = width - gap * (len(columns) - 1)
        while sum(fitted) > room:
            widest = max(indices, key=fitted.__getitem__, default=None)
            if widest is None or fitted[widest] <= least:
                break
            fitted[widest] -= 1
        else:
            return fitted, " " * gap
    return fitted, " "
