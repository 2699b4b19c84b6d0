"""PDF with text: pages, lines in reading order, and where every character stands.

pypdfium2 gives characters and their boxes; what they mean together is decided in `page_layout` and `running_lines`.
A PDF without text is refused with that reason.
"""

import ctypes
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING

from index.readers.docx import without_junk
from index.readers.limits import Limits
from index.readers.page_layout import Glyph, Line, read_layout, starts_new_paragraph
from index.readers.running_lines import PageOfLines, PlacedLine, RunningLines, find_running_lines
from index.readers.types import PhysicalPage, PrintedLine, RawText, Refused

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

Place = Callable[[float, float, float, float], tuple[float, float, float, float]]

UNKNOWN = "\ufffd"
UNREADABLE_SHARE = 0.3  # of characters without meaning above which the text is no text
PDFIUM_HYPHEN = 2  # what pdfium gives for a hyphen that divides a word at a line's end
SOFT_HYPHEN = "\u00ad"  # what it is here, until its line is written out
WIDEST_PAPER = 1e6  # points: the largest page that PDF allows has 14,400
LEADERS = re.compile(r"(?:[.．·•…⋯] ?){4,}\d{1,4}$")
LONGEST_CONTENTS_LINE = 300  # characters
DECIMALS = 1  # of a point: a tenth is a thirtieth of a millimetre
REASONS = {  # pdfium's error codes
    2: "it is damaged or cut off; fetch or save it again",
    3: "it is damaged or cut off; fetch or save it again",
    4: "it is protected by a password; save a copy without one",
    5: "it is protected in a way that cannot be opened; save a copy without protection",
}


@dataclass(frozen=True, slots=True)
class _Space:
    """How a page as it is shown, from its top left corner, lies in its own space: where each axis starts and runs."""

    along_start: float
    along_sign: int
    across_start: float
    across_sign: int
    is_sideways: bool

    def along(self, right: float) -> float:
        """Return the coordinate of what is shown so far to the right."""
        return round(_on_paper(self.along_start + self.along_sign * right), DECIMALS)

    def across(self, down: float) -> float:
        """Return the coordinate of what is shown so far down."""
        return round(_on_paper(self.across_start + self.across_sign * down), DECIMALS)


@dataclass(frozen=True, slots=True)
class _Page:
    height: float
    lines: tuple[Line, ...]
    space: _Space


