"""The index on disk: immutable segments, and a manifest that names the ones that count.

    FOLDER/
      manifest.json            written last, by rename: what it names is whole
      lock                     held by the one process that writes
      segments/NAME/           written beside the others, renamed into place, never changed: see `index.segment`

Killed at any moment, the folder is the old library or the new one. A reader that opened the old one keeps its files.
"""

import hashlib
import json
import os
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import IndexBusy, IndexDamaged, IndexMissing, IndexUnwritable
from index.segment import (
    SEGMENT_FILE,
    SEGMENTS,
    Batch,
    DocumentEntry,
    Segment,
    SegmentEntry,
    checksum_of_file,
    segment_from_json,
    segment_to_json,
    sync_folder,
    write_segment,
)
from index.types import Document, Passage

__all__ = [
    "REPORT_SOURCE",
    "Batch",
    "DocumentEntry",
    "Documents",
    "Library",
    "Manifest",
    "Segment",
    "SegmentEntry",
    "check_library",
    "open_library",
    "read_manifest",
    "salvage_manifest",
    "write_manifest",
    "write_segment",
    "writing",
]

FORMAT = 2  # of the folder; another number means: rebuild
MANIFEST = "manifest.json"
REPORT_SOURCE = "dandong-cppcc-work-report-2020.txt"  # the report that ships with the project, as citations name it
CHECKED_BYTES = 16 * 1024 * 1024  # of an index are checksummed whenever it is opened, small segments first: 10 ms
OPEN_ATTEMPTS = 5  # a writer replaces the manifest once a second at the most, and opening takes milliseconds


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

    @property
    def incomplete(self) -> tuple[DocumentEntry, ...]:
        """The documents that count and lack pages, in the order in which they were added."""
        found = [(segment, segment.documents[ordinal]) for segment in self.segments for ordinal in segment.incomplete]
        return tuple(entry for segment, entry in found if entry.id not in segment.dropped)

    @property
    def passages(self) -> int:
        """How many passages count."""
        return sum(segment.live_passages for segment in self.segments)


