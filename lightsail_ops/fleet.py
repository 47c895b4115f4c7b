"""Many regions and accounts at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import attrs

from lightsail_ops.client import OperationsClient, new_session
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import FleetError, LightsailError
from lightsail_ops.models import Operation, OperationsPage

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config

__all__ = ["operations_across", "regional_clients"]

_K = TypeVar("_K")
_Pages = TypeVar("_Pages")
_PagesOfSource: TypeAlias = Generator[OperationsPage, None, None]


def regional_clients(
    session: Session | None = None,
    regions: Iterable[RegionName | str] | None = None,
    *,
    endpoint_url: str | None = None,
    config: Config | None = None,
) -> dict[RegionName, OperationsClient]:
    """Build a client for each region, as `OperationsClient.from_session` does.

    Args:
        session: a boto3 session; a new one unless given.
        regions: their names; all regions in which botocore says that Lightsail is, unless given.
        endpoint_url: where to send the requests, for tests.
        config: botocore's.

    Raises:
        TypeError: `regions` is a single text.
        CredentialsError: the session's profile does not exist, or a region's name is malformed.
    """
    if isinstance(regions, str):
        raise TypeError(f"regions must be several names, as in [{regions!r}]")
    session = session or new_session()
    names = session.get_available_regions("lightsail") if regions is None else regions
    return {
        RegionName(name): OperationsClient.from_session(
            session, region_name=str(name), endpoint_url=endpoint_url, config=config
        )
        for name in names
    }


def operations_across(
    clients: Mapping[_K, OperationsClient], max_workers: int = 16
) -> Generator[tuple[_K, Operation], None, None]:
    """Read the operations of many sources at the same time.

    The sources take turns, a page each, and what has come is yielded at once. At most one page
    of each source, and `max_workers` pages of all, are under way or wait for a slow reader.
    Closing the iterator waits for the requests that are under way, and sends no more.

    Args:
        clients: by whatever tells the sources apart: regions, accounts, pairs of both.
        max_workers: how many requests may be under way at once.

    Raises:
        FleetError: at the end, with the error of each source that failed.
        ValueError: `max_workers` is below 1.
    """
    rota = Rota({key: client.operations().pages() for key, client in clients.items()}, max_workers)
    return _operations_across(rota)


def _operations_across(
    rota: Rota[_K, _PagesOfSource],
) -> Generator[tuple[_K, Operation], None, None]:
    finished: SimpleQueue[Future[Outcome[_K, _PagesOfSource]]] = SimpleQueue()
    with ThreadPoolExecutor(rota.max_workers, thread_name_prefix="lightsail_ops") as pool:

        def start_due() -> None:
            for source in rota.due():
                pool.submit(_read_next, source).add_done_callback(finished.put)

        start_due()
        while rota.under_way:
            source, page = finished.get().result()
            operations = rota.settled(source, page)
            start_due()  # so that the next page is on its way while the reader has this one
            for operation in operations:
                yield source.key, operation
    rota.raise_errors()


def _read_next(
    source: Source[_K, _PagesOfSource],
) -> Outcome[_K, _PagesOfSource]:
    try:
        return source, next(source.pages)
    except LightsailError as error:
        return source, error


@attrs.frozen
class Source(Generic[_K, _Pages]):
    """One of many: its key, and the iterator of its pages."""

    key: _K
    pages: _Pages


Outcome: TypeAlias = tuple[Source[_K, _Pages], OperationsPage | LightsailError]


class Rota(Generic[_K, _Pages]):
    """Whose turn it is, free of I/O: the driver asks who is `due`, and tells what came of it."""

    def __init__(self, pages: Mapping[_K, _Pages], max_workers: int) -> None:
        if max_workers < 1:
            raise ValueError(f"max_workers must be 1 or more, not {max_workers!r}")
        self.max_workers: int = max_workers
        self.under_way: int = 0
        self._count = len(pages)
        self._waiting = deque(Source(key, of_source) for key, of_source in pages.items())
        self._errors: dict[_K, LightsailError] = {}

    def due(self) -> Iterator[Source[_K, _Pages]]:
        """Yield the sources to be asked for a page now, until `max_workers` are under way."""
        while self._waiting and self.under_way < self.max_workers:
            self.under_way += 1
            yield self._waiting.popleft()

    def settled(
        self, source: Source[_K, _Pages], page: OperationsPage | LightsailError
    ) -> tuple[Operation, ...]:
        """Take note of what came of a source's turn, and return the operations in it."""
        self.under_way -= 1
        if isinstance(page, LightsailError):
            self._errors[source.key] = page
            return ()
        if page.next_page_token is not None:
            self._waiting.append(source)
        return page.operations

    def raise_errors(self) -> None:
        """Raise a `FleetError` if a source has failed."""
        if self._errors:
            which = ", ".join(
                f"{key} ({type(error).__name__})" for key, error in self._errors.items()
            )
            message = f"{len(self._errors)} of {self._count} sources failed: {which}"
            raise FleetError(message, self._errors)
