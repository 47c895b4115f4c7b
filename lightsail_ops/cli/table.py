"""Operations as a table for people, printed while it comes in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from textwrap import wrap

from lightsail_ops._printable import printable
from lightsail_ops.cli.cells import ERROR, Cell
from lightsail_ops.cli.columns import Column, explain
from lightsail_ops.cli.formats import Writer
from lightsail_ops.cli.layout import GAP, Layout, default_columns, lay_out
from lightsail_ops.cli.terminal import Screen
from lightsail_ops.cli.widths import pad, shorten, shorten_in_the_middle
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation

_CORNER = "└ "
_LINES = 3  # of the reason of a failure
_LEAST_REASON = 10  # columns


class TableWriter(Writer):
    """Prints a table, its columns as wide as the first batch needs.

    On a terminal, longer texts are cut. In a file nothing is.
    """

    def __init__(
        self,
        screen: Screen,
        zone: tzinfo,
        columns: Sequence[Column] = (),
        *,
        several_regions: bool = False,
        shows_changes: bool = False,
    ) -> None:
        """Prepare a table.

        Args:
            screen: where it is printed.
            zone: that of the times.
            columns: which a user has chosen; defaults to those that the width has room for.
            several_regions: whether there is a column for the region by default.
            shows_changes: whether the time is that of the last change by default, rather than
                that of the creation.
        """
        super().__init__(screen.stream)
        self._screen = screen
        self._zone = zone
        self._is_chosen = bool(columns)
        self._columns = columns or default_columns(
            screen.width, several_regions=several_regions, shows_changes=shows_changes
        )
        self._layout: Layout | None = None

    def write(self, batch: Sequence[Operation]) -> None:
        """Print a line for each operation, and a head above the first."""
        if not batch:
            return
        layout = self._layout
        if layout is None:
            layout = self._layout = lay_out(
                self._columns, batch, self._screen, self._zone, is_chosen=self._is_chosen
            )
            self._screen.print(self._line(layout.titles(), layout))
        for operation in batch:
            self._screen.print(self._line(layout.cells(operation), layout))
            if layout.explains_below and operation.status == OperationStatus.FAILED:
                self._explain(operation, layout.widths[0])
        self.stream.flush()

    def _line(self, cells: Sequence[Cell], layout: Layout) -> str:
        fitted = [
            (self._fit(cell, width), cell.style)
            for cell, width in zip(cells, layout.widths, strict=True)
        ]
        while fitted and not fitted[-1][0]:
            fitted.pop()  # no line ends in spaces
        padded = [
            (text if index == len(fitted) - 1 else pad(text, layout.widths[index]), style)
            for index, (text, style) in enumerate(fitted)
        ]
        return (" " * GAP).join(self._screen.paint(text, style) for text, style in padded)

    def _fit(self, cell: Cell, width: int) -> str:
        if not self._screen.is_terminal:
            return cell.text
        return (shorten_in_the_middle if cell.keeps_end else shorten)(cell.text, width)

    def _explain(self, operation: Operation, indent: int) -> None:
        reason = printable(explain(operation))
        lines = [reason]
        if self._screen.is_terminal:
            width = self._screen.width - indent - GAP - len(_CORNER)
            lines = wrap(reason, max(width, _LEAST_REASON), max_lines=_LINES, placeholder="…")
            lines = [shorten(line, width) for line in lines]  # some characters take two columns
        margin = " " * (indent + GAP)
        for number, line in enumerate(filter(None, lines)):
            corner = " " * len(_CORNER) if number else _CORNER
            self._screen.print(f"{margin}{corner}{self._screen.paint(line, ERROR)}")
