"""What the benchmarks share: a body, clients that answer with it at once, and the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from lightsail_ops import OperationStatus, OperationType, RegionName, ResourceType

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


def raw_operations(count: int) -> list[dict[str, Any]]:
    """Operations as AWS's JSON has them, of all kinds; the fields that may be absent at times are."""
    types, kinds = list(OperationType), list(ResourceType)
    regions, statuses = list(RegionName)[:-1], list(OperationStatus)
    raw = []
    for index in range(count):
        region = regions[index % 5].value
        operation = {
            "id": f"{index:08x}-3f4b-4c6e-9d2a-{index * 7919:012x}",
            "resourceName": f"web-{index % 37}",
            "resourceType": kinds[index % len(kinds)].value,
            "createdAt": 1_767_225_600.125 + index * 61.7,
            "location": {
                "availabilityZone": f"{region}{'abc'[index % 3]}" if index % 4 else "all",
                "regionName": region,
            },
            "isTerminal": index % 9 != 0,
            "operationType": types[index % len(types)].value,
            "status": statuses[index % len(statuses)].value,
            "statusChangedAt": 1_767_225_640.5 + index * 61.7,
        }
        if index % 2:
            operation["operationDetails"] = f"disk-{index % 11}"
        if operation["status"] == "Failed":
            operation["errorCode"] = "InvalidInputException"
            operation["errorDetails"] = "The disk is attached to another instance."
        raw.append(operation)
    return raw


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
def client_that_answers() -> Callable[[bytes], Any]:
    """A real boto3 client with all of botocore's work but the socket's."""

    def make(body: bytes) -> Any:
        client = boto3.client(
            "lightsail",
            region_name="us-west-2",
            aws_access_key_id="benchmark",
            aws_secret_access_key="benchmark",
        )
        headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": "benchmark"}

        def answer(request: Any, **_: Any) -> AWSResponse:
            return AWSResponse(request.url, 200, headers, _Raw(body))

        client.meta.events.register("before-send.lightsail.*", answer)
        return client

    return make
