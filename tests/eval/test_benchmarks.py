import gzip
import json
import lzma
from pathlib import Path

import pytest

from eval.benchmarks import plain_document, read_beir, read_squad, read_xquad, read_xquad_r
from index.errors import BadQuestionSet


def write_squad(path: Path, paragraphs, *, compress=bytes):
    data = {"data": [{"title": "T", "paragraphs": paragraphs}]}
    path.write_bytes(compress(json.dumps(data, ensure_ascii=False).encode()))
    return path


def make_paragraph(context, *questions, **fields):
    qas = [
        {"id": name, "question": text, "answers": [{"text": answer, "answer_start": context.find(answer)}]}
        for name, text, answer in questions
    ]
    return {"context": context, "qas": qas, **fields}


@pytest.mark.parametrize(
    ("suffix", "compress"), [("", bytes), (".xz", lzma.compress), (".gz", gzip.compress)], ids=["plain", "xz", "gz"]
)
def test_each_squad_paragraph_is_a_candidate_and_the_answers_span_is_gold(tmp_path, suffix, compress):
    paragraphs = [make_paragraph("黑豹队丢了308分。", ("q1", "多少分？", "308")), make_paragraph("别的。")]
    path = write_squad(
        tmp_path / f"cmrc.json{suffix}", [*paragraphs, make_paragraph("三。", ("q2", "?", "三"))], compress=compress
    )

    benchmark = read_squad(path, lang="zh")

    (first, second) = benchmark.questions
    assert benchmark.name == "cmrc"
    assert [document.text for document in benchmark.documents] == ["黑豹队丢了308分。", "三。"]
    assert (first.text, first.gold[0].quote, first.gold[0].document) == ("多少分？", "308", benchmark.documents[0].id)
    assert second.fact == benchmark.documents[1].id


def test_an_answer_that_is_not_where_the_file_says_is_looked_for(tmp_path):
    paragraph = make_paragraph("在1999年和2000年。", ("q1", "?", "2000"))
    paragraph["qas"][0]["answers"][0]["answer_start"] = -1

    (question,) = read_squad(write_squad(tmp_path / "a.json", [paragraph]), lang="zh").questions

    assert (question.gold[0].quote, question.gold[0].start) == ("2000", 7)


def test_an_answer_that_is_nowhere_makes_the_whole_paragraph_gold(tmp_path):
    paragraph = make_paragraph("在1999年。", ("q1", "?", "2000"))

    (question,) = read_squad(write_squad(tmp_path / "a.json", [paragraph]), lang="zh").questions

    assert question.gold[0].quote == "在1999年。"


def test_one_paragraph_twice_is_one_candidate(tmp_path):
    path = write_squad(
        tmp_path / "a.json", [make_paragraph("同。", ("q1", "?", "同")), make_paragraph("同。", ("q2", "?", "同"))]
    )

    assert len(read_squad(path, lang="zh").documents) == 1


def test_xquad_asks_in_one_language_and_answers_in_another(tmp_path):
    write_squad(tmp_path / "xquad-dev.en.json", [make_paragraph("It gave up 308.", ("q1", "How many?", "308"))])
    write_squad(
        tmp_path / "xquad-dev.zh.json.xz",
        [make_paragraph("丢了308。", ("q1", "多少？", "308"))],
        compress=lzma.compress,
    )

    benchmark = read_xquad(tmp_path, question_lang="en", passage_lang="zh")

    (question,) = benchmark.questions
    assert (benchmark.name, question.text, question.lang) == ("XQuAD en→zh", "How many?", "en")
    assert [document.text for document in benchmark.documents] == ["丢了308。"]
    assert question.gold[0].quote == "308"


def test_a_language_that_is_not_there_is_an_error_that_says_what_was_looked_for(tmp_path):
    with pytest.raises(BadQuestionSet, match=r"'zh'; looked for xquad\.zh\.json, xquad\.zh\.json\.xz"):
        read_xquad(tmp_path, question_lang="zh", passage_lang="zh")


def test_files_of_different_questions_are_no_pair(tmp_path):
    write_squad(tmp_path / "en.json", [make_paragraph("A.", ("q1", "?", "A"))])
    write_squad(tmp_path / "zh.json", [make_paragraph("甲。", ("q2", "?", "甲"))])

    with pytest.raises(BadQuestionSet, match="1 questions, q1 first, are not in zh"):
        read_xquad(tmp_path, question_lang="en", passage_lang="zh")


def test_xquad_r_pools_the_sentences_of_all_languages_and_every_translation_is_right(tmp_path):
    english = make_paragraph("One. Two is b.", ("q1", "What is two?", "b"), sentence_breaks=[[0, 4], [5, 14]])
    chinese = make_paragraph("一。二是乙。", ("q1", "二是什么？", "乙"), sentence_breaks=[[0, 2], [2, 6]])
    write_squad(tmp_path / "en.json", [english])
    write_squad(tmp_path / "zh.json", [chinese])

    benchmark = read_xquad_r(tmp_path)

    candidates = [passage.text for document in benchmark.documents for passage in benchmark.cut(document)]
    assert candidates == ["One.", "Two is b.", "一。", "二是乙。"]
    assert [(question.id, [place.quote for place in question.gold]) for question in benchmark.questions] == [
        ("en:q1", ["Two is b.", "二是乙。"]),
        ("zh:q1", ["Two is b.", "二是乙。"]),
    ]


def test_xquad_without_sentence_breaks_is_no_xquad_r(tmp_path):
    write_squad(tmp_path / "en.json", [make_paragraph("One.", ("q1", "?", "One"))])

    with pytest.raises(BadQuestionSet, match="no sentence_breaks around its answer"):
        read_xquad_r(tmp_path)


def test_a_beir_folder_keeps_its_grades(tmp_path):
    rows = {
        "corpus": [{"_id": "d1", "title": "Fish", "text": "They swim."}, {"_id": "d2", "title": "", "text": "Birds."}]
    }
    rows["queries"] = [{"_id": "1", "text": "Who swims?"}, {"_id": "2", "text": "unjudged"}]
    for name, objects in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in objects))
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t2\n1\td2\t0\n")

    benchmark = read_beir(tmp_path)

    (question,) = benchmark.questions
    assert [document.text for document in benchmark.documents] == ["Fish\nThey swim.", "Birds."]
    assert [(place.quote, place.gain) for place in question.gold] == [("Fish\nThey swim.", 2)]


@pytest.mark.parametrize("content", ["", "[]", '{"data": [{}]}', '{"data": [{"paragraphs": [{"context": "a"}]}]}'])
def test_a_file_of_another_format_is_an_error(tmp_path, content):
    (tmp_path / "a.json").write_text(content)

    with pytest.raises(BadQuestionSet, match="not in SQuAD's format"):
        read_squad(tmp_path / "a.json", lang="zh")


def test_a_file_without_questions_is_an_error(tmp_path):
    with pytest.raises(BadQuestionSet, match="holds no question"):
        read_squad(write_squad(tmp_path / "a.json", []), lang="zh")


def test_a_truncated_file_is_an_error(tmp_path):
    (tmp_path / "a.json.xz").write_bytes(lzma.compress(b"{}" * 1000)[:-20])

    with pytest.raises(BadQuestionSet, match="cannot be read"):
        read_squad(tmp_path / "a.json.xz", lang="zh")


def test_a_plain_document_is_exactly_its_text():
    document = plain_document(" 一 二 \n", "t")

    assert (document.text, document.raw, document.title) == (" 一 二 \n", " 一 二 \n", "")
