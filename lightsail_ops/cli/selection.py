"""Which operations a user wants to see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TypeVar

import attrs
import typer

from lightsail_ops import Operation, OperationsPage, OperationStatus, OperationType

_Name = TypeVar("_Name", OperationStatus, OperationType)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,6})([smhdw])", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Selection:
    """What an operation must be to be shown; None and empty sets select everything."""

    statuses: frozenset[OperationStatus] = frozenset()
    types: frozenset[OperationType] = frozenset()
    resource: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None

    def matches(self, operation: Operation) -> bool:
        """Tell whether an operation is selected, whatever the limit."""
        return (
            (not self.statuses or operation.status in self.statuses)
            and (not self.types or operation.operation_type in self.types)
            and (self.resource is None or _is_named(operation, self.resource))
            and (self.since is None or operation.created_at >= self.since)
            and (self.until is None or operation.created_at < self.until)
        )

    def of(self, pages: Iterable[OperationsPage]) -> Iterator[list[Operation]]:
        """Yield what is selected of each page, and read no page once the limit is reached."""
        left = self.limit
        for page in pages:
            selected = list(filter(self.matches, page))[:left]
            yield selected
            if left is not None:
                left -= len(selected)
                if not left:
                    return


def _is_named(operation: Operation, pattern: str) -> bool:
    return operation.resource_name == pattern or fnmatchcase(operation.resource_name, pattern)


def parsed_statuses(texts: Iterable[str]) -> frozenset[OperationStatus]:
    """Return the statuses that `--status` names; a BadParameter gives the nearest names."""
    return frozenset(_named(OperationStatus, text, "--status") for text in texts)


def parsed_types(texts: Iterable[str]) -> frozenset[OperationType]:
    """Return the operation types that `--type` names; a BadParameter gives the nearest names."""
    return frozenset(_named(OperationType, text, "--type") for text in texts)


def parsed_time(text: str, option: str, *, utc: bool, now: datetime) -> datetime:
    """Return the moment that a user means: so long ago, or a date, or a date and time.

    Args:
        text: such as `24h` or `2026-11-01T00:00Z`.
        option: where it was given, for the message.
        utc: whether a time without a zone is one in UTC; else it is one of this machine's zone.
        now: what a duration is counted back from.

    Raises:
        BadParameter: the text is no such time.
    """
    try:
        if duration := _DURATION.fullmatch(text.strip()):
            number, unit = duration.groups()
            return now - timedelta(**{_UNITS[unit.lower()]: int(number)})
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC) if utc else moment.astimezone()
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time. Say how long ago (90s, 30m, 24h, 7d), "
            "or when (2026-11-01, 2026-11-01T09:30, 2026-11-01T09:30Z).",
            param_hint=option,
        ) from None


def names_for_completion(names: Iterable[str]) -> Callable[[str], list[str]]:
    """Return what completes a word in a shell, in capitals or not, to the names that begin so."""
    every = sorted(map(str, names))

    def completed(incomplete: str) -> list[str]:
        length = len(incomplete)
        # Shells and typer take only what begins exactly as the word does.
        return [
            incomplete + name[length:]
            for name in every
            if name[:length].lower() == incomplete.lower()
        ]

    return completed


def nearest(text: str, names: Iterable[str]) -> list[str]:
    """Return up to three names that look like the text, the nearest first."""
    by_plain = {_plain(name): str(name) for name in names}
    return [by_plain[plain] for plain in get_close_matches(_plain(text), by_plain, n=3)]


def _named(vocabulary: type[_Name], text: str, option: str) -> _Name:
    for member in vocabulary:
        if _plain(member) == _plain(text):
            return member
    names = nearest(text, vocabulary)
    if not names and len(vocabulary) < 10:
        names = [str(member) for member in vocabulary]
    advice = f" Did you mean {_either(names)}?" if names else ""
    raise typer.BadParameter(f"there is no {text!r}.{advice}", param_hint=option)


def _plain(name: str) -> str:
    """Return a name without what one may write in several ways: `create-instance`."""
    return re.sub(r"[\s_-]", "", name).lower()


def _either(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
