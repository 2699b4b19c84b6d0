"""Late interaction: each token of the question against its best match among a passage's tokens.

With a static model a token's vector is a row of a table, so a passage needs no more than its token ids. Token ids in,
scores out, and for the passages that are shown, which word stood for which.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from index.embed import FloatMatrix, TokenIds, TokenTable
from index.types import Match

FloatVector = npt.NDArray[np.float32]

SHOWN_SIMILARITY = 0.35  # below this cosine two words of the bundled model are not each other's translation
SHOWN_MATCHES = 6
# Chosen on the development sets that `index.fuse` names, by the mean of success@1 and MRR with the best weights for
# each choice. Across languages, with the model before this one: neither .711, titles .726, and stretches of 32 .754
# (24: .753; one sentence instead: .740). With this one, titles from a cosine of .40 .788, .45 .796, .50 .795, .55 .802,
# .60 .795, .70 .797; then limits (on fewer sets) of .45 .798, .50 .803, .55 .803, .60 .801, .70 .798 and none .792.
# Within a language: limits of .65 .934, .75 .933, .85 .933 and none .932. With the context of a match, on ten sets,
# across languages .45 .875, .50 .878, .55 .882, .60 .881, .75 .878; within one .65 .950, .75 .953, .85 .954, none .953.
SAID_OUTRIGHT = 0.55  # the cosine from which a title or a heading says a word of the question
STRETCH_TOKENS = 32  # some 45 Chinese characters: a clause or two
SAME_LANGUAGE_LIMIT = 0.75  # the same word counts little more than one that means the same: BM25 sees to the same
CROSS_LANGUAGE_LIMIT = 0.55  # a good translation; the few words that languages share stand out too far without it
# What a stretch without a digit loses where a number or a date is asked for: right first of the report's questions
# across languages .754 → .774 and of the provincial English ones .617 → .638 (with the model before; .03: .764, .638).
FIGURE_LACKING = np.float32(0.06)
# What a name of the question counts at least: training data asks for much beside names, and left Henan at .3 where
# tokens begin with 1. Mean of success@1 and MRR over the sets across languages: without .847, .6 .849, .8 .850, 1 .851,
# 2 .845, and 1 but not in German .853.
NAME_WEIGHT = 1.0
# And where the question is held against a document's title: of twenty reports alike, the name says which. Right first
# of the provincial English questions and their MRR, with a document's weight of .35: 1 .702 and .801, 2 and 3 .734 and
# .818, 4 and 8 .745 and .825.
NAME_WEIGHT_IN_TITLE = 4.0
# How far the context of a token goes, in the question and round its match, and how much it counts where the match
# itself counts 1. On the report's, the provincial and seven pairs of XQuAD's questions, with the best weights for each
# choice, across languages and within one: no context .870 and .939; two tokens .876 and .948, three .883 and .946
# (nearer ones counting more: .881 and .945), four .879 and .947; a weight of .6 .879 and .943, of 2 .880 and .945.
CONTEXT_TOKENS = 3
CONTEXT_WEIGHT = np.float32(1.0)
# How many tokens of a passage are averaged where its nearest words are looked for. Right first of XQuAD's questions by
# the passage's cosine alone, English to Chinese .682, the mean of eight pairs .683; by the mean of it and that of 5
# tokens .807 and .791, of 6 .797 and .787, of 8 .799 and .787, of 10 .794 and .778, of 12 .793 and .781.
PHRASE_TOKENS = 8
LETTER_OR_DIGIT = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Token ids of a passage's own words, and of what it stands in.

    Attributes:
        passage: Of its own words.
        document: Of what is said of its document.
        place: Of the headings that it stands under.
        opening: Of the words that its document begins with.
    """

    passage: TokenIds
    document: TokenIds
    place: TokenIds
    opening: TokenIds = field(default_factory=lambda: np.zeros(0, dtype=np.int32))


