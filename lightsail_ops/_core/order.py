"""The order of a list of operations, which AWS does not promise."""

from __future__ import annotations

import math

DISORDER = 30.0
"""Seconds by which neighbours may be out of order: the clocks of AWS's hosts differ."""

OUTLIERS = 9
"""How many operations may be dated wrongly without hiding the order of the others."""

# A shorter list looks sorted by chance.
_ENOUGH_FOR_AN_ORDER = 50


class Order:
    """The order in which the creation times of a list come."""

    def __init__(self) -> None:
        self._falling = _Run()
        self._rising = _Run()
        self._count = 0

    def add(self, created: float) -> None:
        """Add the creation time of the next operation, in epoch seconds."""
        self._count += 1
        self._falling.add(created)
        self._rising.add(-created)

    @property
    def lowest(self) -> float:
        """The lowest time of a list in descending order, but for the last one: it may be wrong."""
        return self._falling.before

    @property
    def is_descending(self) -> bool:
        """True if little is against this order."""
        return self._falling.outliers <= OUTLIERS

    # Operations that were all created within the disorder show no order, as a short list does.

    def is_newest_first(self, outliers: int = OUTLIERS) -> bool:
        """Return whether the list is in this order, and long enough to show it."""
        return self._count >= _ENOUGH_FOR_AN_ORDER and self._falling.is_clear(outliers)

    def is_oldest_first(self, outliers: int = OUTLIERS) -> bool:
        """Return whether the list is in this order, and long enough to show it."""
        return self._count >= _ENOUGH_FOR_AN_ORDER and self._rising.is_clear(outliers)


class _Run:
    """A run of times, each below those before it, apart from outliers and the disorder."""

    def __init__(self) -> None:
        self.outliers = 0
        self.before = math.inf
        """The lowest time before the last one that was lower, which may be an outlier."""
        self._lowest = math.inf
        self._first = math.inf

    def add(self, time: float) -> None:
        if time > self._lowest + DISORDER:
            self.outliers += 1
            if time > self.before + DISORDER:
                return  # it fits nowhere, so it is the outlier; else the lowest one was
            self._lowest = self.before
        if time < self._lowest:
            if self._lowest == math.inf:
                self._first = time
            self.before, self._lowest = self._lowest, time

    def is_clear(self, outliers: int) -> bool:
        return self.outliers <= outliers and self._first > self.before + DISORDER
