"""Errors, as Lightsail sends them."""

from __future__ import annotations

import json
from typing import Any

import attrs

DOCS = "https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/CommonErrors.html"

_STATUSES = {
    "ServiceException": 500,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
}
_MESSAGES = {
    "AccessDeniedException": "The caller is not authorized to perform this action.",
    "AccountSetupInProgressException": "The account is still being set up.",
    "ExpiredTokenException": "The security token included in the request is expired.",
    "InvalidInputException": "The input is not valid.",
    "NotFoundException": "The resource does not exist.",
    "OperationFailureException": "The operation failed.",
    "RegionSetupInProgressException": "The region is still being set up for this account.",
    "ServiceException": "Lightsail met with an error of its own.",
    "ThrottlingException": "Rate exceeded",
    "UnauthenticatedException": "The caller is not authenticated.",
    "UnrecognizedClientException": "The security token included in the request is invalid.",
}
_TIPS = {
    "AccessDeniedException": "Allow the action in the policy of the user or role.",
    "AccountSetupInProgressException": "Try again in a few minutes.",
    "InvalidInputException": "Check the parameters of the request.",
    "NotFoundException": "Check the name, the id and the region.",
    "RegionSetupInProgressException": "Try again in a few minutes.",
    "SerializationException": "Send a JSON object, with a text for each parameter.",
    "ThrottlingException": "Send requests more slowly.",
    "UnknownOperationException": "Add the operations that your code reads by add_operation.",
}


@attrs.frozen
class LightsailFailureError(Exception):
    """An error answer."""

    code: str
    status: int
    message: str
    docs: str
    tip: str

    @classmethod
    def of(
        cls,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        docs: str | None = None,
        tip: str | None = None,
    ) -> LightsailFailureError:
        """Make the answer for one of AWS's codes, with what AWS would say where not told."""
        return cls(
            code,
            _STATUSES.get(code, 400) if status is None else status,
            _MESSAGES.get(code, f"The request failed with {code}.") if message is None else message,
            DOCS if docs is None else docs,
            _TIPS.get(code, "Try again, or see the documentation.") if tip is None else tip,
        )

    def body(self) -> str:
        """Return the body, in AWS JSON 1.1."""
        fields: dict[str, Any] = {
            "__type": self.code,
            "code": self.code,
            "docs": self.docs,
            "message": self.message,
            "tip": self.tip,
        }
        return json.dumps(fields)
