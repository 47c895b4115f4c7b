"""The client for asyncio: a Lightsail client with typed operations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from lightsail_ops._botocore.session import BotocoreConfig, Session, build_client
from lightsail_ops._calls import (
    begin_fetching,
    begin_waiting,
    begin_waiting_for_all,
    make_request,
    make_resource_request,
)
from lightsail_ops._core.fetching import fetch_page
from lightsail_ops._started import Started
from lightsail_ops.aio._driver import AsyncDriver
from lightsail_ops.aio._paginator import AsyncOperationsPaginator
from lightsail_ops.aio._sending import AsyncSender
from lightsail_ops.aio._watch import AsyncOperationsWatch
from lightsail_ops.models import Operation, OperationsPage


class AsyncLightsailClient(Protocol):
    """What an `AsyncOperationsClient` wraps: boto3's client, aiobotocore's, or a hand-written fake.

    `get_operation`, `wait` and `wait_all` also call its method `get_operation`, and
    `operations_for_resource` its method `get_operations_for_resource`.
    """

    # Any: the stubs of boto3 give their own types to the arguments and the response.
    def get_operations(self, *args: Any, **kwargs: Any) -> Any:
        """Return what boto3 does, at once or when awaited."""
        ...


class AsyncOperationsClient:
    """Reads the operations of one Lightsail account in one region.

    Its methods raise `LightsailError`s, whose `page_token` says where to resume. Cancelling a task
    ends a call at once.

    A boto3 client is called in threads of its own, at most as many as its configuration's
    `max_pool_connections`. A request that it has sent cannot be taken back: if the task is
    cancelled, the thread ends with the request, and the response is dropped. Such a thread does
    not keep a program alive.
    """

    def __init__(self, client: AsyncLightsailClient) -> None:
        """Wrap a client. Other users of it see no difference.

        Args:
            client: what `boto3.client("lightsail")` returns, a Lightsail client of aiobotocore, or
                an object with the same methods.

        Raises:
            TypeError: it has no method `get_operations`.
        """
        self._sender = AsyncSender(client)
        self._driver = AsyncDriver(self._sender.send)

    @classmethod
    def from_session(
        cls,
        session: Session | None = None,
        *,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        config: BotocoreConfig | None = None,
    ) -> AsyncOperationsClient:
        """Build the boto3 client too.

        Args:
            session: a boto3 or botocore session. Defaults to a new one.
            region_name: such as `us-west-2`. Defaults to the session's region.
            endpoint_url: where to send the requests, for tests. Defaults to AWS's endpoint.
            config: a botocore Config. The retry mode defaults to `standard`, unless the variable
                AWS_RETRY_MODE or the profile names another.

        Raises:
            CredentialsError: no region is set, or this machine's configuration is not usable.
            TypeError: an argument has the wrong type.
            ValueError: the endpoint URL has no scheme or no host.
        """
        return cls(build_client(session, region_name, endpoint_url, config))

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
        return await self._driver.run(fetch_page(make_request(page_token)))

    def operations(self, page_token: str | None = None) -> AsyncOperationsPaginator:
        """Return all operations from a page on, to be read lazily (GetOperations).

        Args:
            page_token: the `next_page_token` of a page. Defaults to the first page.

        Raises:
            LightsailError: while iterating; `page_token` says where to resume.
            TypeError: the page token is not a string.
        """
        return AsyncOperationsPaginator(self._driver, make_request(page_token))

    def operations_for_resource(
        self, resource_name: str, page_token: str | None = None
    ) -> AsyncOperationsPaginator:
        """Return the operations of one resource, to be read lazily (GetOperationsForResource).

        Args:
            resource_name: the resource's name, which is unique in its region.
            page_token: the `next_page_token` of a page. Defaults to the first page.

        Raises:
            NotFoundError: while iterating: there is no such resource.
            LightsailError: while iterating; `page_token` says where to resume.
            TypeError: an argument is not a string.
            ValueError: the name is empty.
        """
        return AsyncOperationsPaginator(
            self._driver, make_resource_request(resource_name, page_token)
        )

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
        return await self._driver.run(begin_fetching(operation_id))

    async def wait(
        self,
        operation_or_id: Operation | str,
        *,
        timeout: float = 1200.0,
        poll_interval: float = 5.0,
    ) -> Operation:
        """Wait until an operation has ended, and return it (GetOperation).

        The first request is sent at once, the next one after 1 second; then the pause grows by half
        each time up to `poll_interval`, less a random part of up to a quarter. A terminal operation
        is returned without a request. Transient errors are retried until the timeout. A request in
        flight when the timeout expires is not interrupted.

        Args:
            operation_or_id: the operation, or its id.
            timeout: seconds until the wait ends with an error.
            poll_interval: seconds between polls, at most.

        Raises:
            WaitFailedError: the operation ended as failed.
            WaitTimeoutError: the operation had not ended when the timeout expired.
            LightsailError: an error that waiting cannot cure, such as `NotFoundError`.
            TypeError: an argument has the wrong type.
            ValueError: the id is empty, or a number of seconds is not above 0 or not finite.
        """
        waiting = begin_waiting(operation_or_id, timeout, poll_interval)
        while await self._driver.run(waiting.next_change()) is not None:
            pass
        return waiting.get_one()

    async def wait_all(
        self,
        started: Started,
        *,
        timeout: float = 1200.0,
        poll_interval: float = 5.0,
        on_change: Callable[[Operation], object] | None = None,
    ) -> list[Operation]:
        """Wait until all operations that a call began have ended, and return them (GetOperation).

        One loop waits for all: each poll sends a request for each unfinished operation. Pauses and
        transient errors are as for `wait`.

        Args:
            started: what a boto3 call returned, with the key `operation` or `operations`; a page;
                or an iterable of operations, of their dicts or of their ids.
            timeout: seconds until the wait ends with an error.
            poll_interval: seconds between polls, at most.
            on_change: called with each operation when it is first seen and at each new status; what
                it returns is awaited, if it can be.

        Returns:
            The operations as they ended, in the order of `started`.

        Raises:
            WaitAllError: some operations ended as failed, or had not ended when the timeout
                expired; an `ExceptionGroup` of `WaitFailedError`s and `WaitTimeoutError`s.
            LightsailError: an error that waiting cannot cure, such as `NotFoundError`.
            TypeError: an argument or an element has the wrong type.
            ValueError: an element has no id, or a number of seconds is not above 0 or not finite.
        """
        waiting = begin_waiting_for_all(started, timeout, poll_interval, on_change)
        while (operation := await self._driver.run(waiting.next_change())) is not None:
            returned = None if on_change is None else on_change(operation)
            if inspect.isawaitable(returned):
                await returned
        return waiting.get_all()

    def watch(
        self,
        *,
        poll_interval: float = 5.0,
        since: datetime | None = None,
        cursor: str | None = None,
    ) -> AsyncOperationsWatch:
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
        return AsyncOperationsWatch(
            self._sender.send, poll_interval=poll_interval, since=since, cursor=cursor
        )

    def __repr__(self) -> str:
        return f"<AsyncOperationsClient {self._sender}>"


def get_sender(client: AsyncOperationsClient) -> AsyncSender:
    """Return what sends a client's requests, for the readers of many clients."""
    sender: AsyncSender = vars(client)["_sender"]  # not public: a client's users have no need of it
    return sender
