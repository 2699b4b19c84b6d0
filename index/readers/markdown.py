"""Markdown: the text as written, with its headings, and its markup named as removed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.readers.limits import Limits
from index.readers.text import carriage_returns, decode_within, warnings_of
from index.readers.types import Heading, RawText

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
UNDERLINE = re.compile(r" {0,3}(=+|-{3,})[ \t]*$")
QUOTE_MARK = re.compile(r" {0,3}(?:> ?)+")
NO_PARAGRAPH = re.compile(r" {0,3}(?:[-*+>|]|\d+[.)]|`{3}|~{3})|\s*$| {4}|\t")
# Each alternative names the parts to remove; none can run over the start of another, so a line takes linear time.
INLINE_MARKUP = re.compile(
    r"(?P<open_strong>\*\*)(?=[^\s*])[^*\n]*[^\s*](?P<close_strong>\*\*)"
    r"|(?P<open_link>!?\[)[^\[\]\n]*(?P<link_target>\]\([^()\s]*(?:[ \t]\"[^\"\n]*\")?\))"
    r"|(?P<comment><!--[^<>]*-->)"
)
FRONT_MATTER = re.compile(r"---[ \t]*\r?\n((?:(?!---|\.\.\.)[^\n]*\n)*?)(?:---|\.\.\.)[ \t]*(?:\r?\n|$)")
FRONT_MATTER_CHARACTERS = 1 << 14  # looked at: a title and some tags take 1 KiB
LONGEST_HEADING = 400  # characters; a longer line is a paragraph that happens to open with '#'


@dataclass(frozen=True, slots=True)
class Marks:
    """The headings of a Markdown text and the spans of its markup."""

    headings: list[Heading]
    removed: list[tuple[int, int]]


def read_markdown(data: bytes, limits: Limits) -> list[RawText]:
    """Read Markdown; the title is that of the front matter.

    Raises:
        Refused: If it is too long, binary, or in an unknown encoding.
    """
    decoded = decode_within(data, limits)
    text = decoded.text
    front_matter = FRONT_MATTER.match(text, 0, FRONT_MATTER_CHARACTERS)
    body_start = front_matter.end() if front_matter else 0
    marks = find_marks(text, start=body_start)
    removed = [(0, body_start)] * (body_start > 0) + marks.removed
    return [
        RawText(
            text,
            title=_title_of(front_matter[1]) if front_matter else None,
            headings=tuple(marks.headings),
            removed=tuple(merge_spans(removed + carriage_returns(text))),
            encoding=decoded.encoding,
            warnings=warnings_of(decoded),
        )
    ]


def find_marks(text: str, *, start: int = 0) -> Marks:
    """Find headings, their markup, and the markup inside lines; code blocks are left as they are."""
    marks = Marks([], [])
    fence = ""
    previous = (start, start)
    for line_start, line_end in _lines(text, start):
        opening = FENCE.match(text, line_start, line_end)
        if opening and opening[1].startswith(fence):
            fence = "" if fence else opening[1]
            marks.removed.append((line_start, line_end))
        elif not fence:
            _mark_line(text, (line_start, line_end), previous, marks)
        previous = (line_end, line_end) if fence or opening else (line_start, line_end)
    return marks


def merge_spans(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same characters as ascending spans that neither overlap nor touch; empty spans go."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _mark_line(text: str, line: tuple[int, int], previous: tuple[int, int], marks: Marks) -> None:
    start, end = line
    if hashes := HEADING.match(text, start, end):
        words_end = hashes.end() + len(_without_closing_hashes(text[hashes.end() : end]))
        marks.removed.extend([(start, hashes.end()), (words_end, end)])
        _add_heading(len(hashes[1]), hashes.end(), words_end, text, marks)
        start, end = hashes.end(), words_end
    elif (underline := UNDERLINE.match(text, start, end)) and not NO_PARAGRAPH.match(text[slice(*previous)]):
        marks.removed.append((start, end))
        _add_heading(1 if underline[1].startswith("=") else 2, *previous, text, marks)
        return
    elif _is_table_rule(text[start:end]):
        marks.removed.append((start, end))
        return
    elif quote := QUOTE_MARK.match(text, start, end):
        marks.removed.append(quote.span())
        start = quote.end()
    marks.removed.extend(_inline_markup(text, start, end))


def _add_heading(level: int, start: int, end: int, text: str, marks: Marks) -> None:
    """Add a heading without the white space and the markup at its ends."""
    inner = list(_inline_markup(text, start, min(end, start + 2 * LONGEST_HEADING)))
    while start < end and (text[start].isspace() or any(left <= start < right for left, right in inner)):
        start += 1
    while start < end and (text[end - 1].isspace() or any(left < end <= right for left, right in inner)):
        end -= 1
    already_marked = marks.headings and marks.headings[-1].end > start
    if start < end <= start + LONGEST_HEADING and not already_marked:
        marks.headings.append(Heading(level, start, end))


def _inline_markup(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in INLINE_MARKUP.finditer(text, start, end):
        yield from (match.span(name) for name in match.groupdict() if match[name] is not None)


def _lines(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the span of each line without its end."""
    while start < len(text):
        newline = text.find("\n", start)
        end = newline if newline >= 0 else len(text)
        yield start, end - (text[end - 1 : end] == "\r")
        start = end + 1


def _title_of(front_matter: str) -> str | None:
    for line in front_matter.splitlines():
        name, _, title = line.partition(":")
        if name == "title":
            return title.strip().strip("'\"") or None
    return None


def _is_table_rule(line: str) -> bool:
    return "--" in line and "|" in line and not line.strip(" \t|:-")


def _without_closing_hashes(words: str) -> str:
    words = words.rstrip(" \t")
    without = words.rstrip("#")
    return without.rstrip(" \t") if not without or without[-1] in " \t" else words
