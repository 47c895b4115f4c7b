"""Backoff: how long to wait before what failed is tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_FIRST = 1.0  # seconds
_LONGEST = 300.0


def make_delays(draw: Callable[[], float]) -> Iterator[float]:
    """Yield delays from 1 second doubling to 5 minutes, each less a random part of up to a half."""
    delay = _FIRST
    while True:
        yield delay * (1 - draw() / 2)
        delay = min(delay * 2, _LONGEST)
