"""Waiting: poll the unfinished operations until all have ended or the timeout expires."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence

from lightsail_ops._core.effects import Steps, draw, read_clock, sleep
from lightsail_ops._core.fetching import fetch_operation
from lightsail_ops._core.status import get_last_change, has_ended, is_later
from lightsail_ops.enums import OperationStatus
from lightsail_ops.errors import LightsailError, WaitAllError, WaitFailedError, WaitTimeoutError
from lightsail_ops.models import Operation

_logger = logging.getLogger("lightsail_ops")

_FIRST_DELAY = 1.0  # seconds
_GROWTH = 1.5


class Waiting:
    """A wait for operations, in one loop.

    `next_change` returns each operation when it is first seen, and again at each new status. After
    it has returned None, `get_one` and `get_all` return how the operations ended.
    """

    def __init__(
        self, operations: Sequence[Operation | str], *, timeout: float, poll_interval: float
    ) -> None:
        """Take the operations or their ids.

        Args:
            operations: what to wait for; one may stand there several times.
            timeout: seconds until the wait ends, counted from the first step.
            poll_interval: seconds between polls, at most.
        """
        self._ids = [each.id if isinstance(each, Operation) else each for each in operations]
        self._seen: dict[str, Operation] = {}
        for each in operations:
            if isinstance(each, Operation) and not self._has_ended(each.id):
                self._seen[each.id] = each
        self._changes = deque(self._seen.values())
        # Those that have not ended, in the order of polling, and those still to poll this time.
        self._unfinished = [each for each in dict.fromkeys(self._ids) if not self._has_ended(each)]
        self._to_poll: deque[str] = deque()
        self._timeout = timeout
        self._deadline: float | None = None
        self._poll_interval = poll_interval
        self._delay = min(_FIRST_DELAY, poll_interval)
        self._transient_errors: dict[str, LightsailError] = {}

    def next_change(self) -> Steps[Operation | None]:
        """Return the next change; None when all have ended or the timeout has expired.

        Raises:
            LightsailError: an error that waiting cannot cure.
        """
        while not self._changes:
            if not (yield from self._has_time_to_poll()):
                return None
            yield from self._fetch(self._to_poll.popleft())
        return self._changes.popleft()

    def get_one(self) -> Operation:
        """Return the only operation.

        Raises:
            WaitFailedError: it ended as failed.
            WaitTimeoutError: it has not ended.
        """
        for error in self._find_errors():
            raise error
        return self._seen[self._ids[0]]

    def get_all(self) -> list[Operation]:
        """Return all operations, in the order in which they were given.

        Raises:
            WaitAllError: some ended as failed, or have not ended.
        """
        errors = list(self._find_errors())
        if errors:
            failed = sum(isinstance(error, WaitFailedError) for error in errors)
            raise WaitAllError(
                f"of {len(set(self._ids))} operations, {failed} failed and {len(errors) - failed} "
                f"had not ended after {self._timeout:g} seconds",
                errors,
                [self._seen[each] for each in dict.fromkeys(self._ids) if each in self._seen],
                [error.operation_id for error in errors if isinstance(error, WaitTimeoutError)],
            )
        return [self._seen[each] for each in self._ids]

    def _has_time_to_poll(self) -> Steps[bool]:
        """Sleep until the next poll, or continue this one; return False at the end of the wait."""
        if not self._to_poll or self._deadline is None:
            return (yield from self._await_poll())
        # A poll of many operations takes long.
        return (yield from read_clock()) < self._deadline + self._poll_interval

    def _await_poll(self) -> Steps[bool]:
        """Sleep until the next poll; return False if there is none."""
        if not self._unfinished:
            return False
        now = yield from read_clock()
        if self._deadline is None:  # the first poll is sent at once
            self._deadline = now + self._timeout
        elif now >= self._deadline:
            return False
        else:
            jitter = yield from draw()
            delay = min(self._delay * (1 - jitter / 4), self._deadline - now)
            self._log_transient_error(delay)
            yield from sleep(delay)
            self._delay = min(self._delay * _GROWTH, self._poll_interval)
        self._to_poll.extend(self._unfinished)
        return True

    def _log_transient_error(self, delay: float) -> None:
        for error in list(self._transient_errors.values())[-1:]:
            _logger.warning(
                "%s while waiting: the next poll is in %.1f seconds", type(error).__name__, delay
            )

    def _fetch(self, operation_id: str) -> Steps[None]:
        try:
            operation = yield from fetch_operation(operation_id)
        except LightsailError as error:
            if not error.is_transient:
                raise
            self._transient_errors[operation_id] = error
            self._to_poll.clear()  # more requests would not help; this one is the last next time
            self._unfinished.remove(operation_id)
            self._unfinished.append(operation_id)
            return
        self._transient_errors.pop(operation_id, None)
        before = self._seen.get(operation_id)
        if before is None or is_later(operation, before.status, get_last_change(before)):
            self._seen[operation_id] = operation
            self._changes.append(operation)
        if has_ended(operation):
            self._unfinished.remove(operation_id)

    def _has_ended(self, operation_id: str) -> bool:
        operation = self._seen.get(operation_id)
        return operation is not None and has_ended(operation)

    def _find_errors(self) -> Iterator[WaitFailedError | WaitTimeoutError]:
        for operation_id in dict.fromkeys(self._ids):
            operation = self._seen.get(operation_id)
            if operation is None or not has_ended(operation):
                yield self._make_timeout_error(operation_id, operation)
            elif operation.status is OperationStatus.FAILED:
                yield WaitFailedError(operation)

    def _make_timeout_error(
        self, operation_id: str, operation: Operation | None
    ) -> WaitTimeoutError:
        seen = "there was no response" if operation is None else f"last seen as {operation.status}"
        error = WaitTimeoutError(
            f"operation {operation_id} had not ended after {self._timeout:g} seconds; {seen}",
            operation_id,
            operation,
        )
        error.__cause__ = self._transient_errors.get(operation_id)
        return error
