"""What went wrong, in one or two lines that a person can act on, and the exit status."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import typer
from botocore.exceptions import BotoCoreError, NoCredentialsError
from rich.console import Console
from rich.text import Text

from lightsail_ops import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    CredentialsError,
    FleetError,
    InvalidInputError,
    LightsailError,
    NotFoundError,
    RegionSetupInProgressError,
    ServiceError,
    ThrottlingError,
    TransportError,
    UnauthenticatedError,
    WaitTimeoutError,
)
from lightsail_ops._timeline import printable


class ExitStatus(IntEnum):
    """How the program ends."""

    FAILED = 1
    USAGE = 2
    TIME_IS_UP = 3
    SOME_REGIONS_FAILED = 4
    INTERRUPTED = 130


class ProblemError(Exception):
    """Something that only this program can meet."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.advice = advice


@contextmanager
def reported() -> Generator[None]:
    """Turn whatever goes wrong in this block into lines on standard error and an exit status."""
    try:
        yield
    except BrokenPipeError:
        _forget_stdout()  # whoever read it has had enough, which is no error
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        raise typer.Exit(ExitStatus.INTERRUPTED) from None
    except FleetError as error:
        report_regions(error.by_source)
        raise typer.Exit(ExitStatus.SOME_REGIONS_FAILED) from None
    except (LightsailError, BotoCoreError, ProblemError, OSError) as error:
        what, advice = explained(error)
        report(what, f"{advice} {_carry_on_advice(error)}".strip())
        in_time = not isinstance(error, WaitTimeoutError)
        raise typer.Exit(ExitStatus.FAILED if in_time else ExitStatus.TIME_IS_UP) from None


def report(what: str, advice: str = "") -> None:
    """Say on standard error what went wrong and, if there is something, what to do about it."""
    console = Console(stderr=True, highlight=False)
    for style, label, text in (("bold red", "error", what), ("bold cyan", "help", advice)):
        if text:
            line = Text.assemble((f"{label}: ", style), printable(text))
            # Into a file a line stays a line; on a terminal it is broken between words, but
            # never within one, so that a long page token can be copied.
            console.print(line, soft_wrap=not console.file.isatty(), overflow="ignore", crop=False)


def explained(error: Exception) -> tuple[str, str]:
    """Return what went wrong, and what to do about it or an empty text."""
    what, advice = _explained(error)
    return what, _with_tip(error, advice)


def _carry_on_advice(error: Exception) -> str:
    token = error.page_token if isinstance(error, LightsailError) else None
    if token is None or isinstance(error, InvalidInputError):  # then it may be the token itself
        return ""
    return carry_on_advice(token)


def carry_on_advice(page_token: str, region: str | None = None) -> str:
    """Say which options go on from a page."""
    where = f"--region {region} " if region else ""
    return f"Carry on from there with {where}--page-token {shlex.quote(page_token)}"


def _explained(error: Exception) -> tuple[str, str]:
    match error:
        case ApiError():
            beginning, advice = _WORDS.get(type(error), (f"AWS answered {error.code}: ", ""))
            action = error.operation_name
            return beginning.format(action) + _full_stop(error.message), advice.format(action)
        case CredentialsError() if isinstance(error.__cause__, NoCredentialsError):
            return (
                "there are no AWS credentials on this machine.",
                "Choose a profile with --profile NAME, run aws configure, or try --demo.",
            )
        case TransportError():
            return f"no answer: {_full_stop(str(error))}", "Is the network up?"
        case ProblemError():
            return str(error), error.advice
        case OSError() if not isinstance(error, LightsailError):  # a WaitTimeoutError is both
            return f"{error.strerror or error}: {error.filename or 'standard output'}.", ""
        case _:
            return _full_stop(str(error)), ""


# What AWS's words are introduced with, and what to do; {} is the API's action.
_WORDS: dict[type[ApiError], tuple[str, str]] = {
    AccessDeniedError: ("AWS denied {}: ", "Allow the IAM action lightsail:{}."),
    AccountSetupInProgressError: ("the account is not ready: ", "Try again in a few minutes."),
    InvalidInputError: ("AWS does not take this: ", ""),
    NotFoundError: ("AWS does not find this: ", "lightsail-ops list -o jsonl shows ids."),
    RegionSetupInProgressError: ("the region is not ready: ", "Try again in a few minutes."),
    ServiceError: ("AWS has a problem: ", "Try again in a few minutes."),
    ThrottlingError: ("AWS was asked too often: ", "Try again in a minute."),
    UnauthenticatedError: (
        "AWS does not accept the credentials: ",
        "Sign in again, or choose others with --profile NAME.",
    ),
}


def _with_tip(error: Exception, advice: str) -> str:
    """Return AWS's advice, and ours where it says more."""
    if not isinstance(error, ApiError) or not error.tip:
        return advice
    tip = _full_stop(error.tip)
    return f"{advice} {tip}" if isinstance(error, AccessDeniedError | NotFoundError) else tip


def _full_stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def report_regions(errors: Mapping[Any, LightsailError]) -> None:
    """Name the regions that failed, those with the same error on one line."""
    regions_by_problem: dict[tuple[str, str], list[str]] = {}
    for region, error in errors.items():
        what, advice = _explained(error)
        # AWS's words often name the region, which must not keep equal errors apart.
        problem = (what.replace(region, "{region}"), _with_tip(error, advice))
        regions_by_problem.setdefault(problem, []).append(region)
    for (what, advice), regions in regions_by_problem.items():
        its_name = regions[0] if len(regions) == 1 else "{region}"
        report(f"{', '.join(regions)}: {what.replace('{region}', its_name)}", advice)
    for region, error in errors.items():
        if error.page_token:
            report("", carry_on_advice(error.page_token, region))


def _forget_stdout() -> None:
    """Let what is still buffered go nowhere, or Python would stumble over it when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
