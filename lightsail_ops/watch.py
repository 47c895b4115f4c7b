"""Watches: iterators of the changes of one client, and of those of a fleet.

A watch of one client is a watch of a fleet of one. Its errors are raised, since there are no other
clients that must continue.

Example:
    with client.watch() as changes:
        for operation in changes:
            print(operation, changes.health.last_success)
            break
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Self, TypeVar, cast

from lightsail_ops._botocore.sending import Sender
from lightsail_ops._core.fetching import log_retry
from lightsail_ops._core.watching import WatchHealth, Watching
from lightsail_ops._inputs import check_seconds
from lightsail_ops._io.reader import Reader
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation

__all__ = ["FleetWatch", "OperationsWatch", "WatchHealth"]

_K = TypeVar("_K")
_T = TypeVar("_T")


class _Watch(Iterator[_T], Generic[_K, _T]):
    """The base of all watches, which hand over batches, change by change."""

    def __init__(self, reader: Reader[_K]) -> None:
        self._reader = reader

    def close(self) -> None:
        """End the watch, from any thread: it sends and reports nothing more.

        It returns at once, even if a request hangs. Where the watch stands can still be read.
        """
        self._reader.close()

    def next_change(self, timeout: float | None = None) -> _T | None:
        """Return the next change; None if there was none in time, or if the watch is closed.

        The watch goes on meanwhile, until it has something to hand over.

        Args:
            timeout: for how many seconds to wait, 0 or more. Defaults to no limit.

        Raises:
            LightsailError: an error that is not transient. One of a fleet's client is passed to
                `on_error` instead.
            RuntimeError: another thread iterates, or the process was forked.
            TypeError: the timeout is not a number.
            ValueError: it is below 0 or not finite.
        """
        if timeout is not None:
            check_seconds("timeout", timeout, may_be_zero=True)
        return self._take() if self._reader.find(self._has_change, timeout) else None

    def __next__(self) -> _T:
        if not self._reader.find(self._has_change):
            raise StopIteration
        return self._take()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> _T:
        batch = self._reader.result.value
        change = self._make_item(batch.operations[batch.taken])
        batch.taken += 1; self._reader.users = {}; return change  # fmt: skip

    @abstractmethod
    def _make_item(self, operation: Operation) -> _T:
        """Make what the iterator yields for an operation."""

    def _has_change(self) -> bool:
        """Return whether there is a change to take, after what errors there are."""
        # Looked at anew after each error: its handler may have read on.
        while (batch := self._reader.result.value).taken == len(batch.operations):
            if not batch.errors:
                return False
            self._hand_over_error(batch.errors)
        return True

    def _hand_over_error(self, errors: list[LightsailError]) -> None:
        error = errors[0]
        try:
            del errors[0]; self._handle(error)  # fmt: skip
        except Exception:
            raise
        except BaseException:  # an interrupt or a cancellation: it is handed over again
            errors[:] = [error, *(each for each in errors if each is not error)]
            raise
        finally:
            del error  # its traceback holds this frame, and so the watch

    def _handle(self, error: LightsailError) -> None:
        """Handle an error of the client whose batch has been taken."""
        try:
            raise error
        finally:
            del error


class OperationsWatch(_Watch[None, Operation]):
    """An endless iterator of operations: each when it is first seen, and at each later status.

    The changes that one reading of the list finds come in the order of their last change, the
    oldest first. After an error, or after the loop was left, the watch can be iterated further,
    with nothing lost. It is also a context manager, which closes it.

    Example:
        with client.watch(cursor=None) as changes:
            for operation in changes:
                print(operation)
                cursor = changes.cursor  # for the next process
                break
    """

    def __init__(self, sender: Sender, watching: Watching) -> None:
        super().__init__(Reader({None: watching.watch(RUNTIME)}, {None: sender}, 1))
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
        """The health of the connection to AWS. It can be read from any thread."""
        return self._watching.health

    def __repr__(self) -> str:
        return f"<OperationsWatch of {self._name}>"

    def _make_item(self, operation: Operation) -> Operation:
        return operation


class FleetWatch(_Watch[_K, tuple[_K, Operation]], Generic[_K]):
    """An endless iterator of the operations of a fleet, each with its client's key.

    It is as `OperationsWatch`; an error of one client does not stop the others.

    Example:
        with fleet.watch() as changes:
            for key, operation in changes:
                print(key, operation)
                cursors = changes.cursors  # for the next process
                break
    """

    def __init__(
        self,
        reader: Reader[_K],
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
        """The health of each client's connection to AWS. It can be read from any thread."""
        return {key: watching.health for key, watching in self._watchings.items()}

    def __repr__(self) -> str:
        return f"<FleetWatch of {len(self._watchings)} clients>"

    def _make_item(self, operation: Operation) -> tuple[_K, Operation]:
        return cast("_K", self._reader.result.key), operation

    def _handle(self, error: LightsailError) -> None:
        key = cast("_K", self._reader.result.key)
        if self._on_error is None:
            log_retry("watching", str(key), error, self._reader.result.value.pause)
        else:
            self._on_error(key, error)
