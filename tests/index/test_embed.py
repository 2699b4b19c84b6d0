"""The static encoder on a model of five words, written by hand; other models are in test_embed_models.py."""

import json
import re

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from index.embed import BUNDLED_MODEL, KEPT_TEXTS, SMALL_USES, StaticEncoder, bundled_encoder, load_encoder, unit_rows
from index.errors import ModelUnavailable
from index.pieces import LARGEST_TEXT, write_pieces

WORDS = {"[UNK]": 0, "east": 1, "north": 2, "far": 3, "nowhere": 4}
ROWS = np.array([[0, 0], [10, 0], [0, 10], [60, 80], [0, 0]], dtype=np.int8)
SCALES = np.array([1, 0.1, 0.1, 0.01, 1], dtype=np.float32)  # rows: east, north, (0.6, 0.8)
LATE = np.array([0, 1, 2, 3, 4], dtype=np.float32)
TENSORS = {"embeddings": ROWS, "weights": SCALES, "late_weights": LATE}


@pytest.fixture
def folder(tmp_path):
    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    save_file(TENSORS, tmp_path / "model.safetensors")
    return tmp_path


@pytest.fixture
def encoder(folder):
    return StaticEncoder(folder)


def test_a_text_is_the_unit_mean_of_its_words_rows(encoder):
    vectors = encoder.encode_documents(["east", "east north", "north far", "far far"])

    north_far = np.array([0.6, 1.8]) / np.hypot(0.6, 1.8)
    np.testing.assert_allclose(vectors, [[1, 0], [2**-0.5, 2**-0.5], north_far, [0.6, 0.8]], atol=1e-6)
    assert vectors.dtype == np.float32


def test_questions_and_documents_are_encoded_alike(encoder):
    np.testing.assert_array_equal(encoder.encode_queries(["east far"]), encoder.encode_documents(["east far"]))


@pytest.mark.parametrize("text", ["", "  ", "nowhere", "unheard-of"])
def test_a_text_that_says_nothing_is_a_row_of_zeros(encoder, text):
    np.testing.assert_array_equal(encoder.encode_queries(["east", text]), [[1, 0], [0, 0]])


def test_no_texts_are_no_rows(encoder):
    assert encoder.encode_queries([]).shape == (0, 2)
    assert encoder.token_ids([]) == []


def test_tokens_are_numbered_and_placed_in_the_text(encoder):
    assert [ids.tolist() for ids in encoder.token_ids(["far  east", "", "x"])] == [[3, 1], [], [0]]
    assert encoder.token_spans("far  east") == [(3, 0, 3), (1, 5, 9)]
    assert encoder.token_ids(["far"])[0].dtype == np.int32


def test_token_vectors_are_the_rows_at_length_one(encoder):
    vectors = encoder.token_vectors(np.array([1, 3, 4], dtype=np.int32))

    np.testing.assert_allclose(vectors, [[1, 0], [0.6, 0.8], [0, 0]], atol=1e-6)


def test_token_lengths_are_those_of_the_rows_that_are_averaged(encoder, folder):
    ids = np.array([3, 1, 4, 3], dtype=np.int32)

    np.testing.assert_allclose(encoder.token_lengths(ids), [1, 1, 0, 1], atol=1e-6)

    save_file(TENSORS | {"weights": SCALES * np.float32(3)}, folder / "model.safetensors")
    np.testing.assert_allclose(StaticEncoder(folder).token_lengths(ids), [3, 3, 0, 3], atol=1e-6)


def test_token_weights_are_those_of_late_interaction(encoder):
    np.testing.assert_array_equal(encoder.token_weights(np.array([3, 1], dtype=np.int32)), [3, 1])


def test_more_texts_than_a_batch_are_encoded_each_as_alone(encoder):
    texts = ["east", "north far", "", "far"] * 700

    vectors = encoder.encode_documents(texts)

    np.testing.assert_allclose(vectors, np.tile(encoder.encode_documents(texts[:4]), (700, 1)), atol=1e-6)


