"""A finished model gets words that it lacked; what it had stays as it was."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from index.embed import BUNDLED_MODEL
from index.training.__main__ import main
from index.training.corpus import Bitext, Texts
from index.training.growth import grow_model, grow_tokenizer, keep_new
from index.training.loss import TokenModel
from index.training.normalise import build_normalizer
from index.training.tokenizer import assemble

PIECES = [("<unk>", 0.0), ("▁", -9.0), ("▁oxy", -9.0), ("gen", -9.0), ("▁city", -8.0), ("政协", -9.0), ("政", -12.0)]
TEXTS = ["oxygen city 政协"] * 5 + ["oxide"] * 4 + ["hydrogen"] * 3


@pytest.fixture
def tokenizer():
    return assemble(PIECES, build_normalizer())


@pytest.fixture
def model():
    return TokenModel(len(PIECES), 8, generator=torch.Generator().manual_seed(1))


def texts_of(*rows):
    return Texts(np.concatenate(rows).astype(np.int32), np.cumsum([0, *map(len, rows)]))


def test_the_words_used_most_become_pieces_and_the_others_keep_their_ids(tokenizer):
    grown = grow_tokenizer(tokenizer, TEXTS, piece_count=len(PIECES) + 2)

    assert [grown.id_to_token(number) for number in range(len(PIECES))] == [piece for piece, _ in PIECES]
    assert [grown.id_to_token(len(PIECES) + number) for number in (0, 1)] == ["▁oxygen", "▁oxide"]
    assert tokenizer.encode("Oxygen city").tokens == ["▁oxy", "gen", "▁city"]
    assert grown.encode("Oxygen city").tokens == ["▁oxygen", "▁city"]


def test_no_word_that_is_rare_or_is_there_and_none_without_spaces_becomes_a_piece(tokenizer):
    grown = grow_tokenizer(tokenizer, [*TEXTS, *["委员" * 2] * 9], piece_count=1_000)

    assert set(grown.get_vocab()) - set(tokenizer.get_vocab()) == {"▁oxygen", "▁oxide"}


def test_a_new_row_begins_as_the_mean_of_its_parts_and_the_others_stay(tokenizer, model):
    grown = grow_model(model, tokenizer, grow_tokenizer(tokenizer, TEXTS, piece_count=8), dim=8)

    assert torch.equal(grown.vectors[:7], model.vectors)
    assert torch.allclose(grown.vectors[7], (model.vectors[2] + model.vectors[3]) / 2)
    assert torch.allclose(grown.all_question_weights()[:7], model.all_question_weights(), atol=1e-5)


def test_rows_are_narrowed_to_the_axes_that_hold_most_of_them(tokenizer, model):
    model.vectors[:, 6:] = 0

    narrow = grow_model(model, tokenizer, tokenizer, dim=6)

    units, before = (functional.normalize(rows, dim=1) for rows in (narrow.vectors, model.vectors))
    assert narrow.vectors.shape == (7, 6)
    assert torch.allclose(units @ units.T, before @ before.T, atol=1e-5)


def test_pairs_without_a_new_word_are_left_out_but_not_of_a_source_that_is_read_in_order():
    left, right = texts_of([1], [2, 9], [3]), texts_of([4], [5], [8, 6])
    names, prose = (Bitext(name, "zh", "en", left, right) for name in ("omw_zh_en", "gwr_zh_en"))

    kept, whole = keep_new([names, prose], 8)

    assert [kept.left[number].tolist() for number in range(len(kept))] == [[2, 9], [3]]
    assert [kept.right[number].tolist() for number in range(len(kept))] == [[5], [8, 6]]
    assert whole is prose


@pytest.mark.parametrize(
    ("start", "reason"),
    [(BUNDLED_MODEL, "no room for more words"), (BUNDLED_MODEL.parent, "give the folder of a finished model")],
)
def test_a_model_that_cannot_grow_is_one_clear_error(start, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["training", str(tmp_path), "--out", str(tmp_path / "out"), "--start", str(start)])

    with pytest.raises(SystemExit, match="2"):
        main()

    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out.work").exists()
