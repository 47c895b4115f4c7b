"""`lightsail-ops watch`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import click

from lightsail_ops._core.cursor import Cursor
from lightsail_ops.cli.account import Account, connect
from lightsail_ops.cli.advice import advise_if_interrupted, resume
from lightsail_ops.cli.errors import CommandError, Description, ExitStatus, describe
from lightsail_ops.cli.files import CursorFile
from lightsail_ops.cli.formats import Write, open_writer
from lightsail_ops.cli.options import Command, Group, Options
from lightsail_ops.cli.reading import explain_spelling, select
from lightsail_ops.cli.terminal import Progress, Terminal
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import LightsailError
from lightsail_ops.fleet import Fleet, FleetWatch

_RECENT = timedelta(minutes=10)
_TICK = 0.25  # seconds that Ctrl-C waits at most
_SAVING = 1.0  # seconds between two writes of the cursor file, at least


@click.command(
    "watch",
    cls=Command,
    params=[
        *(*Group.ACCOUNT, *Group.REGIONS, *Group.SELECTION, Group.LIMIT),
        *(*Group.POSITION, *Group.POLLING, *Group.OUTPUT, *Group.SCREEN),
    ],
    examples=[
        "lightsail-ops watch --all-regions --status Failed",
        "lightsail-ops watch --cursor-file changes.json",
        "lightsail-ops watch --output jsonl | jq -r .resourceName",
    ],
)
def command(terminal: Terminal, options: Options) -> int:
    """Show each new operation and each change of status, until Ctrl-C.

    Throttling and outages do not end it.
    """
    for warning in explain_spelling(options):
        terminal.report(warning, label="warning")
    with connect(terminal, options) as account:
        name = options.cursor_file
        file = CursorFile(name, account.name) if name else None
        with account.play(), file.hold(account.clients) if file else nullcontext():
            _Watch(terminal, options, account, file).run()
    return ExitStatus.DONE


class _Watch:
    """A watch that is being shown."""

    def __init__(
        self, terminal: Terminal, options: Options, account: Account, file: CursorFile | None
    ) -> None:
        self._terminal = terminal
        self._options = options
        self._regions = list(account.clients)
        self._shown = 0
        self._failures: dict[RegionName, Description] = {}
        self._end: Description | None = None  # the error that all regions have
        self._file = file
        self._saved_at = -_SAVING
        self._changes = self._watch(account)

    def _watch(self, account: Account) -> FleetWatch[RegionName]:
        known: Mapping[str, str] = self._file.load() if self._file else {}
        cursors = {name: known[name] for name in self._regions if name in known}
        try:
            self._warn_of_later(cursors)
            return Fleet(account.clients).watch(
                poll_interval=self._options.poll_interval,
                since=self._options.since or datetime.now(UTC) - _RECENT,
                cursors=cursors,
                on_error=self._fail,
            )
        except ValueError as error:  # the interval and the time have been checked
            raise CommandError(
                f"the cursor file is not usable: {error}.",
                "Delete it to start over.",
                status=ExitStatus.USAGE,
            ) from error

    def _warn_of_later(self, cursors: Mapping[RegionName, str]) -> None:
        """Warn of the regions whose position began later than --since: nothing older comes."""
        since = self._options.since
        begun = {name: Cursor.from_string(each).since for name, each in cursors.items() if since}
        if later := [name for name, each in begun.items() if each and since and each > since]:
            self._terminal.report(
                f"--since has no effect in {', '.join(later)}, for which "
                f"{self._options.cursor_file} has a position.",
                "Name another file to begin at that time.",
                label="warning",
            )

    def run(self) -> None:
        """Show changes until the limit, an error of all regions or Ctrl-C."""
        self._save()  # before there is any advice, which counts on it
        # Ctrl-C ends the loop between two changes. So a change is shown and in the cursor file, or
        # neither.
        with (
            advise_if_interrupted(self._advise),
            self._changes,
            open_writer(
                self._terminal,
                self._options,
                several_regions=len(self._regions) > 1,
                shows_changes=True,
            ) as write,
            self._terminal.status(self._get_progress),
            self._terminal.signals.hold(),
        ):
            self._follow(write)
            self._save()
        if self._end is not None:
            raise CommandError(str(self._end), *self._advise())

    def _follow(self, write: Write) -> None:
        while self._end is None and self._terminal.signals.pending is None:
            change = self._changes.next_change(timeout=_TICK)
            for region, health in self._changes.health.items() if self._failures else ():
                if health.error is None:
                    self._failures.pop(region, None)  # it responds again
            if change is not None and (selected := select([change[1]], self._options)):
                with self._terminal.above():
                    write(selected)
                self._shown += 1
                if self._shown == self._options.limit:
                    return
            if time.monotonic() - self._saved_at >= _SAVING:
                self._save()

    def _save(self) -> None:
        if self._file:
            cursors = self._changes.cursors
            self._file.save({str(name): cursors[name] for name in self._regions})
            self._saved_at = time.monotonic()

    def _fail(self, region: RegionName, error: LightsailError) -> None:
        """Report a region that fails for good, an equal error once. It is tried again."""
        description = describe(error)
        if len(self._regions) == 1:
            self._end = description
            return
        if self._failures.get(region) != description:
            self._terminal.report(*description.about(region))
        self._failures[region] = description
        if len(self._failures) == len(self._regions):
            self._end = Description("all regions fail.")

    def _get_progress(self) -> Progress:
        count, health = len(self._regions), self._changes.health.values()
        failing = sum(each.error is not None for each in health)
        successes = [each.last_success for each in health if each.last_success]
        self._terminal.responded = max(successes, default=None)  # malformed ones do not count
        return Progress(
            f"watching {f'{count} regions' if count > 1 else self._regions[0]}",
            f"{failing} of {count} fail" if failing and count > 1 else "",
        )

    def _advise(self) -> Iterator[str]:
        limit = self._options.limit and self._options.limit - self._shown
        regions = () if self._options.all_regions else tuple(self._regions)
        if self._file:  # it has the position of each region, which --since would not change
            yield resume(self._options, limit=limit, regions=regions, since=None)
        else:
            yield (
                "There is no way to continue, since this watch kept no position. "
                "The next one does with --cursor-file FILE."
            )
