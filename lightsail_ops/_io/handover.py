"""Handing over: what the reader of an iterator has been given, and how much of it it has taken.

An interrupt may hit the reader anywhere. So it requests the result after the last one that it
has kept, which is one assignment, and takes each item by another one: on one line with `return`,
since an interrupt comes between two lines.
"""

from __future__ import annotations

import os
from itertools import islice
from typing import Any, Generic, TypeVar

import attrs

from lightsail_ops._core.cursor import Cursor
from lightsail_ops._core.effects import ForeignError
from lightsail_ops._core.engine import Result
from lightsail_ops._core.history import Batch
from lightsail_ops.errors import FleetError, LightsailError
from lightsail_ops.models import OperationsPage

_K = TypeVar("_K")

_NOTHING = Batch(Cursor())
# How many failed clients a FleetError's message names.
_MOST_NAMED = 5


class Handover(Generic[_K]):
    """The side of the reader, which both readers share."""

    def __init__(self, count: int) -> None:
        self.count = count
        """How many clients there are."""
        self.result: Result[Any] = Result(0, None, _NOTHING, taken=1)
        """What the reader takes from: a batch, or a page."""
        self.errors: dict[_K, LightsailError] = {}
        """The errors of the clients whose listings have ended."""
        self.users: dict[None, object] = {}
        """The thread or task that takes an item. To let another one do so, assign an empty dict,
        since no interrupt can come between that and the statement before."""
        self._is_closed = False
        self._process_id: int | None = None  # set when the first result is wanted

    def make_error(self) -> LightsailError | None:
        """Return why the listings have ended; None if no client has failed."""
        if not self.errors:
            return None
        failed = len(self.errors)
        named = ", ".join(
            f"{key} ({type(error).__name__})"
            for key, error in islice(self.errors.items(), _MOST_NAMED)
        )
        more = f" and {failed - _MOST_NAMED} more" if failed > _MOST_NAMED else ""
        clients = "client" if self.count == 1 else "clients"
        return FleetError(f"{failed} of {self.count} {clients} failed: {named}{more}", self.errors)

    def _begin(self, user: object, kind: str) -> bool:
        """Begin to take an item, which ends by assigning to `users`.

        Returns:
            False if the reader has been closed. Then nothing has begun.

        Raises:
            RuntimeError: another thread or task is taking an item, or the process was forked.
        """
        if self._process_id not in (None, os.getpid()):
            raise RuntimeError(
                "this iterator was begun before the process was forked, and is that of the parent "
                "process: begin another one here"
            )
        if self._is_closed:
            return False
        if self.users.setdefault(None, user) != user:  # one step, whatever other threads do
            raise RuntimeError(f"this iterator is already being iterated by another {kind}")
        return True

    def _drop(self) -> int:
        """Forget what has been taken, which may be large; return the next result's number."""
        self.result = Result(self.result.number, None, _NOTHING, taken=1)
        return self.result.number + 1

    def _keep(self, result: Result[_K]) -> None:
        """Keep the next result; raises what a client has raised that is no error of AWS's."""
        failure = result.value if isinstance(result.value, ForeignError) else None
        if result.error is None and failure is None:
            self.result = result
            return
        if result.error is not None:
            self.errors[result.key] = result.error
        self.result = Result(result.number, None, _NOTHING, taken=1)
        if failure is not None:
            try:
                raise failure.error
            finally:
                del failure.error, failure  # the traceback holds this frame, and so the reader


def get_rest(result: Result[Any]) -> OperationsPage:
    """Return a page, without the operations that have been taken."""
    page: OperationsPage = result.value
    if not result.taken:
        return page
    return attrs.evolve(page, operations=page.operations[result.taken :])
