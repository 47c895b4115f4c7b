"""The paginator: the operations of one listing, read lazily.

Example:
    for page in client.operations().pages():
        print(len(page), page.next_page_token)
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.paging import Listing, read_pages
from lightsail_ops._io.blocking import iterate
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops._io.threads import check_process
from lightsail_ops.models import Operation, OperationsPage

__all__ = ["OperationsPaginator"]

_T = TypeVar("_T")


class OperationsPaginator:
    """All operations from one page on, read lazily: a page is fetched when it is needed.

    Iterating yields each `Operation`, `pages` each `OperationsPage`. Both start over each time.
    A `LightsailError` has the `page_token` to resume with.

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
        return _Listing(each for page in self.pages() for each in page.operations)

    def pages(self) -> Iterator[OperationsPage]:
        """Return an iterator of the pages, empty ones too.

        Each costs one request, when it is needed.
        """
        return _Listing(iterate(read_pages(self._listing, RUNTIME), self._sender))

    def __repr__(self) -> str:
        return f"<OperationsPaginator: {self._listing.request}>"


class _Listing(Iterator[_T], Generic[_T]):
    """A generator that neither two threads at once nor a forked process can use."""

    def __init__(self, generator: Generator[_T, None, None]) -> None:
        self._generator = generator
        self._process_id: int | None = None  # set when the first item is wanted

    def close(self) -> None:
        """End the iteration."""
        self._generator.close()

    def __next__(self) -> _T:
        self._process_id = check_process(self._process_id)
        try:
            return next(self._generator)
        except ValueError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise  # out of the generator, by a client
            raise RuntimeError(
                "this iterator is already being iterated by another thread"
            ) from None
