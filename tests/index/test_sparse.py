from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import sparse
from index.sparse import K1, B, SparseIndex, SparseQuery, TermCounts, bm25, inverse_document_frequency
from index.words import terms, terms_and_runs

PASSAGES = [["提案", "提案", "工作"], ["工作", "报告"], ["会议"]]


def write(folder: Path, *passages: list[str]) -> SparseIndex:
    folder.mkdir(exist_ok=True)
    counts = TermCounts()
    counts.extend(passages)
    counts.write(folder)
    return SparseIndex(folder)


def test_a_score_is_the_formula(tmp_path):
    query = SparseQuery([write(tmp_path, *PASSAGES)], ["提案", "工作"], [None])

    mean = (3 + 2 + 1) / 3
    idf = {"提案": np.log(1 + (3 - 1 + 0.5) / (1 + 0.5)), "工作": np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))}
    first = idf["提案"] * 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 3 / mean))
    first += idf["工作"] * 1 * (K1 + 1) / (1 + K1 * (1 - B + B * 3 / mean))
    second = idf["工作"] * 1 * (K1 + 1) / (1 + K1 * (1 - B + B * 2 / mean))
    assert query.scores(np.arange(3)) == pytest.approx([first, second, 0])
    assert query.most == pytest.approx((idf["提案"] + idf["工作"]) * (K1 + 1))


def test_scores_agree_with_bm25s(tmp_path):
    import bm25s

    oracle = bm25s.BM25(k1=K1, b=B, method="lucene")
    oracle.index(PASSAGES, show_progress=False)

    # Lucene leaves the constant factor k1 + 1 out.
    expected = oracle.get_scores(["提案", "工作"]) * (K1 + 1)
    query = SparseQuery([write(tmp_path, *PASSAGES)], ["提案", "工作"], [None])
    assert query.scores(np.arange(3)) == pytest.approx(expected, rel=1e-5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(codec="utf-8") | st.sampled_from("提案工作会三十か가각 a1"), max_size=20), max_size=4
    )
)
def test_runs_count_as_the_characters_and_pairs_that_they_hold(tmp_path_factory, texts):
    singly, in_runs = TermCounts(), TermCounts()
    singly.extend([terms(text) for text in texts])
    for text in texts:
        words, runs = terms_and_runs(text)
        in_runs.extend([words], [runs])
    folders = [tmp_path_factory.mktemp("counts") for _ in range(2)]
    for counts, folder in zip((singly, in_runs), folders, strict=True):
        counts.write(folder)

    files = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert files[0] == files[1]


def test_a_word_asked_twice_counts_once(tmp_path):
    index = write(tmp_path, *PASSAGES)

    once, twice = (SparseQuery([index], terms, [None]) for terms in (["提案"], ["提案", "提案"]))
    assert once.scores(np.arange(3)).tolist() == twice.scores(np.arange(3)).tolist()


def test_segments_score_as_one_collection(tmp_path):
    whole = SparseQuery([write(tmp_path / "whole", *PASSAGES)], ["提案", "工作"], [None])
    first, rest = write(tmp_path / "first", PASSAGES[0]), write(tmp_path / "rest", *PASSAGES[1:])

    parts = SparseQuery([first, rest], ["提案", "工作"], [None, None])
    assert parts.scores(np.arange(3)) == pytest.approx(whole.scores(np.arange(3)))
    assert parts.best(2).tolist() == whole.best(2).tolist() == [0, 1]


def test_passages_that_do_not_count_leave_the_statistics_too(tmp_path):
    masked = SparseQuery([write(tmp_path / "all", *PASSAGES)], ["工作"], [np.array([False, True, True])])
    alone = SparseQuery([write(tmp_path / "rest", *PASSAGES[1:])], ["工作"], [None])

    assert masked.scores(np.arange(3))[1:] == pytest.approx(alone.scores(np.arange(2)))
    assert masked.scores(np.arange(3))[0] == 0
    assert masked.best(3).tolist() == [1]


def test_equal_scores_go_to_the_passages_that_come_first(tmp_path):
    query = SparseQuery([write(tmp_path, *[["同"]] * 5)], ["同"], [None])

    assert query.best(2).tolist() == [0, 1]


def test_a_term_that_nothing_holds_finds_nothing(tmp_path):
    query = SparseQuery([write(tmp_path, *PASSAGES)], ["没有"], [None])

    assert query.best(3).tolist() == []


def test_a_segment_without_a_single_term_finds_nothing(tmp_path):
    assert SparseQuery([write(tmp_path, [])], ["提案"], [None]).best(3).tolist() == []


def test_a_library_without_segments_finds_nothing():
    assert SparseQuery([], ["提案"], []).best(3).tolist() == []


LETTERS = st.lists(st.sampled_from("aaaaabbbccdefg"), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    parts=st.lists(st.lists(LETTERS, min_size=1, max_size=30), min_size=1, max_size=3),
    asked=st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=6),
    count=st.integers(1, 8),
    hidden=st.sets(st.integers(0, 89)),
    is_masked=st.booleans(),
)
def test_passing_over_frequent_terms_finds_the_same_passages(
    tmp_path_factory, monkeypatch, parts, asked, count, hidden, is_masked
):
    folder = tmp_path_factory.mktemp("parts")
    indexes = [write(folder / str(number), *part) for number, part in enumerate(parts)]
    flat = iter(range(90))
    masks = [np.asarray([next(flat) not in hidden for _ in part]) if is_masked else None for part in parts]
    everything = SparseQuery(indexes, asked, masks)
    monkeypatch.setattr(sparse, "SCORED_POSTINGS", 0)

    pruned = SparseQuery(indexes, asked, masks)
    total = sum(map(len, parts))
    scores = everything.scores(np.arange(total))
    assert pruned.scores(np.arange(total)) == pytest.approx(scores, rel=1e-5)
    found, expected = pruned.best(count), everything.best(count)
    # Passages whose scores differ by rounding alone may change places.
    assert scores[found] == pytest.approx(scores[expected], rel=1e-5) or sorted(scores[found]) == pytest.approx(
        sorted(scores[expected]), rel=1e-5
    )


def test_no_gain_exceeds_the_peak_that_it_is_pruned_by(tmp_path):
    long, short = write(tmp_path / "long", ["a"] * 9 + ["b"] * 90), write(tmp_path / "short", ["a", "b"])

    for index, other in ((long, short), (short, long)):
        query = SparseQuery([index, other], ["a"], [None, None])
        gains = query.scores(np.arange(2))
        idf = inverse_document_frequency(2, 2)
        assert max(gains) <= idf * max(
            sparse._highest(query._terms[0].postings[n].peak, one.mean_length / query._mean_length)
            for n, one in enumerate((index, other))
        )


def test_frequencies_saturate():
    gains = bm25(np.array([1, 255], np.float32), np.array([10, 10], np.float32), 10.0)

    assert gains == pytest.approx([1 * 2.2 / (1 + 1.2), 255 * 2.2 / (255 + 1.2)])
