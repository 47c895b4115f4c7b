"""Translates what a client raised into this library's errors.

botocore's messages may hold a credential where they quote a URL, a proxy or the output of a
credential process. There the error says in words of this library what failed, and the original is
not its cause: a cause is printed with every traceback.
"""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from string import Formatter
from types import TracebackType
from typing import NamedTuple, TypeGuard

from botocore import exceptions as botocore_exceptions
from botocore.exceptions import BotoCoreError, ClientError

from lightsail_ops import errors
from lightsail_ops._botocore.network import (
    BOTOCORE_NETWORK_ERRORS,
    is_python_network_error,
    translate_network_error,
)
from lightsail_ops._botocore.redaction import BotocoreClient, clean_response, leave_out_values
from lightsail_ops.errors import ApiError, CredentialsError, LightsailError, ResponseError

# The class for each of AWS's codes. Sources: the exceptions of Lightsail's model; "Common Errors"
# in the Lightsail API reference and in the IAM user guide, the error codes of STS and of SSO for
# credentials; botocore.retries.standard and botocore's _retry.json for throttling.
_CODES: dict[type[ApiError], str] = {
    errors.ServiceError: "ServiceException",
    errors.InvalidInputError: "InvalidInputException",
    errors.NotFoundError: "NotFoundException",
    errors.OperationFailureError: "OperationFailureException",
    errors.AccessDeniedError: "AccessDeniedException AccessDenied ForbiddenException NotAuthorized",
    errors.AccountSetupInProgressError: "AccountSetupInProgressException",
    errors.RegionSetupInProgressError: "RegionSetupInProgressException",
    errors.UnauthenticatedError: """
        UnauthenticatedException AuthFailure ExpiredToken ExpiredTokenException IncompleteSignature
        IncompleteSignatureException InvalidAccessKeyId InvalidClientTokenId InvalidIdentityToken
        InvalidSignatureException InvalidToken MissingAuthenticationToken
        MissingAuthenticationTokenException RequestExpired RequestInTheFuture RequestTimeTooSkewed
        SignatureDoesNotMatch TokenRefreshRequired UnauthorizedException
        UnrecognizedClientException
    """,
    errors.ThrottlingError: """
        BandwidthLimitExceeded EC2ThrottledException LimitExceededException PriorRequestNotComplete
        ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled
        RequestThrottledException SlowDown ThrottledException Throttling ThrottlingException
        TooManyRequestsException TransactionInProgressException
    """,
}
_THROTTLING_STATUS_CODES = (429, 509)  # where the body has no code that is known

# By name: the newer ones are not in each supported version. NoRegionError is a
# BaseEndpointResolverError.
_CREDENTIALS_ERRORS = """
    BaseEndpointResolverError ConfigNotFound ConfigParseError CredentialRetrievalError
    EndpointProviderError InvalidChecksumConfigError InvalidConfigError InvalidDefaultsMode
    InvalidIMDSEndpointError InvalidIMDSEndpointModeError InvalidRegionError
    InvalidRetryConfigurationError InvalidSTSRegionalEndpointsConfigError LoginError
    MetadataRetrievalError MissingDependencyException NoAuthTokenError NoCredentialsError
    PartialCredentialsError ProfileNotFound RefreshWithMFAUnsupportedError SSOError
    TokenRetrievalError UnknownCredentialError UnknownSignatureVersionError
    UnknownTokenProviderError UnsupportedSignatureVersionError
"""
_ADVICE: dict[type[BaseException], str] = {
    botocore_exceptions.MissingDependencyException: ': pip install "botocore[crt]"',
    botocore_exceptions.NoRegionError: (
        " Pass region_name=... or set the variable AWS_DEFAULT_REGION."
    ),
    botocore_exceptions.NoCredentialsError: (
        ". Set the variable AWS_PROFILE, or see the page Credentials in boto3's guide."
    ),
}
# The fields of botocore's messages that name something. The others may quote a URL, a response, the
# output of a process or another exception.
_SAFE_FIELDS = """
    cred_var mode name operation_name path profile provided_retry_mode provider reason region_name
    service_name signature_version source_profile valid_modes visited_profiles
"""
# botocore stumbles here over a malformed response, and over unusable credentials.
_PARSING_MODULES = frozenset({"botocore.parsers", "botocore.model"})
_CREDENTIALS_MODULES = frozenset({"botocore.credentials", "botocore.tokens"})
_LIBRARIES = frozenset(
    {"aiobotocore", "aiohttp", "botocore", "http", "json", "socket", "ssl", "urllib3"}
)


