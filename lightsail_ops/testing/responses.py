"""The wire: requests come in and responses go out in AWS JSON 1.1."""

from __future__ import annotations

import json
import logging
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import BaseResponse
from moto.utilities.aws_headers import gen_amzn_requestid_long
from werkzeug.exceptions import HTTPException

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import AwsError
from lightsail_ops.testing.models import LOCK, ReceivedRequest, control, find_backend

_log = logging.getLogger("lightsail_ops.testing")


class LightsailResponse(BaseResponse):
    """Responds to any action of the installed botocore's model.

    moto would look for a method that has the action's name; all actions here go one way.
    """

    def __init__(self) -> None:
        super().__init__(service_name="lightsail")

    def _dispatch(self, *args: Any, **kwargs: Any) -> TYPE_RESPONSE:
        try:
            return super()._dispatch(*args, **kwargs)
        except AwsError as caught:
            error = caught
        except UnicodeDecodeError:  # moto decodes the body
            error = AwsError("SerializationException", "The body is not UTF-8.")
        except HTTPException:  # as moto's set_initial_no_auth_action_count wants it
            error = AwsError("AccessDeniedException")
        except Exception:
            # Without this, moto's server would send a page of HTML, which no SDK understands.
            _log.exception("The embedded Lightsail failed to respond to a request.")
            error = AwsError("InternalFailure")
        return _send(error.status, error.body)

    def call_action(self) -> TYPE_RESPONSE:
        """Respond to a request."""
        self._authenticate_and_authorize_normal_action()
        action = str(self.headers.get("X-Amz-Target", "")).split(".")[-1]
        parameters = _parameters(self.body)
        received = ReceivedRequest(action, self.region, self.current_account, parameters)
        with LOCK:
            control().receive(received)
            backend = find_backend(self.current_account, self.region)
            return _send(200, json.dumps(backend.respond(action, parameters)))


def _send(status: int, body: str) -> TYPE_RESPONSE:
    headers = {"content-type": "application/x-amz-json-1.1"}
    gen_amzn_requestid_long(headers)
    return status, headers, body


def _parameters(body: str) -> JsonObject:
    try:
        parameters: object = json.loads(body or "{}")
    except (ValueError, RecursionError):
        parameters = None
    if isinstance(parameters, dict):
        return cast("JsonObject", parameters)
    raise AwsError("SerializationException", "The body is not a JSON object.")
