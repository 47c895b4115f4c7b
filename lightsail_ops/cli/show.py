"""`lightsail-ops show`."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import click

from lightsail_ops.cli.clients import Account, connect, regions_of
from lightsail_ops.cli.columns import COLUMNS, CellFormat, Column, style_cell
from lightsail_ops.cli.errors import ExitStatus, describe
from lightsail_ops.cli.formats import Format, format_of, make_writer
from lightsail_ops.cli.options import (
    Command,
    Options,
    account_options,
    output_options,
    regions_options,
    screen_options,
)
from lightsail_ops.cli.terminal import BOLD, Screen, Terminal, Writer
from lightsail_ops.cli.times import display_zone
from lightsail_ops.cli.values import parse_string
from lightsail_ops.errors import LightsailError, NotFoundError
from lightsail_ops.models import Operation

_LEAST = 20  # columns of a value


@click.command(
    "show",
    cls=Command,
    examples=[
        "lightsail-ops show 6e5f9c1b-6a1c-4a3c-9d0c-0a6a54d4ae6b",
        "lightsail-ops list --status Failed -o id | xargs lightsail-ops show",
    ],
)
@click.argument("ids", metavar="ID...", nargs=-1, required=True, type=parse_string)
@account_options
@regions_options
@output_options
@screen_options
def show(terminal: Terminal, options: Options) -> int:
    """Show everything about operations.

    Where several regions are named, an operation is looked for in each. The others are shown even
    if one is not found.
    """
    status = ExitStatus.DONE
    with connect(terminal, options, regions_of(options)) as account:
        writer = _make_writer(terminal, options)
        with terminal.writing(writer):
            for operation_id in options.ids:
                try:
                    with terminal.status(lambda: "waiting for Lightsail…"):
                        operation = _find(account, operation_id)
                except LightsailError as error:
                    message, advice = describe(error)
                    terminal.report(f"operation {operation_id}: {message}", advice)
                    status = ExitStatus.FAILED
                else:
                    with terminal.above():
                        writer.write([operation])
    return status


class DetailWriter:
    """Prints a paragraph for each operation, with a line for each value that it has."""

    def __init__(self, screen: Screen, cell_format: CellFormat, columns: Sequence[Column]) -> None:
        self._screen = screen
        self._cell_format = cell_format
        self._columns = columns or [column for column in COLUMNS if column.name != "error"]
        self._margin = max(len(column.title) for column in self._columns) + 2
        self._separator = ""

    def write(self, batch: Sequence[Operation]) -> None:
        """Print operations."""
        for operation in batch:
            self._screen.stream.write(self._separator)
            self._separator = "\n"
            for column in self._columns:
                self._print_value(operation, column)

    def close(self) -> None:
        """Do nothing: paragraphs have no end."""

    def _print_value(self, operation: Operation, column: Column) -> None:
        if column.value(operation) is None:
            return
        room = max(self._screen.width - self._margin, _LEAST)
        value = column.show(operation, self._cell_format)
        lines = wrap(value, room) if self._screen.is_terminal else [value]
        style = style_cell(column, operation)
        for number, line in enumerate(lines or [""]):
            title = "" if number else column.title
            painted = self._screen.paint(f"{title:{self._margin}}", BOLD)
            self._screen.print(f"{painted}{self._screen.paint(line, style)}")


def _make_writer(terminal: Terminal, options: Options) -> Writer:
    if format_of(terminal, options) is not Format.TABLE:
        return make_writer(terminal, options)
    cell_format = CellFormat(display_zone(utc=options.utc), "%Y-%m-%d %H:%M:%S %Z")
    return DetailWriter(terminal.out, cell_format, options.columns)


def _find(account: Account, operation_id: str) -> Operation:
    """Return an operation from the first region that knows it.

    Raises:
        NotFoundError: no region does.
        LightsailError: no region does, and this error kept one from saying so.
    """
    errors: list[LightsailError] = []
    for client in account.clients.values():
        try:
            return client.get_operation(operation_id)
        except LightsailError as error:
            errors.append(error)
    others = [error for error in errors if not isinstance(error, NotFoundError)]
    raise (others or errors)[0]
