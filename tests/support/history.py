"""A Lightsail whose operations a test counts: pages of a history, newest first, on a wire."""

from __future__ import annotations

from typing import Any

from support.fakes import raw_operation
from support.wire import CannedResponse, ReceivedRequest, page

NOON = 1479816000  # 2016-11-22T12:00:00Z


class History:
    """Serves so many operations, the newest first, in pages of `size`."""

    def __init__(self, count: int, *, size: int = 200, delay: float = 0.0, **fields: Any) -> None:
        self.ids = [f"id-{number}" for number in range(count)]
        self._operations = [
            raw_operation(
                number,
                createdAt=NOON - number,
                statusChangedAt=NOON - number + 0.5,
                **fields,
            )
            for number in range(count)
        ]
        self._size = size
        self._delay = delay

    def __call__(self, received: ReceivedRequest) -> CannedResponse:
        start = int(received.arguments.get("pageToken", "t0")[1:])
        end = start + self._size
        token = f"t{end}" if end < len(self._operations) else None
        return page(self._operations[start:end], token, delay=self._delay)
