"""The handle that a test holds: it fills Lightsail, steers it, and shows the requests."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from inspect import formatannotation
from itertools import repeat
from typing import cast

import attrs

from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
from lightsail_ops.models import Operation, ResourceLocation
from lightsail_ops.testing._control import LOCK, ReceivedRequest, control
from lightsail_ops.testing._data import list_operation_types, service_model
from lightsail_ops.testing._operations import Change, Operations, Outcome, to_milliseconds
from lightsail_ops.testing._resources.base import Resource, locate
from lightsail_ops.testing._resources.load_balancers import AnyCertificate
from lightsail_ops.testing.exceptions import AwsError
from lightsail_ops.testing.models import LightsailBackend, get_account_id, lightsail_backends

_FIRST_CREATED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_NOT_ENDED = (OperationStatus.NOT_STARTED, OperationStatus.STARTED)
_ENDED = (OperationStatus.SUCCEEDED, OperationStatus.COMPLETED, OperationStatus.FAILED)
_ORDERS = ("newest_first", "oldest_first")


class Lightsail:
    """The embedded Lightsail of this process.

    Accounts and regions are kept apart. A method's `account_id` defaults to `MOTO_ACCOUNT_ID`, or
    else to moto's default account, and its `region_name` to `AWS_DEFAULT_REGION`, or else to
    `us-east-1`.

    Example:
        with mock_lightsail() as account:
            account.add_operations(450, region_name="us-west-2")
            account.fail_next("ThrottlingException", times=2)
            account.page_size = 50
            print(account.requests)
    """

    def __repr__(self) -> str:
        count = sum(len(backend.operations.by_id) for backend in _backends())
        return f"<Lightsail: {count} operations, {len(self.requests)} requests>"

    @property
    def page_size(self) -> int:
        """The number of items on a page, a whole number above 0. Defaults to 200."""
        return control().page_size

    @page_size.setter
    def page_size(self, size: int) -> None:
        _check_count("page_size", size)
        control().page_size = size

    @property
    def order(self) -> str:
        """The order by `created_at`, `newest_first` (the default) or `oldest_first`."""
        return control().order

    @order.setter
    def order(self, order: str) -> None:
        if order not in _ORDERS:
            raise ValueError(f"order must be one of {', '.join(_ORDERS)}, not {order!r}")
        control().order = order

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """The latest 10,000 requests that were received, the earliest first."""
        return tuple(control().requests)

    def add_operation(  # noqa: PLR0913 - an operation's fields, by name
        self,
        operation_type: OperationType | str = OperationType.CREATE_INSTANCE,
        *,
        id: str | None = None,  # noqa: A002 - the name of the field
        resource_name: str = "instance-1",
        resource_type: ResourceType | str = ResourceType.INSTANCE,
        created_at: datetime | None = None,
        location: ResourceLocation | None = None,
        is_terminal: bool | None = None,
        status: OperationStatus | str | None = None,
        status_changed_at: datetime | None = None,
        operation_details: str | None = None,
        error_code: str | None = None,
        error_details: str | None = None,
        region_name: RegionName | str | None = None,
        account_id: str | None = None,
        finishes_after: int | None = None,
    ) -> Operation:
        """Add an operation, and return it as a client will read it. No resource is created.

        The arguments are the fields of `Operation` and, in which account and region it is listed.
        By default, the id is new, `created_at` is a minute after the newest operation,
        `status_changed_at` is 20 seconds later (None for `NOT_STARTED`, `created_at` for
        `STARTED`), the status is `SUCCEEDED` (`STARTED` with `finishes_after`), and the rest
        follows from these. Times are cut to milliseconds, as on the wire.

        An operation that has not ended stays so until `finish` ends it, or until it has been read
        `finishes_after` times.

        Raises:
            TypeError: an argument has another type than its field.
            ValueError: the id is taken, the region is unknown, a time is outside the years 1 to
                9999, or `finishes_after` is below 1 or given for an operation that has ended.
        """
        if region_name is None and isinstance(location, ResourceLocation):
            region_name = location.region_name
        default = OperationStatus.SUCCEEDED if finishes_after is None else OperationStatus.STARTED
        kind, state = ResourceType(resource_type), OperationStatus(status or default)
        is_terminal = state in _ENDED if is_terminal is None else is_terminal
        if finishes_after is not None:
            _check_count("finishes_after", finishes_after)
            if is_terminal:
                raise ValueError(
                    f"finishes_after needs an operation that has not ended, not {str(state)!r}"
                )
        with _changing():
            backend = _backend(account_id, region_name)
            if created_at is None:
                latest = backend.operations.latest
                created_at = latest + timedelta(minutes=1) if latest else _FIRST_CREATED_AT
            created_at = to_milliseconds(created_at)
            if status_changed_at is None and state is not OperationStatus.NOT_STARTED:
                took = timedelta() if state is OperationStatus.STARTED else timedelta(seconds=20)
                status_changed_at = created_at + took
            operation = Operation(
                id=id or backend.operations.new_id(),
                resource_name=resource_name,
                resource_type=kind,
                created_at=created_at,
                location=location or locate(kind, backend.region_name),
                is_terminal=is_terminal,
                operation_type=OperationType(operation_type),
                status=state,
                status_changed_at=status_changed_at and to_milliseconds(status_changed_at),
                operation_details=operation_details,
                error_code=error_code,
                error_details=error_details,
            )
            _check_types(operation)
            change = None if finishes_after is None else Change(finishes_after)
            return backend.operations.add(operation, change)

    def add_operations(
        self,
        count: int,
        *,
        region_name: RegionName | str | None = None,
        account_id: str | None = None,
        until: datetime | None = None,
    ) -> list[Operation]:
        """Add a plausible history, and return it, the oldest operation first.

        It has all types of resources, all statuses, failures with their reasons, locations with
        the zone `all` and the region `global`, and an operation type that no enum lists. But for
        its times, it is the same in each run. Called again, it continues where it stopped.

        Args:
            count: how many operations.
            region_name: their region. Defaults to AWS_DEFAULT_REGION, or else us-east-1.
            account_id: their account. Defaults to moto's.
            until: when the last of them changed. Defaults to now.

        Raises:
            TypeError: `until` is not a datetime.
            ValueError: the count is below 1, the region is unknown, or the history would begin
                before the year 1.
        """
        _check_count("count", count)
        until = to_milliseconds(datetime.now(UTC) if until is None else until)
        with _changing():
            backend = _backend(account_id, region_name)
            return [
                backend.operations.add(Operation(id=backend.operations.new_id(), **fields))
                for fields in backend.history.take(count, until)
            ]

    def set_created_at(self, name_or_id: str, created_at: datetime) -> None:
        """Change when a resource was created, or when an operation began.

        Args:
            name_or_id: the name of a resource, in whatever account and region it is, or the id of
                an operation.
            created_at: the time. One without a zone is in UTC.

        Raises:
            TypeError: the time is not a datetime.
            ValueError: there is neither such a resource nor such an operation, or the operation
                would end outside the years 1 to 9999.
        """
        created_at = to_milliseconds(created_at)
        with _changing():
            resources = _find_resources(name_or_id)
            for resource in resources:
                resource.created_at = created_at
            if not resources:
                _find_operations(name_or_id).set_created_at(name_or_id, created_at)

    def issue_certificate(self, name: str) -> None:
        """Issue a certificate, as AWS does when its owner has proved that the domain is theirs.

        Args:
            name: the name of a certificate, of a load balancer's too.

        Raises:
            ValueError: no account and region has such a certificate.
        """
        with LOCK:
            found = [each for each in _find_resources(name) if isinstance(each, AnyCertificate)]
            if not found:
                raise ValueError(f"no certificate has the name {name!r}")
            for certificate in found:
                certificate.issue()

    def finish(
        self,
        operation_id: str,
        status: OperationStatus | str = OperationStatus.SUCCEEDED,
        *,
        error_code: str | None = None,
        error_details: str | None = None,
    ) -> Operation:
        """End an operation, and return it as a client will read it.

        What an action has begun has its effect now, or never if it fails. The two operations of a
        pair end together. One that has ended already changes its status alone.

        Args:
            operation_id: its id.
            status: the final status. A string that `OperationStatus` does not list is one, too.
            error_code: the reason of a failure, as a code.
            error_details: the reason of a failure, in words.

        Raises:
            ValueError: no account and region has an operation with this id, or the status is not
                that of an operation that has ended.
        """
        if type(status) not in (str, OperationStatus) or status in _NOT_ENDED:
            raise ValueError(f"an operation that ends cannot have the status {str(status)!r}")
        outcome = Outcome(OperationStatus(status), error_code, error_details)
        with LOCK:
            operations = _find_operations(operation_id)
            operations.end(operation_id, outcome)
            return operations.by_id[operation_id]

    def fail_next(
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
        """Respond to the next requests with an error. botocore retries some errors by itself.

        Args:
            code: one of AWS's, such as `ThrottlingException`.
            times: how many requests.
            status: the HTTP status. Like the following, it defaults to AWS's for the code.
            message: what went wrong.
            docs: where AWS documents it.
            tip: what AWS advises.
            action: only requests of this action, such as `GetOperation`. Defaults to all.

        Raises:
            TypeError: the code is not a str.
            ValueError: `times` is below 1, `status` is not from 400 to 599, or Lightsail has no
                such action.
        """
        _check_string("code", code)
        _check_count("times", times)
        if status is not None and status not in range(400, 600):
            raise ValueError(f"status must be from 400 to 599, not {status!r}")
        if action is not None and action not in service_model().operation_names:
            raise ValueError(f"action must be one of Lightsail's, not {action!r}")
        error = AwsError(code, message, status=status, docs=docs, tip=tip)
        control().errors.append((action, repeat(error, times)))

    def fail_operation(
        self,
        action: str,
        *,
        resource_name: str | None = None,
        error_code: str,
        error_details: str | None = None,
    ) -> None:
        """Let the next operation of a type that an action begins end as Failed, without effect.

        Args:
            action: the operation's type, such as `CreateInstance`, or the action that begins it.
            resource_name: the resource that it acts on. Defaults to any.
            error_code: why it fails.
            error_details: why it fails, in words.

        Raises:
            ValueError: no action begins such operations.
        """
        types = list_operation_types()
        if action not in {*types, *types.values()}:
            raise ValueError(f"action must be one that begins operations, not {action!r}")
        outcome = Outcome(OperationStatus.FAILED, error_code, error_details)
        control().failures.append((types.get(action, action), resource_name, outcome))

    def clear_failures(self) -> None:
        """Take back what `fail_next` and `fail_operation` said, as far as it has not happened."""
        control().errors.clear()
        control().failures.clear()


@contextmanager
def _changing() -> Generator[None]:
    """Hold the lock, and name what is wrong with a time that overflows."""
    try:
        with LOCK:
            yield
    except OverflowError:
        raise ValueError("a time is outside the years 1 to 9999") from None


def _check_types(operation: Operation) -> None:
    for field in attrs.fields(Operation):
        value = getattr(operation, field.name)
        if not isinstance(value, cast("type", field.type)):
            needed = formatannotation(field.type)
            raise TypeError(f"{field.name} must be {needed}, not {type(value).__name__}")


def _check_count(name: str, count: object) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} must be a whole number above 0, not {count!r}")


def _check_string(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {type(value).__name__}")


def _backends() -> list[LightsailBackend]:
    return [backend for regions in lightsail_backends.values() for backend in regions.values()]


def _backend(account_id: str | None, region_name: RegionName | str | None) -> LightsailBackend:
    if region_name in (None, RegionName.GLOBAL):
        region_name = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    regions = lightsail_backends[account_id or get_account_id()]
    if str(region_name) not in regions:
        raise ValueError(f"Lightsail has no region {str(region_name)!r}")
    return regions[str(region_name)]


def _find_operations(operation_id: str) -> Operations:
    for backend in _backends():
        if operation_id in backend.operations.by_id:
            return backend.operations
    raise ValueError(f"no operation has the id {operation_id!r}")


def _find_resources(name: str) -> list[Resource]:
    return [each for backend in _backends() for each in backend.all(Resource) if each.name == name]
