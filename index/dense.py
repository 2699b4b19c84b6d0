"""Nearest passages by meaning: unit vectors in a FAISS index, compared by inner product.

Only this module knows FAISS. Vectors in, (ordinal, cosine) out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.embed import FloatMatrix
from index.errors import IndexDamaged


@dataclass(frozen=True, slots=True)
class DenseKind:
    """An index for up to `max_passages` vectors, as FAISS's factory names it; `probes` lists are read a question."""

    max_passages: float
    factory: str
    probes: int = 0


# Which index, by size. Flat is exact and has nothing to tune; beyond its limit reading every vector costs more than
# the rest of a question together.
DENSE_KINDS = (
    DenseKind(100_000, "Flat"),
    DenseKind(float("inf"), "IVF1024,SQ8", probes=64),
)
TRAINING_VECTORS = 64 * 1024  # enough to place 1,024 centroids (FAISS asks for 39 to 256 a centroid)


def build_dense(vectors: FloatMatrix, path: Path) -> None:
    """Write the index of (passages, dim) unit rows to a file."""
    count, dim = vectors.shape
    kind = next(kind for kind in DENSE_KINDS if count <= kind.max_passages)
    index = faiss.index_factory(dim, kind.factory, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        sample = np.random.default_rng(0).choice(count, min(count, TRAINING_VECTORS), replace=False)
        index.train(np.ascontiguousarray(vectors[np.sort(sample)]))
    index.add(np.ascontiguousarray(vectors))
    if kind.probes:
        faiss.extract_index_ivf(index).nprobe = kind.probes
    faiss.write_index(index, str(path))


class DenseIndex:
    """A written index, mapped into memory.

    Raises:
        IndexDamaged: If FAISS cannot read the file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexDamaged(path, "FAISS cannot read it") from error

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(self, vector: npt.NDArray[np.float32], count: int) -> tuple[npt.NDArray[np.int64], FloatMatrix]:
        """Return the ordinals and cosines of the nearest passages, best first; fewer than `count` where there are."""
        scores, ordinals = self._index.search(vector.reshape(1, -1), min(count, self._index.ntotal))
        found = ordinals[0] >= 0
        return ordinals[0][found], scores[0][found]

    def vectors(self, start: int, count: int) -> FloatMatrix:
        """Return the stored vectors of `count` passages from `start`: (count, dim) float32."""
        if count == 0:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.asarray(self._index.reconstruct_n(start, count), dtype=np.float32)
