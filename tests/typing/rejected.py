# ruff: noqa: B018 - useless expressions, each with a mistake
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""A user's mistakes, each of which strict type checkers must reject; never run.

`tests/meta/test_typing.py` takes the comments away, and wants an error on each of their lines.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import lightsail_ops
from lightsail_ops import (
    ApiError,
    Fleet,
    FleetError,
    LightsailError,
    Operation,
    OperationsClient,
    OperationsPage,
    OperationStatus,
    OperationType,
    RegionName,
    ResourceLocation,
    ResponseError,
    typed_errors,
)
from lightsail_ops.aio import AsyncFleet, AsyncOperationsClient


class NoClient:
    """It has no get_operations."""


class WrongClient:
    """It returns something else."""

    def get_operations(self, **kwargs: Any) -> int:
        return 0


def clients() -> None:
    OperationsClient()  # type: ignore[call-arg]
    OperationsClient(NoClient())  # type: ignore[arg-type]
    OperationsClient(WrongClient())  # type: ignore[arg-type]
    OperationsClient("lightsail")  # type: ignore[arg-type]
    OperationsClient.from_session("us-west-2")  # type: ignore[arg-type]
    OperationsClient.from_session(None, "us-west-2")  # type: ignore[call-arg]
    OperationsClient.from_session(region_name=5)  # type: ignore[arg-type]
    AsyncOperationsClient(NoClient())  # type: ignore[arg-type]


def reading(client: OperationsClient) -> None:
    client.get_operations(page_token=5)  # type: ignore[arg-type]
    client.get_operations(pageToken="t")  # type: ignore[call-arg]
    client.operations(5)  # type: ignore[arg-type]
    next(client.operations())  # type: ignore[call-overload]
    len(client.operations())  # type: ignore[arg-type]
    client.operations_for_resource()  # type: ignore[call-arg]
    client.get_operation(5)  # type: ignore[arg-type]
    client.wait("id", 60)  # type: ignore[call-arg]
    client.wait("id", timeout="60")  # type: ignore[arg-type]
    client.wait(5)  # type: ignore[arg-type]
    client.wait_all("id")  # a str is an iterable of str, which only the library can tell
    client.wait_all(5)  # type: ignore[arg-type]
    client.wait_all([5])  # type: ignore[list-item]
    client.wait_all(["id"], on_change=5)  # type: ignore[arg-type]
    client.wait_all(["id"], 60)  # type: ignore[call-arg]
    client.wait_all(["id"], on_change=lambda: None)  # type: ignore[arg-type,misc]
    client.watch(since="24h")  # type: ignore[arg-type]
    client.watch(cursor=5)  # type: ignore[arg-type]
    client.watch(5)  # type: ignore[call-arg]
    client.watch().cursor = "x"  # type: ignore[misc]
    client.watch()[0]  # type: ignore[index]
    client.list_operations()  # type: ignore[attr-defined]


def models(operation: Operation, page: OperationsPage) -> None:
    operation.id = "x"  # type: ignore[misc]
    page.operations = ()  # type: ignore[misc]
    operation.location.region_name = None  # type: ignore[misc]
    operation.resourceName  # type: ignore[attr-defined]
    operation["id"]  # type: ignore[index]
    operation.error_code.upper()  # type: ignore[union-attr]
    operation.status_changed_at.isoformat()  # type: ignore[union-attr]
    page["id"]  # type: ignore[call-overload]
    page[0] = operation  # type: ignore[index]
    page.append(operation)  # type: ignore[attr-defined]
    operation.duration.total_seconds()  # type: ignore[union-attr]
    operation.duration = None  # type: ignore[misc]
    page.next_page_token.upper()  # type: ignore[union-attr]
    Operation(id="x")  # type: ignore[call-arg]
    ResourceLocation("us-west-2a")  # type: ignore[call-arg]
    ResourceLocation(region_name=5)  # type: ignore[arg-type]
    OperationsPage(operations=[operation])  # type: ignore[arg-type]
    Operation.from_dict(5)  # type: ignore[arg-type]
    operation.to_dict()["location"]["regionName"]  # type: ignore[index]


def an_operation_by_hand(created_at: datetime | None) -> None:
    Operation(
        id="id",
        resource_name="web-1",
        resource_type=5,  # type: ignore[arg-type]
        created_at=created_at,  # type: ignore[arg-type]
        location=None,  # type: ignore[arg-type]
        is_terminal="yes",  # type: ignore[arg-type]
        operation_type=OperationType.CREATE_INSTANCE,
        status=OperationStatus.STARTED,
        status_changed_at="now",  # type: ignore[arg-type]
    )


def enums(operation: Operation) -> None:
    OperationStatus.BROKEN  # type: ignore[attr-defined]
    status: OperationStatus = "Failed"  # type: ignore[assignment]
    operation_type: OperationType = status  # type: ignore[assignment]
    operation_type.is_known = True  # type: ignore[misc]


def errors(error: LightsailError, api_error: ApiError, fleet_error: FleetError) -> None:
    error.code  # type: ignore[attr-defined]
    api_error.tip.upper()  # type: ignore[union-attr]
    fleet_error.pages_token  # type: ignore[attr-defined]
    error.next_page_token  # type: ignore[attr-defined]
    error.is_transient.upper()  # type: ignore[attr-defined]
    with typed_errors:  # type: ignore[attr-defined]
        pass
    with typed_errors("x"):  # type: ignore[call-arg]
        pass


def a_response_error(error: ResponseError) -> None:
    error.next_page_token.upper()  # type: ignore[union-attr]


def many_sources(client: OperationsClient, other: AsyncOperationsClient) -> None:
    Fleet([client])  # type: ignore[arg-type]
    Fleet({"a": other})  # type: ignore[dict-item]
    Fleet({"a": client}, max_concurrency="4")  # type: ignore[arg-type]
    Fleet({"a": client}, 4)  # type: ignore[call-arg,misc]
    Fleet.from_session(regions=[5])  # type: ignore[list-item]
    fleet = Fleet({"a": client})
    fleet.operations(retry_for="x")  # type: ignore[arg-type]
    fleet.operations(created_after="2026-11-01")  # type: ignore[arg-type]
    fleet.watch(4)  # type: ignore[call-arg]
    fleet.watch(cursors={"a": 5})  # type: ignore[dict-item]
    fleet.watch(on_error=lambda error: None)  # type: ignore[arg-type,misc]
    for region, _ in fleet.operations():
        name: RegionName = region  # type: ignore[assignment]
        name.upper()


async def asynchronous(client: AsyncOperationsClient, other: OperationsClient) -> None:
    await other.get_operations()  # type: ignore[misc]
    client.get_operations().operations  # type: ignore[attr-defined]
    for _ in client.operations():  # type: ignore[attr-defined]
        pass
    async for _ in other.operations():  # type: ignore[attr-defined]
        pass
    await client.operations()  # type: ignore[misc]
    for _ in client.watch():  # type: ignore[attr-defined]
        pass
    with client.watch():  # type: ignore[attr-defined]
        pass
    AsyncFleet({"a": other})  # type: ignore[dict-item]
    async for key, _ in AsyncFleet({"a": client}).operations():
        key.is_known  # type: ignore[attr-defined]


def names_that_the_package_does_not_have() -> None:
    lightsail_ops.OperationClient  # type: ignore[attr-defined]
    lightsail_ops.error  # type: ignore[attr-defined]
