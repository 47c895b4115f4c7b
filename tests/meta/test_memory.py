"""An error that a program keeps does not keep the body of the response alive."""

from __future__ import annotations

import gc
import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.fakes import raw_operation
from support.wire import CannedResponse, Wire

from lightsail_ops import OperationsClient
from lightsail_ops._botocore.translation import typed_errors
from lightsail_ops.errors import LightsailError

pytestmark = pytest.mark.usefixtures("no_backoff")

MIB = 2**20
LONG = "x" * (4 * MIB)


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


BODIES: dict[str, CannedResponse] = {
    "not-json": CannedResponse(LONG.encode()),
    "truncated": CannedResponse(b'{"operations": ["' + LONG.encode()),
    "a-list": CannedResponse(as_json([LONG])),
    "without-operations": CannedResponse(as_json({"message": LONG})),
    "compressed": CannedResponse(gzip.compress(LONG.encode(), 1)),
    "a-wrong-value": CannedResponse(as_json({"operations": [raw_operation(id=5, more=LONG)]})),
    "a-wrong-token": CannedResponse(as_json({"operations": [], "nextPageToken": [LONG]})),
    "an-error-page": CannedResponse(b"<html>" + LONG.encode(), 400),
    "an-error-page-500": CannedResponse(b"<html>" + LONG.encode(), 500),
    "a-long-message": CannedResponse(
        as_json({"__type": "NotFoundException", "message": LONG, "tip": LONG}), 400
    ),
    "an-error-that-is-a-list": CannedResponse(as_json([LONG]), 400),
    "an-odd-code": CannedResponse(as_json({"__type": [LONG]}), 400),
    "not-decodable": CannedResponse(b"\xff\xfe" + LONG.encode(), 500),
    "a-redirect": CannedResponse(as_json({"message": [LONG]}), 300),
}
each_body = pytest.mark.parametrize("response", BODIES.values(), ids=BODIES)


@pytest.fixture(autouse=True)
def _traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def measure(call: Callable[[], object]) -> float:
    """Return how many MiB two errors of a call keep alive."""

    def fail() -> LightsailError:
        with pytest.raises(LightsailError) as caught:
            call()
        error: LightsailError = caught.value
        return error

    fail()
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    errors = [fail(), fail()]
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    assert all(error.__traceback__ is not None for error in errors)
    return kept / MIB


@each_body
def test_an_error_of_a_client_is_small(
    response: CannedResponse, wire: Wire, client: OperationsClient
) -> None:
    wire.play(lambda _: response)
    assert measure(client.get_operations) < 1


@each_body
def test_an_error_of_a_listing_is_small(
    response: CannedResponse, wire: Wire, client: OperationsClient
) -> None:
    wire.play(lambda _: response)
    assert measure(lambda: list(client.operations())) < 1


@pytest.mark.parametrize(
    "response", [response for response in BODIES.values() if response.status >= 300]
)
def test_an_error_of_another_call_is_small(
    response: CannedResponse, wire: Wire, boto3_client: Any
) -> None:
    wire.play(lambda _: response)

    def call() -> None:
        with typed_errors():
            boto3_client.get_instances()

    assert measure(call) < 1
