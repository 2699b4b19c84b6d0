"""Every configuration on the report's development half, kept in the repository: `python -m eval.baseline` writes it.

The file holds the rank of the first right passage for each question, so that a later run is compared question by
question, and a test can tell a fall from noise.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from eval.compare import difference_interval
from eval.provenance import describe_run
from eval.questions import REPORT_QUESTIONS, SPLITS, choose_split, read_questions
from eval.run import SIGNAL_ORDER, Subject, search_questions
from eval.types import Interval, Question, Run
from index.build import build_report_index
from index.embed import Encoder, load_encoder
from index.errors import BadQuestionSet
from index.search import SearchOptions

BASELINE = Path(__file__).parent / "baselines" / "report-development.json"
CONFIGURATIONS = tuple(
    frozenset(subset) for size in range(len(SIGNAL_ORDER), 0, -1) for subset in combinations(SIGNAL_ORDER, size)
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A configuration against the baseline, in mean reciprocal rank; the interval is the paired bootstrap's."""

    configuration: str
    before: float
    after: float
    interval: Interval

    @property
    def is_fall(self) -> bool:
        """Whether it is worse by more than noise explains."""
        return self.interval.high < 0


def run_configurations(encoder: Encoder) -> list[Run]:
    """Ask the development half of every configuration."""
    with TemporaryDirectory(prefix="qa-baseline-") as folder:
        library = build_report_index(encoder, Path(folder) / "index")
        questions = read_questions(REPORT_QUESTIONS, library.documents.values())
        half = choose_split(questions, SPLITS[0], path=REPORT_QUESTIONS)
        answerable = [question for question in half if question.is_answerable]
        provenance = describe_run(library, encoder, answerable, f"{REPORT_QUESTIONS.stem}, {SPLITS[0]} half")
        subjects = (Subject(library, encoder, SearchOptions(signals=signals)) for signals in CONFIGURATIONS)
        return [search_questions(subject, answerable, provenance) for subject in subjects]


def write_baseline(runs: Sequence[Run], path: Path) -> None:
    """Write the ranks of every run, with where they come from; one line a configuration."""
    first = runs[0]
    head: dict[str, Any] = {
        field: getattr(first.provenance, field)
        for field in ("command", "commit", "date", "model", "questions", "passages")
    }
    lines = [f'"{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in head.items()]
    lines.append(f'"asked": "{hash_questions(outcome.question for outcome in first.outcomes)}"')
    ranks = [f' "{run.name}": {json.dumps([outcome.rank for outcome in run.outcomes])}' for run in runs]
    lines.append('"ranks": {\n' + ",\n".join(ranks) + "\n}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def compare_with_baseline(runs: Sequence[Run], path: Path) -> list[Difference]:
    """Return how each configuration differs from the recorded one.

    Raises:
        BadQuestionSet: If the baseline was recorded with other questions, or lacks a configuration.
    """
    recorded: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    questions = [outcome.question for outcome in runs[0].outcomes]
    if recorded["asked"] != hash_questions(questions) or set(recorded["ranks"]) != {run.name for run in runs}:
        raise BadQuestionSet(path, "was recorded with other questions; record it again with: python -m eval.baseline")
    return [_difference(run, recorded["ranks"][run.name]) for run in runs]


def hash_questions(questions: Iterable[Question]) -> str:
    """Return digits that change when a question, its order or its gold does."""
    asked = [(question.id, question.text, [place.quote for place in question.gold]) for question in questions]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def main() -> None:
    """Write the baseline, and say how it differs from the one before."""
    console = Console(highlight=False)
    runs = run_configurations(load_encoder(None))
    if BASELINE.exists():
        try:
            for difference in compare_with_baseline(runs, BASELINE):
                low, high = difference.interval.low, difference.interval.high
                change = f"{difference.before:.3f} → {difference.after:.3f}  [{low:+.3f} {high:+.3f}]"
                console.print(f"{difference.configuration:20} MRR@10 {change}{'  FALL' if difference.is_fall else ''}")
        except BadQuestionSet as error:
            console.print(str(error))
    write_baseline(runs, BASELINE)
    console.print(f"wrote {BASELINE.name}")


def _difference(run: Run, ranks: Sequence[int | None]) -> Difference:
    before = [1 / rank if rank else 0.0 for rank in ranks]
    after = [1 / outcome.rank if outcome.rank else 0.0 for outcome in run.outcomes]
    facts = [outcome.question.fact for outcome in run.outcomes]
    interval = difference_interval([b - a for a, b in zip(before, after, strict=True)], facts)
    return Difference(run.name, sum(before) / len(before), sum(after) / len(after), interval)


if __name__ == "__main__":
    main()
