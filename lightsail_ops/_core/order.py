"""The order of a list of operations, which AWS does not promise."""

from __future__ import annotations

import math

DISORDER = 30.0
"""Seconds by which neighbours may be out of order: the clocks of AWS's hosts differ."""

# A shorter list looks sorted by chance.
_ENOUGH_FOR_AN_ORDER = 50


class Order:
    """The order in which the creation times of a list come."""

    def __init__(self) -> None:
        self.lowest = math.inf
        self.highest = -math.inf
        self.is_descending = True
        self._first = -math.inf
        self._is_ascending = True
        self._count = 0

    def add(self, created: float) -> None:
        """Add the creation time of the next operation, in epoch seconds."""
        if not self._count:
            self._first = created
        self._count += 1
        self.is_descending &= created <= self.lowest + DISORDER
        self._is_ascending &= created >= self.highest - DISORDER
        self.lowest = min(self.lowest, created)
        self.highest = max(self.highest, created)

    # Operations that were all created within the disorder show no order, as a short list does.

    @property
    def is_newest_first(self) -> bool:
        """True if the list is in this order, and long enough to show it."""
        is_falling = self.is_descending and self._first > self.lowest + DISORDER
        return is_falling and self._count >= _ENOUGH_FOR_AN_ORDER

    @property
    def is_oldest_first(self) -> bool:
        """True if the list is in this order, and long enough to show it."""
        is_rising = self._is_ascending and self._first < self.highest - DISORDER
        return is_rising and self._count >= _ENOUGH_FOR_AN_ORDER
