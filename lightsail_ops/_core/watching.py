"""Watching: each operation when it is first listed, and again at each later change of status."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Sequence
from copy import copy
from datetime import datetime
from heapq import heappush, heappushpop
from itertools import count

import attrs

from lightsail_ops._core.backoff import make_delays
from lightsail_ops._core.cursor import Cursor, Span
from lightsail_ops._core.effects import (
    NO_HASH,
    Emit,
    ForeignError,
    Request,
    Response,
    Runtime,
    Sleep,
    Steps,
)
from lightsail_ops._core.fetching import describe_error, fetch_patiently
from lightsail_ops._core.history import Batch, Memory, Sight
from lightsail_ops._core.order import DISORDER, OUTLIERS, Order
from lightsail_ops._core.paging import PageTokens
from lightsail_ops._core.status import UNKNOWN
from lightsail_ops.errors import InvalidInputError, LightsailError, PaginationError, ResponseError
from lightsail_ops.models import Operation, parse_page

_logger = logging.getLogger("lightsail_ops")

# Seconds. An operation can come into the list as long after its creation.
_LATENESS = 900.0
# Use the tenth-newest timestamp, so that up to nine future-dated operations do no harm.
_NEWEST = 10
# Seconds from the start of a complete reading to the start of the next one, at most; or, if that is
# longer, so many times as long as the reading took.
_SHORTEST_PERIOD = 600.0
_PERIOD_PER_SECOND = 20
# What a poll takes is not known before. So a reading is complete if the next one might be so late.
_LONGEST_POLL = 5.0
# A request takes no longer, in seconds; the machine was suspended if it seems so.
_LONGEST_REQUEST = 60.0
# Seconds after which an operation that no complete reading has listed is forgotten, and how often
# to look for such operations.
_FORGET_AFTER = 86_400.0
_FORGET_EVERY = 3_600.0


@attrs.frozen
class WatchHealth:
    """The health of a watch: when AWS last responded, and what has failed since.

    Example:
        with client.watch() as changes:
            change = changes.next_change(timeout=60)
            if changes.health.failures:
                print(changes.health.last_success, changes.health.error)
    """

    last_success: datetime | None = None
    """When the last successful response came, in UTC; None: none has come yet."""

    error: LightsailError | None = None
    """The last error since then."""

    failures: int = 0
    """How many requests have failed since then."""


class Watching:
    """The watch of one client: its steps, and what other threads may read meanwhile."""

    def __init__(self, cursor: Cursor, *, poll_interval: float, name: str) -> None:
        """Begin where a cursor stands, and pause for so many seconds after each poll."""
        self.batch: Batch = Batch(cursor)
        """What was handed over last."""
        self.health: WatchHealth = WatchHealth()
        self._poll_interval = poll_interval
        self._name = name
        self._memory = Memory(cursor)
        self._readings = 0
        self._is_newest_first = False
        self._outliers = OUTLIERS  # none, once polls have missed what they should have seen
        self._complete_at = -math.inf
        self._newest = -math.inf  # what the last complete reading listed
        self._has_reported_gap = False
        self._was_refused = False
        self._marks: deque[tuple[float, int]] = deque()
        self._first_page: _Page | None = None

    @property
    def cursor(self) -> str:
        """The position of the watch; it costs the same after each operation, and nothing again."""
        return self.batch.get_cursor_string()

    def watch(self, runtime: Runtime) -> Steps[None]:
        """Emit a `Batch` for each reading with finds, and each `ForeignError`, for ever."""
        delays = make_delays(runtime.draw)
        while True:
            reading = yield from self._read(runtime)
            batch = self._memory.make_batch(reading.get_settled(), reading.errors)
            self.batch = batch
            if batch.errors or reading.failure is not None:
                batch.pause = max(self._poll_interval, next(delays))
            pause = batch.pause
            if batch.operations or batch.errors:
                yield Emit(batch)
            self.batch = self._memory.commit(batch)
            del batch  # a first reading may have found a hundred thousand operations
            if reading.failure is not None:
                yield Emit(reading.failure)
            if pause:
                yield Sleep(runtime.get_time() + pause)
            elif not self._was_refused:
                delays = make_delays(runtime.draw)
                yield Sleep(reading.ended + self._poll_interval)

    def _read(self, runtime: Runtime) -> Steps[_Reading]:
        """Read the list as far as it has to be."""
        self._readings += 1
        now = runtime.get_time()
        next_at = now + self._poll_interval + _LONGEST_POLL
        reading = _Reading(
            number=self._readings,
            started=now,
            started_at=runtime.get_utc().timestamp(),
            is_complete=not self._is_newest_first or next_at > self._complete_at,
        )
        try:
            yield from self._read_pages(reading, runtime)
        except LightsailError as error:
            self._complete_at = -math.inf  # this reading may have missed something further down
            if isinstance(error, ForeignError):
                reading.failure = error
            elif not self._is_expired_token(error):
                reading.errors.append(error)
        else:
            self._finish(reading)
        reading.ended = runtime.get_time()
        return reading

    def _read_pages(self, reading: _Reading, runtime: Runtime) -> Steps[None]:
        request = Request("get_operations")
        tokens = PageTokens()
        for number in count(1):
            if self._has_found_all(reading):
                return
            sent_at = runtime.get_time()
            try:
                tokens.use(request.page_token, number)
                next_page_token = yield from self._read_page(request, reading, runtime)
            except (ResponseError, PaginationError) as error:  # no retry would help
                next_page_token = getattr(error, "next_page_token", None)
                if reading.is_complete or not self._has_reported_gap:
                    reading.errors.append(error)
                self._has_reported_gap = reading.has_gap = True
            seconds = runtime.get_time() - sent_at
            reading.seconds_fetching += min(seconds, _LONGEST_REQUEST)
            if next_page_token is None:
                reading.is_at_end = True
                return
            request = request.for_page(next_page_token)

    def _has_found_all(self, reading: _Reading) -> bool:
        """True if a reading that lists the newest first need not go on to the end.

        It goes on as long as pages show new operations, and one page further if it has not listed
        everything that has not ended.
        """
        if reading.is_complete or not reading.order.is_descending:
            return False
        if reading.pages_without_news == 1:
            return self._memory.has_listed_unfinished(reading.number)
        return reading.pages_without_news > 1

    def _read_page(
        self, request: Request, reading: _Reading, runtime: Runtime
    ) -> Steps[str | None]:
        """Read a page, however often it takes, and return the token of the next one."""
        known = self._first_page if request.page_token is None else None
        # The order of a list of several pages cannot be told without looking at each operation.
        if known is not None and (not reading.is_complete or known.next_page_token is None):
            request = request._replace(known_body=known.body_hash)
        elif request.page_token is None:
            request = request._replace(known_body=NO_HASH)  # for the hash alone

        def parse(response: Response) -> _Page:
            if known is not None and response.body_hash == request.known_body is not None:
                return known
            page = parse_page(response)
            return _Page(response.body_hash, page.next_page_token, page.operations)

        page = yield from fetch_patiently(
            request, parse, runtime, "watching", self._name, note_error=self._note_error
        )
        self.health = WatchHealth(last_success=runtime.get_utc())
        reading.pages_without_news += 1
        if page is known:
            self._memory.mark_listed(page.keys, reading.number)
            reading.lacks_first_page = page.next_page_token is not None
            if not reading.lacks_first_page:  # the page is the whole list
                reading.order, reading.newest = page.order, page.newest
        else:
            page = self._look_at(page, reading)
            if request.page_token is None:
                self._first_page = page
        return page.next_page_token

    def _note_error(self, error: LightsailError) -> None:
        # A copy, since the traceback of what is raised keeps the reader alive.
        kept = copy(error)
        kept.__cause__ = error.__cause__
        failures = self.health.failures + 1
        self.health = attrs.evolve(self.health, error=kept, failures=failures)

    def _look_at(self, page: _Page, reading: _Reading) -> _Page:
        """Look at the operations of a page; return the page with their keys instead."""
        keys: list[int] = []
        for operation in page.operations:
            sight, key = self._memory.look(operation, reading.number)
            keys.append(key)
            created = operation.created_at.timestamp()
            if sight is Sight.NEW:
                # On a page that no poll would have reached, though it is the newest of all?
                is_surprise = reading.pages_without_news > 1 and created > self._newest
                reading.has_surprise |= is_surprise and math.isfinite(self._newest)
                reading.pages_without_news = 0
            if sight is not Sight.REPEATED and created != UNKNOWN:
                reading.add(created)
        return _Page(page.body_hash, page.next_page_token, (), keys, reading.order, reading.newest)

    def _is_expired_token(self, error: LightsailError) -> bool:
        """True if the list is to be read from the start, because a page token was refused.

        If that does not help at once, nothing will.
        """
        is_refusal = isinstance(error, InvalidInputError) and error.page_token is not None
        if not is_refusal or self._was_refused:
            return False
        _logger.warning(
            "%s while watching %s: a page token has expired, so the list is read from the start",
            describe_error(error),
            self._name,
        )
        self._was_refused = True
        return True

    def _finish(self, reading: _Reading) -> None:
        """Note what a reading that was not broken off tells about the list."""
        self._was_refused = False
        if not reading.is_complete and (reading.has_gap or not reading.is_at_end):
            return
        period = max(_SHORTEST_PERIOD, _PERIOD_PER_SECOND * reading.seconds_fetching)
        self._complete_at = reading.started + period
        self._has_reported_gap = reading.has_gap
        if not reading.lacks_first_page:
            self._outliers = 0 if reading.has_surprise else self._outliers
            is_sorted = reading.order.is_newest_first(self._outliers)
            self._is_newest_first = is_sorted and not reading.has_surprise
            self._newest = max(reading.newest, default=-math.inf)
        if reading.has_gap:
            return
        if not self._marks or reading.started >= self._marks[-1][0] + _FORGET_EVERY:
            self._marks.append((reading.started, reading.number))
        if reading.started >= self._marks[0][0] + _FORGET_AFTER:
            self._memory.forget(self._marks.popleft()[1], reading.started_at - _FORGET_AFTER)


@attrs.frozen(eq=False)
class _Page:
    """A page, before and after its operations were looked at."""

    body_hash: int | None
    next_page_token: str | None
    operations: Sequence[Operation]
    keys: Sequence[int] = ()
    order: Order = attrs.field(factory=Order)
    newest: list[float] = attrs.field(factory=list[float])


@attrs.define(eq=False)
class _Reading:
    """The state of one reading: its finds, and the order that the list shows."""

    number: int
    """Every reading of a watch has another one, above 0."""
    started: float
    """In seconds of the monotonic clock, as `ended`."""
    started_at: float
    """The same time in epoch seconds, by this machine's clock."""
    is_complete: bool
    """True if it is to go to the end of the list whatever it finds."""
    ended: float = 0.0
    is_at_end: bool = False
    lacks_first_page: bool = False
    """True if `order` does not know its first page, which was the same as the last time."""
    has_gap: bool = False
    has_surprise: bool = False
    seconds_fetching: float = 0.0
    pages_without_news: int = 0
    order: Order = attrs.field(factory=Order)
    errors: list[LightsailError] = attrs.field(factory=list[LightsailError])
    failure: ForeignError | None = None
    newest: list[float] = attrs.field(factory=list[float])

    def add(self, created: float) -> None:
        """Note the creation time of a listed operation, in epoch seconds."""
        self.order.add(created)
        if len(self.newest) < _NEWEST:
            heappush(self.newest, created)
        elif created > self.newest[0]:
            heappushpop(self.newest, created)

    def get_settled(self) -> Span:
        """Return the span in which everything has been listed, because of the order of the list."""
        if self.has_gap or not (self.is_complete or self.is_at_end):
            return Span()
        if len(self.newest) < _NEWEST:
            return Span()
        # What was created before has been in the list since the reading began. AWS's clock may run
        # ahead, this machine's too, but hardly both.
        latest = min(self.newest[0] - (self.ended - self.started), self.started_at)
        end = latest - _LATENESS
        if self.is_at_end or self.order.is_oldest_first(outliers=0):
            return Span(-math.inf, end)
        if self.order.is_newest_first(outliers=0):
            return Span(self.order.lowest + 2 * DISORDER, end)
        return Span()
