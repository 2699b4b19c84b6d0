"""A shipped model in, retrieval on the held-out NTREX news out; the benchmarks stay unseen here.

sentence-transformers' evaluator scores the pooled vectors through `SentenceTransformer`; late
interaction is scored with the run-time code, so both ways of loading are exercised.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import TranslationEvaluator

from index.embed import StaticEncoder
from index.late import late_scores
from index.training.readers import Pair

logger = logging.getLogger(__name__)

VALIDATED_PAIRS = 500  # of each language with Chinese; enough to tell two runs apart by 3 points


@dataclass(frozen=True, slots=True)
class Validation:
    """How often a sentence finds its Chinese translation first, among `VALIDATED_PAIRS`."""

    language: str
    dense: float
    late: float


def validate(folder: Path, pairs: Iterable[Pair]) -> list[Validation]:
    """Ask in each language for the Chinese sentence; pairs without Chinese are left out."""
    model = SentenceTransformer(str(folder), device="cpu")
    encoder = StaticEncoder(folder)
    by_language: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found = by_language[pair.right_language]
        if pair.left_language == "zh" and len(found) < VALIDATED_PAIRS:
            found.append(pair)
    results = []
    for language, found in sorted(by_language.items()):
        chinese, questions = [pair.left for pair in found], [pair.right for pair in found]
        evaluator = TranslationEvaluator(questions, chinese, write_csv=False)
        dense = evaluator(model)["src2trg_accuracy"]
        passages = encoder.token_ids(chinese)
        hits = [
            int(np.argmax(late_scores(encoder, question, passages))) == position
            for position, question in enumerate(encoder.token_ids(questions))
        ]
        results.append(Validation(language, float(dense), float(np.mean(hits))))
        logger.info("validation %s: dense %.3f late %.3f", language, dense, np.mean(hits))
    return results
