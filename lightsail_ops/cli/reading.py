"""The operations that the options select: read, sorted, and continued where the reading stopped."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from heapq import nlargest
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from lightsail_ops.cli.account import Account
from lightsail_ops.cli.advice import advise_if_interrupted, resume
from lightsail_ops.cli.columns import plain, suggest
from lightsail_ops.cli.errors import CommandError, Description, ExitStatus, describe_all
from lightsail_ops.cli.options import Options
from lightsail_ops.cli.terminal import Progress, Terminal
from lightsail_ops.client import OperationsClient
from lightsail_ops.enums import OperationStatus, OperationType, RegionName
from lightsail_ops.errors import (
    FleetError,
    InvalidInputError,
    LightsailError,
    NotFoundError,
    PaginationError,
    TransportError,
)
from lightsail_ops.models import Operation, OperationsPage

_EXPIRED = "A page token expires after a while: start again without --page-token."
_NO_WAY = "There is no way to continue, since"


class Batch(NamedTuple):
    """A page, and the operations in it that the options select."""

    region: RegionName
    page: OperationsPage
    operations: Sequence[Operation]


class Reading:
    """Operations that are being read, and how many have been read and shown."""

    def __init__(self, account: Account, options: Options) -> None:
        self._clients = account.clients
        self._options = options
        self._pages = 0
        self._read = 0
        self._selected = 0
        self.errors: dict[RegionName, LightsailError] = {}
        """The errors of the regions that failed."""

        self.shown: int = 0
        # The regions with operations that have not been shown, each with the page token to
        # continue from; None stands for the first page.
        self._unread = dict.fromkeys(account.clients, options.page_token)
        # Those that do not know the resource, and of which the whole list is read.
        self._without_resource: set[RegionName] = set()

    def batches(self) -> Iterator[Batch]:
        """Yield the batches. `settle` takes note that one has been shown."""
        since = self._options.since
        for region, page in self._read_pages():
            self._pages += 1
            self._read += len(page)
            operations = select(page.operations, self._options)
            if since is not None:  # the operations of one resource come with older ones
                operations = [each for each in operations if each.created_at >= since]
            self._selected += len(operations)
            yield Batch(region, page, operations)
        for region in self._unread.keys() - self.errors:
            del self._unread[region]

    def read_newest(self, number: int | None) -> list[Operation]:
        """Return the `number` most recent operations, or all in AWS's order.

        Where the lists are newest first, no page is read beyond that.
        """
        found: list[Operation] = []
        missing = dict.fromkeys(self._clients, math.inf if number is None else number)
        for batch in self.batches():
            found += batch.operations
            self.settle(batch)
            # Where one page is in another order, the whole list of the region is read.
            is_usual = _is_newest_first(batch.page.operations)
            missing[batch.region] -= len(batch.operations) if is_usual else -math.inf
            left = self._unread.keys() - self.errors
            if left and all(missing[region] <= 0 for region in left):
                break
        return found if number is None else nlargest(number, found, key=_created)

    def settle(self, batch: Batch) -> None:
        """Take note that a batch has been shown, or need not be."""
        if batch.page.next_page_token is None:
            self._unread.pop(batch.region, None)
        else:
            self._unread[batch.region] = batch.page.next_page_token

    def get_progress(self) -> Progress:
        """Return how far the reading has come, for the status line."""
        if not self._pages:
            return Progress("waiting for Lightsail")
        return Progress(self._so_far, joint="after")

    @property
    def shows_all(self) -> bool:
        """Whether everything that the options select has been read and shown."""
        return not self._unread and self.shown == self._selected

    def summarise(self) -> str:
        """Return how many operations have been read and shown."""
        if self._unread:  # nobody knows of how many
            return f"{count(self.shown, 'operation')}; there are more"
        if self.shown != self._read:
            return f"{self.shown:,} of {self._so_far}"
        return self._so_far

    @property
    def _so_far(self) -> str:
        operations = count(self._read, "operation")
        if len(self._clients) > 1:
            return f"{operations} in {len(self._clients)} regions"
        return f"{operations} in {count(self._pages, 'page')}"

    def _read_pages(self) -> Iterator[tuple[RegionName, OperationsPage]]:
        name = self._options.resource
        if len(self._clients) > 1 and (name is None or _is_pattern(name)):
            from lightsail_ops.fleet import Fleet  # late: most commands need one client

            since = self._options.since
            with Fleet(self._clients).operations(created_after=since) as operations:
                try:
                    for region, page in operations.pages():
                        self.errors = operations.errors
                        yield region, page
                except FleetError as error:
                    self.errors = error.by_key
            return
        for region, client in self._clients.items():
            try:
                for page in self._read_region(region, client):
                    yield region, page
            except LightsailError as error:
                self.errors[region] = error

    def _read_region(
        self, region: RegionName, client: OperationsClient
    ) -> Iterator[OperationsPage]:
        token, name = self._options.page_token, self._options.resource
        if name is not None and not _is_pattern(name):
            pages = client.operations_for_resource(name, token).pages()
            try:
                yield next(pages)
            except NotFoundError:
                if token is not None:
                    raise
                self._without_resource.add(region)  # one that is gone may still have a history
            else:
                yield from pages
                return
        yield from client.operations(token, created_after=self._options.since).pages()

    @contextmanager
    def explain_errors(self, terminal: Terminal, obstacle: str | None = None) -> Generator[None]:
        """Say after a `with` block what failed or was interrupted, and how to continue.

        The obstacle is why it cannot be continued. None: each batch is shown when it comes.
        """
        with advise_if_interrupted(lambda: self._advise(obstacle)):
            yield
        if not self.errors:
            return
        errors = {region: self.errors[region] for region in self._clients if region in self.errors}
        several_regions = len(self._clients) > 1
        descriptions = describe_all(errors, names_regions=several_regions)
        advice = self._advise(obstacle)
        first = next(iter(errors.values()))
        if not several_regions and isinstance(first, InvalidInputError) and first.page_token:
            advice = [_EXPIRED]
            descriptions = [Description(each.message) for each in descriptions]  # AWS knows less
        for each in descriptions:
            terminal.report(*([str(each)] if advice else each))
        are_all = len(errors) == len(self._clients)
        status = ExitStatus.FAILED if are_all else ExitStatus.SOME_REGIONS_FAILED
        raise CommandError("", *advice, status=status)

    def _advise(self, obstacle: str | None) -> list[str]:
        """Return how to continue, or why there is no way to do so."""
        endless = {name for name, each in self.errors.items() if isinstance(each, PaginationError)}
        wrong = {name for name, each in self.errors.items() if _is_of_region(each)}
        unread = {name: self._unread[name] for name in self._unread if name not in endless | wrong}
        commands = list(self._commands(unread))
        if obstacle is None and self._options.limit and len(commands) > 1:
            obstacle = "the limit counts the operations of several regions"
        if obstacle is None:
            repeated = [f"{_NO_WAY} AWS repeats itself: run the command again."] if endless else []
            return [*commands, *repeated]
        if endless or not self.errors or any(each.is_transient for each in self.errors.values()):
            return [f"{_NO_WAY} {obstacle}: run the command again."]
        return [f"{_NO_WAY} {obstacle}."] if self._pages else []

    def _commands(self, unread: Mapping[RegionName, str | None]) -> Iterator[str]:
        """Yield the commands that read what has not been shown of regions, and nothing else.

        Before a page has come there are none: the same command does it.
        """
        limit, resource = self._options.limit, self._options.resource
        if not self._pages or self.shown == limit:
            return
        limit = limit and limit - self.shown
        command = partial(resume, self._options, all_regions=False, limit=limit)
        untouched = tuple(region for region, token in unread.items() if token is None)
        if untouched:
            yield command(regions=untouched)
        for region, token in unread.items():
            if token is not None:
                name = resource
                if resource and region in self._without_resource:
                    # The token is of the whole list, which is read for a pattern.
                    name = f"[{resource[0]}]{resource[1:]}"
                yield command(regions=(region,), page_token=token, resource=name)


def _is_of_region(error: LightsailError) -> bool:
    """Return True if there may be no such region, so that another try is of no use."""
    is_refusal = isinstance(error, InvalidInputError | TransportError) and not error.is_transient
    return is_refusal and error.page_token is None


def count(number: int, noun: str) -> str:
    """Return `1 page` or `2 pages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


# --- Selecting and sorting

_created: Callable[[Operation], datetime] = attrgetter("created_at")
_KEYS: dict[str, Callable[[Operation], Any]] = {
    "created": _created,
    "changed": lambda it: it.status_changed_at or it.created_at,
    "took": lambda it: it.duration or timedelta(),
}


def select(operations: Sequence[Operation], options: Options) -> Sequence[Operation]:
    """Return the operations that the options select.

    `since` is left to the readers of lists and watches: it is about the creation in the one, and
    about the last change in the other.
    """
    if not (options.statuses or options.types or options.resource or options.until):
        return operations
    return [
        operation
        for operation in operations
        if (not options.statuses or _matches_any(options.statuses, operation.status))
        and (not options.types or _matches_any(options.types, operation.operation_type))
        and (options.resource is None or _is_named(operation, options.resource))
        and (options.until is None or operation.created_at < options.until)
    ]


def explain_spelling(options: Options) -> Iterator[str]:
    """Yield advice for each status and type like no known name; it may also be a newer one."""
    for patterns, names, noun in (
        (options.statuses, OperationStatus, "a status"),
        (options.types, OperationType, "an operation type"),
    ):
        for pattern in patterns:
            is_known = any(_matches_any((pattern,), name) for name in names)
            if not is_known and (suggestion := suggest(pattern, names, most=3)):
                yield f"{pattern} is not {noun} that this version knows. {suggestion}"


def sort(operations: Sequence[Operation], by: str | None, *, reverse: bool) -> list[Operation]:
    """Return operations sorted `by` their time of creation or of change, or by their duration.

    None keeps their order, or reverses it.
    """
    if by is None:
        return list(reversed(operations) if reverse else operations)
    ordered = sorted(operations, key=_KEYS[by], reverse=reverse)
    if by == "took":
        ordered.sort(key=lambda it: it.duration is None)  # these come last in either direction
    return ordered


def _is_newest_first(operations: Sequence[Operation]) -> bool:
    """Whether operations come newest first, a few that were overtaken aside."""
    rises = sum(first.created_at < second.created_at for first, second in pairwise(operations))
    return rises * 10 <= len(operations)


def _is_pattern(name: str) -> bool:
    """Whether a name of a resource stands for several names."""
    return any(character in name for character in "*?[")


@lru_cache(maxsize=4096)
def _matches_any(patterns: tuple[str, ...], name: str) -> bool:
    """Whether a name is among the patterns, which may be globs, in any spelling."""
    return any(
        fnmatchcase(name.lower(), pattern.lower()) or fnmatchcase(plain(name), plain(pattern))
        for pattern in patterns
    )


def _is_named(operation: Operation, pattern: str) -> bool:
    return operation.resource_name == pattern or fnmatchcase(operation.resource_name, pattern)
