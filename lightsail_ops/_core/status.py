"""The end of an operation, and the order of its states."""

from __future__ import annotations

from datetime import datetime

import attrs

from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation

UNKNOWN = 0.0
"""The epoch seconds of a time that AWS left out (Smithy's "Client error correction")."""

_SUCCESSFUL = frozenset({OperationStatus.SUCCEEDED, OperationStatus.COMPLETED})
_FINAL = frozenset({*_SUCCESSFUL, OperationStatus.FAILED})


def has_ended(operation: Operation) -> bool:
    """True if an operation is terminal, or has a final status where AWS left `isTerminal` out."""
    return operation.is_terminal or operation.status in _FINAL


def has_succeeded(operation: Operation) -> bool:
    """True if an operation that has ended did what it was to do."""
    return operation.status in _SUCCESSFUL


def get_last_change(operation: Operation) -> datetime:
    """Return when the status last changed; where AWS left that out, when it was created."""
    return operation.status_changed_at or operation.created_at


@attrs.frozen
class State:
    """The last known state of an operation that had not ended."""

    status: OperationStatus
    changed_at: datetime
    earlier: frozenset[OperationStatus] = frozenset()
    """Other statuses seen with the same `changed_at`, whose order only we know."""

    @classmethod
    def of(cls, operation: Operation, before: State | None = None) -> State:
        """Return the state of an operation, after the state in which it was seen before."""
        changed_at = get_last_change(operation)
        if before is None or before.changed_at != changed_at:
            return cls(operation.status, changed_at)
        return cls(operation.status, changed_at, before.earlier | {before.status})


def is_later(operation: Operation, before: State) -> bool:
    """True if an operation shows a later state than the one seen before, which was not its end.

    A response can come from a replica that lags behind, and the clocks of AWS's hosts differ.
    """
    if has_ended(operation):
        return True
    if operation.status == before.status:
        return False
    if OperationStatus.NOT_STARTED in (operation.status, before.status):
        return before.status is OperationStatus.NOT_STARTED
    changed_at = get_last_change(operation)
    if changed_at == before.changed_at:
        return operation.status not in before.earlier
    return changed_at > before.changed_at
