"""Checks the arguments of the public methods, and makes the core's values of them.

The synchronous classes and those for asyncio take the same arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from lightsail_ops._codec import is_mapping
from lightsail_ops._core.effects import Request
from lightsail_ops._core.paging import Listing
from lightsail_ops.errors import ResponseError
from lightsail_ops.models import Operation

if TYPE_CHECKING:
    # Functions import these late: a program that reads one page needs neither.
    from lightsail_ops._core.waiting import ResourceWaiting, Waiting
    from lightsail_ops._core.watching import Watching

_K = TypeVar("_K")

OperationsLike: TypeAlias = Mapping[str, Any] | Iterable[Operation | Mapping[str, Any] | str]
"""What `wait_all` takes: a response of boto3, or an iterable of operations, dicts or ids."""
# Any: what a TypedDict of boto3's stubs holds is known to them alone.

# 31 years; time.sleep and the queues of threads cannot wait for ten times as long.
_MOST_SECONDS = 1e9


def check_seconds(name: str, seconds: object, *, may_be_zero: bool = False) -> None:
    """Check a number of seconds to wait.

    Raises:
        TypeError: it is not a number.
        ValueError: it is not above 0, not finite, or above 1e9.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
    if not (seconds > 0 or (may_be_zero and seconds == 0)) or seconds > _MOST_SECONDS:
        least = "from 0 to" if may_be_zero else "above 0 and at most"
        raise ValueError(f"{name} must be a number of seconds {least} 1e9, not {seconds!r}")


def check_timeout(timeout: object) -> None:
    """Check the timeout of `next_change`; raises as `check_seconds` does."""
    if timeout is not None:
        check_seconds("timeout", timeout, may_be_zero=True)


def check_string(name: str, value: object) -> None:
    """Check a string that must not be empty.

    Raises:
        TypeError: it is not a string.
        ValueError: it is empty.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} must not be empty")


def check_callable(name: str, value: object) -> None:
    """Check a function that may be left out.

    Raises:
        TypeError: it is neither callable nor None.
    """
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be callable or None, not {type(value).__name__}")


def check_max_concurrency(max_concurrency: object) -> None:
    """Check a number of requests in flight.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is below 1.
    """
    if isinstance(max_concurrency, bool) or not isinstance(max_concurrency, int):
        raise TypeError(f"max_concurrency must be an int, not {type(max_concurrency).__name__}")
    if max_concurrency < 1:
        raise ValueError(f"max_concurrency must be 1 or more, not {max_concurrency}")


def check_clients(clients: object, expected: type) -> None:
    """Check the clients of a fleet.

    Raises:
        TypeError: they are not a mapping, or one of them is not a client of the expected class.
    """
    if not is_mapping(clients):
        raise TypeError(
            f"clients must be a mapping of {expected.__name__}s by key, not "
            f"{type(clients).__name__}"
        )
    for key, client in cast("Mapping[object, object]", clients).items():
        if not isinstance(client, expected):
            raise TypeError(
                f"clients[{key!r}] must be an {expected.__name__}, not {type(client).__name__}"
            )


def check_time(name: str, value: object) -> datetime | None:
    """Check a point in time that may be left out, and return it in UTC.

    Raises:
        TypeError: it is neither a datetime nor None.
        ValueError: it has no time zone, or is not in the years 1 to 9999 in UTC.
    """
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise TypeError(f"{name} must be a datetime or None, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ValueError(f"{name} must have a time zone, as in {value.isoformat()}+00:00")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name} is out of range in UTC: {value.isoformat()}") from None


def make_request(page_token: object) -> Request:
    """Make the request of `get_operations` and `operations`.

    Raises:
        TypeError: the page token is neither a string nor None.
    """
    return _for_page(Request("get_operations"), page_token)


def make_resource_request(resource_name: str, page_token: object) -> Request:
    """Make the request of `operations_for_resource`; raises as `check_string` does."""
    check_string("resource_name", resource_name)
    request = Request("get_operations_for_resource", {"resourceName": resource_name})
    return _for_page(request, page_token)


def _for_page(request: Request, page_token: object) -> Request:
    if not isinstance(page_token, str | None):
        raise TypeError(f"page_token must be a str or None, not {type(page_token).__name__}")
    return request if page_token is None else request.for_page(page_token)


def make_listing(
    request: Request, created_after: datetime | None, retry_for: float, name: str
) -> Listing:
    """Make the listing of `operations` and its siblings; raises as the checks do."""
    check_seconds("retry_for", retry_for, may_be_zero=True)
    return Listing(request, check_time("created_after", created_after), retry_for, name)


def make_waiting(
    operation_or_id: object, timeout: float, poll_interval: float, on_change: object, name: str
) -> Waiting:
    """Make the wait of `wait`; raises as the checks do."""
    if is_mapping(operation_or_id) or isinstance(operation_or_id, list | tuple):
        raise TypeError(
            "operation_or_id must be an Operation or an id; for what a boto3 call returned, "
            "use wait_all"
        )
    if isinstance(operation_or_id, Operation):
        check_string("operation_or_id.id", operation_or_id.id)
    else:
        check_string("operation_or_id", operation_or_id)
    operations = [cast("Operation | str", operation_or_id)]
    return _make_waiting(operations, timeout, poll_interval, on_change, name)


def make_waiting_for_all(
    operations: object, timeout: float, poll_interval: float, on_change: object, name: str
) -> Waiting:
    """Make the wait of `wait_all`; raises as `read_operations` and the checks do."""
    return _make_waiting(read_operations(operations), timeout, poll_interval, on_change, name)


def make_waiting_for_resource(
    resource_name: str, timeout: float, poll_interval: float, on_change: object, name: str
) -> ResourceWaiting:
    """Make the wait of `wait_for_resource`; raises as the checks do."""
    from lightsail_ops._core.waiting import ResourceWaiting

    check_string("resource_name", resource_name)
    _check_wait(timeout, poll_interval, on_change)
    return ResourceWaiting(resource_name, timeout=timeout, poll_interval=poll_interval, name=name)


def _make_waiting(
    operations: list[Operation | str],
    timeout: float,
    poll_interval: float,
    on_change: object,
    name: str,
) -> Waiting:
    from lightsail_ops._core.waiting import Waiting

    _check_wait(timeout, poll_interval, on_change)
    return Waiting(operations, timeout=timeout, poll_interval=poll_interval, name=name)


def _check_wait(timeout: float, poll_interval: float, on_change: object) -> None:
    check_seconds("timeout", timeout)
    check_seconds("poll_interval", poll_interval)
    check_callable("on_change", on_change)


def make_watching(
    poll_interval: float, since: datetime | None, cursor: str | None, name: str
) -> Watching:
    """Make the watch of one client.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the cursor is malformed, there is both `cursor` and `since`, `since` has no
            time zone, or the interval is not above 0 or not finite.
    """
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
    """Make the watches of a fleet's clients; raises as `make_watching` does, and names the key."""
    check_seconds("poll_interval", poll_interval)  # of an empty fleet, too
    check_time("since", since)
    return {key: _make_watching_of_key(key, poll_interval, since, cursors.get(key)) for key in keys}


