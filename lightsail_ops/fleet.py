"""Many regions and accounts at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import repeat
from typing import Generic, Self, TypeVar

from lightsail_ops._arguments import check_callable, check_clients
from lightsail_ops._botocore.calls import AbandonedCallError
from lightsail_ops._botocore.sending import Sender
from lightsail_ops._botocore.session import BotocoreConfig, Session, build_regional_clients
from lightsail_ops._calls import begin_reading_fleet, begin_watching_fleet
from lightsail_ops._core.fleet import FleetPaging, FleetWatching, log_error
from lightsail_ops._fleet_driver import FleetDriver
from lightsail_ops.client import OperationsClient, get_sender
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import LightsailError
from lightsail_ops.models import Operation, OperationsPage

__all__ = [
    "FleetOperations",
    "FleetPages",
    "FleetWatch",
    "operations_across",
    "pages_across",
    "regional_clients",
    "watch_across",
]

_K = TypeVar("_K")


def regional_clients(
    session: Session | None = None,
    regions: Iterable[RegionName | str] | None = None,
    *,
    endpoint_url: str | None = None,
    config: BotocoreConfig | None = None,
) -> dict[RegionName, OperationsClient]:
    """Build a client for each region, as `OperationsClient.from_session` does.

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
    return {region: OperationsClient(client) for region, client in clients.items()}


def operations_across(
    clients: Mapping[_K, OperationsClient], max_workers: int = 16
) -> FleetOperations[_K]:
    """Read the operations of many sources at the same time.

    The sources take turns, a page each, and each page is yielded when it arrives. At most
    `max_workers` pages are in flight or wait for a slow reader, and one of each source.

    Closing the iterator returns within half a second, even if a request hangs, and nothing more is
    sent. A `with contextlib.closing(...)` closes it for certain; so does leaving the loop in
    CPython, and the end of the program. A request in flight does not keep the program alive.

    Args:
        clients: the sources' clients, by any key: regions, accounts, pairs of both.
        max_workers: how many requests may be in flight at once, and how many threads there are.

    Raises:
        FleetError: at the end, if some sources failed: an `ExceptionGroup` of their errors, whose
            `page_token`s say where each of them stopped.
        LightsailError: no thread can be started, or the process was forked after the beginning.
        TypeError: an argument has the wrong type.
        ValueError: `max_workers` is below 1.
    """
    return FleetOperations(pages_across(clients, max_workers))


def pages_across(clients: Mapping[_K, OperationsClient], max_workers: int = 16) -> FleetPages[_K]:
    """Read the pages of many sources at the same time, empty ones too.

    The arguments and errors are those of `operations_across`.
    """
    senders = _get_senders(clients)
    paging = begin_reading_fleet(senders, max_workers)
    return FleetPages(paging, FleetDriver(senders, max_workers))


def watch_across(
    clients: Mapping[_K, OperationsClient],
    *,
    max_workers: int = 16,
    poll_interval: float = 5.0,
    since: datetime | None = None,
    cursors: Mapping[_K, str] | None = None,
    on_error: Callable[[_K, LightsailError], object] | None = None,
) -> FleetWatch[_K]:
    """Watch many sources at the same time, each as `OperationsClient.watch` does.

    Requests are sent while somebody iterates. Transient errors are retried for as long as they
    last. A source that fails in another way is passed to `on_error` and tried again with
    exponential backoff, from 1 second to 5 minutes. The other sources go on.

    Args:
        clients: the sources' clients, by any key: regions, accounts, pairs of both.
        max_workers: how many requests may be in flight at once, and how many threads there are.
        poll_interval: seconds between the polls of a source.
        since: leave out what last changed before; it must have a time zone. It applies to the
            sources without a cursor.
        cursors: the `cursors` of an earlier watch, to continue where that one stopped. Sources
            may be missing.
        on_error: called with a source's key and its error, in the thread that iterates. Defaults
            to logging the class of the error on the logger `lightsail_ops`.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: `max_workers` is below 1, a cursor is malformed or has an unknown key, `since`
            has no time zone, or the interval is not above 0 or not finite.
    """
    check_callable("on_error", on_error)
    senders = _get_senders(clients)
    watching = begin_watching_fleet(senders, max_workers, poll_interval, since, cursors)
    return FleetWatch(senders, max_workers, watching, on_error or log_error)


class FleetPages(Iterator[tuple[_K, OperationsPage]], Generic[_K]):
    """An iterator of the pages of many sources, each with its source's key."""

    # Not a generator: Python loses an interrupt in a generator that is being garbage-collected.

    def __init__(self, paging: FleetPaging[_K], driver: FleetDriver[_K]) -> None:
        """Take what `pages_across` has made of its arguments."""
        self._paging = paging
        self._driver = driver

    def close(self) -> None:
        """End the iteration; returns within half a second and sends nothing more."""
        self._driver.close()

    def __next__(self) -> tuple[_K, OperationsPage]:
        try:
            page = self._driver.run(self._paging.next_page())
        except AbandonedCallError:
            raise StopIteration from None
        except BaseException:
            self.close()
            raise
        if page is None:
            self.close()
            raise StopIteration
        return page


class FleetOperations(Iterator[tuple[_K, Operation]], Generic[_K]):
    """An iterator of the operations of many sources, each with its source's key."""

    def __init__(self, pages: FleetPages[_K]) -> None:
        """Take the iterator of their pages."""
        self._pages = pages
        self._rest: Iterator[tuple[_K, Operation]] = iter(())

    def close(self) -> None:
        """End the iteration; returns within half a second and sends nothing more."""
        self._rest = iter(())
        self._pages.close()

    def __next__(self) -> tuple[_K, Operation]:
        while (pair := next(self._rest, None)) is None:
            key, page = next(self._pages)
            self._rest = zip(repeat(key), page, strict=False)
        return pair


class FleetWatch(Iterator[tuple[_K, Operation]], Generic[_K]):
    """An endless iterator of the operations of many sources, each with its source's key.

    It is also a context manager, which closes it. After an exception, or after the loop was left,
    it can be iterated further.
    """

    def __init__(
        self,
        senders: Mapping[_K, Sender],
        max_workers: int,
        watching: FleetWatching[_K],
        on_error: Callable[[_K, LightsailError], object],
    ) -> None:
        """Take what `watch_across` has made of its arguments."""
        self._senders = senders
        self._watching = watching
        self._on_error = on_error
        self._driver = FleetDriver(senders, max_workers)
        self._was_interrupted = False

    @property
    def cursors(self) -> dict[_K, str]:
        """Where the watch of each source stands. `watch_across(cursors=...)` continues there."""
        return self._watching.cursors

    def close(self) -> None:
        """End the watch, from any thread; returns within half a second and sends nothing more."""
        self._driver.close()

    def __next__(self) -> tuple[_K, Operation]:
        while (result := self._next_result()) is not None:
            key, change = result
            if isinstance(change, Operation):
                return key, change
            self._on_error(key, change)
        raise StopIteration

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<FleetWatch of {len(self._senders)} sources>"

    def _next_result(self) -> tuple[_K, Operation | LightsailError] | None:
        if self._was_interrupted:
            self._driver.restart()
            self._watching.start_over()
        self._was_interrupted = True  # unless the steps come to their end
        try:
            result = self._driver.run(self._watching.next_result())
        except AbandonedCallError:
            return None
        except BaseException:
            self._driver.abandon()
            raise
        self._was_interrupted = False
        return result


def _get_senders(clients: Mapping[_K, OperationsClient]) -> dict[_K, Sender]:
    check_clients(clients, OperationsClient)
    return {key: get_sender(client) for key, client in clients.items()}
