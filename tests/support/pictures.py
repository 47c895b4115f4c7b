"""The contents of a timeline, read from an Axes of matplotlib or from a Figure of plotly."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import attrs
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from support.fakes import raw_operation

from lightsail_ops import Operation
from lightsail_ops.plot import interactive_timeline, timeline

NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)
GREEN, BLUE, GREY, AMBER = "#009E73", "#56B4E9", "#B0B0B0", "#E69F00"
RED, PINK = "#CC3311", "#CC79A7"
SHAPES = {"X": "cross", ">": "right", "<": "left", "|": "thin"}
SYMBOLS = {"x": "cross", "triangle-right": "right", "triangle-left": "left", "line-ns": "thin"}


class Nameless(tzinfo):
    """UTC, without a name."""

    def utcoffset(self, time: datetime | None) -> timedelta:
        return timedelta()

    def dst(self, time: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, time: datetime | None) -> None:
        return None


def at(minutes: float) -> datetime:
    """Return the time so many minutes after nine."""
    return NINE + timedelta(minutes=minutes)


def operation(name: str, minute: float = 0, took: float = 5, **changes: object) -> Operation:
    """Return an operation that began so many minutes after nine, and took so many."""
    usual = {
        "id": f"{name}-{minute}",
        "resourceName": name,
        "createdAt": at(minute),
        "statusChangedAt": at(minute + took),
    }
    return Operation.from_dict(raw_operation(**{**usual, **changes}))


def unfinished(name: str, minute: float = 0, **changes: object) -> Operation:
    """Return an operation that was started, and has not changed since."""
    return operation(name, minute, 0, **{"isTerminal": False, "status": "Started", **changes})


def in_region(region: str, name: str, minute: float = 0) -> Operation:
    return operation(name, minute, location={"availabilityZone": "all", "regionName": region})


@attrs.frozen
class DrawnBar:
    lane: float
    start: datetime
    end: datetime
    colour: str
    height: float
    """In lanes."""

    edge: float
    """The width of the line around it."""


@attrs.frozen
class DrawnMark:
    shape: str
    lane: float
    time: datetime
    colour: str


@attrs.frozen
class DrawnType:
    """The type of an operation, as it is written."""

    lane: float
    text: str
    is_inside: bool
    """Whether it stands in the bar."""

    colour: str


@attrs.frozen(kw_only=True)
class Picture:
    names: dict[str, float]
    """The rows from the top to the bottom, and the middle of each, in lanes from the top."""

    lanes: tuple[float, float]
    """The upper and the lower end of the picture."""

    bars: list[DrawnBar]
    """In the order of painting, as the next two."""

    marks: list[DrawnMark]
    layers: list[str]
    """Bars and marks, with their colours."""

    types: list[DrawnType]
    legend: dict[str, str]
    """The entries and their colours."""

    axis: tuple[datetime, datetime]
    title: str
    note: str
    regions: dict[str, float]
    """The regions beside the rows, and where they stand."""

    lines: list[float]
    """Between regions."""

    stripes: list[tuple[float, float]]
    has_axis_at_both_ends: bool

    def share(self, bar: DrawnBar) -> float:
        """Return how much of the axis a bar takes."""
        start, end = self.axis
        return (bar.end - bar.start) / (end - start)


def draw_with_matplotlib(operations: Iterable[Operation], **options: Any) -> Picture:
    return read_axes(timeline(operations, zone=UTC, **options))


def draw_with_plotly(operations: Iterable[Operation], **options: Any) -> Picture:
    return read_figure(interactive_timeline(operations, zone=UTC, **options))


# --- matplotlib


def read_axes(ax: Axes) -> Picture:
    lower, upper = ax.get_ylim()
    start, end = ax.get_xlim()
    legend: Any = ax.get_legend()
    layers: list[Any] = sorted(ax.collections, key=lambda each: each.get_zorder())
    bars = [each for each in layers if isinstance(each, PolyCollection)]
    marks = [each for each in layers if isinstance(each, PathCollection)]
    types: list[Any] = [each for each in ax.texts if hasattr(each, "xy")]
    beside: list[Any] = [each for each in ax.texts if not hasattr(each, "xy")]
    all_bars = [bar for each in bars for bar in _read_polygons(each)]
    tick = ax.xaxis.get_major_ticks(1)[0]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    return Picture(
        names=dict(zip(labels, map(float, ax.get_yticks()), strict=True)),
        lanes=(upper, lower),
        bars=all_bars,
        marks=[mark for each in marks for mark in _read_markers(each)],
        layers=[
            f"{'bars' if each in bars else 'marks'} {_colour(each.get_facecolor()[0])}"
            for each in layers
        ],
        types=[_read_annotation(each, all_bars) for each in types],
        legend={
            text.get_text(): _colour(_colour_of_handle(handle))
            for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
        },
        axis=(_to_time(start), _to_time(end)),
        title=ax.get_title(loc="left"),
        note=ax.get_xlabel(),
        regions={each.get_text(): each.get_position()[1] for each in beside},
        lines=[float(line.get_ydata()[0]) for line in ax.lines],  # type: ignore[arg-type, index] # a list
        stripes=[(patch.get_y(), patch.get_y() + patch.get_height()) for patch in _rectangles(ax)],
        has_axis_at_both_ends=tick.label1.get_visible() and tick.label2.get_visible(),
    )


def _rectangles(ax: Axes) -> Any:
    return ax.patches


def _read_polygons(collection: PolyCollection) -> Iterator[DrawnBar]:
    [colour] = collection.get_facecolor()  # type: ignore[misc] # an array
    edges: Any = collection.get_linewidth()
    for path, edge in zip(collection.get_paths(), edges, strict=True):
        extent = path.get_extents()
        yield DrawnBar(
            (extent.y0 + extent.y1) / 2,
            _to_time(extent.x0),
            _to_time(extent.x1),
            _colour(colour),
            extent.height,
            edge,
        )


def _read_markers(collection: PathCollection) -> Iterator[DrawnMark]:
    [path] = collection.get_paths()
    [shape] = [
        meaning
        for shape, meaning in SHAPES.items()
        if path.vertices.tolist() == _path_of(shape).vertices.tolist()  # type: ignore[union-attr] # arrays
    ]
    [colour] = collection.get_facecolor()  # type: ignore[misc] # an array
    offsets: Any = collection.get_offsets()
    for x, y in offsets:
        yield DrawnMark(shape, float(y), _to_time(float(x)), _colour(colour))


def _path_of(shape: str) -> Any:
    style = MarkerStyle(shape)
    return style.get_path().transformed(style.get_transform())


def _read_annotation(text: Any, bars: list[DrawnBar]) -> DrawnType:
    time, lane = text.xy
    starts = {bar.start for bar in bars if bar.lane == lane}
    return DrawnType(lane, text.get_text(), _to_time(time) in starts, _colour(text.get_color()))


def _colour_of_handle(handle: Any) -> Any:
    return handle.get_color() if isinstance(handle, Line2D) else handle.get_facecolor()


def _colour(colour: Any) -> str:
    return to_hex(colour).upper()


def _to_time(number: float) -> datetime:
    time: datetime = dates.num2date(number)  # type: ignore[no-untyped-call]
    return round_time(time)


def round_time(time: datetime) -> datetime:
    """Return a time without the error of a float: to milliseconds."""
    return NINE + timedelta(milliseconds=round((time - NINE) / timedelta(milliseconds=1)))


# --- plotly


def read_figure(figure: Any) -> Picture:
    layout = figure.layout
    bars = [each for each in figure.data if each.type == "bar" and each.y[0] is not None]
    marks = [each for each in figure.data if each.type == "scatter" and each.y[0] is not None]
    lower, upper = layout.yaxis.range
    start, end = map(_from_local, layout.xaxis.range)
    texts = [html.unescape(each) for each in layout.yaxis.ticktext]
    title, *rest = re.sub("<(?!br)[^>]*>", "", layout.title.text).split("<br>")
    shapes = layout.shapes
    return Picture(
        names=dict(zip(texts, layout.yaxis.tickvals, strict=True)),
        lanes=(upper, lower),
        bars=[bar for each in bars for bar in _read_bars(each)],
        marks=[
            DrawnMark(SYMBOLS[each.marker.symbol], lane, _from_local(time), each.marker.color)
            for each in marks
            for time, lane in zip(each.x, each.y, strict=True)
        ],
        layers=[
            *(f"bars {each.marker.color}" for each in bars),
            *(f"marks {each.marker.color}" for each in marks),
        ],
        types=[written for each in bars for written in _read_texts(each)],
        legend={
            html.unescape(each.name): each.marker.color for each in figure.data if each.showlegend
        },
        axis=(start, end),
        title=html.unescape(title),
        note=html.unescape(" ".join(rest)),
        regions={re.sub("</?b>", "", each.text): each.y for each in layout.annotations},
        lines=[each.y0 for each in shapes if each.type == "line"],
        stripes=[(each.y0, each.y1) for each in shapes if each.type == "rect"],
        has_axis_at_both_ends="xaxis2" in layout and layout.xaxis2.side != layout.xaxis.side,
    )


def _read_bars(trace: Any) -> Iterator[DrawnBar]:
    values = zip(trace.y, trace.base, trace.x, trace.marker.line.width, strict=True)
    for lane, base, length, edge in values:
        start = _from_local(base)
        end = start + timedelta(milliseconds=length)
        yield DrawnBar(lane, start, end, trace.marker.color, trace.width, edge)


def _read_texts(trace: Any) -> Iterator[DrawnType]:
    for lane, text, position in zip(trace.y, trace.text, trace.textposition, strict=True):
        is_inside = position == "inside"
        colour = trace.insidetextfont.color if is_inside else ""
        yield DrawnType(lane, html.unescape(text).strip(), is_inside, colour)


def _from_local(time: str) -> datetime:
    return round_time(datetime.fromisoformat(time).replace(tzinfo=UTC))
