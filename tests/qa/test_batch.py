import pytest

from index.errors import BadQuestion
from qa.batch import read_questions


def _read(*lines):
    return list(read_questions(lines, "q.jsonl"))


def test_json_lines_and_plain_ones_may_be_mixed_and_empty_ones_are_passed_over():
    assert _read('{"question": "甲？", "id": 1}\n', "\n", "  乙？ \n", "\ufeff丙？") == ["甲？", "乙？", "丙？"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"question": ', "q.jsonl, line 2: this is not JSON"),
        ('{"query": "甲"}', 'q.jsonl, line 2: there is no "question"'),
        ('{"question": 3}', 'q.jsonl, line 2: there is no "question"'),
        ('{"question": " "}', 'q.jsonl, line 2: there is no "question"'),
    ],
)
def test_a_line_without_a_question_is_named_by_its_number(line, reason):
    with pytest.raises(BadQuestion, match=reason) as caught:
        _read("甲？", line)

    assert "\n" not in str(caught.value)


def test_questions_come_one_by_one():
    questions = read_questions(iter(["甲？", "{"]), "q")

    assert next(questions) == "甲？"
    with pytest.raises(BadQuestion):
        next(questions)
