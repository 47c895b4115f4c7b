"""Operations as a Gantt picture in the terminal: a row for each resource, a bar for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from textwrap import fill
from typing import TypeAlias

import attrs

from lightsail_ops.cli.terminal import BOLD, DIM, PLAIN, Screen, Style
from lightsail_ops.enums import OperationStatus
from lightsail_ops.plot.chart import Chart, Row
from lightsail_ops.plot.layout import BarLabel, place_labels
from lightsail_ops.plot.statuses import depth_of, style_of
from lightsail_ops.plot.widths import flow, shorten, width_of

Cell: TypeAlias = tuple[str, Style]
_TICK: Cell = ("·", DIM)

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
    width = screen.width
    longest = max(width_of(row.label(width)) for row in chart.rows)
    margin = min(longest, max(_LEAST_MARGIN, width // 3))
    end = max(chart.end, chart.start + _SHORTEST_SPAN)
    axis = Axis(chart.start, end, width - margin - 2, zone)
    ticks = axis.ticks()
    labels: dict[tuple[int, int], list[BarLabel]] = {}
    for label in place_labels(chart, axis.width, markers=1):
        labels.setdefault((label.row.top, label.bar.lane), []).append(label)
    screen.print(screen.paint(shorten(chart.title(zone), width), BOLD))
    for region, rows in groupby(chart.rows, key=lambda row: row.region):
        if chart.is_grouped:
            screen.print(screen.paint(shorten(region, width), BOLD))
        for row in rows:
            for lane in range(row.lanes):
                name = "" if lane else row.label(margin)
                line = f"{'':{margin - width_of(name)}}{name}{screen.paint(' │', DIM)}"
                cells = _draw_bars(row, lane, axis, ticks)
                _write_labels(cells, labels.get((row.top, lane), []), axis)
                screen.print(f"{line}{_paint(cells, screen)}")
    for line in _axis_lines(axis, ticks, margin, screen):
        screen.print(line)
    if chart.note:
        screen.print("\n" + fill(f"{chart.note} --rows {chart.total_rows} shows all.", width))
    legend: list[tuple[str, int]] = []
    for count in chart.counts:
        block = screen.paint(style_of(count.status).block, _style(count.status))
        legend.append((f"{block} {count}", 2 + width_of(f"{count}")))
    screen.print("\n" + "\n".join(flow(legend, width)))


def _draw_bars(row: Row, lane: int, axis: Axis, ticks: Iterable[int]) -> list[Cell]:
    """Return the cells of a lane. A failure hides what is in the same column."""
    cells: list[Cell] = [(" ", PLAIN)] * axis.width
    for column in ticks:
        cells[column] = _TICK
    bars = [bar for bar in row.bars if bar.lane == lane]
    for bar in sorted(bars, key=lambda bar: depth_of(bar.status)):
        style = _style(bar.status)
        end = axis.column(bar.end)
        for column in range(axis.column(bar.start), end + 1):
            cells[column] = (style_of(bar.status).block, style)
        if bar.is_open:
            cells[end] = ("▶", style)
    return cells


def _write_labels(cells: list[Cell], labels: Iterable[BarLabel], axis: Axis) -> None:
    """Write the types of operations behind their bars, where there is room for them."""
    for label in labels:
        start = axis.column(label.bar.end) + 2
        end = start + len(label.text)
        is_free = all(cell in {_TICK, (" ", PLAIN)} for cell in cells[start - 1 : end + 1])
        if not label.is_inside and label.text.isascii() and end <= axis.width and is_free:
            cells[start - 1 : end] = [(letter, DIM) for letter in f" {label.text}"]


def _paint(cells: list[Cell], screen: Screen) -> str:
    """Return the cells as a line that does not end in spaces, those of one style at once."""
    while cells and cells[-1][0] == " ":
        cells.pop()
    return "".join(
        screen.paint("".join(character for character, _ in group), style)
        for style, group in groupby(cells, key=lambda cell: cell[1])
    )


def _style(status: OperationStatus) -> Style:
    return Style(style_of(status).terminal_colour)


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
