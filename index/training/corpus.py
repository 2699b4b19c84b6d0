"""Pairs of texts in, token ids in flat arrays out: what training draws its batches from.

A `Bitext` is one source in one pair of languages, in the order of its file, so neighbours in it are
mostly neighbours in a document.
"""

import logging
import pickle
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.training.readers import Pair

logger = logging.getLogger(__name__)

Ids = NDArray[np.int32]
MAX_TOKENS = 160  # of one text; longer ones are cut, a passage at run time has about 120
MAX_CHARS = 800  # of one text, before it is cut into tokens: what so many tokens are at most, in prose
MAX_SENSES = 2  # Chinese texts taken for one English text when joining; more are mostly homonyms
_CHUNK_TEXTS = 20_000
# Words out of context: joined on an ambiguous English word they would pair what is no translation.
_NOT_JOINED = ("cedict", "omw", "wiktionary", "openrussian", "own_")


@dataclass(frozen=True, slots=True)
class Texts:
    """Token ids of many texts, end to end; text `i` is `ids[starts[i]:starts[i + 1]]`."""

    ids: Ids
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, position: int) -> Ids:
        return self.ids[self.starts[position] : self.starts[position + 1]]


@dataclass(frozen=True, slots=True)
class Bitext:
    """One source in one pair of languages; `left[i]` and `right[i]` belong together."""

    name: str
    left_language: str
    right_language: str
    left: Texts
    right: Texts

    def __len__(self) -> int:
        return len(self.left)


def select_pairs(bitext: Bitext, is_kept: NDArray[np.bool_]) -> Bitext:
    """Return a bitext of some of its pairs, in their order."""
    return replace(bitext, left=_select(bitext.left, is_kept), right=_select(bitext.right, is_kept))


def build_corpus(sources: Mapping[str, Sequence[Pair]], tokenizer: Tokenizer, *, silent_ids: Ids) -> list[Bitext]:
    """Encode every source, and Chinese paired with what it meets in English.

    Args:
        sources: Pairs by the name of their source.
        tokenizer: Gives the ids.
        silent_ids: Ids to leave out (unknown, word start): they carry no meaning.

    Returns:
        Bitexts named after their source; joined ones are named `joined_` and the other source.
    """
    bitexts = []
    for name, pairs in (*sources.items(), *_join_on_english(sources).items()):
        by_languages: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        for pair in pairs:
            by_languages[pair.left_language, pair.right_language].append(pair)
        for (left, right), found in by_languages.items():
            bitext = Bitext(
                name,
                left,
                right,
                encode([pair.left for pair in found], tokenizer, silent_ids),
                encode([pair.right for pair in found], tokenizer, silent_ids),
            )
            bitexts.append(bitext)
            logger.info("read %s %s-%s: %d pairs", name, left, right, len(bitext))
    return bitexts


def encode(texts: list[str], tokenizer: Tokenizer, silent_ids: Ids) -> Texts:
    """Encode texts to ids, without the silent ones, cut at `MAX_TOKENS`."""
    is_silent = np.zeros(tokenizer.get_vocab_size(), dtype=bool)
    is_silent[silent_ids] = True
    parts, lengths = [np.zeros(0, dtype=np.int32)], [np.zeros(1, dtype=np.int64)]
    for first in range(0, len(texts), _CHUNK_TEXTS):
        chunk = [text[:MAX_CHARS] for text in texts[first : first + _CHUNK_TEXTS]]
        encodings = tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
        cut = [encoding.ids[:MAX_TOKENS] for encoding in encodings]
        ids = np.fromiter(chain.from_iterable(cut), dtype=np.int32)
        owners = np.repeat(np.arange(len(cut)), [len(text) for text in cut])
        is_heard = ~is_silent[ids]
        parts.append(ids[is_heard])
        lengths.append(np.bincount(owners[is_heard], minlength=len(cut)))
    return Texts(np.concatenate(parts), np.cumsum(np.concatenate(lengths)))


def _select(texts: Texts, is_kept: NDArray[np.bool_]) -> Texts:
    lengths = np.diff(texts.starts)
    return Texts(texts.ids[np.repeat(is_kept, lengths)], np.concatenate([[0], np.cumsum(lengths[is_kept])]))


def save_corpus(bitexts: list[Bitext], path: Path) -> None:
    """Keep the encoded corpus of a run, for `--resume`."""
    with path.open("wb") as file:
        pickle.dump(bitexts, file, protocol=pickle.HIGHEST_PROTOCOL)


def load_corpus(path: Path) -> list[Bitext]:
    """Load what `save_corpus` of the same run kept; never a file from elsewhere."""
    with path.open("rb") as file:
        bitexts: list[Bitext] = pickle.load(file)
    return bitexts


def _join_on_english(sources: Mapping[str, Sequence[Pair]]) -> dict[str, list[Pair]]:
    """Pair Chinese with another language wherever both have the same English text."""
    chinese_of: dict[str, list[str]] = defaultdict(list)
    for _, pair in _pairs_with_english(sources):
        chinese = chinese_of[pair.right.lower()]
        if pair.left_language == "zh" and len(chinese) < MAX_SENSES:
            chinese.append(pair.left)
    joined: dict[str, list[Pair]] = defaultdict(list)
    for name, pair in _pairs_with_english(sources):
        if pair.left_language != "zh":
            joined[f"joined_{name}"].extend(
                Pair("zh", chinese, pair.left_language, pair.left) for chinese in chinese_of.get(pair.right.lower(), ())
            )
    return joined


def _pairs_with_english(sources: Mapping[str, Sequence[Pair]]) -> Iterator[tuple[str, Pair]]:
    for name, pairs in sources.items():
        if not name.startswith(_NOT_JOINED):
            for pair in pairs:
                if pair.right_language == "en" and pair.left_language != "en":
                    yield name, pair
