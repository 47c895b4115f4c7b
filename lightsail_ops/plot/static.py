"""A timeline of operations by matplotlib."""

# pyright: reportUnknownMemberType=false
# matplotlib's stubs leave the **kwargs of nearly all of its methods without a type.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import accumulate, pairwise
from textwrap import fill
from typing import TYPE_CHECKING, Any

import attrs

from lightsail_ops._printable import printable
from lightsail_ops.models import Operation
from lightsail_ops.plot.bars import LETTER, Canvas, to_number
from lightsail_ops.plot.chart import Chart
from lightsail_ops.plot.fonts import Fonts, choose_fonts
from lightsail_ops.plot.layout import chart_of
from lightsail_ops.plot.widths import shorten_in_the_middle, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    Axes = object  # for get_type_hints; matplotlib is imported when it draws

_WIDTH = 11.0  # inches, as the next three
_LANE_HEIGHT = 0.24
_HEIGHT_AROUND_LANES = 1.3
_GREATEST_HEIGHT = 300.0  # so that a PNG has fewer than 65,536 pixels, the most that Agg draws
_LANES_WITH_TWO_AXES = 30
_NAME_HEIGHT = 0.75  # of a lane's height
_NAME = 32  # columns, as the next one
_REGION = 24
_SMALL = 8.0  # points, as the next two
_LEGEND = 9.0
_TITLE = 11.0
_GREY = "#B0B0B0"
_STRIPE = "#F4F5F7"


def timeline(
    operations: Iterable[Operation],
    ax: Axes | None = None,
    *,
    zone: tzinfo | None = None,
    max_rows: int | None = 100,
    group_by_region: bool = False,
) -> Axes:
    """Draw a row for each resource, and in it a bar for each operation, coloured by status.

    A bar reaches from the operation's creation to its last change. An operation that has not ended
    has an arrow at its end, and one that failed has a cross. One that is too short to be seen at
    this scale is a thin mark, taller than a bar. Operations on one resource that overlap lie one
    below the other. The type of an operation is written in its bar or to its right, where there is
    room. The axis ends soon after the last change. The resource with the first operation is on top.

    Args:
        operations: what to draw, such as a client's `operations()`.
        ax: where to draw. Defaults to the only Axes of a new figure, as high as the rows need. A
            figure of your own has room for the title and the legend with `layout="constrained"`.
        zone: of the times on the axis. Defaults to this machine's, as it is now.
        max_rows: how many resources to draw: those with the most recent operations. The legend,
            and a line below the axis, say how many operations are not drawn. None draws all.
        group_by_region: whether the rows of each region stand together.

    Returns:
        The Axes, to be changed further. `.figure.savefig("timeline.svg")` saves it.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: `max_rows` is below 1.
    """
    now = datetime.now(UTC)
    zone = zone or now.astimezone().tzinfo or UTC
    chart = chart_of(operations, now=now, max_rows=max_rows, group_by_region=group_by_region)
    new_figure = None
    if ax is None:
        new_figure = _new_figure(chart.lanes)
        ax = new_figure.subplots()
    fonts = choose_fonts(_strings_of(chart))
    rows = tuple(attrs.evolve(row, name=fonts.spell(row.name)) for row in chart.rows)
    chart = attrs.evolve(chart, rows=rows)
    _label_rows(ax, chart, fonts)
    _label_times(ax, chart, zone)
    if new_figure:
        new_figure.draw_without_rendering()  # lays it out, so that the width of the axis is known
    canvas = Canvas.of(ax, chart)
    canvas.draw(fonts)
    _add_note(canvas, zone)
    _add_legend_and_title(canvas, zone, fonts)
    return ax


def _new_figure(lanes: int) -> Figure:
    try:
        from matplotlib import pyplot as plt  # late: it takes a second
    except ImportError as error:
        raise ImportError(
            'lightsail_ops.plot needs matplotlib: pip install "lightsail-ops[plot]"'
        ) from error
    height = min(_LANE_HEIGHT * max(lanes, 1), _GREATEST_HEIGHT) + _HEIGHT_AROUND_LANES
    return plt.figure(figsize=(_WIDTH, height), layout="constrained")


def _strings_of(chart: Chart) -> Iterator[str]:
    """Yield the strings of an account that are drawn."""
    yield chart.place
    yield from map(str, chart.counts)
    for row in chart.rows:
        yield row.label(_NAME)
        yield row.region
        yield from (printable(bar.operation.operation_type) for bar in row.bars)


