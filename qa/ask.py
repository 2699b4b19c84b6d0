"""A question becomes an answer: search, judge, cite. The flow is `ask`."""

from index.embed import Encoder
from index.errors import BadQuestion
from index.late import match_words
from index.search import DEFAULT_OPTIONS, SearchOptions, search
from index.store import Library
from index.types import Hit
from index.words import detect_language
from qa.cite import cite
from qa.confidence import features, load_calibration
from qa.evidence import mark_evidence, paragraph_breaks
from qa.messages import refusal_sentence
from qa.types import Answer, CitedHit

JUDGED_HITS = 10  # the margins of the confidence are taken over so many hits
LONGEST_QUESTION = 2_000  # characters; more is a document, not a question


def ask(
    library: Library,
    encoder: Encoder,
    question: str,
    *,
    k: int = 3,
    options: SearchOptions = DEFAULT_OPTIONS,
    lang: str | None = None,
) -> Answer:
    """Answer a question from a library, or refuse.

    Args:
        library: What to answer from.
        encoder: The model that made the library.
        question: In any language.
        k: How many passages to return at the most.
        options: How to search.
        lang: Language of the refusal's sentence, "zh" or "en"; the question's if not given.

    Raises:
        BadQuestion: If the question is empty or too long.
        IndexDamaged: If a file of the index cannot be read.
    """
    question = check_question(question)
    language = detect_language(question)
    hits = search(library, encoder, question, k=max(k, JUDGED_HITS), options=options)
    cited = tuple(_cited(library, encoder, question, hit) for hit in hits[:k])
    if cited:
        family, values = features(library, encoder, question, hits[:JUDGED_HITS], cited[0].evidence.text)
        calibration = load_calibration()
        confidence = calibration.probability(family, values)
        is_answerable = confidence >= calibration.threshold
    else:
        confidence, is_answerable = 0.0, False
    lacking = _incomplete_titles(library, hits[:k], everywhere=not is_answerable)
    return Answer(
        question=question,
        language=language,
        is_answerable=is_answerable,
        confidence=confidence,
        refusal=None if is_answerable else refusal_sentence(lang or language, lacking),
        hits=cited,
        incomplete=lacking,
    )


def check_question(question: str) -> str:
    """Return the question without white space round it.

    Raises:
        BadQuestion: If nothing is left, or too much.
    """
    question = question.strip()
    if not any(char.isalnum() for char in question):
        raise BadQuestion('the question is empty; ask one in quotes, like: qa ask "全年共征集提案多少件？"')
    if len(question) > LONGEST_QUESTION:
        raise BadQuestion(f"the question has {len(question)} characters; ask one of at most {LONGEST_QUESTION}")
    return question


def _cited(library: Library, encoder: Encoder, question: str, hit: Hit) -> CitedHit:
    passage = hit.passage
    document = library.documents[passage.document_id]
    breaks = paragraph_breaks(document, passage)
    return CitedHit(
        rank=hit.rank,
        score=hit.score,
        text=passage.text,
        evidence=mark_evidence(encoder, question, passage, breaks),
        matches=match_words(encoder.table, question, passage.text),
        signals=hit.signals,
        citation=cite(document, passage.start, passage.end),
        breaks=breaks,
    )


def _incomplete_titles(library: Library, hits: tuple[Hit, ...], *, everywhere: bool) -> tuple[str, ...]:
    """Return the titles of the documents that lack pages: those among the hits, or all when nothing was found."""
    cited = {hit.passage.document_id for hit in hits}
    return tuple(entry.title for entry in library.manifest.incomplete if everywhere or entry.id in cited)
