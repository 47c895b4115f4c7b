"""Paging: the pages of one listing, one after another."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import attrs

from lightsail_ops._core.effects import Emit, Request, Runtime, Steps
from lightsail_ops._core.fetching import fetch_patiently
from lightsail_ops._core.order import DISORDER, OUTLIERS, Order
from lightsail_ops._core.status import UNKNOWN
from lightsail_ops.errors import PaginationError
from lightsail_ops.models import Operation, OperationsPage, parse_page


class PageTokens:
    """The page tokens of one run through a listing. A token that comes again is an error."""

    def __init__(self) -> None:
        # A token can be long, and a listing too, so a digest of each token is kept.
        self._used: set[bytes] = set()

    def use(self, page_token: str | None) -> None:
        """Note the token of the next request.

        Raises:
            PaginationError: it has been used in this run.
        """
        token = (page_token or "").encode("utf-8", "surrogatepass")
        digest = blake2b(token, digest_size=16).digest()
        if digest in self._used:
            raise PaginationError(
                f"AWS returned the page token {page_token!r} a second time", page_token=page_token
            )
        self._used.add(digest)


class Listing(NamedTuple):
    """The arguments of a listing."""

    request: Request
    """The request for the first page."""

    created_after: datetime | None = None
    """Leave out what was created before."""

    retry_for: float = 0.0
    """For how many seconds transient errors of one page are retried."""

    name: str = ""
    """The client's region, or its key in a fleet, for the log."""


def read_pages(listing: Listing, runtime: Runtime) -> Steps[None]:
    """Emit each page of a listing as an `OperationsPage`.

    Raises:
        PaginationError: a page token was repeated.
        LightsailError: a request failed.
    """
    request = listing.request
    tokens = PageTokens()
    selection = _Selection(listing.created_after)
    while True:
        tokens.use(request.page_token)
        page = yield from fetch_patiently(
            request, parse_page, runtime, "listing", listing.name, retry_for=listing.retry_for
        )
        next_page_token = page.next_page_token
        yield Emit(selection.select(page))
        del page  # the reader may drop it while the next one is fetched
        if next_page_token is None or selection.is_over:
            return
        request = request.for_page(next_page_token)


class _Selection:
    """Leaves out older operations, and tells when no newer one can follow."""

    def __init__(self, created_after: datetime | None) -> None:
        self._after = None if created_after is None else created_after.timestamp()
        self._order = Order()
        self._old_in_a_row = 0

    def select(self, page: OperationsPage) -> OperationsPage:
        """Return the page without the operations that are too old."""
        if self._after is None:
            return page
        return attrs.evolve(page, operations=tuple(filter(self._is_wanted, page)))

    def _is_wanted(self, operation: Operation) -> bool:
        created = operation.created_at.timestamp()
        if self._after is None or created == UNKNOWN:
            return True
        self._order.add(created)
        is_old = created + DISORDER < self._after
        self._old_in_a_row = self._old_in_a_row + 1 if is_old else 0
        return created >= self._after

    @property
    def is_over(self) -> bool:
        """True if all that follows is too old, because the list is newest first."""
        return self._old_in_a_row > OUTLIERS and self._order.is_newest_first()
