"""What a watch remembers: which operations it has reported, and in which state.

An operation that has ended and was reported is settled or recent. It is *settled* if it was created
in a span of time and has not changed since the end of that span; so a few numbers stand for any
number of operations. It is *recent* otherwise. A watch that continues from a cursor knows both, and
what had not ended. The keys of everything listed serve the running watch alone: with them, it
reports an operation that AWS lists late, however long ago it was created.
"""

from __future__ import annotations

from enum import Enum, auto
from hashlib import blake2b

from lightsail_ops._core.status import get_last_change, has_ended, is_later
from lightsail_ops._cursor import Cursor, Span, Unfinished
from lightsail_ops.models import Operation


class Sight(Enum):
    """What a listed operation is to the watch."""

    NEW = auto()
    """Listed for the first time; to be reported."""

    CHANGED = auto()
    """In a later state than before; to be reported."""

    KNOWN = auto()
    """Not to be reported."""

    REPEATED = auto()
    """Listed before in the same reading: pages shift while they are read. Not to be reported."""


class Memory:
    """What a watch has reported. It changes with each operation that is seen."""

    def __init__(self, cursor: Cursor) -> None:
        """Begin with what a cursor holds."""
        self._since = cursor.since
        # What was reported before this watch began. It stays as it is: the next complete reading
        # may miss an operation that this span stands for.
        self._inherited = cursor.settled
        self._settled = cursor.settled
        self._recent = dict(cursor.recent)
        self._unfinished = dict(cursor.unfinished)
        # For each key the number of the reading that listed it last.
        self._listed = dict.fromkeys([*self._recent, *map(_make_key, self._unfinished)], 0)

    @property
    def cursor(self) -> Cursor:
        """What another watch needs to continue."""
        return Cursor(self._since, self._settled, self._recent, self._unfinished)

    def see(self, operation: Operation, reading: int) -> Sight:
        """Take note of an operation that a reading lists."""
        key = _make_key(operation.id)
        listed = self._listed.get(key)
        before = self._unfinished.get(operation.id)
        if listed is None:
            sight = self._see_first(operation, key)
        elif before is not None and is_later(operation, before.status, before.changed_at):
            self._record(operation, key)
            sight = Sight.CHANGED
        else:
            sight = Sight.REPEATED if listed == reading else Sight.KNOWN
        self._listed[key] = reading
        return sight

    def has_listed_unfinished(self, reading: int) -> bool:
        """Whether a reading has listed everything that has not ended."""
        return all(self._listed.get(_make_key(each)) == reading for each in self._unfinished)

    def settle(self, span: Span) -> None:
        """Settle a span: everything created in it has been seen."""
        settled = self._settled.join(span)
        if settled == self._settled:
            return
        self._settled = settled
        self._recent = {
            key: times
            for key, times in self._recent.items()
            if not settled.covers(times.real, times.imag)
        }

    def forget(self, reading: int) -> None:
        """Forget what no reading has listed since the one of this number."""
        for key in [key for key, listed in self._listed.items() if listed < reading]:
            del self._listed[key]
            self._recent.pop(key, None)
        for operation_id in list(self._unfinished):
            if _make_key(operation_id) not in self._listed:
                del self._unfinished[operation_id]

    def _see_first(self, operation: Operation, key: int) -> Sight:
        if self._is_silent(operation):
            if not has_ended(operation):
                self._record(operation, key)
            return Sight.KNOWN
        self._record(operation, key)
        return Sight.NEW

    def _is_silent(self, operation: Operation) -> bool:
        if self._since is not None and get_last_change(operation) < self._since:
            return True
        times = _get_times(operation)
        return has_ended(operation) and self._inherited.covers(times.real, times.imag)

    def _record(self, operation: Operation, key: int) -> None:
        if not has_ended(operation):
            state = Unfinished(operation.status, get_last_change(operation))
            self._unfinished[operation.id] = state
            return
        times = _get_times(operation)
        if not self._settled.covers(times.real, times.imag):
            self._recent[key] = times
        self._unfinished.pop(operation.id, None)


def _make_key(operation_id: str) -> int:
    """Return a key of 56 bits, which takes 32 bytes of memory; an id of 36 characters takes 85.

    In a million operations, two share a key with a probability of 1 in 144,000.
    """
    digest = blake2b(operation_id.encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return int.from_bytes(digest)


def _get_times(operation: Operation) -> complex:
    return complex(operation.created_at.timestamp(), get_last_change(operation).timestamp())
