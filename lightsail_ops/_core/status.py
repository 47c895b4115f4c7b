"""Whether an operation has ended, and which of two states is the later one."""

from __future__ import annotations

from datetime import datetime

from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation

_FINAL = frozenset({OperationStatus.SUCCEEDED, OperationStatus.COMPLETED, OperationStatus.FAILED})


def has_ended(operation: Operation) -> bool:
    """Whether an operation is terminal, or has a final status where AWS left `isTerminal` out."""
    return operation.is_terminal or operation.status in _FINAL


def is_later(operation: Operation, status: OperationStatus, changed_at: datetime) -> bool:
    """Whether an operation shows a later state than the one seen before, which was not its end.

    A response can come from a replica that lags behind, and the clocks of AWS's hosts differ.

    Args:
        operation: the operation as it is listed now.
        status: the status seen before.
        changed_at: when that status began, as `get_last_change` returned it.
    """
    if has_ended(operation):
        return True
    if operation.status == status:
        return False
    if OperationStatus.NOT_STARTED in (operation.status, status):
        return status is OperationStatus.NOT_STARTED
    return get_last_change(operation) > changed_at


def get_last_change(operation: Operation) -> datetime:
    """Return when the status last changed; where AWS left that out, when it was created."""
    return operation.status_changed_at or operation.created_at
