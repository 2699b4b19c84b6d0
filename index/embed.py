"""Texts to unit vectors: the bundled static model without torch, or any sentence-transformers model.

`Encoder` is what the rest of the index knows. Loading the bundled model reads a tokenizer and maps a table of rows into
memory; torch is imported only when another model is asked for.
"""

import re
import sys
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import ModelUnavailable
from index.pieces import PieceTable, fits, hold_digit
from index.tensors import map_tensors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FloatMatrix = npt.NDArray[np.float32]
TokenIds = npt.NDArray[np.int32]

BUNDLED_MODEL = Path(__file__).parent / "model"
BUNDLED_NAME = "bundled"
SMALL_USES = 40  # small tokenizers made before the whole one is loaded: those of a few questions
HUB_SECONDS = 5  # a model hub that does not answer in so many is not there
KEPT_TEXTS = 1024  # whose tokens are at hand: those of the last fifty questions or more, some 2 MB
POOLED_TEXTS = 32  # averaged at once: a text's share of the product grows with the others' tokens (256: twice as slow)
BATCH_TEXTS = 1024  # tokenised at once: enough to keep both cores busy, 10 MB of token ids at most


class TokenTable(Protocol):
    """Tokens, their vectors and their weights: what late interaction compares."""

    def token_ids(self, texts: Sequence[str], /) -> list[TokenIds]:
        """Return each text's token ids, in order."""
        ...

    def token_spans(self, text: str, /) -> list[tuple[int, int, int]]:
        """Return (token id, start, end) for each token of a text, offsets in characters of the text."""
        ...

    def token_vectors(self, ids: TokenIds, /) -> FloatMatrix:
        """Return the tokens' vectors: (tokens, dim) float32, unit rows."""
        ...

    def token_lengths(self, ids: TokenIds, /) -> npt.NDArray[np.float32]:
        """Return how long each token's vector is where they are averaged: (tokens,) float32, not negative."""
        ...

    def token_weights(self, ids: TokenIds, /) -> npt.NDArray[np.float32]:
        """Return how much each token says in a question: (tokens,) float32, not negative."""
        ...

    def has_digit(self, ids: TokenIds, /) -> npt.NDArray[np.bool_]:
        """Return whether each token is a figure or a part of one: (tokens,)."""
        ...

    def pool(self, ids: Sequence[TokenIds], /) -> FloatMatrix:
        """Return a vector of each list of tokens: (lists, dim) float32, unit rows; zeros for an empty list."""
        ...


class Encoder(Protocol):
    """Texts to vectors whose inner product says how alike they are."""

    @property
    def name(self) -> str:
        """What the index records as its maker, and what `--model` takes."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def table(self) -> TokenTable:
        """The token table for late interaction."""
        ...

    def encode_queries(self, texts: Sequence[str], /) -> FloatMatrix:
        """Return (texts, dim) float32, unit rows; a text without a known token is a row of zeros."""
        ...

    def encode_documents(self, texts: Sequence[str], /, *, show_progress: bool = False) -> FloatMatrix:
        """Return (texts, dim) float32, unit rows; a text without a known token is a row of zeros."""
        ...


def averages_tokens(encoder: Encoder) -> bool:
    """Whether a text's vector is the mean of its tokens' in the encoder's table; else the table is of another model."""
    table: object = encoder.table
    return table is encoder


def load_encoder(model: str | None = None) -> Encoder:
    """Load a model by name or folder; None or "bundled" is the one that ships with the project.

    Raises:
        ModelUnavailable: If it is not there, cannot be downloaded, or is no embedding model.
    """
    if model in (None, BUNDLED_NAME):
        return bundled_encoder()
    return SentenceTransformerEncoder(str(model))


@cache
def bundled_encoder() -> "StaticEncoder":
    """Return the bundled model, loaded once a process.

    Raises:
        ModelUnavailable: If its files are missing or damaged.
    """
    return StaticEncoder(BUNDLED_MODEL, name=BUNDLED_NAME)


