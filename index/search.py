"""A query becomes hits: candidates by meaning and by words, scored again token by token, fused.

The flow is `search`; everything else is its vocabulary.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.context import opening_ids, split_ids
from index.dense import best_first
from index.embed import Encoder, Reranker, averages_tokens
from index.errors import IndexEmpty
from index.expected import asks_for_figure
from index.fuse import CONTEXT, DENSE, DOCUMENT, LATE, LEXICAL, NAMED, NEAR, PHRASE, SIGNALS, FloatVector, fuse
from index.late import (
    CROSS_LANGUAGE_LIMIT,
    SAME_LANGUAGE_LIMIT,
    Candidate,
    LateScores,
    compare_tokens,
    ids_of,
    mark_names,
)
from index.periods import asks_for_plan, asks_for_years, is_plan_part, tells_years
from index.sparse import SparseQuery
from index.store import DocumentEntry, Library
from index.types import Hit, Passage, Signals
from index.words import detect_language, name_spans, terms

CANDIDATES = 100  # from each retriever: late interaction reads them in 2 ms
# Passages beside the candidates, so that how far a signal stands out is told by the library and not by its best alone:
# right first of the provincial English questions .585 → .617 (200, 400: .617), and of XQuAD's with 15 candidates and 10
# such passages en→zh .872 → .880, ar→zh .590 → .606, zh→zh .970 → .972.
BACKGROUND = 100
LEAFED = 20  # best passages that are read for the time they speak of
# In standard deviations: what a passage of a plan loses where none was asked for, and what one about several years
# gains or loses. Right first of the provincial questions, Chinese and English: without .871 and .691, with both .914
# and .713; a plan's .10 is the same, .25 .905 and .702. The report's and XQuAD's questions stay as they are.
PLAN_UNASKED = np.float32(0.15)
YEARS_ASKED = np.float32(0.15)
RERANKED = 20  # hits that a cross-encoder reads: a second of work on a laptop


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search.

    Attributes:
        signals: Which of "dense", "lexical" and "late" count.
        candidates: How many passages dense and lexical search hand on, each.
        wanted: Which documents to search; None for all.
        reranker: A cross-encoder that orders the best hits again.
    """

    signals: frozenset[str] = frozenset(SIGNALS)
    candidates: int = CANDIDATES
    wanted: Callable[[DocumentEntry], bool] | None = None
    reranker: Reranker | None = None


DEFAULT_OPTIONS = SearchOptions()


@dataclass(slots=True)
class _Candidates:
    """Passages by their number in the library, and what is said of them; arrays run in parallel.

    Attributes:
        library: Where they are.
        ordinals: The passages.
        scores: What each signal says.
        periods: What the time that they speak of adds to or takes from the fused score.
    """

    library: Library
    ordinals: npt.NDArray[np.int64]
    scores: dict[str, FloatVector] = field(default_factory=dict)
    periods: FloatVector = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    _leafed: dict[int, Passage] = field(default_factory=dict)

    def passage(self, index: int) -> Passage:
        """Return a candidate's passage, made once: it is leafed for the time it speaks of, and then shown."""
        if index not in self._leafed:
            self._leafed[index] = self.library.passage(int(self.ordinals[index]))
        return self._leafed[index]


