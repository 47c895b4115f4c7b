"""What standard output and standard error can show, and how to write to them."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import attrs
import click

_WIDTH_OF_A_FILE = 160  # columns, where no terminal says how many there are
_WIDTH_OF_A_TERMINAL = 80  # columns, where a terminal does not know
_LEAST_WIDTH = 20
_ASCII = str.maketrans("✓●○▸✗█▄▒░◆…│└─┬·", "+*o>x#=:.%~|`-+-")


@attrs.frozen
class Style:
    """A colour by its name in click, and the weight of the letters."""

    colour: str | None = None
    bold: bool | None = None
    dim: bool | None = None


PLAIN = Style()
BOLD = Style(bold=True)
DIM = Style(dim=True)


@attrs.frozen
class Screen:
    """A stream of text for people."""

    stream: TextIO
    is_terminal: bool
    """Whether the stream is a terminal. FORCE_COLOR and its like do not count."""

    width: int
    """In columns."""

    has_colour: bool
    has_unicode: bool

    @classmethod
    def of(cls, stream: TextIO) -> Screen:
        """Find out what a stream can show."""
        is_terminal = stream.isatty()
        return cls(
            stream,
            is_terminal,
            width=max(_width_of(stream), _LEAST_WIDTH),
            has_colour=is_terminal and not os.environ.get("NO_COLOR") and not _is_dumb(),
            has_unicode=_can_encode(stream, "✓█"),
        )

    def print(self, text: str = "") -> None:
        """Write lines as they are; where there is no Unicode, symbols are replaced by ASCII."""
        if not self.has_unicode:
            text = text.translate(_ASCII)
        self.stream.write(f"{text}\n")

    def paint(self, text: str, style: Style) -> str:
        """Return text with the codes for a style, if colours are shown and there is any text."""
        if not self.has_colour or style == PLAIN or not text:
            return text
        return click.style(text, fg=style.colour, bold=style.bold, dim=style.dim)


class StatusLine:
    """The last line of a terminal, on standard error: what the program is doing.

    The line is removed when the `with` block ends. Nothing is shown if standard error is not a
    terminal, or one that cannot move its cursor.
    """

    def __init__(self) -> None:
        self.screen: Screen = Screen.of(sys.stderr)
        self.is_visible: bool = self.screen.is_terminal and not _is_dumb()
        self._is_shown = False

    def show(self, text: str) -> None:
        """Show a line in the place of the one before."""
        if not self.is_visible:
            return
        self.clear()
        line = text[: self.screen.width - 1]
        if not self.screen.has_unicode:
            line = line.translate(_ASCII)
        self.screen.stream.write(self.screen.paint(line, DIM))
        self.screen.stream.flush()
        self._is_shown = True

    def clear(self) -> None:
        """Remove the line, so that other lines can be printed."""
        if self._is_shown:
            self.screen.stream.write("\r\x1b[2K")
            self.screen.stream.flush()
            self._is_shown = False

    def leave(self, text: str) -> None:
        """Print a line that stays."""
        if self.is_visible:
            self.clear()
            self.screen.print(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()


def prepare_streams() -> None:
    """Make standard output and standard error take any text.

    A name may hold characters that the terminal's encoding lacks, and a shell may have closed
    either stream.
    """
    for name in ("stdout", "stderr"):
        stream: TextIO | None = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def discard_output() -> None:
    """Let standard output go nowhere: what is still buffered would fail again at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _width_of(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDTH_OF_A_TERMINAL
    except (OSError, ValueError):  # not a terminal, or no file at all
        return _WIDTH_OF_A_FILE


def _is_dumb() -> bool:
    return os.environ.get("TERM") in {"dumb", "unknown"}


def _can_encode(stream: TextIO, symbols: str) -> bool:
    try:
        symbols.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
