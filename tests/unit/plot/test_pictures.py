"""The layout, the colours and the order of painting, which both pictures share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.pictures import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    PINK,
    RED,
    Picture,
    at,
    draw_with_matplotlib,
    draw_with_plotly,
    in_region,
    operation,
    unfinished,
)

Draw = Callable[..., Picture]
SECOND = timedelta(seconds=1)
A_DAY = 24 * 60  # minutes


@pytest.fixture(params=[draw_with_matplotlib, draw_with_plotly], ids=["matplotlib", "plotly"])
def draw(request: pytest.FixtureRequest) -> Draw:
    function: Draw = request.param
    return function


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, as WCAG 2.2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class TestRows:
    def test_are_in_the_order_of_their_first_operations(self, draw: Draw) -> None:
        picture = draw([operation("b", 9), operation("a", 3), operation("b", 1), operation("c", 2)])
        assert picture.names == {"b": 0, "c": 1, "a": 2}
        assert picture.lanes[0] < 0
        assert picture.lanes[1] > 2

    def test_of_operations_that_began_together_are_in_the_order_of_their_names(
        self, draw: Draw
    ) -> None:
        assert list(draw([operation("b"), operation("c"), operation("a")]).names) == ["a", "b", "c"]

    def test_are_those_with_the_most_recent_changes(self, draw: Draw) -> None:
        operations = [operation("long", 0, 60), *(operation(f"web-{n}", n, 1) for n in range(9))]
        picture = draw(operations, max_rows=3)
        assert list(picture.names) == ["long", "web-7", "web-8"]
        assert "7 of 10 resources with 7 of 10 operations are not drawn" in picture.note

    def test_tell_resources_of_the_same_name_apart_by_their_regions(self, draw: Draw) -> None:
        picture = draw([operation("a", 1), in_region("us-east-1", "a", 2)])
        assert list(picture.names) == ["a (us-west-2)", "a (us-east-1)"]

    def test_name_no_region_beside_a_global_resource(self, draw: Draw) -> None:
        assert list(draw([operation("a", 1), in_region("global", "b", 2)]).names) == ["a", "b"]

    def test_of_a_region_stand_together(self, draw: Draw) -> None:
        operations = [
            in_region("us-west-2", "a", 1),
            in_region("eu-west-1", "b", 2),
            in_region("us-west-2", "c", 3),
            in_region("ap-south-1", "d", 4),
        ]
        picture = draw(operations, group_by_region=True)
        assert list(picture.names) == ["d", "b", "a", "c"]
        assert list(picture.regions) == ["ap-south-1", "eu-west-1", "us-west-2"]
        assert [round(middle) for middle in list(picture.regions.values())[:2]] == [0, 1]
        assert picture.lines == [0.5, 1.5]

    def test_are_not_divided_by_region_otherwise(self, draw: Draw) -> None:
        picture = draw([in_region("us-west-2", "a", 1), in_region("eu-west-1", "b", 2)])
        assert (picture.regions, picture.lines) == ({}, [])

    def test_have_a_background_every_other_one(self, draw: Draw) -> None:
        operations = [operation("a", 0), operation("a", 1), operation("b", 2), operation("c", 3)]
        assert draw(operations).stripes == [(-0.5, 1.5), (2.5, 3.5)]

    @pytest.mark.parametrize("name", ["a" * 100 + "z" * 155, "♈" * 100 + "♉" * 155])
    def test_have_long_names_that_are_shortened_in_the_middle(self, draw: Draw, name: str) -> None:
        [label] = draw([operation(name)]).names
        assert len(label) <= 32
        assert (label[0], label[-1]) == (name[0], name[-1])
        assert "…" in label

    def test_keep_the_region_of_a_long_name(self, draw: Draw) -> None:
        picture = draw([in_region("us-west-2", "a" * 255), in_region("eu-west-1", "b")])
        [label, _] = picture.names
        assert label.startswith("aaa")
        assert label.endswith("a (us-west-2)")
        assert len(label) <= 32


class TestBars:
    def test_reach_from_the_creation_to_the_last_change(self, draw: Draw) -> None:
        [bar] = draw([operation("a", 3, 7)]).bars
        assert (bar.start, bar.end) == (at(3), at(10))

    def test_never_end_before_they_begin(self, draw: Draw) -> None:
        bars = draw([operation("a", 0, 60), operation("b", 30, -10)]).bars
        assert (bars[1].start, bars[1].end) == (at(30), at(30))

    @pytest.mark.heavy
    @pytest.mark.parametrize(
        ("status", "colour"),
        [
            ("Succeeded", GREEN),
            ("Completed", BLUE),
            ("NotStarted", GREY),
            ("Started", AMBER),
            ("Failed", RED),
            ("Paused", PINK),
        ],
    )
    def test_have_the_colour_of_their_status(self, draw: Draw, status: str, colour: str) -> None:
        picture = draw([operation("a", 0, status=status)])
        assert [bar.colour for bar in picture.bars] == [colour]
        assert picture.legend == {f"{status} 1": colour}

    def test_of_failures_are_painted_last_and_all_marks_after_all_bars(self, draw: Draw) -> None:
        statuses = ["Failed", "Started", "Succeeded", "Paused", "NotStarted", "Completed"]
        operations = [
            operation("a", number / 100, 0, status=status) for number, status in enumerate(statuses)
        ]
        order = [PINK, GREEN, BLUE, GREY, AMBER, RED]
        picture = draw([*operations, operation("b", 0, A_DAY)])
        assert picture.layers == [
            *(f"bars {each}" for each in order),
            *(f"marks {each}" for each in order),
        ]

    def test_are_lower_than_their_lane(self, draw: Draw) -> None:
        [bar] = draw([operation("a")]).bars
        assert 0.5 < bar.height < 0.9

    def test_that_follow_each_other_are_kept_apart_by_an_edge(self, draw: Draw) -> None:
        long, short = draw([operation("a", 0, 60), operation("a", 60, 0.1)]).bars
        assert long.edge > 0
        assert short.edge == 0  # it would be all edge


class TestLanes:
    def test_keep_operations_apart_that_overlap(self, draw: Draw) -> None:
        operations = [operation("a", 0, 10), operation("a", 5, 10), operation("a", 10, 3)]
        picture = draw([*operations, operation("b", 20, 5)])
        assert sorted((bar.start, bar.lane) for bar in picture.bars) == [
            (at(0), 0),
            (at(5), 1),
            (at(10), 0),
            (at(20), 2),
        ]
        assert picture.names == {"a": 0.5, "b": 2}
        assert picture.lanes == (-0.6, 2.6)

    def test_keep_operations_of_one_instant_apart(self, draw: Draw) -> None:
        picture = draw([operation("a", 0, 0), operation("a", 0, 0), operation("a", 1, 0)])
        assert sorted(bar.lane for bar in picture.bars) == [0, 0, 1]

    def test_are_four_at_most_and_then_the_one_that_is_free_first_is_shared(
        self, draw: Draw
    ) -> None:
        long = [operation("a", number, 100 - 10 * number) for number in range(4)]
        picture = draw([*long, operation("a", 5, 90), operation("a", 75, 3), operation("b")])
        lanes = {bar.start: bar.lane for bar in picture.bars if bar.lane < 4}
        assert [lanes[at(number)] for number in (0, 1, 2, 3)] == [0, 1, 2, 3]
        assert lanes[at(5)] == 3
        assert lanes[at(75)] == 2
        assert picture.names["b"] == 4


class TestAxis:
    def test_reaches_from_the_first_creation_to_soon_after_the_last_change(
        self, draw: Draw
    ) -> None:
        start, end = draw([operation("a", 0, 30), operation("b", 50, 50)]).axis
        assert at(-2) < start < at(0)
        assert end == at(104)

    def test_is_not_stretched_by_an_operation_that_has_been_stuck_since(self, draw: Draw) -> None:
        picture = draw([operation("a", 0, 50), unfinished("stuck", 10), operation("b", 50, 50)])
        assert picture.axis[1] == at(104)
        [stuck] = [bar for bar in picture.bars if bar.colour == AMBER]
        assert (stuck.start, stuck.end) == (at(10), at(102))

    def test_is_not_stretched_by_an_operation_that_is_much_older(self, draw: Draw) -> None:
        stuck = unfinished("stuck", -30 * A_DAY)
        picture = draw([stuck, operation("a", 0, 50), operation("b", 50, 50)])
        assert picture.axis[0] > at(-104)
        [bar] = [bar for bar in picture.bars if bar.colour == AMBER]
        assert bar.start == at(-100)
        assert [(mark.shape, mark.time) for mark in picture.marks] == [
            ("left", at(-100)),
            ("right", bar.end),
        ]
        assert picture.legend["began earlier"] == picture.legend["not ended"]

    def test_begins_with_an_operation_that_is_a_little_older(self, draw: Draw) -> None:
        picture = draw([unfinished("a", -14), operation("b", 0, 1)])
        assert min(bar.start for bar in picture.bars) == at(-14)
        assert "left" not in {mark.shape for mark in picture.marks}

    def test_has_a_few_seconds_for_a_short_operation(self, draw: Draw) -> None:
        assert draw([operation("a", 0, 0)]).axis[1] == at(0) + 10 * SECOND

    def test_of_a_single_stuck_operation_ends_soon_after_its_last_change(self, draw: Draw) -> None:
        picture = draw([unfinished("a")])
        [bar] = picture.bars
        assert (bar.start, bar.end) == (at(0), at(0) + 5 * SECOND)
        assert picture.axis[1] == at(0) + 10 * SECOND

    def test_has_no_bar_that_reaches_into_the_future(self, draw: Draw) -> None:
        now = datetime.now(UTC)
        minutes = (now - at(0)) / timedelta(minutes=1)
        picture = draw([operation("a", minutes - 1000, 999), unfinished("b", minutes - 500)])
        [bar] = [bar for bar in picture.bars if bar.colour == AMBER]
        assert now - SECOND < bar.end < now + 60 * SECOND

    @pytest.mark.parametrize("year", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    def test_holds_any_year(self, draw: Draw, year: str) -> None:
        picture = draw([operation("a"), operation("b", createdAt=year, statusChangedAt=year)])
        assert len(picture.bars) == 2

    @pytest.mark.heavy
    @pytest.mark.parametrize(("rows", "is_long"), [(10, False), (100, True)])
    def test_is_at_the_top_and_at_the_bottom_of_many_rows(
        self, draw: Draw, rows: int, is_long: bool
    ) -> None:
        picture = draw([operation(f"web-{number}", number) for number in range(rows)])
        assert picture.has_axis_at_both_ends is is_long


class TestMarks:
    def test_are_a_cross_at_the_end_of_each_failure(self, draw: Draw) -> None:
        picture = draw([operation("a", 0, 5, status="Failed"), operation("b", 0, A_DAY)])
        [mark] = picture.marks
        assert (mark.shape, mark.lane, mark.time, mark.colour) == ("cross", 0, at(5), RED)

    def test_show_a_failure_that_took_no_time(self, draw: Draw) -> None:
        picture = draw([operation("a", 5, 0, status="Failed"), operation("b", 0, 100 * A_DAY)])
        [mark] = picture.marks
        assert (mark.shape, mark.lane, mark.time, mark.colour) == ("cross", 1, at(5), RED)

    def test_are_a_thin_line_where_a_bar_is_too_short_to_be_seen(self, draw: Draw) -> None:
        picture = draw([operation("a", 5, 2), operation("b", 0, 100 * A_DAY)])
        [mark] = picture.marks
        assert (mark.shape, mark.lane, mark.time, mark.colour) == ("thin", 1, at(6), GREEN)
        short = next(bar for bar in picture.bars if bar.start == at(5))
        assert picture.share(short) < 1 / 1000
        assert "too short to scale" in picture.legend

    @pytest.mark.parametrize(("minutes", "shapes"), [(1.5, ["thin"]), (2.5, [])])
    def test_are_not_on_a_bar_of_a_few_pixels(
        self, draw: Draw, minutes: float, shapes: list[str]
    ) -> None:
        picture = draw([operation("a", 5, minutes), operation("b", 0, 577)])  # of 600 in all
        assert [mark.shape for mark in picture.marks] == shapes

    def test_are_an_arrow_at_the_end_of_what_has_not_ended(self, draw: Draw) -> None:
        picture = draw([operation("a", 0, 100), unfinished("b", 50)])
        [mark] = picture.marks
        assert (mark.shape, mark.lane, mark.time, mark.colour) == ("right", 1, at(102), AMBER)
        assert "not ended" in picture.legend

    def test_are_only_the_arrow_where_an_operation_has_just_begun(self, draw: Draw) -> None:
        minutes = (datetime.now(UTC) - at(0)) / timedelta(minutes=1)
        picture = draw([operation("a", minutes - 1000, 900), unfinished("b", minutes)])
        assert [mark.shape for mark in picture.marks] == ["right"]

    def test_are_not_on_other_bars(self, draw: Draw) -> None:
        picture = draw([operation("a", 0, 5)])
        assert picture.marks == []
        assert list(picture.legend) == ["Succeeded 1"]


class TestTypes:
    def test_stand_in_a_bar_that_is_long_enough(self, draw: Draw) -> None:
        [written] = draw([operation("a", 0, 60, operationType="DeleteInstance")]).types
        assert (written.lane, written.text, written.is_inside) == (0, "DeleteInstance", True)

    @pytest.mark.heavy
    @pytest.mark.parametrize(
        "status", ["Succeeded", "Completed", "NotStarted", "Started", "Failed", "Paused"]
    )
    def test_can_be_read_on_the_colour_of_the_bar(self, draw: Draw, status: str) -> None:
        picture = draw([operation("a", 0, 60, status=status)])
        [written], [bar] = picture.types, picture.bars
        assert contrast(written.colour, bar.colour) >= 4.5  # as WCAG 2.2 wants it (1.4.3)

    def test_stand_beside_a_short_bar(self, draw: Draw) -> None:
        picture = draw([operation("a", 0, 2), operation("b", 0, 100)])
        beside = [each for each in picture.types if not each.is_inside]
        assert [(each.lane, each.text) for each in beside] == [(0, "CreateInstance")]

    def test_do_not_reach_another_bar(self, draw: Draw) -> None:
        crowded = [operation("a", minute, 2) for minute in range(0, 30, 5)]
        picture = draw([*crowded, operation("b", 0, 100)])
        beside = [each for each in picture.types if not each.is_inside]
        assert [each.lane for each in beside] == [0]  # after the last of them

    def test_do_not_reach_over_the_end(self, draw: Draw) -> None:
        picture = draw([operation("b", 0, 100), operation("a", 98, 2)])
        assert [each for each in picture.types if not each.is_inside] == []


class TestLegend:
    def test_counts_each_status_in_the_order_of_painting(self, draw: Draw) -> None:
        operations = [
            operation("a", 1),
            operation("b", 2),
            operation("c", 3, status="Failed"),
            operation("d", 4, status="Paused"),
            operation("e", 5, status="Completed"),
        ]
        assert list(draw(operations).legend) == [
            "Paused 1",
            "Succeeded 2",
            "Completed 1",
            "Failed 1",
        ]

    def test_tells_how_many_of_all_are_drawn(self, draw: Draw) -> None:
        operations = [
            *(operation(f"a-{number}", number, status="Failed") for number in range(20)),
            *(operation(f"b-{number}", number) for number in range(1500)),
        ]
        picture = draw(operations, max_rows=2)
        assert picture.legend == {"Succeeded 2 of 1,500": GREEN, "Failed 0 of 20": RED}
        assert (
            "1,518 of 1,520 resources with 1,518 of 1,520 operations are not drawn: these 2 have "
            "the most recent operations."
        ) in " ".join(picture.note.split())

    def test_is_there_where_nothing_is_left_out(self, draw: Draw) -> None:
        picture = draw([operation("a")])
        assert list(picture.legend) == ["Succeeded 1"]
        assert "not drawn" not in picture.note

    def test_shortens_a_long_status(self, draw: Draw) -> None:
        [entry] = draw([operation("a", status="x" * 255)]).legend
        assert len(entry) <= 40


class TestTitle:
    def test_says_where(self, draw: Draw) -> None:
        assert draw([operation("a")]).title.startswith("Lightsail operations in us-west-2")
        with_global = draw([in_region("us-west-2", "a"), in_region("global", "b")])
        assert with_global.title.startswith("Lightsail operations in us-west-2")
        several = draw([in_region("us-west-2", "a"), in_region("eu-west-1", "b")])
        assert several.title.startswith("Lightsail operations in 2 regions")
        assert "in" not in draw([operation("a", location={})]).title.partition(",")[0].split()


class TestHowMuchThereIs:
    def test_may_be_nothing(self, draw: Draw) -> None:
        picture = draw([])
        assert picture.title == "No Lightsail operations"
        assert (picture.names, picture.bars, picture.marks, picture.legend) == ({}, [], [], {})

    @pytest.mark.heavy
    def test_may_be_5000_operations(self, draw: Draw) -> None:
        statuses = ["Failed", *["Succeeded"] * 8]
        operations = [
            operation(f"web-{number % 50}", 10 * number, status=statuses[number % 9])
            for number in range(5000)
        ]
        picture = draw(operations)
        assert len(picture.bars) == 5000
        assert len(picture.names) == 50
        assert sum(mark.shape == "cross" for mark in picture.marks) == 556

    @pytest.mark.heavy
    def test_is_limited_to_some_rows_by_default(self, draw: Draw) -> None:
        operations = [operation(f"web-{number}", number) for number in range(1000)]
        limit = 100 if draw is draw_with_matplotlib else 300
        assert len(draw(operations).names) == limit


class TestWrongArguments:
    def test_fewer_rows_than_one_are_a_value_error(self, draw: Draw) -> None:
        with pytest.raises(ValueError, match="max_rows must be 1 or more, not 0"):
            draw([operation("a", 1)], max_rows=0)
