"""Text of a certain width in a terminal, where some characters take two columns and some none."""

from __future__ import annotations

from collections.abc import Iterable

_GAP = "   "


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii():
        return len(text)
    import wcwidth  # late: it is large, and most texts are ASCII

    return wcwidth.width(text)


def pad(text: str, width: int) -> str:
    """Return a text with spaces up to a width."""
    return text + " " * (width - width_of(text))


def shorten(text: str, width: int) -> str:
    """Return a text that is cut at its end, with an ellipsis, if it is wider."""
    if width_of(text) <= width:
        return text
    return f"{_clip(text, width - 1).rstrip()}…"


def shorten_in_the_middle(text: str, width: int) -> str:
    """Return a text of which both ends are kept: names of resources often differ in the last."""
    if width_of(text) <= width:
        return text
    tail = (width - 1) // 2
    head = width - 1 - tail
    return f"{_clip(text, head)}…{_clip(text[::-1], tail)[::-1]}"


def flow(entries: Iterable[tuple[str, int]], width: int) -> list[str]:
    """Put entries side by side, in as many lines as a width makes necessary.

    Args:
        entries: each with its width, which its own codes for colours do not count in.
        width: of a line, in columns.
    """
    lines: list[str] = []
    used = 0
    for text, needed in entries:
        if lines and used + len(_GAP) + needed <= width:
            lines[-1] += f"{_GAP}{text}"
            used += len(_GAP) + needed
        else:
            lines.append(text)
            used = needed
    return lines


def _clip(text: str, width: int) -> str:
    if text.isascii():
        return text[: max(width, 0)]
    import wcwidth  # late, as above

    return wcwidth.clip(text, 0, max(width, 0))
