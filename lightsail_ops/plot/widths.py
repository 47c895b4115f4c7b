"""Display widths: some characters take two columns, and some take none."""

from __future__ import annotations


def width_of(string: str) -> int:
    """Return how many columns a string takes in a font of fixed width."""
    if string.isascii():
        return len(string)
    import wcwidth  # late: it is large, and most strings are ASCII

    return wcwidth.width(string)


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


def _clip(string: str, start: int, end: int) -> str:
    if string.isascii():
        return string[start:end]
    import wcwidth  # late, as above

    return wcwidth.clip(string, start, end, fillchar="")
