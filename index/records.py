"""A document as one line of JSON, and back. The clean text is not written: it is the raw text less what was removed."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from itertools import accumulate
from typing import Any

from index.types import Document, Kept, Metadata, Page, Section

PLAIN = ("id", "source", "sha256", "title", "raw", "page_total", "language")


def document_to_line(document: Document) -> bytes:
    """Return a document as a line of JSON, in UTF-8."""
    metadata = asdict(document.metadata)
    written = {
        **{name: getattr(document, name) for name in PLAIN},
        "kept": [value for run in document.kept for value in (run.raw_start, run.length)],
        "pages": [_page_to_json(page) for page in document.pages],
        "sections": [(section.title, section.level, section.start, section.end) for section in document.sections],
        "paragraphs": document.paragraphs,
        "metadata": {key: value.isoformat() if isinstance(value, date) else value for key, value in metadata.items()},
    }
    if document.printed_lines:
        written["printed_lines"] = document.printed_lines
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def document_from_line(line: bytes) -> Document:
    """Return the document that a line holds.

    Raises:
        ValueError: If the line does not hold one.
        KeyError: If a part of it is missing.
        TypeError: If a part of it is of another kind.
    """
    written = json.loads(line.decode("utf-8", "surrogatepass"))
    raw, runs = written["raw"], list(zip(written["kept"][::2], written["kept"][1::2], strict=True))
    starts = accumulate((length for _, length in runs), initial=0)
    return Document(
        **{name: written[name] for name in PLAIN},
        text="".join([raw[start : start + length] for start, length in runs]),
        kept=tuple(Kept(start, raw_start, length) for start, (raw_start, length) in zip(starts, runs, strict=False)),
        pages=tuple(Page(*page) for page in written["pages"]),
        sections=tuple(Section(*section) for section in written["sections"]),
        paragraphs=tuple(written["paragraphs"]),
        metadata=_metadata(written["metadata"]),
        printed_lines=written.get("printed_lines", ""),  # no other format has them, and no index had before this
    )


def _page_to_json(page: Page) -> tuple[int, ...]:
    return (page.number, page.start, page.end, *([] if page.physical is None else [page.physical]))


def _metadata(written: Mapping[str, Any]) -> Metadata:
    days = {name: date.fromisoformat(written[name]) for name in ("date", "occasion_date") if written[name]}
    return Metadata(**{**written, **days})
