"""The picture of a timeline."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fakes import ABSENT, raw_operation
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lightsail_ops import Operation
from lightsail_ops.plot import timeline


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def operation(name: str, minute: int, took: int = 5, **changes: object) -> Operation:
    start = datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)
    raw = raw_operation(
        resourceName=name,
        createdAt=start,
        **{"statusChangedAt": start + timedelta(minutes=took), **changes},
    )
    return Operation.from_dict(raw)


def labels(ax: plt.Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_has_a_row_for_each_resource_in_the_order_of_their_first_operations() -> None:
    ax = timeline([operation("b", 9), operation("a", 3), operation("b", 1)])
    assert labels(ax) == ["b", "a"]
    assert ax.yaxis_inverted()


def test_has_a_legend_that_counts_each_status() -> None:
    ax = timeline(
        [
            operation("a", 1),
            operation("b", 2),
            operation("c", 3, status="Failed"),
            operation("d", 4, status="Paused"),
        ]
    )
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "Paused 1",
        "Succeeded 2",
        "Failed 1",
    ]


def test_draws_into_axes_that_it_is_given() -> None:
    ax = Figure().subplots()
    assert timeline([operation("a", 1)], ax) is ax
    assert not plt.get_fignums()


def test_a_new_figure_is_as_high_as_its_rows_need() -> None:
    low = timeline([operation("a", 1)]).figure.get_figheight()
    high = timeline([operation(f"web-{number}", 1) for number in range(50)]).figure.get_figheight()
    assert high > low + 49 * 0.2


def test_the_times_are_in_the_zone_that_it_is_given() -> None:
    ax = timeline([operation("a", 0, 60)], zone=timezone(timedelta(hours=9), "JST"))
    ax.figure.canvas.draw()
    assert ax.get_xlabel() == "JST"
    assert "18:00" in [label.get_text() for label in ax.get_xticklabels()]


def test_an_operation_that_goes_on_reaches_up_to_now() -> None:
    going_on = operation("a", 0, isTerminal=False, status="Started")
    [bars] = timeline([going_on]).collections
    [[_, (end, _)]] = bars.get_segments()
    assert end == pytest.approx(datetime.now(UTC).timestamp() / 86400, abs=0.01)


def test_an_operation_of_no_time_is_still_drawn() -> None:
    short = operation("a", 0, statusChangedAt=ABSENT)
    [bars] = timeline([short, operation("b", 1000, 1000)]).collections
    [(start, _), (end, _)] = bars.get_segments()[0]
    assert start < end


def test_resources_of_the_same_name_are_told_apart_by_their_regions() -> None:
    there = {"availabilityZone": "all", "regionName": "us-east-1"}
    anywhere = {"availabilityZone": "all", "regionName": "global"}
    ax = timeline([operation("a", 1), operation("a", 2, location=there)])
    assert labels(ax) == ["a (us-west-2)", "a (us-east-1)"]
    assert labels(timeline([operation("a", 1), operation("b", 2, location=anywhere)])) == ["a", "b"]


@pytest.mark.filterwarnings("ignore:Glyph:UserWarning")  # what no font has
@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_a_name_of_any_kind_can_be_saved(kind: str) -> None:
    ax = timeline([operation("$x^ \ud800 \x1b[31m 名前 <&>", 1, status="$\\frac")])
    ax.figure.savefig(io.BytesIO(), format=kind)
    assert labels(ax) == ["$x^ \ufffd \ufffd[31m 名前 <&>"]


def test_no_operations_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="no operations to draw"):
        timeline([])


def test_without_matplotlib_it_says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"lightsail-ops\[plot\]"):
        timeline([operation("a", 1)])
