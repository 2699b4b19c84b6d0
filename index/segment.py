"""A segment: a folder of files that is written once, whole or not at all, and never changed.

documents.jsonl        the documents, a line each; documents.npy: (documents, 3): start, end and CRC-32 of the line
entries.jsonl          what listing and filtering need of them; entries.npy: where each line starts
ids.npy                their ids, to find one without reading the others
passages.npy           (passages, 3): ordinal of the document, start, end
vectors.npy, …         see `index.dense`
terms.npy, …           see `index.sparse`
tokens.npy             token ids; token-offsets.npy: where each passage's start
segment.json           this list with checksums, for a manifest that was lost
"""

import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from index.arrays import ArrayWriter, map_array, write_array
from index.chunk import make_passage
from index.dense import DenseIndex, build_dense
from index.embed import FloatMatrix, TokenIds
from index.errors import IndexDamaged
from index.records import document_from_line, document_to_line
from index.sparse import SparseIndex, TermCounts
from index.types import Document, Passage

SEGMENTS = "segments"  # the folder in the index that holds them
SEGMENT_FILE = "segment.json"
KEPT_DOCUMENTS = 64  # parsed documents kept at hand for each segment: those of the last questions
LINE_COLUMNS = 3
SYNCED_FILES = 8  # at once: a disk that is told of several makes them durable together


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """What is known of a document without reading its text.

    Attributes:
        path: The file that it came from, absolute; None if it came from none.
        line: The line of the file, from 1, where a line is a document.
        date: Of the document or of the occasion, as YYYY-MM-DD.
        pages: How many printed pages the file holds.
        passages: How many passages it was cut into.
    """

    id: str
    source: str
    path: str | None
    line: int | None
    sha256: str
    title: str
    language: str
    date: str | None
    pages: int
    page_total: int | None
    missing_pages: tuple[int, ...]
    passages: int

    @property
    def is_complete(self) -> bool:
        """Whether the file holds every page that the document says it has."""
        return not self.missing_pages


