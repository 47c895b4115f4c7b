"""Strings of an account, made safe to show."""

from __future__ import annotations

import unicodedata


def printable(string: str) -> str:
    """Return a string that cannot control a terminal: what does not print becomes U+FFFD.

    Replaced are control characters, lone surrogates and characters that change the direction of
    writing. A line break becomes a space.
    """
    if string.isprintable():
        return string
    return "".join(map(_printable_character, string))


def _printable_character(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character == "\n" or unicodedata.category(character) == "Zs" else "\ufffd"
