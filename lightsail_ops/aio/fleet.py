# Derived from lightsail_ops/fleet.py by .ci/derive_aio.py: change that file.
"""A fleet: the clients of many regions and accounts, with the verbs of one client.

Example:
    fleet = AsyncFleet.from_session(regions=["us-west-2", "us-east-1"])
    async for region, operation in fleet.operations():
        print(region, operation)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Generic, Self, TypeVar

from lightsail_ops._botocore.session import BotocoreConfig, Session, build_regional_clients
from lightsail_ops._core.effects import Steps
from lightsail_ops._core.paging import read_pages
from lightsail_ops._inputs import (
    check_callable,
    check_clients,
    check_cursors,
    check_max_concurrency,
    make_listing,
    make_request,
    make_watchings,
)
from lightsail_ops._io.async_reader import AsyncReader
from lightsail_ops._io.handover import get_rest
from lightsail_ops._io.runtime import RUNTIME
from lightsail_ops.aio.client import AsyncOperationsClient, get_sender, own
from lightsail_ops.aio.paginator import ListingIterator
from lightsail_ops.aio.watch import AsyncFleetWatch
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation, OperationsPage

__all__ = ["AsyncFleet", "AsyncFleetOperations", "AsyncFleetWatch"]

_K = TypeVar("_K")


class AsyncFleet(Mapping[_K, AsyncOperationsClient], Generic[_K]):
    """Clients by key, such as a region or an account, which are read and watched together.

    Example:
        fleet = AsyncFleet.from_session()  # a client for each region
        async for region, operation in fleet.operations(retry_for=600):
            print(region, operation)
        fleet = AsyncFleet({"production": client, "staging": client})
        paginator = fleet["production"].operations()
    """

    def __init__(
        self, clients: Mapping[_K, AsyncOperationsClient], *, max_concurrency: int = 16
    ) -> None:
        """Keep the clients.

        Args:
            clients: the clients, by any key: regions, accounts, pairs of both.
            max_concurrency: how many requests may be in flight at once, and how many threads
                send them.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: `max_concurrency` is below 1.
        """
        check_clients(clients, AsyncOperationsClient)
        check_max_concurrency(max_concurrency)
        self._clients = dict(clients)
        self._max_concurrency = max_concurrency

    @classmethod
    def from_session(
        cls,
        session: Session | None = None,
        regions: Iterable[RegionName | str] | None = None,
        *,
        endpoint_url: str | None = None,
        config: BotocoreConfig | None = None,
        max_concurrency: int = 16,
    ) -> AsyncFleet[RegionName]:
        """Build a client for each region, as `AsyncOperationsClient.from_session` does.

        Args:
            session: a boto3 or botocore session. Defaults to boto3's default session, or a new one.
            regions: their names. Defaults to every region that has Lightsail.
            endpoint_url: where to send the requests, for tests. Defaults to AWS's endpoints.
            config: a botocore Config.
            max_concurrency: as for `AsyncFleet`.

        Raises:
            CredentialsError: this machine's configuration is not usable.
            TypeError: an argument has the wrong type; `regions` may not be a single string.
            ValueError: botocore does not know a region, or the endpoint URL has no scheme or host.
        """
        clients = build_regional_clients(session, regions, endpoint_url, config)
        return AsyncFleet(
            {region: own(AsyncOperationsClient(client)) for region, client in clients.items()},
            max_concurrency=max_concurrency,
        )

    def operations(
        self, *, created_after: datetime | None = None, retry_for: float = 0.0
    ) -> AsyncFleetOperations[_K]:
        """Return the operations of all clients, to be read lazily.

        The clients take turns, a page each. At most `max_concurrency` pages are in flight or wait
        for a slow reader. An error of one client does not stop the others.

        Args:
            created_after: leave out what was created before; it must have a time zone.
            retry_for: for how many seconds transient errors of one page are retried.

        Raises:
            FleetError: while iterating, at the end: some clients failed. It is an
                `ExceptionGroup`, and `by_key` has their errors, whose `page_token`s say where each
                of them stopped.
            RuntimeError: while iterating: another task iterates, no thread can be started, or
                the process was forked after the beginning.
            TypeError: an argument has the wrong type.
            ValueError: `created_after` has no time zone, or `retry_for` is below 0 or not finite.
        """
        listing = make_listing(make_request(None), created_after, retry_for, "")
        steps = {key: read_pages(listing._replace(name=str(key)), RUNTIME) for key in self}
        return AsyncFleetOperations(self._make_reader(steps))

    def watch(
        self,
        *,
        poll_interval: float = 5.0,
        since: datetime | None = None,
        cursors: Mapping[_K, str] | None = None,
        on_error: Callable[[_K, LightsailError], object] | None = None,
    ) -> AsyncFleetWatch[_K]:
        """Watch all clients, each as `AsyncOperationsClient.watch` does.

        Transient errors are retried for as long as they last. A client that fails in another way
        is passed to `on_error` and tried again with exponential backoff, from 1 second to
        5 minutes. The other clients continue.

        Args:
            poll_interval: seconds between the polls of a client.
            since: leave out what last changed before; it must have a time zone. It applies to the
                clients without a cursor.
            cursors: the `cursors` of an earlier watch, to continue where that one stopped. A key
                without a client is kept, so that a client that comes back continues.
            on_error: called with a client's key and its error; what it
                returns is awaited, if it can be.
                Defaults to logging on the logger `lightsail_ops`.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: a cursor is malformed, `since` has no time zone, or the interval is not
                above 0 or not finite.
        """
        check_callable("on_error", on_error)
        cursors = check_cursors(cursors)
        watchings = make_watchings(self, poll_interval, since, cursors)
        steps = {key: watching.watch(RUNTIME) for key, watching in watchings.items()}
        return AsyncFleetWatch(self._make_reader(steps), watchings, cursors, on_error)

    async def aclose(self) -> None:
        """Close the connections of the clients that `from_session` has built."""
        for client in self.values():
            await client.aclose()

    def __getitem__(self, key: _K) -> AsyncOperationsClient:
        return self._clients[key]

    def __iter__(self) -> Iterator[_K]:
        return iter(self._clients)

    def __len__(self) -> int:
        return len(self._clients)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AsyncFleet of {len(self)} clients>"

    def _make_reader(self, steps: Mapping[_K, Steps[None]]) -> AsyncReader[_K]:
        senders = {key: get_sender(client) for key, client in self.items()}
        return AsyncReader(steps, senders, self._max_concurrency)


class AsyncFleetOperations(ListingIterator[_K, tuple[_K, Operation]], Generic[_K]):
    """An iterator of the operations of a fleet, each with its client's key.

    It is also a context manager, which closes it. Closing returns at once, even if a request
    hangs. A request in flight does not keep the program alive.

    Example:
        async with fleet.operations() as operations:
            async for key, operation in operations:
                print(key, operation)
                break
    """

    def __init__(self, reader: AsyncReader[_K]) -> None:
        super().__init__(reader)
        self._reader: AsyncReader[_K] = reader

    @property
    def errors(self) -> dict[_K, LightsailError]:
        """The error of each client that has failed so far, by its key. Empty once it is raised."""
        return dict(self._reader.errors)

    def pages(self) -> AsyncIterator[tuple[_K, OperationsPage]]:
        """Return an iterator of the pages that are left, empty ones too, with the client's key.

        If some operations of a page have been taken, the rest of it comes first, as a page.
        """
        return _Pages(self._reader)

    async def __anext__(self) -> tuple[_K, Operation]:
        result = await self._find()
        key, operation = result.key, result.value.operations[result.taken]
        result.taken += 1; self._reader.users = {}; return key, operation  # fmt: skip

    def __repr__(self) -> str:
        return f"<AsyncFleetOperations of {self._reader.count} clients>"


class _Pages(ListingIterator[_K, tuple[_K, OperationsPage]], Generic[_K]):
    async def __anext__(self) -> tuple[_K, OperationsPage]:
        result = await self._find()
        key, page, taken = result.key, get_rest(result), len(result.value) or 1
        result.taken = taken; self._reader.users = {}; return key, page  # fmt: skip

    async def _has_more(self) -> bool:
        result = self._reader.result
        return not result.taken or result.taken < len(result.value.operations)
