"""The commands of `lightsail-ops` and their options."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Spinner
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from lightsail_ops import (
    LightsailError,
    Operation,
    OperationFailedError,
    OperationsClient,
    OperationsPage,
    ThrottlingError,
    TransportError,
    __version__,
)
from lightsail_ops._timeline import printable
from lightsail_ops.cli.demo import things_happening, unfinished_operation
from lightsail_ops.cli.options import (
    HOW,
    WHICH,
    AllRegions,
    Demo,
    EndpointUrl,
    Interval,
    Limit,
    Output,
    PageToken,
    Profile,
    Region,
    Regions,
    Resource,
    Since,
    Statuses,
    Types,
    Until,
    Utc,
)
from lightsail_ops.cli.output import write
from lightsail_ops.cli.problems import ProblemError, explained, report, reported
from lightsail_ops.cli.screen import (
    Progress,
    StatusLine,
    is_terminal,
    local_zone,
    show,
    standard_output,
)
from lightsail_ops.cli.selection import (
    Selection,
    parsed_statuses,
    parsed_time,
    parsed_types,
)
from lightsail_ops.cli.source import Source
from lightsail_ops.cli.timeline import picture

app: typer.Typer = typer.Typer(
    name="lightsail-ops",
    help="What was done in an Amazon Lightsail account: list it, watch it, wait for it, see it.",
    epilog="Try it without an AWS account: lightsail-ops list --demo",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # what is not foreseen is a bug, which needs no decoration
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status; what is wrong in the options takes two lines."""
    try:
        status: Any = app(arguments, prog_name="lightsail-ops", standalone_mode=False)
    except Exception as error:
        # Typer's errors share a base class, but under another name in each of its versions.
        words: Callable[[], str] | None = getattr(error, "format_message", None)
        if words is None:
            raise
        context: Any = getattr(error, "ctx", None)
        command = context.command_path if context else "lightsail-ops"
        report(words(), f"{command} --help shows what it takes.")
        return int(getattr(error, "exit_code", 2))
    return status or 0


