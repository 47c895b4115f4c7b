"""Reads the operations that the options select, for `list` and `timeline`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager

import attrs

from lightsail_ops.cli.errors import (
    CommandError,
    ExitStatus,
    hint,
    report_regions,
    resume_advice,
)
from lightsail_ops.cli.filters import Filter
from lightsail_ops.cli.options import AccountOptions, FilterOptions, HistoryOptions, RegionsOptions
from lightsail_ops.cli.ordering import Order
from lightsail_ops.cli.progress import Progress
from lightsail_ops.cli.sources import Source, check_page_token, connect
from lightsail_ops.cli.terminal import StatusLine
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import FleetError
from lightsail_ops.models import Operation


@attrs.frozen
class Reading:
    """Operations that are being read."""

    source: Source
    batches: Iterator[Sequence[Operation]]


@contextmanager
def read_operations(
    account: AccountOptions,
    regions: RegionsOptions,
    filters: FilterOptions,
    history: HistoryOptions,
    order: Callable[[Source], Order],
    *,
    has_legend: bool,
) -> Generator[Reading]:
    """Read operations in a `with` block, and show on standard error how far it has come.

    Args:
        account: whose operations.
        regions: of which regions.
        filters: which operations.
        history: from which page on, and since when.
        order: returns the order for a source.
        has_legend: whether the last line counts the statuses.

    Raises:
        CommandError: regions failed, all the same or after some of their operations, or Ctrl-C.
        LightsailError: the only region failed.
    """
    check_page_token(history.page_token, regions)
    selection = Filter(filters, history.since)
    with connect(account, regions.names) as source, StatusLine() as line:
        progress = Progress(line, source.clients)
        pages = progress.follow(source.pages(history.page_token))
        batches = progress.note(order(source).apply(selection.apply(pages)))
        try:
            yield Reading(source, batches)
        except FleetError as error:
            progress.conclude(has_legend=has_legend)
            raise _regions_failed(error, list(source.clients)) from None
        except KeyboardInterrupt:
            line.clear()
            raise _interrupted(progress, len(source.clients)) from None
        progress.conclude(has_legend=has_legend)
        if not progress.shown:
            for doubt in selection.doubts():
                hint(doubt)


def _regions_failed(error: FleetError, regions: Sequence[RegionName]) -> CommandError:
    errors = {region: error.by_key[region] for region in regions if region in error.by_key}
    report_regions(errors)
    for region, each in errors.items():
        if each.page_token:
            hint(resume_advice(each.page_token, region))
    all_failed = len(errors) == len(regions)
    status = ExitStatus.FAILED if all_failed else ExitStatus.SOME_REGIONS_FAILED
    return CommandError("", status=status)


def _interrupted(progress: Progress, regions: int) -> CommandError:
    advice = [
        resume_advice(page_token, region if regions > 1 else None)
        for region, page_token in progress.page_tokens
        if page_token
    ]
    return CommandError("interrupted.", *advice, status=ExitStatus.INTERRUPTED)
