"""Checks the arguments of the public methods, and makes the core's values of them.

The synchronous classes and those for asyncio take the same arguments. A TypeError says that one has
the wrong type, a ValueError that its value is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from lightsail_ops._codec import is_mapping
from lightsail_ops._core.effects import Request
from lightsail_ops.errors import ResponseError
from lightsail_ops.models import Operation

if TYPE_CHECKING:
    # Functions import these late: a program that reads one page needs none of them.
    from lightsail_ops._core.paging import Listing
    from lightsail_ops._core.waiting import Waiting
    from lightsail_ops._core.watching import Watching

_K = TypeVar("_K")

OperationsLike: TypeAlias = Mapping[str, Any] | Iterable[Operation | Mapping[str, Any] | str]
"""What `wait_all` takes: a response of boto3, or an iterable of operations, dicts or ids."""
# Any: what a TypedDict of boto3's stubs holds is known to them alone.

# 31 years; time.sleep and the queues of threads cannot wait for ten times as long.
_MOST_SECONDS = 1e9


def _wrong_type(name: str, expected: str, value: object) -> TypeError:
    return TypeError(f"{name} must be {expected}, not {type(value).__name__}")


def check_seconds(name: str, seconds: object, *, may_be_zero: bool = False) -> None:
    """Check a number of seconds to wait: above 0, finite and at most 1e9."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise _wrong_type(name, "a number of seconds", seconds)
    if not (seconds > 0 or (may_be_zero and seconds == 0)) or seconds > _MOST_SECONDS:
        least = "from 0 to" if may_be_zero else "above 0 and at most"
        raise ValueError(f"{name} must be a number of seconds {least} 1e9, not {seconds!r}")


def check_string(name: str, value: object) -> None:
    """Check a string that must not be empty."""
    if not isinstance(value, str):
        raise _wrong_type(name, "a str", value)
    if not value:
        raise ValueError(f"{name} must not be empty")


def check_callable(name: str, value: object) -> None:
    """Check a function that may be None."""
    if value is not None and not callable(value):
        raise _wrong_type(name, "callable or None", value)


def check_max_concurrency(max_concurrency: object) -> None:
    """Check a number of requests in flight: 1 or more."""
    if isinstance(max_concurrency, bool) or not isinstance(max_concurrency, int):
        raise _wrong_type("max_concurrency", "an int", max_concurrency)
    if max_concurrency < 1:
        raise ValueError(f"max_concurrency must be 1 or more, not {max_concurrency}")


def check_clients(clients: object, expected: type) -> None:
    """Check the clients of a fleet: a mapping whose values have the expected class."""
    if not is_mapping(clients):
        raise _wrong_type("clients", f"a mapping of {expected.__name__}s by key", clients)
    for key, client in cast("Mapping[object, object]", clients).items():
        if not isinstance(client, expected):
            raise _wrong_type(f"clients[{key!r}]", f"an {expected.__name__}", client)


