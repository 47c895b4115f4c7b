"""Options that concern all commands: colours, regions, repeated and empty ones."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta

import click
import pytest
from support.fakes import raw_operation, raw_operations
from support.history import NOON, History
from support.program import Run, RunInTerminal
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, page

from lightsail_ops.cli.columns import COLUMNS
from lightsail_ops.cli.options import parse_time


class TestColour:
    @pytest.mark.parametrize(
        ("options", "variables", "is_terminal", "is_coloured"),
        [
            ((), {}, True, True),
            ((), {}, False, False),
            ((), {"NO_COLOR": "1"}, True, False),
            ((), {"NO_COLOR": ""}, True, True),
            ((), {"FORCE_COLOR": "1"}, False, True),
            ((), {"FORCE_COLOR": "0"}, False, False),
            ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
            ((), {"TERM": "dumb"}, True, False),
            (("--color", "always"), {"NO_COLOR": "1"}, False, True),
            (("--color", "never"), {"FORCE_COLOR": "1"}, True, False),
            (("--color", "auto"), {}, True, True),
        ],
    )
    def test_is_shown_as_options_and_variables_say(
        self,
        run: Run,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        options: tuple[str, ...],
        variables: dict[str, str],
        is_terminal: bool,
        is_coloured: bool,
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        wire.play([page(raw_operations(1, 1)), error_response("Newest", message="New")] * 2)
        runner = run_on_terminal if is_terminal else run
        listed = runner("list", *here, "-o", "table", *options)
        failed = runner("list", *here, *options)
        assert ("\x1b[32m✓ Succeeded" in listed.out) == is_coloured
        assert ("\x1b[31m\x1b[1merror:" in failed.err) == is_coloured
        assert bool(re.search(r"\x1b\[\d*m", listed.out)) == is_coloured

    def test_is_not_in_json(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 1))])
        assert run("list", *here, "--color", "always").ids == ["id-1"]


class TestRegion:
    @pytest.mark.parametrize(
        ("variables", "options", "region"),
        [
            ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, (), "eu-west-1"),
            ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, (), "us-east-1"),
            ({"AWS_REGION": "eu-west-1"}, ("--region", "eu-west-2"), "eu-west-2"),
            ({}, (), "ca-central-1"),
        ],
    )
    def test_is_the_first_that_is_named(
        self,
        run: Run,
        wire: Wire,
        tmp_path: object,
        monkeypatch: pytest.MonkeyPatch,
        variables: dict[str, str],
        options: tuple[str, ...],
        region: str,
    ) -> None:
        config = f"{tmp_path}/config"
        with open(config, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write("[default]\nregion = ca-central-1\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", config)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        wire.play([page()])
        assert run("list", "--endpoint-url", wire.endpoint_url, *options).status == 0
        assert f"/{region}/" in wire.received[0].headers["Authorization"]


class TestEmptyValues:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["list", "--region", ""],
            ["list", "--profile", " "],
            ["list", "--resource", ""],
            ["list", "--page-token", ""],
            ["wait", ""],
            ["wait", "a", ""],
            ["show", ""],
            ["watch", "--cursor-file", ""],
            ["timeline", "--save", ""],
        ],
    )
    def test_are_explained(self, run: Run, arguments: list[str]) -> None:
        outcome = run(*arguments)
        assert outcome.errors[0].endswith("is empty. Is a variable not set?")
        assert (outcome.out, outcome.status) == ("", 2)


class TestColumns:
    def test_that_are_named_twice_are_joined(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1))])
        listed = run("list", *here, "--columns", "id,status", "--columns", "status,type")
        assert list(listed.objects[0]) == ["id", "status", "operationType"]

    def test_keep_zero_width_joiners(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        name = "👩‍🚀 می‌خواهم"
        wire.play([page([raw_operation(resourceName=name)])])
        assert run_on_terminal("list", *here, "--columns", "resource").table[1] == name


class TestNarrowTerminals:
    def test_get_what_fits_of_all_columns(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1))])
        names = ",".join(column.name for column in COLUMNS)
        listed = run_on_terminal("list", *here, "--columns", names, columns=20)
        assert max(map(len, listed.table)) == 2 * len(COLUMNS) - 1  # a column and a gap for each


class TestAdvice:
    """The command that is advised has the options that were written, and no password."""

    def test_repeats_flags_and_leaves_out_a_url_with_a_password(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), error_response("Newest", message="New")])
        url = wire.endpoint_url.replace("http://", "http://user:secret@")
        listed = run("list", "--endpoint-url", url, "--region", "us-west-2", "--utc", "--all")
        if listed.lines:  # some versions of botocore take no such URL
            command = "lightsail-ops list --region us-west-2 --all --page-token t1 --utc"
            assert listed.errors[-1] == f"help: Resume with {command}"
        assert "secret" not in listed.err

    def test_leaves_out_nothing_that_is_only_like_a_url_with_a_password(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), error_response("Newest", message="New")])
        name = "//user:secret@[web]*"
        listed = run("list", *here, "--resource", name)
        command = f"lightsail-ops list {' '.join(here)} --resource '{name}' --page-token t1"
        assert listed.errors[-1] == f"help: Resume with {command}"

    def test_joins_names_that_were_written_apart(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), error_response("Newest", message="New")])
        listed = run(
            "list", *here, "--status", "succeeded", "--status", "failed", "--columns", "Id"
        )
        command = f"{' '.join(here)} --status succeeded,failed --page-token t1 --columns id"
        assert listed.errors[-1] == f"help: Resume with lightsail-ops list {command}"

    def test_wants_what_is_missing_of_a_limit(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 2), "t1"), error_response("Newest", message="New")])
        listed = run("list", *here, "--limit", "5")
        command = f"lightsail-ops list {' '.join(here)} --limit 3 --page-token t1"
        assert listed.errors[-1] == f"help: Resume with {command}"

    def test_takes_a_region_that_is_named_twice_for_one(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1))])
        listed = run("list", *here, "--region", "us-west-2", "--page-token", "t1")
        assert listed.ids == ["id-1"]

    def test_can_be_pasted_where_a_value_begins_with_a_dash(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1), "-t1"), error_response("Newest", message="New")])
        listed = run("list", *here)
        command = listed.errors[-1].removeprefix("help: Resume with lightsail-ops ")
        wire.play([page(raw_operations(2, 2))])
        assert run(*shlex.split(command)).ids == ["id-2"]
        assert wire.received[-1].arguments == {"pageToken": "-t1"}

    def test_can_be_pasted_where_a_year_has_three_digits(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), error_response("Newest", message="New")])
        listed = run("list", *here, "--since", "0900-01-02T00:00Z")
        command = listed.errors[-1].removeprefix("help: Resume with lightsail-ops ")
        assert "--since 0900-01-02T00:00:00.000000Z" in command
        wire.play([page(raw_operations(2, 2))])
        assert run(*shlex.split(command)).ids == ["id-2"]

    def test_repeats_flags(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), error_response("Newest", message="New")])
        listed = run("list", *here, "--utc", "--all")
        command = f"lightsail-ops list {' '.join(here)} --all --page-token t1 --utc"
        assert listed.errors[-1] == f"help: Resume with {command}"


class TestCost:
    def test_of_a_resource_is_one_request(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        old = raw_operation(2, createdAt=1479816599, resourceName="web-1")
        just = raw_operation(3, createdAt=1479816600, resourceName="web-1")
        wire.play([page([old, just, raw_operation(1)])])
        listed = run("list", *here, "--resource", "web-1", "--since", "2016-11-22T12:10Z")
        assert listed.ids == ["id-3", "id-1"]
        assert [(each.action, each.arguments) for each in wire.received] == [
            ("GetOperationsForResource", {"resourceName": "web-1"})
        ]

    def test_of_a_pattern_is_the_whole_history(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(2), raw_operation(1)])])
        assert run("list", *here, "--resource", "web-[1]").ids == ["id-1"]
        assert wire.received[0].action == "GetOperations"

    def test_of_a_resource_that_is_gone_is_the_whole_history(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([error_response("NotFoundException"), page([raw_operation(2), raw_operation(1)])])
        assert run("list", *here, "--resource", "web-1").ids == ["id-1"]

    def test_of_a_resource_that_is_gone_continues_in_the_whole_history(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        gone = error_response("NotFoundException")
        wire.play([gone, page([raw_operation(2)], "t1"), error_response("Newest", message="New")])
        first = run("list", *here, "--resource", "web-2")
        command = shlex.split(first.errors[1].removeprefix("help: Resume with lightsail-ops "))
        wire.play(lambda received: gone if "Res" in received.action else page([raw_operation(2)]))
        assert first.ids + run(*command).ids == ["id-2", "id-2"]
        assert [(each.action, each.arguments["pageToken"]) for each in wire.received] == [
            ("GetOperations", "t1")
        ]

    @pytest.mark.parametrize("arguments", [(), ("--page-token", "t0")])
    def test_of_a_resource_that_goes_half_way_repeats_nothing(
        self, run: Run, wire: Wire, here: tuple[str, ...], arguments: tuple[str, ...]
    ) -> None:
        known = [] if arguments else [page([raw_operation(1)], "t1")]
        wire.play([*known, error_response("NotFoundException", message="Gone")])
        listed = run("list", *here, "--resource", "web-1", *arguments)
        assert listed.ids == ["id-1"] * len(known)
        assert listed.errors[0].startswith("error: AWS did not find it: Gone.")
        assert {received.action for received in wire.received} == {"GetOperationsForResource"}

    def test_of_a_resource_in_several_regions_is_one_request_in_each(
        self, run: Run, wire: Wire
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            region = received.headers["Authorization"].split("/")[2]
            if region == "eu-west-1":
                return error_response("AccessDeniedException", message="No")
            return page([raw_operation(id=region)])

        wire.play(serve)
        names = ("us-west-2", "eu-west-1", "us-east-1")
        options = [option for name in names for option in ("--region", name)]
        listed = run("list", *options, "--resource", "web-1", "--endpoint-url", wire.endpoint_url)
        assert listed.ids == ["us-west-2", "us-east-1"]
        message = "error: eu-west-1: AWS denied GetOperationsForResource: No. "
        assert listed.errors[0].startswith(message)
        assert listed.status == 4
        assert len(wire.received) == 3

    @pytest.mark.parametrize("last", [1, 150, 350])
    def test_of_the_last_ones_is_that_of_their_pages(
        self, run: Run, wire: Wire, here: tuple[str, ...], last: int
    ) -> None:
        history = History(6_000)
        wire.play(history)
        listed = run("list", *here, "--last", str(last))
        assert listed.ids == history.ids[:last][::-1]
        assert len(wire.received) == -(-last // 200)

    @pytest.mark.parametrize(("overtaken", "requests"), [(20, 1), (21, 2)])
    def test_of_the_last_ones_allows_for_a_few_that_were_overtaken(
        self, run: Run, wire: Wire, here: tuple[str, ...], overtaken: int, requests: int
    ) -> None:
        operations = [raw_operation(n, createdAt=1479816000 - n) for n in range(200)]
        for index in range(0, 2 * overtaken, 2):
            operations[index : index + 2] = operations[index + 1], operations[index]
        wire.play([page(operations, "t1"), page([raw_operation(200, createdAt=1479815000)])])
        assert run("list", *here, "--last", "2").ids == ["id-1", "id-0"]
        assert len(wire.received) == requests

    def test_of_a_time_is_that_of_what_is_newer(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        history = History(6_000)
        wire.play(history)
        assert run("list", *here, "--since", "2016-11-22T11:57:30Z").ids == history.ids[:151]
        assert len(wire.received) <= 4

    def test_of_a_screenful_in_another_order_is_everything(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        operations = [raw_operation(n, createdAt=1479816000 + n) for n in range(120)]
        wire.play([page(operations[:60], "t1"), page(operations[60:])])
        listed = run_on_terminal("list", *here, "--columns", "id")
        assert listed.table[1:] == [f"id-{number}" for number in range(70, 120)]
        assert listed.errors[0].startswith("the 50 most recent; --all shows all")

    def test_of_a_screenful_that_is_selected_is_that_of_its_pages(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        history = History(3_000)
        wire.play(history)
        listed = run_on_terminal("list", *here, "--columns", "id", "--resource", "web-*0")
        assert listed.table[1:] == [f"id-{number}" for number in range(490, -10, -10)]
        assert len(wire.received) == 3

    def test_a_time_does_not_say_that_there_are_more(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(History(450))
        since = f"{datetime.fromtimestamp(NOON - 2, UTC):%Y-%m-%dT%H:%M:%SZ}"
        listed = run_on_terminal("list", *here, "--since", since, "--columns", "id")
        assert listed.table == ["Id", "id-2", "id-1", "id-0"]
        assert len(wire.received) == 1  # and not the three pages that there are
        assert listed.errors[0].startswith("3 operations in 1 page")

    def test_a_limit_says_that_there_are_more(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        for count in (450, 150):
            wire.play(History(count))
            listed = run_on_terminal("list", *here, "--limit", "3", "--columns", "id")
            assert listed.table == ["Id", "id-0", "id-1", "id-2"]
            assert listed.errors[0].startswith("3 operations; there are more")


NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("string", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        (" 1H ", timedelta(hours=1)),
        ("000000s", timedelta()),
    ],
)
def test_a_duration_is_counted_back_from_now(string: str, ago: timedelta) -> None:
    assert parse_time(string, now=NOW, utc=False) == NOW - ago


@pytest.mark.parametrize(
    ("string", "in_utc", "in_berlin"),
    [
        ("2026-07-01", "2026-07-01T00:00", "2026-06-30T22:00"),
        ("2026-11-01T09:30", "2026-11-01T09:30", "2026-11-01T08:30"),
        (" 2026-11-01T09:30Z", "2026-11-01T09:30", "2026-11-01T09:30"),
        ("2026-11-01T09:30+02:00", "2026-11-01T07:30", "2026-11-01T07:30"),
    ],
)
def test_a_time_without_a_zone_is_in_utc_or_in_that_of_this_machine(
    string: str, in_utc: str, in_berlin: str
) -> None:
    for utc, expected in ((True, in_utc), (False, in_berlin)):
        time = parse_time(string, now=NOW, utc=utc)
        assert (time.isoformat(timespec="minutes"), time.tzinfo) == (f"{expected}+00:00", UTC)


@pytest.mark.parametrize(
    "string", ["", "soon", "1y", "1h30m", "1234567s", "999999w", "-1h", "1.5h"]
)
def test_what_is_no_time_is_refused(string: str) -> None:
    with pytest.raises(
        click.BadParameter, match=f"^not a valid time: '{string}'. Write how long ago"
    ):
        parse_time(string, now=NOW, utc=True)
