"""Late interaction: each token of the question against its best match among a passage's tokens.

With a static model a token's vector is a row of a table, so a passage needs no more than its token ids. Token ids in,
scores out, and for the passages that are shown, which word stood for which.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.embed import FloatMatrix, TokenIds, TokenTable
from index.types import Match

SHOWN_SIMILARITY = 0.35  # below this cosine two words of the bundled model are not each other's translation
SHOWN_MATCHES = 6
LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def late_scores(table: TokenTable, question: TokenIds, passages: Sequence[TokenIds]) -> npt.NDArray[np.float32]:
    """Return the weighted mean, over the question's tokens, of the best cosine among each passage's tokens.

    Args:
        table: Vectors and weights of the tokens.
        question: The question's token ids.
        passages: Each candidate's token ids.

    Returns:
        (passages,) float32, at most 1; zero for a question or a passage without tokens.

    Source: MaxSim, Khattab and Zaharia 2020, https://doi.org/10.1145/3397271.3401075, with a weight a token.
    """
    scores = np.zeros(len(passages), dtype=np.float32)
    filled = [index for index, tokens in enumerate(passages) if len(tokens)]
    weights = table.token_weights(question) if len(question) else np.zeros(0, dtype=np.float32)
    if not filled or float(weights.sum()) <= 0:
        return scores
    tokens = np.concatenate([passages[index] for index in filled])
    starts = np.cumsum([0, *(len(passages[index]) for index in filled[:-1])])
    distinct, places = np.unique(tokens, return_inverse=True)
    similarities = table.token_vectors(question) @ table.token_vectors(distinct.astype(np.int32)).T
    best = np.maximum.reduceat(similarities[:, places], starts, axis=1)
    scores[filled] = (weights / weights.sum()) @ best
    return scores


def match_words(table: TokenTable, question: str, passage: str) -> tuple[Match, ...]:
    """Return which words of a passage stand for which words of the question, the most telling first.

    Neighbouring tokens of the question whose matches are neighbours too are one match, so that 政协 + 委员 against
    政协 + 委员 reads as one word.
    """
    asked = _said(table.token_spans(question), question)
    given = _said(table.token_spans(passage), passage)
    if not asked or not given:
        return ()
    similarities = _similarities(table, asked, given)
    weights = table.token_weights(np.asarray([token for token, _, _ in asked], dtype=np.int32))
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
    """Return the tokens that hold a letter or a digit, without the white space that some pieces begin with.

    A piece that only marks the beginning of a word is placed on the word's first character: the next piece says that.
    """
    said = []
    for index, (token, start, end) in enumerate(spans):
        piece = text[start:end]
        is_mark = index + 1 < len(spans) and spans[index + 1][1] == start
        if not is_mark and LETTER_OR_DIGIT.search(piece):
            lead = len(piece) - len(piece.lstrip())
            said.append((token, start + lead, end))
    return said


def _similarities(
    table: TokenTable, asked: list[tuple[int, int, int]], given: list[tuple[int, int, int]]
) -> FloatMatrix:
    asked_ids = np.asarray([token for token, _, _ in asked], dtype=np.int32)
    given_ids = np.asarray([token for token, _, _ in given], dtype=np.int32)
    product: FloatMatrix = table.token_vectors(asked_ids) @ table.token_vectors(given_ids).T
    return product
