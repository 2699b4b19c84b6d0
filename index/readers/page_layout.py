"""The characters of one page, with their places, to lines in reading order, with table rows and paragraph starts.

Everything is in points from the page's top left corner; an em is the height of a line's characters. This module knows
geometry and punctuation; no PDF library, and no page but its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from index.readers.types import CELL_DIVIDER

WIDE_GAP_EMS = 1.5  # between two cells or columns; the widest space of a justified line stays below
KERNING_EMS = 0.2  # how far a character may reach back over the one before it
GUTTER_EMS = 0.8  # least width of the white strip between two columns
STRIP_POINTS = 2.0  # how finely a page is searched for one
CROSSING_SHARE = 0.2  # of the pieces may cross a gutter: headings over both columns
COLUMN_LINES = 4  # fewer lines make no column
COLUMN_EMS = 8.0  # narrower lines are cells of a table
COLUMN_FILL = 0.6  # share of a column's width that its middle line fills: cells do not
ANOTHER_SIZE = 1.12  # ratio of sizes from which two lines are of different kinds
WIDER_LEADING_EMS = 0.6  # more white than usual between two lines starts a paragraph
LONG_LINE = 0.5  # of the widest: such lines show where a column stands; headings and page numbers may stand outside
INDENT_EMS = 1.2  # of a first line; two in Chinese, one and a half and more elsewhere
MARGIN_EMS = 1.0  # a line may end this much early though the next word had found room: kinsoku, bad breaks
RAGGED_SHARE = 0.25  # of the column's width may stay empty at the end of a line that goes on in mid-sentence
SENTENCE_ENDS = frozenset("。！？；：.!?;:…”’）》)")
DEEPEST_COLUMNS = 6  # gutters within gutters; no page has more columns, and a hostile one gets no further


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character and its box."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def size(self) -> float:
        """The height of its box, which is the size of its type."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Half way down."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """Glyphs that are read one after another: a printed line, or a piece of one.

    `starts_paragraph` is None as long as only the line before it, on another page, can tell.
    """

    glyphs: tuple[Glyph, ...]
    left: float
    top: float
    right: float
    bottom: float
    size: float
    column_left: float = 0.0
    column_right: float = 0.0
    starts_paragraph: bool | None = None
    is_row: bool = False

    @property
    def text(self) -> str:
        """What the line says."""
        return "".join(glyph.text for glyph in self.glyphs)

    @property
    def is_indented(self) -> bool:
        """Whether it starts further in than its column."""
        return self.left > self.column_left + INDENT_EMS * self.size

    @property
    def first_word_width(self) -> float:
        """The width of what could not be parted from its first character: a Latin word, two Chinese characters."""
        end = self.left
        for index, glyph in enumerate(self.glyphs):
            if glyph.text.isspace() or (index >= 2 and not glyph.text.isascii()):
                break
            end = glyph.right
        return end - self.left


def read_layout(glyphs: Iterable[Glyph]) -> list[Line]:
    """Return the lines of a page in reading order: columns left to right, each from top to bottom.

    Rows of a table are one line each, their cells divided by `CELL_DIVIDER`.
    """
    lines: list[Line] = []
    for column in _columns(_pieces(glyphs), DEEPEST_COLUMNS):
        block = _with_paragraphs(_lines(column))
        if lines and block:
            block[0] = replace(block[0], starts_paragraph=starts_new_paragraph(lines[-1], block[0]))
        lines += block
    return lines


def starts_new_paragraph(before: Line, line: Line) -> bool:
    """Whether a line at the top of a column or a page starts a paragraph, or carries on the one before it."""
    if before.is_row or line.is_row or _differ_in_size(before, line) or line.is_indented:
        return True
    ends_sentence = before.text[-1:] in SENTENCE_ENDS
    return _ends_early(before, line) or (ends_sentence and not _is_full(before))


def _pieces(glyphs: Iterable[Glyph]) -> list[Line]:
    """Cut the stream of characters wherever the next one is on another line or far away."""
    pieces: list[list[Glyph]] = [[]]
    last: Glyph | None = None
    for glyph in map(_upright, glyphs):
        if glyph.text.isspace():
            pieces[-1].append(glyph)
            continue
        if last is not None and not _follows(last, glyph):
            pieces.append([])
        pieces[-1].append(glyph)
        last = glyph
    return [_line_of(piece) for piece in map(_trimmed, pieces) if piece]


