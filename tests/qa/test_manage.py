from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import BadQuestion, IndexDamaged, UnreadableFile
from index.store import open_library
from qa.manage import add_paths, rebuild, remove_named


class Bar:
    """Counts steps as a progress bar would show them."""

    def __init__(self) -> None:
        self.total = self.done = 0

    @contextmanager
    def __call__(self, label: str, total: int):
        self.total += total
        yield self.step

    def step(self, count: int) -> None:
        self.done += count


@pytest.fixture
def bar() -> Bar:
    return Bar()


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def library(tmp_path) -> Path:
    files = tmp_path / "library"
    (files / "2019").mkdir(parents=True)
    (files / "a.txt").write_text("one two three", encoding="utf-8")
    (files / "2019" / "b.txt").write_text("four five six", encoding="utf-8")
    return files


def sources(folder: Path) -> list[str]:
    return [entry.source for entry in open_library(folder).manifest.documents]


def test_a_folder_is_added_with_what_is_in_it(folder, library, words, bar):
    assert add_paths(folder, words, [library], tell=bar).added == ["a.txt", "2019/b.txt"]
    assert sources(folder) == ["a.txt", "2019/b.txt"]


def test_the_bar_ends_where_it_should(folder, tmp_path, words, bar):
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("word " * 500, encoding="utf-8")

    add_paths(folder, words, [tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt"], tell=bar)
    assert bar.done == bar.total == 3 * 2_500 // 1024


def test_a_file_that_is_not_there_is_listed_and_the_others_are_added(folder, library, words, bar):
    summary = add_paths(folder, words, [library / "none.txt", library / "a.txt"], tell=bar)

    assert (summary.added, [name for name, _ in summary.skipped]) == (["a.txt"], ["none.txt"])


def test_a_document_is_removed_by_its_name(folder, library, words, bar):
    add_paths(folder, words, [library], tell=bar)

    assert remove_named(folder, ["2019/b.txt"]) == ["b"]
    assert sources(folder) == ["a.txt"]


def test_a_name_of_several_documents_removes_none(folder, library, words, bar):
    add_paths(folder, words, [library], tell=bar)

    with pytest.raises(BadQuestion, match="means 2 documents"):
        remove_named(folder, [".txt"])
    with pytest.raises(BadQuestion, match="means no document"):
        remove_named(folder, ["a.txt", "nothing like it"])
    assert sources(folder) == ["a.txt", "2019/b.txt"]


def test_a_rebuild_holds_everything_that_was_there(folder, library, words, bar):
    add_paths(folder, words, [library], tell=bar)
    (library / "a.txt").unlink()

    rebuild(folder, words, [], force=False, tell=bar)
    assert sources(folder) == ["a.txt", "2019/b.txt"]


def test_a_rebuild_of_nothing_builds_the_report(folder, words, bar):
    assert [entry.source for entry in rebuild(folder, words, [], force=False, tell=bar).manifest.documents] == [
        "dandong-cppcc-work-report-2020.txt"
    ]


def test_an_emptied_library_stays_empty_until_a_rebuild(folder, library, words, bar):
    add_paths(folder, words, [library / "a.txt"], tell=bar)
    remove_named(folder, ["a.txt"])
    assert sources(folder) == []

    rebuild(folder, words, [], force=False, tell=bar)
    assert sources(folder) == ["dandong-cppcc-work-report-2020.txt"]


def test_a_rebuild_of_unreadable_files_keeps_the_old_library(folder, library, words, bar):
    add_paths(folder, words, [library], tell=bar)
    (library / "bad.txt").write_bytes(b"\0\0\0")

    with pytest.raises(UnreadableFile, match=r"bad\.txt"):
        rebuild(folder, words, [library / "bad.txt"], force=False, tell=bar)
    assert sources(folder) == ["a.txt", "2019/b.txt"]


def test_a_rebuild_lists_what_it_could_not_read(folder, library, words, bar):
    (library / "bad.txt").write_bytes(b"\0\0\0")

    rebuilt = rebuild(folder, words, [library], force=False, tell=bar)
    assert [name for name, _ in rebuilt.manifest.skipped] == ["bad.txt"]


def test_a_damaged_manifest_is_rebuilt_only_by_force_and_then_loses_nothing(folder, library, words, bar):
    add_paths(folder, words, [library], tell=bar)
    (folder / "manifest.json").write_text("{", encoding="utf-8")

    with pytest.raises(IndexDamaged, match="qa doctor --repair"):
        rebuild(folder, words, [], force=False, tell=bar)
    rebuild(folder, words, [], force=True, tell=bar)
    assert sources(folder) == ["a.txt", "2019/b.txt"]