class DocumentEntries(Sequence[DocumentEntry]):
    """The entries of a segment, each read when it is asked for, so that opening reads none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Map the files, so that they can be read to the end after the segment was replaced.

        Raises:
            IndexDamaged: If one is missing or is not what was written.
        """
        try:
            _ = self._offsets, self._bytes, self._ids
        except (OSError, ValueError) as error:
            raise IndexDamaged(self._folder / "entries.jsonl", f"it cannot be opened ({error})") from error

    @cached_property
    def _offsets(self) -> npt.NDArray[np.int64]:
        return map_array(self._folder / "entries.npy")

    @cached_property
    def _bytes(self) -> npt.NDArray[np.uint8]:
        return np.memmap(self._folder / "entries.jsonl", np.uint8, "r")

    @cached_property
    def _ids(self) -> npt.NDArray[np.bytes_]:
        return map_array(self._folder / "ids.npy")

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, ordinal: int) -> DocumentEntry: ...
    @overload
    def __getitem__(self, ordinal: slice) -> "Sequence[DocumentEntry]": ...
    def __getitem__(self, ordinal: int | slice) -> "DocumentEntry | Sequence[DocumentEntry]":
        if isinstance(ordinal, slice):
            return [self[index] for index in range(*ordinal.indices(len(self)))]
        if not 0 <= ordinal < len(self):
            raise IndexError(ordinal)
        return entry_from_line(self._bytes[self._offsets[ordinal] : self._offsets[ordinal + 1]].tobytes())

    def __iter__(self) -> Iterator[DocumentEntry]:
        return iter(self._all)

    @cached_property
    def _all(self) -> tuple[DocumentEntry, ...]:
        return tuple(entry_from_line(line) for line in self._bytes.tobytes().split(b"\n")[:-1])

    def ordinals_of(self, document_ids: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return the ordinals of the documents with these ids, ascending; those that are not here are passed over."""
        wanted = np.asarray(list(document_ids), dtype=self._ids.dtype if len(self._ids) else "S1")
        return np.flatnonzero(np.isin(self._ids, wanted))


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """What the manifest says of a segment.

    Attributes:
        files: Bytes and SHA-256 of each file by name.
        incomplete: Ordinals of the documents that lack pages.
        documents: What the segment says of its documents; read from its files, not from the manifest.
        dropped: Ids of documents that no longer count.
    """

    name: str
    passages: int
    files: Mapping[str, tuple[int, str]]
    incomplete: tuple[int, ...] = ()
    dropped: tuple[str, ...] = ()
    documents: Sequence[DocumentEntry] = field(default=(), compare=False, repr=False)

    @property
    def live_documents(self) -> tuple[DocumentEntry, ...]:
        """The documents that count."""
        dropped = set(self.dropped)
        return tuple(document for document in self.documents if document.id not in dropped)

    @property
    def dropped_passages(self) -> int:
        """How many of the passages no longer count."""
        return sum(self.documents[int(ordinal)].passages for ordinal in self.dropped_ordinals)

    @property
    def live_passages(self) -> int:
        """How many of the passages count."""
        return self.passages - self.dropped_passages

    @property
    def dropped_ordinals(self) -> npt.NDArray[np.int64]:
        """Ordinals of the documents that no longer count, ascending."""
        return self.ordinals_of(self.dropped)

    def ordinals_of(self, document_ids: Collection[str]) -> npt.NDArray[np.int64]:
        """Return the ordinals of the documents with these ids, ascending; those that are not here are passed over."""
        if not document_ids:
            return np.zeros(0, np.int64)
        if isinstance(self.documents, DocumentEntries):
            return self.documents.ordinals_of(document_ids)
        return np.asarray([n for n, document in enumerate(self.documents) if document.id in document_ids], np.int64)


@dataclass(slots=True)
class Batch:
    """Documents cut and embedded, ready to be written as one segment; the lists run in parallel.

    `paths` and `lines` say where a document came from (see `DocumentEntry`). Token ids and vectors come in parts, in
    the order of the passages.
    """

    documents: list[Document] = field(default_factory=list)
    paths: list[str | None] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    passages: list[list[Passage]] = field(default_factory=list)
    token_ids: list[TokenIds] = field(default_factory=list)
    vectors: list[FloatMatrix] = field(default_factory=list)
    terms: TermCounts = field(default_factory=TermCounts)

    @property
    def entries(self) -> list[DocumentEntry]:
        """What the segment will say of its documents."""
        parts = zip(self.documents, self.paths, self.lines, self.passages, strict=True)
        return [_entry_of(document, path, line, len(passages)) for document, path, line, passages in parts]


class DocumentLines:
    """The documents of a segment as they were written, a line each.

    Apart from `Segment`: what a cache of its own method holds, it would hold open after the last one has let it go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: npt.NDArray[np.uint8] = np.memmap(folder / "documents.jsonl", np.uint8, "r")
        self._places: npt.NDArray[np.int64] = map_array(folder / "documents.npy")

    def line(self, ordinal: int) -> bytes:
        """Return a document as it was written.

        Raises:
            IndexDamaged: If a bit of it is not as it was written.
        """
        start, end, checksum = (int(value) for value in self._places[ordinal])
        line = self._lines[start:end].tobytes()
        if zlib.crc32(line) != checksum:
            raise IndexDamaged(self._folder / "documents.jsonl", f"document {ordinal} is not what was written")
        return line

    def read(self, ordinal: int) -> Document:
        """Return a document.

        Raises:
            IndexDamaged: If its line is not what was written.
        """
        line = self.line(ordinal)
        try:
            return document_from_line(line)
        except (ValueError, KeyError, TypeError) as error:
            path = self._folder / "documents.jsonl"
            raise IndexDamaged(path, f"document {ordinal} cannot be read ({error})") from error


class Segment:
    """An opened segment. Its files are mapped at once, so that it can be read to the end after it was replaced.

    Raises:
        OSError: If a file cannot be opened.
        ValueError: If a file is not what was written.
        IndexDamaged: If FAISS cannot read its file.
    """

    def __init__(self, folder: Path, entry: SegmentEntry) -> None:
        self.folder = folder
        self.entry = entry
        if isinstance(entry.documents, DocumentEntries):
            entry.documents.open()
        self.passages: npt.NDArray[np.int32] = map_array(folder / "passages.npy")
        self.dense = DenseIndex(folder)
        self.sparse = SparseIndex(folder)
        self.languages: npt.NDArray[np.bytes_] = map_array(folder / "languages.npy")
        self.tokens: npt.NDArray[np.int32] = map_array(folder / "tokens.npy")
        self.token_offsets: npt.NDArray[np.int64] = map_array(folder / "token-offsets.npy")
        written = DocumentLines(folder)
        self.document_line = written.line
        self.document: Callable[[int], Document] = lru_cache(KEPT_DOCUMENTS)(written.read)

    @cached_property
    def live(self) -> npt.NDArray[np.bool_] | None:
        """Which passages count, (passages,) bool; None if all do."""
        dropped = self.entry.dropped_ordinals
        return ~np.isin(self.passages[:, 0], dropped) if len(dropped) else None

    def mask(self, wanted: Callable[[DocumentEntry], bool]) -> npt.NDArray[np.bool_]:
        """Return which passages belong to documents that count and are wanted: (passages,) bool."""
        flags = np.fromiter(map(wanted, self.entry.documents), bool, len(self.entry.documents))
        flags[self.entry.dropped_ordinals] = False
        return flags[self.passages[:, 0]]

    def first_passages(self, documents: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """Return where the passages of each document begin, given its ordinal, and so where the one before's end.

        In the type that is stored: in another one, numpy would convert the whole column to compare it.
        """
        return np.searchsorted(self.passages[:, 0], documents)

    def token_ids(self, ordinal: int) -> TokenIds:
        """Return the token ids of a passage with its context."""
        return self.tokens[int(self.token_offsets[ordinal]) : int(self.token_offsets[ordinal + 1])]

    def passage(self, ordinal: int) -> Passage:
        """Return a passage of the segment, its text, pages and headings from its document."""
        document, start, end = (int(value) for value in self.passages[ordinal])
        return make_passage(self.document(document), start, end)


def write_segment(folder: Path, batch: Batch) -> SegmentEntry:
    """Write a batch of documents as a new segment, whole or not at all; the manifest does not name it yet.

    Raises:
        OSError: If the disk is full or the folder cannot be written.
    """
    entries = batch.entries
    flat = [(ordinal, p.start, p.end) for ordinal, passages in enumerate(batch.passages) for p in passages]
    with new_segment(folder) as writing:
        write_documents(writing.folder, map(document_to_line, batch.documents), entries)
        write_array(writing.folder / "passages.npy", np.asarray(flat, dtype=np.int32).reshape(-1, 3))
        with ArrayWriter(writing.folder / "tokens.npy", np.int32) as tokens:
            for ids in batch.token_ids:
                tokens.write(ids)
        lengths = np.fromiter(map(len, batch.token_ids), np.int64, len(batch.token_ids))
        write_array(writing.folder / "token-offsets.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
        batch.terms.write(writing.folder)
        build_dense(batch.vectors, len(flat), batch.vectors[0].shape[1], writing.folder)
        return writing.finish(len(flat), entries)


class NewSegment:
    """A segment on its way: written to a folder beside the others, which `finish` renames into place."""

    def __init__(self, segments: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=segments, prefix=".writing-"))

    def finish(self, passages: int, entries: Sequence[DocumentEntry]) -> SegmentEntry:
        """Make everything durable, then give the folder its name; return what the manifest needs.

        The name is new every time: a segment that counts is never in the way of one that is written.
        """
        name = self.folder.name.removeprefix(".writing-")
        files = {path.name: (path.stat().st_size, checksum_of_file(path)) for path in sorted(self.folder.iterdir())}
        incomplete = tuple(ordinal for ordinal, entry in enumerate(entries) if not entry.is_complete)
        entry = SegmentEntry(name, passages, files, incomplete, documents=entries)
        from concurrent.futures import ThreadPoolExecutor  # only writers need it

        (self.folder / SEGMENT_FILE).write_text(json.dumps(segment_to_json(entry)), encoding="utf-8")
        with ThreadPoolExecutor(SYNCED_FILES) as syncing:
            list(syncing.map(sync_file, self.folder.iterdir()))
        target = self.folder.with_name(name)
        self.folder.rename(target)
        sync_folder(target.parent)
        self.folder = target
        return entry


@contextmanager
def new_segment(folder: Path) -> Iterator[NewSegment]:
    """Make room for a segment; if the block fails, nothing of it stays."""
    segment = NewSegment(folder / SEGMENTS)
    try:
        yield segment
    except BaseException:
        shutil.rmtree(segment.folder, ignore_errors=True)
        raise


def write_documents(folder: Path, lines: Iterable[bytes], entries: Iterable[DocumentEntry]) -> None:
    """Write documents, as `document_to_line` returns them, and what is known of them."""
    with (
        (folder / "documents.jsonl").open("wb") as file,
        ArrayWriter(folder / "documents.npy", np.int64, LINE_COLUMNS) as places,
    ):
        start = 0
        for line in lines:
            file.write(line)
            places.write(np.asarray([[start, start + len(line), zlib.crc32(line)]]))
            start += len(line)
    offsets, ids, languages = [0], [], []
    with (folder / "entries.jsonl").open("wb") as file:
        for entry in entries:
            written = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))
            offsets.append(offsets[-1] + file.write(written.encode("utf-8", "surrogatepass") + b"\n"))
            ids.append(entry.id.encode())
            languages.append(entry.language.encode())
    write_array(folder / "entries.npy", np.asarray(offsets, dtype=np.int64))
    write_array(folder / "ids.npy", np.asarray(ids, dtype=np.bytes_))
    write_array(folder / "languages.npy", np.asarray(languages, dtype=np.bytes_))


