import io
import json
import lzma

import pytest
from rich.console import Console

from eval.command import Evaluation, evaluate
from eval.record import read_run
from index.build import build_index
from index.errors import AssistantError, BadQuestionSet, IndexMissing, IndexStale
from index.parse import parse_text

TEXTS = {"fish": "The committee received 379 proposals.", "bird": "A delegation of 82 groups visited the harbour."}
QUESTIONS = [
    {"id": "a", "question": "how many proposals were received", "gold": ["379 proposals"], "split": "development"},
    {"id": "b", "question": "which groups visited the harbour", "gold": ["82 groups"], "split": "test"},
    {"id": "c", "question": "who is the mayor", "gold": [], "split": "development"},
]


@pytest.fixture
def index(words, tmp_path):
    folder = tmp_path / "index"
    build_index((parse_text(text, source=f"{name}.txt") for name, text in TEXTS.items()), words, folder)
    return folder


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "toy.jsonl"
    path.write_text("\n".join(json.dumps({"lang": "en", "kind": "number"} | question) for question in QUESTIONS))
    return path


@pytest.fixture
def run(words):
    def run_command(**flags):
        console = Console(file=io.StringIO(), width=80, color_system=None)
        evaluate(Evaluation(**flags), console, load=lambda model: words)
        return console.file.getvalue()

    return run_command


@pytest.fixture
def xquad(tmp_path):
    folder = tmp_path / "bench"
    folder.mkdir()
    for lang, suffix in (("en", ""), ("de", " [de]")):
        paragraphs = [
            {
                "context": text + suffix,
                "qas": [{"id": name, "question": text, "answers": [{"text": "the", "answer_start": text.find("the")}]}],
            }
            for name, text in TEXTS.items()
        ]
        data = json.dumps({"data": [{"title": "T", "paragraphs": paragraphs}]}).encode()
        (folder / f"xquad-dev.{lang}.json.xz").write_bytes(lzma.compress(data))
    return folder


def test_a_set_with_halves_is_asked_its_development_half(run, questions, index):
    printed = run(questions=questions, index=index)

    assert "toy, development half: 2 questions, 1 without an answer" in printed
    assert "all        1  1.000" in printed


def test_the_test_half_is_asked_when_it_is_named(run, questions, index):
    assert "toy, test half: 1 questions" in run(questions=questions, index=index, split="test")


def test_the_record_is_one_json_object_that_can_be_compared_with(run, questions, index, tmp_path):
    recorded = tmp_path / "before.json"
    recorded.write_text(run(questions=questions, index=index, split="all", is_json=True))

    printed = run(questions=questions, index=index, split="all", against=recorded, signals=frozenset({"dense"}))

    assert [outcome.question.id for outcome in read_run(recorded).outcomes] == ["a", "b", "c"]
    assert "Changed questions, dense+lexical+late → dense" in printed


def test_an_ablation_shows_every_subset_of_the_signals(run, questions, index):
    printed = run(questions=questions, index=index, is_ablation=True)

    names = ["dense+lexical+late", "dense+lexical", "dense+late", "lexical+late", "dense", "lexical", "late"]
    table = printed.split("Each against")[1].splitlines()[3:10]
    assert [line.split()[0] for line in table] == names


def test_models_are_compared_side_by_side(run, questions, index):
    printed = run(questions=questions, index=index, models=("one", "other"))

    assert "Each against one dense+lexical+late" in printed


def test_files_are_written_where_they_were_asked_for(run, questions, index, tmp_path):
    run(questions=questions, index=index, trec=tmp_path / "trec", html=tmp_path / "page.html")

    assert sorted(path.name for path in (tmp_path / "trec").iterdir()) == [
        "dense+lexical+late.qrels",
        "dense+lexical+late.run",
    ]
    assert "toy, development half" in (tmp_path / "page.html").read_text()


def test_a_benchmark_is_asked_in_each_pair_of_languages(run, xquad):
    printed = run(benchmark="xquad", data=xquad, question_langs=("en", "de"), passage_langs=("de",))

    rows = [line.split()[:4] for line in printed.splitlines() if line.startswith("XQuAD")]
    assert rows == [["XQuAD", "en→de", "2", "1.00"], ["XQuAD", "de→de", "2", "1.00"]]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"split": "train"}, "there is no split 'train'; there are development, test, all"),
        ({"signals": frozenset()}, "nothing is left to search with"),
        ({"benchmark": "mteb"}, "there is no benchmark 'mteb'; there are beir, cmrc2018"),
        ({"benchmark": "xquad"}, "with --data"),
    ],
)
def test_a_wish_that_cannot_be_met_is_an_error(run, flags, message):
    with pytest.raises(AssistantError, match=message):
        run(**flags)


def test_a_benchmark_that_is_not_there_is_an_error(run, tmp_path):
    with pytest.raises(BadQuestionSet, match="is not there"):
        run(benchmark="squad", data=tmp_path / "nowhere.json")


def test_an_index_that_is_not_there_is_an_error(run, questions, tmp_path):
    with pytest.raises(IndexMissing):
        run(questions=questions, index=tmp_path / "nowhere")


def test_an_index_of_another_model_is_an_error(questions, index, words):
    other = type(words)(dim=32)

    with pytest.raises(IndexStale):
        evaluate(Evaluation(questions=questions, index=index), Console(), load=lambda model: other)


def test_a_record_of_other_questions_is_no_comparison(run, questions, index, tmp_path):
    recorded = tmp_path / "before.json"
    recorded.write_text(run(questions=questions, index=index, split="test", is_json=True))

    with pytest.raises(AssistantError, match="no answerable question in common"):
        run(questions=questions, index=index, against=recorded)
