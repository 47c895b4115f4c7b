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

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Generic, Self, TypeVar, cast

from lightsail_ops._core.fetching import log_retry
from lightsail_ops._core.watching import WatchHealth, Watching
from lightsail_ops._io.async_reader import AsyncReader
from lightsail_ops._io.asynchronous import AsyncSender, call
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation

__all__ = ["AsyncFleetWatch", "AsyncOperationsWatch", "WatchHealth"]

_K = TypeVar("_K")
_T = TypeVar("_T")


class _Watch(AsyncIterator[_T], Generic[_K, _T]):
    """The base of all watches, which hand over batches, change by change."""

    def __init__(self, reader: AsyncReader[_K]) -> None:
        self._reader = reader

    async def aclose(self) -> None:
        """End the watch, from any task: it sends and reports nothing more.

        It returns at once, even if a request hangs. Where the watch stands can still be read.
        """
        await self._reader.aclose()

    async def __anext__(self) -> _T:
        if not await self._reader.find(self._has_change):
            raise StopAsyncIteration
        return self._take()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _take(self) -> _T:
        batch = self._reader.result.value
        change = self._make_item(batch.operations[batch.taken])
        batch.taken += 1; self._reader.users = {}; return change  # fmt: skip

    @abstractmethod
    def _make_item(self, operation: Operation) -> _T:
        """Make what the iterator yields for an operation."""

    async def _has_change(self) -> bool:
        """Return whether there is a change to take, after what errors there are."""
        # Looked at anew after each error: its handler may have read on.
        while (batch := self._reader.result.value).taken == len(batch.operations):
            if not batch.errors:
                return False
            await self._hand_over_error(batch.errors)
        return True

    async def _hand_over_error(self, errors: list[LightsailError]) -> None:
        error = errors[0]
        try:
            del errors[0]; await self._handle(error)  # fmt: skip
        except Exception:
            raise
        except BaseException:  # an interrupt or a cancellation: it is handed over again
            errors[:] = [error, *(each for each in errors if each is not error)]
            raise
        finally:
            del error  # its traceback holds this frame, and so the watch

    async def _handle(self, error: LightsailError) -> None:
        """Handle an error of the client whose batch has been taken."""
        try:
            raise error
        finally:
            del error


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
        super().__init__(AsyncReader({None: watching.watch(RUNTIME)}, {None: sender}, 1))
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

    def __repr__(self) -> str:
        return f"<AsyncOperationsWatch of {self._name}>"

    def _make_item(self, operation: Operation) -> Operation:
        return operation


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
        cursors: Mapping[_K, str],
        on_error: Callable[[_K, LightsailError], object] | None,
    ) -> None:
        super().__init__(reader)
        self._watchings = watchings
        # Only those: the other keys are to be the fleet's own, not what is equal to them.
        self._kept = {key: cursor for key, cursor in cursors.items() if key not in watchings}
        self._on_error = on_error

    @property
    def cursors(self) -> dict[_K, str]:
        """The position of each client's watch. `fleet.watch(cursors=...)` continues there.

        The cursor of a key without a client is there as it was given.
        """
        cursors = {key: watching.cursor for key, watching in self._watchings.items()}
        return {**self._kept, **cursors}

    @property
    def health(self) -> dict[_K, WatchHealth]:
        """The health of each client's connection to AWS. It can be read from any task."""
        return {key: watching.health for key, watching in self._watchings.items()}

    def __repr__(self) -> str:
        return f"<AsyncFleetWatch of {len(self._watchings)} clients>"

    def _make_item(self, operation: Operation) -> tuple[_K, Operation]:
        return cast("_K", self._reader.result.key), operation

    async def _handle(self, error: LightsailError) -> None:
        key = cast("_K", self._reader.result.key)
        if self._on_error is None:
            log_retry("watching", str(key), error, self._reader.result.value.pause)
        else:
            await call(self._on_error, key, error)