def _label_rows(ax: Axes, chart: Chart, fonts: Fonts) -> None:
    """Write the names of resources, and mark every other row."""
    rows = chart.rows
    ax.set_ylim(max(chart.lanes, 1) - 0.4, -0.6)  # the first on top
    size = min(_SMALL, _NAME_HEIGHT * Canvas.of(ax, chart).lane)
    ax.set_yticks(
        [row.middle for row in rows],
        [row.label(_NAME) for row in rows],
        fontsize=size,
        fontfamily=fonts.families,
        parse_math=False,  # a name may hold dollars
    )
    ax.tick_params(axis="y", length=0)
    for row in rows[::2]:
        top, bottom = row.top - 0.5, row.top + row.lanes - 0.5
        ax.axhspan(top, bottom, color=_STRIPE, zorder=0, linewidth=0)
    _label_regions(ax, chart, fonts)


def _label_regions(ax: Axes, chart: Chart, fonts: Fonts) -> None:
    """Write each region beside its rows, with a line between two regions."""
    for region, rows in chart.regions():
        first, last = rows[0], rows[-1]
        if first.top:
            ax.axhline(first.top - 0.5, color=_GREY, linewidth=0.8, zorder=1)
        ax.text(
            1.005,
            (first.top + last.top + last.lanes - 1) / 2,
            shorten_in_the_middle(fonts.spell(region), _REGION),
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=_SMALL,
            fontweight="bold",
            fontfamily=fonts.families,
            parse_math=False,
        )


def _label_times(ax: Axes, chart: Chart, zone: tzinfo) -> None:
    from matplotlib import dates

    dated: Any = dates  # its stubs give no types
    ax.xaxis_date(zone)
    ax.set_xlim(to_number(chart.left_edge), to_number(chart.end))
    locator = dated.AutoDateLocator(tz=zone, minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dated.ConciseDateFormatter(locator, tz=zone))
    ax.xaxis.get_offset_text().set_fontsize(_SMALL)
    is_long = chart.lanes >= _LANES_WITH_TWO_AXES
    ax.tick_params(axis="x", labelsize=_SMALL, color=_GREY, top=is_long, labeltop=is_long)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6, zorder=1)
    ax.set_axisbelow(True)
    for side in ("left", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["top"].set_visible(is_long)
    ax.spines[["top", "bottom"]].set_color(_GREY)


def _add_note(canvas: Canvas, zone: tzinfo) -> None:
    """Write below the axis its zone, and what is not drawn."""
    zone_name = zone.tzname(canvas.chart.end) or ""
    note = f"{zone_name}\n{_wrap(canvas.chart.note, canvas.width, _SMALL)}".strip()
    canvas.ax.set_xlabel(note, loc="left", fontsize=_SMALL)


def _add_legend_and_title(canvas: Canvas, zone: tzinfo, fonts: Fonts) -> None:
    """Write both above the axis, and above its labels at the top if it has any."""
    from matplotlib.transforms import ScaledTranslation

    ax, chart = canvas.ax, canvas.chart
    handles, texts = canvas.legend()
    texts = [fonts.spell(shorten_in_the_middle(text, _NAME)) for text in texts]
    widths = [(width_of(text) + 4) * LETTER * _LEGEND for text in texts]
    columns = _count_columns(widths, canvas.width)
    above = 16.0 if chart.lanes >= _LANES_WITH_TWO_AXES else 3.0  # points
    legend = ax.legend(
        handles,
        texts,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=ax.transAxes + ScaledTranslation(0, above / 72, ax.figure.dpi_scale_trans),
        ncols=columns,
        frameon=False,
        prop={"family": fonts.families, "size": _LEGEND},
        handlelength=1,
        borderaxespad=0,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    lines = -(-len(texts) // columns)
    ax.set_title(
        _wrap(fonts.spell(chart.title(zone)), canvas.width, _TITLE),
        loc="left",
        fontsize=_TITLE,
        fontfamily=fonts.families,
        pad=lines * 1.6 * _LEGEND + above + 8,
        parse_math=False,
    )


def _count_columns(widths: Sequence[float], room: float) -> int:
    """Return how many columns a legend may have.

    matplotlib fills it column by column, and puts what is left over into the first ones.
    """
    for columns in range(len(widths), 1, -1):
        lines, left_over = divmod(len(widths), columns)
        ends = accumulate(lines + (column < left_over) for column in range(columns))
        if sum(max(widths[start:end]) for start, end in pairwise([0, *ends])) <= room:
            return columns
    return 1


def _wrap(text: str, width: float, size: float) -> str:
    """Return a text in lines that are no wider than so many points."""
    return fill(text, max(_NAME, int(width / (LETTER * size))))
