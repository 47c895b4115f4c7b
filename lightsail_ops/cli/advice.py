"""Commands that a user can paste: those that continue, and the one that lists ids."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from lightsail_ops.cli.columns import Column
from lightsail_ops.cli.options import Group, Option, Options


def resume(options: Options, **changes: object) -> str:
    """Return the advice to continue with the same command.

    Args:
        options: those of the command.
        changes: other values of options, by their names there. None or False: without it.
    """
    # What continues is put behind what has a header.
    no_headers = options.no_headers or (options.output == "csv" and "page_token" not in changes)
    return f"Resume with {_write_command(options, no_headers=no_headers, **changes)}"


def list_ids(options: Options, **changes: object) -> str:
    """Return the command that lists the ids in the account and regions of a command."""
    context = options.context
    kept = {option.name for option in (*Group.ACCOUNT, *Group.REGIONS)}
    names = {str(each.name) for each in context.command.params if each.name not in kept}
    command = _write_command(options, **dict.fromkeys(names), **changes)
    return f"lightsail-ops list{command.removeprefix(context.command_path)} -o id"


@contextmanager
def advise_if_interrupted(advise: Callable[[], Iterable[str]]) -> Generator[None]:
    """Note how to continue on the error, where Ctrl-C or SIGTERM ends a `with` block."""
    try:
        yield
    except KeyboardInterrupt as error:
        for advice in advise():
            error.add_note(advice)
        raise


def _write_command(options: Options, **changes: object) -> str:
    """Return a command as a line for a shell.

    Times are written as they were understood, since `24h` means another time later. A URL that
    holds a password is left out.
    """
    context = options.context
    words = context.command_path.split(" ")
    for parameter in context.command.params:
        name = str(parameter.name)
        was_written = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        written = context.params.get(name) if was_written else None
        words += _write_parameter(parameter, changes.get(name, written))
    return shlex.join(words)


def _write_parameter(parameter: click.Parameter, value: object) -> list[str]:
    has_password = parameter.name == "endpoint_url" and "@" in urlsplit(f"{value}").netloc
    if value is None or value is False or value == () or has_password:
        return []
    if isinstance(parameter, click.Argument):
        return list(cast("tuple[str, ...]", value))
    name = max(parameter.opts, key=len)
    if value is True:
        return [name]
    if not isinstance(value, tuple):
        return [name, _format(value)]
    formatted = [_format(each) for each in cast("tuple[object, ...]", value)]
    if isinstance(parameter, Option) and parameter.is_list:
        return [name, ",".join(formatted)]
    return [word for each in formatted for word in (name, each)]


def _format(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    return value.name if isinstance(value, Column) else f"{value}"
