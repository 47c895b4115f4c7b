"""The words that real shells complete, where they are installed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.screen import TerminalProgram

SHELLS = {
    "bash": ("bash --norc", 'eval "$(lightsail-ops --completion bash)"'),
    "fish": ("fish --no-config", "lightsail-ops --completion fish | source"),
    "zsh": (
        "zsh -f",
        'autoload -Uz compinit; compinit -u -D; eval "$(lightsail-ops --completion zsh)"',
    ),
}
KILL_LINE = "\x15"


@pytest.fixture(scope="module", params=SHELLS)
def shell(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TerminalProgram]:
    """A shell that has the completion, in a folder with one file."""
    command, prepare = SHELLS[request.param]
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp("folder")
    (folder / "position.json").touch()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with TerminalProgram(
        program=command.split(), columns=120, PATH=path, HOME=str(folder)
    ) as shell:
        shell.child.sendline(f"cd {folder}; {prepare}; echo it is rea''dy")
        shell.wait_for("it is ready")
        yield shell


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("ti", "timeline"),
        ("list --status Fa", "list --status Failed"),
        ("list --status=Fa", "list --status=Failed"),
        ("list --status Started,Fa", "list --status Started,Failed"),
        ("list --columns id,cre", "list --columns id,created"),
        ("wait --region eu-n", "wait --region eu-north-1"),
        ("timeline --save posi", "timeline --save position.json"),
        ("watch --cursor-file=posi", "watch --cursor-file=position.json"),
    ],
)
def test_a_shell_completes(shell: TerminalProgram, line: str, completed: str) -> None:
    shell.child.send(f"{KILL_LINE}lightsail-ops {line}\t")
    shell.read_until(lambda: shell.cursor_row.endswith(f"lightsail-ops {completed}"), timeout=10.0)
