"""Names of AWS as people spell them: in any case, with hyphens or underscores, as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import lru_cache


@lru_cache(maxsize=4096)
def matches_any(patterns: tuple[str, ...], name: str) -> bool:
    """Whether a name is among the patterns, which may be globs, in any spelling."""
    return any(
        fnmatchcase(name.lower(), pattern.lower()) or fnmatchcase(plain(name), plain(pattern))
        for pattern in patterns
    )


def plain(name: str) -> str:
    """Return a name without what may be spelled in several ways: `create-instance`."""
    return re.sub(r"[\s_-]", "", name).lower()


def nearest(text: str, names: Iterable[str]) -> list[str]:
    """Return up to three names that look like a text, the nearest first."""
    by_plain = {plain(name): str(name) for name in names}
    return [by_plain[each] for each in get_close_matches(plain(text), by_plain, n=3)]


def doubt(patterns: Iterable[str], names: Iterable[str], noun: str) -> list[str]:
    """Say which patterns look like misspelled names; they may also be newer than this program."""
    known = tuple(map(str, names))
    advice: list[str] = []
    for pattern in patterns:
        if any(matches_any((pattern,), name) for name in known):
            continue
        if suggestions := nearest(pattern, known):
            advice.append(
                f"{pattern} is not {noun} that this version knows. "
                f"Did you mean {_join_with_or(suggestions)}?"
            )
    return advice


def _join_with_or(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
