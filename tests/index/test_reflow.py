from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reflow import INDENT_WIDTH, reflow
from index.script import layout_width

SENTENCE = "全县上下团结一心，克难攻坚，经济社会发展取得了新的成绩。"


def _clean(raw, holes=(), **options):
    """Return the paragraphs of the clean text."""
    flow = reflow(raw, list(holes), **options)
    gone = {offset for start, end in [*holes, *flow.removed] for offset in range(start, end)}
    starts = [*flow.paragraph_starts, len(raw)]
    return [
        "".join(raw[offset] for offset in range(start, end) if offset not in gone) for start, end in pairwise(starts)
    ]


def _print_lines(paragraphs, width):
    """Set paragraphs in lines of a width, the first line of each indented by two characters."""
    lines = []
    for paragraph in paragraphs:
        line = "　　"
        for char in paragraph:
            if layout_width(line + char) > width:
                lines.append(line)
                line = ""
            line += char
        lines.append(line)
    return lines


PARAGRAPHS = [SENTENCE * 4 + "完成了任务。", SENTENCE * 3, "一、提案工作", SENTENCE * 5 + "好。", SENTENCE * 6]


@pytest.mark.parametrize("width", range(40, 90, 2))
def test_lines_with_indents_are_rejoined_to_the_paragraphs_that_were_set(width):
    raw = "\n".join(_print_lines(PARAGRAPHS, width))

    assert _clean(raw) == PARAGRAPHS


@pytest.mark.parametrize("width", range(40, 90, 2))
@pytest.mark.parametrize("line_end", [" ", "\n"])
def test_printed_lines_without_indents_are_rejoined_where_the_last_one_is_short(width, line_end):
    lines = [line.strip("　") for line in _print_lines(PARAGRAPHS, width)]
    ends = {lines.index(line) for line in lines if line.endswith("。") and layout_width(line) >= width - INDENT_WIDTH}

    found = _clean(line_end.join(lines))

    assert "".join(found) == "".join(PARAGRAPHS)
    assert set(found) == set(PARAGRAPHS) or ends


def test_lines_that_are_paragraphs_stay_paragraphs():
    raw = "\n".join(["甲乙丙丁。", "  戊己  庚辛 ", "", "壬癸"])

    assert _clean(raw) == ["甲乙丙丁。\n", "戊己 庚辛\n", "壬癸"]


def test_latin_words_keep_the_space_between_them_and_chinese_ones_lose_theirs():
    raw = "推进 5G 建设 and so on 全年 30 件"

    assert _clean(f"{raw}\n{raw}") == [f"{raw}\n", raw]
    spaced = "我 们 推 进 了 改 革 开 放 事 业 Public Private Partnership 项 目 30 件 and more"
    assert _clean(spaced) == ["我们推进了改革开放事业 Public Private Partnership 项目30件 and more"]


def test_a_wrapped_line_of_latin_words_keeps_one_white_space_at_its_end():
    raw = "The committee held six meetings\n  and four inspections in the year"

    assert _clean(raw, lines_are_wrapped=True) == ["The committee held six meetings\nand four inspections in the year"]


def test_a_blank_line_parts_paragraphs_of_wrapped_text():
    raw = f"{SENTENCE}{SENTENCE}\n{SENTENCE}{SENTENCE}\n\n{SENTENCE}"

    assert _clean(raw, lines_are_wrapped=True) == [SENTENCE * 4, SENTENCE]


@pytest.mark.parametrize("gap", ["", " ", "\n", " \n\n "])
def test_a_removed_page_header_in_a_sentence_leaves_no_gap(gap):
    header = "第 2页 共 7页"
    raw = f"{SENTENCE}为村引进投资的青山{gap}{header}{gap}有限公司项目。"
    start = raw.index(header)

    text = "".join(_clean(raw, [(start, start + len(header))], lines_are_wrapped=True))

    assert text == f"{SENTENCE}为村引进投资的青山有限公司项目。"


def test_edges_lose_their_white_space():
    assert _clean(" \n 甲乙 \n\n") == ["甲乙"]
    assert _clean("") == []
    assert reflow(" \n ", []).removed == ((0, 3),)


@given(st.text(alphabet="甲乙。，1a \n", max_size=80), st.sampled_from([None, True, False]))
def test_nothing_but_white_space_ever_goes(raw, lines_are_wrapped):
    flow = reflow(raw, [], lines_are_wrapped=lines_are_wrapped)

    assert "".join(raw[start:end] for start, end in flow.removed).strip() == ""
    assert "".join("".join(_clean(raw, lines_are_wrapped=lines_are_wrapped)).split()) == "".join(raw.split())
    assert all(left[1] <= right[0] for left, right in zip(flow.removed, flow.removed[1:], strict=False))
    assert list(flow.paragraph_starts) == sorted(set(flow.paragraph_starts))
