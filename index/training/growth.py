"""A finished model in, one with more words out: what it has stays as it is, and the new rows are learnt beside it.

A word that is cut into parts matches what its parts match, which is mostly nothing. So more words help more than better
vectors for the words that are there, and cost minutes instead of hours.
"""

import json
import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor

from index.training.batches import rule_of
from index.training.corpus import Bitext, Texts, select_pairs
from index.training.loss import TokenModel, join_models
from index.training.recipe import Kind
from index.training.tokenizer import PIECE_COST, count_words, whole_words

IN_ORDER = {Kind.WINDOW, Kind.ASKED}  # made of neighbours: leaving out some of them would join others


def grow_tokenizer(tokenizer: Tokenizer, texts: Iterable[str], *, piece_count: int) -> Tokenizer:
    """Give a tokenizer the words that it cuts into parts, the most used first; its own pieces keep ids and scores.

    Args:
        tokenizer: As `index.training.tokenizer.assemble` makes it.
        texts: What words are counted in, raw.
        piece_count: Pieces in the end, at most.
    """
    counts = count_words(texts)
    written = json.loads(tokenizer.to_str())
    vocabulary = written["model"]["vocab"]
    known = {piece for piece, _ in vocabulary}
    words = {word: count for word, count in whole_words(counts).items() if word not in known}
    ranked = sorted(words, key=lambda word: (-words[word], word))[: max(0, piece_count - len(vocabulary))]
    total = counts.total()
    vocabulary += [[word, math.log(words[word] / total) - PIECE_COST] for word in ranked]
    return Tokenizer.from_str(json.dumps(written, ensure_ascii=False))


def grow_model(model: TokenModel, old: Tokenizer, new: Tokenizer, *, dim: int) -> TokenModel:
    """Return a model with a row for each piece of the new tokenizer, of which the old one's are the first.

    A new row begins as the mean of those of the parts that the word was cut into. Where the old rows are wider than
    `dim`, their principal axes are kept.
    """
    kept = join_models([model], dim=dim) if dim < model.vectors.shape[1] else model
    pieces = [new.id_to_token(number) for number in range(old.get_vocab_size(), new.get_vocab_size())]
    parts = [torch.tensor([token.id for token in old.model.tokenize(piece)]) for piece in pieces]
    return TokenModel.of_tables(_add_means(kept.vectors, parts), _add_means(kept.all_question_weights(), parts))


def keep_new(corpus: Sequence[Bitext], first_row: int) -> list[Bitext]:
    """Return the corpus without the pairs that hold no new word, where the order of pairs means nothing."""
    return [
        bitext if IN_ORDER & rule_of(bitext.name).kinds.keys() else select_pairs(bitext, _holds_new(bitext, first_row))
        for bitext in corpus
    ]


def _add_means(table: Tensor, parts: Sequence[Tensor]) -> Tensor:
    """Return a table with a row more for each list of rows: their mean."""
    return torch.cat([table, *(table[ids].mean(0, keepdim=True) for ids in parts)])


def _holds_new(bitext: Bitext, first_row: int) -> npt.NDArray[np.bool_]:
    return _hold_from(bitext.left, first_row) | _hold_from(bitext.right, first_row)


def _hold_from(texts: Texts, first_row: int) -> npt.NDArray[np.bool_]:
    """Return whether each text holds a token from this one on: (texts,)."""
    so_far = np.concatenate([[0], np.cumsum(texts.ids >= first_row)])[texts.starts]
    return np.asarray(so_far[1:] > so_far[:-1], dtype=np.bool_)