@dataclass(slots=True)
class _Draft:
    """The text as it grows."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    pages: list[PhysicalPage] = field(default_factory=list)
    lines: list[PrintedLine] = field(default_factory=list)
    removed: list[tuple[int, int]] = field(default_factory=list)

    def add(self, text: str, *, is_removed: bool = False) -> None:
        if is_removed:
            self.removed.append((self.length, self.length + len(text)))
        self.parts.append(text)
        self.length += len(text)

    def add_line(self, line: Line, page_index: int, space: _Space, *, is_removed: bool = False) -> None:
        start = self.length
        self.add(line.text, is_removed=is_removed)
        edges = tuple([space.along(glyph.left) for glyph in line.glyphs] + [space.along(line.right)])
        low, high = sorted((space.across(line.top), space.across(line.bottom)))
        self.lines.append(PrintedLine(start, self.length, page_index, low, high, edges, space.is_sideways))


def read_pdf(data: bytes, limits: Limits) -> list[RawText]:
    """Read the text of a PDF.

    Raises:
        Refused: If it is damaged, protected, larger than `limits` allow, or holds no text (a scan).
    """
    document = _open(data)
    page_count = len(document)
    if page_count > limits.pages:
        raise Refused(f"it has {page_count:,} pages, more than the {limits.pages:,} that are read; split it")
    pages, unreadable = _read_pages(document, limits)
    warnings = _check_text(pages, unreadable)
    draft = _assemble(pages)
    return [
        RawText(
            "".join(draft.parts),
            title=without_junk(_stated_title(document)),
            pages=tuple(draft.pages),
            lines=tuple(draft.lines),
            removed=tuple(draft.removed),
            lines_are_wrapped=True,
            warnings=warnings,
        )
    ]


def read_rectangles(data: bytes, limits: Limits, rectangles: Sequence[Sequence[float]]) -> list[str]:
    """Return the characters that stand in each rectangle of a PDF, in the file's own order and without white space.

    A character stands where the middle of its box does. What `read_pdf` makes of the characters, lines and columns and
    paragraphs, is not asked: so what it says of their places can be proved.

    Args:
        data: The file.
        limits: What is too large.
        rectangles: Page (from 1), left, bottom, right and top of each, in points of the page's own space.

    Raises:
        Refused: If the file is damaged or protected, or holds too much.
    """
    from pypdfium2 import PdfiumError

    document = _open(data)
    found = [""] * len(rectangles)
    numbers = sorted(range(len(rectangles)), key=lambda number: rectangles[number][0])
    for page_number, of_page in groupby(numbers, lambda number: int(rectangles[number][0])):
        try:
            page = document[page_number - 1]
            glyphs = [glyph for glyph in _glyphs(page, limits, page_number - 1) if not glyph.text.isspace()]
        except (PdfiumError, IndexError):
            continue
        place = _placer(page)
        middles = sorted((glyph.middle, index) for index, glyph in enumerate(glyphs))
        for number in of_page:
            _, left, bottom, right, top = rectangles[number]
            left, top, right, bottom = place(left, bottom, right, top)
            between = middles[bisect_left(middles, (top, -1)) : bisect_left(middles, (bottom, len(glyphs)))]
            inside = [glyphs[index] for index in sorted(index for _, index in between)]
            inside = [glyph for glyph in inside if left <= (glyph.left + glyph.right) / 2 <= right]
            found[number] = "".join("-" if glyph.text == SOFT_HYPHEN else glyph.text for glyph in inside)
        page.close()
    return found


def _open(data: bytes) -> "PdfDocument":
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Refused(REASONS.get(getattr(error, "err_code", 3), REASONS[3])) from error


def _read_pages(document: "PdfDocument", limits: Limits) -> tuple[list[_Page], list[int]]:
    """Return the pages, and the indices of those that could not be loaded."""
    from pypdfium2 import PdfiumError

    pages: list[_Page] = []
    unreadable: list[int] = []
    total = 0
    for index in range(len(document)):
        try:
            page = document[index]
            glyphs = list(_glyphs(page, limits, index))
            height = page.get_height()
            space = _space_of(page)
            page.close()
        except PdfiumError:
            unreadable.append(index)
            pages.append(_Page(1.0, (), _Space(0.0, 1, 0.0, 1, is_sideways=False)))
            continue
        total += len(glyphs)
        if total > limits.text_characters:
            raise Refused(f"it holds more than {limits.text_characters:,} characters; split it")
        pages.append(_Page(height, tuple(read_layout(glyphs)), space))
    return pages, unreadable


def _glyphs(page: "PdfPage", limits: Limits, index: int) -> Iterator[Glyph]:
    from pypdfium2 import raw

    text_page = page.get_textpage()
    count = text_page.count_chars()
    if count > limits.page_characters:
        raise Refused(f"page {index + 1} holds {count:,} characters, more than any page has; leave it out")
    place = _placer(page)
    box = raw.FS_RECTF()
    pointer = ctypes.byref(box)
    get_code, get_box = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
    last: Glyph | None = None
    high_half = 0
    for position in range(count):
        code = get_code(text_page, position)
        if 0xD800 <= code < 0xDC00:
            high_half = code
            continue
        if 0xDC00 <= code < 0xE000 and high_half:
            code += 0x10000 + ((high_half - 0xD800) << 10) - 0xDC00
        high_half = 0
        if code in (10, 13) or not get_box(text_page, position, pointer):
            continue
        left, top, right, bottom = map(_on_paper, place(box.left, box.bottom, box.right, box.top))
        text = _character(code)
        if text.isspace() and last is not None and right <= left:  # made by pdfium where words stand apart
            left, top, bottom = last.right, last.top, last.bottom
            right = left
        last = Glyph(text, left, top, right, bottom)
        yield last
    text_page.close()


def _on_paper(points: float) -> float:
    """Return a coordinate that can be reckoned with, whatever a hostile matrix made of it."""
    return min(max(points, -WIDEST_PAPER), WIDEST_PAPER) if isfinite(points) else 0.0


def _character(code: int) -> str:
    if code == PDFIUM_HYPHEN:
        return SOFT_HYPHEN
    is_known = 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF
    if code in {0x09, 0xA0}:
        return " "
    return chr(code) if is_known and not 0x7F <= code < 0xA0 else UNKNOWN


def _placer(page: "PdfPage") -> Place:
    """Return the function from pdfium's box (from the bottom left, unrotated) to ours (as the page is shown)."""
    left_edge, bottom_edge, right_edge, top_edge = page.get_bbox()

    def upright(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        return left - left_edge, top_edge - top, right - left_edge, top_edge - bottom

    def turned_right(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        return bottom - bottom_edge, left - left_edge, top - bottom_edge, right - left_edge

    def upside_down(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        return right_edge - right, bottom - bottom_edge, right_edge - left, top - bottom_edge

    def turned_left(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        return top_edge - top, right_edge - right, top_edge - bottom, right_edge - left

    return {0: upright, 90: turned_right, 180: upside_down, 270: turned_left}[page.get_rotation()]


def _space_of(page: "PdfPage") -> _Space:
    """Return the way back of `_placer`: from places as the page is shown to its own space."""
    left_edge, bottom_edge, right_edge, top_edge = page.get_bbox()
    return {
        0: _Space(left_edge, 1, top_edge, -1, is_sideways=False),
        90: _Space(bottom_edge, 1, left_edge, 1, is_sideways=True),
        180: _Space(right_edge, -1, bottom_edge, 1, is_sideways=False),
        270: _Space(top_edge, -1, right_edge, -1, is_sideways=True),
    }[page.get_rotation()]


def _check_text(pages: list[_Page], unreadable: list[int]) -> tuple[str, ...]:
    """Return warnings about pages without text.

    Raises:
        Refused: If no page has any, or its characters mean nothing.
    """
    text = "".join(line.text for page in pages for line in page.lines)
    if not text.strip():
        if len(unreadable) == len(pages):
            raise Refused("it is damaged, and no page of it can be opened; fetch or save it again")
        pages_are = "its page is a picture" if len(pages) == 1 else f"its {len(pages):,} pages are pictures"
        raise Refused(f"{pages_are} without text (a scan); run text recognition (OCR) on it first")
    unknown = sum(character == UNKNOWN or "\ue000" <= character <= "\uf8ff" for character in text)
    if unknown > UNREADABLE_SHARE * len(text):
        raise Refused("its fonts do not say which characters they draw; run text recognition (OCR) on it first")
    empty = [index for index, page in enumerate(pages) if not page.lines and index not in set(unreadable)]
    return tuple(
        f"{_name_pages(indices)} {problem}"
        for indices, problem in ((empty, "without text (empty or scanned)"), (unreadable, "damaged and left out"))
        if indices
    )


def _name_pages(indices: list[int]) -> str:
    """Return "page 2" or "pages 2, 4-6": physical pages, from 1."""
    runs = [[index + 1 for _, index in run] for _, run in groupby(enumerate(indices), lambda pair: pair[1] - pair[0])]
    names = [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    return f"{'page' if len(indices) == 1 else 'pages'} {', '.join(names)}"


def _assemble(pages: list[_Page]) -> _Draft:
    """Write the pages out: after each body line what its successor asks for, running lines and contents as removed."""
    running = find_running_lines([_placed(page) for page in pages])
    body = [
        (page_index, line_index)
        for page_index, page in enumerate(pages)
        for line_index in range(len(page.lines))
        if line_index not in running[page_index].line_indices and not _is_contents(page.lines[line_index].text)
    ]
    successors = dict(zip(body, [*body[1:], None], strict=False))
    draft = _Draft()
    for page_index, page in enumerate(pages):
        start = draft.length
        for line_index, line in enumerate(page.lines):
            if (page_index, line_index) in successors:
                successor = successors[page_index, line_index]
                next_line = pages[successor[0]].lines[successor[1]] if successor else None
                is_parted = successor is not None and successor[0] != page_index
                draft.add_line(_with_hyphen(line), page_index, page.space)
                _add_line_end(draft, line, next_line, is_parted=is_parted)
            else:
                draft.add_line(line, page_index, page.space, is_removed=True)
                draft.add("\n", is_removed=True)
        draft.pages.append(_page_of(running[page_index], start, draft.length))
    draft.removed = _joined(draft.removed)
    return draft


def _is_contents(text: str) -> bool:
    """Whether a line is one of a table of contents, which repeats a heading: leaders and a page number."""
    return len(text) <= LONGEST_CONTENTS_LINE and text[-1:].isdecimal() and bool(LEADERS.search(text))


def _add_line_end(draft: _Draft, line: Line, next_line: Line | None, *, is_parted: bool) -> None:
    if next_line is None:
        draft.add("\n")
        return
    starts = next_line.starts_paragraph
    if is_parted or starts is None:
        starts = starts_new_paragraph(line, next_line)
    is_divided_word = line.text.endswith(SOFT_HYPHEN) and next_line.text[:1].islower() and not starts
    if is_divided_word:
        draft.removed.append((draft.length - 1, draft.length))
    draft.add("\n\n" if starts else "\n", is_removed=is_divided_word)


def _with_hyphen(line: Line) -> Line:
    """Return the line with the hyphens that pdfium marks as what they look like."""
    if SOFT_HYPHEN not in line.text:
        return line
    glyphs = tuple(
        Glyph("-", glyph.left, glyph.top, glyph.right, glyph.bottom) if glyph.text == SOFT_HYPHEN else glyph
        for glyph in line.glyphs
    )
    return Line(glyphs, line.left, line.top, line.right, line.bottom, line.size)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _placed(page: _Page) -> PageOfLines:
    return PageOfLines(page.height, tuple(PlacedLine(line.text, line.top, line.bottom) for line in page.lines))


def _page_of(running: RunningLines, start: int, end: int) -> PhysicalPage:
    return PhysicalPage(start, end, running.printed_number, running.printed_total)


def _stated_title(document: "PdfDocument") -> str | None:
    try:
        title: str = document.get_metadata_value("Title")
    except UnicodeDecodeError:
        return None
    return None if title.lower().endswith((".doc", ".docx", ".indd", ".pdf", ".qxd")) else title
