"""Fonts for names in any script, chosen among those that are installed."""

# pyright: reportUnknownMemberType=false
# matplotlib's stubs leave some of font_manager's attributes without a type.

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

import attrs

# In the order of preference. matplotlib draws no colour fonts, so the emoji fonts are monochrome.
_FALLBACKS = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "Source Han Sans"),
    *("Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo", "Yu Gothic", "Microsoft YaHei"),
    *("Malgun Gothic", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback"),
    *("IPAexGothic", "Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Symbola"),
    *("Apple Symbols", "Nirmala UI", "Leelawadee UI", "Arial Unicode MS", "FreeSans", "Unifont"),
)
_JOINERS = "[\u200c\u200d\ufe0e\ufe0f]"
_INVISIBLE = {"Mn", "Me", "Cf"}  # categories of characters that only change their neighbours


@attrs.frozen
class Fonts:
    """The families that have the characters of some strings."""

    families: list[str]
    """For matplotlib's `fontfamily`: the configured ones, and a fallback for what they lack."""

    missing: frozenset[str]
    """The characters that no family has."""

    def spell(self, string: str) -> str:
        """Return a string that the families can write: what they lack is escaped.

        An escape such as U+540D's tells two names apart, which two rows of empty boxes would not.
        What joins an escaped character to its neighbours is left out.
        """
        if self.missing.isdisjoint(string):
            return string
        missing = re.escape("".join(self.missing))
        return re.sub(rf"{_JOINERS}*([{missing}]){_JOINERS}*", _escape, string)


def choose_fonts(strings: Iterable[str]) -> Fonts:
    """Return the fonts for some strings, as few as possible."""
    from matplotlib import font_manager, rcParams  # late, as all of matplotlib: it takes long

    families = list(rcParams["font.family"])
    missing = set("".join(strings))
    for family in families:
        properties = font_manager.FontProperties(family=[family])  # a bare string is a pattern
        missing -= _find_characters(missing, font_manager.findfont(properties))
    for family, file in _installed_fallbacks() if missing else ():
        if found := _find_characters(missing, file):
            families.append(family)
            missing -= found
    return Fonts(families, frozenset(missing))


def _installed_fallbacks() -> Iterator[tuple[str, str]]:
    """Yield the families and files of the known fonts that are installed."""
    from matplotlib import font_manager

    installed = {font.name: font.fname for font in font_manager.fontManager.ttflist}
    of_other_scripts = sorted(name for name in installed if name.startswith("Noto Sans "))
    for family in dict.fromkeys([*_FALLBACKS, *of_other_scripts]):
        if family in installed:
            yield family, installed[family]


def _find_characters(wanted: Iterable[str], file: str) -> set[str]:
    """Return those of some characters that a font has."""
    from matplotlib import font_manager

    characters = font_manager.get_font(file).get_charmap()
    return {character for character in wanted if ord(character) in characters}


def _escape(match: re.Match[str]) -> str:
    if unicodedata.category(match[1]) in _INVISIBLE:
        return ""
    return match[1].encode("unicode_escape").decode("ascii")
