"""The program as such: help, completion, options and what it needs."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fakes import raw_operations
from support.program import Run, run_process
from support.wire import Wire, page

import lightsail_ops
import lightsail_ops.cli.app  # so that a test can take it away
from lightsail_ops.__main__ import main
from lightsail_ops.__main__ import run_process as run_this_process

COMMANDS = ["list", "show", "watch", "wait", "timeline"]


class TestHelp:
    def test_is_shown_where_no_command_is_named(self, run: Run) -> None:
        outcome = run()
        assert "lightsail-ops list --demo" in outcome.out
        assert [line.split()[0] for line in outcome.lines[-7:-2]] == COMMANDS
        assert outcome.status == 0

    @pytest.mark.parametrize("command", COMMANDS)
    def test_of_each_command_ends_in_examples(self, run: Run, command: str) -> None:
        outcome = run(command, "-h")
        assert f"lightsail-ops {command} " in outcome.out.partition("Examples:")[2]
        assert "\\b" not in outcome.out
        assert "\b" not in outcome.out
        assert outcome.status == 0

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_may_have_no_room(self) -> None:
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "lightsail_ops", "list", "--help"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.stderr == "error: No space left on device: standard output.\n"
        assert done.returncode == 1

    def test_python_m_is_the_same_program(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["anything", "--version"])
        monkeypatch.delitem(sys.modules, "lightsail_ops.__main__")
        monkeypatch.setattr(gc, "set_threshold", lambda _: None)
        monkeypatch.setattr(gc, "freeze", lambda: None)
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("lightsail_ops", run_name="__main__")
        assert ended.value.code == 0
        assert capsys.readouterr().out.startswith("lightsail-ops ")

    def test_names_the_version(self, run: Run) -> None:
        assert run("--version").out == f"lightsail-ops {lightsail_ops.__version__}\n"


class TestCompletion:
    @pytest.fixture
    def complete(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
        """Return what fish would offer for the last word of a line."""

        def complete(line: str) -> list[str]:
            words = line.split(" ")
            monkeypatch.setenv("_LIGHTSAIL_OPS_COMPLETE", "fish_complete")
            monkeypatch.setenv("COMP_WORDS", line)
            monkeypatch.setenv("COMP_CWORD", words[-1])
            return [text.partition(",")[2].partition("\t")[0] for text in run().lines]

        return complete

    @pytest.mark.parametrize(
        ("line", "word"),
        [
            ("lightsail-ops ti", "timeline"),
            ("lightsail-ops list --status Fa", "Failed"),
            ("lightsail-ops list --status Started,Fa", "Started,Failed"),
            ("lightsail-ops list --type createdisksn", "createdisksnapshot"),
            ("lightsail-ops wait --region us-we", "us-west-2"),
            ("lightsail-ops list --columns id,cre", "id,created"),
            ("lightsail-ops list --sort t", "took"),
        ],
    )
    def test_offers_names(self, complete: Callable[[str], list[str]], line: str, word: str) -> None:
        assert word.lower() in [text.lower() for text in complete(line)]

    def test_offers_nothing_for_an_unknown_command(
        self, complete: Callable[[str], list[str]]
    ) -> None:
        assert not any(complete("lightsail-ops nothing --st"))

    @pytest.mark.parametrize(
        "words", ["timeline --save pic", "timeline --save=pic", "watch --cursor-file pic"]
    )
    def test_leaves_the_names_of_files_to_the_shell(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, words: str
    ) -> None:
        monkeypatch.setenv("_LIGHTSAIL_OPS_COMPLETE", "zsh_complete")
        monkeypatch.setenv("COMP_WORDS", f"lightsail-ops {words}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
        assert run().lines == ["file", "pic", "_"]

    @pytest.mark.parametrize("shell", ["zsh", "fish"])
    def test_keeps_the_option_that_a_value_is_joined_to(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, shell: str
    ) -> None:
        monkeypatch.setenv("_LIGHTSAIL_OPS_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", "lightsail-ops list --status=Started,F")
        monkeypatch.setenv("COMP_CWORD", "2" if shell == "zsh" else "--status=Started,F")
        offered = run().lines
        assert offered[1 if shell == "zsh" else 0] in {
            "--status=Started,Failed",
            "plain,--status=Started,Failed",
        }

    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            ("list --status = F", "plain,Failed"),
            ("list --region = us-east-1 --status = F", "plain,Failed"),
            ("list --sort =", "plain,created"),
            ("timeline --save = pic", "file,pic"),
        ],
    )
    def test_of_bash_knows_that_it_splits_words_at_an_equals_sign(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, words: str, offered: str
    ) -> None:
        monkeypatch.setenv("_LIGHTSAIL_OPS_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", f"lightsail-ops {words}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
        assert run().lines[0] == offered

    @pytest.mark.parametrize(
        "variables",
        [
            {"_LIGHTSAIL_OPS_COMPLETE": "1"},
            {"_LIGHTSAIL_OPS_COMPLETE": "bash_complete"},
            {"_LIGHTSAIL_OPS_COMPLETE": "zsh_complete", "COMP_WORDS": "a", "COMP_CWORD": "b"},
        ],
    )
    def test_says_that_only_shells_set_its_variable(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        outcome = run("list")
        assert outcome.errors == [
            "error: the variable _LIGHTSAIL_OPS_COMPLETE is set, but not as a shell does it.",
            "help: unset _LIGHTSAIL_OPS_COMPLETE",
        ]
        assert outcome.status == 2

    @pytest.mark.parametrize(
        ("shell", "line"),
        [
            ("zsh", "compset -P '--*='; _path_files -f"),
            ("fish", "complete -C \"'' \"(commandline -ct);"),
        ],
    )
    def test_completes_files_behind_an_equals_sign(self, run: Run, shell: str, line: str) -> None:
        assert line in [each.strip() for each in run("--completion", shell).lines]

    def test_of_fish_keeps_values_with_commas(self, run: Run) -> None:
        assert '(string split --max 1 "," $completion);' in run("--completion", "fish").out

    def test_offers_only_regions_that_have_lightsail(
        self, complete: Callable[[str], list[str]]
    ) -> None:
        import botocore.session

        regions = complete("lightsail-ops list --region ")
        assert regions == botocore.session.Session().get_available_regions("lightsail")

    def test_offers_the_profiles_of_the_configuration(
        self,
        complete: Callable[[str], list[str]],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        config = tmp_path / "config"
        config.write_text("[default]\n[profile production]\n[profile test]\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        assert complete("lightsail-ops list --profile p") == ["production"]

    def test_has_a_script_for_each_shell(self, run: Run) -> None:
        assert "_LIGHTSAIL_OPS_COMPLETE=fish_complete" in run("--completion", "fish").out
        assert "_LIGHTSAIL_OPS_COMPLETE=zsh_complete" in run("--completion", "zsh").out

    def test_works_in_a_process_of_its_own(self) -> None:
        environment = {
            "_LIGHTSAIL_OPS_COMPLETE": "bash_complete",
            "COMP_WORDS": "lightsail-ops wat",
            "COMP_CWORD": "1",
        }
        assert run_process(env=os.environ | environment).lines == ["plain,watch"]


class TestRequirements:
    @pytest.mark.parametrize("package", ["click", "wcwidth"])
    def test_a_missing_one_is_named(
        self, package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delitem(sys.modules, "lightsail_ops.cli.app")
        monkeypatch.setitem(sys.modules, "click", None)
        monkeypatch.setattr("lightsail_ops.__main__._EXTRAS", {package, "click"})
        assert main([]) == 1
        assert capsys.readouterr().err.splitlines() == [
            "error: the package click is missing.",
            "help: pip install 'lightsail-ops[cli]'",
        ]

    def test_another_missing_module_is_a_bug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "lightsail_ops.cli.app", None)
        with pytest.raises(ModuleNotFoundError):
            main([])

    def test_the_demonstration_says_that_moto_is_missing(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "lightsail_ops.testing", None)
        assert run("list", "--demo").errors == [
            "error: --demo needs moto.",
            'help: pip install "lightsail-ops[testing]"',
        ]

    def test_are_two_small_packages(self) -> None:
        requirements = importlib.metadata.requires("lightsail-ops") or []
        names = {
            re.split(r"\W", each)[0] for each in requirements if re.search("extra == .cli.", each)
        }
        assert names == {"click", "wcwidth"}

    def test_the_library_imports_none_of_them(self) -> None:
        code = (
            "import sys, lightsail_ops, lightsail_ops.plot; "
            "[getattr(lightsail_ops, name) for name in lightsail_ops.__all__]; "
            "print(*{'click', 'wcwidth', 'matplotlib', 'plotly', 'moto'} & set(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert done.stdout.strip() == b""

    def test_a_listing_imports_only_what_it_needs(self, wire: Wire, here: tuple[str, ...]) -> None:
        code = (
            "import sys; from lightsail_ops.__main__ import main; "
            f"main(['list', *{here!r}]); "
            "print(*{'boto3', 'wcwidth', 'matplotlib', 'plotly', 'moto', 'lightsail_ops.cli.table',"
            " 'lightsail_ops.cli.watch', 'lightsail_ops.fleet'} & set(sys.modules),"
            " file=sys.stderr)"
        )
        wire.play([page(raw_operations(1, 1))])
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert done.stderr.strip() == b""

    def test_the_entry_point_runs_the_program(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        threshold = gc.get_threshold()
        monkeypatch.setattr(sys, "argv", ["lightsail-ops", "--version"])
        try:
            assert run_this_process() == 0
        finally:
            gc.set_threshold(*threshold)
            gc.unfreeze()
        assert capsys.readouterr().out.startswith("lightsail-ops ")


class TestSignalsBeforeTheProgram:
    """Ctrl-C can come while modules are imported."""

    @pytest.fixture(autouse=True)
    def _same_collector(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gc, "set_threshold", lambda _: None)
        monkeypatch.setattr(gc, "freeze", lambda: None)

    @pytest.mark.parametrize(
        ("number", "message", "status"),
        [
            (signal.SIGINT, "error: interrupted.\n", 130),
            (signal.SIGTERM, "error: terminated.\n", 143),
        ],
    )
    def test_end_the_process_at_once(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        number: signal.Signals,
        message: str,
        status: int,
    ) -> None:
        def exit_at_once(status: int) -> None:
            raise SystemExit(status)

        monkeypatch.setattr(os, "_exit", exit_at_once)
        monkeypatch.setattr("lightsail_ops.__main__.main", lambda: signal.raise_signal(number))
        with pytest.raises(SystemExit) as ended:
            run_this_process()
        assert ended.value.code == status
        assert capfd.readouterr().err == message

    def test_stay_ignored_as_nohup_sets_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def main() -> int:
            signal.raise_signal(signal.SIGINT)
            return 7

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        monkeypatch.setattr("lightsail_ops.__main__.main", main)
        assert run_this_process() == 7


@pytest.mark.parametrize("seconds", ["0.1", "31536000"])
def test_a_timeout_may_be_a_tenth_of_a_second_or_a_year(run: Run, seconds: str) -> None:
    outcome = run("wait", "-", "--timeout", seconds, stdin='{"operations": []}')
    assert (outcome.err, outcome.status) == ("", 0)


class TestWrongOptions:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["list", "--since", "soon"], "not a valid time: 'soon'. Write how long ago"),
            (["list", "--since", "999999w"], "not a valid time: '999999w'."),
            (["list", "--until", "2026-13-01"], "not a valid time: '2026-13-01'."),
            (["list", "--output", "xml"], "'xml' is not one of"),
            (["list", "--limit", "0"], "must be a whole number from 1 on, not '0'."),
            (["list", "--last", "some"], "a whole number from 1 on, not 'some'."),
            (["list", "--last", "1", "--limit", "1"], "--last and --limit exclude each other."),
            (["list", "--sort", "size"], "'size' is not one of"),
            (["list", "--status", ","], "at least one name is needed."),
            (["list", "--columns", "id,craeted"], "no column 'craeted'. Did you mean created?"),
            (["list", "--columns", "?"], "There are id, resource, "),
            (["list", "--columns", "id", "-o", "id"], "--columns does not go with --output id."),
            (["list", "--all-regions", "--region", "x"], "--region and --all-regions exclude"),
            (["list", "--all-regions", "--page-token", "t"], "--page-token continues in one"),
            (["list", "--region", "a", "--region", "b", "--page-token", "t"], "one region"),
            (["timeline", "--save", "a.gif"], "the name must end in .png, .svg, .pdf or .html"),
            (["list", "--demo", "--profile", "p"], "--demo takes neither"),
            (
                ["list", "--endpoint-url", "127.0.0.1:5005"],
                "as in http://127.0.0.1:5005 or https://lightsail.us-west-2.amazonaws.com.",
            ),
            (["list", "--endpoint-url", "ftp://x"], "must have a scheme, a host and a valid port"),
            (["list", "--endpoint-url", "http://x:99999"], "must have a scheme, a host and a"),
            (["list", "--endpoint-url", "http://a_b"], "must have a scheme, a host and a valid"),
            (["wait", "x", "--timeout", "inf"], "a number of seconds from 0.1 to 31536000"),
            (["wait", "x", "--timeout", "nan"], "a number of seconds"),
            (["watch", "--interval", "1e10"], "a number of seconds from 0.1 to 86400"),
            (["watch", "--interval", "often"], "not 'often'."),
            (["wait"], "name the operations by their ids"),
            (["wait", "-", "id"], "- stands alone"),
            (["wait", "x", "--region", "a", "--region", "b"], "wait takes one --region."),
            (["lits"], "there is no command 'lits'. Did you mean list?"),
            (["list", "--staus", "x"], "--staus"),
            (["list", "--limit", "-5"], "must be a whole number from 1 on, not '-5'."),
            (["list", "--since", "--all"], "not a valid time: '--all'."),
            (["list", "--since"], "Option '--since' requires an argument."),
            (["list", "--columns", "--"], "there is no column '--'."),
            (["list", "--region"], "Option '--region' requires an argument."),
        ],
    )
    def test_are_explained_in_two_lines(self, run: Run, arguments: list[str], message: str) -> None:
        outcome = run(*arguments)
        assert message in outcome.errors[0]
        assert outcome.errors[1].endswith("--help shows the options.")
        assert (len(outcome.errors), outcome.out, outcome.status) == (2, "", 2)

    def test_of_a_command_name_its_help(self, run: Run) -> None:
        for arguments in (
            ["list", "--limit", "0"],
            ["list", "--limit", "1", "--last", "1"],
            ["list", "--limit"],
            ["list", "--limt", "1"],
        ):
            assert run(*arguments).errors[1] == "help: lightsail-ops list --help shows the options."
