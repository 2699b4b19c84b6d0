"""Nearest passages by words: an inverted index in mapped arrays, and BM25 over it.

Term frequencies are stored, not scores, so that segments written at different times score as one collection: the
statistics of the whole are summed when a question is asked. A term is known by a 64-bit hash, so that opening the index
reads no vocabulary.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import map_array, write_array

K1 = 1.2  # Robertson and Zaragoza 2009, section 3.4.3: 1.2 to 2 …
B = 0.75  # … and 0.5 to 0.8 do well; .4 and .9 differ by less than .005 on XQuAD and CMRC (development)

FILES = {
    "hashes": "terms.npy",
    "offsets": "postings-offsets.npy",
    "ordinals": "postings.npy",
    "frequencies": "frequencies.npy",
    "peaks": "peaks.npy",
    "lengths": "lengths.npy",
}
MAX_FREQUENCY = 255  # what a byte holds; 255 and 256 of a term differ by .00002 in BM25
# Postings of a question's terms up to which all are scored, some 5 ms: a library of 10,000 passages at most. Beyond,
# the frequent terms are looked up for those passages alone that can still be among the best.
SCORED_POSTINGS = 200_000
LOOK_AGAIN = 1.5  # times as many postings have to be scored before it is worth another look whether that is enough
SAMPLED = 16  # one score of so many tells a first bar for the best
EXACT_SHARE = 1 - 1e-5  # sums of float32 in another order differ by some 1e-6 of themselves
LOOKUP_COST = 16  # looking a passage up in a term's postings costs as much as scoring so many postings (measured)

POINT_BITS = 21  # of a code point
WORD = 1 << 2 * POINT_BITS  # marks the code of a term of more than two characters

Ordinals = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
FloatVector = npt.NDArray[np.float32]


def term_hash(term: str) -> int:
    """Return the 64-bit hash that a term is stored under. Two of a million terms collide once in 37 million indexes."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def inverse_document_frequency(passage_count: int, document_frequency: int) -> float:
    """Return ln(1 + (N - df + 0.5) / (df + 0.5)), which is never negative.

    Source: Lucene's BM25Similarity; Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019, with 1 added.
    """
    return float(np.log1p((passage_count - document_frequency + 0.5) / (document_frequency + 0.5)))


def bm25(frequencies: FloatVector, lengths: FloatVector, mean_length: float) -> FloatVector:
    """Return tf · (k1 + 1) / (tf + k1 · (1 - b + b · length / mean length)) for each posting.

    Source: Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019
    """
    return _saturate(frequencies.copy(), length_norms(lengths, mean_length))


def length_norms(lengths: FloatVector, mean_length: float) -> FloatVector:
    """Return k1 · (1 - b + b · length / mean length), what `bm25` needs of each passage's length."""
    norms: FloatVector = K1 * (1 - B + B * lengths / mean_length)
    return norms


def _saturate(frequencies: FloatVector, norms: FloatVector) -> FloatVector:
    """Return tf · (k1 + 1) / (tf + norm); both arrays are used up."""
    norms += frequencies
    frequencies *= K1 + 1
    frequencies /= norms
    return frequencies


