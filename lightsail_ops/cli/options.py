"""The options that commands share: how they are parsed, grouped in the help, and written again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeAlias, TypeVar, cast
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from lightsail_ops.cli import completion
from lightsail_ops.cli.columns import Column
from lightsail_ops.cli.terminal import Terminal
from lightsail_ops.cli.values import (
    LONGEST_INTERVAL,
    parse_columns,
    parse_count,
    parse_endpoint_url,
    parse_list,
    parse_string,
    parse_time,
    seconds_up_to,
)

_F = TypeVar("_F", bound=Callable[..., Any])
Decorator: TypeAlias = Callable[[_F], _F]


class Options(SimpleNamespace):
    """The values of a command's options. What a command does not have is as if it were not set."""

    context: click.Context

    profile: str | None = None
    endpoint_url: str | None = None
    demo: bool = False
    regions: tuple[str, ...] = ()
    all_regions: bool = False

    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    resource: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    last: int | None = None
    all: bool = False
    limit: int | None = None
    sort: str | None = None
    reverse: bool = False
    page_token: str | None = None

    output: str | None = None
    columns: tuple[Column, ...] = ()
    utc: bool = False

    ids: tuple[str, ...] = ()
    interval: float | None = None
    timeout: float = 0.0
    cursor_file: str | None = None
    save: str | None = None
    rows: int | None = None
    group: str | None = None

    def check(self) -> None:
        """Raise a UsageError for options that exclude each other."""
        if self.demo and (self.profile or self.endpoint_url):
            raise click.UsageError("--demo takes neither --profile nor --endpoint-url.")
        if self.regions and self.all_regions:
            raise click.UsageError("--region and --all-regions exclude each other.")
        amounts = [f"--{name}" for name in ("last", "all", "limit") if getattr(self, name)]
        if len(amounts) > 1:
            raise click.UsageError(f"{amounts[0]} and {amounts[1]} exclude each other.")
        if self.page_token and (self.all_regions or len(set(self.regions)) > 1):
            raise click.UsageError(
                "--page-token continues in one region. Name it with a single --region."
            )
        if self.columns and self.output == "id":
            raise click.UsageError("--columns does not go with --output id.")

    def command(self, **changes: object) -> str:
        """Return this command as a line for a shell, so that it can be run again.

        Times are written as they were understood, since `24h` means another time later. A URL that
        holds a password is left out.

        Args:
            changes: other values of options, by their names here. None or False: without it.
        """
        words = [*self.context.command_path.split(" ")]
        for parameter in self.context.command.params:
            name = str(parameter.name)
            value = changes.get(name)
            if name not in changes and _was_written(self.context, name):
                value = self.context.params[name]
            words += _write_again(parameter, value)
        return shlex.join(words)


class Command(click.Command):
    """A command whose help shows options in groups, and ends in examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples: Sequence[str] = examples

    def invoke(self, ctx: click.Context) -> int:
        """Check the options, and run the function with the terminal and the options."""
        terminal: Terminal = ctx.obj
        options = Options(context=ctx, **ctx.params)
        try:
            options.check()
            status: int = self.callback(terminal, options) if self.callback else 0
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # it says which command's help to read
            raise
        return status

    def groups(self) -> dict[str, list[click.Option]]:
        """Return the options by the heading of their group."""
        groups: dict[str, list[click.Option]] = {}
        for parameter in self.params:
            if isinstance(parameter, _Option):
                groups.setdefault(parameter.heading, []).append(parameter)
        return groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group into the help."""
        for heading, options in self.groups().items():
            records = [option.get_help_record(ctx) for option in options]
            with formatter.section(heading):
                formatter.write_dl([record for record in records if record is not None])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples into the help, as they are."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


