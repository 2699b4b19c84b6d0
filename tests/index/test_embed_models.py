"""The code path of every other model, on a transformer and a cross-encoder that the test builds itself."""

import re
import warnings

import numpy as np
import pytest

from index.build import build_index
from index.embed import BUNDLED_MODEL, Reranker, SentenceTransformerEncoder, bundled_encoder, load_encoder
from index.errors import ModelUnavailable
from index.parse import parse_text
from index.search import SearchOptions, search

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # the warnings of the libraries are theirs

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "query:", "passage:", "fish", "bird", "tree", "how", "many"]
PROMPTS = {"query": "query: ", "document": "passage: "}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A BERT of one layer and twelve words, and a cross-encoder of the same size; random, the same every time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import CrossEncoder, SentenceTransformer
        from sentence_transformers.models import Pooling, Transformer
        from tokenizers import Tokenizer, models, pre_tokenizers, processors
        from transformers import BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

        torch.manual_seed(7)
        root = tmp_path_factory.mktemp("models")
        tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, mask_token="[MASK]", **names)
        size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
        config = BertConfig(vocab_size=len(WORDS), max_position_embeddings=64, num_labels=1, **size)
        for name, model in (("bert", BertModel(config)), ("cross", BertForSequenceClassification(config))):
            model.save_pretrained(root / name)
            fast.save_pretrained(root / name)
        transformer = Transformer(str(root / "bert"))
        pooling = Pooling(transformer.get_word_embedding_dimension())
        SentenceTransformer(modules=[transformer, pooling], prompts=PROMPTS).save(str(root / "sentences"))
        CrossEncoder(str(root / "cross")).save(str(root / "reranker"))
    return root


@pytest.fixture(scope="module")
def encoder(folder):
    return load_encoder(str(folder / "sentences"))


def test_the_library_and_the_encoder_give_the_same_vectors(folder, encoder):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder / "sentences"))
    expected = model.encode(["query: how many fish", "query: tree"], normalize_embeddings=True, prompt="")

    vectors = encoder.encode_queries(["how many fish", "tree"])

    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    assert (vectors.dtype, vectors.shape, encoder.dim) == (np.float32, (2, 16), 16)


def test_documents_get_the_prompt_of_documents(folder, encoder):
    from sentence_transformers import SentenceTransformer

    expected = SentenceTransformer(str(folder / "sentences")).encode(
        "passage: fish", normalize_embeddings=True, prompt=""
    )

    np.testing.assert_allclose(encoder.encode_documents(["fish"]), [expected], atol=1e-5)
    assert not np.allclose(encoder.encode_documents(["fish"]), encoder.encode_queries(["fish"]), atol=1e-2)


def test_rows_are_of_length_one_and_in_order(encoder):
    texts = ["fish", "how many bird tree fish fish fish", "", "bird"]

    together = encoder.encode_documents(texts)

    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(
        together, np.concatenate([encoder.encode_documents([text]) for text in texts]), atol=1e-5
    )


def test_no_bar_is_shown_where_there_is_no_terminal(encoder, capsys):
    encoder.encode_documents(["fish"] * 3, show_progress=True)

    assert capsys.readouterr() == ("", "")


def test_late_interaction_takes_its_tokens_from_the_bundled_model(encoder):
    assert encoder.table is bundled_encoder()


def test_a_library_of_another_model_is_built_and_searched(encoder, tmp_path):
    documents = [parse_text(text, source=f"{text}.txt") for text in ("fish fish", "bird bird", "tree tree")]
    library = build_index(documents, encoder, tmp_path)

    (hit,) = search(library, encoder, "bird", k=1, options=SearchOptions(signals=frozenset({"dense"})))

    vectors = encoder.encode_documents([f"{text}\n{text} {text}" for text in ("fish", "bird", "tree")])
    assert library.manifest.maker["model"] == encoder.name
    assert hit.signals.dense_rank == 1
    assert hit.passage.text.split()[0] in {"fish", "bird", "tree"}
    assert vectors.shape == (3, 16)


def test_the_bundled_model_is_loaded_by_sentence_transformers_with_the_same_vectors():
    texts = ["全年共征集提案多少件？", "How many proposals were filed?", "Сколько предложений?", ""]
    through_library = SentenceTransformerEncoder(str(BUNDLED_MODEL))

    np.testing.assert_allclose(
        through_library.encode_queries(texts), bundled_encoder().encode_queries(texts), atol=2e-3
    )


def test_a_cross_encoder_scores_each_passage(folder):
    from sentence_transformers import CrossEncoder

    passages = ["fish fish", "bird", "how many tree"]
    expected = CrossEncoder(str(folder / "reranker")).predict([("bird", passage) for passage in passages])

    scores = Reranker(str(folder / "reranker")).scores("bird", passages)

    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert (scores.shape, scores.dtype) == ((3,), np.float32)


def test_hits_come_in_the_order_of_the_cross_encoder(folder, words, tmp_path):
    documents = [parse_text(text, source=f"{text[:4]}.txt") for text in ("fish fish", "bird bird", "tree how many")]
    library = build_index(documents, words, tmp_path)
    reranker = Reranker(str(folder / "reranker"))

    hits = search(library, words, "bird tree fish", k=3, options=SearchOptions(reranker=reranker))

    judged = [hit.signals.rerank_score for hit in hits]
    assert judged == sorted(judged, reverse=True)
    assert [hit.score for hit in hits] == judged
    np.testing.assert_allclose(judged, reranker.scores("bird tree fish", [hit.passage.text for hit in hits]), atol=1e-5)


@pytest.mark.parametrize("load", [SentenceTransformerEncoder, Reranker])
def test_a_folder_that_holds_no_model_is_said_so_in_a_line(load, tmp_path):
    (tmp_path / "config.json").write_text("{}")

    with pytest.raises(ModelUnavailable, match="the folder holds no model") as caught:
        load(str(tmp_path))

    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "leave --model out" in str(caught.value)


@pytest.mark.parametrize("load", [SentenceTransformerEncoder, Reranker])
def test_a_model_that_no_hub_can_give_is_said_so_in_a_line(load, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(ModelUnavailable, match=re.escape("it is not on this machine")) as caught:
        load("nobody/no-such-model")

    assert "\n" not in str(caught.value)
