"""The parts that only the picture by matplotlib has: Axes, fonts and files."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from support.pictures import Nameless, in_region, operation, read_axes, unfinished

from lightsail_ops.plot import timeline
from lightsail_ops.plot.layout import chart_of, place_labels

TOKYO = timezone(timedelta(hours=9), "JST")
BUNDLED = Path(mpl.get_data_path())


def figure_of(ax: Axes) -> Figure:
    assert isinstance(ax.figure, Figure)
    return ax.figure


def title_of(ax: Any) -> Any:
    [title] = [text for text in ax.findobj(Text) if "operations in" in text.get_text()]
    return title


def region_names(ax: Axes) -> list[Text]:
    return [text for text in ax.texts if not isinstance(text, Annotation)]


def labels(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


class TestTypes:
    def test_leave_room_for_the_mark_beside_them(self) -> None:
        operations = [
            operation("inside", 0, 60),
            operation("outside", 0, 1),
            unfinished("old", -60 * 24 * 30),
        ]
        ax = timeline(operations)
        rows = dict(zip(labels(ax), ax.get_yticks(), strict=True))
        types = [each for each in ax.texts if isinstance(each, Annotation)]
        room = {each.xy[1]: each.xyann[0] for each in types}
        assert room[rows["inside"]] < room[rows["outside"]]
        assert room[rows["inside"]] < room[rows["old"]]  # it has an arrow at its start

    @pytest.mark.parametrize(("status", "has_room"), [("Succeeded", True), ("Failed", False)])
    def test_have_no_room_where_the_mark_of_a_failure_takes_it(
        self, status: str, has_room: bool
    ) -> None:
        operations = [operation("a", 0, 0, status=status), operation("b", 0, 60)]
        chart = chart_of(operations, now=operations[1].created_at)
        columns = len("CreateInstance") + 1
        found = [
            label.bar.operation.resource_name for label in place_labels(chart, columns, markers=1)
        ]
        assert found == (["a"] if has_room else [])


class TestAxes:
    def test_are_those_that_are_passed(self) -> None:
        ax = Figure().subplots()
        assert timeline([operation("a", 1)], ax) is ax
        assert not plt.get_fignums()

    def test_are_new_otherwise(self) -> None:
        ax = timeline([operation("a", 1)])
        assert plt.get_fignums() == [figure_of(ax).number]

    @pytest.mark.heavy
    def test_may_be_a_part_of_a_figure(self) -> None:
        figure = Figure(figsize=(8, 4), layout="constrained")
        parts: Any = figure.subfigures(1, 2)
        timeline([operation(f"web-{number}", number) for number in range(40)], parts[0].subplots())
        timeline([], parts[1].subplots())
        figure.savefig(io.BytesIO())

    @pytest.mark.heavy
    def test_are_as_high_as_their_rows_need(self) -> None:
        low, high = (
            figure_of(timeline([operation(f"web-{number}") for number in range(count)]))
            for count in (1, 50)
        )
        assert high.get_figheight() == pytest.approx(low.get_figheight() + 49 * 0.24)

    @pytest.mark.heavy
    def test_are_no_higher_than_a_png_may_be(self) -> None:
        operations = [operation(f"web-{n % 315}", id=str(n)) for n in range(1260)]  # 4 lanes each
        figure = figure_of(timeline(operations, max_rows=None))
        assert 300 < figure.get_figheight() < 302
        assert figure.get_figheight() * 200 < 2**16  # at 200 dots per inch

    def test_have_all_in_the_figure_whatever_the_names(self) -> None:
        names = ["n" * 255, "名" * 255, "short"]
        operations = [
            in_region(region, name) for name in names for region in ("us-west-2", "x" * 99)
        ]
        ax = timeline([*operations, operation("a", status="s" * 255)], group_by_region=True)
        figure = figure_of(ax)
        figure.draw_without_rendering()
        tight = figure.get_tightbbox()
        assert 0 <= tight.x0 < tight.x1 <= figure.get_figwidth()
        assert 0 <= tight.y0 < tight.y1 <= figure.get_figheight()
        assert ax.get_position().width > 0.4  # of the figure

    @pytest.mark.heavy
    @pytest.mark.parametrize("rows", [7, 70])
    def test_have_title_legend_and_axis_one_above_the_other(self, rows: int) -> None:
        statuses = ["Failed", "Started", "NotStarted", "Completed", *(c * 40 for c in "abc")]
        operations = [
            operation(f"web-{number}", number, status=statuses[number % 7])
            for number in range(rows)
        ]
        ax: Any = timeline([*operations, unfinished("x", -1)])
        figure_of(ax).draw_without_rendering()
        labels = [tick.label2 for tick in ax.xaxis.get_major_ticks() if tick.label2.get_visible()]
        assert bool(labels) is (rows > 30)
        top = max(each.get_window_extent().y1 for each in [ax, *labels])
        legend = ax.get_legend().get_window_extent()
        [title] = [
            text for text in ax.findobj(Text) if text.get_text().startswith("Lightsail operations")
        ]
        assert top <= legend.y0
        assert legend.y1 <= title.get_window_extent().y0
        assert legend.x1 <= figure_of(ax).bbox.x1

    def test_have_smaller_names_where_rows_are_low(self) -> None:
        low, high = (Figure(figsize=(4, height)).subplots() for height in (2, 8))
        heights: list[float] = []
        for ax in (low, high):
            timeline([operation(f"web-{number}") for number in range(30)], ax)
            heights.append(ax.get_yticklabels()[0].get_window_extent().height)
        assert heights[0] < 0.6 * heights[1]

    def test_look_the_same_at_any_resolution(self) -> None:
        sizes: list[list[float]] = []
        for dpi in (50, 200):
            ax: Any = timeline(
                [operation("short", 1, 0), *(operation(f"web-{n}", 0, 60) for n in range(8))],
                Figure(figsize=(6, 2), dpi=dpi).subplots(),
            )
            written = [*ax.texts, *ax.get_yticklabels()]
            marks = [each for each in ax.collections if len(each.get_sizes())]
            sizes.append([*(each.get_fontsize() for each in written), *marks[0].get_sizes()])
        assert sizes[0] == pytest.approx(sizes[1])
        assert min(sizes[0]) < 6 < max(sizes[0])  # there are types, and they are small

    @pytest.mark.heavy
    @pytest.mark.parametrize(("rows", "at_the_top"), [(29, False), (30, True)])
    def test_have_a_second_axis_of_time_from_thirty_lanes_on(
        self, rows: int, at_the_top: bool
    ) -> None:
        ax = timeline([operation(f"web-{number}", number) for number in range(rows)])
        assert read_axes(ax).has_axis_at_both_ends is at_the_top
        lines = {side for side, spine in ax.spines.items() if spine.get_visible()}
        assert lines == ({"top", "bottom"} if at_the_top else {"bottom"})
        assert {to_hex(ax.spines[side].get_edgecolor()) for side in lines} == {"#b0b0b0"}

    def test_have_lines_for_the_times_behind_the_bars(self) -> None:
        ax: Any = timeline([operation("a", 0, 60)])
        [across, *_], [along, *_] = ax.get_xgridlines(), ax.get_ygridlines()
        assert (across.get_visible(), along.get_visible()) == (True, False)
        assert 0 < across.get_linewidth() < 1
        assert ax.get_axisbelow() is True
        stripe, bars = ax.patches[0], ax.collections[0]
        assert stripe.get_zorder() < across.get_zorder() < bars.get_zorder()
        assert stripe.get_linewidth() == 0

    def test_have_names_without_lines_beside_them(self) -> None:
        ax = timeline([operation("a", 0, 60)])
        assert {line.get_markersize() for line in ax.yaxis.get_ticklines()} == {0}

    @pytest.mark.parametrize("minutes", [0.1, 3, 50, 24 * 60, 9 * 24 * 60, 700 * 24 * 60])
    def test_have_some_times_whatever_their_length(self, minutes: float) -> None:
        ax = timeline([operation("a", 0, minutes)], zone=UTC)
        assert 4 <= len(ax.get_xticks()) <= 10

    def test_have_small_letters_but_for_the_legend_and_the_title(self) -> None:
        ax: Any = timeline([operation("a"), in_region("eu-west-1", "b")], group_by_region=True)
        figure_of(ax).draw_without_rendering()
        small = [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label]
        small += [ax.xaxis.get_offset_text(), *region_names(ax)]
        assert {text.get_fontsize() for text in small} == {8}
        assert [text.get_fontsize() for text in ax.get_legend().get_texts()] == [9]
        assert title_of(ax).get_fontsize() == 11

    def test_have_all_texts_above_and_below_begin_at_the_left(self) -> None:
        ax: Any = timeline([operation("a")])
        figure_of(ax).draw_without_rendering()
        left = ax.get_window_extent().x0
        for text in (ax.xaxis.label, title_of(ax), ax.get_legend()):
            assert text.get_window_extent().x0 == pytest.approx(left, abs=3)

    def test_have_a_legend_without_a_frame(self) -> None:
        legend: Any = timeline([operation("a")]).get_legend()
        assert not legend.get_frame_on()

    def test_have_a_legend_with_marks_as_high_as_its_letters(self) -> None:
        operations = [operation("a", status="Failed"), unfinished("b"), operation("c", 0, 1e6)]
        legend: Any = timeline(operations).get_legend()
        marks = [each for each in legend.legend_handles if isinstance(each, Line2D)]
        assert [each.get_marker() for each in marks] == ["X", ">"]
        assert {each.get_markersize() for each in marks} == {9}
        assert {each.get_linestyle() for each in marks} == {"None"}
        assert to_hex(marks[0].get_markeredgecolor()) == "#ffffff"
        assert to_hex(marks[1].get_markeredgecolor()) == to_hex(marks[1].get_color()) == "#6e7781"

    def test_have_a_legend_and_a_title_in_as_many_lines_as_their_width_makes_necessary(
        self,
    ) -> None:
        operations = [
            operation(f"web-{number}", number, status=status)
            for number, status in enumerate(["Failed", "Started", "NotStarted", "Completed"])
        ]
        heights: list[float] = []
        for width in (2, 12):
            ax: Any = timeline(operations, Figure(figsize=(width, 4)).subplots(), zone=UTC)
            figure_of(ax).draw_without_rendering()
            heights.append(ax.get_legend().get_window_extent().height)
            assert title_of(ax).get_text().count("\n") == (2 if width == 2 else 0)
        assert heights[0] > 3 * heights[1]

    def test_have_no_types_where_rows_are_low(self) -> None:
        ax = Figure(figsize=(4, 2)).subplots()
        picture = read_axes(timeline([operation(f"web-{number}") for number in range(30)], ax))
        assert picture.types == []


class TestRegions:
    def test_stand_beside_the_middle_of_their_rows_in_bold(self) -> None:
        operations = [
            in_region("eu-west-1", "a", 1),
            in_region("us-west-2", "b", 2),
            *(in_region("us-west-2", "c", minute) for minute in (3, 4)),
            in_region("us-west-2", "d", 9),
        ]
        ax = timeline(operations, group_by_region=True)
        first, second = region_names(ax)
        assert [first.get_text(), second.get_text()] == ["eu-west-1", "us-west-2"]
        assert [first.get_position()[1], second.get_position()[1]] == [0, 2.5]
        assert 1 < first.get_position()[0] < 1.01  # right of the rows
        assert {first.get_fontweight(), second.get_fontweight()} == {"bold"}
        assert {first.get_verticalalignment(), second.get_verticalalignment()} == {"center"}

    def test_have_a_thin_grey_line_between_them(self) -> None:
        operations = [in_region("eu-west-1", "a", 1), in_region("us-west-2", "b", 2)]
        ax = timeline(operations, group_by_region=True)
        [line] = ax.lines
        assert 0 < line.get_linewidth() < 1
        assert to_hex(line.get_color()) == "#b0b0b0"
        assert line.get_zorder() < min(each.get_zorder() for each in ax.collections)

    def test_have_long_names_that_are_shortened_in_the_middle(self) -> None:
        ax = timeline([in_region("x" * 20 + "y" * 20, "a")], group_by_region=True)
        assert [text.get_text() for text in region_names(ax)] == ["x" * 12 + "…" + "y" * 11]


class TestTimes:
    def test_have_no_name_of_the_zone_where_it_has_none(self) -> None:
        assert timeline([operation("a")], zone=Nameless()).get_xlabel() == ""

    def test_are_in_the_zone_that_is_passed(self) -> None:
        ax = timeline([operation("a", 0, 60)], zone=TOKYO)
        ax.figure.canvas.draw()
        assert ax.get_xlabel() == "JST"
        assert "18:00" in [label.get_text() for label in ax.get_xticklabels()]
        assert ax.get_title(loc="left").endswith("2026-11-01 18:00 to 19:00")

    def test_are_in_the_zone_of_this_machine_otherwise(self) -> None:
        assert timeline([operation("a")]).get_xlabel() == datetime.now().astimezone().tzname()

    def test_of_several_days_have_dates_in_the_title(self) -> None:
        ax = timeline([operation("a", 0, 24 * 60)], zone=UTC)
        assert ax.get_title(loc="left") == (
            "Lightsail operations in us-west-2, 2026-11-01 09:00 to 2026-11-02 09:00"
        )


class TestFonts:
    @pytest.fixture
    def bundled(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """Hide all fonts but those that come with matplotlib, and return them."""
        fonts = [
            font
            for font in font_manager.fontManager.ttflist
            if Path(font.fname).is_relative_to(BUNDLED)
        ]
        monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts)
        return fonts

    @pytest.mark.heavy
    @pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
    def test_write_any_name_without_a_warning(self, kind: str) -> None:
        name = "$x^ \ud800 \x1b[31m 名前 🚀👩‍👧 नमस्ते مرحبا <&>"
        ax = timeline([operation(name, 1, 9, status="$\\frac", operationType="名$")])
        figure_of(ax).savefig(io.BytesIO(), format=kind)
        [label] = labels(ax)
        assert label.startswith("$x^ \ufffd \ufffd[31m")
        assert label.endswith("<&>")

    @pytest.mark.parametrize("group_by_region", [False, True])
    def test_write_dollars_as_they_are_wherever_they_stand(self, group_by_region: bool) -> None:
        formula = "$\\frac$"
        odd = operation(
            formula, 0, 60, status=formula, operationType=formula, location={"regionName": formula}
        )
        ax: Any = timeline([odd], zone=UTC, group_by_region=group_by_region)
        figure_of(ax).draw_without_rendering()
        assert title_of(ax).get_text().startswith(f"Lightsail operations in {formula}, 2026")
        assert labels(ax) == [formula]
        assert [text.get_text() for text in region_names(ax)] == [formula] * group_by_region
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [f"{formula} 1"]
        assert read_axes(ax).types[0].text == formula

    @pytest.mark.usefixtures("bundled")
    def test_escape_what_no_font_has(self) -> None:
        odd = operation("a\U000e0100", 2, 90, operationType="名", status="前")
        ax = timeline([operation("名a"), operation("前a", 1), odd])
        ax.figure.canvas.draw()
        assert labels(ax) == ["\\u540da", "\\u524da", "a"]
        assert "\\u540d" in [text.get_text() for text in ax.texts]

    @pytest.mark.usefixtures("bundled")
    def test_leave_out_what_joins_the_characters_that_no_font_has(self) -> None:
        [label] = labels(timeline([operation("x 👩‍👧 family")]))
        assert label == "x \\U0001f469\\U0001f467 family"

    @pytest.mark.usefixtures("bundled")
    def test_shorten_what_is_escaped(self) -> None:
        [label] = labels(timeline([operation("名" * 255)]))
        assert len(label) == 32

    def test_fall_back_to_one_that_is_installed(
        self, bundled: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [dejavu] = [font for font in bundled if Path(font.fname).name == "DejaVuSans.ttf"]
        unifont = replace(dejavu, name="Unifont")
        monkeypatch.setattr(font_manager.fontManager, "ttflist", [*bundled, unifont])
        with mpl.rc_context({"font.family": ["cmss10"]}):  # it has ASCII only
            ax = timeline([operation("веб", 0, 60)])
            ax.figure.canvas.draw()
        [label] = ax.get_yticklabels()
        legend = ax.get_legend()
        assert legend is not None
        assert label.get_text() == "веб"
        for text in (label, *legend.get_texts(), *ax.texts):
            assert text.get_fontfamily() == ["cmss10", "Unifont"]

    def test_are_the_configured_ones_where_these_do(self) -> None:
        [label] = timeline([operation("web")]).get_yticklabels()
        assert label.get_fontfamily() == mpl.rcParams["font.family"]


class TestMatplotlib:
    def test_is_named_where_it_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        with pytest.raises(
            ImportError, match=r"needs matplotlib: pip install \"lightsail-ops\[plot\]\""
        ):
            timeline([operation("a", 1)])
