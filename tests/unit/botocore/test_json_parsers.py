"""With and without the extra `fast` (orjson): equal pages, and equal errors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.fakes import raw_operation

from lightsail_ops import LightsailError, OperationsPage
from lightsail_ops._botocore import response
from lightsail_ops._botocore.calls import BODY
from lightsail_ops._core.effects import Request, Response
from lightsail_ops.models import parse_page

pytestmark = pytest.mark.usefixtures("coverage_of_processes")

orjson = pytest.importorskip("orjson")


def decode(body: bytes, loads: Callable[[bytes], object]) -> tuple[object, ...]:
    """Return the page that a body holds, or the error's attributes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(response, "loads", loads)
        try:
            raw: Mapping[str, object] = {BODY: body}
            decoded: Response = response.read_response(Request("get_operations"), raw)
            page: OperationsPage = parse_page(decoded)
        except LightsailError as error:
            return type(error), str(error), {**vars(error)}
    return ("page", repr(page.operations), page)


def assert_equal_with_each_parser(body: bytes) -> None:
    assert decode(body, orjson.loads) == decode(body, json.loads)


# --- Bodies

numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.integers(-(2**70), 2**70),
    st.sampled_from(
        [0, -0.0, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**400]
    ),
    st.floats(0, 4e9),
)
strings = st.one_of(
    st.text(max_size=8),
    st.text(st.characters(codec=None, categories=["Cs", "Cc", "Zl", "So"]), max_size=4),
    st.sampled_from(["Failed", "us-west-2", "2026-11-01T12:00:00Z", "1479816991"]),
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | strings,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(strings, values, max_size=3),
    max_leaves=6,
)


@st.composite
def operations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an operation of which up to two values are anything."""
    raw = raw_operation(statusChangedAt=draw(numbers), errorDetails=draw(strings))
    for key in draw(st.lists(st.sampled_from([*raw, "unknown"]), max_size=2)):
        raw[key] = draw(json_values)
    return raw


pages = st.fixed_dictionaries(
    {"operations": st.lists(operations(), max_size=3) | json_values},
    optional={"nextPageToken": json_values, "other": json_values},
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw a page as JSON, in one of the encodings that json.loads recognises."""
    dumped = json.dumps(draw(pages), ensure_ascii=draw(st.booleans()))
    encoding = draw(st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"]))
    return dumped.encode(encoding, "surrogatepass")


@st.composite
def mutated_bodies(draw: st.DrawFn) -> bytes:
    """Draw a body in which some bytes are replaced, removed, inserted or doubled."""
    body = bytearray(draw(bodies()))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        end = min(start + draw(st.integers(0, 4)), len(body))
        body[start:end] = draw(
            st.binary(max_size=3)
            | st.sampled_from(
                [b"", b"NaN", b"-Infinity", b"1e999", b"01", b"+1", b".5", b"//", b"'"]
            )
            | st.sampled_from(
                [b",", b"{", b"}", b"[", b"]", b'"', b"\\u", b"\\ud800", b"\x00", b"\xff"]
            )
            | st.just(bytes(body[start:end] * 2))
        )
    return bytes(body)


# --- What holds for them


@pytest.mark.heavy
@settings(max_examples=150)
@given(bodies())
def test_a_page_is_equal(body: bytes) -> None:
    assert_equal_with_each_parser(body)


@pytest.mark.heavy
@settings(max_examples=300)
@given(mutated_bodies())
@example(b"")
@example(b"\xef\xbb\xbf{}")
@example(b'{"operations": [], "operations": 5}')
@example(b'{"operations": [NaN]}')
@example(b'{"operations": [1e999, -1e999, 1E400]}')
@example(b'{"operations": [{"id": 18446744073709551616}]}')
@example(b'{"operations": [{"id": [-9223372036854775809]}]}')
@example(b'{"operations": [{"createdAt": 1e308}]}')
@example(b'{"operations": [{"createdAt": 123456789012345678901234567890}]}')
@example(b'{"operations": [{"id": "\\ud800"}]}')
@example(b'{"operations": [{"id": "\xed\xa0\x80"}]}')
@example(b'{"operations": [{"id": "\x00"}]}')
@example(b'{"operations": [], "nextPageToken": -0}')
@example(b'{"operations": [], "nextPageToken": 1.7976931348623159e309}')
@example(b'{"operations": [{"id": ' + b"9" * 5000 + b"}]}")
@example(b" \t\r\n[]")
@example(b"\x0b{}")
def test_a_mutated_body_gives_the_same_page_or_error(body: bytes) -> None:
    assert_equal_with_each_parser(body)


each_nesting = pytest.mark.parametrize(
    ("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[0,[],{"a":', b"}]"), (b" [", b"]")]
)


@each_nesting
@pytest.mark.parametrize("loads", [json.loads, orjson.loads], ids=["json", "orjson"])
def test_a_body_may_have_500_levels_and_not_any_number(
    loads: Callable[[bytes], object], opening: bytes, closing: bytes
) -> None:
    steps = 498 // (opening.count(b"{") + opening.startswith((b"[", b" [")))
    outcomes = []
    for count in (steps, 100_000):
        nested = opening * count + b"1" + closing * count
        outcomes.append(decode(b'{"operations": [], "unknown": ' + nested + b"}", loads)[1])
    too_deep = "Malformed response to GetOperations: its JSON has too many levels"
    assert outcomes == ["()", too_deep]


@pytest.mark.parametrize("depth", [10, 100, 500, 600, 900, 1_010, 1_030, 5_000, 100_000])
@each_nesting
def test_deep_nesting_gives_the_same_page_or_error(
    depth: int, opening: bytes, closing: bytes
) -> None:
    nested = opening * depth + b"1" + closing * depth
    assert_equal_with_each_parser(b'{"operations": [], "unknown": ' + nested + b"}")
    assert_equal_with_each_parser(b'{"operations": [{"id": ' + nested + b"}]}")


def test_the_usual_parser_is_orjson_where_it_is_installed() -> None:
    assert response.loads is orjson.loads


def test_the_usual_parser_is_pythons_where_orjson_is_missing() -> None:
    program = (
        "import sys; sys.modules['orjson'] = None; import json; "
        "from lightsail_ops._botocore import response; "
        "assert response.loads is json.loads"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
