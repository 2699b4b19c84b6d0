"""A run → a report: every measure of every group with its interval, and how well the line of refusal is drawn."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from eval.compare import bootstrap_interval, bootstrap_statistic
from eval.metrics import (
    area_under_risk_coverage,
    auroc,
    average_precision,
    brier_score,
    expected_calibration_error,
    ndcg_at,
    recall_at,
    reciprocal_rank,
    risk_coverage,
    success_at,
)
from eval.types import CurvePoint, Group, Measure, Outcome, Question, Refusing, Report, Run
from index.errors import AssistantError

SHOWN = 3  # hits that `qa ask` shows; an answer is right when the answer is on the screen


CUTOFFS = (1, 3, 5, 10)
MEASURES: Mapping[str, Callable[[Outcome], float]] = {
    **{f"success@{k}": lambda outcome, k=k: success_at(outcome.gains, k) for k in CUTOFFS},  # type: ignore[misc]
    **{f"recall@{k}": lambda outcome, k=k: recall_at(outcome.gains, len(outcome.relevant), k) for k in CUTOFFS},  # type: ignore[misc]
    "MRR@10": lambda outcome: reciprocal_rank(outcome.gains, 10),
    "nDCG@10": lambda outcome: ndcg_at(outcome.gains, tuple(outcome.relevant.values()), 10),
    "AP": lambda outcome: average_precision(outcome.gains, len(outcome.relevant)),
}


def measure_run(run: Run) -> Report:
    """Measure a run: retrieval over the answerable questions, refusing over all.

    Raises:
        AssistantError: If no question of the run has gold.
    """
    answerable = [outcome for outcome in run.outcomes if outcome.question.is_answerable]
    if not answerable:
        raise AssistantError("nothing to measure: no question that was asked has gold")
    evidence = [
        (float(hit.is_evidence_right), outcome.question.fact)
        for outcome in answerable
        for hit in outcome.hits[:1]
        if hit.is_evidence_right is not None
    ]
    citations = [
        (float(hit.is_citation_right), outcome.question.fact)
        for outcome in run.outcomes
        for hit in outcome.hits
        if hit.is_citation_right is not None
    ]
    return Report(
        run=run,
        overall=measure_group("all", answerable),
        languages=_measure_groups(answerable, lambda question: question.lang),
        kinds=_measure_groups(answerable, lambda question: question.kind),
        evidence=_mean(evidence) if evidence else None,
        citations=_mean(citations) if citations else None,
        refusing=measure_refusing(run.outcomes),
        milliseconds=1000 * median(outcome.seconds for outcome in run.outcomes),
    )


def measure_group(name: str, outcomes: Sequence[Outcome]) -> Group:
    """Return every measure of these outcomes, each a mean with its interval."""
    facts = [outcome.question.fact for outcome in outcomes]
    return Group(
        name,
        len(outcomes),
        {
            measure: _mean(list(zip((score(outcome) for outcome in outcomes), facts, strict=True)))
            for measure, score in MEASURES.items()
        },
    )


def measure_refusing(outcomes: Sequence[Outcome]) -> Refusing | None:
    """Return how well refusing went; None where nobody was asked to refuse, or there is only one side.

    An answer counts as right when the right passage is among the hits shown.
    """
    asked = [outcome for outcome in outcomes if outcome.confidence is not None]
    confidences = [outcome.confidence or 0.0 for outcome in asked]
    refusals = [bool(outcome.is_refused) for outcome in asked]
    owed = [not outcome.question.is_answerable for outcome in asked]
    successes = [success_at(outcome.gains, SHOWN) > 0 for outcome in asked]
    if len(set(owed)) < 2 or len(set(successes)) < 2:
        return None
    facts = [outcome.question.fact for outcome in asked]

    def share(of: Sequence[bool], among: Sequence[bool]) -> Measure:
        chosen = [(float(yes), fact) for yes, member, fact in zip(of, among, facts, strict=True) if member]
        return _mean(chosen) if chosen else _mean([(0.0, "none")])

    risks = risk_coverage(confidences, successes)
    thresholds = sorted(confidences, reverse=True)
    return Refusing(
        answerable=owed.count(False),
        unanswerable=owed.count(True),
        auroc=_auroc(confidences, [not flag for flag in owed], facts),
        auroc_right=_auroc(confidences, successes, facts),
        precision=share(owed, refusals),
        recall=share(refusals, owed),
        recall_by_kind={
            kind: share(
                refusals, [outcome.question.kind == kind and due for outcome, due in zip(asked, owed, strict=True)]
            )
            for kind in sorted({outcome.question.kind for outcome, due in zip(asked, owed, strict=True) if due})
        },
        answered=share([not flag for flag in refusals], [not flag for flag in owed]),
        aurc=area_under_risk_coverage(confidences, successes),
        calibration_error=expected_calibration_error(confidences, successes),
        brier=brier_score(confidences, successes),
        curve=tuple(
            CurvePoint((index + 1) / len(risks), float(risk), thresholds[index]) for index, risk in enumerate(risks)
        ),
    )


def _measure_groups(outcomes: Sequence[Outcome], group_of: Callable[[Question], str]) -> tuple[Group, ...]:
    sizes = Counter(group_of(outcome.question) for outcome in outcomes)
    return tuple(
        measure_group(name, [outcome for outcome in outcomes if group_of(outcome.question) == name])
        for name, _ in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def _mean(pairs: Sequence[tuple[float, str]]) -> Measure:
    values, units = [value for value, _ in pairs], [unit for _, unit in pairs]
    return Measure(sum(values) / len(values), bootstrap_interval(values, units), len(values))


def _auroc(scores: Sequence[float], labels: Sequence[bool], units: Sequence[str]) -> Measure:
    def statistic(chosen: Sequence[int]) -> float | None:
        positives = [scores[index] for index in chosen if labels[index]]
        negatives = [scores[index] for index in chosen if not labels[index]]
        return auroc(positives, negatives) if positives and negatives else None

    value = statistic(range(len(scores)))
    assert value is not None, "both sides are there: measure_refusing looked"
    return Measure(value, bootstrap_statistic(statistic, units), len(scores))
