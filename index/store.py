"""The index on disk: immutable segments, and a manifest that names the ones that count.

    FOLDER/
      manifest.json            written last, by rename: what it names is whole
      lock                     held by the one process that writes
      segments/NAME/           written beside the others, renamed into place, never changed
        documents.jsonl        the documents; documents.npy: where each line starts
        passages.npy           (passages, 3): document ordinal, start, end
        dense.faiss            vectors
        terms.npy, postings…   inverted index
        tokens.npy             token ids; token-offsets.npy: where each passage's start

Killed at any moment, the folder is the old library or the new one. A reader that opened the old one keeps its files.
"""

import hashlib
import json
import os
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.chunk import make_passage
from index.dense import DenseIndex, build_dense
from index.embed import FloatMatrix, TokenIds
from index.errors import IndexBusy, IndexDamaged, IndexMissing, IndexUnwritable
from index.sparse import SparseIndex, build_sparse
from index.types import Document, Kept, Metadata, Page, Passage, Section

FORMAT = 1  # of the folder; another number means: rebuild
MANIFEST = "manifest.json"
REPORT_SOURCE = "dandong-cppcc-work-report-2020.txt"  # the report that ships with the project, as citations name it
SEGMENTS = "segments"
CHECKED_BYTES = 16 * 1024 * 1024  # segments up to this size are checksummed whenever they are opened: 10 ms


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """What the manifest says of a document, so that listing and filtering read no text."""

    id: str
    source: str
    path: str | None
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


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """What the manifest says of a segment; `dropped` are ids of documents that no longer count."""

    name: str
    passages: int
    files: Mapping[str, tuple[int, str]]
    documents: tuple[DocumentEntry, ...]
    dropped: tuple[str, ...] = ()

    @property
    def live_documents(self) -> tuple[DocumentEntry, ...]:
        """The documents that count."""
        return tuple(document for document in self.documents if document.id not in self.dropped)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index is made of, and what made it (`maker`: see `index.fingerprint`)."""

    maker: Mapping[str, Any]
    segments: tuple[SegmentEntry, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def documents(self) -> tuple[DocumentEntry, ...]:
        """The documents that count, in the order in which they were added."""
        return tuple(document for segment in self.segments for document in segment.live_documents)


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents cut and embedded, ready to be written as one segment; the lists run in parallel."""

    documents: list[Document] = field(default_factory=list)
    paths: list[str | None] = field(default_factory=list)
    passages: list[list[Passage]] = field(default_factory=list)
    token_ids: list[TokenIds] = field(default_factory=list)
    vectors: list[FloatMatrix] = field(default_factory=list)
    terms: list[Sequence[str]] = field(default_factory=list)


class Segment:
    """An opened segment: arrays mapped into memory, documents read when they are asked for."""

    def __init__(self, folder: Path, entry: SegmentEntry) -> None:
        self.folder = folder
        self.entry = entry
        self.passages: npt.NDArray[np.int64] = np.load(folder / "passages.npy", mmap_mode="r", allow_pickle=False)
        self._tokens: npt.NDArray[np.int32] = np.load(folder / "tokens.npy", mmap_mode="r", allow_pickle=False)
        self._token_offsets = np.load(folder / "token-offsets.npy", mmap_mode="r", allow_pickle=False)
        self._document_offsets = np.load(folder / "documents.npy", mmap_mode="r", allow_pickle=False)
        self._documents: dict[int, Document] = {}

    @cached_property
    def dense(self) -> DenseIndex:
        """The vectors."""
        return DenseIndex(self.folder / "dense.faiss")

    @cached_property
    def sparse(self) -> SparseIndex:
        """The inverted index."""
        return SparseIndex(self.folder)

    @cached_property
    def live(self) -> npt.NDArray[np.bool_] | None:
        """Which passages count, (passages,) bool; None if all do."""
        if not self.entry.dropped:
            return None
        return self.mask(lambda document: document.id not in self.entry.dropped)

    def mask(self, wanted: Callable[[DocumentEntry], bool]) -> npt.NDArray[np.bool_]:
        """Return which passages belong to documents that count and are wanted: (passages,) bool."""
        dropped = set(self.entry.dropped)
        flags = [document.id not in dropped and wanted(document) for document in self.entry.documents]
        return np.asarray(flags, dtype=bool)[self.passages[:, 0]]

    def token_ids(self, ordinal: int) -> TokenIds:
        """Return the token ids of a passage with its context."""
        return self._tokens[int(self._token_offsets[ordinal]) : int(self._token_offsets[ordinal + 1])]

    def document(self, ordinal: int) -> Document:
        """Return a document of the segment.

        Raises:
            IndexDamaged: If its line is not what was written.
        """
        if ordinal not in self._documents:
            path = self.folder / "documents.jsonl"
            start, end = int(self._document_offsets[ordinal]), int(self._document_offsets[ordinal + 1])
            try:
                with path.open("rb") as file:
                    file.seek(start)
                    self._documents[ordinal] = _document_from_json(json.loads(file.read(end - start)))
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise IndexDamaged(path, f"document {ordinal} cannot be read ({error})") from error
        return self._documents[ordinal]

    def passage(self, ordinal: int) -> Passage:
        """Return a passage of the segment, its text, pages and headings from its document."""
        document, start, end = (int(value) for value in self.passages[ordinal])
        return make_passage(self.document(document), start, end)


