"""The pytest fixture, found by `pytest_plugins = ["lightsail_ops.testing"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lightsail_ops.testing._lightsail import Lightsail
from lightsail_ops.testing._mock import mock_lightsail

# A profile or a region of this machine would win over what the fixture sets.
_UNSET = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN")


@pytest.fixture
def lightsail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lightsail]:
    """An empty Lightsail, with fake credentials and `us-east-1` as the default region."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in _UNSET:
        monkeypatch.delenv(name, raising=False)
    with mock_lightsail() as mocked:
        yield mocked
