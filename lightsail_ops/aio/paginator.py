# Derived from lightsail_ops/paginator.py by .ci/derive_aio.py: change that file.
"""The paginator for asyncio: the operations of one listing, read lazily.

Example:
    async for page in client.operations().pages():
        print(len(page), page.next_page_token)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from lightsail_ops._core.engine import Result
from lightsail_ops._core.paging import Listing
from lightsail_ops._io.async_reader import AsyncPageReader
from lightsail_ops._io.asynchronous import AsyncSender
from lightsail_ops.models import Operation, OperationsPage

if TYPE_CHECKING:  # it would make the start of a program that lists slower
    from lightsail_ops._io.async_reader import AsyncReader

__all__ = ["AsyncOperationsPaginator"]

_K = TypeVar("_K")
_T = TypeVar("_T")


class AsyncOperationsPaginator:
    """All operations from one page on, read lazily: a page is fetched when it is needed.

    Iterating yields each `Operation`, `pages` each `OperationsPage`. Both start over each time.
    A `LightsailError` ends the iteration, and has the `page_token` to resume with. After anything
    else that breaks it off, such as an interrupt, the same iterator can be iterated further.

    Example:
        found = []
        try:
            async for operation in client.operations():
                found.append(operation)
        except LightsailError as error:
            found += [each async for each in client.operations(error.page_token)]
    """

    def __init__(self, sender: AsyncSender, listing: Listing) -> None:
        self._sender = sender
        self._listing = listing

    def __aiter__(self) -> AsyncIterator[Operation]:
        return _Operations(AsyncPageReader(self._sender, self._listing))

    def pages(self) -> AsyncIterator[OperationsPage]:
        """Return an iterator of the pages, empty ones too.

        Each costs one request, when it is needed.
        """
        return _Pages(AsyncPageReader(self._sender, self._listing))

    def __repr__(self) -> str:
        return f"<AsyncOperationsPaginator: {self._listing.request}>"


class ListingIterator(AsyncIterator[_T], Generic[_K, _T]):
    """The base of what iterates listings. A generator would end with the first interrupt."""

    def __init__(self, reader: AsyncReader[_K] | AsyncPageReader) -> None:
        self._reader = reader

    async def aclose(self) -> None:
        """End the iteration, from any task, and send nothing more."""
        await self._reader.aclose()
        self._reader.errors = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _find(self) -> Result[Any]:
        """Return what to take from; raises why the listing has ended."""
        if not await self._reader.find(self._has_more):
            end = self._reader.make_error() or StopAsyncIteration()
            self._reader.errors = {}; raise end  # fmt: skip
        return self._reader.result

    async def _has_more(self) -> bool:
        return self._reader.result.taken < len(self._reader.result.value.operations)


class _Operations(ListingIterator[None, Operation]):
    async def __anext__(self) -> Operation:
        result = await self._find()
        operation: Operation = result.value.operations[result.taken]
        result.taken += 1; self._reader.users = {}; return operation  # fmt: skip


class _Pages(ListingIterator[None, OperationsPage]):
    async def __anext__(self) -> OperationsPage:
        result = await self._find()
        page: OperationsPage = result.value
        result.taken = len(page) or 1; self._reader.users = {}; return page  # fmt: skip

    async def _has_more(self) -> bool:
        return not self._reader.result.taken
