import numpy as np
import pytest

from index.build import build_index
from index.chunk import make_passage, whole_document
from index.late import CROSS_LANGUAGE_LIMIT, NAME_WEIGHT_IN_TITLE, SAME_LANGUAGE_LIMIT
from index.parse import parse_text
from index.search import PLAN_UNASKED, SearchOptions, search

TEXTS = {
    "a": "379 proposals about fish were received",
    "b": "82 groups visited the harbour",
    "c": "nine thousand trees were planted",
    "d": "提案三百七十九件",
}


@pytest.fixture
def library(words, tmp_path):
    documents = [parse_text(text, source=f"{name}.txt", title=name) for name, text in TEXTS.items()]
    return build_index(documents, words, tmp_path, chunk=whole_document)


def _found(library, words, query, k=9, **options):
    if "signals" in options:
        options["signals"] = frozenset(options["signals"].split())
    hits = search(library, words, query, k=k, options=SearchOptions(**options))
    return [library.documents[hit.passage.document_id].title for hit in hits]


@pytest.mark.parametrize("signals", ["dense", "lexical", "late", "dense lexical late"])
def test_each_signal_alone_and_all_together_put_the_passage_of_the_same_words_first(library, words, signals):
    assert _found(library, words, "trees were planted", signals=signals)[0] == "c"


def test_numbers_are_found_however_they_are_written(library, words):
    assert set(_found(library, words, "３７９", signals="lexical")) == {"a", "d"}


def test_lexical_search_finds_only_what_shares_a_term(library, words):
    assert _found(library, words, "harbour", signals="lexical") == ["b"]
    assert _found(library, words, "zzz", signals="lexical") == []


def test_no_more_hits_than_asked_and_ranked_from_one(library, words):
    hits = search(library, words, "were received fish", k=2)

    assert [hit.rank for hit in hits] == [1, 2]
    assert hits[0].score >= hits[1].score


def test_a_hit_explains_itself_and_its_dense_score_is_the_cosine(library, words):
    (hit,) = search(library, words, "proposals about fish", k=1)

    assert (hit.signals.dense_rank, hit.signals.lexical_rank, hit.signals.late_rank) == (1, 1, 1)
    assert hit.signals.dense_score == pytest.approx(3 / (3**0.5 * 7**0.5))  # of the title and six words
    assert hit.signals.phrase_score == pytest.approx(3 / (3**0.5 * 6**0.5))  # of the six words
    assert 0 < hit.signals.lexical_score <= 1
    assert hit.signals.late_score == pytest.approx(SAME_LANGUAGE_LIMIT)
    assert hit.signals.rerank_score is None


def test_a_word_that_two_languages_share_counts_as_a_translation_does(words, tmp_path):
    documents = [parse_text("今年 我市 GDP 增长 很快 。", source="zh.txt", title="甲")]
    library = build_index(documents, words, tmp_path, chunk=whole_document)

    (hit,) = search(library, words, "the GDP", k=1)

    assert hit.signals.late_score == hit.signals.near_score == pytest.approx((0 + CROSS_LANGUAGE_LIMIT) / 2)


def test_a_name_tells_the_document_more_than_another_word_does(words, tmp_path):
    documents = [parse_text("nine thousand trees were planted", source="a.txt", title="Henan")]
    library = build_index(documents, words, tmp_path, chunk=whole_document)

    (named,), (plain,) = (search(library, words, query, k=1) for query in ("grew Henan", "grew henan"))

    assert plain.signals.document_score == pytest.approx(1 / 2)
    assert named.signals.document_score == pytest.approx(NAME_WEIGHT_IN_TITLE / (NAME_WEIGHT_IN_TITLE + 1))


def test_a_text_is_known_by_the_words_that_it_begins_with(words, tmp_path):
    texts = ("harbour lights were built near the old mill", "old mills were built near the harbour")
    documents = [
        parse_text(f"{text}\n\nthe mill was near {text}", source=f"{n}.txt", title=f"t{n}")
        for n, text in enumerate(texts)
    ]
    library = build_index(documents, words, tmp_path, chunk=_halves)

    hits = search(library, words, "harbour lights", k=4)

    assert [round(hit.signals.named_score or 0, 2) for hit in hits] == [SAME_LANGUAGE_LIMIT] * 2 + [0] * 2


def _halves(document):
    half = document.text.index("\n") + 1
    spans = ((0, half), (half, len(document.text)))
    return [make_passage(document, start, end) for start, end in spans]


