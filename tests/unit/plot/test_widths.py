"""Widths: strings of any script, cut and laid out by the columns that they take."""

from __future__ import annotations

import pytest

from lightsail_ops.plot.widths import flow, pad, shorten, shorten_in_the_middle, width_of, wrap


@pytest.mark.parametrize(
    ("string", "width"), [("", 0), ("web-1", 5), ("名前", 4), ("é", 1), ("e\u0301", 1), ("a名", 3)]
)
def test_width_of_a_string_is_that_of_its_characters(string: str, width: int) -> None:
    assert width_of(string) == width


def test_pad_fills_up_to_a_width_whatever_the_script() -> None:
    assert pad("ab", 4) == "ab  "
    assert pad("名", 4) == "名  "
    assert pad("abcd", 4) == "abcd"


@pytest.mark.parametrize(
    ("string", "shortened"),
    [
        ("", ""),
        ("abcdef", "abcdef"),
        ("abcdefg", "abcde…"),
        ("abc  fgh", "abc…"),  # no spaces before the ellipsis
        ("名前前", "名前前"),
        ("名前前名", "名前…"),
    ],
)
def test_shorten_cuts_the_end_of_what_is_wider_than_six_columns(
    string: str, shortened: str
) -> None:
    assert shorten(string, 6) == shortened


@pytest.mark.parametrize(
    ("string", "width", "shortened"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc…fg"),
        ("abcdefgh", 7, "abc…fgh"),
        ("abcdefg", 2, "a…"),
        ("abcdefg", 1, "…"),
        ("名前前名", 8, "名前前名"),
        ("名前abcdef", 9, "名前…cdef"),
        ("abcdef名前", 9, "abcd…名前"),
    ],
)
def test_shorten_in_the_middle_keeps_both_ends(string: str, width: int, shortened: str) -> None:
    assert shorten_in_the_middle(string, width) == shortened


@pytest.mark.parametrize("word", ["abc", "名ab"])
def test_wrap_makes_lines_and_puts_an_ellipsis_for_those_that_are_too_many(word: str) -> None:
    text = " ".join([word] * 6)
    two = f"{word} {word}"
    assert wrap(text, 10) == [two, two, two]
    assert wrap(text, 10, max_lines=3) == [two, two, two]
    assert wrap(text, 10, max_lines=2) == [two, f"{two}…"]


def test_flow_puts_entries_side_by_side_while_the_line_has_room() -> None:
    entries = [("a" * 4, 4), ("b" * 3, 3), ("c" * 5, 5), ("d", 1), ("e" * 20, 20), ("f", 1)]
    assert flow(entries, 10) == ["aaaa   bbb", "ccccc   d", "e" * 20, "f"]
    assert flow(entries[:2], 9) == ["aaaa", "bbb"]
    assert flow(entries[:1], 2) == ["aaaa"]
    assert flow([], 10) == []


def test_flow_counts_the_width_that_an_entry_has_and_not_its_codes_for_colours() -> None:
    red = "\x1b[31mab\x1b[0m"
    assert flow([(red, 2)] * 3, 12) == [f"{red}   {red}   {red}"]
    assert flow([(red, 2)] * 3, 11) == [f"{red}   {red}", red]
