"""The program as such: help, completion, errors and exit statuses."""

from __future__ import annotations

import io
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import raw_operation, raw_operations
from wire import Answer, Asked, Wire, failure, page

import lightsail_ops
import lightsail_ops.cli.app  # so that there is something to take away
from lightsail_ops import OperationsPage
from lightsail_ops.__main__ import main

Run = Callable[..., Any]


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2"


class TestHelp:
    def test_is_shown_where_no_command_is_given(self, run: Run) -> None:
        outcome = run()
        assert "lightsail-ops list --demo" in outcome.out
        assert outcome.status == 0

    @pytest.mark.parametrize("command", ["list", "watch", "wait", "timeline"])
    def test_of_each_command_has_an_example(self, run: Run, command: str) -> None:
        outcome = run(command, "-h")
        assert f"lightsail-ops {command} " in outcome.out.partition("Options")[2] + outcome.out
        assert outcome.status == 0

    def test_python_m_is_the_same_program(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["anything", "--version"])
        monkeypatch.delitem(sys.modules, "lightsail_ops.__main__")
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("lightsail_ops", run_name="__main__")
        assert ended.value.code == 0
        assert capsys.readouterr().out.startswith("lightsail-ops ")

    def test_the_version(self, run: Run) -> None:
        assert run("--version").out == f"lightsail-ops {lightsail_ops.__version__}\n"


