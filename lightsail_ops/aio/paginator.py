"""The paginator for asyncio: the operations of one listing, read lazily.

Example:
    async for page in client.operations().pages():
        print(len(page), page.next_page_token)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Generic, Self, TypeVar

from lightsail_ops._core.handover import KeptPage
from lightsail_ops._core.paging import Listing, read_pages
from lightsail_ops._io.asynchronous import AsyncReader, AsyncSender
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops.models import Operation, OperationsPage

__all__ = ["AsyncOperationsPaginator"]

_T = TypeVar("_T")


class AsyncOperationsPaginator:
    """All operations from one page on, read lazily: a page is fetched when it is needed.

    Iterating yields each `Operation`, `pages` each `OperationsPage`. Both start over each time.
    A `LightsailError` has the `page_token` to resume with. If a task is cancelled while it waits
    for a page, the same iterator can be iterated further.

    Example:
        operations = aiter(client.operations())
        async with asyncio.timeout(30):
            first = await anext(operations)
        async for operation in operations:
            print(operation)
    """

    def __init__(self, sender: AsyncSender, listing: Listing) -> None:
        self._sender = sender
        self._listing = listing

    def __aiter__(self) -> AsyncIterator[Operation]:
        return _Operations(self._sender, self._listing)

    def pages(self) -> AsyncIterator[OperationsPage]:
        """Return an iterator of the pages, empty ones too.

        Each costs one request, when it is needed.
        """
        return _Pages(self._sender, self._listing)

    def __repr__(self) -> str:
        return f"<AsyncOperationsPaginator: {self._listing.request}>"


class _Listing(AsyncIterator[_T], Generic[_T]):
    """An iterator of a listing, which is a fleet of one."""

    def __init__(self, sender: AsyncSender, listing: Listing) -> None:
        self._reader = AsyncReader({None: read_pages(listing, RUNTIME)}, {None: sender}, 1, 1)
        self._kept: KeptPage[None] = KeptPage(0, None, OperationsPage(operations=()))

    async def aclose(self) -> None:
        """End the iteration; a request in flight is cancelled."""
        await self._reader.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _check(self) -> None:
        """Check that the iteration has not been ended, nor this process forked."""
        if not self._reader.begin():
            raise StopAsyncIteration
        self._reader.users = {}

    async def _read_next(self) -> OperationsPage:
        if not self._reader.begin():
            raise StopAsyncIteration
        try:
            result = await self._reader.get_result(self._kept.number + 1)
        finally:
            self._reader.users = {}
        if result is None:
            await self.aclose()
            raise StopAsyncIteration
        if result.error is not None:
            await self.aclose()
            raise result.error
        self._kept = KeptPage(result.number, None, result.value)
        return self._kept.page


class _Operations(_Listing[Operation]):
    async def __anext__(self) -> Operation:
        self._check()
        while self._kept.taken == len(self._kept.page.operations):
            await self._read_next()
        operation = self._kept.page.operations[self._kept.taken]
        self._kept.taken += 1
        return operation


class _Pages(_Listing[OperationsPage]):
    async def __anext__(self) -> OperationsPage:
        self._check()
        return await self._read_next()
