import sys

import pytest

from eval.provenance import describe_model, describe_run, read_command, read_commit
from index.build import build_index
from index.chunk import whole_document
from index.parse import parse_text


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["/somewhere/bin/qa", "eval", "--split", "test"], "qa eval --split test"),
        (["/somewhere/qa/__main__.py", "eval", "a b.jsonl"], "qa eval 'a b.jsonl'"),
        (["/somewhere/eval/calibrate.py", "bench"], "python -m eval.calibrate bench"),
    ],
)
def test_the_command_is_what_one_would_type(monkeypatch, arguments, command):
    monkeypatch.setattr(sys, "argv", arguments)

    assert read_command() == command


def test_the_model_is_named_with_digits_that_change_with_its_behaviour(words):
    other = type(words)(dim=8)

    assert describe_model(words).startswith("words ")
    assert describe_model(words) != describe_model(other)


def test_a_run_is_described_by_what_was_asked_of_what(words, tmp_path, make_outcome):
    library = build_index([parse_text("甲。乙。", source="a.txt")], words, tmp_path / "index", chunk=whole_document)
    questions = [make_outcome(name, [1], answerable=name != "c").question for name in "abc"]

    described = describe_run(library, words, questions, "toy")

    assert described.questions == "toy: 3 questions, 1 without an answer"
    assert (described.documents, described.passages, described.commit) == (1, 1, read_commit())
