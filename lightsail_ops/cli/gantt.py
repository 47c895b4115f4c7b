"""Operations as a Gantt picture in the terminal: a row for each resource, a bar for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from textwrap import fill

import attrs

from lightsail_ops.cli.styles import legend, look_of
from lightsail_ops.cli.terminal import BOLD, DIM, Screen
from lightsail_ops.cli.widths import flow, shorten, width_of
from lightsail_ops.enums import OperationStatus
from lightsail_ops.plot.chart import Chart, Row
from lightsail_ops.plot.statuses import depth_of

_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3600, 86400
_STEPS = (
    *(number * _SECOND for number in (1, 2, 5, 10, 15, 30)),
    *(number * _MINUTE for number in (1, 2, 5, 10, 15, 30)),
    *(number * _HOUR for number in (1, 2, 3, 6, 12)),
    *(number * _DAY for number in (1, 2, 7, 14, 28, 91, 182, 364)),
)
_LONGEST_STEP = 3640 * _DAY
_TICK_WIDTH = 12  # columns that a tick and the room beside it need, at least
_SHORTEST_SPAN = timedelta(minutes=1)
_LEAST_MARGIN = 12  # columns for the names of resources


@attrs.frozen
class Axis:
    """Time, as the columns of a picture."""

    start: datetime
    end: datetime
    width: int
    zone: tzinfo

    @classmethod
    def of(cls, chart: Chart, width: int, zone: tzinfo) -> Axis:
        """Return the axis on which all bars have room."""
        return cls(chart.start, max(chart.end, chart.start + _SHORTEST_SPAN), width, zone)

    def column(self, time: datetime) -> int:
        """Return where a time is."""
        return int((time - self.start) / (self.end - self.start) * (self.width - 1))

    @property
    def step(self) -> int:
        """How many seconds are between two ticks."""
        span = (self.end - self.start).total_seconds()
        ticks = max(1, self.width // _TICK_WIDTH)
        return next((step for step in _STEPS if step * ticks >= span), _LONGEST_STEP)

    def ticks(self) -> dict[int, datetime]:
        """Return round times by the clock of the zone, by their columns."""
        offset = self.zone.utcoffset(self.start) or timedelta()
        local = self.start.timestamp() + offset.total_seconds()
        first = -(-local // self.step) * self.step - offset.total_seconds()
        count = int((self.end.timestamp() - first) // self.step) + 1
        times = (
            datetime.fromtimestamp(first + number * self.step, self.zone) for number in range(count)
        )
        return {self.column(time): time for time in times}


def draw(chart: Chart, screen: Screen, zone: tzinfo) -> None:
    """Print a chart: a title, the rows, an axis of time and a legend."""
    longest = max(width_of(row.label(screen.width)) for row in chart.rows)
    margin = min(longest, max(_LEAST_MARGIN, screen.width // 3))
    axis = Axis.of(chart, screen.width - margin - 2, zone)
    ticks = axis.ticks()
    screen.print(screen.paint(shorten(chart.title(zone), screen.width), BOLD))
    for region, rows in groupby(chart.rows, key=lambda row: row.region):
        if chart.is_grouped:
            screen.print(screen.paint(shorten(region, screen.width), BOLD))
        for row in rows:
            screen.print(_draw_row(row, margin, axis, frozenset(ticks), screen))
    for line in _axis_lines(axis, ticks, margin, screen):
        screen.print(line)
    if chart.note:
        note = f"{chart.note} --rows {chart.total_rows} shows all."
        screen.print("\n" + fill(note, screen.width))
    counts = Counter(bar.status for row in chart.rows for bar in row.bars)
    screen.print("\n" + "\n".join(flow(legend(counts, screen, bars=True), screen.width)))


def _draw_row(row: Row, margin: int, axis: Axis, ticks: frozenset[int], screen: Screen) -> str:
    label = row.label(margin)
    line = f"{'':{margin - width_of(label)}}{label}{screen.paint(' │', DIM)}"
    return line + "".join(_draw_segments(_paint_columns(row, axis), axis.width, ticks, screen))


def _draw_segments(
    columns: dict[int, OperationStatus], width: int, ticks: frozenset[int], screen: Screen
) -> Iterator[str]:
    """Yield what is in the columns, those of the same content at once."""
    last = max([*columns, *ticks])
    contents = [columns.get(column, column in ticks) for column in range(min(width, last + 1))]
    for content, group in groupby(contents):
        length = len(list(group))
        if isinstance(content, OperationStatus):
            look = look_of(content)
            yield screen.paint(look.bar * length, look.style)
        else:
            yield screen.paint("·" * length, DIM) if content else " " * length


def _paint_columns(row: Row, axis: Axis) -> dict[int, OperationStatus]:
    """Return the status to be seen in each column; a failure hides what is in the same."""
    painted: dict[int, OperationStatus] = {}
    for bar in sorted(row.bars, key=lambda bar: depth_of(bar.status)):
        for column in range(axis.column(bar.start), axis.column(bar.end) + 1):
            painted[column] = bar.status
    return painted


def _axis_lines(
    axis: Axis, ticks: dict[int, datetime], margin: int, screen: Screen
) -> Iterator[str]:
    ruler = "".join("┬" if column in ticks else "─" for column in range(axis.width))
    fine, coarse = ("%H:%M:%S" if axis.step < _MINUTE else "%H:%M"), "%b %-d"
    if axis.step >= _DAY:
        fine, coarse = "%b %-d", "%Y"
    upper = {column: tick.strftime(fine) for column, tick in ticks.items()}
    lower: dict[int, str] = {}
    for column, tick in ticks.items():
        text = tick.strftime(coarse)
        if text not in lower.values():
            lower[column] = text
    zone = axis.zone.tzname(axis.start) or ""
    yield screen.paint(f"{'':{margin}} └{ruler}", DIM)
    yield f"{zone:>{margin}}  {_place(upper, axis.width)}".rstrip()
    yield screen.paint(f"{'':{margin}}  {_place(lower, axis.width)}".rstrip(), BOLD)


def _place(texts: dict[int, str], width: int) -> str:
    """Return a line with each text below its column; those are left out that have no room."""
    line = ""
    for column, text in sorted(texts.items()):
        start = max(0, min(column - len(text) // 2, width - len(text)))
        if not line or start > len(line):
            line = f"{line[:start].ljust(start)}{text}"
    return line
