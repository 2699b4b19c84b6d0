"""Segments become one: documents that no longer count are left out, nothing is cut, embedded or tokenised again.

Everything is copied in parts, so that merging takes the memory of a part and not of a segment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import ArrayWriter, write_array
from index.dense import build_dense
from index.embed import FloatMatrix
from index.segment import SEGMENTS, DocumentEntry, Segment, SegmentEntry, new_segment, write_documents
from index.sparse import FILES, bm25, mean_length_of


@dataclass(frozen=True, slots=True)
class Tier:
    """Segments of up to `max_passages`; as soon as `limit` of them are neighbours, they become one."""

    max_passages: int
    limit: int


# When segments are merged. A question pays for every segment (1 ms each), so a library may not stay in as many as it
# was added in; every merge copies its passages (15 µs each, against 400 µs for making one), so none is done often.
# Four of a size make one of the next: 200 files of a report's length, added one by one, end in at most 3 segments a
# tier, and each of their passages has been copied some 8 times: a third of what making it cost. The limits are a third
# above powers of two, because a segment that a build closes is a document larger than `index.build.SEGMENT_PASSAGES`.
TIERS = (
    Tier(1_400, 4),
    Tier(5_600, 4),
    Tier(22_400, 4),
    Tier(89_600, 4),
    Tier(358_400, 4),
)
LARGEST_SEGMENT = 1_433_600  # passages: training its index holds some 400 MiB in memory
MOST_DROPPED = 0.25  # of a segment's passages; beyond it the segment is written again without them
COPIED_ROWS = 2**16  # copied at once: 64 MiB of vectors
MERGED_POSTINGS = 2**22  # merged at once: 150 MiB of working arrays


def plan_merge(segments: Sequence[SegmentEntry]) -> slice | None:
    """Return the next neighbours to merge; None if all is well. One segment is returned if much of it is dropped.

    Example:
        >>> plan_merge([SegmentEntry("a", 60_000, {}), *[SegmentEntry(name, 30, {}) for name in "bcde"]])
        slice(1, 5, None)
        >>> plan_merge([SegmentEntry(name, 30, {}) for name in "abc"])
    """
    sizes = [segment.live_passages for segment in segments]
    for tier in TIERS:
        start = 0
        for end in range(len(segments) + 1):
            if end < len(segments) and sizes[end] <= tier.max_passages:
                continue
            members = [size for size in sizes[start:end] if size > tier.max_passages // 4 or tier is TIERS[0]]
            if len(members) >= tier.limit and sum(sizes[start:end]) <= LARGEST_SEGMENT:
                return slice(start, end)
            start = end + 1
    for number, segment in enumerate(segments):
        if segment.passages - sizes[number] > MOST_DROPPED * segment.passages:
            return slice(number, number + 1)
    return None


def merge_segments(folder: Path, entries: Sequence[SegmentEntry]) -> SegmentEntry:
    """Write the documents of some segments that count as one new segment, in their order.

    Raises:
        OSError: If the disk is full.
        IndexDamaged: If a document is not what was written.
    """
    segments = [Segment(folder / SEGMENTS / entry.name, entry) for entry in entries]
    sources = [_Source(segment) for segment in segments]
    documents = [entry for source in sources for entry in source.documents]
    count = sum(len(source.passages) for source in sources)
    with new_segment(folder) as writing:
        lines = (source.segment.document_line(int(number)) for source in sources for number in source.document_numbers)
        write_documents(writing.folder, lines, documents)
        _merge_passages(sources, writing.folder)
        _merge_tokens(sources, writing.folder)
        _merge_sparse(sources, writing.folder)
        build_dense(_vectors(sources), count, segments[0].dense.dim, writing.folder)
        return writing.finish(count, documents)


class _Source:
    """A segment, and what of it goes into the new one."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        size = len(segment.passages)
        dropped = segment.entry.dropped_ordinals
        self.document_numbers = np.setdiff1d(np.arange(len(segment.entry.documents)), dropped)
        self.live = segment.live
        self.passages = np.arange(size) if self.live is None else np.flatnonzero(self.live)
        self.new_numbers = None if self.live is None else np.cumsum(self.live, dtype=np.int32) - 1

    @property
    def documents(self) -> list[DocumentEntry]:
        return [self.segment.entry.documents[int(number)] for number in self.document_numbers]

    def postings(self, start: int, end: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[Any]]:
        """Return how many postings each of the terms from `start` to `end` has, and all their passages and counts."""
        sparse = self.segment.sparse
        bounds = sparse.offsets[start : end + 1]
        span = slice(int(bounds[0]), int(bounds[-1]))
        sizes, ordinals, frequencies = np.diff(bounds), sparse.ordinals[span], sparse.frequencies[span]
        if self.live is None or self.new_numbers is None:
            return sizes, ordinals, frequencies
        kept = self.live[ordinals]
        terms = np.repeat(np.arange(end - start), sizes)[kept]
        return np.bincount(terms, minlength=end - start), self.new_numbers[ordinals[kept]], frequencies[kept]


