"""Programs run without coverage, which slows their start; other people's have a Lightsail."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lightsail_ops import Operation
from lightsail_ops.testing import LightsailServer


@pytest.fixture(autouse=True)
def _no_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def server() -> Iterator[LightsailServer]:
    with LightsailServer() as server:
        yield server


@pytest.fixture(scope="module")
def history(server: LightsailServer) -> list[Operation]:
    return server.lightsail.add_operations(450, region_name="us-west-2")
