"""The clocks and the random numbers of a program."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

from lightsail_ops._core.effects import Runtime


def _get_utc() -> datetime:
    return datetime.now(UTC)


RUNTIME = Runtime(get_time=time.monotonic, get_utc=_get_utc, draw=random.SystemRandom().random)
"""This machine's. SystemRandom: processes that were forked must not retry in step."""
