"""A raw text cannot say what is not so."""

import pytest

from index.readers import Heading, PhysicalPage, PrintedLine, RawText


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
