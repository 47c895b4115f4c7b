"""What tests of worker threads share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from support.fakes import raw_pages

from lightsail_ops import OperationsClient

_earlier: set[threading.Thread] = set()


def leave_out_earlier_threads() -> None:
    """Let `worker_threads` leave out what another test has left, such as a kept client's."""
    _earlier.clear()
    _earlier.update(threading.enumerate())


def worker_threads() -> list[str]:
    """Return the names of this library's threads that the current test has begun."""
    threads = {*threading.enumerate()} - _earlier
    return [thread.name for thread in threads if "lightsail_ops" in thread.name]


def wait_until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for a condition, however slow the machine is."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "the condition did not come about in time"
        time.sleep(0.001)


@contextmanager
def at_once() -> Iterator[None]:
    """Check that a block does not wait for what hangs, which lasts for 30 seconds."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < 20


class Gate:
    """A client whose requests hang until the gate is opened."""

    def __init__(self, pages: Mapping[str | None, object] | None = None) -> None:
        self.opened = threading.Event()
        self.requests = 0
        self._pages = raw_pages(2) if pages is None else pages

    def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803 - boto3's
        self.requests += 1
        assert self.opened.wait(30)
        return self._pages[pageToken]


class Counter:
    """Makes clients, and counts how many of their requests are in flight at once."""

    def __init__(self, seconds: float = 0.002) -> None:
        self.requests: dict[object, int] = {}
        self.most_in_flight = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        self._seconds = seconds

    @property
    def total(self) -> int:
        return sum(self.requests.values())

    def make_clients(self, count: int, pages: int = 3) -> dict[int, OperationsClient]:
        return {key: self.make_client(key, pages) for key in range(count)}

    def make_client(self, key: object, pages: int = 3) -> OperationsClient:
        counter, served = self, raw_pages(*[1] * pages)

        class Client:
            def get_operations(self, *, pageToken: str | None = None) -> Any:  # noqa: N803
                with counter._lock:
                    counter.requests[key] = counter.requests.get(key, 0) + 1
                    counter._in_flight += 1
                    counter.most_in_flight = max(counter.most_in_flight, counter._in_flight)
                time.sleep(counter._seconds)
                with counter._lock:
                    counter._in_flight -= 1
                return served[pageToken]

        return OperationsClient(Client())
