"""What the tests of the embedded Lightsail share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest

from lightsail_ops.testing import Lightsail, LightsailServer, mock_lightsail


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lightsail]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    with mock_lightsail() as lightsail:
        yield lightsail


@pytest.fixture(scope="session")
def connect() -> Callable[[str], Any]:
    """Return the client of a region, one for all tests: to make one takes longer than to use it."""

    @cache
    def connect(region_name: str) -> Any:
        return boto3.client(
            "lightsail",
            region_name=region_name,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    return connect


@pytest.fixture(scope="session")
def west(connect: Callable[[str], Any]) -> Any:
    """A client for tests that mock its requests."""
    return connect("us-west-2")


@pytest.fixture(scope="module")
def server() -> Iterator[LightsailServer]:
    """One server for a module."""
    with LightsailServer() as server:
        yield server


@pytest.fixture
def raw_client(server: LightsailServer) -> Iterator[Any]:
    """A boto3 client of the server, over a real socket."""
    client = boto3.client("lightsail", region_name="us-west-2", endpoint_url=server.endpoint_url)
    yield client
    client.close()
