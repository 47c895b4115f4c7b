"""Translates what a client raised into this library's errors.

botocore's messages may hold a credential where they quote a URL, a proxy or the output of a
credential process. There the error says in words of this library what failed, and the original is
not its cause: a cause is printed with every traceback.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from string import Formatter
from types import TracebackType
from typing import TypeVar, cast

from botocore import exceptions as botocore_exceptions
from botocore.exceptions import BotoCoreError, ClientError

from lightsail_ops._botocore.codes import find_class
from lightsail_ops._botocore.redaction import clean_all, leave_out_values
from lightsail_ops._botocore.transport import is_network_error, translate_network_error
from lightsail_ops._codec import is_mapping
from lightsail_ops.errors import ApiError, CredentialsError, LightsailError, ResponseError

_E = TypeVar("_E", bound=LightsailError)

_CREDENTIALS_ERRORS: tuple[type[Exception], ...] = tuple(
    getattr(botocore_exceptions, name)
    for name in (
        "BaseEndpointResolverError",  # NoRegionError among others
        "ConfigNotFound",
        "ConfigParseError",
        "CredentialRetrievalError",
        "EndpointProviderError",
        "InvalidConfigError",
        "InvalidRegionError",
        "LoginError",
        "MetadataRetrievalError",
        "NoAuthTokenError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "RefreshWithMFAUnsupportedError",
        "SSOError",
        "TokenRetrievalError",
        "UnknownCredentialError",
        "UnknownTokenProviderError",
    )
    if hasattr(botocore_exceptions, name)  # the newer ones are not in each supported version
)
_ADVICE: dict[type[BaseException], str] = {
    botocore_exceptions.NoRegionError: (
        " Pass region_name=... or set the variable AWS_DEFAULT_REGION."
    ),
    botocore_exceptions.NoCredentialsError: (
        ". Set the variable AWS_PROFILE, or see the page Credentials in boto3's guide."
    ),
}
# The fields of botocore's messages that name something. The others may quote a URL, a response, the
# output of a process or another exception.
_SAFE_FIELDS = frozenset(
    {
        "cred_var",
        "name",
        "operation_name",
        "path",
        "profile",
        "provided_retry_mode",
        "provider",
        "reason",
        "region_name",
        "service_name",
        "source_profile",
        "valid_modes",
        "visited_profiles",
    }
)
# Where botocore stumbles over a malformed response, and over unusable credentials.
_PARSING_MODULES = frozenset({"botocore.parsers", "botocore.model"})
_CREDENTIALS_MODULES = frozenset({"botocore.credentials", "botocore.tokens"})


class ErrorTranslation:
    """A context manager that raises another exception for one that leaves its block."""

    def __init__(
        self, translate: Callable[[Sequence[BaseException]], LightsailError | ValueError | None]
    ) -> None:
        """Take the function that translates.

        Args:
            translate: is given an exception and its causes, and returns the exception to raise
                instead; None lets the original pass.
        """
        self._translate = translate
        self._handled: BaseException | None = None

    def __enter__(self) -> None:
        self._handled = sys.exception()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        frames: TracebackType | None,
    ) -> None:
        if not isinstance(error, Exception) or isinstance(error, LightsailError):
            return
        translated = self._translate_and_release(error)
        if translated is None:
            return
        try:
            raise translated
        finally:
            # Else the original would be the context, which is printed and kept as a cause is.
            translated.__context__ = self._handled
            del error, frames  # which the error's traceback would keep alive with this frame

    def _translate_and_release(self, error: Exception) -> LightsailError | ValueError | None:
        causes = list(_walk_causes(error, self._handled))
        translated = self._translate(causes)
        if translated is not None:
            for cause in causes:  # their frames hold the body and the credentials
                traceback.clear_frames(cause.__traceback__)
        return translated


def typed_errors() -> ErrorTranslation:
    """Raise this library's errors for what a boto3 or aiobotocore client raises in a with block.

    `with typed_errors(): lightsail.create_instances(...)` raises `InvalidInputError`,
    `ThrottlingError`, `TransportError` and so on. An exception that is neither botocore's nor the
    network's passes.

    Raises:
        LightsailError: AWS, the network or this machine's configuration is at fault.
        ValueError: a parameter of the call is wrong by botocore's model of Lightsail.
    """
    return ErrorTranslation(translate_error)


def _walk_causes(
    error: BaseException | None, handled: BaseException | None
) -> Iterator[BaseException]:
    """Yield an exception and its causes, without what was being handled before the call."""
    while error is not None and error is not handled:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def translate_error(causes: Sequence[BaseException]) -> LightsailError | ValueError | None:
    """Return the exception to raise instead of what a client raised; None to let that pass."""
    match error := causes[0]:
        case ClientError():
            return _translate_client_error(error)
        case botocore_exceptions.ParamValidationError():
            return _translate_validation_error(error)
        case _ if is_network_error(error):
            return translate_network_error(causes)
        case _ if isinstance(error, _CREDENTIALS_ERRORS):
            return _quote(causes, CredentialsError, "No usable credentials or configuration")
        case BotoCoreError():  # a misused Stubber, for example
            return _quote(causes, LightsailError, "botocore could not make the call")
        case _:
            return _translate_by_origin(error)


def _translate_client_error(error: ClientError) -> LightsailError:
    original: object = error.response
    response = cast("Mapping[str, object]", clean_all(original))
    details, metadata = response.get("Error"), response.get("ResponseMetadata")
    status = metadata.get("HTTPStatusCode") if is_mapping(metadata) else None
    if isinstance(status, int) and 300 <= status < 400:  # AWS's JSON services send none
        return ResponseError(
            f"Malformed response to {error.operation_name}: its HTTP status is {status}",
            is_transient=True,
        )
    cls = find_class(details.get("Code") if is_mapping(details) else None, status)
    translated: ApiError = cls(response, error.operation_name)
    if response == original:  # else the original holds a credential, or a long body
        translated.__cause__ = error
    return translated


def _translate_validation_error(error: BotoCoreError) -> ValueError:
    original = str(error)
    translated = ValueError(leave_out_values(original))
    if str(translated) == original:
        translated.__cause__ = error
    return translated


def _quote(causes: Sequence[BaseException], cls: type[_E], summary: str) -> _E:
    """Return an error with botocore's message, or with only its class where that may be unsafe."""
    error = causes[0]
    template = str(getattr(error, "fmt", "{}"))
    fields = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
    if not fields <= _SAFE_FIELDS:
        return cls(f"{summary} ({type(error).__name__})")
    translated = cls(f"{error}{_ADVICE.get(type(error), '')}")
    details: Mapping[str, object] = getattr(error, "kwargs", {})
    if len(causes) == 1 and details.keys() <= _SAFE_FIELDS:
        translated.__cause__ = error
    return translated


def _translate_by_origin(error: BaseException) -> LightsailError | None:
    """Return the error for what botocore leaked; None for what came from elsewhere."""
    name = type(error).__name__
    modules = find_modules(error)
    if not modules.isdisjoint(_PARSING_MODULES):
        return ResponseError(
            f"Malformed response: botocore's parser raised {name}", is_transient=True
        )
    if not modules.isdisjoint(_CREDENTIALS_MODULES):
        return CredentialsError(f"The credentials could not be loaded ({name})")
    if "botocore.auth" in modules:
        return CredentialsError(
            f"The request could not be signed ({name}): "
            "the credentials or the endpoint URL is not valid"
        )
    return None


def find_modules(error: BaseException) -> set[str]:
    """Return the modules that an exception passed through, up to the last call of a handler.

    An exception that somebody's event handler raised is not botocore's.
    """
    modules: set[str] = set()
    for frame, _ in traceback.walk_tb(error.__traceback__):
        # aiobotocore has its own version of each of these modules.
        name = str(frame.f_globals.get("__name__")).removeprefix("aio")
        if name == "botocore.hooks":
            modules.clear()
        else:
            modules.add(name)
    return modules
