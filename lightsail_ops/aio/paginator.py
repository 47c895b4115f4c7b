"""The paginator for asyncio: the operations of one listing, read lazily.

Example:
    async for page in client.operations().pages():
        print(len(page), page.next_page_token)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Generic, Self, TypeVar

from lightsail_ops._core.engine import Result
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
        self._reader = AsyncReader({None: read_pages(listing, RUNTIME)}, {None: sender}, 1)

    async def aclose(self) -> None:
        """End the iteration; a request in flight is cancelled."""
        await self._reader.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _find(self) -> Result[None]:
        """Return what to take from; raises StopAsyncIteration, or why the listing has ended."""
        if not await self._reader.find(self._has_more):
            raise self._reader.errors.pop(None, StopAsyncIteration())
        return self._reader.result

    async def _has_more(self) -> bool:
        return self._reader.result.taken < len(self._reader.result.value.operations)


class _Operations(_Listing[Operation]):
    async def __anext__(self) -> Operation:
        result = await self._find()
        operation: Operation = result.value.operations[result.taken]
        result.taken += 1
        self._reader.users = {}
        return operation


class _Pages(_Listing[OperationsPage]):
    async def __anext__(self) -> OperationsPage:
        result = await self._find()
        page: OperationsPage = result.value
        result.taken = len(page) or 1
        self._reader.users = {}
        return page

    async def _has_more(self) -> bool:
        return not self._reader.result.taken
