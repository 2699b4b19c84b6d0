"""Find the page headers and footers that a file prints in its text, and turn them into pages.

Raw text in; marks out, each with the number that it prints. Which page a character stands on follows from the marks.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

PAGE_MARK = re.compile(
    r"第\s*(?P<zh>\d{1,4})\s*页\s*[,，/／]?\s*共\s*(?P<zh_total>\d{1,4})\s*页"
    r"|\bPage\s+(?P<en>\d{1,4})\s+of\s+(?P<en_total>\d{1,4})\b"
)

TITLE_SHARE = 0.2  # of a page's text is more than a title


@dataclass(frozen=True, slots=True)
class PageMark:
    """A printed "page `number` of `total`" at raw[start:end]."""

    number: int
    total: int
    start: int
    end: int


def find_page_marks(raw: str) -> list[PageMark]:
    """Return the page marks of a text, in order; none unless they count upwards and agree on the total.

    A sentence may mention "第 1页 共 7页" too: a mark whose total is not the most frequent one, or whose number does
    not go up, is taken for prose.
    """
    marks = [
        PageMark(int(match["zh"] or match["en"]), int(match["zh_total"] or match["en_total"]), *match.span())
        for match in PAGE_MARK.finditer(raw)
    ]
    if not marks:
        return []
    total = Counter(mark.total for mark in marks).most_common(1)[0][0]
    kept: list[PageMark] = []
    for mark in marks:
        if mark.total == total and mark.number <= total and (not kept or mark.number > kept[-1].number):
            kept.append(mark)
    return kept


def page_starts(raw: str, marks: list[PageMark], body_start: int) -> list[tuple[int, int]]:
    """Return (printed number, raw offset at which that page's text starts), in order.

    A mark is a header (its page follows it) if no more than a title stands between the body's start and the first mark,
    else a footer (its page ends with it).
    """
    if not marks:
        return []
    above = len(raw[body_start : max(marks[0].start, body_start)].strip())
    pages = [len(raw[left.end : right.start].strip()) for left, right in pairwise(marks)]
    if above <= (TITLE_SHARE * sum(pages) / len(pages) if pages else 0):
        return [(mark.number, mark.end) for mark in marks]
    starts = [(marks[0].number, body_start)]
    starts += [(right.number, left.end) for left, right in pairwise(marks)]
    if raw[marks[-1].end :].strip() and marks[-1].number < marks[-1].total:
        starts.append((marks[-1].number + 1, marks[-1].end))
    return starts
