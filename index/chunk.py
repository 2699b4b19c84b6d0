"""Cut a document into passages: spans of one section, cut at sentence ends, long enough to be read alone.

Passages tile the text: together they are the text, nothing lost, nothing doubled. Which cuts are best is one shortest
path over the places where a cut may be, with the costs in the tables below.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise

from index.script import layout_width, sentence_ends
from index.types import Document, Passage

# Lengths in half-width units (a Chinese character is two), so that English passages hold as much as Chinese ones.
TARGET_WIDTH = 320
MAX_WIDTH = 560
MIN_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a passage may end, and what cutting there costs (0: the best place; 1: a passage of no use)."""

    name: str
    cost: float


# Worked example: a section of 500 units is one passage at a cost of ((500 - 320) / 320)² = 0.32, or two of 250 at
# 2 × 0.05 and a cut in mid-paragraph, 0.15: 0.25. So it is cut, but one of 480 (0.25 : 0.28) stays whole.
SECTION = Break("section", 0.0)
PARAGRAPH = Break("paragraph", 0.02)
SENTENCE = Break("sentence", 0.15)
CLAUSE = Break("clause", 0.60)
ANYWHERE = Break("anywhere", 1.00)

CLAUSE_END = re.compile(r"[，,、：:；;]|\s+")


@dataclass(frozen=True, slots=True)
class _Cut:
    """An offset of the text at which a passage may end, as the best kind of break that stands there."""

    offset: int
    kind: Break


def chunk_document(document: Document) -> list[Passage]:
    """Cut a document into passages that tile its text.

    A heading belongs to the passage that it opens, and a passage's section is the innermost that its end stands in.
    """
    cuts = _cuts(document)
    best: list[tuple[float, int]] = [(0.0, 0)]
    starts = [0, *(cut.offset for cut in cuts)]
    widths = _prefix_widths(document.text, starts)
    sections = [0, *accumulate(cut.kind is SECTION for cut in cuts)]  # how many sections end up to each cut
    for end in range(1, len(starts)):
        options = []
        for start in range(end - 1, -1, -1):
            width = widths[end] - widths[start]
            if width > MAX_WIDTH and start < end - 1:
                break
            crossed = sections[end - 1] - sections[start]
            cost = best[start][0] + _length_cost(width) + cuts[end - 1].kind.cost + crossed
            options.append((cost, start))
        best.append(min(options))
    spans: list[tuple[int, int]] = []
    end = len(starts) - 1
    while end > 0:
        start = best[end][1]
        spans.append((starts[start], starts[end]))
        end = start
    return [make_passage(document, start, end) for start, end in reversed(spans)]


def whole_document(document: Document) -> list[Passage]:
    """Take the whole text for one passage: for benchmarks, whose paragraphs are cut already."""
    return [make_passage(document, 0, len(document.text))] if document.text else []


def make_passage(document: Document, start: int, end: int) -> Passage:
    """Return document.text[start:end] as a passage, its pages and headings derived from the document."""
    return Passage(
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        pages=document.pages_of(start, end),
        section=document.headings_of(end - 1, end),
    )


def _length_cost(width: int) -> float:
    cost = ((width - TARGET_WIDTH) / TARGET_WIDTH) ** 2
    return cost + 1.0 if width < MIN_WIDTH else cost


def _cuts(document: Document) -> list[_Cut]:
    text = document.text
    kinds: dict[int, Break] = dict.fromkeys(sentence_ends(text), SENTENCE)
    kinds.update(dict.fromkeys(document.paragraphs, PARAGRAPH))
    sections = [section.start for section in document.sections]
    kinds.update(dict.fromkeys(sections, SECTION))
    ascending = sorted(kinds)
    for section in document.sections:  # a heading is never parted from what it opens
        first = bisect_right(ascending, section.start)
        last = bisect_right(ascending, section.start + len(section.title) + 2)
        for offset in ascending[first:last]:
            kinds.pop(offset, None)
    if text:
        kinds[len(text)] = SECTION
    kinds.pop(0, None)
    offsets = sorted(kinds)
    cuts: list[_Cut] = []
    for offset in offsets:
        start = cuts[-1].offset if cuts else 0
        cuts += _cuts_within(text, start, offset)
        cuts.append(_Cut(offset, kinds[offset]))
    return cuts


def _cuts_within(text: str, start: int, end: int) -> list[_Cut]:
    """Return the places at which a sentence that is too long for a passage may be cut."""
    if layout_width(text[start:end]) <= MAX_WIDTH:
        return []
    cuts: list[_Cut] = []
    last = start
    for match in CLAUSE_END.finditer(text, start, end):
        while layout_width(text[last : match.end()]) > MAX_WIDTH:
            last += TARGET_WIDTH // 2
            cuts.append(_Cut(last, ANYWHERE))
        if match.end() < end:
            last = match.end()
            cuts.append(_Cut(last, CLAUSE))
    while layout_width(text[last:end]) > MAX_WIDTH:
        last += TARGET_WIDTH // 2
        cuts.append(_Cut(last, ANYWHERE))
    return cuts


def _prefix_widths(text: str, offsets: list[int]) -> list[int]:
    widths = [0]
    for start, end in pairwise(offsets):
        widths.append(widths[-1] + layout_width(text[start:end]))
    return widths
