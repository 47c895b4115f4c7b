"""The operations that a user wants to see, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from lightsail_ops.cli.columns import nearest, plain
from lightsail_ops.cli.options import Options
from lightsail_ops.enums import OperationStatus, OperationType
from lightsail_ops.models import Operation

Operations: TypeAlias = Sequence[Operation]


def select(operations: Operations, options: Options) -> Operations:
    """Return the operations that the options select.

    `since` is left to the readers of lists and watches: it is about the creation in the one, and
    about the last change in the other.
    """
    if not (options.statuses or options.types or options.resource or options.until):
        return operations
    return [operation for operation in operations if matches(operation, options)]


def matches(operation: Operation, options: Options) -> bool:
    """Whether an operation is one that the options select."""
    return (
        (not options.statuses or _matches_any(options.statuses, operation.status))
        and (not options.types or _matches_any(options.types, operation.operation_type))
        and (options.resource is None or _is_named(operation, options.resource))
        and (options.until is None or operation.created_at < options.until)
    )


def is_pattern(name: str) -> bool:
    """Whether a name of a resource stands for several names."""
    return any(character in name for character in "*?[")


def explain_spelling(options: Options) -> list[str]:
    """Return advice for each status and type that looks misspelled."""
    return [
        *_check_spelling(options.statuses, OperationStatus, "a status"),
        *_check_spelling(options.types, OperationType, "an operation type"),
    ]


def sort(operations: Iterable[Operation], by: str | None, *, reverse: bool) -> list[Operation]:
    """Return operations sorted `by` their time of creation or of change, or by their duration.

    None keeps their order, or reverses it.
    """
    if by is None:
        ordered = list(operations)
        return ordered[::-1] if reverse else ordered
    if by != "took":
        return sorted(operations, key=created if by == "created" else changed, reverse=reverse)
    ordered = sorted(operations, key=_took, reverse=reverse)
    ordered.sort(key=_is_unfinished)  # these come last in either direction
    return ordered


def created(operation: Operation) -> datetime:
    """Return when an operation was created, to sort by."""
    return operation.created_at


def changed(operation: Operation) -> datetime:
    """Return when an operation's status last changed, or else when it was created."""
    return operation.status_changed_at or operation.created_at


def is_newest_first(operations: Operations) -> bool:
    """Whether operations come newest first, a few that were overtaken aside."""
    rises = sum(first.created_at < second.created_at for first, second in pairwise(operations))
    return rises * 10 <= len(operations)


def _took(operation: Operation) -> timedelta:
    return operation.duration or timedelta()


def _is_unfinished(operation: Operation) -> bool:
    return operation.duration is None


@lru_cache(maxsize=4096)
def _matches_any(patterns: tuple[str, ...], name: str) -> bool:
    """Whether a name is among the patterns, which may be globs, in any spelling."""
    return any(
        fnmatchcase(name.lower(), pattern.lower()) or fnmatchcase(plain(name), plain(pattern))
        for pattern in patterns
    )


def _is_named(operation: Operation, pattern: str) -> bool:
    return operation.resource_name == pattern or fnmatchcase(operation.resource_name, pattern)


def _check_spelling(patterns: Iterable[str], names: Iterable[str], noun: str) -> list[str]:
    """Return advice on patterns like no known name; they may also be newer than this program."""
    known = tuple(map(str, names))
    advice: list[str] = []
    for pattern in patterns:
        if any(_matches_any((pattern,), name) for name in known):
            continue
        if suggestions := nearest(pattern, known):
            *others, last = suggestions
            choice = f"{', '.join(others)} or {last}" if others else last
            advice.append(
                f"{pattern} is not {noun} that this version knows. Did you mean {choice}?"
            )
    return advice
