"""Adam for tables of which a batch touches few rows."""

from typing import Any

import torch
from torch import Tensor

BETA1, BETA2 = 0.9, 0.999
EPSILON = 1e-8


class TableAdam:
    """Adam that reads and writes only the rows of a batch.

    `torch.optim.SparseAdam` does the same and takes five times as long on the processor, because it
    sorts and searches row numbers that are distinct here already. The second moment is one number a
    row, so that fewer numbers move; steps are counted for the table, not for each row.

    Source: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980.
    """

    def __init__(self, table: Tensor) -> None:
        self.table = table
        self.first = torch.zeros_like(table)
        self.second = torch.zeros(len(table))
        self.step_count = 0

    def step(self, row_ids: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """Move the rows `row_ids` (distinct) against their gradient (rows, dim)."""
        self.step_count += 1
        with torch.no_grad():
            first = self.first[row_ids].mul_(BETA1).add_(gradient, alpha=1 - BETA1)
            second = self.second[row_ids].mul_(BETA2).add_(gradient.square().mean(1), alpha=1 - BETA2)
            self.first[row_ids] = first
            self.second[row_ids] = second
            rate = learning_rate * (1 - BETA2**self.step_count) ** 0.5 / (1 - BETA1**self.step_count)
            scale = rate / (second.sqrt() + EPSILON)
            self.table.index_add_(0, row_ids, first.mul_(scale[:, None]), alpha=-1)

    def state(self) -> dict[str, Tensor | int]:
        """Return what a checkpoint keeps, beside the table itself."""
        return {"first": self.first, "second": self.second, "step_count": self.step_count}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.first, self.second = state["first"], state["second"]
        self.step_count = state["step_count"]
