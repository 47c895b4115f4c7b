"""Display widths: some characters take two columns, and some take none."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable


def width_of(string: str) -> int:
    """Return how many columns a string takes in a font of fixed width."""
    if string.isascii():
        return len(string)
    import wcwidth  # late: it is large, and most strings are ASCII

    return wcwidth.width(string)


def pad(string: str, width: int) -> str:
    """Return a string with spaces up to a width."""
    return string + " " * (width - width_of(string))


def shorten(string: str, width: int) -> str:
    """Return a string that is cut at its end, with an ellipsis, if it is wider."""
    if width_of(string) <= width:
        return string
    return f"{_clip(string, 0, width - 1).rstrip()}…"


def shorten_in_the_middle(string: str, width: int) -> str:
    """Return a string of at most so many columns, with an ellipsis for what is left out.

    Both ends are kept, since the names of resources often differ in their last characters.

    Args:
        string: a printable string.
        width: in columns, 1 or more.
    """
    total = width_of(string)
    if total <= width:
        return string
    tail = (width - 1) // 2
    head = width - 1 - tail
    return f"{_clip(string, 0, head)}…{_clip(string, total - tail, total)}"


def wrap(string: str, width: int, *, max_lines: int | None = None) -> list[str]:
    """Return the lines of a text, with an ellipsis for what is beyond so many of them."""
    if string.isascii():
        return textwrap.wrap(string, width, max_lines=max_lines, placeholder="…")
    import wcwidth  # late, as above

    return wcwidth.wrap(string, width, max_lines=max_lines, placeholder="…")


def flow(entries: Iterable[tuple[str, int]], width: int) -> list[str]:
    """Put entries side by side, in as many lines as a width makes necessary.

    Args:
        entries: each with its width, which its own codes for colours do not count in.
        width: of a line, in columns.
    """
    gap = "   "
    lines: list[str] = []
    used = 0
    for entry, needed in entries:
        if lines and used + len(gap) + needed <= width:
            lines[-1] += f"{gap}{entry}"
            used += len(gap) + needed
        else:
            lines.append(entry)
            used = needed
    return lines


def _clip(string: str, start: int, end: int) -> str:
    if string.isascii():
        return string[start:end]
    import wcwidth  # late, as above

    return wcwidth.clip(string, start, end, fillchar="")
