import string
from dataclasses import replace

import pytest

from index.store import DocumentEntry
from qa.messages import MESSAGES, incomplete_note, interface_language, refusal_sentence, say

ENTRY = DocumentEntry("a" * 12, "a.txt", None, None, "a" * 64, "报告", "zh", None, 4, 7, (5, 6, 7), 9)


@pytest.mark.parametrize("key", MESSAGES)
def test_a_message_says_the_same_things_in_both_languages(key):
    chinese, english = (
        sorted({name for _, name, _, _ in string.Formatter().parse(text) if name}) for text in MESSAGES[key]
    )

    assert chinese == english
    assert all("\n" not in text for text in MESSAGES[key])


@pytest.mark.parametrize(
    ("flag", "question", "spoken"),
    [(None, "zh", "zh"), (None, "en", "en"), (None, "ru", "en"), ("zh", "en", "zh"), ("en", "zh", "en")],
)
def test_the_interface_speaks_as_it_was_told_else_as_the_question_else_english(flag, question, spoken):
    assert interface_language(flag, question) == spoken


def test_a_message_is_filled_in():
    assert say("zh", "page", page=3, total=7) == "第 3 页，共 7 页"
    assert say("en", "page", page=3, total=7) == "page 3 of 7"
    assert say("ru", "page_alone", page=3) == "page 3"


@pytest.mark.parametrize(
    ("missing", "written"), [((5, 6, 7), "5–7"), ((2, 5), "2, 5"), ((4,), "4"), ((6, 7), "6–7"), ((1, 2, 4), "1, 2, 4")]
)
def test_missing_pages_are_said_in_one_line(missing, written):
    entry = replace(ENTRY, missing_pages=missing)

    assert incomplete_note("en", entry) == f"Note: “报告” is incomplete: pages {written} of 7 are missing."
    assert incomplete_note("zh", entry) == f"注意：《报告》不完整，缺第 {written} 页（共 7 页）。"


def test_a_refusal_names_what_lacks_pages():
    assert refusal_sentence("zh", []) == "文件没有回答这个问题。"
    assert refusal_sentence("ko", []) == "The documents do not answer this question."
    assert refusal_sentence("zh", ["甲", "乙"]) == "文件没有回答这个问题。《甲》、《乙》缺页，答案可能在缺失的页上。"
    assert refusal_sentence("en", ["A"]) == (
        "The documents do not answer this question. “A” lacks pages, and the answer may stand on them."
    )


def test_a_refusal_names_no_more_than_three_documents():
    assert "4" not in refusal_sentence("en", ["1", "2", "3", "4"])
