"""`lightsail-ops list`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from lightsail_ops._printable import printable
from lightsail_ops.cli.account import connect
from lightsail_ops.cli.columns import status_symbol
from lightsail_ops.cli.errors import ExitStatus
from lightsail_ops.cli.formats import format_of, open_writer
from lightsail_ops.cli.options import Command, Group, Options
from lightsail_ops.cli.reading import Batch, Reading, explain_spelling, sort
from lightsail_ops.cli.terminal import DIM, Screen, Terminal
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation

_SCREENFUL = 50  # operations, which the first page holds


@click.command(
    "list",
    cls=Command,
    params=[
        *(*Group.ACCOUNT, *Group.REGIONS, *Group.SELECTION, *Group.AMOUNT),
        *(*Group.ORDER, *Group.OUTPUT, *Group.SCREEN),
    ],
    examples=[
        "lightsail-ops list --status Failed --last 10",
        "lightsail-ops list --all-regions --type 'create-*' --since 7d",
        "lightsail-ops list --sort took --reverse --limit 5",
        "lightsail-ops list --columns id,created,took --output csv",
    ],
)
def command(terminal: Terminal, options: Options) -> int:
    """List operations.

    On a terminal the output is a table of the 50 most recent operations, the newest at the bottom;
    --all, --last, --limit or --since show more. Into a pipe, all operations are written as one
    JSON object a line, in AWS's order, each page as soon as it has come.
    """
    with connect(terminal, options) as account:
        several_regions = len(account.clients) > 1
        is_table = format_of(terminal, options) == "table"
        is_screen = is_table and terminal.out.is_terminal
        is_whole = options.all or options.limit or options.since or options.page_token
        is_screenful = is_screen and not (is_whole or options.last)
        last = _SCREENFUL if is_screenful else options.last
        # The newest stand at the bottom of a terminal, where people look. A table of several
        # regions is one history, and not whichever region comes first.
        is_history = (is_screen or (is_table and several_regions)) and not (
            options.limit or options.page_token
        )
        order = options.sort or ("created" if is_history else None)
        is_sorted = bool(order or last or options.reverse)
        reading = Reading(account, options)
        statuses: Counter[OperationStatus] = Counter()
        with (
            reading.explain_errors(terminal, "operations are sorted" if is_sorted else None),
            open_writer(terminal, options, several_regions=several_regions) as write,
            terminal.status(reading.get_progress),
        ):

            def show(operations: Sequence[Operation], batch: Batch | None = None) -> None:
                with terminal.above():
                    write(operations)
                    reading.shown += len(operations)
                    if batch and len(operations) == len(batch.operations):
                        reading.settle(batch)
                if terminal.has_status:
                    statuses.update(operation.status for operation in operations)

            if is_sorted:
                found = reading.read_newest(last)
                if last or (order and not options.sort):
                    found.reverse()  # AWS lists the newest first, also of those created at once
                show(sort(found, order, reverse=options.reverse)[: options.limit])
            else:
                limit = options.limit
                for batch in reading.batches():
                    show(batch.operations[: limit and limit - reading.shown], batch)
                    if reading.shown == limit:
                        break
    if terminal.has_status:
        is_part = is_screenful and not reading.shows_all
        part = f"the {reading.shown} most recent; --all shows all" if is_part else ""
        terminal.leave(_summarise(part or reading.summarise(), statuses, terminal.err))
    if not reading.shown:
        terminal.report("", *explain_spelling(options))
    return ExitStatus.DONE


def _summarise(summary: str, statuses: Counter[OperationStatus], screen: Screen) -> str:
    """Return the last lines: a summary, and how many operations have each status."""
    from lightsail_ops.plot.statuses import sort_statuses  # late: a pipe has no last line
    from lightsail_ops.plot.widths import flow, width_of

    entries = [(screen.paint(summary, DIM), len(summary))]
    for status in sort_statuses(statuses):
        symbol, style = status_symbol(status)
        words = f" {printable(status)} {statuses[status]:,}"
        entries.append((f"{screen.paint(symbol, style)}{words}", 1 + width_of(words)))
    return "\n".join(flow(entries, screen.width))
