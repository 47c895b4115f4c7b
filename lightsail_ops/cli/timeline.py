"""Operations as a Gantt picture in the terminal: a row for each resource, a bar for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby

import attrs
from rich.cells import cell_len
from rich.text import Text

from lightsail_ops import Operation, OperationStatus
from lightsail_ops._timeline import STATUSES, Row, rows_of
from lightsail_ops.cli.screen import flowing, legend, look_of, shortened_in_the_middle

_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3600, 86400
_STEPS = (
    *(number * _SECOND for number in (1, 2, 5, 10, 15, 30)),
    *(number * _MINUTE for number in (1, 2, 5, 10, 15, 30)),
    *(number * _HOUR for number in (1, 2, 3, 6, 12)),
    *(number * _DAY for number in (1, 2, 7, 14, 28, 91, 182, 364)),
)
_TICK_WIDTH = 12  # columns that a tick and the room beside it need, at least
_LEAST_SPAN = timedelta(minutes=1)


@attrs.frozen
class Axis:
    """Time, as the columns of a picture."""

    start: datetime
    end: datetime
    width: int
    zone: tzinfo

    @classmethod
    def of(cls, rows: Sequence[Row], width: int, zone: tzinfo) -> Axis:
        """Return the axis on which all bars have room."""
        start = min(bar.start for row in rows for bar in row.bars)
        end = max(bar.end for row in rows for bar in row.bars)
        return cls(start, max(end, start + _LEAST_SPAN), width, zone)

    def column(self, moment: datetime) -> int:
        """Return where a moment is."""
        return int((moment - self.start) / (self.end - self.start) * (self.width - 1))

    @property
    def step(self) -> int:
        """How many seconds are between two ticks."""
        span = (self.end - self.start).total_seconds()
        ticks = max(1, self.width // _TICK_WIDTH)
        return next((step for step in _STEPS if step * ticks >= span), _STEPS[-1] * 10)

    @property
    def ticks(self) -> list[datetime]:
        """Round moments, by the clock of the zone."""
        offset = self.zone.utcoffset(self.start) or timedelta()
        local = self.start.timestamp() + offset.total_seconds()
        first = -(-local // self.step) * self.step - offset.total_seconds()
        count = int((self.end.timestamp() - first) // self.step) + 1
        return [
            datetime.fromtimestamp(first + number * self.step, self.zone) for number in range(count)
        ]


def picture(operations: Sequence[Operation], width: int, zone: tzinfo) -> Text:
    """Draw operations in so many columns, with an axis of time and a legend below."""
    rows = rows_of(operations, datetime.now(UTC))
    longest = max(cell_len(row.label) for row in rows)
    margin = min(longest, max(12, width // 3))
    axis = Axis.of(rows, width - margin - 2, zone)
    ticks = {axis.column(tick): tick for tick in axis.ticks}
    lines = [_line(row, margin, axis, frozenset(ticks)) for row in rows]
    counts = Counter(operation.status for operation in operations)
    entries = flowing(legend(counts, bars=True), width)
    return Text("\n").join([*lines, *_axis_lines(axis, ticks, margin), Text(), entries])


def _line(row: Row, margin: int, axis: Axis, ticks: frozenset[int]) -> Text:
    label = shortened_in_the_middle(row.label, margin)
    line = Text.assemble(" " * (margin - cell_len(label)), label, (" │", "dim"))
    columns = _columns(row, axis)
    everything = [
        columns.get(column, "tick" if column in ticks else "") for column in range(axis.width)
    ]
    for content, group in groupby(everything):
        length = len(list(group))
        if isinstance(content, OperationStatus):
            look = look_of(content)
            line.append(look.bar * length, look.style)
        else:
            line.append(("·" if content else " ") * length, "dim")
    line.rstrip()
    return line


def _columns(row: Row, axis: Axis) -> dict[int, OperationStatus]:
    """Return what is to be seen in each column; a failure hides what is in the same."""
    painted: dict[int, OperationStatus] = {}
    for bar in sorted(row.bars, key=lambda bar: _depth(bar.status)):
        for column in range(axis.column(bar.start), axis.column(bar.end) + 1):
            painted[column] = bar.status
    return painted


def _depth(status: OperationStatus) -> int:
    return STATUSES.index(status) if status in STATUSES else -1


def _axis_lines(axis: Axis, ticks: dict[int, datetime], margin: int) -> list[Text]:
    ruler = "".join("┬" if column in ticks else "─" for column in range(axis.width))
    zone = axis.zone.tzname(axis.start) or ""
    fine, coarse = ("%H:%M:%S" if axis.step < _MINUTE else "%H:%M"), "%b %-d"
    if axis.step >= _DAY:
        fine, coarse = "%b %-d", "%Y"
    upper = {column: tick.strftime(fine) for column, tick in ticks.items()}
    lower: dict[int, str] = {}
    for column, tick in ticks.items():
        text = tick.strftime(coarse)
        if text not in lower.values():
            lower[column] = text
    return [
        Text(f"{'':{margin}} └{ruler}", "dim"),
        Text(f"{zone:>{margin}}  {_placed(upper, axis.width)}".rstrip()),
        Text(f"{'':{margin}}  {_placed(lower, axis.width)}".rstrip(), "bold"),
    ]


def _placed(texts: dict[int, str], width: int) -> str:
    """Return a line with each text below its column, those left out that have no room."""
    line = ""
    for column, text in sorted(texts.items()):
        start = max(0, min(column - len(text) // 2, width - len(text)))
        if start == 0 or start > len(line):
            line = line[:start].ljust(start) + text if start or not line else line
    return line
