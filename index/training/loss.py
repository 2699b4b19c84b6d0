"""Token vectors and a batch in, the training loss out: pooled and late interaction together.

sentence-transformers has no late interaction over static vectors, and its losses score all pairs of
token positions; here every distinct token of a batch is compared once, which is eight times cheaper.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

# bfloat16 is twice as fast as float32 on processors that multiply it, and a quarter as fast on those that do not.
PRODUCT = torch.float32 if torch.backends.cpu.get_cpu_capability() in {"DEFAULT", "AVX2"} else torch.bfloat16
_COLUMN_BITS = 9  # a passage in training has fewer than 512 tokens
_COLUMN_MASK = (1 << _COLUMN_BITS) - 1
_FIRST_BIAS = 0.54  # softplus of it is 1
_FIXED_SCALE = 1 << 20  # cosines to a millionth; with the column's bits they fill 30 of 31


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Questions and passages as positions in the batch's distinct tokens.

    Attributes:
        token_ids: Distinct ids of the batch, ascending, (tokens,).
        question_tokens: Positions of the questions' tokens, end to end.
        question_starts: Where each question begins in `question_tokens`.
        passage_tokens: (passages, longest) positions; a short passage repeats its first token.
        passage_lengths: Tokens that each passage has.
        passage_keys: Equal where two passages are the same text.
    """

    token_ids: Tensor
    question_tokens: Tensor
    question_starts: Tensor
    passage_tokens: Tensor
    passage_lengths: Tensor
    passage_keys: Tensor


class BestMatch(torch.autograd.Function):  # type: ignore[misc]
    """For each passage and each question token, the best cosine among the passage's tokens.

    `similarity[passages].max(1)` says the same and takes eight times as long: here the products are
    bfloat16 where the processor has it, and a running maximum carries value and position in one integer.
    """

    @staticmethod
    def forward(ctx: Any, offered: Tensor, asked: Tensor, passages: Tensor, lengths: Tensor) -> Tensor:  # noqa: ANN401
        """Take unit vectors of the passages' and the questions' tokens, and padded positions.

        Returns:
            (passages, asked).
        """
        offered, asked = offered.to(PRODUCT), asked.to(PRODUCT)
        fixed = _to_fixed((offered @ asked.T).float())
        order = lengths.argsort(descending=True)
        by_length = passages[order]
        # Longest first, the passages that still have a token `column` are the first so many.
        alive = torch.bincount(lengths, minlength=passages.shape[1] + 1).flip(0).cumsum(0).flip(0)
        best = fixed[by_length[:, 0]]
        for column in range(1, passages.shape[1]):
            count = int(alive[column + 1])
            candidates = fixed[by_length[:count, column]].add_(column)
            torch.maximum(best[:count], candidates, out=best[:count])
        winner = by_length.gather(1, best & _COLUMN_MASK)
        ctx.save_for_backward(offered, asked, winner, order)
        result = torch.empty(best.shape)
        result[order] = (best >> _COLUMN_BITS).float().div_(_FIXED_SCALE).sub_(1)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:  # noqa: ANN401
        """Give each pair of tokens the gradient of the matches that it won."""
        offered, asked, winner, order = ctx.saved_tensors
        won = gradient.new_zeros(len(offered), len(asked))
        won.scatter_add_(0, winner, gradient[order])
        won = won.to(PRODUCT)
        return (won @ asked).float(), (won.T @ offered).float(), None, None


def _to_fixed(similarity: Tensor) -> Tensor:
    """Write cosines as integers that leave their low bits to a column's number."""
    return similarity.clamp_(-1, 1).add_(1).mul_(_FIXED_SCALE).int().mul_(1 << _COLUMN_BITS)


