"""Every operation when it is first seen, and again whenever its status changes."""

from __future__ import annotations

from datetime import datetime
from itertools import count

import attrs

from lightsail_ops._response import read_page
from lightsail_ops._steps import Pause, Request, Stream, answered
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation
from lightsail_ops.paginator import following
from lightsail_ops.waiter import check_seconds

# While pages shift, an operation can be missing from a poll and be back in the next, so one is
# forgotten only when it has been missing from this many. That bounds the memory.
_POLLS_REMEMBERED = 10


@attrs.frozen
class _Sighting:
    status: OperationStatus
    status_changed_at: datetime | None
    poll: int


def changes(*, poll_interval: float, since: datetime | None) -> Stream[Operation]:
    """Read all pages again and again; the arguments are checked at once."""
    check_seconds("poll_interval", poll_interval)
    if since is not None and since.utcoffset() is None:
        raise ValueError(f"since must say its time zone, as in {since.isoformat()}+00:00")
    return _changes(poll_interval, since)


def _changes(poll_interval: float, since: datetime | None) -> Stream[Operation]:
    sightings: dict[str, _Sighting] = {}
    for poll in count():  # pragma: no branch - there is no end
        request: Request | None = Request("get_operations")
        used: set[bytes] = set()
        while request is not None:
            page = yield from answered(request, read_page)
            for operation in page.operations:
                before = sightings.get(operation.id)
                if before is not None and not _has_changed(operation, before):
                    sightings[operation.id] = attrs.evolve(before, poll=poll)
                    continue
                sightings[operation.id] = _Sighting(
                    operation.status, operation.status_changed_at, poll
                )
                if before is not None or _is_in_time(operation, since):
                    yield operation
            request = following(request, page, used)
        sightings = {
            operation_id: sighting
            for operation_id, sighting in sightings.items()
            if poll - sighting.poll < _POLLS_REMEMBERED
        }
        yield Pause(poll_interval)


def _is_in_time(operation: Operation, since: datetime | None) -> bool:
    return since is None or (operation.status_changed_at or operation.created_at) >= since


def _has_changed(operation: Operation, before: _Sighting) -> bool:
    if operation.status == before.status:
        return False
    if operation.status_changed_at is None or before.status_changed_at is None:
        return True
    return operation.status_changed_at >= before.status_changed_at  # else an old page came late
