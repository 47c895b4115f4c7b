"""Which of AWS's error codes becomes which class.

Sources: the exceptions of Lightsail's model; "Common Errors" in the Lightsail API reference and in
the IAM user guide, the error codes of STS and of SSO for credentials; botocore.retries.standard
and botocore's _retry.json for throttling.
"""

from __future__ import annotations

from lightsail_ops.errors import (
    AccessDeniedError,
    AccountSetupInProgressError,
    ApiError,
    InvalidInputError,
    NotFoundError,
    OperationFailureError,
    RegionSetupInProgressError,
    ServiceError,
    ThrottlingError,
    UnauthenticatedError,
)

_CODES: dict[type[ApiError], tuple[str, ...]] = {
    ServiceError: ("ServiceException",),
    InvalidInputError: ("InvalidInputException",),
    NotFoundError: ("NotFoundException",),
    OperationFailureError: ("OperationFailureException",),
    AccessDeniedError: (
        "AccessDeniedException",
        "AccessDenied",
        "ForbiddenException",
        "NotAuthorized",
    ),
    AccountSetupInProgressError: ("AccountSetupInProgressException",),
    RegionSetupInProgressError: ("RegionSetupInProgressException",),
    UnauthenticatedError: (
        "UnauthenticatedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnauthorizedException",
        "UnrecognizedClientException",
    ),
    ThrottlingError: (
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
}
_CLASSES = {code: cls for cls, codes in _CODES.items() for code in codes}
_THROTTLING_STATUS_CODES = (429, 509)  # where the body has no code that is known


def find_class(code: object, status_code: object) -> type[ApiError]:
    """Return the class of the error with a code, or with an unknown code and an HTTP status."""
    if isinstance(code, str) and code in _CLASSES:
        return _CLASSES[code]
    return ThrottlingError if status_code in _THROTTLING_STATUS_CODES else ApiError
