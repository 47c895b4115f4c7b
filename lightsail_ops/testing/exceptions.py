"""The errors that Lightsail sends."""

from __future__ import annotations

import json

from moto.core.exceptions import JsonRESTError

_DOCS = "https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/CommonErrors.html"
_TIP = "Check the parameters of the request, or see the documentation."
_STATUSES = {  # where it is not 400 (AWS's Smithy model)
    "AccessDeniedException": 403,
    "AccountSetupInProgressException": 428,
    "InternalFailure": 500,
    "RegionSetupInProgressException": 428,
    "ServiceException": 500,
    "ServiceUnavailable": 503,
    "UnknownOperationException": 404,  # by the page of common errors
}
_CODES = {"InvalidInputException": "InvalidParams"}  # in the body, where it is not the type


class AwsError(JsonRESTError):
    """An error response, in AWS JSON 1.1. What is None gets AWS's value for the type."""

    def __init__(
        self,
        error_type: str,
        message: str | None = None,
        *,
        status: int | None = None,
        docs: str | None = None,
        tip: str | None = None,
    ) -> None:
        message = f"The request failed: {error_type}." if message is None else message
        super().__init__(error_type, message)
        self.message: str = message
        self.status: int = _STATUSES.get(error_type, 400) if status is None else status
        self.code: int = self.status  # which moto looks for
        self.body: str = json.dumps(
            {"__type": error_type, "code": _CODES.get(error_type, error_type), "message": message}
            | {"docs": _DOCS if docs is None else docs, "tip": _TIP if tip is None else tip}
        )
        self.description: str = self.body


class InvalidInputException(AwsError):  # noqa: N818 - AWS's name for it
    """A request that cannot be right."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidInputException", message)


class NotFoundException(AwsError):  # noqa: N818 - AWS's name for it
    """A request for something that does not exist."""

    def __init__(self, message: str) -> None:
        super().__init__("NotFoundException", message)


def check_exists(is_there: object, message: str) -> None:
    """Raise AWS's error for a request for something that does not exist."""
    if not is_there:
        raise NotFoundException(message)


def check(is_right: object, message: str) -> None:
    """Raise AWS's error for a request that cannot be right, if it is not."""
    if not is_right:
        raise InvalidInputException(message)
