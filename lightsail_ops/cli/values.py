"""Values of options, parsed and checked.

Each function takes a string and raises `click.BadParameter`; click adds the option's name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from lightsail_ops.cli import times
from lightsail_ops.cli.columns import Column, column_named
from lightsail_ops.cli.completion import complete_files

LONGEST_TIMEOUT = 31_536_000.0  # seconds, a year
LONGEST_INTERVAL = 86_400.0  # seconds, a day
_SHORTEST = 0.1  # seconds


def parse_string(string: str) -> str:
    """Refuse an empty string, which is what a variable gives that is not set."""
    if not string.strip():
        raise click.BadParameter("is empty. Is a variable not set?")
    return string


def parse_time(string: str) -> datetime:
    """Parse a time or a duration before now; without a zone it is local, or in UTC with --utc."""
    utc = bool(click.get_current_context().params.get("utc"))  # --utc is parsed before the others
    try:
        return times.parse_time(string, now=datetime.now(UTC), utc=utc)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def parse_count(string: str) -> int:
    """Parse a whole number from 1."""
    try:
        count = int(string)
    except ValueError:
        raise click.BadParameter(f"not a whole number: {string!r}.") from None
    if count < 1:
        raise click.BadParameter(f"must be 1 or more, not {count}.")
    return count


def seconds_up_to(most: float) -> Callable[[str], float]:
    """Return a function that parses a number of seconds."""

    def parse_seconds(string: str) -> float:
        try:
            seconds = float(string)
        except ValueError:
            seconds = math.nan
        if not _SHORTEST <= seconds <= most:  # neither is a NaN
            raise click.BadParameter(
                f"must be a number of seconds from {_SHORTEST} to {most:.0f}, not {string!r}."
            )
        return seconds

    return parse_seconds


def parse_endpoint_url(string: str) -> str:
    """Check a URL; the message does not repeat it, since it may hold a password."""
    from lightsail_ops._botocore.session import check_endpoint_url  # late: it is seldom needed

    try:
        check_endpoint_url(string)
    except ValueError:
        raise click.BadParameter(
            "must have a scheme, a host and a valid port, as in http://127.0.0.1:5005."
        ) from None
    return string


def parse_list(string: str) -> tuple[str, ...]:
    """Parse names that are separated by commas."""
    names = tuple(name for name in map(str.strip, string.split(",")) if name)
    if not names:
        raise click.BadParameter("at least one name is needed.")
    return names


def parse_columns(string: str) -> tuple[Column, ...]:
    """Parse names of columns that are separated by commas."""
    try:
        return tuple(map(column_named, parse_list(string)))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


class File(click.ParamType[str]):
    """A name of a file, which shells complete."""

    name = "file"

    def __init__(self, endings: Sequence[str] = ("",)) -> None:
        self._endings = tuple(endings)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name's ending."""
        if not parse_string(value).lower().endswith(self._endings):
            raise click.BadParameter(
                f"the name must end in .png, .svg, .pdf or .html, unlike {value!r}."
            )
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """Let the shell complete the names of files."""
        return complete_files(incomplete)
