"""Fit the line between answering and refusing: `python -m eval.calibrate BENCH [--corpus FILE]`.

Examples come from development data only: the report's questions, and benchmarks of which half of the paragraphs (or of
the reports) is taken away, so that half of the questions have no answer in what is left. Fitted by scikit-learn, for
each family of languages, judged on folds that share no fact, written to `qa/calibration.json` with all of this.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from eval.benchmarks import Benchmark, read_squad, read_text, read_xquad
from eval.judge import gain_of
from eval.measure import SHOWN
from eval.metrics import area_under_risk_coverage, auroc, brier_score, expected_calibration_error
from eval.provenance import describe_model, read_command, read_commit, today
from eval.questions import REPORT_QUESTIONS, choose_split, read_questions
from eval.types import Question
from index.build import build_index
from index.chunk import chunk_document
from index.embed import Encoder, load_encoder
from index.errors import AssistantError
from index.parse import BUNDLED_REPORT, parse_file
from index.search import search
from index.types import Document, Passage
from qa.ask import JUDGED_HITS
from qa.confidence import CALIBRATION, CROSS, FEATURES, SAME, features
from qa.evidence import mark_evidence, paragraph_breaks

NOISE = 0.01  # of the questions: a cost apart by less may be the other way round on the next hundred
FALSE_ANSWER_COST = 1.0  # passages that hold no answer, shown as one: seen to be wrong only by reading them
FALSE_REFUSAL_COST = 1.0  # a refusal over the answer: it is still shown as nearest, but who goes and looks?
THRESHOLDS = (
    0.5,
    0.45,
    0.55,
    0.4,
    0.6,
    0.35,
    0.65,
    0.3,
    0.7,
)  # what is exact of a calibrated line is 0.5; ties go there
FOLDS = 5
SEED = 20200106
REPORT = "report"
STRANGERS = "strangers"  # questions of XQuAD put to the report: what has nothing to do with a library must be refused
STRANGERS_A_LANGUAGE = 60
# Of a family's weight. Held out by fact, AUROC on the report is .75 at a share of 0.5, .77 at 0.8, .78 at 0.95; on the
# provincial reports .85, .83, .80; on XQuAD .95, .92, .88. At 0.7 the line knows the report and other texts too.
REPORT_SHARE = 0.7
OWN_LEVEL = 3.0  # scale of the columns that give each source its own bias: large, so that they are hardly penalised
SPEAK_AGAINST = {"number_missing", "kind_missing", "asks_for_plan"}  # an answer; all others speak for it
PLAN_WEIGHT = -2.0  # at most: the design demands that plans the file lacks are refused, and development asks for none
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # of the fit: scikit-learn's C, the inverse of the penalty
BENCHMARK_QUESTIONS = 200  # of each benchmark, drawn at random: a line of a dozen weights needs no more
XQUAD_LANGS = ("zh", "en", "ru", "de", "es", "ar", "vi")
PROVINCIAL_QUESTIONS = REPORT_QUESTIONS.with_name("provincial-2026.jsonl")

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A question that was asked: its features, and whether the hits that are shown hold its answer."""

    source: str
    family: str
    fact: str
    values: tuple[float, ...]
    is_answerable: bool
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """A family's line: probability = 1 / (1 + exp(-(bias + weights · features)))."""

    weights: Vector
    bias: float
    strength: float

    def probabilities(self, values: Vector) -> Vector:
        """Return the probability of each row."""
        return np.asarray(1 / (1 + np.exp(-(values @ self.weights + self.bias))))


def collect_examples(encoder: Encoder, bench: Path, corpus: Path | None) -> list[Example]:
    """Ask every development question there is, and keep what was found.

    Args:
        encoder: The model that the line is fitted to.
        bench: Folder with XQuAD and CMRC 2018 files.
        corpus: The provincial reports, as JSON lines; left out if None.

    Raises:
        AssistantError: If a file is missing or cannot be used.
    """
    report = parse_file(BUNDLED_REPORT)
    questions = choose_split(read_questions(REPORT_QUESTIONS, report), "development", path=REPORT_QUESTIONS)
    examples = list(_ask(REPORT, encoder, report, questions, chunk_document))
    examples += _ask(STRANGERS, encoder, report, _strangers(bench), chunk_document)
    for benchmark in _benchmarks(bench):
        examples += ask_half(benchmark, encoder)
    if corpus is not None:
        documents = _parse_corpus(corpus)
        asked = read_questions(PROVINCIAL_QUESTIONS, documents)
        examples += ask_half(Benchmark("provincial", tuple(documents), asked, chunk_document), encoder)
    return examples


