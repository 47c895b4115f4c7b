"""Waiting: poll the unfinished operations until all have ended or the timeout expires."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, TypeVar

from lightsail_ops._core.effects import Emit, Request, Runtime, Sleep, Steps, Together
from lightsail_ops._core.fetching import describe_error, fetch, log_retry
from lightsail_ops._core.paging import PageTokens
from lightsail_ops._core.status import State, has_ended, has_succeeded, is_later
from lightsail_ops.errors import (
    AccessDeniedError,
    LightsailError,
    NotFoundError,
    ResponseError,
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
)
from lightsail_ops.models import Operation, OperationsPage, parse_operation, parse_page

_T = TypeVar("_T")

_FIRST_DELAY = 1.0  # seconds
_GROWTH = 1.5
# From so many unfinished operations on, the first page of GetOperations costs less.
_ENOUGH_FOR_A_PAGE = 3
# Seconds in which GetOperation may not know an operation yet that another call has returned.
_UNKNOWN_FOR = 30.0
# Seconds before the timeout at which the last poll goes out.
_LAST_LOOK = 0.5

_LIST = ""  # the name of the list among the fetches, which have operations' ids


class Waiting:
    """A wait for operations.

    Its steps emit each operation when it is first seen, and again at each new status. After they
    have ended, `get_one` and `get_all` return how the operations ended.
    """

    def __init__(
        self,
        operations: Sequence[Operation | str],
        *,
        timeout: float,
        poll_interval: float,
        name: str,
    ) -> None:
        """Begin with what is known; an operation or id may stand there several times."""
        self._ids = [each.id if isinstance(each, Operation) else each for each in operations]
        self._given = [each for each in operations if isinstance(each, Operation)]
        self._seen: dict[str, Operation] = {}
        # What has not ended, with its last state; None: it was not seen yet.
        self._unfinished: dict[str, State | None] = dict.fromkeys(self._ids)
        self._errors: dict[str, LightsailError] = {}  # why the last request for one failed
        self._error: LightsailError | None = None  # the last transient error of a poll
        self._timeout = timeout
        self._poll_interval = poll_interval
        self._name = name
        self._may_list = True
        self._is_list_slow = False
        self._is_listed = True  # False: there may be more to wait for
        # Until when what a response has named need not be known to GetOperation.
        self._new: dict[str, float] = {}
        self._fetches: dict[str, Steps[Any]] = {}  # those that have not ended

    def wait(self, runtime: Runtime) -> Steps[None]:
        """Emit each operation when it is first seen and when it has changed.

        Raises:
            LightsailError: an error that waiting cannot cure.
        """
        started = runtime.get_time()
        self._deadline = started + self._timeout
        last_at = self._deadline - min(_LAST_LOOK, self._timeout / 2)
        longest = min(_FIRST_DELAY, self._poll_interval)
        self._new = dict.fromkeys((each.id for each in self._given), started + _UNKNOWN_FOR)
        yield from self._report((each.id, each) for each in self._given)
        while True:
            now = runtime.get_time()
            is_last = now >= last_at
            delay = longest * (1 - runtime.draw() / 4)
            longest = min(longest * _GROWTH, self._poll_interval)
            # A request that hangs keeps no other operation from its polls.
            until = self._deadline if is_last else min(now + max(delay, _FIRST_DELAY), last_at)
            yield from self._poll(until, runtime)
            if self._is_listed and not self._unfinished:
                return
            if is_last:
                yield Sleep(self._deadline)
                return
            now = runtime.get_time()
            pause = min(delay, last_at - now) if now < until else 0.0
            if self._error is not None:
                log_retry("waiting for operations in", self._name, self._error, pause)
                self._error = None
            yield Sleep(now + pause)

    def get_one(self) -> Operation:
        """Return the only operation.

        Raises:
            WaitFailedError: it ended in another way than as succeeded or completed.
            WaitTimeoutError: it has not ended.
        """
        for error in self._find_errors():
            raise error
        return self._seen[self._ids[0]]

    def get_all(self) -> list[Operation]:
        """Return all operations, in the order in which they were given.

        Raises:
            WaitAllError: some have failed, or have not ended.
        """
        errors = list(self._find_errors())
        if errors:
            ids = list(dict.fromkeys(self._ids))
            raise WaitAllError(
                _describe(errors, len(ids), self._timeout),
                errors,
                [self._seen[each] for each in ids if each in self._seen],
                list(self._unfinished),
            )
        return [self._seen[each] for each in self._ids]

    def _poll(self, until: float, runtime: Runtime) -> Steps[None]:
        """Poll everything once, and emit what is new; raises an error that waiting cannot cure."""
        listed: Mapping[str, Operation] | None = {}
        # The last poll has no time for a page that took long before.
        may_list = self._may_list and not (self._is_list_slow and until >= self._deadline)
        if may_list and len(self._unfinished) >= _ENOUGH_FOR_A_PAGE:
            listed = yield from self._fetch_first_page(until, runtime)
        if listed is not None:
            yield from self._poll_each(listed, until, runtime)

    def _fetch_first_page(
        self, until: float, runtime: Runtime
    ) -> Steps[Mapping[str, Operation] | None]:
        """Return the operations that the first page lists; None if the poll is to end without it.

        A page that hangs keeps no other operation from its polls: the next poll does without it.
        """
        is_late = _LIST in self._fetches
        sent_at = runtime.get_time()
        page: OperationsPage | LightsailError | None
        page = yield from self._fetch_page(sent_at if is_late else until, runtime)
        if is_late and isinstance(page, OperationsPage):  # it tells nothing of this poll
            yield from self._report(
                [(each.id, each) for each in page if each.id in self._unfinished]
            )
            page = yield from self._fetch_page(until, runtime)
        self._is_list_slow = page is None or runtime.get_time() > sent_at + _LAST_LOOK / 2
        if isinstance(page, OperationsPage):
            return {operation.id: operation for operation in page}
        if isinstance(page, AccessDeniedError | ResponseError) and not page.is_transient:
            self._may_list = False  # so that each operation costs a request
            return {}
        self._note_failure(page, self._unfinished)
        return {} if page is None and is_late else None

    def _fetch_page(
        self, until: float, runtime: Runtime
    ) -> Steps[OperationsPage | LightsailError | None]:
        return self._fetch_list(fetch(Request("get_operations"), parse_page, runtime), until)

    def _poll_each(
        self, listed: Mapping[str, Operation], until: float, runtime: Runtime
    ) -> Steps[None]:
        """Send a request for each operation that was not listed, and emit what is new."""
        missing = [each for each in self._unfinished if each not in listed]
        yield from self._report(
            [(each, listed[each]) for each in self._unfinished if each in listed]
        )
        requests = {each: Request("get_operation", {"operationId": each}) for each in missing}
        ended: dict[str, Operation | LightsailError] = yield from self._fetch(
            {name: fetch(each, parse_operation, runtime) for name, each in requests.items()}, until
        )
        yield from self._report(
            (name, each) for name, each in ended.items() if isinstance(each, Operation)
        )
        for operation_id, outcome in ended.items():
            is_new = runtime.get_time() < self._new.get(operation_id, -math.inf)
            if isinstance(outcome, NotFoundError) and is_new:
                self._error = self._errors[operation_id] = outcome
            elif isinstance(outcome, LightsailError):
                self._note_failure(outcome, [operation_id])

    def _fetch_list(self, steps: Steps[_T], until: float) -> Steps[_T | LightsailError | None]:
        """Return the list, or why there is none; None if the response has not come."""
        ended = yield from self._fetch({_LIST: steps}, until)
        return ended.get(_LIST)

    def _fetch(
        self, fetches: Mapping[str, Steps[_T]], until: float
    ) -> Steps[dict[str, _T | LightsailError]]:
        """Fetch by name, unless that is going on; return what has ended when the time comes."""
        if not fetches:
            return {}
        running = {name: self._fetches.get(name, steps) for name, steps in fetches.items()}
        outcomes = yield Together(list(running.values()), until)
        ended = {
            name: outcome
            for name, outcome in zip(running, outcomes, strict=True)
            if outcome is not None
        }
        self._fetches.update(running)
        for name in ended:
            del self._fetches[name]
        return ended

    def _note_failure(self, error: LightsailError | None, operation_ids: Iterable[str]) -> None:
        """Note why a request failed; raises the error if waiting cannot cure it."""
        if error is None:  # the response had not come when the timeout expired
            return
        if not error.is_transient:
            raise error
        self._error = error
        self._errors.update(dict.fromkeys(operation_ids, error))

    def _report(self, operations: Iterable[tuple[str, Operation]]) -> Steps[None]:
        """Note operations as they are now, by the ids in the requests; emit what is new."""
        for operation_id, operation in operations:
            self._errors.pop(operation_id, None)
            before = self._unfinished.get(operation_id)
            is_first = operation_id not in self._seen
            if not is_first and (before is None or not is_later(operation, before)):
                continue
            self._seen[operation_id] = operation
            if has_ended(operation):
                self._unfinished.pop(operation_id, None)
            else:
                self._unfinished[operation_id] = State.of(operation, before)
            yield Emit(operation)

    def _find_errors(self) -> Iterator[WaitFailedError | WaitTimeoutError]:
        for operation_id in dict.fromkeys(self._ids):
            if operation_id in self._unfinished:
                yield self._make_timeout_error(operation_id)
            elif not has_succeeded(self._seen[operation_id]):
                yield WaitFailedError(self._seen[operation_id])

    def _make_timeout_error(self, operation_id: str) -> WaitTimeoutError:
        operation = self._seen.get(operation_id)
        cause = self._errors.get(operation_id)
        seen = _describe_failure(cause) if operation is None else f"last seen as {operation.status}"
        error = WaitTimeoutError(
            f"operation {operation_id} had not ended after {self._timeout:g} seconds; {seen}",
            operation_id,
            operation,
        )
        error.__cause__ = cause
        return error


class ResourceWaiting(Waiting):
    """A wait until a resource has no unfinished operation.

    Its steps emit the operations that had not ended when they were first seen.
    """

    def __init__(
        self, resource_name: str, *, timeout: float, poll_interval: float, name: str
    ) -> None:
        """Begin to wait for a resource; the other arguments are those of `Waiting`."""
        super().__init__([], timeout=timeout, poll_interval=poll_interval, name=name)
        self._resource_name = resource_name
        self._listed: list[Operation] = []
        self._is_listed = False
        self._list_error: LightsailError | None = None

    def get_all(self) -> list[Operation]:
        """Return all operations of the resource, in AWS's order.

        Raises:
            WaitAllError: some that had not ended have failed since, or still have not ended.
            WaitTimeoutError: no response came in time, or one without the ids of what goes on.
        """
        awaited = super().get_all()
        if not self._is_listed:
            seen = "some were listed without an id"
            raise WaitTimeoutError(
                f"the operations of {self._resource_name} had not ended after "
                f"{self._timeout:g} seconds; "
                f"{seen if self._listed else _describe_failure(self._list_error)}",
                "",
                None,
            ) from self._list_error
        listed = {each.id for each in self._listed}
        unlisted = [each for each in awaited if each.id not in listed]  # a replica lags behind
        return [*unlisted, *(self._seen.get(each.id, each) for each in self._listed)]

    def _poll(self, until: float, runtime: Runtime) -> Steps[None]:
        request = Request("get_operations_for_resource", {"resourceName": self._resource_name})
        listed = yield from self._fetch_list(_fetch_all(request, runtime), until)
        if isinstance(listed, NotFoundError) and self._ids:
            listed = []  # the resource has been deleted, which is one of its operations
        elif isinstance(listed, list):
            self._listed = listed
            self._is_listed = all(each.id or has_ended(each) for each in listed)
        else:
            self._list_error = listed or self._list_error
            self._note_failure(listed, self._unfinished)
            return
        by_id = {operation.id: operation for operation in listed if operation.id}
        begun = [
            name for name, each in by_id.items() if name not in self._ids and not has_ended(each)
        ]
        self._ids.extend(begun)
        self._unfinished.update(dict.fromkeys(begun))
        self._new.update(dict.fromkeys(begun, runtime.get_time() + _UNKNOWN_FOR))
        yield from self._poll_each(by_id, until, runtime)


def _fetch_all(request: Request, runtime: Runtime) -> Steps[list[Operation]]:
    """Fetch the operations on all pages."""
    operations: list[Operation] = []
    tokens = PageTokens()
    for number in count(1):
        tokens.use(request.page_token, number)
        page = yield from fetch(request, parse_page, runtime)
        operations.extend(page)
        if page.next_page_token is None:
            break
        request = request.for_page(page.next_page_token)
    return operations


def _describe_failure(error: LightsailError | None) -> str:
    """Return why nothing was seen, for the message of a `WaitTimeoutError`."""
    if error is None:
        return "there was no response"
    return f"the last error was {describe_error(error)}"


def _describe(errors: Sequence[LightsailError], total: int, timeout: float) -> str:
    """Return the message of a `WaitAllError`."""
    failed = sum(isinstance(error, WaitFailedError) for error in errors)
    unfinished = len(errors) - failed
    operations = "operation" if total == 1 else "operations"
    late = f"had not ended after {timeout:g} seconds"
    if not failed:
        return f"{unfinished} of {total} {operations} {late}"
    failures = f"{failed} of {total} {operations} failed"
    return f"{failures}, and {unfinished} {late}" if unfinished else failures