class Documents(Mapping[str, Document]):
    """A library's documents by id, read when they are asked for."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._places = {
            document.id: (segment, ordinal)
            for segment in segments
            for ordinal, document in enumerate(segment.entry.documents)
            if document.id not in segment.entry.dropped
        }

    def __getitem__(self, document_id: str) -> Document:
        segment, ordinal = self._places[document_id]
        return segment.document(ordinal)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Library:
    """An opened index: the segments that its manifest names. Passages are numbered through all of them."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.segments = tuple(Segment(folder / SEGMENTS / entry.name, entry) for entry in manifest.segments)
        self.bases = [0]
        for segment in self.segments:
            self.bases.append(self.bases[-1] + len(segment.passages))

    @cached_property
    def documents(self) -> Documents:
        """The documents that count, by id."""
        return Documents(self.segments)

    @property
    def passage_count(self) -> int:
        """How many passages count."""
        return sum(document.passages for document in self.manifest.documents)

    def locate(self, ordinal: int) -> tuple[Segment, int]:
        """Return the segment of a passage, and its number there."""
        segment = bisect_right(self.bases, ordinal) - 1
        return self.segments[segment], ordinal - self.bases[segment]

    def passage(self, ordinal: int) -> Passage:
        """Return a passage by its number in the library."""
        segment, local = self.locate(ordinal)
        return segment.passage(local)

    def all_passages(self) -> Iterator[Passage]:
        """Yield every passage that counts, in the order in which they were written."""
        for segment in self.segments:
            for ordinal in range(len(segment.passages)):
                if segment.live is None or segment.live[ordinal]:
                    yield segment.passage(ordinal)


def open_library(folder: Path) -> Library:
    """Open an index.

    Raises:
        IndexMissing: If there is none.
        IndexDamaged: If a file is missing or is not what was written.
    """
    for attempt in range(3):  # a writer may replace the manifest, and remove what it no longer names, in between
        manifest = read_manifest(folder)
        try:
            for entry in manifest.segments:
                _check_segment(folder, entry, checksums=sum(size for size, _ in entry.files.values()) <= CHECKED_BYTES)
            return Library(folder, manifest)
        except (IndexDamaged, OSError, ValueError) as error:
            if attempt == 2 or read_manifest(folder) == manifest:
                if isinstance(error, IndexDamaged):
                    raise
                raise IndexDamaged(folder, str(error)) from error
    raise AssertionError("unreachable")


