"""The last line of the terminal, wherever Ctrl-C comes."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from support.program import without_codes

from lightsail_ops.__main__ import run_process
from lightsail_ops.cli.signals import Interrupted, Signals
from lightsail_ops.cli.terminal import Progress, Screen, Terminal, format_duration

ERASE = "\r\x1b[2K"


class InterruptedTerminal(io.StringIO):
    """A terminal on which Ctrl-C is pressed as soon as the first line can be read."""

    is_pressed = False

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        if self.getvalue() and not self.is_pressed:
            self.is_pressed = True
            raise Interrupted(2)


def test_an_interrupt_as_soon_as_the_status_line_can_be_read_leaves_no_status_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = InterruptedTerminal()
    monkeypatch.setattr(sys, "stderr", stream)
    terminal = Terminal(Signals())
    with pytest.raises(Interrupted), terminal.status(lambda: Progress("watching")):
        pass  # pragma: no cover - it does not come so far
    terminal.report("interrupted.")
    before, _, after = stream.getvalue().partition("watching")
    assert ERASE in after.partition("interrupted.")[0]
    assert "watching" not in after
    assert not before.strip("\x1b[2m")


@pytest.mark.parametrize(
    ("ago", "columns", "line"),
    [
        (None, 80, "watching x for 0s; AWS has not responded yet; Ctrl-C stops"),
        (None, 30, "watching x: 0s; no response"),
        (120.2, 80, "watching x for 0s; AWS responded 2m 0s ago; Ctrl-C stops"),
        (120.2, 30, "watchin…: 0s; AWS 2m 0s ago"),
        (120.2, 29, "watching x: 0s"),
        (None, 20, "watching x: 0s"),
    ],
)
def test_the_status_line_says_how_long_ago_a_response_came(
    monkeypatch: pytest.MonkeyPatch, ago: float | None, columns: int, line: str
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = Terminal(Signals())
    if ago is not None:
        terminal.responded = datetime.now(UTC) - timedelta(seconds=ago)
    with terminal.status(lambda: Progress("watching x")):
        pass
    assert without_codes(stream.getvalue().partition(ERASE)[0]) == line


@pytest.mark.parametrize(("status_code", "counts"), [(200, True), (400, False), (503, False)])
def test_an_error_of_aws_is_no_response(*, status_code: int, counts: bool) -> None:
    terminal = Terminal(Signals())
    terminal.note_response(http_response=AWSResponse("", status_code, HTTPHeaders(), None))
    assert (terminal.responded is not None) == counts


@pytest.mark.parametrize(
    ("columns", "width"),
    [("5", 20), ("20", 20), ("21", 21), ("0", 160), ("many", 160), ("9" * 5000, 160), ("", 160)],
)
def test_a_screen_is_as_wide_as_columns_says_and_twenty_at_least(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Screen(io.StringIO()).width == width


def test_output_is_buffered_also_where_python_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["lightsail-ops", "--version"])
    with (tmp_path / "out").open("wb", buffering=0) as raw:
        stream = io.TextIOWrapper(raw, "utf-8", write_through=True)  # as with PYTHONUNBUFFERED
        monkeypatch.setattr(sys, "stdout", stream)
        assert run_process() == 0
        sys.stdout.write("\u2713")
        assert "\u2713" not in (tmp_path / "out").read_text("utf-8")
        sys.stdout.close()
    assert (tmp_path / "out").read_text("utf-8").endswith("\u2713")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0s"),
        (0.4, "0s"),
        (45, "45s"),
        (59.6, "1m 0s"),
        (200, "3m 20s"),
        (3600, "1h"),
        (3659, "1h"),
        (7500, "2h 5m"),
        (86_400, "1d"),
        (86_460, "1d"),
        (100_800, "1d 4h"),
        (400 * 86_400, "400d"),
    ],
)
def test_a_duration_is_shown_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words
