"""The cursor of a watch: what another process needs to continue it, as versioned JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TypeAlias, cast

import attrs

from lightsail_ops._codec import in_utc
from lightsail_ops._core.status import UNKNOWN, State
from lightsail_ops.enums import OperationStatus

_Json: TypeAlias = "bool | int | float | str | list[_Json] | dict[str, _Json] | None"


@attrs.frozen
class Span:
    """A span of AWS's timestamps, in epoch seconds. It is empty by default."""

    start: float = math.inf
    end: float = -math.inf

    def covers(self, created: float, changed: float) -> bool:
        """True if an operation was created in this span and has not changed since its end.

        Nothing is known of one whose times AWS left out.
        """
        return self.start <= created and changed <= self.end and changed != UNKNOWN

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
            "version": 1,
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
        try:
            content: _Json = json.loads(string)
        except (ValueError, RecursionError):
            raise _make_error("it is not valid JSON") from None
        match content:
            case {
                "version": 1 as version,
                "since": since,
                "settled": settled,
                "recent": dict() as recent,
                "unfinished": dict() as unfinished,
            } if version is not True:  # which is equal to 1
                return cls(
                    since=None if since is None else _to_datetime(since),
                    settled=_to_span(settled),
                    recent={_to_key(key): _to_times(each) for key, each in recent.items()},
                    unfinished={key: _to_state(each) for key, each in unfinished.items()},
                )
            case _:
                raise _make_error("it is not a cursor of version 1")


def _make_error(reason: str) -> ValueError:
    return ValueError(f"cursor is malformed: {reason}; pass the `cursor` of a watch, unchanged")


def _to_time(value: _Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise _make_error("a number of epoch seconds is missing")
    return float(value)


def _to_times(value: _Json) -> complex:
    match value:
        case [created, changed]:
            return complex(_to_time(created), _to_time(changed))
        case _:
            raise _make_error("a pair of times is missing")


def _to_span(value: _Json) -> Span:
    match value:
        case None:
            return Span()
        case [None, end]:
            return Span(-math.inf, _to_time(end))
        case _:
            times = _to_times(value)
            return Span(times.real, times.imag)


def _to_key(value: str) -> int:
    with suppress(ValueError):
        key = int(value, 16)
        if f"{key:x}" == value:  # int reads "0x1", "1_0" and " 1 " too
            return key
    raise _make_error("a key is not hexadecimal")


def _to_datetime(value: _Json) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(cast("str", value)))
    except (TypeError, ValueError, OverflowError):
        raise _make_error("a datetime is not in ISO 8601") from None


def _to_state(value: _Json) -> State:
    match value:
        case [str(status), changed_at, *earlier] if all(isinstance(each, str) for each in earlier):
            statuses = frozenset(OperationStatus(cast("str", each)) for each in earlier)
            return State(OperationStatus(status), _to_datetime(changed_at), statuses)
        case _:
            raise _make_error("a state is not a list of strings")
