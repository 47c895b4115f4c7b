"""`lightsail-ops show`."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

import click

from lightsail_ops.cli.account import Account, connect
from lightsail_ops.cli.columns import COLUMNS, CellFormat, Column
from lightsail_ops.cli.errors import ExitStatus, describe
from lightsail_ops.cli.formats import Write, format_of, open_writer
from lightsail_ops.cli.options import STRING, Command, Group, Options
from lightsail_ops.cli.terminal import BOLD, Screen, Terminal
from lightsail_ops.cli.times import display_zone
from lightsail_ops.errors import LightsailError, NotFoundError
from lightsail_ops.models import Operation
from lightsail_ops.plot.widths import wrap

_LEAST = 20  # columns of a value


@click.command(
    "show",
    cls=Command,
    params=[
        click.Argument(["ids"], metavar="ID...", nargs=-1, required=True, type=STRING),
        *(*Group.ACCOUNT, *Group.REGIONS, *Group.OUTPUT, *Group.SCREEN),
    ],
    examples=[
        "lightsail-ops show 6e5f9c1b-6a1c-4a3c-9d0c-0a6a54d4ae6b",
        "lightsail-ops list --status Failed -o id | xargs lightsail-ops show",
    ],
)
def command(terminal: Terminal, options: Options) -> int:
    """Show everything about operations.

    Where several regions are named, an operation is looked for in each. The others are shown even
    if one is not found.
    """
    status = ExitStatus.DONE
    is_table = format_of(terminal, options) == "table"
    open_ = _open_paragraphs if is_table else open_writer
    with connect(terminal, options) as account, open_(terminal, options) as write:
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
                    write([operation])
    return status


@contextmanager
def _open_paragraphs(terminal: Terminal, options: Options) -> Generator[Write]:
    """Write a paragraph for each operation."""
    cell_format = CellFormat(display_zone(utc=options.utc), "%Y-%m-%d %H:%M:%S %Z")
    columns = options.columns or [column for column in COLUMNS if column.name != "error"]
    separator = ""

    def write(batch: Sequence[Operation]) -> None:
        nonlocal separator
        for operation in batch:
            terminal.out.stream.write(separator)
            separator = "\n"
            for line in _describe(operation, columns, cell_format, terminal.out):
                terminal.out.print(line)

    yield write


def _describe(
    operation: Operation, columns: Sequence[Column], cell_format: CellFormat, screen: Screen
) -> Iterator[str]:
    """Yield a line for each value that an operation has, or more if it is long."""
    margin = max(len(column.title) for column in columns) + 2
    room = max(screen.width - margin, _LEAST)
    for column in columns:
        if column.value(operation) is None:
            continue
        value = column.show(operation, cell_format)
        lines = wrap(value, room) if screen.is_terminal else [value]
        title = column.title
        for line in lines or [""]:
            painted = screen.paint(line, column.style_of(operation))
            yield f"{screen.paint(f'{title:{margin}}', BOLD)}{painted}"
            title = ""


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
