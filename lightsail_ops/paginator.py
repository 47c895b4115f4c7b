"""Page token in, pages out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from hashlib import blake2b

from lightsail_ops._response import read_page
from lightsail_ops._steps import Request, Stream, answered
from lightsail_ops.errors import PaginationError
from lightsail_ops.models import Operation, OperationsPage

__all__ = ["OperationsPaginator"]


def pages(request: Request | None) -> Stream[OperationsPage]:
    """Read the page that is asked for and all that follow, each when it is needed."""
    used: set[bytes] = set()
    while request is not None:
        page = yield from answered(request, read_page)
        yield page
        request = following(request, page, used)


def following(request: Request, page: OperationsPage, used: set[bytes]) -> Request | None:
    """Return the request for the next page; None where there is none.

    Args:
        request: the request that gave the page.
        page: the page.
        used: what this run has asked for so far; the caller keeps it between the calls. A token
            can be long and a run too, so what is kept of a token is a digest.

    Raises:
        PaginationError: the next page's token has been used in this run.
    """
    token = page.next_page_token
    if token is None:
        return None
    used.add(_digest(request.page_token or ""))
    if _digest(token) in used:
        raise PaginationError(
            f"the page token {token!r} came a second time: the pages go in a circle",
            page_token=token,
        )
    return request.for_page(token)


def _digest(page_token: str) -> bytes:
    return blake2b(page_token.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class OperationsPaginator:
    """All operations from one page on, read lazily: a page when it is needed, none ahead.

    Iterating gives each `Operation`; `pages` gives each `OperationsPage`. Both start over
    each time. Errors of any kind have the `page_token` to carry on from.
    """

    def __init__(
        self,
        drive: Callable[[Stream[OperationsPage]], Generator[OperationsPage, None, None]],
        request: Request,
    ) -> None:
        self._drive = drive
        self._request = request

    def __iter__(self) -> Iterator[Operation]:
        for page in self.pages():
            yield from page.operations

    def pages(self) -> Generator[OperationsPage, None, None]:
        """Yield the pages, empty ones too; each costs one request, when it is asked for."""
        return self._drive(pages(self._request))
