from pathlib import Path

import pytest

from index.build import add_files, remove_documents
from index.repair import MISSING_FILE, known_sources, repair_index
from index.store import check_library, open_library, read_manifest

TEXTS = {"a.txt": "one two three", "b.txt": "four five six", "c.txt": "seven eight nine"}


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: tmp_path / name for name in TEXTS}


@pytest.fixture
def folder(tmp_path, files, words) -> Path:
    add_files([(path, name) for name, path in files.items()], words, tmp_path / "index")
    return tmp_path / "index"


def flip(path: Path, text: bytes) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(text)] ^= 1
    path.write_bytes(content)


def texts(folder: Path) -> dict[str, str]:
    library = open_library(folder)
    return {entry.source: library.documents[entry.id].text for entry in library.manifest.documents}


def test_whatever_bit_flips_the_library_is_whole_after_a_repair(folder, words):
    names = sorted(path.name for path in folder.glob("segments/*/*"))
    assert len(names) > 15
    for name in names:
        path = next(folder.glob(f"segments/*/{name}"))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        assert check_library(folder) != [], name

        done = repair_index(folder, words)
        assert check_library(folder) == [], name
        assert (texts(folder), done.lost) == (TEXTS, []), name
        places = {(entry.path, entry.line) for entry in read_manifest(folder).documents}
        assert name == "entries.jsonl" or places == {(str(folder.parent / source), None) for source in TEXTS}, name


def test_whatever_file_is_missing_the_library_is_whole_after_a_repair(folder, words):
    for name in sorted(path.name for path in folder.glob("segments/*/*")):
        next(folder.glob(f"segments/*/{name}")).unlink()

        assert repair_index(folder, words).lost == [], name
        assert (texts(folder), check_library(folder)) == (TEXTS, []), name


def test_a_document_whose_file_is_gone_is_kept_from_the_index(folder, files, words):
    files["b.txt"].unlink()
    next(folder.glob("segments/*/postings.npy")).unlink()

    assert repair_index(folder, words).kept == list(TEXTS)
    assert texts(folder) == TEXTS


def test_a_damaged_text_comes_from_its_file(folder, words):
    flip(next(folder.glob("segments/*/documents.jsonl")), b"four")

    done = repair_index(folder, words)
    assert (done.kept, done.read_again, done.lost) == (["a.txt", "c.txt"], ["b.txt"], [])
    assert texts(folder) == TEXTS


def test_only_a_damaged_text_without_a_file_is_lost_and_it_is_named(folder, files, words):
    flip(next(folder.glob("segments/*/documents.jsonl")), b"four")
    for path in files.values():
        path.unlink()

    assert repair_index(folder, words).lost == ["b.txt"]
    assert texts(folder) == {name: text for name, text in TEXTS.items() if name != "b.txt"}
    assert read_manifest(folder).skipped == (("b.txt", MISSING_FILE),)


def test_a_lost_manifest_is_made_again_of_the_segments(folder, files, words):
    (folder.parent / "b.txt").write_text("ten eleven", encoding="utf-8")
    add_files([(folder.parent / "b.txt", "b.txt")], words, folder)
    for path in files.values():
        path.unlink()
    flip(folder / "manifest.json", b"segments")

    repair_index(folder, words)
    assert texts(folder) == TEXTS | {"b.txt": "ten eleven"}
    assert check_library(folder) == []


def test_what_was_removed_does_not_come_back(folder, words):
    remove_documents(folder, [read_manifest(folder).documents[0].id])
    next(folder.glob("segments/*/postings.npy")).unlink()

    repair_index(folder, words)
    assert list(texts(folder)) == ["b.txt", "c.txt"]


def test_a_whole_library_is_left_alone(folder, words):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != "lock"}

    repair_index(folder, words)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != "lock"} == before


def test_a_rebuild_reads_files_anew_and_keeps_documents_without_one(folder, files):
    files["a.txt"].write_text("one changed", encoding="utf-8")
    files["b.txt"].unlink()
    skipped: list[tuple[str, str]] = []

    sources = list(known_sources(folder, read_manifest(folder), skipped))
    assert [source.document.text for source in sources] == ["one changed", "four five six", "seven eight nine"]
    assert skipped == []
