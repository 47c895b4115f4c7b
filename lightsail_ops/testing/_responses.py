"""The wire: requests in and answers out, in AWS JSON 1.1."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from moto.core.responses import BaseResponse
from moto.utilities.aws_headers import gen_amzn_requestid_long

from lightsail_ops.testing._backend import LightsailBackend, lightsail_backends
from lightsail_ops.testing._control import ACTIONS, ReceivedRequest, control
from lightsail_ops.testing._failures import LightsailFailureError


class LightsailResponse(BaseResponse):
    """Answers a request; moto calls the method that has the action's name."""

    def __init__(self) -> None:
        super().__init__(service_name="lightsail")

    def call_action(self) -> Any:
        """Answer any request."""
        try:
            return super().call_action()
        except NotImplementedError:  # moto's word for an action that has no method here
            action = self.headers["X-Amz-Target"].split(".")[-1]
            body, headers = self._answer(action, _refuse(action))
            gen_amzn_requestid_long(headers)
            return headers.pop("status"), headers, body

    def get_operations(self) -> tuple[str, dict[str, Any]]:
        """Answer GetOperations."""
        return self._answer(
            "GetOperations",
            lambda backend, parameters: backend.get_operations(
                _text(parameters, "pageToken"), control().page_size
            ),
        )

    def get_operation(self) -> tuple[str, dict[str, Any]]:
        """Answer GetOperation."""
        return self._answer(
            "GetOperation",
            lambda backend, parameters: backend.get_operation(_required(parameters, "operationId")),
        )

    def get_operations_for_resource(self) -> tuple[str, dict[str, Any]]:
        """Answer GetOperationsForResource."""
        return self._answer(
            "GetOperationsForResource",
            lambda backend, parameters: backend.get_operations_for_resource(
                _required(parameters, "resourceName"),
                _text(parameters, "pageToken"),
                control().page_size,
            ),
        )

    def _answer(
        self, action: str, answer: Callable[[LightsailBackend, dict[str, Any]], dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        headers: dict[str, Any] = {"content-type": "application/x-amz-json-1.1"}
        try:
            parameters = _parameters(self.body)
            received = ReceivedRequest(action, self.region, self.current_account, parameters)
            control().receive(received)
            backend = lightsail_backends[self.current_account][self.region]
            return json.dumps(answer(backend, parameters)), headers
        except LightsailFailureError as failure:
            return failure.body(), {**headers, "status": failure.status}


def _refuse(action: str) -> Callable[..., dict[str, Any]]:
    def refuse(*_: object) -> dict[str, Any]:
        raise LightsailFailureError.of(
            "UnknownOperationException",
            f"{action} is not among what the embedded Lightsail answers: {', '.join(ACTIONS)}.",
        )

    return refuse


def _parameters(body: str | bytes) -> dict[str, Any]:
    try:
        parameters = json.loads(body or "{}")
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict):
        raise LightsailFailureError.of("SerializationException", "The body is no JSON object.")
    return cast("dict[str, Any]", parameters)


def _text(parameters: dict[str, Any], name: str) -> str | None:
    value = parameters.get(name)
    if value is None or isinstance(value, str):
        return value
    raise LightsailFailureError.of("SerializationException", f"{name} is no text.")


def _required(parameters: dict[str, Any], name: str) -> str:
    value = _text(parameters, name)
    if value is None:
        raise LightsailFailureError.of("InvalidInputException", f"{name} is missing.")
    return value
