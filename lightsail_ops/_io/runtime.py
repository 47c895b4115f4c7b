"""The clocks and the random numbers of a program."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from functools import partial

from lightsail_ops._core.effects import Runtime


def _get_utc() -> datetime:
    return datetime.now(UTC)


# A test may import this while freezegun's frozen clock stands in for time.monotonic; a wait would
# never end with that. freezegun leaves clock_gettime alone, which Windows does not have.
_get_time = (
    partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    if hasattr(time, "clock_gettime")
    else time.monotonic
)

RUNTIME = Runtime(get_time=_get_time, get_utc=_get_utc, draw=random.SystemRandom().random)
"""This machine's. SystemRandom: processes that were forked must not retry in step."""
