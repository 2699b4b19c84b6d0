"""The nouns of an evaluation: questions with gold, outcomes, runs, measures, reports.

Nothing here computes a score: formulas are in `metrics`, their application to outcomes in `measure`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Gold:
    """A place where an answer stands; `pages` and `section` are derived from the document, never typed.

    Attributes:
        document: The id of the document.
        quote: The document's own characters from `start` to `end`.
        start: Offset into the clean text, in characters.
        end: Exclusive.
        pages: Printed page numbers that the quote stands on.
        section: Titles of the headings above the quote, outermost first.
        gain: How much a passage that holds the quote is worth; above 1 only in graded benchmarks.
    """

    document: str
    quote: str
    start: int
    end: int
    pages: tuple[int, ...] = ()
    section: tuple[str, ...] = ()
    gain: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the places that answer it; no places: the documents do not answer it.

    `fact` names what is asked for: questions of one fact are the same question in other words or languages, so they
    stand on the same side of the split and are drawn together when a mean's interval is estimated.
    """

    id: str
    text: str
    lang: str
    kind: str
    split: str | None
    fact: str
    gold: tuple[Gold, ...] = ()

    @property
    def is_answerable(self) -> bool:
        """Whether the documents answer the question."""
        return bool(self.gold)


@dataclass(frozen=True, slots=True)
class Judged:
    """A hit and what is right about it.

    Attributes:
        passage: The passage's id.
        rank: From 1.
        score: As search gave it, higher is better.
        gain: 0 for a wrong passage.
        place: Pages and innermost heading, for people.
        text: The passage.
        is_evidence_right: Whether the marked sentence is the one that answers; None where the passage is wrong.
        is_citation_right: Whether page, section, span and checksum lead back to these characters; None where search
            was asked without the answering on top of it.
    """

    passage: str
    rank: int
    score: float
    gain: int
    place: str = ""
    text: str = field(default="", repr=False)
    is_evidence_right: bool | None = None
    is_citation_right: bool | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got: one for each question, always.

    Attributes:
        question: What was asked.
        hits: Best first; empty where nothing was found.
        relevant: Every passage of the library that is right, with its gain; empty where a cut went through all quotes.
        confidence: Probability that the first hits answer; None where search was asked without the answering.
        is_refused: Whether the assistant refused; None like `confidence`.
        seconds: Wall time of this question.
    """

    question: Question
    hits: tuple[Judged, ...]
    relevant: Mapping[str, int]
    confidence: float | None
    is_refused: bool | None
    seconds: float

    @property
    def gains(self) -> tuple[int, ...]:
        """The gain of each hit, best hit first."""
        return tuple(hit.gain for hit in self.hits)

    @property
    def rank(self) -> int | None:
        """The rank of the first right hit; None where none is right."""
        return next((hit.rank for hit in self.hits if hit.gain > 0), None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What has to be known to get the same numbers again."""

    command: str
    commit: str
    date: str
    model: str
    questions: str
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Run:
    """Every question of a set asked of one configuration."""

    name: str
    provenance: Provenance
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a mean or of a difference."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over `count` questions and its interval."""

    value: float
    interval: Interval
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """The measures of some of the questions: all of them, one language's, one kind's."""

    name: str
    count: int
    measures: Mapping[str, Measure]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of the risk-coverage curve: answering this share of the questions, this share of the answers is wrong."""

    coverage: float
    risk: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Refusing:
    """How well the line between answering and refusing is drawn.

    Attributes:
        answerable: How many questions the documents answer.
        unanswerable: How many they do not.
        auroc: Chance that an answerable question is given more confidence than an unanswerable one.
        auroc_right: The same, between questions whose first hits hold the answer and all others.
        precision: Share of the refusals that were owed.
        recall: Share of the unanswerable questions that were refused.
        recall_by_kind: The same for each kind of unanswerable question: near misses are harder than what is far off.
        answered: Share of the answerable questions that were not refused.
        aurc: Area under the risk-coverage curve, lower is better.
        calibration_error: Expected difference between confidence and success.
        brier: Mean squared difference between confidence and success.
        curve: From the most confident answer to all of them.
    """

    answerable: int
    unanswerable: int
    auroc: Measure
    auroc_right: Measure
    precision: Measure
    recall: Measure
    recall_by_kind: Mapping[str, Measure]
    answered: Measure
    aurc: float
    calibration_error: float
    brier: float
    curve: tuple[CurvePoint, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """A measured run.

    Attributes:
        run: What was measured.
        overall: All answerable questions.
        languages: By the language of the question, most questions first.
        kinds: By what is asked for, most questions first.
        evidence: Share of first hits that are right whose marked sentence is the one that answers; None where no hit
            has evidence.
        citations: Share of all hits whose citation leads back to their characters; None where no hit has a citation.
        refusing: None where nothing was refused or answered, or all questions are of one side.
        milliseconds: Median time of a question.
    """

    run: Run
    overall: Group
    languages: tuple[Group, ...]
    kinds: tuple[Group, ...]
    evidence: Measure | None
    citations: Measure | None
    refusing: Refusing | None
    milliseconds: float
