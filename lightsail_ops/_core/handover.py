"""Handing over: what the reader of an iterator has been given, and how much of it it has taken.

An interrupt may hit the reader anywhere. So it requests the result after the last one that it
has kept, which is one assignment, and takes each item by another one: on one line with `return`,
since an interrupt comes between two lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Generic, TypeVar, cast

import attrs

from lightsail_ops._core.engine import Result
from lightsail_ops.errors import FleetError, LightsailError
from lightsail_ops.models import OperationsPage

_K = TypeVar("_K")

# How many failed clients a FleetError's message names.
_MOST_NAMED = 5


@attrs.define(eq=False)
class KeptPage(Generic[_K]):
    """A page of one of a fleet's clients."""

    number: int
    """The number of the result that brought it."""
    key: _K
    page: OperationsPage
    taken: int = 0
    """How many of its operations the reader has taken."""
    is_taken: bool = False
    """True if the reader has taken all that was left of it."""

    def get_rest(self) -> OperationsPage:
        """Return the page, without the operations that have been taken."""
        if not self.taken:
            return self.page
        return attrs.evolve(self.page, operations=self.page.operations[self.taken :])


class FleetPages(Generic[_K]):
    """The page that a reader of a fleet's listings takes operations from."""

    def __init__(self, count: int) -> None:
        """Begin before the first page of any of so many clients."""
        nothing = OperationsPage(operations=())
        self.current: KeptPage[_K] = KeptPage(0, cast("_K", None), nothing, is_taken=True)
        self.count = count
        self.errors: dict[_K, LightsailError] = {}

    @property
    def next_number(self) -> int:
        """The number of the next result."""
        return self.current.number + 1

    def has_more(self, *, may_be_empty: bool) -> bool:
        """True if there is something to take from the current page, be it an empty page."""
        current = self.current
        is_left = current.taken < len(current.page.operations)
        return not current.is_taken and (is_left or (may_be_empty and not current.taken))

    def keep(self, result: Result[_K]) -> None:
        """Keep the next result: a page, or the error of a client, which has ended.

        Raises:
            Exception: what a client has raised that is no error of AWS's.
        """
        page = OperationsPage(operations=()) if result.error else result.value
        if isinstance(result.error, LightsailError):
            self.errors[result.key] = result.error
        is_taken = result.error is not None
        self.current = KeptPage(result.number, result.key, page, is_taken=is_taken)
        if not isinstance(result.error, LightsailError | None):
            raise cast("BaseException", result.take_error())

    def make_error(self) -> FleetError | None:
        """Return an error if some clients have failed. To raise it once, empty `errors`."""
        return FleetError(self._describe(self.errors), self.errors) if self.errors else None

    def _describe(self, errors: Mapping[_K, LightsailError]) -> str:
        named = ", ".join(
            f"{key} ({type(error).__name__})" for key, error in islice(errors.items(), _MOST_NAMED)
        )
        others = len(errors) - _MOST_NAMED
        more = f" and {others} more" if others > 0 else ""
        clients = "client" if self.count == 1 else "clients"
        return f"{len(errors)} of {self.count} {clients} failed: {named}{more}"
