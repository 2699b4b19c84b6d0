"""Undo the line breaks of a printed page: which white space goes, and where paragraphs start.

A PDF that was turned into text has a line end wherever the printed line was full, as a newline or, from some tools, as
a space. Both are told from real paragraph ends by the width of the lines: a line that is shorter than the page is wide
ends a paragraph. Raw text with its removed spans in; white space to remove and paragraph starts out.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from index.script import CJK, IS_CJK, layout_width
from index.sections import FAMILIES

# All in half-width units, measured on the pages of index/report (lines of 77 to 85, first lines 4 less, indented):
INDENT_WIDTH = 12  # a line this much shorter than the page is wide ends a paragraph, whatever it ends with …
PUNCTUATION_WIDTH = 4  # … and one this much shorter does if it ends a sentence
FEWEST_LINES = 8  # fewer lines do not show how wide a page is
CHARACTERS_A_BREAK = 120  # a printed Chinese line holds 20 to 60 characters: rarer spaces are not line ends
NARROWEST_PAGE, WIDEST_PAGE = 30, 160
FULL_LINES_SHARE = 0.4  # of a wrapped text's lines are full

GAP = re.compile(r"\s+")
INDENT = re.compile(r"\n[^\S\n]*(?:\u3000{2}|[ \u00a0]{4}|\t)[^\S\n]*$")
INDENTED_SHARE = 0.5  # of the lines are indented at the most where an indent opens a paragraph: else it is a margin
BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
SPACED_BREAK = re.compile(rf"(?<=[{CJK}])[ \u00a0]+(?=[{CJK}])")
FINAL = tuple("。！？；：…!?;:”』」）)】")


@dataclass(frozen=True, slots=True)
class Flow:
    """White space to remove from the raw text, and the raw offsets at which paragraphs start."""

    removed: tuple[tuple[int, int], ...]
    paragraph_starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A run of raw text without white space, and how it is parted from the one before it."""

    start: int
    end: int
    gap: str  # what stands between the word before and this one: white space and removed spans


def reflow(raw: str, removed: list[tuple[int, int]], *, lines_are_wrapped: bool | None = None) -> Flow:
    """Decide the fate of every white space of `raw`.

    Args:
        raw: The decoded file.
        removed: Spans that are no part of the text (chrome, markup, page headers), in order.
        lines_are_wrapped: Whether newlines are layout, where the reader knows; None to tell from the lines' widths.
    """
    words = _words_of(raw, removed)
    spaced = _is_wrapped_by_spaces(raw)
    if spaced or (lines_are_wrapped if lines_are_wrapped is not None else _is_wrapped_by_newlines(raw)):
        lines = _lines_of(raw, words, spaced=spaced)
        return _join(raw, lines, spaced=spaced)
    return _keep_lines(raw, words)


def _words_of(raw: str, removed: list[tuple[int, int]]) -> list[_Word]:
    words: list[_Word] = []
    start = 0
    for hole_start, hole_end in [*removed, (len(raw), len(raw))]:
        for match in re.finditer(r"\S+", raw[start:hole_start]):
            begin, end = start + match.start(), start + match.end()
            words.append(_Word(begin, end, raw[words[-1].end if words else 0 : begin]))
        start = max(start, hole_end)
    return words


def _is_wrapped_by_spaces(raw: str) -> bool:
    breaks = len(SPACED_BREAK.findall(raw))
    if breaks < max(FEWEST_LINES, 2 * raw.count("\n") + 1):
        return False  # before all characters are looked at
    return breaks * CHARACTERS_A_BREAK >= len(IS_CJK.findall(raw))


def _is_wrapped_by_newlines(raw: str) -> bool:
    widths = [layout_width(line.strip()) for line in raw.split("\n") if line.strip()]
    if len(widths) < FEWEST_LINES:
        return False
    page = _page_width(widths)
    full = sum(page - INDENT_WIDTH <= width <= page for width in widths)
    return NARROWEST_PAGE <= page <= WIDEST_PAGE and full >= FULL_LINES_SHARE * len(widths)


def _page_width(widths: list[int]) -> int:
    """Return the width of a full line: the ninth decile, since a few lines hang over and headings are short."""
    return sorted(widths)[int(0.9 * (len(widths) - 1))]


def _lines_of(raw: str, words: list[_Word], *, spaced: bool) -> list[list[_Word]]:
    """Group words into printed lines; with `spaced`, a space beside a digit may or may not be a line end."""
    certain: list[list[_Word]] = []
    for left, word in zip([None, *words], words, strict=False):
        is_break = left is None or "\n" in word.gap
        if left is not None and spaced and not is_break:
            is_chinese = _ends_in_chinese(raw, left) and bool(IS_CJK.match(raw[word.start]))
            is_break = is_chinese or bool(word.gap.strip())  # a page header stood here
        if is_break:
            certain.append([])
        certain[-1].append(word)
    if not spaced:
        return certain
    widths = [layout_width(raw[line[0].start : line[-1].end]) for line in certain if len(line) == 1]
    page = _page_width(widths or [WIDEST_PAGE])
    return [part for line in certain for part in _split_wide(raw, line, page)]


