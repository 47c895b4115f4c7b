"""Errors in one line or two for people, and the exit statuses."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import IntEnum

import attrs
from botocore.exceptions import BotoCoreError, NoCredentialsError

from lightsail_ops._printable import printable
from lightsail_ops.cli.terminal import Screen, Style
from lightsail_ops.enums import RegionName
from lightsail_ops.errors import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    CredentialsError,
    InvalidInputError,
    LightsailError,
    NotFoundError,
    RegionSetupInProgressError,
    ServiceError,
    ThrottlingError,
    TransportError,
    UnauthenticatedError,
)


class ExitStatus(IntEnum):
    """How the program ends."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    TIMED_OUT = 3
    SOME_REGIONS_FAILED = 4
    INTERRUPTED = 130


MEANINGS: dict[ExitStatus, str] = {
    ExitStatus.DONE: "Done. `wait`: every operation succeeded. Also if the reader of a pipe "
    "closed it.",
    ExitStatus.FAILED: "An error; every region failed. `wait`: an operation failed.",
    ExitStatus.USAGE: "The options or the input are not valid.",
    ExitStatus.TIMED_OUT: "`wait`: the timeout expired, and no operation failed.",
    ExitStatus.SOME_REGIONS_FAILED: "Some of several regions failed. The output of the others is "
    "complete.",
    ExitStatus.INTERRUPTED: "Interrupted by Ctrl-C.",
}


class CommandError(Exception):
    """An error of the program itself, or one that has been described already.

    Attributes:
        message: what happened; empty if that has been printed.
        advice: what to do about it, a line for each thing.
        status: how the program ends.
    """

    def __init__(self, message: str, *advice: str, status: ExitStatus = ExitStatus.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.status = status


@attrs.frozen
class Description:
    """What happened, and what to do about it or an empty string."""

    message: str
    advice: str = ""


def describe(error: Exception) -> Description:
    """Describe an error of the library, of botocore or of the operating system."""
    match error:
        case ApiError():
            return _describe_api_error(error)
        case CredentialsError() | NoCredentialsError() if _lacks_credentials(error):
            return Description(
                "there are no AWS credentials on this machine.",
                "Choose a profile with --profile NAME, run aws configure, or try --demo.",
            )
        case TransportError():
            return Description(f"no response: {_sentence(str(error))}", "Check the network.")
        case OSError() if not isinstance(error, LightsailError):
            where = error.filename or "standard output"
            return Description(f"{error.strerror or error}: {where}.")
        case _:
            return Description(_sentence(str(error)))


def resume_advice(page_token: str, region: str | None = None) -> str:
    """Say which options continue a listing from a page."""
    where = f"--region {shlex.quote(region)} " if region else ""
    return f"Resume with {where}--page-token {shlex.quote(page_token)}"


def report(message: str, *advice: str) -> None:
    """Print an error and, on lines of their own, what to do about it on standard error."""
    _print_labelled("error", Style("red", bold=True), message)
    for line in advice:
        hint(line)


def hint(advice: str) -> None:
    """Print on standard error what a user may want to do."""
    _print_labelled("help", Style("cyan", bold=True), advice)


def warn(message: str) -> None:
    """Print on standard error what does not stop the program."""
    _print_labelled("warning", Style("yellow", bold=True), message)


def report_regions(errors: Mapping[RegionName, LightsailError]) -> None:
    """Name the regions that failed, those with the same error on one line."""
    regions_by_description: dict[Description, list[RegionName]] = {}
    for region, error in errors.items():
        description = describe(error)
        # AWS's message often names the region, which must not keep equal errors apart.
        common = attrs.evolve(description, message=description.message.replace(region, "{region}"))
        regions_by_description.setdefault(common, []).append(region)
    for description, regions in regions_by_description.items():
        name = regions[0] if len(regions) == 1 else "{region}"
        message = f"{', '.join(regions)}: {description.message.replace('{region}', name)}"
        report(message, description.advice)


# What introduces AWS's own message, and what to do; {action} is the name of the API's action.
_WORDS: dict[type[ApiError], tuple[str, str]] = {
    AccessDeniedError: ("AWS denied {action}", "Allow the IAM action lightsail:{action}."),
    AccountSetupInProgressError: ("the account is not ready", "Try again in a few minutes."),
    InvalidInputError: ("AWS rejected the input", ""),
    NotFoundError: ("AWS did not find it", "lightsail-ops list -o id lists the ids."),
    RegionSetupInProgressError: ("the region is not ready", "Try again in a few minutes."),
    ServiceError: ("AWS had an internal error", "Try again in a few minutes."),
    ThrottlingError: ("AWS throttled the request", "Try again in a minute."),
    UnauthenticatedError: (
        "AWS did not accept the credentials",
        "Sign in again, or choose others with --profile NAME.",
    ),
}


def _describe_api_error(error: ApiError) -> Description:
    beginning, advice = _WORDS.get(type(error), ("", ""))
    beginning = beginning.replace("{action}", error.operation_name) or f"AWS returned {error.code}"
    advice = advice.replace("{action}", error.operation_name)
    if error.tip:
        keeps_ours = isinstance(error, AccessDeniedError | NotFoundError)  # it says more
        advice = f"{advice} {_sentence(error.tip)}" if keeps_ours else _sentence(error.tip)
    return Description(f"{beginning}: {_sentence(error.message)}", advice)


def _lacks_credentials(error: BotoCoreError) -> bool:
    return isinstance(error, NoCredentialsError) or isinstance(error.__cause__, NoCredentialsError)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _print_labelled(label: str, style: Style, text: str) -> None:
    if text:
        screen = Screen.of(sys.stderr)
        with suppress(OSError):  # nowhere is left to say it
            screen.print(f"{screen.paint(f'{label}:', style)} {printable(text)}")
            screen.stream.flush()
