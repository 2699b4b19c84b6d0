"""What holds for every input, however it was made."""

import codecs
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.errors import UnreadableFile
from index.readers import read_bytes
from index.readers.encodings import BYTE_ORDER_MARKS, decode
from index.readers.markdown import find_marks, merge_spans
from index.readers.page_layout import Glyph, read_layout
from index.readers.running_lines import PageOfLines, PlacedLine, find_running_lines
from index.readers.types import RawText, Refused

MARKUP = st.text(st.sampled_from("#*[]()!`~|-=> \t\r\n<!-一二a.1"), max_size=200)
COORDINATES = st.floats(-1e4, 1e4, allow_nan=False, width=32)
GLYPHS = st.builds(Glyph, st.sampled_from("一a。- "), COORDINATES, COORDINATES, COORDINATES, COORDINATES)
quick = settings(max_examples=200, deadline=None, derandomize=True)


def outcome_of(name, data):
    """The documents, or the reason why there are none."""
    try:
        return read_bytes(Path(name), data), ""
    except UnreadableFile as refusal:
        return [], refusal.reason


@quick
@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(codecs.BOM_UTF8)
def test_bytes_are_text_that_goes_back_to_the_same_bytes_or_are_refused(data):
    try:
        decoded = decode(data)
    except Refused:
        return

    encoding = {"big5": "cp950"}.get(decoded.encoding, decoded.encoding)
    body = next((data.removeprefix(mark) for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), data)
    assert decoded.replaced or decoded.text.encode(encoding) == body or encoding in {"gb18030", "cp950"}
    assert "\0" not in decoded.text


@quick
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
def test_utf_8_is_always_read_as_it_is(text):
    data = text.encode()
    if data.startswith(tuple(mark for mark, _ in BYTE_ORDER_MARKS)) or sum(ch < " " or ch == "\x7f" for ch in text) > 8:
        return

    assert decode(data).text == text


@quick
@given(MARKUP)
def test_markdown_marks_are_spans_and_headings_have_words(text):
    marks = find_marks(text)

    raw = RawText(text, headings=tuple(marks.headings), removed=tuple(merge_spans(marks.removed)))
    for heading in raw.headings:
        words = text[heading.start : heading.end]
        assert words == words.strip() != ""
        assert not any(start <= heading.start < end or start < heading.end <= end for start, end in raw.removed)


@quick
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_merged_spans_cover_the_same_characters(spans):
    covered = {place for start, end in spans for place in range(start, end)}

    merged = merge_spans(spans)

    assert {place for start, end in merged for place in range(start, end)} == covered
    assert all(left[1] < right[0] for left, right in pairwise(merged))


@quick
@given(st.lists(GLYPHS, max_size=60))
def test_the_layout_of_a_page_loses_no_character(glyphs):
    lines = read_layout(glyphs)

    drawn = sorted(glyph.text for glyph in glyphs if not glyph.text.isspace())
    assert sorted("".join(line.text for line in lines).replace(" ", "").replace("|", "")) == drawn
    assert all(line.text == line.text.strip() != "" for line in lines)


@quick
@given(
    st.lists(
        st.lists(st.tuples(st.text(st.sampled_from("第3页 /-共十二x"), max_size=8), st.floats(0, 800)), max_size=6),
        max_size=6,
    )
)
def test_running_lines_are_lines_of_their_page(drawn):
    pages = [PageOfLines(800, tuple(PlacedLine(text, top, top + 10) for text, top in page)) for page in drawn]

    found = find_running_lines(pages)

    assert len(found) == len(pages)
    assert all(running.line_indices <= set(range(len(page.lines))) for running, page in zip(found, pages, strict=True))


@quick
@given(st.sampled_from([".txt", ".md", ".jsonl", ".jsonl.xz", ""]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_reason(suffix, data):
    documents, reason = outcome_of(f"a{suffix}", data)

    assert bool(documents) != bool(reason)
    assert "\n" not in reason
    assert all(raw.text.strip() and raw.text.encode() for raw in documents)


@quick
@given(st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=100).filter(str.strip))
def test_a_record_is_read_as_json_means_it(text):
    (raw,) = read_bytes(Path("a.jsonl"), json.dumps({"text": text}).encode())

    assert raw.text == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".html"])
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.binary(max_size=300))
def test_any_bytes_get_an_answer_from_the_reading_process(suffix, data):
    documents, reason = outcome_of(f"a{suffix}", data)

    assert "broke down" not in reason
    assert all(raw.text.strip() and raw.text.encode() for raw in documents)
