"""A file on disk to its raw texts: which reader it gets, and every way it can be refused.

The tables below are the list of formats. This module knows no format from inside.
"""

import lzma
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.errors import UnreadableFile
from index.readers.json_lines import read_json_lines
from index.readers.limits import DEFAULT_LIMITS, MIB, Limits
from index.readers.markdown import read_markdown
from index.readers.safe import read_rectangles_safely, read_safely
from index.readers.text import read_text
from index.readers.types import RawText, Refused

Read = Callable[[bytes, Limits], list[RawText]]


@dataclass(frozen=True, slots=True)
class Reader:
    """A format by name, and the function that reads it.

    `read` is None for a format that a library in C reads: such a reader runs in a process of its own (`safe`).
    """

    name: str
    read: Read | None = None


TEXT = Reader("text", read_text)
MARKDOWN = Reader("Markdown", read_markdown)
JSON_LINES = Reader("JSON lines", read_json_lines)
PDF = Reader("PDF")
DOCX = Reader("DOCX")
HTML = Reader("HTML")

READERS = {
    ".txt": TEXT,
    ".text": TEXT,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".jsonl": JSON_LINES,
    ".ndjson": JSON_LINES,
    ".pdf": PDF,
    ".docx": DOCX,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
}
UNPACKED_SUFFIX = ".xz"  # "laws.jsonl.xz" is read as "laws.jsonl"

# What the first bytes say leads over what the name says: a reader, or why there is none and what to do.
SIGNATURES: tuple[tuple[bytes, Reader | str], ...] = (
    (b"%PDF-", PDF),
    (b"PK\x03\x04", DOCX),
    (b"PK\x05\x06", "it is an empty archive"),
    (b"\xd0\xcf\x11\xe0", "it is in the old Office format or behind a password; open it and save it as a plain .docx"),
    (b"{\\rtf", "it is rich text; open it and save it as .docx or .pdf"),
    (b"\x89PNG", "it is a picture and holds no text; run text recognition (OCR) first"),
    (b"\xff\xd8\xff", "it is a picture and holds no text; run text recognition (OCR) first"),
    (b"GIF8", "it is a picture and holds no text; run text recognition (OCR) first"),
    (b"\x1f\x8b", "it is a compressed archive; unpack it and add what is inside"),
    (b"7z\xbc\xaf", "it is a compressed archive; unpack it and add what is inside"),
    (b"Rar!", "it is a compressed archive; unpack it and add what is inside"),
    (b"\x7fELF", "it is a program"),
)
UNPACKER_BYTES = 128 * MIB  # memory of the unpacker itself: what "xz -9" packs takes 65 MiB
XZ_SIGNATURE = b"\xfd7zXZ\x00"
HTML_OPENINGS = (b"<!doctype html", b"<html")
SNIFFED_BYTES = 1024


