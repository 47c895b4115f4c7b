"""What the invisible examples of the documentation need: failures at the right moment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from lightsail_ops import Operation

ROOT = Path(__file__).parents[2]
FENCES = re.compile(r"^```(\w*).*?^```$", re.DOTALL | re.MULTILINE)
_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)


def fail_request(client: Any, number: int, code: str = "ServiceException") -> None:
    """Let one GetOperations of a client fail, as if botocore had retried it already.

    Args:
        client: an OperationsClient or an AsyncOperationsClient.
        number: which one from now on; the first is 1.
        code: AWS's code of the error.
    """
    numbers = count(1)
    status = 400 if code == "AccessDeniedException" else 500

    def fail(**_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
        if next(numbers) != number:
            return None
        response = AWSResponse("", status, HTTPHeaders(), None)
        error = {"Code": code, "Message": f"The request failed: {code}."}
        return response, {"Error": error, "ResponseMetadata": {}}

    client.client.meta.events.register("before-call.lightsail.GetOperations", fail)


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


def read_page(path: str) -> str:
    """Return a page with its comments made empty lines; `path` begins at the repository's root."""
    page = (ROOT / path).read_text(encoding="utf-8")
    return _COMMENTS.sub(lambda found: re.sub(r".", "", found[0]), page)


def read_program(path: str) -> str:
    """Return the Python that a page shows as one program, each line where it stands in the page.

    Args:
        path: the page, from the repository's root.
    """
    page = read_page(path)
    lines = [""] * len(page.splitlines())
    for found in FENCES.finditer(page):
        if found[1] == "python":
            start = page[: found.start()].count("\n") + 1
            block = found[0].splitlines()[1:-1]
            lines[start : start + len(block)] = block
    return "\n".join(lines) + "\n" if any(lines) else ""
