"""Citations: made from a document and a span, looked up again, and proved against the file.

The proof does not use what made the citation: it reads the file, looks at the raw span, and takes out white space and
page headers by searching for them; and of a PDF it reads the characters that stand in the cited rectangles.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UnknownCitation, UnreadableFile
from index.printed_lines import rectangles_of
from index.store import Library
from index.types import Document
from qa.types import Citation

if TYPE_CHECKING:
    from index.readers import RawText  # asking needs no reader

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


def prove(citation: Citation, raw: "RawText") -> list[str]:
    """Check a citation against the file as its reader gives it; return what is wrong, nothing if it holds.

    Checks that the raw span holds the quote, character for character once white space, page headers and what is
    `removed` as no part of the document (markup, running lines, web chrome) are taken out, that it begins and ends with
    the quote's own first and last characters, and that the page numbers are those of the file's pages, or of the
    headers or footers that a search finds round the span.
    """
    problems = []
    span = raw.text[citation.raw_start : citation.raw_end]
    if _bare(_less_removed(raw, citation.raw_start, citation.raw_end)) != _bare(citation.quote):
        problems.append("the file does not hold the quote at the cited place")
    elif span[:1] != citation.quote[:1] or span[-1:] != citation.quote[-1:]:
        problems.append("the cited place begins or ends beside the quote")
    if raw.pages:
        return problems + _prove_pages(citation, raw)
    expected = _pages_by_search(raw.text, citation) if citation.pages else ()
    if expected and expected != citation.pages:
        problems.append(f"it cites page {citation.pages}, and the page headers say {expected}")
    return problems


def prove_rectangles(citation: Citation, inside: str) -> list[str]:
    """Check a citation's rectangles against the characters that stand inside them; return what is wrong.

    Checks that every character of the quote is there, as often as in the quote, and that the rectangles are not made
    for more than that: a stamp across the page is no fault of theirs, as many strange characters as the quote has are.
    The order is not looked at, for a file may draw the parts of a line in any.
    """
    from index.readers import CELL_DIVIDER  # which the reader puts between cells, and no page draws

    quoted = Counter("".join(citation.quote.replace(CELL_DIVIDER, " ").split()))
    found = Counter(inside)
    if lacking := quoted - found:
        return [f"its rectangles lack {lacking.total()} of the quote's characters, such as {next(iter(lacking))!r}"]
    strange = (found - quoted).total()
    return [f"its rectangles hold {strange} characters beside the quote"] if strange >= quoted.total() else []


def prove_library(library: Library) -> Iterator[tuple[Citation, list[str]]]:
    """Yield the citation of every passage of a library, with what is wrong with it, read from the files themselves.

    A file that has moved is proved against the copy of its text in the index, whose checksum the index holds; its
    rectangles are not.
    """
    paths = {entry.id: entry.path for entry in library.manifest.documents}
    place: str | None = None
    again: dict[str, RawText] | None = None
    for document_id, passages in groupby(library.all_passages(), key=lambda passage: passage.document_id):
        document = library.documents[document_id]
        if paths[document_id] != place:  # the documents of a file follow one another
            place = paths[document_id]
            again = _read_again(place)
        citations = [cite(document, passage.start, passage.end) for passage in passages]
        if again is None:
            yield from ((citation, prove(citation, _stored(document))) for citation in citations)
        elif document_id not in again:  # the id is a hash of the content
            changed = f"{place} has changed since it was indexed; update it with: qa add {place}"
            yield from ((citation, [changed, *prove(citation, _stored(document))]) for citation in citations)
        else:
            outlined = _prove_all_rectangles(citations, Path(str(place)))
            for citation, wrong in zip(citations, outlined, strict=True):
                yield citation, [*prove(citation, again[document_id]), *wrong]


def _prove_all_rectangles(citations: Sequence[Citation], path: Path) -> list[list[str]]:
    """Read what stands in the rectangles of a file's citations, in one go; return what is wrong with each citation."""
    from index.readers import load_bytes, read_rectangles

    rectangles = [astuple(rectangle) for citation in citations for rectangle in citation.rectangles]
    if not rectangles:
        return [[] for _ in citations]
    try:
        texts = iter(read_rectangles(path, load_bytes(path), rectangles))
    except UnreadableFile as error:
        return [[f"its rectangles cannot be read again: {error.reason}"] for _ in citations]
    return [prove_rectangles(citation, "".join(islice(texts, len(citation.rectangles)))) for citation in citations]


def _prove_pages(citation: Citation, raw: "RawText") -> list[str]:
    pages = {
        physical: page.printed_number or physical
        for physical, page in enumerate(raw.pages, start=1)
        if _less_removed(raw, max(page.start, citation.raw_start), min(page.end, citation.raw_end)).strip()
    }
    found, printed = tuple(pages), tuple(pages.values())
    if printed != citation.pages:
        return [f"it cites page {citation.pages}, and the file's pages print {printed}"]
    if citation.physical_pages not in {found, ()}:  # an index of an earlier version does not know them
        return [f"it cites page {citation.physical_pages} of the file, and stands on {found}"]
    return []


def _read_again(path: str | None) -> "dict[str, RawText] | None":
    """Return what is read from a file by document id, nothing if it cannot be read; None if there is no file."""
    if path is None or not Path(path).is_file():
        return None
    from index.parse import read_parts

    try:
        return read_parts(Path(path))
    except UnreadableFile:
        return {}


def _stored(document: Document) -> "RawText":
    """Return the raw text that the index holds of a document, and what of it the document leaves out."""
    from index.readers import RawText

    ends = [0, *(run.raw_start + run.length for run in document.kept)]
    starts = [*(run.raw_start for run in document.kept), len(document.raw)]
    holes = ((end, start) for end, start in zip(ends, starts, strict=True) if end < start)
    return RawText(document.raw, removed=tuple(holes))


def _less_removed(raw: "RawText", start: int, end: int) -> str:
    """Return raw.text[start:end] without what is no part of the document."""
    first = bisect_right(raw.removed, start, key=lambda hole: hole[1])
    kept = []
    for left, right in islice(raw.removed, first, None):
        if left >= end:
            break
        kept.append(raw.text[start : max(start, left)])
        start = min(right, end)
    return "".join([*kept, raw.text[start:end]])


def _pages_by_search(text: str, citation: Citation) -> tuple[int, ...]:
    """Return the pages that the headers say, or the footers if that is where the numbers stand; none without any."""
    marks = [(*match.span(), int(match[1] or match[2])) for match in PAGE_HEADER.finditer(text)]
    if not marks:
        return ()
    above, below = text[: marks[0][0]].strip(), text[marks[-1][1] :].strip()
    if len(above) > len(below):  # the first page stands above its number
        within = [number for start, _, number in marks if citation.raw_start < start < citation.raw_end]
        after = [number for start, _, number in marks if start >= citation.raw_end]
        return (*within, *after[:1])
    before = [number for _, end, number in marks if end <= citation.raw_start]
    within = [number for _, end, number in marks if citation.raw_start < end <= citation.raw_end]
    return (*before[-1:], *within)


def _bare(text: str) -> str:
    return "".join(PAGE_HEADER.sub("", text).split())
