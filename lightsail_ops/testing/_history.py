"""A plausible history of an account, the same each time.

Each story is what happens to one resource, in order; the stories are told in turns, with a new
number each time. Every so often an operation fails, or has not ended yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random
from typing import Any

import attrs

from lightsail_ops.enums import OperationStatus, OperationType, RegionName, ResourceType
from lightsail_ops.models import ResourceLocation

_BEGINNING = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)


@attrs.frozen
class _Story:
    resource_type: ResourceType
    name: str
    operation_types: tuple[OperationType, ...]
    details: str | None = None


_O, _R = OperationType, ResourceType
_STORIES = (
    _Story(
        _R.INSTANCE,
        "web-{}",
        (
            _O.CREATE_INSTANCE,
            _O.OPEN_INSTANCE_PUBLIC_PORTS,
            _O.PUT_INSTANCE_PUBLIC_PORTS,
            _O.ENABLE_ADD_ON,
            _O.REBOOT_INSTANCE,
            OperationType("ResizeInstance"),  # no enum lists it, as it is with what AWS adds
        ),
        "ubuntu_24_04, small_3_0",
    ),
    _Story(_R.STATIC_IP, "address-{}", (_O.ALLOCATE_STATIC_IP, _O.ATTACH_STATIC_IP), "web"),
    _Story(_R.DISK, "data-{}", (_O.CREATE_DISK, _O.ATTACH_DISK, _O.DETACH_DISK), "64 GB"),
    _Story(_R.INSTANCE_SNAPSHOT, "web-{}-nightly", (_O.CREATE_INSTANCE_SNAPSHOT,)),
    _Story(_R.DISK_SNAPSHOT, "data-{}-nightly", (_O.CREATE_DISK_SNAPSHOT,)),
    _Story(_R.DOMAIN, "shop-{}.example.com", (_O.CREATE_DOMAIN, _O.CREATE_DOMAIN_ENTRY)),
    _Story(
        _R.LOAD_BALANCER,
        "front-{}",
        (_O.CREATE_LOAD_BALANCER, _O.ATTACH_INSTANCES_TO_LOAD_BALANCER),
    ),
    _Story(
        _R.LOAD_BALANCER_TLS_CERTIFICATE,
        "front-{}-tls",
        (_O.CREATE_LOAD_BALANCER_TLS_CERTIFICATE, _O.ATTACH_LOAD_BALANCER_TLS_CERTIFICATE),
    ),
    _Story(
        _R.RELATIONAL_DATABASE,
        "orders-{}",
        (
            _O.CREATE_RELATIONAL_DATABASE,
            _O.UPDATE_RELATIONAL_DATABASE_PARAMETERS,
            _O.REBOOT_RELATIONAL_DATABASE,
        ),
        "mysql_8_0, micro_2_0",
    ),
    _Story(
        _R.RELATIONAL_DATABASE_SNAPSHOT,
        "orders-{}-nightly",
        (_O.CREATE_RELATIONAL_DATABASE_SNAPSHOT,),
    ),
    _Story(_R.KEY_PAIR, "deploy-{}", (_O.CREATE_KEY_PAIR,)),
    _Story(_R.PEERED_VPC, "vpc-{}", (_O.PEERED_VPC, _O.UNPEERED_VPC)),
    _Story(
        _R.CONTAINER_SERVICE,
        "api-{}",
        (
            _O.CREATE_CONTAINER_SERVICE,
            _O.REGISTER_CONTAINER_IMAGE,
            _O.CREATE_CONTAINER_SERVICE_DEPLOYMENT,
        ),
    ),
    _Story(_R.BUCKET, "assets-{}", (_O.CREATE_BUCKET, _O.CREATE_BUCKET_ACCESS_KEY)),
    _Story(_R.DISTRIBUTION, "cdn-{}", (_O.CREATE_DISTRIBUTION, _O.RESET_DISTRIBUTION_CACHE)),
    _Story(
        _R.CERTIFICATE, "cdn-{}-tls", (_O.CREATE_CERTIFICATE, _O.ATTACH_CERTIFICATE_TO_DISTRIBUTION)
    ),
    _Story(
        _R.CONTACT_METHOD,
        "on-call-{}",
        (_O.CREATE_CONTACT_METHOD, _O.SEND_CONTACT_METHOD_VERIFICATION),
    ),
    _Story(_R.ALARM, "cpu-high-{}", (_O.PUT_ALARM, _O.TEST_ALARM)),
    _Story(_R.EXPORT_SNAPSHOT_RECORD, "export-{}", (_O.COPY_SNAPSHOT,)),
    _Story(_R.CLOUD_FORMATION_STACK_RECORD, "stack-{}", (_O.CREATE_INSTANCES_FROM_SNAPSHOT,)),
    _Story(_R.SUBDOMAIN, "blog-{}", (_O.CREATE_SUBDOMAIN, _O.UPDATE_SUBDOMAIN_ASSOCIATION)),
    _Story(
        _R.INSTANCE,
        "desktop-{}",
        (
            _O.CREATE_INSTANCE,
            _O.START_GUI_SESSION,
            _O.STOP_GUI_SESSION,
            _O.STOP_INSTANCE,
            _O.DELETE_INSTANCE,
        ),
    ),
)

# Seconds from the beginning of an operation to its end, for what takes long.
_SLOW = {
    _R.CONTAINER_SERVICE: 400,
    _R.DISTRIBUTION: 900,
    _R.RELATIONAL_DATABASE: 800,
    _R.RELATIONAL_DATABASE_SNAPSHOT: 500,
    _R.INSTANCE_SNAPSHOT: 300,
    _R.DISK_SNAPSHOT: 240,
}
# Why an operation failed, by the verb that its type begins with.
_REASONS = {
    "Create": ("LimitExceeded", "The account has as many resources of this type as it may have."),
    "Attach": ("ResourceInUse", "The resource is attached to another one."),
    "Detach": ("InvalidResourceState", "The resource is not attached."),
    "Delete": ("ResourceInUse", "The resource is attached to another one."),
    "Reboot": ("InvalidResourceState", "The resource is still being created."),
    "Resize": ("InvalidResourceState", "The resource must be stopped first."),
}
_NOT_STARTED = OperationStatus.NOT_STARTED
_OTHER_REASON = ("InternalFailure", "The request could not be completed; try again.")


def told(first: int, number: int, region_name: str) -> Iterator[dict[str, Any]]:
    """Yield what to add for a stretch of the history, as arguments of `add_operation`."""
    return islice(_events(region_name), first, first + number)


def _events(region_name: str) -> Iterator[dict[str, Any]]:
    random = Random(20260901)  # noqa: S311 - the same each time is the point
    created_at = _BEGINNING
    steps = (
        (story, story.name.format(turn), operation_type)
        for turn in count(1)
        for story in _STORIES
        for operation_type in story.operation_types
    )
    for index, (story, name, operation_type) in enumerate(steps):  # pragma: no branch - endless
        created_at += timedelta(milliseconds=random.randrange(20_000, 3_600_000))
        status = _status(index)
        took = timedelta(seconds=random.uniform(0.3, 1.6) * _SLOW.get(story.resource_type, 30))
        failed = status is OperationStatus.FAILED
        code, details = _REASONS.get(operation_type[:6], _OTHER_REASON)
        yield {
            "resource_name": name,
            "resource_type": story.resource_type,
            "created_at": created_at,
            "location": _location(story.resource_type, region_name, index),
            "operation_type": operation_type,
            "status": status,
            "status_changed_at": None if status is _NOT_STARTED else created_at + took,
            "operation_details": story.details,
            "error_code": code if failed else None,
            "error_details": details if failed else None,
        }


def _status(index: int) -> OperationStatus:
    if index % 23 == 9:
        return OperationStatus.FAILED
    if index % 100 == 98:
        return OperationStatus.STARTED
    if index % 150 == 149:
        return _NOT_STARTED
    return OperationStatus.COMPLETED if index % 7 == 3 else OperationStatus.SUCCEEDED


def _location(resource_type: ResourceType, region_name: str, index: int) -> ResourceLocation:
    match resource_type:
        case _R.DOMAIN | _R.CERTIFICATE | _R.DISTRIBUTION:
            return ResourceLocation(availability_zone="all", region_name=RegionName.GLOBAL)
        case _R.INSTANCE | _R.DISK | _R.RELATIONAL_DATABASE:
            zone = f"{region_name}{'abc'[index % 3]}"
        case _:
            zone = "all"
    return ResourceLocation(availability_zone=zone, region_name=RegionName(region_name))
