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

from lightsail_ops import OperationsClient, OperationsPage, _response
from lightsail_ops._conversion import page_from_dict

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
OPERATION = st.dictionaries(
    st.sampled_from([*fuzz.valid_operation(random.Random(1), 1), "operationDetails"]), JSON
)


@pytest.fixture(scope="module")
def wire() -> fuzz.Wire:
    return fuzz.Wire()


@pytest.fixture(autouse=True)
def _no_backoff(no_backoff: None) -> None:
    """Ask for a damaged page again at once."""


def outcome(wire: fuzz.Wire, body: bytes) -> str:
    wire.body = body
    return fuzz.outcome(OperationsClient(wire.raw_client), body)


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@given(dice=st.randoms(use_true_random=False))
def test_an_edited_body_gives_all_it_holds_or_an_error(
    wire: fuzz.Wire, dice: random.Random
) -> None:
    outcome(wire, fuzz.mutated(dice))


@given(body=st.binary())
def test_any_bytes_give_an_error_at_most(wire: fuzz.Wire, body: bytes) -> None:
    outcome(wire, body)


@given(
    page=st.fixed_dictionaries(
        {"operations": st.lists(OPERATION, max_size=3)}, optional={"nextPageToken": JSON}
    )
)
def test_fields_of_any_type_give_typed_operations_or_an_error(
    wire: fuzz.Wire, page: dict[str, Any]
) -> None:
    outcome(wire, json.dumps(page).encode())


@given(seed=st.integers(0, 10**6))
def test_a_body_that_nobody_edited_gives_its_page(wire: fuzz.Wire, seed: int) -> None:
    body = json.dumps(fuzz.valid_body(random.Random(seed))).encode()
    assert outcome(wire, body) == "a page"


# --- The fuzzer would notice.


def shorter(page: OperationsPage) -> OperationsPage:
    return OperationsPage(operations=page.operations[1:])


def turned_around(page: OperationsPage) -> OperationsPage:
    return OperationsPage(operations=page.operations[::-1])


def untyped(page: OperationsPage) -> OperationsPage:
    for operation in page:
        object.__setattr__(operation, "status", str(operation.status))
    return page


def without_its_token(page: OperationsPage) -> OperationsPage:
    return OperationsPage(operations=page.operations)


@pytest.mark.parametrize("spoil", [shorter, turned_around, untyped, without_its_token])
def test_a_spoilt_page_is_noticed(
    wire: fuzz.Wire,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[OperationsPage], OperationsPage],
) -> None:
    body = {
        "operations": [fuzz.valid_operation(random.Random(1), index) for index in range(2)],
        "nextPageToken": "token",
    }
    monkeypatch.setattr(
        _response, "page_from_dict", lambda content, _: spoil(page_from_dict(content))
    )
    with pytest.raises(AssertionError):
        outcome(wire, json.dumps(body).encode())


def test_an_error_of_another_kind_is_noticed(
    wire: fuzz.Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(*_: object) -> OperationsPage:
        raise KeyboardInterrupt

    monkeypatch.setattr(_response, "page_from_dict", leaking)
    with pytest.raises(KeyboardInterrupt):
        outcome(wire, b"{}")
