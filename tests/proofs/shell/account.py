"""A made-up account whose operations go on with each reading, and whose requests may fail."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, Self

import attrs
from botocore.exceptions import ReadTimeoutError
from support.fakes import client_error

from lightsail_ops import Operation

ENDED = ("Succeeded", "Completed", "Failed")
RECENT = 1_790_000_000.0  # epoch seconds
PAGE = 3


class OwnError(Exception):
    """An error of the client's own, which is none of AWS's."""


class OwnExit(BaseException):
    """An exception of the client's own that is no `Exception`, such as those of pytest."""


@attrs.frozen
class Life:
    """An operation: its statuses, and the tick at which each begins."""

    id: str
    created: float
    statuses: tuple[str, ...]
    ticks: tuple[int, ...]

    def show(self, tick: int) -> dict[str, Any] | None:
        """Return the operation as AWS lists it at a tick; None: not yet."""
        index = sum(each <= tick for each in self.ticks) - 1
        if index < 0:
            return None
        status = self.statuses[index]
        return {
            "id": self.id,
            "resourceName": "web-1",
            "resourceType": "Instance",
            "createdAt": self.created,
            "location": {"availabilityZone": "all", "regionName": "us-west-2"},
            "isTerminal": status in ENDED,
            "operationType": "CreateInstance",
            "status": status,
            "statusChangedAt": self.created + 3 * index,
        }


@attrs.frozen
class Faults:
    """How many of the requests meet which fault."""

    transient: float = 0.0
    denied: float = 0.0
    own: float = 0.0
    late: float = 0.0
    hangs_at: int | None = None
    """The number of the request that hangs until it is released."""


def draw_faults(random: Random) -> Faults:
    return Faults(
        transient=random.choice([0.0, 0.0, 0.1, 0.3]),
        denied=random.choice([0.0, 0.0, 0.1]),
        own=random.choice([0.0, 0.0, 0.05]),
        late=random.choice([0.0, 0.1]),
        hangs_at=random.choice([None, None, random.randrange(12)]),
    )


class Account:
    """A client, to be called from any thread. Each request for the first page is a tick."""

    def __init__(self, random: Random, faults: Faults, name: object = "") -> None:
        self.faults = faults
        self.requests = self.in_flight = self.most_in_flight = 0
        self.ticks = 0
        self.released = threading.Event()
        self.is_hanging = False
        self._random = random
        self._lock = threading.Lock()
        count = random.choice([1, 3, 4, 8])
        self.lives = [self._draw_life(f"{name}-{number}", number) for number in range(count)]
        if random.random() < 0.5:
            self.lives.reverse()

    def _draw_life(self, name: str, number: int) -> Life:
        random = self._random
        course = [each for each in ("NotStarted", "Started") if random.random() < 0.5]
        course.append(random.choice(ENDED))
        ticks = [random.choice([0, 0, 1, 4])]
        for _ in course[1:]:
            ticks.append(ticks[-1] + random.choice([1, 1, 3]))
        return Life(name, RECENT + 100.0 * number, tuple(course), tuple(ticks))

    # --- boto3's methods.

    def get_operations(self, **arguments: str) -> Any:
        return self._respond(lambda: self.serve("get_operations", arguments))

    def get_operations_for_resource(self, **arguments: str) -> Any:
        return self._respond(lambda: self.serve("get_operations_for_resource", arguments))

    def get_operation(self, **arguments: str) -> Any:
        return self._respond(lambda: self.serve("get_operation", arguments))

    def serve(self, method: str, arguments: Mapping[str, str]) -> dict[str, Any]:
        """Return the response to a request that meets no fault."""
        if method == "get_operation":
            return self._get(arguments["operationId"])
        return self._list(arguments.get("pageToken"))

    def _list(self, page_token: str | None) -> dict[str, Any]:
        if page_token is None:
            self.ticks += 1
        tick, start = map(int, (page_token or f"{self.ticks - 1}/0").split("/"))
        shown = [raw for life in self.lives if (raw := life.show(tick)) is not None]
        page: dict[str, Any] = {"operations": shown[start : start + PAGE]}
        if start + PAGE < len(shown):
            page["nextPageToken"] = f"{tick}/{start + PAGE}"
        return page

    def _get(self, operation_id: str) -> dict[str, Any]:
        self.ticks += 1
        shown = {life.id: life.show(self.ticks) for life in self.lives}
        raw = shown.get(operation_id)
        if raw is None:
            raise client_error("NotFoundException")
        return {"operation": raw}

    # --- What becomes of a request.

    def _respond(self, serve: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with self._lock:
            delay, fault = self.draw()
        try:
            if fault == "hang":
                self.is_hanging = True
                self.released.wait(30)
            elif delay:
                time.sleep(delay)
            with self._lock:
                return self.end(fault, serve)
        finally:
            with self._lock:
                self.in_flight -= 1

    def draw(self) -> tuple[float, str]:
        random, faults = self._random, self.faults
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        delay = random.choice([0.0, 0.0, random.uniform(0.0, 0.002)])
        drawn = random.random()
        if faults.hangs_at is not None and self.requests > faults.hangs_at:
            self.faults = attrs.evolve(faults, hangs_at=None)
            return 0.0, "hang"
        for name in ("transient", "denied", "own"):
            share: float = getattr(faults, name)
            if drawn < share:
                return delay, name
            drawn -= share
        return (0.02 if drawn < faults.late else delay), ""

    def end(self, fault: str, serve: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        match fault:
            case "transient":
                if self._random.random() < 0.5:
                    raise client_error()
                raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
            case "denied":
                raise client_error("AccessDeniedException")
            case "own":
                raise self._random.choice([OwnError, OwnExit])("own")
            case _:
                return serve()

    def release(self) -> None:
        """Let the request that hangs end."""
        self.released.set()


class AwaitedAccount:
    """The same account behind a client like aiobotocore's, whose methods are awaited."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(**arguments: Any) -> Any:
            return await self._respond(name, arguments)

        return call

    async def _respond(self, name: str, arguments: dict[str, Any]) -> Any:
        account = self.account
        delay, fault = account.draw()
        try:
            if fault == "hang":
                account.is_hanging = True
                while not account.released.is_set():  # noqa: ASYNC110 - other threads set it
                    await asyncio.sleep(0.001)
            for _ in range(int(delay * 2000)):
                await asyncio.sleep(0)
            await asyncio.sleep(delay)
            return account.end(fault, lambda: account.serve(name, arguments))
        finally:
            account.in_flight -= 1


class Ledger:
    """What a program has been given of some accounts: each change once, and every end."""

    def __init__(self, accounts: Mapping[Any, Account]) -> None:
        self._accounts = accounts
        self.taken: dict[tuple[Any, str], list[str]] = {}

    def take(self, key: object, operation: Operation) -> None:
        """Note a change, which must be a later state than those before it."""
        life = next(each for each in self._accounts[key].lives if each.id == operation.id)
        seen = self.taken.setdefault((key, operation.id), [])
        states = [life.statuses.index(each) for each in (*seen, operation.status)]
        assert states == sorted(set(states)), f"{operation.id}: {operation.status} after {seen}"
        seen.append(operation.status)

    def is_complete(self, key: object) -> bool:
        """Whether every operation of an account was reported to its end."""
        return all(
            self.taken.get((key, life.id), [""])[-1] == life.statuses[-1]
            for life in self._accounts[key].lives
        )

    def are_all_complete(self) -> bool:
        return all(map(self.is_complete, self._accounts))