def _ends_in_chinese(raw: str, word: _Word) -> bool:
    """Whether a word ends in a Chinese character, or in half-width punctuation behind one (委员: 我受)."""
    last = raw[word.end - 1]
    return bool(IS_CJK.match(last) or (last in ",;:.!?)" and IS_CJK.match(raw[word.end - 2 : word.end - 1])))


def _split_wide(raw: str, words: list[_Word], page: int) -> list[list[_Word]]:
    """Split what is wider than the page into the likeliest printed lines.

    Costs, of which the least sum wins: 2 for a short line that ends in mid-sentence (a heading), 1 for a short line
    that ends a sentence, 4 for a gap after a sentence's end that is no line end (Chinese sets none there).
    """
    if layout_width(raw[words[0].start : words[-1].end]) <= page + PUNCTUATION_WIDTH:
        return [words]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(words) + 1):
        options = []
        for start in range(end):
            width = layout_width(raw[words[start].start : words[end - 1].end])
            if width > page + PUNCTUATION_WIDTH and end - start > 1:
                continue
            unbroken = sum(raw[word.end - 1] in "。！？" for word in words[start : end - 1])
            is_short = width < page - INDENT_WIDTH and end < len(words)
            cost = 4 * unbroken + (0 if not is_short else 1 if raw[words[end - 1].end - 1] in FINAL else 2)
            options.append((best[start][0] + cost, start))
        best.append(min(options))
    lines: list[list[_Word]] = []
    end = len(words)
    while end:
        start = best[end][1]
        lines.insert(0, words[start:end])
        end = start
    return lines


def _join(raw: str, lines: list[list[_Word]], *, spaced: bool) -> Flow:
    widths = [layout_width(raw[line[0].start : line[-1].end]) for line in lines]
    page = _page_width(widths) if widths else WIDEST_PAGE
    removed: list[tuple[int, int]] = []
    starts = [lines[0][0].start] if lines else []
    indented = [bool(INDENT.search(line[0].gap)) for line in lines]
    opens = indented if sum(indented) <= INDENTED_SHARE * len(lines) else [False] * len(lines)
    for (line, below), width, opens_paragraph in zip(pairwise(lines), widths, opens[1:], strict=False):
        ends_sentence = raw[line[-1].end - 1] in FINAL
        is_short = width < page - INDENT_WIDTH or (ends_sentence and width < page - PUNCTUATION_WIDTH)
        opens_section = ends_sentence and any(family.pattern.match(raw, below[0].start) for family in FAMILIES)
        is_apart = BLANK_LINE.search(below[0].gap) and (ends_sentence or not below[0].gap.strip())
        if is_short or opens_section or opens_paragraph or is_apart:
            starts.append(below[0].start)
        removed += _removable(raw, line[-1], below[0], between_lines=True, spaced=spaced)
    for line in lines:
        for left, word in pairwise(line):
            is_parted = bool(word.gap.strip())  # by a page header, where a printed line ended too
            removed += _removable(raw, left, word, between_lines=is_parted, spaced=spaced)
    return Flow(tuple(sorted(removed + _edges(raw, lines))), tuple(starts))


def _removable(raw: str, left: _Word, right: _Word, *, between_lines: bool, spaced: bool) -> list[tuple[int, int]]:
    """Return the white space between two words if it is layout: Latin words on both sides keep theirs."""
    before, after = raw[left.end - 1], raw[right.start]
    is_chinese = bool(IS_CJK.match(before) or IS_CJK.match(after))
    has_letter = any(char.isalpha() and not IS_CJK.match(char) for char in (before, after))
    goes = is_chinese and not has_letter and (between_lines or spaced)
    gaps = [match.span() for match in GAP.finditer(raw, left.end, right.start)]
    if gaps and not goes:  # one white space stays
        gaps[0] = (gaps[0][0] + 1, gaps[0][1])
    return [gap for gap in gaps if gap[0] < gap[1]]


def _edges(raw: str, lines: list[list[_Word]]) -> list[tuple[int, int]]:
    first, last = (lines[0][0].start, lines[-1][-1].end) if lines else (len(raw), len(raw))
    return [span for span in ((0, first), (last, len(raw))) if span[0] < span[1]]


def _keep_lines(raw: str, words: list[_Word]) -> Flow:
    """Take each line for a paragraph; what goes is indentation, trailing and repeated white space."""
    removed = _edges(raw, [words]) if words else [(0, len(raw))]
    starts = [words[0].start] if words else []
    for left, word in pairwise(words):
        newline = raw.find("\n", left.end, word.start)
        stays = left.end if newline < 0 else newline
        removed += [(left.end, stays), (stays + 1, word.start)] if word.gap else []
        if newline >= 0:
            starts.append(word.start)
    return Flow(tuple(sorted(span for span in removed if span[0] < span[1])), tuple(starts))
