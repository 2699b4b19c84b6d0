"""Formulas only: gains, ranks and probabilities in, numbers out. No questions, no passages, no files.

`gains` are those of the ranked hits, best hit first, 0 for a wrong one. A question that found nothing is an empty
sequence, and every formula gives it 0.
"""

from collections.abc import Sequence
from math import log2

import numpy as np
from numpy.typing import NDArray


def success_at(gains: Sequence[int], k: int) -> float:
    """Return 1 if any of the first k hits is right, else 0.

    Example:
        >>> success_at([0, 0, 1], 3), success_at([0, 0, 1], 2)
        (1.0, 0.0)

    Source: `success_k` of trec_eval; the "top-k accuracy" of Karpukhin et al. 2020, https://arxiv.org/abs/2004.04906
    """
    return float(any(gain > 0 for gain in gains[:k]))


def recall_at(gains: Sequence[int], relevant_count: int, k: int) -> float:
    """Return the share of all right passages that is among the first k hits; 0 where there are none.

    Example:
        >>> recall_at([1, 0, 1], 4, 3)
        0.5

    Source: Manning, Raghavan, Schütze 2008, section 8.4, https://nlp.stanford.edu/IR-book/
    """
    return sum(gain > 0 for gain in gains[:k]) / relevant_count if relevant_count else 0.0


def reciprocal_rank(gains: Sequence[int], k: int) -> float:
    """Return 1 / rank of the first right hit among the first k, else 0.

    Example:
        >>> reciprocal_rank([0, 1, 1], 10)
        0.5

    Source: Voorhees 1999, https://trec.nist.gov/pubs/trec8/papers/qa_report.pdf
    """
    return next((1 / rank for rank, gain in enumerate(gains[:k], start=1) if gain > 0), 0.0)


def average_precision(gains: Sequence[int], relevant_count: int) -> float:
    """Return the mean, over all right passages, of the precision at each one's rank; 0 for one not found.

    Example:
        >>> average_precision([1, 0, 1], 2)  # (1/1 + 2/3) / 2
        0.8333333333333333

    Source: Buckley, Voorhees 2000, https://doi.org/10.1145/345508.345543
    """
    found = [rank for rank, gain in enumerate(gains, start=1) if gain > 0]
    return sum(count / rank for count, rank in enumerate(found, start=1)) / relevant_count if relevant_count else 0.0


def ndcg_at(gains: Sequence[int], relevant_gains: Sequence[int], k: int) -> float:
    """Return the discounted gain of the first k hits over that of the best possible order.

    Args:
        gains: Of the hits, best hit first.
        relevant_gains: Of every right passage there is, found or not, in any order.
        k: Cutoff.

    Example:
        >>> ndcg_at([0, 1], [1], 10)  # 1 / log2(3)
        0.6309297535714575

    Source: Järvelin, Kekäläinen 2002, https://doi.org/10.1145/582415.582418 (linear gain, as trec_eval)
    """
    ideal = _discounted(sorted(relevant_gains, reverse=True)[:k])
    return _discounted(gains[:k]) / ideal if ideal else 0.0


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Return the chance that a positive's score is above a negative's, a tie counting half.

    Raises:
        ValueError: If either side is empty: there is no chance to speak of.

    Example:
        >>> auroc([0.9, 0.4], [0.4, 0.1])  # (1 + 1 + 0.5 + 1) / 4
        0.875

    Source: Hanley, McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747
    """
    if not len(positives) or not len(negatives):
        raise ValueError("AUROC needs a positive and a negative score")
    low = np.sort(np.asarray(negatives, dtype=float))
    below = np.searchsorted(low, positives, side="left")
    not_above = np.searchsorted(low, positives, side="right")
    return float((below + not_above).sum() / (2 * len(positives) * len(negatives)))


def risk_coverage(confidences: Sequence[float], successes: Sequence[bool]) -> NDArray[np.float64]:
    """Return the share of wrong answers among the i most confident ones, for i from 1 to all.

    Answers of equal confidence share their errors evenly, so the order of the input does not matter.

    Returns:
        (answers,) risks; the coverage of entry i is (i + 1) / answers.

    Example:
        >>> risk_coverage([0.9, 0.8, 0.7, 0.7], [True, False, True, False]).round(3).tolist()
        [0.0, 0.5, 0.5, 0.5]

    Source: El-Yaniv, Wiener 2010, https://www.jmlr.org/papers/v11/el-yaniv10a.html
    """
    levels, level_of = np.unique(-np.asarray(confidences, dtype=float), return_inverse=True)
    wrong = 1.0 - np.asarray(successes, dtype=float)
    sizes = np.bincount(level_of, minlength=len(levels))
    shares = np.bincount(level_of, weights=wrong, minlength=len(levels)) / sizes
    risks: NDArray[np.float64] = np.cumsum(np.repeat(shares, sizes)) / np.arange(1, len(wrong) + 1)
    return risks


def area_under_risk_coverage(confidences: Sequence[float], successes: Sequence[bool]) -> float:
    """Return the mean risk over all coverages; 0 is an assistant that is never wrong.

    Source: Geifman, Uziel, El-Yaniv 2019, https://arxiv.org/abs/1805.08206
    """
    return float(risk_coverage(confidences, successes).mean())


def expected_calibration_error(probabilities: Sequence[float], successes: Sequence[bool], *, bins: int = 10) -> float:
    """Return the mean difference between confidence and success, over bins of equal width, weighted by their sizes.

    Example:
        >>> expected_calibration_error([0.95, 0.95, 0.25], [True, False, False])  # 2/3 * 0.45 + 1/3 * 0.25
        0.3833333333333333

    Source: Guo et al. 2017, equation 5, https://arxiv.org/abs/1706.04599
    """
    predicted = np.asarray(probabilities, dtype=float)
    actual = np.asarray(successes, dtype=float)
    bin_of = np.minimum((predicted * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=predicted, minlength=bins) - np.bincount(bin_of, weights=actual, minlength=bins)
    return float(np.abs(gaps).sum() / len(predicted))


def brier_score(probabilities: Sequence[float], successes: Sequence[bool]) -> float:
    """Return the mean squared difference between probability and what happened.

    Example:
        >>> brier_score([0.5, 1.0], [True, True])
        0.125

    Source: Brier 1950, https://doi.org/10.1175/1520-0493(1950)078%3C0001:VOFEIT%3E2.0.CO;2
    """
    return float(np.mean((np.asarray(probabilities, dtype=float) - np.asarray(successes, dtype=float)) ** 2))


def precision_and_recall(predicted: Sequence[bool], actual: Sequence[bool]) -> tuple[float, float]:
    """Return the share of the predicted that is actual, and the share of the actual that is predicted; 0 of none is 0.

    Example:
        >>> precision_and_recall([True, True, False], [True, False, False])
        (0.5, 1.0)

    Source: Manning, Raghavan, Schütze 2008, section 8.3, https://nlp.stanford.edu/IR-book/
    """
    both = sum(said and so for said, so in zip(predicted, actual, strict=True))
    return both / max(1, sum(predicted)), both / max(1, sum(actual))


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))
