"""The paginator for asyncio: all operations from one page on, read lazily."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from lightsail_ops._core.effects import Request
from lightsail_ops._core.paging import Paging
from lightsail_ops.aio._driver import AsyncDriver
from lightsail_ops.models import Operation, OperationsPage


class AsyncOperationsPaginator:
    """All operations from one page on, read lazily: a page is fetched when it is needed.

    Iterating yields each `Operation`, `pages` each `OperationsPage`. Both start over each time.
    An error of any kind has the `page_token` to resume with.
    """

    def __init__(self, driver: AsyncDriver, request: Request) -> None:
        """Take what sends requests, and the request for the first page."""
        self._driver = driver
        self._request = request

    async def __aiter__(self) -> AsyncIterator[Operation]:
        paging = Paging(self._request)
        while (page := await self._driver.run(paging.next_page())) is not None:
            for operation in page:
                yield operation

    async def pages(self) -> AsyncGenerator[OperationsPage, None]:
        """Yield the pages, empty ones too. Each costs one request, when it is needed."""
        paging = Paging(self._request)
        while (page := await self._driver.run(paging.next_page())) is not None:
            yield page

    def __repr__(self) -> str:
        return f"<AsyncOperationsPaginator: {self._request}>"
