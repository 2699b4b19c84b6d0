import json
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from index import build, merge
from index.build import add_files, build_index, build_report_index, remove_documents
from index.context import indexed_text, whole_text
from index.errors import IndexBusy, IndexEmpty, IndexMissing, IndexStale
from index.merge import Tier
from index.parse import parse_text
from index.search import search
from index.store import check_library, open_library, read_manifest, writing


class CountingEncoder:
    """Remembers which texts were embedded as documents."""

    def __init__(self, inner) -> None:
        self.inner = inner
        self.name, self.dim, self.table = inner.name, inner.dim, inner
        self.embedded: list[str] = []

    def encode_queries(self, texts):
        return self.inner.encode_queries(texts)

    def encode_documents(self, texts, *, show_progress=False):
        self.embedded += texts
        return self.inner.encode_documents(texts)


@pytest.fixture
def encoder(words):
    return CountingEncoder(words)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def write(tmp_path):
    def write(name: str, text: str) -> tuple[Path, str]:
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path, path.name

    return write


@pytest.fixture
def write_lines(write):
    def write_lines(name: str, *texts: str) -> tuple[Path, str]:
        return write(name, "".join(json.dumps({"title": text[:4], "text": text}) + "\n" for text in texts))

    return write_lines


def sources(folder: Path) -> list[str]:
    return [entry.source for entry in open_library(folder).manifest.documents]


def texts(folder: Path) -> list[str]:
    return [passage.text for passage in open_library(folder).all_passages()]


def state(folder: Path) -> list[tuple[str, bytes]]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [(str(path.relative_to(folder)), path.read_bytes()) for path in paths]


def test_adding_a_file_twice_changes_nothing(folder, encoder, write):
    file = write("a.txt", "one two three")
    first = add_files([file], encoder, folder)
    before = state(folder)

    second = add_files([file], encoder, folder)
    assert (first.added, second.added, second.unchanged) == (["a.txt"], [], ["a.txt"])
    assert state(folder) == before


def test_a_changed_file_replaces_itself_alone(folder, encoder, write):
    others = [write("a.txt", "one two three"), write("c.txt", "seven eight nine")]
    add_files([*others, write("b.txt", "four five six")], encoder, folder)
    encoder.embedded.clear()

    summary = add_files([*others, write("b.txt", "ten eleven twelve")], encoder, folder)
    assert (summary.replaced, summary.unchanged) == (["b.txt"], ["a.txt", "c.txt"])
    assert [text for text in encoder.embedded if "seven" in text or "one" in text] == []
    assert sources(folder) == ["a.txt", "c.txt", "b.txt"]
    assert search(open_library(folder), encoder, "eleven")[0].passage.text == "ten eleven twelve"
    assert texts(folder) == ["one two three", "seven eight nine", "ten eleven twelve"]


def test_passages_that_stay_keep_their_vectors(folder, encoder, write):
    paragraphs = [f"第{number}段。" + "内容很多。" * 40 + "\n" for number in range(5)]
    add_files([write("a.txt", "".join(paragraphs))], encoder, folder)
    before = len(open_library(folder).segments[0].passages)
    encoder.embedded.clear()

    add_files([write("a.txt", "".join([*paragraphs[:4], "第五段换了。" + "内容很多。" * 40]))], encoder, folder)
    probes = 2  # by which the index knows its maker
    assert before >= 5
    assert len([text for text in encoder.embedded if "段" in text]) - probes < 3
    library = open_library(folder)
    fresh = encoder.encode_documents(
        [whole_text(indexed_text(library.documents[p.document_id], p)) for p in library.all_passages()]
    )
    live = np.flatnonzero(library.segments[-1].live) if library.segments[-1].live is not None else slice(None)
    assert library.segments[-1].dense.vectors(live) == pytest.approx(fresh)


def test_a_file_read_from_two_folders_is_one_document(folder, encoder, write):
    first, second = write("one/a.txt", "one two three"), write("two/a.txt", "one two three")

    assert add_files([first, second], encoder, folder).unchanged == ["a.txt"]
    before = state(folder)
    assert add_files([second, first], encoder, folder).added == []
    assert state(folder) == before


def test_files_of_one_name_in_two_folders_are_two_documents(folder, encoder, write):
    add_files([write("2019/report.txt", "the report of 2019")], encoder, folder)

    add_files([write("2020/report.txt", "the report of 2020")], encoder, folder)
    assert sources(folder) == ["report.txt", "report.txt"]


