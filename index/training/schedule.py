"""Trunks from nothing, joined; branches from there, averaged: what a run trains, and what of it side by side."""

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
from index.training.loss import TokenModel, average_models, join_models
from index.training.prepare import Paths, asking_ids, prepare_corpus, prepare_tokenizer
from index.training.recipe import Recipe, Stage
from index.training.train import Trainer, make_generator, read_trained, save_whole

TRUNK = "trunk.pt"
LOG = "training.log"


@dataclass(frozen=True, slots=True)
class Part:
    """Stages that one process trains, one after another, from a saved model or from nothing."""

    folder: Path
    stages: tuple[Stage, ...]
    seed: int
    start: Path | None = None


def train_model(paths: Paths, recipe: Recipe, *, processes: int) -> TokenModel:
    """Train the trunks and join them, then each branch from there; return the mean of the branches."""
    trunk = paths.work / TRUNK
    if not trunk.exists():
        if paths.start is not None:
            model = restore_model(paths.start)
        else:
            seeds = recipe.trunk_seeds
            trunks = [Part(paths.work / f"trunk-{seed}", recipe.stages, seed) for seed in seeds]
            model = join_models(train_parts(trunks, paths, recipe, processes))
        save_whole(model.state_dict(), trunk)
    branches = [Part(paths.work / stage.name, (stage,), recipe.seed, trunk) for stage in recipe.branches]
    return average_models(train_parts(branches, paths, recipe, processes))


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
    draws = plan_draws(prepare_corpus(paths, tokenizer), recipe)
    batches = BatchMaker(draws, recipe, asking_ids(tokenizer), make_generator(part.seed))
    if part.start is None:
        generator = torch.Generator().manual_seed(part.seed)
        model = TokenModel(tokenizer.get_vocab_size(), recipe.dim, generator=generator)
    else:
        model = TokenModel.of_state(torch.load(part.start, weights_only=True))
    Trainer(model, batches, part.stages, part.folder, checkpoint_steps=recipe.checkpoint_steps).train()


def log_to(work: Path) -> None:
    """Write what this process logs to the run's log and to the terminal."""
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(processName)s %(name)s %(message)s",
        handlers=[logging.FileHandler(work / LOG, encoding="utf-8"), logging.StreamHandler()],
    )
