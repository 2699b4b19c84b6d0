"""A trained model in, a sentence-transformers folder out: int8 rows, their scales, their weights.

The folder is complete in itself: `SentenceTransformer(folder)` loads it, and so does `index.embed`.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from tokenizers import Tokenizer

from index.pieces import write_pieces
from index.tensors import map_tensors, write_tensors
from index.training.loss import TokenModel
from index.training.tokenizer import save_tokenizer

LARGEST_INT8 = 127
LEAST_LATE_WEIGHT = np.float32(1e-4)  # of a restored token, for a bias that can still move
CHECKSUMS = "SHA256SUMS"
MODEL_BYTES_LIMIT = 64 * 2**20


@dataclass(frozen=True, slots=True)
class TokenTables:
    """What is shipped of a model, one entry a token.

    Attributes:
        embeddings: (tokens, dim) int8.
        weights: (tokens,) float32; `embeddings * weights[:, None]` is a token's share of a text.
        late_weights: (tokens,) float32, how much the token says in a question; at least 0.
    """

    embeddings: NDArray[np.int8]
    weights: NDArray[np.float32]
    late_weights: NDArray[np.float32]


def quantise(model: TokenModel, *, silent_ids: NDArray[np.int32]) -> TokenTables:
    """Round each row to int8 on a scale of its own; silent tokens get zeros.

    No number is off by more than half a step, which is its row's largest number over 254.
    """
    late_weights = model.all_question_weights().numpy().astype(np.float32)
    rows = model.vectors.numpy()
    weights = (np.abs(rows).max(axis=1) / LARGEST_INT8).astype(np.float32)
    embeddings = np.rint(rows / np.maximum(weights, np.finfo(np.float32).tiny)[:, None])
    embeddings[silent_ids] = 0
    weights[silent_ids] = 0
    late_weights[silent_ids] = 0
    return TokenTables(embeddings.astype(np.int8), weights, late_weights)


def restore_model(folder: Path) -> TokenModel:
    """Make a model of an exported one, as near as int8 rows are: what a stage starts from.

    A token's weight in a question becomes its own bias again; what it had of the common direction is in there.

    Raises:
        OSError: If the folder holds no exported model.
        ValueError: If its file is damaged.
    """
    tensors, _ = map_tensors(folder / "model.safetensors")
    rows = tensors["embeddings"] * tensors["weights"][:, None]
    weights = np.maximum(tensors["late_weights"], LEAST_LATE_WEIGHT)
    return TokenModel.of_tables(torch.from_numpy(rows), torch.from_numpy(weights))


def export_model(tables: TokenTables, tokenizer: Tokenizer, card: str, folder: Path) -> None:
    """Write the model beside `folder` and put it in its place once it is whole.

    Raises:
        ValueError: If it is larger than what may be shipped.
    """
    unfinished = folder.with_name(folder.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _save_library_files(tokenizer, unfinished)
    write_tensors(
        unfinished / "model.safetensors",
        {
            "embeddings": tables.embeddings,
            "weights": tables.weights,
            "late_weights": tables.late_weights,
        },
        {"format": "pt"},
    )
    save_tokenizer(tokenizer, unfinished / "tokenizer.json")
    write_pieces(unfinished)
    (unfinished / "README.md").write_text(card, encoding="utf-8")
    for path in unfinished.iterdir():
        path.chmod(0o755 if path.is_dir() else 0o644)  # safetensors writes for its owner alone
    write_checksums(unfinished)
    size = sum(path.stat().st_size for path in unfinished.rglob("*") if path.is_file())
    if size > MODEL_BYTES_LIMIT:
        raise ValueError(f"the model is {size} bytes, more than {MODEL_BYTES_LIMIT}: lower dim or pieces")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def write_checksums(folder: Path) -> None:
    """Write `SHA256SUMS`, as `sha256sum --check` reads it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in paths
    ]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def _save_library_files(tokenizer: Tokenizer, folder: Path) -> None:
    """Let the library write its own configuration, with one row that is then replaced by ours."""
    tiny = StaticEmbedding(tokenizer, embedding_weights=np.zeros((1, 1), dtype=np.float32))
    model = SentenceTransformer(modules=[tiny, Normalize()], device="cpu")
    model.save_pretrained(str(folder), create_model_card=False)
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    home = modules[0]["path"]
    if home:  # the library may give the first module a folder of its own; the contract is the root
        shutil.rmtree(folder / home)
        modules[0]["path"] = ""
        text = json.dumps(modules, indent=2)
        (folder / "modules.json").write_text(text + "\n", encoding="utf-8")
