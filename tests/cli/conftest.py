"""Ways to run the program: in this process, as a process of its own, and in a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lightsail_ops.__main__ import main
from lightsail_ops.testing import LightsailServer

PROGRAM = (sys.executable, "-m", "lightsail_ops")


@dataclass(frozen=True)
class Outcome:
    """What the program has written, and its exit status."""

    out: str
    err: str
    status: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def plain(self) -> str:
        """The output without colours."""
        return re.sub(r"\x1b\[[\d;]*[mK]", "", self.out)

    @property
    def problems(self) -> list[str]:
        return self.err.splitlines()


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep what this machine's terminal is like out of the tests."""
    for name in ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # or botocore tries again, after a while
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run the program in this process."""

    def run(*arguments: str) -> Outcome:
        try:
            status = main(arguments)
        except SystemExit as ended:  # so typer ends after it has completed a word
            status = ended.code if isinstance(ended.code, int) else 0
        written = capsys.readouterr()
        return Outcome(written.out, written.err, status)

    return run


@pytest.fixture
def seen(run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run the program in this process, as if in a terminal."""

    def seen(*arguments: str, columns: int = 80) -> Outcome:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        return run(*arguments)

    return seen


def program(*arguments: str, **options: Any) -> Outcome:
    """Run the program as a process of its own, with pipes."""
    done = subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=60, **options
    )
    return Outcome(done.stdout, done.stderr, done.returncode)


def in_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """Run the program in a pseudo-terminal, and return all that is written to it."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdin=its, stdout=its, stderr=its, env=os.environ | environment
    )
    os.close(its)
    written = b"".join(_everything(ours))
    os.close(ours)
    process.wait(60)
    return written.decode(errors="replace").replace("\r\n", "\n")


def _everything(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # so a pseudo-terminal says that the other end is closed
            return
        if not chunk:
            return
        yield chunk


@pytest.fixture(name="program")
def _program() -> Callable[..., Outcome]:
    return program


@pytest.fixture(name="in_terminal")
def _in_terminal() -> Callable[..., str]:
    return in_terminal


@pytest.fixture
def server() -> Iterator[LightsailServer]:
    with LightsailServer() as server:
        yield server
