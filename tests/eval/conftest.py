"""Small outcomes and runs, spelled out by what was right at which rank."""

from collections.abc import Sequence

import pytest

from eval.types import Gold, Judged, Outcome, Provenance, Question, Run

PROVENANCE = Provenance(
    command="qa eval",
    commit="0123456",
    date="2026-11-23",
    model="toy",
    questions="toy.jsonl, 3 questions",
    documents=1,
    passages=4,
)


def _question(name: str, *, answerable: bool = True, lang: str = "zh", kind: str = "number") -> Question:
    gold = (Gold("d" * 12, "提案379件", 0, 6, (3,), ("三、",)),) if answerable else ()
    return Question(
        id=name, text=f"{name}？", lang=lang, kind=kind, split=None, fact=name.split(".", maxsplit=1)[0], gold=gold
    )


def _outcome(
    name: str,
    gains: Sequence[int],
    *,
    relevant_count: int = 1,
    confidence: float | None = None,
    answerable: bool = True,
    lang: str = "zh",
    kind: str = "number",
) -> Outcome:
    wrong = iter(f"{name}-wrong-{number}" for number in range(100))
    right = iter(f"{name}-right-{number}" for number in range(100))
    hits = tuple(
        Judged(next(right) if gain else next(wrong), rank, 1 / rank, gain, "p. 3", "正文")
        for rank, gain in enumerate(gains, start=1)
    )
    relevant = {hit.passage: hit.gain for hit in hits if hit.gain}
    relevant |= {next(right): 1 for _ in range(relevant_count - len(relevant))}
    return Outcome(
        question=_question(name, answerable=answerable, lang=lang, kind=kind),
        hits=hits,
        relevant=relevant if answerable else {},
        confidence=confidence,
        is_refused=None if confidence is None else confidence < 0.5,
        seconds=0.001,
    )


def _run(name: str, *outcomes: Outcome) -> Run:
    return Run(name, PROVENANCE, outcomes)


@pytest.fixture
def make_outcome():
    return _outcome


@pytest.fixture
def make_run():
    return _run


@pytest.fixture
def provenance():
    return PROVENANCE
