from dataclasses import replace

import pytest

from eval.measure import measure_refusing, measure_run
from index.errors import AssistantError


def with_checks(outcome, *, evidence=None, citation=None):
    first = replace(outcome.hits[0], is_evidence_right=evidence, is_citation_right=citation)
    return replace(outcome, hits=(first, *outcome.hits[1:]))


def test_means_are_over_answerable_questions_and_nothing_found_is_zero(make_outcome, make_run):
    run = make_run(
        "all", make_outcome("a", [1]), make_outcome("b", []), make_outcome("x", [0], answerable=False, confidence=0.1)
    )

    measures = measure_run(run).overall.measures

    assert measures["success@1"].count == 2
    assert measures["success@1"].value == measures["MRR@10"].value == measures["nDCG@10"].value == 0.5


def test_recall_needs_every_right_passage_where_success_needs_one(make_outcome, make_run):
    measures = measure_run(make_run("all", make_outcome("a", [1, 0, 0], relevant_count=2))).overall.measures

    assert (measures["success@3"].value, measures["recall@3"].value) == (1.0, 0.5)


def test_groups_are_by_language_and_by_kind_the_largest_first(make_outcome, make_run):
    run = make_run(
        "all",
        make_outcome("a", [0, 1], lang="en", kind="date"),
        make_outcome("b", [1]),
        make_outcome("c", [0], kind="date"),
    )

    report = measure_run(run)

    assert [(group.name, group.count, group.measures["success@1"].value) for group in report.languages] == [
        ("zh", 2, 0.5),
        ("en", 1, 0.0),
    ]
    assert [(group.name, group.measures["success@1"].value) for group in report.kinds] == [
        ("date", 0.0),
        ("number", 1.0),
    ]


def test_evidence_is_judged_where_the_first_passage_is_right_and_citations_everywhere(make_outcome, make_run):
    run = make_run(
        "all",
        with_checks(make_outcome("a", [1]), evidence=True, citation=True),
        with_checks(make_outcome("b", [1]), evidence=False, citation=True),
        with_checks(make_outcome("c", [0, 1]), evidence=None, citation=True),
        with_checks(make_outcome("x", [0], answerable=False), citation=False),
    )

    report = measure_run(run)

    assert (report.evidence.value, report.evidence.count) == (0.5, 2)
    assert (report.citations.value, report.citations.count) == (0.75, 4)


def test_refusing_counts_what_was_owed(make_outcome):
    outcomes = [
        make_outcome("a", [1], confidence=0.9),
        make_outcome("b", [1], confidence=0.8),
        make_outcome("c", [1], confidence=0.3),
        make_outcome("d", [1], confidence=0.4),
        make_outcome("x", [0], confidence=0.7, answerable=False),
        make_outcome("y", [0], confidence=0.1, answerable=False),
        make_outcome("z", [0], confidence=0.2, answerable=False, kind="far"),
    ]

    refusing = measure_refusing(outcomes)

    assert (refusing.answerable, refusing.unanswerable) == (4, 3)
    assert refusing.recall.value == 2 / 3  # y, z of x, y, z
    assert {kind: share.value for kind, share in refusing.recall_by_kind.items()} == {"number": 1 / 2, "far": 1.0}
    assert refusing.precision.value == 2 / 4  # y, z of c, d, y, z
    assert refusing.answered.value == 2 / 4  # a, b of a, b, c, d
    assert refusing.auroc.value == 10 / 12  # only c and d are below x
    assert refusing.aurc == pytest.approx((0 + 0 + 1 / 3 + 1 / 4 + 1 / 5 + 2 / 6 + 3 / 7) / 7)


def test_a_wrong_answer_to_an_answerable_question_is_risk_too(make_outcome):
    outcomes = [make_outcome("a", [1], confidence=0.8), make_outcome("b", [0, 0, 0, 1], confidence=0.9)]
    outcomes.append(make_outcome("x", [0], confidence=0.1, answerable=False))

    curve = measure_refusing(outcomes).curve

    assert [(point.coverage, point.risk, point.threshold) for point in curve] == [
        (pytest.approx(1 / 3), 1.0, 0.9),
        (pytest.approx(2 / 3), 0.5, 0.8),
        (1.0, pytest.approx(2 / 3), 0.1),
    ]


def test_refusing_is_not_measured_where_all_questions_have_answers(make_outcome):
    outcomes = [make_outcome("a", [1], confidence=0.9), make_outcome("b", [0], confidence=0.2)]

    assert measure_refusing(outcomes) is None


def test_a_run_without_gold_is_an_error_and_not_a_table_of_zeros(make_outcome, make_run):
    with pytest.raises(AssistantError, match="no question that was asked has gold"):
        measure_run(make_run("all", make_outcome("x", [0], answerable=False)))
