"""The synchronous driver for a listing of one client, in the thread that iterates."""

from __future__ import annotations

import os
from _thread import get_ident
from collections.abc import Callable

from lightsail_ops._botocore.calls import AbandonedCallError, Call
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.engine import Result
from lightsail_ops._core.paging import Listing, Paging
from lightsail_ops._io.blocking import run
from lightsail_ops._io.handover import Handover
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops.errors import LightsailError


class PageReader(Handover[None]):
    """Reads the pages of one listing in the thread that iterates."""

    def __init__(self, sender: Sender, listing: Listing) -> None:
        super().__init__(1)
        self._sender = sender
        self._paging = Paging(listing)
        self._call = Call()  # one for all requests: they are abandoned together

    def find(self, has_more: Callable[[], bool]) -> bool:
        """Find something to take, which ends by assigning to `users`, as `Reader.find` does.

        Returns:
            False if there is no more, or if a request has failed: then `errors` holds the error.
        """
        if not self._begin(get_ident(), "thread"):
            return False
        is_found = False
        try:
            while not has_more():
                self._process_id = os.getpid()
                number = self._drop()
                page = run(self._paging.fetch(number, RUNTIME), self._sender, self._call)
                if page is None or self._is_closed:
                    return False
                self._keep(Result(number, None, page))
            is_found = True
        except AbandonedCallError:  # closed
            return False
        except LightsailError as error:
            self.errors[None], self._is_closed = error, True  # at once, whatever interrupts
        finally:
            if not is_found:
                self.users.clear()
        return is_found

    def make_error(self) -> LightsailError | None:
        """Return why the listing has ended; None if it is complete."""
        return self.errors.get(None)

    def close(self) -> None:
        """Send nothing more."""
        self._is_closed = True
        self._call.abandon()
