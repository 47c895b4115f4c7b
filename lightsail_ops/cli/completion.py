"""Completion of words in a shell: `eval "$(lightsail-ops --completion bash)"`."""

from __future__ import annotations

from typing import Any

import click

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
