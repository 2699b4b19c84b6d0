import numpy as np
import pytest
from scipy.stats import bootstrap

from eval.compare import (
    adjust_for_many,
    bootstrap_interval,
    bootstrap_statistic,
    compare_runs,
    randomisation_p,
    wilson_interval,
)
from eval.metrics import reciprocal_rank
from eval.types import Interval


def mrr(outcome):
    return reciprocal_rank(outcome.gains, 10)


def test_interval_agrees_with_scipy_where_every_question_is_its_own_unit():
    values = np.random.default_rng(7).integers(0, 2, size=200).astype(float)

    ours = bootstrap_interval(values.tolist(), [str(index) for index in range(200)])

    theirs = bootstrap((values,), np.mean, method="percentile", rng=np.random.default_rng(3)).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_questions_of_one_fact_widen_the_interval():
    values = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    alone = bootstrap_interval(values, list("abcdefghi"))
    together = bootstrap_interval(values, list("aaabbbccc"))

    assert together.high - together.low > alone.high - alone.low


def test_same_values_give_the_same_interval_each_time():
    assert bootstrap_interval([1.0, 0.0, 0.5], list("abc")) == bootstrap_interval([1.0, 0.0, 0.5], list("abc"))


def test_all_right_still_leaves_room_for_doubt():
    z_squared = 1.959963984540054**2

    interval = bootstrap_interval([1.0] * 4, list("aabb"))

    assert (interval.low, interval.high) == pytest.approx((1 / (1 + z_squared / 2), 1.0))


def test_wilson_interval_of_half():
    interval = wilson_interval(5, 10)

    assert (interval.low, interval.high) == pytest.approx((0.2366, 0.7634), abs=1e-4)  # Wilson 1927, n = 10


def test_no_values_have_no_interval():
    with pytest.raises(ValueError, match="no values"):
        bootstrap_interval([], [])


def test_a_statistic_is_resampled_by_unit():
    values = [0.0, 0.0, 1.0, 1.0]

    interval = bootstrap_statistic(lambda chosen: sum(values[index] for index in chosen) / len(chosen), list("aabb"))

    assert interval == Interval(0.0, 1.0)  # the two facts are drawn as aa, ab, ba or bb: 0, 1/2 or 1


def test_twelve_wins_in_twelve_are_no_luck():
    p = randomisation_p([0.5] * 12, [str(index) for index in range(12)])

    assert p == pytest.approx(2 / 2**12, abs=0.001)


def test_wins_of_one_fact_are_one_win():
    p = randomisation_p([0.5] * 12, ["a"] * 12)

    assert p == pytest.approx(1.0)


def test_several_tests_raise_each_p():
    assert adjust_for_many([0.01, 0.04, 0.03]) == pytest.approx((0.01 * 3, 0.03 * 2, 0.03 * 2))


def test_two_runs_compared_question_by_question(make_outcome, make_run):
    before = make_run("before", make_outcome("a", [1]), make_outcome("b", [0, 1]), make_outcome("c", [0]))
    after = make_run("after", make_outcome("a", [0, 1]), make_outcome("b", [1, 0]), make_outcome("c", [0]))

    comparison = compare_runs(before, after, mrr)

    assert (comparison.wins, comparison.ties, comparison.losses) == (1, 1, 1)
    assert comparison.difference == pytest.approx((-0.5 + 0.5 + 0) / 3)
    assert {(change.question.id, change.before, change.after) for change in comparison.changes} == {
        ("a", 1.0, 0.5),
        ("b", 0.5, 1.0),
    }


def test_only_questions_that_both_runs_asked_and_that_have_gold_count(make_outcome, make_run):
    before = make_run("before", make_outcome("a", [1]), make_outcome("x", [], answerable=False))
    after = make_run("after", make_outcome("a", [1]), make_outcome("b", [1]), make_outcome("x", [], answerable=False))

    comparison = compare_runs(before, after, mrr)

    assert (comparison.ties, comparison.interval, comparison.p) == (1, Interval(0.0, 0.0), 1.0)


def test_runs_of_different_questions_are_not_compared(make_outcome, make_run):
    with pytest.raises(ValueError, match="in common"):
        compare_runs(make_run("one", make_outcome("a", [1])), make_run("other", make_outcome("b", [1])), mrr)
