"""`lightsail-ops list`."""

from __future__ import annotations

from lightsail_ops.cli.errors import ExitStatus
from lightsail_ops.cli.formats import Format
from lightsail_ops.cli.option_groups import command
from lightsail_ops.cli.options import (
    AccountOptions,
    FilterOptions,
    HistoryOptions,
    OrderOptions,
    OutputOptions,
    RegionsOptions,
    TimeOptions,
)
from lightsail_ops.cli.ordering import Order, Sort
from lightsail_ops.cli.output import format_of, open_output
from lightsail_ops.cli.reading import read_operations
from lightsail_ops.cli.sources import Source


@command(
    "list",
    "lightsail-ops list --status Failed --last 10",
    "lightsail-ops list --all-regions --type 'create-*' --since 7d",
    "lightsail-ops list --sort took --reverse --limit 5",
    "lightsail-ops list --columns id,created,took --output csv",
)
def list_operations(
    account: AccountOptions,
    regions: RegionsOptions,
    filters: FilterOptions,
    history: HistoryOptions,
    order: OrderOptions,
    output: OutputOptions,
    times: TimeOptions,
) -> ExitStatus:
    """List operations.

    On a terminal the output is a table. Into a pipe it is one JSON object a line, and each page is
    written as soon as it has come.
    """

    def order_for(source: Source) -> Order:
        mixes_regions = source.has_several_regions and format_of(output) is Format.TABLE
        return Order(
            limit=history.limit,
            last=history.last,
            sort=order.sort,
            reverse=order.reverse,
            # People expect one history, and not whichever region comes first.
            default_sort=Sort.CREATED if mixes_regions else None,
        )

    with (
        read_operations(account, regions, filters, history, order_for, has_legend=True) as reading,
        open_output(
            output, utc=times.utc, several_regions=reading.source.has_several_regions
        ) as writer,
    ):
        for batch in reading.batches:
            writer.write(batch)
    return ExitStatus.DONE