class ErrorTranslation:
    """A context manager that raises another exception for one that leaves its block.

    Args:
        translate: returns the exception to raise instead; None lets the original pass.
    """

    def __init__(self, translate: Callable[[Raised], Exception | None]) -> None:
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
        if not isinstance(error, Exception):
            return
        translated = _translate_and_clear(error, self._translate)
        if translated is None:
            return
        try:
            raise translated
        finally:
            # Else the original would be the context, which is printed and kept as a cause is.
            translated.__context__ = self._handled
            del error, frames  # which the error's traceback would keep alive with this frame


def typed_errors() -> AbstractContextManager[None, None]:
    """Raise this library's errors for what a boto3 or aiobotocore client raises in a with block.

    `with typed_errors(): lightsail.create_instances(...)` raises `InvalidInputError`,
    `ThrottlingError`, `TransportError` and so on. An exception that did not come out of botocore
    passes, such as a TimeoutError of the block's own code.

    Raises:
        LightsailError: AWS, the network or this machine's configuration is at fault.
        ValueError: a parameter of the call is wrong by botocore's model of Lightsail.
    """
    return ErrorTranslation(_translate_of_others)


def configuration_errors() -> ErrorTranslation:
    """Raise this library's errors for what botocore raises over this machine's configuration."""
    return ErrorTranslation(_translate_configuration)


def translate_own_error(error: Exception) -> Exception | None:
    """Return the exception to raise for what a client raised in one of this library's own calls.

    None lets the client's exception pass.
    """
    return _translate_and_clear(error, partial(_translate, is_own=True))


def _translate_and_clear(
    error: Exception, translate: Callable[[Raised], Exception | None]
) -> Exception | None:
    if isinstance(error, LightsailError):
        return None
    raised = Raised.by(error)
    translated = translate(raised)
    if translated is not None:
        for cause in raised.causes:  # botocore's frames hold the body and the credentials
            traceback.clear_frames(_skip_to_library(cause.__traceback__))
    return translated


class Raised(NamedTuple):
    """An exception that left a block, with its causes and the way that it took."""

    causes: Sequence[BaseException]
    """The exception itself, and what it was raised from."""

    origin: str
    """The module that raised it."""

    modules: frozenset[str]
    """The modules that it passed through, up to the last call of a handler: an exception that
    somebody's event handler raised is not botocore's."""

    clients: Sequence[BotocoreClient]
    """The botocore clients whose methods it left."""

    @classmethod
    def by(cls, error: BaseException) -> Raised:
        """Follow an exception's traceback."""
        modules: set[str] = set()
        clients: list[BotocoreClient] = []
        module = ""
        for frame, _ in traceback.walk_tb(error.__traceback__):
            # aiobotocore has its own version of each of botocore's modules.
            module = str(frame.f_globals.get("__name__")).removeprefix("aio")
            if module == "botocore.hooks":
                modules.clear()
            else:
                modules.add(module)
            if module == "botocore.client":
                # Not by f_locals, which would keep a copy of all local variables with the frame.
                clients.extend(filter(is_botocore, gc.get_referents(frame)))
        return cls(list(_walk_causes(error)), module, frozenset(modules), clients)

    @property
    def is_botocores(self) -> bool:
        """True if it came out of botocore, or is an instance of one of botocore's own classes."""
        return self.is_from_botocore or _is_library(type(self.causes[0]).__module__)

    @property
    def is_from_botocore(self) -> bool:
        return any(name.startswith("botocore.") for name in self.modules)


def is_botocore(client: object) -> TypeGuard[BotocoreClient]:
    """Return whether a client is one of botocore's or aiobotocore's."""
    module = sys.modules.get("botocore.client")  # imported wherever there is such a client
    return module is not None and isinstance(client, module.BaseClient)


def _walk_causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and its causes, without what its caller was handling."""
    while error is not None:
        yield error
        context = None if error.__suppress_context__ else error.__context__
        if context is not None:
            frames = context.__traceback__
            if _skip_to_library(frames) is not frames:  # the caller's code has caught it
                context = None
        # botocore keeps an error and raises it later, when its context becomes what the caller is
        # handling. The origin is still in its arguments.
        origin = getattr(error, "kwargs", {}).get("error")
        error = error.__cause__ or context or (origin if isinstance(origin, Exception) else None)


def _is_library(module: str) -> bool:
    return module.partition(".")[0] in _LIBRARIES


def _skip_to_library(frames: TracebackType | None) -> TracebackType | None:
    """Return the frames of botocore and below, without those of the caller's own code."""
    while frames is not None:
        if _is_library(str(frames.tb_frame.f_globals.get("__name__"))):
            break
        frames = frames.tb_next
    return frames


