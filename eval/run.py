"""Ask every question → a run: of the assistant (`ask_questions`) or of search alone (`search_questions`).

Every question gets an outcome, whether or not anything was found.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from eval.judge import judge_answer, judge_search, relevant_passages
from eval.types import Judged, Outcome, Provenance, Question, Run
from index.embed import Encoder
from index.errors import AssistantError
from index.search import DEFAULT_OPTIONS, SearchOptions, search
from index.store import Library
from index.types import Passage
from qa.ask import ask

DEPTH = 10  # hits looked at: the deepest cutoff of the measures
SIGNAL_ORDER = ("dense", "lexical", "late")

Progress = Callable[[Sequence[Question]], Iterable[Question]]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked: a library through a model and its signals."""

    library: Library
    encoder: Encoder
    options: SearchOptions = DEFAULT_OPTIONS

    @property
    def name(self) -> str:
        """The configuration as tables call it: "dense+lexical+late"."""
        return "+".join(signal for signal in SIGNAL_ORDER if signal in self.options.signals)


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back, judged; no confidence where search alone was asked."""

    hits: tuple[Judged, ...]
    confidence: float | None = None
    is_refused: bool | None = None


def ask_questions(
    subject: Subject, questions: Sequence[Question], provenance: Provenance, *, progress: Progress = iter
) -> Run:
    """Ask the assistant every question and judge passages, marked sentences, citations and refusals.

    Raises:
        AssistantError: If the library holds no passage.
    """

    def reply_to(question: Question) -> Callable[[], _Reply]:
        answer = ask(subject.library, subject.encoder, question.text, k=DEPTH, options=subject.options)
        return lambda: _Reply(
            judge_answer(answer.hits, question, subject.library.documents), answer.confidence, not answer.is_answerable
        )

    return _run(subject, questions, provenance, reply_to, progress)


def search_questions(
    subject: Subject,
    questions: Sequence[Question],
    provenance: Provenance,
    *,
    depth: int = DEPTH,
    progress: Progress = iter,
) -> Run:
    """Search for every question and judge passages: for benchmarks, which have no refusals and no headings.

    Raises:
        AssistantError: If the library holds no passage.
    """

    def reply_to(question: Question) -> Callable[[], _Reply]:
        hits = search(subject.library, subject.encoder, question.text, k=depth, options=subject.options)
        return lambda: _Reply(judge_search(hits, question))

    return _run(subject, questions, provenance, reply_to, progress)


def _run(
    subject: Subject,
    questions: Sequence[Question],
    provenance: Provenance,
    reply_to: Callable[[Question], Callable[[], _Reply]],
    progress: Progress,
) -> Run:
    """Ask, on the clock; then judge, off it."""
    passages = _passages_with_gold(subject.library, questions)
    outcomes = []
    for question in progress(questions):
        start = perf_counter()
        judge = reply_to(question)
        seconds = perf_counter() - start
        reply = judge()
        relevant = relevant_passages(question, passages)
        outcomes.append(Outcome(question, reply.hits, relevant, reply.confidence, reply.is_refused, seconds))
    return Run(subject.name, provenance, tuple(outcomes))


def _passages_with_gold(library: Library, questions: Iterable[Question]) -> Mapping[str, Sequence[Passage]]:
    """Return the passages of each document that holds gold."""
    if not library.passage_count:
        raise AssistantError(f"the index in {library.folder} holds no passage; add documents with: qa add FILE")
    documents = {place.document for question in questions for place in question.gold}
    passages: defaultdict[str, list[Passage]] = defaultdict(list)
    for passage in library.all_passages():
        if passage.document_id in documents:
            passages[passage.document_id].append(passage)
    return passages
