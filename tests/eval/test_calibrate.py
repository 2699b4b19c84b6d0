import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from eval.benchmarks import Benchmark, plain_document
from eval.calibrate import (
    OWN_LEVEL,
    PLAN_WEIGHT,
    Example,
    Fit,
    ask_half,
    choose_threshold,
    fit,
    judge,
    predict_folds,
    write_calibration,
)
from eval.questions import place_gold
from eval.types import Question
from qa import confidence
from qa.confidence import FEATURES


def make_examples(count, *, source="report", seed=0):
    random = np.random.default_rng(seed)
    examples = []
    for number in range(count):
        values = random.normal(size=len(FEATURES)) * 10
        is_answered = bool(values[0] + random.normal() * 5 > 0)
        examples.append(Example(source, "same", f"f{number // 2}", tuple(values), is_answered, is_answered))
    return examples


def test_the_fit_is_scikit_learns_with_the_scale_folded_back():
    examples = [replace(one, values=(one.values[0], *[0.0] * (len(FEATURES) - 1))) for one in make_examples(60)]
    values = np.asarray([example.values for example in examples])
    columns = np.stack([values[:, 0] / values[:, 0].std(), np.full(60, OWN_LEVEL)], axis=1)

    ours = fit(examples, strength=0.1)

    labels = [example.is_answered for example in examples]
    theirs = LogisticRegression(C=0.1, max_iter=2000).fit(columns, labels)
    assert ours.probabilities(values) == pytest.approx(theirs.predict_proba(columns)[:, 1], abs=1e-6)


def test_a_weight_that_contradicts_its_meaning_is_left_out():
    answered = [
        Example("report", "same", "f", (*[float(yes)] * len(FEATURES),), yes, yes) for yes in [True, False] * 20
    ]

    weights = dict(zip(FEATURES, fit(answered, strength=1.0).weights, strict=True))

    assert weights["dense"] > 0
    assert weights["number_missing"] == weights["kind_missing"] == 0
    assert weights["asks_for_plan"] == PLAN_WEIGHT


def test_a_source_with_fewer_answers_does_not_move_the_reports_bias():
    report = make_examples(60)
    other = [replace(one, source="other", is_answered=one.values[0] > 15) for one in make_examples(200, seed=1)]

    alone, together = fit(report, strength=1.0), fit(report + other, strength=1.0)

    zeros = np.zeros((1, len(FEATURES)))
    assert together.probabilities(zeros)[0] == pytest.approx(alone.probabilities(zeros)[0], abs=0.1)


def test_a_small_source_weighs_as_much_as_a_large_one():
    def example(source, value, *, is_answered):
        return Example(source, "same", "f", (value, *[0.0] * (len(FEATURES) - 1)), is_answered, is_answered)

    many = [example("large", 1.0, is_answered=False)] * 90 + [example("large", 0.0, is_answered=True)] * 90
    few = [example("small", 1.0, is_answered=True)] * 2 + [example("small", 0.0, is_answered=False)] * 2

    assert fit(many + few, strength=1.0).weights[0] == pytest.approx(0.0, abs=1e-3)


def test_no_fact_is_predicted_by_a_line_that_saw_it():
    examples = make_examples(40)
    seen = []

    def remember(some):
        seen.append({example.fact for example in some})
        return Fit(np.zeros(len(FEATURES)), 0.0, 1.0)

    predict_folds(examples, remember)

    assert all(sum(example.fact not in facts for facts in seen) == 1 for example in examples)


def test_half_of_the_documents_leaves_half_of_the_questions_without_an_answer(words):
    documents = tuple(plain_document(f"fact{number} stands here", str(number)) for number in range(6))
    questions = tuple(
        Question(f"q{number}", f"where is fact{number}", "en", "b", None, f"q{number}", (place_gold(one, 0, 4),))
        for number, one in enumerate(documents)
    )

    examples = list(ask_half(Benchmark("XQuAD en→en", documents, questions), words))

    assert len(examples) == 6
    assert sum(example.is_answerable for example in examples) == 3
    assert all(example.is_answered <= example.is_answerable for example in examples)
    assert {example.source for example in examples} == {"XQuAD"}


def test_refusals_are_judged_at_the_line():
    examples = [
        Example("report", "same", str(number), (), is_answerable, is_answered)
        for number, (is_answerable, is_answered) in enumerate(
            [(True, True), (True, False), (False, False), (True, True)]
        )
    ]

    numbers = judge(examples, np.asarray([0.9, 0.6, 0.2, 0.3]), 0.5)

    assert numbers["answered"] == 0.5
    assert numbers["AUROC"] == (1 + 1 + 0 + 1) / 4  # 0.9 and 0.3 against 0.6 and 0.2
    assert numbers["refused"] == 1.0
    assert numbers["owed"] == 1 / 2
    assert numbers["kept"] == 2 / 3


def test_the_line_is_where_false_answers_and_false_refusals_cost_least():
    found = [True, True, False, True, False, False]
    examples = [Example("report", "same", str(number), (), yes, yes) for number, yes in enumerate(found)]
    examples.append(Example("XQuAD", "same", "elsewhere", (), True, True))

    threshold = choose_threshold(examples, np.asarray([0.9, 0.7, 0.58, 0.62, 0.57, 0.1, 0.0]))

    assert threshold == 0.6  # 0.5 and 0.55 answer two wrongly, 0.65 refuses one, the benchmark's is not counted


def test_of_lines_that_cost_nearly_the_same_the_one_nearest_to_a_half_is_taken():
    examples = [Example("report", "same", str(number), (), True, True) for number in range(200)]
    chances = np.full(200, 0.9)

    chances[:2] = 0.48  # refused by .5: 1 % of the questions, as many as may be noise
    assert choose_threshold(examples, chances) == 0.5
    chances[2] = 0.48
    assert choose_threshold(examples, chances) == 0.45


def test_what_is_written_is_what_the_assistant_reads(tmp_path, monkeypatch):
    path = tmp_path / "calibration.json"
    line = Fit(np.arange(len(FEATURES)) / 10, -1.5, 1.0)
    values = tuple(float(number % 3) for number in range(len(FEATURES)))

    write_calibration({"same": line, "cross": line}, 0.45, {"commit": "0123456"}, path)

    monkeypatch.setattr(confidence, "CALIBRATION", path)
    confidence.load_calibration.cache_clear()
    read = confidence.load_calibration()
    confidence.load_calibration.cache_clear()
    assert json.loads(path.read_text())["provenance"] == {"commit": "0123456"}
    assert read.threshold == 0.45
    assert read.probability("cross", values) == pytest.approx(line.probabilities(np.asarray([values]))[0])
