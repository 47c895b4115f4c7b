"""The operations of one account in one region: how they end, and how lists have pages."""

from __future__ import annotations

import base64
import json
import uuid
from bisect import bisect_left, bisect_right, insort
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TypeAlias, TypeVar

import attrs
from moto.moto_api import state_manager
from moto.moto_api._internal.managed_state_model import ManagedState

from lightsail_ops._codec import in_utc
from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import check, check_exists

_PROGRESS_MODEL = "lightsail::operation"  # for moto's state manager
_DEFAULT_PROGRESS = {"progression": "manual", "times": 1}
state_manager.register_default_transition(_PROGRESS_MODEL, _DEFAULT_PROGRESS)

_MILLISECOND = timedelta(milliseconds=1)
_FAR = datetime(9000, 1, 1, tzinfo=UTC)  # operations of later years do not hurry the others
_LAST = datetime(9999, 12, 31, 23, 59, 59, 998_000, tzinfo=UTC)  # that has one after it
_Item = TypeVar("_Item")
# What a list is sorted by: a time, and a number that tells apart what has the same time.
_Key: TypeAlias = tuple[float, int]


@contextmanager
def progress_restored() -> Generator[None]:
    """Undo at the end what was said about how operations progress."""
    progress = state_manager.get_transition(_PROGRESS_MODEL)
    try:
        yield
    finally:
        state_manager.set_transition(_PROGRESS_MODEL, progress)
        if progress == _DEFAULT_PROGRESS:
            state_manager.unset_transition(_PROGRESS_MODEL)


@attrs.frozen
class Outcome:
    """The end of an operation."""

    status: OperationStatus = OperationStatus.SUCCEEDED
    error_code: str | None = None
    error_details: str | None = None


class Change(ManagedState):
    """The work in progress of an operation, or of a pair, which ends together.

    It ends when moto's state manager says so, or after a number of reads of its own.
    """

    def __init__(self, reads: int | None = None, outcome: Outcome | None = None) -> None:
        super().__init__(_PROGRESS_MODEL, [("Started", "ended")])
        self.outcome: Outcome = outcome or Outcome()
        self.ids: list[str] = []
        self._reads = reads

    @property
    def is_due(self) -> bool:
        return self.status == "ended" if self._reads is None else self._tick >= self._reads

    def end(self, outcome: Outcome) -> Outcome:
        """Have the effect on what it acts on, and return how the operations end after all."""
        return outcome


