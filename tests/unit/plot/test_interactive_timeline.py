"""The parts that only the figure of plotly has: hovering, and a page of any width."""

from __future__ import annotations

import re
import sys
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from support.pictures import Nameless, at, in_region, operation, unfinished

from lightsail_ops.plot import interactive_timeline
from lightsail_ops.plot.widths import width_of

TOKYO = timezone(timedelta(hours=9), "JST")
TOOLBAR = 30  # pixels, as plotly.js draws it, as the next two
TITLE_LINE = 21
LEGEND_LINE = 19
LABELS = 40  # of the axis, in two lines


class TestHovering:
    def test_shows_what_an_operation_is(self) -> None:
        failed = operation(
            "web-1",
            0,
            status="Failed",
            errorCode="LimitExceeded",
            errorDetails="<Too many>",
            operationDetails="disk-1",
        )
        bar, cross = interactive_timeline([failed], zone=TOKYO).data
        assert bar.hovertext[0].split("<br>") == [
            "<b>web-1</b>",
            "Type: CreateInstance",
            "Status: Failed",
            "Region: us-west-2",
            "Created: 2026-11-01 18:00:00",
            "Changed: 2026-11-01 18:05:00",
            "Duration: 300 s",
            "Details: disk-1",
            "Error: LimitExceeded: &lt;Too many&gt;",
            "Id: web-1-0",
        ]
        assert cross.hovertext == bar.hovertext
        assert (bar.hoverinfo, cross.hoverinfo) == ("text", "text")
        assert bar.hoverlabel.bordercolor == cross.hoverlabel.bordercolor == bar.marker.color

    def test_leaves_out_what_an_operation_does_not_have(self) -> None:
        started = unfinished("a", statusChangedAt=None)
        [text] = interactive_timeline([started]).data[0].hovertext
        assert "Changed" not in text
        assert "Duration" not in text

    def test_shows_when_an_operation_was_created_that_is_older_than_the_axis(self) -> None:
        operations = [operation("a", 0, 60), unfinished("b", -24 * 60)]
        texts = [each.hovertext for each in interactive_timeline(operations, zone=UTC).data]
        assert "Created: 2026-10-31 09:00:00" in texts[1][0]

    def test_shows_long_texts_in_lines_that_fit_on_a_phone(self) -> None:
        long = operation("n" * 255, status="Failed", errorCode="E", errorDetails="名" * 500)
        [text] = interactive_timeline([long]).data[0].hovertext
        lines = re.sub("</?b>", "", text).split("<br>")
        assert "".join(lines).count("n" * 35) > 5
        assert "".join(lines).count("名") == 500
        assert max(map(width_of, lines)) <= 38


