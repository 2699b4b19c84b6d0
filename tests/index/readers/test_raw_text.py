"""A raw text cannot say what is not so, and finds its rectangles."""

import pytest

from index.readers import Heading, PhysicalPage, PrintedLine, RawText, Rectangle


@pytest.mark.parametrize(
    "wrong",
    [
        {"pages": (PhysicalPage(0, 2), PhysicalPage(3, 5))},
        {"pages": (PhysicalPage(0, 4),)},
        {"removed": ((3, 2),)},
        {"removed": ((2, 2),)},
        {"removed": ((0, 3), (2, 5))},
        {"removed": ((4, 6),)},
        {"headings": (Heading(1, 3, 4), Heading(1, 0, 2))},
        {"lines": (PrintedLine(0, 9, 0, 0, 1, ()),)},
    ],
)
def test_spans_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="a text of 5 characters"):
        RawText("一二三四五", **wrong)


def test_pages_without_text_are_pages():
    empty = PhysicalPage(2, 2)

    assert RawText("一二三四五", pages=(PhysicalPage(0, 2), empty, PhysicalPage(2, 5))).pages[1] is empty


def test_a_quote_over_two_lines_has_two_rectangles():
    lines = (
        PrintedLine(0, 3, 0, top=100, bottom=112, edges=(70, 82, 94, 106)),
        PrintedLine(4, 6, 1, top=80, bottom=92, edges=(70, 82, 94)),
    )
    raw = RawText("一二三\n四五\n", lines=lines)

    assert raw.rectangles_of(1, 5) == (Rectangle(0, 82, 100, 106, 112), Rectangle(1, 70, 80, 82, 92))
    assert raw.rectangles_of(3, 4) == ()
