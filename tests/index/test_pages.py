import pytest

from index.pages import find_page_marks, page_starts


def _marks(raw):
    return [(mark.number, mark.total, raw[mark.start : mark.end]) for mark in find_page_marks(raw)]


@pytest.mark.parametrize("printed", ["第 3页 共 7页", "第3页共7页", "第 3 页，共 7 页", "第3页/共7页", "Page 3 of 7"])
def test_a_printed_page_number_is_read_in_its_usual_forms(printed):
    assert _marks(f"甲 {printed} 乙") == [(3, 7, printed)]


def test_marks_count_upwards_and_gaps_stay_gaps():
    assert _marks("第1页 共7页 甲 第2页 共7页 乙 第4页 共7页") == [
        (1, 7, "第1页 共7页"),
        (2, 7, "第2页 共7页"),
        (4, 7, "第4页 共7页"),
    ]


def test_a_mark_in_a_sentence_is_prose_if_its_total_is_another_or_it_does_not_go_up():
    raw = "第1页 共7页 见附件第3页 共9页 第2页 共7页 如第1页 共7页所述 第3页 共7页"

    assert [number for number, _, _ in _marks(raw)] == [1, 2, 3]


def test_a_page_beyond_the_total_is_none():
    assert _marks("第8页 共7页") == []


def test_a_text_without_marks_has_no_pages():
    assert find_page_marks("第三页说，共七页。") == []
    assert page_starts("甲乙", [], 0) == []


def _pages(raw, body_start=0):
    """Return the printed number of each page with its text, marks included where they stand in it."""
    starts = page_starts(raw, find_page_marks(raw), body_start)
    ends = [start for _, start in starts[1:]] + [len(raw)]
    return [(number, raw[start:end].strip()) for (number, start), end in zip(starts, ends, strict=True)]


def test_a_header_opens_its_page():
    assert _pages("第1页 共3页 甲 第2页 共3页 乙") == [(1, "甲 第2页 共3页"), (2, "乙")]


def test_a_footer_closes_its_page_and_the_rest_is_the_next_one():
    assert _pages("甲 第1页 共3页 乙 第2页 共3页 丙") == [(1, "甲 第1页 共3页"), (2, "乙 第2页 共3页"), (3, "丙")]


def test_nothing_after_the_last_footer_is_no_page():
    assert _pages("甲 第1页 共2页 乙 第2页 共2页 ") == [(1, "甲 第1页 共2页"), (2, "乙 第2页 共2页")]


def test_chrome_above_the_first_header_does_not_make_it_a_footer():
    raw = "购物车 第1页 共2页 甲"

    assert page_starts(raw, find_page_marks(raw), raw.index("第1页")) == [(1, raw.index(" 甲"))]


def test_a_title_above_the_first_header_stands_on_its_page():
    raw = f"青山县政府工作报告 第1页 共3页 {'甲' * 90} 第2页 共3页 {'乙' * 90}"

    assert [number for number, _ in _pages(raw)] == [1, 2]
    assert _pages(raw)[1][1] == "乙" * 90