def test_a_file_that_moved_stays_one_document(folder, encoder, write):
    path, _ = write("a.txt", "one two three")
    add_files([(path, "a.txt")], encoder, folder)
    moved = path.rename(path.with_name("b.txt"))

    add_files([(moved, "b.txt")], encoder, folder)
    assert [(entry.source, entry.path) for entry in open_library(folder).manifest.documents] == [("b.txt", str(moved))]


def test_a_document_whose_file_is_gone_stays(folder, encoder, write):
    path, _ = write("a.txt", "one two three")
    add_files([(path, "a.txt")], encoder, folder)
    path.unlink()

    add_files([write("b.txt", "four five six")], encoder, folder)
    assert sources(folder) == ["a.txt", "b.txt"]
    assert search(open_library(folder), encoder, "two")[0].passage.text == "one two three"


def test_a_changed_line_replaces_its_document_alone(folder, encoder, write_lines):
    add_files([write_lines("x.jsonl", "one two", "three four", "five six")], encoder, folder)

    summary = add_files([write_lines("x.jsonl", "one two", "seven eight", "five six")], encoder, folder)
    assert (summary.replaced, summary.unchanged) == (["x.jsonl#2"], ["x.jsonl#1", "x.jsonl#3"])
    assert sorted(sources(folder)) == ["x.jsonl#1", "x.jsonl#2", "x.jsonl#3"]
    assert texts(folder) == ["one two", "five six", "seven eight"]


def test_lines_that_vanished_are_dropped(folder, encoder, write_lines):
    add_files([write_lines("x.jsonl", "one two", "three four", "five six")], encoder, folder)

    assert add_files([write_lines("x.jsonl", "one two")], encoder, folder).vanished == ["x.jsonl#2", "x.jsonl#3"]
    assert sources(folder) == ["x.jsonl#1"]


def test_a_line_that_moved_keeps_its_vectors(folder, encoder, write_lines):
    add_files([write_lines("x.jsonl", "one two", "three four")], encoder, folder)
    encoder.embedded.clear()

    add_files([write_lines("x.jsonl", "new line", "one two", "three four")], encoder, folder)
    assert [text for text in encoder.embedded if "one" in text or "three" in text] == []
    assert sources(folder) == ["x.jsonl#1", "x.jsonl#2", "x.jsonl#3"]


def test_a_file_that_cannot_be_read_is_listed_until_it_can(folder, encoder, write):
    bad, good = write("bad.txt", "\0\0\0"), write("good.txt", "one two")

    summary = add_files([bad, good], encoder, folder)
    assert (summary.added, [name for name, _ in summary.skipped]) == (["good.txt"], ["bad.txt"])
    assert [name for name, _ in read_manifest(folder).skipped] == ["bad.txt"]
    add_files([write("bad.txt", "three four")], encoder, folder)
    assert read_manifest(folder).skipped == ()


def test_a_file_that_can_no_longer_be_read_keeps_its_document(folder, encoder, write):
    add_files([write("a.txt", "one two three")], encoder, folder)

    assert [name for name, _ in add_files([write("a.txt", "\0\0\0")], encoder, folder).skipped] == ["a.txt"]
    assert sources(folder) == ["a.txt"]


def test_the_report_is_the_first_document_and_stays(folder, encoder, write):
    build_report_index(encoder, folder)

    add_files([write("a.txt", "one two three")], encoder, folder)
    assert sources(folder) == ["dandong-cppcc-work-report-2020.txt", "a.txt"]


def test_a_removed_document_is_not_found(folder, encoder, write):
    add_files([write("a.txt", "one two three"), write("b.txt", "one five six")], encoder, folder)
    gone = open_library(folder).manifest.documents[0]

    remove_documents(folder, [gone.id])
    library = open_library(folder)
    assert sources(folder) == ["b.txt"]
    assert gone.id not in library.documents
    assert len(library.documents) == 1
    assert [hit.passage.text for hit in search(library, encoder, "one")] == ["one five six"]
    assert [passage.text for passage in library.all_passages()] == ["one five six"]


def test_an_emptied_library_says_so_and_takes_documents_again(folder, encoder, write):
    build_report_index(encoder, folder)
    remove_documents(folder, [entry.id for entry in open_library(folder).manifest.documents])

    with pytest.raises(IndexEmpty, match="qa add FILE"):
        search(open_library(folder), encoder, "one")
    add_files([write("a.txt", "one two three")], encoder, folder)
    assert sources(folder) == ["a.txt"]


