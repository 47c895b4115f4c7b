"""Feed the library mutated response bodies: `python tests/proofs/fuzz.py --bodies 1000000`.

Each body goes through a real boto3 client. The result must be operations whose every field has the
right type, as many as the body holds and in its order, or a ResponseError: never another exception,
never a hang, never a shorter list.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import logging
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from typing import Any, NoReturn
from unittest import mock

import boto3
from botocore.awsrequest import AWSResponse

from lightsail_ops import (
    LightsailError,
    Operation,
    OperationsClient,
    OperationStatus,
    OperationType,
    RegionName,
    ResourceLocation,
    ResourceType,
    ResponseError,
)

HANGS_AFTER = 20  # seconds; a body takes a thousandth of one

ODDITIES: list[Any] = [
    None, True, False, 0, -1, 1e308, 1e30, float("nan"), float("inf"), 10**400, "", "x" * 5000,
    "\ud800", "\x00", "1479816991", "2026-01-01T00:00:00Z", "Infinity", [], [[]], [None], {},
    {"a": {}}, {"regionName": 3},
]  # fmt: skip


def oddity(random: random.Random) -> Any:
    return copy.deepcopy(random.choice(ODDITIES))  # or an edit of it would stay in the list


def valid_operation(random: random.Random, index: int) -> dict[str, Any]:
    return {
        "id": f"id-{index}",
        "resourceName": random.choice(["web-1", "Größe", "a" * 200]),
        "resourceType": random.choice(["Instance", "Disk", "Novelty"]),
        "createdAt": random.uniform(0, 2e9),
        "location": {"availabilityZone": "us-west-2a", "regionName": "us-west-2"},
        "isTerminal": random.random() < 0.9,
        "operationType": random.choice(["CreateInstance", "Novelty"]),
        "status": random.choice(["Succeeded", "Failed"]),
        "statusChangedAt": random.uniform(0, 2e9),
        "errorCode": "code",
    }


def valid_body(random: random.Random) -> dict[str, Any]:
    operations = [valid_operation(random, index) for index in range(random.randrange(5))]
    page: dict[str, Any] = {"operations": operations}
    if random.random() < 0.5:
        page["nextPageToken"] = "token"
    return page


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container of a JSON value, with each of its keys or indexes."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        found.append((value, key))
        if isinstance(inner, dict | list):
            found += places(inner)
    return found


def with_odd_value(page: Any, random: random.Random) -> Any:
    container, key = random.choice(places(page))
    container[key] = oddity(random)
    return page


def without_a_place(page: Any, random: random.Random) -> Any:
    container, key = random.choice(places(page))
    del container[key]
    return page


def with_renamed_key(page: Any, random: random.Random) -> Any:
    container, key = random.choice(places(page))
    if isinstance(container, dict):
        container[random.choice(["", "Id", "operations", "x"])] = container.pop(key)
    return page


def deeper(page: Any, random: random.Random) -> Any:
    container, key = random.choice(places(page))
    for _ in range(random.randrange(1, 50)):
        container[key] = random.choice([[container[key]], {"x": container[key]}])
    return page


def whole(page: Any, random: random.Random) -> Any:
    return random.choice([page, oddity(random), [page]])


def cut(body: bytes, random: random.Random) -> bytes:
    return body[: random.randrange(len(body) + 1)]


def flipped(body: bytes, random: random.Random) -> bytes:
    mutable = bytearray(body)
    for _ in range(random.randrange(1, 6)):
        if mutable:
            mutable[random.randrange(len(mutable))] = random.randrange(256)
    return bytes(mutable)


def compress(body: bytes, random: random.Random) -> bytes:
    return gzip.compress(body, 1, mtime=0)  # or a seed would not give the same again


def doubled(body: bytes, random: random.Random) -> bytes:
    return body + random.choice([body, b" ", b"\xef\xbb\xbf", b"[" * 100_000])


def marked(body: bytes, random: random.Random) -> bytes:
    return random.choice([b"\xef\xbb\xbf", b"\x1f\x8b", b"<html>", b"\xff\xfe"]) + body


TREE_EDITS: list[Callable[[Any, random.Random], Any]] = [
    with_odd_value, with_odd_value, without_a_place, with_renamed_key, deeper, whole,
]  # fmt: skip
BYTE_EDITS: list[Callable[[bytes, random.Random], bytes]] = [
    cut,
    flipped,
    compress,
    doubled,
    marked,
]


def mutate(random: random.Random) -> bytes:
    page: Any = valid_body(random)
    for _ in range(random.randrange(4)):
        if isinstance(page, dict | list) and places(page):
            page = random.choice(TREE_EDITS)(page, random)
    try:
        body = json.dumps(page).encode("utf-8", "surrogatepass")
    except ValueError:  # an endless integer
        body = b'{"operations": [' + b"9" * 5000 + b"]}"
    while random.random() < 0.3:
        body = random.choice(BYTE_EDITS)(body, random)
    return body


def decode(body: bytes) -> Any:
    """Decode a body in the simplest way, for comparison; return a string if that fails."""
    try:
        return json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
    except Exception:
        return "undecodable"


class FakeWire:
    """A real boto3 client of which only the socket is missing."""

    def __init__(self) -> None:
        self.body = b""
        self.raw_client: Any = boto3.client(
            "lightsail", "us-west-2", aws_access_key_id="fuzz", aws_secret_access_key="fuzz"
        )
        events: Any = self.raw_client.meta.events
        events.register("before-send.lightsail.*", self._respond)

    def _respond(self, request: Any, **_: Any) -> AWSResponse:
        headers: Any = {"x-amzn-requestid": "fuzz"}
        return AWSResponse(request.url, 200, headers, self)

    def stream(self) -> list[bytes]:
        return [self.body]


def is_typed(operation: Operation) -> bool:
    """Whether each field has the type that the model promises, and no subtype of it."""
    times = [operation.created_at]
    if operation.status_changed_at is not None:
        times.append(operation.status_changed_at)
    location = operation.location
    details = (operation.operation_details, operation.error_code, operation.error_details)
    types: list[tuple[object, set[Any]]] = [
        (operation, {Operation}),
        (operation.id, {str}),
        (operation.resource_name, {str}),
        (operation.resource_type, {ResourceType}),
        (operation.operation_type, {OperationType}),
        (operation.status, {OperationStatus}),
        (operation.is_terminal, {bool}),
        (location, {ResourceLocation}),
        (location.availability_zone, {str, type(None)}),
        (location.region_name, {RegionName, type(None)}),
    ]
    types += [(time, {datetime}) for time in times]
    types += [(detail, {str, type(None)}) for detail in details]
    return all(type(value) in allowed for value, allowed in types) and all(
        time.tzinfo is UTC for time in times
    )


def read(client: OperationsClient, body: bytes) -> str:
    """Read a body, and return what the library made of it; raise if that breaks its promise."""
    content = decode(body)
    try:
        page = client.get_operations()
    except ResponseError as error:
        return "a malformed response" if error.is_transient else "a wrong value"
    except LightsailError as error:
        raise AssertionError(f"{error!r} for {body!r}") from error
    operations = content["operations"]
    assert len(page) == len(operations), f"{len(page)} operations of {body!r}"
    for operation, raw in zip(page, operations, strict=True):
        assert is_typed(operation), f"{operation!r} of {body!r}"
        assert operation.id == (raw.get("id") or ""), f"{operation!r} of {body!r}"
        assert Operation.from_dict(operation.to_dict()) == operation, f"{operation!r} of {body!r}"
    assert page.next_page_token == (content.get("nextPageToken") or None), body
    return "a page"


class Hang(BaseException):
    """Raised by the watchdog. It is no Exception, which the library might translate."""


def complain(*_: object) -> NoReturn:
    raise Hang(f"a body took more than {HANGS_AFTER} seconds")


def run(seed: int, bodies: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    dice, wire = random.Random(seed), FakeWire()
    client = OperationsClient(wire.raw_client)
    logging.getLogger("lightsail_ops").setLevel(logging.ERROR)  # not each field that is left out
    signal.signal(signal.SIGALRM, complain)
    with mock.patch("lightsail_ops._core.fetching._BACKOFF", (0.0, 0.0)):
        for _ in range(bodies):
            wire.body = mutate(dice)
            signal.alarm(HANGS_AFTER)
            try:
                outcomes[read(client, wire.body)] += 1
            except BaseException:
                print(f"seed {seed}: {wire.body[:2000]!r}", file=sys.stderr)
                raise
    signal.alarm(0)
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    start = time.monotonic()
    share = options.bodies // 100
    outcomes: Counter[str] = Counter()
    with ProcessPoolExecutor(options.processes) as pool:
        seeds = range(options.seed * 1000, options.seed * 1000 + 100)
        for counted in pool.map(run, seeds, [share] * 100):
            outcomes += counted
    taken = time.monotonic() - start
    print(f"{outcomes.total():,} bodies in {taken:.0f} s: {dict(outcomes)}")


if __name__ == "__main__":
    main()
