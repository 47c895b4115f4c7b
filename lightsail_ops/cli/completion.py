"""Completion of words in a shell: `eval "$(lightsail-ops --completion bash)"`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from lightsail_ops.cli.columns import COLUMNS
from lightsail_ops.enums import OperationStatus, OperationType

SHELLS = ("bash", "fish", "zsh")


def complete(app: click.Group, name: str, variable: str, instruction: str) -> int:
    """Print a shell's script, or the completions that it wants, and return the exit status."""
    from click.shell_completion import (  # late: only the shell needs it
        CompletionItem,
        FishComplete,
        ShellComplete,
        ZshComplete,
        add_completion_class,
        shell_complete,
    )

    class _WholeWords(ShellComplete):
        """Completes `--status=F` as a whole: zsh and fish replace the word that they complete."""

        def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
            items = super().get_completions(args, incomplete)
            option, separator, _ = incomplete.partition("=")
            if not separator or not option.startswith("-"):
                return items
            return [
                CompletionItem(f"{option}={item.value}", item.type, item.help)
                if item.type == "plain"
                else item
                for item in items
            ]

    class _Zsh(_WholeWords, ZshComplete):
        # The names of files are completed by zsh itself, behind what stands before them.
        source_template = ZshComplete.source_template.replace(
            "_path_files -f", "compset -P '--*='; _path_files -f"
        )

    class _Fish(_WholeWords, FishComplete):
        pass

    add_completion_class(_Zsh, "zsh")
    add_completion_class(_Fish, "fish")
    return shell_complete(app, {}, name, variable, instruction)


def complete_regions(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the regions in which botocore says that Lightsail is."""
    from lightsail_ops._botocore.session import new_session  # late: only the shell needs it here

    names = new_session().get_available_regions("lightsail")
    return _completions(incomplete, names)


def complete_profiles(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the profiles of this machine's AWS configuration."""
    from lightsail_ops._botocore.session import new_session  # late, as above

    return _completions(incomplete, new_session().available_profiles)


def complete_statuses(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of some statuses that are separated by commas."""
    return _completions_in_list(incomplete, OperationStatus)


def complete_types(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of some operation types that are separated by commas."""
    return _completions_in_list(incomplete, OperationType)


def complete_columns(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last of some columns that are separated by commas."""
    return _completions_in_list(incomplete, (column.name for column in COLUMNS))


def complete_files(incomplete: str) -> list[Any]:
    """Let the shell complete the name of a file."""
    from click.shell_completion import CompletionItem  # late, as above

    return [CompletionItem(incomplete, type="file")]


def _completions_in_list(incomplete: str, names: Iterable[str]) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{completion}" for completion in _completions(last, names)]


def _completions(incomplete: str, names: Iterable[str]) -> list[str]:
    """Return what begins exactly as the word does, or the shell takes it for no completion."""
    length = len(incomplete)
    return [
        incomplete + name[length:]
        for name in sorted(map(str, names))
        if name[:length].lower() == incomplete.lower()
    ]