def check_cursors(cursors: Mapping[_K, str] | None) -> Mapping[_K, str]:
    """Return the cursors of a fleet by key, without those that are None.

    Raises:
        TypeError: they are not a mapping of strings.
    """
    given: object = {} if cursors is None else cursors
    if not is_mapping(given):
        raise TypeError(f"cursors must be a mapping or None, not {type(given).__name__}")
    for key, cursor in cast("Mapping[object, object]", given).items():
        if not isinstance(cursor, str | None):
            raise TypeError(f"cursors[{key!r}] must be a str, not {type(cursor).__name__}")
    items = cast("Mapping[_K, str | None]", given).items()
    return {key: cursor for key, cursor in items if cursor is not None}


def _make_watching_of_key(
    key: object, poll_interval: float, since: datetime | None, cursor: str | None
) -> Watching:
    if cursor is None:
        return make_watching(poll_interval, since, None, str(key))
    try:
        return make_watching(poll_interval, None, cursor, str(key))
    except ValueError as error:
        raise ValueError(f"cursors[{key!r}]: {error}") from error


def read_operations(operations: object) -> list[Operation | str]:
    """Return the operations, or their ids, in what `wait_all` was given.

    Raises:
        TypeError: it is neither a response of boto3 nor an iterable of operations.
        ValueError: an element has no valid id.
    """
    if is_mapping(operations):
        return _read_response(operations)
    if isinstance(operations, str | bytes):
        raise TypeError("operations must be an iterable of ids, not one; for one id, use wait")
    if isinstance(operations, Operation):
        raise TypeError("operations must be an iterable of them; for one operation, use wait")
    if not isinstance(operations, Iterable):
        raise TypeError(
            "operations must be a response of boto3 or an iterable of operations or ids, "
            f"not {type(operations).__name__}"
        )
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
        raise TypeError(f"operations['operations'] must be a list, not {type(operations).__name__}")
    return [
        _read_element(each, f"operations['operations'][{index}]")
        for index, each in enumerate(cast("list[object]", operations))
    ]


def _read_element(element: object, name: str) -> Operation | str:
    if isinstance(element, str):
        if not element:
            raise ValueError(f"{name} has no id")
        return element
    if isinstance(element, Operation):
        operation = element
    elif not is_mapping(element):
        raise TypeError(f"{name} must be an operation or an id, not {type(element).__name__}")
    elif not element.get("id"):  # before the conversion, which would warn of each missing field
        raise ValueError(f"{name} has no id")
    else:
        try:
            operation = Operation.from_dict(element)
        except ResponseError as error:
            raise ValueError(f"{name} is not an operation: {error}") from error
    if not operation.id:
        raise ValueError(f"{name} has no id")
    return operation
