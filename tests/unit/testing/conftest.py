"""What the tests of the embedded Lightsail share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lightsail_ops.testing import Lightsail, LightsailServer, mock_lightsail


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lightsail]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    with mock_lightsail() as lightsail:
        yield lightsail


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
