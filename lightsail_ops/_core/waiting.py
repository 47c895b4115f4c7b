"""Waiting: poll the unfinished operations until all have ended or the timeout expires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lightsail_ops._core.effects import Emit, Request, Runtime, Sleep, Steps, run_together
from lightsail_ops._core.fetching import fetch_operation, fetch_page, log_retry
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
from lightsail_ops.models import Operation, OperationsPage

_FIRST_DELAY = 1.0  # seconds
_GROWTH = 1.5
# From so many unfinished operations on, the first page of GetOperations costs less.
_ENOUGH_FOR_A_PAGE = 3
# Seconds in which GetOperation may not know an operation yet that another call has returned.
_UNKNOWN_FOR = 30.0


class _Poll:
    """The times of the polls of a wait."""

    def __init__(self, runtime: Runtime, timeout: float, poll_interval: float, name: str) -> None:
        self.started = runtime.get_time()
        self.deadline = self.started + timeout
        self.error: LightsailError | None = None
        """The last transient error since the last poll."""
        self._runtime = runtime
        self._interval = poll_interval
        self._delay = min(_FIRST_DELAY, poll_interval)
        self._name = name

    def pause(self) -> Steps[bool]:
        """Sleep until the next poll; return False if the timeout expires before."""
        now = self._runtime.get_time()
        delay = self._delay * (1 - self._runtime.draw() / 4)
        if self.error is not None:
            log_retry("waiting for operations in", self._name, self.error, delay)
            self.error = None
        yield Sleep(min(now + delay, self.deadline))
        self._delay = min(self._delay * _GROWTH, self._interval)
        return now + delay < self.deadline


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
        """Begin with what is known.

        Args:
            operations: what to wait for, or ids; one may stand there several times.
            timeout: seconds until the wait ends, counted from the first step.
            poll_interval: seconds between polls, at most.
            name: the client's region, for the log.
        """
        self._ids = [each.id if isinstance(each, Operation) else each for each in operations]
        self._given = [each for each in operations if isinstance(each, Operation)]
        self._seen: dict[str, Operation] = {}
        self._states: dict[str, State] = {}  # of those that have not ended
        self._errors: dict[str, LightsailError] = {}  # why the last request for one failed
        self._timeout = timeout
        self._poll_interval = poll_interval
        self._name = name
        self._may_list = True

    def wait(self, runtime: Runtime) -> Steps[None]:
        """Emit tuples of operations that were first seen or have changed.

        Raises:
            LightsailError: an error that waiting cannot cure.
        """
        poll = _Poll(runtime, self._timeout, self._poll_interval, self._name)
        known = self._note(self._given)
        if known:
            yield Emit(known)
        while True:
            failure = yield from self._poll(poll, runtime)
            if failure is not None:
                raise failure
            if self._has_ended() or not (yield from poll.pause()):
                return

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
                self._list_unfinished(),
            )
        return [self._seen[each] for each in self._ids]

    def _has_ended(self) -> bool:
        """True if there is nothing left to wait for."""
        return not self._list_unfinished()

    def _list_unfinished(self) -> list[str]:
        """Return the ids of what has not ended, each once."""
        return [
            each
            for each in dict.fromkeys(self._ids)
            if each not in self._seen or each in self._states
        ]

    def _poll(self, poll: _Poll, runtime: Runtime) -> Steps[LightsailError | None]:
        """Poll everything once, and emit what is new; return an error that waiting cannot cure."""
        unfinished = self._list_unfinished()
        listed: Mapping[str, Operation] = {}
        if self._may_list and len(unfinished) >= _ENOUGH_FOR_A_PAGE:
            fetching = fetch_page(Request("get_operations"), runtime)
            [page] = yield from run_together([fetching], poll.deadline)
            if isinstance(page, OperationsPage):
                listed = {operation.id: operation for operation in page}
            elif isinstance(page, AccessDeniedError | ResponseError) and not page.is_transient:
                self._may_list = False  # so that each operation costs a request
            else:
                return self._note_failure(page, unfinished, poll)
        return (yield from self._poll_each(unfinished, listed, poll, runtime))

    def _poll_each(
        self,
        unfinished: Sequence[str],
        listed: Mapping[str, Operation],
        poll: _Poll,
        runtime: Runtime,
    ) -> Steps[LightsailError | None]:
        """Send a request for each operation that was not listed, and emit what is new."""
        yield from self._report(listed[each] for each in unfinished if each in listed)
        missing = [each for each in unfinished if each not in listed]
        if not missing:
            return None
        fetches = [fetch_operation(each, runtime) for each in missing]
        outcomes = yield from run_together(fetches, poll.deadline)
        pairs = list(zip(missing, outcomes, strict=True))
        yield from self._report(each for _, each in pairs if isinstance(each, Operation))
        return self._note_errors(pairs, poll, runtime.get_time())

    def _note_failure(
        self, error: LightsailError | None, operation_ids: Iterable[str], poll: _Poll
    ) -> LightsailError | None:
        """Note why a request for operations failed; return an error that ends the wait."""
        if error is None:  # the response had not come when the timeout expired
            return None
        if not error.is_transient:
            return error
        poll.error = error
        self._errors.update(dict.fromkeys(operation_ids, error))
        return None

    def _note_errors(
        self, outcomes: Iterable[tuple[str, object]], poll: _Poll, now: float
    ) -> LightsailError | None:
        """Note the requests that failed; return an error that ends the wait."""
        given = {each.id for each in self._given}
        for operation_id, outcome in outcomes:
            if not isinstance(outcome, LightsailError):
                continue
            may_be_new = operation_id in given and now < poll.started + _UNKNOWN_FOR
            if may_be_new and isinstance(outcome, NotFoundError):
                self._errors[operation_id] = outcome
            elif (failure := self._note_failure(outcome, [operation_id], poll)) is not None:
                return failure
        return None

    def _report(self, operations: Iterable[Operation]) -> Steps[None]:
        changed = self._note(operations)
        if changed:
            yield Emit(changed)

    def _note(self, operations: Iterable[Operation]) -> tuple[Operation, ...]:
        """Note operations as they are now, and return those that have changed."""
        changed: list[Operation] = []
        for operation in operations:
            self._errors.pop(operation.id, None)
            before = self._states.get(operation.id)
            is_first = operation.id not in self._seen
            if not is_first and (before is None or not is_later(operation, before)):
                continue
            self._seen[operation.id] = operation
            if has_ended(operation):
                self._states.pop(operation.id, None)
            else:
                self._states[operation.id] = State.of(operation, before)
            changed.append(operation)
        return tuple(changed)

    def _find_errors(self) -> Iterator[WaitFailedError | WaitTimeoutError]:
        unfinished = set(self._list_unfinished())
        for operation_id in dict.fromkeys(self._ids):
            if operation_id in unfinished:
                yield self._make_timeout_error(operation_id)
            elif not has_succeeded(self._seen[operation_id]):
                yield WaitFailedError(self._seen[operation_id])

    def _make_timeout_error(self, operation_id: str) -> WaitTimeoutError:
        operation = self._seen.get(operation_id)
        seen = "there was no response" if operation is None else f"last seen as {operation.status}"
        error = WaitTimeoutError(
            f"operation {operation_id} had not ended after {self._timeout:g} seconds; {seen}",
            operation_id,
            operation,
        )
        error.__cause__ = self._errors.get(operation_id)
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
        self._listed: list[Operation] | None = None
        self._error: LightsailError | None = None

    def get_all(self) -> list[Operation]:
        """Return all operations of the resource, in AWS's order.

        Raises:
            WaitAllError: some that had not ended have failed since, or still have not ended.
            WaitTimeoutError: no response came in time.
        """
        super().get_all()
        if self._listed is None:
            raise WaitTimeoutError(
                f"no list of the operations of {self._resource_name} came within "
                f"{self._timeout:g} seconds",
                "",
                None,
            ) from self._error
        return [self._seen.get(each.id, each) for each in self._listed]

    def _has_ended(self) -> bool:
        return self._listed is not None and super()._has_ended()

    def _poll(self, poll: _Poll, runtime: Runtime) -> Steps[LightsailError | None]:
        request = Request("get_operations_for_resource", {"resourceName": self._resource_name})
        [listed] = yield from run_together([_fetch_all(request, runtime)], poll.deadline)
        if isinstance(listed, NotFoundError) and self._ids:
            listed = []  # the resource has been deleted, which is one of its operations
        elif not isinstance(listed, list):
            self._error = listed or self._error
            return self._note_failure(listed, self._list_unfinished(), poll)
        else:
            self._listed = listed
        self._ids.extend(each.id for each in listed if not has_ended(each))
        by_id = {operation.id: operation for operation in listed}
        return (yield from self._poll_each(self._list_unfinished(), by_id, poll, runtime))


def _fetch_all(request: Request, runtime: Runtime) -> Steps[list[Operation]]:
    """Fetch the operations on all pages."""
    operations: list[Operation] = []
    tokens = PageTokens()
    while True:
        tokens.use(request.page_token)
        page = yield from fetch_page(request, runtime)
        operations.extend(page)
        if page.next_page_token is None:
            return operations
        request = request.for_page(page.next_page_token)


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
