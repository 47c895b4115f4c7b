"""The handle that a test holds: fills Lightsail, steers it, and tells what it was asked."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime, timedelta

import attrs
from moto.core.models import DEFAULT_ACCOUNT_ID

from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
from lightsail_ops.models import Operation, ResourceLocation
from lightsail_ops.testing._backend import (
    LightsailBackend,
    Record,
    lightsail_backends,
    milliseconds,
)
from lightsail_ops.testing._control import ACTIONS, ReceivedRequest, control
from lightsail_ops.testing._failures import LightsailFailureError
from lightsail_ops.testing._history import told

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_BEGINNINGS = (OperationStatus.NOT_STARTED, OperationStatus.STARTED)
_ENDS = (OperationStatus.SUCCEEDED, OperationStatus.COMPLETED, OperationStatus.FAILED)
# What lives in one availability zone; all else belongs to a whole region.
_ZONAL = (
    ResourceType.DISK,
    ResourceType.INSTANCE,
    ResourceType.RELATIONAL_DATABASE,
)


class Lightsail:
    """The embedded Lightsail of this process.

    Accounts and regions are kept apart; a method acts on moto's default account unless told
    otherwise, and on the region `AWS_DEFAULT_REGION`, or else `us-east-1`. Operations are listed
    in the order in which they were added.
    """

    @property
    def page_size(self) -> int:
        """How many operations a page holds, 200 unless set.

        Raises:
            ValueError: it is set to something that is no whole number above 0.
        """
        return control().page_size

    @page_size.setter
    def page_size(self, size: int) -> None:
        _check_count("page_size", size)
        control().page_size = size

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """The requests that were received, the earliest first."""
        return tuple(control().requests)

    def add_operation(  # noqa: PLR0913 - an operation's fields, by name
        self,
        *,
        id: str | None = None,  # noqa: A002 - the name of the field
        resource_name: str = "instance-1",
        resource_type: ResourceType | str = ResourceType.INSTANCE,
        created_at: datetime | None = None,
        location: ResourceLocation | None = None,
        is_terminal: bool | None = None,
        operation_type: OperationType | str = OperationType.CREATE_INSTANCE,
        status: OperationStatus | str | None = None,
        status_changed_at: datetime | None = None,
        operation_details: str | None = None,
        error_code: str | None = None,
        error_details: str | None = None,
        region_name: RegionName | str | None = None,
        account_id: str = DEFAULT_ACCOUNT_ID,
        finishes_after: int | None = None,
    ) -> Operation:
        """Add an operation, and return it as a client will read it.

        Args:
            id: a new one unless given.
            resource_name: the name of the resource.
            resource_type: its type.
            created_at: a minute after the operation before it unless given; what is finer than
                a millisecond is cut off, since the wire does not carry it.
            location: that of the region unless given.
            is_terminal: as the status says unless given.
            operation_type: what was done.
            status: how far it has come; `STARTED` with `finishes_after`, or else `SUCCEEDED`.
            status_changed_at: 20 seconds after `created_at` unless given; none for what has not
                been started.
            operation_details: more about it.
            error_code: why it failed.
            error_details: why it failed, in words.
            region_name: where it is listed; that of the location, or else the default region.
            account_id: whose it is.
            finishes_after: let it succeed once it has been read so often.

        Raises:
            ValueError: the id is taken, the region unknown, or `finishes_after` is below 1 or
                for what has ended already.
        """
        if region_name is None and location is not None:
            region_name = location.region_name
        backend = _backend(account_id, region_name)
        with backend.lock:
            created_at = milliseconds(created_at or _after(backend.latest()))
            kind, state = ResourceType(resource_type), _status(status, finishes_after)
            if status_changed_at is None and state is not OperationStatus.NOT_STARTED:
                status_changed_at = created_at + timedelta(seconds=20)
            operation = Operation(
                id=id or _new_id(backend),
                resource_name=resource_name,
                resource_type=kind,
                created_at=created_at,
                location=location or _location(kind, backend.region_name),
                is_terminal=state in _ENDS if is_terminal is None else is_terminal,
                operation_type=OperationType(operation_type),
                status=state,
                status_changed_at=status_changed_at and milliseconds(status_changed_at),
                operation_details=operation_details,
                error_code=error_code,
                error_details=error_details,
            )
            backend.add(_record(operation, finishes_after))
        return operation

    def add_operations(
        self,
        count: int,
        *,
        region_name: RegionName | str | None = None,
        account_id: str = DEFAULT_ACCOUNT_ID,
    ) -> list[Operation]:
        """Add a plausible history, the same each time, and return it as a client will read it.

        It has all types of resources, all statuses, failures with their reasons, locations with
        the zone `all` and the region `global`, and an operation type that no enum lists. Called
        again, it goes on where it stopped.

        Raises:
            ValueError: the count is below 1, or the region unknown.
        """
        _check_count("count", count)
        backend = _backend(account_id, region_name)
        with backend.lock:
            first = backend.stories_told
            backend.stories_told += count
            return [
                self.add_operation(**event, region_name=backend.region_name, account_id=account_id)
                for event in told(first, count, backend.region_name)
            ]

    def finish(
        self,
        operation_id: str,
        status: OperationStatus | str = OperationStatus.SUCCEEDED,
        *,
        error_code: str | None = None,
        error_details: str | None = None,
    ) -> Operation:
        """End an operation that has been added, and return it as a client will read it.

        Raises:
            ValueError: there is no operation of this id, in any account or region, or the status
                is no end.
        """
        if status in _BEGINNINGS:
            raise ValueError(f"an operation cannot finish with what is no end: {str(status)!r}")
        backend, record = _found(operation_id)
        with backend.lock:
            record.next_operation = None
            record.operation = _finished(
                record.operation, OperationStatus(status), error_code, error_details
            )
            return record.operation

    def fail_next(  # noqa: PLR0913 - an answer's fields, by name
        self,
        code: str,
        times: int = 1,
        *,
        status: int | None = None,
        message: str | None = None,
        docs: str | None = None,
        tip: str | None = None,
        action: str | None = None,
    ) -> None:
        """Answer the next requests with an error. botocore tries some again by itself.

        Args:
            code: one of AWS's, such as `ThrottlingException`.
            times: how many requests.
            status: the HTTP status; AWS's for the code unless given.
            message: what went wrong; AWS's words unless given.
            docs: where AWS documents it.
            tip: what AWS advises.
            action: only requests of this action, such as `GetOperation`; others pass.

        Raises:
            ValueError: `times` is below 1, the status is no error's, or the action is none that
                the embedded Lightsail answers.
        """
        _check_count("times", times)
        if status is not None and status not in range(400, 600):
            raise ValueError(f"status must be an error's, from 400 to 599, not {status!r}")
        if action is not None and action not in ACTIONS:
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}, not {action!r}")
        failure = LightsailFailureError.of(code, message, status=status, docs=docs, tip=tip)
        control().plan(failure, times, action)


def _check_count(name: str, count: object) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} must be a whole number above 0, not {count!r}")


def _status(status: OperationStatus | str | None, finishes_after: int | None) -> OperationStatus:
    if status is not None:
        return OperationStatus(status)
    return OperationStatus.SUCCEEDED if finishes_after is None else OperationStatus.STARTED


def _record(operation: Operation, finishes_after: int | None) -> Record:
    if finishes_after is None:
        return Record(operation)
    _check_count("finishes_after", finishes_after)
    if operation.is_terminal:
        raise ValueError(
            f"finishes_after is not for what has ended already: {str(operation.status)!r}"
        )
    return Record(operation, _finished(operation, OperationStatus.SUCCEEDED), finishes_after)


def _backend(account_id: str, region_name: RegionName | str | None) -> LightsailBackend:
    if region_name in (None, RegionName.GLOBAL):
        region_name = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    regions = lightsail_backends[account_id]
    if str(region_name) not in regions:
        raise ValueError(f"Lightsail is in no region {str(region_name)!r}")
    return regions[str(region_name)]


def _found(operation_id: str) -> tuple[LightsailBackend, Record]:
    for regions in lightsail_backends.values():
        for backend in regions.values():
            if operation_id in backend.records:
                return backend, backend.records[operation_id]
    raise ValueError(f"there is no operation {operation_id!r} to finish; add it first")


def _after(latest: datetime | None) -> datetime:
    return _BEGINNING if latest is None else latest + timedelta(minutes=1)


def _new_id(backend: LightsailBackend) -> str:
    name = f"{backend.account_id}/{backend.region_name}/{len(backend.records)}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))  # the same in each run


def _location(kind: ResourceType, region_name: str) -> ResourceLocation:
    return ResourceLocation(
        availability_zone=f"{region_name}a" if kind in _ZONAL else "all",
        region_name=RegionName(region_name),
    )


def _finished(
    operation: Operation,
    status: OperationStatus,
    error_code: str | None = None,
    error_details: str | None = None,
) -> Operation:
    changed_at = operation.status_changed_at or operation.created_at
    return attrs.evolve(
        operation,
        status=status,
        is_terminal=True,
        status_changed_at=max(milliseconds(datetime.now(UTC)), changed_at + timedelta(seconds=1)),
        error_code=error_code,
        error_details=error_details,
    )
