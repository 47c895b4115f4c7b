"""A list of operations that a test changes, and a watch of it under a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from support.fakes import raw_operation
from support.virtual import INFINITY, Clock, VirtualDriver

from lightsail_ops._core.cursor import Cursor
from lightsail_ops._core.effects import ForeignError, Request, Response
from lightsail_ops._core.engine import Result
from lightsail_ops._core.history import Batch
from lightsail_ops._core.watching import WatchHealth, Watching
from lightsail_ops.errors import ApiError, LightsailError
from lightsail_ops.models import Operation

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
Raw = dict[str, Any]
Seen = list[tuple[str, str]]


def started(number: int, minute: float = 0, **changes: object) -> Raw:
    at = NOON + timedelta(minutes=minute)
    usual = {"status": "Started", "isTerminal": False, "createdAt": at, "statusChangedAt": at}
    return raw_operation(number, **{**usual, **changes})


def ended(number: int, minute: float = 0, **changes: object) -> Raw:
    return started(number, minute, **{"status": "Succeeded", "isTerminal": True, **changes})


def history(operations: int, minutes_apart: float = 1) -> list[Raw]:
    """Return operations that have ended, newest first; the newest one has the highest number."""
    return [ended(number, number * minutes_apart) for number in range(operations, 0, -1)]


def past(operations: int, minutes_apart: float = 1) -> list[Raw]:
    """Return the same, of which the newest one is created at noon."""
    newest = operations * minutes_apart
    return [ended(n, n * minutes_apart - newest) for n in range(operations, 0, -1)]


def api_error(kind: type[ApiError]) -> ApiError:
    return kind({"Error": {"Code": kind.__name__, "Message": "id-1 of web-1"}}, "GetOperations")


class Listing:
    """A list that a test changes between polls; its page tokens are positions."""

    def __init__(self, operations: Iterable[Raw] = (), page_size: int = 200) -> None:
        self.operations = list(operations)
        self.page_size = page_size
        self.errors: dict[int, list[Exception]] = {}
        """What is raised, one after another, by the position of the page."""
        self.has_bodies = False
        """Whether responses have hashes, as those of a real client have."""

    def send(self, request: Request) -> Response:
        start = int(request.page_token or 0)
        for error in self.errors.get(start, [])[:1]:
            del self.errors[start][0]
            raise error
        content: Raw = {"operations": self.operations[start : start + self.page_size]}
        if start + self.page_size < len(self.operations):
            content["nextPageToken"] = str(start + self.page_size)
        return Response(content, body_hash=hash(repr(content)) if self.has_bodies else None)

    def begin(self, raw: Raw) -> None:
        self.operations.insert(0, raw)

    def change(self, raw: Raw) -> None:
        [index] = [at for at, each in enumerate(self.operations) if each["id"] == raw["id"]]
        self.operations[index] = raw


class Watcher:
    """A watch of a listing, for some seconds at a time, which raises as a client's watch does."""

    def __init__(
        self,
        listing: Listing,
        *,
        poll_interval: float = 5.0,
        since: datetime | None = None,
        cursor: str | None = None,
        clock: Clock | None = None,
        latency: Callable[[Request], float] = lambda request: 0.0,
    ) -> None:
        self.listing = listing
        self.clock = clock or Clock()
        before = Cursor(since) if cursor is None else Cursor.from_string(cursor)
        self.latency = latency
        self.watching = Watching(before, poll_interval=poll_interval, name="us-west-2")
        self.driver = VirtualDriver(
            {None: self.watching.watch(self.clock.runtime)},
            lambda _, request: self.listing.send(request),
            self.clock,
            latency=lambda _, request: self.latency(request),
        )
        self._batch = Batch(Cursor())

    @property
    def cursor(self) -> str:
        return self.watching.cursor

    @property
    def health(self) -> WatchHealth:
        return self.watching.health

    @property
    def requests(self) -> int:
        return len(self.driver.sent)

    def next_operation(self, seconds: float = INFINITY) -> Operation | None:
        """Return the next change; None if there is none within some seconds."""
        until = self.clock.now + seconds
        while self._batch.taken == len(self._batch.operations):
            if self._batch.errors:
                raise self._batch.errors.pop(0)
            result: Result[None] | None = self.driver.next_result(until - self.clock.now)
            if result is None:
                return None
            if result.error is not None:
                raise result.error
            if isinstance(result.value, ForeignError):
                raise result.value.error
            self._batch = result.value
        operation = self._batch.operations[self._batch.taken]
        self._batch.taken += 1
        return operation

    def take(self) -> tuple[str, str]:
        operation = self.next_operation()
        assert operation is not None
        return operation.id, operation.status.value

    def watch(self, seconds: float = 0.0) -> Seen:
        """Return the ids and statuses that the watch reports within some seconds."""
        until = self.clock.now + seconds
        seen: Seen = []
        while (operation := self.next_operation(until - self.clock.now)) is not None:
            seen.append((operation.id, operation.status.value))
        return seen

    def watch_through_errors(self, seconds: float) -> tuple[Seen, list[Exception]]:
        """Return the same, and the errors that are raised meanwhile."""
        until = self.clock.now + seconds
        seen: Seen = []
        errors: list[Exception] = []
        while True:
            try:
                operation = self.next_operation(until - self.clock.now)
            except (LightsailError, KeyError) as error:
                errors.append(error)
                continue
            if operation is None:
                return seen, errors
            seen.append((operation.id, operation.status.value))

    def poll(self) -> Seen:
        """Return what the next poll reports."""
        return self.watch(5.0)

    def count_requests(self, seconds: float) -> int:
        before = self.requests
        self.watch(seconds)
        return self.requests - before

    def restart(self) -> Watcher:
        """Return another process's watch, which continues from the cursor."""
        return Watcher(self.listing, cursor=self.cursor, clock=self.clock, latency=self.latency)


def watch_polls(*polls: Sequence[Raw], since: datetime | None = None) -> Seen:
    """Return what a watch reports of a list that is another one at each poll."""
    listing = Listing()
    watcher = Watcher(listing, since=since)
    seen: Seen = []
    for operations in polls:
        listing.operations = list(operations)
        seen += watcher.poll()
    return seen
