"""What the tests of programs share: a Lightsail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lightsail_ops import Operation
from lightsail_ops.testing import LightsailServer


@pytest.fixture(scope="module")
def server() -> Iterator[LightsailServer]:
    with LightsailServer() as server:
        yield server


@pytest.fixture(scope="module")
def history(server: LightsailServer) -> list[Operation]:
    return server.lightsail.add_operations(450, region_name="us-west-2")
