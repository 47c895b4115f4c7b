"""The wire: requests in and answers out, in AWS JSON 1.1."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import BaseResponse

from lightsail_ops.testing._backend import LightsailBackend, lightsail_backends
from lightsail_ops.testing._control import ReceivedRequest, control
from lightsail_ops.testing._failures import LightsailFailureError


class LightsailResponse(BaseResponse):
    """Answers a request; moto calls the method that has the action's name."""

    def __init__(self) -> None:
        super().__init__(service_name="lightsail")

    def get_operations(self) -> tuple[str, dict[str, Any]]:
        """Answer GetOperations."""
        return self._answer(
            "GetOperations",
            lambda backend, parameters: backend.get_operations(
                parameters.get("pageToken"), control().page_size
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
                parameters.get("pageToken"),
                control().page_size,
            ),
        )

    def _answer(
        self, action: str, answer: Callable[[LightsailBackend, dict[str, Any]], dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        headers: dict[str, Any] = {"content-type": "application/x-amz-json-1.1"}
        try:
            parameters = json.loads(self.body or "{}")
            received = ReceivedRequest(action, self.region, self.current_account, parameters)
            control().receive(received)
            backend = lightsail_backends[self.current_account][self.region]
            return json.dumps(answer(backend, parameters)), headers
        except LightsailFailureError as failure:
            return failure.body(), {**headers, "status": failure.status}


def _required(parameters: dict[str, Any], name: str) -> str:
    if name not in parameters:
        raise LightsailFailureError.of("InvalidInputException", f"{name} is missing.")
    value: str = parameters[name]
    return value
