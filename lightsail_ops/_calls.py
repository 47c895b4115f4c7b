"""Checks the arguments of a client's methods, and makes requests and waits of them.

The synchronous client and the one for asyncio take the same arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypeVar

from lightsail_ops._arguments import (
    check_callable,
    check_cursors,
    check_max_workers,
    check_page_token,
    check_seconds,
    check_since,
    check_string,
)
from lightsail_ops._core.effects import Request, Steps
from lightsail_ops._core.fetching import fetch_operation
from lightsail_ops._core.fleet import FleetPaging, FleetWatching
from lightsail_ops._core.waiting import Waiting
from lightsail_ops._core.watching import Watching
from lightsail_ops._started import Started, read_started
from lightsail_ops.models import Operation

_K = TypeVar("_K")


def make_request(page_token: str | None) -> Request:
    """Make the request of `get_operations` and `operations`."""
    return _for_page(Request("get_operations"), page_token)


def make_resource_request(resource_name: str, page_token: str | None) -> Request:
    """Make the request of `operations_for_resource`."""
    check_string("resource_name", resource_name)
    request = Request("get_operations_for_resource", {"resourceName": resource_name})
    return _for_page(request, page_token)


def _for_page(request: Request, page_token: str | None) -> Request:
    check_page_token(page_token)
    return request if page_token is None else request.for_page(page_token)


def begin_fetching(operation_id: str) -> Steps[Operation]:
    """Make the steps of `get_operation`."""
    check_string("operation_id", operation_id)
    return fetch_operation(operation_id)


def begin_waiting(
    operation_or_id: Operation | str, timeout: float, poll_interval: float
) -> Waiting:
    """Begin what `wait` does."""
    if isinstance(operation_or_id, Operation):
        check_string("operation_or_id.id", operation_or_id.id)
    else:
        check_string("operation_or_id", operation_or_id)
    return _begin_waiting([operation_or_id], timeout, poll_interval)


def begin_waiting_for_all(
    started: Started, timeout: float, poll_interval: float, on_change: object
) -> Waiting:
    """Begin what `wait_all` does, which is to call `on_change`."""
    check_callable("on_change", on_change)
    return _begin_waiting(read_started(started), timeout, poll_interval)


def _begin_waiting(
    operations: list[Operation | str], timeout: float, poll_interval: float
) -> Waiting:
    check_seconds("timeout", timeout)
    check_seconds("poll_interval", poll_interval)
    return Waiting(operations, timeout=timeout, poll_interval=poll_interval)


def begin_reading_fleet(keys: Collection[_K], max_workers: int) -> FleetPaging[_K]:
    """Begin what `pages_across` does."""
    check_max_workers(max_workers)
    return FleetPaging(keys, max_workers)


def begin_watching_fleet(
    keys: Collection[_K],
    max_workers: int,
    poll_interval: float,
    since: datetime | None,
    cursors: Mapping[_K, str] | None,
) -> FleetWatching[_K]:
    """Begin what `watch_across` does."""
    check_max_workers(max_workers)
    check_seconds("poll_interval", poll_interval)
    check_since(since)
    cursors = {} if cursors is None else cursors
    check_cursors(cursors, keys)
    watchings = {key: _make_watching(key, poll_interval, since, cursors.get(key)) for key in keys}
    return FleetWatching(watchings, max_workers)


def _make_watching(
    key: object, poll_interval: float, since: datetime | None, cursor: str | None
) -> Watching:
    if cursor is None:
        return Watching(poll_interval=poll_interval, since=since)
    try:
        return Watching(poll_interval=poll_interval, cursor=cursor)
    except ValueError as error:
        raise ValueError(f"cursors[{key!r}]: {error}") from error
