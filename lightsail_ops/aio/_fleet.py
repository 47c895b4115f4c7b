"""Many regions and accounts at the same time, for asyncio."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Generic, Self, TypeVar

from lightsail_ops._arguments import check_callable, check_clients
from lightsail_ops._botocore.calls import AbandonedCallError
from lightsail_ops._botocore.session import BotocoreConfig, Session, build_regional_clients
from lightsail_ops._calls import begin_reading_fleet, begin_watching_fleet
from lightsail_ops._core.fleet import FleetPaging, FleetWatching, log_error
from lightsail_ops.aio._client import AsyncOperationsClient, get_sender
from lightsail_ops.aio._fleet_driver import AsyncFleetDriver
from lightsail_ops.aio._sending import AsyncSender
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation, OperationsPage

_K = TypeVar("_K")


def regional_clients(
    session: Session | None = None,
    regions: Iterable[RegionName | str] | None = None,
    *,
    endpoint_url: str | None = None,
    config: BotocoreConfig | None = None,
) -> dict[RegionName, AsyncOperationsClient]:
    """Build a client for each region, as `AsyncOperationsClient.from_session` does.

    Args:
        session: a boto3 or botocore session. Defaults to a new one.
        regions: their names. Defaults to all regions in which botocore's data has Lightsail.
        endpoint_url: where to send the requests, for tests. Defaults to AWS's endpoints.
        config: a botocore Config.

    Raises:
        CredentialsError: this machine's configuration is not usable.
        TypeError: an argument has the wrong type; `regions` may not be a single string.
        ValueError: the endpoint URL has no scheme or no host.
    """
    clients = build_regional_clients(session, regions, endpoint_url, config)
    return {region: AsyncOperationsClient(client) for region, client in clients.items()}


def operations_across(
    clients: Mapping[_K, AsyncOperationsClient], max_workers: int = 16
) -> AsyncGenerator[tuple[_K, Operation], None]:
    """Read the operations of many sources at the same time.

    The sources take turns, a page each, and each page is yielded when it arrives. At most
    `max_workers` pages are in flight or wait for a slow reader, and one of each source.

    Closing the iterator cancels the requests in flight, and sends nothing more. An
    `async with contextlib.aclosing(...)` closes it for certain.

    Args:
        clients: the sources' clients, by any key: regions, accounts, pairs of both.
        max_workers: how many requests may be in flight at once, and how many threads there are
            for boto3's clients.

    Raises:
        FleetError: at the end, if some sources failed: an `ExceptionGroup` of their errors, whose
            `page_token`s say where each of them stopped.
        LightsailError: no thread can be started.
        TypeError: an argument has the wrong type.
        ValueError: `max_workers` is below 1.
    """
    return _flatten(pages_across(clients, max_workers))


def pages_across(
    clients: Mapping[_K, AsyncOperationsClient], max_workers: int = 16
) -> AsyncGenerator[tuple[_K, OperationsPage], None]:
    """Read the pages of many sources at the same time, empty ones too.

    The arguments and errors are those of `operations_across`.
    """
    senders = _get_senders(clients)
    paging = begin_reading_fleet(senders, max_workers)
    return _read_pages(paging, AsyncFleetDriver(senders, max_workers))


def watch_across(
    clients: Mapping[_K, AsyncOperationsClient],
    *,
    max_workers: int = 16,
    poll_interval: float = 5.0,
    since: datetime | None = None,
    cursors: Mapping[_K, str] | None = None,
    on_error: Callable[[_K, LightsailError], object] | None = None,
) -> AsyncFleetWatch[_K]:
    """Watch many sources at the same time, each as `AsyncOperationsClient.watch` does.

    Requests are sent while somebody iterates. Transient errors are retried for as long as they
    last. A source that fails in another way is passed to `on_error` and tried again with
    exponential backoff, from 1 second to 5 minutes. The other sources go on.

    Args:
        clients: the sources' clients, by any key: regions, accounts, pairs of both.
        max_workers: how many requests may be in flight at once, and how many threads there are
            for boto3's clients.
        poll_interval: seconds between the polls of a source.
        since: leave out what last changed before; it must have a time zone. It applies to the
            sources without a cursor.
        cursors: the `cursors` of an earlier watch, to continue where that one stopped. Sources
            may be missing.
        on_error: called with a source's key and its error; what it returns is awaited, if it can
            be. Defaults to logging the class of the error on the logger `lightsail_ops`.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: `max_workers` is below 1, a cursor is malformed or has an unknown key, `since`
            has no time zone, or the interval is not above 0 or not finite.
    """
    check_callable("on_error", on_error)
    senders = _get_senders(clients)
    watching = begin_watching_fleet(senders, max_workers, poll_interval, since, cursors)
    return AsyncFleetWatch(senders, max_workers, watching, on_error or log_error)


class AsyncFleetWatch(AsyncIterator[tuple[_K, Operation]], Generic[_K]):
    """An endless iterator of the operations of many sources, each with its source's key.

    It is also a context manager, which closes it. After an exception, or after the loop was left,
    it can be iterated further.
    """

    def __init__(
        self,
        senders: Mapping[_K, AsyncSender],
        max_workers: int,
        watching: FleetWatching[_K],
        on_error: Callable[[_K, LightsailError], object],
    ) -> None:
        """Take what `watch_across` has made of its arguments."""
        self._senders = senders
        self._watching = watching
        self._on_error = on_error
        self._driver = AsyncFleetDriver(senders, max_workers)

    @property
    def cursors(self) -> dict[_K, str]:
        """Where the watch of each source stands. `watch_across(cursors=...)` continues there."""
        return self._watching.cursors

    async def aclose(self) -> None:
        """End the watch, from any task: cancels the requests in flight, and sends nothing more."""
        await self._driver.aclose()

    async def __anext__(self) -> tuple[_K, Operation]:
        while (result := await self._next_result()) is not None:
            key, change = result
            if isinstance(change, Operation):
                return key, change
            returned = self._on_error(key, change)
            if inspect.isawaitable(returned):
                await returned
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AsyncFleetWatch of {len(self._senders)} sources>"

    async def _next_result(self) -> tuple[_K, Operation | LightsailError] | None:
        try:
            return await self._driver.run(self._watching.next_result())
        except AbandonedCallError:
            return None
        except BaseException:
            # Such as a CancelledError, whose requests are lost.
            self._watching.restart()
            await self._driver.restart()
            raise


def _get_senders(clients: Mapping[_K, AsyncOperationsClient]) -> dict[_K, AsyncSender]:
    check_clients(clients, AsyncOperationsClient)
    return {key: get_sender(client) for key, client in clients.items()}


async def _flatten(
    pages: AsyncGenerator[tuple[_K, OperationsPage], None],
) -> AsyncGenerator[tuple[_K, Operation], None]:
    async with aclosing(pages):
        async for key, page in pages:
            for operation in page:
                yield key, operation


async def _read_pages(
    paging: FleetPaging[_K], driver: AsyncFleetDriver[_K]
) -> AsyncGenerator[tuple[_K, OperationsPage], None]:
    try:
        while (page := await driver.run(paging.next_page())) is not None:
            yield page
    finally:
        await driver.aclose()