def test_the_table_is_the_encoder_and_the_name_its_folder(encoder, folder):
    assert encoder.table is encoder
    assert (encoder.name, encoder.dim) == (str(folder), 2)


def test_rows_are_scaled_to_length_one_in_place():
    rows = np.array([[3, 4], [0, 0]], dtype=np.float32)

    assert unit_rows(rows) is rows
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_missing_file_of_a_model_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(ModelUnavailable, match=re.escape(f"there is no {folder / name}")):
        StaticEncoder(folder).encode_queries(["east"])


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x10\0\0\0\0\0\0\0abc"])
def test_a_damaged_file_of_a_model_is_named(folder, name, content):
    (folder / name).write_bytes(content)

    with pytest.raises(ModelUnavailable, match=re.escape(f"{folder / name} is damaged")):
        StaticEncoder(folder).encode_queries(["east"])


def test_a_missing_tensor_is_named(folder):
    save_file({"embeddings": ROWS}, folder / "model.safetensors")

    with pytest.raises(ModelUnavailable, match="has no tensor late_weights, weights; give a folder"):
        StaticEncoder(folder)


def test_a_model_without_a_table_of_pieces_does_without(folder):
    with pytest.raises(ValueError, match="only a Unigram tokenizer"):
        write_pieces(folder)

    assert StaticEncoder(folder).token_ids(["east"])[0].tolist() == [1]


@pytest.mark.parametrize("content", [b"", b"damaged", b"\x02\0\0\0\0\0\0\0{}"])
def test_a_damaged_table_of_pieces_is_done_without(folder, content):
    (folder / "pieces.safetensors").write_bytes(content)

    assert StaticEncoder(folder).token_ids(["east"])[0].tolist() == [1]


def test_the_bundled_model_is_loaded_once_a_process():
    assert bundled_encoder() is bundled_encoder() is load_encoder() is load_encoder("bundled")
    assert bundled_encoder().name == "bundled"


def test_few_texts_and_many_are_cut_alike_by_the_bundled_model(report):
    texts = [report.text[start : start + 50] for start in range(0, 2_000, 50)]
    assert sum(map(len, texts)) < LARGEST_TEXT

    few = StaticEncoder(BUNDLED_MODEL).token_ids(texts)
    many = StaticEncoder(BUNDLED_MODEL).token_ids(texts * 3)

    assert [ids.tolist() for ids in few] == [ids.tolist() for ids in many[: len(texts)]]


def test_a_long_session_cuts_as_a_short_one():
    encoder = StaticEncoder(BUNDLED_MODEL)
    short = encoder.token_ids(["全年共征集提案379件"])[0]
    for number in range(max(SMALL_USES, KEPT_TEXTS) + 5):
        encoder.token_ids([f"第{number}件"])

    spans = encoder.token_spans("全年共征集提案379件")
    assert [token for token, _, _ in spans] == short.tolist()
    assert {offset for _, start, end in spans for offset in range(start, end)} == set(range(11))


def test_the_bundled_model_takes_a_sentence_for_its_translation():
    encoder = bundled_encoder()
    chinese, english, other = encoder.encode_queries(
        ["委员会全年共征集提案", "The committee collected proposals all year", "The weather is cold and it snows"]
    )

    assert chinese @ english > chinese @ other + 0.1


def test_the_sums_of_the_bundled_model_are_those_of_its_files():
    names = [line.split()[1].lstrip("*") for line in (BUNDLED_MODEL / "SHA256SUMS").read_text().splitlines()]

    assert {"model.safetensors", "tokenizer.json", "pieces.safetensors"} <= set(names)
    assert all((BUNDLED_MODEL / name).is_file() for name in names)
    assert json.loads((BUNDLED_MODEL / "modules.json").read_text())[0]["type"].endswith("StaticEmbedding")
