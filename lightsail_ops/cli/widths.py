"""Strings in the columns of a terminal, where some characters take two and some none."""

from __future__ import annotations

from collections.abc import Iterable

from lightsail_ops.plot.widths import width_of


def pad(string: str, width: int) -> str:
    """Return a string with spaces up to a width."""
    return string + " " * (width - width_of(string))


def shorten(string: str, width: int) -> str:
    """Return a string that is cut at its end, with an ellipsis, if it is wider."""
    if width_of(string) <= width:
        return string
    if string.isascii():
        kept = string[: width - 1]
    else:
        import wcwidth  # late: it is large, and most strings are ASCII

        kept = wcwidth.clip(string, 0, width - 1)
    return f"{kept.rstrip()}…"


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
