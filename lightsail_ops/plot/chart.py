"""The parts of a timeline, for the terminal, for matplotlib and for plotly alike.

A `Chart` has a `Row` for each resource, and in it a `Bar` for each operation. Bars of a row that
overlap in time lie in different lanes, which are counted from the top of the chart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from enum import Enum
from itertools import groupby
from typing import TypeAlias

import attrs

from lightsail_ops._printable import printable
from lightsail_ops.enums import OperationStatus, RegionName
from lightsail_ops.models import Operation
from lightsail_ops.plot.widths import shorten_in_the_middle, width_of

# No zone can move these out of the years that Python and matplotlib have.
EARLIEST = datetime(1, 1, 4, tzinfo=UTC)
LATEST = datetime(9999, 12, 28, tzinfo=UTC)

_ROOM_BEFORE = 0.01  # of the axis
_LEAST_NAME = 6  # columns of a name that stay whatever its region takes


class Mark(Enum):
    """A shape of a fixed size on a bar, which says more than its colour and its length.

    Its value is its meaning, for a legend.
    """

    SHORT = "too short to scale"
    """A thin line: a bar of the true length could not be seen."""

    CUT = "began earlier"
    """An arrow to the left, at the start of the axis."""

    OPEN = "not ended"
    """An arrow to the right, at the end of the bar."""

    FAILED = "failed"
    """A cross at the end of the bar, for those who do not see the colour, and on short bars."""


@attrs.frozen
class Bar:
    """One operation, from its creation to its last change."""

    operation: Operation
    start: datetime
    """The creation, or the start of the axis if that is later."""

    end: datetime
    """The last change. For an operation that has not ended: now, or nearly the end of the axis if
    that is earlier."""

    is_open: bool
    """Whether the operation has not ended, so that its bar ends in an arrow or fades."""

    is_cut: bool
    """Whether the operation was created before the axis begins."""

    lane: int = 0
    """Bars of one lane do not overlap, unless the row has more at a time than it has lanes."""

    @property
    def status(self) -> OperationStatus:
        """The operation's status."""
        return self.operation.status

    def marks(self, *, is_short: bool) -> Iterator[tuple[Mark, datetime]]:
        """Yield the marks of the bar and their times; it is short if it could not be seen."""
        if self.is_cut:
            yield Mark.CUT, self.start
        if self.is_open:
            yield Mark.OPEN, self.end
        if self.status == OperationStatus.FAILED:
            yield Mark.FAILED, self.end
        elif is_short and not self.is_open:
            yield Mark.SHORT, self.start + (self.end - self.start) / 2


Marks: TypeAlias = dict[Mark, list[tuple[Bar, datetime]]]
"""The bars that have each mark, and its time on them."""


@attrs.frozen
class Row:
    """The operations on one resource."""

    region: str
    """The region's printable name, or an empty string."""

    name: str
    """The resource's printable name, of any length."""

    bars: tuple[Bar, ...]
    """In the order of their start."""

    top: int = 0
    """The row's first lane."""

    lanes: int = 1
    """How many lanes the bars take."""

    names_region: bool = False
    """Whether the label names the region, since rows of several regions are mixed."""

    @property
    def middle(self) -> float:
        """The middle of the row's lanes, counted in lanes from the top of the chart."""
        return self.top + (self.lanes - 1) / 2

    def label(self, width: int) -> str:
        """Return the name, and the region if it is needed, in at most so many columns.

        A name that is too long is shortened in the middle.
        """
        if not self.names_region:
            return shorten_in_the_middle(self.name, width)
        region = f" ({self.region})"
        name = shorten_in_the_middle(self.name, max(_LEAST_NAME, width - width_of(region)))
        return shorten_in_the_middle(f"{name}{region}", width)


@attrs.frozen
class Count:
    """The number of operations with a status."""

    status: OperationStatus
    drawn: int
    total: int
    """Those of the resources that have no row included."""

    def __str__(self) -> str:
        """Return an entry of a legend, such as `Failed 12 of 20`."""
        left_out = f" of {self.total:,}" if self.drawn < self.total else ""
        return f"{printable(self.status)} {self.drawn:,}{left_out}"