def test_removing_from_no_index_makes_none(folder):
    with pytest.raises(IndexMissing):
        remove_documents(folder, ["0123456789ab"])

    assert not folder.exists()


def test_another_model_may_not_add(folder, encoder, write):
    add_files([write("a.txt", "one")], encoder, folder)
    encoder.name, encoder.table = "other", encoder.inner
    other = type(encoder.inner)(dim=8)

    with pytest.raises(IndexStale, match="qa build"):
        add_files([write("b.txt", "two")], other, folder)


def test_a_second_writer_is_told_to_wait(folder, encoder, write):
    with writing(folder), pytest.raises(IndexBusy, match="try again"):
        add_files([write("a.txt", "one")], encoder, folder)


def test_the_first_question_waits_for_another_that_builds_the_report(folder, encoder):
    with writing(folder):
        waiting = threading.Thread(target=build_report_index, args=(encoder, folder))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join()

    assert sources(folder) == ["dandong-cppcc-work-report-2020.txt"]


def test_many_small_adds_stay_few_segments_and_find_what_one_build_finds(tmp_path, encoder, write, monkeypatch):
    monkeypatch.setattr(merge, "TIERS", (Tier(4, 3), Tier(12, 3)))
    files = [write(f"{number}.txt", f"report number n{number} says w{number % 5}") for number in range(30)]
    for file in files:
        add_files([file], encoder, tmp_path / "grown")
    add_files(files, encoder, tmp_path / "built")

    grown, built = open_library(tmp_path / "grown"), open_library(tmp_path / "built")
    assert len(grown.segments) <= 6
    assert len(built.segments) == 1
    assert sources(tmp_path / "grown") == sources(tmp_path / "built")
    assert check_library(tmp_path / "grown") == []
    for query in ("w3", "report n7", "number w1 w2"):
        hits, expected = (search(library, encoder, query, k=5) for library in (grown, built))
        assert [hit.passage.id for hit in hits] == [hit.passage.id for hit in expected]
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=1e-5)


def test_ctrl_c_keeps_what_was_done_and_the_next_run_resumes(folder, encoder, write):
    files = [write(f"{number}.txt", f"document number {number}") for number in range(6)]

    def interrupted():
        for number, file in enumerate(files):
            if number == 3:
                os.kill(os.getpid(), signal.SIGINT)
            yield file

    with pytest.raises(KeyboardInterrupt):
        add_files(interrupted(), encoder, folder)
    done = sources(folder)
    summary = add_files(files, encoder, folder)
    assert done == [name for _, name in files[:4]]
    assert (summary.unchanged, summary.added) == (done, [name for _, name in files[4:]])


def test_after_a_build_ctrl_c_is_what_it_was(folder, encoder, write):
    before = signal.getsignal(signal.SIGINT)

    add_files([write("a.txt", "one")], encoder, folder)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_batch_becomes_part_of_the_index_as_soon_as_it_is_written(folder, encoder, write, monkeypatch):
    monkeypatch.setattr(build, "SEGMENT_PASSAGES", 2)
    files = [write(f"{number}.txt", f"document number {number}") for number in range(5)]

    def failing():
        yield from files
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        add_files(failing(), encoder, folder)
    assert sources(folder) == ["0.txt", "1.txt", "2.txt", "3.txt"]


def test_progress_counts_every_byte(folder, encoder, write, write_lines):
    files = [write("a.txt", "one two"), write_lines("x.jsonl", "three", "four", "five")]
    steps: list[int] = []

    add_files(files, encoder, folder, progress=steps.append)
    assert sum(steps) == sum(path.stat().st_size for path, _ in files)


def test_the_same_documents_twice_are_built_once(folder, encoder):
    document = parse_text("one two three", source="a.txt")

    assert build_index([document, document], encoder, folder).passage_count == 1


def test_a_build_replaces_what_was_there(folder, encoder):
    build_index([parse_text("one two", source="a.txt")], encoder, folder)

    build_index([parse_text("one two", source="a.txt"), parse_text("three", source="b.txt")], encoder, folder)
    assert sources(folder) == ["a.txt", "b.txt"]
    assert len(list((folder / "segments").iterdir())) == 1
