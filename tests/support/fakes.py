"""Hand-written clients and AWS's dicts, for tests that need no socket."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

ABSENT = object()


def raw_operation(number: int = 1, /, **changes: object) -> dict[str, Any]:
    """Return an operation as AWS sends it; ABSENT leaves a key out."""
    raw = {
        "id": f"id-{number}",
        "resourceName": f"web-{number}",
        "resourceType": "Instance",
        "createdAt": 1479816991.349,
        "location": {"availabilityZone": "us-west-2a", "regionName": "us-west-2"},
        "isTerminal": True,
        "operationType": "CreateInstance",
        "status": "Succeeded",
        **changes,
    }
    return {key: value for key, value in raw.items() if value is not ABSENT}


def raw_operations(first: int, last: int) -> list[dict[str, Any]]:
    return [raw_operation(number) for number in range(first, last + 1)]


def raw_pages(*sizes: int) -> dict[str | None, dict[str, Any]]:
    """Return pages of those sizes, by their token: None, t1, t2..."""
    pages: dict[str | None, dict[str, Any]] = {}
    number = 1
    for index, size in enumerate(sizes):
        page: dict[str, Any] = {"operations": raw_operations(number, number + size - 1)}
        if index + 1 < len(sizes):
            page["nextPageToken"] = f"t{index + 1}"
        pages[f"t{index}" if index else None] = page
        number += size
    return pages


def client_error(
    code: str = "ThrottlingException",
    message: str = "Slow down.",
    status: int = 400,
    **fields: object,
) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"RequestId": "request-9", "HTTPStatusCode": status},
        **fields,
    }
    return ClientError(response, "GetOperations")


class Paged:
    """A client that returns pages by their token; an exception among them is raised."""

    def __init__(self, pages: Mapping[str | None, object]) -> None:
        self.pages = dict(pages)
        self.tokens: list[str | None] = []

    def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803 - boto3's
        self.tokens.append(pageToken)
        page = self.pages[pageToken]
        if isinstance(page, Exception):
            raise page
        return page


class Scripted:
    """A client that returns one response after the other, whichever method is called.

    An exception among the responses is raised, and a function is called for its result.
    """

    def __init__(self, responses: Iterable[object]) -> None:
        self._responses = iter(responses)
        self._lock = threading.Lock()
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def _next(self, method: str, arguments: dict[str, Any]) -> Any:
        with self._lock:
            self.calls.append((method, arguments))
            response = next(self._responses)
        if callable(response):
            response = response()
        if isinstance(response, Exception):
            raise response
        return response

    def get_operations(self, **arguments: Any) -> Any:
        return self._next("get_operations", arguments)

    def get_operation(self, **arguments: Any) -> Any:
        return self._next("get_operation", arguments)

    def get_operations_for_resource(self, **arguments: Any) -> Any:
        return self._next("get_operations_for_resource", arguments)
