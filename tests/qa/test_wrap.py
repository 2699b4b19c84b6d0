import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.script import display_width
from qa.wrap import NOT_AT_END, NOT_AT_START, visible, wrap


def _lines(text, width):
    return [text[start:end] for start, end in wrap(text, width)]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("提案提案", 4, ["提案", "提案"]),
        ("提案提案", 5, ["提案", "提案"]),
        ("one two three", 7, ["one two", "three"]),
        ("提案379件", 6, ["提案", "379件"]),
        ("提案，办结", 4, ["提", "案，", "办结"]),
        ("在《提案》中", 4, ["在", "《提", "案》", "中"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a  b\nc", 80, ["a  b\nc"]),
        ("  甲  ", 80, ["甲"]),
        ("", 80, []),
        ("   ", 80, []),
        ("👩‍👩‍👧甲", 4, None),
    ],
)
def test_lines_break_where_a_reader_expects(text, width, lines):
    found = _lines(text, width)

    assert all(display_width(line) <= width for line in found)
    if lines is not None:
        assert found == lines


TEXT = st.text(alphabet="提案，。《》“”（）aB1. -\n　é한ｱ", max_size=60)


@given(TEXT, st.integers(2, 30))
def test_no_line_is_wider_than_asked_and_no_word_is_lost(text, width):
    lines = _lines(text, width)

    assert all(display_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(line == line.strip() for line in lines)


@given(TEXT)
def test_no_line_begins_with_a_closing_mark_nor_ends_with_an_opening_one(text):
    width = 20
    lines = _lines("甲" + "".join(text.split()), width)

    for upper, lower in pairwise(lines):
        parted = upper[-1] in NOT_AT_END or lower[0] in NOT_AT_START
        assert not parted or display_width(upper + lower) > width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("\x07\x00\x7f\x9b", "\\x07\\x00\\x7f\\x9b"),
        ("\u202e\u2066\u200b", "\\u202e\\u2066\\u200b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\u2028", "\\u2028"),
        ("\r", "\\x0d"),
        ("甲\n\t乙 é", "甲\n\t乙 é"),
    ],
)
def test_what_could_command_a_terminal_is_spelled_out(text, shown):
    assert visible(text) == shown


@given(st.text())
def test_what_is_visible_holds_no_control_character(text):
    kinds = {unicodedata.category(char) for char in visible(text) if char not in "\n\t"}

    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
