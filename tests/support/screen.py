"""The program on a real pseudo-terminal, whose screen a test reads as a person does."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import pexpect
import pyte
from support.program import PROGRAM


class TerminalProgram:
    """A program on a terminal of so many columns, for a `with` block."""

    def __init__(
        self,
        *arguments: str,
        program: Sequence[str] = PROGRAM,
        columns: int = 80,
        lines: int = 24,
        **env: str,
    ) -> None:
        self._screen = pyte.HistoryScreen(columns, lines, history=5_000)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""
        environment = {**os.environ, "TERM": "xterm-256color", **env}
        for name in ("COLUMNS", "LINES"):
            if name not in env:
                environment.pop(name, None)
        self.child: Any = pexpect.spawn(
            program[0],
            [*program[1:], *arguments],
            dimensions=(lines, columns),
            env=environment,
            timeout=60,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    @property
    def rows(self) -> list[str]:
        """The rows of the screen and those that have scrolled off it, without empty ones."""
        history = [
            "".join(row[column].data for column in range(self._screen.columns))
            for row in self._screen.history.top
        ]
        return [row.rstrip() for row in [*history, *self._screen.display] if row.strip()]

    @property
    def cursor_row(self) -> str:
        """The row in which the cursor stands."""
        return str(self._screen.display[self._screen.cursor.y]).rstrip()

    def read(self, seconds: float = 0.05) -> None:
        """Read what the program writes, for so long at most."""
        try:
            chunk = self.child.read_nonblocking(65_536, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.written += chunk
        self._stream.feed(chunk)

    def read_until(self, condition: Callable[[], bool], timeout: float = 30.0) -> None:
        """Read until a condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, "\n".join(self.rows)
            self.read()

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen, or above it."""
        self.read_until(lambda: any(text in row for row in self.rows))

    def resize(self, columns: int, lines: int = 24) -> None:
        """Change the size of the terminal, as a window manager does."""
        self._screen.resize(lines, columns)
        self.child.setwinsize(lines, columns)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.child.kill(number)

    def press_ctrl_c(self) -> None:
        """Press Ctrl-C."""
        self.child.sendintr()

    def finish(self) -> int:
        """Read to the end, and return the exit status."""
        deadline = time.monotonic() + 60
        while not self.child.flag_eof:
            assert time.monotonic() < deadline, "\n".join(self.rows)
            self.read()
        self.child.wait()
        assert self.child.exitstatus is not None, f"ended by signal {self.child.signalstatus}"
        return int(self.child.exitstatus)