def search(
    library: Library, encoder: Encoder, query: str, *, k: int = 3, options: SearchOptions = DEFAULT_OPTIONS
) -> tuple[Hit, ...]:
    """Return the passages that best match a query, best first; ties keep the order of the documents.

    Args:
        library: Where to search.
        encoder: The model that made the library's vectors.
        query: What to search for, in any language.
        k: How many hits.
        options: How to search.

    Raises:
        IndexDamaged: If a file of the index cannot be read.
        IndexEmpty: If every document was removed.
    """
    if not library.segments:
        raise IndexEmpty(library.folder)
    masks = _masks(library, options)
    vector = encoder.encode_queries([query])[0]
    lexical = SparseQuery([segment.sparse for segment in library.segments], terms(query), masks)
    candidates = _Candidates(library, _find_candidates(library, vector, lexical, masks, options))
    if not len(candidates.ordinals):
        return ()

    if DENSE in options.signals:
        candidates.scores[DENSE] = _dense_scores(library, vector, candidates.ordinals)
    if LEXICAL in options.signals:
        candidates.scores[LEXICAL] = lexical.scores(candidates.ordinals) / np.float32(max(lexical.most, 1e-9))
    is_same_language = _is_same_language(library, query, candidates.ordinals)
    has_phrases = DENSE in options.signals and averages_tokens(encoder)
    if has_phrases or LATE in options.signals:
        compared = _compare_tokens(library, encoder, query, candidates.ordinals, is_same_language)
        if has_phrases:
            candidates.scores[PHRASE] = compared.phrase
        if LATE in options.signals:
            candidates.scores |= {
                LATE: compared.whole,
                NEAR: compared.near,
                CONTEXT: compared.context,
                DOCUMENT: compared.document,
                NAMED: compared.named,
            }
    fused = fuse(candidates.scores, is_same_language)
    candidates.periods = _period_scores(candidates, query, fused)
    return _hits(candidates, query, fused + candidates.periods, k, options.reranker)


def _masks(library: Library, options: SearchOptions) -> list[npt.NDArray[np.bool_] | None]:
    if options.wanted is None:
        return [segment.live for segment in library.segments]
    return [segment.mask(options.wanted) for segment in library.segments]


def _find_candidates(
    library: Library,
    vector: FloatVector,
    lexical: SparseQuery,
    masks: list[npt.NDArray[np.bool_] | None],
    options: SearchOptions,
) -> npt.NDArray[np.int64]:
    """Return the numbers of the passages that dense or lexical search puts first, and of the background, ascending."""
    found: list[npt.NDArray[np.int64]] = []
    if options.signals != {LEXICAL}:
        nearest = [
            (segment.dense.search(vector, options.candidates, mask), base)
            for segment, mask, base in zip(library.segments, masks, library.bases, strict=False)
        ]
        ordinals = np.concatenate([base + local for (local, _), base in nearest] or [np.zeros(0, np.int64)])
        scores = np.concatenate([cosines for (_, cosines), _ in nearest] or [np.zeros(0, np.float32)])
        found += [best_first(ordinals, scores, options.candidates)[0], _background(library, masks)]
    if options.signals & {LEXICAL, LATE}:
        found.append(lexical.best(options.candidates))
    # With counts, which nothing needs: without, numpy imports numpy.ma, 7 ms of the start of a question.
    return np.unique(np.concatenate(found), return_counts=True)[0] if found else np.zeros(0, np.int64)


