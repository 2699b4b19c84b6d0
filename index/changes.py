"""What adding files changes: which of their documents are new, which replace another, which are there already.

A document is known by its place, the file's full path and, where a line is a document, the line; and by its content.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index.context import indexed_text
from index.embed import FloatMatrix, TokenIds
from index.errors import IndexDamaged, UnreadableFile
from index.parse import BUNDLED_REPORT, document_id, parse_part, sha256_of, source_of
from index.readers import RawText, load_bytes, read_bytes
from index.store import REPORT_SOURCE, DocumentEntry, Library, Segment
from index.types import Document

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A document on its way into the index.

    Attributes:
        document: The document.
        path: The file that it came from, absolute.
        line: The line, where a line is a document.
        replaces: Ids of the documents that count no longer once this one does.
    """

    document: Document
    path: str | None = None
    line: int | None = None
    replaces: tuple[str, ...] = ()


@dataclass(slots=True)
class Summary:
    """What an `add` did, by source name; `skipped` with the reason, `vanished` are lines that their file lost."""

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


class KeptVectors:
    """Token ids and vectors of the passages that documents about to be replaced have already, by what was embedded."""

    def __init__(self, library: Library | None = None) -> None:
        self._library = library
        self._places: dict[str, tuple[Segment, int]] = {}

    def remember(self, entries: Iterable[DocumentEntry]) -> None:
        """Remember the passages of these documents, and forget those of others."""
        self._places = {}
        if self._library is None:
            return
        for entry in entries:
            segment, number = self._library.documents.place_of(entry.id)
            start, end = segment.first_passages(np.asarray([number, number + 1], dtype=np.int32))
            try:
                document = segment.document(number)
            except IndexDamaged:
                continue  # it is about to be replaced: what cannot be read is made again
            for ordinal in range(int(start), int(end)):
                passage = segment.passage(ordinal)
                self._places[indexed_text(document, passage)] = (segment, ordinal)

    def find(self, text: str) -> tuple[TokenIds, FloatMatrix] | None:
        """Return a passage's token ids and (1, dim) vector; None if it has to be embedded."""
        if text not in self._places:
            return None
        segment, ordinal = self._places[text]
        return np.array(segment.token_ids(ordinal)), segment.dense.vectors(slice(ordinal, ordinal + 1))


class Changes:
    """What files change in a library.

    A file that is in the library byte for byte is not even parsed. One with the same content at another path counts
    as the same document while the file at the first path still holds it; else it has moved, and takes its place.

    Args:
        library: What is there; None if nothing is.
        step: Called with the number of bytes read since the last call.

    Attributes:
        summary: What became of each document.
        kept: What the documents that are being replaced have already.
        vanished: Ids of the documents whose lines are no longer in their files.
    """

    def __init__(self, library: Library | None, step: Progress | None = None) -> None:
        self.summary = Summary()
        self.kept = KeptVectors(library)
        self.vanished: set[str] = set()
        self._step = step or (lambda _: None)
        self._by_path: defaultdict[str | None, dict[int | None, DocumentEntry]] = defaultdict(dict)
        self._by_id: dict[str, DocumentEntry] = {}
        for entry in library.manifest.documents if library is not None else ():
            self._by_path[entry.path][entry.line] = entry
            self._by_id[entry.id] = entry
        self._seen: set[str] = set()

    def sources(self, files: Iterable[tuple[Path, str]]) -> Iterator[Source]:
        """Read files, given as (path, source name), and yield the documents that the library has not."""
        for path, name in files:
            try:
                yield from self._sources_of(path, name)
            except UnreadableFile as error:
                self.summary.skipped.append((name, error.reason))

    def _sources_of(self, path: Path, name: str) -> Iterator[Source]:
        place = str(path.resolve())
        here = self._by_path.get(place, {})
        data = load_bytes(path)
        file_sha256 = hashlib.sha256(data).hexdigest()
        if None in here and here[None].sha256 == file_sha256:
            self.summary.unchanged.append(here[None].source)
            self._step(len(data))
            return
        raws = read_bytes(path, data)
        hashes = {raw.line: sha256_of(raw, file_sha256) for raw in raws}
        self.kept.remember(entry for line, entry in here.items() if hashes.get(line) != entry.sha256)
        told = 0
        for number, raw in enumerate(raws, start=1):
            source = source_of(raw, name)
            try:
                yield from self._source_of(path, place, raw, source, hashes[raw.line])
            except UnreadableFile as error:
                self.summary.skipped.append((source, error.reason))
            self._step(len(data) * number // len(raws) - told)
            told = len(data) * number // len(raws)
        gone = [entry for line, entry in here.items() if line not in hashes]
        self.summary.vanished += [entry.source for entry in gone]
        self.vanished |= {entry.id for entry in gone}

    def _source_of(self, path: Path, place: str, raw: RawText, source: str, sha256: str) -> Iterator[Source]:
        old = self._by_path.get(place, {}).get(raw.line)
        new_id = document_id(sha256, raw.line)
        if (old is not None and old.sha256 == sha256) or self._is_elsewhere(new_id, place):
            self.summary.unchanged.append(source)
            return
        moved = self._by_id.get(new_id)
        document = parse_part(path, raw, source=source, sha256=sha256)
        self._seen.add(new_id)
        (self.summary.added if old is None and moved is None else self.summary.replaced).append(source)
        yield Source(document, place, raw.line, tuple(entry.id for entry in (old, moved) if entry is not None))

    def _is_elsewhere(self, document: str, place: str) -> bool:
        """Whether a document is in the library, or on its way there, from another file that still holds it."""
        twin = self._by_id.get(document)
        return document in self._seen or (twin is not None and twin.path != place and _still_holds(twin))


def _still_holds(entry: DocumentEntry) -> bool:
    path = file_of(entry)
    return path is None or (path.is_file() and (entry.line is not None or _sha256_of_file(path) == entry.sha256))


def file_of(entry: DocumentEntry) -> Path | None:
    """Return the file that a document came from, there or not; the bundled report's is wherever the program is."""
    path = Path(entry.path) if entry.path is not None else None
    return BUNDLED_REPORT if entry.source == REPORT_SOURCE and (path is None or not path.is_file()) else path


def _sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