class StaticEncoder:
    """One row a token, averaged: a sentence-transformers `StaticEmbedding` + `Normalize`, computed with numpy.

    The folder holds `tokenizer.json` and `model.safetensors` with `embeddings` (vocabulary, dim) int8 or float,
    `weights` (vocabulary,) float32 that scale the rows, and `late_weights` (vocabulary,) float32. The table stays on
    disk, mapped into memory: a question touches a few rows of it.

    Raises:
        ModelUnavailable: If a file is missing or damaged.
    """

    def __init__(self, folder: Path, *, name: str | None = None) -> None:
        self.name = name or str(folder)
        self._folder = folder
        tensors = _map_model(folder, self.name)
        self._rows, self._scales = tensors["embeddings"], tensors["weights"]
        self._late_weights = tensors["late_weights"]
        self._pieces = _map_pieces(folder)
        self._small_uses = 0
        self._kept: dict[str, tuple[TokenIds, TokenIds]] = {}
        self.dim = int(self._rows.shape[1])

    @property
    def table(self) -> "StaticEncoder":
        """Itself: the rows that are averaged are the rows that late interaction compares."""
        return self

    def encode_queries(self, texts: Sequence[str], /) -> FloatMatrix:
        """Return (texts, dim) float32, unit rows."""
        return self.pool(self.token_ids(texts))

    def encode_documents(self, texts: Sequence[str], /, *, show_progress: bool = False) -> FloatMatrix:
        """Return (texts, dim) float32, unit rows; faster than a progress bar is worth."""
        del show_progress
        return self.pool(self.token_ids(texts))

    def pool(self, ids: Sequence[TokenIds], /) -> FloatMatrix:
        """Return the unit mean of each list of tokens' rows: (lists, dim) float32; zeros for an empty list."""
        pooled = np.zeros((len(ids), self.dim), dtype=np.float32)
        filled = [index for index, tokens in enumerate(ids) if len(tokens)]
        for start in range(0, len(filled), POOLED_TEXTS):
            part = filled[start : start + POOLED_TEXTS]
            lengths = [len(ids[index]) for index in part]
            tokens, places = np.unique(np.concatenate([ids[index] for index in part]), return_inverse=True)
            # How often each text holds each token: one matrix product instead of a sum a text, 15 times faster.
            cells = np.repeat(np.arange(len(part)), lengths) * len(tokens) + places
            counts = np.bincount(cells, minlength=len(part) * len(tokens)).reshape(len(part), len(tokens))
            rows = self._rows[tokens].astype(np.float32) * self._scales[tokens][:, None]
            pooled[part] = counts.astype(np.float32) @ rows
        return unit_rows(pooled)

    def token_ids(self, texts: Sequence[str], /) -> list[TokenIds]:
        """Return each text's token ids, in order."""
        if fits(texts):
            return [ids for ids, _ in self._cut(texts)]
        found: list[TokenIds] = []
        for start in range(0, len(texts), BATCH_TEXTS):
            encodings = self._tokenizer.encode_batch_fast(
                list(texts[start : start + BATCH_TEXTS]), add_special_tokens=False
            )
            found += [np.asarray(encoding.ids, dtype=np.int32) for encoding in encodings]
        return found

    def token_spans(self, text: str, /) -> list[tuple[int, int, int]]:
        """Return (token id, start, end) for each token of a text."""
        [(ids, offsets)] = self._cut([text])
        return list(zip(ids.tolist(), offsets[:, 0].tolist(), offsets[:, 1].tolist(), strict=True))

    def token_vectors(self, ids: TokenIds, /) -> FloatMatrix:
        """Return the tokens' rows scaled to length one: (tokens, dim) float32."""
        rows = self._rows[ids].astype(np.float32)
        lengths = self._row_lengths[ids]
        if np.isnan(lengths).any():
            self._row_lengths[ids] = lengths = np.linalg.norm(rows, axis=1)
        rows *= (1 / np.where(lengths > 0, lengths, np.float32(1)))[:, None]
        return rows

    def token_lengths(self, ids: TokenIds, /) -> npt.NDArray[np.float32]:
        """Return the lengths of the tokens' rows, scaled: (tokens,) float32."""
        if np.isnan(self._row_lengths[ids]).any():
            self.token_vectors(ids)
        return np.asarray(self._row_lengths[ids] * self._scales[ids], dtype=np.float32)

    def token_weights(self, ids: TokenIds, /) -> npt.NDArray[np.float32]:
        """Return how much each token says in a question: (tokens,) float32."""
        return np.asarray(self._late_weights[ids], dtype=np.float32)

    def has_digit(self, ids: TokenIds, /) -> npt.NDArray[np.bool_]:
        """Return whether each token is a figure or a part of one: (tokens,)."""
        return self._has_digit[ids]

    @cached_property
    def _has_digit(self) -> npt.NDArray[np.bool_]:
        if self._pieces is not None:
            return self._pieces.has_digit
        pieces = sorted(self._tokenizer.get_vocab().items(), key=lambda item: item[1])
        return hold_digit(piece for piece, _ in pieces)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        """The whole tokenizer, loaded when many texts come."""
        return _load_tokenizer(self._folder / "tokenizer.json", self.name)

    @cached_property
    def _row_lengths(self) -> npt.NDArray[np.float32]:
        """Of the rows that were asked for, unscaled: (vocabulary,); NaN where none was yet: none is measured twice."""
        return np.full(len(self._rows), np.nan, dtype=np.float32)

    def _cut(self, texts: Sequence[str]) -> list[tuple[TokenIds, TokenIds]]:
        """Return each text's token ids, and where they stand in it: (tokens,) and (tokens, 2) int32, not to be changed.

        What was cut last is kept: a question is cut for finding, judging, marking and matching, and the passages that
        answer one question often answer the next.
        """
        kept = {text: self._kept[text] for text in texts if text in self._kept}
        if missing := [text for text in dict.fromkeys(texts) if text not in kept]:
            tokenizer, real_ids = self._tokenizer_for(missing)
            for text in missing:
                encoding = tokenizer.encode(text, add_special_tokens=False)  # starts no threads
                ids = np.asarray(encoding.ids, dtype=np.int32)
                offsets = np.asarray(encoding.offsets, dtype=np.int32).reshape(-1, 2)
                kept[text] = (ids if real_ids is None else real_ids[ids], offsets)
            self._kept = (self._kept if len(self._kept) < KEPT_TEXTS else {}) | kept
        return [kept[text] for text in texts]

    def _tokenizer_for(self, texts: Sequence[str]) -> "tuple[Tokenizer, TokenIds | None]":
        """Return a small tokenizer and its real ids while few texts have come, else the whole one and None."""
        self._small_uses += 1
        if self._pieces is None or self._small_uses > SMALL_USES or "_tokenizer" in self.__dict__ or not fits(texts):
            return self._tokenizer, None
        return self._pieces.tokenizer_for(texts)


