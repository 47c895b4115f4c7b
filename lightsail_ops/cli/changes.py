"""What changes in one region or in several, for `watch`."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from lightsail_ops.cli.errors import CommandError, Description, ExitStatus, describe, report_regions
from lightsail_ops.cli.sources import Source
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import LightsailError
from lightsail_ops.fleet import watch_across
from lightsail_ops.models import Operation

if TYPE_CHECKING:
    from lightsail_ops.client import OperationsWatch
    from lightsail_ops.fleet import FleetWatch

_MEMORY = 660.0  # seconds; a region that fails for good is tried again within half of that


class AllRegionsFailError(Exception):
    """All of several regions fail, each with an error that has been reported."""


@attrs.frozen
class Changes:
    """Changes without an end, and how far they have come."""

    operations: Iterator[Operation]
    cursors: Callable[[], Mapping[str, str]]
    """Returns the cursor of each region."""


@contextmanager
def watch_source(
    source: Source, *, interval: float, since: datetime, cursors: Mapping[str, str]
) -> Generator[Changes]:
    """Watch all regions of a source, for a `with` block.

    One region that fails ends the watch. Of several, each that fails is reported and tried again,
    and the watch ends when all of them fail.

    Args:
        source: what to watch.
        interval: seconds between polls.
        since: where to begin in the regions without a cursor.
        cursors: where to continue, by region.

    Raises:
        CommandError: a cursor is malformed.
        AllRegionsFailError: all of several regions fail.
        LightsailError: the only region fails.
    """
    try:
        watch = _watch_all(source, interval, since, cursors)
    except ValueError as error:  # the interval and the time have been checked
        raise CommandError(
            f"the cursor file is not usable: {error}.",
            "Delete it to start over.",
            status=ExitStatus.USAGE,
        ) from error
    with watch as changes:
        yield changes


def _watch_all(
    source: Source, interval: float, since: datetime, cursors: Mapping[str, str]
) -> AbstractContextManager[Changes]:
    if source.has_several_regions:
        fleet = watch_across(
            source.clients,
            poll_interval=interval,
            since=since,
            cursors={name: cursors[name] for name in source.clients if name in cursors},
            on_error=Failures(len(source.clients)).add,
        )
        return _changes_of_fleet(fleet)
    [(region, client)] = source.clients.items()
    cursor = cursors.get(region)
    watch = client.watch(poll_interval=interval, since=None if cursor else since, cursor=cursor)
    return _changes_of_region(region, watch)


@contextmanager
def _changes_of_fleet(fleet: FleetWatch[RegionName]) -> Generator[Changes]:
    with fleet:
        yield Changes(
            (operation for _, operation in fleet),
            lambda: {str(region): cursor for region, cursor in fleet.cursors.items()},
        )


@contextmanager
def _changes_of_region(region: RegionName, watch: OperationsWatch) -> Generator[Changes]:
    with watch:
        yield Changes(iter(watch), lambda: {str(region): watch.cursor})


class Failures:
    """Reports regions that fail, an equal error once, and raises when all of them fail."""

    def __init__(self, regions: int) -> None:
        self._regions = regions
        self._reported: dict[RegionName, Description] = {}
        self._failed_at: dict[RegionName, float] = {}

    def add(self, region: RegionName, error: LightsailError) -> None:
        """Take note of an error.

        Raises:
            AllRegionsFailError: all regions have failed within the last minutes.
        """
        description = describe(error)
        if self._reported.get(region) != description:
            report_regions({region: error})
        self._reported[region] = description
        now = time.monotonic()
        self._failed_at[region] = now
        failing = [at for at in self._failed_at.values() if now - at < _MEMORY]
        if len(failing) == self._regions:
            raise AllRegionsFailError("all regions fail.")
