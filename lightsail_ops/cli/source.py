"""Where operations come from: some regions of an account, or the demonstration."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

import attrs
import typer

from lightsail_ops import (
    FleetError,
    LightsailError,
    Operation,
    OperationsClient,
    OperationsPage,
    RegionName,
    operations_across,
    regional_clients,
)
from lightsail_ops.cli import demo
from lightsail_ops.cli.problems import ExitStatus, ProblemError, report, report_regions
from lightsail_ops.cli.selection import nearest

if TYPE_CHECKING:
    from lightsail_ops.testing import LightsailServer

Clients: TypeAlias = Mapping[RegionName, OperationsClient]

_BATCH = 200  # operations of many regions that are shown at once, as many as a page has


@attrs.frozen(kw_only=True)
class Source:
    """What the options say about where to look."""

    regions: tuple[str, ...] = ()
    all_regions: bool = False
    profile: str | None = None
    endpoint_url: str | None = None
    demo: bool = False

    def check(self, page_token: str | None = None) -> None:
        """Raise a BadParameter for options that contradict each other."""
        if self.regions and self.all_regions:
            raise typer.BadParameter("say --region or --all-regions, not both.")
        if self.demo and (self.profile or self.endpoint_url):
            raise typer.BadParameter("--demo uses neither --profile nor --endpoint-url.")
        if page_token and (self.all_regions or len(set(self.regions)) > 1):
            raise typer.BadParameter(
                "--page-token goes on in one region: name that with a single --region."
            )

    @contextmanager
    def connected(self) -> Generator[Connection]:
        """Give the clients of the regions; raises as `regional_clients` does, or ProblemError."""
        if not self.demo:
            yield Connection(self._clients_of_account())
            return
        regions = None if self.all_regions else self.regions or (demo.HOME_REGION,)
        with demo.demonstration(regions) as server:
            yield Connection(self._clients_of_demo(server), server)

    def _clients_of_account(self) -> Clients:
        import boto3.session  # late: it takes longer than all the rest

        session = boto3.session.Session(profile_name=self.profile)
        regions = self.regions or tuple(filter(None, [session.region_name]))
        if not regions and not self.all_regions:
            raise ProblemError(
                "no region is named.",
                "Name one with --region us-west-2, ask --all-regions, or set AWS_DEFAULT_REGION.",
            )
        _doubt(regions)
        return regional_clients(
            session, None if self.all_regions else regions, endpoint_url=self.endpoint_url
        )

    def _clients_of_demo(self, server: LightsailServer) -> Clients:
        from botocore.config import Config  # late, as boto3

        return regional_clients(
            demo.isolated_session(),
            None if self.all_regions else self.regions or (demo.HOME_REGION,),
            endpoint_url=server.endpoint_url,
            config=Config(proxies={}),  # loopback needs none, whatever this machine is set to
        )


@attrs.frozen
class Connection:
    """Regions that can be asked."""

    clients: Clients
    server: LightsailServer | None = None
    """What serves the demonstration; None: AWS does."""

    def pages(self, page_token: str | None = None) -> Iterator[OperationsPage]:
        """Yield all operations, in AWS's pages, or if there are many regions in such batches."""
        if len(self.clients) == 1:
            (client,) = self.clients.values()
            return client.operations(page_token).pages()
        return _pages_across(self.clients)

    def changes(self, *, interval: float, since: datetime) -> Iterator[Operation]:
        """Yield what is new and what changes, in all regions, without an end."""
        if len(self.clients) == 1:
            (client,) = self.clients.values()
            return client.watch(poll_interval=interval, since=since)
        return _changes_across(self.clients, interval, since)


def _doubt(regions: tuple[str, ...]) -> None:
    """Mention regions that look like mistakes; they may also be newer than this program."""
    for region in regions:
        names = [] if RegionName(region).is_known else nearest(region, RegionName)
        if names:
            report("", f"{region} is not a region that this version knows: {names[0]} is.")


def _pages_across(clients: Clients) -> Iterator[OperationsPage]:
    """Yield what comes from one region in a row, and at the end what went wrong."""
    batch: list[Operation] = []
    batch_region, failure = None, None
    try:
        for region, operation in operations_across(clients):
            if batch and (region != batch_region or len(batch) == _BATCH):
                yield OperationsPage(operations=tuple(batch))
                batch.clear()
            batch_region = region
            batch.append(operation)
    except FleetError as error:
        failure = error  # it comes after operations that are still to be yielded
    if batch:
        yield OperationsPage(operations=tuple(batch))
    if failure is not None:
        raise failure


def _changes_across(clients: Clients, interval: float, since: datetime) -> Iterator[Operation]:
    """Watch each region in a thread; the threads end with the program."""
    seen: Queue[Operation | tuple[RegionName, LightsailError]] = Queue(maxsize=_BATCH)

    def follow(region: RegionName, client: OperationsClient) -> None:
        try:
            for operation in client.watch(  # pragma: no branch - it has no end
                poll_interval=interval, since=since
            ):
                seen.put(operation)
        except LightsailError as error:
            seen.put((region, error))

    for source in clients.items():
        Thread(target=follow, args=source, daemon=True).start()
    left = len(clients)
    while left:
        news = seen.get()
        if isinstance(news, Operation):
            yield news
        else:
            region, error = news
            left -= 1
            report_regions({region: error})
    raise typer.Exit(ExitStatus.SOME_REGIONS_FAILED)  # which ones has been said
