"""Cut a document into passages: spans of one section, cut at sentence ends, long enough to be read alone.

Passages tile the text: together they are the text, nothing lost, nothing doubled. Which cuts are best is one shortest
path over the places where a cut may be, with the costs in the tables below.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from index.script import layout_widths, sentence_ends
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
    width_up_to = layout_widths(document.text)
    cuts = _cuts(document, width_up_to)
    starts = [0, *(cut.offset for cut in cuts)]
    widths = [width_up_to[start] for start in starts]
    sections = [0, *accumulate(cut.kind is SECTION for cut in cuts)]  # how many sections end up to each cut
    costs = [0.0]  # of the best way to each cut, and the cut before it on that way
    best = [0]
    for end, cut in enumerate(cuts, start=1):
        first = bisect_left(widths, widths[end] - MAX_WIDTH)  # no cut is farther than that from the next
        width, section, cut_cost = widths[end], sections[end - 1], cut.kind.cost
        reachable = zip(costs[first:], widths[first:end], sections[first:end], range(first, end), strict=True)
        ways = [
            (way + LENGTH_COSTS[width - before] + cut_cost + (section - passed), at)
            for way, before, passed, at in reachable
        ]
        cost, start = min(ways)
        costs.append(cost)
        best.append(start)
    spans: list[tuple[int, int]] = []
    end = len(cuts)
    while end > 0:
        start = best[end]
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


LENGTH_COSTS = tuple(map(_length_cost, range(MAX_WIDTH + 1)))  # a document asks for each of them many times


def _cuts(document: Document, width_up_to: Sequence[int]) -> list[_Cut]:
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
        if width_up_to[offset] - width_up_to[start] > MAX_WIDTH:
            cuts += _cuts_within(text, start, offset, width_up_to)
        cuts.append(_Cut(offset, kinds[offset]))
    return cuts


def _cuts_within(text: str, start: int, end: int, width_up_to: Sequence[int]) -> list[_Cut]:
    """Return the places at which a sentence that is too long for a passage may be cut."""
    cuts: list[_Cut] = []
    last = start
    for match in CLAUSE_END.finditer(text, start, end):
        while width_up_to[match.end()] - width_up_to[last] > MAX_WIDTH:
            last += TARGET_WIDTH // 2
            cuts.append(_Cut(last, ANYWHERE))
        if match.end() < end:
            last = match.end()
            cuts.append(_Cut(last, CLAUSE))
    while width_up_to[end] - width_up_to[last] > MAX_WIDTH:
        last += TARGET_WIDTH // 2
        cuts.append(_Cut(last, ANYWHERE))
    return cuts
