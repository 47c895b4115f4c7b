"""The marks on a bar that say more than its colour and its length."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from lightsail_ops.enums import OperationStatus
from lightsail_ops.plot.chart import Bar


class Mark(Enum):
    """A small shape of a fixed size. Its value is its meaning, for a legend."""

    SHORT = "too short to scale"
    """A thin line: a bar of the true length could not be seen."""

    CUT = "began earlier"
    """An arrow to the left, at the start of the axis."""

    OPEN = "not ended"
    """An arrow to the right, at the end of the bar."""

    FAILED = "failed"
    """A cross at the end of the bar, for those who do not see the colour, and on short bars."""


def marks_of(bar: Bar, *, is_short: bool) -> Iterator[tuple[Mark, datetime]]:
    """Yield the marks of a bar and their times.

    Args:
        bar: the bar.
        is_short: whether the bar is too short to be seen where it is drawn.
    """
    if bar.is_cut:
        yield Mark.CUT, bar.start
    if bar.is_open:
        yield Mark.OPEN, bar.end
    if bar.status == OperationStatus.FAILED:
        yield Mark.FAILED, bar.end
    elif is_short and not bar.is_open:
        yield Mark.SHORT, bar.start + (bar.end - bar.start) / 2
