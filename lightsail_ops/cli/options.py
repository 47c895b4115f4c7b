"""The options of the commands: how they are parsed, completed and grouped in the help."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import click
from click.core import augment_usage_errors

from lightsail_ops.cli.columns import COLUMNS, Column, column_named
from lightsail_ops.enums import OperationStatus, OperationType

ROWS = {"terminal": 40, "picture": 100, "page": 300}
"""The most resources that each kind of timeline shows by default."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,6})([smhdw])", re.IGNORECASE)

if TYPE_CHECKING:
    from botocore.session import Session


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
    no_headers: bool = False
    utc: bool = False

    ids: tuple[str, ...] = ()
    interval: float | None = None
    timeout: float = 0.0
    cursor_file: str | None = None
    save: str | None = None
    rows: int | None = None
    group: str | None = None

    @property
    def poll_interval(self) -> float:
        """Seconds between two polls."""
        return self.interval or (1.0 if self.demo else 5.0)

    def check(self) -> None:
        """Raise a UsageError for options that exclude each other."""
        if self.demo and (self.profile or self.endpoint_url):
            raise click.UsageError("--demo takes neither --profile nor --endpoint-url.")
        if self.regions and self.all_regions:
            raise click.UsageError("--region and --all-regions exclude each other.")
        amounts = [f"--{name}" for name in ("last", "all", "limit") if getattr(self, name)]
        if len(amounts) > 1:
            raise click.UsageError(f"{amounts[0]} and {amounts[1]} exclude each other.")
        if self.page_token and (self.all_regions or len(self.regions) > 1):
            raise click.UsageError(
                "--page-token continues in one region. Name it with a single --region."
            )
        if self.columns and self.output == "id":
            raise click.UsageError("--columns does not go with --output id.")


class Command(click.Command):
    """A command whose help shows options in groups, and ends in examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples: Sequence[str] = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; an error says which command's help to read."""
        with augment_usage_errors(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> int:
        """Check the options, and run the function with the terminal and the options."""
        options = Options(context=ctx, **ctx.params)
        function = cast("Callable[[Any, Options], int]", self.callback)
        with augment_usage_errors(ctx):
            options.check()
            return function(ctx.obj, options)

    def groups(self) -> dict[str, list[click.Option]]:
        """Return the options by the heading of their group."""
        groups: dict[str, list[click.Option]] = {}
        for parameter in self.params:
            if isinstance(parameter, Option):
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


# --- What options take: functions that return the value of a string, or raise a BadParameter


def parse_string(string: str) -> str:
    """Refuse an empty string, which is what a variable gives that is not set."""
    if not string.strip():
        raise click.BadParameter("is empty. Is a variable not set?")
    return string


def parse_time(string: str, *, now: datetime, utc: bool) -> datetime:
    """Return the time that a user means, in UTC.

    Args:
        string: a duration before now such as `24h`, a date, or a date and time in ISO 8601.
        now: what a duration is counted back from.
        utc: whether a time without a zone is in UTC. Otherwise it is in this machine's zone.

    Raises:
        BadParameter: the string is none of these.
    """
    try:
        if duration := _DURATION.fullmatch(string.strip()):
            number, unit = duration.groups()
            return now - timedelta(**{_UNITS[unit.lower()]: int(number)})
        parsed = datetime.fromisoformat(string.strip())
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=UTC) if utc else parsed.astimezone()
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"not a valid time: {string!r}. Write how long ago (90s, 30m, 24h, 7d), "
            "or a date (2026-11-01, 2026-11-01T09:30, 2026-11-01T09:30Z)."
        ) from None


def _parse_time(string: str) -> datetime:
    utc = bool(click.get_current_context().params.get("utc"))  # --utc is parsed before the others
    return parse_time(string, now=datetime.now(UTC), utc=utc)


def _number(
    parse: Callable[[str], float], least: float, most: float, words: str
) -> Callable[[str], float]:
    def parse_number(string: str) -> float:
        with suppress(ValueError):
            number = parse(string)
            if least <= number <= most:  # no NaN is
                return number
        raise click.BadParameter(f"must be {words}, not {string!r}.")

    return parse_number


