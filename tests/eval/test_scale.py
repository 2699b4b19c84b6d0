import json

import pytest

from eval.scale import PLACES, draw_questions, main, read_paragraphs, vary
from index.build import build_index
from index.chunk import chunk_document

PARAGRAPHS = [f"第{number}条 {place}的机关应当在{number}日内答复。" for number, place in enumerate(PLACES)]


def test_a_variation_is_the_same_every_time_and_unlike_the_others():
    assert vary(PARAGRAPHS, 7) == vary(PARAGRAPHS, 7)
    assert vary(PARAGRAPHS, 7).text != vary(PARAGRAPHS, 8).text


def test_a_variation_can_be_cut_and_loses_nothing():
    document = vary(PARAGRAPHS, 7)

    assert "".join(passage.text for passage in chunk_document(document)) == document.text


def test_numbers_and_places_are_exchanged_and_nothing_else():
    varied = vary(["第三条 辽宁省的机关应当在20日内答复。"], 1).text.splitlines()[0]

    assert len(varied) == len("第三条 辽宁省的机关应当在20日内答复。")
    assert varied.endswith("日内答复。")
    assert any(place in varied for place in PLACES)


def test_questions_are_sentences_of_the_library(tmp_path, words):
    library = build_index([vary(PARAGRAPHS, number) for number in range(3)], words, tmp_path / "index")
    text = "".join(library.documents[document].text for document in library.documents)

    questions = draw_questions(library, 20)
    assert len(questions) == 20
    assert all(question in text for question in questions)


@pytest.mark.slow
def test_the_benchmark_prints_every_figure(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("eval.scale.SMALL_ADDS", 8)
    monkeypatch.setattr("eval.scale.QUESTIONS", 5)
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(json.dumps({"title": "法", "text": "\n".join(PARAGRAPHS)}, ensure_ascii=False), encoding="utf-8")

    main(["--corpus", str(corpus), "--passages", "30", "--folder", str(tmp_path / "scale")])
    printed = capsys.readouterr().out
    assert read_paragraphs(corpus) == [text for text in PARAGRAPHS if len(text) >= 20]
    for figure in ("passages/s", "adding one file", "segments after 8 adds", "a question to corpus", "variations"):
        assert figure in printed.replace("\n", " ")
