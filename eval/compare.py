"""Which differences are real: intervals by resampling facts, paired tests, and the questions that changed.

Questions of one fact (the same question in other words or languages) succeed and fail together, so the unit that is
resampled is the fact and not the question; intervals that resample questions would be too narrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.types import Interval, Outcome, Question, Run

LEVEL = 0.95
RESAMPLES = 2000  # an interval's ends move by less than 0.005 between seeds on the report's set
PERMUTATIONS = 10_000  # the smallest p that can be told from 0 is 0.0001
SEED = 20200106  # the day of the speech; any number does
Z_95 = 1.959963984540054  # the 97.5 % point of the normal distribution


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose score differs between two runs."""

    question: Question
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs of the same questions.

    Attributes:
        before: The name of the run that is compared with.
        after: The name of the other run.
        difference: Mean of `after` less mean of `before`.
        interval: Of the difference, by paired bootstrap.
        p: Chance of a difference at least as large if the two runs were alike, by randomisation.
        wins: Questions that `after` does better.
        ties: Questions that both do equally.
        losses: Questions that `after` does worse.
        changes: The wins and losses, largest change first.
    """

    before: str
    after: str
    difference: float
    interval: Interval
    p: float
    wins: int
    ties: int
    losses: int
    changes: tuple[Change, ...]


def bootstrap_interval(values: Sequence[float], units: Sequence[str]) -> Interval:
    """Return the percentile interval of the mean, resampling units with all of their values.

    Values that are all 0 or all 1 would give an interval of no width; there it is Wilson's over the units.

    Args:
        values: One for each question.
        units: What each value belongs to: values of one unit are drawn together.

    Raises:
        ValueError: If there are no values.

    Source: Efron, Tibshirani 1993, chapter 13; resampling units: Davison, Hinkley 1997, section 3.8
    """
    if not len(values):
        raise ValueError("no values, no interval")
    sums, counts = _by_unit(values, units)
    if set(values) in ({0.0}, {1.0}):
        return wilson_interval(round(values[0]) * len(sums), len(sums))
    drawn = np.random.default_rng(SEED).integers(len(sums), size=(RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def bootstrap_statistic(statistic: Callable[[Sequence[int]], float | None], units: Sequence[str]) -> Interval:
    """Return the percentile interval of any statistic of the questions, resampling units.

    Args:
        statistic: Indices of the drawn questions, some twice, to a number; None where the draw has none.
        units: What each question belongs to.

    Source: Efron, Tibshirani 1993, chapter 13
    """
    members = [[index for index, unit in enumerate(units) if unit == name] for name in sorted(set(units))]
    random = np.random.default_rng(SEED)
    draws = (random.integers(len(members), size=len(members)) for _ in range(RESAMPLES))
    numbers = (statistic([index for member in drawn for index in members[member]]) for drawn in draws)
    low, high = np.quantile([number for number in numbers if number is not None], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def wilson_interval(successes: int, count: int) -> Interval:
    """Return the score interval of a proportion, which has a width even where all or none succeed.

    Example:
        >>> interval = wilson_interval(12, 12)  # low = 1 / (1 + z² / n)
        >>> round(interval.low, 4), interval.high
        (0.7575, 1.0)

    Source: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
    """
    share = successes / count
    centre = share + Z_95**2 / (2 * count)
    half = Z_95 * (share * (1 - share) / count + Z_95**2 / (4 * count**2)) ** 0.5
    scale = 1 + Z_95**2 / count
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale))


def randomisation_p(differences: Sequence[float], units: Sequence[str]) -> float:
    """Return the chance of a mean at least this far from 0 if each unit's sign were a coin's.

    Source: Smucker, Allan, Carterette 2007, https://doi.org/10.1145/1321440.1321528; the 1 added to both counts:
    Phipson, Smyth 2010, https://doi.org/10.2202/1544-6115.1585
    """
    sums, _ = _by_unit(differences, units)
    signs = np.random.default_rng(SEED).integers(2, size=(PERMUTATIONS, len(sums))) * 2.0 - 1.0
    reached = np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12
    return float((1 + reached.sum()) / (1 + PERMUTATIONS))


def adjust_for_many(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values raised so that testing several times is not several chances to be lucky.

    Example:
        >>> adjust_for_many([0.01, 0.04, 0.03])  # 0.01 * 3, then max(0.06, 0.03 * 2), max(0.06, 0.04 * 1)
        (0.03, 0.06, 0.06)

    Source: Holm 1979, https://www.jstor.org/stable/4615733
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for position, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - position)))
        adjusted[index] = highest
    return tuple(adjusted)


def compare_runs(before: Run, after: Run, score: Callable[[Outcome], float]) -> Comparison:
    """Compare two runs, question by question, over the answerable questions that both asked.

    Raises:
        ValueError: If they have no answerable question in common.
    """
    earlier = {outcome.question.id: score(outcome) for outcome in before.outcomes if outcome.question.is_answerable}
    pairs = [
        Change(outcome.question, earlier[outcome.question.id], score(outcome))
        for outcome in after.outcomes
        if outcome.question.id in earlier
    ]
    if not pairs:
        raise ValueError(f"{before.name} and {after.name} have no answerable question in common")
    differences = [pair.after - pair.before for pair in pairs]
    units = [pair.question.fact for pair in pairs]
    wins, losses = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    return Comparison(
        before=before.name,
        after=after.name,
        difference=float(np.mean(differences)),
        interval=difference_interval(differences, units),
        p=randomisation_p(differences, units),
        wins=wins,
        ties=len(pairs) - wins - losses,
        losses=losses,
        changes=tuple(
            sorted(
                (pair for pair in pairs if pair.after != pair.before),
                key=lambda pair: -abs(pair.after - pair.before),
            )
        ),
    )


def difference_interval(differences: Sequence[float], units: Sequence[str]) -> Interval:
    """Return the paired bootstrap interval of a mean difference; no width where no question changed.

    Source: Efron, Tibshirani 1993, chapter 16
    """
    return bootstrap_interval(differences, units) if any(differences) else Interval(0.0, 0.0)


def _by_unit(values: Sequence[float], units: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    names = sorted(set(units))
    unit_index = {name: index for index, name in enumerate(names)}
    indices = [unit_index[unit] for unit in units]
    sums, counts = np.zeros(len(names)), np.zeros(len(names))
    np.add.at(sums, indices, values)
    np.add.at(counts, indices, 1)
    return sums, counts
