"""The synchronous watch: an iterator of the changes of one account in one region."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Self

from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.watching import Watching
from lightsail_ops._driver import Driver
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation


class OperationsWatch(Iterator[Operation]):
    """An endless iterator of operations: each when it is first seen, and at each later status.

    It is also a context manager, which closes it. After an error, or after the loop was left, it
    can be iterated further, with nothing lost.
    """

    def __init__(
        self,
        send: Callable[[Request], Response],
        *,
        poll_interval: float,
        since: datetime | None,
        cursor: str | None,
    ) -> None:
        """Take what sends requests; the rest is as for `OperationsClient.watch`."""
        self._watching = Watching(poll_interval=poll_interval, since=since, cursor=cursor)
        self._send = send
        self._closed = threading.Event()
        self._driver = Driver(self._send_unless_closed, self._sleep)

    @property
    def cursor(self) -> str:
        """Where the watch stands. `client.watch(cursor=...)` continues there, in any process.

        It is a short string, to be stored after each operation. A watch that continues begins with
        a complete reading of the operations.
        """
        return self._watching.cursor

    def close(self) -> None:
        """End the watch, from any thread: it sends and reports nothing more.

        A sleeping watch wakes up. A request in flight is not interrupted, and its response is
        left to a watch that continues from the cursor.
        """
        self._closed.set()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Operation:
        if self._closed.is_set():
            raise StopIteration
        try:
            return self._driver.run(self._watching.next_operation())
        except _ClosedError:
            raise StopIteration from None
        except LightsailError:
            raise
        except BaseException:  # such as a KeyboardInterrupt, which can stop the steps anywhere
            self._watching.start_over()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<OperationsWatch cursor={self.cursor!r}>"

    def _send_unless_closed(self, request: Request) -> Response:
        self._stop_if_closed()
        response = self._send(request)
        self._stop_if_closed()  # before any operation in it counts as reported
        return response

    def _sleep(self, seconds: float) -> None:
        self._closed.wait(seconds)
        self._stop_if_closed()

    def _stop_if_closed(self) -> None:
        if self._closed.is_set():
            raise _ClosedError


class _ClosedError(Exception):
    """The watch has been closed."""
