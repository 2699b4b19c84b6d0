"""How sure an answer is: signals that mean the same on any library, and the line that was fitted to them.

The weights live in `calibration.json`, written by `python -m eval.calibrate` with what they were fitted on. This module
only reads them.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from index.context import context_of
from index.embed import Encoder
from index.expected import lacks_expected
from index.late import best_matches
from index.periods import asks_for_plan, tells_plan
from index.store import Library
from index.types import Hit
from index.words import detect_language, question_words, terms

CALIBRATION = Path(__file__).parent / "calibration.json"

FEATURES = (
    "dense",  # the best hit's five scores, …
    "lexical",
    "late",
    "near",
    "context",
    "dense_margin",  # … how far they stand above the next hits' mean, …
    "lexical_margin",
    "late_margin",
    "near_margin",
    "context_margin",
    "agreement",  # … the share of signals that put the best hit first
    "coverage",  # share of the question's terms that the best hit and its headings hold
    "weakest",  # how well the least matched quarter of the question (by weight) is matched
    "number_missing",  # 1 if the question names a number or a year that the best hit and its headings do not
    "kind_missing",  # 1 if it asks for a date, a number, … and the best hit's evidence sentence holds none
    "asks_for_plan",  # 1 if it asks for what will be, and the best hit neither says so nor stands in a part that does
)
SAME, CROSS = "same", "cross"  # families: question in the best hit's language, or not


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted line for each family: probability = 1 / (1 + exp(-(bias + weights · features)))."""

    weights: Mapping[str, Sequence[float]]
    bias: Mapping[str, float]
    threshold: float

    def probability(self, family: str, values: Sequence[float]) -> float:
        """Return how likely it is, 0 to 1, that the question is answered by its best hits."""
        logit = self.bias[family] + sum(w * v for w, v in zip(self.weights[family], values, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def features(
    library: Library, encoder: Encoder, question: str, hits: Sequence[Hit], evidence: str
) -> tuple[str, tuple[float, ...]]:
    """Return the family of a question with its hits, and its features in the order of `FEATURES`.

    Args:
        library: Where the hits come from.
        encoder: What found them.
        question: As it was asked.
        hits: Best first, at least one; the more, the better the margins.
        evidence: The sentence of the best hit that answers best.
    """
    best = hits[0]
    document = library.documents[best.passage.document_id]
    shown = context_of(document, best.passage) + best.passage.text
    family = SAME if document.language == detect_language(question) else CROSS
    held = set(terms(shown))
    asked = [term for term in dict.fromkeys(terms(question)) if term not in question_words()]
    numbers = [term for term in asked if term.isdigit()]
    ids = encoder.table.token_ids([question, shown])
    values = {
        **_scores_and_margins(hits),
        "coverage": sum(term in held for term in asked) / len(asked) if asked else 0.0,
        "weakest": _weakest(encoder, ids[0], ids[1]),
        "number_missing": float(any(number not in held for number in numbers)),
        "kind_missing": float(lacks_expected(question, evidence)),
        "asks_for_plan": float(asks_for_plan(question) and not tells_plan(best.passage.text, best.passage.section)),
    }
    return family, tuple(float(values[name]) for name in FEATURES)


@cache
def load_calibration() -> Calibration:
    """Read the fitted line that ships with the project."""
    written: dict[str, Any] = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    if written["features"] != list(FEATURES):
        raise ValueError(f"{CALIBRATION} was fitted on other features: run python -m eval.calibrate")
    return Calibration(written["weights"], written["bias"], written["threshold"])


def _scores_and_margins(hits: Sequence[Hit]) -> dict[str, float]:
    values: dict[str, float] = {}
    firsts = []
    for name in ("dense", "lexical", "late", "near", "context"):
        scores = [getattr(hit.signals, f"{name}_score") or 0.0 for hit in hits]
        values[name] = scores[0]
        values[f"{name}_margin"] = scores[0] - (sum(scores[1:]) / len(scores[1:]) if scores[1:] else 0.0)
        firsts.append(scores[0] == max(scores) > 0)
    values["agreement"] = sum(firsts) / len(firsts)
    return values


def _weakest(encoder: Encoder, question: Any, passage: Any) -> float:  # noqa: ANN401 (token ids, int32 arrays)
    """Return the mean best cosine of the least matched tokens that hold a quarter of the question's weight."""
    if not len(question):
        return 0.0
    best = best_matches(encoder.table, question, [passage])[:, 0]
    weights = encoder.table.token_weights(question)
    order = np.argsort(best)
    quarter = np.clip(0.25 * weights.sum() - (np.cumsum(weights[order]) - weights[order]), 0, weights[order])
    total = float(quarter.sum())
    return float(quarter @ best[order]) / total if total > 0 else 0.0
