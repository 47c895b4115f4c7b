"""Every error that leaves this library, and how botocore's become them.

LightsailError                       everything that this library raises
├── ApiError                         AWS answered with an error (also a botocore ClientError)
│   ├── ServiceError
│   ├── InvalidInputError
│   ├── NotFoundError
│   ├── OperationFailureError
│   ├── AccessDeniedError
│   ├── AccountSetupInProgressError
│   ├── RegionSetupInProgressError
│   ├── UnauthenticatedError
│   └── ThrottlingError
├── TransportError                   no answer came (also a botocore BotoCoreError)
├── CredentialsError                 no usable credentials or region here (also a BotoCoreError)
├── ResponseError                    an answer that cannot be understood
├── PaginationError                  the page tokens go in a circle
├── OperationFailedError             what was waited for has failed
└── WaitTimeoutError                 it has not ended in time (also a TimeoutError)

FleetError                           an ExceptionGroup of the above: what failed, source by source
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from botocore import exceptions as botocore_exceptions
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from lightsail_ops.models import Operation

__all__ = [
    "AccessDeniedError",
    "AccountSetupInProgressError",
    "ApiError",
    "CredentialsError",
    "FleetError",
    "InvalidInputError",
    "LightsailError",
    "NotFoundError",
    "OperationFailedError",
    "OperationFailureError",
    "PaginationError",
    "RegionSetupInProgressError",
    "ResponseError",
    "ServiceError",
    "ThrottlingError",
    "TransportError",
    "UnauthenticatedError",
    "WaitTimeoutError",
]


_E = TypeVar("_E", bound=BaseException)

# What may hold a credential in a text that we did not write: a proxy's or endpoint's
# "user:password@", and the headers that AWS repeats when a signature does not match.
_USER_INFO = re.compile(r"(?<=://)[^/\s]+(?=@)")
_CREDENTIAL = re.compile(
    r"""((?:secret[_-]?access[_-]?key|(?:session|security)[_-]?token|signature|credential)
         ["']?\s*[:=]\s*["']?)[^\s"'&,]+""",
    re.IGNORECASE | re.VERBOSE,
)


def _without_credentials(text: str) -> str:
    return _CREDENTIAL.sub(r"\1***", _USER_INFO.sub("***", text))


def _unpickled(cls: type[_E], args: tuple[Any, ...], state: dict[str, Any]) -> _E:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class LightsailError(Exception):
    """The base of everything that this library raises about Lightsail and its answers."""

    page_token: str | None
    """The token of the request that failed, None if that was for the first page. With it,
    `client.operations(page_token=error.page_token)` carries on from there."""

    def __init__(self, message: str, *, page_token: str | None = None) -> None:
        # Not super(): the next class may be one of botocore's, which takes other arguments.
        Exception.__init__(self, _without_credentials(message))
        self.page_token = page_token

    # botocore's errors bring a __reduce__ of their own, which would give back another class.
    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (type(self), self.args, self.__dict__)


class ApiError(LightsailError, ClientError):
    """AWS answered with an error. Its subclasses are what one usually wants to tell apart.

    It is a botocore `ClientError` too, so a handler for that goes on working.
    """

    response: Any
    """The parsed answer, as botocore's `ClientError` has it."""

    operation_name: str
    """The API's operation, such as `GetOperations`, as botocore's `ClientError` has it."""

    code: str
    """AWS's code, such as `AccessDeniedException`."""

    message: str
    """What went wrong, in AWS's words."""

    status_code: int | None
    """The HTTP status."""

    request_id: str | None
    """AWS's id of the request, for its support."""

    docs: str | None
    """Where AWS documents the error, if it says so."""

    tip: str | None
    """What AWS advises to do, if it does."""

    def __init__(
        self,
        response: Mapping[str, Any],
        operation_name: str,
        *,
        page_token: str | None = None,
    ) -> None:
        ClientError.__init__(self, cast("Any", response), operation_name)
        LightsailError.__init__(self, str(self), page_token=page_token)
        error = response.get("Error", {})
        metadata = response.get("ResponseMetadata", {})
        self.code = str(error.get("Code", "Unknown"))
        self.message = _without_credentials(str(error.get("Message") or ""))
        self.status_code = metadata.get("HTTPStatusCode")
        self.request_id = metadata.get("RequestId")
        self.docs = response.get("docs")
        self.tip = response.get("tip")


class ServiceError(ApiError):
    """`ServiceException`: something went wrong inside Lightsail; try again later."""


class InvalidInputError(ApiError):
    """`InvalidInputException`: Lightsail does not take this input, such as a page token."""


class NotFoundError(ApiError):
    """`NotFoundException`: there is no such operation or resource."""


class OperationFailureError(ApiError):
    """`OperationFailureException`: Lightsail could not carry the request out."""


class AccessDeniedError(ApiError):
    """`AccessDeniedException`: the caller may not do this; allow `lightsail:GetOperations`."""


class AccountSetupInProgressError(ApiError):
    """`AccountSetupInProgressException`: AWS is still setting the account up; try again later."""


class RegionSetupInProgressError(ApiError):
    """`RegionSetupInProgressException`: the region is still being set up for the account."""


class UnauthenticatedError(ApiError):
    """`UnauthenticatedException`, or another code of AWS's for bad or expired credentials."""


class ThrottlingError(ApiError):
    """AWS was asked too often, and botocore's own retries did not help; ask more slowly."""


class _LocalError(LightsailError, BotoCoreError):
    """What went wrong on this side of the wire; also what botocore raises for it."""

    kwargs: Any
    """The message, as `error`, for handlers that look into a botocore error."""

    def __init__(self, message: str, *, page_token: str | None = None) -> None:
        LightsailError.__init__(self, message, page_token=page_token)
        self.kwargs = {"error": str(self)}


class TransportError(_LocalError):
    """No answer came: connecting, reading, TLS or a proxy failed, or the connection closed.

    It is a botocore `BotoCoreError` too, so a handler for that goes on working.
    """


class CredentialsError(_LocalError):
    """This machine has no usable credentials, or no region was named.

    It is a botocore `BotoCoreError` too, so a handler for that goes on working.
    """


class ResponseError(LightsailError):
    """An answer came that cannot be understood: a damaged body, or a value of a wrong type."""


class PaginationError(LightsailError):
    """AWS gave a page token that this run has used before: the pages would never end."""


class OperationFailedError(LightsailError):
    """The operation that was waited for ended as failed."""

    operation: Operation
    """The operation, with its `error_code` and `error_details`."""

    def __init__(self, operation: Operation) -> None:
        reasons = (operation.error_code, operation.error_details)
        super().__init__(
            f"{operation.operation_type} of {operation.resource_name} failed: "
            f"{': '.join(filter(None, reasons)) or 'AWS gives no reason'} "
            f"(operation {operation.id})"
        )
        self.operation = operation


class WaitTimeoutError(LightsailError, TimeoutError):
    """The operation that was waited for had not ended when the time was up."""

    operation: Operation | None
    """The operation as it was last seen; None if no answer came at all."""

    def __init__(self, message: str, operation: Operation | None) -> None:
        super().__init__(message)
        self.operation = operation


class FleetError(ExceptionGroup[LightsailError]):
    """Some of many sources failed, at whatever point; everything else has been read.

    `except*` picks the sources' errors out by their class.
    """

    by_source: dict[Any, LightsailError]
    """Each failed source's error, by its key; `page_token` says where that source stopped."""

    def __new__(cls, message: str, by_source: Mapping[Any, LightsailError]) -> Self:
        """Make a group of the errors in `by_source`."""
        group = super().__new__(cls, message, list(by_source.values()))
        group.by_source = dict(by_source)
        return group

    def __init__(self, message: str, by_source: Mapping[Any, LightsailError]) -> None:
        """Do nothing: a group is complete once it is made."""

    # The supertype lets a group hold errors of any class; this one's are LightsailErrors.
    def derive(self, excs: Sequence[LightsailError]) -> FleetError:  # type: ignore[override]
        """Return the part of this group that has these errors, as `except*` asks for."""
        kept = {key: error for key, error in self.by_source.items() if error in excs}
        return FleetError(self.message, kept)

    def __reduce__(self) -> tuple[Any, ...]:
        return FleetError, (self.message, self.by_source)


class DamagedAnswerError(Exception):
    """The answer is no JSON object.

    Not public: asking again may help, and where it does not, it becomes a `ResponseError`.
    """


# The exceptions of Lightsail's model; "Common Errors" in the Lightsail API reference and in
# the IAM user guide for credentials; botocore.retries.standard and botocore's _retry.json
# for throttling.
_BY_CODE: dict[str, type[ApiError]] = {
    "ServiceException": ServiceError,
    "InvalidInputException": InvalidInputError,
    "NotFoundException": NotFoundError,
    "OperationFailureException": OperationFailureError,
    "AccessDeniedException": AccessDeniedError,
    "AccountSetupInProgressException": AccountSetupInProgressError,
    "RegionSetupInProgressException": RegionSetupInProgressError,
    "UnauthenticatedException": UnauthenticatedError,
    **dict.fromkeys(
        (
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "InvalidToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "TokenRefreshRequired",
            "UnrecognizedClientException",
        ),
        UnauthenticatedError,
    ),
    **dict.fromkeys(
        (
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "LimitExceededException",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "TransactionInProgressException",
        ),
        ThrottlingError,
    ),
}
_THROTTLING_STATUS_CODES = (429, 509)  # where the body has no code that we know

_NO_ANSWER = (
    botocore_exceptions.HTTPClientError,
    botocore_exceptions.ConnectionError,
    botocore_exceptions.IncompleteReadError,
    OSError,  # from clients that are not boto3's
)
_NOT_CONFIGURED: tuple[type[Exception], ...] = tuple(
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
    if hasattr(botocore_exceptions, name)  # the newer ones are not in each version that we take
)


def translated(error: Exception, *, page_token: str | None = None) -> LightsailError:
    """Return this library's error for what a client raised, for the caller to raise `from` it."""
    match error:
        case ClientError():
            return _api_error(error, page_token)
        case _ if isinstance(error, _NO_ANSWER):
            return TransportError(str(error) or type(error).__name__, page_token=page_token)
        case _ if isinstance(error, _NOT_CONFIGURED):
            return CredentialsError(f"{error}{_advice(error)}", page_token=page_token)
        case BotoCoreError():  # a misused Stubber, a parameter of a wrong type
            return LightsailError(str(error), page_token=page_token)
        case DamagedAnswerError():
            return ResponseError(f"the answer is damaged: {error}", page_token=page_token)
        case _:  # what botocore's parser leaks over a malformed error body
            return ResponseError(
                f"the answer could not be read: {type(error).__name__} in the client, "
                "which is this error's __cause__",
                page_token=page_token,
            )


def _api_error(error: ClientError, page_token: str | None) -> ApiError:
    details = error.response.get("Error", {})
    status_code = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    cls = _BY_CODE.get(details.get("Code", ""))
    if cls is None:
        cls = ThrottlingError if status_code in _THROTTLING_STATUS_CODES else ApiError
    return cls(error.response, error.operation_name, page_token=page_token)


def _advice(error: Exception) -> str:
    match error:
        case botocore_exceptions.NoRegionError():
            return " Pass region_name=... or set the variable AWS_DEFAULT_REGION."
        case botocore_exceptions.NoCredentialsError():
            return ". Set the variable AWS_PROFILE, or see the page Credentials in boto3's guide."
        case _:
            return ""
