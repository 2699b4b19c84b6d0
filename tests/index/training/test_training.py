import json
import lzma
import random
from collections import Counter
from dataclasses import replace
from shutil import copytree

import numpy as np
import pytest
import torch

from index.embed import StaticEncoder
from index.training.__main__ import run
from index.training.batches import BatchMaker, plan_draws, rule_of
from index.training.corpus import build_corpus, encode
from index.training.export import LARGEST_INT8, quantise
from index.training.loss import TokenModel, average_models, join_models
from index.training.own import QUESTION_COLUMNS, QUESTIONS
from index.training.prepare import Paths, asking_ids, prepare_corpus, prepare_tokenizer, read_tokenizer, silent_ids
from index.training.readers import LANGUAGES, Pair
from index.training.recipe import SOURCE_RULES, Kind, Recipe, Stage
from index.training.schedule import Part, train_parts
from index.training.train import Trainer, make_generator

MEANINGS = (
    "政协 council,提案 proposal,委员 member,报告 report,城市 city,农村 village,"
    "教育 school,医疗 health,环境 nature,经济 economy,文化 culture,旅游 tourism"
)
WORDS = [meaning.split(" ") for meaning in MEANINGS.split(",")]  # Chinese, English
RECIPE = Recipe(
    seed_count=400,
    piece_count=500,
    dim=16,
    smallest_source=4,
    smallest_batch=4,
    stages=(Stage("pooled", 10, 0.02, 0.0), Stage("late", 10, 0.01, 0.6)),
    branches=(Stage("one", 4, 0.01, 0.6, 0.5), Stage("other", 4, 0.02, 0.6, 0.5)),
    growth=(Stage("growth", 6, 0.02, 0.6, 0.5), Stage("growth-slower", 2, 0.01, 0.6, 0.5)),
    checkpoint_steps=5,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    chooser = random.Random(0)

    def sentence_pair():
        picked = chooser.choices(WORDS, k=5)
        return "".join(chinese for chinese, _ in picked), " ".join(english for _, english in picked)

    for name, count in (("parallel/gwr_zh_en", 200), ("parallel/ntrex_zh_other", 20)):
        path = folder / f"{name}.tsv.xz"
        path.parent.mkdir(exist_ok=True)
        with lzma.open(path, "wt", encoding="utf-8") as file:
            for _ in range(count):
                chinese, english = sentence_pair()
                file.write(f"zh\t{chinese}\ten\t{english}\n")
    (folder / "qa").mkdir()
    with lzma.open(folder / "qa/drcd.jsonl.xz", "wt", encoding="utf-8") as file:
        for _ in range(40):
            chinese, _ = sentence_pair()
            record = {"lang": "zh", "question": f"什么{chinese[:4]}？", "passage": chinese}
            file.write(json.dumps(record) + "\n")
    own = folder / "own"
    own.mkdir()
    (own / "glossary.tsv").write_text("\t".join(LANGUAGES) + "\n" + "\t".join(["政协"] * 10) + "\n", encoding="utf-8")
    (own / "lexicon.tsv").write_text("\t".join(LANGUAGES) + "\n", encoding="utf-8")
    (own / "paraphrases.tsv").write_text("plain\tofficial\n建议\t提案\n", encoding="utf-8")
    rows = [[word, "", *[word if language == "zh" else english for language in LANGUAGES]] for word, english in WORDS]
    questions = "\n".join("\t".join(row) for row in [QUESTION_COLUMNS, *rows]) + "\n"
    (own / "questions.tsv").write_text(questions, encoding="utf-8")
    (own / "readings.tsv").write_text("character\tpinyin\thangul\tvietnamese\n提\tti\t\t\n", encoding="utf-8")
    entry = {"file": "a", "repo": "b", "langs": "zh-en", "pairs": 200, "licence": "CC0"}
    (folder / "manifest.json").write_text(json.dumps([entry]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    paths = Paths(data, folder / "model", folder / "work", data / "own")
    run(paths, RECIPE)
    return paths


def make_trainer(paths, work):
    tokenizer = prepare_tokenizer(paths, RECIPE)
    corpus = prepare_corpus(paths, tokenizer)
    model = TokenModel(tokenizer.get_vocab_size(), RECIPE.dim, generator=torch.Generator().manual_seed(RECIPE.seed))
    batches = BatchMaker(plan_draws(corpus, RECIPE), RECIPE, asking_ids(tokenizer), make_generator(RECIPE.seed))
    work.mkdir()
    return Trainer(model, batches, RECIPE.stages, work, checkpoint_steps=RECIPE.checkpoint_steps)


@pytest.mark.slow
def test_one_command_makes_a_model_that_both_ways_load_alike(trained):
    from sentence_transformers import SentenceTransformer

    texts = ["提案委员", "proposal member", "", "\ue123\ue456", "council 政协"]

    library = SentenceTransformer(str(trained.out), device="cpu").encode(texts)

    ours = StaticEncoder(trained.out).encode_documents(texts)
    assert np.allclose(library, ours, atol=1e-5)
    assert np.linalg.norm(ours, axis=1) == pytest.approx([1, 1, 0, 0, 1])
    names = {path.name for path in trained.out.iterdir()}
    assert {"README.md", "SHA256SUMS", "model.safetensors", "modules.json", "pieces.safetensors"} <= names
    assert "| a | b | zh-en | 200 | CC0 |" in (trained.out / "README.md").read_text(encoding="utf-8")


def test_training_that_was_interrupted_ends_with_the_same_weights(trained, tmp_path):
    whole, first = make_trainer(trained, tmp_path / "whole"), make_trainer(trained, tmp_path / "broken")
    whole.train()
    first.train(stop_after=13)
    (tmp_path / "again").mkdir()
    (tmp_path / "broken/checkpoint.pt").rename(tmp_path / "again.pt")
    (tmp_path / "again").rmdir()

    second = make_trainer(trained, tmp_path / "again")
    (tmp_path / "again.pt").rename(tmp_path / "again/checkpoint.pt")
    second.train()

    assert torch.equal(whole.model.vectors, second.model.vectors)
    assert torch.equal(whole.model.biases, second.model.biases)
    assert not torch.equal(first.model.vectors, second.model.vectors)


def test_no_number_is_off_by_more_than_half_a_step_of_its_row():
    model = TokenModel(50, 8, generator=torch.Generator().manual_seed(3))

    tables = quantise(model, silent_ids=np.array([7], dtype=np.int32))

    rows = model.vectors.numpy()
    error = np.abs(tables.embeddings * tables.weights[:, None] - rows)
    half_step = np.abs(rows).max(axis=1, keepdims=True) / (2 * LARGEST_INT8)
    told = np.arange(50) != 7
    assert (error[told] <= half_step[told] * 1.001).all()
    assert not tables.embeddings[7].any()
    assert (tables.weights[7], tables.late_weights[7]) == (0, 0)
    assert (tables.late_weights >= 0).all()


def test_a_run_that_starts_from_a_model_learns_the_words_it_lacked_and_leaves_the_others(trained, tmp_path):
    own = copytree(trained.own, tmp_path / "own")
    with (own / "lexicon.tsv").open("a", encoding="utf-8") as file:
        file.write("\t".join("政协" if language == "zh" else "assembly" for language in LANGUAGES) + "\n")
    grown = Paths(trained.data, tmp_path / "model", tmp_path / "work", own, start=trained.out)

    run(grown, replace(RECIPE, piece_count=RECIPE.piece_count + 1))

    before, after = (StaticEncoder(folder) for folder in (trained.out, grown.out))
    texts = ["提案委员", "proposal member", "council 政协"]
    assert np.allclose(before.encode_documents(texts), after.encode_documents(texts), atol=1e-6)
    ids = before.token_ids(texts)[0]
    assert np.allclose(before.token_weights(ids), after.token_weights(ids), atol=1e-6)
    [parts], [[word]] = before.token_ids(["assembly"]), after.token_ids(["assembly"])
    assert len(parts) > 1
    assert word == read_tokenizer(trained.out).get_vocab_size()
    mean = before.token_vectors(parts).mean(0)
    assert (after.token_vectors(np.array([word])) @ mean / np.linalg.norm(mean)).item() < 0.999  # it has learnt
    assert "was grown from one that an earlier run" in (grown.out / "README.md").read_text(encoding="utf-8")


def test_the_mean_of_models_has_the_mean_of_their_vectors_and_of_their_weights():
    models = [TokenModel(20, 4, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    with torch.no_grad():
        models[0].direction += 1

    mean = quantise(average_models(models), silent_ids=np.array([0], dtype=np.int32))

    parts = [quantise(model, silent_ids=np.array([0], dtype=np.int32)) for model in models]
    assert np.allclose(mean.late_weights, (parts[0].late_weights + parts[1].late_weights) / 2, atol=1e-5)
    rows = [tables.embeddings * tables.weights[:, None] for tables in (mean, *parts)]
    assert np.allclose(rows[0], (rows[1] + rows[2]) / 2, atol=0.02)


def test_joined_models_find_two_tokens_as_alike_as_the_models_do_on_average():
    models = [TokenModel(30, 8, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    for model in models:
        model.vectors[:, 4:] = 0  # so that both have room side by side
    cosines = [units @ units.T for units in (torch.nn.functional.normalize(model.vectors, dim=1) for model in models)]
    lengths = torch.stack([model.vectors.norm(dim=1) for model in models]).mean(0)

    joined = join_models(models, dim=8)

    units = torch.nn.functional.normalize(joined.vectors, dim=1)
    assert torch.allclose(units @ units.T, (cosines[0] + cosines[1]) / 2, atol=1e-5)
    assert torch.allclose(joined.vectors.norm(dim=1), lengths, atol=1e-5)


@pytest.mark.slow
def test_parts_trained_side_by_side_end_as_they_do_one_after_another(trained, tmp_path):
    def train(folder, processes):
        parts = [Part(folder / f"{seed}", RECIPE.stages, seed) for seed in (1, 2)]
        folder.mkdir()
        return train_parts(parts, trained, RECIPE, processes)

    for alone, beside in zip(train(tmp_path / "alone", 1), train(tmp_path / "beside", 2), strict=True):
        assert torch.equal(alone.vectors, beside.vectors)


def test_own_questions_are_drawn_as_often_as_a_stage_says_and_never_as_passages(trained):
    corpus = prepare_corpus(trained, prepare_tokenizer(trained, RECIPE))
    small = replace(RECIPE, smallest_batch=1)
    batches = BatchMaker(plan_draws(corpus, small), small, {}, make_generator(5))

    assert Kind.ASKED not in {batches.draw_batch()[1] for _ in range(30)}
    assert {batches.draw_batch(1.0)[1] for _ in range(30)} == {Kind.ASKED, Kind.SENTENCE}


def test_a_run_that_goes_on_learns_from_questions_that_were_added(trained, tmp_path):
    own = copytree(trained.own, tmp_path / "own")
    with (own / "questions.tsv").open("a", encoding="utf-8") as file:
        file.write(
            "\t".join(["提案", "proposal", *["提案" if language == "zh" else "proposal" for language in LANGUAGES]])
        )
    tokenizer = prepare_tokenizer(trained, RECIPE)

    def count_questions(paths):
        return Counter(
            bitext.right_language
            for bitext in prepare_corpus(paths, tokenizer)
            if bitext.name == QUESTIONS
            for _ in range(len(bitext))
        )

    assert count_questions(replace(trained, own=own)) - count_questions(trained) == {"zh": 10, "en": 10}


def test_texts_are_encoded_without_silent_tokens(trained):
    tokenizer = prepare_tokenizer(trained, RECIPE)
    silent = silent_ids(tokenizer)

    texts = encode(["政协 提案", "", "\ue123", "proposal"], tokenizer, silent)

    words = [
        "".join(tokenizer.id_to_token(token) for token in texts[position]).lstrip("▁") for position in range(len(texts))
    ]
    assert words == ["政协提案", "", "", "proposal"]


def test_what_meets_in_english_is_joined_but_dictionaries_are_not(trained):
    tokenizer = prepare_tokenizer(trained, RECIPE)
    sources = {
        "wmt_zh_en": [Pair("zh", "政协", "en", "Council")],
        "wmt_other": [Pair("de", "Rat", "en", "council"), Pair("de", "Dorf", "en", "village")],
        "omw_de_en": [Pair("de", "Konzil", "en", "council")],
    }

    corpus = build_corpus(sources, tokenizer, silent_ids=silent_ids(tokenizer))

    joined = [(bitext.name, bitext.left_language, bitext.right_language, len(bitext)) for bitext in corpus[3:]]
    assert joined == [("joined_wmt_other", "zh", "de", 1)]


def test_a_source_follows_the_longest_rule_that_fits_its_name():
    assert rule_of("mojlaw_titles_zh_en") is SOURCE_RULES["mojlaw_titles"]
    assert rule_of("joined_wmt08_21_other_en") is SOURCE_RULES["wmt"]
    assert rule_of("unheard_of") is SOURCE_RULES[""]


def test_windows_hold_neighbours_and_batches_hold_one_source(trained):
    tokenizer = prepare_tokenizer(trained, RECIPE)
    corpus = prepare_corpus(trained, tokenizer)
    batches = BatchMaker(plan_draws(corpus, RECIPE), RECIPE, {}, make_generator(5))

    drawn = [batches.draw_batch() for _ in range(20)]

    windows = [batch for batch, kind in drawn if kind is Kind.WINDOW]
    assert windows
    assert max(int(batch.passage_lengths.max()) for batch in windows) > RECIPE.window_tokens[0]
    assert all(batch.passage_tokens.max() < len(batch.token_ids) for batch, _ in drawn)
