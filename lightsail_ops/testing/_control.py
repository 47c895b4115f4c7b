"""The switches of the embedded Lightsail of this process, and the requests that it received."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count

import attrs
from moto.core.base_backend import BackendDict, BaseBackend

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._operations import Outcome
from lightsail_ops.testing.exceptions import AwsError

LOCK = threading.RLock()
"""Held during a request: moto's server has a thread for each."""

KEPT_REQUESTS = 10_000


@attrs.frozen
class ReceivedRequest:
    """A request that the embedded Lightsail has received.

    Example:
        with mock_lightsail() as account:
            OperationsClient.from_session(region_name="us-west-2").get_operations()
            request = account.requests[-1]
            assert (request.action, request.region_name) == ("GetOperations", "us-west-2")
    """

    action: str
    """Such as `GetOperations`."""

    region_name: str
    """The region that it was sent to."""

    account_id: str
    """The account of the caller."""

    parameters: JsonObject
    """As they were sent, by the API's names for them, such as `pageToken`."""


class Control(BaseBackend):
    """The state that a test steers: the pages, the errors to come, the log of requests."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.page_size: int = 200
        self.order: str = "newest_first"
        self.requests: deque[ReceivedRequest] = deque[ReceivedRequest](maxlen=KEPT_REQUESTS)
        # The errors to come, each with the action that gets them, if it is only one.
        self.errors: list[tuple[str | None, Iterator[AwsError]]] = []
        # The operations that will fail: the type of each, and its resource, if it is only one.
        self.failures: list[tuple[str, str | None, Outcome]] = []
        self._addresses = count(1)

    def new_address(self) -> JsonObject:
        """Return the ends of new addresses, which no other resource of any region has."""
        number = next(self._addresses)
        return {"low": f"{number // 250 % 250}.{number % 250 + 1}", "low_ipv6": f"{number:x}"}

    def receive(self, request: ReceivedRequest) -> None:
        """Log a request, and raise the error that was planned for it, if there is one."""
        self.requests.append(request)
        for action, errors in self.errors:
            for error in errors if action in (None, request.action) else ():
                raise error.with_traceback(None)

    def outcome_of(self, operation_type: str, names: Sequence[str]) -> Outcome:
        """Return how an operation on these resources, which begins now, will end."""
        for planned in self.failures:
            wanted_type, name, outcome = planned
            if wanted_type == operation_type and name in (None, *names):
                self.failures.remove(planned)
                return outcome
        return Outcome()


_controls = BackendDict(Control, "lightsail")  # in moto's registry, so that moto forgets it too


def control() -> Control:
    return _controls["lightsail_ops"]["us-east-1"]


def forget_control() -> None:
    """Return to the switches that a new process has."""
    _controls.clear()
