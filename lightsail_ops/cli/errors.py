"""Errors in one line or two for people, and the exit statuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from lightsail_ops.enums import RegionName
from lightsail_ops.errors import (
    AccessDeniedError,
    ApiError,
    CredentialsError,
    LightsailError,
    NotFoundError,
    TransportError,
)


class ExitStatus(IntEnum):
    """How the program ends."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    TIMED_OUT = 3
    SOME_REGIONS_FAILED = 4
    UNREADABLE = 5
    INTERRUPTED = 130
    TERMINATED = 143


class CommandError(Exception):
    """An error of the program itself, or one that has been described already.

    The message is empty if it has been printed. The advice has a line for each thing to do.
    """

    def __init__(self, message: str, *advice: str, status: int = ExitStatus.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.status = status


class Description(NamedTuple):
    """What happened, and what to do about it or an empty string."""

    message: str
    advice: str = ""

    def about(self, subject: str) -> Description:
        """Return the same with the region or the operation that it is about."""
        return Description(f"{subject}: {self.message}", self.advice)

    def __str__(self) -> str:
        """Return both on one line, for where a line about how to continue comes behind it."""
        return f"{self.message} {self.advice}".rstrip()


def describe(error: Exception, list_ids: str = "lightsail-ops list -o id") -> Description:
    """Describe an error of the library, of botocore or of the operating system.

    `list_ids` is a command for the account that the error is about.
    """
    match error:
        case ApiError():
            return _describe_api_error(error, list_ids)
        case NoCredentialsError() | CredentialsError(__cause__=NoCredentialsError()):
            return Description(
                "there are no AWS credentials on this machine.",
                "Choose a profile with --profile NAME, run aws configure, or try --demo.",
            )
        case TransportError():
            beginning, advice = _WORDS["TransportError"]
            message = f"{beginning}: {sentence(str(error))}"
            return Description(message, advice if error.is_transient else "")
        case BotoCoreError():  # CredentialsErrors, too
            return Description(sentence(str(error)), _advise_about_configuration(error))
        case OSError() if not isinstance(error, LightsailError):
            where = error.filename or "standard output"
            is_missing = isinstance(error, FileNotFoundError)
            advice = "Create its folder, or name another file." if is_missing else ""
            return Description(f"{error.strerror or error}: {where}.", advice)
        case _:
            return Description(sentence(str(error)))


def describe_all(
    errors: Mapping[RegionName, LightsailError], *, names_regions: bool
) -> Iterable[Description]:
    """Describe the errors of regions, those with the same error at once."""
    regions_by_description: dict[Description, list[RegionName]] = {}
    for region, error in errors.items():
        message, advice = describe(error)
        # AWS's message often names the region, which must not keep equal errors apart.
        common = Description(message.replace(region, "{region}"), advice)
        regions_by_description.setdefault(common, []).append(region)
    for (message, advice), regions in regions_by_description.items():
        name = regions[0] if len(regions) == 1 else "REGION"
        description = Description(message.replace("{region}", name), advice)
        yield description.about(", ".join(regions)) if names_regions else description


def describe_warning(message: str) -> tuple[str, str]:
    """Return a warning of the library in plain words, and the part that is the same each time.

    The library logs `ThrottlingError (Throttling) while watching us-west-2: ... in 2.0 seconds`.
    """
    match = re.fullmatch(r"(\w+)(?: \((.*)\))? while [\w ]+ (\S+): (.*)", message, re.DOTALL)
    if match is None:
        return message, message
    name, reason, region, consequence = match.groups()
    what, _ = _WORDS.get(name, (name, ""))
    what = what.replace("{action}", "a request").replace("{code}", "an error")
    why = f"{region}: {what} ({reason})" if reason else f"{region}: {what}"
    return f"{why}; {consequence}", why


def sentence(string: str) -> str:
    """Return a string that ends as a sentence does."""
    return string if string.endswith((".", "!", "?")) else f"{string}."


# What introduces a message, and what to do, by the name of an error's class. {action} is the name
# of the API's action, {code} AWS's code, {list_ids} a command.
_WORDS = {
    "AccessDeniedError": ("AWS denied {action}", "Allow the IAM action lightsail:{action}."),
    "AccountSetupInProgressError": ("the account is not ready", "Try again in a few minutes."),
    "ApiError": ("AWS returned {code}", ""),
    "InvalidInputError": ("AWS rejected the input", ""),
    "NotFoundError": ("AWS did not find it", "{list_ids} lists the ids of a region."),
    "RegionSetupInProgressError": ("the region is not ready", "Try again in a few minutes."),
    "ResponseError": ("malformed response", ""),
    "ServiceError": ("AWS had an internal error", "Try again in a few minutes."),
    "ThrottlingError": ("AWS throttled the request", "Try again in a minute."),
    "TransportError": ("no response", "Check the network."),
    "UnauthenticatedError": (
        "AWS did not accept the credentials",
        "Sign in again, or choose others with --profile NAME.",
    ),
}


def _advise_about_configuration(error: BotoCoreError) -> str:
    match error.__cause__ if isinstance(error, CredentialsError) else error:
        case ProfileNotFound():
            return "aws configure list-profiles names those that there are."
        case PartialCredentialsError():
            return "Complete them, or choose a profile with --profile NAME."
        case None if "Check" in str(error):
            return ""  # the message says it
        case None:  # botocore's own might quote a secret
            return (
                "Sign in with aws sso login, choose another profile with --profile NAME, or run "
                "aws configure."
            )
        case _:
            return "Correct the variables AWS_... or the files of the AWS CLI."


def _describe_api_error(error: ApiError, list_ids: str) -> Description:
    beginning, advice = _WORDS.get(type(error).__name__, _WORDS["ApiError"])
    beginning = beginning.replace("{action}", error.operation_name).replace("{code}", error.code)
    advice = advice.replace("{action}", error.operation_name).replace("{list_ids}", list_ids)
    if error.tip:
        keeps_ours = isinstance(error, AccessDeniedError | NotFoundError)  # it says more
        advice = f"{advice} {sentence(error.tip)}" if keeps_ours else sentence(error.tip)
    return Description(f"{beginning}: {sentence(error.message)}", advice)
