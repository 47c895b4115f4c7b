"""The groups of options that commands share, each checked once, when it is built."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Annotated, ClassVar

import attrs
import click

from lightsail_ops.cli import completion, values
from lightsail_ops.cli.columns import Column
from lightsail_ops.cli.formats import Format
from lightsail_ops.cli.option_groups import OptionGroup
from lightsail_ops.cli.ordering import Sort


def _flatten(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(lists))


@attrs.frozen(kw_only=True)
class AccountOptions(OptionGroup):
    """Whose operations to read."""

    heading: ClassVar[str] = "Account"

    profile: Annotated[
        str | None,
        click.Option(
            ["--profile"],
            metavar="NAME",
            help="A profile of your AWS configuration.",
            shell_complete=completion.complete_profiles,
        ),
    ] = None
    endpoint_url: Annotated[
        str | None,
        click.Option(
            ["--endpoint-url"],
            metavar="URL",
            type=values.parse_endpoint_url,
            help="Send the requests to this server instead of AWS.",
        ),
    ] = None
    demo: Annotated[
        bool,
        click.Option(["--demo"], is_flag=True, help="Use a made-up account on this machine."),
    ] = False

    def __attrs_post_init__(self) -> None:
        if self.demo and (self.profile or self.endpoint_url):
            raise click.UsageError("--demo takes neither --profile nor --endpoint-url.")


@attrs.frozen(kw_only=True)
class RegionOptions(OptionGroup):
    """Which region to read."""

    heading: ClassVar[str] = "Region"

    regions: Annotated[
        tuple[str, ...],
        click.Option(
            ["regions", "--region"],
            metavar="REGION",
            multiple=True,
            help="A region such as us-west-2. Defaults to that of your AWS configuration.",
            shell_complete=completion.complete_regions,
        ),
    ] = ()


@attrs.frozen(kw_only=True)
class RegionsOptions(RegionOptions):
    """Which regions to read."""

    heading: ClassVar[str] = "Regions (--region may be repeated)"

    all_regions: Annotated[
        bool,
        click.Option(["--all-regions"], is_flag=True, help="Every region that has Lightsail."),
    ] = False

    def __attrs_post_init__(self) -> None:
        if self.regions and self.all_regions:
            raise click.UsageError("--region and --all-regions exclude each other.")

    @property
    def names(self) -> tuple[str, ...] | None:
        """The regions that are named, which may be none, or None for all regions."""
        return None if self.all_regions else self.regions

    @property
    def may_be_several(self) -> bool:
        """Whether more than one region is named."""
        return self.all_regions or len(set(self.regions)) > 1


@attrs.frozen(kw_only=True)
class FilterOptions(OptionGroup):
    """Which operations to show."""

    heading: ClassVar[str] = "Which operations"

    statuses: Annotated[
        tuple[str, ...],
        click.Option(
            ["statuses", "--status"],
            metavar="STATUS",
            multiple=True,
            type=values.parse_list,
            help="Such as Failed or started,notstarted. May be repeated.",
            shell_complete=completion.complete_statuses,
        ),
    ] = attrs.field(default=(), converter=_flatten)
    types: Annotated[
        tuple[str, ...],
        click.Option(
            ["types", "--type"],
            metavar="TYPE",
            multiple=True,
            type=values.parse_list,
            help="Such as CreateInstance, create-instance or '*snapshot*'. May be repeated.",
            shell_complete=completion.complete_types,
        ),
    ] = attrs.field(default=(), converter=_flatten)
    resource: Annotated[
        str | None,
        click.Option(
            ["--resource"], metavar="NAME", help="The name of a resource, such as web-1 or 'web-*'."
        ),
    ] = None
    until: Annotated[
        datetime | None,
        click.Option(
            ["--until"], metavar="TIME", type=values.parse_time, help="Created before that time."
        ),
    ] = None


@attrs.frozen(kw_only=True)
class HistoryOptions(OptionGroup):
    """Which part of the history to show."""

    heading: ClassVar[str] = "Which part of the history"

    since: Annotated[
        datetime | None,
        click.Option(
            ["--since"],
            metavar="TIME",
            type=values.parse_time,
            help="Created at that time or later: 24h, 2026-11-01 or 2026-11-01T09:30Z.",
        ),
    ] = None
    page_token: Annotated[
        str | None,
        click.Option(
            ["--page-token"], metavar="TOKEN", help="Continue from a page, in one region."
        ),
    ] = None
    limit: Annotated[
        int | None,
        click.Option(
            ["--limit"], metavar="N", type=values.parse_count, help="The first N operations."
        ),
    ] = None
    last: Annotated[
        int | None,
        click.Option(
            ["--last"],
            metavar="N",
            type=values.parse_count,
            help="The N operations that were created last, the oldest of them first.",
        ),
    ] = None

    def __attrs_post_init__(self) -> None:
        if self.limit and self.last:
            raise click.UsageError("--limit and --last exclude each other.")


@attrs.frozen(kw_only=True)
class OrderOptions(OptionGroup):
    """In which order to show operations."""

    heading: ClassVar[str] = "Order"

    sort: Annotated[
        Sort | None,
        click.Option(
            ["--sort"],
            type=click.Choice([str(each) for each in Sort]),
            help="Sort by the time of creation, the last change or the duration. Without it, "
            "AWS's order.",
        ),
    ] = attrs.field(default=None, converter=attrs.converters.optional(Sort))
    reverse: Annotated[
        bool, click.Option(["--reverse"], is_flag=True, help="Reverse the order.")
    ] = False


@attrs.frozen(kw_only=True)
class OutputOptions(OptionGroup):
    """In which form to write operations."""

    heading: ClassVar[str] = "Output"

    output: Annotated[
        Format | None,
        click.Option(
            ["--output", "-o"],
            type=click.Choice([str(each) for each in Format]),
            help="Defaults to a table on a terminal, and to jsonl elsewhere.",
        ),
    ] = attrs.field(default=None, converter=attrs.converters.optional(Format))
    columns: Annotated[
        tuple[Column, ...],
        click.Option(
            ["--columns"],
            metavar="NAME,...",
            type=values.parse_columns,
            help="Such as id,created,took.",
            shell_complete=completion.complete_columns,
        ),
    ] = ()

    def __attrs_post_init__(self) -> None:
        if self.columns and self.output is Format.ID:
            raise click.UsageError("--columns does not go with --output id.")


@attrs.frozen(kw_only=True)
class TimeOptions(OptionGroup):
    """In which zone times are."""

    heading: ClassVar[str] = "Times"

    utc: Annotated[
        bool,
        click.Option(
            ["--utc"],
            is_flag=True,
            is_eager=True,  # the times of other options are parsed by it
            help="Read and show times in UTC. Defaults to your time zone.",
        ),
    ] = False


@attrs.frozen(kw_only=True)
class PollOptions(OptionGroup):
    """How often to poll."""

    heading: ClassVar[str] = "Polling"

    interval: Annotated[
        float | None,
        click.Option(
            ["--interval"],
            metavar="SECONDS",
            type=values.seconds_up_to(values.LONGEST_INTERVAL),
            help="Seconds between polls. Defaults to 5.",
        ),
    ] = None
