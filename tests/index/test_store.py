import gc
import json
import pickle
import weakref
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index import store
from index.arrays import ArrayWriter, map_array, write_array
from index.build import add_files, build_index, remove_documents
from index.errors import IndexDamaged, IndexMissing
from index.parse import parse_text
from index.records import document_from_line, document_to_line
from index.search import SearchOptions, search
from index.store import check_library, open_library, read_manifest

TEXTS = {"a.txt": "one two three", "b.txt": "four five six", "c.txt": "seven eight nine"}


@pytest.fixture
def folder(tmp_path, words) -> Path:
    build_index([parse_text(text, source=name) for name, text in TEXTS.items()], words, tmp_path / "index")
    return tmp_path / "index"


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << (place % 8)
    path.write_bytes(content)


def test_what_is_opened_is_what_was_built(folder, report, words):
    library = open_library(folder)

    assert {entry.source: library.documents[entry.id].text for entry in library.manifest.documents} == TEXTS
    assert [passage.text for passage in library.all_passages()] == list(TEXTS.values())
    assert library.passage_count == 3


def test_a_document_comes_back_whole_from_its_line(report):
    assert document_from_line(document_to_line(report)) == report


def test_a_document_keeps_where_its_lines_stand_and_one_that_has_none_is_written_as_ever(report):
    pages = tuple(replace(page, physical=number) for number, page in enumerate(report.pages, start=11))
    placed = replace(report, pages=pages, printed_lines="eNo=")

    assert document_from_line(document_to_line(placed)) == placed
    assert "printed_lines" not in json.loads(document_to_line(report))
    assert json.loads(document_to_line(report))["pages"][0] == [1, 0, report.pages[0].end]
    assert report.metadata.date == date(2020, 1, 6) or report.metadata.occasion_date is not None


def test_no_index_is_not_a_damaged_one(tmp_path):
    with pytest.raises(IndexMissing, match="qa build"):
        open_library(tmp_path / "none")


def test_an_index_of_another_format_says_so(folder):
    written = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(written | {"format": 99}), encoding="utf-8")

    with pytest.raises(IndexDamaged, match="format 99"):
        open_library(folder)


