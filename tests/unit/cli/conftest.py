"""The program in this process, with pipes or as if in a terminal."""

from __future__ import annotations

import io
import signal
import sys
import time
from collections.abc import Iterator

import pytest
from support.program import Outcome, Run, RunInTerminal
from support.wire import Wire

from lightsail_ops.__main__ import main
from lightsail_ops.testing import LightsailServer


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the properties of this machine's terminal out of the tests."""
    for name in ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # or botocore sends requests again, after a pause
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _same_handlers() -> Iterator[None]:
    """Restore the handlers of signals, which a test that ends a process changes."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the program in this process."""

    def run(*arguments: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        status = main(arguments)
        written = capsys.readouterr()
        return Outcome(written.out, written.err, status)

    return run


@pytest.fixture
def run_on_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> RunInTerminal:
    """Run the program in this process, as if in a terminal."""

    def run_on_terminal(*arguments: str, columns: int = 80) -> Outcome:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        return run(*arguments)

    return run_on_terminal


@pytest.fixture
def here(wire: Wire) -> tuple[str, ...]:
    """The options for the region that the wire serves."""
    return "--endpoint-url", wire.endpoint_url, "--region", "us-west-2"


@pytest.fixture
def server() -> Iterator[LightsailServer]:
    with LightsailServer() as server:
        yield server
