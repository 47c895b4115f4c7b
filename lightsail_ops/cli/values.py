"""What a user writes after an option, parsed and checked.

Each function takes a string and raises `click.BadParameter`; click adds the option's name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from lightsail_ops._botocore.session import check_endpoint_url
from lightsail_ops.cli import times
from lightsail_ops.cli.columns import Column, column_named

LONGEST_TIMEOUT = 31_536_000.0  # seconds, a year
LONGEST_INTERVAL = 86_400.0  # seconds, a day
_SHORTEST = 0.1  # seconds
_PICTURES = (".html", ".pdf", ".png", ".svg")


def parse_time(text: str) -> datetime:
    """Parse a time or a duration before now; without a zone it is local, or in UTC with --utc."""
    utc = bool(click.get_current_context().params.get("utc"))  # --utc is parsed before the others
    try:
        return times.parse_time(text, now=datetime.now(UTC), utc=utc)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def parse_count(text: str) -> int:
    """Parse a whole number from 1."""
    try:
        count = int(text)
    except ValueError:
        raise click.BadParameter(f"not a whole number: {text!r}.") from None
    if count < 1:
        raise click.BadParameter(f"must be 1 or more, not {count}.")
    return count


def seconds_up_to(most: float) -> Callable[[str], float]:
    """Return a function that parses a number of seconds."""

    def parse_seconds(text: str) -> float:
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if not _SHORTEST <= seconds <= most:  # neither is a NaN
            raise click.BadParameter(
                f"must be a number of seconds from {_SHORTEST} to {most:.0f}, not {text!r}."
            )
        return seconds

    return parse_seconds


def parse_endpoint_url(text: str) -> str:
    """Check a URL; the message does not repeat it, since it may hold a password."""
    try:
        check_endpoint_url(text)
    except ValueError:
        raise click.BadParameter(
            "must have a scheme, a host and a valid port, as in http://127.0.0.1:5005."
        ) from None
    return text


def parse_list(text: str) -> tuple[str, ...]:
    """Parse names that are separated by commas."""
    names = tuple(name for name in map(str.strip, text.split(",")) if name)
    if not names:
        raise click.BadParameter("at least one name is needed.")
    return names


def parse_columns(text: str) -> tuple[Column, ...]:
    """Parse names of columns that are separated by commas."""
    try:
        return tuple(map(column_named, parse_list(text)))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def parse_picture(text: str) -> Path:
    """Check the name of a file that a picture is drawn into."""
    path = Path(text)
    if path.suffix.lower() not in _PICTURES:
        raise click.BadParameter(
            f"the name must end in .png, .svg, .pdf or .html, unlike {text!r}."
        )
    return path
