"""What a timeline shows, in a terminal, by matplotlib or by plotly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

import attrs

from lightsail_ops._printable import printable
from lightsail_ops.enums import OperationStatus, RegionName
from lightsail_ops.models import Operation

# The order of the legend and of painting: what comes later lies on top.
STATUSES = (
    OperationStatus.SUCCEEDED,
    OperationStatus.COMPLETED,
    OperationStatus.NOT_STARTED,
    OperationStatus.STARTED,
    OperationStatus.FAILED,
)

# Okabe and Ito's colours, which colour-blind people can tell apart.
COLOURS = {
    OperationStatus.SUCCEEDED: "#009E73",
    OperationStatus.COMPLETED: "#56B4E9",
    OperationStatus.NOT_STARTED: "#B0B0B0",
    OperationStatus.STARTED: "#E69F00",
    OperationStatus.FAILED: "#D55E00",
}
COLOUR_OF_OTHERS = "#CC79A7"

# No zone can move these out of the years that Python and matplotlib have.
EARLIEST = datetime(1, 1, 3, tzinfo=UTC)
LATEST = datetime(9999, 12, 29, tzinfo=UTC)
_MARGIN = timedelta(days=1)


@attrs.frozen
class Bar:
    """One operation, from its creation to its last change, or to now if it has not ended."""

    operation: Operation
    start: datetime
    end: datetime

    @property
    def status(self) -> OperationStatus:
        """The operation's status."""
        return self.operation.status


@attrs.frozen
class Row:
    """The operations on one resource."""

    region: str
    label: str
    """A printable name, with the region where the rows of several regions are mixed."""

    bars: tuple[Bar, ...]

    @property
    def start(self) -> datetime:
        """When its first operation was created."""
        return min(bar.start for bar in self.bars)

    @property
    def end(self) -> datetime:
        """When its last operation changed."""
        return max(bar.end for bar in self.bars)


@attrs.frozen
class Chart:
    """The rows of a timeline, from the top to the bottom; at least one."""

    rows: tuple[Row, ...]
    left_out: int
    """How many resources have no row, since there would be too many."""

    is_grouped: bool
    """Whether the rows of each region stand together."""

    @property
    def start(self) -> datetime:
        """When the first operation was created."""
        return min(row.start for row in self.rows)

    @property
    def end(self) -> datetime:
        """When the last operation changed."""
        return max(row.end for row in self.rows)

    def title(self, zone: tzinfo) -> str:
        """Return what the chart shows: where, and from when to when."""
        regions = {row.region for row in self.rows} - {"", RegionName.GLOBAL}
        where = ""
        if regions:
            where = f" in {len(regions)} regions" if len(regions) > 1 else f" in {min(regions)}"
        start, end = (
            time.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")
            for time in (self.start, self.end)
        )
        if start[:10] == end[:10]:
            end = end[11:]
        return f"Lightsail operations{where}, {start} to {end}"

    @property
    def note(self) -> str:
        """What is left out, in a sentence, or an empty string."""
        if not self.left_out:
            return ""
        shown, left_out = len(self.rows), self.left_out
        return (
            f"{left_out:,} of {shown + left_out:,} resources are left out: "
            f"these {shown:,} have the most recent operations."
        )


def chart_of(
    operations: Iterable[Operation],
    *,
    now: datetime,
    max_rows: int | None = None,
    group_by_region: bool = False,
) -> Chart:
    """Return a row for each resource, the one with the first operation on top.

    Args:
        operations: what to show.
        now: where the bars of what has not ended reach to.
        max_rows: how many resources to show: those with the most recent operations.
        group_by_region: whether the rows of each region stand together.

    Raises:
        ValueError: there are no operations, or `max_rows` is below 1.
    """
    if max_rows is not None and max_rows < 1:
        raise ValueError(f"max_rows must be 1 or more, not {max_rows}")
    bars_by_resource: dict[tuple[str, str], list[Bar]] = {}
    for operation in operations:
        resource = (operation.location.region_name or "", operation.resource_name)
        bars_by_resource.setdefault(resource, []).append(_bar_of(operation, now))
    if not bars_by_resource:
        raise ValueError("there are no operations to draw")
    several_regions = len({region for region, _ in bars_by_resource} - {"", RegionName.GLOBAL}) > 1
    names_region = several_regions and not group_by_region
    rows = [
        Row(printable(region), _label(region, name, names_region=names_region), tuple(bars))
        for (region, name), bars in bars_by_resource.items()
    ]
    shown = sorted(rows, key=lambda row: row.end, reverse=True)[:max_rows]
    shown.sort(key=lambda row: (row.region if group_by_region else "", row.start))
    return Chart(tuple(shown), len(rows) - len(shown), group_by_region)


def _bar_of(operation: Operation, now: datetime) -> Bar:
    start = operation.created_at
    end = (operation.status_changed_at or start) if operation.is_terminal else now
    start = min(max(start, EARLIEST + _MARGIN), LATEST - _MARGIN)
    return Bar(operation, start, min(max(start, end), LATEST - _MARGIN))


def _label(region: str, name: str, *, names_region: bool) -> str:
    return printable(f"{name} ({region})" if names_region else name)
