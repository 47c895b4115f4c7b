"""What the invisible examples of the documentation need: failures at the right moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lightsail_ops import Operation
from lightsail_ops.testing import Lightsail

_ATTEMPTS = 3  # of botocore, in the retry mode `standard`


def fail_request(client: Any, number: int, code: str = "ServiceException") -> None:
    """Let one GetOperations of a client fail, each time that botocore sends it.

    Args:
        client: an OperationsClient or an AsyncOperationsClient.
        number: which one from now on; the first is 1.
        code: AWS's code of the error.
    """
    sent = 0

    def count(**_: object) -> None:
        nonlocal sent
        sent += 1
        if sent == number:
            Lightsail().fail_next(code, times=_ATTEMPTS)

    client.client.meta.events.register("before-call.lightsail.GetOperations", count)


class Pages:
    """A fake client whose pages are given as lists of dicts; a page's token is its number."""

    def __init__(self, pages: Sequence[Sequence[dict[str, Any]]]) -> None:
        self._pages = pages

    def get_operations(self, **kwargs: Any) -> dict[str, Any]:
        number = int(kwargs.get("pageToken", 0))
        response: dict[str, Any] = {"operations": self._pages[number]}
        if number + 1 < len(self._pages):
            response["nextPageToken"] = str(number + 1)
        return response


def to_pages(operations: Sequence[Operation], size: int) -> list[list[dict[str, Any]]]:
    """Return the dicts of operations in pages of a size."""
    return [
        [operation.to_dict() for operation in operations[start : start + size]]
        for start in range(0, len(operations), size)
    ]
