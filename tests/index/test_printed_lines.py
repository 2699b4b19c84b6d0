"""Where lines stand is packed and found again: every rectangle here is reckoned on paper."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.parse import parse_raw, parse_text
from index.printed_lines import pack_lines, rectangles_of
from index.readers import PhysicalPage, PrintedLine, RawText
from index.types import Kept, Rectangle

TWO_PAGES = RawText(
    "日报\n一二三\n四五\n",
    pages=(PhysicalPage(0, 7, 8), PhysicalPage(7, 10, 9)),
    lines=(
        PrintedLine(0, 2, 0, 800, 809, (200, 209, 218)),
        PrintedLine(3, 6, 0, 700, 712, (70, 82, 94.5, 106)),
        PrintedLine(7, 9, 1, 720.3, 732, (70, 82, 94)),
    ),
    removed=((0, 3),),
    lines_are_wrapped=True,
)


@pytest.fixture
def document():
    return parse_raw(TWO_PAGES, source="a.pdf", sha256="0" * 64)


def test_a_span_over_two_lines_has_two_rectangles(document):
    assert document.text == "一二三四五"
    assert rectangles_of(document, 1, 4) == (Rectangle(1, 82, 700, 106, 712), Rectangle(2, 70, 720.3, 82, 732))
    assert rectangles_of(document, 2, 3) == (Rectangle(1, 94.5, 700, 106, 712),)


def test_pages_are_counted_in_the_file_beside_what_they_print(document):
    assert (document.pages_of(1, 4), document.physical_pages_of(1, 4)) == ((8, 9), (1, 2))
    assert (document.pages_of(3, 5), document.physical_pages_of(3, 5)) == ((9,), (2,))


def test_a_page_without_text_is_counted():
    raw = RawText("一二三\n", pages=(PhysicalPage(0, 0), PhysicalPage(0, 4)), lines_are_wrapped=True)

    assert parse_raw(raw, source="a.pdf", sha256="0" * 64).physical_pages_of(0, 3) == (2,)


def test_a_document_that_is_not_divided_into_pages_has_neither(report):
    assert report.pages_of(0, 5) == (1,)
    assert (report.physical_pages_of(0, 5), rectangles_of(report, 0, 5), report.printed_lines) == ((), (), "")


def test_a_line_that_runs_up_the_page_has_its_rectangle():
    line = PrintedLine(0, 3, 4, 48, 60, (100, 110, 121, 130), is_sideways=True)
    raw = RawText("abc", lines=(line,), pages=(PhysicalPage(0, 3),))

    assert rectangles_of(parse_raw(raw, source="a.pdf", sha256="0" * 64), 1, 3) == (Rectangle(5, 48, 110, 60, 130),)


def test_what_is_removed_within_a_line_takes_no_place_of_others():
    line = PrintedLine(0, 4, 0, 10, 20, (0, 1, 2, 4, 8))

    packed = pack_lines([line], [Kept(0, 0, 1), Kept(1, 2, 1)])

    document = replace(parse_text("ab", source="a.pdf"), printed_lines=packed)
    assert rectangles_of(document, 0, 1) == (Rectangle(1, 0, 10, 2, 20),)
    assert rectangles_of(document, 1, 2) == (Rectangle(1, 2, 10, 4, 20),)


tenths = st.integers(-(10**7), 10**7).map(lambda tenth: tenth / 10)


@given(
    st.lists(st.tuples(st.text("ab一", min_size=1, max_size=5), st.integers(0, 9), st.booleans()), max_size=6),
    st.data(),
)
def test_whatever_is_packed_comes_back(drawn, data):
    lines, start = [], 0
    for text, page, is_sideways in drawn:
        edges = tuple(data.draw(tenths) for _ in range(len(text) + 1))
        low, high = sorted((data.draw(tenths), data.draw(tenths)))
        lines.append(PrintedLine(start, start + len(text), page, low, high, edges, is_sideways))
        start += len(text) + 1
    raw = RawText("\n".join(text for text, _, _ in drawn), lines=tuple(lines))

    document = parse_raw(raw, source="a.pdf", sha256="0" * 64)

    for offset in range(len(document.text)):
        place, _ = document.raw_span(offset, offset + 1)
        expected = [_rectangle(line, place - line.start) for line in lines if line.start <= place < line.end]
        assert rectangles_of(document, offset, offset + 1) == tuple(expected)


def _rectangle(line, index):
    along, across = sorted(line.edges[index : index + 2]), (line.low, line.high)
    (left, right), (bottom, top) = (across, along) if line.is_sideways else (along, across)
    return Rectangle(line.page_index + 1, left, bottom, right, top)