def read_manifest(folder: Path) -> Manifest:
    """Read what an index is made of.

    Raises:
        IndexMissing: If there is no manifest.
        IndexDamaged: If it cannot be read, or another version of the program wrote it.
    """
    path = folder / MANIFEST
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing(folder) from error
    except (OSError, ValueError) as error:
        raise IndexDamaged(path, f"it cannot be read ({error})") from error
    try:
        if written["format"] != FORMAT:
            raise IndexDamaged(path, f"it has format {written['format']}, and this program reads {FORMAT}")
        body = written["manifest"]
        if _checksum_of_json(body) != written["sha256"]:
            raise IndexDamaged(path, "its checksum does not match")
        return _manifest_from_json(body)
    except (KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(path, f"it lacks {error}") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the old one, by rename, then remove segments that it does not name."""
    body = _json_of(asdict(manifest))
    written = {"format": FORMAT, "sha256": _checksum_of_json(body), "manifest": body}
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=".manifest-", delete=False) as file:
        json.dump(written, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(folder / MANIFEST)
    _sync_folder(folder)
    named = {entry.name for entry in manifest.segments}
    for path in [*(folder / SEGMENTS).glob("*"), *folder.glob(".manifest-*")]:
        if path.name not in named:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the index's lock while the block runs; what the operating system refuses becomes one clear error.

    Raises:
        IndexBusy: If another process holds it.
        IndexUnwritable: If the folder cannot be written, or the disk is full.
    """
    from filelock import FileLock, Timeout

    try:
        (folder / SEGMENTS).mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock", timeout=0):
            yield
    except Timeout as error:
        raise IndexBusy(folder) from error
    except OSError as error:
        raise IndexUnwritable(folder, error.strerror or str(error)) from error


def write_segment(folder: Path, batch: Batch) -> SegmentEntry:
    """Write a batch of documents as a new segment, whole or not at all; the manifest does not name it yet.

    Raises:
        OSError: If the disk is full or the folder cannot be written.
    """
    temporary = Path(tempfile.mkdtemp(dir=folder / SEGMENTS, prefix=".writing-"))
    try:
        _write_documents(temporary, batch.documents)
        flat = [(ordinal, p.start, p.end) for ordinal, passages in enumerate(batch.passages) for p in passages]
        np.save(temporary / "passages.npy", np.asarray(flat, dtype=np.int64).reshape(-1, 3))
        np.save(temporary / "tokens.npy", np.concatenate([np.zeros(0, np.int32), *batch.token_ids]))
        lengths = [len(tokens) for tokens in batch.token_ids]
        np.save(temporary / "token-offsets.npy", np.cumsum([0, *lengths], dtype=np.int64))
        build_sparse(batch.terms, temporary)
        try:
            build_dense(np.concatenate(batch.vectors), temporary / "dense.faiss")
        except RuntimeError as error:  # FAISS's way of saying that a write failed
            raise OSError(0, str(error).strip().splitlines()[-1]) from error
        files = {path.name: (path.stat().st_size, _checksum_of_file(path)) for path in sorted(temporary.iterdir())}
        for path in temporary.iterdir():
            _sync_file(path)
        name = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
        target = folder / SEGMENTS / name
        if target.exists():  # left by a run that was killed before its manifest: the same files
            shutil.rmtree(target)
        temporary.rename(target)
        _sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    entries = zip(batch.documents, batch.paths, batch.passages, strict=True)
    return SegmentEntry(
        name=name,
        passages=len(flat),
        files=files,
        documents=tuple(_entry_of(document, path, len(passages)) for document, path, passages in entries),
    )


def check_library(folder: Path) -> list[IndexDamaged]:
    """Compare every file of an index with its checksum; return what is wrong.

    Raises:
        IndexMissing: If there is no index.
        IndexDamaged: If the manifest itself cannot be read.
    """
    wrong: list[IndexDamaged] = []
    for entry in read_manifest(folder).segments:
        for name in entry.files:
            try:
                _check_segment(folder, replace(entry, files={name: entry.files[name]}), checksums=True)
            except IndexDamaged as error:
                wrong.append(error)
    return wrong


def _check_segment(folder: Path, entry: SegmentEntry, *, checksums: bool) -> None:
    for name, (size, checksum) in entry.files.items():
        path = folder / SEGMENTS / entry.name / name
        if not path.is_file():
            raise IndexDamaged(path, "it is missing")
        if path.stat().st_size != size:
            raise IndexDamaged(path, f"it has {path.stat().st_size} bytes, and {size} were written")
        if checksums and _checksum_of_file(path) != checksum:
            raise IndexDamaged(path, "its checksum does not match")


def _entry_of(document: Document, path: str | None, passages: int) -> DocumentEntry:
    spoken = document.metadata.date or document.metadata.occasion_date
    return DocumentEntry(
        id=document.id,
        source=document.source,
        path=path,
        sha256=document.sha256,
        title=document.title,
        language=document.language,
        date=spoken.isoformat() if spoken else None,
        pages=len(document.pages),
        page_total=document.page_total,
        missing_pages=document.missing_pages,
        passages=passages,
    )


def _write_documents(folder: Path, documents: Sequence[Document]) -> None:
    offsets = [0]
    with (folder / "documents.jsonl").open("wb") as file:
        for document in documents:
            line = json.dumps(_json_of(asdict(document)), ensure_ascii=False, separators=(",", ":"))
            offsets.append(offsets[-1] + file.write(line.encode("utf-8", "surrogatepass") + b"\n"))
    np.save(folder / "documents.npy", np.asarray(offsets, dtype=np.int64))


def _json_of(value: Any) -> Any:  # noqa: ANN401 (JSON has no narrower type)
    """Return a value as JSON has it: dates as text, tuples as lists."""
    return json.loads(json.dumps(value, default=lambda day: day.isoformat(), ensure_ascii=False))


def _document_from_json(written: dict[str, Any]) -> Document:
    metadata = written["metadata"]
    for key in ("date", "occasion_date"):
        metadata[key] = date.fromisoformat(metadata[key]) if metadata[key] else None
    return Document(
        **{key: value for key, value in written.items() if key not in _NESTED},
        kept=tuple(Kept(**run) for run in written["kept"]),
        pages=tuple(Page(**page) for page in written["pages"]),
        sections=tuple(Section(**section) for section in written["sections"]),
        paragraphs=tuple(written["paragraphs"]),
        metadata=Metadata(**metadata),
    )


_NESTED = {"kept", "pages", "sections", "paragraphs", "metadata"}


def _manifest_from_json(written: dict[str, Any]) -> Manifest:
    return Manifest(
        maker=written["maker"],
        segments=tuple(
            SegmentEntry(
                name=segment["name"],
                passages=segment["passages"],
                files={name: (size, checksum) for name, (size, checksum) in segment["files"].items()},
                documents=tuple(
                    DocumentEntry(**{**document, "missing_pages": tuple(document["missing_pages"])})
                    for document in segment["documents"]
                ),
                dropped=tuple(segment["dropped"]),
            )
            for segment in written["segments"]
        ),
        skipped=tuple((source, reason) for source, reason in written["skipped"]),
    )


def _checksum_of_json(value: Any) -> str:  # noqa: ANN401
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _checksum_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
