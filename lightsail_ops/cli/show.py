"""`lightsail-ops show`."""

from __future__ import annotations

import click

from lightsail_ops.cli.account import Account, connect
from lightsail_ops.cli.advice import list_ids
from lightsail_ops.cli.errors import ExitStatus, describe
from lightsail_ops.cli.formats import open_writer
from lightsail_ops.cli.options import Command, Group, Options, parse_string
from lightsail_ops.cli.terminal import Progress, Terminal
from lightsail_ops.errors import LightsailError, NotFoundError
from lightsail_ops.models import Operation


@click.command(
    "show",
    cls=Command,
    params=[
        click.Argument(["ids"], metavar="ID...", nargs=-1, required=True, type=parse_string),
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
    with (
        connect(terminal, options) as account,
        open_writer(terminal, options, makes_paragraphs=True) as write,
    ):
        for operation_id in options.ids:
            try:
                with terminal.status(lambda: Progress("waiting for Lightsail")):
                    operation = _find(account, operation_id)
            except LightsailError as error:
                description = describe(error, list_ids(options))
                terminal.report(*description.about(f"operation {operation_id}"))
                status = ExitStatus.FAILED
            else:
                with terminal.above():
                    write([operation])
    return status


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
    raise min(errors, key=lambda error: isinstance(error, NotFoundError))
