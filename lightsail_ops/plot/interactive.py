"""A timeline of operations by plotly, to look into in a browser."""

# pyright: reportMissingTypeStubs=false
# plotly has no types; what it is given are plain dicts.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from lightsail_ops._printable import printable
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation
from lightsail_ops.plot.chart import Bar, Chart
from lightsail_ops.plot.layout import chart_of
from lightsail_ops.plot.statuses import sort_statuses, style_of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure
else:
    Figure = object  # for get_type_hints; plotly is imported when it draws

_ROW_HEIGHT = 22  # pixels
_TOP = 140  # pixels, for the title, the legend and the axis
_AXIS = 60  # pixels
_BOTTOM = 20  # pixels
_WHITE = "#FFFFFF"
_BLACK = "#1F2328"
_GREY = "#DDE1E6"


def interactive_timeline(
    operations: Iterable[Operation],
    *,
    zone: tzinfo | None = None,
    max_rows: int | None = 300,
    group_by_region: bool = False,
) -> Figure:
    """Draw the rows and bars of `timeline` on a figure that can be zoomed and hovered over.

    Hovering over a bar shows the resource, the type, the times, the duration, the error and the
    id of its operation. A click on a status in the legend hides or shows its bars.

    Args:
        operations: what to draw, such as a client's `operations()`; at least one.
        zone: of the times. Defaults to this machine's, as it is now.
        max_rows: how many resources to draw: those with the most recent operations. A line below
            the axis says how many are left out. None draws all.
        group_by_region: whether the rows of each region stand together.

    Returns:
        The figure. `.write_html("timeline.html")` saves it as one file that needs no network.

    Raises:
        ImportError: plotly is not installed.
        ValueError: there are no operations, or `max_rows` is below 1.
    """
    try:
        from plotly.graph_objects import Figure  # late: it is large
    except ImportError as error:
        raise ImportError(
            'lightsail_ops.plot needs plotly: pip install "lightsail-ops[plot]"'
        ) from error
    now = datetime.now(UTC)
    chart = chart_of(operations, now=now, max_rows=max_rows, group_by_region=group_by_region)
    zone = zone or now.astimezone().tzinfo or UTC
    return Figure(data=_traces(chart, zone), layout=_layout(chart, zone))


def _traces(chart: Chart, zone: tzinfo) -> list[dict[str, object]]:
    """Return the bars of each status, those on top last."""
    bars = [(number, bar) for number, row in enumerate(chart.rows) for bar in row.bars]
    by_status = {
        status: [(number, bar) for number, bar in bars if bar.status == status]
        for status in sort_statuses(bar.status for _, bar in bars)
    }
    return [_trace(status, of_status, zone) for status, of_status in by_status.items() if of_status]


def _trace(
    status: OperationStatus, bars: Sequence[tuple[int, Bar]], zone: tzinfo
) -> dict[str, object]:
    colour = style_of(status).colour
    return {
        "type": "bar",
        "name": f"{escape(printable(status))} {len(bars):,}",
        "orientation": "h",
        "base": [_local(bar.start, zone) for _, bar in bars],
        "x": [(bar.end - bar.start).total_seconds() * 1000 for _, bar in bars],
        "y": [number for number, _ in bars],
        "width": 0.62,
        "marker": {
            "color": colour,
            # The line keeps the shortest bars visible at any zoom.
            "line": {"color": colour, "width": 3},
            "cornerradius": 3,
            "pattern": {
                "shape": "x" if status == OperationStatus.FAILED else "",
                "fgcolor": _WHITE,
                "size": 6,
                "solidity": 0.4,
            },
        },
        "hovertext": [_details(bar, zone) for _, bar in bars],
        "hoverinfo": "text",
        "hoverlabel": {
            "bgcolor": _WHITE,
            "bordercolor": colour,
            "font": {"color": _BLACK},
            "align": "left",
        },
    }


def _details(bar: Bar, zone: tzinfo) -> str:
    operation = bar.operation
    error = ": ".join(filter(None, (operation.error_code, operation.error_details)))
    region = operation.location.region_name
    duration = operation.duration
    lines = {
        "Type": operation.operation_type,
        "Status": operation.status,
        "Region": region,
        "Created": _local(bar.start, zone)[:19],
        "Changed": operation.status_changed_at and _local(bar.end, zone)[:19],
        "Duration": None if duration is None else f"{duration.total_seconds():,.0f} s",
        "Details": operation.operation_details,
        "Error": error,
        "Id": operation.id,
    }
    name = escape(printable(operation.resource_name))
    texts = [f"{label}: {escape(printable(text))}" for label, text in lines.items() if text]
    return "<br>".join([f"<b>{name}</b>", *texts])


def _local(time: datetime, zone: tzinfo) -> str:
    """Return a time for plotly, which knows no zones."""
    return time.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _layout(chart: Chart, zone: tzinfo) -> dict[str, object]:
    note = f"{zone.tzname(chart.end) or ''}   {chart.note}".strip()
    count = len(chart.rows)
    height = _ROW_HEIGHT * count
    return {
        "title": {
            "text": escape(chart.title(zone)),
            "font": {"size": 17},
            "x": 0,
            "y": 1,
            "yref": "container",
            "xanchor": "left",
            "yanchor": "top",
            "pad": {"l": 14, "t": 14},
        },
        "height": height + _TOP + _BOTTOM,
        "margin": {"l": 10, "r": 120 if chart.is_grouped else 20, "t": _TOP, "b": _BOTTOM},
        "barmode": "overlay",
        "plot_bgcolor": _WHITE,
        "paper_bgcolor": _WHITE,
        "modebar": {"remove": ["select2d", "lasso2d"]},
        # Above the labels of the axis, which is on top since a page may be long.
        "legend": {"orientation": "h", "x": 0, "y": 1 + _AXIS / height, "yanchor": "bottom"},
        "xaxis": {
            "type": "date",
            "side": "top",
            "title": {"text": note, "standoff": 8, "font": {"size": 12}},
            "gridcolor": _GREY,
        },
        "yaxis": {
            "range": [count - 0.4, -0.6],  # the first on top
            "tickvals": list(range(count)),
            "ticktext": [escape(row.label(40)) for row in chart.rows],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
        },
        **(_group_labels(chart) if chart.is_grouped else {}),
    }


def _group_labels(chart: Chart) -> dict[str, object]:
    """Return the name of each region beside its first row, and a line above that."""
    firsts = [
        next(rows) for _, rows in groupby(enumerate(chart.rows), key=lambda item: item[1].region)
    ]
    names = [
        {
            "text": f"<b>{escape(row.region)}</b>",
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "y": number,
            "showarrow": False,
        }
        for number, row in firsts
    ]
    lines = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": number - 0.5,
            "y1": number - 0.5,
            "line": {"color": _GREY, "width": 1},
        }
        for number, _ in firsts[1:]
    ]
    return {"annotations": names, "shapes": lines}
