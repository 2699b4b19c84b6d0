from dataclasses import replace

import pytest

from eval.judge import gain_of, holds_answer, is_citation_right, judge_search, name_place, relevant_passages
from eval.types import Gold, Question
from index.types import Document, Hit, Kept, Page, Passage, Section, Signals
from qa.types import Citation, Evidence

RAW = "第一页 全年共征集提\n案379件。"
TEXT = "全年共征集提案379件。"
DOCUMENT = Document(
    id="0" * 12,
    source="toy.txt",
    sha256="0" * 64,
    title="玩具报告",
    text=TEXT,
    raw=RAW,
    kept=(Kept(0, 4, 6), Kept(6, 11, 6)),
    pages=(Page(1, 0, 8), Page(2, 8, len(TEXT))),
    sections=(Section("一、", 1, 0, len(TEXT)), Section("一是", 2, 0, len(TEXT))),
)
CITATION = Citation(
    document=DOCUMENT.id,
    title=DOCUMENT.title,
    source=DOCUMENT.source,
    sha256=DOCUMENT.sha256,
    pages=(1, 2),
    page_total=None,
    section=("一、", "一是"),
    start=5,
    end=11,
    raw_start=9,
    raw_end=16,
    quote="提案379件",
)


def make_gold(start, end, *, document=DOCUMENT.id, gain=1):
    return Gold(document, TEXT[start:end], start, end, gain=gain)


def make_passage(start, end):
    return Passage(DOCUMENT.id, start, end, TEXT[start:end])


def test_a_passage_is_right_when_it_holds_a_whole_quote():
    gains = [
        gain_of(DOCUMENT.id, start, end, [make_gold(5, 11)]) for start, end in [(0, 12), (5, 11), (0, 10), (6, 12)]
    ]

    assert gains == [1, 1, 0, 0]


def test_the_same_span_of_another_document_is_wrong():
    assert gain_of("f" * 12, 0, 12, [make_gold(5, 11)]) == 0


def test_the_best_of_several_gains_counts():
    assert gain_of(DOCUMENT.id, 0, 12, [make_gold(0, 2), make_gold(5, 11, gain=3)]) == 3


def test_every_passage_that_holds_a_quote_is_relevant():
    question = Question("q", "?", "zh", "number", None, "q", (make_gold(0, 2), make_gold(8, 11)))
    passages = {DOCUMENT.id: (make_passage(0, 4), make_passage(4, 8), make_passage(8, 12))}

    assert relevant_passages(question, passages) == {f"{DOCUMENT.id}:0-4": 1, f"{DOCUMENT.id}:8-12": 1}


def test_search_hits_are_judged_in_their_order():
    question = Question("q", "?", "zh", "number", None, "q", (make_gold(5, 11),))
    hits = [Hit(make_passage(0, 4), 1, 0.9, Signals()), Hit(make_passage(4, 12), 2, 0.8, Signals())]

    judged = judge_search(hits, question)

    assert [(hit.rank, hit.score, hit.gain, hit.is_citation_right) for hit in judged] == [
        (1, 0.9, 0, None),
        (2, 0.8, 1, None),
    ]


@pytest.mark.parametrize(
    ("start", "end", "is_right"),
    [(5, 11, True), (0, 12, True), (5, 8, True), (0, 8, True), (0, 6, False), (11, 12, False)],
)
def test_a_sentence_answers_when_it_shares_half_of_the_shorter(start, end, is_right):
    assert holds_answer(Evidence(TEXT[start:end], start, end), DOCUMENT.id, [make_gold(5, 11)]) is is_right


def test_a_citation_that_leads_back_is_right():
    assert is_citation_right(CITATION, CITATION.quote, {DOCUMENT.id: DOCUMENT})


@pytest.mark.parametrize(
    "change",
    [
        {"pages": (1,)},
        {"pages": (1, 2, 3)},
        {"section": ("一、",)},
        {"section": ("一是", "一、")},
        {"start": 4},
        {"end": 10},
        {"raw_start": 8},
        {"raw_end": 17},
        {"raw_start": 0, "raw_end": 0},
        {"quote": "提案380件"},
        {"sha256": "1" * 64},
        {"document": "1" * 12},
    ],
)
def test_a_citation_with_one_thing_wrong_is_wrong(change):
    wrong = replace(CITATION, **change)

    assert not is_citation_right(wrong, CITATION.quote, {DOCUMENT.id: DOCUMENT})


def test_a_citation_of_other_text_than_was_shown_is_wrong():
    assert not is_citation_right(CITATION, "别的话", {DOCUMENT.id: DOCUMENT})


def test_a_place_is_named_as_a_reader_would():
    names = [name_place((3,), ("三、", "三是提案")), name_place((1, 2), ()), name_place((), ())]

    assert names == ["p. 3 · 三是提案", "p. 1–2", ""]
