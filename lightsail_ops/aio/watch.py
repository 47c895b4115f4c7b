# Derived from lightsail_ops/watch.py by .ci/derive_aio.py: change that file.
"""Watches: iterators of the changes of one client, and of those of a fleet.

A watch of one client is a watch of a fleet of one. Its errors are raised, since there are no other
clients that must continue.

Example:
    async with client.watch() as changes:
        async for operation in changes:
            print(operation, changes.health.last_success)
            break
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Generic, Self, TypeVar, cast

from lightsail_ops._core.cursor import Cursor
from lightsail_ops._core.engine import Result
from lightsail_ops._core.history import Batch
from lightsail_ops._core.watching import WatchHealth, Watching
from lightsail_ops._io.asynchronous import AsyncReader, AsyncSender, call
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation

__all__ = ["AsyncFleetWatch", "AsyncOperationsWatch", "WatchHealth"]

_NOTHING = Batch(Cursor())
_K = TypeVar("_K")
_T = TypeVar("_T")


class _Watch(AsyncIterator[_T], Generic[_K, _T]):
    """The base of all watches, which hand over batches, change by change."""

    def __init__(self, reader: AsyncReader[_K]) -> None:
        self._reader = reader
        self._result: Result[_K | None] = Result(0, None, _NOTHING)

    async def aclose(self) -> None:
        """End the watch, from any task: it sends and reports nothing more.

        It returns at once, even if a request hangs. Where the watch stands can still be read.
        """
        await self._reader.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _find_change(self) -> bool:
        """Return whether there is a change to take, as soon as there is one."""
        if not self._reader.begin():
            return False
        is_found = False
        try:
            # Looked at anew after each error: its handler may have read on.
            while self._result.value.taken == len(self._result.value.operations):
                if (error := self._result.value.pop_error()) is not None:
                    await self._handle(error)
                elif not await self._read_next():
                    return False
            is_found = True
        finally:
            if not is_found:
                self._reader.users = {}
        return True

    async def _read_next(self) -> bool:
        """Go on to the next batch, and return whether there is one."""
        # The last batch may be large, and the next one far away.
        self._result = Result(self._result.number, self._result.key, _NOTHING)
        result = await self._reader.get_result(self._result.number + 1)
        if result is None:
            return False
        if result.error is None:
            self._result = cast("Result[_K | None]", result)
            return True
        self._result = Result(result.number, None, _NOTHING)
        raise cast("BaseException", result.take_error())

    async def _handle(self, error: LightsailError) -> None:
        """Handle an error of the client whose batch has been taken."""
        raise error


class AsyncOperationsWatch(_Watch[None, Operation]):
    """An endless iterator of operations: each when it is first seen, and at each later status.

    The changes that one reading of the list finds come in the order of their last change, the
    oldest first. After an error, or after the loop was left, the watch can be iterated further,
    with nothing lost. It is also a context manager, which closes it.

    Example:
        async with client.watch(cursor=None) as changes:
            async for operation in changes:
                print(operation)
                cursor = changes.cursor  # for the next process
                break
    """

    def __init__(self, sender: AsyncSender, watching: Watching) -> None:
        super().__init__(AsyncReader({None: watching.watch(RUNTIME)}, {None: sender}, 1, 1))
        self._name = sender.name
        self._watching = watching

    @property
    def cursor(self) -> str:
        """The position of the watch. `client.watch(cursor=...)` continues there, in any process.

        It is a short string, to be stored after each operation. A watch that continues begins with
        a complete reading of the operations.
        """
        return self._watching.cursor

    @property
    def health(self) -> WatchHealth:
        """The health of the connection to AWS. It can be read from any task."""
        return self._watching.health

    async def __anext__(self) -> Operation:
        if not await self._find_change():
            raise StopAsyncIteration
        batch = self._result.value
        operation: Operation = batch.operations[batch.taken]
        batch.taken += 1; self._reader.users = {}; return operation  # fmt: skip

    def __repr__(self) -> str:
        return f"<AsyncOperationsWatch of {self._name}>"


class AsyncFleetWatch(_Watch[_K, tuple[_K, Operation]], Generic[_K]):
    """An endless iterator of the operations of a fleet, each with its client's key.

    It is as `AsyncOperationsWatch`; an error of one client does not stop the others.

    Example:
        async with fleet.watch() as changes:
            async for key, operation in changes:
                print(key, operation)
                cursors = changes.cursors  # for the next process
                break
    """

    def __init__(
        self,
        reader: AsyncReader[_K],
        watchings: Mapping[_K, Watching],
        kept_cursors: Mapping[_K, str],
        on_error: Callable[[_K, LightsailError], object],
    ) -> None:
        super().__init__(reader)
        self._watchings = watchings
        self._kept_cursors = kept_cursors
        self._on_error = on_error

    @property
    def cursors(self) -> dict[_K, str]:
        """The position of each client's watch. `fleet.watch(cursors=...)` continues there.

        The cursor of a key without a client is there as it was given.
        """
        cursors = {key: watching.cursor for key, watching in self._watchings.items()}
        return {**self._kept_cursors, **cursors}

    @property
    def health(self) -> dict[_K, WatchHealth]:
        """The health of each client's connection to AWS. It can be read from any task."""
        return {key: watching.health for key, watching in self._watchings.items()}

    async def __anext__(self) -> tuple[_K, Operation]:
        if not await self._find_change():
            raise StopAsyncIteration
        batch = self._result.value
        key, operation = cast("_K", self._result.key), batch.operations[batch.taken]
        batch.taken += 1; self._reader.users = {}; return key, operation  # fmt: skip

    def __repr__(self) -> str:
        return f"<AsyncFleetWatch of {len(self._watchings)} clients>"

    async def _handle(self, error: LightsailError) -> None:
        await call(self._on_error, cast("_K", self._result.key), error)
