"""`lightsail-ops watch`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, ClassVar

import attrs
import click

from lightsail_ops.cli import values
from lightsail_ops.cli.changes import Changes, watch_source
from lightsail_ops.cli.cursors import CursorFile, Position
from lightsail_ops.cli.errors import ExitStatus, hint
from lightsail_ops.cli.filters import Filter
from lightsail_ops.cli.formats import Writer
from lightsail_ops.cli.option_groups import OptionGroup, command
from lightsail_ops.cli.options import (
    AccountOptions,
    FilterOptions,
    OutputOptions,
    PollOptions,
    RegionsOptions,
    TimeOptions,
)
from lightsail_ops.cli.output import open_output
from lightsail_ops.cli.sources import Source, connect
from lightsail_ops.cli.terminal import StatusLine

_RECENT = timedelta(minutes=10)


@attrs.frozen(kw_only=True)
class WatchOptions(OptionGroup):
    """Which changes to show, and where to begin."""

    heading: ClassVar[str] = "Which changes"

    since: Annotated[
        datetime | None,
        click.Option(
            ["--since"],
            metavar="TIME",
            type=values.parse_time,
            help="Changed at that time or later. Defaults to 10m.",
        ),
    ] = None
    limit: Annotated[
        int | None,
        click.Option(
            ["--limit"], metavar="N", type=values.parse_count, help="Stop after N changes."
        ),
    ] = None
    cursor_file: Annotated[
        Path | None,
        click.Option(
            ["--cursor-file"],
            metavar="FILE",
            type=Path,
            help="Continue where the last run with this file stopped, and keep it up to date.",
        ),
    ] = None


@command(
    "watch",
    "lightsail-ops watch --all-regions --status Failed",
    "lightsail-ops watch --cursor-file changes.json",
    "lightsail-ops watch --output jsonl | jq -r .resourceName",
)
def watch(
    account: AccountOptions,
    regions: RegionsOptions,
    filters: FilterOptions,
    changes: WatchOptions,
    polls: PollOptions,
    output: OutputOptions,
    times: TimeOptions,
) -> ExitStatus:
    """Show each new operation and each change of status, until Ctrl-C.

    Throttling and outages do not end it.
    """
    selection = Filter(filters)
    for doubt in selection.doubts():
        hint(doubt)
    since = changes.since or datetime.now(UTC) - _RECENT
    position = Position(since, CursorFile(changes.cursor_file) if changes.cursor_file else None)
    interval = polls.interval or (1.0 if account.demo else 5.0)
    with connect(account, regions.names) as source, _demo_events(source):
        writer = open_output(
            output, utc=times.utc, several_regions=source.has_several_regions, shows_changes=True
        )
        watching = watch_source(source, interval=interval, since=since, cursors=position.cursors)
        with writer, position.explain_errors(), watching as watched:
            text = f"watching {source.name}; press Ctrl-C to stop"
            _follow(watched, position, selection, writer, text, changes.limit)
    return ExitStatus.DONE


def _follow(
    changes: Changes,
    position: Position,
    selection: Filter,
    writer: Writer,
    text: str,
    limit: int | None,
) -> None:
    """Write the changes that are selected, up to a limit, and keep the position after each."""
    shown = 0
    position.save(changes.cursors())
    with StatusLine() as line:
        line.show(text)
        for operation in changes.operations:
            position.note(operation)
            if selection.matches(operation):
                line.clear()
                writer.write([operation])
                shown += 1
            position.save(changes.cursors())  # once it is written
            if shown == limit:
                return
            line.show(text)


def _demo_events(source: Source) -> AbstractContextManager[None]:
    if source.server is None:
        return nullcontext()
    from lightsail_ops.cli.demo import events_happening  # late: only --demo needs it

    return events_happening(source.server, source.clients)
