"""`lightsail-ops timeline`: a picture in the terminal, or in a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import raw_operation
from wire import Wire, page

from lightsail_ops.testing import LightsailServer

Run = Callable[..., Any]

NOON = 1479816000  # 2016-11-22T12:00:00Z


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2"


def raw(name: str, start: float, end: float, status: str = "Succeeded") -> dict[str, Any]:
    return raw_operation(
        resourceName=name,
        createdAt=NOON + 60 * start,
        statusChangedAt=NOON + 60 * end,
        status=status,
    )


def drawn(outcome: Any) -> list[str]:
    return [line.rstrip() for line in outcome.plain.splitlines()]


def test_has_rows_and_bars_an_axis_and_a_legend(
    seen: Run, wire: Wire, here: tuple[str, ...]
) -> None:
    wire.play(
        [
            page(
                [
                    raw("web-2", 30, 45, "Failed"),
                    raw("web-1", 0, 20),
                    raw("web-1", 50, 60),
                    raw("a-long-name-of-a-database", 10, 60, "Odd"),
                ]
            )
        ]
    )
    assert drawn(seen("timeline", *here, "--utc", columns=60)) == [
        "               web-1 │█████████████     ·           ████████",
        "a-long-nam…-database │·     ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
        "               web-2 │·                 ✗✗✗✗✗✗✗✗✗✗         ·",
        "                     └┬─────────────────┬──────────────────┬",
        "                 UTC  12:00           12:30            13:00",
        "                      Nov 22",
        "",
        "█ Succeeded 2   ✗ Failed 1   ▓ Odd 1",
    ]


def test_a_failure_hides_what_is_in_the_same_column(
    seen: Run, wire: Wire, here: tuple[str, ...]
) -> None:
    wire.play(
        [page([raw("web-1", 0, 0, "Failed"), raw("web-1", 0, 60), raw("web-1", 0, 1, "Odd")])]
    )
    first, *_ = drawn(seen("timeline", *here))
    assert first.startswith("web-1 │✗█")


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_no_line_is_wider_than_the_terminal(
    seen: Run, server: LightsailServer, columns: int
) -> None:
    server.lightsail.add_operations(300, region_name="us-west-2")
    options = "--endpoint-url", server.endpoint_url, "--region", "us-west-2"
    lines = drawn(seen("timeline", *options, columns=columns))
    assert max(map(len, lines)) <= columns
    assert any("✗" in line for line in lines)


@pytest.mark.parametrize(
    ("minutes", "labels"),
    [
        (0.5, ["13:00:00", "13:00:30"]),
        (60, ["13:00", "13:30", "14:00"]),
        (60 * 36, ["18:00", "00:00", "12:00", "Nov 22", "Nov 23", "Nov 24"]),
        (60 * 24 * 40, ["Nov 24", "Dec 22", "2016"]),
        (60 * 24 * 800, ["May 4", "2017", "2018"]),
        (60 * 24 * 80000, ["2039", "2059"]),
    ],
)
def test_the_axis_has_round_times_of_the_zone(
    seen: Run, wire: Wire, here: tuple[str, ...], minutes: float, labels: list[str]
) -> None:
    wire.play([page([raw("web-1", 0, minutes)])])
    *_, times, dates, _, _ = drawn(seen("timeline", *here))
    assert times.split()[0] == "CET"
    for label in labels:
        assert label in f"{times}\n{dates}"


def test_of_nothing_draws_nothing(seen: Run, wire: Wire, here: tuple[str, ...]) -> None:
    wire.play([page()])
    outcome = seen("timeline", *here)
    assert outcome.out == ""
    assert "0 operations in 1 page" in outcome.err


@pytest.mark.parametrize("name", ["a.svg", "a.PNG", "a.pdf"])
def test_is_saved_in_a_file_too(
    seen: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path, name: str
) -> None:
    wire.play([page([raw("web-1", 0, 60)])])
    file = tmp_path / name
    outcome = seen("timeline", *here, "--save", str(file))
    assert file.stat().st_size > 1000
    assert "web-1" in outcome.out
    assert "saved" in outcome.err


def test_saves_only_what_it_can_draw(run: Run) -> None:
    outcome = run("timeline", "--demo", "--save", "a.gif")
    assert outcome.problems[0] == (
        "error: Invalid value for --save: the name must end in .svg, .png or .pdf."
    )
    assert outcome.status == 2


def test_says_where_it_cannot_save(
    run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
) -> None:
    wire.play([page([raw("web-1", 0, 60)])])
    outcome = run("timeline", *here, "--save", str(tmp_path / "nowhere" / "a.svg"))
    assert outcome.err.startswith("error: No such file or directory: ")
    assert outcome.status == 1


def test_without_matplotlib_it_says_which_extra_to_install_before_it_asks(
    run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    outcome = run("timeline", *here, "--save", "a.svg")
    assert outcome.problems == [
        "error: --save needs matplotlib.",
        'help: pip install "lightsail-ops[plot]"',
    ]
    assert not wire.asked