def completion_of(words: str) -> dict[str, str]:
    """Return the environment in which bash asks for what completes a line."""
    return {
        "_LIGHTSAIL_OPS_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }


class TestCompletion:
    @pytest.fixture
    def complete(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
        def complete(words: str) -> Any:
            for name, value in completion_of(words).items():
                monkeypatch.setenv(name, value)
            return run()

        return complete

    @pytest.mark.parametrize(
        ("words", "completed"),
        [
            ("lightsail-ops ti", {"timeline"}),
            ("lightsail-ops list --status Fa", {"Failed"}),
            ("lightsail-ops list --type createdisk", {"createdisk", "creatediskSnapshot"}),
            ("lightsail-ops wait --region us-we", {"us-west-2"}),
        ],
    )
    def test_completes_names(self, complete: Run, words: str, completed: set[str]) -> None:
        assert completed <= set(complete(words).lines)

    def test_the_names_of_regions_do_not_include_global(self, complete: Run) -> None:
        assert complete("lightsail-ops list --region g").out.strip() == ""

    def test_works_in_a_process_of_its_own(self, program: Run) -> None:
        environment = completion_of("lightsail-ops wat")
        assert program(env=os.environ | environment).lines == ["watch"]


class TestWithoutAnExtra:
    @pytest.mark.parametrize(("module", "package"), [("typer", "typer"), ("rich.text", "rich")])
    def test_says_which_to_install(
        self,
        module: str,
        package: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.delitem(sys.modules, "lightsail_ops.cli.app")
        monkeypatch.setitem(sys.modules, module, None)
        assert main([]) == 1
        assert capsys.readouterr().err.splitlines() == [
            f"lightsail-ops: error: the package {package} is missing.",
            'lightsail-ops: help: pip install "lightsail-ops[cli]"',
        ]

    def test_another_missing_module_is_a_bug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "lightsail_ops.cli.app", None)
        with pytest.raises(ModuleNotFoundError):
            main([])

    def test_the_demonstration_says_that_moto_is_missing(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "lightsail_ops.testing", None)
        assert run("list", "--demo").problems == [
            "error: --demo needs moto.",
            'help: pip install "lightsail-ops[testing]"',
        ]

    def test_the_library_imports_none_of_them(self) -> None:
        code = (
            "import sys, lightsail_ops, lightsail_ops.plot; "
            "[getattr(lightsail_ops, name) for name in lightsail_ops.__all__]; "
            "print(*{'typer', 'rich', 'matplotlib', 'moto'} & set(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert done.stdout.strip() == b""


class TestWrongOptions:
    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (["list", "--status", "fialed"], "there is no 'fialed'. Did you mean Failed?"),
            (["list", "--status", "x"], "Did you mean NotStarted, Started, "),
            (["list", "--type", "create-instnce"], "Did you mean CreateInstance, "),
            (["list", "--type", "?"], "there is no '?'."),
            (["list", "--since", "soon"], "'soon' is no time. Say how long ago"),
            (["list", "--since", "999999w"], "'999999w' is no time."),
            (["list", "--until", "2026-13-01"], "'2026-13-01' is no time."),
            (["list", "--output", "xml"], "'xml' is not one of"),
            (["list", "--limit", "0"], "--limit"),
            (["list", "--all-regions", "--region", "x"], "--region or --all-regions, not both"),
            (["list", "--all-regions", "--page-token", "t"], "--page-token goes on in one region"),
            (["timeline", "--region", "a", "--region", "b", "--page-token", "t"], "one region"),
            (["list", "--demo", "--profile", "p"], "--demo uses neither"),
            (["lits"], "No such command 'lits'"),
            (["list", "--staus", "x"], "--staus"),
        ],
    )
    def test_are_told_in_two_lines(self, run: Run, arguments: list[str], what: str) -> None:
        outcome = run(*arguments)
        assert what in outcome.problems[0]
        assert outcome.problems[1].endswith("--help shows what it takes.")
        assert (len(outcome.problems), outcome.out, outcome.status) == (2, "", 2)


class TestErrors:
    @pytest.mark.parametrize(
        ("answer", "lines"),
        [
            (
                failure("AccessDeniedException", message="No", tip="Ask Ann."),
                [
                    "error: AWS denied GetOperations: No.",
                    "help: Allow the IAM action lightsail:GetOperations. Ask Ann.",
                ],
            ),
            (
                failure("ExpiredTokenException", message="It is expired"),
                [
                    "error: AWS does not accept the credentials: It is expired.",
                    "help: Sign in again, or choose others with --profile NAME.",
                ],
            ),
            (
                failure("AccountSetupInProgressException", message="Not yet", tip="Be patient"),
                ["error: the account is not ready: Not yet.", "help: Be patient."],
            ),
            (
                failure("LimitExceededException", message="Too fast"),
                ["error: AWS was asked too often: Too fast.", "help: Try again in a minute."],
            ),
            (failure("Newest", message="New"), ["error: AWS answered Newest: New."]),
            (
                page([raw_operation(id=5)]),
                ["error: operations[0].id: expected text, got 5 (int)."],
            ),
        ],
    )
    def test_take_one_line_or_two(
        self, run: Run, wire: Wire, here: tuple[str, ...], answer: Answer, lines: list[str]
    ) -> None:
        wire.play(lambda asked: answer)
        outcome = run("list", *here)
        assert outcome.problems == lines
        assert (outcome.out, outcome.status) == ("", 1)

    def test_say_how_to_carry_on(self, run: Run, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 1), "it's half"), failure("Newest", message="New")])
        outcome = run("list", *here)
        assert len(outcome.lines) == 1
        assert outcome.problems == [
            "error: AWS answered Newest: New.",
            """help: Carry on from there with --page-token 'it'"'"'s half'""",
        ]

    def test_a_page_token_that_aws_refuses_is_not_offered_again(
        self, run: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        wire.play([failure("InvalidInputException", message="Bad token")])
        outcome = run("list", *here, "--page-token", "bad")
        assert outcome.problems == ["error: AWS does not take this: Bad token."]

    def test_in_a_terminal_a_token_is_never_broken(
        self, seen: Run, wire: Wire, here: tuple[str, ...]
    ) -> None:
        token = "t" * 200
        wire.play([page(raw_operations(1, 1), token), failure("Newest", message="New")])
        assert token in seen("list", *here).err

    def test_no_network(self, run: Run) -> None:
        outcome = run("list", "--endpoint-url", "http://127.0.0.1:1", "--region", "us-wset-2")
        assert outcome.problems == [
            "help: us-wset-2 is not a region that this version knows: us-west-2 is.",
            'error: no answer: Could not connect to the endpoint URL: "http://127.0.0.1:1/".',
            "help: Is the network up?",
        ]

    def test_no_region(self, run: Run) -> None:
        assert run("list").problems == [
            "error: no region is named.",
            "help: Name one with --region us-west-2, ask --all-regions, or set AWS_DEFAULT_REGION.",
        ]

    def test_no_credentials(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        assert run("list", "--region", "us-west-2").problems == [
            "error: there are no AWS credentials on this machine.",
            "help: Choose a profile with --profile NAME, run aws configure, or try --demo.",
        ]

    def test_no_such_profile(self, run: Run) -> None:
        assert run("list", "--profile", "nobody").problems == [
            "error: The config profile (nobody) could not be found."
        ]

    def test_no_such_region_in_the_demonstration(self, run: Run) -> None:
        assert run("list", "--demo", "--region", "mars-1").problems == [
            "error: Lightsail is in no region 'mars-1'."
        ]

    def test_a_bug_is_not_hidden(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr("lightsail_ops.cli.app.write", broken)
        with pytest.raises(RuntimeError, match="a bug"):
            run("list", "--demo")


class TestTheOtherEndOfThePipe:
    def test_may_be_closed_early(self, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play(lambda asked: page(raw_operations(1, 200), f"t{len(wire.asked)}"))
        with subprocess.Popen(
            [sys.executable, "-m", "lightsail_ops", "list", *here],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline().startswith(b'{"id": "id-1"')
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(30) == 0

    def test_in_this_process_too(
        self, run: Run, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ours, its = os.pipe()
        os.close(ours)
        wire.play([page(raw_operations(1, 200))])
        with os.fdopen(its, "w") as pipe:
            monkeypatch.setattr(sys, "stdout", pipe)
            assert main(["list", *here]) == 0
            monkeypatch.undo()

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_may_be_full(self, wire: Wire, here: tuple[str, ...]) -> None:
        wire.play([page(raw_operations(1, 200))])
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "lightsail_ops", "list", *here],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.stderr == "error: No space left on device: standard output.\n"
        assert done.returncode == 1

    def test_may_not_be_there(
        self, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire.play([page(raw_operations(1, 1))])
        monkeypatch.setattr(sys, "stdout", None)
        assert main(["list", *here]) == 0
        assert sys.stdout is not None
        sys.stdout.close()

    def test_may_be_anything_that_text_can_be_written_to(
        self, wire: Wire, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire.play([page(raw_operations(1, 1))])
        with io.StringIO() as text:
            monkeypatch.setattr(sys, "stdout", text)
            assert main(["list", *here]) == 0
            assert text.getvalue().startswith('{"id": "id-1"')


class TestCtrlC:
    def test_in_this_process_too(
        self, run: Run, here: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> Iterator[OperationsPage]:
            yield OperationsPage(operations=(), next_page_token="t1")
            raise KeyboardInterrupt

        monkeypatch.setattr("lightsail_ops.OperationsPaginator.pages", interrupted)
        outcome = run("list", *here)
        assert "--page-token t1" in outcome.problems[1]
        assert outcome.status == 130

    def test_says_how_to_carry_on(self, wire: Wire, here: tuple[str, ...]) -> None:
        process: subprocess.Popen[str]

        def answer(asked: Asked) -> Answer:
            if asked.arguments:
                process.send_signal(signal.SIGINT)
            return page(raw_operations(1, 1), "t1", delay=1.0 if asked.arguments else 0.0)

        wire.play(answer)
        process = subprocess.Popen(
            [sys.executable, "-m", "lightsail_ops", "list", *here],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, err = process.communicate(timeout=30)
        assert len(out.splitlines()) == 1
        assert err.splitlines() == [
            "error: interrupted.",
            "help: Carry on from there with --page-token t1",
        ]
        assert process.returncode == 130