def read_file(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> list[RawText]:
    """Read a file: several documents from JSON lines, exactly one from every other format.

    Raises:
        UnreadableFile: If it cannot be read, for whatever reason; nothing else is raised.
    """
    return read_bytes(path, load_bytes(path, limits=limits), limits=limits)


def load_bytes(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Load a file, so that what is hashed and what is read are the same bytes.

    Raises:
        UnreadableFile: If it is no regular file, cannot be opened or is too large.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, a pipe or a socket"
            raise UnreadableFile(path, f"it is {kind}, not a file")
        if status.st_size > limits.file_bytes:
            raise UnreadableFile(path, _too_large(status.st_size, limits))
        with path.open("rb") as file:
            data = file.read(limits.file_bytes + 1)  # a file may grow between the look and the reading
    except OSError as error:
        raise UnreadableFile(path, f"{error.strerror or error}; check the name and the permissions") from error
    except ValueError as error:  # a NUL in the name
        raise UnreadableFile(path, f"no file can have that name ({error})") from error
    if len(data) > limits.file_bytes:
        raise UnreadableFile(path, _too_large(len(data), limits))
    return data


def read_bytes(path: Path, data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> list[RawText]:
    """Read the bytes of the file that `path` names; the disk is not touched.

    Raises:
        UnreadableFile: If they cannot be read, for whatever reason; nothing else is raised.
    """
    with _refusals_named(path):
        reader, content = _choose_for(path, data, limits)
        documents = reader.read(content, limits) if reader.read else read_safely(reader.name, content, limits)
        _require_text(documents)
    return documents


def read_rectangles(
    path: Path, data: bytes, rectangles: Sequence[Sequence[float]], *, limits: Limits = DEFAULT_LIMITS
) -> list[str]:
    """Read the characters in each rectangle of the PDF that `path` names, without white space.

    Args:
        path: The file, for messages and for its suffix; the disk is not touched.
        data: The file's bytes.
        rectangles: Page (from 1), left, bottom, right and top of each, in points of the page's own space.
        limits: What is too large.

    Raises:
        UnreadableFile: If they cannot be read, for whatever reason, or the file is no PDF; nothing else is raised.
    """
    with _refusals_named(path):
        reader, content = _choose_for(path, data, limits)
        if reader is not PDF:
            raise Refused("it is no PDF, and nothing else has rectangles")
        return read_rectangles_safely(reader.name, content, limits, rectangles)


@contextmanager
def _refusals_named(path: Path) -> Iterator[None]:
    """Say of what is refused in the block which file it is.

    Raises:
        UnreadableFile: For a refusal, or if memory is short.
    """
    try:
        yield
    except Refused as refusal:
        raise UnreadableFile(path, str(refusal)) from refusal
    except MemoryError as error:
        raise UnreadableFile(path, "it takes more memory than there is; split it") from error


def _choose_for(path: Path, data: bytes, limits: Limits) -> tuple[Reader, bytes]:
    """Return the reader of a file's bytes, and the bytes unpacked."""
    suffix = path.suffix.lower()
    if suffix == UNPACKED_SUFFIX or data.startswith(XZ_SIGNATURE):
        data = _unpack(data, limits)
        suffix = path.with_suffix("").suffix.lower() if suffix == UNPACKED_SUFFIX else suffix
    return choose_reader(suffix, data), data


def choose_reader(suffix: str, data: bytes) -> Reader:
    """Choose by the first bytes, else by the suffix (lower case, with its dot), else HTML or plain text.

    Raises:
        Refused: If the bytes are of a format that is not read.
    """
    for signature, found in SIGNATURES:
        if data.startswith(signature):
            if isinstance(found, str):
                raise Refused(found)
            return found
    if suffix in READERS:
        return READERS[suffix]
    head = data[:SNIFFED_BYTES]
    if b"%PDF-" in head:
        return PDF
    return HTML if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(HTML_OPENINGS) else TEXT


def _require_text(documents: list[RawText]) -> None:
    if not documents:
        raise Refused("it holds no document")
    for document in documents:
        if not document.text.strip():
            raise Refused("it holds no text" + (f" on line {document.line}" if document.line else ""))


def _unpack(data: bytes, limits: Limits) -> bytes:
    """Unpack xz streams within bounds."""
    unpacked = bytearray()
    while data:
        stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=UNPACKER_BYTES)
        try:
            unpacked += stream.decompress(data, max_length=limits.unpacked_bytes + 1 - len(unpacked))
        except lzma.LZMAError as error:
            raise Refused(f"its compressed data are damaged ({error}); fetch the file again") from error
        if len(unpacked) > limits.unpacked_bytes:
            raise Refused(f"it unpacks to more than {limits.unpacked_bytes / MIB:,.0f} MiB; split it")
        if not stream.eof:
            raise Refused("its compressed data end in the middle; fetch the file again")
        data = stream.unused_data.lstrip(b"\0")  # padding between streams
    return bytes(unpacked)


def _too_large(size: int, limits: Limits) -> str:
    return f"it has {size / MIB:,.0f} MiB, more than the {limits.file_bytes / MIB:,.0f} MiB that are read; split it"