def _upright(glyph: Glyph) -> Glyph:
    """Return the glyph with its box the right way round: mirrored type has its left at the right."""
    if glyph.left <= glyph.right and glyph.top <= glyph.bottom:
        return glyph
    left, right = sorted((glyph.left, glyph.right))
    top, bottom = sorted((glyph.top, glyph.bottom))
    return Glyph(glyph.text, left, top, right, bottom)


def _follows(last: Glyph, glyph: Glyph) -> bool:
    em = max(last.size, glyph.size)
    is_on_line = abs(glyph.middle - last.middle) < em / 2
    is_further_right = glyph.left > last.left - KERNING_EMS * em  # the parts of a ligature share one box
    return is_on_line and is_further_right and glyph.left - last.right < WIDE_GAP_EMS * em


def _trimmed(glyphs: list[Glyph]) -> list[Glyph]:
    """Drop white space at both ends, and all but one of a run of it."""
    kept = [
        glyph for before, glyph in pairwise([None, *glyphs]) if glyph and not (_is_space(before) and _is_space(glyph))
    ]
    return kept[_is_space(kept[0]) : len(kept) - _is_space(kept[-1])] if len(kept) > 1 else kept * (not _is_blank(kept))


def _is_space(glyph: Glyph | None) -> bool:
    return glyph is not None and glyph.text.isspace()


def _is_blank(glyphs: list[Glyph]) -> bool:
    return all(glyph.text.isspace() for glyph in glyphs)


def _line_of(glyphs: Sequence[Glyph]) -> Line:
    inked = [glyph for glyph in glyphs if not glyph.text.isspace()]
    return Line(
        tuple(glyphs),
        left=min(glyph.left for glyph in inked),
        top=min(glyph.top for glyph in inked),
        right=max(glyph.right for glyph in inked),
        bottom=max(glyph.bottom for glyph in inked),
        size=max(median(glyph.size for glyph in inked), 1.0),
    )


def _columns(pieces: list[Line], depth: int) -> list[list[Line]]:
    """Divide pieces at gutters; what crosses a gutter divides the page into bands, read one after another."""
    gutter = _find_gutter(pieces) if depth else None
    if gutter is None:
        return [pieces] if pieces else []
    columns: list[list[Line]] = []
    band: list[Line] = []
    crossing: list[Line] = []
    for piece in sorted(pieces, key=lambda line: line.top):
        if piece.left < gutter < piece.right:
            columns += _two_columns(band, gutter, depth)
            band = []
            crossing.append(piece)
        else:
            if crossing:
                columns.append(crossing)
                crossing = []
            band.append(piece)
    columns += [crossing] if crossing else []
    return columns + _two_columns(band, gutter, depth)


def _two_columns(band: list[Line], gutter: float, depth: int) -> list[list[Line]]:
    left = [piece for piece in band if piece.right <= gutter]
    right = [piece for piece in band if piece.left >= gutter]
    return _columns(left, depth - 1) + _columns(right, depth - 1)


def _find_gutter(pieces: list[Line]) -> float | None:
    """Return the x of the widest white strip that has columns of prose on both sides."""
    if len(pieces) < 2 * COLUMN_LINES:
        return None
    left_edge = min(piece.left for piece in pieces)
    strips = int((max(piece.right for piece in pieces) - left_edge) / STRIP_POINTS) + 1
    if strips > 10_000:  # a page 20,000 points wide: coordinates gone wild
        return None
    changes = [0] * (strips + 2)
    for piece in pieces:
        changes[int((piece.left - left_edge) / STRIP_POINTS)] += 1
        changes[int((piece.right - left_edge) / STRIP_POINTS) + 1] -= 1
    em = median(piece.size for piece in pieces)
    for start, end in _white_strips(changes, CROSSING_SHARE * len(pieces)):
        gutter = left_edge + (start + end) / 2 * STRIP_POINTS
        sides = ([p for p in pieces if p.right <= gutter], [p for p in pieces if p.left >= gutter])
        if (end - start) * STRIP_POINTS >= GUTTER_EMS * em and all(_is_prose_column(side, em) for side in sides):
            return gutter
    return None


def _white_strips(changes: list[int], most_covered: float) -> list[tuple[int, int]]:
    """Return the runs of strips that few pieces cover, widest first; the page's own edges are none."""
    runs: list[tuple[int, int]] = []
    covered = 0
    start: int | None = None
    for strip, change in enumerate(changes):
        covered += change
        if covered <= most_covered and start is None:
            start = strip
        elif covered > most_covered and start is not None:
            runs.append((start, strip))
            start = None
    inner = [run for run in runs if run[0] > 0]
    return sorted(inner, key=lambda run: run[0] - run[1])


