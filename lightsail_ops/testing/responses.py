"""The wire: requests come in and responses go out in AWS JSON 1.1."""

from __future__ import annotations

import json
import logging
import re
import zlib
from gzip import BadGzipFile
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import BaseResponse
from moto.utilities.aws_headers import gen_amzn_requestid_long
from werkzeug.exceptions import HTTPException

from lightsail_ops.testing._control import LOCK, ReceivedRequest, control
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import AwsError
from lightsail_ops.testing.models import find_backend

HOST = (
    r"https?://lightsail(?:-fips)?\.(?!s3\b)([^./]+)\.(?:api\.)?"
    r"(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|aws|amazonwebservices\.(?:com\.cn|eu))"
)
"""The endpoints: plain, for FIPS, and for IPv4 and IPv6 (botocore's `partitions.json`).

S3 has those of a bucket that is named lightsail.
"""

_TARGET = "Lightsail_20161128."
_PATH = "/ls/api/2016-11-28/"  # before the action, by the trait `http` of AWS's Smithy model
_CREDENTIAL = re.compile(r"AWS4-[A-Z0-9-]+\s+Credential=[^/,\s]+/[0-9]+/[^/,\s]+/[^/,\s]+/")

_log = logging.getLogger("lightsail_ops.testing")


class LightsailResponse(BaseResponse):
    """Responds to any action of the installed botocore's model.

    moto would look for a method that has the action's name; all actions here go one way.
    """

    def __init__(self) -> None:
        super().__init__(service_name="lightsail")

    def _dispatch(self, request: Any, *args: Any, **kwargs: Any) -> TYPE_RESPONSE:
        try:
            _check_authorization(request.headers.get("Authorization"))
            return super()._dispatch(request, *args, **kwargs)
        except AwsError as caught:
            error = caught
        except (BadGzipFile, EOFError, UnicodeDecodeError, zlib.error):  # moto decodes the body
            error = AwsError("SerializationException", "The body cannot be decoded.")
        except HTTPException:  # as moto's set_initial_no_auth_action_count wants it
            error = AwsError("AccessDeniedException")
        except Exception:
            # Without this, moto's server would send a page of HTML, which no SDK understands.
            _log.exception("The embedded Lightsail failed to respond to a request.")
            error = AwsError("InternalFailure")
        return _send(error.status, error.body)

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """Return the region that the host names, or else the one of the signature."""
        host = re.match(HOST, full_url)
        return host[1] if host else super().get_region_from_url(request, full_url)

    def call_action(self) -> TYPE_RESPONSE:
        """Respond to a request."""
        self._authenticate_and_authorize_normal_action()
        target, path = str(self.headers.get("X-Amz-Target", "")), self.parsed_url.path
        action = target.rpartition(".")[2] if target else path.removeprefix(_PATH)
        parameters = _parameters(self.body)
        received = ReceivedRequest(action, self.region, self.current_account, parameters)
        with LOCK:
            control().receive(received)
            backend = find_backend(self.current_account, self.region)
            return _send(200, json.dumps(backend.respond(action, parameters)))


def is_lightsail(target: str, path: str) -> bool:
    """Return whether a request is for Lightsail, by its header X-Amz-Target or its path."""
    return target.startswith(_TARGET) or path.startswith(_PATH)


def _check_authorization(header: str | bytes | None) -> None:
    # moto would take a region out of whatever the header holds.
    header = header.decode("latin-1") if isinstance(header, bytes) else header
    if header is not None and not _CREDENTIAL.match(header):
        raise AwsError(
            "IncompleteSignatureException",
            "The Authorization header has no Credential in the form of AWS's signature version 4.",
        )


def _send(status: int, body: str) -> TYPE_RESPONSE:
    headers = {"content-type": "application/x-amz-json-1.1"}
    gen_amzn_requestid_long(headers)
    return status, headers, body


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _parameters(body: str) -> JsonObject:
    try:
        parameters: object = json.loads(body or "{}", parse_constant=_refuse)
    except (ValueError, RecursionError):
        parameters = None
    if isinstance(parameters, dict):
        return cast("JsonObject", parameters)
    raise AwsError("SerializationException", "The body is not a JSON object.")
