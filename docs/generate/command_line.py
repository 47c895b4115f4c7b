"""Write docs/reference/cli.md, from the program itself. --check compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from lightsail_ops.cli.app import NAME, app
from lightsail_ops.cli.columns import COLUMNS
from lightsail_ops.cli.errors import ExitStatus
from lightsail_ops.cli.options import Command

PAGE = Path(__file__).parents[1] / "reference" / "cli.md"
HEAD = """\
# Command line

`lightsail-ops` and `python -m lightsail_ops` are the same program (extra `cli`).
[The guide](../guides/terminal.md) shows how it is used. `lightsail-ops --completion bash` prints
the script that completes words in bash; `zsh` and `fish` work too.

<!-- docs/generate/command_line.py writes this page. -->
"""

MEANINGS: dict[ExitStatus, str] = {
    ExitStatus.DONE: "Done. `wait`: every operation succeeded. Also if the reader of a pipe "
    "closed it.",
    ExitStatus.FAILED: "An error; every region failed. `wait`: an operation failed.",
    ExitStatus.USAGE: "The options or the input are not valid.",
    ExitStatus.TIMED_OUT: "`wait`: the timeout expired, no operation failed and all could be read.",
    ExitStatus.SOME_REGIONS_FAILED: "Some of several regions failed. A list or a timeline "
    "of the others is complete.",
    ExitStatus.UNREADABLE: "`wait`: no operation failed, but one could not be read: its id is "
    "unknown, or AWS refused the request.",
    ExitStatus.INTERRUPTED: "Interrupted by Ctrl-C.",
    ExitStatus.TERMINATED: "Terminated by SIGTERM.",
}


def make_page() -> str:
    """Return Markdown: each command with its options, the columns and the exit statuses."""
    context = click.Context(app, info_name=NAME)
    commands = (app.get_command(context, name) for name in app.list_commands(context))
    columns = [(f"`{each.name}`", f"`{each.key}`", each.meaning) for each in COLUMNS]
    statuses = [(str(int(status)), MEANINGS[status]) for status in ExitStatus]
    sections = [
        HEAD.rstrip(),
        *(part for each in commands if isinstance(each, Command) for part in describe(each)),
        "## Columns",
        "`--columns` takes these names, and AWS's, in any spelling.",
        make_table(("name", "key in JSON and CSV", "description"), columns),
        "## Exit statuses",
        make_table(("status", "meaning"), statuses),
    ]
    return "\n\n".join(sections) + "\n"


def describe(command: Command) -> Iterator[str]:
    """Yield the sections about a command."""
    yield f"## {command.name}"
    yield escape(" ".join((command.help or "").split()))
    yield "```console\n" + "\n".join(f"$ {example}" for example in command.examples) + "\n```"
    context = click.Context(command)
    for heading, options in command.groups().items():
        records = [option.get_help_record(context) for option in options]
        rows = [(f"`{names}`", meaning) for names, meaning in filter(None, records)]
        if rows:
            yield f"**{escape(heading)}**"
            yield make_table(("option", "meaning"), rows)


def make_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, *([escape(cell) for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(head))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape(words: str) -> str:
    """Return a help as Markdown: the names of options are code, and a star is a star."""
    if words.startswith("`"):
        return words.replace("|", "\\|")
    return re.sub(r"(?<!`)--[a-z-]+", r"`\g<0>`", words.replace("|", "\\|").replace("*", "\\*"))


def main() -> None:
    """Write the page, or compare it."""
    page = make_page()
    if "--check" not in sys.argv:
        PAGE.write_text(page, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page:
        sys.exit(f"{PAGE.name} is out of date: run docs/generate/command_line.py")


if __name__ == "__main__":
    main()
