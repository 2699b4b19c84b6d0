from math import log2

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, R, Success, nDCG
from sklearn.metrics import brier_score_loss, precision_score, recall_score, roc_auc_score

from eval.metrics import (
    area_under_risk_coverage,
    auroc,
    average_precision,
    brier_score,
    expected_calibration_error,
    ndcg_at,
    precision_and_recall,
    recall_at,
    reciprocal_rank,
    risk_coverage,
    success_at,
)


@pytest.mark.parametrize("seed", range(20))
def test_every_ranking_formula_agrees_with_ir_measures(seed):
    random = np.random.default_rng(seed)
    relevant = {f"p{index}": int(gain) for index, gain in enumerate(random.integers(0, 4, size=30)) if gain}
    ranked = [f"p{index}" for index in random.permutation(40)[: random.integers(1, 20)]]
    gains = [relevant.get(passage, 0) for passage in ranked]
    ours = {
        Success @ 1: success_at(gains, 1),
        Success @ 5: success_at(gains, 5),
        R @ 3: recall_at(gains, len(relevant), 3),
        R @ 10: recall_at(gains, len(relevant), 10),
        RR @ 10: reciprocal_rank(gains, 10),
        nDCG @ 10: ndcg_at(gains, list(relevant.values()), 10),
        nDCG @ 3: ndcg_at(gains, list(relevant.values()), 3),
        AP: average_precision(gains, len(relevant)),
    }

    theirs = ir_measures.calc_aggregate(
        list(ours), {"q": relevant}, {"q": {passage: 1 / rank for rank, passage in enumerate(ranked, start=1)}}
    )

    assert ours == pytest.approx(theirs, abs=1e-9)


def test_a_question_that_found_nothing_is_zero_everywhere():
    values = [
        success_at([], 1),
        recall_at([], 2, 10),
        reciprocal_rank([], 10),
        average_precision([], 2),
        ndcg_at([], [1, 1], 10),
    ]

    assert values == [0.0] * 5


def test_a_question_with_no_right_passage_is_zero_everywhere():
    values = [recall_at([0, 0], 0, 10), average_precision([0, 0], 0), ndcg_at([0, 0], [], 10)]

    assert values == [0.0] * 3


def test_ndcg_discounts_by_rank_and_divides_by_the_best_order():
    best = 2 / log2(2) + 1 / log2(3)

    assert ndcg_at([0, 1, 2], [1, 2], 10) == pytest.approx((1 / log2(3) + 2 / log2(4)) / best, abs=1e-12)


def test_a_hit_beyond_the_cutoff_is_not_counted():
    assert (success_at([0, 0, 1], 2), recall_at([0, 0, 1], 1, 2), reciprocal_rank([0, 0, 1], 2)) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", range(10))
def test_auroc_agrees_with_scikit_learn_on_scores_with_ties(seed):
    random = np.random.default_rng(seed)
    positives, negatives = random.integers(0, 8, size=31).tolist(), random.integers(0, 6, size=17).tolist()

    expected = roc_auc_score([1] * 31 + [0] * 17, positives + negatives)

    assert auroc(positives, negatives) == pytest.approx(expected, abs=1e-12)


def test_auroc_of_one_side_only_is_refused():
    with pytest.raises(ValueError, match="positive and a negative"):
        auroc([0.5], [])


def test_risk_is_the_share_of_wrong_among_the_most_confident():
    risks = risk_coverage([0.2, 0.9, 0.6], [False, True, False])

    assert risks.tolist() == pytest.approx([0 / 1, 1 / 2, 2 / 3])


def test_risk_of_equal_confidences_does_not_depend_on_their_order():
    one_way = risk_coverage([0.5, 0.5, 0.5], [True, False, True])
    other_way = risk_coverage([0.5, 0.5, 0.5], [False, True, True])

    assert one_way.tolist() == pytest.approx([1 / 3] * 3)
    assert other_way.tolist() == pytest.approx([1 / 3] * 3)


def test_area_under_risk_coverage_is_the_mean_risk():
    assert area_under_risk_coverage([0.9, 0.6, 0.2], [True, False, False]) == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)


def test_calibration_error_weighs_bins_by_their_sizes():
    error = expected_calibration_error([0.85, 0.85, 0.15, 1.0], [True, False, False, True])

    assert error == pytest.approx(2 / 4 * abs(0.85 - 0.5) + 1 / 4 * 0.15 + 1 / 4 * 0.0)


def test_certainty_is_in_the_last_bin_with_what_is_nearly_certain():
    assert expected_calibration_error([1.0, 0.9], [False, True]) == pytest.approx(abs(1.9 - 1) / 2)


def test_a_perfectly_calibrated_confidence_has_no_calibration_error():
    assert expected_calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0.0)


def test_brier_score_agrees_with_scikit_learn():
    probabilities, successes = [0.1, 0.6, 0.8, 0.3], [False, True, True, True]

    assert brier_score(probabilities, successes) == pytest.approx(brier_score_loss(successes, probabilities), abs=1e-12)


def test_precision_and_recall_agree_with_scikit_learn():
    refused, owed = [True, True, False, False, True, True], [True, False, True, False, True, False]

    expected = (precision_score(owed, refused), recall_score(owed, refused))

    assert precision_and_recall(refused, owed) == pytest.approx(expected, abs=1e-12)
