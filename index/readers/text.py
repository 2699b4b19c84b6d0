"""Plain text: decoded, and nothing else known of it."""

import re

from index.readers.encodings import REPLACEMENT, Decoded, decode
from index.readers.limits import MIB, Limits
from index.readers.types import RawText, Refused


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
            encoding=decoded.encoding,
            warnings=warnings_of(decoded),
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


def warnings_of(decoded: Decoded) -> tuple[str, ...]:
    """Return what to say of characters that could not be decoded."""
    if not decoded.replaced:
        return ()
    return (f"damaged characters, shown as {REPLACEMENT}: {decoded.replaced:,}",)


def carriage_returns(text: str) -> list[tuple[int, int]]:
    """Return the spans of the carriage returns that stand before newlines."""
    return [(match.start(), match.start() + 1) for match in re.finditer("\r\n", text)]