class SentenceTransformerEncoder:
    """Any model that the sentence-transformers library loads, with its own prompts, on the best device there is.

    Raises:
        ModelUnavailable: If the library cannot load it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            is_here = _is_here(name)  # before the import, which takes seconds
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(name, local_files_only=is_here)
        except ImportError as error:
            raise ModelUnavailable(name, f"sentence-transformers is not installed ({error})") from error
        except (OSError, ValueError, RuntimeError, KeyError, AttributeError) as error:
            raise ModelUnavailable(name, _reason_of(error, name)) from error
        self.dim = int(self.encode_queries(["?"]).shape[1])

    @property
    def table(self) -> TokenTable:
        """The bundled model's: late interaction needs vectors of tokens, which other models keep to themselves."""
        return bundled_encoder()

    def encode_queries(self, texts: Sequence[str], /) -> FloatMatrix:
        """Return (texts, dim) float32, unit rows, with the model's query prompt."""
        return unit_rows(np.array(self._model.encode_query(list(texts), show_progress_bar=False), np.float32))

    def encode_documents(self, texts: Sequence[str], /, *, show_progress: bool = False) -> FloatMatrix:
        """Return (texts, dim) float32, unit rows, with the model's document prompt."""
        bar = show_progress and sys.stderr.isatty()
        return unit_rows(np.array(self._model.encode_document(list(texts), show_progress_bar=bar), np.float32))


