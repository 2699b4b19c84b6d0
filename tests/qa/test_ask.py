import math

import pytest

from index.errors import BadQuestion
from index.search import SearchOptions
from index.types import Match
from qa.ask import LONGEST_QUESTION, ask, check_question
from qa.confidence import FEATURES, Calibration
from qa.evidence import find_evidence
from qa.messages import refusal_sentence
from qa.types import Answer, CitedHit


@pytest.fixture(autouse=True)
def _answered_if_half_is_covered(monkeypatch):
    """A line that can be drawn on paper: what counts is the share of the question's terms that the best hit holds."""
    weights = [8.0 * (name == "coverage") for name in FEATURES]
    calibration = Calibration({"same": weights, "cross": weights}, {"same": -4.0, "cross": -4.0}, threshold=0.5)
    monkeypatch.setattr("qa.ask.load_calibration", lambda: calibration)


def test_an_answer_holds_the_best_passage_its_evidence_and_its_citation(library, words):
    answer = ask(library, words, "How many proposals about fish were received in 2019?", k=1)

    (hit,) = answer.hits
    document = library.documents[hit.citation.document]
    assert (hit.rank, hit.citation.source) == (1, "fish.txt")
    assert hit.text == hit.citation.quote == document.text[hit.citation.start : hit.citation.end]
    assert hit.evidence.text == "The committee received 379 proposals about fish in 2019."
    assert document.text[hit.evidence.start : hit.evidence.end] == hit.evidence.text
    assert Match("proposals", "proposals", 1.0) in hit.matches


def test_hits_come_best_first_and_no_more_than_asked(library, words):
    hits = ask(library, words, "trees were planted along the river", k=2).hits

    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert hits[0].citation.source == "tree.txt"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len(hits) <= 2


def test_a_refusal_says_so_and_names_what_lacks_pages(library, words):
    answer = ask(library, words, "who saw rain yesterday zzz")

    assert not answer.is_answerable
    assert answer.incomplete == ("fish",)
    assert answer.refusal == refusal_sentence("en", ["fish"])
    assert answer.hits


def test_confidence_is_the_probability_of_the_line(library, words):
    assert ask(library, words, "trees were planted").confidence == pytest.approx(1 / (1 + math.exp(-4)))
    assert ask(library, words, "trees were planted").is_answerable


def test_an_answer_names_only_the_cited_documents_that_lack_pages(library, words):
    assert ask(library, words, "trees were planted", k=1).incomplete == ()
    assert ask(library, words, "proposals about fish", k=1).incomplete == ("fish",)


def test_a_question_that_nothing_fits_is_refused_with_nothing_near(library, words):
    answer = ask(library, words, "fish", options=SearchOptions(wanted=lambda entry: False))

    assert (answer.is_answerable, answer.confidence, answer.hits) == (False, 0.0, ())


def test_the_refusal_speaks_the_language_of_the_question_or_the_one_it_was_told(library, words):
    assert ask(library, words, "天气怎么样？").refusal.startswith("文件没有回答这个问题。")
    assert ask(library, words, "天气怎么样？", lang="en").refusal.startswith("The documents do not answer")


@pytest.mark.parametrize("question", ["", "  ", "？！", "\u202e\x1b", "—"])
def test_a_question_without_a_word_is_none(question):
    with pytest.raises(BadQuestion, match="the question is empty"):
        check_question(question)


def test_a_question_is_asked_without_the_white_space_round_it_up_to_a_length():
    assert check_question("  甲？\n") == "甲？"
    assert check_question("甲" * LONGEST_QUESTION) == "甲" * LONGEST_QUESTION
    with pytest.raises(BadQuestion, match=f"has {LONGEST_QUESTION + 1} characters"):
        check_question("甲" * (LONGEST_QUESTION + 1))


def test_the_evidence_is_the_sentence_that_shares_most_with_the_question(words):
    text = "Trees are green. The river has 12 bridges over it.  Fish swim."

    start, end = find_evidence(words, "how many bridges over the river", text)

    assert text[start:end] == "The river has 12 bridges over it."


def test_of_sentences_that_say_every_word_the_one_that_says_little_else_is_the_evidence(words):
    text = "The bridges over the river are old and made of stone. Bridges over the river stand. Fish swim."

    start, end = find_evidence(words, "bridges over the river", text)

    assert text[start:end] == "Bridges over the river stand."


@pytest.mark.parametrize(
    ("text", "evidence"), [("  one sentence only. ", "one sentence only."), ("", ""), ("   ", "   ")]
)
def test_the_evidence_of_a_short_text_is_all_of_it(words, text, evidence):
    start, end = find_evidence(words, "anything", text)

    assert text[start:end] == evidence


def test_breaks_are_where_paragraphs_start_in_the_passage(library, words):
    for hit in ask(library, words, "proposals about fish", k=3).hits:
        document = library.documents[hit.citation.document]

        assert [hit.citation.start + place for place in hit.breaks] == [
            place for place in document.paragraphs if hit.citation.start < place < hit.citation.end
        ]


@pytest.mark.parametrize(("is_answerable", "refusal"), [(True, "no"), (False, None)])
def test_an_answer_that_is_also_a_refusal_cannot_be_made(is_answerable, refusal):
    with pytest.raises(ValueError, match="an answer has no refusal, and a refusal has a reason"):
        Answer("q", "en", is_answerable, 0.5, refusal, ())


def test_a_hit_says_what_each_signal_said(library, words):
    hit = ask(library, words, "nine thousand trees", k=1).hits[0]

    assert isinstance(hit, CitedHit)
    assert (hit.signals.dense_rank, hit.signals.lexical_rank, hit.signals.late_rank) == (1, 1, 1)
    assert 0 < hit.signals.lexical_score <= 1
    assert 0 < hit.signals.late_score <= 1 + 1e-6
