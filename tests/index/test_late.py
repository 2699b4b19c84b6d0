import re

import numpy as np
import pytest

from index.late import (
    CONTEXT_TOKENS,
    CONTEXT_WEIGHT,
    FIGURE_LACKING,
    PHRASE_TOKENS,
    SAID_OUTRIGHT,
    SHOWN_MATCHES,
    STRETCH_TOKENS,
    Candidate,
    compare_tokens,
    late_scores,
    mark_names,
    match_words,
)
from index.types import Match

# A table of four tokens in the plane: 0 → east, 1 → north, 2 → north-east, 3 → west.
EAST, NORTH, NORTH_EAST, WEST = range(4)
HALF = 2**-0.5


class Plane:
    """Vectors of tokens on paper; text holds the tokens' names."""

    def __init__(self, weights=(1, 1, 1, 1)):
        self._weights = np.asarray(weights, dtype=np.float32)
        self._names = {"east": EAST, "north": NORTH, "ne": NORTH_EAST, "west": WEST, "…": EAST}

    def token_vectors(self, ids):
        return np.asarray([[1, 0], [0, 1], [HALF, HALF], [-1, 0]], dtype=np.float32)[ids]

    def token_lengths(self, ids):
        return np.ones(len(ids), dtype=np.float32)

    def pool(self, ids):
        sums = np.asarray([self.token_vectors(tokens).sum(0) for tokens in ids], dtype=np.float32).reshape(-1, 2)
        return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)

    def token_weights(self, ids):
        return self._weights[ids]

    def has_digit(self, ids):
        return ids == WEST

    def token_ids(self, texts):
        return [np.asarray([token for token, _, _ in self.token_spans(text)], dtype=np.int32) for text in texts]

    def token_spans(self, text):
        names = re.finditer(r" ?(east|north|ne|west|…)", text)  # a piece holds the space before it
        return [(self._names[match[1]], match.start(), match.end()) for match in names]


def _ids(*tokens):
    return np.asarray(tokens, dtype=np.int32)


def test_a_passage_scores_the_mean_of_the_best_cosine_of_each_token():
    scores = late_scores(
        Plane(), _ids(EAST, NORTH), [_ids(EAST), _ids(NORTH_EAST, WEST), _ids(NORTH, EAST), _ids(WEST)]
    )

    np.testing.assert_allclose(scores, [(1 + 0) / 2, (HALF + HALF) / 2, 1, (-1 + 0) / 2], atol=1e-6)


def test_a_token_that_says_more_counts_more():
    (score,) = late_scores(Plane(weights=(3, 1, 1, 1)), _ids(EAST, NORTH), [_ids(EAST)])

    assert score == pytest.approx((3 * 1 + 1 * 0) / 4)


def test_nothing_asked_or_nothing_said_scores_zero():
    np.testing.assert_array_equal(late_scores(Plane(), _ids(), [_ids(EAST)]), [0])
    np.testing.assert_array_equal(late_scores(Plane(), _ids(EAST), [_ids(), _ids(EAST), _ids()]), [0, 1, 0])
    np.testing.assert_array_equal(late_scores(Plane(weights=(0, 0, 0, 0)), _ids(EAST), [_ids(EAST)]), [0])
    assert late_scores(Plane(), _ids(EAST), []).shape == (0,)


