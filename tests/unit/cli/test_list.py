"""`lightsail-ops list`: which operations, in which order and from where."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time

import pytest
from support.fakes import raw_operation, raw_operations
from support.history import History
from support.program import Run, RunInTerminal
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, page

from lightsail_ops.__main__ import main
from lightsail_ops.testing import LightsailServer

MINUTE = 60
NOON = 1479816000  # 2016-11-22T12:00:00Z


class TestStreaming:
    def test_writes_each_page_before_it_fetches_the_next(
        self, run: Run, wire: Wire, here: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        written: list[int] = []

        def serve(_: ReceivedRequest) -> CannedResponse:
            written.append(len(capsys.readouterr().out.splitlines()))
            number = len(written)
            return page([raw_operation(number)], f"t{number}" if number < 3 else None)

        wire.play(serve)
        run("list", *here)
        assert written == [0, 1, 1]

    def test_continues_from_a_page_token(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(3, 3))])
        assert run("list", *here, "--page-token", "t1").ids == ["id-3"]
        assert wire.tokens == ["t1"]

    def test_on_a_terminal_shows_all_from_a_page_token_on(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 60), "t2"), page(raw_operations(61, 70))])
        listed = run_on_terminal("list", *here, "--page-token", "t1", "--columns", "id")
        assert listed.table[1:] == [f"id-{number}" for number in range(1, 71)]


class TestSelection:
    @pytest.mark.parametrize(
        ("options", "selected"),
        [
            (["--status", "failed"], ["id-2"]),
            (["--status", "not-started", "--status", "FAILED"], ["id-2", "id-3"]),
            (["--status", "not-started,FAILED"], ["id-2", "id-3"]),
            (["--status", "*ed"], ["id-1", "id-2", "id-3", "id-4", "id-5"]),
            (["--type", "create_instance"], ["id-1", "id-2", "id-3"]),
            (["--type", "StartGUISession"], ["id-4"]),
            (["--type", "create-*,stop*"], ["id-1", "id-2", "id-3", "id-5"]),
            (["--resource", "web-2"], ["id-2"]),
            (["--resource", "web-[34]"], ["id-3", "id-4"]),
            (["--resource", "a[1]"], ["id-5"]),
            (["--since", "2016-11-22T12:16:32Z"], ["id-4", "id-5"]),
            (["--until", "2016-11-22T12:16:32Z"], ["id-1", "id-2", "id-3"]),
            (["--until", "2016-11-22T12:16:31.349Z"], []),
            (["--since", "2016-11-22T12:16:39Z"], ["id-4", "id-5"]),
            (["--until", "2016-11-22T13:16:32"], ["id-1", "id-2", "id-3"]),
            (["--until", "2016-11-22T12:16:32", "--utc"], ["id-1", "id-2", "id-3"]),
            (["--since", "24h"], ["id-5"]),
            (["--since", "1W", "--until", "1s"], ["id-5"]),
            (["--since", "2020-01-01", "--status", "failed"], []),
        ],
    )
    def test_shows_what_matches_all_options(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        options: list[str],
        selected: list[str],
    ) -> None:
        operations = [
            raw_operation(1),
            raw_operation(2, status="Failed"),
            raw_operation(3, status="NotStarted"),
            raw_operation(4, operationType="StartGUISession", createdAt=1479816999),
            raw_operation(
                5,
                resourceName="a[1]",
                createdAt=time.time() - 3600,
                operationType="StopInstance",
            ),
        ]
        wire.play([page(operations)])
        assert run("list", *here, *options).ids == selected

    def test_finds_a_type_that_this_version_does_not_know(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(1), raw_operation(2, operationType="PaintInstance")])])
        found = run("list", *here, "--type", "PaintInstance")
        assert found.ids == ["id-2"]
        assert found.err == ""

    def test_suggests_a_name_where_one_looks_misspelled(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page()])
        assert run("list", *here, "--status", "fialed", "--type", "create-instnce").errors == [
            "help: fialed is not a status that this version knows. Did you mean Failed?",
            (
                "help: create-instnce is not an operation type that this version knows. "
                "Did you mean CreateInstance, CreateInstanceSnapshot or RebootInstance?"
            ),
        ]

    def test_says_nothing_of_a_name_like_no_other(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page()])
        assert run("list", *here, "--status", "zzz").errors == []


class TestOrder:
    @pytest.fixture
    def shuffled(self, wire: Wire) -> None:
        """Serve two pages; the order by creation is 2, 3, 1, and that by change 3, 1, 2."""
        wire.play(
            [
                page(
                    [
                        raw_operation(2, createdAt=NOON + 10, statusChangedAt=NOON + 60),
                        raw_operation(1, createdAt=NOON + 30, statusChangedAt=NOON + 50),
                    ],
                    "t1",
                ),
                page([raw_operation(3, createdAt=NOON + 20, isTerminal=False, status="Started")]),
            ]
        )

    @pytest.mark.usefixtures("shuffled")
    @pytest.mark.parametrize(
        ("options", "order"),
        [
            ("", [2, 1, 3]),
            ("--reverse", [3, 1, 2]),
            ("--sort created", [2, 3, 1]),
            ("--sort created --reverse", [1, 3, 2]),
            ("--sort changed", [3, 1, 2]),
            ("--sort took", [1, 2, 3]),
            ("--sort took --reverse", [2, 1, 3]),
            ("--sort took --reverse --limit 1", [2]),
            ("--last 2", [3, 1]),
            ("--last 2 --reverse", [1, 3]),
            ("--last 2 --sort took", [1, 3]),
            ("--last 9", [2, 3, 1]),
        ],
    )
    def test_is_what_the_options_say(
        self, run: Run, here: tuple[str, ...], options: str, order: list[int]
    ) -> None:
        listed = run("list", *here, *options.split())
        assert listed.ids == [f"id-{number}" for number in order]

    def test_a_limit_fetches_no_further_page(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda received: page(raw_operations(1, 5), f"t{len(wire.received)}"))
        assert run("list", *here, "--limit", "2", "--resource", "web-4").ids == ["id-4"] * 2
        assert wire.tokens == [None, "t1"]

    def test_a_limit_may_be_more_than_there_are(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 2))])
        assert run("list", *here, "--limit", "9").ids == ["id-1", "id-2"]

    def test_what_came_before_an_error_is_shown_in_order(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), error_response("Newest", message="New")])
        listed = run("list", *here, "--reverse")
        assert listed.ids == ["id-2", "id-1"]
        assert listed.status == 1


class TestSeveralRegions:
    def test_all_regions_are_read(self, run: Run, server: LightsailServer) -> None:
        server.lightsail.add_operations(3, region_name="us-east-1")
        server.lightsail.add_operations(250, region_name="ap-northeast-1")
        listed = run("list", "--all-regions", "--endpoint-url", server.endpoint_url)
        assert len(listed.lines) == 253
        assert listed.status == 0
        read = {request.region_name for request in server.lightsail.requests}
        assert {"us-east-1", "eu-west-3", "ca-central-1"} < read

    def test_only_the_regions_that_are_named_are_read(
        self, run_on_terminal: RunInTerminal, server: LightsailServer
    ) -> None:
        server.lightsail.add_operations(2, region_name="us-east-1")
        options = "--region", "us-east-1", "--region", "eu-west-1"
        listed = run_on_terminal("list", *options, "--endpoint-url", server.endpoint_url)
        assert listed.errors[-1].startswith("2 operations in 2 regions")
        read = {request.region_name for request in server.lightsail.requests}
        assert read == {"us-east-1", "eu-west-1"}

    @pytest.mark.parametrize("is_terminal", [True, False])
    def test_a_table_is_one_history(
        self, run: Run, run_on_terminal: RunInTerminal, wire: Wire, is_terminal: bool
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "us-east-1" in received.headers["Authorization"]:
                odd = [raw_operation(number, createdAt=NOON + number) for number in (3, 1)]
                return page(odd, delay=0.05)
            return page([raw_operation(number, createdAt=NOON + number) for number in (4, 2)])

        wire.play(serve)
        options = "--region", "us-east-1", "--region", "us-west-2", "--columns", "id"
        runner = run_on_terminal if is_terminal else run
        listed = runner("list", *options, "--endpoint-url", wire.endpoint_url, "-o", "table")
        assert listed.table == ["Id", "id-1", "id-2", "id-3", "id-4"]

    def test_regions_that_failed_are_named_at_the_end(self, run: Run, wire: Wire) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            region = received.headers["Authorization"].split("/")[2]
            if region == "us-east-1":
                return page(raw_operations(1, 2))
            if received.arguments.get("pageToken") is None and region == "us-west-2":
                return page(raw_operations(3, 3), "half-way")
            return error_response("AccessDeniedException", message=f"Not in {region}")

        wire.play(serve)
        names = ("us-east-1", "us-west-2", "eu-west-1", "eu-west-2")
        options = [option for name in names for option in ("--region", name)]
        listed = run("list", *options, "--endpoint-url", wire.endpoint_url)
        assert sorted(listed.ids) == ["id-1", "id-2", "id-3"]
        assert listed.status == 4
        message, resume, repeat = listed.errors
        regions, _, text = message.removeprefix("error: ").partition(": ")
        assert regions.split(", ") == ["us-west-2", "eu-west-1", "eu-west-2"]
        advice = "Allow the IAM action lightsail:GetOperations."
        assert text == f"AWS denied GetOperations: Not in REGION. {advice}"
        command = f"help: Resume with lightsail-ops list --endpoint-url {wire.endpoint_url}"
        assert repeat == f"{command} --region us-west-2 --page-token half-way"
        assert resume == f"{command} --region eu-west-1 --region eu-west-2"

    def test_a_region_that_does_not_exist_is_not_resumed(self, run: Run, wire: Wire) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "us-west-2" in received.headers["Authorization"]:
                return page(raw_operations(1, 1))
            return error_response("InvalidInputException", message="No region")

        wire.play(serve)
        regions = "--region", "us-west-2", "--region", "us-wets-2"
        listed = run("list", *regions, "--endpoint-url", wire.endpoint_url)
        assert (listed.ids, listed.status) == (["id-1"], 4)
        assert listed.errors == ["error: us-wets-2: AWS rejected the input: No region."]

    def test_a_region_that_failed_keeps_nobody_from_stopping(self, run: Run, wire: Wire) -> None:
        history = History(8_000)

        def serve(received: ReceivedRequest) -> CannedResponse:
            if "/eu-west-1/" in received.headers["Authorization"]:
                return error_response("AccessDeniedException", message="No")
            return history(received)

        wire.play(serve)
        regions = "--region", "eu-west-1", "--region", "us-west-2"
        listed = run("list", *regions, "--endpoint-url", wire.endpoint_url, "--last", "3")
        assert len(listed.ids) == 3
        assert listed.errors[0].startswith("error: eu-west-1: AWS denied GetOperations: No. ")
        assert listed.status == 4
        assert len(wire.received) < 30

    @pytest.mark.parametrize("arguments", [(), ("--sort", "created"), ("--output", "table")])
    def test_some_regions_failed_also_where_the_others_have_nothing_to_show(
        self, run: Run, wire: Wire, arguments: tuple[str, ...]
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "us-east-1" in received.headers["Authorization"]:
                return page([])
            return error_response("AccessDeniedException")

        wire.play(serve)
        regions = ("--region", "us-east-1", "--region", "us-west-2")
        listed = run("list", *arguments, *regions, "--endpoint-url", wire.endpoint_url)
        assert (listed.ids, listed.status) == ([], 4)

    def test_a_single_region_that_failed_is_named_in_aws_own_words(
        self, run: Run, wire: Wire
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "us-east-1" in received.headers["Authorization"]:
                return page(raw_operations(1, 1))
            return error_response(
                "AccessDeniedException", message="Not in eu-west-1!", tip="Call Ann"
            )

        wire.play(serve)
        options = "--region", "us-east-1", "--region", "eu-west-1"
        listed = run("list", *options, "--endpoint-url", wire.endpoint_url, "-o", "json")
        assert len(json.loads(listed.out)) == 1
        assert listed.errors == [
            (
                "error: eu-west-1: AWS denied GetOperations: Not in eu-west-1! "
                "Allow the IAM action lightsail:GetOperations. Call Ann."
            ),
            (
                f"help: Resume with lightsail-ops list --endpoint-url {wire.endpoint_url} "
                "--region eu-west-1 --output json"
            ),
        ]

    def test_the_status_is_1_if_all_of_them_failed(
        self, run_on_terminal: RunInTerminal, wire: Wire
    ) -> None:
        wire.play(lambda _: error_response("AccessDeniedException", message="No"))
        options = "--region", "us-east-1", "--region", "eu-west-1"
        listed = run_on_terminal("list", *options, "--endpoint-url", wire.endpoint_url)
        assert listed.status == 1
        assert "us-east-1, eu-west-1: AWS denied GetOperations: No." in listed.err

    def test_regions_without_operations_are_not_an_error(self, run: Run, wire: Wire) -> None:
        wire.play(lambda _: page())
        options = "--region", "us-east-1", "--region", "eu-west-1"
        listed = run("list", *options, "--endpoint-url", wire.endpoint_url)
        assert (listed.out, listed.err, listed.status) == ("", "", 0)


class TestDemo:
    def test_needs_nothing_of_this_machine(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_PROFILE", "there-is-no-such-profile")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.delenv("NO_PROXY")
        listed = run("list", "--demo")
        assert len(listed.lines) == 450
        assert (listed.err, listed.status) == ("", 0)

    def test_reaches_up_to_now(self, run: Run) -> None:
        assert 10 < len(run("list", "--demo", "--since", "24h").lines) < 450

    def test_has_several_regions(self, run: Run) -> None:
        listed = run("list", "--demo", "--all-regions", "--status", "failed")
        regions = {each["location"]["regionName"] for each in listed.objects}
        assert {"us-west-2", "us-east-1", "eu-central-1"} < regions

    def test_has_a_region_once_however_often_it_is_named(self, run: Run) -> None:
        assert (
            len(run("list", "--demo", "--region", "sa-east-1", "--region", "sa-east-1").ids) == 40
        )

    def test_has_any_region(self, run: Run) -> None:
        assert len(run("list", "--demo", "--region", "eu-west-3").lines) == 60


class SignallingOutput(io.StringIO):
    """A pipe whose reader presses Ctrl-C when the first operations have come."""

    def write(self, text: str) -> int:
        if not self.getvalue():
            os.kill(os.getpid(), signal.SIGINT)
        return super().write(text)


def test_an_interrupt_behind_the_last_operation_of_a_limit_advises_nothing(
    wire: Wire,
    here: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wire.play(history := History(1_000))
    monkeypatch.setattr(sys, "stdout", output := SignallingOutput())
    assert main(("list", *here, "--limit", "200", "-o", "id")) == 130
    assert output.getvalue().splitlines() == history.ids[:200]
    assert capsys.readouterr().err == "error: interrupted.\n"