class _Codes(dict[str, int]):
    """Terms as numbers: one or two characters are their code points; a longer term is counted, and marked by `WORD`."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []

    def __missing__(self, term: str) -> int:
        if len(term) <= 2:
            self[term] = code = ord(term[0]) << POINT_BITS | (ord(term[1]) if len(term) == 2 else 0)
        else:
            self[term] = code = WORD | len(self._words)
            self._words.append(term)
        return code

    def term_of(self, code: int) -> str:
        """Return the term that has a code."""
        if code & WORD:
            return self._words[code & ~WORD]
        first, second = code >> POINT_BITS, code & ((1 << POINT_BITS) - 1)
        return chr(first) + chr(second) if second else chr(first)


class TermCounts:
    """How often each term stands in each passage, gathered passage by passage, kept as numbers alone."""

    def __init__(self) -> None:
        self._codes = _Codes()
        self._numbers: defaultdict[int, int] = defaultdict(count().__next__)  # of the codes
        self._terms: list[npt.NDArray[np.int32]] = []
        self._ordinals: list[npt.NDArray[np.int32]] = []
        self._frequencies: list[npt.NDArray[np.uint8]] = []
        self._lengths: list[npt.NDArray[np.int32]] = []
        self._passages = 0

    def extend(
        self, terms_of_passages: Sequence[Sequence[str]], runs_of_passages: Sequence[Sequence[str]] | None = None
    ) -> None:
        """Count the terms of the next passages.

        Args:
            terms_of_passages: Each passage's terms, with repetitions.
            runs_of_passages: For each passage, texts whose characters and pairs of characters are terms too.
        """
        size = len(terms_of_passages)
        lengths = np.fromiter(map(len, terms_of_passages), np.int64, size)
        known = map(self._codes.__getitem__, chain.from_iterable(terms_of_passages))
        codes = np.fromiter(known, np.int64, int(lengths.sum()))
        owners = np.repeat(np.arange(size), lengths)
        if runs_of_passages is not None:
            more_codes, more_owners = _characters_and_pairs(runs_of_passages)
            codes, owners = np.concatenate([codes, more_codes]), np.concatenate([owners, more_owners])
        shift = np.int64(size.bit_length())  # up to 20: a million passages
        places, frequencies = np.unique(codes << shift | owners, return_counts=True)
        codes = places >> shift
        firsts = np.flatnonzero(np.diff(codes, prepend=-1))
        numbers = np.fromiter(map(self._numbers.__getitem__, codes[firsts].tolist()), np.int32, len(firsts))
        self._terms.append(np.repeat(numbers, np.diff(firsts, append=len(codes))))
        self._ordinals.append(((places & ((1 << shift) - 1)) + self._passages).astype(np.int32))
        self._frequencies.append(np.minimum(frequencies, MAX_FREQUENCY).astype(np.uint8))
        self._lengths.append(np.bincount(owners, minlength=size).astype(np.int32))
        self._passages += size

    def write(self, folder: Path) -> None:
        """Write the inverted index of all passages to a folder.

        Raises:
            OSError: If the disk is full.
        """
        hashes = np.fromiter(map(term_hash, map(self._codes.term_of, self._numbers)), np.uint64, len(self._numbers))
        order = np.argsort(hashes)
        rank = np.empty(len(hashes), dtype=np.int64)
        rank[order] = np.arange(len(hashes))
        terms = rank[np.concatenate([*self._terms, np.zeros(0, np.int32)])]
        # Postings in the order of the terms, and ascending by passage. Numbers that hold both are sorted four times
        # faster than a stable order of the terms is found.
        by_term = np.sort(terms << 32 | np.arange(len(terms))) & 0xFFFFFFFF
        ordinals = np.concatenate([*self._ordinals, np.zeros(0, np.int32)])[by_term]
        frequencies = np.concatenate([*self._frequencies, np.zeros(0, np.uint8)])[by_term]
        lengths = np.concatenate([*self._lengths, np.zeros(0, np.int32)])
        counts = np.bincount(terms, minlength=len(hashes))
        arrays: dict[str, npt.NDArray[Any]] = {
            "hashes": hashes[order],
            "offsets": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            "ordinals": ordinals,
            "frequencies": frequencies,
            "peaks": _peaks(frequencies, lengths[ordinals], counts, mean_length_of(lengths)),
            "lengths": lengths,
        }
        for name, array in arrays.items():
            write_array(folder / FILES[name], array)


def _characters_and_pairs(runs_of_passages: Sequence[Sequence[str]]) -> tuple[Ordinals, Ordinals]:
    """Return the codes of all characters and neighbouring pairs in the runs, and which passage each stands in."""
    texts = ["".join([f"{run}\0" for run in runs]) for runs in runs_of_passages]
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    owners = np.repeat(np.arange(len(texts)), np.fromiter(map(len, texts), np.int64, len(texts)))
    is_said = points != 0
    is_pair = is_said[:-1] & is_said[1:]
    alone, pairs = points << POINT_BITS, (points[:-1] << POINT_BITS | points[1:])[is_pair]
    return np.concatenate([alone[is_said], pairs]), np.concatenate([owners[is_said], owners[:-1][is_pair]])


def mean_length_of(lengths: npt.NDArray[np.int32]) -> float:
    """Return the mean number of terms of some passages, at least 1."""
    return max(float(lengths.sum(dtype=np.int64)) / max(len(lengths), 1), 1.0)


def _peaks(
    frequencies: npt.NDArray[np.uint8],
    lengths: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int64],
    mean_length: float,
) -> FloatVector:
    """Return the most that `bm25` gives each term in any passage of the segment, as it stands: (terms,)."""
    gains = bm25(frequencies.astype(np.float32), lengths.astype(np.float32), mean_length)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    return np.maximum.reduceat(gains, starts) if len(gains) else np.zeros(len(counts), np.float32)


@dataclass(frozen=True, slots=True)
class Postings:
    """The passages that hold a term, ascending, and how often each does; `peak`: see `_peaks`."""

    ordinals: npt.NDArray[np.int32]
    frequencies: npt.NDArray[np.uint8]
    peak: float = 0.0


class SparseIndex:
    """A written inverted index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        mapped = {name: map_array(folder / file) for name, file in FILES.items()}
        self.hashes: npt.NDArray[np.uint64] = mapped["hashes"]
        self.offsets: npt.NDArray[np.int64] = mapped["offsets"]
        self.ordinals: npt.NDArray[np.int32] = mapped["ordinals"]
        self.frequencies: npt.NDArray[np.uint8] = mapped["frequencies"]
        self.lengths: npt.NDArray[np.int32] = mapped["lengths"]
        self._peaks: FloatVector = mapped["peaks"]
        self.total_length = int(self.lengths.sum(dtype=np.int64))
        self._norms: tuple[float, FloatVector] | None = None

    def norms(self, mean_length: float) -> FloatVector:
        """Return `length_norms` of the passages; kept, because the next question mostly has the same mean."""
        kept = self._norms
        if kept is None or kept[0] != mean_length:
            self._norms = kept = mean_length, length_norms(self.lengths.astype(np.float32), mean_length)
        return kept[1]

    def postings(self, hashes: npt.NDArray[np.uint64]) -> list[Postings]:
        """Return where each of some terms, given by their hashes, occurs; empty where it does not."""
        nothing = Postings(self.ordinals[:0], self.frequencies[:0])
        if not len(self.hashes):
            return [nothing] * len(hashes)
        places = np.searchsorted(self.hashes, hashes)
        places[places == len(self.hashes)] = 0
        is_there = self.hashes[places] == hashes
        starts, ends = (self.offsets[places + side] for side in (0, 1))
        return [
            Postings(self.ordinals[start:end], self.frequencies[start:end], peak) if found else nothing
            for found, start, end, peak in zip(
                is_there.tolist(), starts.tolist(), ends.tolist(), self._peaks[places].tolist(), strict=True
            )
        ]

    @property
    def mean_length(self) -> float:
        """Mean number of terms of a passage, at least 1: what the peaks were computed with."""
        return max(self.total_length / max(len(self.lengths), 1), 1.0)


