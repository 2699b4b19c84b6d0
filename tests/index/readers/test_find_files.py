"""Which files a folder has: never one outside it."""

import os
from pathlib import Path

import pytest

from index.readers import find_files


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "reports"
    for name in ("b.txt", "a.md", "2020/c.pdf", "2019/d.txt", ".git/e.txt", "2019/~$d.docx", "__MACOSX/f.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return folder


def sources(*paths):
    return [found.source for found in find_files(paths) if found.skipped_because is None]


def skipped(*paths):
    return {found.source: found.skipped_because for found in find_files(paths) if found.skipped_because is not None}


def test_files_come_by_name_before_folders_and_hidden_ones_do_not(folder):
    assert sources(folder) == ["a.md", "b.txt", "2019/d.txt", "2020/c.pdf"]


def test_a_file_named_twice_comes_once(folder):
    assert sources(folder / "b.txt", folder, folder) == ["b.txt", "a.md", "2019/d.txt", "2020/c.pdf"]


def test_links_in_folders_are_listed_and_not_followed(folder, tmp_path):
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "in.txt").symlink_to(folder / "b.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "round").symlink_to(folder / "round")

    assert sources(folder) == ["a.md", "b.txt", "2019/d.txt", "2020/c.pdf"]
    assert set(skipped(folder)) == {"out.txt", "in.txt", "up", "round"}
    assert all("not followed; name its target to add it" in reason for reason in skipped(folder).values())


def test_a_link_that_a_person_names_is_followed(folder, tmp_path):
    link = tmp_path / "latest"
    link.symlink_to(folder)

    assert sources(link)[0] == "a.md"


def test_no_source_climbs_out(folder, monkeypatch):
    monkeypatch.chdir(folder / "2019")

    assert sources(Path("../2020"), Path("..") / "b.txt") == ["c.pdf", "b.txt"]


def test_special_files_and_missing_ones_are_listed(folder):
    os.mkfifo(folder / "pipe")

    assert skipped(folder, folder / "none.txt", Path("a\0b")) == {
        "pipe": "it is a device, a pipe or a socket, not a file",
        "none.txt": "No such file or directory",
        "a\0b": "no file can have that name (embedded null byte)",
    }


def test_a_name_that_is_no_utf_8_can_be_printed(tmp_path):
    (tmp_path / os.fsdecode(b"\xff\xfe.txt")).write_text("x", encoding="utf-8")

    (source,) = sources(tmp_path)

    assert source.encode("utf-8").decode() == "\ufffd\ufffd.txt"