def _seconds(most: int) -> Callable[[str], float]:
    return _number(float, 0.1, most, f"a number of seconds from 0.1 to {most}")


def _parse_endpoint_url(string: str) -> str:
    """Check a URL; the message does not repeat it, since it may hold a password."""
    from lightsail_ops._botocore.session import check_endpoint_url  # late: it is seldom needed

    try:
        check_endpoint_url(string)
    except ValueError as error:
        raise click.BadParameter(f"{error}.".removeprefix("endpoint_url ")) from None
    return string


def _parse_names(string: str) -> tuple[str, ...]:
    names = tuple(name for name in map(str.strip, string.split(",")) if name)
    if not names:
        raise click.BadParameter("at least one name is needed.")
    return names


def _parse_columns(string: str) -> tuple[Column, ...]:
    return tuple(map(column_named, _parse_names(string)))


def _parse_picture(string: str) -> str:
    if not parse_string(string).lower().endswith((".html", ".pdf", ".png", ".svg")):
        raise click.BadParameter(
            f"the name must end in .png, .svg, .pdf or .html, unlike {string!r}."
        )
    return string


_COUNT = _number(int, 1, math.inf, "a whole number from 1 on")


# --- The options, in the groups of the help


class Option(click.Option):
    """An option, with the heading of its group in the help.

    Args:
        words: its names and, behind them, what stands for its value in the help.
        meaning: its help.
        parse: returns the value of a string, or a type of click's. None for a flag.
        is_list: whether a value holds names that are separated by commas.
        offer: returns the names that a shell offers.
        settings: further arguments of `click.Option`.
    """

    heading: str = ""

    def __init__(
        self,
        words: str,
        meaning: str,
        parse: Any = parse_string,
        *,
        is_list: bool = False,
        offer: Callable[[], Iterable[str]] | None = None,
        **settings: Any,
    ) -> None:
        # The word is repeated as it is, or the shell takes what is offered for no completion.
        def complete(_: click.Context, __: click.Parameter, word: str) -> list[str]:
            before, comma, last = word.rpartition(",") if is_list else ("", "", word)
            return [
                before + comma + last + name[len(last) :]
                for name in sorted(map(str, offer() if offer else ()))
                if name.lower().startswith(last.lower())
            ]

        names = words.split(" ")
        metavar = None if names[-1].startswith("-") else names.pop()
        if is_list:
            settings |= {"multiple": True, "callback": _flatten}
        if offer:
            settings["shell_complete"] = complete
        if parse is None:
            # Not False for the others: click would leave out a value that begins with "-".
            settings["is_flag"] = True
        super().__init__(names, type=parse, help=meaning, metavar=metavar, **settings)
        self.is_list: bool = is_list


def _group(heading: str, *options: Option) -> Sequence[Option]:
    for option in options:
        option.heading = heading
    return options


_offer_files = click.Path().shell_complete


def _session() -> Session:
    from lightsail_ops._botocore.session import new_session  # late: only the shell needs it here

    return new_session()


def _list_regions() -> Iterable[str]:
    return _session().get_available_regions("lightsail")


def _flatten(_: click.Context, __: click.Parameter, lists: Iterable[Iterable[Any]]) -> Any:
    return tuple(dict.fromkeys(each for names in lists for each in names))


def _deduplicate(_: click.Context, __: click.Parameter, values: Iterable[str]) -> Any:
    return tuple(dict.fromkeys(values))


def _set_colour(context: click.Context, _: click.Parameter, colour: Any) -> Any:
    for screen in (context.obj.out, context.obj.err):
        screen.set_colour(colour)
    return colour


_REGION: Any = {"multiple": True, "callback": _deduplicate, "offer": _list_regions}
_DEFAULT_REGION = "Defaults to AWS_REGION, or else to that of your AWS configuration."