def _merge_passages(sources: Sequence[_Source], folder: Path) -> None:
    base = 0
    with ArrayWriter(folder / "passages.npy", np.int32, 3) as writer:
        for source in sources:
            numbers = np.zeros(len(source.segment.entry.documents), dtype=np.int32)
            numbers[source.document_numbers] = np.arange(len(source.document_numbers)) + base
            rows = source.segment.passages[source.passages]
            rows[:, 0] = numbers[rows[:, 0]]
            writer.write(rows)
            base += len(source.document_numbers)


def _merge_tokens(sources: Sequence[_Source], folder: Path) -> None:
    lengths = []
    with ArrayWriter(folder / "tokens.npy", np.int32) as writer:
        for source in sources:
            offsets = source.segment.token_offsets
            lengths.append(np.diff(offsets)[source.passages])
            for part in _parts(source.passages):
                first, last = int(part[0]), int(part[-1]) + 1
                tokens = source.segment.tokens[int(offsets[first]) : int(offsets[last])]
                if source.live is not None:
                    tokens = tokens[np.repeat(source.live[first:last], np.diff(offsets[first : last + 1]))]
                writer.write(tokens)
    write_array(
        folder / "token-offsets.npy", np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
    )


def _vectors(sources: Sequence[_Source]) -> Iterator[FloatMatrix]:
    for source in sources:
        for part in _parts(source.passages):
            yield source.segment.dense.vectors(part)


def _parts(ordinals: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    for start in range(0, len(ordinals), COPIED_ROWS):
        yield ordinals[start : start + COPIED_ROWS]


def _merge_sparse(sources: Sequence[_Source], folder: Path) -> None:
    """Merge inverted indexes, a range of terms at a time: each term's postings follow one another by segment."""
    bases = np.cumsum([0, *(len(source.passages) for source in sources)])
    lengths = np.concatenate([source.segment.sparse.lengths[source.passages] for source in sources])
    write_array(folder / FILES["lengths"], lengths)
    mean_length = mean_length_of(lengths)
    hashes = np.unique(np.concatenate([source.segment.sparse.hashes for source in sources]))
    counts: list[npt.NDArray[np.int64]] = []
    with (
        ArrayWriter(folder / FILES["hashes"], np.uint64) as all_hashes,
        ArrayWriter(folder / FILES["ordinals"], np.int32) as all_ordinals,
        ArrayWriter(folder / FILES["frequencies"], np.uint8) as all_frequencies,
        ArrayWriter(folder / FILES["peaks"], np.float32) as all_peaks,
    ):
        for part in _term_ranges(sources, hashes):
            sizes = np.zeros((len(sources), len(part)), dtype=np.int64)
            found = []
            for number, source in enumerate(sources):
                own = source.segment.sparse.hashes
                start, end = np.searchsorted(own, part[0]), np.searchsorted(own, part[-1], side="right")
                own_sizes, ordinals, frequencies = source.postings(int(start), int(end))
                sizes[number, np.searchsorted(part, own[start:end])] = own_sizes
                found.append((ordinals, frequencies))
            total = sizes.sum(axis=0)
            # Where the block of a (term, segment) begins: after all earlier terms, and this term's earlier segments.
            starts = np.cumsum(total) - total + np.cumsum(sizes, axis=0) - sizes
            ordinals_out = np.empty(int(total.sum()), dtype=np.int32)
            frequencies_out = np.empty(len(ordinals_out), dtype=np.uint8)
            for number, (ordinals, frequencies) in enumerate(found):
                places = np.repeat(starts[number] - np.cumsum(sizes[number]) + sizes[number], sizes[number])
                places += np.arange(len(places))
                ordinals_out[places] = ordinals + np.int32(bases[number])
                frequencies_out[places] = frequencies
            kept = total > 0  # a term that only dropped documents held is gone
            gains = bm25(frequencies_out.astype(np.float32), lengths[ordinals_out].astype(np.float32), mean_length)
            all_hashes.write(part[kept])
            all_ordinals.write(ordinals_out)
            all_frequencies.write(frequencies_out)
            all_peaks.write(np.maximum.reduceat(gains, (np.cumsum(total) - total)[kept]) if len(gains) else gains)
            counts.append(total[kept])
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([*counts, np.zeros(0, np.int64)]))]).astype(np.int64)
    write_array(folder / FILES["offsets"], offsets)


def _term_ranges(sources: Sequence[_Source], hashes: npt.NDArray[np.uint64]) -> Iterator[npt.NDArray[np.uint64]]:
    """Cut the terms into ranges that have some `MERGED_POSTINGS` together; a very frequent term may have more."""
    sizes = np.zeros(len(hashes), dtype=np.int64)
    for source in sources:
        sparse = source.segment.sparse
        sizes[np.searchsorted(hashes, sparse.hashes)] += np.diff(sparse.offsets)
    ends = np.cumsum(sizes)
    start = 0
    while start < len(hashes):
        done = int(ends[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(ends, done + MERGED_POSTINGS, side="right")))
        yield hashes[start:end]
        start = end
