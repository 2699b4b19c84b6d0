import json

import pytest

from eval.baseline import BASELINE, compare_with_baseline, run_configurations, write_baseline
from eval.types import Interval
from index.embed import load_encoder
from index.errors import BadQuestionSet


@pytest.fixture
def facts():
    return [f"fact{number}" for number in range(12)]


@pytest.fixture
def baseline(make_run, make_outcome, facts, tmp_path):
    path = tmp_path / "baselines" / "toy.json"
    write_baseline([make_run("dense", *(make_outcome(fact, [1]) for fact in facts))], path)
    return path


def test_retrieval_has_not_fallen_below_the_recorded_baseline():
    differences = compare_with_baseline(run_configurations(load_encoder(None)), BASELINE)

    assert [difference for difference in differences if difference.is_fall] == []


def test_the_same_run_does_not_differ_from_its_baseline(make_run, make_outcome, facts, baseline):
    (difference,) = compare_with_baseline([make_run("dense", *(make_outcome(fact, [1]) for fact in facts))], baseline)

    assert (difference.before, difference.after, difference.interval) == (1.0, 1.0, Interval(0.0, 0.0))
    assert not difference.is_fall


def test_a_fall_of_most_questions_is_a_fall(make_run, make_outcome, facts, baseline):
    run = make_run(
        "dense", *(make_outcome(fact, [0, 1]) for fact in facts[:9]), *(make_outcome(fact, [1]) for fact in facts[9:])
    )

    (difference,) = compare_with_baseline([run], baseline)

    assert difference.is_fall
    assert difference.after == pytest.approx((9 * 0.5 + 3 * 1) / 12)


def test_one_question_lost_in_twelve_is_noise(make_run, make_outcome, facts, baseline):
    run = make_run("dense", make_outcome(facts[0], [0]), *(make_outcome(fact, [1]) for fact in facts[1:]))

    (difference,) = compare_with_baseline([run], baseline)

    assert difference.after == pytest.approx(11 / 12)
    assert not difference.is_fall


def test_a_baseline_of_other_questions_is_an_error(make_run, make_outcome, baseline):
    with pytest.raises(BadQuestionSet, match=r"python -m eval\.baseline"):
        compare_with_baseline([make_run("dense", make_outcome("other", [1]))], baseline)


def test_a_baseline_says_where_it_comes_from_and_keeps_ranks_only(baseline):
    recorded = json.loads(baseline.read_text())

    assert recorded["commit"] == "0123456"
    assert recorded["ranks"] == {"dense": [1] * 12}
