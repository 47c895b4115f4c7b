"""The table for people, and the line below it."""

from __future__ import annotations

import re
import time

import pytest
from support.fakes import ABSENT, raw_operation, raw_operations
from support.program import Run, RunInTerminal, run_in_terminal, without_codes
from support.wire import CannedResponse, ReceivedRequest, Wire, page

from lightsail_ops.cli.columns import COLUMNS
from lightsail_ops.plot.widths import width_of
from lightsail_ops.testing import LightsailServer

pytestmark = pytest.mark.usefixtures("coverage_of_processes")

WHY = "The resource is attached to another one, and cannot be attached to this one as well."


class TestTable:
    def test_is_the_format_of_a_terminal(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page(raw_operations(3, 3))])
        assert run_on_terminal("list", *here, "--all").table == [
            "Created CET       Status        Operation                   Resource",
            *(
                f"2016-11-22 13:16  ✓ Succeeded   CreateInstance              web-{number}"
                for number in (3, 2, 1)  # the newest at the bottom
            ),
        ]

    @pytest.mark.parametrize("columns", [5, 40, 80, 140, 200])
    @pytest.mark.parametrize("regions", [("us-west-2",), ("us-west-2", "eu-central-1")])
    def test_has_no_line_wider_than_the_terminal(
        self,
        run_on_terminal: RunInTerminal,
        server: LightsailServer,
        columns: int,
        regions: tuple[str, ...],
    ) -> None:
        for region in regions:
            server.lightsail.add_operations(220, region_name=region)
            server.lightsail.add_operation(resource_name="名前" * 60, region_name=region)
        options = [option for region in regions for option in ("--region", region)]
        listed = run_on_terminal(
            "list", "--all", *options, "--endpoint-url", server.endpoint_url, columns=columns
        )
        assert max(map(width_of, listed.table)) <= max(columns, 20)
        if columns >= 80:
            assert "ResizeInstance" in listed.plain
            assert ("us-west-2" in listed.plain) == (len(regions) > 1)

    @pytest.mark.parametrize("columns", [80, 140, 200])
    def test_keeps_the_reasons_of_failures_in_one_place(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...], columns: int
    ) -> None:
        short, long = (
            raw_operation(status="Failed", errorCode="E", errorDetails=text)
            for text in ("No.", WHY * 3)
        )
        wire.play([page([short, long, short])])
        lines = run_on_terminal("list", *here, columns=columns).table
        places = {line.index("E: ") for line in lines if "E: " in line}
        assert len(places) == 1
        assert sum("E: " in line for line in lines) == 3

    def test_wraps_a_long_reason_and_cuts_a_longer_one(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        failed = [raw_operation(status="Failed", errorDetails=WHY * times) for times in (1, 9)]
        wire.play([page([*failed, raw_operation(status="Failed")])])
        lines = run_on_terminal("list", *here, "--limit", "9").table
        indent = " " * 18
        assert lines[2:4] == [
            f"{indent}└ The resource is attached to another one, and cannot be",
            f"{indent}  attached to this one as well.",
        ]
        assert len(lines) == 9
        assert lines[7].endswith("…")

    @pytest.mark.parametrize(("columns", "has_room"), [(96, True), (95, False)])
    def test_has_symbols_alone_where_regions_leave_no_room(
        self, run_on_terminal: RunInTerminal, wire: Wire, columns: int, has_room: bool
    ) -> None:
        wire.play(lambda _: page([raw_operation()]))
        options = "--region", "us-west-2", "--region", "eu-west-1"
        listed = run_on_terminal(
            "list", *options, "--endpoint-url", wire.endpoint_url, columns=columns
        )
        assert ("Status" in listed.table[0]) == has_room
        assert ("✓ Succeeded" in listed.table[1]) == has_room

    def test_is_laid_out_again_where_the_width_has_changed(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def serve(_: ReceivedRequest) -> CannedResponse:
            first = len(wire.received) == 1
            monkeypatch.setenv("COLUMNS", "120" if first else "50")
            return page([raw_operation()], "t1" if first else None)

        wire.play(serve)
        table = run_on_terminal("list", *here, "--limit", "9", columns=120).table
        assert [len(line) > 50 for line in table] == [True, True, False, False]
        assert [line.startswith("Created") for line in table] == [True, False, True, False]

    def test_says_how_long_operations_took_where_there_is_room(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        begin = 1479816991.0
        took = (-3, 7, 200, 7500, 93600)
        ended = [
            raw_operation(createdAt=begin, statusChangedAt=begin + seconds) for seconds in took
        ]
        started = raw_operation(isTerminal=False, status="Started", statusChangedAt=ABSENT)
        wire.play([page([*ended, started])])
        out = run_on_terminal("list", *here, "--limit", "9", columns=140).plain
        durations = re.findall(r" (\d+[a-z](?: \d+[a-z])?) ", out)
        assert durations == ["0s", "7s", "3m 20s", "2h 5m", "1d 2h"]

    def test_has_the_columns_that_are_chosen(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        failed = raw_operation(status="Failed", errorCode="E", errorDetails="No.")
        wire.play([page([failed, raw_operation(2, isTerminal=False)])])
        names = "id,changed,ended,zone,resource-type,error-code,error-details,error"
        assert run_on_terminal(
            "list", *here, "--limit", "9", "--columns", names, columns=140
        ).table == [
            (
                "Id    Changed CET          Ended  Zone        Resource type  Error code  "
                "Error details  Error"
            ),
            (
                "id-1  2016-11-22 13:16:31  yes    us-west-2a  Instance       E           "
                "No.            E: No."
            ),
            "id-2  2016-11-22 13:16:31  no     us-west-2a  Instance",
        ]

    def test_can_have_any_column(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        whole = raw_operation(
            status="Failed",
            statusChangedAt=1479817051.349,
            operationDetails="disk",
            errorCode="E",
            errorDetails="No.",
        )
        cells = {
            "id": ("Id", "id-1"),
            "resource": ("Resource", "web-1"),
            "resource-type": ("Resource type", "Instance"),
            "created": ("Created CET", "2016-11-22 13:16:31"),
            "region": ("Region", "us-west-2"),
            "zone": ("Zone", "us-west-2a"),
            "ended": ("Ended", "yes"),
            "type": ("Operation", "CreateInstance"),
            "status": ("Status", "✗ Failed"),
            "changed": ("Changed CET", "2016-11-22 13:17:31"),
            "details": ("Details", "disk"),
            "error-code": ("Error code", "E"),
            "error-details": ("Error details", "No."),
            "error": ("Error", "E: No."),
            "took": ("Took", "1m 0s"),
        }
        assert list(cells) == [column.name for column in COLUMNS]
        for name, expected in cells.items():
            wire.play([page([whole])])
            listed = run_on_terminal("list", *here, "--columns", name, columns=140)
            assert tuple(listed.table) == expected

    def test_cuts_names_in_the_middle_and_other_texts_at_their_end(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        region = {"regionName": "a" * 30 + "z" * 30}
        long = raw_operation(
            resourceName="b" * 30 + "y" * 30, location=region, operationDetails="c" * 30 + "x" * 30
        )
        wire.play([page([long])])
        names = "--columns", "id,created,resource,region,details"
        _, line = run_on_terminal("list", *here, *names, columns=80).table
        assert line == (f"id-1  11-22 13:16  {'b' * 9}…{'y' * 9}  {'a' * 9}…{'z' * 9}  {'c' * 18}…")

    def test_cuts_ids_and_times_last(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        names = "--columns", "id,resource,created,changed,details"
        long = raw_operation(id="i" * 20, resourceName="r" * 20, operationDetails="d" * 20)
        for columns in (80, 72, 64):
            wire.play([page([long])])
            _, line = run_on_terminal("list", *here, *names, columns=columns).table
            assert "i" * 20 in line
            assert line.count("11-22 13:16:31") == 2
            assert len(line) == columns

    def test_shows_a_time_that_no_zone_can_hold(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("TZ", "America/New_York")
        time.tzset()
        wire.play([page([raw_operation(createdAt="0001-01-01T00:00:00Z")])])
        assert "1-01-01 00:00" in run_on_terminal("list", *here).table[1]

    @pytest.mark.parametrize(("columns", "has_room"), [(60, True), (59, False)])
    def test_names_the_zone_where_its_name_is_no_wider_than_the_times(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        columns: int,
        has_room: bool,
    ) -> None:
        monkeypatch.setenv("TZ", "LONGNAME-1")
        time.tzset()
        wire.play([page([raw_operation()])])
        head, line = run_on_terminal("list", *here, columns=columns).table
        assert head.startswith("Created LONGNAME  " if has_room else "Created      ")
        assert line.startswith("2016-11-22 13:16  " if has_room else "11-22 13:16  ")

    def test_can_be_in_utc(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation()])])
        listed = run_on_terminal("list", *here, "--utc").table
        assert listed[0].startswith("Created UTC")
        assert listed[1].startswith("2016-11-22 12:16")

    def test_cuts_nothing_in_a_file(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        name, why = "n" * 90, "w" * 200
        failed = raw_operation(
            resourceName=name, operationDetails=why, status="Failed", errorDetails=why
        )
        wire.play([page([failed])])
        out = run("list", *here, "-o", "table").out
        assert name in out
        assert why in out

    def test_loses_nothing_of_a_reason_in_a_wide_script(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        reason = "日本語のサーバー が失敗しました 再試行してください " * 2
        wire.play([page([raw_operation(status="Failed", errorDetails=reason)])])
        _, _, *lines = run_on_terminal("list", *here, "--limit", "9", columns=60).table
        assert "".join(lines).replace("└", "").replace(" ", "") == reason.replace(" ", "")
        assert all(width_of(line) <= 60 for line in lines)

    def test_cuts_no_reason_in_a_narrow_file(
        self, run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        wire.play([page([raw_operation(status="Failed", errorDetails=WHY * 9)])])
        assert run("list", *here, "-o", "table").lines[-1].endswith(f"└ {WHY * 9}")

    def test_cannot_be_controlled_by_a_name(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        odd = raw_operation(
            resourceName="\x1b[31m\ud800\u202e\u00a0x",
            operationType="\x07",
            status="\x9b",
            location={"regionName": "\x1b"},
        )
        wire.play([page([odd])])
        line = run_on_terminal("list", *here).lines[-1]
        assert "\ufffd[31m\ufffd\ufffd x" in line
        assert not {"\x07", "\x9b", "\u202e"} & set(line)


def test_no_headers_leaves_the_head_of_a_table_out(
    run: Run, wire: Wire, here: tuple[str, ...]
) -> None:
    wire.play([page(raw_operations(1, 2))])
    listed = run("list", *here, "--output", "table", "--columns", "id", "--no-headers")
    assert listed.table == ["id-1", "id-2"]


class TestLastLine:
    def test_counts_pages_operations_and_statuses(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page([raw_operation(3, status="Odd")])])
        listed = run_on_terminal("list", *here, "--limit", "9")
        assert "waiting for Lightsail for 0s; AWS has not responded yet; Ctrl" in listed.err
        assert "2 operations in 1 page after 0s; AWS responded 0s ago; Ctrl" in listed.err
        assert listed.errors == ["3 operations in 2 pages   ? Odd 1   ✓ Succeeded 2"]

    def test_says_how_many_were_left_out(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), page(raw_operations(2, 3))])
        listed = run_on_terminal("list", *here, "--resource", "web-2")
        assert listed.errors == ["1 of 3 operations in 2 pages   ✓ Succeeded 1"]

    def test_takes_more_lines_where_it_is_too_long(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(), raw_operation(status="Failed")])])
        assert run_on_terminal("list", *here, columns=40).errors == [
            "2 operations in 1 page   ✓ Succeeded 1",
            "✗ Failed 1",
        ]


class TestSymbolsAndColours:
    def test_a_symbol_that_the_encoding_lacks_is_a_question_mark(
        self, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(status="Failed"), raw_operation(2)])])
        out = run_in_terminal("list", *here, PYTHONIOENCODING="ascii")
        assert "\x1b[32m? Succeeded" in out
        assert "? Failed" in out
        assert out.isascii()

    def test_a_failure_is_bold_and_another_status_is_not(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(status="Failed"), raw_operation(2)])])
        listed = run_on_terminal("list", *here)
        assert "\x1b[31m\x1b[1m✗ Failed" in listed.out
        assert "\x1b[32m✓ Succeeded" in listed.out
        assert "\x1b[31m\x1b[1m✗\x1b[0m Failed 1" in listed.err

    def test_no_color_is_obeyed(self, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page([raw_operation()])])
        plain = run_in_terminal("list", *here, NO_COLOR="1")
        assert "✓ Succeeded" in plain
        assert not re.search(r"\x1b\[[\d;]*m", plain)

    def test_a_dumb_terminal_gets_no_codes(self, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page([raw_operation()])])
        assert "\x1b" not in run_in_terminal("list", *here, TERM="dumb")

    @pytest.mark.parametrize("columns", ["", "0"])
    def test_a_terminal_that_does_not_know_its_width_has_80_columns(
        self, wire: Wire, here: tuple[str, ...], columns: str
    ) -> None:
        wire.play([page([raw_operation(resourceName="n" * 100)])])
        out = without_codes(run_in_terminal("list", *here, columns=0, COLUMNS=columns))
        assert max(map(len, out.splitlines())) == 80
