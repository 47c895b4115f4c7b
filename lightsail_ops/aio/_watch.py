"""The watch for asyncio: an iterator of the changes of one account in one region."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Self

from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.watching import Watching
from lightsail_ops.aio._driver import AsyncDriver
from lightsail_ops.models import Operation


class AsyncOperationsWatch(AsyncIterator[Operation]):
    """An endless iterator of operations: each when it is first seen, and at each later status.

    It is also a context manager, which closes it. After an error, or after the loop was left, it
    can be iterated further, with nothing lost.
    """

    def __init__(
        self,
        send: Callable[[Request], Awaitable[Response]],
        *,
        poll_interval: float,
        since: datetime | None,
        cursor: str | None,
    ) -> None:
        """Take what sends requests; the rest is as for `AsyncOperationsClient.watch`."""
        self._watching = Watching(poll_interval=poll_interval, since=since, cursor=cursor)
        self._is_closed = False
        self._scopes: set[asyncio.Timeout] = set()  # of the tasks that iterate
        self._driver = AsyncDriver(send)

    @property
    def cursor(self) -> str:
        """Where the watch stands. `client.watch(cursor=...)` continues there, in any process.

        It is a short string, to be stored after each operation. A watch that continues begins with
        a complete reading of the operations.
        """
        return self._watching.cursor

    async def aclose(self) -> None:
        """End the watch, from any task: iterating stops, and a request in flight is cancelled."""
        if self._is_closed:
            return
        self._is_closed = True
        for scope in self._scopes:
            scope.reschedule(0)  # long past: it expires now

    async def __anext__(self) -> Operation:
        if self._is_closed:
            raise StopAsyncIteration
        scope = asyncio.timeout(None)
        self._scopes.add(scope)
        try:
            async with scope:
                return await self._driver.run(self._watching.next_operation())
        except TimeoutError:  # the scope's; a client's own becomes a TransportError
            raise StopAsyncIteration from None
        finally:
            self._scopes.remove(scope)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AsyncOperationsWatch cursor={self.cursor!r}>"
