"""The errors that Lightsail sends."""

from __future__ import annotations

import json

_DOCS = "https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/CommonErrors.html"
_TIP = "Check the parameters of the request, or see the documentation."
_STATUSES = {  # where it is not 400 (AWS's Smithy model)
    "AccessDeniedException": 403,
    "AccountSetupInProgressException": 428,
    "InternalFailure": 500,
    "RegionSetupInProgressException": 428,
    "ServiceException": 500,
    "ServiceUnavailable": 503,
}


class AwsError(Exception):
    """An error response, in AWS JSON 1.1. What is None gets AWS's value for the code."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        docs: str | None = None,
        tip: str | None = None,
    ) -> None:
        super().__init__(code, message)
        message = f"The request failed: {code}." if message is None else message
        self.status: int = _STATUSES.get(code, 400) if status is None else status
        self.body: str = json.dumps(
            {"__type": code, "code": code, "message": message}
            | {"docs": _DOCS if docs is None else docs, "tip": _TIP if tip is None else tip}
        )


def invalid_input(message: str) -> AwsError:
    """Return the error for a request that cannot be right."""
    return AwsError("InvalidInputException", message)


def not_found(message: str) -> AwsError:
    """Return the error for something that does not exist."""
    return AwsError("NotFoundException", message)
