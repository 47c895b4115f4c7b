"""Strings of an account, made safe to show."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # they move nothing, and emoji and several scripts need them


def printable(string: str) -> str:
    """Return a string that cannot control a terminal: what does not print becomes U+FFFD.

    Replaced are control characters, lone surrogates and characters that change the direction of
    writing. A line break becomes a space. Zero-width joiners stay.
    """
    if string.isprintable():
        return string
    return "".join(map(_printable_character, string))


def _printable_character(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character == "\n" or unicodedata.category(character) == "Zs" else "\ufffd"
