"""One reading of the list of operations: how far it has come, and what order it shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from heapq import heappush, heappushpop

from lightsail_ops._core.effects import Request
from lightsail_ops._core.memory import Sight
from lightsail_ops._core.paging import Paging
from lightsail_ops._cursor import Span
from lightsail_ops.models import Operation, OperationsPage

# Seconds. AWS lists operations a little out of order: the clocks of its hosts differ.
_DISORDER = 30.0
# Seconds. An operation can come into the list as long after its creation.
_LATENESS = 900.0
# A shorter list looks sorted by chance.
_ENOUGH_FOR_AN_ORDER = 50
# A few operations may bear a time in the future, so the newest but nine is taken for the newest.
_NEWEST = 10
# A request takes no longer, in seconds; the machine was suspended if it seems so.
_LONGEST_REQUEST = 60.0


class Order:
    """The order in which the creation times of a list come."""

    def __init__(self) -> None:
        """Begin with an empty list."""
        self.lowest = math.inf
        self.is_descending = True
        self._first = self._highest = -math.inf
        self._is_ascending = True
        self._count = 0

    def add(self, created: float) -> None:
        """Add the creation time of the next operation."""
        if not self._count:
            self._first = created
        self._count += 1
        self.is_descending &= created <= self.lowest + _DISORDER
        self._is_ascending &= created >= self._highest - _DISORDER
        self.lowest = min(self.lowest, created)
        self._highest = max(self._highest, created)

    @property
    def is_newest_first(self) -> bool:
        """Whether the list is in this order, and long enough to show it."""
        return self._is_long_enough and self.is_descending and self._first > self.lowest

    @property
    def is_oldest_first(self) -> bool:
        """Whether the list is in this order, and long enough to show it."""
        return self._is_long_enough and self._is_ascending and self._first < self._highest

    @property
    def _is_long_enough(self) -> bool:
        return self._count >= _ENOUGH_FOR_AN_ORDER


class Reading:
    """A reading of the list of operations, from its first page on."""

    def __init__(self, number: int, started: float, *, is_complete: bool) -> None:
        """Begin a reading.

        Args:
            number: its number; every reading of a watch has another one, above 0.
            started: the time, in seconds of a monotonic clock.
            is_complete: whether it is to go to the end of the list whatever it finds.
        """
        self.number = number
        self.started = started
        self.is_complete = is_complete
        self.paging = Paging(Request("get_operations"))
        self.rest: Iterator[Operation] = iter(())
        """What has not been seen yet of the page that was fetched last."""
        self.fetched_at = started
        """When that page was fetched."""
        self.is_at_end = False
        self.has_gap = False
        """Whether a page could not be read."""
        self.seconds_fetching = 0.0
        self.order = Order()
        self.pages_without_news = 0
        self._newest: list[float] = []

    def take_page(self, page: OperationsPage | None) -> None:
        """Continue with a page; None: there is none."""
        self.rest = iter(page or ())
        self.is_at_end = page is None or page.next_page_token is None
        self.pages_without_news += 1

    def take_time(self, sent_at: float, fetched_at: float) -> None:
        """Note how long the page took."""
        self.fetched_at = fetched_at
        self.seconds_fetching += min(fetched_at - sent_at, _LONGEST_REQUEST)

    def skip_page(self, next_page_token: str | None) -> None:
        """Continue after the next page, which cannot be read; None: there is no page after it."""
        self.paging.skip_to(next_page_token)
        self.is_at_end = next_page_token is None
        self.has_gap = True

    def add(self, operation: Operation, sight: Sight) -> None:
        """Take note of an operation that has been seen."""
        if sight is Sight.REPEATED:
            return
        if sight is Sight.NEW:
            self.pages_without_news = 0
        created = operation.created_at.timestamp()
        self.order.add(created)
        if len(self._newest) < _NEWEST:
            heappush(self._newest, created)
        elif created > self._newest[0]:
            heappushpop(self._newest, created)

    def get_span(self, now: float) -> Span:
        """Return the span in which everything has been seen, because of the order of the list."""
        if self.has_gap or len(self._newest) < _NEWEST:
            return Span()
        # What was created before has been in the list since the reading began.
        end = self._newest[0] - _LATENESS - (now - self.started)
        if self.is_at_end or self.order.is_oldest_first:
            return Span(-math.inf, end)
        if self.order.is_newest_first:
            return Span(self.order.lowest + 2 * _DISORDER, end)
        return Span()
