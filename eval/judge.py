"""Answers and hits against gold → judged hits: is the passage right, is the marked sentence, is the citation?

Right means: the passage holds a whole gold quote. Citations are checked against the document itself, not against what
the code that cites says of it.
"""

from collections.abc import Iterable, Mapping, Sequence

from eval.types import Gold, Judged, Question
from index.types import Document, Hit, Passage
from qa.types import Citation, CitedHit, Evidence

PLACE_CHARS = 40  # of the innermost heading, enough to recognise it in a table


def gain_of(document: str, start: int, end: int, gold: Iterable[Gold]) -> int:
    """Return the highest gain of the gold that the span holds whole; 0 if it holds none."""
    return max(
        (place.gain for place in gold if place.document == document and start <= place.start and place.end <= end),
        default=0,
    )


def relevant_passages(question: Question, passages: Mapping[str, Sequence[Passage]]) -> dict[str, int]:
    """Return every passage that is right, with its gain.

    Args:
        question: With its gold.
        passages: All passages of the library by the id of their document.
    """
    documents = dict.fromkeys(place.document for place in question.gold)
    gains = {
        passage.id: gain_of(document, passage.start, passage.end, question.gold)
        for document in documents
        for passage in passages.get(document, ())
    }
    return {passage: gain for passage, gain in gains.items() if gain}


def judge_answer(hits: Iterable[CitedHit], question: Question, documents: Mapping[str, Document]) -> tuple[Judged, ...]:
    """Judge what the assistant showed: passages, marked sentences, citations."""
    return tuple(
        Judged(
            passage=hit.citation.id,
            rank=hit.rank,
            score=hit.score,
            gain=(gain := gain_of(hit.citation.document, hit.citation.start, hit.citation.end, question.gold)),
            place=name_place(hit.citation.pages, hit.citation.section),
            text=hit.text,
            is_evidence_right=holds_answer(hit.evidence, hit.citation.document, question.gold) if gain else None,
            is_citation_right=is_citation_right(hit.citation, hit.text, documents),
        )
        for hit in hits
    )


def judge_search(hits: Iterable[Hit], question: Question) -> tuple[Judged, ...]:
    """Judge what search returned: passages only."""
    return tuple(
        Judged(
            passage=hit.passage.id,
            rank=hit.rank,
            score=hit.score,
            gain=gain_of(hit.passage.document_id, hit.passage.start, hit.passage.end, question.gold),
            place=name_place(hit.passage.pages, hit.passage.section),
            text=hit.passage.text,
        )
        for hit in hits
    )


def holds_answer(evidence: Evidence, document: str, gold: Iterable[Gold]) -> bool:
    """Return whether the sentence and a gold quote share at least half of the shorter of the two.

    A quote may be part of a sentence or go over several; either way one sentence can be marked.
    """
    return any(
        2 * (min(evidence.end, place.end) - max(evidence.start, place.start))
        >= min(evidence.end - evidence.start, place.end - place.start)
        for place in gold
        if place.document == document
    )


def is_citation_right(citation: Citation, text: str, documents: Mapping[str, Document]) -> bool:
    """Return whether checksum, span, pages, headings and raw span all lead back to these characters."""
    document = documents.get(citation.document)
    return (
        document is not None
        and citation.sha256 == document.sha256
        and citation.quote == text == document.text[citation.start : citation.end]
        and citation.pages == _pages_by_search(document, citation.start, citation.end)
        and citation.section == _headings_by_search(document, citation.end)
        and is_raw_span_right(citation, document)
    )


def is_raw_span_right(citation: Citation, document: Document) -> bool:
    """Return whether the raw span begins and ends with the quote and holds its characters in order.

    What else the raw span holds is what reading removed: line breaks, page headers.
    """
    raw = document.raw[citation.raw_start : citation.raw_end]
    rest = iter(raw)
    return (
        bool(raw)
        and raw[0] == citation.quote[0]
        and raw[-1] == citation.quote[-1]
        and all(char in rest for char in citation.quote)
    )


def name_place(pages: Sequence[int], section: Sequence[str]) -> str:
    """Return pages and innermost heading as a reader would name them: "p. 3 · 三是提案…"."""
    heading = section[-1] if section else ""
    short = heading if len(heading) <= PLACE_CHARS else f"{heading[:PLACE_CHARS]}…"
    page = f"p. {'–'.join(str(number) for number in dict.fromkeys((pages[0], pages[-1])))}" if pages else ""
    return " · ".join(part for part in (page, short) if part)


def _pages_by_search(document: Document, start: int, end: int) -> tuple[int, ...]:
    numbers = (
        next((page.number for page in document.pages if page.start <= offset < page.end), None)
        for offset in range(start, end)
    )
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def _headings_by_search(document: Document, end: int) -> tuple[str, ...]:
    """A heading belongs to the passage that it opens, so what counts is where the last character stands."""
    above = [section for section in document.sections if section.start < end <= section.end]
    return tuple(section.title for section in sorted(above, key=lambda section: section.level))
