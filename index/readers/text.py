"""Plain text: decoded, and nothing else known of it."""

import re
from itertools import pairwise
from unicodedata import east_asian_width

from index.readers.encodings import Decoded, decode
from index.readers.limits import MIB, Limits
from index.readers.types import RawText, Refused

LEAST_WRAPPED_LINES = 8  # fewer full lines prove no habit
WRAP_COLUMNS = (40, 130)  # narrower is verse or a list, wider is no line that a person wrapped
FULL_LINE = 0.75  # share of the widest line that a wrapped line fills: the next word did not fit
WRAPPED_SHARE = 0.85  # of the lines that another line follows directly


def read_text(data: bytes, limits: Limits) -> list[RawText]:
    """Read plain text in any encoding that `decode` knows.

    Raises:
        Refused: If it is too long, binary, or in an unknown encoding.
    """
    decoded = decode_within(data, limits)
    return [
        RawText(
            decoded.text,
            removed=tuple(carriage_returns(decoded.text)),
            lines_are_wrapped=has_wrapped_lines(decoded.text),
            encoding=decoded.encoding,
        )
    ]


def decode_within(data: bytes, limits: Limits, *, declared: str | None = None) -> Decoded:
    """Decode the bytes of one document.

    Raises:
        Refused: If it is too long, binary, or in an unknown encoding.
    """
    if len(data) > limits.text_bytes:
        raise Refused(
            f"it holds {len(data) / MIB:,.0f} MiB of text, more than the {limits.text_bytes / MIB:,.0f} MiB that one "
            "document may have; split it"
        )
    return decode(data, declared=declared)


def carriage_returns(text: str) -> list[tuple[int, int]]:
    """Return the spans of the carriage returns that stand before newlines."""
    return [(match.start(), match.start() + 1) for match in re.finditer("\r\n", text)]


def has_wrapped_lines(text: str) -> bool:
    """Whether a person or a program broke the lines at a column, so that their ends mean nothing.

    Judged on the first 2,000 lines: nearly every line that another line follows directly is nearly as wide as the
    widest.
    """
    lines = [line.rstrip() for line in text[: 1 << 18].split("\n", 2000)[:2000]]
    widths = [_display_width(line) for line, following in pairwise(lines) if line and following.strip()]
    widest = max(widths, default=0)
    full = sum(width >= FULL_LINE * widest for width in widths)
    narrowest_wrap, widest_wrap = WRAP_COLUMNS
    return narrowest_wrap <= widest <= widest_wrap and full >= max(LEAST_WRAPPED_LINES, WRAPPED_SHARE * len(widths))


def _display_width(line: str) -> int:
    return len(line) + sum(east_asian_width(character) in "WF" for character in line)
