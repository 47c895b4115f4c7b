"""`lightsail-ops wait`."""

from __future__ import annotations

import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Annotated, ClassVar

import attrs
import click

from lightsail_ops._core.status import has_ended
from lightsail_ops._printable import printable
from lightsail_ops.cli import values
from lightsail_ops.cli.errors import CommandError, ExitStatus, describe, report
from lightsail_ops.cli.formats import Writer
from lightsail_ops.cli.option_groups import OptionGroup, command
from lightsail_ops.cli.options import (
    AccountOptions,
    OutputOptions,
    PollOptions,
    RegionOptions,
    TimeOptions,
)
from lightsail_ops.cli.output import open_output
from lightsail_ops.cli.sources import Source, connect
from lightsail_ops.cli.started import Started, by_region, read_started
from lightsail_ops.cli.terminal import StatusLine
from lightsail_ops.errors import LightsailError, WaitAllError, WaitFailedError
from lightsail_ops.models import Operation

if TYPE_CHECKING:
    from lightsail_ops.testing import LightsailServer

_SHORTEST_TIMEOUT = 0.1  # seconds, for a region whose turn comes late


@attrs.frozen(kw_only=True)
class WaitOptions(OptionGroup):
    """What to wait for, and how long."""

    heading: ClassVar[str] = "Waiting"

    ids: Annotated[
        tuple[str, ...],
        click.Argument(["ids"], metavar="ID... | -", nargs=-1),
    ] = ()
    timeout: Annotated[
        float,
        click.Option(
            ["--timeout"],
            metavar="SECONDS",
            type=values.seconds_up_to(values.LONGEST_TIMEOUT),
            help="Seconds after which to stop. Defaults to 1200.",
        ),
    ] = 1200.0

    def __attrs_post_init__(self) -> None:
        if "-" in self.ids and len(self.ids) > 1:
            raise click.UsageError("- stands alone: it reads all ids from standard input.")


@command(
    "wait",
    "aws lightsail create-instances ... | lightsail-ops wait -",
    "lightsail-ops wait 6e5f9c1b-6a1c-4a3c-9d0c-0a6a54d4ae6b && echo done",
    "lightsail-ops list --status Started -o id | lightsail-ops wait -",
)
def wait(
    waiting: WaitOptions,
    account: AccountOptions,
    region: RegionOptions,
    polls: PollOptions,
    output: OutputOptions,
    times: TimeOptions,
) -> ExitStatus:
    """Wait until operations have ended, and show each when it has.

    With - the ids, or the JSON of an AWS command that begins operations, are read from standard
    input; the JSON names their region. The exit status is 0 if all succeeded, 1 if one failed and
    3 if the timeout expired.
    """
    if len(region.regions) > 1:
        raise click.UsageError("wait takes one --region.")
    if not waiting.ids and not account.demo:
        raise click.UsageError("name the operations by their ids, or - to read standard input.")
    started = read_started(sys.stdin.read()) if waiting.ids == ("-",) else list(waiting.ids)
    turns = by_region(started, region.regions)
    writer = open_output(output, utc=times.utc, several_regions=len(turns) > 1)
    if not turns and not account.demo:
        with writer:
            return ExitStatus.DONE  # the AWS command has begun nothing
    names = [name for name in turns if name]
    with connect(account, names) as source, writer, StatusLine() as line:
        if source.server and not started:
            turns = _start_operations(source.server, source)
        board = Board(writer, line, chain.from_iterable(turns.values()))
        interval = polls.interval or (1.0 if account.demo else 5.0)
        errors = _wait_for_all(source, turns, waiting.timeout, interval, board)
    return _report(errors)


def _start_operations(server: LightsailServer, source: Source) -> dict[str, list[Started]]:
    from lightsail_ops.cli.demo import start_operations  # late: only --demo needs it

    return {str(region): list(start_operations(server, region)) for region in source.clients}


def _wait_for_all(
    source: Source,
    turns: Mapping[str, Sequence[Started]],
    timeout: float,
    interval: float,
    board: Board,
) -> list[LightsailError]:
    """Wait in one region after the other, and return the errors of the operations."""
    deadline = time.monotonic() + timeout
    errors: list[LightsailError] = []
    board.show()
    for client, operations in zip(source.clients.values(), turns.values(), strict=False):
        try:
            client.wait_all(
                operations,
                timeout=max(deadline - time.monotonic(), _SHORTEST_TIMEOUT),
                poll_interval=interval,
                on_change=board.update,
            )
        except WaitAllError as error:
            errors += [each for each in error.exceptions if isinstance(each, LightsailError)]
            board.close(error.operations)
        except KeyboardInterrupt:
            ids = " ".join(map(shlex.quote, board.unfinished))
            advice = f"Resume with lightsail-ops wait {ids}"
            raise CommandError("interrupted.", advice, status=ExitStatus.INTERRUPTED) from None
    return errors


def _report(errors: Sequence[LightsailError]) -> ExitStatus:
    for error in errors:
        report(describe(error).message)
    if any(isinstance(error, WaitFailedError) for error in errors):
        return ExitStatus.FAILED
    return ExitStatus.TIMED_OUT if errors else ExitStatus.DONE


class Board:
    """Writes each operation when it has ended, and says how many have not."""

    def __init__(self, writer: Writer, line: StatusLine, started: Iterable[Started]) -> None:
        """Know the operations.

        Args:
            writer: what operations are written by.
            line: where it says how many have not ended.
            started: what is waited for.
        """
        self._writer = writer
        self._line = line
        ids = (each.id if isinstance(each, Operation) else each for each in started)
        self._last_seen: dict[str, Operation | None] = dict.fromkeys(ids)
        self._written: set[str] = set()

    @property
    def unfinished(self) -> list[str]:
        """The ids of what has not ended."""
        return [each for each in self._last_seen if each not in self._written]

    def update(self, operation: Operation) -> None:
        """Take note of a change."""
        self._last_seen[operation.id] = operation
        if has_ended(operation):
            self._write(operation)
        self.show()

    def close(self, operations: Iterable[Operation]) -> None:
        """Write what has not ended, as it was last seen."""
        for operation in operations:
            self._write(operation)

    def show(self) -> None:
        """Show what is waited for."""
        waiting = [self._last_seen[each] for each in self.unfinished]
        counts = Counter(printable(each.status) for each in waiting if each)
        states = ", ".join(f"{count} {status}" for status, count in counts.items())
        total = len(self._last_seen)
        noun = "operation" if total == 1 else "operations"
        text = f"waiting for {len(waiting)} of {total} {noun}{f' ({states})' if states else ''}"
        self._line.show(f"{text}; press Ctrl-C to stop")

    def _write(self, operation: Operation) -> None:
        if operation.id not in self._written:
            self._written.add(operation.id)
            self._line.clear()
            self._writer.write([operation])