@attrs.frozen
class Chart:
    """A timeline: rows from the top to the bottom, on an axis of time.

    A chart of no operations has no rows.
    """

    rows: tuple[Row, ...]
    counts: tuple[Count, ...]
    """In the order of painting: failures last."""

    total_rows: int
    """How many resources there are, those without a row included."""

    start: datetime
    """The start of the axis: the first creation. An operation that has not ended and is much older
    than those that have does not move it."""

    last: datetime
    """When an operation that is drawn last changed."""

    end: datetime
    """The end of the axis: the last change and a margin. An operation that has not ended does not
    move it."""

    is_grouped: bool = False
    """Whether the rows of each region stand together."""

    @property
    def left_edge(self) -> datetime:
        """A time a little before the start of the axis, to keep the first bars off the edge."""
        room = (self.end - self.start) * _ROOM_BEFORE
        return self.start - min(room, self.start - EARLIEST)

    @property
    def lanes(self) -> int:
        """The number of lanes of all rows."""
        return sum(row.lanes for row in self.rows)

    @property
    def bars(self) -> list[Bar]:
        """The bars of all rows."""
        return [bar for row in self.rows for bar in row.bars]

    def bars_by_lane(self) -> list[list[Bar]]:
        """Return the bars of each lane, in the order of their start."""
        lanes: list[list[Bar]] = [[] for _ in range(self.lanes)]
        for bar in self.bars:
            lanes[bar.lane].append(bar)
        return lanes

    def marks(self, shortest: float) -> Marks:
        """Return the marks that occur.

        A bar whose share of the axis is below `shortest` could not be seen.
        """
        marks: Marks = {mark: [] for mark in Mark}
        for bar in self.bars:
            for mark, time in bar.marks(is_short=self.share(bar.start, bar.end) < shortest):
                marks[mark].append((bar, time))
        return {mark: places for mark, places in marks.items() if places}

    def regions(self) -> list[tuple[str, list[Row]]]:
        """Return the rows of each region, if they stand together."""
        if not self.is_grouped:
            return []
        groups = groupby(self.rows, key=lambda row: row.region)
        return [(region, list(rows)) for region, rows in groups]

    @property
    def place(self) -> str:
        """The contents of the chart and its region: the first half of a title."""
        if not self.rows:
            return "No Lightsail operations"
        regions = {row.region for row in self.rows} - {"", RegionName.GLOBAL}
        if len(regions) > 1:
            return f"Lightsail operations in {len(regions)} regions"
        return f"Lightsail operations in {min(regions)}" if regions else "Lightsail operations"

    def period(self, zone: tzinfo) -> str:
        """Return from when to when the operations are, or an empty string if there are none."""
        if not self.rows:
            return ""
        start, end = (
            time.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")
            for time in (self.start, self.last)
        )
        return f"{start} to {end[11:] if start[:10] == end[:10] else end}"

    def title(self, zone: tzinfo) -> str:
        """Return the place and the period in one line."""
        return ", ".join(filter(None, (self.place, self.period(zone))))

    @property
    def note(self) -> str:
        """The rows that are not drawn, in a sentence, or an empty string."""
        drawn = sum(count.drawn for count in self.counts)
        total = sum(count.total for count in self.counts)
        if drawn == total:
            return ""
        return (
            f"{self.total_rows - len(self.rows):,} of {self.total_rows:,} resources with "
            f"{total - drawn:,} of {total:,} operations are not drawn: these "
            f"{len(self.rows):,} have the most recent operations."
        )

    def share(self, start: datetime, end: datetime) -> float:
        """Return how much of the axis lies between two times: 1 is all of it.

        A bar whose share is less than can be seen is drawn as a thin mark, not as a longer bar.
        """
        return (end - start) / (self.end - self.start)


def clamp(time: datetime) -> datetime:
    """Return a time, or the nearest one that every zone and every picture can show."""
    return min(max(time, EARLIEST), LATEST)
