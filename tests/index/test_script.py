import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.script import IS_CJK, display_width, layout_width, sentence_ends


@pytest.mark.parametrize(
    ("text", "cells"), [("abc", 3), ("提案", 4), ("ａ，", 4), ("“”", 2), ("e\u0301", 1), ("한글", 4), ("", 0)]
)
def test_a_wide_character_fills_two_cells_and_a_combining_one_none(text, cells):
    assert display_width(text) == cells


def test_quotes_are_full_width_in_a_printed_chinese_line_and_half_width_in_a_terminal():
    assert (layout_width("“提案”"), display_width("“提案”")) == (8, 6)


@pytest.mark.parametrize("char", list("提〇“”—…·，。《あカ한ａ\U00020000"))
def test_what_chinese_typesetting_sets_in_a_square_counts_as_chinese(char):
    assert IS_CJK.match(char)


@pytest.mark.parametrize("char", list("aZ1,.:()é%ж"))
def test_half_width_characters_do_not_count_as_chinese(char):
    assert not IS_CJK.match(char)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("甲。乙！丙？", ["甲。", "乙！", "丙？"]),
        ("他说“甲。”然后走了。", ["他说“甲。”", "然后走了。"]),
        ("It grew 3.5 %. See www.example.org now.", ["It grew 3.5 %.", " See www.example.org now."]),
        ("甲；乙;丙", ["甲；", "乙;", "丙"]),
        ("一行\n二行", ["一行\n", "二行"]),
        ("没有句号", ["没有句号"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, sentences):
    ends = sentence_ends(text)

    assert [text[start:end] for start, end in zip([0, *ends], ends, strict=False)] == sentences


@given(st.text(alphabet="甲乙。！？”）；\n a.1", max_size=40))
def test_sentences_tile_the_text(text):
    ends = sentence_ends(text)

    assert ends == sorted(set(ends))
    assert "".join(text[start:end] for start, end in zip([0, *ends], ends, strict=False)) == text
