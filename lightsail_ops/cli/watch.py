"""`lightsail-ops watch`."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

import click

from lightsail_ops.cli.clients import Account, connect, regions_of
from lightsail_ops.cli.errors import CommandError, Description, ExitStatus, describe
from lightsail_ops.cli.files import CursorFile
from lightsail_ops.cli.formats import make_writer
from lightsail_ops.cli.options import (
    Command,
    Options,
    account_options,
    filter_options,
    interval_option,
    limit_option,
    option,
    output_options,
    regions_options,
    screen_options,
)
from lightsail_ops.cli.selection import explain_spelling, matches
from lightsail_ops.cli.signals import to_interrupted
from lightsail_ops.cli.terminal import Terminal
from lightsail_ops.cli.times import describe_response, format_seconds
from lightsail_ops.cli.values import File
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import LightsailError
from lightsail_ops.fleet import FleetWatch

_RECENT = timedelta(minutes=10)
_TICK = 0.25  # seconds that Ctrl-C waits at most
_SAVING = 1.0  # seconds between two writes of the cursor file, at least


@click.command(
    "watch",
    cls=Command,
    examples=[
        "lightsail-ops watch --all-regions --status Failed",
        "lightsail-ops watch --cursor-file changes.json",
        "lightsail-ops watch --output jsonl | jq -r .resourceName",
    ],
)
@account_options
@regions_options
@filter_options
@limit_option
@option(
    "Position",
    "--cursor-file",
    metavar="FILE",
    type=File(),
    help="Continue where the last run with this file stopped, and keep it up to date. One file "
    "serves any number of profiles and regions.",
)
@interval_option
@output_options
@screen_options
def watch(terminal: Terminal, options: Options) -> int:
    """Show each new operation and each change of status, until Ctrl-C.

    Throttling and outages do not end it.
    """
    for advice in explain_spelling(options):
        terminal.hint(advice)
    with connect(terminal, options, regions_of(options)) as account, _demo_events(account):
        _Watch(terminal, options, account).run()
    return ExitStatus.DONE


class _AllFailedError(Exception):
    """All regions fail."""

    def __init__(self, description: Description) -> None:
        super().__init__()
        self.description = description


class _Watch:
    """A watch that is being shown."""

    def __init__(self, terminal: Terminal, options: Options, account: Account) -> None:
        self._terminal = terminal
        self._options = options
        self._regions = list(account.clients)
        self._start = time.monotonic()
        self._shown = 0
        self._failures: dict[RegionName, Description] = {}
        name = options.cursor_file
        self._file = CursorFile(name, account.profile) if name else None
        self._saved_at = -_SAVING
        self._changes = self._watch(account)
        self._writer = make_writer(
            terminal, options, several_regions=len(self._regions) > 1, shows_changes=True
        )

    def run(self) -> None:
        """Show changes until the limit, an error or Ctrl-C.

        Raises:
            CommandError: all regions fail, or Ctrl-C.
            OSError: the cursor file cannot be written.
        """
        failure: _AllFailedError | None = None
        try:
            # Ctrl-C ends the loop between two changes. So a change is shown and in the cursor
            # file, or neither.
            with (
                self._changes,
                self._terminal.writing(self._writer),
                self._terminal.status(self._describe),
                self._terminal.signals.hold(),
            ):
                self._save()
                try:
                    self._follow()
                except _AllFailedError as error:
                    failure = error
                self._save()
        except KeyboardInterrupt as error:
            interrupted = to_interrupted(error)
            raise CommandError(
                str(interrupted), self._advise(), status=interrupted.status
            ) from None
        if failure is not None:
            raise CommandError(*failure.description, self._advise())

    def _follow(self) -> None:
        while not self._terminal.signals.is_pending:
            change = self._changes.next_change(timeout=_TICK)
            self._forget_failures()
            if change is not None and matches(change[1], self._options):
                with self._terminal.above():
                    self._writer.write([change[1]])
                self._shown += 1
                if self._shown == self._options.limit:
                    return
            if time.monotonic() - self._saved_at >= _SAVING:
                self._save()

    def _watch(self, account: Account) -> FleetWatch[RegionName]:
        known = self._file.load() if self._file else {}
        try:
            return account.make_fleet().watch(
                poll_interval=self._options.interval or (1.0 if account.server else 5.0),
                since=self._options.since or datetime.now(UTC) - _RECENT,
                cursors={name: known[name] for name in self._regions if name in known},
                on_error=self._fail,
            )
        except ValueError as error:  # the interval and the time have been checked
            raise CommandError(
                f"the cursor file is not usable: {error}.",
                "Delete it to start over.",
                status=ExitStatus.USAGE,
            ) from error

    def _save(self) -> None:
        if self._file:
            cursors = self._changes.cursors
            self._file.save({str(name): cursors[name] for name in self._regions})
            self._saved_at = time.monotonic()

    def _fail(self, region: RegionName, error: LightsailError) -> None:
        """Report a region that fails for good, an equal error once. It is tried again.

        Raises:
            _AllFailedError: all regions fail.
        """
        description = describe(error)
        if len(self._regions) == 1:
            raise _AllFailedError(description)
        if self._failures.get(region) != description:
            self._terminal.report(f"{region}: {description.message}", description.advice)
        self._failures[region] = description
        if len(self._failures) == len(self._regions):
            raise _AllFailedError(Description("all regions fail."))

    def _forget_failures(self) -> None:
        """Forget the failures of the regions that respond again."""
        if self._failures:
            for region, health in self._changes.health.items():
                if health.error is None:
                    self._failures.pop(region, None)

    def _describe(self) -> str:
        count = len(self._regions)
        place = f"{count} regions" if count > 1 else str(self._regions[0])
        elapsed = format_seconds(time.monotonic() - self._start)
        health = list(self._changes.health.values())
        failing = sum(each.error is not None for each in health)
        failing_text = f" ({failing} of {count} fail)" if failing and count > 1 else ""
        responded = describe_response(
            max((each.last_success for each in health if each.last_success), default=None)
        )
        return f"watching {place}{failing_text} for {elapsed}; {responded}; Ctrl-C stops"

    def _advise(self) -> str:
        limit = self._options.limit and self._options.limit - self._shown
        if self._file:
            return f"Resume with {self._options.command(limit=limit)}"
        return (
            "There is no way to continue, since this watch kept no position. "
            "The next one does with --cursor-file FILE."
        )


def _demo_events(account: Account) -> AbstractContextManager[None]:
    if account.server is None:
        return nullcontext()
    from lightsail_ops.cli.demo import events_happening  # late: only --demo needs it

    return events_happening(account.server, account.clients)
