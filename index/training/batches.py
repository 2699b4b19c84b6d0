"""Bitexts in, training batches out: questions, and the passages that answer them.

Five ways to make a question and its passage, by what a source is: a sentence and its translation; a
part of a sentence and the paragraph round its translation; a name and its translation; a question
and its passage; a part of a question and its passage among its neighbours. A batch is one source in
one pair of languages, so the language never gives the answer away, and it is drawn in runs of
neighbours, so wrong passages are about the same matter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from index.training.corpus import Bitext, Ids, Texts
from index.training.loss import TokenBatch
from index.training.own import BRANCH_SOURCES
from index.training.recipe import LANGUAGE_WEIGHTS, SOURCE_RULES, Kind, Recipe, SourceRule

MAX_QUESTION_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Draw:
    """One bitext that may be drawn, and how."""

    bitext: Bitext
    kind: Kind
    weight: float


@dataclass(frozen=True, slots=True)
class Example:
    """A question and its passage, as token ids."""

    question: Ids
    passage: Ids


def plan_draws(corpus: list[Bitext], recipe: Recipe) -> list[Draw]:
    """Weigh every bitext by its rule and a power of its size; those too small are left out."""
    draws = []
    for bitext in corpus:
        rule = rule_of(bitext.name)
        if len(bitext) >= recipe.smallest_source and rule.weight > 0:
            weight = rule.weight * min(len(bitext), recipe.largest_source) ** recipe.size_power
            for language in {bitext.left_language, bitext.right_language}:
                weight *= LANGUAGE_WEIGHTS.get(language, 1.0)
            draws += [Draw(bitext, kind, weight * share) for kind, share in rule.kinds.items()]
    total = sum(draw.weight for draw in draws)
    return [Draw(draw.bitext, draw.kind, draw.weight / total) for draw in draws]


def rule_of(source: str) -> SourceRule:
    """Find the rule of a source: the longest name that it begins with."""
    names = [name for name in SOURCE_RULES if source.removeprefix("joined_").startswith(name)]
    return SOURCE_RULES[max(names, key=len, default="")]


class BatchMaker:
    """Draws batches without end; the state of its generator is its only state."""

    def __init__(
        self,
        draws: list[Draw],
        recipe: Recipe,
        noise: Mapping[str, Ids],
        generator: np.random.Generator,
    ) -> None:
        self._draws = draws
        self._weights = np.array([draw.weight for draw in draws])
        self._is_own = np.array([draw.bitext.name in BRANCH_SOURCES for draw in draws], dtype=bool)
        self._recipe = recipe
        self._noise = noise
        self._generator = generator

    @property
    def state(self) -> dict[str, Any]:
        """Where the drawing stands, in plain numbers and texts."""
        return dict(self._generator.bit_generator.state)

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self._generator.bit_generator.state = state

    def draw_batch(self, own_share: float = 0.0) -> tuple[TokenBatch, Kind]:
        """Draw one batch, by a chance of `own_share` of what branches alone draw, if the corpus holds any.

        A bitext that yields too little is passed.
        """
        weights = self._weights
        if self._is_own.any():
            own = float(weights[self._is_own].sum())
            weights = weights * np.where(self._is_own, own_share / own, (1 - own_share) / (1 - own))
        while True:
            draw = self._draws[self._generator.choice(len(self._draws), p=weights)]
            examples = list(self._examples(draw))
            if len(examples) >= self._recipe.smallest_batch:
                return pack(examples), draw.kind

    def _examples(self, draw: Draw) -> Iterator[Example]:
        bitext, chance = draw.bitext, self._generator
        sides = [(bitext.left, bitext.left_language), (bitext.right, bitext.right_language)]
        if draw.kind not in {Kind.QUESTION, Kind.ASKED} and chance.random() < 0.5:
            sides.reverse()
        if draw.kind is Kind.WINDOW and chance.random() < self._recipe.same_language_share:
            sides[0] = sides[1]
        (asking, language), (answering, _) = sides
        size = self._recipe.batch_sizes[draw.kind]
        for positions in self._runs(len(bitext), size, draw.kind):
            if draw.kind in {Kind.WINDOW, Kind.ASKED}:
                yield from self._windows(asking, answering, positions, language)
            else:
                yield from self._pairs(asking, answering, positions, draw.kind, language)

    def _runs(self, length: int, size: int, kind: Kind) -> Iterator[NDArray[np.int64]]:
        run = min(self._recipe.run_lengths[kind], length)
        for first in self._generator.choice(
            max(1, length // run), size=min(max(1, size // run), max(1, length // run)), replace=False
        ):
            shift = int(self._generator.integers(0, run))
            start = min(int(first) * run + shift, length - run)
            yield np.arange(start, start + run)

    def _pairs(
        self, asking: Texts, answering: Texts, positions: NDArray[np.int64], kind: Kind, language: str
    ) -> Iterator[Example]:
        for position in positions:
            question, passage = asking[position], answering[position]
            if kind is Kind.SENTENCE:
                question = self._thin(question, language)
            passage = passage[: self._recipe.passage_tokens[kind]]
            if len(question) and len(passage):
                yield Example(question[:MAX_QUESTION_TOKENS], passage)

    def _windows(
        self, asking: Texts, answering: Texts, positions: NDArray[np.int64], language: str
    ) -> Iterator[Example]:
        """Cut a run into passages of neighbours, and ask each about one of its sentences."""
        goal = int(self._generator.integers(*self._recipe.window_tokens))
        held: list[int] = []
        size = 0
        for position in positions:
            held.append(int(position))
            size += len(answering[int(position)])
            if size >= goal or position == positions[-1]:
                asked = held[int(self._generator.integers(len(held)))]
                question = self._thin(asking[asked], language)
                passage = np.concatenate([answering[place] for place in held])
                if len(question) and len(passage):
                    yield Example(question, passage[: self._recipe.window_tokens[1]])
                held, size = [], 0

    def _thin(self, ids: Ids, language: str) -> Ids:
        """Make a sentence more like a question: a part of it, fewer words, words of asking."""
        chance = self._generator
        longest = min(len(ids), MAX_QUESTION_TOKENS)
        if longest > 4 and chance.random() < self._recipe.thin_share:
            size = int(chance.integers(3, min(longest, 16) + 1))
            if chance.random() < 0.5:
                first = int(chance.integers(0, len(ids) - size + 1))
                ids = ids[first : first + size]
            else:
                ids = ids[np.sort(chance.choice(len(ids), size=size, replace=False))]
        noise = self._noise.get(language)
        if noise is not None and len(noise) and chance.random() < self._recipe.noise_share:
            ids = np.concatenate([chance.choice(noise, size=int(chance.integers(1, 4))), ids])
        return ids[:MAX_QUESTION_TOKENS]


def pack(examples: list[Example]) -> TokenBatch:
    """Pack examples into tensors over the distinct tokens of the batch."""
    questions = [example.question for example in examples]
    passages = [example.passage for example in examples]
    lengths = np.array([len(passage) for passage in passages])
    token_ids, positions = np.unique(np.concatenate([*questions, *passages]), return_inverse=True)
    question_count = sum(map(len, questions))
    flat = positions[question_count:]
    starts = np.cumsum(lengths) - lengths
    columns = np.arange(lengths.max())
    padded = flat[starts[:, None] + np.where(columns < lengths[:, None], columns, 0)]
    keys = np.unique([hash(passage.tobytes()) for passage in passages], return_inverse=True)[1]
    question_starts = np.cumsum([0, *map(len, questions[:-1])])
    return TokenBatch(
        *map(
            torch.from_numpy,
            (
                token_ids.astype(np.int64),
                positions[:question_count],
                question_starts,
                padded,
                lengths,
                keys,
            ),
        )
    )