class Documents(Mapping[str, Document]):
    """A library's documents by id, read when they are asked for."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments

    def __getitem__(self, document_id: str) -> Document:
        segment, ordinal = self.place_of(document_id)
        return segment.document(ordinal)

    def place_of(self, document_id: str) -> tuple[Segment, int]:
        """Return the segment that holds a document, and its number there.

        Raises:
            KeyError: If no document that counts has this id.
        """
        if document_id not in self._places:
            for segment in self._segments:
                if document_id not in segment.entry.dropped:
                    for ordinal in segment.entry.ordinals_of([document_id]):
                        self._places[document_id] = (segment, int(ordinal))
        return self._places[document_id]

    @cached_property
    def _places(self) -> dict[str, tuple[Segment, int]]:
        return {}

    def __contains__(self, document_id: object) -> bool:
        try:
            self.place_of(str(document_id))
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return (entry.id for segment in self._segments for entry in segment.entry.live_documents)

    def __len__(self) -> int:
        return sum(len(segment.entry.documents) - len(segment.entry.dropped_ordinals) for segment in self._segments)


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
        return self.manifest.passages

    def locate(self, ordinal: int) -> tuple[Segment, int]:
        """Return the segment of a passage, and its number there."""
        segment = bisect_right(self.bases, ordinal) - 1
        return self.segments[segment], ordinal - self.bases[segment]

    def parts(self, ordinals: npt.NDArray[np.int64]) -> Iterator[tuple[Segment, slice, npt.NDArray[np.int64]]]:
        """Yield (segment, where its passages stand among the ordinals, their numbers there), for ascending ordinals."""
        bounds = np.searchsorted(ordinals, self.bases)
        for number, segment in enumerate(self.segments):
            span = slice(int(bounds[number]), int(bounds[number + 1]))
            if span.start < span.stop:
                yield segment, span, ordinals[span] - self.bases[number]

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
    for attempt in range(OPEN_ATTEMPTS):  # a writer may replace the manifest, and remove what it no longer names
        manifest = None
        try:
            manifest = read_manifest(folder)
            _check_sizes(folder, manifest.segments)
            return Library(folder, manifest)
        except (IndexDamaged, OSError, ValueError) as error:
            if attempt + 1 == OPEN_ATTEMPTS or _is_unchanged(folder, manifest):
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
    body = _read_body(folder)
    path = folder / MANIFEST
    try:
        return Manifest(
            maker=body["maker"],
            segments=tuple(segment_from_json(segment, folder) for segment in body["segments"]),
            skipped=tuple((source, reason) for source, reason in body["skipped"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise IndexDamaged(path, f"it lacks {error}") from error


def salvage_manifest(folder: Path) -> Manifest:
    """Make a manifest of the segments that are there, for one that is lost.

    What was dropped from a segment is not known any more; of two documents from the same place the later one counts.

    Raises:
        IndexMissing: If there is no segment either.
    """
    found: list[tuple[int, SegmentEntry]] = []
    for path in (folder / SEGMENTS).glob(f"*/{SEGMENT_FILE}"):
        if path.parent.name.startswith("."):
            continue  # was being written
        try:
            written = json.loads(path.read_text(encoding="utf-8"))
            found.append((path.stat().st_mtime_ns, segment_from_json(written | {"name": path.parent.name}, folder)))
        except (IndexDamaged, OSError, ValueError, KeyError, TypeError):
            continue  # nothing of it can be read: the check of what was repaired lists what is left
    if not found:
        raise IndexMissing(folder)
    segments: list[SegmentEntry] = []
    later: set[tuple[str | None, int | None, str]] = set()
    ids: set[str] = set()
    for _, entry in sorted(found, key=lambda pair: -pair[0]):
        places = {document.id: (document.path, document.line, document.source) for document in entry.documents}
        dropped = sorted(name for name, place in places.items() if place in later or name in ids)
        later |= set(places.values())
        ids |= places.keys()
        segments.insert(0, replace(entry, dropped=tuple(dropped)))
    return Manifest(maker={}, segments=tuple(segment for segment in segments if segment.live_documents))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the old one, by rename, then remove segments that it does not name.

    Raises:
        OSError: If the disk is full or the folder cannot be written.
    """
    body = {
        "maker": manifest.maker,
        "segments": [segment_to_json(segment) for segment in manifest.segments],
        "skipped": manifest.skipped,
    }
    written = {"format": FORMAT, "sha256": _checksum_of_json(body), "manifest": body}
    file = tempfile.NamedTemporaryFile("wb", dir=folder, prefix=".manifest-", delete=False)  # noqa: SIM115
    try:
        with file:
            file.write(json.dumps(written, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(folder / MANIFEST)
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise
    sync_folder(folder)
    named = {entry.name for entry in manifest.segments}
    for path in [*(folder / SEGMENTS).iterdir(), *folder.glob(".manifest-*")]:
        if path.name not in named:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def writing(folder: Path, *, timeout_seconds: float = 0) -> Iterator[None]:
    """Hold the index's lock while the block runs; what the operating system refuses becomes one clear error.

    Raises:
        IndexBusy: If another process holds it for longer than `timeout_seconds`.
        IndexUnwritable: If the folder cannot be written, or the disk is full.
    """
    from filelock import FileLock, Timeout

    try:
        (folder / SEGMENTS).mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock", timeout=timeout_seconds):
            yield
    except Timeout as error:
        raise IndexBusy(folder) from error
    except OSError as error:
        raise IndexUnwritable(folder, error.strerror or str(error)) from error


def check_library(folder: Path) -> list[IndexDamaged]:
    """Compare every file of an index with its checksum; return what is wrong.

    Raises:
        IndexMissing: If there is no index.
        IndexDamaged: If the manifest itself cannot be read.
    """
    wrong: list[IndexDamaged] = []
    for written in _read_body(folder)["segments"]:
        segment = folder / SEGMENTS / written["name"]
        wrong += [
            error
            for name, (size, checksum) in written["files"].items()
            if (error := _find_damage(segment / name, size, checksum)) is not None
        ]
        wrong += _check_segment_file(segment / SEGMENT_FILE, written)
    return wrong


def _check_segment_file(path: Path, written: Mapping[str, Any]) -> list[IndexDamaged]:
    try:
        own = json.loads(path.read_text(encoding="utf-8"))
        is_same = own == {**written, "dropped": []}
    except (OSError, ValueError):
        is_same = False
    return [] if is_same else [IndexDamaged(path, "it is not what was written")]


def _check_sizes(folder: Path, entries: Sequence[SegmentEntry]) -> None:
    """Refuse files that are missing or cut short; of small segments also those whose checksum does not match."""
    left = CHECKED_BYTES
    for entry in sorted(entries, key=lambda entry: entry.passages):
        left -= sum(size for size, _ in entry.files.values())
        for name, (size, checksum) in entry.files.items():
            error = _find_damage(folder / SEGMENTS / entry.name / name, size, checksum if left >= 0 else None)
            if error is not None:
                raise error


def _find_damage(path: Path, size: int, checksum: str | None) -> IndexDamaged | None:
    try:
        found = path.stat().st_size
        if found != size:
            return IndexDamaged(path, f"it has {found} bytes, and {size} were written")
        if checksum is not None and checksum_of_file(path) != checksum:
            return IndexDamaged(path, "its checksum does not match")
    except FileNotFoundError:
        return IndexDamaged(path, "it is missing")
    except OSError as error:
        return IndexDamaged(path, f"it cannot be read ({error.strerror})")
    return None


def _read_body(folder: Path) -> Any:  # noqa: ANN401 (JSON has no narrower type)
    path = folder / MANIFEST
    try:
        written = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing(folder) from error
    except (OSError, ValueError) as error:
        raise IndexDamaged(path, f"it cannot be read ({error})") from error
    try:
        if written["format"] != FORMAT:
            reason = f"it has format {written['format']}, and this program reads {FORMAT}"
            raise IndexDamaged(path, reason, remedy="build it again with: qa build --force FILE…")
        if _checksum_of_json(written["manifest"]) != written["sha256"]:
            raise IndexDamaged(path, "its checksum does not match")
        return written["manifest"]
    except (KeyError, TypeError) as error:
        raise IndexDamaged(path, f"it lacks {error}") from error


def _is_unchanged(folder: Path, manifest: Manifest | None) -> bool:
    """Whether the manifest is still the one that was read, so that what it lacks is lacking indeed."""
    try:
        return manifest is not None and read_manifest(folder) == manifest
    except IndexDamaged:
        return False


def _checksum_of_json(value: Any) -> str:  # noqa: ANN401
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
