"""The bars and marks of operations, as traces of plotly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from html import escape

from lightsail_ops._printable import printable
from lightsail_ops.enums import OperationStatus
from lightsail_ops.plot.chart import Bar, Chart, Count, Mark, Marks, clamp
from lightsail_ops.plot.layout import place_labels
from lightsail_ops.plot.statuses import StatusStyle, style_of
from lightsail_ops.plot.widths import shorten_in_the_middle, width_of, wrap

Trace = dict[str, object]
TYPE_SIZE = 9  # pixels: the letters of the types of operations
NAME_COLUMNS = 22

_LANES_WITH_TWO_AXES = 25
_PHONE = 345.0  # pixels, as the next three: the width of a plot there, with what is beside it
REGION_WIDTH = 100
LETTER = 5.8  # the mean width of a character of a name or of the legend
_TYPE_LETTER = 5.2
_SHORT = 1 / 300  # of the axis: at most a pixel on a phone, and four on a wide screen
_SPLIT = 1 / 40  # of the axis: a longer bar has an edge, which keeps it apart from its neighbours
_BAR = 0.8  # of a lane's height
_ENTRY = 28  # columns of an entry of the legend
_HOVER = 38  # columns of what is shown while hovering
_WHITE = "#FFFFFF"
_ROOM_OF_MARK = "\u00a0\u00a0\u00a0"
_BLACK = "#1F2328"
_GREY = "#6E7781"
_LOOKS: dict[Mark, dict[str, object]] = {
    Mark.SHORT: {"symbol": "line-ns", "size": 12},
    Mark.CUT: {"symbol": "triangle-left", "size": 22},
    Mark.OPEN: {"symbol": "triangle-right", "size": 22},
    Mark.FAILED: {"symbol": "x", "size": 10},
}
_EDGES: dict[Mark, dict[str, object]] = {
    Mark.SHORT: {"width": 2},
    Mark.FAILED: {"width": 1, "color": _WHITE},
}
# plotly shows the second axis only if it has a trace.
_BELOW: Trace = {"type": "scatter", "x": [None], "y": [None], "xaxis": "x2", "showlegend": False}


def make_traces(chart: Chart, zone: tzinfo) -> list[Trace]:
    """Return the bars of each status, then their marks, failures last, and a legend of marks."""
    columns = width_on_a_phone(chart) / _TYPE_LETTER
    labels = {label.bar: label.is_inside for label in place_labels(chart, columns, markers=2)}
    marks = chart.marks(_SHORT)
    return [
        *(_make_bars(chart, count, labels, zone) for count in chart.counts),
        *(trace for count in chart.counts for trace in _make_marks(marks, count.status, zone)),
        *(_explain(mark) for mark in marks if mark is not Mark.FAILED),
        *([_BELOW] if has_two_axes(chart) else []),
    ]


def has_two_axes(chart: Chart) -> bool:
    """Return whether a chart is so long that it has an axis of time at the bottom too."""
    return chart.lanes >= _LANES_WITH_TWO_AXES


def width_on_a_phone(chart: Chart) -> float:
    """Return how many pixels the axis of time has on a narrow page."""
    names = max((width_of(row.label(NAME_COLUMNS)) for row in chart.rows), default=0)
    return _PHONE - LETTER * names - (REGION_WIDTH if chart.is_grouped else 0)


def to_local(time: datetime, zone: tzinfo) -> str:
    """Return a time for plotly, which knows no zones."""
    return time.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _make_bars(chart: Chart, count: Count, labels: Mapping[Bar, bool], zone: tzinfo) -> Trace:
    style = style_of(count.status)
    bars = [bar for bar in chart.bars if bar.status == count.status]
    shares = [chart.share(bar.start, bar.end) for bar in bars]
    return {
        "type": "bar",
        "name": escape(shorten_in_the_middle(str(count), _ENTRY)),
        "legendgroup": str(count.status),
        "showlegend": True,
        "orientation": "h",
        "base": [to_local(bar.start, zone) for bar in bars] or [None],
        "x": [(bar.end - bar.start).total_seconds() * 1000 for bar in bars] or [None],
        "y": [bar.lane for bar in bars] or [None],
        "width": _BAR,
        "marker": {
            "color": style.colour,
            "line": {"color": _WHITE, "width": [1 if each > _SPLIT else 0 for each in shares]},
        },
        "text": [_type_of(bar, is_inside=labels.get(bar, True)) for bar in bars],
        "textposition": ["inside" if labels.get(bar, True) else "outside" for bar in bars],
        "textfont": {"size": TYPE_SIZE},
        "insidetextfont": {"color": style.text_colour},
        "insidetextanchor": "start",
        "constraintext": "inside",
        "textangle": 0,
        **_hover(bars, style, zone),
    }


def _make_marks(marks: Marks, status: OperationStatus, zone: tzinfo) -> Iterator[Trace]:
    """Yield a trace for each kind of mark that the operations of a status have."""
    style = style_of(status)
    for mark, places in marks.items():
        points = [(bar, time) for bar, time in places if bar.status == status]
        if points:
            yield {
                "type": "scatter",
                "mode": "markers",
                "name": mark.value,
                "legendgroup": str(status),
                "showlegend": False,
                "x": [to_local(time, zone) for _, time in points],
                "y": [bar.lane for bar, _ in points],
                "marker": _marker(mark, style.colour),
                **_hover([bar for bar, _ in points], style, zone),
            }


def _explain(mark: Mark) -> Trace:
    """Return a trace without points, whose entry in the legend tells what a mark means."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": mark.value,
        "showlegend": True,
        "x": [None],
        "y": [None],
        "marker": _marker(mark, _GREY),
    }


def _marker(mark: Mark, colour: str) -> dict[str, object]:
    return {"color": colour, **_LOOKS[mark], "line": {"color": colour, **_EDGES.get(mark, {})}}


def _type_of(bar: Bar, *, is_inside: bool) -> str:
    """Return the type of an operation, with room before it for a mark that may be there."""
    name = escape(printable(bar.operation.operation_type))
    return name if is_inside and not bar.is_cut else f"{_ROOM_OF_MARK}{name}"


def _hover(bars: Iterable[Bar], style: StatusStyle, zone: tzinfo) -> dict[str, object]:
    return {
        "hovertext": [_details(bar, zone) for bar in bars],
        "hoverinfo": "text",
        "hoverlabel": {
            "bgcolor": _WHITE,
            "bordercolor": style.colour,
            "font": {"color": _BLACK, "size": 11},
            "align": "left",
        },
    }


def _details(bar: Bar, zone: tzinfo) -> str:
    operation = bar.operation
    changed, duration = operation.status_changed_at, operation.duration
    lines = {
        "Type": operation.operation_type,
        "Status": operation.status,
        "Region": operation.location.region_name,
        "Created": to_local(clamp(operation.created_at), zone)[:19],
        "Changed": changed and to_local(clamp(changed), zone)[:19],
        "Duration": None if duration is None else f"{duration.total_seconds():,.0f} s",
        "Details": operation.operation_details,
        "Error": ": ".join(filter(None, (operation.error_code, operation.error_details))),
        "Id": operation.id,
    }
    texts = [_wrap(f"{label}: {printable(text)}") for label, text in lines.items() if text]
    return "<br>".join([f"<b>{_wrap(printable(operation.resource_name))}</b>", *texts])


def _wrap(text: str) -> str:
    """Return a text for HTML, in lines that fit on a phone."""
    return "<br>".join(map(escape, wrap(text, _HOVER)))
