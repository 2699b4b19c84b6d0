"""Three opinions of a passage become one score.

Each signal is standardised over the candidates of the question, so that what counts is how far a passage stands out,
and the weights say whom to believe: words, where question and document share a language; meaning, where they do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatVector = npt.NDArray[np.float32]

ROUNDING = 1e-6  # a spread that sums of float32 up to 1 have where they should be the same: 1e-8 to 1e-7 was seen
DENSE, LEXICAL, LATE = "dense", "lexical", "late"
SIGNALS = (DENSE, LEXICAL, LATE)
PHRASE = "phrase"  # dense, of the nearest few words of the passage
NEAR = "near"  # late interaction with the best stretch of the passage
CONTEXT = "context"  # late interaction that sees to a word's neighbours
DOCUMENT = "document"  # late interaction with what is said of the document: the same for all passages of one
NAMED = "named"  # late interaction the other way round: how much of the document's name the question says


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts; only their ratios matter."""

    dense: float
    phrase: float
    lexical: float
    late: float
    near: float
    context: float
    document: float
    named: float


# Tuned on development data with the shipped model, by coordinate ascent on the mean of success@1 and MRR over sets, on
# the candidates that a search has: the report's questions (counted three times), the provincial reports' (twice),
# fourteen pairs of XQuAD and CMRC 2018; the same language (.956) and across languages (.905) by themselves. Without
# `phrase` and `named`, with the best weights for that: .954 and .901.
SAME_LANGUAGE = Weights(
    dense=0.1, phrase=0.05, lexical=0.2, late=0.16, near=0.28, context=0.21, document=0.07, named=0.03
)
CROSS_LANGUAGE = Weights(
    dense=0.22, phrase=0.08, lexical=0.04, late=0.0, near=0.44, context=0.22, document=0.25, named=0.04
)


def standardise(scores: FloatVector) -> FloatVector:
    """Return (score - mean) / standard deviation; zeros where all scores are the same.

    Example:
        >>> standardise(np.array([1, 3], dtype=np.float32))
        array([-1.,  1.], dtype=float32)
    """
    spread = float(scores.std())
    if spread < ROUNDING:
        return np.zeros_like(scores)
    standardised: FloatVector = (scores - scores.mean()) / np.float32(spread)
    return standardised


def fuse(signals: Mapping[str, FloatVector], is_same_language: npt.NDArray[np.bool_]) -> FloatVector:
    """Return the weighted mean of the standardised signals for each candidate.

    Args:
        signals: By name, each (candidates,) float32; a signal that is off is absent.
        is_same_language: Whether each candidate is in the question's language, (candidates,).

    Returns:
        (candidates,) float32, in standard deviations: 0 for a passage like the others.
    """
    fused = np.zeros(len(is_same_language), dtype=np.float32)
    total = np.zeros(len(is_same_language), dtype=np.float32)
    for name, scores in signals.items():
        weight = np.where(is_same_language, getattr(SAME_LANGUAGE, name), getattr(CROSS_LANGUAGE, name))
        fused += weight.astype(np.float32) * standardise(scores)
        total += weight.astype(np.float32)
    np.divide(fused, total, out=fused, where=total > 0)
    return fused
