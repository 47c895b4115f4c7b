"""Watching: each operation when it is first listed, and again at each later change of status."""

from __future__ import annotations

import logging
import math
from collections import deque
from datetime import datetime

from lightsail_ops._arguments import check_seconds, check_since
from lightsail_ops._core.backoff import Backoff
from lightsail_ops._core.effects import Steps, read_clock, sleep
from lightsail_ops._core.memory import Memory, Sight
from lightsail_ops._core.reading import Reading
from lightsail_ops._cursor import Cursor
from lightsail_ops.errors import InvalidInputError, LightsailError, PaginationError, ResponseError
from lightsail_ops.models import Operation

_logger = logging.getLogger("lightsail_ops")

# Seconds from the start of a complete reading to the start of the next one; or, if that is longer,
# so many times as long as the reading took.
_SHORTEST_PERIOD = 600.0
_PERIOD_PER_SECOND = 20
# An operation that so many complete readings have missed is forgotten: AWS has removed it.
_READINGS_REMEMBERED = 20
# A page token that is refused so soon, in seconds, has not expired.
_FRESH = 5.0


class Watching:
    """A watch.

    Its state changes only when a page arrives and when an operation is returned, never across an
    effect. So its steps can be abandoned at any effect, and new ones continue.
    """

    def __init__(
        self, *, poll_interval: float, since: datetime | None = None, cursor: str | None = None
    ) -> None:
        """Begin a watch, or continue one.

        Args:
            poll_interval: seconds from the end of a poll to the next one.
            since: operations whose last change is older are not reported at first sight.
            cursor: the `cursor` of a watch, to continue it.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: `poll_interval` is not finite and positive, `since` has no time zone, the
                cursor is malformed, or both are given.
        """
        check_seconds("poll_interval", poll_interval)
        check_since(since)
        if since is not None and cursor is not None:
            raise ValueError("since cannot be given with a cursor, which holds its own")
        self._poll_interval = poll_interval
        self._memory = Memory(Cursor(since) if cursor is None else Cursor.from_string(cursor))
        self._reading: Reading | None = None
        self._readings = 0
        self._complete_readings: deque[int] = deque(maxlen=_READINGS_REMEMBERED)
        self._is_newest_first = False
        # The times of the next request, at the earliest, and of the next complete reading.
        self._not_before = self._complete_at = -math.inf
        self._backoff = Backoff()
        self._was_refused = False

    @property
    def cursor(self) -> str:
        """What has been returned so far: short versioned JSON, to continue in another process."""
        return self._memory.cursor.to_string()

    def next_operation(self) -> Steps[Operation]:
        """Return the next change.

        Raises:
            LightsailError: an error that is not transient. The steps can be begun again: they
                wait for the poll interval, and nothing is lost.
        """
        while True:
            if self._reading is None:
                self._reading = yield from self._begin_reading()
            for operation in self._reading.rest:
                sight = self._memory.see(operation, self._reading.number)
                self._reading.add(operation, sight)
                if sight in (Sight.NEW, Sight.CHANGED):
                    return operation
            yield from self._read_on(self._reading)

    def start_over(self) -> None:
        """Begin with a complete reading: an interrupt may have stopped the steps anywhere."""
        self._reading = None
        self._complete_at = -math.inf

    def _begin_reading(self) -> Steps[Reading]:
        now = yield from self._wait()
        self._readings += 1
        is_complete = not self._is_newest_first or now >= self._complete_at
        return Reading(self._readings, now, is_complete=is_complete)

    def _wait(self) -> Steps[float]:
        """Wait until the next request may be sent, and return the time."""
        now = yield from read_clock()
        return (yield from sleep(self._not_before - now)) if now < self._not_before else now

    def _read_on(self, reading: Reading) -> Steps[None]:
        """Finish a reading, or fetch its next page."""
        now = yield from read_clock()
        if not self._complete_readings:  # the first one may be long, so it settles page by page
            self._memory.settle(reading.get_span(now))
        if reading.is_at_end:
            self._finish_complete(reading, now)
        elif self._has_found_all(reading):
            self._finish(now)
        else:
            yield from self._fetch_page(reading)

    def _has_found_all(self, reading: Reading) -> bool:
        """Whether a reading that lists the newest first need not go on to the end.

        It goes on as long as pages show new operations, and one page further if it has not listed
        everything that has not ended.
        """
        if reading.is_complete or not reading.order.is_descending:
            return False
        if reading.pages_without_news == 1:
            return self._memory.has_listed_unfinished(reading.number)
        return reading.pages_without_news > 1

    def _finish(self, now: float) -> None:
        self._reading = None
        self._not_before = now + self._poll_interval

    def _finish_complete(self, reading: Reading, now: float) -> None:
        self._finish(now)
        period = max(_SHORTEST_PERIOD, _PERIOD_PER_SECOND * reading.seconds_fetching)
        self._complete_at = reading.started + period
        self._was_refused = False
        if reading.has_gap:
            return
        self._is_newest_first = reading.order.is_newest_first
        self._memory.settle(reading.get_span(now))
        if len(self._complete_readings) == _READINGS_REMEMBERED:
            self._memory.forget(self._complete_readings[0])
        self._complete_readings.append(reading.number)

    def _fetch_page(self, reading: Reading) -> Steps[None]:
        sent_at = yield from self._wait()
        try:
            page = yield from reading.paging.next_page()
        except LightsailError as error:
            if error.is_transient:
                yield from self._back_off(error)
            else:
                yield from self._handle(error, reading)
        else:
            reading.take_page(page)
            self._backoff.reset()
            reading.take_time(sent_at, (yield from read_clock()))

    def _back_off(self, error: LightsailError) -> Steps[None]:
        delay = yield from self._backoff.next_delay()
        now = yield from read_clock()
        self._not_before = now + delay
        _logger.warning(
            "%s while watching: the request is sent again in %.1f seconds",
            type(error).__name__,
            delay,
        )

    def _handle(self, error: LightsailError, reading: Reading) -> Steps[None]:
        """Raise an error that is not transient, unless a page token has expired."""
        now = yield from read_clock()
        if isinstance(error, InvalidInputError) and error.page_token is not None:
            # The reading begins again. If that does not help at once, nothing will.
            is_hopeless = self._was_refused and now - reading.fetched_at < _FRESH
            self._reading = None
            self._complete_at = -math.inf
            self._was_refused = True
            if not is_hopeless:
                return
        elif isinstance(error, ResponseError):
            reading.skip_page(error.next_page_token)
        elif isinstance(error, PaginationError):
            reading.skip_page(None)
        self._not_before = now + self._poll_interval
        raise error
