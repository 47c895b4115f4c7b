"""The operations of one account in one region: how they end, and how lists have pages."""

from __future__ import annotations

import base64
import json
import uuid
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar

import attrs
from moto.moto_api import state_manager
from moto.moto_api._internal.managed_state_model import ManagedState

from lightsail_ops.enums import OperationStatus
from lightsail_ops.models import Operation
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import InvalidInputException, NotFoundException

_PROGRESS_MODEL = "lightsail::operation"  # for moto's state manager
_DEFAULT_PROGRESS = {"progression": "manual", "times": 1}
state_manager.register_default_transition(_PROGRESS_MODEL, _DEFAULT_PROGRESS)

_MILLISECOND = timedelta(milliseconds=1)
_Item = TypeVar("_Item")
# What a list is sorted by: a time, and a number that tells apart what has the same time.
_Key: TypeAlias = tuple[float, int]
_by_key = itemgetter(0)


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
    """The work in progress on a resource or a pair; its operations end together.

    It progresses as moto's state manager says, or after a number of reads of its own.
    """

    def __init__(self, reads: int | None = None, outcome: Outcome | None = None) -> None:
        super().__init__(_PROGRESS_MODEL, [("Started", "ended")])
        self.outcome: Outcome = outcome or Outcome()
        self.records: list[Record] = []
        self._reads = reads

    def settle(self) -> None:
        """End, if it is time to and it has not been done yet."""
        is_time = self.status == "ended" if self._reads is None else self._tick >= self._reads
        if is_time and self.records:
            self.end(self.outcome)

    def end(self, outcome: Outcome) -> None:
        """End all operations of the change."""
        records, self.records = self.records, []
        for record in records:
            record.change = None
            record.end(outcome)


@attrs.define(eq=False)
class Record:
    """An operation as it is now, and the change that will end it."""

    operation: Operation
    change: Change | None = None

    def end(self, outcome: Outcome) -> None:
        """End the operation now."""
        changed_at = self.operation.status_changed_at or self.operation.created_at
        self.operation = attrs.evolve(
            self.operation,
            **attrs.asdict(outcome),
            is_terminal=True,
            status_changed_at=max(to_milliseconds(datetime.now(UTC)), changed_at + _MILLISECOND),
        )


class Operations:
    """The operations of one account in one region."""

    def __init__(self, scope: str) -> None:
        self.by_id: dict[str, Record] = {}
        self._scope = scope
        self._id_prefix = str(uuid.uuid5(uuid.NAMESPACE_URL, scope))[:24]  # the same in each run
        self._all: list[tuple[_Key, Record]] = []
        self._by_resource = defaultdict[str, list[tuple[_Key, Record]]](list)

    def new_id(self) -> str:
        """Return the id of the next operation, which is the same in each run."""
        return f"{self._id_prefix}{len(self.by_id):012x}"

    def add(self, operation: Operation, change: Change | None = None) -> Record:
        """Add an operation; a ValueError says that its id is taken."""
        if operation.id in self.by_id:
            raise ValueError(f"an operation with the id {operation.id!r} exists already")
        record = Record(operation, change)
        if change is not None:
            change.records.append(record)
        entry = ((operation.created_at.timestamp(), len(self.by_id)), record)
        self.by_id[operation.id] = record
        for entries in (self._all, self._by_resource[operation.resource_name]):
            insort(entries, entry, key=_by_key)
        return record

    def end_all(self) -> list[Operation]:
        """End what actions have begun, as they are to end, and return its operations."""
        records = [record for record in self.by_id.values() if record.change is not None]
        for record in records:
            if record.change is not None:  # that of a pair has ended with the other one
                record.change.end(record.change.outcome)
        return [record.operation for record in records]

    def set_created_at(self, operation_id: str, created_at: datetime) -> None:
        """Change when an operation began, and with it its place in the lists."""
        record = self.by_id[operation_id]
        changed_at, shift = (
            record.operation.status_changed_at,
            created_at - record.operation.created_at,
        )
        lists = (self._all, self._by_resource[record.operation.resource_name])
        entry = next(each for each in self._all if each[1] is record)
        for entries in lists:
            entries.remove(entry)
        record.operation = attrs.evolve(
            record.operation,
            created_at=created_at,
            status_changed_at=changed_at and changed_at + shift,
        )
        for entries in lists:
            insort(entries, ((created_at.timestamp(), entry[0][1]), record), key=_by_key)

    @property
    def latest(self) -> datetime | None:
        """The creation of the newest operation."""
        return self._all[-1][1].operation.created_at if self._all else None

    def now(self) -> datetime:
        """Return the time of a new operation, which is later than that of any other."""
        now = to_milliseconds(datetime.now(UTC))
        return now if self.latest is None else max(now, self.latest + _MILLISECOND)

    def get(self, operation_id: str) -> JsonObject:
        """Return the response to GetOperation."""
        if operation_id not in self.by_id:
            raise NotFoundException(f"There is no operation {operation_id}.")
        return {"operation": _read([self.by_id[operation_id]])[0]}

    def get_page(self, request: JsonObject, size: int, order: str) -> JsonObject:
        """Return the response to GetOperations, or to GetOperationsForResource."""
        entries, scope, name = self._all, self._scope, request.get("resourceName")
        if name is not None:
            if name not in self._by_resource:
                raise NotFoundException(f"There is no resource {name}.")
            entries, scope = self._by_resource[name], f"{scope}/{name}"
        page, next_token = take_page(entries, scope, request.get("pageToken"), size, order)
        response: JsonObject = {"operations": _read(page)}
        return response if next_token is None else response | {"nextPageToken": next_token}


def show(records: Sequence[Record]) -> list[JsonObject]:
    """Return operations as they are sent, after ending what has to end."""
    for record in records:
        if record.change is not None:
            record.change.settle()
    return [to_api(record.operation) for record in records]


def _read(records: Sequence[Record]) -> list[JsonObject]:
    """Return operations as they are sent, and let them progress for the next read."""
    sent = show(records)
    for change in {record.change for record in records if record.change is not None}:
        change.advance()
    return sent


def to_api(value: object) -> Any:
    """Return a model of this library under the names that the API has for its fields."""
    model = type(value)
    if not attrs.has(model):
        return value
    words = {field.name: field.name.title().replace("_", "") for field in attrs.fields(model)}
    return {
        word[0].lower() + word[1:]: to_api(getattr(value, name)) for name, word in words.items()
    }


def to_milliseconds(timestamp: datetime) -> datetime:
    """Return a timestamp in UTC with the precision that the wire has."""
    timestamp = timestamp.astimezone(UTC) if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
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
    last = None if token is None else _read_token(token, scope)
    if order == "newest_first":
        end = len(entries) if last is None else bisect_left(entries, last, key=_by_key)
        page, has_more = entries[max(0, end - size) : end][::-1], end > size
    else:
        start = 0 if last is None else bisect_right(entries, last, key=_by_key)
        page, has_more = entries[start : start + size], start + size < len(entries)
    return [item for _, item in page], _make_token(page[-1][0], scope) if has_more else None


def _make_token(key: _Key, scope: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([scope, *key]).encode()).decode()


def _read_token(token: str, scope: str) -> _Key:
    try:
        made_for, seconds, number = json.loads(base64.urlsafe_b64decode(token))
    except (RecursionError, TypeError, ValueError):
        made_for, seconds, number = None, None, None
    if made_for == scope and isinstance(seconds, float) and isinstance(number, int):
        return seconds, number
    raise InvalidInputException("The page token is not valid.")