def _background(library: Library, masks: list[npt.NDArray[np.bool_] | None]) -> npt.NDArray[np.int64]:
    """Return the numbers of some passages that count, spread evenly over the library."""
    parts = []
    for mask, start, end in zip(masks, library.bases, library.bases[1:], strict=False):
        share = -(-BACKGROUND * (end - start) // int(library.bases[-1]))  # rounded up
        local = np.linspace(0, end - start - 1, min(share, end - start)).astype(np.int64)
        parts.append(start + (local if mask is None else local[mask[local]]))
    return np.concatenate(parts)


def _dense_scores(library: Library, vector: FloatVector, ordinals: npt.NDArray[np.int64]) -> FloatVector:
    """Return the exact cosine of each candidate, also of those that only lexical search found."""
    scores = np.empty(len(ordinals), dtype=np.float32)
    for segment, span, local in library.parts(ordinals):
        scores[span] = segment.dense.cosines(vector, local)
    return scores


def _compare_tokens(
    library: Library,
    encoder: Encoder,
    query: str,
    ordinals: npt.NDArray[np.int64],
    is_same_language: npt.NDArray[np.bool_],
) -> LateScores:
    """Return what the question's tokens find in each candidate's own words, and in what is said of its document."""
    limits = np.where(is_same_language, SAME_LANGUAGE_LIMIT, CROSS_LANGUAGE_LIMIT).astype(np.float32)
    spans = encoder.table.token_spans(query)
    return compare_tokens(
        encoder.table,
        ids_of(spans),
        list(_read_tokens(library, ordinals)),
        limits,
        is_name=mark_names(spans, name_spans(query)),
        wants_figure=asks_for_figure(query),
    )


def _read_tokens(library: Library, ordinals: npt.NDArray[np.int64]) -> Iterator[Candidate]:
    for segment, _, local in library.parts(ordinals):
        firsts = segment.first_passages(segment.passages[local, 0]).tolist()
        openings = {first: opening_ids(segment.token_ids(first)) for first in set(firsts)}
        for own, first in zip(local.tolist(), firsts, strict=True):
            yield split_ids(segment.token_ids(own), openings[first])


def _is_same_language(library: Library, query: str, ordinals: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    language = detect_language(query).encode()
    flags = np.empty(len(ordinals), dtype=bool)
    for segment, span, local in library.parts(ordinals):
        flags[span] = segment.languages[segment.passages[local, 0]] == language
    return flags


def _period_scores(candidates: _Candidates, query: str, fused: FloatVector) -> FloatVector:
    """Return what the best passages lose for speaking of another time than the question, or gain for its own."""
    scores = np.zeros_like(fused)
    is_plan_asked, are_years_asked = asks_for_plan(query), asks_for_years(query)
    for index in np.argsort(-fused, kind="stable")[:LEAFED]:
        passage = candidates.passage(int(index))
        if not is_plan_asked and is_plan_part(passage.section):
            scores[index] -= PLAN_UNASKED
        if tells_years(passage.text):
            scores[index] += YEARS_ASKED if are_years_asked else -YEARS_ASKED
    return scores


def _hits(
    candidates: _Candidates, query: str, fused: FloatVector, k: int, reranker: Reranker | None
) -> tuple[Hit, ...]:
    order = np.argsort(-fused, kind="stable")
    reranked: dict[int, float] = {}
    if reranker is not None:
        order = order[: max(k, RERANKED)]
        passages = [candidates.passage(int(index)).text for index in order]
        judged = reranker.scores(query, passages)
        reranked = {int(index): float(score) for index, score in zip(order, judged, strict=True)}
        order = order[np.argsort(-judged, kind="stable")]
    ranks = {name: _ranks(scores) for name, scores in candidates.scores.items()}
    return tuple(
        Hit(
            passage=candidates.passage(int(index)),
            rank=rank,
            score=reranked.get(int(index), float(fused[index])),
            signals=_signals(candidates, ranks, int(index), reranked.get(int(index))),
        )
        for rank, index in enumerate(order[:k], start=1)
    )


def _ranks(scores: FloatVector) -> npt.NDArray[np.int64]:
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def _signals(
    candidates: _Candidates, ranks: dict[str, npt.NDArray[np.int64]], index: int, reranked: float | None
) -> Signals:
    scores = candidates.scores

    def rank_of(name: str) -> int | None:
        return int(ranks[name][index]) if name in ranks and scores[name][index] > 0 else None

    def score_of(name: str) -> float | None:
        return float(scores[name][index]) if rank_of(name) is not None else None

    return Signals(
        dense_rank=rank_of(DENSE),
        dense_score=score_of(DENSE),
        lexical_rank=rank_of(LEXICAL),
        lexical_score=score_of(LEXICAL),
        phrase_score=score_of(PHRASE),
        late_rank=rank_of(LATE),
        late_score=score_of(LATE),
        near_score=score_of(NEAR),
        context_score=score_of(CONTEXT),
        document_score=score_of(DOCUMENT),
        named_score=score_of(NAMED),
        period_score=float(candidates.periods[index]) or None,
        rerank_score=reranked,
    )
