"""A timeline of operations by plotly, to look into in a browser."""

# pyright: reportMissingTypeStubs=false
# plotly has no types; what it is given are plain dicts.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

from lightsail_ops.models import Operation
from lightsail_ops.plot.chart import Chart
from lightsail_ops.plot.layout import chart_of
from lightsail_ops.plot.traces import (
    LETTER,
    NAME_COLUMNS,
    REGION_WIDTH,
    TYPE_SIZE,
    has_two_axes,
    make_traces,
    to_local,
    width_on_a_phone,
)
from lightsail_ops.plot.widths import flow, shorten_in_the_middle, width_of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure
else:
    Figure = object  # for get_type_hints; plotly is imported when it draws

_LANE = 24  # pixels, as all heights and widths
_LEAST_HEIGHT = 60
_TOOLBAR = 40
_TITLE_LINE = 22
_LEGEND_LINE = 20
_LABELS = 44  # of the axis: the time, and the date below it
_MARGIN = 16
_SYMBOL = 46  # of an entry of the legend, with the room around it
_REGION = 16  # columns, as the next one
_NOTE = 52
_WHITE = "#FFFFFF"
_GREY = "#DDE1E6"
_STRIPE = "#F4F5F7"
_LINE = "#8C959F"


def interactive_timeline(
    operations: Iterable[Operation],
    *,
    zone: tzinfo | None = None,
    max_rows: int | None = 300,
    group_by_region: bool = False,
) -> Figure:
    """Draw the rows, bars and marks of `timeline` on a figure to zoom and to hover over.

    Hovering over a bar shows the resource, the type, the times, the duration, the error and the
    id of its operation. A click on a status in the legend hides or shows its bars. More types are
    written into the bars as they grow.

    Args:
        operations: what to draw, such as a client's `operations()`.
        zone: of the times. Defaults to this machine's, as it is now.
        max_rows: how many resources to draw: those with the most recent operations. The legend,
            and a line below the title, say how many operations are not drawn. None draws all.
        group_by_region: whether the rows of each region stand together.

    Returns:
        The figure, as wide as its page. `.write_html("timeline.html")` saves it as one file that
        needs no network.

    Raises:
        ImportError: plotly is not installed.
        ValueError: `max_rows` is below 1.
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
    traces = make_traces(chart, zone)
    entries = [str(trace["name"]) for trace in traces if trace["showlegend"]]
    return Figure(data=traces, layout=_layout(chart, zone, entries))


def _layout(chart: Chart, zone: tzinfo, entries: Sequence[str]) -> dict[str, object]:
    """Return what stands around the bars.

    At the top are the toolbar, the title, the legend and the axis, one below the other: none of
    them shares its height with another, however narrow the page is.
    """
    period = f"{chart.period(zone)} {zone.tzname(chart.end) or ''}".strip()
    lines = [period, *wrap(chart.note, _NOTE)]
    # The legend is as wide as the plot.
    widths = ((each, _SYMBOL + round(LETTER * width_of(each))) for each in entries)
    legend = _LEGEND_LINE * len(flow(widths, round(width_on_a_phone(chart))))
    top = _TOOLBAR + _TITLE_LINE * (1 + len(lines)) + legend + _LABELS
    right = _MARGIN + (REGION_WIDTH if chart.is_grouped else 0)
    bottom = _LABELS if has_two_axes(chart) else _MARGIN
    height = max(_LANE * chart.lanes, _LEAST_HEIGHT) + top + bottom
    return {
        "title": {
            "text": "<br>".join([escape(chart.place), *map(_small, lines)]),
            "font": {"size": 16},
            "x": 0,
            "y": 1,
            "yref": "container",
            "xanchor": "left",
            "yanchor": "top",
            "pad": {"l": _MARGIN, "t": _TOOLBAR},
        },
        "height": height,
        "margin": {"l": 10, "r": right, "t": top, "b": bottom},
        "barmode": "overlay",
        "plot_bgcolor": _WHITE,
        "paper_bgcolor": _WHITE,
        "modebar": {"remove": ["select2d", "lasso2d"]},
        "showlegend": True,  # plotly leaves out a legend of one entry
        "legend": {
            "orientation": "h",
            "font": {"size": 11},
            "itemsizing": "constant",
            "tracegroupgap": 0,
            "x": 0,
            "xref": "container",
            "y": 1 - (top - _LABELS) / height,
            "yref": "container",
            "yanchor": "bottom",
        },
        "uniformtext": {"minsize": TYPE_SIZE, "mode": "hide"},  # types that have no room
        **_axes(chart, zone),
        "shapes": list(_shapes(chart)),
        "annotations": _region_names(chart),
    }


def _small(line: str) -> str:
    return f'<span style="font-size:12px">{escape(line)}</span>'


def _axes(chart: Chart, zone: tzinfo) -> dict[str, object]:
    axis = {
        "type": "date",
        "side": "top",
        "range": [to_local(chart.left_edge, zone), to_local(chart.end, zone)],
        "gridcolor": _GREY,
        "tickfont": {"size": 11},
        "tickangle": 0,
    }
    below = {**axis, "side": "bottom", "overlaying": "x", "matches": "x"}
    below |= {"showgrid": False, "tickmode": "auto"}
    return {
        "xaxis": axis,
        **({"xaxis2": below} if has_two_axes(chart) else {}),
        "yaxis": {
            "range": [max(chart.lanes, 1) - 0.4, -0.6],  # the first on top
            "tickvals": [row.middle for row in chart.rows],
            "ticktext": [escape(row.label(NAME_COLUMNS)) for row in chart.rows],
            "tickfont": {"size": 11},
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
        },
    }


def _shapes(chart: Chart) -> Iterator[dict[str, object]]:
    """Yield a background for every other row, and a line between two regions."""
    for row in chart.rows[::2]:
        look = {"fillcolor": _STRIPE, "line": {"width": 0}, "layer": "below"}
        yield _shape("rect", row.top - 0.5, row.top + row.lanes - 0.5) | look
    for _, rows in chart.regions()[1:]:
        edge = rows[0].top - 0.5
        yield _shape("line", edge, edge) | {"line": {"color": _LINE, "width": 1}}


def _shape(kind: str, top: float, bottom: float) -> dict[str, object]:
    """Return a shape as wide as the plot."""
    return {"type": kind, "xref": "paper", "x0": 0, "x1": 1, "y0": top, "y1": bottom}


def _region_names(chart: Chart) -> list[dict[str, object]]:
    """Return the name of each region beside its first row."""
    return [
        {
            "text": f"<b>{escape(shorten_in_the_middle(region, _REGION))}</b>",
            "font": {"size": 11},
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "y": rows[0].top,
            "showarrow": False,
        }
        for region, rows in chart.regions()
    ]
