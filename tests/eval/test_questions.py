import json

import pytest

from eval.questions import REPORT_QUESTIONS, choose_split, read_questions
from index.errors import BadQuestionSet
from index.types import Document, Kept, Page, Section

TEXT = "一、提案\n全年共征集提案 379 件。二、视察\n视察四次,视察很好。"
FIELDS = {"id": "a", "lang": "zh", "kind": "number", "question": "多少件？", "gold": ["提案379件"]}


@pytest.fixture
def document():
    middle = TEXT.index("二、")
    return Document(
        id="0" * 12,
        source="toy.txt",
        sha256="0" * 64,
        title="玩具报告",
        text=TEXT,
        raw=TEXT,
        kept=(Kept(0, 0, len(TEXT)),),
        pages=(Page(3, 0, 15), Page(4, 15, len(TEXT))),
        sections=(Section("一、提案", 1, 0, middle), Section("二、视察", 1, middle, len(TEXT))),
    )


@pytest.fixture
def write(tmp_path):
    def write_lines(*changes, raw=None):
        path = tmp_path / "set.jsonl"
        lines = [json.dumps(FIELDS | change, ensure_ascii=False) for change in changes]
        path.write_text("\n".join(lines) if raw is None else raw, encoding="utf-8")
        return path

    return write_lines


def test_gold_is_found_white_space_aside_and_its_page_and_section_derived(write, document):
    (question,) = read_questions(write({}), [document])

    (gold,) = question.gold
    assert (gold.quote, gold.pages, gold.section) == ("提案 379 件", (3, 4), ("一、提案",))
    assert TEXT[gold.start : gold.end] == gold.quote


def test_every_place_of_a_quote_is_gold(write, document):
    (question,) = read_questions(write({"gold": ["视察"]}), [document])

    assert [place.start for place in question.gold] == [
        index for index in range(len(TEXT)) if TEXT[index:][:2] == "视察"
    ]


def test_a_question_without_gold_is_unanswerable(write, document):
    questions = read_questions(write({}, {"id": "b", "gold": []}), [document])

    assert [question.is_answerable for question in questions] == [True, False]


def test_the_fact_is_the_id_where_none_is_named(write, document):
    questions = read_questions(write({}, {"id": "b", "fact": "proposals"}), [document])

    assert [question.fact for question in questions] == ["a", "proposals"]


def test_a_question_can_name_its_document_by_title_or_file(write, document):
    questions = read_questions(write({"document": "玩具报告"}, {"id": "b", "source": "toy.txt"}), [document])

    assert [len(question.gold) for question in questions] == [1, 1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gold": ["提案380件"]}, "the gold quote '提案380件' is in no document; it differs after '提案3'"),
        ({"gold": [""]}, "a list of quotes, none of them empty"),
        ({"gold": "提案379件"}, "a list of quotes"),
        ({"question": " "}, "the field 'question' must be a text that is not empty"),
        ({"lang": None}, "the field 'lang' must be a text"),
        ({"id": "a b"}, "the id 'a b' contains white space"),
        ({"split": "train"}, "the split 'train' is none of development, test"),
        ({"document": "别的报告"}, "the document '别的报告' is not in the library"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(write, document, change, reason):
    path = write({}, {"id": "b"} | change)

    with pytest.raises(BadQuestionSet, match="line 2") as error:
        read_questions(path, [document])

    assert reason in str(error.value)


@pytest.mark.parametrize("raw", ["{", "[]", '"text"'])
def test_a_line_that_is_no_object_is_named(write, document, raw):
    with pytest.raises(BadQuestionSet, match="line 1"):
        read_questions(write(raw=raw), [document])


def test_an_id_that_occurs_twice_is_an_error(write, document):
    with pytest.raises(BadQuestionSet, match="'a' occurs twice"):
        read_questions(write({}, {}), [document])


def test_a_fact_on_both_sides_of_the_split_is_an_error(write, document):
    both = write({"fact": "f", "split": "test"}, {"id": "b", "fact": "f", "split": "development"})

    with pytest.raises(BadQuestionSet, match="tuning would see the test"):
        read_questions(both, [document])


@pytest.mark.parametrize("raw", ["", "\n\n"])
def test_an_empty_set_is_an_error(write, document, raw):
    with pytest.raises(BadQuestionSet, match="no question has gold"):
        read_questions(write(raw=raw), [document])


def test_a_set_without_gold_is_an_error(write, document):
    with pytest.raises(BadQuestionSet, match="no question has gold"):
        read_questions(write({"gold": []}), [document])


def test_a_set_that_is_not_there_is_an_error(tmp_path, document):
    with pytest.raises(BadQuestionSet, match="cannot be read"):
        read_questions(tmp_path / "nowhere.jsonl", [document])


def test_questions_without_a_split_are_on_both_sides(write, document):
    path = write({"split": "test"}, {"id": "b"}, {"id": "c", "split": "development"})
    questions = read_questions(path, [document])

    chosen = {split: [one.id for one in choose_split(questions, split, path=path)] for split in ("test", "all")}
    assert chosen == {"test": ["a", "b"], "all": ["a", "b", "c"]}


def test_a_split_without_gold_is_an_error(write, document):
    path = write({"split": "test"})
    questions = read_questions(path, [document])

    with pytest.raises(BadQuestionSet, match="--split"):
        choose_split(questions, "development", path=path)


def test_every_gold_quote_of_the_reports_set_is_in_the_report(report):
    questions = read_questions(REPORT_QUESTIONS, [report])

    assert len(questions) >= 240
    assert all(place.pages for question in questions for place in question.gold)