# fmt: off
class Group:
    """The options by their groups in the help, some of them also by themselves."""

    ACCOUNT = _group(
        "Account",
        Option("--profile NAME", "A profile of your AWS configuration.",
               offer=lambda: _session().available_profiles),
        Option("--endpoint-url URL", "Send the requests to this server instead of AWS.",
               _parse_endpoint_url),
        Option("--demo", "Use a made-up account on this machine.", None),
    )
    REGION = _group(
        "Region",
        Option("regions --region REGION", f"A region such as us-west-2. {_DEFAULT_REGION}",
               **_REGION),
    )
    REGIONS = _group(
        "Regions",
        Option("regions --region REGION",
               f"A region such as us-west-2. May be repeated. {_DEFAULT_REGION}", **_REGION),
        Option("--all-regions", "Every region that has Lightsail.", None),
    )
    SELECTION = _group(
        "Which operations",
        Option("statuses --status STATUS",
               "Such as Failed or started,notstarted. May be repeated.",
               _parse_names, is_list=True, offer=lambda: OperationStatus),
        Option("types --type TYPE",
               "Such as CreateInstance, create-instance or '*snapshot*'. May be repeated.",
               _parse_names, is_list=True, offer=lambda: OperationType),
        Option("--resource NAME", "The name of a resource, such as web-1 or 'web-*'."),
        Option("--since TIME", "Created (watch: changed) at that time or later: 24h, 2026-11-01 "
               "or 2026-11-01T09:30Z. Defaults to 10m with watch.", _parse_time),
        Option("--until TIME", "Created before that time.", _parse_time),
    )
    LAST, ALL, LIMIT = AMOUNT = _group(
        "How many",
        Option("--last N", "The N most recent operations, the oldest of them first.", _COUNT),
        Option("--all", "All operations, which is the default in a pipe.", None),
        Option("--limit N", "The first N operations of the order, and then stop.", _COUNT),
    )
    ORDER = _group(
        "Order",
        Option("--sort", "Sort by the time of creation, the last change or the duration.",
               click.Choice(["created", "changed", "took"])),
        Option("--reverse", "Reverse the order.", None),
        Option("--page-token TOKEN", "Continue from a page, in one region and in AWS's order. CSV "
               "has no header then, and JSON is an array of its own."),
    )
    POSITION = _group(
        "Position",
        Option("--cursor-file FILE",
               "Continue where the last run with this file stopped, and keep it up to date. One "
               "file serves any number of profiles and regions.", shell_complete=_offer_files),
    )
    WAITING = _group(
        "Waiting",
        Option("--timeout SECONDS", "Seconds after which to stop. Defaults to 1200.",
               _seconds(31_536_000), default="1200"),
    )
    POLLING = _group(
        "Polling",
        Option("--interval SECONDS", "Seconds between polls. Defaults to 5.", _seconds(86_400)),
    )
    PICTURE = _group(
        "Picture",
        Option("--save FILE",
               "Draw it into a .png, .svg, .pdf or .html file too. The last is interactive.",
               _parse_picture, shell_complete=_offer_files),
        Option("--rows N", "The N resources with the most recent operations. Defaults to "
               f"{ROWS['terminal']} in a terminal, {ROWS['picture']} in a picture and "
               f"{ROWS['page']} in HTML.", _COUNT),
        Option("--group", "Keep the rows of each region together.", click.Choice(["region"])),
    )
    OUTPUT = _group(
        "Output",
        Option("--output -o", "Defaults to a table on a terminal, and to jsonl elsewhere.",
               click.Choice(["table", "json", "jsonl", "csv", "id"])),
        Option("--columns NAME,...", "Such as id,created,took. May be repeated.",
               _parse_columns, is_list=True, offer=lambda: (column.name for column in COLUMNS)),
        Option("--no-headers", "Write a table or CSV without its header.", None),
    )
    SCREEN = _group(
        "Output",
        Option("--color", "Defaults to auto: NO_COLOR, FORCE_COLOR and the terminal decide.",
               click.Choice(["auto", "always", "never"]),
               default="auto", callback=_set_colour),
        Option("--utc", "Read and show times in UTC. Defaults to your time zone.", None,
               is_eager=True),  # the times of other options are parsed by it
    )
# fmt: on
