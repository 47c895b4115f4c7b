"""Paging: the pages of one listing, one after another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import attrs

from lightsail_ops._core.backoff import make_delays
from lightsail_ops._core.effects import Emit, ForeignError, Request, Runtime, Sleep, Steps
from lightsail_ops._core.fetching import fetch_patiently
from lightsail_ops._core.order import DISORDER, OUTLIERS, Order
from lightsail_ops._core.status import UNKNOWN
from lightsail_ops.errors import PaginationError
from lightsail_ops.models import Operation, OperationsPage, parse_page


class PageTokens:
    """The page tokens of one run through a listing. A token that comes again is an error."""

    def __init__(self) -> None:
        # A token can be long, and a listing too, so a digest of each token is kept.
        self._numbers: dict[bytes, int] = {}

    def use(self, page_token: str | None, number: int) -> None:
        """Note the token of the request for the page of that number.

        Raises:
            PaginationError: it has been used for another page of this run.
        """
        token = (page_token or "").encode("utf-8", "surrogatepass")
        digest = blake2b(token, digest_size=16).digest()
        if self._numbers.setdefault(digest, number) != number:
            raise PaginationError(
                f"AWS returned the page token {page_token!r} a second time", page_token=page_token
            )


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


class Paging:
    """The position in a listing, which an interrupt leaves as it is."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._tokens = PageTokens()
        self._selection = _Selection(listing.created_after)
        # Of the current page and of the next one; None: there is no more.
        self._requests: Mapping[int, Request | None] = {1: listing.request}

    def fetch(self, number: int, runtime: Runtime) -> Steps[OperationsPage | None]:
        """Fetch the page of a number, the last one again or the next; None if there are no more.

        Raises:
            PaginationError: a page token was repeated.
            LightsailError: a request failed.
        """
        request = self._requests[number]
        if request is None:
            return None
        self._tokens.use(request.page_token, number)
        name, retry_for = self._listing.name, self._listing.retry_for
        page = yield from fetch_patiently(
            request, parse_page, runtime, "listing", name, retry_for=retry_for
        )
        selected = self._selection.select(page)
        token = None if self._selection.is_over else page.next_page_token
        next_request = None if token is None else request.for_page(token)
        self._requests = {number: request, number + 1: next_request}
        return selected


def read_pages(listing: Listing, runtime: Runtime) -> Steps[None]:
    """Emit each page of a listing, and each `ForeignError`; raises as `Paging.fetch` does."""
    paging = Paging(listing)
    delays = make_delays(runtime.draw)
    number = 1
    while True:
        result: OperationsPage | ForeignError | None
        try:
            result = yield from paging.fetch(number, runtime)
        except ForeignError as failure:
            result = failure
        if result is None:
            return
        yield Emit(result)
        if isinstance(result, ForeignError):
            yield Sleep(runtime.get_time() + next(delays))
        else:
            delays = make_delays(runtime.draw)
            number += 1
        del result  # the reader may drop it while the next one is fetched


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
