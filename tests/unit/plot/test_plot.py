"""The pictures of a timeline."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from support.fakes import raw_operation

from lightsail_ops import Operation
from lightsail_ops.plot import interactive_timeline, timeline

TOKYO = timezone(timedelta(hours=9), "JST")


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    mpl.use("agg")
    yield
    plt.close("all")


def operation(name: str, minute: int, took: int = 5, **changes: object) -> Operation:
    """Return an operation that began so many minutes after nine."""
    start = datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)
    changes.setdefault("statusChangedAt", start + timedelta(minutes=took))
    return Operation.from_dict({**raw_operation(resourceName=name, createdAt=start), **changes})


def in_region(region: str, name: str, minute: int) -> Operation:
    return operation(name, minute, location={"availabilityZone": "all", "regionName": region})


def labels(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def segments(ax: Axes) -> list[Any]:
    [bars] = [each for each in ax.collections if isinstance(each, LineCollection)]
    return list(bars.get_segments())


class TestTimeline:
    def test_has_a_row_for_each_resource_in_the_order_of_their_first_operations(self) -> None:
        ax = timeline([operation("b", 9), operation("a", 3), operation("b", 1)])
        assert labels(ax) == ["b", "a"]
        assert ax.yaxis_inverted()

    def test_has_a_legend_that_counts_each_status(self) -> None:
        operations = [
            operation("a", 1),
            operation("b", 2),
            operation("c", 3, status="Failed"),
            operation("d", 4, status="Paused"),
        ]
        legend = timeline(operations).get_legend()
        assert legend is not None
        texts = [text.get_text() for text in legend.get_texts()]
        assert texts == ["Paused 1", "Succeeded 2", "Failed 1"]

    def test_has_a_title_that_says_where_and_when(self) -> None:
        ax = timeline([operation("a", 0, 24 * 60)], zone=UTC)
        assert ax.get_title(loc="left") == (
            "Lightsail operations in us-west-2, 2026-11-01 09:00 to 2026-11-02 09:00"
        )

    def test_names_no_region_where_aws_names_none(self) -> None:
        ax = timeline([operation("a", 0, location={})], zone=UTC)
        assert ax.get_title(loc="left") == "Lightsail operations, 2026-11-01 09:00 to 09:05"

    def test_draws_on_the_axes_that_it_is_given(self) -> None:
        ax = Figure().subplots()
        assert timeline([operation("a", 1)], ax) is ax
        assert not plt.get_fignums()

    def test_makes_a_figure_as_high_as_its_rows_need(self) -> None:
        low, high = (
            timeline([operation(f"web-{number}", 1) for number in range(count)]).get_figure()
            for count in (1, 50)
        )
        assert isinstance(low, Figure)
        assert isinstance(high, Figure)
        assert high.get_figheight() > low.get_figheight() + 49 * 0.2

    def test_draws_the_resources_with_the_most_recent_operations(self) -> None:
        operations = [operation(f"web-{number}", number) for number in range(1000)]
        ax = timeline(operations, max_rows=3)
        assert labels(ax) == ["web-997", "web-998", "web-999"]
        assert "997 of 1,000 resources are left out" in ax.get_xlabel()
        assert len(labels(timeline(operations))) == 100

    def test_keeps_the_rows_of_a_region_together(self) -> None:
        operations = [
            in_region("us-west-2", "a", 1),
            in_region("eu-west-1", "b", 2),
            in_region("us-west-2", "c", 3),
        ]
        ax = timeline(operations, group_by_region=True)
        assert labels(ax) == ["b", "a", "c"]
        assert [text.get_text() for text in ax.texts] == ["eu-west-1", "us-west-2"]

    def test_has_times_in_the_zone_that_it_is_given(self) -> None:
        ax = timeline([operation("a", 0, 60)], zone=TOKYO)
        ax.figure.canvas.draw()
        assert ax.get_xlabel() == "JST"
        assert "18:00" in [label.get_text() for label in ax.get_xticklabels()]

    def test_draws_what_has_not_ended_up_to_now(self) -> None:
        ax = timeline([operation("a", 0, isTerminal=False, status="Started")])
        [[_, (end, _)]] = segments(ax)
        assert end == pytest.approx(datetime.now(UTC).timestamp() / 86400, abs=0.01)

    def test_draws_an_operation_that_took_no_time(self) -> None:
        ax = timeline([operation("a", 0, statusChangedAt=None), operation("b", 1000, 1000)])
        (start, _), (end, _) = segments(ax)[0]
        assert start < end

    def test_tells_resources_of_the_same_name_apart_by_their_regions(self) -> None:
        ax = timeline([operation("a", 1), in_region("us-east-1", "a", 2)])
        assert labels(ax) == ["a (us-west-2)", "a (us-east-1)"]
        assert labels(timeline([operation("a", 1), in_region("global", "b", 2)])) == ["a", "b"]

    @pytest.mark.filterwarnings("ignore:Glyph:UserWarning")  # what no font has
    @pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
    def test_can_save_a_name_of_any_kind(self, kind: str) -> None:
        ax = timeline([operation("$x^ \ud800 \x1b[31m 名前 <&>", 1, status="$\\frac")])
        figure = ax.figure
        assert isinstance(figure, Figure)
        figure.savefig(io.BytesIO(), format=kind)
        assert labels(ax) == ["$x^ \ufffd \ufffd[31m 名前 <&>"]


class TestInteractiveTimeline:
    def test_has_bars_for_each_status_those_of_failures_on_top(self) -> None:
        figure = interactive_timeline(
            [
                operation("b", 1, status="Failed"),
                operation("a", 0),
                operation("c", 2, status="Paused"),
                operation("a", 3),
            ]
        )
        assert [trace.name for trace in figure.data] == ["Paused 1", "Succeeded 2", "Failed 1"]
        assert list(figure.layout.yaxis.ticktext) == ["a", "b", "c"]
        assert list(figure.data[1].y) == [0, 0]
        assert list(figure.data[1].x) == [300_000, 300_000]

    def test_shows_what_an_operation_is_where_the_pointer_is(self) -> None:
        failed = operation(
            "web-1",
            0,
            status="Failed",
            errorCode="LimitExceeded",
            errorDetails="<Too many>",
            operationDetails="disk-1",
        )
        figure = interactive_timeline([failed], zone=TOKYO)
        assert figure.data[0].hovertext[0].split("<br>") == [
            "<b>web-1</b>",
            "Type: CreateInstance",
            "Status: Failed",
            "Region: us-west-2",
            "Created: 2026-11-01 18:00:00",
            "Changed: 2026-11-01 18:05:00",
            "Duration: 300 s",
            "Details: disk-1",
            "Error: LimitExceeded: &lt;Too many&gt;",
            "Id: id-1",
        ]

    def test_leaves_out_what_an_operation_does_not_have(self) -> None:
        started = operation("a", 0, isTerminal=False, status="Started", statusChangedAt=None)
        [text] = interactive_timeline([started]).data[0].hovertext
        assert "Changed" not in text
        assert "Duration" not in text

    def test_draws_the_resources_with_the_most_recent_operations(self) -> None:
        operations = [operation(f"web-{number}", number) for number in range(1000)]
        figure = interactive_timeline(operations)
        assert len(figure.layout.yaxis.ticktext) == 300
        assert "700 of 1,000 resources are left out" in figure.layout.xaxis.title.text

    def test_keeps_the_rows_of_a_region_together(self) -> None:
        operations = [in_region("us-west-2", "a", 1), in_region("eu-west-1", "b", 2)]
        figure = interactive_timeline(operations, group_by_region=True)
        assert list(figure.layout.yaxis.ticktext) == ["b", "a"]
        texts = [annotation.text for annotation in figure.layout.annotations]
        assert texts == ["<b>eu-west-1</b>", "<b>us-west-2</b>"]

    def test_cannot_be_controlled_by_a_name(self) -> None:
        figure = interactive_timeline([operation("<a href='x'>\x1b", 1)])
        assert list(figure.layout.yaxis.ticktext) == ["&lt;a href=&#x27;x&#x27;&gt;\ufffd"]


@pytest.mark.parametrize("draw", [timeline, interactive_timeline])
class TestWrongArguments:
    def test_no_operations_are_a_value_error(self, draw: Any) -> None:
        with pytest.raises(ValueError, match="no operations to draw"):
            draw([])

    def test_fewer_rows_than_one_are_a_value_error(self, draw: Any) -> None:
        with pytest.raises(ValueError, match="max_rows must be 1 or more, not 0"):
            draw([operation("a", 1)], max_rows=0)

    def test_a_missing_package_is_named(self, draw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for package in ("matplotlib", "plotly", "plotly.graph_objects"):
            monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(ImportError, match=r"pip install \"lightsail-ops\[plot\]\""):
            draw([operation("a", 1)])
