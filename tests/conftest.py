"""Fakes whose results can be computed on paper, and the report."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from index.parse import BUNDLED_REPORT, parse_file
from index.types import Document
from index.words import fold

collect_ignore = ["victim.py"]  # a script that test_kill.py starts and kills, not a test

# A busy machine is no bug: how long an example takes is not what these tests are about.
settings.register_profile("report-qa", deadline=None)
settings.load_profile("report-qa")


class WordEncoder:
    """One axis a word: texts are as alike as the words that they share. A token is a word, and says 1."""

    name = "words"

    def __init__(self, dim: int = 64) -> None:
        self.dim = dim
        self._axes: dict[str, int] = {}

    @property
    def table(self) -> "WordEncoder":
        return self

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self.pool(self.token_ids(texts))

    def encode_documents(self, texts: Sequence[str], *, show_progress: bool = False) -> np.ndarray:
        return self.encode_queries(texts)

    def token_ids(self, texts: Sequence[str]) -> list[np.ndarray]:
        return [np.asarray([token for token, _, _ in self.token_spans(text)], dtype=np.int32) for text in texts]

    def token_spans(self, text: str) -> list[tuple[int, int, int]]:
        spans, start = [], 0
        for word in text.split():
            start = text.index(word, start)
            axis = self._axes.setdefault(fold(word), len(self._axes) % self.dim)
            spans.append((axis, start, start + len(word)))
            start += len(word)
        return spans

    def token_vectors(self, ids: np.ndarray) -> np.ndarray:
        return np.eye(self.dim, dtype=np.float32)[ids]

    def token_lengths(self, ids: np.ndarray) -> np.ndarray:
        return np.ones(len(ids), dtype=np.float32)

    def token_weights(self, ids: np.ndarray) -> np.ndarray:
        return np.ones(len(ids), dtype=np.float32)

    def has_digit(self, ids: np.ndarray) -> np.ndarray:
        return np.zeros(len(ids), dtype=np.bool_)

    def pool(self, ids: Sequence[np.ndarray]) -> np.ndarray:
        rows = np.zeros((len(ids), self.dim), dtype=np.float32)
        for row, tokens in zip(rows, ids, strict=True):
            np.add.at(row, tokens, 1)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.divide(rows, norms, out=rows, where=norms > 0)


@pytest.fixture
def words() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(scope="session")
def report() -> Document:
    return parse_file(BUNDLED_REPORT)[0]


@pytest.fixture(scope="session")
def raw_report() -> str:
    return Path(BUNDLED_REPORT).read_text(encoding="utf-8")