def fit(examples: Sequence[Example], *, strength: float | None = None) -> Fit:
    """Fit one family; the strength of the penalty is the one that predicts folds best, if not given.

    Sources differ in how many of their questions have answers, and paragraphs on fifty topics stand further apart than
    passages of one report. So all share the weights, each has a bias of its own, and the one that is kept is the
    report's (without a report: their mean). A weight whose sign contradicts what its feature means is chance or a
    stand-in for another feature, and would not transfer: the most contrary is left out, until none is.
    """
    from sklearn.linear_model import LogisticRegression

    strength = strength or min(STRENGTHS, key=lambda one: _log_loss(examples, one))
    values, labels, weights = _values(examples), _labels(examples), _weights(examples)
    spread = values.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    sources = _sources(examples)
    homes = [REPORT if one.source == STRANGERS and REPORT in sources else one.source for one in examples]
    levels = np.asarray([[OWN_LEVEL * (home == source) for source in sources] for home in homes])
    signs = np.asarray([-1.0 if name in SPEAK_AGAINST else 1.0 for name in FEATURES])
    is_kept = np.ones(len(FEATURES), dtype=bool)
    while True:
        model = LogisticRegression(C=strength, max_iter=2000)
        model.fit(np.hstack([values / scale * is_kept, levels]), labels, sample_weight=weights * len(weights))
        shared, own = np.split(model.coef_[0], [len(FEATURES)])
        contrary = np.where(is_kept, shared * signs, 0.0)
        if contrary.min() >= 0:
            break
        is_kept[contrary.argmin()] = False
    level = own[sources.index(REPORT)] if REPORT in sources else own.mean()
    kept = shared * is_kept / scale
    plan = FEATURES.index("asks_for_plan")
    kept[plan] = min(kept[plan], PLAN_WEIGHT)
    return Fit(kept, float(model.intercept_[0] + OWN_LEVEL * level), strength)


def predict_folds(examples: Sequence[Example], fit_some: Callable[[Sequence[Example]], Fit]) -> Vector:
    """Return each example's probability by a line that was fitted without its fact."""
    from sklearn.model_selection import GroupKFold

    values = _values(examples)
    predicted = np.zeros(len(examples))
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    for rest, held in folds.split(values, groups=[example.fact for example in examples]):
        predicted[held] = fit_some([examples[index] for index in rest]).probabilities(values[held])
    return predicted


def judge(examples: Sequence[Example], predicted: Vector, threshold: float) -> dict[str, float]:
    """Return how well probabilities tell what is answered, and what refusing below the line gets right.

    Of the latter: `refused` of the unanswerable, `owed` of the refusals, `kept` of the answerable.
    """
    found = _labels(examples)
    answered = found.tolist()
    refused = predicted < threshold
    unanswerable = np.asarray([not example.is_answerable for example in examples])
    kept = ~refused[~unanswerable]
    return {
        "n": len(examples),
        "answered": float(np.mean(answered)),
        "AUROC": auroc(predicted[found].tolist(), predicted[~found].tolist())
        if 0 < found.sum() < len(found)
        else math.nan,
        "AURC": area_under_risk_coverage(predicted.tolist(), answered),
        "ECE": expected_calibration_error(predicted.tolist(), answered),
        "Brier": brier_score(predicted.tolist(), answered),
        "refused": float(refused[unanswerable].mean()) if unanswerable.any() else 1.0,
        "owed": float(unanswerable[refused].mean()) if refused.any() else 1.0,
        "kept": float(kept.mean()) if len(kept) else 1.0,
    }