def check_time(name: str, value: object) -> datetime | None:
    """Check a point in time with a time zone, or None, and return it in UTC."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise _wrong_type(name, "a datetime or None", value)
    if value.utcoffset() is None:
        raise ValueError(f"{name} must have a time zone, as in {value.isoformat()}+00:00")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name} is out of range in UTC: {value.isoformat()}") from None


def check_cursors(cursors: Mapping[_K, str] | None) -> Mapping[_K, str]:
    """Return the cursors of a fleet by key, without those that are None."""
    given: object = {} if cursors is None else cursors
    if not is_mapping(given):
        raise _wrong_type("cursors", "a mapping or None", given)
    for key, cursor in cast("Mapping[object, object]", given).items():
        if not isinstance(cursor, str | None):
            raise _wrong_type(f"cursors[{key!r}]", "a str", cursor)
    items = cast("Mapping[_K, str | None]", given).items()
    return {key: cursor for key, cursor in items if cursor is not None}


def make_request(page_token: object, resource_name: str | None = None) -> Request:
    """Make the request for a page: of all operations, or of those of one resource."""
    if not isinstance(page_token, str | None):
        raise _wrong_type("page_token", "a str or None", page_token)
    request = Request("get_operations")
    if resource_name is not None:
        request = Request("get_operations_for_resource", {"resourceName": resource_name})
    return request if page_token is None else request.for_page(page_token)


def make_listing(
    request: Request, created_after: datetime | None, retry_for: float, name: str
) -> Listing:
    """Make the listing of `operations` and its siblings."""
    from lightsail_ops._core.paging import Listing

    check_seconds("retry_for", retry_for, may_be_zero=True)
    return Listing(request, check_time("created_after", created_after), retry_for, name)


def make_waiting(
    awaited: list[Operation | str] | str,
    timeout: float,
    poll_interval: float,
    on_change: object,
    name: str,
) -> Waiting:
    """Make the wait for some operations, or for those of the resource of that name."""
    from lightsail_ops._core.waiting import ResourceWaiting, Waiting

    check_seconds("timeout", timeout)
    check_seconds("poll_interval", poll_interval)
    check_callable("on_change", on_change)
    if isinstance(awaited, list):
        return Waiting(awaited, timeout=timeout, poll_interval=poll_interval, name=name)
    return ResourceWaiting(awaited, timeout=timeout, poll_interval=poll_interval, name=name)


def make_watching(
    poll_interval: float, since: datetime | None, cursor: str | None, name: str
) -> Watching:
    """Make the watch of one client."""
    from lightsail_ops._core.cursor import Cursor
    from lightsail_ops._core.watching import Watching

    check_seconds("poll_interval", poll_interval)
    since = check_time("since", since)
    if cursor is None:
        return Watching(Cursor(since), poll_interval=poll_interval, name=name)
    if since is not None:
        raise ValueError("since cannot be given with a cursor, which holds its own")
    return Watching(Cursor.from_string(cursor), poll_interval=poll_interval, name=name)


def make_watchings(
    keys: Iterable[_K],
    poll_interval: float,
    since: datetime | None,
    cursors: Mapping[_K, str],
) -> dict[_K, Watching]:
    """Make the watches of a fleet's clients; an error of a cursor names its key."""
    check_seconds("poll_interval", poll_interval)  # of an empty fleet, too
    check_time("since", since)
    watchings: dict[_K, Watching] = {}
    for key in keys:
        cursor = cursors.get(key)
        since_of_key = since if cursor is None else None  # a cursor holds its own
        try:
            watchings[key] = make_watching(poll_interval, since_of_key, cursor, str(key))
        except ValueError as error:
            raise ValueError(f"cursors[{key!r}]: {error}") from error
    return watchings


def read_operation_or_id(operation_or_id: object) -> list[Operation | str]:
    """Return the operation, or its id, that `wait` was given."""
    if is_mapping(operation_or_id) or isinstance(operation_or_id, list | tuple):
        raise TypeError(
            "operation_or_id must be an Operation or an id; for what a boto3 call returned, "
            "use wait_all"
        )
    if isinstance(operation_or_id, Operation):
        check_string("operation_or_id.id", operation_or_id.id)
    else:
        check_string("operation_or_id", operation_or_id)
    return [cast("Operation | str", operation_or_id)]


def read_operations(operations: object) -> list[Operation | str]:
    """Return the operations, or their ids, in what `wait_all` was given."""
    if is_mapping(operations):
        return _read_response(operations)
    if isinstance(operations, str | bytes):
        raise TypeError("operations must be an iterable of ids, not one; for one id, use wait")
    if isinstance(operations, Operation):
        raise TypeError("operations must be an iterable of them; for one operation, use wait")
    if not isinstance(operations, Iterable):
        expected = "a response of boto3 or an iterable of operations or ids"
        raise _wrong_type("operations", expected, operations)
    elements = cast("Iterable[object]", operations)
    return [_read_element(each, f"operations[{index}]") for index, each in enumerate(elements)]


def _read_response(response: Mapping[str, object]) -> list[Operation | str]:
    if "operation" in response:
        return [_read_element(response["operation"], "operations['operation']")]
    if "id" in response and "operations" not in response:
        raise TypeError(
            "operations must be a response of boto3 or an iterable; for the dict of one operation, "
            "use wait with its id"
        )
    if "operations" not in response:
        raise TypeError(
            "this response has neither the key 'operation' nor 'operations', so the call returned "
            "no operation to wait for; for what it has begun, use wait_for_resource"
        )
    operations = response["operations"]
    if not isinstance(operations, list | tuple):
        raise _wrong_type("operations['operations']", "a list", operations)
    return [
        _read_element(each, f"operations['operations'][{index}]")
        for index, each in enumerate(cast("list[object]", operations))
    ]


def _read_element(element: object, name: str) -> Operation | str:
    if is_mapping(element):
        if not element.get("id"):  # before the conversion, which would warn of each missing field
            raise ValueError(f"{name} has no id")
        try:
            return Operation.from_dict(element)
        except ResponseError as error:
            raise ValueError(f"{name} is not an operation: {error}") from error
    if not isinstance(element, Operation | str):
        raise _wrong_type(name, "an operation or an id", element)
    if not (element if isinstance(element, str) else element.id):
        raise ValueError(f"{name} has no id")
    return element
