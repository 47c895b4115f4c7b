"""Paging: the pages of one listing, one after another."""

from __future__ import annotations

from hashlib import blake2b

from lightsail_ops._core.effects import Request, Steps
from lightsail_ops._core.fetching import fetch_page
from lightsail_ops.errors import PaginationError
from lightsail_ops.models import OperationsPage


class Paging:
    """A reading of a listing from one page to the last.

    An error leaves it unchanged, so `next_page` can be called again.
    """

    def __init__(self, request: Request) -> None:
        """Take the request for the first page of the reading."""
        self._request = request
        self._is_over = False
        # A token can be long, and a reading too, so a digest of each token is kept.
        self._used: set[bytes] = set()

    def next_page(self) -> Steps[OperationsPage | None]:
        """Fetch the next page; None after the last one.

        Raises:
            PaginationError: the page's token has been used in this reading.
            LightsailError: the request failed.
        """
        if self._is_over:
            return None
        page_token = self._request.page_token
        if _digest(page_token) in self._used:
            raise PaginationError(
                f"AWS returned the page token {page_token!r} a second time", page_token=page_token
            )
        page = yield from fetch_page(self._request)
        self.skip_to(page.next_page_token)
        return page

    def skip_to(self, page_token: str | None) -> None:
        """Let another page be the next one; None: there is none."""
        self._used.add(_digest(self._request.page_token))
        if page_token is None:
            self._is_over = True
        else:
            self._request = self._request.for_page(page_token)


def _digest(page_token: str | None) -> bytes:
    return blake2b((page_token or "").encode("utf-8", "surrogatepass"), digest_size=16).digest()
