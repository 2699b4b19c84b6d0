import numpy as np
import pytest

from index.fuse import CROSS_LANGUAGE, SAME_LANGUAGE, Weights, fuse, standardise


def _array(*values):
    return np.asarray(values, dtype=np.float32)


def test_a_score_becomes_its_distance_from_the_mean_in_standard_deviations():
    spread = np.sqrt(((1 - 4) ** 2 + (4 - 4) ** 2 + (7 - 4) ** 2) / 3)

    np.testing.assert_allclose(standardise(_array(1, 4, 7)), [-3 / spread, 0, 3 / spread], rtol=1e-6)


@pytest.mark.parametrize("scores", [_array(5), _array(2, 2, 2)])
def test_scores_that_tell_nothing_apart_count_nothing(scores):
    np.testing.assert_array_equal(standardise(scores), np.zeros_like(scores))


def test_signals_are_averaged_by_their_weights():
    dense, lexical, late = _array(0, 2), _array(6, 4), _array(8, 0)
    same = SAME_LANGUAGE
    expected = (same.dense * 1 + same.lexical * -1 + same.late * -1) / (same.dense + same.lexical + same.late)

    fused = fuse({"dense": dense, "lexical": lexical, "late": late}, np.array([True, True]))

    np.testing.assert_allclose(fused, [-expected, expected], rtol=1e-6)


def test_each_passage_is_weighed_by_its_own_language():
    signals = {"dense": _array(2, 2, 0, 0), "lexical": _array(0, 0, 2, 2)}
    is_same = np.array([True, False, True, False])

    fused = fuse(signals, is_same)

    same = (SAME_LANGUAGE.dense - SAME_LANGUAGE.lexical) / (SAME_LANGUAGE.dense + SAME_LANGUAGE.lexical)
    cross = (CROSS_LANGUAGE.dense - CROSS_LANGUAGE.lexical) / (CROSS_LANGUAGE.dense + CROSS_LANGUAGE.lexical)
    np.testing.assert_allclose(fused, [same, cross, -same, -cross], rtol=1e-5)


def test_a_signal_that_is_off_does_not_count():
    np.testing.assert_allclose(fuse({"near": _array(1, 3)}, np.array([True, False])), [-1, 1])
    np.testing.assert_array_equal(fuse({}, np.array([True, False])), [0, 0])


@pytest.mark.parametrize("weights", [SAME_LANGUAGE, CROSS_LANGUAGE])
def test_the_weights_are_shares(weights):
    assert isinstance(weights, Weights)
    of_passages = (weights.dense, weights.phrase, weights.lexical, weights.late, weights.near, weights.context)
    assert sum(of_passages) == pytest.approx(1)
    assert min(*of_passages, weights.document, weights.named) >= 0
