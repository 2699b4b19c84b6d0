"""Every choice of the training run in one place, each with its reason."""

from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """How a question and its passage are made from a source."""

    SENTENCE = "sentence"
    WINDOW = "window"
    NAME = "name"
    QUESTION = "question"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class SourceRule:
    """How often a source is drawn, and as what (shares add up to 1)."""

    weight: float
    kinds: dict[Kind, float]


_PROSE = {Kind.SENTENCE: 0.35, Kind.WINDOW: 0.65}  # files in document order
_SENTENCES = {Kind.SENTENCE: 1.0}  # files in no order
_NAMES = {Kind.NAME: 1.0}
_QUESTIONS = {Kind.QUESTION: 1.0}

# By the beginning of the file's name, the longest that fits. 1 is a source of general prose.
SOURCE_RULES = {
    "": SourceRule(1.0, _SENTENCES),
    "gwr": SourceRule(5.0, _PROSE),  # the register of the reports that are asked about
    "wmt": SourceRule(2.0, _PROSE),  # news: names, places, numbers
    "tico19": SourceRule(2.0, _PROSE),
    "mojlaw": SourceRule(0.5, _PROSE),  # many and repetitive
    "mojlaw_titles": SourceRule(1.0, _NAMES),
    "sdg": SourceRule(3.0, _SENTENCES),
    "udhr": SourceRule(2.0, _SENTENCES),
    "kpc": SourceRule(3.0, _SENTENCES),
    "bible": SourceRule(0.7, _SENTENCES),  # archaic
    "lctt": SourceRule(1.0, _SENTENCES),
    "opensource_guide": SourceRule(1.5, _PROSE),
    "mozilla": SourceRule(0.7, _PROSE),
    "privacyguides": SourceRule(0.7, _PROSE),
    "pydocs": SourceRule(0.35, _PROSE),  # software documentation
    "django": SourceRule(0.3, _PROSE),
    "ms_": SourceRule(0.5, _PROSE),  # mostly machine-translated
    "tldr": SourceRule(0.2, _SENTENCES),
    "xcopa": SourceRule(1.0, _SENTENCES),
    "cedict": SourceRule(1.0, _NAMES),
    "omw": SourceRule(1.0, _NAMES),
    "openrussian": SourceRule(1.0, _NAMES),
    "wiktionary": SourceRule(1.0, _NAMES),
    "wikititle": SourceRule(2.0, _NAMES),  # questions hinge on names
    "cldr": SourceRule(0.5, _NAMES),
    "iso": SourceRule(0.5, _NAMES),
    "osm": SourceRule(0.5, _NAMES),
    "own_glossary": SourceRule(1.0, _NAMES),
    "own_paraphrases": SourceRule(16.0, _SENTENCES),  # few, and what lay wording has instead of the report's
    # Drawn by the branches alone, as often as those say.
    "own_questions": SourceRule(2.0, {Kind.ASKED: 1.0}),
    "own_wordings": SourceRule(1.0, _SENTENCES),
    "own_lexicon": SourceRule(0.25, _NAMES),
    "own_readings": SourceRule(1.5, _NAMES),
    "arcd": SourceRule(8.0, _QUESTIONS),
    "covid": SourceRule(5.0, _QUESTIONS),
    "drcd": SourceRule(8.0, _QUESTIONS),
    "jsquad": SourceRule(8.0, _QUESTIONS),
    "taipei": SourceRule(8.0, _QUESTIONS),
    "tydiqa": SourceRule(8.0, _QUESTIONS),
}


# Drawn more often than their data alone would be: what is asked in them is asked of Chinese reports too.
LANGUAGE_WEIGHTS = {"ar": 2.0, "vi": 2.5, "ko": 1.5}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training: how long, how fast, how much late interaction counts in the loss, and on what.

    The learning rate falls linearly, from `learning_rate` to `LAST_RATE_SHARE` of it. `own_share` of the batches are
    from what the project wrote for the branches (`own.BRANCH_SOURCES`).
    """

    name: str
    steps: int
    learning_rate: float
    late_share: float
    own_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """All numbers of a run; the defaults are the shipped model's."""

    seed: int = 1  # of the tokenizer's samples and of the branches
    trunk_seeds: tuple[int, ...] = (1, 2)
    seed_count: int = 80_000  # parts of words that the tokenizer's trainer proposes
    # 59 MB of int8 rows: what 64 MiB have room for beside the tokenizer. More words are worth more than wider rows:
    # grown from 96,000 pieces × 512, across languages .882 → .896 (as `index.fuse` counts it). With a later search the
    # grown model has .905 across languages and .957 within one; one of these pieces made from nothing .900 and .957.
    piece_count: int = 129_500
    dim: int = 448  # the same rows narrowed from 512: en → zh .910 as before, zh → zh .972, de → zh .839 → .835
    growth_sample: float = 2.5  # times the texts that a tokenizer is trained on: rarer words are counted
    size_power: float = 0.5  # of a source's pairs: how much more a larger source is drawn
    smallest_source: int = 64  # pairs
    largest_source: int = 200_000  # pairs; beyond, size counts no more
    smallest_batch: int = 16  # fewer passages teach nothing
    # Windows are counted in sentences, of which two to six make a passage.
    batch_sizes: dict[Kind, int] = field(
        default_factory=lambda: {
            Kind.SENTENCE: 384,
            Kind.WINDOW: 768,
            Kind.NAME: 768,
            Kind.QUESTION: 192,
            Kind.ASKED: 384,
        }
    )
    # Neighbours drawn together: wrong passages of the same document are the ones that are hard.
    run_lengths: dict[Kind, int] = field(
        default_factory=lambda: {Kind.SENTENCE: 8, Kind.WINDOW: 32, Kind.NAME: 1, Kind.QUESTION: 16, Kind.ASKED: 16}
    )
    passage_tokens: dict[Kind, int] = field(
        default_factory=lambda: {Kind.SENTENCE: 64, Kind.WINDOW: 140, Kind.NAME: 8, Kind.QUESTION: 140}
    )
    window_tokens: tuple[int, int] = (40, 140)  # a passage at run time has about 120
    thin_share: float = 0.5  # of sentences asked with a part of their words
    noise_share: float = 0.3  # of sentences asked with words of asking added
    same_language_share: float = 0.15  # of windows asked in their own language
    # Once for each of `trunk_seeds`; these are joined. After 6,000 steps, on three pairs of XQuAD, the mean of
    # success@1 and MRR: .817 and .828 by themselves, .837 joined; dense alone en → zh .644 and .653, .668.
    stages: tuple[Stage, ...] = (
        Stage("pooled", steps=2_000, learning_rate=0.01, late_share=0.0),  # a start, ten times cheaper
        Stage("late", steps=18_000, learning_rate=0.006, late_share=0.6),
    )
    # Each goes on from there, and the mean of them is shipped. With the model before, on the development sets across
    # languages (mean of success@1 and MRR): .853, the two by themselves .844 and .850.
    branches: tuple[Stage, ...] = (
        Stage("questions", steps=10_000, learning_rate=0.002, late_share=0.6, own_share=0.3),
        Stage("questions-faster", steps=10_000, learning_rate=0.004, late_share=0.6, own_share=0.4),
    )
    # Of a finished model's new words (`--start`): each from the mean of the one before, once for each of `trunk_seeds`.
    growth: tuple[Stage, ...] = (
        Stage("growth", steps=10_000, learning_rate=0.006, late_share=0.6, own_share=0.3),
        Stage("growth-slower", steps=10_000, learning_rate=0.003, late_share=0.6, own_share=0.3),
    )
    checkpoint_steps: int = 2_000
