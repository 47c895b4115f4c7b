"""One look for each status, in the terminal and in pictures alike."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from lightsail_ops.enums import OperationStatus


@attrs.frozen
class StatusStyle:
    """The look of a status."""

    colour: str
    """The colour in a picture, as `#RRGGBB`."""

    text_colour: str
    """The colour of letters that are readable on `colour`, as `#RRGGBB`."""

    terminal_colour: str
    """The colour in a terminal, by its name in click: of the same family as `colour`."""

    symbol: str
    """One character that stands for the status in a table or a sentence."""

    block: str
    """One character that a bar in a terminal is made of. No two statuses share it."""


_WHITE, _BLACK = "#FFFFFF", "#1F2328"

# Most are Okabe and Ito's colours, which colour-blind people can tell apart. Symbols and blocks
# repeat what the colours say. What comes later is painted over what came before.
_STYLES = {
    OperationStatus.SUCCEEDED: StatusStyle("#009E73", _BLACK, "green", "✓", "█"),
    OperationStatus.COMPLETED: StatusStyle("#56B4E9", _BLACK, "blue", "●", "▄"),
    OperationStatus.NOT_STARTED: StatusStyle("#B0B0B0", _BLACK, "bright_black", "○", "░"),
    OperationStatus.STARTED: StatusStyle("#E69F00", _BLACK, "yellow", "▸", "▒"),
    OperationStatus.FAILED: StatusStyle("#CC3311", _WHITE, "red", "✗", "✗"),
}
_STYLE_OF_OTHERS = StatusStyle("#CC79A7", _BLACK, "magenta", "?", "◆")
_ORDER = tuple(_STYLES)


def style_of(status: OperationStatus) -> StatusStyle:
    """Return the look of a status, one that this version does not know included."""
    return _STYLES.get(status, _STYLE_OF_OTHERS)


def sort_statuses(statuses: Iterable[OperationStatus]) -> list[OperationStatus]:
    """Return each status once, in the order of painting and of legends.

    Failures come last, so that nothing is painted over them. Statuses that this version does not
    know come first.
    """
    return sorted(set(statuses), key=lambda status: (depth_of(status), status))


def depth_of(status: OperationStatus) -> int:
    """Return how far to the front a status is painted: 0 is behind everything else."""
    return _ORDER.index(status) + 1 if status in _ORDER else 0
