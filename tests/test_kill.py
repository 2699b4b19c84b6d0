"""Killed, interrupted by another, or out of space: the library is the old one or the new one, whole."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.build import add_files
from index.errors import AssistantError
from index.search import search
from index.store import check_library, open_library

ROOT = Path(__file__).parents[1]
VICTIM = Path(__file__).with_name("victim.py")
EVERY = 16  # so many steps lie between two kills; all of them are tried by the slow test
RANDOM_KILLS = 100

OLD = {"a.txt": "one two three", "b.txt": "four five six", "c.txt": "seven eight nine"}
NEW = {"a.txt": "one changed", "b.txt": "four five six", "c.txt": "seven eight nine", "d.txt": "ten eleven"}


def start(*arguments: object) -> subprocess.Popen[str]:
    places = os.pathsep.join([str(ROOT), str(VICTIM.parent)])
    environment = os.environ | {"PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", str(VICTIM), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def run(*arguments: object) -> tuple[int, str]:
    process = start(*arguments)
    _, errors = process.communicate(timeout=600)
    return process.returncode, errors


def texts(folder: Path) -> dict[str, str]:
    library = open_library(folder)
    found = {entry.source: library.documents[entry.id].text for entry in library.manifest.documents}
    assert sorted(passage.text for passage in library.all_passages()) == sorted(found.values())
    return found


@pytest.fixture
def files(tmp_path) -> list[Path]:
    return [tmp_path / name for name in NEW]


@pytest.fixture
def folder(tmp_path, files, words) -> Path:
    """A library of three segments: with a fourth they are merged."""
    for path, text in zip(files, OLD.values(), strict=False):
        path.write_text(text, encoding="utf-8")
        add_files([(path, path.name)], words, tmp_path / "index")
    for path, text in zip(files, NEW.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return tmp_path / "index"


def assert_old_or_new(folder: Path, files: list[Path], words) -> bool:
    """Whether it is the new one; and the next run makes the new one of either."""
    assert check_library(folder) == []
    found = texts(folder)
    assert found in (OLD, NEW)
    assert search(open_library(folder), words, "four five")[0].passage.text == "four five six"
    add_files([(path, path.name) for path in files], words, folder)
    assert texts(folder) == NEW
    assert check_library(folder) == []
    assert list((folder / "segments").glob(".writing-*")) == []
    return found == NEW


def kill_at_steps(folder: Path, files: list[Path], words, every: int) -> list[bool]:
    assert run("steps", every, folder, *files)[0] == 0

    copies = sorted(folder.parent.glob("index-*"), key=lambda path: int(path.name.removeprefix("index-")))
    return [assert_old_or_new(copied, files, words) for copied in copies]


def test_killed_at_any_step_the_library_is_the_old_one_or_the_new_one(folder, files, words):
    outcomes = kill_at_steps(folder, files, words, EVERY)

    assert len(outcomes) > 10
    assert outcomes == sorted(outcomes)  # old until one moment, new from then on
    assert (outcomes[0], outcomes[-1]) == (False, True)


@pytest.mark.slow
def test_killed_at_every_single_step_the_library_is_the_old_one_or_the_new_one(folder, files, words):
    outcomes = kill_at_steps(folder, files, words, 1)

    assert len(outcomes) > 100
    assert outcomes == sorted(outcomes)


@pytest.mark.slow
def test_killed_at_random_moments_the_library_is_the_old_one_or_the_new_one(folder, files, words):
    moments = random.Random(5)
    copied = folder.with_name("timed")
    shutil.copytree(folder, copied)
    began = time.monotonic()
    assert run("add", copied, *files)[0] == 0
    whole = time.monotonic() - began
    outcomes = []
    for number in range(RANDOM_KILLS):
        copied = folder.with_name(f"random-{number}")
        shutil.copytree(folder, copied)
        process = start("add", copied, *files)
        time.sleep(moments.uniform(0.3, 1.1) * whole)  # the first third only starts Python
        process.kill()
        process.communicate()
        outcomes.append(assert_old_or_new(copied, files, words))
        shutil.rmtree(copied)

    assert len(outcomes) == RANDOM_KILLS
    assert True in outcomes


def test_of_two_adds_at_once_each_is_done_or_says_that_it_was_not(folder, files):
    adds = [start("add", folder, path) for path in (files[0], files[3])]
    ends = [(process.communicate()[1], process.returncode) for process in adds]

    assert all(code == 0 or (code == 2 and "another process is writing" in error) for error, code in ends)
    expected = dict(OLD)
    for (_, code), name in zip(ends, ("a.txt", "d.txt"), strict=True):
        expected |= {name: NEW[name]} if code == 0 else {}
    assert texts(folder) == expected
    assert expected != OLD


def test_asking_goes_on_while_files_are_added(folder, tmp_path, words):
    added = [tmp_path / f"more-{number}.txt" for number in range(6)]
    for path in added:
        path.write_text(f"more in {path.stem}", encoding="utf-8")
    opened = open_library(folder)
    process = start("each", folder, *added)

    seen = []
    while process.poll() is None:
        library = open_library(folder)
        assert search(library, words, "four five")[0].passage.text == "four five six"
        assert search(opened, words, "four five")[0].passage.text == "four five six"
        seen.append(len(library.documents))
    assert process.communicate()[1] == ""
    assert seen == sorted(seen)
    assert (seen[0], len(open_library(folder).documents)) == (3, 9)


def assert_refused(folder: Path, code: int, errors: str) -> None:
    assert code == 2
    assert errors.startswith(f"cannot write the index in {folder}: ")
    assert "the index that was there is unchanged" in errors
    assert errors.count("\n") == 1
    assert texts(folder) == OLD
    assert check_library(folder) == []


@pytest.mark.parametrize("limit", [0, 100, 600])
def test_where_files_may_not_grow_an_add_is_one_clear_error_and_the_old_library_stays(folder, files, limit):
    code, errors = run("limit", limit, folder, *files)

    assert_refused(folder, code, errors)
    assert list((folder / "segments").glob(".writing-*")) == []


@pytest.mark.parametrize("left_kib", [0, 60, 400])
def test_on_a_full_disk_an_add_is_one_clear_error_and_the_old_library_stays(folder, files, tmp_path, left_kib):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only an administrator can mount a small disk")
    try:
        shutil.copytree(folder, disk / "index")
        (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - left_kib * 1024))
        files[3].write_text("ten eleven " * 30_000, encoding="utf-8")

        assert_refused(disk / "index", *run("add", disk / "index", *files))
    finally:
        subprocess.run(["umount", disk], check=True)


def test_an_index_that_may_not_be_written_is_one_clear_error(tmp_path, words):
    (tmp_path / "index").write_text("a file is in the way", encoding="utf-8")

    with pytest.raises(AssistantError, match="cannot write the index"):
        add_files([], words, tmp_path / "index")
