"""Citations: made from a document and a span, looked up again, and proved against the file.

The proof does not use what made the citation: it reads the file, looks at the raw span, and takes out white space and
page headers by searching for them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from index.errors import UnknownCitation, UnreadableFile
from index.printed_lines import rectangles_of
from index.store import Library
from index.types import Document
from qa.types import Citation

CITATION = re.compile(r"(?P<document>[0-9a-f]{4,12}):(?P<start>\d+)-(?P<end>\d+)")
PAGE_HEADER = re.compile(r"第\s*(\d+)\s*页\s*[,，/／]?\s*共\s*\d+\s*页|\bPage\s+(\d+)\s+of\s+\d+\b")


def cite(document: Document, start: int, end: int) -> Citation:
    """Return the citation of document.text[start:end].

    Raises:
        ValueError: If the span is empty or outside the text.
    """
    raw_start, raw_end = document.raw_span(start, end)
    return Citation(
        document=document.id,
        title=document.title,
        source=document.source,
        sha256=document.sha256,
        pages=document.pages_of(start, end),
        page_total=document.page_total,
        section=document.headings_of(end - 1, end),
        start=start,
        end=end,
        raw_start=raw_start,
        raw_end=raw_end,
        quote=document.text[start:end],
        physical_pages=document.physical_pages_of(start, end),
        rectangles=rectangles_of(document, start, end),
    )


def look_up(library: Library, written: str) -> Citation:
    """Return the citation that a person copied, such as 7ee7d1d15ab8:3259-3406; the id may be cut short.

    Raises:
        UnknownCitation: If it is malformed, or its document or span is not in the library.
    """
    match = CITATION.fullmatch(written.strip())
    if match is None:
        raise UnknownCitation(written, "it does not have the form of one")
    found = [document_id for document_id in library.documents if document_id.startswith(match["document"])]
    if len(found) != 1:
        reason = "no document has this id (qa list shows them)" if not found else "several documents' ids begin so"
        raise UnknownCitation(written, reason)
    document = library.documents[found[0]]
    start, end = int(match["start"]), int(match["end"])
    if not start < end <= len(document.text):
        raise UnknownCitation(written, f"the document has {len(document.text)} characters")
    return cite(document, start, end)


def prove(citation: Citation, raw: str) -> list[str]:
    """Check a citation against the decoded file; return what is wrong, nothing if it holds.

    Checks that the raw span holds the quote, character for character once white space and page headers are taken out
    of both, that it begins and ends with the quote's own first and last characters, and that the page numbers are
    those of the headers that a search from the span backwards finds.
    """
    problems = []
    span = raw[citation.raw_start : citation.raw_end]
    if _bare(span) != _bare(citation.quote):
        problems.append("the file does not hold the quote at the cited place")
    elif span[:1] != citation.quote[:1] or span[-1:] != citation.quote[-1:]:
        problems.append("the cited place begins or ends beside the quote")
    headers = [(match.end(), int(match[1] or match[2])) for match in PAGE_HEADER.finditer(raw)]
    if citation.pages and headers and not raw[: headers[0][0]].strip().endswith(raw.strip()[-20:]):
        expected = _pages_by_search(headers, citation)
        if expected and expected != citation.pages:
            problems.append(f"it cites page {citation.pages}, and the page headers say {expected}")
    return problems


def prove_library(library: Library) -> Iterator[tuple[Citation, list[str]]]:
    """Yield the citation of every passage of a library, with what is wrong with it, read from the files themselves.

    A file that has moved is proved against the copy of its text in the index, whose checksum the index holds.
    """
    paths = {entry.id: entry.path for entry in library.manifest.documents}
    place: str | None = None
    again: dict[str, str] | None = None
    for passage in library.all_passages():
        document = library.documents[passage.document_id]
        if paths[document.id] != place:  # the documents of a file follow one another
            place = paths[document.id]
            again = _read_again(place)
        raw, problems = _raw_of(document, place, again)
        citation = cite(document, passage.start, passage.end)
        yield citation, [*problems, *prove(citation, raw)]


def _read_again(path: str | None) -> dict[str, str] | None:
    """Return the raw texts of a file by document id, none if it cannot be read; None if there is no file."""
    if path is None or not Path(path).is_file():
        return None
    from index.parse import parse_file

    try:
        return {document.id: document.raw for document in parse_file(Path(path))}
    except UnreadableFile:
        return {}


def _raw_of(document: Document, path: str | None, again: dict[str, str] | None) -> tuple[str, list[str]]:
    if again is None:
        return document.raw, []
    if document.id not in again:  # the id is a hash of the content
        return document.raw, [f"{path} has changed since it was indexed; update it with: qa add {path}"]
    return again[document.id], []


def _pages_by_search(headers: list[tuple[int, int]], citation: Citation) -> tuple[int, ...]:
    before = [number for end, number in headers if end <= citation.raw_start]
    within = [number for end, number in headers if citation.raw_start < end <= citation.raw_end]
    return (*before[-1:], *within)


def _bare(text: str) -> str:
    return "".join(PAGE_HEADER.sub("", text).split())
