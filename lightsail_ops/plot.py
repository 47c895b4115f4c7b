"""A timeline of operations, drawn by matplotlib (extra `plot`)."""

# pyright: reportUnknownMemberType=false
# matplotlib's stubs leave the **kwargs of nearly all of its methods without a type.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from lightsail_ops._timeline import STATUSES, Row, printable, rows_of
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["timeline"]

# Okabe and Ito's colours, which colour-blind people can tell apart.
_COLOURS = {
    OperationStatus.SUCCEEDED: "#009E73",
    OperationStatus.COMPLETED: "#7CC9AE",
    OperationStatus.NOT_STARTED: "#B0B0B0",
    OperationStatus.STARTED: "#0072B2",
    OperationStatus.FAILED: "#D55E00",
}
_COLOUR_OF_OTHERS = "#CC79A7"

_WIDTH = 11.0  # inches, as all of these
_ROW_HEIGHT = 0.24
_HEIGHT_AROUND_ROWS = 1.1
_MOST_HEIGHT = 160.0  # what a picture of 100 dots an inch may have


def timeline(
    operations: Iterable[Operation], ax: Axes | None = None, *, zone: tzinfo | None = None
) -> Axes:
    """Draw a row for each resource, and in it a bar for each operation, coloured by status.

    A bar reaches from when the operation was created to its last change, or to now if it has
    not ended. The rows are in the order of their first operations, the earliest on top.

    Args:
        operations: what to draw, such as a client's `operations()`; at least one.
        ax: where to draw; the only Axes of a new figure, as high as the rows need, unless given.
        zone: of the times on the axis; this machine's, as it is now, unless given.

    Returns:
        The Axes, to be changed further; `.figure.savefig("timeline.svg")` saves it.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: there are no operations.
    """
    now = datetime.now(UTC)
    rows = rows_of(operations, now)
    if not rows:
        raise ValueError("there are no operations to draw")
    ax = ax or _axes_for(len(rows))
    _draw_bars(ax, rows)
    _label_rows(ax, rows)
    _label_times(ax, zone or now.astimezone().tzinfo or UTC)
    _add_legend(ax)
    return ax


def _axes_for(rows: int) -> Axes:
    try:
        from matplotlib import pyplot as plt  # late: it takes a second
    except ImportError as error:
        raise ImportError(
            'lightsail_ops.plot needs matplotlib: pip install "lightsail-ops[plot]"'
        ) from error
    height = min(_MOST_HEIGHT, _ROW_HEIGHT * rows + _HEIGHT_AROUND_ROWS)
    _, ax = plt.subplots(figsize=(_WIDTH, height), layout="constrained")
    return ax


def _draw_bars(ax: Axes, rows: Sequence[Row]) -> None:
    bars = [(number, bar) for number, row in enumerate(rows) for bar in row.bars]
    ax.set_ylim(len(rows) - 0.4, -0.6)  # the first on top
    extent = ax.get_window_extent()
    points_of_row = extent.height / len(rows) * 72 / ax.figure.dpi
    width = min(9.0, 0.6 * points_of_row)
    # What is shorter than a pixel would not be drawn; with its round caps it is a dot.
    span = max(bar.end for _, bar in bars) - min(bar.start for _, bar in bars)
    least = span * 4 / extent.width
    others = sorted({bar.status for _, bar in bars} - set(STATUSES))
    for depth, status in enumerate([*others, *STATUSES], start=2):
        of_status = [(number, bar) for number, bar in bars if bar.status == status]
        if not of_status:
            continue
        places = [number for number, _ in of_status]
        starts = [_days(bar.start) for _, bar in of_status]
        ends = [_days(max(bar.end, bar.start + least)) for _, bar in of_status]
        ax.hlines(
            places,
            starts,
            ends,
            colors=_COLOURS.get(status, _COLOUR_OF_OTHERS),
            label=f"{printable(status)} {len(of_status):,}",
            linewidth=width,
            capstyle="round",
            zorder=depth,
        )
        if status == OperationStatus.FAILED:  # a cross, for those who do not see the colour
            middles = [(start + end) / 2 for start, end in zip(starts, ends, strict=True)]
            ax.scatter(
                middles,
                places,
                (0.45 * width) ** 2,
                "white",
                marker="x",
                linewidths=0.11 * width,
                zorder=depth + 0.5,
            )


def _days(moment: datetime) -> float:
    """Return a moment as matplotlib counts: in days since 1970."""
    return moment.timestamp() / 86400


def _label_rows(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_yticks(range(len(rows)), [row.label for row in rows], fontsize=8)
    for label in ax.get_yticklabels():
        label.set_parse_math(False)  # a name may hold dollars
    ax.tick_params(axis="y", length=0)
    for number in range(0, len(rows), 2):
        ax.axhspan(number - 0.5, number + 0.5, color="#F4F5F7", zorder=0, linewidth=0)


def _label_times(ax: Axes, zone: tzinfo) -> None:
    from matplotlib import dates

    dated: Any = dates  # its stubs give no types
    locator = dated.AutoDateLocator(tz=zone, minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dated.ConciseDateFormatter(locator, tz=zone))
    ax.xaxis.get_offset_text().set_fontsize(8)
    ax.set_xlabel(zone.tzname(datetime.now(zone)) or "", loc="left", fontsize=8)
    ax.tick_params(axis="x", labelsize=8, color="#B0B0B0")
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6, zorder=1)
    ax.set_axisbelow(True)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color("#B0B0B0")


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
