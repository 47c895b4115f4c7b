"""`lightsail-ops timeline`."""

# pyright: reportUnknownMemberType=false
# matplotlib and plotly leave the arguments of the methods that save a figure without types.

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, cast

import attrs
import click

from lightsail_ops.cli import values
from lightsail_ops.cli.errors import CommandError, ExitStatus
from lightsail_ops.cli.gantt import draw
from lightsail_ops.cli.option_groups import OptionGroup, command
from lightsail_ops.cli.options import (
    AccountOptions,
    FilterOptions,
    HistoryOptions,
    RegionsOptions,
    TimeOptions,
)
from lightsail_ops.cli.ordering import Order
from lightsail_ops.cli.reading import read_operations
from lightsail_ops.cli.terminal import Screen, StatusLine
from lightsail_ops.cli.times import display_zone
from lightsail_ops.models import Operation
from lightsail_ops.plot.layout import chart_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROWS = 40  # in a terminal
_ROWS_OF_A_PICTURE = 100
_ROWS_OF_A_PAGE = 300


@attrs.frozen(kw_only=True)
class PictureOptions(OptionGroup):
    """What the picture shows, and where it is saved."""

    heading: ClassVar[str] = "Picture"

    save: Annotated[
        Path | None,
        click.Option(
            ["--save"],
            metavar="FILE",
            type=values.parse_picture,
            help="Draw it into a .png, .svg, .pdf or .html file too. The last is interactive.",
        ),
    ] = None
    rows: Annotated[
        int | None,
        click.Option(
            ["--rows"],
            metavar="N",
            type=values.parse_count,
            help="The N resources with the most recent operations. Defaults to "
            f"{_ROWS} in a terminal, {_ROWS_OF_A_PICTURE} in a picture and {_ROWS_OF_A_PAGE} in "
            "HTML.",
        ),
    ] = None
    group: Annotated[
        str | None,
        click.Option(
            ["--group"],
            type=click.Choice(["region"]),
            help="Keep the rows of each region together.",
        ),
    ] = None


@command(
    "timeline",
    "lightsail-ops timeline --since 24h",
    "lightsail-ops timeline --all-regions --group region",
    "lightsail-ops timeline --since 7d --save timeline.html",
)
def draw_timeline(
    account: AccountOptions,
    regions: RegionsOptions,
    filters: FilterOptions,
    history: HistoryOptions,
    picture: PictureOptions,
    times: TimeOptions,
) -> ExitStatus:
    """Draw operations over time.

    Each resource has a row, and each operation a bar from its creation to its last change, or to
    now if it has not ended.
    """
    if picture.save:
        _check_package(picture.save)
    order = Order(limit=history.limit, last=history.last)
    with read_operations(
        account, regions, filters, history, lambda _: order, has_legend=False
    ) as reading:
        operations = [operation for batch in reading.batches for operation in batch]
    if not operations:
        return _draw_nothing(picture.save)
    zone = display_zone(utc=times.utc)
    chart = chart_of(
        operations,
        now=datetime.now(UTC),
        max_rows=picture.rows or _ROWS,
        group_by_region=picture.group is not None,
    )
    draw(chart, Screen.of(sys.stdout), zone)
    if picture.save:
        _save(operations, picture, zone, picture.save)
    return ExitStatus.DONE


def _draw_nothing(save: Path | None) -> ExitStatus:
    if save:
        raise CommandError(f"there are no operations to draw; {save} was not written.")
    with StatusLine() as line:
        line.leave("there are no operations to draw")
    return ExitStatus.DONE


def _check_package(save: Path) -> None:
    package = "plotly" if _is_page(save) else "matplotlib"
    try:
        import_module(package)
    except ImportError as error:
        raise CommandError(
            f"--save {save} needs {package}.", 'pip install "lightsail-ops[plot]"'
        ) from error


def _save(
    operations: Sequence[Operation], picture: PictureOptions, zone: tzinfo, file: Path
) -> None:
    save: Callable[..., None] = _save_page if _is_page(file) else _save_picture
    save(operations, picture, zone, file)
    with StatusLine() as line:
        line.leave(f"saved {file}")


def _save_page(
    operations: Sequence[Operation], picture: PictureOptions, zone: tzinfo, file: Path
) -> None:
    from lightsail_ops import plot  # late: only a picture needs it

    figure = plot.interactive_timeline(
        operations,
        zone=zone,
        max_rows=picture.rows or _ROWS_OF_A_PAGE,
        group_by_region=picture.group is not None,
    )
    figure.write_html(
        file, include_plotlyjs=True, config={"displaylogo": False, "responsive": True}
    )


def _save_picture(
    operations: Sequence[Operation], picture: PictureOptions, zone: tzinfo, file: Path
) -> None:
    import matplotlib as mpl

    from lightsail_ops import plot  # late, as above

    mpl.use("agg")  # it draws without a screen
    axes = plot.timeline(
        operations,
        zone=zone,
        max_rows=picture.rows or _ROWS_OF_A_PICTURE,
        group_by_region=picture.group is not None,
    )
    cast("Figure", axes.figure).savefig(file)  # a figure of its own, and not a part of one


def _is_page(file: Path) -> bool:
    return file.suffix.lower() == ".html"