@dataclass(frozen=True, slots=True)
class LateScores:
    """What late interaction says of some candidates, each (candidates,) float32, at most 1 or the candidate's limit.

    Attributes:
        whole: Of the question and the whole passage.
        near: Of the question and the best stretch of the passage: its words stand near one another.
        context: Of the question and the passage, where a match counts more beside matches of the word's neighbours; at
            most `1 + CONTEXT_WEIGHT` times as much as the others.
        document: Of the question and what is said of the document.
        named: How much of the document's title or first words, whichever more, the question says outright.
        phrase: Cosine of the question's mean and that of the passage's nearest `PHRASE_TOKENS` tokens.
    """

    whole: FloatVector
    near: FloatVector
    context: FloatVector
    document: FloatVector
    named: FloatVector
    phrase: FloatVector


@dataclass(frozen=True, slots=True)
class _Layout:
    """Passages end to end, after each a gap that no context reaches across; cut so that two parts are a stretch.

    Attributes:
        size: Places, those of the gaps included.
        starts: The first place of each passage.
        ends: The place after each passage.
        places: Where the passages' tokens stand, (tokens,).
        part_starts: The first place of each part.
        part_ends: The place after each part.
        owners: Each part's passage.
    """

    size: int
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    part_starts: npt.NDArray[np.int64]
    part_ends: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]


def late_scores(table: TokenTable, question: TokenIds, texts: Sequence[TokenIds]) -> FloatVector:
    """Return the weighted mean, over the question's tokens, of the best cosine among each text's tokens.

    Args:
        table: Vectors and weights of the tokens.
        question: The question's token ids.
        texts: Each text's token ids.

    Returns:
        (texts,) float32, at most 1; zero for a question or a text without tokens.

    Source: MaxSim, Khattab and Zaharia 2020, https://doi.org/10.1145/3397271.3401075, with a weight a token.
    """
    return _shares(_weights(table, question)) @ best_matches(table, question, texts)


def compare_tokens(
    table: TokenTable,
    question: TokenIds,
    candidates: Sequence[Candidate],
    limits: FloatVector,
    *,
    is_name: npt.NDArray[np.bool_] | None = None,
    wants_figure: bool = False,
) -> LateScores:
    """Score candidates as `late_scores` does, less what need not be said again, or not in the same word.

    A word that the title or a heading says outright counts as said in every passage under it: where the title names
    2025 and Zhejiang, the passages that repeat them answer no better than the others. And no match counts more than
    its candidate's limit: a passage that says GDP answers a question in English no better than one that says 生产总值.

    Args:
        table: Vectors and weights of the tokens.
        question: The question's token ids.
        candidates: What to score.
        limits: For each candidate the most that a match counts, (candidates,): `SAME_LANGUAGE_LIMIT` or
            `CROSS_LANGUAGE_LIMIT`.
        is_name: Whether each token of the question is of a name, (tokens,): it counts `NAME_WEIGHT` at least,
            and `NAME_WEIGHT_IN_TITLE` where the document is told by it.
        wants_figure: Whether the question asks for a number or a date: then a stretch without a digit says less.
    """
    weights = _weights(table, question)
    if is_name is None:
        is_name = np.zeros(len(weights), dtype=np.bool_)
    title_shares = _shares(_raise_names(weights, is_name, NAME_WEIGHT_IN_TITLE))
    weights = _raise_names(weights, is_name, NAME_WEIGHT)
    shares = _shares(weights)
    layout = _lay_out([len(candidate.passage) for candidate in candidates])
    tokens = np.concatenate([np.zeros(0, np.int32), *(candidate.passage for candidate in candidates)])
    cosines = np.zeros((len(question), layout.size), dtype=np.float32)
    similarities = _similarities(table, question, tokens)
    cosines[:, layout.places] = similarities
    heads = [text for candidate in candidates for text in (candidate.document, candidate.place)]
    names = [*(candidate.document for candidate in candidates), *(candidate.opening for candidate in candidates)]
    heads_said = best_matches(table, question, heads)
    document, place = heads_said[:, ::2], heads_said[:, 1::2]
    said = np.maximum(document, place)
    said[said < SAID_OUTRIGHT] = -1  # the least cosine: adds nothing
    is_filled = layout.ends > layout.starts

    owners, first_parts = layout.owners, np.searchsorted(layout.owners, np.arange(len(candidates)))
    parts = _most_between(cosines, layout.part_starts, layout.part_ends)
    follows = np.append(owners[1:] == owners[:-1], False)
    stretches = np.where(follows, np.maximum(parts, np.roll(parts, -1, axis=1)), parts)
    near = shares @ _count(stretches, said[:, owners], limits[owners])
    if wants_figure:
        has_figure = _hold_digit(table, tokens, layout)
        near -= FIGURE_LACKING * ~(has_figure | (follows & np.roll(has_figure, -1)))
    whole = np.maximum.reduceat(parts, first_parts, axis=1)
    return LateScores(
        whole=shares @ _count(whole, said, limits) * is_filled,
        near=np.maximum.reduceat(near, first_parts) * is_filled,
        context=shares @ _best_in_context(cosines, weights, said, limits, layout) * is_filled,
        document=title_shares @ document,
        named=np.maximum(*np.split(_share_said(table, question, names, np.tile(limits, 2)), 2)),
        phrase=_compare_phrases(table, question, tokens, similarities, layout.ends - layout.starts),
    )


