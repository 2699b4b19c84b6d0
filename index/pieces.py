"""The bundled tokenizer without its start-up: a small one, made for the few texts at hand.

Loading the whole vocabulary takes longer than everything else in a question, and a text can only be cut into pieces
that occur in it. So the pieces that do are looked up in a mapped table, and the tokenizers library gets a vocabulary of
those alone, with the normalizer and the pre-tokenizer unchanged: it cuts a text exactly as the whole one does.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.tensors import map_tensors, write_tensors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PIECES_FILE = "pieces.safetensors"
HASH_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that powers of it never vanish modulo 2**64


def write_pieces(folder: Path) -> None:
    """Write a model folder's table of pieces beside its `tokenizer.json`.

    Raises:
        ValueError: If the tokenizer is no Unigram model, or two of its pieces have one hash.
    """
    written = (folder / "tokenizer.json").read_text(encoding="utf-8")
    tokenizer = json.loads(written)
    vocabulary = tokenizer["model"]["vocab"]
    if tokenizer["model"]["type"] != "Unigram":
        raise ValueError("only a Unigram tokenizer can be cut down to a text")
    hashes = np.asarray([_hash_of(piece) for piece, _ in vocabulary], dtype=np.uint64)
    order = np.argsort(hashes)
    if np.any(hashes[order][1:] == hashes[order][:-1]):
        raise ValueError("two pieces of the vocabulary have one hash")
    tokenizer["model"]["vocab"] = []
    write_tensors(
        folder / PIECES_FILE,
        {
            "hashes": hashes[order].view(np.int64),
            "ids": order.astype(np.int32),
            "scores": np.asarray([score for _, score in vocabulary], dtype=np.float64)[order],
            "has_digit": hold_digit(piece for piece, _ in vocabulary).view(np.int8),
        },
        {
            "tokenizer": json.dumps(tokenizer, ensure_ascii=False),
            "tokenizer_bytes": str(len(written.encode())),
            "longest": str(max(len(piece) for piece, _ in vocabulary)),
            "unknown": vocabulary[tokenizer["model"]["unk_id"]][0],
        },
    )


class PieceTable:
    """A model's pieces, mapped into memory.

    Raises:
        OSError: If the file is not there.
        ValueError: If it belongs to another tokenizer.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        tensors, about = map_tensors(folder / PIECES_FILE)
        if int(about["tokenizer_bytes"]) != (folder / "tokenizer.json").stat().st_size:
            raise ValueError("the table of pieces belongs to another tokenizer")
        self._hashes: npt.NDArray[np.uint64] = tensors["hashes"].view(np.uint64)
        self._ids, self._scores = tensors["ids"], tensors["scores"]
        self.has_digit: npt.NDArray[np.bool_] = tensors["has_digit"].view(np.bool_)  # by token id
        self._template: dict[str, Any] = json.loads(about["tokenizer"])
        self._longest = int(about["longest"])
        self._unknown = about["unknown"]
        self._unknown_id = int(self._template["model"]["unk_id"])
        # How unlikely an unknown character is follows from the worst score of the vocabulary: it has to be there.
        self._worst_score = float(self._scores.min())
        shell = self._template | {"model": self._template["model"] | {"unk_id": 0, "vocab": [[self._unknown, 0.0]]}}
        self._shell = Tokenizer.from_str(json.dumps(shell))
        self._words: set[str] = set()
        self._pieces: dict[str, tuple[int, float]] = {}
        self._small: tuple[Tokenizer, npt.NDArray[np.int32]] | None = None

    def tokenizer_for(self, texts: Iterable[str]) -> "tuple[Tokenizer, npt.NDArray[np.int32]]":
        """Return a tokenizer that cuts these texts as the whole one does, and the real id of each of its ids.

        Pieces of earlier texts stay in it: they change nothing, and the next text is often a part of the last.
        """
        words = self._words_of(texts) - self._words
        if words or self._small is None:
            self._words |= words
            self._pieces |= self._pieces_of(words)
            self._small = self._make_small()
        return self._small

    def _make_small(self) -> "tuple[Tokenizer, npt.NDArray[np.int32]]":
        from tokenizers import Tokenizer

        unused = "\ue000" * (self._longest + 1)  # longer than any piece, of a character that no text should hold
        vocabulary = [[self._unknown, 0.0], [unused, self._worst_score]]
        vocabulary += [[piece, score] for piece, (_, score) in self._pieces.items()]
        model = self._template["model"] | {"unk_id": 0, "vocab": vocabulary}
        small = Tokenizer.from_str(json.dumps(self._template | {"model": model}, ensure_ascii=False))
        ids = [self._unknown_id, self._unknown_id, *(token for token, _ in self._pieces.values())]
        return small, np.asarray(ids, dtype=np.int32)

    def _words_of(self, texts: Iterable[str]) -> set[str]:
        normalizer, pre_tokenizer = self._shell.normalizer, self._shell.pre_tokenizer
        words: set[str] = set()
        for text in texts:
            normal = normalizer.normalize_str(text) if normalizer is not None else text
            cut = pre_tokenizer.pre_tokenize_str(normal) if pre_tokenizer is not None else [(normal, (0, 0))]
            words.update(word for word, _ in cut)
        return words

    def _pieces_of(self, words: set[str]) -> dict[str, tuple[int, float]]:
        """Return id and score of every piece of the vocabulary that occurs in one of the words."""
        text = "\0".join(words)  # no piece holds a NUL, so none reaches from one word into the next
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
        found: dict[str, tuple[int, float]] = {}
        hashes = np.zeros(len(codes), dtype=np.uint64)
        for length in range(1, min(self._longest, len(codes)) + 1):
            hashes = hashes[: len(codes) - length + 1] * HASH_BASE + codes[length - 1 :] + np.uint64(1)
            places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
            for start in np.flatnonzero(self._hashes[places] == hashes):
                piece = text[start : start + length]
                found[piece] = (int(self._ids[places[start]]), float(self._scores[places[start]]))
        return {piece: known for piece, known in found.items() if known[0] != self._unknown_id}


def hold_digit(pieces: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Return whether each piece holds a digit."""
    return np.asarray([any(map(str.isdigit, piece)) for piece in pieces], dtype=np.bool_)


def _hash_of(piece: str) -> np.uint64:
    """Return the polynomial hash that `PieceTable._pieces_of` computes for all substrings of a text at once."""
    value = 0
    for char in piece:
        value = (value * int(HASH_BASE) + ord(char) + 1) % 2**64
    return np.uint64(value)


def fits(texts: Sequence[str]) -> bool:
    """Whether these texts are few enough for a small tokenizer to be worth making."""
    return sum(map(len, texts)) <= LARGEST_TEXT


LARGEST_TEXT = 4_000  # characters; beyond it, making the small tokenizer costs as much as loading the whole one
