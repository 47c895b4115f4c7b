"""How things look in a terminal: symbols, colours, times, and the line that counts."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from lightsail_ops import FleetError, Operation, OperationsPage, OperationStatus
from lightsail_ops._timeline import STATUSES, printable
from lightsail_ops.cli.problems import carry_on_advice, report

_WIDTH_OF_A_FILE = 160  # columns, where no terminal says how many there are


@attrs.frozen
class Look:
    """How a status is shown: a symbol, what a bar is drawn with, and a colour."""

    symbol: str
    bar: str
    style: str


_LOOKS = {
    OperationStatus.SUCCEEDED: Look("✓", "█", "green"),
    OperationStatus.COMPLETED: Look("✓", "█", "green"),
    OperationStatus.NOT_STARTED: Look("○", "░", "bright_black"),
    OperationStatus.STARTED: Look("▸", "▒", "cyan"),
    OperationStatus.FAILED: Look("✗", "✗", "bold red"),
}
_LOOK_OF_OTHERS = Look("?", "▓", "magenta")
_BETWEEN = "   "
_ASCII = str.maketrans("✓○▸✗█░▒▓…│└─┬·", "+o>x#.=%~|`-+-")


def look_of(status: OperationStatus) -> Look:
    """Return how a status is shown, one that AWS has added too."""
    return _LOOKS.get(status, _LOOK_OF_OTHERS)


def standard_output() -> Console:
    """Return the console for what a command has to show."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] - closed by the shell
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A name may hold what the terminal's encoding does not.
            stream.reconfigure(errors="replace")
    console = Console(highlight=False)
    if not is_terminal(console) and "COLUMNS" not in os.environ:
        console.width = _WIDTH_OF_A_FILE
    return console


def is_terminal(console: Console) -> bool:
    """Tell whether a person looks on; FORCE_COLOR, which rich goes by, must not decide that."""
    return console.file.isatty()


def show(console: Console, text: Text) -> None:
    """Print lines as they are: nothing is wrapped, and symbols are plain where they have to be."""
    if console.options.ascii_only:
        text.plain = text.plain.translate(_ASCII)
    console.print(text, soft_wrap=True)


def local_zone(*, utc: bool) -> tzinfo:
    """Return the zone in which times are shown: UTC, or that of this machine as it is now.

    It is one zone for all times, those from before the clocks were changed too, so that the one
    name that stands in a table's head is right for every line.
    """
    return UTC if utc else datetime.now().astimezone().tzinfo or UTC


def duration_text(duration: timedelta) -> str:
    """Return a duration in its two largest units: `45s`, `3m 20s`, `2h 5m`, `1d 4h`."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]
    while len(parts) > 1 and not parts[0][0]:
        del parts[0]
    return " ".join(f"{number}{unit}" for number, unit in parts[:2] if number or unit == "s")


def shortened(text: str, width: int) -> str:
    """Return a text that is cut at its end, with an ellipsis, if it needs more columns."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def shortened_in_the_middle(text: str, width: int) -> str:
    """Return a text of which both ends are kept: names of resources often differ in the last."""
    if cell_len(text) <= width:
        return text
    tail = (width - 1) // 2
    head = width - 1 - tail
    return f"{set_cell_size(text, head)}…{set_cell_size(text[::-1], tail)[::-1]}"


def legend(counts: Mapping[OperationStatus, int], *, bars: bool = False) -> list[Text]:
    """Return each status with its symbol, or what bars are drawn with, and its count."""
    statuses = [*STATUSES, *sorted(set(counts) - set(STATUSES))]
    return [
        Text.assemble(
            (look.bar if bars else look.symbol, look.style),
            f" {printable(status)} {counts[status]:,}",
        )
        for status in statuses
        if counts.get(status)
        for look in (look_of(status),)
    ]


def flowing(entries: Iterable[Text], width: int) -> Text:
    """Return entries side by side, in as many lines as a width makes necessary."""
    lines = [Text()]
    for entry in entries:
        if lines[-1] and lines[-1].cell_len + len(_BETWEEN) + entry.cell_len > width:
            lines.append(Text())
        lines[-1].append(_BETWEEN if lines[-1] else "").append_text(entry)
    return Text("\n").join(lines)


class StatusLine:
    """A last line on standard error, if that is a terminal: what goes on, until it is over."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._is_shown = False

    @property
    def is_seen(self) -> bool:
        """Whether there is anyone to see it."""
        return is_terminal(self._console) and not self._console.is_dumb_terminal

    def show(self, text: str) -> None:
        """Show a line in the place of the one before."""
        self.clear()
        if self.is_seen:
            line = Text(shortened(text, self._console.width - 1), "dim")
            if self._console.options.ascii_only:
                line.plain = line.plain.translate(_ASCII)
            self._console.print(line, end="")
            self._is_shown = True

    def clear(self) -> None:
        """Take the line away, so that other lines can be printed."""
        if self._is_shown:
            self._console.control(
                Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))
            )
            self._is_shown = False

    def leave(self, text: Text) -> None:
        """Print a line that stays."""
        self.clear()
        if self.is_seen:
            show(self._console, text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()


class Progress(StatusLine):
    """Counts pages and operations while they are read."""

    def __init__(self, regions: int, *, has_legend: bool = True) -> None:
        """Count nothing yet.

        Args:
            regions: how many are read.
            has_legend: whether the counts of the statuses are shown in the end.
        """
        super().__init__()
        self._has_legend = has_legend
        self._regions = regions
        self._pages = 0
        self._operations = 0
        self._next_page_token: str | None = None
        self._shown = Counter[OperationStatus]()

    def counted(self, pages: Iterable[OperationsPage]) -> Iterator[OperationsPage]:
        """Yield the pages; the line is there while the next is waited for, and only then."""
        self.show("asking Lightsail …")
        for page in pages:
            self._pages += 1
            self._operations += len(page)
            self.clear()
            yield page
            self._next_page_token = page.next_page_token
            self.show(f"{self._so_far} …")

    @property
    def _so_far(self) -> str:
        operations = _counted(self._operations, "operation")
        if self._regions > 1:
            return f"{operations} in {self._regions} regions"
        return f"{operations} in {_counted(self._pages, 'page')}"

    def selected(self, batches: Iterable[Sequence[Operation]]) -> Iterator[Sequence[Operation]]:
        """Yield the batches, and take note of what is shown."""
        for batch in batches:
            self._shown.update(operation.status for operation in batch)
            yield batch

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        if error is None or isinstance(error, FleetError):
            self.leave(self._conclusion)
        elif isinstance(error, KeyboardInterrupt) and self._next_page_token:
            report("interrupted.", carry_on_advice(self._next_page_token))

    @property
    def _conclusion(self) -> Text:
        shown = self._shown.total()
        read = self._so_far if shown == self._operations else f"{shown:,} of {self._so_far}"
        entries = [Text(read, "dim"), *(legend(self._shown) if self._has_legend else ())]
        return flowing(entries, self._console.width)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
