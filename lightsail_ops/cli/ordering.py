"""Which of the selected operations are shown, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import nlargest
from itertools import chain

import attrs

from lightsail_ops.errors import FleetError, LightsailError
from lightsail_ops.models import Operation


class Sort(StrEnum):
    """What operations are sorted by."""

    CREATED = "created"
    CHANGED = "changed"
    TOOK = "took"


@attrs.frozen(kw_only=True)
class Order:
    """Limits and sorts operations. Without any of it, they pass as they come."""

    limit: int | None = None
    """The first so many of the order that is chosen, or of what comes first."""

    last: int | None = None
    """The so many that were created last, the oldest of them first."""

    sort: Sort | None = None
    reverse: bool = False

    default_sort: Sort | None = None
    """What the operations are sorted by that pass if `sort` is not set."""

    def apply(self, batches: Iterable[Sequence[Operation]]) -> Iterator[Sequence[Operation]]:
        """Yield the operations in their order.

        Where there is a limit and no order is chosen, no batch is read beyond it. If reading
        fails, what has come by then is yielded before the error is raised.
        """
        if self.limit and not self._is_chosen:
            batches = _first(batches, self.limit)
        if not self._is_chosen and self.default_sort is None:
            yield from batches
            return
        reader = _Reader(batches)
        yield self._arrange(chain.from_iterable(reader.read()))
        if reader.error is not None:
            raise reader.error

    @property
    def _is_chosen(self) -> bool:
        return bool(self.last or self.sort or self.reverse)

    def _arrange(self, operations: Iterable[Operation]) -> Sequence[Operation]:
        arranged = operations
        if self.last:
            arranged = reversed(nlargest(self.last, operations, key=created))
        if sort := self.sort or self.default_sort:
            arranged = _sort(arranged, sort, reverse=self.reverse)
        elif self.reverse:
            arranged = reversed(list(arranged))
        return list(arranged)[: self.limit]


def created(operation: Operation) -> datetime:
    """Return when an operation was created, to sort by."""
    return operation.created_at


def changed(operation: Operation) -> datetime:
    """Return when an operation's status last changed, or else when it was created."""
    return operation.status_changed_at or operation.created_at


def _took(operation: Operation) -> timedelta:
    return operation.duration or timedelta()


def _is_unfinished(operation: Operation) -> bool:
    return operation.duration is None


def _sort(operations: Iterable[Operation], sort: Sort, *, reverse: bool) -> list[Operation]:
    if sort is Sort.CREATED:
        return sorted(operations, key=created, reverse=reverse)
    if sort is Sort.CHANGED:
        return sorted(operations, key=changed, reverse=reverse)
    ordered = sorted(operations, key=_took, reverse=reverse)
    ordered.sort(key=_is_unfinished)  # these come last in either direction
    return ordered


def _first(batches: Iterable[Sequence[Operation]], limit: int) -> Iterator[Sequence[Operation]]:
    for batch in batches:
        yield batch[:limit]
        limit -= len(batch)
        if limit <= 0:
            return


class _Reader:
    """Reads batches up to their end or to an error, which it keeps."""

    def __init__(self, batches: Iterable[Sequence[Operation]]) -> None:
        self._batches = batches
        self.error: Exception | None = None

    def read(self) -> Iterator[Sequence[Operation]]:
        try:
            yield from self._batches
        except (LightsailError, FleetError) as error:
            self.error = error
