"""Documents become an index: cut, embed, write. Adding, replacing and removing write new segments, never old ones."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.chunk import chunk_document
from index.context import context_of
from index.embed import Encoder
from index.errors import IndexMissing, IndexStale, UnreadableFile
from index.fingerprint import fingerprint_of, is_made_by
from index.parse import BUNDLED_REPORT, parse_file
from index.store import (
    Batch,
    Library,
    Manifest,
    SegmentEntry,
    open_library,
    read_manifest,
    write_manifest,
    write_segment,
    writing,
)
from index.types import Document, Passage
from index.words import terms

# Passages a segment: what a build holds in memory at once (65,536 × 512 × 4 bytes of vectors: 128 MiB), and what an
# interrupted build keeps of its work at the least.
SEGMENT_PASSAGES = 65_536
EMBEDDED_PASSAGES = 4_096  # passages embedded at once

Chunker = Callable[[Document], list[Passage]]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A document on its way into the index, and the file that it came from."""

    document: Document
    path: str | None = None


@dataclass(slots=True)
class Summary:
    """What an `add` did, by source name; `skipped` with the reason."""

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def build_index(
    documents: Iterable[Document | Source],
    encoder: Encoder,
    folder: Path,
    *,
    chunk: Chunker = chunk_document,
    skipped: Sequence[tuple[str, str]] = (),
    progress: Progress | None = None,
) -> Library:
    """Build an index of these documents and nothing else, in the place of the one that may be there.

    Args:
        documents: What to index; read once, so it may be a generator.
        encoder: What makes the vectors.
        folder: Where the index goes.
        chunk: How documents are cut.
        skipped: Files that could not be read, with the reason, to be remembered.
        progress: Called with the number of passages written since the last call.

    Raises:
        IndexBusy: If another process writes to the folder.
        IndexUnwritable: If the folder cannot be written.
    """
    with writing(folder):
        segments = [write_segment(folder, batch) for batch in _batches(documents, encoder, chunk, progress)]
        write_manifest(folder, Manifest(fingerprint_of(encoder), tuple(segments), tuple(skipped)))
    return open_library(folder)


def build_report_index(encoder: Encoder, folder: Path) -> Library:
    """Build the index of the report that ships with the project."""
    sources = [Source(document, str(BUNDLED_REPORT)) for document in parse_file(BUNDLED_REPORT)]
    return build_index(sources, encoder, folder)


def add_files(
    files: Iterable[tuple[Path, str]], encoder: Encoder, folder: Path, *, progress: Progress | None = None
) -> Summary:
    """Add files, given as (path, source name), to an index that may not exist yet.

    A file whose bytes are in the index already changes nothing; one whose source name is there with other bytes
    replaces it. Each `SEGMENT_PASSAGES` passages become part of the index as soon as they are written, so an
    interrupted run resumes where it stopped.

    Raises:
        IndexBusy: If another process writes to the folder.
        IndexStale: If another model made the index.
        IndexUnwritable: If the folder cannot be written; what was there is still there.
    """
    summary = Summary()
    with writing(folder):
        manifest = _manifest_to_extend(folder, encoder)
        sources = _changed_sources(files, manifest, summary)
        for batch in _batches(sources, encoder, chunk_document, progress):
            segment = write_segment(folder, batch)
            manifest = _extended(manifest, segment)
            write_manifest(folder, manifest)
        if summary.skipped:
            known = dict(manifest.skipped) | dict(summary.skipped)
            write_manifest(folder, replace(manifest, skipped=tuple(known.items())))
    return summary


def remove_documents(folder: Path, document_ids: Iterable[str]) -> None:
    """Take documents out of an index.

    Raises:
        IndexBusy: If another process writes to the folder.
        IndexMissing: If there is no index.
        IndexUnwritable: If the folder cannot be written.
    """
    with writing(folder):
        write_manifest(folder, _without(read_manifest(folder), set(document_ids)))


def _batches(
    documents: Iterable[Document | Source], encoder: Encoder, chunk: Chunker, progress: Progress | None
) -> Iterator[Batch]:
    """Cut and embed documents, in batches of about a segment; a document is never split between two."""
    batch = Batch()
    texts: list[str] = []
    seen: set[str] = set()
    waiting = 0
    for item in documents:
        source = item if isinstance(item, Source) else Source(item)
        document = source.document
        if document.id in seen:
            continue
        seen.add(document.id)
        passages = chunk(document)
        batch.documents.append(document)
        batch.paths.append(source.path)
        batch.passages.append(passages)
        texts += [context_of(document, passage) + passage.text for passage in passages]
        waiting += len(passages)
        if len(texts) >= EMBEDDED_PASSAGES or waiting >= SEGMENT_PASSAGES:
            _embed(batch, texts, encoder, progress)
            texts = []
        if waiting >= SEGMENT_PASSAGES:
            yield batch
            batch, waiting = Batch(), 0
    if batch.documents:
        _embed(batch, texts, encoder, progress)
        yield batch


def _embed(batch: Batch, texts: list[str], encoder: Encoder, progress: Progress | None) -> None:
    batch.token_ids.extend(encoder.table.token_ids(texts))
    batch.vectors.append(encoder.encode_documents(texts, show_progress=progress is not None))
    batch.terms.extend(terms(text) for text in texts)
    if progress is not None:
        progress(len(texts))


def _manifest_to_extend(folder: Path, encoder: Encoder) -> Manifest:
    try:
        manifest = read_manifest(folder)
    except IndexMissing:
        return Manifest(fingerprint_of(encoder))
    if not is_made_by(manifest.maker, encoder):
        raise IndexStale(folder, made_by=str(manifest.maker["model"]), asked_with=encoder.name, model_flag="")
    return manifest


def _changed_sources(files: Iterable[tuple[Path, str]], manifest: Manifest, summary: Summary) -> Iterator[Source]:
    known = {(entry.source, entry.sha256) for entry in manifest.documents}
    names = {entry.source for entry in manifest.documents}
    for path, name in files:
        try:
            documents = parse_file(path, source=name)
        except UnreadableFile as error:
            summary.skipped.append((name, error.reason))
            continue
        for document in documents:
            if (document.source, document.sha256) in known:
                summary.unchanged.append(document.source)
                continue
            (summary.replaced if document.source in names else summary.added).append(document.source)
            yield Source(document, str(path.resolve()))


def _extended(manifest: Manifest, segment: SegmentEntry) -> Manifest:
    names = {document.source for document in segment.documents}
    ids = {document.id for document in segment.documents}
    gone = {entry.id for entry in manifest.documents if entry.source in names or entry.id in ids}
    return replace(manifest, segments=(*_without(manifest, gone).segments, segment))


def _without(manifest: Manifest, document_ids: set[str]) -> Manifest:
    """Drop documents from every segment that holds them; a segment without documents goes."""
    segments = []
    for segment in manifest.segments:
        gone = {document.id for document in segment.documents} & document_ids
        left = replace(segment, dropped=tuple(sorted({*segment.dropped, *gone})))
        if left.live_documents:
            segments.append(left)
    return replace(manifest, segments=tuple(segments))