def choose_threshold(examples: Sequence[Example], predicted: Vector) -> float:
    """Return the line at which false answers and false refusals of the report's questions cost least together.

    Of lines that cost nearly the same, the one nearest to .5, which is what a probability says by itself.
    """
    counted = np.asarray([one.source == REPORT for one in examples])
    chances, found = predicted[counted], _labels(examples)[counted]

    def cost(threshold: float) -> float:
        is_answered = chances >= threshold
        return float(
            FALSE_ANSWER_COST * (is_answered & ~found).sum() + FALSE_REFUSAL_COST * (~is_answered & found).sum()
        )

    least = min(map(cost, THRESHOLDS))
    return next(threshold for threshold in THRESHOLDS if cost(threshold) <= least + NOISE * counted.sum())


def write_calibration(fits: dict[str, Fit], threshold: float, provenance: dict[str, Any], path: Path) -> None:
    """Write what `qa.confidence` reads."""
    written = {
        "features": list(FEATURES),
        "weights": {family: [round(float(weight), 5) for weight in one.weights] for family, one in fits.items()},
        "bias": {family: round(one.bias, 5) for family, one in fits.items()},
        "threshold": threshold,
        "provenance": provenance,
    }
    path.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Collect, fit, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("bench", type=Path, help="folder with XQuAD and CMRC 2018 development files")
    parser.add_argument("--corpus", type=Path, help="the provincial reports, JSON lines")
    parser.add_argument("--out", type=Path, default=CALIBRATION, help="where to write the fitted line")
    wanted = parser.parse_args(arguments)
    console = Console()
    encoder = load_encoder(None)
    try:
        examples = collect_examples(encoder, wanted.bench, wanted.corpus)
    except AssistantError as error:
        sys.exit(f"eval.calibrate: {error}")
    families = {family: [one for one in examples if one.family == family] for family in (SAME, CROSS)}
    fits = {family: fit(members) for family, members in families.items()}
    held_out = {
        family: predict_folds(members, partial(fit, strength=fits[family].strength))
        for family, members in families.items()
    }
    threshold = choose_threshold(
        [one for members in families.values() for one in members], np.concatenate(list(held_out.values()))
    )
    metrics: dict[str, dict[str, float]] = {}
    for family, members in families.items():
        for source in _sources(members):
            chosen = np.asarray([one.source == source for one in members])
            some = [one for one in members if one.source == source]
            metrics[f"{family}, {source}"] = judge(some, held_out[family][chosen], threshold)
            if source == REPORT:
                others = fit([one for one in members if one.source != source])
                metrics[f"{family}, {source}, unseen"] = judge(some, others.probabilities(_values(some)), threshold)
    _print(fits, metrics, console)
    console.print(f"answered from {threshold} up")
    write_calibration(fits, threshold, _provenance(encoder, examples, metrics), wanted.out)


def _provenance(encoder: Encoder, examples: Sequence[Example], metrics: dict[str, dict[str, float]]) -> dict[str, Any]:
    return {
        "command": read_command(),
        "commit": read_commit(),
        "date": today(),
        "model": describe_model(encoder),
        "label": f"the answer is among the first {SHOWN} passages",
        "costs": {"false answer": FALSE_ANSWER_COST, "false refusal": FALSE_REFUSAL_COST},
        "data": {source: sum(one.source == source for one in examples) for source in _sources(examples)},
        "metrics": {
            name: {key: round(value, 4) for key, value in numbers.items() if not math.isnan(value)}
            for name, numbers in metrics.items()
        },
    }


def _print(fits: dict[str, Fit], metrics: dict[str, dict[str, float]], console: Console) -> None:
    weights = Table("weight", *fits, box=box.SIMPLE_HEAD)
    for index, feature in enumerate(FEATURES):
        weights.add_row(feature, *(f"{one.weights[index]:+.2f}" for one in fits.values()))
    weights.add_row("bias", *(f"{one.bias:+.2f}" for one in fits.values()))
    weights.add_row("C", *(f"{one.strength:g}" for one in fits.values()))
    console.print(weights)
    table = Table("held out by fact", *next(iter(metrics.values())), box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1))
    for name, numbers in metrics.items():
        table.add_row(
            name,
            *(
                "–" if math.isnan(value) else format(value, ".0f" if key == "n" else ".3f")
                for key, value in numbers.items()
            ),
        )
    console.print(table)


