import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from index.tensors import DTYPES, map_tensors, write_tensors

ROWS = {"rows": np.arange(6, dtype=np.int8).reshape(2, 3), "weights": np.array([0.5, -1], dtype=np.float32)}


def test_what_the_safetensors_library_writes_is_mapped(tmp_path):
    save_file(ROWS, tmp_path / "a.safetensors", {"made": "today"})

    tensors, metadata = map_tensors(tmp_path / "a.safetensors")

    assert metadata == {"made": "today"}
    assert tensors.keys() == ROWS.keys()
    for name, tensor in ROWS.items():
        np.testing.assert_array_equal(tensors[name], tensor)
        assert tensors[name].dtype == tensor.dtype


def test_what_is_written_is_read_by_the_safetensors_library(tmp_path):
    write_tensors(tmp_path / "a.safetensors", ROWS, {})

    for name, tensor in load_file(tmp_path / "a.safetensors").items():
        np.testing.assert_array_equal(tensor, ROWS[name])


@pytest.mark.parametrize("dtype", DTYPES.values())
def test_every_type_that_is_read_is_read_right(tmp_path, dtype):
    save_file({"a": np.array([[1, 2]], dtype=dtype)}, tmp_path / "a.safetensors")

    tensors, metadata = map_tensors(tmp_path / "a.safetensors")

    assert (tensors["a"].tolist(), tensors["a"].dtype, metadata) == ([[1, 2]], dtype, {})


def test_mapped_rows_cannot_be_changed(tmp_path):
    save_file(ROWS, tmp_path / "a.safetensors")

    tensors, _ = map_tensors(tmp_path / "a.safetensors")

    with pytest.raises(ValueError, match="read-only"):
        tensors["rows"][0, 0] = 9


def _file(header, data=b""):
    written = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return len(written).to_bytes(8, "little") + written + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        (2**40).to_bytes(8, "little") + b"{}",
        _file(b"no json"),
        _file(b"\xff\xfe"),
        _file([1, 2]),
        _file({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, b"\0\0"),
        _file({"a": {"dtype": "F32", "shape": [1]}}, b"\0\0\0\0"),
        _file({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, b"\0\0\0\0"),
        _file({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}, b"\0\0\0\0"),
        _file({"a": "x"}),
    ],
)
def test_a_damaged_file_is_a_value_error_whatever_is_wrong(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"\w"):
        map_tensors(path)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        map_tensors(tmp_path / "none.safetensors")
