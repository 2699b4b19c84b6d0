"""Nearest passages by words: an inverted index in mapped arrays, and BM25 over it.

Term frequencies are stored, not scores, so that segments written at different times score as one collection: the
statistics of the whole are summed when a question is asked. A term is known by a 64-bit hash, so that opening the index
reads no vocabulary.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

K1 = 1.2  # Robertson and Zaragoza 2009, section 3.4.3: 1.2 to 2 …
B = 0.75  # … and 0.5 to 0.8 do well; .4 and .9 differ by less than .005 on XQuAD and CMRC (development)

FILES = {
    "hashes": "terms.npy",
    "offsets": "postings-offsets.npy",
    "ordinals": "postings.npy",
    "frequencies": "frequencies.npy",
    "lengths": "lengths.npy",
}


def term_hash(term: str) -> int:
    """Return the 64-bit hash that a term is stored under. Two of a million terms collide once in 37 million indexes."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def inverse_document_frequency(passage_count: int, document_frequency: int) -> float:
    """Return ln(1 + (N - df + 0.5) / (df + 0.5)), which is never negative.

    Source: Lucene's BM25Similarity; Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019, with 1 added.
    """
    return float(np.log1p((passage_count - document_frequency + 0.5) / (document_frequency + 0.5)))


def bm25(
    frequencies: npt.NDArray[np.float32], lengths: npt.NDArray[np.float32], mean_length: float
) -> npt.NDArray[np.float32]:
    """Return tf · (k1 + 1) / (tf + k1 · (1 - b + b · length / mean length)) for each posting.

    Source: Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019
    """
    saturation: npt.NDArray[np.float32] = frequencies + K1 * (1 - B + B * lengths / mean_length)
    return frequencies * (K1 + 1) / saturation


def build_sparse(terms_of_passages: Iterable[Sequence[str]], folder: Path) -> None:
    """Write the inverted index of passages' terms, in the order of the passages, to a folder."""
    numbers: dict[str, int] = {}
    term_numbers: list[npt.NDArray[np.int32]] = []
    frequencies: list[npt.NDArray[np.uint8]] = []
    lengths: list[int] = []
    distinct: list[int] = []
    for terms in terms_of_passages:
        counts = Counter(terms)
        term_numbers.append(np.fromiter((numbers.setdefault(t, len(numbers)) for t in counts), np.int32, len(counts)))
        frequencies.append(np.minimum(np.fromiter(counts.values(), np.int32, len(counts)), 255).astype(np.uint8))
        lengths.append(len(terms))
        distinct.append(len(counts))
    hashes = np.fromiter(map(term_hash, numbers), np.uint64, len(numbers))
    order = np.argsort(hashes)
    rank = np.empty(len(numbers), dtype=np.int64)
    rank[order] = np.arange(len(numbers))
    terms_flat = rank[np.concatenate([*term_numbers, np.zeros(0, np.int32)])]
    by_term = np.argsort(terms_flat, kind="stable")  # stable: postings ascend by passage
    ordinals = np.repeat(np.arange(len(lengths), dtype=np.int32), distinct)
    arrays: dict[str, npt.NDArray[Any]] = {
        "hashes": hashes[order],
        "offsets": np.concatenate([[0], np.cumsum(np.bincount(terms_flat, minlength=len(numbers)))]).astype(np.int64),
        "ordinals": ordinals[by_term],
        "frequencies": np.concatenate([*frequencies, np.zeros(0, np.uint8)])[by_term],
        "lengths": np.asarray(lengths, dtype=np.int32),
    }
    for name, array in arrays.items():
        np.save(folder / FILES[name], array)


@dataclass(frozen=True, slots=True)
class Postings:
    """The passages that hold a term, ascending, and how often each does."""

    ordinals: npt.NDArray[np.int32]
    frequencies: npt.NDArray[np.uint8]


class SparseIndex:
    """A written inverted index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        mapped = {name: np.load(folder / file, mmap_mode="r", allow_pickle=False) for name, file in FILES.items()}
        self._hashes, self._offsets = mapped["hashes"], mapped["offsets"]
        self._ordinals, self._frequencies = mapped["ordinals"], mapped["frequencies"]
        self.lengths: npt.NDArray[np.int32] = mapped["lengths"]

    def postings(self, term: str) -> Postings:
        """Return where a term occurs; empty where it does not."""
        wanted = np.uint64(term_hash(term))
        place = int(np.searchsorted(self._hashes, wanted))
        if place == len(self._hashes) or self._hashes[place] != wanted:
            return Postings(self._ordinals[:0], self._frequencies[:0])
        span = slice(int(self._offsets[place]), int(self._offsets[place + 1]))
        return Postings(self._ordinals[span], self._frequencies[span])


def search_sparse(
    indexes: Sequence[SparseIndex], query_terms: Sequence[str], live: Sequence[npt.NDArray[np.bool_] | None]
) -> tuple[list[npt.NDArray[np.float32]], float]:
    """Score every passage of some segments as one collection.

    Args:
        indexes: The segments.
        query_terms: Terms of the query; repetitions count once.
        live: For each segment, which passages count; None for all.

    Returns:
        For each segment (passages,) float32, zero where nothing matched; and the most that any passage could have
        got: the sum of idf · (k1 + 1) over the query's terms.
    """
    counts = [
        len(index.lengths) if mask is None else int(mask.sum()) for index, mask in zip(indexes, live, strict=True)
    ]
    passage_count = sum(counts)
    total = sum(
        int(index.lengths.sum() if mask is None else index.lengths[mask].sum())
        for index, mask in zip(indexes, live, strict=True)
    )
    mean_length = max(total / max(passage_count, 1), 1.0)
    scores = [np.zeros(len(index.lengths), dtype=np.float32) for index in indexes]
    most = 0.0
    for term in dict.fromkeys(query_terms):
        found = [index.postings(term) for index in indexes]
        frequency = sum(
            len(postings.ordinals) if mask is None else int(mask[postings.ordinals].sum())
            for postings, mask in zip(found, live, strict=True)
        )
        idf = inverse_document_frequency(passage_count, frequency)
        most += idf * (K1 + 1)
        for segment_scores, index, postings in zip(scores, indexes, found, strict=True):
            if len(postings.ordinals):
                lengths = index.lengths[postings.ordinals].astype(np.float32)
                gains = bm25(postings.frequencies.astype(np.float32), lengths, mean_length)
                segment_scores[postings.ordinals] += np.float32(idf) * gains
    for segment_scores, mask in zip(scores, live, strict=True):
        if mask is not None:
            segment_scores[~mask] = 0
    return scores, most