def unit_rows(rows: FloatMatrix) -> FloatMatrix:
    """Scale rows to length one, in place, and return them; a row of zeros stays one."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    norms[norms == 0] = 1  # dividing only where a row has a length takes five times as long
    rows /= norms
    return rows


class Reranker:
    """A cross-encoder that reads question and passage together: slow, and right more often.

    Raises:
        ModelUnavailable: If the library cannot load it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            is_here = _is_here(name)
            from sentence_transformers import CrossEncoder

            self._model = CrossEncoder(name, local_files_only=is_here)
        except ImportError as error:
            raise ModelUnavailable(name, f"sentence-transformers is not installed ({error})") from error
        except (OSError, ValueError, RuntimeError, KeyError, AttributeError) as error:
            raise ModelUnavailable(name, _reason_of(error, name)) from error

    def scores(self, query: str, passages: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the model's score of each passage, higher-better: (passages,) float32."""
        pairs = [(query, passage) for passage in passages]
        return np.asarray(self._model.predict(pairs, show_progress_bar=False), dtype=np.float32).reshape(-1)


def _map_model(folder: Path, name: str) -> dict[str, npt.NDArray[Any]]:
    path = folder / "model.safetensors"
    try:
        tensors, _ = map_tensors(path)
    except FileNotFoundError as error:
        raise ModelUnavailable(name, f"there is no {path}") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(name, f"{path} is damaged ({error})") from error
    missing = {"embeddings", "weights", "late_weights"} - tensors.keys()
    if missing:
        raise ModelUnavailable(name, f"{path} has no tensor {', '.join(sorted(missing))}")
    return tensors


def _map_pieces(folder: Path) -> PieceTable | None:
    """Map the table that makes small tokenizers; without one, the whole tokenizer does all the work."""
    try:
        return PieceTable(folder)
    except (OSError, ValueError, KeyError):
        return None


def _load_tokenizer(path: Path, name: str) -> "Tokenizer":
    from tokenizers import Tokenizer

    if not path.is_file():
        raise ModelUnavailable(name, f"there is no {path}")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:
        raise ModelUnavailable(name, f"{path} is damaged ({error})") from error


def _is_here(name: str) -> bool:
    """Whether a model is on this machine, as a folder or downloaded before; if not, make sure that a hub has it.

    One question to the hub, because the libraries ask it for minutes when it cannot be reached.

    Raises:
        ModelUnavailable: If neither has it.
    """
    from urllib.error import HTTPError
    from urllib.request import urlopen

    from huggingface_hub import constants, try_to_load_from_cache

    if Path(name).expanduser().is_dir():
        return True
    if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", name):
        raise ModelUnavailable(name, "there is no such folder")
    repository = name if "/" in name else f"sentence-transformers/{name}"
    if any(isinstance(try_to_load_from_cache(repository, file), str) for file in ("modules.json", "config.json")):
        return True
    try:
        if constants.HF_HUB_OFFLINE:
            raise OSError("offline")
        with urlopen(f"{constants.ENDPOINT}/api/models/{repository}", timeout=HUB_SECONDS):
            return False
    except HTTPError as error:
        raise ModelUnavailable(name, f"it is not on this machine, and the model hub has none ({error})") from error
    except OSError as error:
        reason = "it is not on this machine, and no model hub can be reached to download it"
        raise ModelUnavailable(name, reason) from error


def _reason_of(error: Exception, name: str) -> str:
    """Say in a line why the library could not load a model."""
    if Path(name).exists():
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return f"the folder holds no model that sentence-transformers can load ({first})"
    return "it is not on this machine, and no model hub can be reached to download it"
