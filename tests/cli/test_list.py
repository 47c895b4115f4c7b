"""`lightsail-ops list`: which operations, in which form, from where."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fakes import ABSENT, raw_operation, raw_operations
from wire import Answer, Asked, Wire, failure, page

from lightsail_ops.testing import LightsailServer

Run = Callable[..., Any]


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2"


def ids(jsonl: str) -> list[str]:
    return [json.loads(line)["id"] for line in jsonl.splitlines()]


class TestForPrograms:
    def test_is_one_json_object_a_line_into_a_pipe(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page(raw_operations(3, 3))])
        listed = run("list", *here)
        assert ids(listed.out) == ["id-1", "id-2", "id-3"]
        assert (listed.err, listed.status) == ("", 0)
        assert json.loads(listed.lines[0])["createdAt"] == "2016-11-22T12:16:31.349000+00:00"

    def test_json_is_one_array(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page(raw_operations(3, 3))])
        array = json.loads(run("list", *here, "--output", "json").out)
        assert [raw["id"] for raw in array] == ["id-1", "id-2", "id-3"]

    def test_json_of_nothing_is_an_empty_array(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page()])
        assert json.loads(run("list", *here, "--output", "json").out) == []

    def test_json_is_complete_where_the_reading_stops_half_way(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), failure("InvalidInputException")])
        listed = run("list", *here, "-o", "json")
        assert len(json.loads(listed.out)) == 2
        assert listed.status == 1

    def test_csv_has_a_head_and_what_aws_left_out_is_empty(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        odd = raw_operation(2, resourceName='a "b",\n\ud800 é', location={})
        wire.play([page([raw_operation(1, errorCode="x"), odd])])
        first, second = csv.DictReader(io.StringIO(run("list", *here, "-o", "csv").out))
        assert (first["regionName"], first["errorCode"]) == ("us-west-2", "x")
        assert first["isTerminal"] == "true"
        assert second["resourceName"] == 'a "b",\n? é'
        assert second["regionName"] == second["statusChangedAt"] == ""

    def test_csv_loads_in_pandas(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        pandas = pytest.importorskip("pandas")
        wire.play([page(raw_operations(1, 3))])
        frame = pandas.read_csv(io.StringIO(run("list", *here, "-o", "csv").out))
        assert frame["isTerminal"].all()
        assert pandas.to_datetime(frame["createdAt"]).dt.year.tolist() == [2016] * 3

    def test_a_page_is_written_before_the_next_is_asked_for(
        self, run: Run, wire: Wire, here: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        written: list[str] = []

        def answer(asked: Asked) -> Answer:
            written.append(capsys.readouterr().out)
            number = len(written)
            return page([raw_operation(number)], f"t{number}" if number < 3 else None)

        wire.play(answer)
        run("list", *here)
        assert [ids(out) for out in written] == [[], ["id-1"], ["id-2"]]

    def test_force_color_does_not_turn_a_pipe_into_a_terminal(
        self, run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        wire.play([page(raw_operations(1, 1))])
        listed = run("list", *here)
        assert ids(listed.out) == ["id-1"]
        assert listed.err == ""

    def test_a_table_in_a_file_cuts_nothing(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        name, why = "n" * 90, "w" * 200
        failed = raw_operation(
            resourceName=name, operationDetails=why, status="Failed", errorDetails=why
        )
        wire.play([page([failed])])
        out = run("list", *here, "-o", "table").out
        assert name in out
        assert why in out


class TestForPeople:
    def test_is_a_table_in_a_terminal(self, seen: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page(raw_operations(3, 3))])
        listed = seen("list", *here)
        assert listed.plain.splitlines() == [
            "Created CET       Status        Operation                   Resource",
            *(
                f"2016-11-22 13:16  ✓ Succeeded   CreateInstance              web-{number}"
                for number in (1, 2, 3)
            ),
        ]

    @pytest.mark.parametrize("columns", [80, 140])
    @pytest.mark.parametrize("regions", [("us-west-2",), ("us-west-2", "eu-central-1")])
    def test_no_line_is_wider_than_the_terminal(
        self, seen: Run, server: LightsailServer, columns: int, regions: tuple[str, ...]
    ) -> None:
        for region in regions:
            server.lightsail.add_operations(220, region_name=region)
            server.lightsail.add_operation(resource_name="名前" * 60, region_name=region)
        options = [option for region in regions for option in ("--region", region)]
        listed = seen("list", *options, "--endpoint-url", server.endpoint_url, columns=columns)
        plain = listed.plain
        assert max(
            len(line) + line.count("名") + line.count("前") for line in plain.splitlines()
        ) <= (columns)
        assert "ResizeInstance" in plain
        assert ("us-west-2" in plain) == (len(regions) > 1)

    def test_a_failure_says_why(self, seen: Run, wire: Wire, here: tuple[str, ...]) -> None:
        failed = raw_operation(status="Failed", errorCode="LimitExceeded", errorDetails="Too many.")
        wire.play([page([failed])])
        assert "LimitExceeded: Too many." in seen("list", *here).out
        wire.play([page([failed])])
        assert "LimitExceeded: Too many." in seen("list", *here, columns=140).lines[-1]

    def test_wide_tables_say_how_long_it_took(
        self, seen: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        created_at = 1479816991.0
        took = (7, 200, 7500, 93600)
        wire.play(
            [
                page(
                    [
                        raw_operation(createdAt=created_at, statusChangedAt=created_at + seconds)
                        for seconds in took
                    ]
                    + [raw_operation(isTerminal=False, status="Started", statusChangedAt=ABSENT)]
                )
            ]
        )
        out = seen("list", *here, columns=140).plain
        assert re.findall(r" (\d+[a-z](?: \d+[a-z])?) ", out) == ["7s", "3m 20s", "2h 5m", "1d 2h"]

    def test_utc_is_what_one_may_ask_for(
        self, seen: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation()])])
        out = seen("list", *here, "--utc").out
        assert "Created UTC" in out
        assert "2016-11-22 12:16" in out

    def test_names_cannot_steer_the_terminal(
        self, seen: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        odd = raw_operation(
            resourceName="\x1b[31m\ud800\u202e\u00a0x",
            operationType="\x07",
            status="\x9b",
            location={"regionName": "\x1b"},
        )
        wire.play([page([odd])])
        out = seen("list", *here).lines[-1]
        assert "\ufffd[31m\ufffd\ufffd x" in out
        assert not {"\x07", "\x9b", "\u202e"} & set(out)

    def test_the_last_line_counts(self, seen: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), page([raw_operation(3, status="Odd")])])
        err = seen("list", *here).err
        assert "asking Lightsail …" in err
        assert "2 operations in 1 page …" in err
        assert "3 operations in 2 pages" in err.splitlines()[-1]
        assert "Succeeded 2" in err.splitlines()[-1]
        assert "Odd 1" in err.splitlines()[-1]

    def test_the_last_line_says_how_many_were_left_out(
        self, seen: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), page(raw_operations(2, 3))])
        assert "1 of 3 operations in 2 pages" in seen("list", *here, "--resource", "web-2").err

    def test_a_terminal_without_unicode_gets_plain_symbols(
        self, seen: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rich.console.Console.encoding", "ascii")
        wire.play([page([raw_operation(resourceName="long" * 20)])])
        listed = seen("list", *here)
        assert "+ Succeeded" in listed.out
        assert "longlonglon~onglonglong" in listed.out
        assert (listed.out + listed.err).isascii()

    def test_symbols_are_plain_where_there_is_no_unicode(self, in_terminal: Run) -> None:
        out = in_terminal("list", "--demo", "--limit", "30", PYTHONIOENCODING="ascii")
        assert "+ Succeeded" in out
        assert "x Failed" in out
        assert out.isascii()

    def test_no_color_is_obeyed(self, in_terminal: Run) -> None:
        coloured, plain = (
            in_terminal("list", "--demo", "--limit", "12", **environment)
            for environment in ({}, {"NO_COLOR": "1"})
        )
        assert "\x1b[32m✓ Succeeded" in coloured
        assert "✓ Succeeded" in plain
        assert not re.search(r"\x1b\[[\d;]*3[1-7]m", plain)

    def test_a_dumb_terminal_gets_no_control_codes(self, in_terminal: Run) -> None:
        assert "\x1b" not in in_terminal("list", "--demo", "--limit", "2", TERM="dumb")


class TestSelection:
    @pytest.mark.parametrize(
        ("options", "selected"),
        [
            (["--status", "failed"], ["id-2"]),
            (["--status", "not-started", "--status", "FAILED"], ["id-2", "id-3"]),
            (["--type", "create_instance"], ["id-1", "id-2", "id-3"]),
            (["--type", "StartGUISession"], ["id-4"]),
            (["--resource", "web-2"], ["id-2"]),
            (["--resource", "web-[34]"], ["id-3", "id-4"]),
            (["--resource", "a[1]"], ["id-5"]),
            (["--since", "2016-11-22T12:16:32Z"], ["id-4", "id-5"]),
            (["--until", "2016-11-22T12:16:32Z"], ["id-1", "id-2", "id-3"]),
            (["--until", "2016-11-22T13:16:32"], ["id-1", "id-2", "id-3"]),
            (["--until", "2016-11-22T12:16:32", "--utc"], ["id-1", "id-2", "id-3"]),
            (["--since", "24h"], ["id-5"]),
            (["--since", "1W", "--until", "1s"], ["id-5"]),
            (["--since", "2020-01-01", "--status", "failed"], []),
        ],
    )
    def test_keeps_what_matches_all_options(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        options: list[str],
        selected: list[str],
    ) -> None:
        import time

        wire.play(
            [
                page(
                    [
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
                )
            ]
        )
        assert ids(run("list", *here, *options).out) == selected

    def test_limit_is_the_first_that_match_and_asks_for_no_further_page(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda asked: page(raw_operations(1, 5), f"t{len(wire.asked)}"))
        assert ids(run("list", *here, "--limit", "2", "--resource", "web-4").out) == ["id-4"] * 2
        assert wire.tokens == [None, "t1"]

    def test_carries_on_from_a_page_token(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(3, 3))])
        assert ids(run("list", *here, "--page-token", "t1").out) == ["id-3"]
        assert wire.tokens == ["t1"]


class TestManyRegions:
    def test_all_regions_are_asked(self, run: Run, server: LightsailServer) -> None:
        server.lightsail.add_operations(3, region_name="us-east-1")
        server.lightsail.add_operations(250, region_name="ap-northeast-1")
        listed = run("list", "--all-regions", "--endpoint-url", server.endpoint_url)
        assert len(listed.lines) == 253
        assert listed.status == 0
        asked = {request.region_name for request in server.lightsail.requests}
        assert {"us-east-1", "eu-west-3", "ca-central-1"} < asked

    def test_some_regions_are_asked(self, seen: Run, server: LightsailServer) -> None:
        server.lightsail.add_operations(2, region_name="us-east-1")
        options = "--region", "us-east-1", "--region", "eu-west-1"
        listed = seen("list", *options, "--endpoint-url", server.endpoint_url)
        assert "2 operations in 2 regions" in listed.err
        assert {request.region_name for request in server.lightsail.requests} == {
            "us-east-1",
            "eu-west-1",
        }

    def test_regions_that_fail_are_named_at_the_end(self, run: Run, wire: Wire) -> None:
        def answer(asked: Asked) -> Answer:
            region = asked.headers["Authorization"].split("/")[2]
            if region == "us-east-1":
                return page(raw_operations(1, 2))
            if asked.arguments.get("pageToken") is None and region == "us-west-2":
                return page(raw_operations(3, 3), "half-way")
            return failure("AccessDeniedException", message=f"Not in {region}")

        wire.play(answer)
        options = [
            option
            for region in ("us-east-1", "us-west-2", "eu-west-1", "eu-west-2")
            for option in ("--region", region)
        ]
        listed = run("list", *options, "--endpoint-url", wire.endpoint_url)
        assert sorted(ids(listed.out)) == ["id-1", "id-2", "id-3"]
        assert listed.status == 4
        what, advice, carry_on = listed.problems
        regions, _, text = what.removeprefix("error: ").partition(": ")
        assert sorted(regions.split(", ")) == ["eu-west-1", "eu-west-2", "us-west-2"]
        assert text == "AWS denied GetOperations: Not in {region}."
        assert advice == "help: Allow the IAM action lightsail:GetOperations."
        assert carry_on == (
            "help: Carry on from there with --region us-west-2 --page-token half-way"
        )

    def test_one_region_that_fails_is_named_with_aws_own_words(self, run: Run, wire: Wire) -> None:
        def answer(asked: Asked) -> Answer:
            if "us-east-1" in asked.headers["Authorization"]:
                return page(raw_operations(1, 1))
            return failure("AccessDeniedException", message="Not in eu-west-1!", tip="Ask Ann")

        wire.play(answer)
        options = "--region", "us-east-1", "--region", "eu-west-1"
        listed = run("list", *options, "--endpoint-url", wire.endpoint_url, "-o", "json")
        assert len(json.loads(listed.out)) == 1
        assert listed.problems == [
            "error: eu-west-1: AWS denied GetOperations: Not in eu-west-1!",
            "help: Allow the IAM action lightsail:GetOperations. Ask Ann.",
        ]

    def test_regions_without_operations_are_no_problem(self, run: Run, wire: Wire) -> None:
        wire.play(lambda asked: page())
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
        assert 10 < len(run("list", "--demo", "--since", "6h").lines) < 450

    def test_has_several_regions(self, run: Run) -> None:
        listed = run("list", "--demo", "--all-regions", "--status", "failed")
        regions = {json.loads(line)["location"]["regionName"] for line in listed.lines}
        assert {"us-west-2", "us-east-1", "eu-central-1"} < regions

    def test_has_any_region(self, run: Run) -> None:
        assert len(run("list", "--demo", "--region", "eu-west-3").lines) == 60
