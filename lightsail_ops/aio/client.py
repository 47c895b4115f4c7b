# Derived from lightsail_ops/client.py by .ci/derive_aio.py: change that file.
"""The client for asyncio: a Lightsail client with typed operations.

Example:
    lightsail = boto3.client("lightsail", region_name="us-west-2")
    client = AsyncOperationsClient(lightsail)
    response = lightsail.reboot_instance(instanceName="web-1")
    for operation in await client.wait_all(response):
        print(operation)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar

# The package imports the paginator and the watch when they are first used: a program that reads one
# page needs neither. So type hints can be resolved.
import lightsail_ops
from lightsail_ops._botocore.session import BotocoreConfig, Session, build_client
from lightsail_ops._core.effects import Request
from lightsail_ops._core.fetching import fetch
from lightsail_ops._inputs import (
    OperationsLike,
    check_string,
    make_listing,
    make_request,
    make_waiting,
    make_watching,
    read_operation_or_id,
    read_operations,
)
from lightsail_ops._io.asynchronous import AsyncSender, run, run_wait
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops.models import Operation, OperationsPage, parse_operation, parse_page

__all__ = [
    "AsyncLightsailClient",
    "AsyncOperationsClient",
    "BotocoreConfig",
    "OperationsLike",
    "Session",
]

_C = TypeVar("_C", bound="AsyncOperationsClient")


class AsyncLightsailClient(Protocol):
    """The client that an `AsyncOperationsClient` wraps: boto3's Lightsail client, or a fake.

    `get_operation`, `wait` and `wait_all` also call its method `get_operation`;
    `operations_for_resource` and `wait_for_resource` call `get_operations_for_resource`, and the
    second one also `get_operation`, for what is not listed any more.

    Example:
        class Fake:
            async def get_operations(self, **kwargs: Any) -> dict[str, Any]:
                return {"operations": [{"id": "1", "status": "Failed"}]}

        page = await AsyncOperationsClient(Fake()).get_operations()
    """

    # Any: the stubs of boto3 give their own types to the arguments and the response.
    def get_operations(self, *args: Any, **kwargs: Any) -> Any:
        """Return what boto3 does, at once or when awaited."""
        ...


class AsyncOperationsClient:
    """Reads the operations of one Lightsail account in one region.

    It keeps no state of its own, so one client serves many tasks. Its methods
    raise `LightsailError`s, whose `page_token` says where to resume.

    Example:
        client = AsyncOperationsClient.from_session(region_name="us-west-2")
        page = await client.get_operations()
        yesterday = datetime.now(UTC) - timedelta(days=1)
        async for operation in client.operations(created_after=yesterday, retry_for=600):
            print(operation)
    """

    def __init__(self, client: AsyncLightsailClient) -> None:
        """Wrap a client. Other users of it see no difference.

        Args:
            client: what `boto3.client("lightsail")` returns, a client of aiobotocore, or an object
                with the same methods.

        Raises:
            TypeError: it has no method `get_operations`.
        """
        self._client = client
        self._sender = AsyncSender(client)
        self._is_owner = False

    @classmethod
    def from_session(
        cls,
        session: Session | None = None,
        *,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        config: BotocoreConfig | None = None,
    ) -> Self:
        """Build the boto3 client too.

        Args:
            session: a boto3 or botocore session. Defaults to boto3's default session, or a new one.
            region_name: such as `us-west-2`. Defaults to the session's region.
            endpoint_url: where to send the requests, for tests. Defaults to AWS's endpoint.
            config: a botocore Config. The retry mode defaults to `standard`, unless the variable
                AWS_RETRY_MODE or the profile names another.

        Raises:
            CredentialsError: no region is set, or this machine's configuration is not usable.
            TypeError: an argument has the wrong type.
            ValueError: the endpoint URL has no scheme or no host.
        """
        return own(cls(build_client(session, region_name, endpoint_url, config)))

    @property
    def client(self) -> AsyncLightsailClient:
        """The wrapped client."""
        return self._client

    async def aclose(self) -> None:
        """Close the connections, if `from_session` has built the client."""
        if self._is_owner:
            self._sender.close()

    async def get_operations(self, page_token: str | None = None) -> OperationsPage:
        """Fetch one page, with one request (GetOperations).

        A page whose body is malformed is fetched again, twice at most.

        Args:
            page_token: the `next_page_token` of another page. Defaults to the first page.

        Raises:
            InvalidInputError: AWS rejects the page token.
            LightsailError: the request failed in another way.
            TypeError: the page token is not a string.
        """
        return await run(fetch(make_request(page_token), parse_page, RUNTIME), self._sender)

    def operations(
        self,
        page_token: str | None = None,
        *,
        created_after: datetime | None = None,
        retry_for: float = 0.0,
    ) -> lightsail_ops.aio.AsyncOperationsPaginator:
        """Return all operations from a page on, to be read lazily (GetOperations).

        Args:
            page_token: the `next_page_token` of a page. Defaults to the first page.
            created_after: leave out what was created before; it must have a time zone. Where the
                list is newest first, reading stops soon after the last one that is wanted.
            retry_for: for how many seconds transient errors of one page are retried.

        Raises:
            LightsailError: while iterating; `page_token` says where to resume.
            TypeError: an argument has the wrong type.
            ValueError: `created_after` has no time zone, or `retry_for` is below 0 or not finite.
        """
        from lightsail_ops.aio.paginator import AsyncOperationsPaginator

        request = make_request(page_token)
        listing = make_listing(request, created_after, retry_for, self._sender.name)
        return AsyncOperationsPaginator(self._sender, listing)

    def operations_for_resource(
        self, resource_name: str, page_token: str | None = None, *, retry_for: float = 0.0
    ) -> lightsail_ops.aio.AsyncOperationsPaginator:
        """Return the operations of one resource, to be read lazily (GetOperationsForResource).

        Args:
            resource_name: the resource's name, which is unique in its region.
            page_token: the `next_page_token` of a page. Defaults to the first page.
            retry_for: for how many seconds transient errors of one page are retried.

        Raises:
            NotFoundError: while iterating: there is no such resource.
            LightsailError: while iterating; `page_token` says where to resume.
            TypeError: an argument has the wrong type.
            ValueError: the name is empty, or `retry_for` is below 0 or not finite.
        """
        from lightsail_ops.aio.paginator import AsyncOperationsPaginator

        check_string("resource_name", resource_name)
        request = make_request(page_token, resource_name)
        listing = make_listing(request, None, retry_for, self._sender.name)
        return AsyncOperationsPaginator(self._sender, listing)

    async def get_operation(self, operation_id: str) -> Operation:
        """Fetch one operation, with one request (GetOperation).

        Args:
            operation_id: AWS's id of the operation.

        Raises:
            NotFoundError: there is no such operation.
            LightsailError: the request failed in another way.
            TypeError: the id is not a string.
            ValueError: the id is empty.
        """
        check_string("operation_id", operation_id)
        request = Request("get_operation", {"operationId": operation_id})
        return await run(fetch(request, parse_operation, RUNTIME), self._sender)

    async def wait(
        self,
        operation_or_id: Operation | str,
        *,
        timeout: float = 1200.0,
        poll_interval: float = 5.0,
        on_change: Callable[[Operation], object] | None = None,
    ) -> Operation:
        """Wait until an operation has ended, and return it (GetOperation).

        The first request is sent at once, the next one after 1 second; then the pause grows by half
        each time up to `poll_interval`, less a random part of up to a quarter. A terminal operation
        is returned without a request. Transient errors are retried until the timeout. The last
        request is sent half a second before the timeout, and the wait ends within half a second
        of it, even if a request hangs.

        Args:
            operation_or_id: the operation, or its id.
            timeout: seconds until the wait ends with an error.
            poll_interval: seconds between polls, at most.
            on_change: called with the operation when it is first seen and at each new status;
                what it returns is awaited, if it can be.

        Raises:
            WaitFailedError: the operation ended in another way than as succeeded or completed.
            WaitTimeoutError: the operation had not ended when the timeout expired.
            LightsailError: an error that waiting cannot cure, such as `NotFoundError`.
            TypeError: an argument has the wrong type.
            ValueError: the id is empty, or a number of seconds is not above 0 or not finite.
        """
        name = self._sender.name
        operation = read_operation_or_id(operation_or_id)
        waiting = make_waiting(operation, timeout, poll_interval, on_change, name)
        await run_wait(waiting.wait(RUNTIME), self._sender, on_change)
        return waiting.get_one()

    async def wait_all(
        self,
        operations: OperationsLike,
        *,
        timeout: float = 1200.0,
        poll_interval: float = 5.0,
        on_change: Callable[[Operation], object] | None = None,
    ) -> list[Operation]:
        """Wait until all operations that a call began have ended, and return them.

        From three unfinished operations on, a poll reads the first page of GetOperations, and sends
        GetOperation only for those that the page lacks. Where GetOperations is denied, it sends
        GetOperation for each, as many at a time as the client has connections. Pauses, transient
        errors and the timeout are as for `wait`.

        Args:
            operations: what a boto3 call returned, with the key `operation` or `operations`; a
                page; or an iterable of operations, of their dicts or of their ids. One that came
                out of a response may be unknown to GetOperation for its first 30 seconds.
            timeout: seconds until the wait ends with an error.
            poll_interval: seconds between polls, at most.
            on_change: called with each operation when it is first seen and at each new status;
                what it returns is awaited, if it can be.

        Returns:
            The operations as they ended, in the order of `operations`.

        Raises:
            WaitAllError: some operations failed, or had not ended when the timeout expired; an
                `ExceptionGroup` of `WaitFailedError`s and `WaitTimeoutError`s.
            LightsailError: an error that waiting cannot cure, such as `NotFoundError`.
            TypeError: an argument or an element has the wrong type.
            ValueError: an element has no id, or a number of seconds is not above 0 or not finite.
        """
        name = self._sender.name
        given = read_operations(operations)
        waiting = make_waiting(given, timeout, poll_interval, on_change, name)
        await run_wait(waiting.wait(RUNTIME), self._sender, on_change)
        return waiting.get_all()

    async def wait_for_resource(
        self,
        resource_name: str,
        *,
        timeout: float = 1200.0,
        poll_interval: float = 5.0,
        on_change: Callable[[Operation], object] | None = None,
    ) -> list[Operation]:
        """Wait until a resource has no unfinished operation (GetOperationsForResource).

        It is for calls that return no operation, such as those of container services. Pauses,
        transient errors and the timeout are as for `wait`.

        Args:
            resource_name: the resource's name, which is unique in its region.
            timeout: seconds until the wait ends with an error.
            poll_interval: seconds between polls, at most.
            on_change: called with each operation that has not ended when it is first seen, and at
                each new status;
                what it returns is awaited, if it can be.

        Returns:
            All operations of the resource, as AWS lists them.

        Raises:
            WaitAllError: some that had not ended failed, or had not ended when the timeout expired.
            WaitTimeoutError: no response came before the timeout expired.
            NotFoundError: there is no such resource.
            LightsailError: an error that waiting cannot cure.
            TypeError: an argument has the wrong type.
            ValueError: the name is empty, or a number of seconds is not above 0 or not finite.
        """
        name = self._sender.name
        check_string("resource_name", resource_name)
        waiting = make_waiting(resource_name, timeout, poll_interval, on_change, name)
        await run_wait(waiting.wait(RUNTIME), self._sender, on_change)
        return waiting.get_all()

    def watch(
        self,
        *,
        poll_interval: float = 5.0,
        since: datetime | None = None,
        cursor: str | None = None,
    ) -> lightsail_ops.aio.AsyncOperationsWatch:
        """Watch for operations: each when it is first seen, and at each later status seen.

        The watch has no end. Transient errors are retried with exponential backoff, from 1 second
        to 5 minutes, for as long as they last. After another error the same watch can be iterated
        further, with nothing lost.

        Args:
            poll_interval: seconds between polls.
            since: leave out what last changed before; it must have a time zone.
            cursor: the `cursor` of an earlier watch, to continue where that one stopped.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: the cursor is malformed, there is both `cursor` and `since`, `since` has no
                time zone, or the interval is not above 0 or not finite.
        """
        from lightsail_ops.aio.watch import AsyncOperationsWatch

        watching = make_watching(poll_interval, since, cursor, self._sender.name)
        return AsyncOperationsWatch(self._sender, watching)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AsyncOperationsClient {self._sender}>"


def own(client: _C) -> _C:
    """Let a client end the connections of the one that it wraps: this library has built it."""
    vars(client)["_is_owner"] = True  # not public, as the sender
    return client


def get_sender(client: AsyncOperationsClient) -> AsyncSender:
    """Return what sends a client's requests, for a fleet."""
    sender: AsyncSender = vars(client)["_sender"]  # not public: a client's users have no need of it
    return sender
