"""What tests share: a made-up AWS account, a server on loopback, and a clock that costs no time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3.session
import pytest
from fakes import Clock
from hypothesis import HealthCheck, settings
from wire import ASK_ONCE, Wire

from lightsail_ops import OperationsClient, _conversion

settings.register_profile(
    "tests",
    deadline=None,  # other work on the machine must not fail a test
    derandomize=True,
    print_blob=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("tests")


@pytest.fixture(autouse=True, scope="session")
def _account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep this machine's AWS configuration, if there is one, out of the tests."""
    nothing = tmp_path_factory.mktemp("aws") / "nothing"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PROFILE", "DEFAULT_PROFILE", "REGION", "DEFAULT_REGION", "SESSION_TOKEN"):
            patch.delenv(f"AWS_{name}", raising=False)
        patch.delenv("AWS_RETRY_MODE", raising=False)
        patch.delenv("AWS_MAX_ATTEMPTS", raising=False)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret-key")
        patch.setenv("AWS_CONFIG_FILE", str(nothing))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nothing))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def session(_account: None) -> boto3.session.Session:
    """Return one session for all tests: loading Lightsail's model takes long."""
    return boto3.session.Session(region_name="us-west-2")


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


@pytest.fixture
def boto3_client(session: boto3.session.Session, wire: Wire) -> Iterator[Any]:
    """Return a boto3 client of the server that asks once, so that a test sees what we do."""
    client = session.client("lightsail", endpoint_url=wire.endpoint_url, config=ASK_ONCE)
    yield client
    client.close()


@pytest.fixture
def client(boto3_client: Any) -> OperationsClient:
    return OperationsClient(boto3_client)


@pytest.fixture(scope="module")
def shared_wire() -> Iterator[Wire]:
    """Return a server for the many examples of a hypothesis test."""
    with Wire() as wire:
        yield wire


@pytest.fixture(scope="module")
def shared_client(session: boto3.session.Session, shared_wire: Wire) -> Iterator[Any]:
    client = session.client("lightsail", endpoint_url=shared_wire.endpoint_url, config=ASK_ONCE)
    yield client
    client.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let sleeping take no time; for tests without threads of their own."""
    clock = Clock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    return clock


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for a damaged page again at once."""
    monkeypatch.setattr("lightsail_ops._steps._BACKOFF", (0.0, 0.0))


@pytest.fixture(autouse=True)
def _nothing_warned_about() -> Iterator[None]:
    _conversion._warned_keys.clear()
    yield
    _conversion._warned_keys.clear()


@pytest.fixture
def same_after() -> list[Callable[[Any], Any]]:
    """Return the ways in which a value comes back as itself."""
    import copy
    import pickle

    pickled = [
        lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    return [copy.copy, copy.deepcopy, *pickled]
