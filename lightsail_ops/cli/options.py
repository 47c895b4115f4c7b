"""The options of the commands: how they are parsed, completed, grouped in the help, and written."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import attrs
import click
from click.core import ParameterSource

from lightsail_ops.cli import times
from lightsail_ops.cli.columns import COLUMNS, Column, column_named
from lightsail_ops.enums import OperationStatus, OperationType

ROWS = 40  # of a timeline in a terminal
ROWS_OF_A_PICTURE = 100
ROWS_OF_A_PAGE = 300

if TYPE_CHECKING:
    from botocore.session import Session

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # it is not generic before click 8.4


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
        context = self.context
        words = context.command_path.split(" ")
        for parameter in context.command.params:
            name = str(parameter.name)
            was_written = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
            written = context.params.get(name) if was_written else None
            words += _write_again(parameter, changes.get(name, written))
        return shlex.join(words)


class Command(click.Command):
    """A command whose help shows options in groups, and ends in examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples: Sequence[str] = examples

    def invoke(self, ctx: click.Context) -> int:
        """Check the options, and run the function with the terminal and the options."""
        options = Options(context=ctx, **ctx.params)
        function = cast("Callable[[Any, Options], int]", self.callback)
        try:
            options.check()
            return function(ctx.obj, options)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # it says which command's help to read
            raise

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
                formatter.write_dl(list(filter(None, records)))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples into the help, as they are."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


