"""The bars, marks and labels of operations on an Axes of matplotlib."""

# pyright: reportUnknownMemberType=false
# matplotlib's stubs leave the **kwargs of nearly all of its methods without a type.

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from lightsail_ops.enums import OperationStatus
from lightsail_ops.plot.chart import Bar, Chart, Mark, Marks
from lightsail_ops.plot.fonts import Fonts
from lightsail_ops.plot.layout import place_labels
from lightsail_ops.plot.statuses import style_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

LETTER = 0.62  # of a font's size: the mean width of a character

_BAR = 0.66  # of a lane's height
_LARGEST_LANE = 17.0  # points: in a higher lane, marks and letters do not grow
_SHORTEST = 2.0  # points, as the next two
_SPLIT = 8.0  # a longer bar has an edge, which keeps it apart from its neighbours
_EDGE = 0.6
_LETTERS = 0.42  # of a lane's height
_SMALLEST_LETTERS = 4.5  # points, as the next two
_PADDING = 2.5
_LEGEND_MARK = 9.0
_BARS = 2.0  # a depth, as the next one: what is drawn later lies on top within it
_IN_FRONT = 3.0
_GREY = "#6E7781"
_INK = "#424A53"


@attrs.frozen
class _Look:
    """The look of a mark."""

    shape: str
    """A marker of matplotlib."""

    size: float
    """The width or height, as a share of a lane's height."""

    edge: str | None = None
    """The colour of the edge, if it is not the status's."""

    edge_width: float = _EDGE


_LOOKS = {
    Mark.SHORT: _Look("|", 0.95, edge_width=1.5),
    Mark.CUT: _Look("<", 0.9),
    Mark.OPEN: _Look(">", 0.9),
    Mark.FAILED: _Look("X", 0.6, edge="white"),
}


@attrs.frozen
class Canvas:
    """An Axes with a chart's limits, and the size of what is drawn on it, in points."""

    ax: Axes
    chart: Chart
    width: float
    """Of the axis of time."""

    lane: float
    """The height of a lane, as far as marks and letters grow with it."""

    @classmethod
    def of(cls, ax: Axes, chart: Chart) -> Canvas:
        """Return an Axes that has the place in its figure that it will have."""
        extent = ax.get_window_extent()
        points = 72 / ax.figure.dpi
        lane = extent.height * points / max(chart.lanes, 1)
        return cls(ax, chart, extent.width * points, min(lane, _LARGEST_LANE))

    def draw(self, fonts: Fonts) -> None:
        """Draw the bars of all operations, their marks, and their types where there is room."""
        for count in self.chart.counts:
            self._draw_bars(count.status)
            self._draw_marks(count.status)
        self._write_types(fonts)

    def legend(self) -> tuple[list[Artist], list[str]]:
        """Return a handle and a text for each status, and for each mark that is not its own."""
        from matplotlib.patches import Patch

        handles: list[Artist] = []
        for count in self.chart.counts:
            colour = style_of(count.status).colour
            is_failure = count.status == OperationStatus.FAILED
            handles.append(_explain(Mark.FAILED, colour) if is_failure else Patch(color=colour))
        marks = [mark for mark in self._marks if mark is not Mark.FAILED]
        handles += [_explain(mark, _GREY) for mark in marks]
        return handles, [*map(str, self.chart.counts), *(mark.value for mark in marks)]

    @property
    def _marks(self) -> Marks:
        return self.chart.marks(_SHORTEST / self.width)

    def _draw_bars(self, status: OperationStatus) -> None:
        from matplotlib.collections import PolyCollection

        bars = [bar for bar in self.chart.bars if bar.status == status]
        lengths = [self.chart.share(bar.start, bar.end) * self.width for bar in bars]
        collection = PolyCollection(
            list(map(_corners_of, bars)),
            facecolors=style_of(status).colour,
            edgecolors="white",
            linewidths=[_EDGE if length > _SPLIT else 0 for length in lengths],
            zorder=_BARS,
        )
        self.ax.add_collection(collection, autolim=False)

    def _draw_marks(self, status: OperationStatus) -> None:
        for mark, places in self._marks.items():
            points = [(to_number(time), bar.lane) for bar, time in places if bar.status == status]
            look = _LOOKS[mark]
            if points:
                self.ax.scatter(
                    [x for x, _ in points],
                    [y for _, y in points],
                    s=(self.lane * look.size) ** 2,
                    c=style_of(status).colour,
                    marker=look.shape,
                    edgecolors=look.edge,
                    linewidths=look.edge_width,
                    zorder=_IN_FRONT,
                )

    def _write_types(self, fonts: Fonts) -> None:
        size = self.lane * _LETTERS
        if size < _SMALLEST_LETTERS:
            return
        mark = self.lane * _LOOKS[Mark.FAILED].size
        columns = self.width / (size * LETTER)
        markers = mark / (size * LETTER)
        for label in place_labels(self.chart, columns, markers=markers, spell=fonts.spell):
            bar, is_inside = label.bar, label.is_inside
            room = mark / 2 if bar.is_cut or not is_inside else 0
            self.ax.annotate(
                label.text,
                (to_number(bar.start if is_inside else bar.end), bar.lane),
                xytext=(_PADDING + room, 0),
                textcoords="offset points",
                va="center_baseline",
                color=style_of(bar.status).text_colour if is_inside else _INK,
                fontsize=size,
                fontfamily=fonts.families,
                parse_math=False,
                zorder=_IN_FRONT,
            )


def to_number(time: datetime) -> float:
    """Return a time as matplotlib counts, in days since its epoch."""
    from matplotlib import dates

    dated: Any = dates  # its stubs give no types
    return float(dated.date2num(time))


def _explain(mark: Mark, colour: str) -> Line2D:
    """Return a mark for a legend."""
    from matplotlib.lines import Line2D

    look = _LOOKS[mark]
    return Line2D(
        [],
        [],
        linestyle="",
        color=colour,
        marker=look.shape,
        markersize=_LEGEND_MARK,
        markeredgecolor=look.edge or colour,
        markeredgewidth=look.edge_width,
    )


def _corners_of(bar: Bar) -> list[tuple[float, float]]:
    left, right = to_number(bar.start), to_number(bar.end)
    top, bottom = bar.lane - _BAR / 2, bar.lane + _BAR / 2
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
