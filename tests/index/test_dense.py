import numpy as np
import pytest

from index import dense
from index.dense import DenseIndex, DenseKind, build_dense
from index.embed import unit_rows
from index.errors import IndexDamaged

DIM = 16


@pytest.fixture
def vectors() -> np.ndarray:
    return unit_rows(np.random.default_rng(0).normal(size=(3_000, DIM)).astype(np.float32))


@pytest.fixture
def trained(monkeypatch, vectors, tmp_path) -> DenseIndex:
    kinds = (DenseKind(100, np.float32), DenseKind(float("inf"), np.float16, "PQ{half}x4fs"))
    monkeypatch.setattr(dense, "DENSE_KINDS", kinds)
    monkeypatch.setattr(dense, "TRAINING_VECTORS", 1_000)
    monkeypatch.setattr(dense, "ADDED_VECTORS", 500)
    monkeypatch.setattr(dense, "GATHERED", 50)
    build_dense([vectors[:1_000], vectors[1_000:]], len(vectors), DIM, tmp_path)
    return DenseIndex(tmp_path)


def exact(vectors: np.ndarray, query: np.ndarray, count: int) -> list[int]:
    return np.argsort(-(vectors @ query), kind="stable")[:count].tolist()


def test_search_agrees_with_a_matrix_product(vectors, tmp_path):
    build_dense([vectors], len(vectors), DIM, tmp_path)

    ordinals, cosines = DenseIndex(tmp_path).search(vectors[7], 10)
    assert ordinals.tolist() == exact(vectors, vectors[7], 10)
    assert cosines == pytest.approx(vectors[ordinals] @ vectors[7], rel=1e-5)
    assert ordinals[0] == 7


def test_equal_cosines_keep_the_order_of_the_passages(tmp_path):
    build_dense([np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)], 6, 2, tmp_path)

    assert DenseIndex(tmp_path).search(np.array([1, 0], np.float32), 6)[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_only_passages_that_count_are_returned(vectors, tmp_path):
    build_dense([vectors], len(vectors), DIM, tmp_path)
    mask = np.zeros(len(vectors), dtype=bool)
    mask[[5, 17, 900]] = True

    ordinals, _ = DenseIndex(tmp_path).search(vectors[17], 10, mask)
    assert ordinals[0] == 17
    assert sorted(ordinals.tolist()) == [5, 17, 900]


def test_nothing_is_found_where_nothing_counts(vectors, tmp_path):
    build_dense([vectors], len(vectors), DIM, tmp_path)

    assert DenseIndex(tmp_path).search(vectors[0], 10, np.zeros(len(vectors), dtype=bool))[0].tolist() == []


def test_a_trained_index_is_written_beyond_the_limit_and_finds_most(trained, vectors, tmp_path):
    queries = vectors[::30]

    found = [set(trained.search(query, 10)[0].tolist()) & set(exact(vectors, query, 10)) for query in queries]
    assert (tmp_path / dense.TRAINED_FILE).is_file()
    assert sum(map(len, found)) / (10 * len(queries)) > 0.95


def test_a_trained_index_returns_exact_cosines(trained, vectors):
    ordinals, cosines = trained.search(vectors[3], 10)

    halves = vectors.astype(np.float16).astype(np.float32)
    assert cosines == pytest.approx(halves[ordinals] @ vectors[3], rel=1e-6)


def test_a_trained_index_searches_a_few_passages_exactly(trained, vectors):
    few = np.zeros(len(vectors), dtype=bool)
    few[:40] = True

    assert trained.search(vectors[2999], 10, few)[0].tolist() == exact(vectors[:40], vectors[2999], 10)


def test_a_trained_index_passes_over_what_does_not_count(trained, vectors):
    half = np.arange(len(vectors)) % 2 == 0

    ordinals, _ = trained.search(vectors[4], 10, half)
    assert ordinals[0] == 4
    assert not (ordinals % 2).any()


def test_a_trained_index_finds_what_counts_among_nearer_ones_that_do_not(trained, vectors):
    far = np.argsort(vectors @ vectors[0])[:100]  # opposite to the question, and more than are gathered
    mask = np.zeros(len(vectors), dtype=bool)
    mask[far] = True

    assert (
        trained.search(vectors[0], 5, mask)[0].tolist() == [o for o in exact(vectors, vectors[0], 3_000) if mask[o]][:5]
    )


def test_an_odd_number_of_dimensions_is_no_obstacle(trained, vectors, tmp_path):
    odd = unit_rows(np.ascontiguousarray(vectors[:, :15]))
    build_dense([odd], len(odd), 15, tmp_path)

    assert DenseIndex(tmp_path).search(odd[8], 1)[0].tolist() == [8]


def test_a_damaged_file_is_named(trained, vectors, tmp_path):
    (tmp_path / dense.TRAINED_FILE).write_bytes(b"no index")

    with pytest.raises(IndexDamaged, match=dense.TRAINED_FILE):
        DenseIndex(tmp_path)


def test_every_number_of_a_trained_index_is_read_as_it_was_stored(trained):
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    trained._vectors = halves[np.isfinite(halves)].reshape(-1, DIM)

    assert np.array_equal(trained.vectors(slice(None)), trained._vectors.astype(np.float32))