def _parse_corpus(path: Path) -> list[Document]:
    """Parse JSON lines, compressed or not."""
    with TemporaryDirectory(prefix="qa-calibrate-") as folder:
        plain = Path(folder) / "corpus.jsonl"
        plain.write_text(read_text(path), encoding="utf-8")
        return parse_file(plain)


def _benchmarks(bench: Path) -> Iterator[Benchmark]:
    """XQuAD in each language against its own and against Chinese, Chinese questions against English; CMRC 2018."""
    for lang in XQUAD_LANGS:
        yield read_xquad(bench, question_lang=lang, passage_lang=lang)
        yield read_xquad(bench, question_lang=lang, passage_lang="zh" if lang != "zh" else "en")
    for path in sorted(bench.glob("cmrc2018*")):
        yield read_squad(path, lang="zh")


def _strangers(bench: Path) -> Iterator[Question]:
    random = np.random.default_rng(SEED)
    for lang in XQUAD_LANGS:
        questions = read_xquad(bench, question_lang=lang, passage_lang=lang).questions
        for index in sorted(random.permutation(len(questions))[:STRANGERS_A_LANGUAGE]):
            yield questions[index]


def ask_half(benchmark: Benchmark, encoder: Encoder) -> Iterator[Example]:
    """Ask all questions of half of the documents: what stands in the other half has no answer here."""
    random = np.random.default_rng(SEED)
    shuffled = random.permutation(len(benchmark.documents))
    half = [benchmark.documents[index] for index in shuffled[: len(shuffled) // 2]]
    drawn = random.permutation(len(benchmark.questions))[:BENCHMARK_QUESTIONS]
    questions = [benchmark.questions[index] for index in sorted(drawn)]
    return _ask(benchmark.name.split()[0], encoder, half, questions, benchmark.cut)


def _ask(
    source: str,
    encoder: Encoder,
    documents: Iterable[Document],
    questions: Iterable[Question],
    cut: Callable[[Document], list[Passage]],
) -> Iterator[Example]:
    with TemporaryDirectory(prefix="qa-calibrate-") as folder:
        library = build_index(documents, encoder, Path(folder) / "index", chunk=cut)
        for question in questions:
            hits = search(library, encoder, question.text, k=JUDGED_HITS)
            if not hits:  # refused without asking the line
                continue
            best = hits[0].passage
            breaks = paragraph_breaks(library.documents[best.document_id], best)
            evidence = mark_evidence(encoder, question.text, best, breaks)
            family, values = features(library, encoder, question.text, hits, evidence.text)
            shown = [hit.passage for hit in hits[:SHOWN]]
            yield Example(
                source=source,
                family=family,
                fact=question.fact,
                values=values,
                is_answerable=any(place.document in library.documents for place in question.gold),
                is_answered=any(
                    gain_of(passage.document_id, passage.start, passage.end, question.gold) for passage in shown
                ),
            )


def _values(examples: Sequence[Example]) -> Vector:
    return np.asarray([example.values for example in examples], dtype=float)


def _labels(examples: Sequence[Example]) -> NDArray[np.bool_]:
    return np.asarray([example.is_answered for example in examples])


def _weights(examples: Sequence[Example]) -> Vector:
    """Return weights that add up to 1: the report's share, and the other sources' in equal parts."""
    counts = {source: sum(one.source == source for one in examples) for source in _sources(examples)}
    others = len(counts) - (REPORT in counts)
    shares = {
        source: (REPORT_SHARE if others else 1.0)
        if source == REPORT
        else (1 - REPORT_SHARE * (REPORT in counts)) / others
        for source in counts
    }
    return np.asarray([shares[one.source] / counts[one.source] for one in examples])


def _sources(examples: Iterable[Example]) -> list[str]:
    return list(dict.fromkeys(one.source for one in examples))


def _log_loss(examples: Sequence[Example], strength: float) -> float:
    """Return the mean surprise on folds, over the report's questions where there are some."""
    predicted = np.clip(predict_folds(examples, lambda some: fit(some, strength=strength)), 1e-6, 1 - 1e-6)
    surprise = -np.log(np.where(_labels(examples), predicted, 1 - predicted))
    counted = np.asarray([one.source == REPORT for one in examples])
    return float(surprise[counted].mean() if counted.any() else _weights(examples) @ surprise)


if __name__ == "__main__":
    main()
