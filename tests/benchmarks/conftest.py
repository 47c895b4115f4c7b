"""What the benchmarks share: a body, clients that return it at once, and the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from benchmarks.history import raw_operations
from botocore.awsrequest import AWSResponse

_ROWS: list[tuple[str, str, str]] = []


@pytest.fixture
def report() -> Callable[[str, str, str], None]:
    """Add a row to the table that is printed at the end: what, its figure, its goal."""

    def add(what: str, figure: str, goal: str) -> None:
        _ROWS.append((what, figure, goal))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _ROWS:
        return
    rows = [("what", "measured", "goal"), *_ROWS]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    terminalreporter.section("figures")
    for index, row in enumerate(rows):
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        terminalreporter.write_line(f"| {' | '.join(cells)} |")
        if index == 0:
            terminalreporter.write_line(f"|{'|'.join('-' * (width + 2) for width in widths)}|")


@pytest.fixture
def raw() -> list[dict[str, Any]]:
    """The operations of one full page."""
    return raw_operations(200)


@pytest.fixture
def body(raw: list[dict[str, Any]]) -> bytes:
    """The body of one full page."""
    return json.dumps({"operations": raw}).encode()


class _Raw:
    """The part of a urllib3 response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]


@pytest.fixture
def make_boto3_client() -> Callable[[bytes], Any]:
    """A real boto3 client with all of botocore's work but the socket's."""

    def make(body: bytes) -> Any:
        client: Any = boto3.client(
            "lightsail",
            region_name="us-west-2",
            aws_access_key_id="benchmark",
            aws_secret_access_key="benchmark",
        )
        headers: Any = {
            "content-type": "application/x-amz-json-1.1",
            "x-amzn-requestid": "benchmark",
        }

        def response(request: Any, **_: Any) -> AWSResponse:
            return AWSResponse(request.url, 200, headers, _Raw(body))

        client.meta.events.register("before-send.lightsail.*", response)
        return client

    return make