def segment_to_json(entry: SegmentEntry) -> dict[str, Any]:
    """Return what a manifest says of a segment, as JSON has it."""
    return {
        "name": entry.name,
        "passages": entry.passages,
        "files": {name: list(state) for name, state in entry.files.items()},
        "incomplete": list(entry.incomplete),
        "dropped": list(entry.dropped),
    }


def segment_from_json(written: Mapping[str, Any], folder: Path) -> SegmentEntry:
    """Return what a manifest says of a segment of the index in a folder.

    Raises:
        KeyError: If a part is missing.
    """
    return SegmentEntry(
        name=written["name"],
        passages=written["passages"],
        files={name: (size, checksum) for name, (size, checksum) in written["files"].items()},
        incomplete=tuple(written["incomplete"]),
        dropped=tuple(written["dropped"]),
        documents=DocumentEntries(folder / SEGMENTS / str(written["name"])),
    )


def checksum_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_file(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    if os.name == "posix":  # elsewhere a folder cannot be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _entry_of(document: Document, path: str | None, line: int | None, passages: int) -> DocumentEntry:
    spoken = document.metadata.date or document.metadata.occasion_date
    return DocumentEntry(
        id=document.id,
        source=document.source,
        path=path,
        line=line,
        sha256=document.sha256,
        title=document.title,
        language=document.language,
        date=spoken.isoformat() if spoken else None,
        pages=len(document.pages),
        page_total=document.page_total,
        missing_pages=document.missing_pages,
        passages=passages,
    )


def entry_from_line(line: bytes) -> DocumentEntry:
    """Return the entry that a line of JSON holds.

    Raises:
        ValueError: If it holds none.
        KeyError: If a part of it is missing.
        TypeError: If a part of it is of another kind.
    """
    written = json.loads(line.decode("utf-8", "surrogatepass"))
    return DocumentEntry(**{**written, "missing_pages": tuple(written["missing_pages"])})
