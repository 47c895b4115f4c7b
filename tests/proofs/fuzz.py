"""Feed the library mutated response bodies: `python tests/proofs/fuzz.py --bodies 1000000`.

Each body goes through a real boto3 client. It must give operations whose every field has the type
that it should have, as many as the body holds and in its order, or a ResponseError: never another
exception, never a hang, never a shorter list.
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


def zipped(body: bytes, random: random.Random) -> bytes:
    return gzip.compress(body, 1, mtime=0)  # or a seed would not give the same again


def doubled(body: bytes, random: random.Random) -> bytes:
    return body + random.choice([body, b" ", b"\xef\xbb\xbf", b"[" * 100_000])


def marked(body: bytes, random: random.Random) -> bytes:
    return random.choice([b"\xef\xbb\xbf", b"\x1f\x8b", b"<html>", b"\xff\xfe"]) + body


TREE_EDITS: list[Callable[[Any, random.Random], Any]] = [
    with_odd_value, with_odd_value, without_a_place, with_renamed_key, deeper, whole,
]  # fmt: skip
BYTE_EDITS: list[Callable[[bytes, random.Random], bytes]] = [cut, flipped, zipped, doubled, marked]


def mutated(random: random.Random) -> bytes:
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


def decoded(body: bytes) -> Any:
    """Decode a body as plainly as can be, for comparison; a string where it cannot be."""
    try:
        return json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
    except Exception:
        return "undecodable"


class Wire:
    """A real boto3 client of which only the socket is missing."""

    def __init__(self) -> None:
        self.body = b""
        self.raw_client = boto3.client(
            "lightsail", "us-west-2", aws_access_key_id="fuzz", aws_secret_access_key="fuzz"
        )
        self.raw_client.meta.events.register("before-send.lightsail.*", self._answer)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 200, {"x-amzn-requestid": "fuzz"}, self)

    def stream(self) -> list[bytes]:
        return [self.body]


def is_typed(operation: Operation) -> bool:
    """Tell whether each field has the type that the model promises, and no subtype of it."""
    moments = [operation.created_at]
    if operation.status_changed_at is not None:
        moments.append(operation.status_changed_at)
    location = operation.location
    details = (operation.operation_details, operation.error_code, operation.error_details)
    return (
        type(operation) is Operation
        and type(operation.id) is type(operation.resource_name) is str
        and type(operation.resource_type) is ResourceType
        and type(operation.operation_type) is OperationType
        and type(operation.status) is OperationStatus
        and type(operation.is_terminal) is bool
        and all(type(moment) is datetime and moment.tzinfo is UTC for moment in moments)
        and type(location) is ResourceLocation
        and type(location.availability_zone) in {str, type(None)}
        and type(location.region_name) in {RegionName, type(None)}
        and all(type(text) in {str, type(None)} for text in details)
    )


def outcome(client: OperationsClient, body: bytes) -> str:
    """Read a body, and say what came of it; raise where that is not as promised."""
    content = decoded(body)
    try:
        page = client.get_operations()
    except ResponseError:
        return "ResponseError"
    except LightsailError as error:
        raise AssertionError(f"{error!r} for {body!r}") from error
    operations = content.get("operations", [])
    assert len(page) == len(operations), f"{len(page)} operations of {body!r}"
    for operation, raw in zip(page, operations, strict=True):
        assert is_typed(operation), f"{operation!r} of {body!r}"
        assert operation.id == (raw.get("id") or ""), f"{operation!r} of {body!r}"
        assert Operation.from_dict(operation.to_dict()) == operation, f"{operation!r} of {body!r}"
    assert page.next_page_token == (content.get("nextPageToken") or None), body
    return "a page"


class Hang(BaseException):
    """Not an Exception, which the library could take for a client's."""


def complain(*_: object) -> NoReturn:
    raise Hang(f"a body took more than {HANGS_AFTER} seconds")


def run(seed: int, bodies: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    dice, wire = random.Random(seed), Wire()
    client = OperationsClient(wire.raw_client)
    logging.getLogger("lightsail_ops").setLevel(logging.ERROR)  # not each field that is left out
    signal.signal(signal.SIGALRM, complain)
    with mock.patch("time.sleep"):
        for _ in range(bodies):
            wire.body = mutated(dice)
            signal.alarm(HANGS_AFTER)
            try:
                outcomes[outcome(client, wire.body)] += 1
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