class TestPage:
    @pytest.mark.parametrize("rows", [1, 2, 30, 300])
    @pytest.mark.parametrize("grouped", [False, True])
    def test_has_toolbar_title_legend_and_axis_one_below_the_other_on_a_phone(
        self, rows: int, grouped: bool
    ) -> None:
        statuses = ["Succeeded", "Failed", "Completed", "NotStarted", "Started"]
        operations = [
            operation(f"web-{number}", number, status=statuses[number % 5])
            for number in range(rows + 5)
        ]
        figure = interactive_timeline(
            [*operations, unfinished("z", 500)], max_rows=rows, group_by_region=grouped
        )
        layout = figure.layout
        lines = 1 + layout.title.text.count("<br>")
        title_end = layout.title.pad.t + lines * TITLE_LINE
        legend_end = (1 - layout.legend.y) * layout.height
        legend_start = legend_end - LEGEND_LINE * legend_lines(figure, 245 if grouped else 340)
        assert (layout.title.y, layout.title.yref, layout.title.yanchor) == (1, "container", "top")
        assert (layout.legend.yref, layout.legend.yanchor) == ("container", "bottom")
        assert layout.title.pad.t >= TOOLBAR
        assert title_end <= legend_start
        assert legend_end + LABELS <= layout.margin.t
        assert layout.margin.t + layout.margin.b + 24 * rows <= layout.height + 24

    def test_has_lines_of_a_title_that_fit_on_a_phone(self) -> None:
        operations = [operation(f"web-{number}", number) for number in range(9)]
        layout = interactive_timeline(operations, max_rows=1, zone=UTC).layout
        lines = re.sub("<(?!br)[^>]*>", "", layout.title.text).split("<br>")
        assert lines[1] == "2026-11-01 09:08 to 09:13 UTC"
        assert max(map(len, lines)) <= 52

    def test_has_a_legend_of_one_entry_too(self) -> None:
        layout = interactive_timeline([operation("a")]).layout
        assert layout.showlegend
        assert layout.legend.orientation == "h"

    def test_leaves_most_of_its_width_to_the_bars(self) -> None:
        layout = interactive_timeline(
            [operation("n" * 255), in_region("global", "名" * 255)]
        ).layout
        assert layout.width is None  # as wide as the page
        assert layout.margin.l + layout.margin.r < 40
        for text in layout.yaxis.ticktext:
            assert sum(2 if character > "\u2fff" else 1 for character in text) <= 22

    def test_is_as_high_as_its_lanes_need(self) -> None:
        one, two, fifty = (
            interactive_timeline([operation(f"web-{number}") for number in range(count)]).layout
            for count in (1, 4, 20)
        )
        assert one.height - one.margin.t - one.margin.b == 60
        assert two.height - two.margin.t - two.margin.b == 4 * 24
        assert fifty.height - fifty.margin.t - fifty.margin.b == 20 * 24

    def test_hides_types_that_have_no_room_and_shows_them_on_zooming(self) -> None:
        figure = interactive_timeline(
            [operation("a", 0, 2), operation("a", 3, 0.5), operation("b", 0, 100)]
        )
        assert figure.layout.uniformtext.mode == "hide"
        assert {text.strip() for text in figure.data[0].text} == {"CreateInstance"}
        assert figure.data[0].constraintext == "inside"

    def test_writes_a_type_behind_the_arrow_of_what_began_earlier(self) -> None:
        operations = [operation("a", 0, 60), unfinished("b", -24 * 60)]
        [text] = interactive_timeline(operations).data[1].text
        assert text.startswith("\u00a0")

    def test_has_a_second_axis_that_moves_with_the_first(self) -> None:
        figure = interactive_timeline([operation(f"web-{number}", number) for number in range(99)])
        layout = figure.layout
        assert (layout.xaxis2.matches, layout.xaxis2.overlaying) == ("x", "x")
        assert layout.xaxis2.tickmode == "auto"  # the first one's ticks would be rounded down
        assert layout.xaxis2.range == layout.xaxis.range
        assert [trace.xaxis for trace in figure.data if trace.xaxis] == ["x2"]
        assert layout.margin.b >= LABELS

    def test_has_times_in_the_zone_that_is_passed(self) -> None:
        figure = interactive_timeline([operation("a", 0)], zone=TOKYO)
        assert figure.data[0].base[0] == "2026-11-01 18:00:00.000"
        assert figure.layout.xaxis.range[0].startswith("2026-11-01 17:59:")
        assert "18:00 to 18:05 JST" in figure.layout.title.text

    def test_has_times_in_the_zone_of_this_machine_otherwise(self) -> None:
        local = at(0).astimezone().replace(tzinfo=None).isoformat(" ", "milliseconds")
        assert interactive_timeline([operation("a", 0)]).data[0].base[0] == local

    def test_hides_bars_and_marks_of_a_status_together(self) -> None:
        bar, cross = interactive_timeline([operation("a", status="Failed")]).data
        assert bar.legendgroup == cross.legendgroup == "Failed"
        assert (bar.showlegend, cross.showlegend) == (True, False)

    def test_cannot_be_controlled_by_a_name(self) -> None:
        evil = "<a href='x'>\x1b"
        harmless = "&lt;a href=&#x27;x&#x27;&gt;\ufffd"
        operations = [
            operation(evil, status=evil, operationType=evil, id=evil),
            operation("b", location={"regionName": evil}),
        ]
        figure = interactive_timeline(operations, group_by_region=True)
        assert harmless in figure.layout.yaxis.ticktext
        assert evil.strip("\x1b") not in figure.to_json()
        texts: list[Any] = [figure.layout.title.text, figure.data[0].name, figure.data[0].text[0]]
        assert all("<a" not in text for text in texts)


