"""The memory of a watch: the operations that it has reported, and their states.

An operation that has ended and was reported is settled or recent. It is *settled* if it was created
in a span of time and has not changed since the end of that span; so a few numbers stand for any
number of operations. It is *recent* otherwise. A watch that continues from a cursor knows both, and
what had not ended. The keys of everything listed serve the running watch alone: with them, it
reports an operation that AWS lists late, however long ago it was created.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from enum import Enum, auto
from hashlib import blake2b
from operator import attrgetter

import attrs

from lightsail_ops._core.cursor import Cursor, Span
from lightsail_ops._core.status import UNKNOWN, State, get_last_change, has_ended, is_later
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation


class Sight(Enum):
    """The comparison of a listed operation with the reports of the watch."""

    NEW = auto()
    """Listed for the first time; to be reported."""

    CHANGED = auto()
    """In a later state than before; to be reported."""

    KNOWN = auto()
    """Not to be reported."""

    REPEATED = auto()
    """Listed before in the same reading: pages shift while they are read. Not to be reported."""


@attrs.frozen(eq=False)
class Change:
    """An operation to be reported."""

    operation: Operation
    identity: str
    key: int
    times: complex
    """The times of creation and of the last change, as the real and the imaginary part."""
    state: State | None
    """None: it has ended."""


class Batch:
    """The finds of one reading: changes, the oldest first, then errors.

    The reader takes the changes one by one. The cursor depends on nothing but this batch.
    """

    def __init__(
        self,
        before: Cursor,
        changes: Iterable[Change] = (),
        settled: Span | None = None,
        errors: list[LightsailError] | None = None,
    ) -> None:
        """Sort the changes; everything created in the span `settled` has been listed."""
        self.taken = 0
        """How many changes the reader has taken."""
        self.pause: float = 0.0
        """Seconds until the client is tried again, from when the last error was taken."""
        self._before = before
        self._changes = sorted(changes, key=attrgetter("times.imag"))
        self.operations: tuple[Operation, ...] = tuple(change.operation for change in self._changes)
        self.errors: list[LightsailError] = [] if errors is None else errors
        """The reader removes them: what is raised has a traceback that keeps the reader."""
        self._settled = settled or Span()
        # A cursor is made after each operation, so it must not look at all that were taken.
        self._times = [change.times.imag for change in self._changes]
        self._last_string = (-1, "")  # how many changes were taken then, and the cursor
        spans = (span for span in (before.settled, self._settled) if span.start <= span.end)
        start = max((span.start for span in spans), default=-math.inf)
        self._unsettled = [
            index
            for index, change in enumerate(self._changes)
            if change.state is not None
            or change.times.real < start
            or change.times.imag == UNKNOWN
            or change.identity in before.unfinished
        ]

    def make_cursor(self) -> Cursor:
        """Return where a watch that took as many changes stands."""
        taken = self.taken
        settled = self._settled
        if taken < len(self._changes):  # up to just before the first one that was not taken
            latest = math.nextafter(self._times[taken], -math.inf)
            settled = Span(settled.start, min(settled.end, latest))
        settled = self._before.settled.join(settled)
        recent = dict(self._before.recent)
        unfinished = dict(self._before.unfinished)
        first = bisect_right(self._times, settled.end, hi=taken)
        indexes = self._unsettled[: bisect_left(self._unsettled, first)]
        for index in (*indexes, *range(first, taken)):
            change = self._changes[index]
            if change.state is not None:
                unfinished[change.identity] = change.state
                continue
            unfinished.pop(change.identity, None)
            recent[change.key] = change.times
        recent = {
            key: times
            for key, times in recent.items()
            if not settled.covers(times.real, times.imag)
        }
        return Cursor(self._before.since, settled, recent, unfinished)

    def get_cursor_string(self) -> str:
        """Return the cursor as a string, the same one until another change has been taken."""
        taken, string = self._last_string
        if taken != self.taken:  # in a fleet, most watches stand where they stood
            taken, string = self._last_string = self.taken, self.make_cursor().to_string()
        return string


class Memory:
    """The operations that a watch has reported, and those that it is about to report."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        # What was reported before this watch began. It stays as it is: the next complete reading
        # may miss an operation that this span stands for.
        self._inherited = cursor.settled
        self._forgotten = Span()
        # For each key the time of its last change and, as the imaginary part, the number of the
        # reading that listed it last. A complex takes 32 bytes, a tuple 120.
        self._listed = {key: complex(times.imag, 0) for key, times in cursor.recent.items()}
        for identity, state in cursor.unfinished.items():
            self._listed[_make_key(identity)] = complex(state.changed_at.timestamp(), 0)
        self._pending: dict[str, Change] = {}
        self._hidden: dict[str, State] = {}  # unfinished operations that `since` leaves out

    def look(self, operation: Operation, reading: int) -> tuple[Sight, int]:
        """Note an operation that a reading lists; return how it compares, and its key."""
        identity = identify(operation)
        key = _make_key(identity)
        listed = self._listed.get(key)
        before = self._find_state(identity)
        if listed is not None and (before is None or not is_later(operation, before)):
            self._listed[key] = complex(listed.real, reading)
            return Sight.REPEATED if listed.imag == reading else Sight.KNOWN, key
        times = complex(operation.created_at.timestamp(), get_last_change(operation).timestamp())
        state = None if has_ended(operation) else State.of(operation, before)
        change = Change(operation, identity, key, times, state)
        self._listed[key] = complex(change.times.imag, reading)
        if listed is None and self._is_hidden(change):
            return Sight.KNOWN, key
        self._pending[identity] = change
        return Sight.NEW if listed is None else Sight.CHANGED, key

    def mark_listed(self, keys: Iterable[int], reading: int) -> None:
        """Note that a reading lists operations in the state in which they were seen before."""
        for key in keys:
            self._listed[key] = complex(self._listed[key].real, reading)

    def has_listed_unfinished(self, reading: int) -> bool:
        """True if a reading has listed everything that has not ended."""
        return all(
            self._listed[_make_key(each)].imag == reading for each in self._cursor.unfinished
        )

    def make_batch(self, settled: Span, errors: list[LightsailError]) -> Batch:
        """Return the changes to report, and the errors that are to be raised after them."""
        if self._hidden:
            unfinished = {**self._cursor.unfinished, **self._hidden}
            self._cursor = attrs.evolve(self._cursor, unfinished=unfinished)
        batch = Batch(self._cursor, self._pending.values(), settled, errors)
        self._pending, self._hidden = {}, {}
        return batch

    def commit(self, batch: Batch) -> Batch:
        """Note that all changes of a batch have been taken; return one without changes."""
        self._cursor = batch.make_cursor()
        return Batch(self._cursor)

    def forget(self, reading: int, latest: float) -> None:
        """Forget what no reading has listed since the one of this number.

        AWS has removed it. If it is listed once more, by a replica that lags behind, then
        everything that ended as long ago is taken for reported, but nothing after `latest`: what
        was removed may have been dated in the future.
        """
        gone = {key: seen.real for key, seen in self._listed.items() if seen.imag < reading}
        for key in gone:
            del self._listed[key]
        self._cursor = attrs.evolve(
            self._cursor,
            recent={key: each for key, each in self._cursor.recent.items() if key not in gone},
            unfinished={
                identity: state
                for identity, state in self._cursor.unfinished.items()
                if _make_key(identity) not in gone
            },
        )
        if gone:
            end = min(latest, max(gone.values()))
            self._forgotten = self._forgotten.join(Span(-math.inf, end))

    def _find_state(self, identity: str) -> State | None:
        """Return the last known state of an operation that had not ended."""
        pending = self._pending.get(identity)
        if pending is not None:
            return pending.state
        return self._cursor.unfinished.get(identity) or self._hidden.get(identity)

    def _is_hidden(self, change: Change) -> bool:
        """True if an operation that is listed for the first time is not to be reported."""
        since = self._cursor.since
        changed = change.times.imag
        if since is not None and changed != UNKNOWN and changed < since.timestamp():
            if change.state is not None:
                self._hidden[change.identity] = change.state
            return True
        spans = (self._inherited, self._forgotten)
        return change.state is None and any(
            span.covers(change.times.real, changed) for span in spans
        )


def identify(operation: Operation) -> str:
    """Return an operation's id or, if AWS left that out, what never changes in it."""
    return operation.id or "\n".join(
        (
            operation.created_at.isoformat(),
            operation.operation_type,
            operation.resource_type,
            operation.resource_name,
            operation.operation_details or "",
        )
    )


def _make_key(identity: str) -> int:
    """Return a key of 56 bits, which takes 32 bytes of memory; an id of 36 characters takes 85.

    In a million operations, two share a key with a probability of 1 in 144,000.
    """
    digest = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return int.from_bytes(digest)
