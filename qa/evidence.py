"""Which sentence of a passage answers a question best."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from index.embed import Encoder
from index.expected import lacks_expected
from index.fuse import standardise
from index.late import late_scores
from index.script import sentence_ends
from index.types import Document, Passage
from index.words import question_words, terms
from qa.types import Evidence

# How much a sentence's shared terms and its meaning as a whole count, where token by token counts 1; and the standard
# deviations that it loses if it holds no number where one is asked for, and so on. Right sentence marked in the right
# passages of the report's development half, Chinese and other questions, and of the provincial reports, Chinese and
# English: with terms at 1 and without meaning .841 .865 .903 .837, so .871 .870 .912 .880. Terms at .25: .856 .870 .912
# .902; meaning at .5: .848 .865 .920 .891; lacking at 1: .856 .859 .903 .880.
TERMS = 0.5
MEANING = 0.25
LACKING = 3.0
KEPT_TEXTS = 256  # whose terms are at hand: the question's, which is held against every sentence


def mark_evidence(encoder: Encoder, question: str, passage: Passage, breaks: Iterable[int]) -> Evidence:
    """Return the sentence of a passage that answers best, and where it stands in the document.

    `breaks` are where the passage's paragraphs start, as `paragraph_breaks` says.
    """
    start, end = find_evidence(encoder, question, passage.text, breaks)
    return Evidence(passage.text[start:end], passage.start + start, passage.start + end)


def find_evidence(encoder: Encoder, question: str, text: str, breaks: Iterable[int] = ()) -> tuple[int, int]:
    """Return the span of the sentence of a passage that answers best.

    Sentences are compared as passages are: token by token, by the terms that they share with the question, by meaning
    as a whole, and by whether they hold the kind of thing that it asks for. None reaches beyond its paragraph; `breaks`
    are where paragraphs start.
    """
    ends = sorted({*sentence_ends(text), *breaks})
    spans = [
        (start + len(text[start:end]) - len(text[start:end].lstrip()), start + len(text[start:end].rstrip()))
        for start, end in zip([0, *ends], ends, strict=False)
        if text[start:end].strip()
    ]
    if len(spans) < 2:
        return spans[0] if spans else (0, len(text))
    sentences = [text[start:end] for start, end in spans]
    ids = encoder.table.token_ids([question, *sentences])
    late = late_scores(encoder.table, ids[0], ids[1:])
    asked = _distinct_terms(question) - question_words()
    shared = np.asarray([len(asked & _distinct_terms(sentence)) for sentence in sentences], dtype=np.float32)
    lacking = np.asarray([lacks_expected(question, sentence) for sentence in sentences], dtype=np.float32)
    vectors = encoder.table.pool(ids)
    meaning = vectors[1:] @ vectors[0]
    said = standardise(late) + TERMS * standardise(shared) + MEANING * standardise(meaning)
    return spans[int(np.argmax(said - LACKING * lacking))]


@lru_cache(KEPT_TEXTS)
def _distinct_terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def paragraph_breaks(document: Document, passage: Passage) -> tuple[int, ...]:
    """Return where paragraphs start inside a passage, in characters from its beginning."""
    return tuple(place - passage.start for place in document.paragraphs if passage.start < place < passage.end)
