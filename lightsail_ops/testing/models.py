"""The backends that moto keeps: a Lightsail for each account and region, and what steers them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import attrs
from moto.core.base_backend import BackendDict, BaseBackend

from lightsail_ops.enums import RegionName
from lightsail_ops.testing._actions import (
    JsonObject,
    action_model,
    begins_operations,
    get_action,
    validate,
)
from lightsail_ops.testing._calls import plan
from lightsail_ops.testing._history import history
from lightsail_ops.testing._operations import Operations, Outcome, show
from lightsail_ops.testing._reads import read, returned_members
from lightsail_ops.testing._resources import Resources
from lightsail_ops.testing.exceptions import AwsError, invalid_input

LOCK = threading.RLock()
"""Held during a request: moto's server has a thread for each."""


@attrs.frozen
class ReceivedRequest:
    """A request that the embedded Lightsail has received."""

    action: str
    """Such as `GetOperations`."""

    region_name: str
    """The region that it was sent to."""

    account_id: str
    """The account of the caller."""

    parameters: JsonObject
    """As they were sent, by the API's names for them, such as `pageToken`."""


@attrs.define
class PlannedError:
    """An error that the next requests get."""

    error: AwsError
    times: int
    action: str | None


class Control(BaseBackend):
    """What a test steers: the pages, the errors to come, and the log of requests."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.page_size = 200
        self.order = "newest_first"
        self.requests: list[ReceivedRequest] = []
        self.errors: list[PlannedError] = []
        self.failures: list[tuple[str, Outcome]] = []

    def receive(self, request: ReceivedRequest) -> None:
        """Log a request, and raise the error that was planned for it, if there is one."""
        self.requests.append(request)
        for planned in self.errors:
            if planned.action in (None, request.action):
                planned.times -= 1
                if planned.times == 0:
                    self.errors.remove(planned)
                raise planned.error.with_traceback(None)

    def outcome_of(self, operation_type: str) -> Outcome:
        """Return how an operation that begins now will end."""
        for planned in self.failures:
            if planned[0] == operation_type:
                self.failures.remove(planned)
                return planned[1]
        return Outcome()


class LightsailBackend(BaseBackend):
    """The embedded Lightsail of one account in one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.operations: Operations = Operations(f"{account_id}/{region_name}")
        self.resources: Resources = Resources(
            region_name, account_id, lambda region: find_backend(account_id, region).resources
        )
        self.history: Iterator[JsonObject] = history(region_name)

    def respond(self, name: str, request: JsonObject) -> JsonObject:
        """Return the response to a request, or raise AWS's error."""
        model = action_model(name)
        request = validate(model, request)
        if begins_operations(name):
            return self._begin(name, request)
        match name:
            case "GetOperation":
                return self.operations.get(request["operationId"])
            case "GetOperations" | "GetOperationsForResource":
                return self.operations.get_page(request, control().page_size, control().order)
            case _:
                return read(model, request, self.resources, control().page_size)

    def _begin(self, name: str, request: JsonObject) -> JsonObject:
        action, now = get_action(name), self.operations.now()
        calls = plan(action, request, self.resources, now)
        records = [
            record
            for call in calls
            for record in call.begin(
                self.operations, control().outcome_of(call.action.operation_type), now
            )
        ]
        operations = show(records)
        response = returned_members(name, calls[-1].subject, self.resources)
        if action.returned_as is not None:
            is_one = action.returned_as == "operation"
            response[action.returned_as] = operations[0] if is_one else operations
        return response


lightsail_backends: BackendDict[LightsailBackend] = BackendDict(
    LightsailBackend,
    "lightsail",
    additional_regions=[region.value for region in RegionName if region is not RegionName.GLOBAL],
)
_controls = BackendDict(Control, "lightsail")  # in moto's registry, so that moto forgets it too


def control() -> Control:
    """Return what steers the embedded Lightsail of this process."""
    return _controls["lightsail_ops"]["us-east-1"]


def find_backend(account_id: str, region_name: str) -> LightsailBackend:
    """Return the backend of an account and a region, or raise AWS's error."""
    regions = lightsail_backends[account_id]
    if region_name not in regions:
        raise invalid_input(f"Lightsail has no region {region_name!r}.")
    return regions[region_name]


def forget() -> None:
    """Empty the embedded Lightsail, and leave moto's other services as they are."""
    lightsail_backends.clear()
    _controls.clear()
