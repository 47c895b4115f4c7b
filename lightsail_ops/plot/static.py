"""A timeline of operations by matplotlib."""

# pyright: reportUnknownMemberType=false
# matplotlib's stubs leave the **kwargs of nearly all of its methods without a type.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lightsail_ops._printable import printable
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation
from lightsail_ops.plot.chart import Bar, Chart, Row
from lightsail_ops.plot.layout import EARLIEST, LATEST, chart_of
from lightsail_ops.plot.statuses import sort_statuses, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    Axes = object  # for get_type_hints; matplotlib is imported when it draws

_WIDTH = 11.0  # inches, as all of these
_ROW_HEIGHT = 0.24
_HEIGHT_AROUND_ROWS = 1.6
_GREY = "#B0B0B0"
_LEAST_ROOM = 30 / 86400  # days


def timeline(
    operations: Iterable[Operation],
    ax: Axes | None = None,
    *,
    zone: tzinfo | None = None,
    max_rows: int | None = 100,
    group_by_region: bool = False,
) -> Axes:
    """Draw a row for each resource, and in it a bar for each operation, coloured by status.

    A bar reaches from the operation's creation to its last change, or to now if it has not ended.
    The resource with the first operation is on top.

    Args:
        operations: what to draw, such as a client's `operations()`; at least one.
        ax: where to draw. Defaults to the only Axes of a new figure, as high as the rows need.
        zone: of the times on the axis. Defaults to this machine's, as it is now.
        max_rows: how many resources to draw: those with the most recent operations. A line below
            the axis says how many are left out. None draws all.
        group_by_region: whether the rows of each region stand together.

    Returns:
        The Axes, to be changed further. `.figure.savefig("timeline.svg")` saves it.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: there are no operations, or `max_rows` is below 1.
    """
    now = datetime.now(UTC)
    chart = chart_of(operations, now=now, max_rows=max_rows, group_by_region=group_by_region)
    ax = ax or _new_axes(len(chart.rows))
    zone = zone or now.astimezone().tzinfo or UTC
    _draw_bars(ax, chart)
    _label_rows(ax, chart.rows)
    if chart.is_grouped:
        _label_groups(ax, chart.rows)
    _label_times(ax, chart, zone)
    _add_legend(ax)
    ax.set_title(chart.title(zone), loc="left", fontsize=11, pad=28)
    return ax


def _new_axes(rows: int) -> Axes:
    try:
        from matplotlib import pyplot as plt  # late: it takes a second
    except ImportError as error:
        raise ImportError(
            'lightsail_ops.plot needs matplotlib: pip install "lightsail-ops[plot]"'
        ) from error
    height = _ROW_HEIGHT * rows + _HEIGHT_AROUND_ROWS
    _, ax = plt.subplots(figsize=(_WIDTH, height), layout="constrained")
    return ax


def _draw_bars(ax: Axes, chart: Chart) -> None:
    bars = [(number, bar) for number, row in enumerate(chart.rows) for bar in row.bars]
    ax.set_ylim(len(chart.rows) - 0.4, -0.6)  # the first on top
    extent = ax.get_window_extent()
    row_height = extent.height / len(chart.rows) * 72 / ax.figure.dpi  # points
    width = min(9.0, 0.6 * row_height)
    start, end = _limits(chart)
    ax.set_xlim(start, end)
    # What is shorter than a pixel would not be drawn; with its round caps it is a dot.
    least = (end - start) * 4 / extent.width
    for depth, status in enumerate(sort_statuses(bar.status for _, bar in bars), start=2):
        of_status = [(number, bar) for number, bar in bars if bar.status == status]
        if of_status:
            _draw_status(ax, status, of_status, width=width, least=least, depth=depth)


def _draw_status(
    ax: Axes,
    status: OperationStatus,
    bars: Sequence[tuple[int, Bar]],
    *,
    width: float,
    least: float,
    depth: int,
) -> None:
    rows = [row for row, _ in bars]
    starts = [_to_days(bar.start) for _, bar in bars]
    ends = [
        max(_to_days(bar.end), start + least) for start, (_, bar) in zip(starts, bars, strict=True)
    ]
    ax.hlines(
        rows,
        starts,
        ends,
        colors=style_of(status).colour,
        label=f"{printable(status)} {len(bars):,}",
        linewidth=width,
        capstyle="round",
        zorder=depth,
    )
    if status == OperationStatus.FAILED:  # a cross, for those who do not see the colour
        ax.scatter(
            [(start + end) / 2 for start, end in zip(starts, ends, strict=True)],
            rows,
            (0.45 * width) ** 2,
            "white",
            marker="x",
            linewidths=0.11 * width,
            zorder=depth + 0.5,
        )


def _limits(chart: Chart) -> tuple[float, float]:
    """Return where the axis of time begins and ends, in days, with a little room for the bars."""
    start, end = _to_days(chart.start), _to_days(chart.end)
    room = max((end - start) * 0.02, _LEAST_ROOM)
    return max(start - room, _to_days(EARLIEST)), min(end + room, _to_days(LATEST))


def _to_days(time: datetime) -> float:
    """Return a time as matplotlib counts: in days since 1970."""
    return time.timestamp() / 86400


def _label_rows(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_yticks(range(len(rows)), [row.label(40) for row in rows], fontsize=8)
    for label in ax.get_yticklabels():
        label.set_parse_math(False)  # a name may hold dollars
    ax.tick_params(axis="y", length=0)
    for number in range(0, len(rows), 2):
        ax.axhspan(number - 0.5, number + 0.5, color="#F4F5F7", zorder=0, linewidth=0)


def _label_groups(ax: Axes, rows: Sequence[Row]) -> None:
    """Write each region beside its rows, with a line between two regions."""
    top = 0
    for region, group in groupby(rows, key=lambda row: row.region):
        bottom = top + len(list(group))
        if top:
            ax.axhline(top - 0.5, color=_GREY, linewidth=0.8, zorder=1)
        ax.text(
            1.005,
            (top + bottom - 1) / 2,
            region,
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=8,
            fontweight="bold",
            parse_math=False,
        )
        top = bottom


def _label_times(ax: Axes, chart: Chart, zone: tzinfo) -> None:
    from matplotlib import dates

    dated: Any = dates  # its stubs give no types
    locator = dated.AutoDateLocator(tz=zone, minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dated.ConciseDateFormatter(locator, tz=zone))
    ax.xaxis.get_offset_text().set_fontsize(8)
    zone_name = zone.tzname(chart.end) or ""
    ax.set_xlabel(f"{zone_name}   {chart.note}".strip(), loc="left", fontsize=8)
    ax.tick_params(axis="x", labelsize=8, color=_GREY)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6, zorder=1)
    ax.set_axisbelow(True)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(_GREY)


def _add_legend(ax: Axes) -> None:
    legend = ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=6,
        frameon=False,
        fontsize=9,
        handlelength=1,
        borderaxespad=0.3,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
