"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from lightsail_ops import OperationStatus, OperationType, RegionName
from lightsail_ops.cli.output import Format
from lightsail_ops.cli.selection import names_for_completion

WHERE, WHICH, HOW = "Where to look", "Which operations", "How to show them"
_REGIONS = [name for name in RegionName if name is not RegionName.GLOBAL]

Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        metavar="REGION",
        help="A region, such as us-west-2; may be repeated. Yours by default.",
        rich_help_panel=WHERE,
        autocompletion=names_for_completion(_REGIONS),
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        metavar="REGION",
        help="The region, such as us-west-2. Yours by default.",
        rich_help_panel=WHERE,
        autocompletion=names_for_completion(_REGIONS),
    ),
]
AllRegions = Annotated[
    bool,
    typer.Option("--all-regions", help="Every region that has Lightsail.", rich_help_panel=WHERE),
]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="A profile of your AWS configuration.", rich_help_panel=WHERE
    ),
]
EndpointUrl = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url", metavar="URL", help="Ask this server, not AWS.", rich_help_panel=WHERE
    ),
]
Demo = Annotated[
    bool,
    typer.Option("--demo", help="Use a made-up account on this machine.", rich_help_panel=WHERE),
]
Statuses = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        help="Such as Failed; may be repeated.",
        rich_help_panel=WHICH,
        autocompletion=names_for_completion(OperationStatus),
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Such as CreateInstance; may be repeated.",
        rich_help_panel=WHICH,
        autocompletion=names_for_completion(OperationType),
    ),
]
Resource = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="On the resource of this name; 'web-*' works too.",
        rich_help_panel=WHICH,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Created then or later: 24h, 2026-11-01 or 2026-11-01T09:30Z.",
        rich_help_panel=WHICH,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Created before then.", rich_help_panel=WHICH),
]
Limit = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="The first N of these.", rich_help_panel=WHICH),
]
PageToken = Annotated[
    str | None,
    typer.Option(
        "--page-token",
        metavar="TOKEN",
        help="Carry on from a page, in one region.",
        rich_help_panel=WHICH,
    ),
]
Output = Annotated[
    Format | None,
    typer.Option(
        "--output",
        "-o",
        help="A table on a terminal, else jsonl.",
        show_default=False,
        rich_help_panel=HOW,
    ),
]
Utc = Annotated[
    bool,
    typer.Option("--utc", help="Times in UTC, not in your zone.", rich_help_panel=HOW),
]


Interval = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        metavar="SECONDS",
        help="How long between two questions: 5, unless told.",
        rich_help_panel=HOW,
    ),
]
