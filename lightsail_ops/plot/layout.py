"""The layout of a timeline, decided once for the terminal, for matplotlib and for plotly.

`chart_of` puts operations into the rows and lanes of a `Chart`. `place_labels` finds the bars that
have room for the type of their operation. The looks of statuses are in `statuses`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import attrs

from lightsail_ops._printable import printable
from lightsail_ops.enums import OperationStatus, RegionName
from lightsail_ops.models import Operation
from lightsail_ops.plot.chart import EARLIEST, LATEST, Bar, Chart, Count, Row, clamp
from lightsail_ops.plot.statuses import sort_statuses
from lightsail_ops.plot.widths import width_of

_AFTER_ALL = LATEST + timedelta(days=1)  # the end of the axis at most

_MARGIN = 0.04  # of the time from the start to the last change
_LEAST_MARGIN = timedelta(seconds=10)
_STRETCH = 1  # times the time of the operations that have ended
_LEAST_STRETCH = timedelta(minutes=15)
_MOST_LANES = 4  # of a row; what overlaps beyond that is painted over each other
_INSTANT = timedelta(microseconds=1)
_ROOM_OF_NOTHING = timedelta(hours=1)


@attrs.frozen
class BarLabel:
    """The type of an operation, written where there is room for it."""

    bar: Bar
    text: str
    is_inside: bool
    """Whether it stands in the bar. Otherwise it stands to its right."""


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
        now: the current time, which no bar of an unfinished operation goes beyond.
        max_rows: how many resources to show: those with the most recent operations. None: all.
        group_by_region: whether the rows of each region stand together.

    Raises:
        ValueError: `max_rows` is below 1.
    """
    if max_rows is not None and max_rows < 1:
        raise ValueError(f"max_rows must be 1 or more, not {max_rows}")
    resources = _group(operations)
    if not resources:
        return Chart((), (), 0, start=now - _ROOM_OF_NOTHING, last=now, end=now)
    changes = {resource: max(map(_changed, each)) for resource, each in resources.items()}
    recent = sorted(resources, key=changes.__getitem__, reverse=True)
    drawn = {resource: resources[resource] for resource in recent[:max_rows]}
    start = _start_of_axis([operation for each in drawn.values() for operation in each])
    last = changes[recent[0]]
    margin = min(max((last - start) * _MARGIN, _LEAST_MARGIN), _AFTER_ALL - last)
    names_region = not group_by_region and _has_several_regions(resources)
    horizon = min(now, last + margin / 2)
    rows = [
        Row(
            printable(region),
            printable(name),
            tuple(sorted((_bar_of(each, start, horizon) for each in of_one), key=_by_time)),
            names_region=names_region,
        )
        for (region, name), of_one in drawn.items()
    ]
    rows.sort(key=lambda row: (row.region if group_by_region else "", row.bars[0].start, row.name))
    return Chart(
        tuple(_stack(rows)),
        _count(resources.values(), drawn.values()),
        len(resources),
        start=start,
        last=last,
        end=last + margin,
        is_grouped=group_by_region,
    )


def place_labels(
    chart: Chart, columns: float, *, markers: float = 0, spell: Callable[[str], str] = str
) -> Iterator[BarLabel]:
    """Yield a label for each bar that has room for it, inside or to its right.

    A label never reaches another bar of the same lane, or over the end of the axis.

    Args:
        chart: the timeline.
        columns: how many characters the axis is long.
        markers: how many characters the marker at the end of a failed or unfinished bar takes.
        spell: returns a type as it can be written.
    """
    for bars in chart.bars_by_lane():
        limits = [*(bar.start for bar in bars[1:]), chart.end]
        for bar, limit in zip(bars, limits, strict=True):
            marker = markers if bar.is_open or bar.status == OperationStatus.FAILED else 0
            text = spell(printable(bar.operation.operation_type))
            needed = width_of(text) + marker + 1
            if needed <= chart.share(bar.start, min(bar.end, limit)) * columns:
                yield BarLabel(bar, text, is_inside=True)
            elif needed <= chart.share(bar.end, limit) * columns:
                yield BarLabel(bar, text, is_inside=False)


def _group(operations: Iterable[Operation]) -> dict[tuple[str, str], list[Operation]]:
    """Return the operations on each resource, by its region and name."""
    resources: dict[tuple[str, str], list[Operation]] = {}
    for operation in operations:
        resource = (operation.location.region_name or "", operation.resource_name)
        resources.setdefault(resource, []).append(operation)
    return resources


def _start_of_axis(operations: Sequence[Operation]) -> datetime:
    """Return when the first operation was created.

    Operations that have not ended do not count further back than a multiple of the time that the
    others take: one that has been stuck for a month would leave a day's others no room.
    """
    first = min(map(_created, operations))
    ended = [operation for operation in operations if operation.is_terminal]
    if not ended:
        return first
    first_ended, last_ended = min(map(_created, ended)), max(map(_changed, ended))
    stretch = max((last_ended - first_ended) * _STRETCH, _LEAST_STRETCH)
    return max(first, first_ended - min(stretch, first_ended - EARLIEST))


def _bar_of(operation: Operation, start_of_axis: datetime, horizon: datetime) -> Bar:
    created, end = _created(operation), _changed(operation)
    if not operation.is_terminal:
        end = max(end, horizon)
    return Bar(
        operation,
        start=max(created, start_of_axis),
        end=max(end, start_of_axis),
        is_open=not operation.is_terminal,
        is_cut=created < start_of_axis,
    )


def _by_time(bar: Bar) -> tuple[datetime, datetime]:
    return bar.start, bar.end


def _stack(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows one below the other, each as high as its bars need."""
    top = 0
    for row in rows:
        bars = tuple(_spread(row.bars, top))
        lanes = max(bar.lane for bar in bars) + 1 - top
        yield attrs.evolve(row, bars=bars, top=top, lanes=lanes)
        top += lanes


def _spread(bars: Iterable[Bar], top: int) -> Iterator[Bar]:
    """Put each bar into the first lane that is free, or into the one that will be free first."""
    ends: list[datetime] = []  # of the lanes
    for bar in bars:
        free = (lane for lane, end in enumerate(ends) if end <= bar.start)
        lane = next(free, len(ends))
        if lane == _MOST_LANES:
            lane = ends.index(min(ends))
        # Two operations that begin and end at one time lie in two lanes as well.
        ends[lane : lane + 1] = [max(bar.end, bar.start + _INSTANT)]
        yield attrs.evolve(bar, lane=top + lane)


def _count(
    all_operations: Iterable[Iterable[Operation]], drawn: Iterable[Iterable[Operation]]
) -> tuple[Count, ...]:
    totals, shown = (
        Counter(operation.status for operations in resources for operation in operations)
        for resources in (all_operations, drawn)
    )
    return tuple(
        Count(status, drawn=shown[status], total=totals[status]) for status in sort_statuses(totals)
    )


def _has_several_regions(resources: Iterable[tuple[str, str]]) -> bool:
    return len({region for region, _ in resources} - {"", RegionName.GLOBAL}) > 1


def _created(operation: Operation) -> datetime:
    return clamp(operation.created_at)


def _changed(operation: Operation) -> datetime:
    """Return when an operation last changed, which is not before its creation."""
    return clamp(max(operation.created_at, operation.status_changed_at or operation.created_at))
