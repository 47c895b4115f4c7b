"""The hostile server in small: each crafted response gives all its operations or an error."""

from __future__ import annotations

from collections import Counter

import pytest
from proofs import hostile

from lightsail_ops import OperationsClient


@pytest.fixture(autouse=True)
def _no_backoff(no_backoff: None) -> None:
    """Fetch a malformed page again at once."""


def test_any_raw_response_gives_all_its_operations_or_an_error() -> None:
    outcomes = Counter[str]()
    with hostile.Server() as server:
        client = OperationsClient(hostile.make_client(server.url))
        for raw in hostile.list_crafted():
            outcomes[hostile.read(server, client, raw, stays_open=False)] += 1
    assert outcomes["a page"] >= 10
    assert {"TransportError", "ResponseError", "ThrottlingError"} <= set(outcomes)
