"""The paginator: the operations of one listing, read lazily.

Example:
    for page in client.operations().pages():
        print(len(page), page.next_page_token)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.engine import Result
from lightsail_ops._core.paging import Listing
from lightsail_ops._io.listing import PageReader
from lightsail_ops.models import Operation, OperationsPage

if TYPE_CHECKING:  # it would make the start of a program that lists slower
    from lightsail_ops._io.reader import Reader

__all__ = ["OperationsPaginator"]

_K = TypeVar("_K")
_T = TypeVar("_T")


class OperationsPaginator:
    """All operations from one page on, read lazily: a page is fetched when it is needed.

    Iterating yields each `Operation`, `pages` each `OperationsPage`. Both start over each time.
    A `LightsailError` ends the iteration, and has the `page_token` to resume with. After anything
    else that breaks it off, such as an interrupt, the same iterator can be iterated further.

    Example:
        found = []
        try:
            for operation in client.operations():
                found.append(operation)
        except LightsailError as error:
            found += client.operations(error.page_token)
    """

    def __init__(self, sender: Sender, listing: Listing) -> None:
        self._sender = sender
        self._listing = listing

    def __iter__(self) -> Iterator[Operation]:
        return _Operations(PageReader(self._sender, self._listing))

    def pages(self) -> Iterator[OperationsPage]:
        """Return an iterator of the pages, empty ones too.

        Each costs one request, when it is needed.
        """
        return _Pages(PageReader(self._sender, self._listing))

    def __repr__(self) -> str:
        return f"<OperationsPaginator: {self._listing.request}>"


class ListingIterator(Iterator[_T], Generic[_K, _T]):
    """The base of what iterates listings. A generator would end with the first interrupt."""

    def __init__(self, reader: Reader[_K] | PageReader) -> None:
        self._reader = reader

    def close(self) -> None:
        """End the iteration, from any thread, and send nothing more."""
        self._reader.close()
        self._reader.errors = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find(self) -> Result[Any]:
        """Return what to take from; raises why the listing has ended."""
        if not self._reader.find(self._has_more):
            end = self._reader.make_error() or StopIteration()
            self._reader.errors = {}; raise end  # fmt: skip
        return self._reader.result

    def _has_more(self) -> bool:
        return self._reader.result.taken < len(self._reader.result.value.operations)


class _Operations(ListingIterator[None, Operation]):
    def __next__(self) -> Operation:
        result = self._find()
        operation: Operation = result.value.operations[result.taken]
        result.taken += 1; self._reader.users = {}; return operation  # fmt: skip


class _Pages(ListingIterator[None, OperationsPage]):
    def __next__(self) -> OperationsPage:
        result = self._find()
        page: OperationsPage = result.value
        result.taken = len(page) or 1; self._reader.users = {}; return page  # fmt: skip

    def _has_more(self) -> bool:
        return not self._reader.result.taken
