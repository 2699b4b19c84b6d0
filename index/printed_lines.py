"""Where the lines of a text stand on their pages: packed for the index, unpacked when a rectangle is asked for.

Only PDF says it. All places are in tenths of a point, and each is kept as the step from the one before it: type
repeats its widths and its leading, so a character takes half a byte to a byte.
"""

import base64
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.types import Document, Kept, Rectangle

if TYPE_CHECKING:
    from index.readers import PrintedLine  # an index that is there needs no reader

TENTHS = 10  # of a point: to what a reader rounds places
COLUMNS = 6  # of a line: characters since the line before, its own, pages on, whether sideways, low (a step), height
UNPACKED_KEPT = 8  # documents whose lines are kept at hand: those of the last answer

Numbers = npt.NDArray[np.int32]


def pack_lines(lines: Sequence["PrintedLine"], kept: Sequence[Kept]) -> str:
    """Return, as printable characters, where the lines of a clean text stand; "" if none is known.

    Args:
        lines: Of the raw text, ascending.
        kept: The runs of the raw text that the clean text keeps.
    """
    clean = list(_in_clean_text(lines, kept))
    if not clean:
        return ""
    spans = np.asarray([(line.start, line.end, line.page_index, line.is_sideways) for line in clean], dtype=np.int32)
    starts, ends, pages, sideways = spans.T
    low, high = _tenths([line.low for line in clean]), _tenths([line.high for line in clean])
    edges = _tenths([edge for line in clean for edge in line.edges])
    gaps = starts - np.concatenate([[0], ends[:-1]])
    columns = [gaps, ends - starts, _steps(pages), sideways, _steps(low), high - low]
    numbers = np.concatenate([[len(clean)], *columns, _steps(edges)]).astype("<i4")
    planes = numbers.view(np.uint8).reshape(-1, 4).T  # the high bytes, nearly all alike, side by side
    return base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode("ascii")


def rectangles_of(document: Document, start: int, end: int) -> tuple[Rectangle, ...]:
    """Return the rectangles that text[start:end] covers, one for each printed line, in order.

    There are none where the format has no pages; the white space between lines stands nowhere.
    """
    if not document.printed_lines:
        return ()
    lines = _unpack(document.printed_lines)
    first = int(np.searchsorted(lines.ends, start, side="right"))
    last = int(np.searchsorted(lines.starts, end, side="left"))
    return tuple(lines.rectangle(line, start, end) for line in range(first, last))


@dataclass(frozen=True, slots=True)
class _Lines:
    """Printed lines as columns: each is (lines,) int32, but for `edges`, which has all edges of the first line first.

    What they mean says `index.readers.PrintedLine`; offsets are those of the clean text, and lengths are tenths.
    """

    starts: Numbers
    ends: Numbers
    pages: Numbers
    sideways: Numbers
    low: Numbers
    high: Numbers
    edges: Numbers
    first_edges: Numbers

    def rectangle(self, line: int, start: int, end: int) -> Rectangle:
        """Return the rectangle of what a line has of text[start:end]."""
        before, after = max(0, start - int(self.starts[line])), max(0, int(self.ends[line]) - end)
        first = int(self.first_edges[line]) + before
        last = int(self.first_edges[line]) + int(self.ends[line] - self.starts[line]) - after
        reach = self.edges[first : last + 1] / TENTHS
        along, across = (float(reach.min()), float(reach.max())), (self.low[line] / TENTHS, self.high[line] / TENTHS)
        (left, right), (bottom, top) = (across, along) if self.sideways[line] else (along, across)
        return Rectangle(int(self.pages[line]) + 1, float(left), float(bottom), float(right), float(top))


@lru_cache(UNPACKED_KEPT)
def _unpack(packed: str) -> _Lines:
    planes = np.frombuffer(zlib.decompress(base64.b64decode(packed)), dtype=np.uint8)
    numbers = np.ascontiguousarray(planes.reshape(4, -1).T).view("<i4").ravel()
    columns_end = 1 + COLUMNS * int(numbers[0])
    gaps, lengths, page_steps, sideways, low_steps, heights = numbers[1:columns_end].reshape(COLUMNS, -1)
    ends, low = _sums(gaps + lengths), _sums(low_steps)
    return _Lines(
        starts=ends - lengths,
        ends=ends,
        pages=_sums(page_steps),
        sideways=sideways,
        low=low,
        high=low + heights,
        edges=_sums(numbers[columns_end:]),
        first_edges=_sums(lengths + 1) - lengths - 1,
    )


def _in_clean_text(lines: Sequence["PrintedLine"], kept: Sequence[Kept]) -> Iterator["PrintedLine"]:
    """Yield what the clean text keeps of each line, with the offsets that it has there."""
    for line in lines:
        first = bisect_right(kept, line.start, key=lambda run: run.raw_start + run.length)
        places: list[int] = []
        start = 0
        for run in islice(kept, first, None):
            left, right = max(run.raw_start, line.start), min(run.raw_start + run.length, line.end)
            if left >= right:
                break
            start = start if places else run.start + left - run.raw_start
            places += range(left - line.start, right - line.start)
        if places:
            edges = (*(line.edges[place] for place in places), line.edges[places[-1] + 1])
            yield replace(line, start=start, end=start + len(places), edges=edges)


def _tenths(points: list[float]) -> Numbers:
    tenths: Numbers = np.rint(TENTHS * np.asarray(points)).astype(np.int32)
    return tenths


def _steps(values: Numbers) -> Numbers:
    steps: Numbers = np.diff(values, prepend=np.int32(0))
    return steps


def _sums(steps: Numbers) -> Numbers:
    sums: Numbers = np.cumsum(steps, dtype=np.int32)
    return sums
