"""Ways to run the program: in this process, as a process of its own, and in a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

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
        """The output without the codes of a terminal."""
        return without_codes(self.out)

    @property
    def table(self) -> list[str]:
        """The lines of the output as a user sees them."""
        return [line.rstrip() for line in self.plain.splitlines()]

    @property
    def errors(self) -> list[str]:
        """The lines of standard error as a user sees them."""
        return without_codes(self.err).splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def ids(self) -> list[str]:
        return [each["id"] for each in self.objects]


class Run(Protocol):
    """Runs the program in this process, with pipes."""

    def __call__(self, *arguments: str, stdin: str = "") -> Outcome: ...


class RunInTerminal(Protocol):
    """Runs the program in this process, as if in a terminal."""

    def __call__(self, *arguments: str, columns: int = 80) -> Outcome: ...


def without_codes(text: str) -> str:
    """Remove colours, and what stood on the status line."""
    return re.sub(r"[^\n]*\r\x1b\[2K|\x1b\[[\d;]*m", "", text)


def run_process(
    *arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None
) -> Outcome:
    """Run the program as a process of its own, with pipes."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=env,
        input=stdin,
    )
    return Outcome(done.stdout, done.stderr, done.returncode)


def start_process(*arguments: str) -> subprocess.Popen[str]:
    """Start the program as a process of its own, with pipes."""
    return subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run_in_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """Run the program in a pseudo-terminal, and return all that is written to it."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdin=its, stdout=its, stderr=its, env=os.environ | environment
    )
    os.close(its)
    written = b"".join(_read_all(ours))
    os.close(ours)
    process.wait(60)
    return written.decode(errors="replace").replace("\r\n", "\n")


def _read_all(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # the other end of a pseudo-terminal is closed
            return
        if not chunk:
            return
        yield chunk