class Operations:
    """The operations of one account in one region."""

    def __init__(self, scope: str) -> None:
        self.by_id: dict[str, Operation] = {}
        self._changes: dict[str, Change] = {}  # those in progress, by the ids of their operations
        self._sorted: list[tuple[_Key, str]] = []
        self._scope = scope
        self._id_prefix = str(uuid.uuid5(uuid.NAMESPACE_URL, scope))[:24]  # the same in each run

    def new_id(self) -> str:
        """Return the id of the next operation, which is the same in each run."""
        return f"{self._id_prefix}{len(self.by_id):012x}"

    def add(self, operation: Operation, change: Change | None = None) -> Operation:
        """Add an operation, and return it; a ValueError says that its id is taken."""
        if operation.id in self.by_id:
            raise ValueError(f"an operation with the id {operation.id!r} exists already")
        insort(self._sorted, ((operation.created_at.timestamp(), len(self.by_id)), operation.id))
        self.by_id[operation.id] = operation
        if change is not None:
            change.ids.append(operation.id)
            self._changes[operation.id] = change
        return operation

    def settle(self) -> None:
        for operation_id, change in list(self._changes.items()):
            if operation_id in self._changes and change.is_due:
                self.end(operation_id)

    def end_all(self) -> None:
        while self._changes:
            self.end(next(iter(self._changes)))

    def end(self, operation_id: str, outcome: Outcome | None = None) -> None:
        """End an operation, and the other one of a pair, by default as was planned."""
        change = self._changes.get(operation_id)
        ids = [operation_id] if change is None else change.ids
        for each in ids:
            self._changes.pop(each, None)
        outcome = outcome or (change.outcome if change else Outcome())
        outcome = outcome if change is None else change.end(outcome)
        for each in ids:
            operation = self.by_id[each]
            before = operation.status_changed_at or operation.created_at
            after = min(before, _LAST) + _MILLISECOND
            self.by_id[each] = attrs.evolve(
                operation,
                **attrs.asdict(outcome),
                is_terminal=True,
                status_changed_at=max(to_milliseconds(datetime.now(UTC)), after),
            )

    def set_created_at(self, operation_id: str, created_at: datetime) -> None:
        """Change when an operation began, and with it its place in the list."""
        operation = self.by_id[operation_id]
        changed_at, shift = operation.status_changed_at, created_at - operation.created_at
        self.by_id[operation_id] = attrs.evolve(
            operation, created_at=created_at, status_changed_at=changed_at and changed_at + shift
        )
        old = next(each for each in self._sorted if each[1] == operation_id)
        self._sorted.remove(old)
        insort(self._sorted, ((created_at.timestamp(), old[0][1]), operation_id))

    @property
    def latest(self) -> datetime | None:
        return self.by_id[self._sorted[-1][1]].created_at if self._sorted else None

    def now(self) -> datetime:
        """Return the time of a new operation, which is later than that of any other."""
        now, latest = to_milliseconds(datetime.now(UTC)), self.latest
        return now if latest is None or latest > _FAR else max(now, latest + _MILLISECOND)

    def read(self, ids: Iterable[str]) -> list[JsonObject]:
        """Return operations as they are sent, and let them progress for the next read."""
        sent = [to_api(self.by_id[each]) for each in ids]
        for change in {self._changes[each] for each in ids if each in self._changes}:
            change.advance()
        return sent

    def get_page(self, request: JsonObject, size: int, order: str) -> JsonObject:
        """Return the response to GetOperations, or to GetOperationsForResource."""
        entries, scope, name = self._sorted, self._scope, request.get("resourceName")
        if name is not None:
            entries = [each for each in entries if self.by_id[each[1]].resource_name == name]
            scope = f"{scope}/{name}"
            check_exists(entries, f"There is no resource {name}.")
        page, next_token = take_page(entries, scope, request.get("pageToken"), size, order)
        return {"operations": self.read(page), "nextPageToken": next_token}


def to_api(operation: Operation) -> JsonObject:
    """Return an operation as it is sent, but for the form of its times."""
    times = {"createdAt": operation.created_at, "statusChangedAt": operation.status_changed_at}
    return operation.to_dict() | times


def to_milliseconds(timestamp: datetime) -> datetime:
    """Return a timestamp in UTC with the precision of the wire; raises as `in_utc` does."""
    timestamp = in_utc(timestamp)
    return timestamp.replace(microsecond=timestamp.microsecond // 1000 * 1000)


def take_page(
    entries: Sequence[tuple[_Key, _Item]],
    scope: str,
    token: str | None,
    size: int,
    order: str = "oldest_first",
) -> tuple[list[_Item], str | None]:
    """Return a page of a list that is sorted by its keys, and the token of the next one.

    A token names the last item of its page, so that items that are added meanwhile shift nothing.
    AWS's error is raised for a token that was not made here for this scope.
    """
    last, by_key = None if token is None else _read_token(token, scope), itemgetter(0)
    if order == "newest_first":
        end = len(entries) if last is None else bisect_left(entries, last, key=by_key)
        page, has_more = entries[max(0, end - size) : end][::-1], end > size
    else:
        start = 0 if last is None else bisect_right(entries, last, key=by_key)
        page, has_more = entries[start : start + size], start + size < len(entries)
    return [item for _, item in page], _make_token(page[-1][0], scope) if has_more else None


def _make_token(key: _Key, scope: str) -> str:
    return base64.b64encode(json.dumps([scope, *key]).encode()).decode()


def _read_token(token: str, scope: str) -> _Key:
    try:
        made_for, seconds, number = json.loads(base64.b64decode(token))
    except (RecursionError, TypeError, ValueError):
        made_for, seconds, number = None, 0.0, 0
    is_right = made_for == scope and isinstance(seconds, float) and isinstance(number, int)
    check(is_right, "The page token is not valid.")
    return seconds, number