class TestLook:
    def test_is_dark_letters_and_grey_lines_on_white(self) -> None:
        figure = interactive_timeline([operation("a", status="Failed")])
        layout, [bar, cross] = figure.layout, figure.data
        assert (layout.plot_bgcolor, layout.paper_bgcolor) == ("#FFFFFF", "#FFFFFF")
        assert layout.xaxis.gridcolor == "#DDE1E6"
        assert (layout.yaxis.showgrid, layout.yaxis.zeroline) == (False, False)
        for trace in (bar, cross):
            assert trace.hoverlabel.bgcolor == "#FFFFFF"
            assert trace.hoverlabel.font.color == "#1F2328"
            assert trace.hoverlabel.align == "left"

    def test_has_a_large_title_and_small_letters(self) -> None:
        figure = interactive_timeline([operation("a"), in_region("x", "b")], group_by_region=True)
        layout = figure.layout
        assert layout.title.font.size == 16
        assert "font-size:12px" in layout.title.text
        small = [layout.legend, *layout.annotations, figure.data[0].hoverlabel]
        sizes = {each.font.size for each in small}
        sizes |= {axis.tickfont.size for axis in (layout.xaxis, layout.yaxis)}
        assert sizes == {11}
        assert figure.data[0].textfont.size == layout.uniformtext.minsize == 9

    def test_has_a_title_and_a_legend_that_begin_at_the_left_of_the_page(self) -> None:
        layout = interactive_timeline([operation("a")]).layout
        assert (layout.title.x, layout.title.xanchor, layout.title.pad.l) == (0, "left", 16)
        assert (layout.legend.x, layout.legend.xref) == (0, "container")
        assert layout.legend.tracegroupgap == 0
        assert layout.legend.itemsizing == "constant"  # as small as each other

    def test_has_an_axis_of_time_at_the_top_with_level_labels(self) -> None:
        axis = interactive_timeline([operation("a")]).layout.xaxis
        assert (axis.type, axis.side, axis.tickangle) == ("date", "top", 0)

    @pytest.mark.parametrize(("rows", "is_long"), [(24, False), (25, True)])
    def test_has_another_at_the_bottom_from_twenty_five_lanes_on(
        self, rows: int, is_long: bool
    ) -> None:
        figure = interactive_timeline(
            [operation(f"web-{number}", number) for number in range(rows)]
        )
        layout = figure.layout
        assert ("xaxis2" in layout) is is_long
        assert layout.margin.b == (44 if is_long else 16)
        if is_long:
            assert (layout.xaxis2.side, layout.xaxis2.showgrid) == ("bottom", False)
            assert figure.data[-1].showlegend is False

    def test_has_the_names_of_regions_right_of_the_plot_at_their_first_rows(self) -> None:
        names = ["<" * 20, *(["us-west-2"] * 2)]
        operations = [in_region(name, f"web-{n}", n) for n, name in enumerate(names)]
        layout = interactive_timeline(operations, group_by_region=True).layout
        first, second = layout.annotations
        assert first.text == f"<b>{'&lt;' * 8}…{'&lt;' * 7}</b>"
        assert second.text == "<b>us-west-2</b>"
        for name, lane in ((first, 0), (second, 1)):
            assert (name.x, name.xref, name.xanchor, name.y) == (1, "paper", "left", lane)
            assert name.showarrow is False
        assert layout.margin.r == 116

    def test_has_stripes_and_lines_as_wide_as_the_plot(self) -> None:
        operations = [in_region("a", "web-1"), in_region("b", "web-2", 1)]
        layout = interactive_timeline(operations, group_by_region=True).layout
        stripe, line = layout.shapes
        assert (stripe.type, stripe.layer, stripe.line.width) == ("rect", "below", 0)
        assert stripe.fillcolor == "#F4F5F7"
        assert (line.type, line.line.width, line.line.color) == ("line", 1, "#8C959F")
        assert (line.y0, line.y1) == (0.5, 0.5)
        for each in (stripe, line):
            assert (each.xref, each.x0, each.x1) == ("paper", 0, 1)

    def test_has_marks_that_can_be_seen_at_any_zoom(self) -> None:
        operations = [
            operation("a", 0, 24 * 60),
            operation("b", 0, 1, status="Failed"),
            operation("c", 0, 1),
            unfinished("d", -30 * 24 * 60),
        ]
        marks = {
            each.marker.symbol: each.marker
            for each in interactive_timeline(operations).data
            if each.type == "scatter" and each.y[0] is not None
        }
        assert {symbol: marker.size for symbol, marker in marks.items()} == {
            "line-ns": 12,
            "triangle-left": 22,
            "triangle-right": 22,
            "x": 10,
        }
        edges = {symbol: (each.line.width, each.line.color) for symbol, each in marks.items()}
        assert edges["x"] == (1, "#FFFFFF")
        assert edges["line-ns"] == (2, marks["line-ns"].color)
        assert edges["triangle-left"] == (None, marks["triangle-left"].color)

    def test_has_grey_marks_in_the_legend(self) -> None:
        operations = [operation("a", 0, 60), unfinished("b", -24 * 60)]
        legend = [
            each
            for each in interactive_timeline(operations).data
            if each.type == "scatter" and each.showlegend
        ]
        assert [each.name for each in legend] == ["began earlier", "not ended"]
        assert {each.marker.color for each in legend} == {"#6E7781"}
        assert {(*each.x, *each.y) for each in legend} == {(None, None)}

    def test_has_level_types_at_the_start_of_their_bars(self) -> None:
        [bar] = interactive_timeline([operation("a", 0, 60)]).data
        assert (bar.orientation, bar.width) == ("h", 0.8)
        assert (bar.insidetextanchor, bar.textangle) == ("start", 0)

    def test_has_bars_one_over_the_other_and_no_tools_to_select_them(self) -> None:
        layout = interactive_timeline([operation("a", 0, 60)]).layout
        assert layout.barmode == "overlay"
        assert set(layout.modebar.remove) == {"select2d", "lasso2d"}

    def test_has_no_name_of_the_zone_where_it_has_none(self) -> None:
        title = interactive_timeline([operation("a")], zone=Nameless()).layout.title.text
        assert title.endswith(">2026-11-01 09:00 to 09:05</span>")


def legend_lines(figure: Any, width: float) -> int:
    """Return how many lines plotly.js makes of a legend, as measured in Chromium."""
    lines, left = 0, 0.0
    for trace in figure.data:
        if trace.showlegend:
            needed = 45 + 5.8 * len(trace.name)
            if needed > left:
                lines, left = lines + 1, width
            left -= needed
    return lines


class TestPlotly:
    def test_is_named_where_it_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for package in ("plotly", "plotly.graph_objects"):
            monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(
            ImportError, match=r"needs plotly: pip install \"lightsail-ops\[plot\]\""
        ):
            interactive_timeline([operation("a", 1)])
