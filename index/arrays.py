"""Arrays on disk: written row by row so that none has to fit into memory, and mapped when they are read.

The format is numpy's own `.npy` without objects, so no pickle is ever written or loaded.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

MAGIC = b"\x93NUMPY\x01\x00"  # version 1.0 of the format
HEADER_BYTES = 128  # holds every header of one or two dimensions, so that the length can be filled in at the end


class ArrayWriter:
    """Writes an `.npy` file in parts; its header is written last.

    Args:
        path: The file.
        dtype: Of the elements.
        width: Length of a row; None for an array of one dimension.

    Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """

    def __init__(self, path: Path, dtype: npt.DTypeLike, width: int | None = None) -> None:
        self._file = path.open("wb")
        self._file.write(bytes(HEADER_BYTES))
        self._dtype = np.dtype(dtype)
        self._width = width
        self.rows = 0

    def write(self, rows: npt.NDArray[Any]) -> None:
        """Append rows, converted to the type of the file."""
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).data)
        self.rows += len(rows)

    def close(self) -> None:
        """Fill in the header and close the file.

        Raises:
            OSError: If the disk is full.
        """
        shape = (self.rows,) if self._width is None else (self.rows, self._width)
        header = str({"descr": self._dtype.str, "fortran_order": False, "shape": shape}).encode()
        length = HEADER_BYTES - len(MAGIC) - 2
        self._file.seek(0)
        self._file.write(MAGIC + length.to_bytes(2, "little") + header.ljust(length - 1) + b"\n")
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._file.close()


def write_array(path: Path, rows: npt.NDArray[Any]) -> None:
    """Write an array of one or two dimensions to a file."""
    with ArrayWriter(path, rows.dtype, rows.shape[1] if rows.ndim > 1 else None) as writer:
        writer.write(rows)


def map_array(path: Path) -> npt.NDArray[Any]:
    """Map a file into memory; nothing in it is executed.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no array, or is cut short.
    """
    mapped: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    # A memmap costs a Python call for every slice of it; a view of it as a plain array does not.
    return mapped.view(np.ndarray)