@app.callback(invoke_without_command=True)
def common(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Show the version, or what there is, if no command is given."""
    if version:
        typer.echo(f"lightsail-ops {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command("list")
def list_operations(  # noqa: PLR0913 - the options
    *,
    region: Regions = None,
    all_regions: AllRegions = False,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    demo: Demo = False,
    status: Statuses = None,
    type_: Types = None,
    resource: Resource = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    page_token: PageToken = None,
    output: Output = None,
    utc: Utc = False,
) -> None:
    r"""List operations: a table on a terminal, one JSON object a line into a pipe.

    \b
    lightsail-ops list --all-regions --status Failed --since 7d
    lightsail-ops list --output csv > operations.csv
    """
    with reported():
        source = _source(region, profile, endpoint_url, all_regions=all_regions, demo=demo)
        source.check(page_token)
        selection = _selection(status, type_, resource, since, until, limit, utc=utc)
        with source.connected() as connection, Progress(len(connection.clients)) as progress:
            pages = progress.counted(connection.pages(page_token))
            batches = progress.selected(selection.of(pages))
            several_regions = len(connection.clients) > 1
            write(batches, output, several_regions=several_regions, utc=utc)


@app.command()
def watch(  # noqa: PLR0913 - the options
    *,
    region: Regions = None,
    all_regions: AllRegions = False,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    demo: Demo = False,
    status: Statuses = None,
    type_: Types = None,
    resource: Resource = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Changed then or later, as 2026-11-01T09:30Z; 10m unless told.",
            rich_help_panel=WHICH,
        ),
    ] = None,
    until: Until = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="End after N lines.", rich_help_panel=WHICH),
    ] = None,
    interval: Interval = None,
    output: Output = None,
    utc: Utc = False,
) -> None:
    r"""Show each new operation and each change of status, until Ctrl-C.

    \b
    lightsail-ops watch --all-regions --status Failed
    lightsail-ops watch --output jsonl | jq -r .resourceName
    """
    with reported():
        source = _source(region, profile, endpoint_url, all_regions=all_regions, demo=demo)
        source.check()
        selection = _selection(status, type_, resource, None, until, limit, utc=utc)
        beginning = _moment(since or "10m", "--since", utc=utc)
        interval = interval or (1.0 if demo else 5.0)
        with source.connected() as connection, StatusLine() as line:
            regions = [str(name) for name in connection.clients]
            happenings = (
                things_happening(connection.server, regions) if connection.server else nullcontext()
            )
            where = regions[0] if len(regions) == 1 else f"{len(regions)} regions"
            with happenings:
                changes = connection.changes(interval=interval, since=beginning)
                batches = selection.of(_one_by_one(changes, line, where))
                with _to_be_carried_on(interval):
                    several_regions = len(regions) > 1
                    write(batches, output, several_regions=several_regions, utc=utc, is_watch=True)


@app.command()
def wait(  # noqa: PLR0913 - the options
    operation_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The operation's id.", show_default=False)
    ] = None,
    *,
    region: Region = None,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    demo: Demo = False,
    timeout: Annotated[
        float,
        typer.Option(min=0.1, metavar="SECONDS", help="When to give up.", rich_help_panel=HOW),
    ] = 1200.0,
    interval: Interval = None,
    output: Output = None,
    utc: Utc = False,
) -> None:
    r"""Wait until an operation has ended, and show it.

    Exit status: 0 it succeeded, 1 it failed, 3 the time is up.

    \b
    lightsail-ops wait 6e5f9c1b-6a1c-4a3c-9d0c-0a6a54d4ae6b && echo done
    """
    with reported():
        if operation_id is None and not demo:
            raise typer.BadParameter("say which operation, by its id.", param_hint="ID")
        regions = [region] if region else None
        source = _source(regions, profile, endpoint_url, demo=demo)
        source.check()
        with source.connected() as connection:
            (client,) = connection.clients.values()
            if operation_id is None and connection.server:
                operation_id = unfinished_operation(connection.server, *connection.clients)
            failure: OperationFailedError | None = None
            try:
                operation = _waited_for(
                    client, str(operation_id), timeout, interval or (1.0 if demo else 5.0)
                )
            except OperationFailedError as error:
                operation, failure = error.operation, error
            write([[operation]], output, several_regions=False, utc=utc)
            if failure:
                raise failure


@app.command()
def timeline(  # noqa: PLR0913 - the options
    *,
    region: Regions = None,
    all_regions: AllRegions = False,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    demo: Demo = False,
    status: Statuses = None,
    type_: Types = None,
    resource: Resource = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    page_token: PageToken = None,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw it into an .svg, .png or .pdf too.", rich_help_panel=HOW
        ),
    ] = None,
    utc: Utc = False,
) -> None:
    r"""Draw operations over time: a row for each resource, a bar for each operation.

    \b
    lightsail-ops timeline --since 24h
    lightsail-ops timeline --all-regions --status Failed --save failed.svg
    """
    with reported():
        draw = _drawing(save) if save else None
        source = _source(region, profile, endpoint_url, all_regions=all_regions, demo=demo)
        source.check(page_token)
        selection = _selection(status, type_, resource, since, until, limit, utc=utc)
        console = standard_output()
        with (
            source.connected() as connection,
            Progress(len(connection.clients), has_legend=False) as progress,
        ):
            pages = progress.counted(connection.pages(page_token))
            batches = progress.selected(selection.of(pages))
            operations = [operation for batch in batches for operation in batch]
        if operations:
            zone = local_zone(utc=utc)
            show(console, picture(operations, console.width, zone))
            if save and draw:
                draw(operations, zone, save)


def _source(
    regions: Sequence[str] | None,
    profile: str | None,
    endpoint_url: str | None,
    *,
    all_regions: bool = False,
    demo: bool,
) -> Source:
    return Source(
        regions=tuple(regions or ()),
        all_regions=all_regions,
        profile=profile,
        endpoint_url=endpoint_url,
        demo=demo,
    )


def _selection(  # noqa: PLR0913, PLR0917 - the options
    statuses: Sequence[str] | None,
    types: Sequence[str] | None,
    resource: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    *,
    utc: bool,
) -> Selection:
    return Selection(
        statuses=parsed_statuses(statuses or ()),
        types=parsed_types(types or ()),
        resource=resource,
        since=_moment(since, "--since", utc=utc) if since else None,
        until=_moment(until, "--until", utc=utc) if until else None,
        limit=limit,
    )


def _moment(text: str, option: str, *, utc: bool) -> datetime:
    return parsed_time(text, option, utc=utc, now=datetime.now(UTC))


def _one_by_one(
    changes: Iterable[Operation], line: StatusLine, where: str
) -> Iterator[OperationsPage]:
    """Yield each change as a page of its own, and say between them that more may come."""
    watching = f"watching {where}; Ctrl-C ends"
    line.show(watching)
    for change in changes:
        line.clear()
        yield OperationsPage(operations=(change,))
        line.show(watching)


@contextmanager
def _to_be_carried_on(interval: float) -> Generator[None]:
    """Add to an error from which moment on to watch again.

    Nothing says when the last reading was complete, so that is meant generously; what is shown
    twice does no harm.
    """
    try:
        yield
    except LightsailError as error:
        since = datetime.now(UTC) - max(timedelta(minutes=5), 3 * timedelta(seconds=interval))
        what, advice = explained(error)
        carry_on = f"Carry on with --since {since:%Y-%m-%dT%H:%M:%SZ}"
        raise ProblemError(what, f"{advice} {carry_on}".lstrip()) from error


def _waited_for(
    client: OperationsClient, operation_id: str, timeout: float, interval: float
) -> Operation:
    operation: Operation | str = operation_id
    with suppress(ThrottlingError, TransportError):  # these pass, and `wait` knows how to wait
        operation = client.get_operation(operation_id)
    with _spinner(operation):
        return client.wait(operation, timeout=timeout, poll_interval=interval)


def _spinner(operation: Operation | str) -> AbstractContextManager[object]:
    """Return what turns on standard error, if that is a terminal, while one waits."""
    console = Console(stderr=True, highlight=False)
    if not is_terminal(console):
        return nullcontext()
    if isinstance(operation, Operation):
        name = printable(operation.resource_name)
        what = f"{operation.operation_type} of {name} is {operation.status}"
    else:
        what = f"waiting for {printable(operation)}"
    spinner = Spinner(
        SpinnerColumn("line" if console.options.ascii_only else "dots"),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    spinner.add_task(what, total=None)
    return spinner


def _drawing(file: Path) -> Callable[[list[Operation], tzinfo, Path], None]:
    """Return what draws into a file, before anything is asked for.

    Raises:
        BadParameter: no such file can be drawn.
        ProblemError: matplotlib is not installed.
    """
    if file.suffix.lower() not in {".svg", ".png", ".pdf"}:
        raise typer.BadParameter("the name must end in .svg, .png or .pdf.", param_hint="--save")
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise ProblemError(
            "--save needs matplotlib.", 'pip install "lightsail-ops[plot]"'
        ) from error
    mpl.use("agg")  # it draws without a screen
    return _draw


def _draw(operations: list[Operation], zone: tzinfo, file: Path) -> None:
    from lightsail_ops import plot  # late: matplotlib takes a second

    figure: Any = plot.timeline(operations, zone=zone).figure  # never a SubFigure, here
    figure.savefig(file)
    StatusLine().leave(Text(f"saved {file}"))
