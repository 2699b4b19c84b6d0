import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from index.training.batches import Example, pack
from index.training.loss import BestMatch, TokenModel, contrastive_loss, dense_scores
from index.training.optimiser import TableAdam


def unit_rows(count):
    return functional.normalize(torch.randn(count, 16), dim=1).requires_grad_()


def example(question, passage):
    return Example(np.array(question, dtype=np.int32), np.array(passage, dtype=np.int32))


def test_the_best_match_and_its_gradient_are_those_of_a_plain_maximum():
    torch.manual_seed(0)
    offered, asked = unit_rows(30), unit_rows(10)
    lengths = torch.tensor([3, 1, 7, 7])
    passages = torch.randint(0, 30, (4, 7))
    for row, length in zip(passages, lengths, strict=True):
        row[length:] = row[0]

    best = BestMatch.apply(offered, asked, passages, lengths)
    plain = (offered @ asked.T)[passages].max(1).values

    assert torch.allclose(best, plain, atol=4e-3)  # bfloat16: 8 bits
    gradient = torch.randn_like(plain)
    expected = torch.autograd.grad(plain, [offered, asked], gradient)
    found = torch.autograd.grad(best, [offered, asked], gradient)
    assert all(torch.allclose(one, other, atol=2e-2) for one, other in zip(found, expected, strict=True))


def test_late_and_dense_scores_follow_their_formulas():
    model = TokenModel(4, 2, generator=torch.Generator())
    model.vectors = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0], [3.0, 0.0]])
    model.biases = torch.tensor([[math.log(math.e - 1)], [math.log(math.e**3 - 1)], [0.0], [0.0]])  # weights 1 and 3
    batch = pack([example([0, 1], [2]), example([0], [3, 2])])
    rows = model.vectors[batch.token_ids]

    late = model.late_scores(functional.normalize(rows, dim=1), model.biases[batch.token_ids], batch)
    dense = dense_scores(rows, batch)

    root = 2**-0.5
    expected = torch.tensor([[(1 * root + 3 * root) / 4, (1 * 1 + 3 * root) / 4], [root, 1.0]])
    assert torch.allclose(late, expected, atol=4e-3)
    assert dense[1].tolist() == pytest.approx([root, 4 / math.sqrt(4**2 + 1**2)])


def test_the_same_passage_twice_is_no_negative_of_itself():
    scores = torch.tensor([[1.0, 1.0], [1.0, 1.0]])

    twice = contrastive_loss(scores, torch.tensor([7, 7]), is_symmetric=True)
    different = contrastive_loss(scores, torch.tensor([7, 8]), is_symmetric=True)

    assert (twice.item(), different.item()) == pytest.approx((0.0, math.log(2)))


def test_the_first_step_moves_touched_rows_by_the_learning_rate_and_no_others():
    table = torch.zeros(3, 2)

    TableAdam(table).step(torch.tensor([2]), torch.tensor([[0.5, -0.5]]), learning_rate=0.1)

    assert table.tolist() == [[0, 0], [0, 0], pytest.approx([-0.1, 0.1])]
