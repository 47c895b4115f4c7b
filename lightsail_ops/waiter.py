"""One operation, now or when it has ended."""

from __future__ import annotations

import math
import time

from lightsail_ops._response import read_operation
from lightsail_ops._steps import Pause, Request, Steps, Stream, answered
from lightsail_ops.enums import OperationStatus
from lightsail_ops.errors import (
    LightsailError,
    OperationFailedError,
    ThrottlingError,
    TransportError,
    WaitTimeoutError,
)
from lightsail_ops.models import Operation


def one(operation_id: str) -> Stream[Operation]:
    """Ask for one operation."""
    yield (yield from _asked(operation_id))


def ended(
    operation_or_id: Operation | str, *, timeout: float, poll_interval: float
) -> Stream[Operation]:
    """Ask for an operation until it has ended; the arguments are checked at once."""
    check_seconds("timeout", timeout)
    check_seconds("poll_interval", poll_interval)
    if isinstance(operation_or_id, Operation):
        return _ended(operation_or_id.id, operation_or_id, timeout, poll_interval)
    return _ended(operation_or_id, None, timeout, poll_interval)


def check_seconds(name: str, seconds: float) -> None:
    """Raise a ValueError for a time that cannot be waited for."""
    if not 0 < seconds < math.inf:  # NaN is not either
        raise ValueError(f"{name} must be a finite number of seconds above 0, not {seconds!r}")


def _ended(
    operation_id: str, operation: Operation | None, timeout: float, poll_interval: float
) -> Stream[Operation]:
    deadline = time.monotonic() + timeout
    trouble: LightsailError | None = None
    while operation is None or not operation.is_terminal:
        try:
            operation, trouble = (yield from _asked(operation_id)), None
        except (ThrottlingError, TransportError) as error:  # these pass
            trouble = error
        if operation is None or not operation.is_terminal:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise _time_is_up(operation_id, operation, timeout) from trouble
            yield Pause(min(poll_interval, remaining))
    if operation.status == OperationStatus.FAILED:
        raise OperationFailedError(operation)
    yield operation


def _time_is_up(operation_id: str, operation: Operation | None, timeout: float) -> WaitTimeoutError:
    seen = "no answer came" if operation is None else f"last seen as {operation.status}"
    return WaitTimeoutError(
        f"operation {operation_id} had not ended after {timeout:g} seconds; {seen}", operation
    )


def _asked(operation_id: str) -> Steps[Operation]:
    return answered(Request("get_operation", {"operationId": operation_id}), read_operation)