def test_a_flipped_bit_in_any_file_is_found_and_named(folder):
    paths = files_of(folder)
    assert len(paths) > 15
    for path in paths:
        whole = path.read_bytes()
        for place in (0, len(whole) // 2, len(whole) - 1):
            flip(path, place)
            try:
                wrong = [error.path for error in check_library(folder)]
            except IndexDamaged as error:  # the manifest itself
                wrong = [error.path]
            assert wrong == [path], place
            path.write_bytes(whole)
    assert check_library(folder) == []


def test_a_missing_or_shortened_file_is_named_when_the_index_is_opened(folder):
    for path in files_of(folder):
        if path.name == "segment.json":  # for a manifest that was lost: nothing else reads it
            continue
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        with pytest.raises(IndexDamaged, match=path.name):
            open_library(folder)
        path.unlink()
        with pytest.raises((IndexDamaged, IndexMissing)):
            open_library(folder)
        path.write_bytes(whole)


def test_a_small_index_with_a_flipped_bit_is_not_opened(folder):
    flip(next(folder.glob("segments/*/postings.npy")), 200)

    with pytest.raises(IndexDamaged, match=r"postings\.npy: its checksum does not match; mend it with: qa doctor"):
        open_library(folder)


def test_no_quote_is_read_from_a_damaged_text_however_large_the_index(folder, monkeypatch):
    monkeypatch.setattr(store, "CHECKED_BYTES", 0)
    flip(next(folder.glob("segments/*/documents.jsonl")), 60)

    with pytest.raises(IndexDamaged, match="document 0 is not what was written"):
        list(open_library(folder).all_passages())


def test_an_array_that_holds_a_pickle_is_not_loaded(folder, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (Path(tmp_path / "exploded").touch, ())

    path = next(folder.glob("segments/*/tokens.npy"))
    with path.open("wb") as file:
        np.lib.format.write_array(file, np.array([Bomb()], dtype=object), allow_pickle=True)

    for attack in (path.read_bytes(), pickle.dumps(Bomb())):
        path.write_bytes(attack)
        with pytest.raises(ValueError, match=r"pickle|magic|Python objects"):
            map_array(path)
        with pytest.raises(IndexDamaged):
            open_library(folder)
    assert not (tmp_path / "exploded").exists()


def test_a_library_that_is_open_reads_on_after_it_was_replaced(folder, words, tmp_path):
    library = open_library(folder)
    build_index([parse_text("other words", source="d.txt")], words, folder)

    assert len(list((folder / "segments").iterdir())) == 1
    assert {library.documents[entry.id].text for entry in library.manifest.documents} == set(TEXTS.values())
    assert search(library, words, "five")[0].passage.text == "four five six"


def test_a_library_that_nobody_holds_lets_its_files_go_at_once(folder, words):
    gc.disable()  # what only its next run would free, holds the disk that they are on
    try:
        library = open_library(folder)
        assert search(library, words, "one two")
        assert list(library.all_passages())
        held = [weakref.ref(part) for s in library.segments for part in (s, s.dense, s.sparse, s.languages)]
        del library

        assert [kept() for kept in held] == [None] * len(held)
    finally:
        gc.enable()


def test_opening_takes_the_manifest_that_replaced_the_one_it_read(folder, words, monkeypatch):
    real, raced = store.read_manifest, []

    def read_then_lose(place):
        manifest = real(place)
        if not raced:
            raced.append(True)
            build_index([parse_text("other words", source="d.txt")], words, folder)
        return manifest

    monkeypatch.setattr(store, "read_manifest", read_then_lose)
    assert [entry.source for entry in open_library(folder).manifest.documents] == ["d.txt"]


def test_what_a_killed_writer_left_goes_with_the_next_write(folder, words, tmp_path):
    (folder / "segments" / ".writing-left").mkdir()
    (folder / "segments" / "unnamed").mkdir()
    (folder / ".manifest-left").write_bytes(b"{")
    (tmp_path / "d.txt").write_text("ten eleven", encoding="utf-8")

    add_files([(tmp_path / "d.txt", "d.txt")], words, folder)
    assert sorted(path.name for path in (folder / "segments").iterdir()) == sorted(
        entry.name for entry in read_manifest(folder).segments
    )
    assert list(folder.glob(".manifest-*")) == []


def test_filters_choose_documents(folder, words):
    options = SearchOptions(wanted=lambda entry: entry.source == "b.txt")

    hits = search(open_library(folder), words, "one two", options=options)
    assert [hit.passage.text for hit in hits] == ["four five six"]


def test_a_filter_never_brings_back_what_was_removed(folder, words):
    gone = open_library(folder).manifest.documents[1]
    remove_documents(folder, [gone.id])

    hits = search(open_library(folder), words, "four five", options=SearchOptions(wanted=lambda entry: True))
    assert gone.id not in {hit.passage.document_id for hit in hits}


def test_listing_reads_no_text(folder):
    manifest = read_manifest(folder)
    next(folder.glob("segments/*/documents.jsonl")).unlink()

    assert [entry.source for entry in manifest.documents] == list(TEXTS)


def test_an_array_written_in_parts_is_numpys_own_format(tmp_path):
    with ArrayWriter(tmp_path / "parts.npy", np.int32, 2) as writer:
        writer.write(np.array([[1, 2]]))
        writer.write(np.array([[3, 4], [5, 6]]))
    write_array(tmp_path / "whole.npy", np.arange(3.0))

    assert np.load(tmp_path / "parts.npy").tolist() == [[1, 2], [3, 4], [5, 6]]
    assert map_array(tmp_path / "whole.npy").tolist() == [0, 1, 2]
