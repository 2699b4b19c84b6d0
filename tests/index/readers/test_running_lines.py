"""Headers, footers and page numbers, found from their places on all pages."""

import pytest

from index.readers.running_lines import PageOfLines, PlacedLine, find_running_lines, read_number


def page(*, header="", body=("正文一", "正文二"), footer=""):
    """A page of 800 points with a header at 30, body lines from 200 on, a footer at 770; line 0 is the header."""
    lines = [PlacedLine(header, 30, 42), *(PlacedLine(text, 200 + 20 * n, 212 + 20 * n) for n, text in enumerate(body))]
    return PageOfLines(800, (*lines, PlacedLine(footer, 770, 782)))


def numbers_of(pages):
    return [(running.printed_number, running.printed_total) for running in find_running_lines(pages)]


def test_what_stands_at_the_same_place_on_every_page_is_running():
    pages = [page(header="丹东日报", footer=f"第 {number} 页 共 7 页") for number in (3, 4, 5)]

    assert [running.line_indices for running in find_running_lines(pages)] == [frozenset({0, 3})] * 3
    assert numbers_of(pages) == [(3, 7), (4, 7), (5, 7)]


@pytest.mark.parametrize(
    ("label", "number", "total"),
    [
        ("第 3 页 共 7 页", 3, 7),
        ("第3页/共7页", 3, 7),
        ("第３页", 3, None),
        ("第二十三页", 23, None),
        ("- 3 -", 3, None),
        ("— 3 —", 3, None),
        ("3/7", 3, 7),
        ("Page 3 of 7", 3, 7),
        ("PAGE 3", 3, None),
        ("丹东日报 2020年1月14日 第 3 页", 3, None),
    ],
)
def test_every_way_of_printing_a_page_number_is_read(label, number, total):
    assert numbers_of([page(footer=label), page(footer=label)])[0] == (number, total)


def test_a_label_on_the_only_page_is_running():
    (running,) = find_running_lines([page(footer="- 5 -")])

    assert (running.line_indices, running.printed_number) == (frozenset({3}), 5)


def test_bare_numbers_that_grow_with_the_pages_are_page_numbers():
    assert numbers_of([page(footer="12"), page(footer="13"), page(footer="14")]) == [(12, None), (13, None), (14, None)]


def test_a_header_of_a_short_chapter_is_running_if_the_number_that_is_due_stands_where_others_do():
    headers = ["第一章 总则 1", "第一章 总则 2", "第一章 总则 3", "第二章 方法 4", "第三章 结果 9"]
    pages = [
        page(header=header, footer=f"正文的最后一行说{word}")
        for header, word in zip(headers, "甲乙丙丁戊", strict=True)
    ]

    assert [sorted(running.line_indices) for running in find_running_lines(pages)] == [[0], [0], [0], [0], []]
    assert numbers_of(pages) == [(1, None), (2, None), (3, None), (4, None), (None, None)]


def test_a_heading_numbered_like_its_page_is_text():
    pages = [
        page(header="1 引言" if number == 1 else f"本页说{word}", footer=str(number))
        for number, word in enumerate("甲乙丙丁")
    ]

    assert [sorted(running.line_indices) for running in find_running_lines(pages)] == [[3]] * 4


def test_bare_numbers_that_do_not_grow_are_none():
    assert numbers_of([page(footer="2020"), page(footer="2020")]) == [(None, None)] * 2


def test_a_bare_number_on_the_only_page_is_text():
    (running,) = find_running_lines([page(footer="379")])

    assert running.line_indices == frozenset()


def test_left_and_right_pages_may_have_their_own_headers():
    pages = [page(header="左页眉" if number % 2 else "右页眉") for number in range(4)]

    assert all(0 in running.line_indices for running in find_running_lines(pages))


def test_the_first_line_of_a_page_is_text_though_it_stands_where_others_do():
    pages = [page(header=f"这一页的第一行说{word}", footer=word) for word in ("甲", "乙", "丙")]

    assert [running.line_indices for running in find_running_lines(pages)] == [frozenset()] * 3


def test_what_is_repeated_in_the_middle_of_pages_is_text():
    assert not find_running_lines([page(body=("重复的话",))] * 3)[0].line_indices & {1}


def test_what_is_repeated_below_a_line_of_text_is_text():
    def with_heading(first):
        return PageOfLines(800, (PlacedLine(first, 30, 42), PlacedLine("重复", 60, 72), PlacedLine("正文", 400, 412)))

    assert [running.line_indices for running in find_running_lines([with_heading("甲乙"), with_heading("丙丁")])] == [
        frozenset()
    ] * 2


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("十", 10), ("十二", 12), ("二十", 20), ("一百零三", 103), ("一〇二", 102), ("", None)],
)
def test_chinese_numbers_are_read(text, number):
    assert read_number(text) == number


def test_no_pages_have_no_running_lines():
    assert find_running_lines([]) == []
