"""How a status looks: its symbol, its bar in a picture, and its colour."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from lightsail_ops._printable import printable
from lightsail_ops.cli.terminal import Screen, Style
from lightsail_ops.cli.widths import width_of
from lightsail_ops.enums import OperationStatus
from lightsail_ops.plot.statuses import sort_statuses


@attrs.frozen
class Look:
    """The symbol of a status, the character that its bars are drawn with, and its style."""

    symbol: str
    bar: str
    style: Style


# No two share a symbol or a bar: the colours only repeat what these say.
_LOOKS = {
    OperationStatus.SUCCEEDED: Look("✓", "█", Style("green")),
    OperationStatus.COMPLETED: Look("●", "▄", Style("blue")),
    OperationStatus.NOT_STARTED: Look("○", "░", Style("bright_black")),
    OperationStatus.STARTED: Look("▸", "▒", Style("yellow")),
    OperationStatus.FAILED: Look("✗", "✗", Style("red", bold=True)),
}
_LOOK_OF_OTHERS = Look("?", "◆", Style("magenta"))


def look_of(status: OperationStatus) -> Look:
    """Return how a status looks, one that this version does not know included."""
    return _LOOKS.get(status, _LOOK_OF_OTHERS)


def legend(
    counts: Mapping[OperationStatus, int], screen: Screen, *, bars: bool = False
) -> list[tuple[str, int]]:
    """Return an entry for each status that was counted, and the entry's width.

    Args:
        counts: how many operations have each status.
        screen: where the legend is shown.
        bars: whether it explains bars; otherwise symbols.
    """
    entries: list[tuple[str, int]] = []
    for status in sort_statuses(counts):
        if counts.get(status):
            look = look_of(status)
            text = f" {printable(status)} {counts[status]:,}"
            symbol = look.bar if bars else look.symbol
            entries.append((f"{screen.paint(symbol, look.style)}{text}", 1 + width_of(text)))
    return entries