class _Option(click.Option):
    def __init__(self, *args: Any, heading: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.heading = heading


def option(heading: str, *names: str, **settings: Any) -> Decorator[Any]:
    """Return a decorator for an option in a group of the help."""
    return click.option(*names, cls=_Option, heading=heading, **settings)


def compose(*decorators: Decorator[Any]) -> Decorator[Any]:
    """Return a decorator that adds options in the order in which they are named."""

    def add(function: _F) -> _F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


def _flatten(_: click.Context, __: click.Parameter, lists: Iterable[Iterable[Any]]) -> Any:
    return tuple(dict.fromkeys(each for names in lists for each in names))


def _set_colour(context: click.Context, _: click.Parameter, colour: Any) -> None:
    context.obj.set_colour(colour)


# --- Groups of options


account_options: Decorator[Any] = compose(
    option(
        "Account",
        "--profile",
        metavar="NAME",
        type=parse_string,
        help="A profile of your AWS configuration.",
        shell_complete=completion.complete_profiles,
    ),
    option(
        "Account",
        "--endpoint-url",
        metavar="URL",
        type=parse_endpoint_url,
        help="Send the requests to this server instead of AWS.",
    ),
    option("Account", "--demo", is_flag=True, help="Use a made-up account on this machine."),
)

region_option: Decorator[Any] = option(
    "Region",
    "regions",
    "--region",
    metavar="REGION",
    multiple=True,
    type=parse_string,
    help="A region such as us-west-2. Defaults to AWS_REGION, or else to that of your AWS "
    "configuration.",
    shell_complete=completion.complete_regions,
)

regions_options: Decorator[Any] = compose(
    option(
        "Regions",
        "regions",
        "--region",
        metavar="REGION",
        multiple=True,
        type=parse_string,
        help="A region such as us-west-2. May be repeated. Defaults to AWS_REGION, or else to that "
        "of your AWS configuration.",
        shell_complete=completion.complete_regions,
    ),
    option("Regions", "--all-regions", is_flag=True, help="Every region that has Lightsail."),
)

filter_options: Decorator[Any] = compose(
    option(
        "Which operations",
        "statuses",
        "--status",
        metavar="STATUS",
        multiple=True,
        type=parse_list,
        callback=_flatten,
        help="Such as Failed or started,notstarted. May be repeated.",
        shell_complete=completion.complete_statuses,
    ),
    option(
        "Which operations",
        "types",
        "--type",
        metavar="TYPE",
        multiple=True,
        type=parse_list,
        callback=_flatten,
        help="Such as CreateInstance, create-instance or '*snapshot*'. May be repeated.",
        shell_complete=completion.complete_types,
    ),
    option(
        "Which operations",
        "--resource",
        metavar="NAME",
        type=parse_string,
        help="The name of a resource, such as web-1 or 'web-*'.",
    ),
    option(
        "Which operations",
        "--since",
        metavar="TIME",
        type=parse_time,
        help="Created (watch: changed) at that time or later: 24h, 2026-11-01 or "
        "2026-11-01T09:30Z. Defaults to 10m with watch.",
    ),
    option(
        "Which operations",
        "--until",
        metavar="TIME",
        type=parse_time,
        help="Created before that time.",
    ),
)

last_option: Decorator[Any] = option(
    "How many",
    "--last",
    metavar="N",
    type=parse_count,
    help="The N most recent operations, the oldest of them first.",
)

limit_option: Decorator[Any] = option(
    "How many",
    "--limit",
    metavar="N",
    type=parse_count,
    help="The first N operations of the order, and then stop.",
)

output_options: Decorator[Any] = compose(
    option(
        "Output",
        "--output",
        "-o",
        type=click.Choice(["table", "json", "jsonl", "csv", "id"]),
        help="Defaults to a table on a terminal, and to jsonl elsewhere.",
    ),
    option(
        "Output",
        "--columns",
        metavar="NAME,...",
        multiple=True,
        type=parse_columns,
        callback=_flatten,
        help="Such as id,created,took. May be repeated.",
        shell_complete=completion.complete_columns,
    ),
)

screen_options: Decorator[Any] = compose(
    option(
        "Output",
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        callback=_set_colour,
        expose_value=False,
        help="Defaults to auto: NO_COLOR, FORCE_COLOR and the terminal decide.",
    ),
    option(
        "Output",
        "--utc",
        is_flag=True,
        is_eager=True,  # the times of other options are parsed by it
        help="Read and show times in UTC. Defaults to your time zone.",
    ),
)

interval_option: Decorator[Any] = option(
    "Polling",
    "--interval",
    metavar="SECONDS",
    type=seconds_up_to(LONGEST_INTERVAL),
    help="Seconds between polls. Defaults to 5.",
)


# --- A command as it was written


def _was_written(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _write_again(parameter: click.Parameter, value: object) -> list[str]:
    if value is None or value is False or value == () or _holds_password(parameter, value):
        return []
    if isinstance(parameter, click.Argument):
        return list(cast("tuple[str, ...]", value))
    name = max(parameter.opts, key=len)
    if value is True:
        return [name]
    if not isinstance(value, tuple):
        return [name, _format(value)]
    formatted = [_format(each) for each in cast("tuple[object, ...]", value)]
    if parameter.callback is None:
        return [word for each in formatted for word in (name, each)]
    return [name, ",".join(formatted)]


def _format(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"
    return value.name if isinstance(value, Column) else f"{value}"


def _holds_password(parameter: click.Parameter, value: object) -> bool:
    return parameter.name == "endpoint_url" and "@" in urlsplit(str(value)).netloc
