"""The fuzzer in small, driven by hypothesis, which shortens a body that fails."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from proofs import fuzz

from lightsail_ops import OperationsClient, client
from lightsail_ops._core.fetching import parse_page
from lightsail_ops.models import OperationsPage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
OPERATION = st.dictionaries(
    st.sampled_from([*fuzz.valid_operation(random.Random(1), 1), "operationDetails"]), JSON
)


@pytest.fixture(scope="module")
def wire() -> fuzz.FakeWire:
    return fuzz.FakeWire()


@pytest.fixture(autouse=True)
def _no_backoff(no_backoff: None) -> None:
    """Fetch a malformed page again at once."""


def read(wire: fuzz.FakeWire, body: bytes) -> str:
    wire.body = body
    return fuzz.read(OperationsClient(wire.raw_client), body)


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@given(dice=st.randoms(use_true_random=False))
def test_an_edited_body_gives_all_its_operations_or_an_error(
    wire: fuzz.FakeWire, dice: random.Random
) -> None:
    read(wire, fuzz.mutate(dice))


@given(body=st.binary())
def test_any_bytes_give_an_error_at_most(wire: fuzz.FakeWire, body: bytes) -> None:
    read(wire, body)


@given(
    page=st.fixed_dictionaries(
        {"operations": st.lists(OPERATION, max_size=3)}, optional={"nextPageToken": JSON}
    )
)
def test_fields_of_any_type_give_typed_operations_or_an_error(
    wire: fuzz.FakeWire, page: dict[str, Any]
) -> None:
    read(wire, json.dumps(page).encode())


@given(seed=st.integers(0, 10**6))
def test_an_unedited_body_gives_its_page(wire: fuzz.FakeWire, seed: int) -> None:
    body = json.dumps(fuzz.valid_body(random.Random(seed))).encode()
    assert read(wire, body) == "a page"


# --- The fuzzer would notice.


def shorten(page: OperationsPage) -> OperationsPage:
    return OperationsPage(operations=page.operations[1:])


def reverse(page: OperationsPage) -> OperationsPage:
    return OperationsPage(operations=page.operations[::-1])


def remove_types(page: OperationsPage) -> OperationsPage:
    for operation in page:
        object.__setattr__(operation, "status", str(operation.status))
    return page


def remove_token(page: OperationsPage) -> OperationsPage:
    return OperationsPage(operations=page.operations)


@pytest.mark.parametrize("spoil", [shorten, reverse, remove_types, remove_token])
def test_a_spoilt_page_is_noticed(
    wire: fuzz.FakeWire,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[OperationsPage], OperationsPage],
) -> None:
    body = {
        "operations": [fuzz.valid_operation(random.Random(1), index) for index in range(2)],
        "nextPageToken": "token",
    }
    monkeypatch.setattr(client, "parse_page", lambda response: spoil(parse_page(response)))
    with pytest.raises(AssertionError):
        read(wire, json.dumps(body).encode())


def test_an_error_of_another_kind_is_noticed(
    wire: fuzz.FakeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leak(*_: object) -> OperationsPage:
        raise KeyError("leaked")

    monkeypatch.setattr(client, "parse_page", leak)
    with pytest.raises(KeyError):
        read(wire, b'{"operations": []}')
