"""What a reader hands to the parser: raw text and what the format itself knows about it.

Every offset counts characters of `RawText.text` from 0 and every span is half-open. This module knows no format.
"""

from dataclasses import dataclass, field
from itertools import pairwise


class Refused(ValueError):
    """Why a file's bytes cannot be read, and what to do: a clause that follows "cannot read PATH:"."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that the format marks as one: the span of its words, without markup; `level` from 1, the highest."""

    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PhysicalPage:
    """One page of the file, in file order, and what is printed on it about its number.

    `printed_number` and `printed_total` come from a running header or footer such as "第 3 页 共 7 页", "- 3 -", "3/7";
    None where the page prints none.
    """

    start: int
    end: int
    printed_number: int | None = None
    printed_total: int | None = None


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """Where one printed line of a page stands: enough to draw a rectangle around any part of it.

    Character `text[start + i]` reaches from `edges[i]` to `edges[i + 1]`, so there is one edge more than characters;
    across its direction the line reaches from `low` to `high`. All are coordinates of the page's own space, as a PDF
    has it: in points of 1/72 inch, y upwards, before the page is turned. `edges` are x, or y where the line
    `is_sideways`: one that reads from left to right on a page that is shown turned by a quarter.
    """

    start: int
    end: int
    page_index: int
    low: float
    high: float
    edges: tuple[float, ...] = field(repr=False)
    is_sideways: bool = False


@dataclass(frozen=True, slots=True)
class RawText:
    r"""The raw text of one document, and what its format says of it.

    Lines end in a newline. Where `lines_are_wrapped` is true (PDF), a single newline is a line end of the layout, which
    the parser rejoins, and a blank line ends a paragraph; spaces inside a line are printed ones. In DOCX and HTML every
    line is a paragraph of its own. The cells of a table's row stand on one line, divided by `CELL_DIVIDER`.

    Attributes:
        text: What every offset refers to: decoded or extracted once, the same for the same bytes, never normalised.
        title: What the format states as the title (metadata, `<title>`, front matter, the JSON field); None if it
            states none or junk ("Microsoft Word - Document1", "untitled").
        pages: Physical pages, tiling `text`; empty where the format has none.
        lines: Where the lines of `text` stand on their pages, ascending; empty where the format has no pages.
        headings: Ascending by `start`, never overlapping; empty where the format marks none.
        removed: Ascending, non-overlapping spans of `text` that are no part of the document: markup, running headers
            and footers with their page numbers, carriage returns. One may lie inside a heading ("## a **b**"), never
            at its ends.
        lines_are_wrapped: Whether the format says that line ends are layout; a text format says nothing.
        encoding: Of a text format ("utf-8", "gb18030", …); None for the others.
        line: The line (from 1) of a JSON-lines file that holds the document; None for formats of one document a file.
        warnings: What could be read only in part, a sentence each ("pages 3-5 hold no text (scanned?)").

    Raises:
        ValueError: If pages do not tile the text, or spans overlap, are empty or reach outside.
    """

    text: str = field(repr=False)
    title: str | None = None
    pages: tuple[PhysicalPage, ...] = ()
    lines: tuple[PrintedLine, ...] = field(default=(), repr=False)
    headings: tuple[Heading, ...] = ()
    removed: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    lines_are_wrapped: bool = False
    encoding: str | None = None
    line: int | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse spans that cannot be true."""
        _require_spans("removed", list(self.removed), len(self.text))
        _require_spans("headings", [(heading.start, heading.end) for heading in self.headings], len(self.text))
        bounds = [0, *(page.end for page in self.pages)]
        starts = [*(page.start for page in self.pages), len(self.text)]
        _require_spans("lines", [(line.start, line.end) for line in self.lines], len(self.text))
        if self.pages and bounds != starts:
            raise ValueError(f"pages do not tile a text of {len(self.text)} characters: {self.pages[:3]}…")


CELL_DIVIDER = " | "  # visible, and no search term; a tab or spaces could be taken for layout and closed up


def _require_spans(name: str, spans: list[tuple[int, int]], length: int) -> None:
    are_inside = all(0 <= start < end <= length for start, end in spans)
    ascend = all(left[1] <= right[0] for left, right in pairwise(spans))
    if not (are_inside and ascend):
        raise ValueError(f"{name} are not ascending spans of a text of {length} characters: {spans[:3]}…")
