"""Standard output, in the format that the options name."""

from __future__ import annotations

import sys

from lightsail_ops.cli.formats import Format, Writer, writer_for
from lightsail_ops.cli.options import OutputOptions
from lightsail_ops.cli.terminal import Screen
from lightsail_ops.cli.times import display_zone


def format_of(options: OutputOptions) -> Format:
    """Return the format: a table on a terminal and jsonl elsewhere, if none is named."""
    return options.output or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)


def open_output(
    options: OutputOptions, *, utc: bool, several_regions: bool, shows_changes: bool = False
) -> Writer:
    """Return the writer of the format.

    Args:
        options: the format and the columns.
        utc: whether a table's times are in UTC.
        several_regions: whether a table names the region by default.
        shows_changes: whether a table's time is that of the last change by default.
    """
    output = format_of(options)
    if output is not Format.TABLE:
        return writer_for(output, sys.stdout, options.columns)
    from lightsail_ops.cli.table import TableWriter  # late: a pipe needs no table

    return TableWriter(
        Screen.of(sys.stdout),
        display_zone(utc=utc),
        options.columns,
        several_regions=several_regions,
        shows_changes=shows_changes,
    )
