"""Ask every question → a run, on one screen: of the assistant (`ask_questions`) or of search alone (`search_questions`).

Every question gets an outcome, whether or not anything was found.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from eval.judge import judge_answer, judge_search, relevant_passages
from eval.types import Outcome, Provenance, Question, Run
from index.embed import Encoder
from index.errors import AssistantError
from index.search import SearchOptions, search
from index.store import Library
from index.types import Passage
from qa.ask import ask

DEPTH = 10  # hits looked at: the deepest cutoff of the measures
SIGNAL_ORDER = ("dense", "lexical", "late")

Progress = Callable[[Iterable[Question]], Iterable[Question]]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked: a library through a model and its signals."""

    library: Library
    encoder: Encoder
    options: SearchOptions = SearchOptions()

    @property
    def name(self) -> str:
        """The configuration as tables call it: "dense+lexical+late"."""
        signals = "+".join(signal for signal in SIGNAL_ORDER if signal in self.options.signals)
        return signals if self.options.reranker is None else f"{signals}+rerank"


def ask_questions(
    subject: Subject, questions: Sequence[Question], provenance: Provenance, *, progress: Progress = iter
) -> Run:
    """Ask the assistant every question and judge passages, marked sentences, citations and refusals.

    Raises:
        AssistantError: If the library holds no passage.
    """
    passages = _passages_by_document(subject.library)
    outcomes = []
    for question in progress(questions):
        start = perf_counter()
        answer = ask(subject.library, subject.encoder, question.text, k=DEPTH, options=subject.options)
        seconds = perf_counter() - start
        outcomes.append(
            Outcome(
                question=question,
                hits=judge_answer(answer.hits, question, subject.library.documents),
                relevant=relevant_passages(question, passages),
                confidence=answer.confidence,
                is_refused=not answer.is_answerable,
                seconds=seconds,
            )
        )
    return Run(subject.name, provenance, tuple(outcomes))


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
    passages = _passages_by_document(subject.library)
    outcomes = []
    for question in progress(questions):
        start = perf_counter()
        hits = search(subject.library, subject.encoder, question.text, k=depth, options=subject.options)
        seconds = perf_counter() - start
        outcomes.append(
            Outcome(
                question=question,
                hits=judge_search(hits, question),
                relevant=relevant_passages(question, passages),
                confidence=None,
                is_refused=None,
                seconds=seconds,
            )
        )
    return Run(subject.name, provenance, tuple(outcomes))


def _passages_by_document(library: Library) -> Mapping[str, Sequence[Passage]]:
    passages: defaultdict[str, list[Passage]] = defaultdict(list)
    for passage in library.all_passages():
        passages[passage.document_id].append(passage)
    if not passages:
        raise AssistantError(f"the index in {library.folder} holds no passage; add documents with: qa add FILE")
    return passages
