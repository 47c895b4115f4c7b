"""Times as people write and read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,6})([smhdw])", re.IGNORECASE)


def parse_time(string: str, *, now: datetime, utc: bool) -> datetime:
    """Return the time that a user means, in UTC.

    Args:
        string: a duration before now such as `24h`, a date, or a date and time in ISO 8601.
        now: what a duration is counted back from.
        utc: whether a time without a zone is in UTC. Otherwise it is in this machine's zone.

    Raises:
        BadParameter: the string is none of these.
    """
    try:
        if duration := _DURATION.fullmatch(string.strip()):
            number, unit = duration.groups()
            return now - timedelta(**{_UNITS[unit.lower()]: int(number)})
        parsed = datetime.fromisoformat(string.strip())
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=UTC) if utc else parsed.astimezone()
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"not a valid time: {string!r}. Write how long ago (90s, 30m, 24h, 7d), "
            "or a date (2026-11-01, 2026-11-01T09:30, 2026-11-01T09:30Z)."
        ) from None


def display_zone(*, utc: bool) -> tzinfo:
    """Return the zone in which times are shown: UTC, or this machine's as it is now.

    It is one zone for all times, those from before the last change of the clocks included. So
    the name in the head of a table is right for every line.
    """
    return UTC if utc else datetime.now().astimezone().tzinfo or UTC


def format_duration(seconds: float) -> str:
    """Return a duration in its two largest units: `45s`, `3m 20s`, `2h 5m`, `1d 4h`."""
    minutes, second = divmod(max(0, round(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = [(days, "d"), (hour, "h"), (minute, "m"), (second, "s")]
    while len(parts) > 1 and not parts[0][0]:
        del parts[0]
    return " ".join(f"{number}{unit}" for number, unit in parts[:2] if number or unit == "s")