class _Shown:
    """Which passages of a segment count, and how many of some postings do."""

    def __init__(self, mask: Mask | None, size: int) -> None:
        self.mask = mask
        hidden = size - int(np.count_nonzero(mask)) if mask is not None else 0
        self.count = size - hidden
        self._few_are_hidden = hidden <= self.count
        self.few = (
            np.flatnonzero(~mask if self._few_are_hidden else mask) if mask is not None else np.zeros(0, np.int64)
        )

    def count_in(self, ordinals: npt.NDArray[np.int32]) -> int:
        """Return how many of the postings count, whichever way is cheaper."""
        if self.mask is None or not len(ordinals):
            return len(ordinals)
        if len(ordinals) <= len(self.few) * LOOKUP_COST:
            return int(np.count_nonzero(self.mask[ordinals]))
        found = int(np.count_nonzero(_find(self.few, ordinals) >= 0))
        return len(ordinals) - found if self._few_are_hidden else found

    def length_of(self, index: SparseIndex) -> int:
        """Return how many terms the passages that count have together."""
        if self.mask is None:
            return index.total_length
        part = int(index.lengths[self.few].sum(dtype=np.int64))
        return index.total_length - part if self._few_are_hidden else part


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of the query: where it stands in each segment, what it is worth, and the most that it can give."""

    postings: tuple[Postings, ...]
    idf: float
    most: float

    @property
    def size(self) -> int:
        return sum(len(postings.ordinals) for postings in self.postings)


class SparseQuery:
    """A query's terms against some segments, scored as one collection; passages are numbered through the segments.

    Args:
        indexes: The segments.
        query_terms: Terms of the query; repetitions count once.
        live: For each segment, which passages count; None for all.
    """

    def __init__(self, indexes: Sequence[SparseIndex], query_terms: Sequence[str], live: Sequence[Mask | None]) -> None:
        self._indexes = indexes
        self._shown = [_Shown(mask, len(index.lengths)) for index, mask in zip(indexes, live, strict=True)]
        self._bases = np.cumsum([0, *(len(index.lengths) for index in indexes)])
        passages = sum(shown.count for shown in self._shown)
        self._mean_length = max(
            sum(shown.length_of(index) for shown, index in zip(self._shown, indexes, strict=True)) / max(passages, 1),
            1.0,
        )
        hashes = np.fromiter(map(term_hash, dict.fromkeys(query_terms)), dtype=np.uint64)
        found = zip(*(index.postings(hashes) for index in indexes), strict=True)
        self._terms = [self._weigh(postings, passages) for postings in found]
        self._is_small = sum(term.size for term in self._terms) <= SCORED_POSTINGS
        self._all: list[FloatVector] | None = self._score_all(self._terms) if self._is_small else None

    @property
    def most(self) -> float:
        """The most that any passage could get: the sum of idf · (k1 + 1) over the terms."""
        return sum(term.idf * (K1 + 1) for term in self._terms)

    def best(self, count: int) -> Ordinals:
        """Return the numbers of the `count` passages with the highest scores above zero, ascending.

        Exact: a frequent term is passed over only for passages that could not come among the best even with all that
        it and the terms after it can give. Equal scores go to the passages that come first.

        Source: MaxScore, Turtle and Flood 1995, https://doi.org/10.1016/0306-4573(95)00020-H, a term at a time.
        """
        if self._all is not None:
            held = [np.flatnonzero(scores) for scores in self._all]
            return self._top(held, [scores[local] for scores, local in zip(self._all, held, strict=True)], count)
        waiting = sorted(self._terms, key=lambda term: term.size)
        left = np.cumsum([0.0, *(term.most for term in reversed(waiting))])[::-1]
        scores = [np.zeros(len(index.lengths), dtype=np.float32) for index in self._indexes]
        done = scored = 0
        next_look: float = SCORED_POSTINGS
        for term in waiting:
            scored += term.size
            if scored > next_look and left[0] > 2 * left[done]:  # else no passage can have more than is left
                if self._kth(scores, count) > left[done]:
                    break
                next_look = LOOK_AGAIN * scored
            self._add(term, scores)
            done += 1
        return self._finish(waiting[done:], left[done:], scores, count)

    def scores(self, ordinals: Ordinals) -> FloatVector:
        """Return the scores of some passages, given ascending: (ordinals,) float32, zero where nothing matched."""
        found = np.zeros(len(ordinals), dtype=np.float32)
        for number, start, end in self._parts(ordinals):
            local = ordinals[start:end] - self._bases[number]
            if self._all is not None:
                found[start:end] = self._all[number][local]
                continue
            for term in self._terms:
                self._add_to(term, number, local, found[start:end])
            mask = self._shown[number].mask
            if mask is not None:
                found[start:end][~mask[local]] = 0
        return found

    def _weigh(self, found: tuple[Postings, ...], passages: int) -> _Term:
        frequency = sum(shown.count_in(postings.ordinals) for shown, postings in zip(self._shown, found, strict=True))
        idf = inverse_document_frequency(passages, frequency)
        peaks = [
            _highest(postings.peak, index.mean_length / self._mean_length)
            for postings, index in zip(found, self._indexes, strict=True)
        ]
        return _Term(found, idf, idf * max(peaks, default=0.0))

    def _score_all(self, terms: Iterable[_Term]) -> list[FloatVector]:
        scores = [np.zeros(len(index.lengths), dtype=np.float32) for index in self._indexes]
        for term in terms:
            self._add(term, scores)
        for segment_scores, shown in zip(scores, self._shown, strict=True):
            if shown.mask is not None:
                segment_scores[~shown.mask] = 0
        return scores

    def _add(self, term: _Term, scores: list[FloatVector]) -> None:
        """Add what a term gives to every passage that holds it."""
        for segment_scores, index, postings in zip(scores, self._indexes, term.postings, strict=True):
            if len(postings.ordinals):
                ordinals = postings.ordinals.astype(np.intp)  # which indexing would do each time
                segment_scores[ordinals] += self._gains(term, index, postings.frequencies, ordinals)

    def _add_to(self, term: _Term, number: int, local: Ordinals, scores: FloatVector) -> None:
        """Add what a term gives to some passages of a segment, given ascending."""
        postings, index = term.postings[number], self._indexes[number]
        if not len(postings.ordinals) or not len(local):
            return
        if len(local) * LOOKUP_COST < len(postings.ordinals):
            places = _find(local, postings.ordinals)
            held = np.flatnonzero(places >= 0)
            frequencies = postings.frequencies[places[held]]
        else:
            table = np.zeros(len(index.lengths), dtype=np.uint8)
            table[postings.ordinals] = postings.frequencies
            held = np.flatnonzero(table[local])
            frequencies = table[local[held]]
        scores[held] += self._gains(term, index, frequencies, local[held])

    def _gains(
        self, term: _Term, index: SparseIndex, frequencies: npt.NDArray[np.uint8], local: Ordinals
    ) -> FloatVector:
        gains = _saturate(frequencies.astype(np.float32), index.norms(self._mean_length)[local])
        gains *= np.float32(term.idf)
        return gains

    def _finish(
        self, waiting: Sequence[_Term], left: npt.NDArray[np.float64], scores: list[FloatVector], count: int
    ) -> Ordinals:
        """Add the frequent terms to the passages that can still be among the best, fewer after every term."""
        worst = self._kth(scores, count)
        bar = worst * EXACT_SHARE - left[0]
        kept = [np.flatnonzero(segment >= bar if bar > 0 else segment > 0) for segment in scores]
        kept = [
            local if shown.mask is None else local[shown.mask[local]]
            for local, shown in zip(kept, self._shown, strict=True)
        ]
        values = [segment[local] for segment, local in zip(scores, kept, strict=True)]
        for term, still in zip(waiting, left[1:], strict=True):
            for number, (local, segment) in enumerate(zip(kept, values, strict=True)):
                self._add_to(term, number, local, segment)
            # Scores only grow: what is now in place `count` is among those that reach what was there before.
            worst = _kth_highest(np.concatenate([segment[segment >= worst] for segment in values]), count)
            bar = worst * EXACT_SHARE - still
            is_kept = [segment >= bar for segment in values]
            kept = [local[flags] for local, flags in zip(kept, is_kept, strict=True)]
            values = [segment[flags] for segment, flags in zip(values, is_kept, strict=True)]
        return self._top(kept, values, count)

    def _kth(self, scores: list[FloatVector], count: int) -> float:
        """Return the score of the passage in place `count`, 0 if fewer have one."""
        held = []
        for segment, shown in zip(scores, self._shown, strict=True):
            # The same place among some of the scores is not above it: only what reaches it has to be put in order.
            sample = segment[::SAMPLED] if shown.mask is None else segment[::SAMPLED][shown.mask[::SAMPLED]]
            floor = _kth_highest(sample, count)
            is_held = segment >= floor if floor > 0 else segment > 0
            held.append(segment[is_held if shown.mask is None else is_held & shown.mask])
        return _kth_highest(np.concatenate(held), count)

    def _top(self, kept: Sequence[Ordinals], values: Sequence[FloatVector], count: int) -> Ordinals:
        """Return the numbers of the `count` best of some passages of each segment, ascending; ties to the first."""
        parts = [local + base for local, base in zip(kept, self._bases, strict=False)]
        ordinals = np.concatenate([np.zeros(0, np.int64), *parts])
        together = np.concatenate([np.zeros(0, np.float32), *values])
        if len(ordinals) <= count:
            return ordinals
        worst = _kth_highest(together, count)
        above = ordinals[together > worst]
        level = ordinals[together == worst][: count - len(above)]
        return np.sort(np.concatenate([above, level]))

    def _parts(self, ordinals: Ordinals) -> Iterator[tuple[int, int, int]]:
        """Yield (segment, start, end) for the runs of ascending ordinals that stand in one segment."""
        bounds = np.searchsorted(ordinals, self._bases)
        for number, (start, end) in enumerate(pairwise(bounds)):
            if start < end:
                yield number, int(start), int(end)


def _kth_highest(values: FloatVector, count: int) -> float:
    """Return the value in place `count`, 0 if there are fewer."""
    # numpy sorts in vector registers: 62,500 scores in .07 ms, where its partition, made for less work, took 1.2 ms.
    return float(np.sort(values)[-count]) if len(values) >= count > 0 else 0.0


def _find(wanted: Ordinals, ordinals: npt.NDArray[np.int32]) -> Ordinals:
    """Return where each wanted value stands among ascending ordinals, -1 where it does not."""
    places = np.searchsorted(ordinals, wanted.astype(np.int32))
    places[places == len(ordinals)] = 0
    return np.where(ordinals[places] == wanted, places, -1)


def _highest(peak: float, ratio: float) -> float:
    """Return the most that `bm25` can give a term where it gave `peak` with another mean length.

    Worked: with g = tf / (tf + K1·n), K1·n / tf = 1/g - 1, and n grows by no more than the ratio of the mean lengths,
    and shrinks by no more than it.
    """
    share = peak / (K1 + 1)
    return 0.0 if share <= 0 else (K1 + 1) / (1 + min(ratio, 1.0) * (1 / share - 1)) + 1e-6
