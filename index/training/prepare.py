"""Training files in, a tokenizer and an encoded corpus out: what every part of a run works from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.training.asking import ASKING_WORDS
from index.training.corpus import Bitext, Ids, build_corpus, load_corpus, save_corpus
from index.training.growth import grow_tokenizer
from index.training.own import DATA as OWN_DATA
from index.training.own import LEXICON, branch_sources, own_sources
from index.training.readers import VALIDATION_PREFIX, Pair, list_sources, read_pairs, source_name
from index.training.recipe import Recipe
from index.training.tokenizer import WORD_START, sample_texts, save_tokenizer, train_tokenizer

TOKENIZER, CORPUS = "tokenizer.json", "corpus.pickle"


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a run reads and writes."""

    data: Path
    out: Path
    work: Path
    own: Path = OWN_DATA  # the project's own tables
    start: Path | None = None  # a finished model to go on from


def prepare_tokenizer(paths: Paths, recipe: Recipe) -> Tokenizer:
    """Train the tokenizer, or grow that of the model which the run starts from, unless this run has done so before."""
    path = paths.work / TOKENIZER
    if not path.exists():
        sources = _read_sources(paths)
        if paths.start is None:
            texts = sample_texts(sources, seed=recipe.seed)
            tokenizer = train_tokenizer(texts, seed_count=recipe.seed_count, piece_count=recipe.piece_count)
        else:
            lexicon = {name: pairs for name, pairs in branch_sources(paths.own).items() if name in LEXICON}
            texts = sample_texts(sources | lexicon, seed=recipe.seed, scale=recipe.growth_sample)
            tokenizer = grow_tokenizer(read_tokenizer(paths.start), texts, piece_count=recipe.piece_count)
        save_tokenizer(tokenizer, path)
    return read_tokenizer(paths.work)


def read_tokenizer(folder: Path) -> Tokenizer:
    """Read the tokenizer of a model, or of a run."""
    return Tokenizer.from_file(str(folder / TOKENIZER))


def encode_sources(paths: Paths, tokenizer: Tokenizer) -> Path:
    """Encode the training files, unless this run has done so before; return where they are."""
    path = paths.work / CORPUS
    if not path.exists():
        save_corpus(build_corpus(_read_sources(paths), tokenizer, silent_ids=silent_ids(tokenizer)), path)
    return path


def prepare_corpus(paths: Paths, tokenizer: Tokenizer) -> list[Bitext]:
    """Encode the training files, or take what this run has encoded before; what only branches draw is encoded anew.

    So rows may be added to it while the stages before the branches are under way, or when they have ended.
    """
    encoded = load_corpus(encode_sources(paths, tokenizer))
    return encoded + build_corpus(branch_sources(paths.own), tokenizer, silent_ids=silent_ids(tokenizer))


def silent_ids(tokenizer: Tokenizer) -> NDArray[np.int32]:
    """Return the tokens that say nothing: the unknown one, and a word's start by itself."""
    return np.array([0, tokenizer.token_to_id(WORD_START)], dtype=np.int32)


def asking_ids(tokenizer: Tokenizer) -> dict[str, Ids]:
    """Return each language's tokens of asking."""
    silent = silent_ids(tokenizer)
    found = {}
    for language, words in ASKING_WORDS.items():
        ids = [token for encoding in tokenizer.encode_batch(words.split()) for token in encoding.ids]
        found[language] = np.setdiff1d(np.array(ids, dtype=np.int32), silent)
    return found


def _read_sources(paths: Paths) -> dict[str, list[Pair]]:
    sources = {
        source_name(path): list(read_pairs(path))
        for path in list_sources(paths.data)
        if not path.name.startswith(VALIDATION_PREFIX)
    }
    return sources | own_sources(sources, paths.own)