@attrs.frozen(slots=False, eq=False)
class Value(_ParamType):
    """The values of an option: how they are parsed, and which of them a shell offers."""

    parse: Callable[[str], object]
    """Returns the value of a string, or raises a ValueError that says what is wrong."""

    names: Callable[[], Iterable[str]] | None = None
    """Returns what a shell offers."""

    is_list: bool = False
    """Whether a string holds names that are separated by commas."""

    is_file: bool = False
    name: str = "value"  # click wants one

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse a string."""
        try:
            return self.parse(value)
        except ValueError as error:
            self.fail(f"{error}", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """Return what begins exactly as the word does, or the shell takes it for no completion."""
        from click.shell_completion import CompletionItem  # late: only the shell needs it

        if self.is_file:
            return [CompletionItem(incomplete, type="file")]
        before, comma, last = incomplete.rpartition(",") if self.is_list else ("", "", incomplete)
        return [
            CompletionItem(before + comma + last + name[len(last) :])
            for name in sorted(map(str, self.names() if self.names else ()))
            if name.lower().startswith(last.lower())
        ]


# --- What options take


def parse_string(string: str) -> str:
    """Refuse an empty string, which is what a variable gives that is not set."""
    if not string.strip():
        raise ValueError("is empty. Is a variable not set?")
    return string


def _parse_time(string: str) -> datetime:
    utc = bool(click.get_current_context().params.get("utc"))  # --utc is parsed before the others
    return times.parse_time(string, now=datetime.now(UTC), utc=utc)


def _number(parse: Callable[[str], float], least: float, most: float, words: str) -> Value:
    def parse_number(string: str) -> float:
        try:
            number = parse(string)
        except ValueError:
            number = math.nan
        if not least <= number <= most:  # neither is a NaN
            raise ValueError(f"must be {words}, not {string!r}.")
        return number

    return Value(parse_number)


def _seconds(most: int) -> Value:
    return _number(float, 0.1, most, f"a number of seconds from 0.1 to {most}")


def _parse_endpoint_url(string: str) -> str:
    """Check a URL; the message does not repeat it, since it may hold a password."""
    from lightsail_ops._botocore.session import check_endpoint_url  # late: it is seldom needed

    try:
        check_endpoint_url(string)
    except ValueError:
        raise ValueError(
            "must have a scheme, a host and a valid port, as in http://127.0.0.1:5005."
        ) from None
    return string


def _parse_names(string: str) -> tuple[str, ...]:
    names = tuple(name for name in map(str.strip, string.split(",")) if name)
    if not names:
        raise ValueError("at least one name is needed.")
    return names


def _parse_picture(string: str) -> str:
    if not parse_string(string).lower().endswith((".html", ".pdf", ".png", ".svg")):
        raise ValueError(f"the name must end in .png, .svg, .pdf or .html, unlike {string!r}.")
    return string


def _new_session() -> Session:
    from lightsail_ops._botocore.session import new_session  # late: only the shell needs it here

    return new_session()


STRING = Value(parse_string)
_PROFILE = Value(parse_string, lambda: _new_session().available_profiles)
_REGION = Value(parse_string, lambda: _new_session().get_available_regions("lightsail"))
_URL = Value(_parse_endpoint_url)
_STATUSES = Value(_parse_names, lambda: OperationStatus, is_list=True)
_TYPES = Value(_parse_names, lambda: OperationType, is_list=True)
_COLUMNS = Value(
    lambda string: tuple(map(column_named, _parse_names(string))),
    lambda: (column.name for column in COLUMNS),
    is_list=True,
)
_TIME = Value(_parse_time)
_COUNT = _number(int, 1, math.inf, "a whole number from 1 on")


# --- The options, in the groups of the help


class _Option(click.Option):
    heading = ""


def _option(words: str, value: Any, meaning: str, **settings: Any) -> _Option:
    """Make an option.

    Args:
        words: its names and, behind them, what stands for its value in the help.
        value: the type of its value. None for a flag.
        meaning: its help.
        settings: further arguments of `click.Option`.
    """
    names = words.split(" ")
    metavar = None if names[-1].startswith("-") else names.pop()
    if isinstance(value, Value) and value.is_list:
        settings |= {"multiple": True, "callback": _flatten}
    if value is None:
        settings["is_flag"] = True  # False would let click leave out a value that begins with "-"
    return _Option(names, type=value, help=meaning, metavar=metavar, **settings)


def _group(heading: str, *options: _Option) -> Sequence[_Option]:
    for option in options:
        option.heading = heading
    return options


def _flatten(_: click.Context, __: click.Parameter, lists: Iterable[Iterable[Any]]) -> Any:
    return tuple(dict.fromkeys(each for names in lists for each in names))


def _set_colour(context: click.Context, _: click.Parameter, colour: Any) -> None:
    context.obj.set_colour(colour)


_DEFAULT_REGION = "Defaults to AWS_REGION, or else to that of your AWS configuration."


# fmt: off
class Group:
    """The options by their groups in the help, some of them also by themselves."""

    ACCOUNT = _group(
        "Account",
        _option("--profile NAME", _PROFILE, "A profile of your AWS configuration."),
        _option("--endpoint-url URL", _URL, "Send the requests to this server instead of AWS."),
        _option("--demo", None, "Use a made-up account on this machine."),
    )
    REGION = _group(
        "Region",
        _option("regions --region REGION", _REGION,
                f"A region such as us-west-2. {_DEFAULT_REGION}", multiple=True),
    )
    REGIONS = _group(
        "Regions",
        _option("regions --region REGION", _REGION,
                f"A region such as us-west-2. May be repeated. {_DEFAULT_REGION}", multiple=True),
        _option("--all-regions", None, "Every region that has Lightsail."),
    )
    SELECTION = _group(
        "Which operations",
        _option("statuses --status STATUS", _STATUSES,
                "Such as Failed or started,notstarted. May be repeated."),
        _option("types --type TYPE", _TYPES,
                "Such as CreateInstance, create-instance or '*snapshot*'. May be repeated."),
        _option("--resource NAME", STRING, "The name of a resource, such as web-1 or 'web-*'."),
        _option("--since TIME", _TIME, "Created (watch: changed) at that time or later: 24h, "
                "2026-11-01 or 2026-11-01T09:30Z. Defaults to 10m with watch."),
        _option("--until TIME", _TIME, "Created before that time."),
    )
    LAST, ALL, LIMIT = AMOUNT = _group(
        "How many",
        _option("--last N", _COUNT, "The N most recent operations, the oldest of them first."),
        _option("--all", None, "All operations, which is the default in a pipe."),
        _option("--limit N", _COUNT, "The first N operations of the order, and then stop."),
    )
    ORDER = _group(
        "Order",
        _option("--sort", click.Choice(["created", "changed", "took"]),
                "Sort by the time of creation, the last change or the duration."),
        _option("--reverse", None, "Reverse the order."),
        _option("--page-token TOKEN", STRING,
                "Continue from a page, in one region and in AWS's order."),
    )
    POSITION = _group(
        "Position",
        _option("--cursor-file FILE", Value(parse_string, is_file=True),
                "Continue where the last run with this file stopped, and keep it up to date. One "
                "file serves any number of profiles and regions."),
    )
    WAITING = _group(
        "Waiting",
        _option("--timeout SECONDS", _seconds(31_536_000),
                "Seconds after which to stop. Defaults to 1200.", default="1200"),
    )
    POLLING = _group(
        "Polling",
        _option("--interval SECONDS", _seconds(86_400), "Seconds between polls. Defaults to 5."),
    )
    PICTURE = _group(
        "Picture",
        _option("--save FILE", Value(_parse_picture, is_file=True),
                "Draw it into a .png, .svg, .pdf or .html file too. The last is interactive."),
        _option("--rows N", _COUNT, "The N resources with the most recent operations. Defaults to "
                f"{ROWS} in a terminal, {ROWS_OF_A_PICTURE} in a picture and {ROWS_OF_A_PAGE} in "
                "HTML."),
        _option("--group", click.Choice(["region"]), "Keep the rows of each region together."),
    )
    OUTPUT = _group(
        "Output",
        _option("--output -o", click.Choice(["table", "json", "jsonl", "csv", "id"]),
                "Defaults to a table on a terminal, and to jsonl elsewhere."),
        _option("--columns NAME,...", _COLUMNS, "Such as id,created,took. May be repeated."),
    )
    SCREEN = _group(
        "Output",
        _option("--color", click.Choice(["auto", "always", "never"]),
                "Defaults to auto: NO_COLOR, FORCE_COLOR and the terminal decide.",
                default="auto", callback=_set_colour, expose_value=False),
        _option("--utc", None, "Read and show times in UTC. Defaults to your time zone.",
                is_eager=True),  # the times of other options are parsed by it
    )
# fmt: on


# --- A command as it was written


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
    if parameter.callback is _flatten:
        return [name, ",".join(formatted)]
    return [word for each in formatted for word in (name, each)]


def _format(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    return value.name if isinstance(value, Column) else f"{value}"


def _holds_password(parameter: click.Parameter, value: object) -> bool:
    return parameter.name == "endpoint_url" and "@" in urlsplit(str(value)).netloc
