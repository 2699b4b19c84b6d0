"""Characters with places become lines in reading order: geometry without a PDF."""

import pytest

from index.readers.page_layout import Glyph, read_layout

EM = 10.0


def draw(*pieces):
    """Set pieces of text, (left, top, text) in ems, in the order given."""
    glyphs = []
    for left, top, text in pieces:
        edge = left
        for character in text:
            width = 0.5 if character.isascii() else 1
            glyphs.append(Glyph(character, edge * EM, top * EM, (edge + width) * EM, (top + 1) * EM))
            edge += width
    return glyphs


def texts(glyphs):
    return [line.text for line in read_layout(glyphs)]


def paragraphs(glyphs):
    """The text, lines joined and paragraphs parted."""
    return "".join(("¶" if line.starts_paragraph else "") + line.text for line in read_layout(glyphs))


LEFT = [f"左栏第{number}行的文字刚好写满" for number in "一二三四五六"]
RIGHT = [f"右栏第{number}行的文字刚好写满" for number in "一二三四五六"]


def two_columns(top=0):
    rows = zip(LEFT, RIGHT, strict=True)
    return [
        piece
        for row, (one, two) in enumerate(rows)
        for piece in ((0, top + row * 1.5, one), (14, top + row * 1.5, two))
    ]


def test_two_columns_are_read_one_after_the_other():
    assert texts(draw(*two_columns())) == LEFT + RIGHT


def test_a_title_over_both_columns_is_read_first_and_a_note_below_last():
    pieces = [(6, 12, "注：这一行横跨左右两栏的下面"), *two_columns(top=2), (6, 0, "这是横跨两栏的大标题在上面")]

    assert texts(draw(*pieces)) == ["这是横跨两栏的大标题在上面", *LEFT, *RIGHT, "注：这一行横跨左右两栏的下面"]


def test_three_columns_are_read_in_order():
    rows = [(column * 14, row * 1.5, f"第{column}栏第{row}行写满一整行") for row in range(6) for column in range(3)]

    assert texts(draw(*rows)) == [f"第{column}栏第{row}行写满一整行" for column in range(3) for row in range(6)]


def test_rows_of_a_table_are_lines_with_divided_cells():
    pieces = [
        piece
        for row, (name, value) in enumerate(
            [("指标", "2025年"), ("总值", "768亿元"), ("财政", "71亿元"), ("就业", "2万人")]
        )
        for piece in ((0, row * 2, name), (12, row * 2, value))
    ]

    assert texts(draw(*pieces)) == ["指标 | 2025年", "总值 | 768亿元", "财政 | 71亿元", "就业 | 2万人"]


def test_a_wide_gap_on_a_single_line_is_a_space():
    assert texts(draw((0, 0, "市长"), (6, 0, "王某"), (0, 2, "正文从这里开始"))) == ["市长 王某", "正文从这里开始"]


def test_lines_are_read_from_top_to_bottom_whatever_order_they_are_drawn_in():
    assert texts(draw((0, 4, "第三"), (0, 0, "第一"), (0, 2, "第二"))) == ["第一", "第二", "第三"]


def test_an_indent_after_a_sentence_starts_a_paragraph():
    glyphs = draw(
        (2, 0, "第一段从缩进开始一直写"), (0, 1.5, "到行末再到下一行为止了。"), (2, 3, "第二段也从缩进开始。")
    )

    assert paragraphs(glyphs) == "第一段从缩进开始一直写到行末再到下一行为止了。¶第二段也从缩进开始。"


def test_a_line_that_ends_early_ends_its_paragraph():
    assert paragraphs(draw((0, 0, "一行写得很满很满很满很满"), (0, 1.5, "短。"), (0, 3, "下一段"))) == (
        "一行写得很满很满很满很满短。¶下一段"
    )


def test_a_ragged_line_in_mid_sentence_carries_on():
    glyphs = draw((0, 0, "some words that did not yet"), (0, 1.5, "go onto the line before, as some"), (0, 3, "do."))

    assert "¶" not in paragraphs(glyphs)


def test_a_heading_and_a_page_number_outside_the_column_do_not_move_its_edges():
    lines = [
        "words that fill most of it and",
        "on they go until here. And some",
        "of them break quite early. And",
        "so on.",
    ]
    glyphs = draw((0, 0, "1 Head"), *((6, 4 + 1.5 * row, line) for row, line in enumerate(lines)), (30, 14, "17"))

    assert [line.starts_paragraph for line in read_layout(glyphs)] == [None, True, False, False, False, True]


def test_a_title_over_two_centred_lines_is_one_paragraph():
    lines = [(0, 4, "正文的第一行写得满满当当一个字也放不下了"), (0, 5.5, "正文的第二行写得满满当当一个字也放不下了")]
    glyphs = draw((5, 0, "某某市人民政府工作"), (7, 1.5, "二〇二〇年"), *lines)

    assert [line.starts_paragraph for line in read_layout(glyphs)] == [None, False, True, False]


def test_more_white_than_usual_starts_a_paragraph():
    tops = [0, 1.5, 3, 5.5, 7, 8.5]
    glyphs = draw(*((0, top, "这一行写得满满当当没有空处") for top in tops))

    assert [line.starts_paragraph for line in read_layout(glyphs)] == [None, False, False, True, False, False]


def test_another_size_starts_a_paragraph():
    large = [Glyph(glyph.text, glyph.left, 0, glyph.right, 1.3 * EM) for glyph in draw((0, 0, "标题写得和正文一样宽"))]

    assert [line.starts_paragraph for line in read_layout(large + draw((0, 2, "正文写得和标题一样宽")))] == [None, True]


def test_a_paragraph_runs_on_into_the_next_column():
    lines = read_layout(draw(*two_columns()))

    assert lines[len(LEFT)].starts_paragraph is False


def test_the_parts_of_a_ligature_stay_together():
    one, other = draw((0, 0, "fi"))
    box = (one.left, one.top, other.right, other.bottom)

    assert texts([Glyph("f", *box), Glyph("i", *box), *draw((1, 0, "le"))]) == ["file"]


def test_runs_of_spaces_become_one_and_the_ends_go():
    assert texts(draw((0, 0, "  一  二 "))) == ["一 二"]


@pytest.mark.parametrize(
    "glyphs",
    [
        [],
        draw((0, 0, "   ")),
        [Glyph("一", 0, 0, 0, 0)],
        [Glyph("一", 1e30, -1e30, 1e30, 1e30), Glyph("二", -1e30, 0, 0, 1)] * 9,
        [Glyph("一", 5, 5, 1, 1)] * 40,
    ],
)
def test_boxes_that_cannot_be_are_survived(glyphs):
    assert sorted("".join(texts(glyphs)).replace(" ", "")) == sorted(
        glyph.text for glyph in glyphs if glyph.text != " "
    )
