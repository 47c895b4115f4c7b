"""Backoff: how long to wait before what failed is tried again."""

from __future__ import annotations

from collections.abc import Callable

_FIRST = 1.0  # seconds
_LONGEST = 300.0


class Backoff:
    """Delays from 1 second doubling to 5 minutes, each less a random part of up to a half."""

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self._delay = _FIRST

    def next_delay(self) -> float:
        """Return the next delay, in seconds."""
        delay = self._delay * (1 - self._draw() / 2)
        self._delay = min(self._delay * 2, _LONGEST)
        return delay

    def reset(self) -> None:
        """Begin at the first delay again."""
        self._delay = _FIRST