def _translate(raised: Raised, *, is_own: bool = False) -> Exception | None:
    match error := raised.causes[0]:
        case ClientError():
            return _translate_client_error(error, raised.clients)
        case (
            botocore_exceptions.ParamValidationError()
            | botocore_exceptions.OperationNotPageableError()
            | botocore_exceptions.PaginationError()
        ):
            return _translate_wrong_call(error)
        case _ if isinstance(error, BOTOCORE_NETWORK_ERRORS) or (
            (is_own or raised.is_from_botocore) and is_python_network_error(error)
        ):
            return translate_network_error(raised.causes, raised.clients)
        case BotoCoreError():
            return _quote(raised.causes)
        case StopIteration() | StopAsyncIteration() if is_own:
            # Of an exhausted mock. It would end the caller's loop in silence.
            return RuntimeError(f"the client raised {type(error).__name__}")
        case _:
            return _translate_by_origin(type(error).__name__, raised)


def _translate_of_others(raised: Raised) -> Exception | None:
    """Return the exception to raise for one that leaves a block of the caller's code."""
    is_callers = (
        isinstance(raised.causes[0], ClientError | BotoCoreError) and not raised.is_botocores
    )
    return None if is_callers else _translate(raised)


def _translate_configuration(raised: Raised) -> Exception | None:
    translated = _translate(raised)
    if translated is None and any(name.startswith("boto") for name in raised.modules):
        # botocore can raise anything over a broken configuration, and quote a credential.
        return CredentialsError(
            f"This machine's AWS configuration is not usable ({type(raised.causes[0]).__name__}). "
            "Check the variables AWS_... and the files of the AWS CLI."
        )
    return translated


def _translate_client_error(
    error: ClientError, clients: Sequence[BotocoreClient]
) -> LightsailError:
    response = clean_response(error.response, clients)
    translated = ApiError(response, error.operation_name)
    status = translated.status_code
    if status is not None and 300 <= status < 400:  # AWS's JSON services send none
        return ResponseError(
            f"Malformed response to {error.operation_name}: its HTTP status is {status}",
            is_transient=True,
        )
    classes = [cls for cls, codes in _CODES.items() if translated.code in codes.split()]
    if status in _THROTTLING_STATUS_CODES:
        classes.append(errors.ThrottlingError)
    translated = next(iter(classes), ApiError)(response, error.operation_name)
    if response == error.response:  # else the original holds a credential, or a long body
        translated.__cause__ = error
    return translated


def _translate_wrong_call(error: BotoCoreError) -> Exception:
    """Return a ValueError for a mistake of the caller's; a PaginationError for a repeated token."""
    report = leave_out_values(str(error))
    is_of_paging = isinstance(error, botocore_exceptions.PaginationError)
    is_repeated = is_of_paging and "PageSize parameter" not in report
    translated = errors.PaginationError(report) if is_repeated else ValueError(report)
    if report == str(error):
        translated.__cause__ = error
    return translated


def _quote(causes: Sequence[BaseException]) -> LightsailError:
    """Return an error with botocore's message, or with only its class where that may be unsafe."""
    error = causes[0]
    cls, summary = LightsailError, "botocore could not make the call"  # a misused Stubber's error
    if not {cls.__name__ for cls in type(error).__mro__}.isdisjoint(_CREDENTIALS_ERRORS.split()):
        cls, summary = CredentialsError, "No usable credentials or configuration"
    safe_fields = frozenset(_SAFE_FIELDS.split())
    template = str(getattr(error, "fmt", "{}"))
    fields = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
    advice = _ADVICE.get(type(error), "")
    if not fields <= safe_fields:
        return cls(f"{summary} ({type(error).__name__}){advice}")
    translated = cls(f"{error}{advice}")
    details: Mapping[str, object] = getattr(error, "kwargs", {})
    if len(causes) == 1 and details.keys() <= safe_fields:
        translated.__cause__ = error
    return translated


def _translate_by_origin(name: str, raised: Raised) -> LightsailError | None:
    """Return the error for what botocore leaked; None for what came from elsewhere."""
    modules = raised.modules
    # In a call, the endpoint itself stumbles over a body that is null.
    is_null = raised.origin == "botocore.endpoint" and bool(raised.clients)
    if is_null or not modules.isdisjoint(_PARSING_MODULES):
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
