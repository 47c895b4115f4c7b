"""Which operations a user wants to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

import attrs

from lightsail_ops.cli.names import doubt, matches_any
from lightsail_ops.cli.options import FilterOptions
from lightsail_ops.enums import OperationStatus, OperationType
from lightsail_ops.models import Operation


@attrs.frozen
class Filter:
    """What an operation must be to be shown; what is empty or None lets every operation pass."""

    options: FilterOptions
    since: datetime | None = None
    """When it was created, at the earliest."""

    @property
    def passes_all(self) -> bool:
        """Whether there is nothing to filter by."""
        return self.since is None and self.options == FilterOptions()

    def matches(self, operation: Operation) -> bool:
        """Whether an operation passes."""
        options = self.options
        return (
            (not options.statuses or matches_any(options.statuses, operation.status))
            and (not options.types or matches_any(options.types, operation.operation_type))
            and (options.resource is None or _is_named(operation, options.resource))
            and (self.since is None or operation.created_at >= self.since)
            and (options.until is None or operation.created_at < options.until)
        )

    def apply(self, batches: Iterable[Sequence[Operation]]) -> Iterator[Sequence[Operation]]:
        """Yield what passes of each batch, which may be nothing."""
        if self.passes_all:
            yield from batches
        else:
            for batch in batches:
                yield list(filter(self.matches, batch))

    def doubts(self) -> list[str]:
        """Say which statuses and types look misspelled."""
        return [
            *doubt(self.options.statuses, OperationStatus, "a status"),
            *doubt(self.options.types, OperationType, "an operation type"),
        ]


def _is_named(operation: Operation, pattern: str) -> bool:
    return operation.resource_name == pattern or fnmatchcase(operation.resource_name, pattern)
