"""Which reader a file gets, and every file that gets none."""

import lzma
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import UnreadableFile
from index.readers import READERS, Limits, load_bytes, read_bytes, read_file
from index.readers.read import choose_reader


def test_a_file_is_read_from_disk(tmp_path):
    path = tmp_path / "报告.txt"
    path.write_text("全年共征集提案379件。", encoding="gb18030")

    (raw,) = read_file(path)

    assert (raw.text, raw.encoding) == ("全年共征集提案379件。", "gb18030")


def test_every_reader_in_the_table_reads_its_suffix(make_pdf, make_docx):
    words = "正文在这里"
    files = {
        "text": words.encode(),
        "Markdown": words.encode(),
        "JSON lines": f'{{"text": "{words}"}}'.encode(),
        "PDF": make_pdf([[(72, 100, words)]]),
        "DOCX": make_docx(("Normal", words)),
        "HTML": f"<p>{words}</p>".encode(),
    }

    for suffix, reader in READERS.items():
        assert [raw.text.strip() for raw in read_bytes(Path(f"A{suffix.upper()}"), files[reader.name])] == [words]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.4", "PDF"),
        (b"\r\n%PDF-1.4", "PDF"),
        (b"PK\x03\x04", "DOCX"),
        (b"\xef\xbb\xbf<!DOCTYPE html><p>", "HTML"),
        (b"\n <HTML lang=zh>", "HTML"),
        ("全年".encode(), "text"),
        (b"", "text"),
    ],
)
def test_an_unknown_suffix_is_told_from_the_first_bytes(data, name):
    assert choose_reader(".unknown", data).name == name


def test_the_first_bytes_of_a_binary_format_lead_over_the_suffix():
    assert choose_reader(".txt", b"%PDF-1.4").name == "PDF"
    assert choose_reader(".md", b"<html>").name == "Markdown"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office format or behind a password"),
        (b"{\\rtf1 text}", "rich text; open it and save it as .docx"),
        (b"\x89PNG\r\n\x1a\n", "picture .*OCR"),
        (b"\xff\xd8\xff\xe0", "picture .*OCR"),
        (b"\x1f\x8b\x08\x00", "compressed archive; unpack it"),
        (b"\x7fELF\x02", "a program"),
        (b"PK\x05\x06" + b"\0" * 18, "empty archive"),
    ],
)
def test_a_format_that_is_not_read_is_named_with_what_to_do(data, reason):
    with pytest.raises(UnreadableFile, match=reason):
        read_bytes(Path("a.txt"), data)


def test_an_xz_file_is_known_without_its_suffix():
    (raw,) = read_bytes(Path("a.txt"), lzma.compress("正文".encode()))

    assert raw.text == "正文"


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "line.txt"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # a gigabyte of one line, and no block of it on the disk

    with pytest.raises(UnreadableFile, match="it has 1,024 MiB, more than the 256 MiB that are read; split it"):
        read_file(path)


def test_a_text_too_long_for_one_document_is_refused(tmp_path):
    path = tmp_path / "line.txt"
    path.write_bytes(b"a" * (3 << 20))

    with pytest.raises(UnreadableFile, match="holds 3 MiB of text, more than the 1 MiB"):
        read_file(path, limits=Limits(text_bytes=1 << 20))


def test_a_record_too_long_for_one_document_is_refused_by_its_line():
    lines = b'{"text": "short"}\n{"text": "' + b"a" * 2_000 + b'"}'

    with pytest.raises(UnreadableFile, match="line 2 holds 2,000 characters"):
        read_bytes(Path("a.jsonl"), lines, limits=Limits(text_bytes=1_000))


def test_a_line_of_64_mebibytes_is_read():
    line = b"a" * (64 << 20)

    assert len(read_bytes(Path("a.txt"), line)[0].text) == 64 << 20


def test_what_is_no_file_is_refused(tmp_path):
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)

    for path, reason in [
        (tmp_path, "it is a folder"),
        (pipe, "it is a device, a pipe or a socket"),
        (Path("/dev/zero"), "it is a device"),
        (tmp_path / "none.txt", "No such file"),
        (Path("a\0b"), "no file can have that name"),
        (tmp_path / ("x" * 300), "name too long|check the name"),
    ]:
        with pytest.raises(UnreadableFile, match=reason):
            load_bytes(path)


def test_a_link_that_leads_round_is_refused(tmp_path):
    path = tmp_path / "round.txt"
    path.symlink_to(path)

    with pytest.raises(UnreadableFile, match="check the name"):
        load_bytes(path)


def test_importing_the_readers_imports_no_format():
    heavy = {"pypdfium2", "docx", "lxml", "trafilatura", "ctypes.util", "numpy"}
    program = f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); import index.readers; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert heavy.isdisjoint(loaded)
