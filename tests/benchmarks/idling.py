"""A watch of a long history in which nothing happens, under a virtual clock."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from benchmarks.history import raw_operations
from support.virtual import Clock, VirtualDriver

from lightsail_ops._core.cursor import Cursor
from lightsail_ops._core.effects import Request, Response
from lightsail_ops._core.watching import Watching

PAGE_SIZE = 200
POLL_INTERVAL = 5.0
NEWEST = datetime(2026, 11, 1, tzinfo=UTC).timestamp()  # before the virtual clock's start


class History:
    """A list of operations that have ended, newest first, a minute apart."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._templates = raw_operations(PAGE_SIZE)
        self._send_first = cache(self._make_page)

    def send(self, _: None, request: Request) -> Response:
        start = int(request.page_token or 0)
        return self._make_page(start) if start else self._send_first(0)

    def _make_page(self, start: int) -> Response:
        operations = [self._make(start + index) for index in range(PAGE_SIZE)]
        content: dict[str, Any] = {"operations": operations}
        if start + PAGE_SIZE < self._length:
            content["nextPageToken"] = str(start + PAGE_SIZE)
        return Response(content, body_hash=start)  # equal pages have equal bodies

    def _make(self, index: int) -> dict[str, Any]:
        created_at = NEWEST - 60.0 * index
        return {
            **self._templates[index % PAGE_SIZE],
            "id": f"{index:08x}-3f4b-4c6e-9d2a-{index * 7919:012x}",
            "createdAt": created_at,
            "statusChangedAt": created_at + 30.0,
            "isTerminal": True,
            "status": "Succeeded",
        }


class Idler:
    """A watch of a history, under a virtual clock."""

    def __init__(self, history: History) -> None:
        clock = Clock()
        self.watching = Watching(Cursor(), poll_interval=POLL_INTERVAL, name="us-west-2")
        self._driver = VirtualDriver(
            {None: self.watching.watch(clock.runtime)}, history.send, clock
        )

    @property
    def requests(self) -> int:
        return len(self._driver.sent)

    def watch(self, polls: int) -> None:
        """Let the time of so many polls pass, and take every change that comes."""
        until = self._driver.clock.now + polls * POLL_INTERVAL
        while result := self._driver.next_result(until - self._driver.clock.now):
            result.value.taken = len(result.value.operations)
