# pyright: strict
"""A user's program with every public call, as strict type checkers must accept it; never run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
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
    BotocoreConfig,
    CredentialsError,
    Fleet,
    FleetError,
    FleetOperations,
    FleetWatch,
    InvalidInputError,
    LightsailClient,
    LightsailError,
    NotFoundError,
    Operation,
    OperationFailureError,
    OperationsClient,
    OperationsLike,
    OperationsPage,
    OperationsPaginator,
    OperationStatus,
    OperationsWatch,
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
    WaitAllError,
    WaitFailedError,
    WaitTimeoutError,
    WatchHealth,
    typed_errors,
)
from lightsail_ops.aio import (
    AsyncFleet,
    AsyncFleetOperations,
    AsyncFleetWatch,
    AsyncLightsailClient,
    AsyncOperationsClient,
    AsyncOperationsPaginator,
    AsyncOperationsWatch,
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


class CompleteFake:
    """One with each method that the library can call."""

    def get_operation(self, *, operationId: str) -> Mapping[str, object]:  # noqa: N803
        return {"operation": {"id": operationId}}

    def get_operations(self, *, pageToken: str | None = None) -> dict[str, object]:  # noqa: N803
        return {"operations": [], "nextPageToken": pageToken}

    def get_operations_for_resource(
        self,
        *,
        resourceName: str,  # noqa: N803
        pageToken: str = "",  # noqa: N803
    ) -> dict[str, list[str]]:
        return {"operations": [resourceName, pageToken]}


class AsyncFake:
    """One that is awaited."""

    async def get_operations(self, **kwargs: Any) -> dict[str, Any]:
        return {"operations": []}


def clients() -> OperationsClient:
    # boto3's stubs know only those services whose own stubs are installed.
    OperationsClient(boto3.client("lightsail", region_name="us"))  # pyright: ignore[reportUnknownMemberType]
    OperationsClient(boto3.session.Session().client("lightsail"))  # pyright: ignore[reportUnknownMemberType]
    OperationsClient(client=Fake())
    OperationsClient(PreciseFake())
    OperationsClient(CompleteFake())
    untyped: Any = SimpleNamespace(get_operations=print)
    OperationsClient(untyped)
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
    client.operations(created_after=datetime.now(UTC), retry_for=600)
    for operation in client.operations_for_resource("web-1", page_token=None, retry_for=1.5):
        assert_type(operation, Operation)
    assert_type(client.get_operation("id"), Operation)


def waiting_and_watching(client: OperationsClient, operation: Operation) -> None:
    assert_type(client.wait("id"), Operation)
    assert_type(client.wait(operation, timeout=60, poll_interval=0.5), Operation)
    client.wait(operation, on_change=print_change)
    assert_type(client.wait_for_resource("web-1", timeout=60, on_change=print), list[Operation])
    for change in client.watch(poll_interval=1, since=datetime.now(UTC)):
        assert_type(change, Operation)
    with client.watch(cursor=None) as changes:
        assert_type(changes, OperationsWatch)
        assert_type(next(changes), Operation)
        assert_type(changes.cursor, str)
        assert_type(changes.next_change(timeout=0.5), Operation | None)
        assert_type(changes.health, WatchHealth)
        assert_type(changes.health.last_success, datetime | None)
        assert_type(changes.health.error, LightsailError | None)
        assert_type(changes.health.failures, int)
    with closing(client.watch(cursor="x")) as closed:
        assert_type(closed, OperationsWatch)


def print_change(operation: Operation) -> None:
    print(operation)


def waiting_for_all(client: OperationsClient, page: OperationsPage, one: Operation) -> None:
    response = {"operations": [{"id": "x"}], "ResponseMetadata": {"HTTPStatusCode": 200}}
    assert_type(client.wait_all(response), list[Operation])
    client.wait_all({"operation": {"id": "x"}})
    client.wait_all(page, timeout=60, poll_interval=0.5)
    client.wait_all(["id-1", one, {"id": "x"}], on_change=print)
    client.wait_all(iter([one]), on_change=print_change)
    client.wait_all([each.id for each in page], on_change=lambda operation: operation.id)
    client.wait_all({"a": one}.values(), on_change=None)
    whatever: OperationsLike = [one, "id-2"]
    client.wait_all(whatever)
    try:
        client.wait_all(page)
    except WaitAllError as error:
        assert_type(error.operations, list[Operation])
        assert_type(error.unfinished, list[str])
        assert_type(error.exceptions[0].__cause__, BaseException | None)
    try:
        client.wait_all(page)
    except* WaitFailedError as failed:
        print(failed.exceptions)


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
    assert_type(operation.duration, timedelta | None)
    assert_type(operation.to_dict(), dict[str, object])
    assert_type(str(operation), str)
    assert_type(Operation.from_dict({"id": "x"}), Operation)
    assert_type({operation: 1}, dict[Operation, int])


def a_page(page: OperationsPage) -> None:
    assert_type(page.operations, tuple[Operation, ...])
    assert_type(page.next_page_token, str | None)
    assert_type(page.request_id, str | None)
    assert_type(len(page), int)
    for operation in page:
        assert_type(operation, Operation)
    assert_type(page[0], Operation)
    assert_type(page[1:], tuple[Operation, ...])
    assert_type(list(reversed(page)), list[Operation])
    assert_type(page.index(page[0]), int)
    assert_type(page[0] in page, bool)
    sequence: Sequence[Operation] = page
    match page:
        case [first, *_]:
            print(first.id)
        case _:
            print(len(sequence))


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
        status_changed_at=None,
    )
    described = Operation(
        id="id",
        resource_name="web-1",
        resource_type="Instance",
        created_at=datetime.now(UTC),
        location=ResourceLocation(region_name="us-west-2"),
        is_terminal=False,
        operation_type="CreateInstance",
        status="Failed",
    )
    assert_type(described.status, OperationStatus)
    assert_type(described.to_dict(include_none=True), dict[str, object])
    return OperationsPage(operations=(operation, described))


def enums(status: OperationStatus) -> str:
    assert_type(status.is_known, bool)
    string: str = status.value
    assert_type(OperationStatus(string), OperationStatus)
    assert_type(list(OperationType), list[OperationType])
    if status is OperationStatus.FAILED:
        return status.name
    match status:
        case OperationStatus.STARTED | OperationStatus.NOT_STARTED:
            return "unfinished"
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
    except WaitFailedError as error:
        assert_type(error.operation, Operation)
        assert_type(error.operation_id, str)
    except WaitTimeoutError as error:
        assert_type(error.operation_id, str)
        assert_type(error.operation, Operation | None)
        as_pythons: TimeoutError = error
        return str(as_pythons)
    except LightsailError as error:
        assert_type(error.is_transient, bool)
        return error.page_token
    return None


def resuming(client: OperationsClient, error: ResponseError) -> OperationsPaginator:
    assert_type(error.next_page_token, str | None)
    return client.operations(page_token=error.next_page_token)


def errors_of_other_calls(lightsail: Any) -> None:
    with typed_errors():
        lightsail.create_instances(instanceNames=["web-1"])


def a_fleet(client: OperationsClient, config: BotocoreConfig) -> None:
    fleet = Fleet.from_session()
    assert_type(fleet, Fleet[RegionName])
    assert_type(fleet[RegionName.US_WEST_2], OperationsClient)
    assert_type(len(fleet), int)
    Fleet.from_session(Session(), ["us-west-2", RegionName.EU_WEST_1], max_concurrency=4)
    Fleet.from_session(regions=(name for name in RegionName), config=config)
    for region, operation in fleet.operations(created_after=datetime.now(UTC), retry_for=60):
        assert_type(region, RegionName)
        assert_type(operation, Operation)
    pairs = Fleet({("production", RegionName.US_WEST_2): client}, max_concurrency=4)
    for pair, operation in pairs.operations():
        assert_type(pair, tuple[str, RegionName])
        assert_type(operation, Operation)
    with Fleet({1: client}).operations() as found:
        assert_type(found, FleetOperations[int])
        assert_type(next(found), tuple[int, Operation])
        assert_type(found.pages(), Iterator[tuple[int, OperationsPage]])
    iterator: Iterator[tuple[int, Operation]] = Fleet({1: client}).operations()
    assert_type(next(iterator), tuple[int, Operation])
    clients: Mapping[RegionName, OperationsClient] = fleet
    print(clients)


def on_error(region: RegionName, error: LightsailError) -> None:
    print(region.value, error.is_transient)


def watching_a_fleet(fleet: Fleet[RegionName], cursors: dict[RegionName, str]) -> None:
    with fleet.watch(poll_interval=1, cursors=cursors) as changes:
        assert_type(changes, FleetWatch[RegionName])
        for region, operation in changes:
            assert_type(region, RegionName)
            assert_type(operation, Operation)
            assert_type(changes.cursors, dict[RegionName, str])
        assert_type(changes.next_change(timeout=5), tuple[RegionName, Operation] | None)
        assert_type(changes.health, dict[RegionName, WatchHealth])
    fleet.watch(since=datetime.now(UTC), on_error=on_error)
    fleet.watch(on_error=lambda key, error: print(key.upper(), error.page_token))


def fleets_errors(fleet: Fleet[str]) -> None:
    try:
        list(fleet.operations())
    except FleetError as error:
        assert_type(error.by_key, dict[Any, LightsailError])
        assert_type(error.exceptions[0].__cause__, BaseException | None)
    try:
        list(fleet.operations())
    except* AccessDeniedError as denied:
        print(denied.exceptions)


async def notify(operation: Operation) -> None:
    print(operation)


async def asynchronous_fleet(cursors: dict[RegionName, str]) -> None:
    fleet = AsyncFleet.from_session(regions=["us-west-2"])
    assert_type(fleet, AsyncFleet[RegionName])
    async with fleet.watch(cursors=cursors) as changes:
        assert_type(changes, AsyncFleetWatch[RegionName])
        async for region, operation in changes:
            assert_type(region, RegionName)
            assert_type(operation, Operation)
        assert_type(changes.cursors, dict[RegionName, str])
        assert_type(changes.health, dict[RegionName, WatchHealth])
    async for region, page in fleet.operations().pages():
        assert_type(region, RegionName)
        assert_type(page, OperationsPage)


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
    async with client.watch(cursor="x") as changes:
        assert_type(changes, AsyncOperationsWatch)
        assert_type(await anext(changes), Operation)
        assert_type(changes.cursor, str)
    async with aclosing(client.watch()) as changes:
        assert_type(await anext(changes), Operation)
    assert_type(await client.wait_all(page, on_change=print), list[Operation])
    await client.wait_all([operation, "id", {"id": "x"}], on_change=notify)
    assert_type(await client.wait_for_resource("web-1"), list[Operation])
    fleet = AsyncFleet({RegionName.US_WEST_2: client}, max_concurrency=4)
    async for region, one in fleet.operations(retry_for=60):
        assert_type(region, RegionName)
        assert_type(one, Operation)
    async with AsyncFleet({("a", 1): client}).operations() as found:
        assert_type(found, AsyncFleetOperations[tuple[str, int]])
        async for pair, _ in found:
            assert_type(pair, tuple[str, int])
    async with client:
        await client.aclose()


def a_users_own_functions(
    operations: Iterator[Operation],
    more: AsyncIterator[Operation],
    fleet: Fleet[str],
) -> tuple[Iterator[tuple[str, Operation]], Sequence[Operation]]:
    stream: AsyncGenerator[Operation, None] | AsyncIterator[Operation] = more
    print(stream)
    return fleet.operations(), list(operations)


class Named(OperationsClient):
    """A user's subclass."""

    name = "production"


def a_users_subclass(region_name: str) -> str:
    with Named.from_session(region_name=region_name) as client:
        return client.name


def modules_without_an_import_of_their_own(error: Exception) -> None:
    if isinstance(error, lightsail_ops.errors.ApiError):
        assert_type(error.code, str)
    assert_type(lightsail_ops.models.Operation.from_dict({}), Operation)
    assert_type(lightsail_ops.enums.RegionName("us-west-2"), RegionName)
    assert_type(lightsail_ops.client.OperationsClient.from_session(), OperationsClient)
    assert_type(lightsail_ops.fleet.Fleet.from_session(), Fleet[RegionName])
    print(lightsail_ops.paginator.OperationsPaginator.pages, lightsail_ops.watch.WatchHealth.error)
    print(lightsail_ops.aio.AsyncFleet.from_session(), lightsail_ops.__version__)