def test_a_plan_does_not_answer_what_was_done_and_a_plan_that_is_asked_for_does(words, tmp_path):
    parts = ["2020年主要任务\n种植 树木 九千 棵。", "2019年工作回顾\n种植 树木 九千 棵。", *TEXTS.values()]
    library = build_index([parse_text(text, source=f"{n}.txt") for n, text in enumerate(parts)], words, tmp_path)

    done, plan = search(library, words, "种植 树木 多少", k=2)
    assert (done.passage.section, done.signals.period_score) == (("2019年工作回顾",), None)
    assert (plan.passage.section, plan.signals.period_score) == (("2020年主要任务",), -PLAN_UNASKED)
    assert search(library, words, "今后 种植 树木", k=1)[0].passage.section == ("2020年主要任务",)


def test_what_five_years_came_to_answers_who_asks_for_five_years_and_no_one_else(words, tmp_path):
    parts = ["新增 就业 239 万人 五年 来", "新增 就业 48 万人 去年 来", *TEXTS.values()]
    library = build_index([parse_text(text, source=f"{n}.txt") for n, text in enumerate(parts)], words, tmp_path)

    def best(query):
        return search(library, words, query, k=1)[0].passage.text

    assert "48" in best("新增 就业 万人 2025 年")
    assert "239" in best("新增 就业 万人 累计")


def test_a_signal_that_is_off_says_nothing(library, words):
    (hit,) = search(library, words, "harbour", k=1, options=SearchOptions(signals=frozenset({"lexical"})))

    assert (hit.signals.dense_rank, hit.signals.dense_score, hit.signals.late_score) == (None, None, None)
    assert hit.signals.lexical_rank == 1
    assert hit.signals.phrase_score is None


def test_the_nearest_words_are_a_part_of_what_the_vectors_say(library, words):
    def signals(on):
        (hit,) = search(library, words, "harbour", k=1, options=SearchOptions(signals=frozenset(on.split())))
        return hit.signals

    assert signals("dense").phrase_score == pytest.approx(5**-0.5)
    assert signals("dense").late_score is None
    assert signals("late").phrase_score is None
    assert signals("late").late_score is not None


def test_the_tokens_of_another_model_say_nothing_of_its_vectors(words, tmp_path):
    class Other(type(words)):
        table = words

    encoder = Other()
    library = build_index([parse_text(TEXTS["b"], source="b.txt", title="b")], encoder, tmp_path, chunk=whole_document)

    (hit,) = search(library, encoder, "harbour", k=1)

    assert hit.signals.phrase_score is None
    assert hit.signals.dense_score > 0


def test_only_wanted_documents_are_found(library, words):
    assert _found(library, words, "379 proposals", wanted=lambda entry: entry.title in "bc")[0] in {"b", "c"}
    assert set(_found(library, words, "379 proposals", wanted=lambda entry: entry.title in "bc")) <= {"b", "c"}
    assert _found(library, words, "379 proposals", wanted=lambda entry: False) == []


def test_beside_the_best_candidates_a_spread_of_what_counts_is_weighed(library, words, monkeypatch):
    assert len(_found(library, words, "trees were planted", candidates=1)) == len(TEXTS)
    assert (
        len(_found(library, words, "trees were planted", candidates=1, wanted=lambda entry: entry.title in "bc")) == 2
    )

    monkeypatch.setattr("index.search.BACKGROUND", 0)

    assert len(_found(library, words, "trees were planted", candidates=1)) == 1


class Backwards:
    """A cross-encoder that likes best what comes last in the alphabet."""

    name = "backwards"

    def scores(self, query, passages):
        return np.asarray([ord(passage[0]) for passage in passages], dtype=np.float32)


def test_a_cross_encoder_has_the_last_word(library, words):
    hits = search(library, words, "were 8", k=3, options=SearchOptions(reranker=Backwards()))

    judged = [hit.signals.rerank_score for hit in hits]
    assert judged == sorted(judged, reverse=True)
    assert judged == [float(ord(hit.passage.text[0])) for hit in hits]
    assert [hit.score for hit in hits] == judged


def test_few_candidates_are_the_best_of_all(library, words):
    assert _found(library, words, "trees planted", k=1, candidates=1) == ["c"]


def test_the_same_question_gets_the_same_hits_twice(library, words):
    assert search(library, words, "were fish trees") == search(library, words, "were fish trees")


@pytest.mark.parametrize("query", ["", "？", "\x00", "zzz " * 300])
def test_odd_queries_are_searched_without_complaint(library, words, query):
    assert len(search(library, words, query, k=2)) <= 2
