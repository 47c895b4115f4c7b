"""`lightsail-ops timeline`."""

# pyright: reportUnknownMemberType=false
# matplotlib and plotly leave the arguments of the methods that save a figure without types.

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from lightsail_ops.cli.account import connect
from lightsail_ops.cli.errors import CommandError, ExitStatus
from lightsail_ops.cli.files import replace_file
from lightsail_ops.cli.options import ROWS, Command, Group, Options
from lightsail_ops.cli.reading import Reading
from lightsail_ops.cli.terminal import Terminal
from lightsail_ops.cli.times import display_zone
from lightsail_ops.models import Operation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BACKEND = "agg"  # of matplotlib: it draws without a screen
# Without it, a phone lays the page out as on a desk, and shrinks it.
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


@click.command(
    "timeline",
    cls=Command,
    params=[
        *(*Group.ACCOUNT, *Group.REGIONS, *Group.SELECTION, Group.LAST),
        *(*Group.PICTURE, *Group.SCREEN),
    ],
    examples=[
        "lightsail-ops timeline --since 24h",
        "lightsail-ops timeline --all-regions --group region",
        "lightsail-ops timeline --since 7d --save timeline.html",
    ],
)
def command(terminal: Terminal, options: Options) -> int:
    """Draw operations over time.

    Each resource has a row, and each operation a bar from its creation to its last change. An
    operation that has not ended has an arrow at its end.
    """
    if options.save:
        os.environ["MPLBACKEND"] = _BACKEND  # matplotlib fails at one that it does not know
        package = "plotly" if _is_page(options.save) else "matplotlib"
        try:
            import_module(package)
        except ImportError as error:
            advice = 'pip install "lightsail-ops[plot]"'
            raise CommandError(f"--save {options.save} needs {package}.", advice) from error
    with connect(terminal, options) as account:
        reading = Reading(account, options)
        with reading.explain_errors(terminal, "a timeline is drawn at the end"):
            with terminal.status(reading.describe):
                operations = reading.read_newest(options.last)
            reading.shown = len(operations)
            terminal.leave(reading.summarise())
            if operations and (not reading.errors or len(account.clients) > 1):
                _show(terminal, options, operations)
            elif options.save and not reading.errors:
                raise CommandError(
                    f"there are no operations to draw; {options.save} was not written."
                )
            elif not reading.errors:
                terminal.leave("there are no operations to draw")
    return ExitStatus.DONE


def _show(terminal: Terminal, options: Options, operations: Sequence[Operation]) -> None:
    """Draw operations in the terminal, and into the file that is named."""
    from lightsail_ops.cli.gantt import draw  # late: an error needs no picture
    from lightsail_ops.plot.layout import chart_of

    now, is_grouped = datetime.now(UTC), options.group is not None
    rows = options.rows or ROWS["terminal"]
    chart = chart_of(operations, now=now, max_rows=rows, group_by_region=is_grouped)
    with terminal.above():
        draw(chart, terminal.out, display_zone(utc=options.utc))
    if options.save:
        replace_file(Path(options.save), _render(options, operations, options.save))
        terminal.leave(f"saved {options.save}")


def _render(options: Options, operations: Sequence[Operation], save: str) -> bytes:
    """Return the content of the file that is saved."""
    from lightsail_ops import plot  # late: only a picture needs it

    zone, is_grouped = display_zone(utc=options.utc), options.group is not None
    rows = options.rows or ROWS["page" if _is_page(save) else "picture"]
    if _is_page(save):
        page = plot.interactive_timeline(
            operations, zone=zone, max_rows=rows, group_by_region=is_grouped
        )
        html: str = page.to_html(
            include_plotlyjs=True, config={"displaylogo": False, "responsive": True}
        )
        return html.replace("<head>", f"<head>{_VIEWPORT}", 1).encode()
    import matplotlib as mpl

    mpl.use(_BACKEND)
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)  # its cache of fonts is no concern
    axes = plot.timeline(operations, zone=zone, max_rows=rows, group_by_region=is_grouped)
    content = BytesIO()
    figure = cast("Figure", axes.figure)  # a figure of its own, and not a part of one
    figure.savefig(content, format=Path(save).suffix[1:].lower())
    return content.getvalue()


def _is_page(save: str) -> bool:
    return save.lower().endswith(".html")
