"""Bitexts in, a trained `TokenModel` out: the training loop, its checkpoints and its log.

An own loop, because sentence-transformers' trainer knows no loss over token pairs, and because its
optimiser moves the whole table at each step (68,000 rows) where a batch touches 3,000: five times
the time on the processor, for the same result.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from index.training.batches import BatchMaker
from index.training.loss import TokenBatch, TokenModel, contrastive_loss, dense_scores
from index.training.optimiser import TableAdam
from index.training.recipe import Kind, Stage

logger = logging.getLogger(__name__)

WARMUP_STEPS = 50
LAST_RATE_SHARE = 0.02  # of the first learning rate, at a stage's end
BIAS_RATE = 0.02  # token weights: a few numbers each, no need to follow the vectors' rate
SCALE_RATE = 0.01
LOG_STEPS = 200
CHECKPOINT = "checkpoint.pt"


@dataclass(slots=True)
class Losses:
    """Sums over the steps since the last line of the log."""

    late: float = 0.0
    dense: float = 0.0
    steps: int = 0

    def __str__(self) -> str:
        steps = max(1, self.steps)
        return f"late {self.late / steps:.3f} dense {self.dense / steps:.3f} over {self.steps}"


class Trainer:
    """A model on its way: everything that a checkpoint has to hold. Rows before `first_row` stay as they are."""

    def __init__(
        self,
        model: TokenModel,
        batches: BatchMaker,
        stages: Sequence[Stage],
        folder: Path,
        *,
        checkpoint_steps: int,
        first_row: int = 0,
    ) -> None:
        self.model = model
        self._first_row = first_row
        self._batches = batches
        self._stages = stages
        self._path = folder / CHECKPOINT
        self._checkpoint_steps = checkpoint_steps
        self._stage_index = 0
        self._step = 0
        self._start_stage()

    def train(self, *, stop_after: int | None = None) -> None:
        """Train to the end of the stages, from the checkpoint if there is one.

        Args:
            stop_after: Steps after which to stop short, as if interrupted; for tests.
        """
        if self._path.exists():
            self._load()
        done = 0
        while self._stage_index < len(self._stages):
            stage = self._stages[self._stage_index]
            losses: dict[Kind, Losses] = {}
            with tqdm(total=stage.steps, initial=self._step, desc=stage.name, mininterval=5) as bar:
                while self._step < stage.steps:
                    if stop_after is not None and done >= stop_after:
                        return
                    self._take_step(stage, losses)
                    done += 1
                    bar.update()
                    if self._step % LOG_STEPS == 0:
                        self._log(stage, losses)
                    if self._step % self._checkpoint_steps == 0:
                        self._save()
            self._stage_index, self._step = self._stage_index + 1, 0
            self._start_stage()
            self._save()

    def _start_stage(self) -> None:
        self._vectors = TableAdam(self.model.vectors)
        self._biases = TableAdam(self.model.biases)
        small = [self.model.late_scale, self.model.dense_scale]
        if not self._first_row:  # it weighs all rows
            small.append(self.model.direction)
        self._small = torch.optim.Adam(small, lr=SCALE_RATE)

    def _take_step(self, stage: Stage, losses: dict[Kind, Losses]) -> None:
        share = _rate_share(self._step, stage.steps)
        self._small.param_groups[0]["lr"] = SCALE_RATE * share
        batch, kind = self._batches.draw_batch(stage.own_share)
        rows = self.model.vectors[batch.token_ids].requires_grad_()
        biases = self.model.biases[batch.token_ids].requires_grad_()
        late, dense = self._losses(stage, batch, kind, rows, biases)
        self._small.zero_grad()
        (stage.late_share * late + (1 - stage.late_share) * dense).backward()
        self._small.step()
        learning = slice(int(torch.searchsorted(batch.token_ids, self._first_row)), None)
        self._vectors.step(batch.token_ids[learning], _gradient(rows)[learning], stage.learning_rate * share)
        if biases.grad is not None:
            self._biases.step(batch.token_ids[learning], biases.grad[learning], BIAS_RATE * share)
        self._step += 1
        so_far = losses.setdefault(kind, Losses())
        so_far.late += float(late.detach())
        so_far.dense += float(dense.detach())
        so_far.steps += 1

    def _losses(
        self, stage: Stage, batch: TokenBatch, kind: Kind, rows: Tensor, biases: Tensor
    ) -> tuple[Tensor, Tensor]:
        late = dense = torch.zeros(())
        if stage.late_share > 0:
            scores = self.model.late_scores(functional.normalize(rows, dim=1), biases, batch)
            late = contrastive_loss(
                scores * self.model.late_scale.exp(),
                batch.passage_keys,
                is_symmetric=kind in {Kind.SENTENCE, Kind.NAME},
            )
        if stage.late_share < 1:
            scores = dense_scores(rows, batch)
            dense = contrastive_loss(scores * self.model.dense_scale.exp(), batch.passage_keys, is_symmetric=True)
        return late, dense

    def _log(self, stage: Stage, losses: dict[Kind, Losses]) -> None:
        parts = [f"{kind.value}: {sums}" for kind, sums in sorted(losses.items(), key=lambda item: item[0].value)]
        logger.info("%s %d/%d; %s", stage.name, self._step, stage.steps, "; ".join(parts))
        losses.clear()

    def _save(self) -> None:
        state = {
            "stage": self._stage_index,
            "step": self._step,
            "model": self.model.state_dict(),
            "vectors": self._vectors.state(),
            "biases": self._biases.state(),
            "small": self._small.state_dict(),
            "draws": self._batches.state,
        }
        save_whole(state, self._path)

    def _load(self) -> None:
        state: dict[str, Any] = torch.load(self._path, weights_only=True)
        self._stage_index, self._step = state["stage"], state["step"]
        self.model.load_state_dict(state["model"])
        self._vectors.load(state["vectors"])
        self._biases.load(state["biases"])
        self._small.load_state_dict(state["small"])
        self._batches.state = state["draws"]
        logger.info("resumed at stage %d, step %d", self._stage_index, self._step)


def read_trained(folder: Path) -> TokenModel:
    """Read the model of the checkpoint in a folder."""
    return TokenModel.of_state(torch.load(folder / CHECKPOINT, weights_only=True)["model"])


def read_model(path: Path) -> TokenModel:
    """Read a model whose state `save_whole` wrote."""
    return TokenModel.of_state(torch.load(path, weights_only=True))


def save_whole(state: Mapping[str, Any], path: Path) -> None:
    """Write a state beside the last one and rename it, so that the one that is there is always whole."""
    unfinished = path.with_suffix(".part")
    torch.save(state, unfinished)
    unfinished.replace(path)


def _rate_share(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / WARMUP_STEPS) * max(LAST_RATE_SHARE, 1 - step / steps)


def _gradient(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


def make_generator(seed: int) -> np.random.Generator:
    """Make the generator that draws batches: PCG64, whose state is four plain numbers."""
    return np.random.Generator(np.random.PCG64(seed))
