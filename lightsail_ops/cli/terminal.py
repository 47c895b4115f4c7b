"""The streams that people read, and the last line of the terminal, which one object owns."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, tzinfo
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import click

from lightsail_ops._printable import printable
from lightsail_ops.cli.signals import Signals

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse

_WIDTH_OF_A_FILE = 160  # columns, where no terminal says how many there are
_WIDTH_OF_A_TERMINAL = 80  # columns, where a terminal does not know
_LEAST_WIDTH = 20
_ROOM = len("^C") + 1  # columns behind the status line: a terminal shows Ctrl-C there
_LEAST_WORDS = 8  # columns, to which a part of the status line is shortened
_TICK = 0.25  # seconds between two looks at the clock and at the width of the terminal
_DUMB = {"dumb", "unknown"}  # terminals that cannot move their cursor


class Progress(NamedTuple):
    """The progress of a command, for the status line."""

    subject: str  # such as `watching us-west-2`
    details: str = ""  # for which there may be no room
    joint: str = "for"  # between these and how long it has taken


class Style(NamedTuple):
    """A colour by its name in click, and the weight of the letters."""

    colour: str | None = None
    bold: bool | None = None
    dim: bool | None = None


PLAIN = Style()
BOLD = Style(bold=True)
DIM = Style(dim=True)
_LABELS = {
    "error": Style("red", bold=True),
    "warning": Style("yellow", bold=True),
    "help": Style("cyan", bold=True),
}


class Screen:
    """A stream of text for people."""

    def __init__(self, stream: TextIO) -> None:
        self.stream: TextIO = stream
        self.is_terminal: bool = stream.isatty()
        self.obeys_codes: bool = self.is_terminal and os.environ.get("TERM") not in _DUMB
        self.has_colour: bool = False
        self.set_colour("auto")

    @property
    def width(self) -> int:
        """The width in columns, as it is now."""
        columns = os.environ.get("COLUMNS", "")
        if re.fullmatch(r"\d{1,4}", columns) and int(columns):
            return max(int(columns), _LEAST_WIDTH)
        try:
            width = os.get_terminal_size(self.stream.fileno()).columns or _WIDTH_OF_A_TERMINAL
        except (OSError, ValueError):  # not a terminal, or no file at all
            return _WIDTH_OF_A_FILE
        return max(width, _LEAST_WIDTH)

    def set_colour(self, colour: str) -> None:
        """Show colours `always`, `never`, or as the environment and the stream say (`auto`)."""
        if colour == "auto":
            self.has_colour = not os.environ.get("NO_COLOR") and (
                os.environ.get("FORCE_COLOR", "0") not in {"", "0"} or self.obeys_codes
            )
        else:
            self.has_colour = colour == "always"

    def print(self, text: str) -> None:
        """Write lines as they are."""
        self.stream.write(f"{text}\n")

    def paint(self, text: str, style: Style) -> str:
        """Return text with the codes for a style, if colours are shown and there is any text."""
        if not self.has_colour or style == PLAIN or not text:
            return text
        return click.style(text, fg=style.colour, bold=style.bold, dim=style.dim)


class Terminal:
    """Standard output, standard error and the last line of the terminal.

    Everything that people read goes through this object, in any thread. So the status line, the
    operations, warnings and errors never share a line. Without a terminal, or on one that cannot
    move its cursor, there is no status line.
    """

    def __init__(self, signals: Signals) -> None:
        self.signals: Signals = signals
        self.out: Screen = Screen(sys.stdout)
        self.err: Screen = Screen(sys.stderr)
        self.has_status: bool = self.err.obeys_codes
        self.responded: datetime | None = None
        """When AWS last responded, if it has."""

        self._lock = threading.RLock()
        self._make_progress: Callable[[], Progress] | None = None  # None: no status line
        self._start = 0.0  # of what it says, on the monotonic clock
        self._shown = ""
        self._advice: tuple[str, ...] = ()  # of the last error

    def note_response(self, *, http_response: AWSResponse, **_: object) -> None:
        """Note when AWS has responded, unless with an error; handles an event of botocore's."""
        if http_response.status_code < 300:
            self.responded = datetime.now(UTC)

    @contextmanager
    def status(self, make_progress: Callable[[], Progress]) -> Generator[None]:
        """Show a status line in a `with` block.

        Args:
            make_progress: called a few times a second, in a thread.
        """
        self.signals.raise_again()
        if not self.has_status:
            yield
            return
        is_over = threading.Event()
        thread = threading.Thread(target=self._keep_drawing, args=(is_over,), daemon=True)
        try:
            with self._lock:
                self._make_progress, self._start = make_progress, time.monotonic()
                self._draw()
            thread.start()
            yield
        finally:
            is_over.set()
            self.clear()

    @contextmanager
    def above(self) -> Generator[None]:
        """Write whole lines to standard output in a `with` block, above the status line.

        Ctrl-C is held back meanwhile, so that what was written is known.
        """
        self.signals.raise_again()
        with self._lock, self.signals.hold():
            self._erase()
            yield
            self.out.stream.flush()
            self._draw()

    def leave(self, text: str) -> None:
        """Print lines for a user who watches, in the place of the status line."""
        if self.has_status:
            self._print(text)

    def report(self, message: str, *advice: str, label: str = "error") -> None:
        """Print an error or a warning and, on lines of their own, what to do about it.

        What to do about several errors is said once.
        """
        advice, self._advice = tuple(each for each in advice if each not in self._advice), advice
        for head, text in ((label, message), *(("help", each) for each in advice)):
            if text:
                painted = self.err.paint(f"{head}:", _LABELS[head])
                self._print(f"{painted} {printable(text)}")

    def clear(self) -> None:
        """End the status line."""
        with self._lock:
            self._make_progress = None
            self._erase()

    def _print(self, text: str) -> None:
        with self._lock, suppress(OSError, ValueError):  # nowhere is left to say it
            self._erase()
            self.err.print(text)
            self.err.stream.flush()
            self._draw()

    def _keep_drawing(self, is_over: threading.Event) -> None:
        with suppress(OSError, ValueError):  # the terminal is gone
            while not is_over.wait(_TICK):
                with self._lock:
                    if not is_over.is_set():
                        self._draw()

    def _draw(self) -> None:
        if self._make_progress is None:
            return
        from lightsail_ops.plot.widths import width_of  # late: a pipe has no status line

        room = self.err.width - _ROOM
        elapsed = format_duration(time.monotonic() - self._start)
        lines = _make_status_lines(self._make_progress(), elapsed, self.responded, room)
        line = next(line for line in lines if width_of(line) <= room)
        if line != self._shown:
            self._erase()
            self._shown = line  # before it is: Ctrl-C may come between the two
            self.err.stream.write(self.err.paint(line, DIM))
            self.err.stream.flush()

    def _erase(self) -> None:
        if self._shown:
            self.err.stream.write("\r\x1b[2K")
            self.err.stream.flush()
            self._shown = ""


