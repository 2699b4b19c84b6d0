"""What an index can still tell after damage: which segments are whole, and the documents of the others.

A document comes back from the text that the index stores, if every bit of it is as it was written, else from the file
that it came from, else not at all: then it is named. Nothing that can be read is ever left out.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index.arrays import map_array
from index.build import batches
from index.changes import Changes, Source, file_of
from index.chunk import chunk_document
from index.embed import Encoder
from index.errors import IndexDamaged
from index.fingerprint import fingerprint_of, is_made_by
from index.records import document_from_line
from index.segment import LINE_COLUMNS, SEGMENTS, DocumentEntry, checksum_of_file, entry_from_line
from index.store import (
    Manifest,
    SegmentEntry,
    check_library,
    read_manifest,
    salvage_manifest,
    write_manifest,
    write_segment,
    writing,
)

MISSING_FILE = "its text in the index is damaged and its file is gone"


@dataclass(slots=True)
class Repair:
    """What a repair did: documents kept from the index, read again from their files, and lost, by source name."""

    kept: list[str] = field(default_factory=list)
    read_again: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def repair_index(folder: Path, encoder: Encoder, *, step: Callable[[int], None] | None = None) -> Repair:
    """Make an index whole again; segments that are whole stay as they are, the others are written anew.

    Args:
        folder: Where the index is.
        encoder: The model that makes the vectors that are lost.
        step: Called with the number of passages embedded since the last call.

    Raises:
        IndexBusy: If another process writes to the folder.
        IndexMissing: If there is neither a manifest nor a segment.
        IndexUnwritable: If the folder cannot be written.
    """
    done = Repair()
    with writing(folder):
        manifest, damaged = _take_stock(folder)
        is_current = bool(manifest.maker) and is_made_by(manifest.maker, encoder)
        segments: list[SegmentEntry] = []
        for segment in manifest.segments:
            if is_current and segment.name not in damaged:
                segments.append(segment)
                continue
            documents = _recover(folder, segment, done)
            made = batches(documents, encoder, chunk_document, progress=step)
            segments += [write_segment(folder, batch) for batch, _ in made]
        skipped = [pair for pair in manifest.skipped if pair[0] not in done.lost]
        skipped += [(source, MISSING_FILE) for source in done.lost]
        maker = manifest.maker if is_current else fingerprint_of(encoder)
        if segments != list(manifest.segments) or not is_current:
            write_manifest(folder, Manifest(maker, tuple(segments), tuple(skipped)))
    return done


def known_sources(
    folder: Path, manifest: Manifest, skipped: list[tuple[str, str]], *, step: Callable[[int], None] | None = None
) -> Iterator[Source]:
    """Yield every document of a library anew: from its file if that can still be read, else from the index's text.

    Args:
        folder: Where the index is.
        manifest: What it is made of.
        skipped: Gets what could not be read, with the reason.
        step: Called with the number of documents of the library that are done since the last call.
    """
    read: dict[Path, bool] = {}
    for segment in manifest.segments:
        stored, entries = _stored_lines(folder, segment), _stored_entries(folder, segment)
        for ordinal, entry in enumerate(entries):
            path = file_of(entry) if entry is not None else None
            if entry is None or entry.id not in segment.dropped:
                if entry is not None and path is not None and path not in read:
                    changes = Changes(None)
                    sources = list(changes.sources([(path, _file_name(entry))])) if path.is_file() else []
                    read[path] = bool(sources)
                    skipped += changes.summary.skipped
                    yield from sources
                if path is None or not read[path]:
                    source = _from_line(stored[ordinal] if ordinal < len(stored) else None, entry)
                    if source is not None:
                        yield source
                    else:
                        skipped.append((_name(entry, segment, ordinal), MISSING_FILE))
            if step is not None:
                step(1)


def _recover(folder: Path, segment: SegmentEntry, done: Repair) -> Iterator[Source]:
    """Yield the documents of a segment that count, and tell in `done` where each was found."""
    stored, entries = _stored_lines(folder, segment), _stored_entries(folder, segment)
    for ordinal in range(max(len(stored), len(entries))):
        entry = entries[ordinal] if ordinal < len(entries) else None
        line = stored[ordinal] if ordinal < len(stored) else None
        source = _from_line(line, entry)
        if (source.document.id if source else entry.id if entry else "") in segment.dropped:
            continue
        found = source or _from_file(entry)
        if found is None:
            done.lost.append(_name(entry, segment, ordinal))
            continue
        (done.kept if source is not None else done.read_again).append(found.document.source)
        yield found


def _take_stock(folder: Path) -> tuple[Manifest, set[str]]:
    """Return the manifest, or what can be known without it, and the names of the segments that are damaged."""
    try:
        manifest = read_manifest(folder)
        return manifest, {error.path.parent.name for error in check_library(folder)}
    except IndexDamaged:
        return salvage_manifest(folder), set()  # without the manifest's word no segment is known to be whole


def _stored_lines(folder: Path, segment: SegmentEntry) -> list[bytes | None]:
    """Return each document as it was written, None where it is not what was written."""
    path = folder / SEGMENTS / segment.name
    try:
        lines = (path / "documents.jsonl").read_bytes().split(b"\n")[:-1]
        if checksum_of_file(path / "documents.jsonl") == segment.files["documents.jsonl"][1]:
            return [line + b"\n" for line in lines]
    except (OSError, KeyError):
        return []
    return _checked_lines(path, segment)


def _checked_lines(path: Path, segment: SegmentEntry) -> list[bytes | None]:
    """Return the lines whose own checksum holds, if the list of these is whole."""
    try:
        if checksum_of_file(path / "documents.npy") != segment.files["documents.npy"][1]:
            return []
        places = map_array(path / "documents.npy").reshape(-1, LINE_COLUMNS)
        content = (path / "documents.jsonl").read_bytes()
    except (OSError, ValueError, KeyError):
        return []
    lines = [(content[start:end], checksum) for start, end, checksum in places.tolist()]
    return [line if zlib.crc32(line) == checksum else None for line, checksum in lines]


def _stored_entries(folder: Path, segment: SegmentEntry) -> list[DocumentEntry | None]:
    """Return what the segment says of its documents, None where a line cannot be read."""
    try:
        lines = (folder / SEGMENTS / segment.name / "entries.jsonl").read_bytes().split(b"\n")[:-1]
    except OSError:
        return []
    entries: list[DocumentEntry | None] = []
    for line in lines:
        try:
            entries.append(entry_from_line(line))
        except (ValueError, KeyError, TypeError):
            entries.append(None)
    return entries


def _name(entry: DocumentEntry | None, segment: SegmentEntry, ordinal: int) -> str:
    return entry.source if entry is not None else f"document {ordinal} of segment {segment.name}"


def _file_name(entry: DocumentEntry) -> str:
    return entry.source if entry.line is None else entry.source.rpartition("#")[0]


def _from_line(line: bytes | None, entry: DocumentEntry | None) -> Source | None:
    if line is None:
        return None
    try:
        document = document_from_line(line)
    except (ValueError, KeyError, TypeError):
        return None
    return Source(document, entry.path if entry else None, entry.line if entry else None)


def _from_file(entry: DocumentEntry | None) -> Source | None:
    path = file_of(entry) if entry is not None else None
    if entry is None or path is None:
        return None
    found = list(Changes(None).sources([(path, _file_name(entry))])) if path.is_file() else []
    return next((source for source in found if source.line == entry.line), None)
