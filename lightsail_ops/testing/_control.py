"""What a test steers: the page size, the failures to come, and the log of requests.

It lives in the registry beside the operations, so that moto forgets it when it forgets those.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import attrs
from moto.core.base_backend import BackendDict, BaseBackend

from lightsail_ops.testing._failures import LightsailFailureError

ACTIONS = ("GetOperation", "GetOperations", "GetOperationsForResource")
"""What the embedded Lightsail answers."""


@attrs.frozen
class ReceivedRequest:
    """A request that the embedded Lightsail has received."""

    action: str
    """Such as `GetOperations`."""

    region_name: str
    """The region that it was sent to."""

    account_id: str
    """The account of the caller."""

    parameters: dict[str, Any]
    """As they were sent, by the API's names for them, such as `pageToken`."""


@attrs.define
class _Planned:
    failure: LightsailFailureError
    times: int
    action: str | None


class Control(BaseBackend):
    """What a test steers."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.page_size = 200
        self.requests: list[ReceivedRequest] = []
        self._planned: deque[_Planned] = deque()
        self._lock = threading.Lock()

    def plan(self, failure: LightsailFailureError, times: int, action: str | None) -> None:
        """Let coming requests fail, after those that were planned before."""
        self._planned.append(_Planned(failure, times, action))

    def receive(self, request: ReceivedRequest) -> None:
        """Log a request, and raise the failure that was planned for it, if any."""
        with self._lock:
            self.requests.append(request)
            for planned in self._planned:
                if planned.action in (None, request.action):
                    planned.times -= 1
                    if planned.times == 0:
                        self._planned.remove(planned)
                    raise planned.failure


controls = BackendDict(Control, "lightsail")


def control() -> Control:
    """Return what steers the embedded Lightsail of this process."""
    return controls["lightsail_ops"]["us-east-1"]
