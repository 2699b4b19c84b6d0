import pytest

from eval.measure import measure_run
from eval.questions import place_gold
from eval.run import Subject, ask_questions, search_questions
from eval.types import Question
from index.build import build_index
from index.chunk import whole_document
from index.errors import AssistantError
from index.parse import parse_text
from index.search import SearchOptions

TEXTS = {
    "fish": "The committee received 379 proposals in 2019. It answered them all.",
    "bird": "A delegation of 82 groups visited the harbour.",
    "tree": "Nothing of this is about anything else.",
}


@pytest.fixture
def documents():
    return {name: parse_text(text, source=f"{name}.txt") for name, text in TEXTS.items()}


@pytest.fixture
def library(documents, words, tmp_path):
    return build_index(documents.values(), words, tmp_path / "index", chunk=whole_document)


@pytest.fixture
def ask_for(documents):
    def question(text, name=None, quote=""):
        start = TEXTS[name].index(quote) if name else 0
        gold = (place_gold(documents[name], start, start + len(quote)),) if name else ()
        return Question(text, text, "en", "number", None, text, gold)

    return question


def test_every_question_gets_an_outcome_with_its_rank(library, words, ask_for, provenance):
    questions = [
        ask_for("how many proposals were received", "fish", "379 proposals"),
        ask_for("which groups visited", "bird", "82 groups"),
        ask_for("zzz", "tree", "Nothing"),
    ]

    run = ask_questions(Subject(library, words), questions, provenance)

    assert [outcome.question for outcome in run.outcomes] == questions
    assert [outcome.rank for outcome in run.outcomes][:2] == [1, 1]
    assert [len(outcome.relevant) for outcome in run.outcomes] == [1, 1, 1]


def test_answers_are_judged_to_the_sentence_and_to_the_citation(library, words, ask_for, provenance):
    question = ask_for("how many proposals were received", "fish", "379 proposals")

    (outcome,) = ask_questions(Subject(library, words), [question], provenance).outcomes

    assert outcome.hits[0].is_evidence_right
    assert all(hit.is_citation_right for hit in outcome.hits)
    assert 0 <= outcome.confidence <= 1


def test_a_question_that_finds_nothing_counts_as_zero(library, words, ask_for, provenance):
    subject = Subject(library, words, SearchOptions(signals=frozenset({"lexical"})))
    questions = [ask_for("proposals", "fish", "379 proposals"), ask_for("zzz", "tree", "Nothing")]

    run = search_questions(subject, questions, provenance)

    assert run.outcomes[1].hits == ()
    assert measure_run(run).overall.measures["success@1"].value == 0.5


def test_search_alone_has_no_confidence_and_reaches_as_deep_as_told(library, words, ask_for, provenance):
    run = search_questions(Subject(library, words), [ask_for("the", "tree", "Nothing")], provenance, depth=2)

    (outcome,) = run.outcomes
    assert (len(outcome.hits), outcome.confidence, outcome.is_refused) == (2, None, None)


def test_a_quote_that_no_passage_holds_whole_is_zero_and_not_left_out(documents, words, ask_for, provenance, tmp_path):
    def halve(document):
        (whole,) = whole_document(document)
        middle = len(whole.text) // 2
        return [
            type(whole)(document.id, start, end, whole.text[start:end])
            for start, end in [(0, middle), (middle, len(whole.text))]
        ]

    library = build_index([documents["bird"]], words, tmp_path / "halves", chunk=halve)
    question = ask_for("groups visited harbour", "bird", TEXTS["bird"])

    run = search_questions(Subject(library, words), [question], provenance)

    assert run.outcomes[0].relevant == {}
    assert measure_run(run).overall.measures["nDCG@10"].value == 0.0


def test_the_configuration_names_its_signals_in_one_order(library, words):
    subject = Subject(library, words, SearchOptions(signals=frozenset({"late", "dense"})))

    assert subject.name == "dense+late"


def test_an_empty_library_is_an_error_and_not_a_table_of_zeros(words, ask_for, provenance, tmp_path):
    library = build_index([], words, tmp_path / "empty")

    with pytest.raises(AssistantError, match="holds no passage"):
        ask_questions(Subject(library, words), [ask_for("a", "fish", "379")], provenance)