def mark_names(spans: Sequence[tuple[int, int, int]], names: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Return whether each token, given as (token id, start, end), is of a name: (tokens,)."""
    return np.asarray(
        [any(max(start, first) < min(end, last) for first, last in names) for _, start, end in spans], dtype=np.bool_
    )


def ids_of(spans: Sequence[tuple[int, int, int]]) -> TokenIds:
    """Return the ids of tokens that are given as (token id, start, end): (tokens,) int32."""
    return np.asarray([token for token, _, _ in spans], dtype=np.int32)


def _weights(table: TokenTable, question: TokenIds) -> FloatVector:
    return table.token_weights(question) if len(question) else np.zeros(0, dtype=np.float32)


def _shares(weights: FloatVector) -> FloatVector:
    """Return how much of the question each of its tokens says: (tokens,), adding up to 1, or zeros if none says any."""
    total = float(weights.sum())
    return weights / np.float32(total) if total > 0 else np.zeros_like(weights)


def _raise_names(weights: FloatVector, is_name: npt.NDArray[np.bool_], least: float) -> FloatVector:
    """Return the weights, those of names at least so much."""
    return np.where(is_name, np.maximum(weights, np.float32(least)), weights)


def _count(matches: FloatMatrix, said: FloatMatrix, limits: FloatVector) -> FloatMatrix:
    """Return what matches count: what a title or a heading says is said, and none counts more than its limit."""
    return np.minimum(np.maximum(matches, said), limits)


def best_matches(table: TokenTable, question: TokenIds, texts: Sequence[TokenIds]) -> FloatMatrix:
    """Return the best cosine of each token of the question in each text: (tokens, texts); zeros for an empty text."""
    distinct = {tokens.tobytes(): tokens for tokens in texts if len(tokens)}  # titles are the same again
    matches = np.zeros((len(question), len(distinct) + 1), dtype=np.float32)
    if distinct and len(question):
        starts, tokens = _join(distinct.values())
        matches[:, :-1] = np.maximum.reduceat(_similarities(table, question, tokens), starts, axis=1)
    places = {key: place for place, key in enumerate(distinct)}
    found: FloatMatrix = matches[:, [places.get(tokens.tobytes(), -1) for tokens in texts]]
    return found


def _join(texts: Collection[TokenIds]) -> tuple[npt.NDArray[np.int64], TokenIds]:
    """Return where each text begins in all of them end to end, and the tokens of these."""
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.cumsum(sizes) - sizes, np.concatenate(list(texts))


def _similarities(table: TokenTable, asked: TokenIds, given: TokenIds) -> FloatMatrix:
    """Return the cosine of each token of the one and each of the other: (asked, given)."""
    distinct, places = np.unique(given, return_inverse=True)
    product: FloatMatrix = table.token_vectors(asked) @ table.token_vectors(distinct.astype(np.int32)).T
    return product[:, places]


def _share_said(table: TokenTable, question: TokenIds, names: Sequence[TokenIds], limits: FloatVector) -> FloatVector:
    """Return how much of each name the question says outright, its tokens weighted: (names,); 0 for no name."""
    keys = [(tokens.tobytes(), limit) for tokens, limit in zip(names, limits.tolist(), strict=True)]
    distinct = {key: tokens for key, tokens in zip(keys, names, strict=True) if len(tokens)}
    if not distinct or not len(question):
        return np.zeros(len(names), dtype=np.float32)
    starts, tokens = _join(distinct.values())
    best = _similarities(table, question, tokens).max(axis=0)
    best[best < SAID_OUTRIGHT] = 0
    best = np.minimum(best, np.repeat([limit for _, limit in distinct], [len(tokens) for tokens in distinct.values()]))
    weights = np.maximum(table.token_weights(tokens), np.float32(1e-6))
    said = np.add.reduceat(best * weights, starts) / np.add.reduceat(weights, starts)
    by_name = dict(zip(distinct, said.tolist(), strict=True))
    return np.asarray([by_name.get(key, 0.0) for key in keys], dtype=np.float32)


def _compare_phrases(
    table: TokenTable,
    question: TokenIds,
    tokens: TokenIds,
    similarities: FloatMatrix,
    sizes: npt.NDArray[np.int64],
) -> FloatVector:
    """Return the cosine of the question and the nearest `PHRASE_TOKENS` tokens of each passage: (passages,).

    Which are nearest is told as if tokens stood at right angles to one another: then sums over what is there already
    will do, for all places at once. The cosine is that of the vectors themselves.

    Args:
        table: Vectors and lengths of the tokens.
        question: The question's token ids.
        tokens: The passages' token ids, end to end.
        similarities: Cosines of the question's tokens and the passages': (question, tokens).
        sizes: How many tokens each passage has, (passages,).
    """
    ends = np.cumsum(sizes)
    begins = ends - sizes
    owners = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.maximum(np.minimum(np.arange(len(tokens)), ends[owners] - PHRASE_TOKENS), begins[owners])
    stops = np.minimum(starts + PHRASE_TOKENS, ends[owners])
    lengths = table.token_lengths(tokens)
    toward = _sums(lengths * (table.token_lengths(question) @ similarities), starts, stops)
    nearness = toward / np.sqrt(np.maximum(_sums(lengths**2, starts, stops), np.float32(1e-6)))
    phrases = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        start = int(starts[begin + nearness[begin:end].argmax()]) if end > begin else begin
        phrases.append(tokens[start : min(start + PHRASE_TOKENS, end)])
    cosines: FloatVector = table.pool(phrases) @ table.pool([question])[0]
    return cosines


def _sums(values: FloatVector, starts: npt.NDArray[np.int64], stops: npt.NDArray[np.int64]) -> FloatVector:
    so_far = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(so_far[stops] - so_far[starts], dtype=np.float32)


def _lay_out(lengths: Sequence[int]) -> _Layout:
    """Lay passages of so many tokens end to end; an empty one has one empty part."""
    half = STRETCH_TOKENS // 2
    sizes = np.asarray(lengths, dtype=np.int64)
    starts = np.cumsum(sizes + CONTEXT_TOKENS) - sizes - CONTEXT_TOKENS
    counts = np.maximum(-(-sizes // half), 1)  # rounded up
    owners = np.repeat(np.arange(len(sizes)), counts)
    part_starts = starts[owners] + half * (np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts))
    return _Layout(
        size=int(sizes.sum()) + CONTEXT_TOKENS * len(sizes),
        starts=starts,
        ends=starts + sizes,
        places=np.arange(sizes.sum()) + np.repeat(CONTEXT_TOKENS * np.arange(len(sizes)), sizes),
        part_starts=part_starts,
        part_ends=np.minimum(part_starts + half, (starts + sizes)[owners]),
        owners=owners,
    )


def _most_between(values: FloatMatrix, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> FloatMatrix:
    """Return the most from each start to its end, which a gap or the next start follows: (rows, starts)."""
    most: FloatMatrix = np.maximum.reduceat(values, np.stack([starts, ends], axis=1).ravel(), axis=1)[:, ::2]
    return most


def _best_in_context(
    cosines: FloatMatrix, weights: FloatVector, said: FloatMatrix, limits: FloatVector, layout: _Layout
) -> FloatMatrix:
    """Return what each token of the question finds in each passage, with its neighbours beside it: (tokens, passages).

    A match is its cosine, and `CONTEXT_WEIGHT` of the mean of what the token's neighbours find round the same place.
    So of two places that say the word, the one that says it as the question does is its match.
    """
    owners = np.repeat(np.arange(len(layout.starts)), layout.ends - layout.starts + CONTEXT_TOKENS)
    most = limits[owners]
    around = _most_around(np.minimum(cosines, most))
    order = np.arange(len(weights))
    distances = np.abs(order[:, None] - order)
    neighbours = np.where((distances > 0) & (distances <= CONTEXT_TOKENS), weights, np.float32(0))
    neighbours /= np.maximum(neighbours.sum(axis=1, keepdims=True), np.float32(1e-6))
    matches = _count(cosines, said[:, owners], most) + CONTEXT_WEIGHT * (neighbours @ around)
    return _most_between(matches, layout.starts, layout.ends)


def _most_around(cosines: FloatMatrix) -> FloatMatrix:
    """Return the most within `CONTEXT_TOKENS` places of each: (tokens, places), by windows that double."""
    edge = ((0, 0), (CONTEXT_TOKENS, CONTEXT_TOKENS))
    most, width = np.pad(cosines, edge), 1
    while width < 2 * CONTEXT_TOKENS + 1:
        step = min(width, 2 * CONTEXT_TOKENS + 1 - width)
        most = np.maximum(most[:, :-step], most[:, step:])
        width += step
    return most


def _hold_digit(table: TokenTable, tokens: TokenIds, layout: _Layout) -> npt.NDArray[np.bool_]:
    """Return whether each part holds a digit: (parts,)."""
    is_digit = np.zeros(layout.size + 1, dtype=np.int64)
    is_digit[layout.places + 1] = table.has_digit(tokens)
    so_far = np.cumsum(is_digit)
    return np.asarray(so_far[layout.part_ends] > so_far[layout.part_starts], dtype=np.bool_)


def match_words(table: TokenTable, question: str, passage: str) -> tuple[Match, ...]:
    """Return which words of a passage stand for which words of the question, the most telling first.

    Neighbouring tokens of the question whose matches are neighbours too are one match, so that 政协 + 委员 against
    政协 + 委员 reads as one word.
    """
    asked = _said(table.token_spans(question), question)
    given = _said(table.token_spans(passage), passage)
    if not asked or not given:
        return ()
    similarities = _similarities(table, ids_of(asked), ids_of(given))
    weights = table.token_weights(ids_of(asked))
    best = similarities.argmax(axis=1)
    found: list[tuple[float, int, int, int, int, float]] = []
    for index, (_, start, end) in enumerate(asked):
        similarity = float(similarities[index, best[index]])
        if similarity < SHOWN_SIMILARITY:
            continue
        _, match_start, match_end = given[best[index]]
        weight = float(weights[index]) * similarity
        if found and found[-1][2] == start and found[-1][4] == match_start:
            before = found.pop()
            joined = (before[0] + weight, before[1], end, before[3], match_end, min(before[5], similarity))
            found.append(joined)
        else:
            found.append((weight, start, end, match_start, match_end, similarity))
    found.sort(key=lambda match: -match[0])
    pairs: dict[tuple[str, str], float] = {}
    for _, start, end, match_start, match_end, similarity in found:
        pairs.setdefault((question[start:end].strip(), passage[match_start:match_end].strip()), similarity)
    shown = list(pairs.items())[:SHOWN_MATCHES]
    return tuple(Match(asked_word, word, round(similarity, 4)) for (asked_word, word), similarity in shown)


def _said(spans: list[tuple[int, int, int]], text: str) -> list[tuple[int, int, int]]:
    """Return the tokens that hold a letter or a digit, from their first letter to the end of what they stand for.

    Some pieces begin with white space, and some words have lost their ending. A piece that only marks the beginning of
    a word is placed on the word's first character: the next piece says that.
    """
    said = []
    next_starts = [start for _, start, _ in spans[1:]] + [len(text)]
    for (token, start, end), next_start in zip(spans, next_starts, strict=False):
        piece = text[start:end]
        if next_start != start and (piece.isalnum() or LETTER_OR_DIGIT.search(piece)):  # the former is nearly all
            lead = len(piece) - len(piece.lstrip())
            ending = len(list(takewhile(str.isalpha, text[end:next_start]))) if end < next_start else 0
            said.append((token, start + lead, end + ending))
    return said
