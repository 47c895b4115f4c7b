"""`lightsail-ops timeline`: a picture in the terminal, or in a file."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from support.fakes import raw_operation
from support.program import Run, RunInTerminal, start_process
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, page

from lightsail_ops.plot.widths import width_of
from lightsail_ops.testing import LightsailServer

NOON = 1479816000  # 2016-11-22T12:00:00Z


def raw(name: str, start: float, end: float, status: str = "Succeeded") -> dict[str, Any]:
    """Return an operation that begins and ends so many minutes after noon."""
    return raw_operation(
        resourceName=name,
        createdAt=NOON + 60 * start,
        statusChangedAt=NOON + 60 * end,
        status=status,
    )


def in_region(region: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {**operation, "location": {"regionName": region}}


class TestPictureInTheTerminal:
    def test_has_a_title_rows_with_bars_an_axis_and_a_legend(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        operations = [
            raw("web-2", 30, 45, "Failed"),
            raw("web-1", 0, 20),
            raw("web-1", 50, 60, "Completed"),
            raw("a-long-name-of-a-database", 10, 60, "Odd"),
        ]
        wire.play([page(operations)])
        assert run_on_terminal("timeline", *here, "--utc", columns=60).table == [
            "Lightsail operations in us-west-2, 2016-11-22 12:00 to 13:00",
            "               web-1 │████████████ CreateInstance  ▄▄▄▄▄▄▄",
            "a-long-nam…-database │·    ◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆◆",
            "               web-2 │·                ✗✗✗✗✗✗✗✗✗✗        ·",
            "                     └┬────────────────┬─────────────────┬──",
            "                 UTC  12:00          12:30             13:00",
            "                      Nov 22",
            "",
            "◆ Odd 1   █ Succeeded 1   ▄ Completed 1   ✗ Failed 1",
        ]

    def test_has_an_arrow_where_an_operation_has_not_ended(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        started = {**raw("web-2", 10, 10, "Started"), "isTerminal": False}
        wire.play([page([raw("web-1", 0, 60), started])])
        row = run_on_terminal("timeline", *here, columns=60).table[2]
        assert re.fullmatch(r" *web-2 │[· ]+▒+▶[· ]*", row)

    def test_has_no_line_that_ends_in_spaces(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw("web-1", 0, 20), raw("web-2", 0, 61)])])
        plain = run_on_terminal("timeline", *here, columns=70).plain.splitlines()
        assert plain == [line.rstrip() for line in plain]

    def test_has_no_type_where_another_bar_is_beside_it(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        width = len("web-1 │") + 61  # a column for each minute
        for start, has_room in ((18, False), (19, True)):
            operations = [raw("web-1", 0, 2), raw("web-1", start, 60)]
            wire.play([page(operations)])
            row = run_on_terminal("timeline", *here, "--utc", columns=width).table[1]
            assert ("CreateInstance" in row) is has_room, (start, row)

    def test_paints_a_failure_over_what_is_in_the_same_column(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        operations = [raw("web-1", 0, 0.1, "Failed"), raw("web-1", 0.2, 60)]
        for order in (operations, operations[::-1]):
            wire.play([page(order)])
            row = run_on_terminal("timeline", *here, columns=60).table[1]
            assert "│✗█████" in row

    def test_says_which_resources_are_left_out(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw(f"web-{number}", number, number + 1) for number in range(1000)])])
        lines = run_on_terminal("timeline", *here, "--rows", "2").table
        assert [line.split()[0] for line in lines[1:3]] == ["web-998", "web-999"]
        assert (
            "998 of 1,000 resources with 998 of 1,000 operations are not drawn: these 2 have the "
            "most recent operations. --rows 1000 shows all."
        ) in " ".join(lines)

    def test_keeps_the_rows_of_a_region_together(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        operations = [
            in_region("us-west-2", raw("b", 2, 3)),
            in_region("eu-west-1", raw("a", 1, 2)),
            in_region("us-west-2", raw("a", 0, 1)),
        ]
        wire.play([page(operations)])
        lines = run_on_terminal("timeline", *here, "--group", "region").table
        assert [line.split()[0] for line in lines[:6]] == [
            "Lightsail",
            "eu-west-1",
            "a",
            "us-west-2",
            "a",
            "b",
        ]
        assert "in 2 regions" in lines[0]

    def test_names_the_region_of_each_row_otherwise(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        operations = [in_region(name, raw("a", 0, 1)) for name in ("us-west-2", "eu-west-1")]
        wire.play([page(operations)])
        picture = run_on_terminal("timeline", *here).plain
        assert "a (us-west-2) │" in picture
        assert "a (eu-west-1) │" in picture

    @pytest.mark.parametrize("columns", [20, 40, 80, 140])
    def test_is_as_wide_as_the_terminal_at_most(
        self, run_on_terminal: RunInTerminal, server: LightsailServer, columns: int
    ) -> None:
        server.lightsail.add_operations(120, region_name="us-west-2")
        server.lightsail.add_operation(resource_name="名前" * 30, region_name="us-west-2")
        options = "--endpoint-url", server.endpoint_url, "--region", "us-west-2"
        picture = run_on_terminal("timeline", *options, columns=columns).table
        assert max(map(width_of, picture)) <= columns
        assert any("✗" in line for line in picture)

    def test_has_no_type_that_is_wider_than_the_axis_by_one_column(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw("web-1", 0, 0), raw("web-2", 0, 60)])])
        columns = len("web-1 │") + len(" CreateInstance")
        picture = run_on_terminal("timeline", *here, columns=columns).table
        assert max(map(width_of, picture[1:3])) <= columns

    @pytest.mark.parametrize(
        ("minutes", "labels"),
        [
            (0.5, ["13:00:00", "13:00:30"]),
            (5, ["13:01", "13:02", "13:03", "13:04"]),
            (10, ["13:02", "13:04", "13:06", "13:08"]),
            (25, ["13:05", "13:10", "13:15", "13:20"]),
            (50, ["13:10", "13:20", "13:30", "13:40"]),
            (80, ["13:15", "13:30", "13:45", "14:00"]),
            (60, ["13:00", "13:30", "14:00"]),
            (60 * 5, ["14:00", "15:00", "16:00", "17:00"]),
            (60 * 11, ["14:00", "16:00", "18:00", "20:00", "22:00"]),
            (60 * 16, ["15:00", "18:00", "21:00", "00:00", "03:00"]),
            (60 * 30, ["18:00", "00:00", "06:00", "12:00"]),
            (60 * 24 * 5, ["Nov 23", "Nov 24", "Nov 25", "Nov 26"]),
            (60 * 36, ["00:00", "12:00", "Nov 23", "Nov 24"]),
            (60 * 24 * 40, ["Nov 24", "Dec 22", "2016"]),
            (60 * 24 * 800, ["May 4", "2017", "2018"]),
            (60 * 24 * 80000, ["2039", "2059"]),
        ],
    )
    def test_has_round_times_of_the_zone(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        minutes: float,
        labels: list[str],
    ) -> None:
        wire.play([page([raw("web-1", 0, minutes)])])
        *_, times, dates, _, _ = run_on_terminal("timeline", *here).table
        assert times.split()[0] == "CET"
        for label in labels:
            assert label in f"{times}\n{dates}"

    @pytest.mark.heavy
    @pytest.mark.parametrize("created_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    def test_holds_any_year(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        created_at: str,
        tmp_path: Path,
    ) -> None:
        wire.play([page([raw_operation(createdAt=created_at, statusChangedAt=created_at)])] * 2)
        for file in ("a.png", "a.html"):
            outcome = run_on_terminal("timeline", *here, "--save", str(tmp_path / file))
            assert "web-1 │" in outcome.plain
            assert outcome.status == 0

    def test_of_the_last_operations_has_only_these(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw(f"web-{number}", number, number + 1) for number in (3, 2, 1)])])
        outcome = run_on_terminal("timeline", *here, "--last", "2")
        assert [row.split()[0] for row in outcome.table[1:3]] == ["web-2", "web-3"]
        assert "web-1" not in outcome.plain

    def test_of_nothing_says_so(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page()])
        outcome = run_on_terminal("timeline", *here)
        assert (outcome.out, outcome.status) == ("", 0)
        assert outcome.errors == ["0 operations in 1 page", "there are no operations to draw"]


class TestFile:
    @pytest.mark.heavy
    @pytest.mark.parametrize("name", ["a.svg", "a.PNG", "a.pdf", "a.html", ".png"])
    def test_holds_the_picture(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        tmp_path: Path,
        name: str,
    ) -> None:
        wire.play([page([raw("web-1", 0, 60)])])
        file = tmp_path / name
        options = "--save", str(file), "--group", "region"
        outcome = run_on_terminal("timeline", *here, *options, columns=300)
        assert file.stat().st_size > 1000
        assert "web-1" in outcome.plain
        assert f"drawing {file} for " in outcome.err
        assert outcome.errors[-1] == f"saved {file}"

    @pytest.mark.parametrize(
        ("name", "count", "advice"),
        [
            ("a.svg", 1_000, "--rows 1000 shows all."),
            ("a.svg", 1_001, "--rows 1001 shows all, for which only a .html file has room."),
            ("a.html", 1_001, "--rows 1001 shows all."),
        ],
    )
    def test_of_more_rows_than_a_picture_has_room_for_is_better_a_page(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        tmp_path: Path,
        name: str,
        count: int,
        advice: str,
    ) -> None:
        wire.play([page([raw(f"web-{number}", number, number + 1) for number in range(count)])])
        options = "--save", str(tmp_path / name), "--rows", "1"
        assert advice in " ".join(run_on_terminal("timeline", *here, *options).table)

    @pytest.mark.heavy
    @pytest.mark.parametrize(("name", "is_whole"), [("a.svg", False), ("a.html", True)])
    def test_has_100_rows_or_300_on_a_page(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        tmp_path: Path,
        name: str,
        is_whole: bool,
    ) -> None:
        wire.play([page([raw(f"web-{number}", number, number + 1) for number in range(150)])])
        file = tmp_path / name
        run("timeline", *here, "--save", str(file))
        assert ("50 of 150 resources" in file.read_text()) != is_whole

    def test_in_html_needs_no_network(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
    ) -> None:
        wire.play([page([raw("</script><b>web", 0, 60)])])
        file = tmp_path / "a.html"
        run("timeline", *here, "--save", str(file))
        html = file.read_text()
        assert "<script src=" not in html
        assert "width=device-width" in html  # else a phone shrinks the page
        assert "</script><b>" not in html

    def test_is_not_written_where_there_are_no_operations(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
    ) -> None:
        wire.play([page()])
        file = tmp_path / "a.svg"
        outcome = run("timeline", *here, "--save", str(file))
        assert outcome.errors == [
            f"error: there are no operations to draw; {file} was not written."
        ]
        assert outcome.status == 1
        assert not file.exists()

    def test_has_the_other_regions_where_one_fails(
        self, run: Run, wire: Wire, tmp_path: Path
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "/eu-west-1/" in received.headers["Authorization"]:
                return error_response("AccessDeniedException", message="No")
            return page([raw("web-1", 0, 60)])

        wire.play(serve)
        file = tmp_path / "a.svg"
        regions = "--region", "eu-west-1", "--region", "us-west-2"
        outcome = run(
            "timeline", *regions, "--endpoint-url", wire.endpoint_url, "--save", str(file)
        )
        assert "web-1 │" in outcome.plain
        assert "web-1" in file.read_text()
        assert "error: eu-west-1: AWS denied GetOperations: No. " in outcome.err
        assert outcome.status == 4

    def test_is_not_written_where_the_only_region_fails_half_way(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
    ) -> None:
        wire.play([page([raw("web-1", 0, 60)], "t1"), error_response("Newest", message="New")])
        file = tmp_path / "a.svg"
        outcome = run("timeline", *here, "--save", str(file))
        assert outcome.errors[0] == "error: AWS returned Newest: New."
        assert (outcome.out, outcome.status) == ("", 1)
        assert not file.exists()

    def test_counts_no_operations_where_the_only_region_fails(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([error_response("AccessDeniedException", message="No")])
        outcome = run_on_terminal("timeline", *here)
        assert "0 operations" not in outcome.err
        assert "AWS denied GetOperations: No." in outcome.err

    def test_is_not_written_where_a_region_fails_and_the_others_are_empty(
        self, run: Run, wire: Wire, tmp_path: Path
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "/eu-west-1/" in received.headers["Authorization"]:
                return error_response("AccessDeniedException", message="No")
            return page()

        wire.play(serve)
        file = tmp_path / "a.svg"
        regions = "--region", "eu-west-1", "--region", "us-west-2"
        options = "--endpoint-url", wire.endpoint_url, "--save", str(file)
        outcome = run("timeline", *regions, *options)
        assert "error: eu-west-1: AWS denied GetOperations: No. " in outcome.err
        assert (outcome.out, outcome.status) == ("", 4)
        assert not file.exists()

    def test_that_cannot_be_written_is_named(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
    ) -> None:
        wire.play([page([raw("web-1", 0, 60)])])
        outcome = run("timeline", *here, "--save", str(tmp_path / "nowhere" / "a.svg"))
        assert outcome.err.startswith("error: No such file or directory: ")
        assert outcome.status == 1

    @pytest.mark.parametrize("needs", [("a.svg", "matplotlib"), ("a.html", "plotly")])
    def test_needs_a_package_that_is_named_before_anything_is_fetched(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        needs: tuple[str, str],
    ) -> None:
        name, package = needs
        monkeypatch.setitem(sys.modules, package, None)
        outcome = run("timeline", *here, "--save", name)
        assert outcome.errors == [
            f"error: --save {name} needs {package}.",
            'help: pip install "lightsail-ops[plot]"',
        ]
        assert not wire.received

    def test_needs_no_backend_of_matplotlib(
        self, wire: Wire, here: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire.play([page([raw("web", 0, 1)])])
        monkeypatch.setenv("MPLBACKEND", "none")  # or one of a notebook that is not installed
        file = tmp_path / "a.png"
        _, errors = start_process("timeline", *here, "--save", str(file)).communicate(timeout=60)
        assert errors == ""
        assert file.read_bytes().startswith(b"\x89PNG")