def _is_prose_column(pieces: list[Line], em: float) -> bool:
    rows = _rows(pieces)
    if len(rows) < COLUMN_LINES:
        return False
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    middle_width = median(sum(piece.right - piece.left for piece in row) for row in rows)
    return middle_width >= max(COLUMN_EMS * em, COLUMN_FILL * width)


def _rows(pieces: list[Line]) -> list[list[Line]]:
    """Gather the pieces that stand side by side, top to bottom, each row from left to right."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda line: line.top + line.bottom):
        if rows:
            anchor = rows[-1][0]
            em = max(anchor.size, piece.size)
            if abs((anchor.top + anchor.bottom) - (piece.top + piece.bottom)) / 2 < em / 2:
                rows[-1].append(piece)
                continue
        rows.append([piece])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _lines(pieces: list[Line]) -> list[Line]:
    """Join the pieces of each row: cells if the row above or below has cells at the same places, else one line."""
    rows = _rows(pieces)
    aligned = [_are_cells(above, below) for above, below in pairwise(rows)]
    return [
        _join(row, is_row=any(aligned[max(0, index - 1) : index + 1]) and len(row) > 1)
        for index, row in enumerate(rows)
    ]


def _are_cells(above: list[Line], below: list[Line]) -> bool:
    """Whether two rows have their second and later cells under each other: at the left, the right or the middle."""
    if min(len(above), len(below)) < 2:
        return False
    return any(
        min(
            abs(upper.left - lower.left),
            abs(upper.right - lower.right),
            abs(upper.left + upper.right - lower.left - lower.right) / 2,
        )
        < max(upper.size, lower.size)
        for upper in above[1:]
        for lower in below[1:]
    )


def _join(row: list[Line], *, is_row: bool) -> Line:
    glyphs = list(row[0].glyphs)
    for piece in row[1:]:
        before, after = glyphs[-1], piece.glyphs[0]
        divider = CELL_DIVIDER if is_row else " "
        width = (after.left - before.right) / len(divider)
        glyphs += [
            Glyph(text, before.right + place * width, before.top, before.right + (place + 1) * width, before.bottom)
            for place, text in enumerate(divider)
        ]
        glyphs += piece.glyphs
    return replace(_line_of(glyphs), is_row=is_row)


def _with_paragraphs(lines: list[Line]) -> list[Line]:
    """Say of every line but the first whether it starts a paragraph."""
    if not lines:
        return []
    widest = max(line.right - line.left for line in lines)
    long = [line for line in lines if line.right - line.left >= LONG_LINE * widest]
    left, right = min(line.left for line in long), max(line.right for line in long)
    lines = [replace(line, column_left=left, column_right=right) for line in lines]
    leadings = [below.top - above.bottom for above, below in pairwise(lines)]
    usual = median(leadings) if leadings else 0.0
    return lines[:1] + [
        replace(line, starts_paragraph=_starts_paragraph(before, line, leading - usual))
        for (before, line), leading in zip(pairwise(lines), leadings, strict=True)
    ]


def _starts_paragraph(before: Line, line: Line, extra_leading: float) -> bool:
    if before.is_row or line.is_row or _differ_in_size(before, line) or extra_leading > WIDER_LEADING_EMS * line.size:
        return True
    if _is_centred(before) and _is_centred(line):  # a title of two lines
        return False
    ends_sentence = before.text[-1:] in SENTENCE_ENDS
    return _ends_early(before, line) or (line.is_indented and (ends_sentence or not _is_full(before)))


def _differ_in_size(before: Line, line: Line) -> bool:
    return max(before.size, line.size) > ANOTHER_SIZE * min(before.size, line.size)


def _ends_early(before: Line, line: Line) -> bool:
    """Whether the next line's first word had found room on this line, so that its end was meant."""
    room = before.column_right - before.right
    least = line.first_word_width + MARGIN_EMS * before.size
    if before.text[-1:] not in SENTENCE_ENDS and not line.is_indented:  # more likely badly broken than ended
        least = max(least, RAGGED_SHARE * (before.column_right - before.column_left))
    return room > least


def _is_full(line: Line) -> bool:
    return line.column_right - line.right <= MARGIN_EMS * line.size


def _is_centred(line: Line) -> bool:
    left, right = line.left - line.column_left, line.column_right - line.right
    return min(left, right) > INDENT_EMS * line.size and abs(left - right) < 2 * line.size