class TokenModel(nn.Module):  # type: ignore[misc]
    """One vector for each token, and a weight for it as a token of a question.

    The length of a vector is its weight in the pooled text; late interaction sees directions alone.
    A question's weight is softplus(own bias + direction · unit vector): translations have similar
    vectors, so what questions of one language teach about "how many" holds for the others.

    The tables are buffers: their rows are moved by `TableAdam`.
    """

    vectors: Tensor
    biases: Tensor

    def __init__(self, token_count: int, dim: int, *, generator: torch.Generator) -> None:
        super().__init__()
        start = torch.randn(token_count, dim, generator=generator) / dim**0.5
        self.register_buffer("vectors", start)
        self.register_buffer("biases", torch.full((token_count, 1), _FIRST_BIAS))
        self.direction = nn.Parameter(torch.zeros(dim))
        self.late_scale = nn.Parameter(torch.tensor(3.0))  # exp(3) = 20, as cosine losses start
        self.dense_scale = nn.Parameter(torch.tensor(3.0))

    @classmethod
    def of_tables(cls, vectors: Tensor, weights: Tensor) -> "TokenModel":
        """Make a model of its tokens' vectors (tokens, dim) and weights (tokens,), positive; the direction is zero."""
        model = cls(*vectors.shape, generator=torch.Generator())
        model.vectors.copy_(vectors)
        model.biases.copy_(torch.log(torch.expm1(weights))[:, None])  # softplus of it is the weight
        return model

    @classmethod
    def of_state(cls, state: Mapping[str, Tensor]) -> "TokenModel":
        """Make a model of what `state_dict` gave."""
        model = cls(*state["vectors"].shape, generator=torch.Generator())
        model.load_state_dict(state)
        return model

    def all_question_weights(self) -> Tensor:
        """Weigh all tokens as tokens of a question: (tokens,), positive, without a gradient."""
        with torch.no_grad():
            return self.question_weights(functional.normalize(self.vectors, dim=1), self.biases)

    def question_weights(self, units: Tensor, biases: Tensor) -> Tensor:
        """Weigh tokens as tokens of a question: (tokens, dim) and (tokens, 1) to (tokens,), positive."""
        return functional.softplus(biases.squeeze(1) + units @ self.direction)

    def late_scores(self, units: Tensor, biases: Tensor, batch: TokenBatch) -> Tensor:
        """Score questions against passages by late interaction, (questions, passages).

        Source: MaxSim, Khattab and Zaharia 2020, https://doi.org/10.1145/3397271.3401075, with a
        weight a token.
        """
        asked, asked_at = batch.question_tokens.unique(return_inverse=True)
        offered, offered_at = batch.passage_tokens.unique(return_inverse=True)
        best: Tensor = BestMatch.apply(units[offered], units[asked], offered_at, batch.passage_lengths)
        weights = self.question_weights(units[asked], biases[asked])
        owner = _owners(batch.question_starts, len(batch.question_tokens))
        shares = weights.new_zeros(len(batch.question_starts), len(asked)).index_put(
            (owner, asked_at), weights[asked_at], accumulate=True
        )
        return functional.normalize(shares, p=1, dim=1) @ best.T


def average_models(models: Sequence[TokenModel]) -> TokenModel:
    """Return the model whose vectors and weights of tokens are the mean of these models', which share a beginning.

    Source: model soups, Wortsman et al. 2022, https://arxiv.org/abs/2203.05482
    """
    return TokenModel.of_tables(
        _mean(model.vectors for model in models),
        _mean(model.all_question_weights() for model in models),
    )


def join_models(models: Sequence[TokenModel], *, dim: int) -> TokenModel:
    """Return one model, `dim` wide, of models that began apart: it compares tokens as they do on average.

    Side by side, the unit vectors of a token have the mean of the models' cosines, and their principal axes are kept.
    Lengths, weights and scales are means.

    Source: Yin and Schütze 2016, "Learning Word Meta-Embeddings", section 3, https://arxiv.org/abs/1508.04257
    """
    units = torch.cat([functional.normalize(model.vectors, dim=1) for model in models], dim=1)
    _, axes = torch.linalg.eigh(units.T @ units)  # ascending
    lengths = _mean(model.vectors.norm(dim=1, keepdim=True) for model in models)
    joined = TokenModel.of_tables(
        functional.normalize(units @ axes[:, -dim:], dim=1) * lengths,
        _mean(model.all_question_weights() for model in models),
    )
    with torch.no_grad():
        joined.late_scale.copy_(_mean(model.late_scale for model in models))
        joined.dense_scale.copy_(_mean(model.dense_scale for model in models))
    return joined


def dense_scores(rows: Tensor, batch: TokenBatch) -> Tensor:
    """Score questions against passages by the cosine of their pooled vectors."""
    questions = functional.embedding_bag(batch.question_tokens, rows, batch.question_starts, mode="sum")
    is_token = torch.arange(batch.passage_tokens.shape[1]) < batch.passage_lengths[:, None]
    starts = batch.passage_lengths.cumsum(0) - batch.passage_lengths
    passages = functional.embedding_bag(batch.passage_tokens[is_token], rows, starts, mode="sum")
    return functional.normalize(questions, dim=1) @ functional.normalize(passages, dim=1).T


def contrastive_loss(scores: Tensor, passage_keys: Tensor, *, is_symmetric: bool) -> Tensor:
    """Cross-entropy of each question's own passage among the batch's.

    The same text given twice is no negative of itself.

    Source: InfoNCE, van den Oord et al. 2018, https://arxiv.org/abs/1807.03748
    """
    same = (passage_keys[:, None] == passage_keys[None, :]).fill_diagonal_(fill_value=False)
    scores = scores.masked_fill(same, float("-inf"))
    target = torch.arange(len(scores))
    loss = functional.cross_entropy(scores, target)
    if is_symmetric:
        loss = (loss + functional.cross_entropy(scores.T, target)) / 2
    return loss


def _mean(tensors: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(tensors)).mean(0)


def _owners(starts: Tensor, total: int) -> Tensor:
    marks = torch.zeros(total, dtype=torch.long)
    marks[starts[1:]] = 1
    return marks.cumsum(0)
