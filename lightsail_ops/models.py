"""The frozen models: an operation, the location of its resource, and a page of operations.

Example:
    operation = client.get_operations()[0]
    line = json.dumps(operation.to_dict())
    assert Operation.from_dict(json.loads(line)) == operation
"""

# The annotations here are objects: resolved late, one could be what a test had put in its place.

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import overload

import attrs

from lightsail_ops._codec import Codec, in_utc, optional_in_utc
from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType

__all__ = ["Operation", "OperationsPage", "ResourceLocation"]


# mypy takes the type of an argument from a converter that is a function.


def _to_resource_type(value: str) -> ResourceType:
    return ResourceType(value)


def _to_operation_type(value: str) -> OperationType:
    return OperationType(value)


def _to_status(value: str) -> OperationStatus:
    return OperationStatus(value)


def _to_region_name(value: str | None) -> RegionName | None:
    return None if value is None else RegionName(value)


@attrs.frozen(kw_only=True)
class ResourceLocation:
    """The location of a resource (`ResourceLocation` in the Lightsail API reference).

    Example:
        location = ResourceLocation(availability_zone="us-west-2a", region_name="us-west-2")
        assert location.region_name is RegionName.US_WEST_2
    """

    availability_zone: str | None = None
    """A zone such as `us-east-2a`; `all` for a resource of a whole region."""

    region_name: RegionName | None = attrs.field(default=None, converter=_to_region_name)
    """The region; `RegionName.GLOBAL` for a resource that belongs to none."""


@attrs.frozen(kw_only=True)
class Operation:
    """One operation of a Lightsail account (`Operation` in the Lightsail API reference).

    The eight fields without a default are never None. Datetimes are in UTC. The constructor takes
    strings for the enums too.

    Raises:
        TypeError: a timestamp is not a datetime.
        ValueError: a timestamp is outside the years 1 to 9999 in UTC, or an enum's value is not a
            string.

    Example:
        operation = client.get_operations()[0]
        if operation.status is OperationStatus.FAILED:
            print(operation.error_code, operation.error_details)
        elif operation.is_terminal:
            print(operation.duration)
    """

    id: str
    """AWS's id of the operation, a UUID."""

    resource_name: str
    """The name of the resource."""

    resource_type: ResourceType = attrs.field(converter=_to_resource_type)
    """The type of the resource."""

    created_at: datetime = attrs.field(converter=in_utc)
    """When the operation was begun, in UTC."""

    location: ResourceLocation
    """The location of the resource."""

    is_terminal: bool
    """True if the operation has ended, in success or failure."""

    operation_type: OperationType = attrs.field(converter=_to_operation_type)
    """The type of the operation, such as `CreateInstance`."""

    status: OperationStatus = attrs.field(converter=_to_status)
    """The status of the operation."""

    status_changed_at: datetime | None = attrs.field(default=None, converter=optional_in_utc)
    """When the status last changed, in UTC."""

    operation_details: str | None = None
    """Details, such as the name of another resource that takes part."""

    error_code: str | None = None
    """The code of the error, if the operation failed."""

    error_details: str | None = None
    """The description of the error, if the operation failed."""

    def __str__(self) -> str:
        """Return one line for people: time, type, resource, status and, if there is one, error."""
        created_at = self.created_at.replace(tzinfo=None).isoformat(" ", "seconds")
        resource = f"{self.resource_type} {self.resource_name}"
        line = f"{created_at}Z {self.operation_type} of {resource}: {self.status}"
        reasons = ": ".join(filter(None, (self.error_code, self.error_details)))
        return " ".join((f"{line} ({reasons})" if reasons else line).split())

    @property
    def duration(self) -> timedelta | None:
        """The time from creation to the last status change; None until the operation has ended."""
        if not self.is_terminal or self.status_changed_at is None:
            return None
        return self.status_changed_at - self.created_at

    @classmethod
    def from_dict(cls, raw: Mapping[str, object]) -> "Operation":
        """Make an operation of a dict with AWS's keys, as boto3 or `to_dict` returns it.

        Args:
            raw: camelCase keys; a timestamp is a datetime, epoch seconds or an ISO 8601 string.

        Raises:
            ResponseError: a value has the wrong type; the message names its key.
        """
        return _codec.convert(raw)

    def to_dict(self, include_none: bool = False) -> dict[str, object]:
        """Return AWS's keys with values ready for JSON.

        Args:
            include_none: keep the fields that are None, so that every dict has the same keys, as
                the rows of a table need. Defaults to leaving them out, as AWS does.
        """
        return _codec.to_full_dict(self) if include_none else _codec.to_dict(self)


@attrs.frozen(kw_only=True, repr=False)
class OperationsPage(Sequence[Operation]):
    """One page of GetOperations or GetOperationsForResource: a sequence of its operations.

    Example:
        page = client.get_operations()
        newest, count = page[0], len(page)
        if page.next_page_token is not None:
            page = client.get_operations(page.next_page_token)
    """

    operations: tuple[Operation, ...]
    """The operations, in AWS's order."""

    next_page_token: str | None = None
    """The token of the next page; None on the last page."""

    request_id: str | None = attrs.field(default=None, eq=False)
    """AWS's id of the request, for AWS support. It is not part of equality."""

    def __len__(self) -> int:
        return len(self.operations)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    @overload
    def __getitem__(self, index: int) -> Operation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Operation, ...]: ...
    def __getitem__(self, index: int | slice) -> Operation | tuple[Operation, ...]:
        try:
            return self.operations[index]
        except TypeError as error:
            raise TypeError(
                f"a page is a sequence of its operations, not a mapping: {index!r} is not an index."
                " Iterate over the page, or use its attributes operations and next_page_token."
            ) from error

    def __repr__(self) -> str:
        return f"<OperationsPage: {len(self)} operations, next_page_token={self.next_page_token!r}>"


# Smithy's "Client error correction": the value of a required member that a service left out.
_codec = Codec(
    Operation,
    defaults={
        "id": "",
        "resource_name": "",
        "resource_type": ResourceType(""),
        "created_at": datetime.fromtimestamp(0, UTC),
        "location": ResourceLocation(),
        "is_terminal": False,
        "operation_type": OperationType(""),
        "status": OperationStatus(""),
    },
)


read_operation: Callable[[object, str], Operation] = _codec.convert
"""Make an operation of AWS's dict, which was at a path such as `operation.`, for an error."""

read_operations: Callable[[object, str], tuple[Operation, ...]] = _codec.convert_list
"""Make the operations of a list of AWS's dicts, which was at a path such as `operations`."""
