"""The frozen models: an operation, where its resource lives, and a page of operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import ModuleType
from typing import Any, overload

import attrs

from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType

__all__ = ["Operation", "OperationsPage", "ResourceLocation"]


@cache
def _conversion() -> ModuleType:
    # The conversion stands on these models, so it cannot be imported before they are there.
    from lightsail_ops import _conversion

    return _conversion


@overload
def in_utc(moment: datetime) -> datetime: ...
@overload
def in_utc(moment: None) -> None: ...
def in_utc(moment: datetime | None) -> datetime | None:
    """Return the same moment in UTC; like botocore, take one without a zone to be UTC already."""
    if moment is None or moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


@attrs.frozen(kw_only=True)
class ResourceLocation:
    """Where a resource lives (`ResourceLocation` in the API reference)."""

    availability_zone: str | None = None
    """A zone such as `us-east-2a`; `all` for what belongs to a whole region."""

    region_name: RegionName | None = None
    """The region; `RegionName.GLOBAL` for what belongs to none."""


@attrs.frozen(kw_only=True)
class Operation:
    """One thing that was done in a Lightsail account (`Operation` in the API reference).

    The eight fields without a default are never None. Datetimes are in UTC.
    """

    id: str
    """AWS's id of the operation, a UUID."""

    resource_name: str
    """The name of the resource that was acted on."""

    resource_type: ResourceType
    """The type of that resource."""

    created_at: datetime = attrs.field(converter=in_utc)
    """When the operation was begun, in UTC."""

    location: ResourceLocation
    """Where the resource lives."""

    is_terminal: bool
    """Whether the operation has ended, well or not."""

    operation_type: OperationType
    """What was done."""

    status: OperationStatus
    """How far it has come."""

    status_changed_at: datetime | None = attrs.field(default=None, converter=in_utc)
    """When the status last changed, in UTC."""

    operation_details: str | None = None
    """More about what was done, such as the name of a blueprint or of another resource."""

    error_code: str | None = None
    """Why it failed, as a code."""

    error_details: str | None = None
    """Why it failed, in words."""

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Operation:
        """Make an operation of a dict with AWS's keys, as boto3 or `to_dict` gives it.

        Args:
            raw: camelCase keys; a timestamp is a datetime, epoch seconds or ISO 8601 text.

        Raises:
            ResponseError: a value has the wrong type; the message names its key.
        """
        operation: Operation = _conversion().operation_from_dict(raw)
        return operation

    def to_dict(self) -> dict[str, Any]:
        """Return AWS's keys with values ready for JSON; fields that are None are left out."""
        raw: dict[str, Any] = _conversion().operation_to_dict(self)
        return raw


@attrs.frozen(kw_only=True)
class OperationsPage:
    """One answer of GetOperations; `len(page)` and `iter(page)` are those of its operations."""

    operations: tuple[Operation, ...]
    """The operations, in the order in which AWS sent them."""

    next_page_token: str | None = None
    """What to ask for next; None on the last page."""

    request_id: str | None = attrs.field(default=None, eq=False)
    """AWS's id of the request, for its support; equality leaves it out."""

    def __len__(self) -> int:
        return len(self.operations)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)
