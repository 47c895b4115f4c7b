"""What tests share: a made-up AWS account, and a server on loopback."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import boto3
import boto3.session
import pytest
from botocore.loaders import JSONFileLoader, Loader
from hypothesis import HealthCheck, settings
from support.scheduler import ByModule, sort_for_workers
from support.threads import leave_out_earlier_threads
from support.wire import SEND_ONCE, Wire

from lightsail_ops import OperationsClient, models

# What a shell runs in the background ignores Ctrl-C, and so would the programs that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Without bytecode, each of the many processes that tests start would compile the package anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile(
    "tests",
    deadline=None,  # other work on the machine must not fail a test
    derandomize=True,
    print_blob=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("tests")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Share the tests out by modules; an explicit `--dist` has its way."""
    config.option.loadscopereorder = False
    return ByModule(config, log) if config.option.dist == "load" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests."""
    sort_for_workers(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure what the unit tests cover, but for the heavy ones, which would take thrice as long.

    pytest-cov's mark `no_cover` has no effect in the workers of pytest-xdist, where it measures
    twice. With `--cov-context`, everything is measured.
    """
    is_light = item.nodeid.startswith("tests/unit/") and item.get_closest_marker("heavy") is None
    if is_light or item.config.getoption("cov_context", None) is not None:
        return (yield)
    tracing, threads_tracing = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracing)
        threading.settrace(threads_tracing)


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
    """Return a boto3 client that does not retry, so that a test sees every request of ours."""
    client = session.client("lightsail", endpoint_url=wire.endpoint_url, config=SEND_ONCE)
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
    client = session.client("lightsail", endpoint_url=shared_wire.endpoint_url, config=SEND_ONCE)
    yield client
    client.close()


@pytest.fixture
def coverage_of_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure what processes cover, if coverage is on: they start later for it."""
    if request.config.getoption("cov_source", None):
        root = request.config.rootpath
        monkeypatch.setenv("COVERAGE_PROCESS_START", str(root / "pyproject.toml"))
        if "COVERAGE_FILE" not in os.environ:
            monkeypatch.setenv("COVERAGE_FILE", str(root / ".coverage"))


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the request again at once after a malformed response."""
    monkeypatch.setattr("lightsail_ops._core.fetching._BACKOFF", (0.0, 0.0))


_data_of_botocore: dict[str, Any] = {}


@pytest.fixture(autouse=True, scope="module")
def _data_that_is_read_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let boto3's sessions share what they read of botocore's data, but where that is tested.

    Not the endpoints, which botocore changes in place.
    """
    load = JSONFileLoader.load_file

    def load_file(loader: JSONFileLoader, path: str) -> Any:
        if path not in _data_of_botocore:
            found = load(loader, path)
            is_own = path.startswith(Loader.BUILTIN_DATA_PATH)
            if found is None or not is_own or path.endswith("endpoints"):
                return found
            _data_of_botocore[path] = found
        return _data_of_botocore[path]

    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name != "benchmarks" and request.path.name != "test_data.py":
            patch.setattr(JSONFileLoader, "load_file", load_file)
        yield


@pytest.fixture(autouse=True, scope="module")
def _a_small_heap(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let `gc.collect()` in a test look at what the tests of its module have made, not at all.

    By itself, Python would collect several times for each boto3 client, which is that many objects.
    """
    gc.collect()
    gc.freeze()
    before = gc.get_threshold()
    if request.path.parent.name != "benchmarks":
        gc.set_threshold(20_000)
    yield
    gc.set_threshold(*before)


@pytest.fixture(autouse=True)
def _no_earlier_threads() -> None:
    leave_out_earlier_threads()


@pytest.fixture(autouse=True)
def _no_earlier_warnings() -> Iterator[None]:
    """Let each test see the warning that a process logs once for each field."""
    models._codec._warned.clear()
    yield
    models._codec._warned.clear()


@pytest.fixture(autouse=True)
def _no_default_session() -> None:
    """Let no test see the session that `boto3.client` has kept in an earlier one."""
    boto3.DEFAULT_SESSION = None


@pytest.fixture
def same_after() -> list[Callable[[Any], Any]]:
    """Return the functions that copy a value, or pickle and unpickle it."""
    pickled = [
        lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    return [copy.copy, copy.deepcopy, *pickled]
