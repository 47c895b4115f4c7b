"""Writes the reference of the command line, from the program itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from lightsail_ops.cli.app import NAME, app
from lightsail_ops.cli.columns import COLUMNS
from lightsail_ops.cli.errors import MEANINGS
from lightsail_ops.cli.options import Command


def reference() -> str:
    """Return Markdown: each command with its options, the columns and the exit statuses."""
    context = click.Context(app, info_name=NAME)
    parts = [
        section
        for name in app.list_commands(context)
        if isinstance(command := app.get_command(context, name), Command)
        for section in describe(command)
    ]
    columns = [(f"`{each.name}`", f"`{each.key}`", each.meaning) for each in COLUMNS]
    statuses = [(str(int(status)), meaning) for status, meaning in MEANINGS.items()]
    return "\n\n".join(
        [
            *parts,
            "## Columns\n\n`--columns` takes these names, and AWS's, in any spelling.",
            table(("name", "key in JSON and CSV", "what it is"), columns),
            "## Exit statuses",
            table(("status", "meaning"), statuses),
        ]
    )


def describe(command: Command) -> Iterator[str]:
    """Yield the sections about a command."""
    yield f"## {command.name}"
    yield escape(inspect.cleandoc(command.help or ""))
    yield "```console\n" + "\n".join(f"$ {example}" for example in command.examples) + "\n```"
    context = click.Context(command)
    for heading, options in command.groups().items():
        records = [option.get_help_record(context) for option in options]
        rows = [(f"`{names}`", meaning) for names, meaning in filter(None, records)]
        if rows:
            yield f"### {escape(heading)}"
            yield table(("option", "meaning"), rows)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, *([escape(cell) for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(head))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape(text: str) -> str:
    """Return a help text as Markdown: the names of options are code, and a star is a star."""
    if text.startswith("`"):
        return text.replace("|", "\\|")
    return re.sub(r"--[a-z-]+", r"`\g<0>`", text.replace("|", "\\|").replace("*", "\\*"))
