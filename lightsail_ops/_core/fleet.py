"""Many sources: their pages, and the changes of their operations."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Generic, TypeVar

from lightsail_ops._core.backoff import Backoff
from lightsail_ops._core.effects import Request, Steps, read_clock, sleep
from lightsail_ops._core.paging import Paging
from lightsail_ops._core.scheduling import FleetSteps, Scheduler
from lightsail_ops._core.watching import Watching
from lightsail_ops.errors import FleetError, LightsailError
from lightsail_ops.models import Operation, OperationsPage

_K = TypeVar("_K")
_logger = logging.getLogger("lightsail_ops")

# How many failed sources a FleetError's message names.
_MOST_NAMED = 5
# After so many seconds without an error, a source's backoff begins anew.
_RECOVERED = 600.0


class FleetPaging(Generic[_K]):
    """A reading of many listings, each from its first page to its last."""

    def __init__(self, keys: Iterable[_K], max_in_flight: int) -> None:
        """Take the sources' keys, and how many requests may be in flight at once."""
        pagings = {key: Paging(Request("get_operations")) for key in keys}
        self._count = len(pagings)
        self._scheduler = Scheduler(
            {key: paging.next_page for key, paging in pagings.items()}, max_in_flight
        )
        self._errors: dict[_K, LightsailError] = {}

    def next_page(self) -> FleetSteps[_K, tuple[_K, OperationsPage] | None]:
        """Return the next page of any source, with its key; None when all have been read.

        Raises:
            FleetError: all sources have ended, and some of them with an error.
        """
        while (result := (yield from self._scheduler.next_result())) is not None:
            key, page = result
            if isinstance(page, OperationsPage):
                return key, page
            self._errors[key] = page
        if self._errors:
            raise FleetError(self._describe_errors(), self._errors)
        return None

    def _describe_errors(self) -> str:
        named = ", ".join(
            f"{key} ({type(error).__name__})"
            for key, error in islice(self._errors.items(), _MOST_NAMED)
        )
        others = len(self._errors) - _MOST_NAMED
        more = f" and {others} more" if others > 0 else ""
        return f"{len(self._errors)} of {self._count} sources failed: {named}{more}"


class FleetWatching(Generic[_K]):
    """A watch of many sources. An error of one does not stop the others."""

    def __init__(self, watchings: Mapping[_K, Watching], max_in_flight: int) -> None:
        """Take each source's watch, and how many requests may be in flight at once."""
        self._watchings = watchings
        self._max_in_flight = max_in_flight
        self.restart()

    def restart(self) -> None:
        """Forget the requests in flight, and the steps that waited for them."""
        self._scheduler: Scheduler[_K, Operation | LightsailError] = Scheduler(
            {key: _Source(watching).next_result for key, watching in self._watchings.items()},
            self._max_in_flight,
        )

    def start_over(self) -> None:
        """Have every source begin anew: an interrupt may have stopped the steps anywhere."""
        for watching in self._watchings.values():
            watching.start_over()
        self.restart()

    def next_result(self) -> FleetSteps[_K, tuple[_K, Operation | LightsailError] | None]:
        """Return the next change of any source, or its error, with its key; None without sources.

        A source that has failed is tried again after a backoff.
        """
        return self._scheduler.next_result()

    @property
    def cursors(self) -> dict[_K, str]:
        """Where the watch of each source stands."""
        return {key: watching.cursor for key, watching in self._watchings.items()}


def log_error(key: object, error: LightsailError) -> None:
    """Log that a source has failed, without data of the account."""
    _logger.warning("%s of the source %s: it is tried again", type(error).__name__, key)


class _Source:
    """One source of a watch, which outlives its errors."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._backoff = Backoff()
        self._failed_at: float | None = None
        self._has_failed = False

    def next_result(self) -> Steps[Operation | LightsailError]:
        if self._has_failed:
            delay = yield from self._backoff.next_delay()
            yield from sleep(delay)
            self._has_failed = False
        try:
            operation = yield from self._watching.next_operation()
        except LightsailError as error:
            now = yield from read_clock()
            if self._failed_at is not None and now - self._failed_at > _RECOVERED:
                self._backoff.reset()
            self._failed_at, self._has_failed = now, True
            return error
        self._backoff.reset()
        return operation
