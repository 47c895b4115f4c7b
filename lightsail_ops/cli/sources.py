"""Where operations come from: some regions of an account, or the demonstration."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
import botocore.session
import click

from lightsail_ops.cli.errors import CommandError, hint
from lightsail_ops.cli.names import nearest
from lightsail_ops.cli.options import AccountOptions, RegionsOptions
from lightsail_ops.client import OperationsClient
from lightsail_ops.enums import RegionName
from lightsail_ops.fleet import pages_across, regional_clients
from lightsail_ops.models import OperationsPage

if TYPE_CHECKING:
    from lightsail_ops.testing import LightsailServer


@attrs.frozen
class Source:
    """Clients by their regions."""

    clients: Mapping[RegionName, OperationsClient]
    server: LightsailServer | None = None
    """The server of the demonstration, or None."""

    @property
    def name(self) -> str:
        """What a user calls it: the region, or how many there are."""
        only, *others = self.clients
        return f"{len(self.clients)} regions" if others else str(only)

    @property
    def has_several_regions(self) -> bool:
        """Whether operations have to be told apart by their regions."""
        return len(self.clients) > 1

    def pages(self, page_token: str | None = None) -> Iterator[tuple[RegionName, OperationsPage]]:
        """Yield the pages of all regions, each with its region."""
        if self.has_several_regions:
            yield from pages_across(self.clients)
            return
        for region, client in self.clients.items():
            for page in client.operations(page_token).pages():
                yield region, page


@contextmanager
def connect(account: AccountOptions, regions: Sequence[str] | None) -> Generator[Source]:
    """Make the clients that the options name, for a `with` block.

    Args:
        account: whose operations to read.
        regions: their names. None: all regions. Empty: the default region of the account.

    Raises:
        CommandError: no region is named, or the demonstration lacks a package.
        LightsailError, BotoCoreError: the AWS configuration cannot be used.
    """
    if account.demo:
        from lightsail_ops.cli.demo import connect_demo  # late: only --demo needs it

        with connect_demo(regions) as (clients, server):
            yield Source(clients, server)
    else:
        yield Source(_clients_of(account, regions))


def check_page_token(page_token: str | None, regions: RegionsOptions) -> None:
    """Raise a UsageError if a page token is to be used in several regions."""
    if page_token and regions.may_be_several:
        raise click.UsageError(
            "--page-token continues in one region. Name it with a single --region."
        )


def _clients_of(
    account: AccountOptions, regions: Sequence[str] | None
) -> Mapping[RegionName, OperationsClient]:
    session = botocore.session.Session(profile=account.profile)
    names = None if regions is None else regions or _default_regions(session)
    for name in names or ():
        _doubt(name)
    return regional_clients(session, names, endpoint_url=account.endpoint_url)


def _default_regions(session: botocore.session.Session) -> tuple[str, ...]:
    region = session.get_config_variable("region")
    if not region:
        raise CommandError(
            "no region is named.",
            "Name one with --region us-west-2, choose --all-regions, or set AWS_DEFAULT_REGION.",
        )
    return (str(region),)


def _doubt(region: str) -> None:
    """Mention a region that looks misspelled; it may also be newer than this program."""
    if not RegionName(region).is_known and (names := nearest(region, RegionName)):
        hint(f"{region} is not a region that this version knows. Did you mean {names[0]}?")
