"""Errors, closed pipes and Ctrl-C: a line or two, and an exit status."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.fakes import raw_operation, raw_operations
from support.program import Run, RunInTerminal, start_process
from support.wire import CannedResponse, ReceivedRequest, Wire, error_response, page

from lightsail_ops import TransportError
from lightsail_ops.__main__ import main
from lightsail_ops.cli.account import connect
from lightsail_ops.cli.errors import describe, describe_warning
from lightsail_ops.cli.formats import open_writer
from lightsail_ops.cli.options import Options
from lightsail_ops.cli.signals import Signals
from lightsail_ops.cli.terminal import Terminal


class TestErrors:
    @pytest.mark.parametrize(
        ("response", "lines"),
        [
            (
                error_response("AccessDeniedException", message="No", tip="Call Ann."),
                [
                    "error: AWS denied GetOperations: No.",
                    "help: Allow the IAM action lightsail:GetOperations. Call Ann.",
                ],
            ),
            (
                error_response("ExpiredTokenException", message="It is expired"),
                [
                    "error: AWS did not accept the credentials: It is expired.",
                    "help: Sign in again, or choose others with --profile NAME.",
                ],
            ),
            (
                error_response(
                    "AccountSetupInProgressException", message="Not yet", tip="Be patient"
                ),
                ["error: the account is not ready: Not yet.", "help: Be patient."],
            ),
            (
                error_response("LimitExceededException", message="Too fast"),
                ["error: AWS throttled the request: Too fast.", "help: Try again in a minute."],
            ),
            (error_response("Newest", message="New"), ["error: AWS returned Newest: New."]),
            (error_response("{Odd}", message="{0}"), ["error: AWS returned {Odd}: {0}."]),
        ],
    )
    def test_take_one_line_or_two(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        response: CannedResponse,
        lines: list[str],
    ) -> None:
        wire.play(lambda _: response)
        outcome = run("list", *here)
        assert outcome.errors == lines
        assert (outcome.out, outcome.status) == ("", 1)

    @pytest.mark.parametrize(
        ("code", "words", "advice"),
        [
            ("ServiceException", "AWS had an internal error", "Try again in a few minutes."),
            (
                "AccountSetupInProgressException",
                "the account is not ready",
                "Try again in a few minutes.",
            ),
            (
                "RegionSetupInProgressException",
                "the region is not ready",
                "Try again in a few minutes.",
            ),
            (
                "NotFoundException",
                "AWS did not find it",
                "lightsail-ops list -o id lists the ids of a region.",
            ),
        ],
    )
    def test_advise_what_to_do_where_aws_gives_no_tip(
        self, run: Run, wire: Wire, here: tuple[str, ...], code: str, words: str, advice: str
    ) -> None:
        wire.play(lambda _: error_response(code, message="No"))
        assert run("list", *here).errors == [f"error: {words}: No.", f"help: {advice}"]

    @pytest.mark.parametrize("tip", [5, ["a"], {"b": 1}, ""])
    def test_a_tip_that_is_not_a_string_is_no_obstacle(
        self, run: Run, wire: Wire, here: tuple[str, ...], tip: object
    ) -> None:
        wire.play(lambda _: error_response("AccessDeniedException", message="No", tip=tip))
        outcome = run("list", *here)
        assert outcome.errors[0] == "error: AWS denied GetOperations: No."
        assert outcome.status == 1

    def test_name_the_value_that_is_wrong(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page([raw_operation(id=5)])])
        outcome = run("list", *here)
        assert "operations[0].id" in outcome.errors[0]
        assert outcome.status == 1

    def test_say_how_to_resume(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play(
            [page(raw_operations(1, 1), "it's half"), error_response("Newest", message="New")]
        )
        command = ["lightsail-ops", "list", *here, "--page-token", "it's half"]
        outcome = run("list", *here)
        assert len(outcome.lines) == 1
        assert outcome.errors == [
            "error: AWS returned Newest: New.",
            f"help: Resume with {shlex.join(command)}",
        ]

    @pytest.mark.parametrize("output", ["csv", "json"])
    def test_let_the_outputs_be_joined(
        self, run: Run, wire: Wire, here: tuple[str, ...], output: str
    ) -> None:
        options = "--columns", "id", "--output", output, "--color", "never"
        wire.play([page(raw_operations(1, 1), "t1"), error_response("Newest", message="New")])
        first = run("list", *here, *options)
        command = shlex.split(first.errors[1].removeprefix("help: Resume with lightsail-ops "))
        assert command[-2:] == ["--color", "never"]
        wire.play([page(raw_operations(2, 2))])
        second = run(*command)
        if output == "csv":
            assert first.lines + second.lines == ["id", "id-1", "id-2"]
        else:
            assert json.loads(first.out) + json.loads(second.out) == [
                {"id": "id-1"},
                {"id": "id-2"},
            ]

    def test_repeat_no_header_of_csv_where_regions_are_left(
        self, run: Run, wire: Wire, tmp_path: Path
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "/us-west-2/" in received.headers["Authorization"]:
                return page(raw_operations(1, 1))
            return denied if len(wire.received) < 3 else page(raw_operations(2, 2))

        denied = error_response("AccessDeniedException", message="No")
        wire.play(serve)
        regions = "--region", "us-west-2", "--region", "eu-west-1"
        options = "--endpoint-url", wire.endpoint_url, "--columns", "id", "-o", "csv"
        first = run("list", *regions, *options)
        command = shlex.split(first.errors[1].removeprefix("help: Resume with lightsail-ops "))
        assert first.lines + run(*command).lines == ["id", "id-1", "id-2"]

    def test_of_several_regions_with_one_limit_advise_no_more_than_the_limit(
        self, run: Run, wire: Wire
    ) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments.get("pageToken"):
                return error_response("InternalFailure", 500)
            return page(raw_operations(1, 2), "t1")

        wire.play(serve)
        regions = "--region", "us-west-2", "--region", "eu-west-1"
        listed = run("list", *regions, "--endpoint-url", wire.endpoint_url, "--limit", "9")
        assert len(listed.ids) == 4
        assert listed.errors[-1] == (
            "help: There is no way to continue, since the limit counts the operations of several "
            "regions: run the command again."
        )

    def test_leave_to_the_shell_the_profile_that_it_names(
        self,
        run: Run,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        (configuration := tmp_path / "config").write_text("[profile me]\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(configuration))
        monkeypatch.setenv("AWS_PROFILE", "me")
        wire.play([page(raw_operations(1, 1), "t1"), error_response("Newest", message="New")])
        command = ["lightsail-ops", "list", *here, "--page-token", "t1"]
        assert run("list", *here).errors[-1] == f"help: Resume with {shlex.join(command)}"

    def test_resume_nothing_that_aws_repeats(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda _: page(raw_operations(1, 1), "t1"))
        listed = run("list", *here)
        assert listed.errors == [
            "error: AWS returned the page token 't1' a second time.",
            "help: There is no way to continue, since AWS repeats itself: run the command again.",
        ]

    def test_resume_only_the_regions_that_aws_does_not_repeat(self, run: Run, wire: Wire) -> None:
        def serve(received: ReceivedRequest) -> CannedResponse:
            if "/us-west-2/" in received.headers["Authorization"]:
                return page(raw_operations(1, 1), "t1")
            return error_response("AccessDeniedException", message="No")

        wire.play(serve)
        regions = "--region", "us-west-2", "--region", "eu-west-1"
        listed = run("list", *regions, "--endpoint-url", wire.endpoint_url)
        assert [line for line in listed.errors if "continue" in line or "Resume" in line] == [
            (
                f"help: Resume with lightsail-ops list --endpoint-url {wire.endpoint_url} "
                "--region eu-west-1"
            ),
            "help: There is no way to continue, since AWS repeats itself: run the command again.",
        ]

    def test_explain_a_page_token_that_aws_rejected(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        tip = "Check the parameters."  # which says less than the program
        wire.play([error_response("InvalidInputException", message="Bad token", tip=tip)])
        outcome = run("list", *here, "--page-token", "bad")
        assert outcome.errors == [
            "error: AWS rejected the input: Bad token.",
            "help: A page token expires after a while: start again without --page-token.",
        ]

    def test_say_nothing_of_page_tokens_where_there_was_none(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([error_response("InvalidInputException", message="Bad region")])
        assert run("list", *here).errors == ["error: AWS rejected the input: Bad region."]

    def test_never_break_a_page_token(
        self, run_on_terminal: RunInTerminal, wire: Wire, here: tuple[str, ...]
    ) -> None:
        token = "t" * 200
        wire.play([page(raw_operations(1, 1), token), error_response("Newest", message="New")])
        assert token in run_on_terminal("list", *here, "--limit", "9").err

    def test_without_a_network(self, run: Run) -> None:
        outcome = run("list", "--endpoint-url", "http://127.0.0.1:1", "--region", "us-wset-2")
        message, advice = outcome.errors
        assert message.startswith("error: no response: ")
        assert advice == "help: Check the network."
        assert outcome.status == 1

    def test_of_the_network_take_two_lines_with_how_to_continue(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([page(raw_operations(1, 1), "t1"), CannedResponse(reset=True)])
        message, advice = run("list", *here).errors
        assert message.startswith("error: no response: ")
        assert message.endswith(" Check the network.")
        assert advice.endswith(" --page-token t1")

    def test_a_region_newer_than_this_version_is_not_doubted(self, run: Run) -> None:
        outcome = run("list", "--endpoint-url", "http://127.0.0.1:1", "--region", "mars-9")
        assert outcome.errors[0].startswith("error: no response: ")

    def test_without_a_region(self, run: Run) -> None:
        assert run("list").errors == [
            "error: no region is named.",
            "help: Name one with --region us-west-2, or set AWS_REGION.",
        ]

    def test_the_default_region_is_that_of_the_configuration(
        self, run: Run, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
        wire.play([page(raw_operations(1, 1))])
        assert run("list", "--endpoint-url", wire.endpoint_url).ids == ["id-1"]
        assert "/eu-west-3/" in wire.received[0].headers["Authorization"]

    def test_an_empty_variable_names_no_region(
        self, run: Run, wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (configuration := tmp_path / "config").write_text("[default]\nregion = eu-west-3\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(configuration))
        monkeypatch.setenv("AWS_DEFAULT_REGION", "")
        wire.play([page(raw_operations(1, 1))])
        assert run("list", "--endpoint-url", wire.endpoint_url).ids == ["id-1"]
        assert "/eu-west-3/" in wire.received[0].headers["Authorization"]

    def test_without_credentials(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        assert run("list", "--region", "us-west-2").errors == [
            "error: there are no AWS credentials on this machine.",
            "help: Choose a profile with --profile NAME, run aws configure, or try --demo.",
        ]

    def test_without_the_profile_that_is_named(self, run: Run) -> None:
        assert run("list", "--profile", "nobody").errors == [
            "error: The config profile (nobody) could not be found.",
            "help: aws configure list-profiles names those that there are.",
        ]

    def test_with_a_part_of_the_credentials(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        assert run("list", "--region", "us-west-2").errors == [
            "error: Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY.",
            "help: Complete them, or choose a profile with --profile NAME.",
        ]

    @pytest.mark.parametrize("options", [(), ("--last", "1")])
    def test_with_a_profile_that_is_not_signed_in(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        (configuration := tmp_path / "config").write_text(
            "[profile me]\nsso_session = x\nsso_account_id = 1\nsso_role_name = r\n"
            "[sso-session x]\nsso_start_url = https://example.com\nsso_region = us-east-1\n"
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(configuration))
        monkeypatch.setenv("HOME", str(tmp_path))
        assert run("list", "--region", "us-west-2", "--profile", "me", *options).errors == [
            "error: No usable credentials or configuration (SSOTokenLoadError).",
            (
                "help: Sign in with aws sso login, choose another profile with --profile NAME, or "
                "run aws configure."
            ),
        ]

    @pytest.mark.parametrize("variable", ["AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"])
    def test_of_the_configuration_say_where_it_is(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, "abc")
        last = run("list", "--region", "us-west-2").errors[-1]
        assert re.search("Correct|Check", last)
        assert "the variables AWS_..." in last
        assert "the files of the AWS CLI." in last

    def test_that_are_permanent_do_not_advise_to_try_a_sorted_list_again(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play(lambda _: error_response("AccessDeniedException", message="No"))
        assert run("list", *here, "--last", "1").errors == [
            "error: AWS denied GetOperations: No.",
            "help: Allow the IAM action lightsail:GetOperations.",
        ]
        wire.play(lambda _: error_response("ServiceException", message="No"))
        assert run("list", *here, "--last", "1").errors[-1] == (
            "help: There is no way to continue, since operations are sorted: run the command again."
        )

    def test_without_such_a_region_in_the_demonstration(self, run: Run) -> None:
        outcome = run("list", "--demo", "--region", "mars-1")
        assert outcome.errors == ["error: Lightsail has no region 'mars-1'."]
        assert outcome.status == 1
        assert run("watch", "--demo", "--region", "us-wets-2").errors == [
            "error: Lightsail has no region 'us-wets-2'.",
            "help: Did you mean us-west-2?",
        ]

    def test_a_bug_is_not_hidden(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr("lightsail_ops.cli.list.open_writer", broken)
        with pytest.raises(RuntimeError, match="a bug"):
            run("list", "--demo")

    def test_warnings_of_the_library_are_lines_of_their_own(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        def serve(_: ReceivedRequest) -> CannedResponse:
            logging.getLogger("lightsail_ops").warning("retrying in %s s", 4)
            return page(raw_operations(1, 1))

        wire.play(serve)
        outcome = run("list", *here)
        assert outcome.errors == ["warning: retrying in 4 s"]
        assert outcome.ids == ["id-1"]

    def test_warnings_that_repeat_are_shown_once_a_minute(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        def serve(_: ReceivedRequest) -> CannedResponse:
            for seconds, text in ((1.0, "a"), (2.0, "a"), (4.0, "b")):
                logging.getLogger("lightsail_ops").warning(
                    "ThrottlingError (%s) while watching us-west-2: sent again in %s s",
                    text,
                    seconds,
                )
            return page(raw_operations(1, 1))

        wire.play(serve)
        assert run("list", *here).errors == [
            "warning: us-west-2: AWS throttled the request (a); sent again in 1.0 s",
            "warning: us-west-2: AWS throttled the request (b); sent again in 4.0 s",
        ]

    @pytest.mark.parametrize("is_transient", [True, False])
    def test_without_a_response_advise_to_check_the_network_if_that_may_help(
        self, is_transient: bool
    ) -> None:
        message, advice = describe(TransportError("No route.", is_transient=is_transient))
        assert message == "no response: No route."
        assert advice == ("Check the network." if is_transient else "")

    @pytest.mark.parametrize(
        ("logged", "shown"),
        [
            (
                "TransportError (No route.) while waiting for operations in us-1: again",
                "us-1: no response (No route.); again",
            ),
            (
                "AccessDeniedError (x) while listing us-1: again",
                "us-1: AWS denied a request (x); again",
            ),
            (
                "ApiError (two\nlines) while listing us-1: again",
                "us-1: AWS returned an error (two\nlines); again",
            ),
            ("ResponseError while watching us-1: again", "us-1: malformed response; again"),
            (
                "ApiError (502) while watching us-1: again",
                "us-1: AWS returned an error (502); again",
            ),
            ("NewError (x) while watching us-1: again", "us-1: NewError (x); again"),
            ("AWS left out id", "AWS left out id"),
        ],
    )
    def test_warnings_are_in_plain_words(self, logged: str, shown: str) -> None:
        assert describe_warning(logged)[0] == shown


class TestStandardOutput:
    @pytest.mark.parametrize("output", ["table", "json"])
    def test_may_be_closed_early(self, wire: Wire, here: tuple[str, ...], output: str) -> None:
        wire.play(lambda _: page(raw_operations(1, 200), f"t{len(wire.received)}"))
        with start_process("list", *here, "-o", output) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == ""
            assert process.wait(30) == 0

    @pytest.mark.parametrize("output", ["jsonl", "table", "csv", "json"])
    def test_may_be_a_pipe_that_nobody_reads(
        self, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, output: str
    ) -> None:
        ours, its = os.pipe()
        os.close(ours)
        wire.play([page(raw_operations(1, 200))])
        with os.fdopen(its, "w") as pipe:
            monkeypatch.setattr(sys, "stdout", pipe)
            assert main(["list", *here, "-o", output]) == 0
            monkeypatch.undo()

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_may_have_no_room(
        self,
        wire: Wire,
        here: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        wire.play([page(raw_operations(1, 200))])
        with Path("/dev/full").open("w") as full:
            monkeypatch.setattr(sys, "stdout", full)
            assert main(["list", *here]) == 1
            monkeypatch.undo()
        assert capsys.readouterr().err == "error: No space left on device: standard output.\n"

    def test_may_be_closed_by_the_shell(
        self, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire.play([page(raw_operations(1, 1))])
        monkeypatch.setattr(sys, "stdout", None)
        assert main(["list", *here]) == 0
        assert sys.stdout is not None
        sys.stdout.close()

    def test_may_be_any_stream_of_text(
        self, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire.play([page(raw_operations(1, 1))])
        with io.StringIO() as text:
            monkeypatch.setattr(sys, "stdout", text)
            assert main(["list", *here]) == 0
            assert text.getvalue().startswith('{"id":"id-1"')


class TestStandardError:
    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_without_room_leaves_the_exit_status_as_it_is(
        self, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire.play([error_response("NotFoundException", message="No")] * 2)
        with Path("/dev/full").open("w") as full:  # whose end would fail, as a process's would
            monkeypatch.setattr(sys, "stderr", full)
            assert main(["wait", "id-1", *here]) == 5
            monkeypatch.undo()


class TestOneOfMany:
    def test_an_error_of_a_resource_ends_the_listing(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([error_response("AccessDeniedException", message="No")])
        listed = run("list", *here, "--resource", "web-1")
        assert listed.errors[0] == "error: AWS denied GetOperationsForResource: No."
        assert listed.status == 1


class TestCtrlC:
    def test_that_an_import_has_swallowed_ends_the_program(
        self, run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def connect_interrupted(*arguments: Any) -> Any:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            return connect(*arguments)

        monkeypatch.setattr("lightsail_ops.cli.list.connect", connect_interrupted)
        listed = run("list", *here)
        assert (listed.out, listed.errors, listed.status) == ("", ["error: interrupted."], 130)
        assert not wire.received

    def test_while_an_error_is_reported_ends_the_program(
        self, run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("lightsail_ops.cli.terminal.Terminal.report", interrupted)
        wire.play([error_response("Newest", message="New")])
        assert run("list", *here).status == 130

    def test_that_breaks_off_the_output_discards_the_rest(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def interrupted(terminal: Terminal, *_: object) -> None:
            with open_writer(terminal, Options(output="json")):
                terminal.out.stream.write("the rest")
                terminal.signals.was_forced = True
                raise KeyboardInterrupt

        monkeypatch.setattr("lightsail_ops.cli.list.format_of", interrupted)
        with (tmp_path / "out").open("w") as out:
            monkeypatch.setattr(sys, "stdout", out)
            assert main(["list", "--region", "us-west-2"]) == 130
            monkeypatch.undo()
        assert (tmp_path / "out").read_text() == ""

    def test_that_breaks_off_the_output_ends_no_array(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        for was_forced, output in ((True, ""), (False, "[]\n")):
            with Signals() as signals:
                terminal = Terminal(signals)
                with open_writer(terminal, Options(output="json")):
                    signals.was_forced = was_forced
            assert terminal.out.stream is sys.stdout
            assert sys.stdout.getvalue() == output  # type: ignore[attr-defined]

    def test_outside_of_a_command_is_reported(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("lightsail_ops.cli.list.connect", interrupted)
        outcome = run("list")
        assert (outcome.errors, outcome.status) == (["error: interrupted."], 130)

    def test_before_anything_was_read_has_nothing_to_resume(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("lightsail_ops.OperationsPaginator.pages", interrupted)
        outcome = run("list", "--region", "us-west-2")
        assert outcome.errors == ["error: interrupted."]
        assert outcome.status == 130

    def test_ends_a_process_of_its_own(self, wire: Wire, here: tuple[str, ...]) -> None:
        process: subprocess.Popen[str]

        def serve(received: ReceivedRequest) -> CannedResponse:
            if received.arguments:
                process.send_signal(signal.SIGINT)
            return page(raw_operations(1, 1), "t1", delay=1.0 if received.arguments else 0.0)

        wire.play(serve)
        process = start_process("list", *here)
        out, err = process.communicate(timeout=30)
        assert len(out.splitlines()) == 1
        command = f"lightsail-ops list {' '.join(here)} --page-token t1"
        assert err.splitlines() == ["error: interrupted.", f"help: Resume with {command}"]
        assert process.returncode == 130