def test_scores_agree_with_the_sum_written_out():
    generator = np.random.default_rng(7)
    vectors = generator.normal(size=(50, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    weights = generator.random(50).astype(np.float32)

    class Table(Plane):
        def token_vectors(self, ids):
            return vectors[ids]

        def token_weights(self, ids):
            return weights[ids]

    question = generator.integers(0, 50, 6).astype(np.int32)
    passages = [generator.integers(0, 50, size).astype(np.int32) for size in (1, 5, 30, 0, 2)]
    expected = [
        sum(weights[q] * max(float(vectors[q] @ vectors[p]) for p in passage) for q in question)
        / sum(weights[q] for q in question)
        if len(passage)
        else 0
        for passage in passages
    ]

    np.testing.assert_allclose(late_scores(Table(), question, passages), expected, rtol=1e-4)


def _compare(question, *candidates, weights=(1, 1, 1, 1), limits=None, wants_figure=False):
    parts = [Candidate(*(_ids(*part) for part in candidate)) for candidate in candidates]
    most = np.asarray(limits or [1] * len(parts), dtype=np.float32)
    scores = compare_tokens(Plane(weights), _ids(*question), parts, most, wants_figure=wants_figure)
    return [[round(float(score), 6) for score in part] for part in (scores.whole, scores.near, scores.document)]


def test_a_short_passage_is_one_stretch():
    whole, near, document = _compare((EAST, NORTH), ((EAST,), (), ()), ((NORTH_EAST, WEST), (), ()))

    assert whole == near == [(1 + 0) / 2, round((HALF + HALF) / 2, 6)]
    assert document == [0, 0]


def test_words_that_stand_far_apart_are_in_the_passage_but_not_near():
    far = STRETCH_TOKENS * 2
    apart = (EAST, *[WEST] * far, NORTH)
    beside = (*[WEST] * far, EAST, NORTH)

    whole, near, _ = _compare((EAST, NORTH), (apart, (), ()), (beside, (), ()))

    assert whole == [1, 1]
    assert near == [(1 + 0) / 2, 1]


def test_a_stretch_begins_wherever_half_of_one_does():
    half = STRETCH_TOKENS // 2
    across = (*[WEST] * (half + half - 1), EAST, NORTH)

    _, near, _ = _compare((EAST, NORTH), (across, (), ()))

    assert near == [1]


def test_a_stretch_without_a_figure_says_less_where_one_is_asked_for():
    far = STRETCH_TOKENS * 2
    without, beside = (EAST,), (EAST, WEST)
    elsewhere = (EAST, *[NORTH] * far, WEST)

    whole, near, _ = _compare((EAST,), (without, (), ()), (beside, (), ()), (elsewhere, (), ()), wants_figure=True)

    assert whole == [1, 1, 1]
    assert near == [pytest.approx(1 - FIGURE_LACKING), 1, pytest.approx(1 - FIGURE_LACKING)]
    assert _compare((EAST,), (without, (), ()))[1] == [1]
    assert _compare((EAST,), ((), (), ()), wants_figure=True)[1] == [0]


def _phrases(question, *passages, table=None):
    parts = [Candidate(_ids(*passage), _ids(), _ids()) for passage in passages]
    most = np.ones(len(parts), dtype=np.float32)
    return compare_tokens(table or Plane(), _ids(*question), parts, most).phrase.tolist()


def test_a_passage_is_as_near_as_its_nearest_few_words():
    far = [WEST] * PHRASE_TOKENS
    first, amid, last = [EAST] * PHRASE_TOKENS + far, far + [EAST] * PHRASE_TOKENS + far, far + [EAST] * PHRASE_TOKENS

    assert _phrases((EAST,), first, amid, last) == pytest.approx([1, 1, 1])
    assert _phrases((EAST,), [EAST, *far]) == pytest.approx([-1])  # one word of eight
    assert _phrases((EAST,), [EAST, *far, *[NORTH_EAST] * PHRASE_TOKENS]) == pytest.approx([HALF])


def test_a_passage_shorter_than_a_phrase_is_one_and_an_empty_one_is_near_to_nothing():
    assert _phrases((EAST, NORTH), [EAST], [], [NORTH_EAST, NORTH_EAST]) == pytest.approx([HALF, 0, 1])
    assert _phrases((), [EAST], []) == [0, 0]
    assert _phrases((EAST,)) == []


def test_a_longer_token_counts_more_in_a_phrase():
    class Long(Plane):
        def token_lengths(self, ids):
            return np.where(ids == NORTH, 5, 1).astype(np.float32)

        def pool(self, ids):
            sums = [(self.token_vectors(some) * self.token_lengths(some)[:, None]).sum(0) for some in ids]
            return np.asarray(sums, dtype=np.float32) / np.linalg.norm(sums, axis=1, keepdims=True)

    assert _phrases((NORTH,), [EAST, NORTH], table=Long()) == pytest.approx([5 / 26**0.5])
    few_long = [*[NORTH] * 3, *[EAST] * 5, *[WEST] * PHRASE_TOKENS, *[NORTH_EAST] * 3, *[WEST] * 5]
    assert _phrases((NORTH,), few_long, table=Long()) == pytest.approx([15 / 250**0.5])
    slanted = [NORTH_EAST] * PHRASE_TOKENS
    much_north = [NORTH, NORTH, *[EAST] * (PHRASE_TOKENS - 2), *[WEST] * PHRASE_TOKENS, *slanted]
    assert _phrases((EAST,), much_north, table=Long()) == pytest.approx([HALF])


def _named(question, *candidates, weights=(1, 1, 1, 1), limits=None):
    parts = [Candidate(_ids(), *(_ids(*part) for part in candidate)) for candidate in candidates]
    most = np.asarray(limits or [1] * len(parts), dtype=np.float32)
    return compare_tokens(Plane(weights), _ids(*question), parts, most).named.tolist()


def test_a_document_is_named_by_how_much_of_its_title_or_of_its_first_words_the_question_says():
    titled, longer, opened = ((EAST,), (), (WEST,)), ((EAST, NORTH), (), (WEST,)), ((WEST,), (), (EAST,))

    assert _named((EAST,), titled, longer, opened) == pytest.approx([1, 1 / 2, 1])
    assert _named((EAST,), longer, weights=(3, 1, 1, 1)) == pytest.approx([3 / 4])
    assert _named((EAST,), titled, titled, limits=[0.5, 1]) == pytest.approx([0.5, 1])


def test_a_document_without_a_name_or_a_question_without_words_names_nothing():
    assert _named((EAST,), ((), (), ()), ((EAST,), (), ())) == [0, 1]
    assert _named((), ((EAST,), (), (EAST,))) == [0]


def _in_context(question, *candidates, weights=(1, 1, 1, 1), limits=None):
    parts = [Candidate(*(_ids(*part) for part in candidate)) for candidate in candidates]
    most = np.asarray(limits or [1] * len(parts), dtype=np.float32)
    return compare_tokens(Plane(weights), _ids(*question), parts, most).context


def test_a_match_counts_more_beside_what_the_words_neighbours_find():
    gap = [WEST] * CONTEXT_TOKENS
    beside, apart = ((EAST, *gap[1:], NORTH), (), ()), ((EAST, *gap, NORTH), (), ())

    scores = _in_context((EAST, NORTH), beside, apart)

    assert scores[0] > scores[1]
    np.testing.assert_allclose(scores, [1 + CONTEXT_WEIGHT, 1], rtol=1e-6)


def test_words_that_stand_far_apart_in_the_question_are_no_neighbours():
    far = (EAST, *[WEST] * CONTEXT_TOKENS, NORTH)

    scores = _in_context(far, ((EAST, NORTH), (), ()), weights=(1, 1, 1, 0))

    np.testing.assert_allclose(scores, [1], rtol=1e-6)


def test_a_neighbour_that_says_more_counts_more():
    (score,) = _in_context((EAST, NORTH, NORTH_EAST), ((EAST,), (), ()), weights=(1, 3, 1, 1))

    east = 1 + CONTEXT_WEIGHT * (3 * 0 + 1 * HALF) / 4
    north = 0 + CONTEXT_WEIGHT * (1 * 1 + 1 * HALF) / 2
    north_east = HALF + CONTEXT_WEIGHT * (1 * 1 + 3 * 0) / 4
    assert score == pytest.approx((east + 3 * north + north_east) / 5)


def test_no_passage_is_the_context_of_its_neighbour():
    passages = [((WEST, EAST), (), ()), ((NORTH, WEST), (), ()), ((WEST,), (), ()), ((EAST, NORTH), (), ())]

    together = _in_context((EAST, NORTH), *passages)

    np.testing.assert_allclose(together, [_in_context((EAST, NORTH), passage)[0] for passage in passages])


def test_what_a_heading_says_is_a_match_and_no_context():
    (score,) = _in_context((EAST, NORTH), ((NORTH,), (), (EAST,)))

    assert score == pytest.approx(((1 + CONTEXT_WEIGHT * 1) + (1 + CONTEXT_WEIGHT * 0)) / 2)


def test_a_context_counts_no_more_than_its_candidates_limit():
    scores = _in_context((EAST, NORTH), ((EAST, NORTH), (), ()), ((), (EAST,), ()), limits=[0.5, 1])

    np.testing.assert_allclose(scores, [0.5 + CONTEXT_WEIGHT * 0.5, 0], rtol=1e-6)


def test_a_word_by_itself_has_no_context():
    np.testing.assert_allclose(_in_context((EAST,), ((NORTH, EAST), (), ()), ((NORTH,), (), ())), [1, 0], atol=1e-6)


def test_what_title_or_heading_say_outright_need_not_be_said_again():
    repeated, silent, elsewhere = ((EAST, NORTH), (EAST,), ()), ((NORTH,), (EAST,), ()), ((NORTH,), (), (EAST,))

    whole, near, document = _compare((EAST, NORTH), repeated, silent, elsewhere)

    assert whole == near == [1, 1, 1]
    assert document == [(1 + 0) / 2, (1 + 0) / 2, 0]


class Slanted(Plane):
    """Here east and north are nearly said by one another: almost as much as counts."""

    def token_vectors(self, ids):
        cosine = SAID_OUTRIGHT - 0.01
        return np.asarray([[1, 0], [cosine, (1 - cosine**2) ** 0.5], [0, 1], [-1, 0]], dtype=np.float32)[ids]


def test_what_a_title_says_less_than_outright_is_said_by_the_passage_alone():
    (score,) = compare_tokens(
        Slanted(), _ids(EAST), [Candidate(_ids(NORTH_EAST), _ids(NORTH), _ids())], np.ones(1)
    ).whole

    assert score == pytest.approx(0, abs=1e-6)


def test_a_name_that_is_said_less_than_outright_is_not_named():
    candidates = [Candidate(_ids(), _ids(NORTH), _ids()), Candidate(_ids(), _ids(EAST), _ids())]

    assert compare_tokens(Slanted(), _ids(EAST), candidates, np.ones(2)).named.tolist() == [0, 1]


def test_no_match_counts_more_than_its_candidates_limit():
    same, translated = ((EAST, NORTH), (), ()), ((NORTH_EAST,), (), ())

    whole, near, _ = _compare((EAST, NORTH), same, translated, same, limits=[0.5, 0.5, 1])

    assert whole == near == [0.5, 0.5, 1]


def test_a_passage_without_tokens_scores_zero_whatever_its_title_says():
    whole, near, document = _compare((EAST,), ((), (EAST,), ()), ((EAST,), (), ()))

    assert whole == near == [0, 1]
    assert document == [1, 0]


def test_a_question_that_says_nothing_scores_zero():
    assert _compare((), ((EAST,), (EAST,), ())) == [[0], [0], [0]]
    assert _compare((EAST,), ((EAST,), (EAST,), ()), weights=(0, 0, 0, 0)) == [[0], [0], [0]]


def test_a_word_is_matched_with_the_word_that_stands_for_it():
    assert match_words(Plane(), "ne", "west north") == (Match("ne", "north", round(HALF, 4)),)


def test_a_word_that_nothing_stands_for_has_no_match():
    assert match_words(Plane(), "east", "north west") == ()


def test_the_most_telling_match_comes_first():
    matches = match_words(Plane(weights=(1, 5, 1, 1)), "east west north", "north … east")

    assert [match.question for match in matches] == ["north", "east"]


def test_neighbours_matched_by_neighbours_are_one_match():
    assert match_words(Plane(), "eastnorth", "west eastnorth") == (Match("eastnorth", "eastnorth", 1.0),)
    assert match_words(Plane(), "eastnorth", "northeast") == (Match("east", "east", 1.0), Match("north", "north", 1.0))
    assert match_words(Plane(), "east north", "eastnorth") == (Match("east", "east", 1.0), Match("north", "north", 1.0))


def test_a_match_is_as_sure_as_its_least_sure_part():
    assert match_words(Plane(), "eastnorth", "eastne") == (Match("eastnorth", "eastne", round(HALF, 4)),)
    assert match_words(Plane(), "neeast", "northeast") == (Match("neeast", "northeast", round(HALF, 4)),)


def test_a_piece_that_only_marks_where_a_word_begins_stands_for_nothing():
    class Marked(Plane):
        def token_spans(self, text):
            return [(WEST, 0, 1), *super().token_spans(text)]

    assert match_words(Marked(), "east", "westeast") == (Match("east", "east", 1.0),)


def test_a_word_whose_ending_is_no_token_is_shown_whole():
    (match,) = match_words(Plane(), "eastern?", "north eastwards, 3 west")

    assert (match.question, match.passage) == ("eastern", "eastwards")


def test_a_name_counts_though_the_model_thinks_little_of_it():
    def compare(names):
        scores = compare_tokens(
            Plane(weights=(0.2, 1, 1, 1)),
            _ids(EAST, NORTH),
            [Candidate(_ids(EAST), _ids(EAST), _ids())],
            np.ones(1),
            is_name=mark_names([(EAST, 0, 4), (NORTH, 5, 10)], names),
        )
        return [*scores.whole, *scores.document]

    assert compare([]) == pytest.approx([0.2 / 1.2, 0.2 / 1.2])
    assert compare([(0, 4)]) == pytest.approx([1 / 2, 4 / 5])  # of two documents alike, the name says which
    assert compare([(4, 5)]) == compare([])  # the space between two words is of neither


def test_marks_stand_for_nothing():
    assert match_words(Plane(), "…", "east") == match_words(Plane(), "east", "…") == ()
    assert match_words(Plane(), "", "east") == ()


def test_no_more_than_a_line_of_matches_is_shown_and_none_twice(words):
    text = " ".join(f"w{number} x" for number in range(20))

    matches = match_words(words, text, " ".join(reversed(text.split())))

    assert len(matches) == len({match.question for match in matches}) == SHOWN_MATCHES
