"""`python -m index.training DATA --out FOLDER`: from open data to the shipped model, in one command."""

import argparse
import json
import logging
import shutil
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.training.asking import ASKING_WORDS
from index.training.batches import BatchMaker, Draw, plan_draws
from index.training.card import RunRecord, write_card
from index.training.corpus import Bitext, Ids, build_corpus, load_corpus, save_corpus
from index.training.export import export_model, quantise, restore_model, write_checksums
from index.training.loss import TokenModel, average_models
from index.training.own import DATA as OWN_DATA
from index.training.own import own_questions, own_sources
from index.training.readers import VALIDATION_PREFIX, Pair, list_sources, read_pairs, source_name
from index.training.recipe import Recipe, Stage
from index.training.tokenizer import WORD_START, sample_texts, save_tokenizer, train_tokenizer
from index.training.train import Trainer, make_generator
from index.training.validate import validate

logger = logging.getLogger("index.training")

TOKENIZER, CORPUS, CLOCK, VALIDATION = "tokenizer.json", "corpus.pickle", "clock.json", "validation.json"


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a run reads and writes."""

    data: Path
    out: Path
    work: Path
    own: Path = OWN_DATA  # the project's own tables
    start: Path | None = None  # a finished model to go on from


def run(paths: Paths, recipe: Recipe, *, benchmarks: str = "") -> None:
    """Train, quantise, export and validate; what a run already has in its work folder is used.

    A run that starts from a finished model takes its tokenizer and its vectors, and runs the branches alone.

    Args:
        paths: The training files, the model's folder, and the run's own folder.
        recipe: All choices of the run.
        benchmarks: A Markdown table of results for the card, measured by whoever has benchmarks.
    """
    paths.work.mkdir(parents=True, exist_ok=True)
    clock = Clock(paths.work / CLOCK)
    tokenizer = prepare_tokenizer(paths, recipe)
    clock.lap("tokenizer")
    corpus = prepare_corpus(paths, tokenizer)
    clock.lap("corpus")
    model = train_model(paths, recipe, tokenizer, plan_draws(corpus, recipe))
    clock.lap("training")
    tables = quantise(model, silent_ids=silent_ids(tokenizer))
    export_model(tables, tokenizer, "", paths.out)
    validation = validate(paths.out, _validation_pairs(paths.data))
    clock.lap("export and validation")
    record = RunRecord(
        recipe,
        clock.seconds,
        torch.get_num_threads(),
        tokenizer.get_vocab_size(),
        validation,
        benchmarks,
        is_continued=paths.start is not None,
    )
    write_card(record, paths.data, paths.out)
    write_checksums(paths.out)
    results = json.dumps([asdict(result) for result in validation], indent=2)
    (paths.work / VALIDATION).write_text(results + "\n", encoding="utf-8")
    logger.info("the model is in %s; %s", paths.out, clock.seconds)


def train_model(paths: Paths, recipe: Recipe, tokenizer: Tokenizer, draws: list[Draw]) -> TokenModel:
    """Train one stage after another, then each branch from there; return the mean of the branches."""

    def train(model: TokenModel, stages: Sequence[Stage], folder: Path) -> TokenModel:
        folder.mkdir(exist_ok=True)
        batches = BatchMaker(draws, recipe, asking_ids(tokenizer), make_generator(recipe.seed))
        Trainer(model, batches, stages, folder, checkpoint_steps=recipe.checkpoint_steps).train()
        return model

    if paths.start is None:
        generator = torch.Generator().manual_seed(recipe.seed)
        trunk = TokenModel(tokenizer.get_vocab_size(), recipe.dim, generator=generator)
        train(trunk, recipe.stages, paths.work)
    else:
        trunk = restore_model(paths.start)
    return average_models([train(deepcopy(trunk), [stage], paths.work / stage.name) for stage in recipe.branches])


def prepare_tokenizer(paths: Paths, recipe: Recipe) -> Tokenizer:
    """Train the tokenizer, or take the one that this run has trained before, or that of the model it starts from."""
    path = paths.work / TOKENIZER
    if paths.start is not None and not path.exists():
        shutil.copyfile(paths.start / TOKENIZER, path)
    if not path.exists():
        tokenizer = train_tokenizer(
            sample_texts(_read_sources(paths), seed=recipe.seed),
            seed_count=recipe.seed_count,
            piece_count=recipe.piece_count,
        )
        save_tokenizer(tokenizer, path)
    return Tokenizer.from_file(str(path))


def prepare_corpus(paths: Paths, tokenizer: Tokenizer) -> list[Bitext]:
    """Encode the training files, or take what this run has encoded before; the own questions are encoded anew.

    Only the branches draw questions, so what the stages before them learnt stays as it is where some were added.
    """
    path, silent = paths.work / CORPUS, silent_ids(tokenizer)
    if not path.exists():
        save_corpus(build_corpus(_read_sources(paths), tokenizer, silent_ids=silent), path)
    return load_corpus(path) + build_corpus(own_questions(paths.own), tokenizer, silent_ids=silent)


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


class Clock:
    """Wall time of each part of a run, kept over interruptions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = time.monotonic()
        self.seconds: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def lap(self, part: str) -> None:
        """Add the time since the last lap to a part."""
        now = time.monotonic()
        self.seconds[part] = self.seconds.get(part, 0) + round(now - self._last)
        self._last = now
        self._path.write_text(json.dumps(self.seconds), encoding="utf-8")


def _read_sources(paths: Paths) -> dict[str, list[Pair]]:
    sources = {
        source_name(path): list(read_pairs(path))
        for path in list_sources(paths.data)
        if not path.name.startswith(VALIDATION_PREFIX)
    }
    return sources | own_sources(sources, paths.own)


def _validation_pairs(data: Path) -> list[Pair]:
    return [pair for path in list_sources(data) if path.name.startswith(VALIDATION_PREFIX) for pair in read_pairs(path)]


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m index.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of training files (see index.training.sources)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument("--work", type=Path, help="folder of checkpoints and log; OUT.work if not given")
    parser.add_argument("--resume", action="store_true", help="go on from what the work folder holds")
    parser.add_argument("--start", type=Path, metavar="MODEL", help="run the branches alone, from this model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--benchmarks", type=Path, help="Markdown table of results for the model card")
    arguments = parser.parse_args()
    work = arguments.work or arguments.out.with_name(arguments.out.name + ".work")
    if work.exists() and any(work.iterdir()) and not arguments.resume:
        parser.error(f"{work} holds an earlier run: give --resume to go on with it, or another --work")
    work.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(name)s %(message)s",
        handlers=[logging.FileHandler(work / "training.log", encoding="utf-8"), logging.StreamHandler()],
    )
    torch.set_num_threads(arguments.threads)
    benchmarks = arguments.benchmarks.read_text(encoding="utf-8") if arguments.benchmarks else ""
    run(Paths(arguments.data, arguments.out, work, start=arguments.start), Recipe(), benchmarks=benchmarks)


if __name__ == "__main__":
    main()