def _make_status_lines(
    progress: Progress, elapsed: str, responded: datetime | None, room: int
) -> Iterator[str]:
    """Yield a status line in several lengths, the longest first; the last fits into any room."""
    from lightsail_ops.plot.widths import shorten, shorten_in_the_middle, width_of  # late, as above

    subject, details, joint = progress
    response, in_brief = "AWS has not responded yet", "no response"
    if responded is not None:
        ago = format_duration((datetime.now(UTC) - responded).total_seconds())
        response, in_brief = f"AWS responded {ago} ago", f"AWS {ago} ago"
    times, briefly = f"{joint} {elapsed}; {response}", f": {elapsed}; {in_brief}"
    if details:
        yield f"{subject} ({details}) {times}; Ctrl-C stops"
        left = max(room - width_of(f"{subject} () {times}"), _LEAST_WORDS)
        yield f"{subject} ({shorten_in_the_middle(details, left)}) {times}"
    yield f"{subject} {times}; Ctrl-C stops"
    yield f"{subject} {times}"
    yield f"{shorten(subject, max(room - len(briefly), _LEAST_WORDS))}{briefly}"
    yield f"{shorten(subject, room - len(elapsed) - 2)}: {elapsed}"


def display_zone(*, utc: bool) -> tzinfo:
    """Return the zone in which times are shown: UTC, or this machine's as it is now.

    It is one zone for all times, those from before the last change of the clocks included. So
    the name in the head of a table is right for every line.
    """
    return UTC if utc else datetime.now().astimezone().tzinfo or UTC


def format_duration(seconds: float) -> str:
    """Return a duration in its two largest units: `45s`, `3m 20s`, `2h 5m`, `1d 4h`."""
    minutes, second = divmod(max(0, round(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = [(days, "d"), (hour, "h"), (minute, "m"), (second, "s")]
    while len(parts) > 1 and not parts[0][0]:
        del parts[0]
    return " ".join(f"{number}{unit}" for number, unit in parts[:2] if number or unit == "s")


def prepare_streams() -> None:
    """Make the standard streams take and give any text.

    A name may hold characters that the terminal's encoding lacks, and a shell may have closed
    any of the streams.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def discard_output(stream: TextIO) -> None:
    """Let a stream go nowhere: what is still buffered would fail again at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
