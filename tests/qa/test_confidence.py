import json
import math

import pytest

from index.search import search
from qa.confidence import CALIBRATION, FEATURES, Calibration, features, load_calibration
from qa.evidence import mark_evidence, paragraph_breaks


def _features(library, words, question):
    hits = search(library, words, question, k=10)
    best = hits[0].passage
    evidence = mark_evidence(words, question, best, paragraph_breaks(library.documents[best.document_id], best))
    family, values = features(library, words, question, hits, evidence.text)
    return family, dict(zip(FEATURES, values, strict=True))


def test_a_probability_follows_from_weights_and_features():
    calibration = Calibration({"same": [2, -1]}, {"same": 0.5}, threshold=0.5)

    assert calibration.probability("same", [1, 3]) == pytest.approx(1 / (1 + math.exp(-(0.5 + 2 * 1 - 1 * 3))))
    assert 0 <= calibration.probability("same", [-9e9, 9e9]) < calibration.probability("same", [9e9, -9e9]) <= 1


def test_what_was_fitted_fits_the_features_that_are_computed():
    written = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    calibration = load_calibration()

    assert written["features"] == list(FEATURES)
    assert {family: len(weights) for family, weights in calibration.weights.items()} == {
        "same": len(FEATURES),
        "cross": len(FEATURES),
    }
    assert 0 < calibration.threshold < 1


def test_a_question_that_the_passage_repeats_is_covered_and_agreed_on(library, words):
    family, values = _features(library, words, "thousand trees were planted along the")

    assert family == "same"
    assert values["agreement"] == 1
    assert values["coverage"] == 1
    assert values["weakest"] == pytest.approx(1)
    assert values["number_missing"] == values["asks_for_plan"] == 0
    assert values["late_margin"] > 0


def test_a_number_that_the_passage_lacks_is_missed(library, words):
    assert _features(library, words, "379 proposals about fish")[1]["number_missing"] == 0
    assert _features(library, words, "480 proposals about fish")[1]["number_missing"] == 1


def test_a_question_in_another_language_is_of_the_other_family(library, words):
    assert _features(library, words, "сколько fish proposals деревьев посажено вдоль реки")[0] == "cross"
