"""JSON lines: one document a line, with `text` and, if it has one, `title`."""

import json
from collections.abc import Iterator

from index.readers.encodings import decode
from index.readers.limits import Limits
from index.readers.markdown import find_marks, merge_spans
from index.readers.text import carriage_returns
from index.readers.types import RawText, Refused


def read_json_lines(data: bytes, limits: Limits) -> list[RawText]:
    """Read every line as a document; a line of white space is none.

    The text of a record is read as it stands, except that lines such as "## 第一章" are Markdown headings.

    Raises:
        Refused: If a line is no such object; the reason names the line.
    """
    decoded = decode(data)
    return [
        _read_record(line, number, decoded.encoding, limits)
        for number, line in enumerate(_lines(decoded.text), start=1)
        if line.strip()
    ]


def without_lone_surrogates(text: str) -> str:
    r"""Replace halves of surrogate pairs, which no file can hold, by U+FFFD.

    Example:
        >>> without_lone_surrogates("a\ud800b")
        'a�b'
    """
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _read_record(line: str, number: int, encoding: str, limits: Limits) -> RawText:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Refused(f"line {number} is no JSON ({error}); mend or delete that line") from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise Refused(f'line {number} is no object with a "text"; each line must be like {{"title": "…", "text": "…"}}')
    text = without_lone_surrogates(record["text"])
    if len(text) > limits.text_bytes:
        raise Refused(f"line {number} holds {len(text):,} characters, more than one document may have; split it")
    if "\0" in text:
        raise Refused(f"line {number} holds NUL characters, so it is no text; mend or delete that line")
    title = record.get("title")
    marks = find_marks(text) if text.startswith("#") or "\n#" in text else None
    return RawText(
        text,
        title=without_lone_surrogates(title).strip() or None if isinstance(title, str) else None,
        headings=tuple(marks.headings) if marks else (),
        removed=tuple(merge_spans((marks.removed if marks else []) + carriage_returns(text))),
        encoding=encoding,
        line=number,
    )


def _lines(text: str) -> Iterator[str]:
    """Yield the lines one at a time: JSON allows every other line separator inside its strings."""
    start = 0
    while start < len(text):
        newline = text.find("\n", start)
        end = newline if newline >= 0 else len(text)
        yield text[start:end]
        start = end + 1
