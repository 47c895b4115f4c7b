"""The cursor of a watch: what another process needs to continue it, as versioned JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import cast

import attrs

from lightsail_ops._codec import in_utc, is_mapping
from lightsail_ops._core.status import State
from lightsail_ops.enums import OperationStatus

_VERSION = 1


@attrs.frozen
class Span:
    """A span of AWS's timestamps, in epoch seconds. It is empty by default."""

    start: float = math.inf
    end: float = -math.inf

    def covers(self, created: float, changed: float) -> bool:
        """True if an operation was created in this span and has not changed since its end."""
        return self.start <= created and changed <= self.end

    def join(self, other: Span) -> Span:
        """Return both spans as one; this one alone if they do not touch."""
        if self.start > self.end:
            return other if other.start <= other.end else self
        if other.start > min(self.end, other.end) or other.end < self.start:
            return self
        return Span(min(self.start, other.start), max(self.end, other.end))


@attrs.frozen
class Cursor:
    """The position of a watch: all that it has reported."""

    since: datetime | None = None
    """Operations whose last change is older are not reported at first sight."""

    settled: Span = Span()
    """Whatever was created in this span, ended, and has not changed since its end is reported."""

    recent: Mapping[int, complex] = attrs.field(factory=dict[int, complex])
    """The other reported operations that have ended: their keys, and the times of creation and of
    the last change as the real and the imaginary part. Two floats in a complex take 32 bytes, in a
    tuple 120."""

    unfinished: Mapping[str, State] = attrs.field(factory=dict[str, State])
    """The reported operations that have not ended, by `identify`."""

    def to_string(self) -> str:
        """Return the cursor as JSON."""
        start, end = self.settled.start, self.settled.end
        content = {
            "version": _VERSION,
            "since": None if self.since is None else self.since.isoformat(),
            "settled": None if start > end else [None if start == -math.inf else start, end],
            "recent": {f"{key:x}": [times.real, times.imag] for key, times in self.recent.items()},
            "unfinished": {
                identity: [state.status, state.changed_at.isoformat(), *sorted(state.earlier)]
                for identity, state in self.unfinished.items()
            },
        }
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_string(cls, string: object) -> Cursor:
        """Read a cursor.

        Raises:
            TypeError: it is not a string.
            ValueError: it is malformed.
        """
        if not isinstance(string, str):
            raise TypeError(f"cursor must be a str or None, not {type(string).__name__}")
        content = _parse_json(string)
        version = content.get("version")
        if isinstance(version, bool) or version != _VERSION:  # True == 1
            raise _MalformedCursorError(f"its version is not {_VERSION}")
        if not content.keys() >= {"since", "settled"}:  # which may be null
            raise _MalformedCursorError("a key is missing")
        since = content["since"]
        return cls(
            since=None if since is None else _to_datetime(since),
            settled=_to_span(content["settled"]),
            recent={
                _to_key(key): complex(*_to_times(times))
                for key, times in _to_mapping(content.get("recent")).items()
            },
            unfinished={
                identity: _to_state(state)
                for identity, state in _to_mapping(content.get("unfinished")).items()
            },
        )


class _MalformedCursorError(ValueError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"cursor is malformed: {reason}; pass the `cursor` of a watch, unchanged")


def _parse_json(string: str) -> Mapping[str, object]:
    try:
        content: object = json.loads(string)
    except (ValueError, RecursionError):
        raise _MalformedCursorError("it is not valid JSON") from None
    return _to_mapping(content)


def _to_mapping(value: object) -> Mapping[str, object]:
    if not is_mapping(value):
        raise _MalformedCursorError("an object is missing")
    return value


def _to_pair(value: object) -> tuple[object, object]:
    if not isinstance(value, list) or len(cast("list[object]", value)) != 2:
        raise _MalformedCursorError("a pair is missing")
    first, second = cast("list[object]", value)
    return first, second


def _to_time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise _MalformedCursorError("a number of epoch seconds is missing")
    return float(value)


def _to_times(value: object) -> tuple[float, float]:
    first, second = _to_pair(value)
    return _to_time(first), _to_time(second)


def _to_span(value: object) -> Span:
    if value is None:
        return Span()
    start, end = _to_pair(value)
    return Span(-math.inf if start is None else _to_time(start), _to_time(end))


def _to_key(value: str) -> int:
    with suppress(ValueError):
        key = int(value, 16)
        if f"{key:x}" == value:  # int reads "0x1", "1_0" and " 1 " too
            return key
    raise _MalformedCursorError("a key is not hexadecimal")


def _to_datetime(value: object) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(cast("str", value)))
    except (TypeError, ValueError, OverflowError):
        raise _MalformedCursorError("a datetime is not in ISO 8601") from None


def _to_state(value: object) -> State:
    strings = cast("list[object]", value) if isinstance(value, list) else []
    if len(strings) < 2 or not all(isinstance(each, str) for each in strings):
        raise _MalformedCursorError("a state is not a list of strings")
    status, changed_at, *earlier = cast("list[str]", strings)
    return State(
        OperationStatus(status),
        _to_datetime(changed_at),
        frozenset(OperationStatus(each) for each in earlier),
    )
