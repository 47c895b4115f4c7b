"""`lightsail-ops watch`: a line for each change."""

from __future__ import annotations

import json
import re
import shlex
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.fakes import raw_operation
from support.program import Run, RunInTerminal, start_process
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, page

from lightsail_ops.testing import mock_lightsail

NO_WAY = (
    "help: There is no way to continue, since this watch kept no position. "
    "The next one does with --cursor-file FILE."
)
STARTED: dict[str, Any] = {"status": "Started", "isTerminal": False}


@pytest.fixture
def since_2016() -> tuple[str, ...]:
    return "--since", "2016-01-01", "--interval", "0.1"


def cursors_in(file: Path, wire: Wire) -> dict[str, str]:
    """Return the cursors of the default profile and the wire's server, by region."""
    cursors: dict[str, str] = json.loads(file.read_text())["profiles"][
        f"default {wire.endpoint_url}"
    ]
    return cursors


class TestChanges:
    def test_are_shown_once(
        self, run: Run, wire: Wire, here: tuple[str, ...], since_2016: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(**STARTED)])] * 2 + [page([raw_operation()])])
        watched = run("watch", *here, *since_2016, "--limit", "2")
        assert [each["status"] for each in watched.objects] == ["Started", "Succeeded"]
        assert watched.status == 0

    def test_are_those_that_are_selected(
        self, run: Run, wire: Wire, here: tuple[str, ...], since_2016: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(1), raw_operation(2, status="Failed")])])
        watched = run("watch", *here, *since_2016, "--status", "failed", "--limit", "1")
        assert watched.ids == ["id-2"]

    def test_are_those_of_the_last_ten_minutes_by_default(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        recent = raw_operation(2, createdAt=time.time() - 300)
        wire.play([page([recent, raw_operation(1)])])
        assert run("watch", *here, "--limit", "1").ids == ["id-2"]

    def test_survive_throttling(
        self, run: Run, wire: Wire, here: tuple[str, ...], since_2016: tuple[str, ...]
    ) -> None:
        wire.play([error_response("ThrottlingException", message="No"), page([raw_operation()])])
        watched = run("watch", *here, *since_2016, "--limit", "1")
        assert watched.ids == ["id-1"]
        assert watched.errors[0].startswith("warning: ")

    @pytest.mark.parametrize(
        ("columns", "line"),
        [
            (60, "watching us-west-2 for 0s; AWS responded 0s ago"),
            (40, "watching us-west-2: 0s; AWS 0s ago"),
        ],
    )
    def test_say_when_aws_responded_whatever_the_width(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
        columns: int,
        line: str,
    ) -> None:
        wire.play([page([raw_operation(1)]), page([raw_operation(2), raw_operation(1)])])
        options = *since_2016, "--limit", "2", "--interval", "0.6"
        watched = run_on_terminal("watch", *here, *options, columns=columns)
        assert line in re.sub(r"\d+s\b", "0s", watched.err)

    def test_have_a_time_in_the_table(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
    ) -> None:
        wire.play([page([raw_operation(statusChangedAt=1479817000)])])
        watched = run_on_terminal("watch", *here, *since_2016, "--limit", "1")
        assert "watching us-west-2 for 0s; AWS has not responded yet; Ctrl-C stops" in watched.err
        assert watched.table[0].startswith("Changed CET")
        assert watched.table[1].startswith("11-22 13:16:40")

    def test_of_a_misspelled_status_come_with_a_suggestion(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([error_response("AccessDeniedException", message="No")])
        watched = run("watch", *here, "--status", "fialed")
        assert watched.errors[0] == (
            "warning: fialed is not a status that this version knows. Did you mean Failed?"
        )

    def test_happen_in_the_demonstration(self, run: Run) -> None:
        watched = run("watch", "--demo", "--since", "1s", "--limit", "3")
        statuses = {each["status"] for each in watched.objects}
        assert statuses == {"Started", "Succeeded"}

    def test_of_the_demonstration_include_failures(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("lightsail_ops.cli.demo._PACE", 0.05)
        options = "--since", "1s", "--interval", "0.1", "--status", "failed", "--limit", "1"
        watched = run("watch", "--demo", *options)
        assert [each["errorCode"] for each in watched.objects] == ["LimitExceeded"]


class TestErrors:
    def test_end_the_watch_of_one_region(
        self, run: Run, wire: Wire, here: tuple[str, ...], since_2016: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation()]), error_response("AccessDeniedException", message="No")])
        watched = run("watch", *here, *since_2016)
        assert watched.ids == ["id-1"]
        assert watched.errors == [
            "error: AWS denied GetOperations: No. Allow the IAM action lightsail:GetOperations.",
            NO_WAY,
        ]
        assert watched.status == 1

    def test_of_one_of_several_regions_are_reported_once(
        self, run: Run, wire: Wire, since_2016: tuple[str, ...]
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "us-east-1" in received.headers["Authorization"]:
                return error_response("AccessDeniedException", message="No")
            return page([raw_operation(len(wire.received))], delay=0.2)

        wire.play(serve)
        options = "--region", "us-east-1", "--region", "us-west-2", *since_2016
        watched = run("watch", *options, "--endpoint-url", wire.endpoint_url, "--limit", "8")
        assert len(watched.lines) == 8
        assert watched.errors == [
            "error: us-east-1: AWS denied GetOperations: No.",
            "help: Allow the IAM action lightsail:GetOperations.",
        ]

    @pytest.mark.parametrize(
        ("regions", "place"),
        [
            (("us-east-1", "us-west-2"), "2 regions (1 of 2 fail)"),
            (("us-east-1",), "us-east-1"),
        ],
    )
    def test_of_regions_are_counted_while_they_last(
        self,
        run_on_terminal: RunInTerminal,
        wire: Wire,
        since_2016: tuple[str, ...],
        regions: tuple[str, ...],
        place: str,
    ) -> None:
        requests = Counter[str]()

        def serve(received: ReceivedRequest) -> CannedResponse:
            region = received.headers["Authorization"].split("/")[2]
            requests[region] += 1
            if region == "us-east-1" and requests[region] < 3:
                return error_response("ThrottlingException", message="Slow down")
            return page([raw_operation(id=region)])

        wire.play(serve)
        options = [option for region in regions for option in ("--region", region)]
        limit = str(len(regions))
        watched = run_on_terminal(
            *("watch", *options, *since_2016, "--endpoint-url", wire.endpoint_url),
            *("--limit", limit),
            columns=120,
        )
        assert re.search(rf"watching {re.escape(place)} for [0-9]s; AWS", watched.err)
        assert "1 of 1 fail" not in watched.err

    def test_of_a_region_that_responds_again_are_forgotten(
        self, run: Run, wire: Wire, since_2016: tuple[str, ...]
    ) -> None:
        requests = Counter[str]()

        def serve(received: ReceivedRequest) -> CannedResponse:
            region = received.headers["Authorization"].split("/")[2]
            requests[region] += 1
            denied = error_response("AccessDeniedException", message="No")
            if region == "us-east-1":  # it fails at first, and then has a change at each poll
                return denied if requests[region] == 1 else page([raw_operation(requests[region])])
            return denied if requests["us-east-1"] > 3 else page()

        wire.play(serve)
        options = "--region", "us-east-1", "--region", "us-west-2", *since_2016
        watched = run("watch", *options, "--endpoint-url", wire.endpoint_url, "--limit", "20")
        assert len(watched.lines) == 20
        failed = [line.split()[1] for line in watched.errors if line.startswith("error: ")]
        assert failed == ["us-east-1:", "us-west-2:"]
        assert watched.status == 0

    def test_of_all_regions_end_the_watch(self, run: Run, wire: Wire) -> None:
        wire.play(lambda _: error_response("AccessDeniedException", message="No"))
        options = "--region", "us-east-1", "--region", "us-west-2"
        watched = run("watch", *options, "--endpoint-url", wire.endpoint_url)
        assert watched.status == 1
        assert "error: all regions fail." in watched.errors
        assert watched.errors[-1] == NO_WAY


class TestCursorFile:
    def test_continues_where_the_last_run_stopped(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
        tmp_path: Path,
    ) -> None:
        file = tmp_path / "changes.json"
        options = *here, *since_2016, "--cursor-file", str(file), "--limit", "1"
        wire.play([page([raw_operation(1)])])
        assert run("watch", *options).ids == ["id-1"]
        wire.play([page([raw_operation(2), raw_operation(1)])])
        assert run("watch", *options).ids == ["id-2"]
        assert cursors_in(file, wire).keys() == {"us-west-2"}

    def test_says_that_an_earlier_since_has_no_effect(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
        tmp_path: Path,
    ) -> None:
        file = tmp_path / "changes.json"
        options = *here, "--cursor-file", str(file), "--limit", "1", "--interval", "0.1"
        wire.play(lambda _: page([raw_operation(2, createdAt=time.time()), raw_operation(1)]))
        assert run("watch", *options, *since_2016).errors == []
        denied = error_response("AccessDeniedException", message="No")
        wire.play([denied])
        assert len(run("watch", *options, *since_2016).errors) == 2  # which it had from the first
        wire.play([denied])
        warning, help_, _, advice = run("watch", *options, "--since", "2015-01-01").errors
        assert warning == (
            f"warning: --since has no effect in us-west-2, for which {file} has a position."
        )
        assert help_ == "help: Name another file to begin at that time."
        assert "--cursor-file" in advice
        assert "--since" not in advice

    def test_is_written_before_the_first_change(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
    ) -> None:
        file = tmp_path / "a b.json"
        wire.play([error_response("AccessDeniedException", message="No")])
        watched = run("watch", *here, "--cursor-file", str(file))
        assert watched.errors[-1] == (
            f"help: Resume with lightsail-ops watch {' '.join(here)} --cursor-file '{file}'"
        )
        assert file.exists()

    def test_continues_in_the_same_region_whatever_the_variables_say_then(
        self, run: Run, wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        options = "--endpoint-url", wire.endpoint_url, "--cursor-file", str(tmp_path / "c.json")
        monkeypatch.setenv("AWS_REGION", "eu-west-3")
        wire.play([error_response("AccessDeniedException", message="No")])
        assert "--region eu-west-3" in run("watch", *options).errors[-1]
        wire.play(lambda _: error_response("AccessDeniedException", message="No"))
        advice = run("watch", *options, "--all-regions").errors[-1]
        assert "--all-regions" in advice
        assert "--region " not in advice

    def test_repeats_no_header_of_csv(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
    ) -> None:
        wire.play(lambda _: error_response("AccessDeniedException", message="No"))
        options = "--cursor-file", str(tmp_path / "c.json"), "--columns", "id", "-o", "csv"
        first = run("watch", *here, *options)
        command = shlex.split(first.errors[-1].removeprefix("help: Resume with lightsail-ops "))
        assert [*first.lines, *run(*command).lines] == ["id"]
        assert run(*command).errors == first.errors

    def test_is_written_once_a_second_at_most_and_at_the_end(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        writes: list[bytes] = []

        def write(path: Path, content: bytes) -> None:
            writes.append(content)
            path.write_bytes(content)

        monkeypatch.setattr("lightsail_ops.cli.files.replace_file", write)
        options = *here, *since_2016, "--cursor-file", str(tmp_path / "changes.json")
        operations = [raw_operation(number) for number in range(200, 0, -1)]
        wire.play(lambda _: page(operations))
        start = time.monotonic()
        assert len(run("watch", *options, "--limit", "200").ids) == 200
        assert 2 <= len(writes) <= 3 + time.monotonic() - start
        operations.insert(0, raw_operation(201))
        assert run("watch", *options, "--limit", "1").ids == ["id-201"]

    def test_serves_one_watch_of_a_region_at_a_time(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
        tmp_path: Path,
    ) -> None:
        wire.play(lambda _: page([raw_operation()]))
        file = tmp_path / "changes.json"
        options = "--cursor-file", str(file), *since_2016
        other = "--endpoint-url", wire.endpoint_url, "--region", "us-east-1"
        process = start_process("watch", *here, *options)
        assert process.stdout is not None
        assert "id-1" in process.stdout.readline()
        before = file.read_bytes()
        refused = run("watch", *here, *options, "--limit", "1")
        assert refused.errors == [
            f"error: another watch keeps its position of us-west-2 in {file}.",
            "help: End that watch, or name another file.",
        ]
        assert (refused.out, refused.status) == ("", 2)
        assert file.read_bytes() == before
        assert run("watch", *other, *options, "--limit", "1").ids == ["id-1"]
        assert run("watch", *here, *options, "--limit", "1").status == 2
        process.kill()  # which leaves the lock to nobody
        process.communicate(timeout=30)
        wire.play(lambda _: page([raw_operation(2), raw_operation(1)]))
        assert run("watch", *here, *options, "--limit", "1").ids == ["id-2"]
        assert [each.name for each in tmp_path.iterdir()] == ["changes.json"]

    def test_keeps_the_regions_that_are_not_watched_now(
        self, run: Run, wire: Wire, since_2016: tuple[str, ...], tmp_path: Path
    ) -> None:
        file = tmp_path / "changes.json"
        for regions in (["us-west-2"], ["us-east-1", "us-west-2"], ["us-east-1"]):
            wire.play(lambda _: page([raw_operation(time.monotonic_ns())]))
            options = [option for region in regions for option in ("--region", region)]
            watched = run(
                *("watch", *options, *since_2016, "--endpoint-url", wire.endpoint_url),
                *("--cursor-file", str(file), "--limit", "1"),
            )
            assert watched.status == 0
        assert sorted(cursors_in(file, wire)) == ["us-east-1", "us-west-2"]

    @pytest.mark.parametrize(
        "content",
        [
            "[]",
            '{"us-west-2": "x"}',
            '{"version": 2, "profiles": {}}',
            '{"version": 1, "profiles": {"default": {"us-west-2": 5}}}',
            '{"version": 1, "profiles": []}',
            '{"version": 1, "profiles": {"default": []}}',
            "[" * 100_000,
            "\x00",
            "nothing",
        ],
    )
    def test_with_other_content_is_refused(
        self, run: Run, here: tuple[str, ...], tmp_path: Path, content: str
    ) -> None:
        file = tmp_path / "changes.json"
        file.write_text(content)
        watched = run("watch", *here, "--cursor-file", str(file))
        assert watched.errors == [
            f"error: {file} is not a cursor file.",
            "help: Name another file, or delete this one to start over.",
        ]
        assert watched.status == 2
        assert file.read_text() == content

    @pytest.mark.parametrize("other", [(), ("--region", "us-east-1")])
    def test_with_a_malformed_cursor_is_refused(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path, other: tuple[str, ...]
    ) -> None:
        file = tmp_path / "changes.json"
        profiles = {f"default {wire.endpoint_url}": {"us-west-2": "nothing"}}
        file.write_text(json.dumps({"version": 1, "profiles": profiles}))
        watched = run("watch", *here, *other, "--cursor-file", str(file))
        assert watched.errors[0].startswith("error: the cursor file is not usable: ")
        assert watched.status == 2

    def test_keeps_servers_apart_and_no_password(
        self, run: Run, wire: Wire, since_2016: tuple[str, ...], tmp_path: Path
    ) -> None:
        wire.play(lambda _: page([raw_operation(1)]))
        file = tmp_path / "changes.json"
        options = *since_2016, "--region", "us-west-2", "--cursor-file", str(file), "--limit", "1"
        url = wire.endpoint_url
        for each in (url, url.replace("127.0.0.1", "ann:secret@localhost")):
            assert run("watch", *options, "--endpoint-url", each).ids == ["id-1"]
        wire.play(lambda _: page([raw_operation(2), raw_operation(1)]))
        assert run("watch", *options, "--endpoint-url", f"{url}/").ids == ["id-2"]
        assert list(json.loads(file.read_text())["profiles"]) == [
            f"default {url}",
            f"default {url.replace('127.0.0.1', 'localhost')}",
        ]

    @pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LIGHTSAIL"])
    def test_knows_a_server_that_a_variable_names(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        variable: str,
    ) -> None:
        file = tmp_path / "changes.json"
        options = *since_2016, "--cursor-file", str(file), "--limit", "1"
        wire.play([page([raw_operation(1)])])
        assert run("watch", *here, *options).ids == ["id-1"]
        monkeypatch.setenv(variable, wire.endpoint_url)
        wire.play([page([raw_operation(2), raw_operation(1)])])
        assert run("watch", "--region", "us-west-2", *options).ids == ["id-2"]
        assert cursors_in(file, wire).keys() == {"us-west-2"}

    def test_names_no_server_of_aws(
        self, run: Run, since_2016: tuple[str, ...], tmp_path: Path
    ) -> None:
        file = tmp_path / "changes.json"
        options = *since_2016, "--cursor-file", str(file), "--limit", "1"
        with mock_lightsail() as account:
            for region in ("us-west-2", "eu-west-1"):
                account.add_operation("RebootInstance", region_name=region)
                assert len(run("watch", "--region", region, *options).ids) == 1
        cursors = json.loads(file.read_text())["profiles"]
        assert {name: list(each) for name, each in cursors.items()} == {
            "default": ["us-west-2", "eu-west-1"]
        }

    def test_keeps_profiles_apart(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        keys = "aws_access_key_id = a\naws_secret_access_key = b\n"
        (configuration := tmp_path / "config").write_text(f"[profile me]\n{keys}")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(configuration))
        wire.play(lambda _: page([raw_operation(1)]))
        file = tmp_path / "changes.json"
        options = *here, *since_2016, "--cursor-file", str(file), "--limit", "1"
        assert run("watch", *options).ids == ["id-1"]
        assert run("watch", *options, "--profile", "me").ids == ["id-1"]
        assert list(json.loads(file.read_text())["profiles"]) == [
            f"{name} {wire.endpoint_url}" for name in ("default", "me")
        ]

    def test_that_is_empty_begins_anew(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
    ) -> None:
        (file := tmp_path / "changes.json").touch()  # as mktemp does
        wire.play(lambda _: page([raw_operation(1)]))
        options = "--since", "2016-01-01", "--cursor-file", str(file), "--limit", "1"
        assert run("watch", *here, *options).ids == ["id-1"]
        assert "us-west-2" in cursors_in(file, wire)

    def test_that_cannot_be_written_is_an_error(
        self, run: Run, wire: Wire, here: tuple[str, ...], tmp_path: Path
    ) -> None:
        watched = run("watch", *here, "--cursor-file", str(tmp_path / "nowhere" / "a.json"))
        assert watched.errors[0].startswith("error: No such file or directory: ")
        assert watched.errors[1] == "help: Create its folder, or name another file."
        assert watched.status == 1


class TestCtrlC:
    @pytest.mark.parametrize("has_file", [False, True])
    def test_says_how_to_resume(
        self,
        wire: Wire,
        here: tuple[str, ...],
        since_2016: tuple[str, ...],
        tmp_path: Path,
        has_file: bool,
    ) -> None:
        file = tmp_path / "changes.json"
        wire.play(lambda _: page([raw_operation()]))
        options = ("--cursor-file", str(file)) if has_file else ()
        process = start_process("watch", *here, *since_2016, *options)
        assert process.stdout is not None
        assert "id-1" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        command = f"lightsail-ops watch {' '.join(here)} --cursor-file {file} --interval 0.1"
        how = f"help: Resume with {command}" if has_file else NO_WAY
        assert err.splitlines() == ["error: interrupted.", how]
        assert (out, process.returncode) == ("", 130)
