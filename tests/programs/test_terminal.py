"""The program on real pseudo-terminals: what stands on the screen, whatever happens."""

from __future__ import annotations

import random
import re
import signal

import pytest
from support.fakes import raw_operation
from support.history import History
from support.screen import TerminalProgram
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, page

from lightsail_ops.testing import LightsailServer

WIDTHS = [40, 80, 120, 200]


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2"


@pytest.mark.parametrize("columns", WIDTHS)
class TestList:
    def test_shows_the_newest_at_the_bottom_for_one_request(
        self, wire: Wire, here: tuple[str, ...], columns: int
    ) -> None:
        wire.play(History(1_000))
        with TerminalProgram("list", *here, columns=columns) as program:
            assert program.finish() == 0
            rows = program.rows
        assert [row.split()[-1] for row in rows[1:51]] == [f"web-{n}" for n in range(49, -1, -1)]
        assert rows[51].startswith("the 50 most recent; --all shows all")
        assert len(wire.received) == 1

    def test_gives_each_operation_one_row(
        self, wire: Wire, here: tuple[str, ...], columns: int
    ) -> None:
        names = ["n" * 255, "名前" * 30, "👩‍🚀" * 30, "web"]
        chosen = "id,created,changed,status,type,resource,region,zone,took"
        for options in ((), ("--columns", chosen)):
            wire.play([page([raw_operation(n, resourceName=name) for n, name in enumerate(names)])])
            with TerminalProgram("list", *here, *options, columns=columns) as program:
                assert program.finish() == 0
                rows = program.rows
            assert rows[5].startswith("4 operations in 1 page")

    def test_of_a_demonstration_is_readable(self, server_url: str, columns: int) -> None:
        options = "--endpoint-url", server_url, "--region", "us-west-2", "--region", "eu-west-1"
        with TerminalProgram("list", *options, columns=columns) as program:
            assert program.finish() == 0
            rows = program.rows
        assert rows[0].split()[0] == "Created"
        assert sum(bool(re.match(r"(\d{4}-)?\d\d-\d\d ", row)) for row in rows) == 50


def test_all_are_shown_with_all(wire: Wire, here: tuple[str, ...]) -> None:
    wire.play(History(450))
    with TerminalProgram("list", *here, "--all") as program:
        assert program.finish() == 0
        rows = program.rows
    assert [row.split()[-1] for row in rows[1:451]] == [f"web-{n}" for n in range(449, -1, -1)]
    assert rows[451].startswith("450 operations in 3 pages")


@pytest.fixture(scope="module")
def server_url(server: LightsailServer) -> str:
    for region in ("us-west-2", "eu-west-1"):
        server.lightsail.add_operations(60, region_name=region)
    return server.endpoint_url


class TestStatusLine:
    def test_stands_below_warnings_and_changes(self, wire: Wire, here: tuple[str, ...]) -> None:
        def serve(_: ReceivedRequest) -> CannedResponse:
            number = len(wire.received)
            if number == 2:
                return error_response("ThrottlingException", message="Rate exceeded")
            return page([raw_operation(each) for each in range(number, 0, -1)])

        wire.play(serve)
        options = "--since", "2016-01-01", "--interval", "0.3", "--columns", "id"
        once = "1"  # or botocore sends the request again, without a word
        with TerminalProgram(
            "watch", *here, *options, columns=120, AWS_MAX_ATTEMPTS=once
        ) as program:
            program.wait_for("id-4")
            program.read_until(lambda: "watching us-west-2" in program.cursor_row)
            assert "AWS responded" in program.cursor_row
            program.press_ctrl_c()
            assert program.finish() == 130
            rows = program.rows
        warning = (
            "warning: us-west-2: AWS throttled the request (ThrottlingException); the request "
        )
        assert {"id-1", "id-2", "id-3", "id-4"} <= set(rows)
        assert sum(row.startswith(warning) for row in rows) == 1
        assert not any("watching us-west-2" in row for row in rows)
        assert "error: interrupted." in rows

    def test_leaves_room_for_what_a_terminal_shows_of_ctrl_c(
        self, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda _: page([raw_operation(1)]))
        with TerminalProgram("watch", *here, columns=40) as program:
            program.read_until(lambda: "us-west-2" in program.cursor_row)
            program.press_ctrl_c()
            assert program.finish() == 130
            rows = program.rows
        assert b"^C" in program.written
        assert not any("watching" in row for row in rows)
        assert not any("^" in row or row == "C" for row in rows)

    def test_says_for_how_long_aws_has_not_responded(
        self, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda _: page(delay=3.0))
        with TerminalProgram("watch", *here) as program:
            program.wait_for("watching us-west-2 for 1s; AWS has not responded yet; Ctrl-C stops")

    def test_takes_no_malformed_response_for_one_of_aws(
        self, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda _: CannedResponse(b"<html>Log in</html>"))
        with TerminalProgram("watch", *here) as program:
            program.wait_for("malformed response")
            program.wait_for("watching us-west-2 for 1s; AWS has not responded yet; Ctrl-C stops")

    def test_names_what_is_waited_for(self, wire: Wire, here: tuple[str, ...]) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            started = {"status": "Started", "isTerminal": False}
            return CannedResponse(
                page([]).body.replace(b'{"operations": []}', b"")
                + json_of(raw_operation(id=received.arguments["operationId"], **started))
            )

        wire.play(serve)
        with TerminalProgram("wait", "a", *here, columns=120) as program:
            program.wait_for(
                "waiting for 1 of 1 operation (web-1: 1 Started) for 1s; AWS responded"
            )
            program.send_signal(signal.SIGTERM)
            assert program.finish() == 143
            assert program.rows[-2:] == [
                "error: terminated.",
                f"help: Resume with lightsail-ops wait a {' '.join(here)}",
            ]

    @pytest.mark.parametrize("seed", range(4))
    def test_is_gone_after_any_end(self, wire: Wire, here: tuple[str, ...], seed: int) -> None:
        wire.play(History(5_000, delay=0.1))
        dice = random.Random(seed)
        with TerminalProgram("list", *here, "--all", columns=dice.choice(WIDTHS)) as program:
            program.read_until(lambda: "operations in" in program.cursor_row)
            for _ in range(dice.randrange(3)):
                program.resize(dice.choice(WIDTHS))
                program.read(0.1)
            number = dice.choice([signal.SIGINT, signal.SIGTERM])
            program.send_signal(number)
            assert program.finish() == 128 + number
            rows = program.rows
        assert "".join(rows[-4:]).replace(" ", "").endswith("runthecommandagain.")
        assert not any("operations in" in row for row in rows)


class TestResizing:
    def test_lays_a_table_out_again(self, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play(
            lambda _: page([raw_operation(each) for each in range(len(wire.received), 0, -1)])
        )
        options = "--since", "2016-01-01", "--interval", "0.3"
        with TerminalProgram("watch", *here, *options, columns=120) as program:
            program.wait_for("web-1")
            program.resize(50)
            seen = len(wire.received)
            program.read_until(lambda: len(wire.received) > seen + 4)
            rows = program.rows
        heads = [row for row in rows if row.startswith("Changed")]
        assert len(heads) == 2
        below = rows[rows.index(heads[1]) + 1 :]
        assert len(below) > 2
        assert all(len(row) <= 50 for row in below)
        assert all(re.match(r"\d\d:\d\d:\d\d  ✓  Create", row) for row in below[:-1])


def json_of(operation: object) -> bytes:
    import json

    return json.dumps({"operation": operation}).encode()
