"""The paginator: all operations from one page on, read lazily."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from lightsail_ops._core.effects import Request
from lightsail_ops._core.paging import Paging
from lightsail_ops._driver import Driver
from lightsail_ops.models import Operation, OperationsPage

__all__ = ["OperationsPaginator"]


class OperationsPaginator:
    """All operations from one page on, read lazily: a page is fetched when it is needed.

    Iterating yields each `Operation`, `pages` each `OperationsPage`. Both start over each time.
    An error of any kind has the `page_token` to resume with.
    """

    def __init__(self, driver: Driver, request: Request) -> None:
        """Take what sends requests, and the request for the first page."""
        self._driver = driver
        self._request = request

    def __iter__(self) -> Iterator[Operation]:
        for page in self.pages():
            yield from page.operations

    def pages(self) -> Generator[OperationsPage, None, None]:
        """Yield the pages, empty ones too. Each costs one request, when it is needed."""
        paging = Paging(self._request)
        while (page := self._driver.run(paging.next_page())) is not None:
            yield page

    def __repr__(self) -> str:
        return f"<OperationsPaginator: {self._request}>"
