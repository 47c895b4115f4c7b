"""`lightsail-ops list`."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest

import click

from lightsail_ops.cli.clients import Account, connect, regions_of
from lightsail_ops.cli.errors import ExitStatus
from lightsail_ops.cli.formats import Format, format_of, make_writer
from lightsail_ops.cli.options import (
    Command,
    Options,
    account_options,
    filter_options,
    last_option,
    limit_option,
    option,
    output_options,
    regions_options,
    screen_options,
)
from lightsail_ops.cli.reading import Reading, RegionsError, explain_errors
from lightsail_ops.cli.selection import Operations, created, explain_spelling, sort
from lightsail_ops.cli.terminal import DIM, Terminal, Writer
from lightsail_ops.cli.values import parse_string
from lightsail_ops.enums import OperationStatus
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation

_SCREENFUL = 50  # operations, which the first page holds


@click.command(
    "list",
    cls=Command,
    examples=[
        "lightsail-ops list --status Failed --last 10",
        "lightsail-ops list --all-regions --type 'create-*' --since 7d",
        "lightsail-ops list --sort took --reverse --limit 5",
        "lightsail-ops list --columns id,created,took --output csv",
    ],
)
@account_options
@regions_options
@filter_options
@last_option
@option("How many", "--all", is_flag=True, help="All operations, which is the default in a pipe.")
@limit_option
@option(
    "Order",
    "--sort",
    type=click.Choice(["created", "changed", "took"]),
    help="Sort by the time of creation, the last change or the duration.",
)
@option("Order", "--reverse", is_flag=True, help="Reverse the order.")
@option(
    "Order",
    "--page-token",
    metavar="TOKEN",
    type=parse_string,
    help="Continue from a page, in one region and in AWS's order.",
)
@output_options
@screen_options
def list_operations(terminal: Terminal, options: Options) -> int:
    """List operations.

    On a terminal the output is a table of the 50 most recent operations, the newest at the bottom;
    --all, --last, --limit or --since show more. Into a pipe, all operations are written as one
    JSON object a line, in AWS's order, each page as soon as it has come.
    """
    with connect(terminal, options, regions_of(options)) as account:
        listing = _Listing(terminal, options, account)
        with (
            explain_errors(terminal, listing.reading, listing.obstacle),
            terminal.writing(listing.writer),
            terminal.status(listing.reading.describe),
        ):
            listing.show()
    if terminal.has_status:
        listing.conclude()
    if not listing.reading.shown:
        for advice in explain_spelling(options):
            terminal.hint(advice)
    return ExitStatus.DONE


class _Listing:
    """A list that is being shown."""

    def __init__(self, terminal: Terminal, options: Options, account: Account) -> None:
        several_regions = len(account.clients) > 1
        self.reading: Reading = Reading(account, options)
        self.writer: Writer = make_writer(terminal, options, several_regions=several_regions)
        self._terminal = terminal
        self._options = options
        self._statuses = Counter[OperationStatus]()
        is_table = format_of(terminal, options) is Format.TABLE
        is_screen = is_table and terminal.out.is_terminal
        is_whole = options.all or options.limit or options.since or options.page_token
        self._is_screenful = is_screen and not (is_whole or options.last)
        self._last = _SCREENFUL if self._is_screenful else options.last
        # The newest stand at the bottom of a terminal, where people look. A table of several
        # regions is one history, and not whichever region comes first.
        is_history = (is_screen or (is_table and several_regions)) and not (
            options.limit or options.page_token
        )
        self._order = options.sort or ("created" if is_history else None)
        self._is_streamed = not (self._order or self._last or options.reverse)
        self.obstacle: str | None = None if self._is_streamed else "operations are sorted"
        """Why the list cannot be continued. None: each page is shown when it comes."""

    def show(self) -> None:
        """Show the operations that the options select."""
        if self._is_streamed:
            self._show_pages(self._options.limit)
        else:
            self._show_sorted()

    def conclude(self) -> None:
        """Leave a last line that says how many operations were read and shown."""
        from lightsail_ops.cli.columns import legend  # late: a pipe has no last line
        from lightsail_ops.cli.widths import flow

        screen = self._terminal.err
        if self._is_screenful and not self.reading.shows_all:
            summary = f"the {self.reading.shown} most recent; --all shows all"
        else:
            summary = self.reading.summarise()
        entries = [(screen.paint(summary, DIM), len(summary)), *legend(self._statuses, screen)]
        self._terminal.leave("\n".join(flow(entries, screen.width)))

    def _show_pages(self, limit: int | None) -> None:
        for batch in self.reading.batches():
            operations = batch.operations[:limit]
            with self._terminal.above():
                self._write(operations)
                if len(operations) == len(batch.operations):
                    self.reading.settle(batch)
            if limit is not None:
                limit -= len(operations)
                if not limit:
                    return

    def _show_sorted(self) -> None:
        """Show operations once all have come; where the reading fails, what came before."""
        found: list[Operation] = []
        failure: Exception | None = None
        try:
            self.reading.read_newest(self._last, found)
        except (LightsailError, RegionsError) as error:
            failure = error
        if self._last:
            found = nlargest(self._last, found, key=created)[::-1]
        elif self._order and not self._options.sort:
            found.reverse()  # AWS lists the newest first, also of those created at the same time
        ordered = sort(found, self._order, reverse=self._options.reverse)
        with self._terminal.above():
            self._write(ordered[: self._options.limit])
        if failure is not None:
            raise failure

    def _write(self, operations: Operations) -> None:
        self.writer.write(operations)
        self.reading.shown += len(operations)
        if self._terminal.has_status:
            self._statuses.update(operation.status for operation in operations)
