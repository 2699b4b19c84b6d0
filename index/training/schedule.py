"""What a run trains, and what of it side by side: trunks from nothing, branches from there, or a model's new words."""

import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch

from index.training.batches import BatchMaker, plan_draws
from index.training.export import restore_model
from index.training.growth import grow_model, keep_new
from index.training.loss import TokenModel, average_models, join_models
from index.training.prepare import Paths, asking_ids, prepare_corpus, prepare_tokenizer, read_tokenizer
from index.training.recipe import Recipe, Stage
from index.training.train import Trainer, make_generator, read_model, read_trained, save_whole

TRUNK, GROWN = "trunk.pt", "grown.pt"
LOG = "training.log"


@dataclass(frozen=True, slots=True)
class Part:
    """Stages that one process trains, one after another, from a saved model or from nothing."""

    folder: Path
    stages: tuple[Stage, ...]
    seed: int
    start: Path | None = None
    first_row: int = 0  # rows before it stay as they are


def train_model(paths: Paths, recipe: Recipe, *, processes: int) -> TokenModel:
    """Train the trunks and join them, then each branch from there; return the mean of the branches.

    A run that starts from a finished model trains the rows of its new words instead, and returns the mean of those.
    """
    if paths.start is not None:
        return _train_new_rows(paths, paths.start, recipe, processes)
    trunk = paths.work / TRUNK
    if not trunk.exists():
        trunks = [Part(paths.work / f"trunk-{seed}", recipe.stages, seed) for seed in recipe.trunk_seeds]
        save_whole(join_models(train_parts(trunks, paths, recipe, processes), dim=recipe.dim).state_dict(), trunk)
    branches = [Part(paths.work / stage.name, (stage,), recipe.seed, trunk) for stage in recipe.branches]
    return average_models(train_parts(branches, paths, recipe, processes))


def _train_new_rows(paths: Paths, start: Path, recipe: Recipe, processes: int) -> TokenModel:
    old = read_tokenizer(start)
    path = paths.work / GROWN
    if not path.exists():
        model = grow_model(restore_model(start), old, prepare_tokenizer(paths, recipe), dim=recipe.dim)
        save_whole(model.state_dict(), path)
    for number, stage in enumerate(recipe.growth):
        seeds = [seed + number * len(recipe.trunk_seeds) for seed in recipe.trunk_seeds]  # other batches than before
        parts = [
            Part(paths.work / f"{stage.name}-{seed}", (stage,), seed, path, old.get_vocab_size()) for seed in seeds
        ]
        path = paths.work / f"{stage.name}.pt"
        if not path.exists():
            save_whole(average_models(train_parts(parts, paths, recipe, processes)).state_dict(), path)
    return read_model(path)


def train_parts(parts: Sequence[Part], paths: Paths, recipe: Recipe, processes: int) -> list[TokenModel]:
    """Train parts, so many at a time, each by one thread: together they are faster than one by several threads."""
    train = partial(train_part, paths=paths, recipe=recipe)
    if processes == 1:
        for part in parts:
            train(part)
    else:
        context = get_context("spawn")  # a forked torch may wait for threads that it does not have
        with ProcessPoolExecutor(processes, context, initializer=log_to, initargs=(paths.work,)) as pool:
            list(pool.map(train, parts))
    return [read_trained(part.folder) for part in parts]


def train_part(part: Part, paths: Paths, recipe: Recipe) -> None:
    """Train one part, from its checkpoint if it has one; its result is its last checkpoint."""
    torch.set_num_threads(1)
    part.folder.mkdir(exist_ok=True)
    tokenizer = prepare_tokenizer(paths, recipe)
    corpus = prepare_corpus(paths, tokenizer)
    draws = plan_draws(keep_new(corpus, part.first_row) if part.first_row else corpus, recipe)
    batches = BatchMaker(draws, recipe, asking_ids(tokenizer), make_generator(part.seed))
    if part.start is None:
        generator = torch.Generator().manual_seed(part.seed)
        model = TokenModel(tokenizer.get_vocab_size(), recipe.dim, generator=generator)
    else:
        model = read_model(part.start)
    trainer = Trainer(
        model, batches, part.stages, part.folder, checkpoint_steps=recipe.checkpoint_steps, first_row=part.first_row
    )
    trainer.train()


def log_to(work: Path) -> None:
    """Write what this process logs to the run's log and to the terminal."""
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(processName)s %(name)s %(message)s",
        handlers=[logging.FileHandler(work / LOG, encoding="utf-8"), logging.StreamHandler()],
    )
