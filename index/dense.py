"""Nearest passages by meaning: unit vectors in a mapped array, compared by inner product with FAISS.

Only this module knows FAISS. Vectors in, (ordinal, cosine) out. Up to a size every vector is compared; beyond it a
trained index says which to compare, and the cosines that are returned are still those of the vectors themselves.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss as untyped_faiss
import numpy as np
import numpy.typing as npt

from index.arrays import ArrayWriter, map_array
from index.embed import FloatMatrix
from index.errors import IndexDamaged

faiss: Any = untyped_faiss  # its stubs lack half of what is called here

VECTORS_FILE = "vectors.npy"
TRAINED_FILE = "dense.faiss"


@dataclass(frozen=True, slots=True)
class DenseKind:
    """How up to `max_passages` vectors are kept and searched.

    Attributes:
        max_passages: Beyond it the next kind is taken.
        stored: Type of the stored vectors.
        factory: The trained index, as FAISS's factory names it, `{half}` for half the dimensions; None to compare every
            vector.
    """

    max_passages: float
    stored: type[np.floating[Any]]
    factory: str | None = None


# Which kind, by size, measured with 147,880 passages of laws × 512 dimensions, one thread; recall at 10 against exact
# search for 200 sentences of the laws | 223 questions about something else:
#   every vector           10 to 15 ms   1.000 | 1.000   nothing to tune, so it is taken while it costs 5 ms at the most
#   PQ256x4fs, best 1,000   2.5 ms        .999 |  .999   two dimensions in four bits, compared from registers
#   PQ256x4fs, best 400     2 ms          .988 |  .991
#   SQ8                     5.7 ms       1.000 | 1.000
#   IVF1024,SQ8, 256 lists  2 ms          .993 |  .977   lists lose what stands far from where the question points,
#   IVF1024,SQ8, 64 lists   0.7 ms        .966 |  .904   and lose more of it the stranger the question is
DENSE_KINDS = (
    DenseKind(50_000, np.float32),
    DenseKind(float("inf"), np.float16, "PQ{half}x4fs"),
)
ODD_FACTORY = "SQ8"  # for an odd number of dimensions, which has no half
TRAINING_VECTORS = 64 * 1024  # FAISS takes 16 × 256 of them to place 16 centroids
ADDED_VECTORS = 64 * 1024  # added to a trained index at once: 128 MiB of float32 at 512 dimensions
# What comes out of a trained index for the exact cosines to decide: at least so many times what is wanted, and this
# share of all passages, because quantised ranks are off by a share of them.
RESCORED, RESCORED_SHARE = 10, 0.005
WIDENED = 256  # vectors converted and compared at once: they stay in the processor's cache
FRACTION_BITS = 23 - 10  # that float32 has more than float16
EXPONENT_HEAD = np.int32(0x70000000)  # the three bits behind the sign: exponents that float16 has not
GATHERED = 20_000  # if no more than so many passages count, their vectors are compared: 20 ms


def kind_for(passages: int) -> DenseKind:
    """Return the kind for so many passages."""
    return next(kind for kind in DENSE_KINDS if passages <= kind.max_passages)


def build_dense(parts: Iterable[FloatMatrix], passages: int, dim: int, folder: Path) -> None:
    """Write vectors to a folder, and the index that their number asks for.

    Args:
        parts: (…, dim) float32, unit rows, `passages` in all; read once.
        passages: How many there are.
        dim: Length of a vector.
        folder: Where to write.

    Raises:
        OSError: If the disk is full.
    """
    kind = kind_for(passages)
    with ArrayWriter(folder / VECTORS_FILE, kind.stored, dim) as writer:
        for part in parts:
            writer.write(part)
    if kind.factory is not None:
        factory = kind.factory.format(half=dim // 2) if dim % 2 == 0 else ODD_FACTORY
        _write_trained(factory, map_array(folder / VECTORS_FILE), folder / TRAINED_FILE)


def _write_trained(factory: str, vectors: npt.NDArray[Any], path: Path) -> None:
    count, dim = vectors.shape
    trained = faiss.index_factory(dim, factory, faiss.METRIC_INNER_PRODUCT)
    sample = np.random.default_rng(0).choice(count, min(count, TRAINING_VECTORS), replace=False)
    with _one_thread():
        trained.train(np.ascontiguousarray(vectors[np.sort(sample)], dtype=np.float32))
        for start in range(0, count, ADDED_VECTORS):
            trained.add(np.ascontiguousarray(vectors[start : start + ADDED_VECTORS], dtype=np.float32))
    # Through a file of Python's: FAISS's own writer does not tell if the disk is full when the file is closed.
    with path.open("wb") as file:
        faiss.write_index(trained, faiss.PyCallbackIOWriter(file.write))


class DenseIndex:
    """Written vectors, mapped into memory.

    Raises:
        IndexDamaged: If a file is not what `build_dense` writes.
    """

    def __init__(self, folder: Path) -> None:
        self._vectors: npt.NDArray[Any] = map_array(folder / VECTORS_FILE)
        self._kind = kind_for(len(self._vectors))
        if self._kind.factory is None and self._vectors.dtype != np.float32:
            self._vectors = self._vectors.astype(np.float32)  # a large segment whose limit was raised since
        self._trained: Any = None
        if (folder / TRAINED_FILE).is_file():
            try:
                self._trained = faiss.read_index(str(folder / TRAINED_FILE), faiss.IO_FLAG_MMAP_IFC)
            except RuntimeError as error:
                raise IndexDamaged(folder / TRAINED_FILE, "FAISS cannot read it") from error

    @property
    def factory(self) -> str | None:
        """The trained index, as FAISS's factory names it; None if every vector is compared."""
        kind = self._kind.factory
        return None if self._trained is None or kind is None else kind.format(half=self.dim // 2)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def search(
        self, vector: npt.NDArray[np.float32], count: int, mask: npt.NDArray[np.bool_] | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Return the ordinals and cosines of the nearest passages, best first, ties in the order of the passages.

        Args:
            vector: (dim,) float32.
            count: How many; fewer are returned where there are fewer.
            mask: Which passages count, (passages,); None for all.
        """
        shown = len(self._vectors) if mask is None else int(np.count_nonzero(mask))
        count = min(count, shown)
        if count == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        with _one_thread():
            return self._search(vector, count, mask, shown)

    def _search(
        self, vector: npt.NDArray[np.float32], count: int, mask: npt.NDArray[np.bool_] | None, shown: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        if self._trained is None:
            return self.compare_all(vector, count, mask)
        if mask is not None and shown <= GATHERED:
            ordinals = np.flatnonzero(mask)
        else:
            ordinals = self._preselect(vector, max(RESCORED * count, int(RESCORED_SHARE * shown)), mask, shown)
            if len(ordinals) < count:  # most of what is near does not count
                return self.compare_all(vector, count, mask)
        return best_first(ordinals, self.cosines(vector, ordinals), count)

    def cosines(self, vector: npt.NDArray[np.float32], ordinals: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the cosine of each passage: (ordinals,) float32."""
        cosines = np.empty(len(ordinals), dtype=np.float32)
        for start in range(0, len(ordinals), WIDENED):
            part = slice(start, start + WIDENED)
            cosines[part] = self.vectors(ordinals[part]) @ vector
        return cosines

    def vectors(self, ordinals: npt.NDArray[np.int64] | slice) -> FloatMatrix:
        """Return stored vectors: (ordinals, dim) float32."""
        stored = self._vectors[ordinals]
        return _widen(stored) if stored.dtype == np.float16 else np.asarray(stored, dtype=np.float32)

    def compare_all(
        self, vector: npt.NDArray[np.float32], count: int, mask: npt.NDArray[np.bool_] | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Return what `search` returns, exactly and at whatever cost; `count` passages must count."""
        found = [
            self._compare(vector, start, count, None if mask is None else mask[start : start + self._compared_at_once])
            for start in range(0, len(self._vectors), self._compared_at_once)
        ]
        ordinals = np.concatenate([ordinals for ordinals, _ in found])
        return best_first(ordinals, np.concatenate([scores for _, scores in found]), count)

    @property
    def _compared_at_once(self) -> int:
        """All vectors, if FAISS can read them where they lie; else as many as are converted at once."""
        return max(len(self._vectors), 1) if self._vectors.dtype == np.float32 else ADDED_VECTORS

    def _compare(
        self, vector: npt.NDArray[np.float32], start: int, count: int, mask: npt.NDArray[np.bool_] | None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        rows = self.vectors(slice(start, start + self._compared_at_once))
        ordinals, scores = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.float32)
        query = np.ascontiguousarray(vector, dtype=np.float32)
        faiss.knn_inner_product(
            faiss.swig_ptr(query),
            faiss.swig_ptr(rows),
            self.dim,
            1,
            len(rows),
            count,
            faiss.swig_ptr(scores),
            faiss.swig_ptr(ordinals),
            _selector(mask),
        )
        found = ordinals >= 0
        return ordinals[found] + start, scores[found]

    def _preselect(
        self, vector: npt.NDArray[np.float32], count: int, mask: npt.NDArray[np.bool_] | None, shown: int
    ) -> npt.NDArray[np.int64]:
        """Return some `count` passages that the trained index puts first and that count, ascending."""
        asked = min(count * len(self._vectors) // shown, len(self._vectors))  # this index takes no mask
        _, found = self._trained.search(np.ascontiguousarray(vector.reshape(1, -1)), asked)
        ordinals: npt.NDArray[np.int64] = np.sort(found[0][found[0] >= 0])
        return ordinals if mask is None else ordinals[mask[ordinals]]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS use one thread: what it does at once is so little that several threads mostly wait for one another.

    Comparing 28,509 vectors took 2 ms with one thread, and 16 ms with two while another process was at work; training
    with 65,536 took 1.4 s of the processor with one, and 17 s with two.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _widen(halves: npt.NDArray[np.float16]) -> FloatMatrix:
    """Return float16 numbers, all finite, as the same numbers in float32.

    numpy converts one number after the other; moving the bits of all takes a quarter of the time. In its place the
    exponent reads 112 too small, because float16 counts it from -14 and float32 from -126; then it is scaled, exactly.
    """
    bits = halves.view(np.int16).astype(np.int32)  # the sign fills what is left of it
    bits <<= FRACTION_BITS
    bits &= ~EXPONENT_HEAD
    wide = bits.view(np.float32)
    wide *= np.float32(2**112)
    return wide


def best_first(
    ordinals: npt.NDArray[np.int64], scores: npt.NDArray[np.float32], count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the `count` highest scores with their ordinals, best first, ties by ordinal."""
    order = np.lexsort((ordinals, -scores))[:count]
    return ordinals[order], scores[order]


def _selector(mask: npt.NDArray[np.bool_] | None) -> Any:  # noqa: ANN401 (FAISS has no types)
    return None if mask is None else faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
