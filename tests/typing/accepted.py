# pyright: strict
"""A user's program with every public call, as strict type checkers must accept it; never run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing, closing
from datetime import UTC, datetime
from typing import Any, assert_type

import boto3
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import lightsail_ops
from lightsail_ops import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    CredentialsError,
    FleetError,
    InvalidInputError,
    LightsailClient,
    LightsailError,
    NotFoundError,
    Operation,
    OperationFailedError,
    OperationFailureError,
    OperationsClient,
    OperationsPage,
    OperationsPaginator,
    OperationStatus,
    OperationType,
    PaginationError,
    RegionName,
    RegionSetupInProgressError,
    ResourceLocation,
    ResourceType,
    ResponseError,
    ServiceError,
    ThrottlingError,
    TransportError,
    UnauthenticatedError,
    WaitTimeoutError,
    aio,
    operations_across,
    regional_clients,
)
from lightsail_ops.aio import (
    AsyncLightsailClient,
    AsyncOperationsClient,
    AsyncOperationsPaginator,
)

assert_type(lightsail_ops.__version__, str)


class Fake:
    """A client that is written by hand, with just what is needed."""

    def get_operations(self, **kwargs: Any) -> dict[str, Any]:
        return {"operations": []}


class PreciseFake:
    """Another one, with the argument that boto3 documents."""

    def get_operations(self, *, pageToken: str = "", **_: Any) -> Mapping[str, object]:  # noqa: N803
        return {"operations": [pageToken]}


class AsyncFake:
    """One that is awaited."""

    async def get_operations(self, **kwargs: Any) -> dict[str, Any]:
        return {"operations": []}


def clients() -> OperationsClient:
    # boto3's stubs know only those services whose own stubs are installed.
    OperationsClient(boto3.client("lightsail", region_name="us"))  # pyright: ignore[reportUnknownMemberType]
    OperationsClient(boto3.session.Session().client("lightsail"))  # pyright: ignore[reportUnknownMemberType]
    OperationsClient(client=Fake())
    OperationsClient.from_session()
    OperationsClient.from_session(Session(), region_name=RegionName.US_WEST_2)
    fake: LightsailClient = Fake()
    OperationsClient(fake)
    return OperationsClient.from_session(
        session=Session(),
        region_name="us-west-2",
        endpoint_url="http://127.0.0.1:5005",
        config=Config(retries={"mode": "adaptive"}),
    )


def reading(client: OperationsClient) -> None:
    page = client.get_operations()
    assert_type(page, OperationsPage)
    client.get_operations(page.next_page_token)
    client.get_operations(page_token="t")
    assert_type(client.operations(), OperationsPaginator)
    for operation in client.operations(page_token=page.next_page_token):
        assert_type(operation, Operation)
    for one in client.operations().pages():
        assert_type(one, OperationsPage)
    assert_type(iter(client.operations()), Iterator[Operation])
    assert_type(list(client.operations()), list[Operation])
    for operation in client.operations_for_resource("web-1", page_token=None):
        assert_type(operation, Operation)
    assert_type(client.get_operation("id"), Operation)


def waiting_and_watching(client: OperationsClient, operation: Operation) -> None:
    assert_type(client.wait("id"), Operation)
    assert_type(client.wait(operation, timeout=60, poll_interval=0.5), Operation)
    for change in client.watch(poll_interval=1, since=datetime.now(UTC)):
        assert_type(change, Operation)
    with closing(client.watch()) as changes:
        assert_type(next(changes), Operation)


def an_operation(operation: Operation) -> None:
    assert_type(operation.id, str)
    assert_type(operation.resource_name, str)
    assert_type(operation.resource_type, ResourceType)
    assert_type(operation.created_at, datetime)
    assert_type(operation.location, ResourceLocation)
    assert_type(operation.location.availability_zone, str | None)
    assert_type(operation.location.region_name, RegionName | None)
    assert_type(operation.is_terminal, bool)
    assert_type(operation.operation_type, OperationType)
    assert_type(operation.status, OperationStatus)
    assert_type(operation.status_changed_at, datetime | None)
    assert_type(operation.operation_details, str | None)
    assert_type(operation.error_code, str | None)
    assert_type(operation.error_details, str | None)
    assert_type(operation.to_dict(), dict[str, Any])
    assert_type(Operation.from_dict({"id": "x"}), Operation)
    assert_type({operation: 1}, dict[Operation, int])


def a_page(page: OperationsPage) -> None:
    assert_type(page.operations, tuple[Operation, ...])
    assert_type(page.next_page_token, str | None)
    assert_type(page.request_id, str | None)
    assert_type(len(page), int)
    for operation in page:
        assert_type(operation, Operation)


def models_by_hand() -> OperationsPage:
    operation = Operation(
        id="id",
        resource_name="web-1",
        resource_type=ResourceType.INSTANCE,
        created_at=datetime.now(UTC),
        location=ResourceLocation(region_name=RegionName("xx-new-1")),
        is_terminal=False,
        operation_type=OperationType("BrandNew"),
        status=OperationStatus.STARTED,
    )
    return OperationsPage(operations=(operation,))


def enums(status: OperationStatus) -> str:
    assert_type(status.is_known, bool)
    text: str = status.value
    assert_type(OperationStatus(text), OperationStatus)
    assert_type(list(OperationType), list[OperationType])
    if status is OperationStatus.FAILED:
        return status.name
    match status:
        case OperationStatus.STARTED | OperationStatus.NOT_STARTED:
            return "under way"
        case _:
            return status.upper()


def errors(client: OperationsClient) -> str | None:  # noqa: PLR0911
    try:
        client.get_operations()
    except (ServiceError, InvalidInputError, NotFoundError, OperationFailureError) as error:
        assert_type(error.page_token, str | None)
    except (AccessDeniedError, AccountSetupInProgressError, RegionSetupInProgressError) as error:
        return error.tip
    except (UnauthenticatedError, ThrottlingError) as error:
        return error.request_id
    except ApiError as error:
        assert_type(error.code, str)
        assert_type(error.message, str)
        assert_type(error.status_code, int | None)
        assert_type(error.request_id, str | None)
        assert_type(error.docs, str | None)
        assert_type(error.tip, str | None)
        assert_type(error.operation_name, str)
        as_botocores: ClientError = error
        return str(as_botocores)
    except (TransportError, CredentialsError) as error:
        as_base: BotoCoreError = error
        return str(as_base)
    except (ResponseError, PaginationError) as error:
        client.operations(page_token=error.page_token)
    except OperationFailedError as error:
        assert_type(error.operation, Operation)
    except WaitTimeoutError as error:
        assert_type(error.operation, Operation | None)
        as_pythons: TimeoutError = error
        return str(as_pythons)
    except LightsailError as error:
        return error.page_token
    return None


def many_sources(client: OperationsClient) -> None:
    regions = regional_clients()
    assert_type(regions, dict[RegionName, OperationsClient])
    regional_clients(Session(), ["us-west-2", RegionName.EU_WEST_1])
    regional_clients(regions=(name for name in RegionName), config=Config())
    for region, operation in operations_across(regions, max_workers=4):
        assert_type(region, RegionName)
        assert_type(operation, Operation)
    pairs = {("production", RegionName.US_WEST_2): client}
    for pair, operation in operations_across(pairs):
        assert_type(pair, tuple[str, RegionName])
        assert_type(operation, Operation)
    with closing(operations_across({1: client})) as found:
        assert_type(next(found), tuple[int, Operation])
    assert_type(operations_across({1: client}), Generator[tuple[int, Operation], None, None])


def fleets_errors(clients: Mapping[str, OperationsClient]) -> None:
    try:
        list(operations_across(clients))
    except FleetError as error:
        assert_type(error.by_source, dict[Any, LightsailError])
        assert_type(error.exceptions[0].__cause__, BaseException | None)
    try:
        list(operations_across(clients))
    except* AccessDeniedError as denied:
        print(denied.exceptions)


async def asynchronous(operation: Operation) -> None:
    AsyncOperationsClient(boto3.client("lightsail"))  # pyright: ignore[reportUnknownMemberType]
    AsyncOperationsClient(Fake())
    fake: AsyncLightsailClient = AsyncFake()
    client = AsyncOperationsClient(fake)
    assert_type(AsyncOperationsClient.from_session(region_name="x"), AsyncOperationsClient)
    page = await client.get_operations(page_token=None)
    assert_type(page, OperationsPage)
    assert_type(client.operations(), AsyncOperationsPaginator)
    async for one in client.operations(page.next_page_token):
        assert_type(one, Operation)
    async for another_page in client.operations().pages():
        assert_type(another_page, OperationsPage)
    async for one in client.operations_for_resource("web-1", page_token=None):
        assert_type(one, Operation)
    assert_type(await client.get_operation("id"), Operation)
    assert_type(await client.wait(operation, timeout=60, poll_interval=0.5), Operation)
    async with asyncio.timeout(5):
        await client.wait("id")
    async for change in client.watch(poll_interval=1, since=datetime.now(UTC)):
        assert_type(change, Operation)
    async with aclosing(client.watch()) as changes:
        assert_type(await anext(changes), Operation)
    clients = {RegionName.US_WEST_2: client}
    async for region, one in aio.operations_across(clients, max_workers=4):
        assert_type(region, RegionName)
        assert_type(one, Operation)
    async with aclosing(aio.operations_across({("a", 1): client})) as found:
        async for pair, _ in found:
            assert_type(pair, tuple[str, int])


def a_users_own_functions(
    operations: Iterator[Operation],
    more: AsyncIterator[Operation],
    clients: Mapping[str, OperationsClient],
) -> tuple[Iterator[tuple[str, Operation]], Sequence[Operation]]:
    stream: AsyncGenerator[Operation, None] | AsyncIterator[Operation] = more
    print(stream)
    return operations_across(clients), list(operations)
