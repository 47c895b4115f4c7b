"""`lightsail-ops timeline`: a row for each resource, and a bar for each of its operations."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module
from io import BytesIO
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Any, TypeAlias

import attrs
import click

from lightsail_ops.cli.account import connect
from lightsail_ops.cli.columns import status_symbol
from lightsail_ops.cli.errors import CommandError, ExitStatus
from lightsail_ops.cli.files import replace_file
from lightsail_ops.cli.options import ROWS, Command, Group, Options
from lightsail_ops.cli.reading import Reading
from lightsail_ops.cli.terminal import (
    BOLD,
    DIM,
    PLAIN,
    Progress,
    Screen,
    Style,
    Terminal,
    display_zone,
)
from lightsail_ops.models import Operation
from lightsail_ops.plot.chart import Bar, Chart
from lightsail_ops.plot.layout import BarLabel, chart_of, place_labels
from lightsail_ops.plot.statuses import depth_of, style_of
from lightsail_ops.plot.widths import flow, shorten, width_of

# Without it, a phone lays the page out as on a desk, and shrinks it.
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'

_Cell: TypeAlias = tuple[str, Style]
_TICK: _Cell = ("·", DIM)

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
_MOST_ROWS = 1_000  # of a picture, whose names are too small to be read from 1,250 on


@click.command(
    "timeline",
    cls=Command,
    params=[
        *(*Group.ACCOUNT, *Group.REGIONS, *Group.SELECTION, Group.LAST),
        *(*Group.PICTURE, *Group.SCREEN),
    ],
    examples=[
        "lightsail-ops timeline --since 24h",
        "lightsail-ops timeline --all-regions --group region",
        "lightsail-ops timeline --since 7d --save timeline.html",
    ],
)
def command(terminal: Terminal, options: Options) -> int:
    """Draw operations over time.

    Each resource has a row, and each operation a bar from its creation to its last change. An
    operation that has not ended has an arrow at its end.
    """
    if options.save:
        # It draws without a screen. matplotlib fails at a backend that it does not know.
        os.environ["MPLBACKEND"] = "agg"
        package = "plotly" if _format_of(options.save) == "html" else "matplotlib"
        try:
            import_module(package)
        except ImportError as error:
            advice = 'pip install "lightsail-ops[plot]"'
            raise CommandError(f"--save {options.save} needs {package}.", advice) from error
    with connect(terminal, options) as account:
        reading = Reading(account, options)
        with reading.explain_errors(terminal, "a timeline is drawn at the end"):
            with terminal.status(reading.get_progress):
                operations = reading.read_newest(options.last)
            reading.shown = len(operations)
            if operations and (not reading.errors or len(account.clients) > 1):
                terminal.leave(reading.summarise())
                _show(terminal, options, operations)
            elif not reading.errors:
                if options.save:
                    raise CommandError(
                        f"there are no operations to draw; {options.save} was not written."
                    )
                terminal.leave(f"{reading.summarise()}\nthere are no operations to draw")
    return ExitStatus.DONE


def _show(terminal: Terminal, options: Options, operations: Sequence[Operation]) -> None:
    """Draw operations in the terminal, and into the file that is named."""
    zone = display_zone(utc=options.utc)
    file_format = _format_of(options.save or "")
    chart = chart_of(
        operations,
        now=datetime.now(UTC),
        max_rows=options.rows or ROWS["terminal"],
        group_by_region=options.group is not None,
    )
    with terminal.above():
        _draw(chart, terminal.out, zone)
        if chart.note:
            has_room = chart.total_rows <= _MOST_ROWS or file_format in {"", "html"}
            where = "" if has_room else ", for which only a .html file has room"
            note = f"{chart.note} --rows {chart.total_rows} shows all{where}."
            terminal.out.print(f"\n{fill(note, terminal.out.width)}")
    if options.save:
        with terminal.status(lambda: Progress(f"drawing {options.save}")):
            content = _render(options, operations, file_format, zone)
        replace_file(Path(options.save), content)
        terminal.leave(f"saved {options.save}")


def _render(
    options: Options, operations: Sequence[Operation], file_format: str, zone: tzinfo
) -> bytes:
    """Return the content of the file that is saved."""
    from lightsail_ops import plot  # late: only a picture needs it

    is_page = file_format == "html"
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)  # its cache of fonts is no concern
    draw = plot.interactive_timeline if is_page else plot.timeline
    picture: Any = draw(  # matplotlib and plotly leave the methods that save it without types
        operations,
        zone=zone,
        max_rows=options.rows or ROWS["page" if is_page else "picture"],
        group_by_region=options.group is not None,
    )
    if is_page:
        html: str = picture.to_html(
            include_plotlyjs=True, config={"displaylogo": False, "responsive": True}
        )
        return html.replace("<head>", f"<head>{_VIEWPORT}", 1).encode()
    content = BytesIO()
    picture.figure.savefig(content, format=file_format)
    return content.getvalue()


def _format_of(name: str) -> str:
    return name.lower().rpartition(".")[2]


# --- The picture in the terminal


@attrs.frozen
class _Axis:
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


def _draw(chart: Chart, screen: Screen, zone: tzinfo) -> None:
    """Print a chart: a title, the rows, an axis of time and a legend."""
    width = screen.width
    longest = max(width_of(row.label(width)) for row in chart.rows)
    margin = min(longest, max(_LEAST_MARGIN, width // 3))
    end = max(chart.end, chart.start + _SHORTEST_SPAN)
    axis = _Axis(chart.start, end, width - margin - 2, zone)
    ticks = axis.ticks()
    lanes = chart.bars_by_lane()
    labels: dict[int, list[BarLabel]] = {}
    for label in place_labels(chart, axis.width, markers=1):
        labels.setdefault(label.bar.lane, []).append(label)
    headings = {rows[0].top: region for region, rows in chart.regions()}
    screen.print(screen.paint(shorten(chart.title(zone), width), BOLD))
    for row in chart.rows:
        if row.top in headings:
            screen.print(screen.paint(shorten(headings[row.top], width), BOLD))
        for lane in range(row.top, row.top + row.lanes):
            name = row.label(margin) if lane == row.top else ""
            line = f"{'':{margin - width_of(name)}}{name}{screen.paint(' │', DIM)}"
            cells = _draw_bars(lanes[lane], axis, ticks)
            _write_labels(cells, labels.get(lane, []), axis)
            screen.print(f"{line}{_paint(cells, screen)}")
    for line in _axis_lines(axis, ticks, margin, screen):
        screen.print(line)
    legend: list[tuple[str, int]] = []
    for count in chart.counts:
        block = screen.paint(style_of(count.status).block, status_symbol(count.status)[1])
        legend.append((f"{block} {count}", 2 + width_of(f"{count}")))
    screen.print("\n" + "\n".join(flow(legend, width)))


def _draw_bars(bars: Iterable[Bar], axis: _Axis, ticks: Iterable[int]) -> list[_Cell]:
    """Return the cells of a lane. A failure hides what is in the same column."""
    cells: list[_Cell] = [(" ", PLAIN)] * axis.width
    for column in ticks:
        cells[column] = _TICK
    for bar in sorted(bars, key=lambda bar: depth_of(bar.status)):
        _, style = status_symbol(bar.status)
        end = axis.column(bar.end)
        for column in range(axis.column(bar.start), end + 1):
            cells[column] = (style_of(bar.status).block, style)
        if bar.is_open:
            cells[end] = ("▶", style)
    return cells


def _write_labels(cells: list[_Cell], labels: Iterable[BarLabel], axis: _Axis) -> None:
    """Write the types of operations behind their bars, where there is room for them."""
    for label in labels:
        start = axis.column(label.bar.end) + 2
        end = start + len(label.text)
        is_free = all(cell in {_TICK, (" ", PLAIN)} for cell in cells[start - 1 : end + 1])
        if not label.is_inside and label.text.isascii() and end <= axis.width and is_free:
            cells[start - 1 : end] = [(letter, DIM) for letter in f" {label.text}"]


def _paint(cells: list[_Cell], screen: Screen) -> str:
    """Return the cells as a line that does not end in spaces, those of one style at once."""
    while cells and cells[-1][0] == " ":
        cells.pop()
    return "".join(
        screen.paint("".join(character for character, _ in group), style)
        for style, group in groupby(cells, key=lambda cell: cell[1])
    )


def _axis_lines(
    axis: _Axis, ticks: dict[int, datetime], margin: int, screen: Screen
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
