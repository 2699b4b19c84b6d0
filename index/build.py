"""Documents become an index: cut, embed, write. Adding, replacing and removing write new segments, never old ones."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import numpy as np

from index.changes import Changes, KeptVectors, Progress, Source, Summary
from index.chunk import chunk_document
from index.context import all_ids, indexed_text, part_ids, whole_text
from index.embed import Encoder, FloatMatrix, TokenIds, averages_tokens
from index.errors import IndexMissing, IndexStale
from index.fingerprint import fingerprint_of, is_made_by
from index.merge import merge_segments, plan_merge
from index.parse import BUNDLED_REPORT, parse_file
from index.store import (
    Batch,
    Library,
    Manifest,
    open_library,
    read_manifest,
    write_manifest,
    write_segment,
    writing,
)
from index.types import Document, Passage
from index.words import terms_and_runs

__all__ = ["Source", "Summary", "add_files", "build_index", "build_report_index", "remove_documents"]

# Passages a segment: what a build holds in memory at once (32,768 × 512 × 4 bytes of vectors: 64 MiB; twice as much of
# text, token ids and postings; and as much again while the postings are put in order).
SEGMENT_PASSAGES = 32_768
SEGMENT_SECONDS = 60  # after so long a segment is written whatever its size: what a killed build loses at the most
EMBEDDED_PASSAGES = 1_024  # passages embedded at once: the tokenizer's batch
REPORT_WAIT_SECONDS = 20  # for another first question to have built the report's index: it takes one second

Chunker = Callable[[Document], list[Passage]]


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
        skipped: Files that could not be read, with the reason, to be remembered; read after the documents.
        progress: Called with the number of passages embedded since the last call.

    Raises:
        IndexBusy: If another process writes to the folder.
        IndexUnwritable: If the folder cannot be written.
    """
    with writing(folder):
        maker = fingerprint_of(encoder)
        segments = [write_segment(folder, batch) for batch, _ in batches(documents, encoder, chunk, progress=progress)]
        write_manifest(folder, compacted(folder, Manifest(maker, tuple(segments), tuple(skipped))))
    return open_library(folder)


def build_report_index(encoder: Encoder, folder: Path) -> Library:
    """Build the index of the report that ships with the project.

    Raises:
        IndexBusy: If another process writes to the folder, and goes on doing so.
        IndexUnwritable: If the folder cannot be written.
    """
    document = parse_file(BUNDLED_REPORT)[0]
    with writing(folder, timeout_seconds=REPORT_WAIT_SECONDS):
        [(batch, _)] = batches([Source(document, str(BUNDLED_REPORT))], encoder, chunk_document)
        write_manifest(folder, Manifest(fingerprint_of(encoder), (write_segment(folder, batch),)))
    return open_library(folder)


def add_files(
    files: Iterable[tuple[Path, str]], encoder: Encoder, folder: Path, *, progress: Progress | None = None
) -> Summary:
    """Add files, given as (path, source name), to an index that may not exist yet.

    A file whose bytes are in the index already changes nothing; one that is there with other bytes replaces what it
    was. Each batch becomes part of the index as soon as it is written, so an interrupted run keeps what it did, and the
    next one goes on from there.

    Args:
        files: What to add.
        encoder: The model that made the index.
        folder: Where the index is.
        progress: Called with the number of bytes read since the last call.

    Raises:
        IndexBusy: If another process writes to the folder.
        IndexStale: If another model made the index.
        IndexUnwritable: If the folder cannot be written; what was there is still there.
    """
    with writing(folder):
        library = _library_to_extend(folder, encoder)
        manifest = library.manifest if library is not None else Manifest(fingerprint_of(encoder))
        changes = Changes(library, progress)
        for batch, replaced in batches(changes.sources(files), encoder, chunk_document, kept=changes.kept):
            segment = write_segment(folder, batch)
            left = without(manifest, replaced)
            manifest = compacted(folder, replace(left, segments=(*left.segments, segment)))
            write_manifest(folder, manifest)
        done = _with_skipped(without(manifest, changes.vanished), changes.summary)
        if done != manifest or library is None:
            write_manifest(folder, done)
    return changes.summary


def remove_documents(folder: Path, document_ids: Iterable[str]) -> None:
    """Take documents out of an index; one without documents stays an index, and stays empty.

    Raises:
        IndexBusy: If another process writes to the folder.
        IndexMissing: If there is no index.
        IndexUnwritable: If the folder cannot be written.
    """
    read_manifest(folder)  # so that a folder without an index does not get a lock
    with writing(folder):
        write_manifest(folder, compacted(folder, without(read_manifest(folder), set(document_ids))))


def batches(
    documents: Iterable[Document | Source],
    encoder: Encoder,
    chunk: Chunker,
    *,
    kept: KeptVectors | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[Batch, set[str]]]:
    """Cut and embed documents, in batches of about a segment; a document is never split between two.

    While passages are embedded, the next documents are read and cut. At Ctrl-C what has been read until then is handed
    out as the last batch.

    Yields:
        A batch, and the ids of the documents that its documents replace.

    Raises:
        KeyboardInterrupt: After the last batch, if there was a Ctrl-C.
    """
    with ThreadPoolExecutor(1) as embedder, _noticing_interrupts() as interrupted:
        collected = _Collected(encoder, kept or KeptVectors(), embedder, progress)
        seen: set[str] = set()
        for item in documents:
            source = item if isinstance(item, Source) else Source(item)
            if source.document.id in seen:
                continue
            seen.add(source.document.id)
            collected.add(source, chunk(source.document))
            if collected.is_full:
                yield collected.take()
            if interrupted.is_set():
                break
        if collected.batch.documents:
            yield collected.take()
        if interrupted.is_set():
            raise KeyboardInterrupt


@contextmanager
def _noticing_interrupts() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C of the block into an event; the second one is what it always is."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # which alone hears of signals
        yield interrupted
        return

    def notice(_number: int, _frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


class _Collected:
    """A batch that is being filled: passages are embedded, some at a time, while the next ones come."""

    def __init__(
        self, encoder: Encoder, kept: KeptVectors, embedder: ThreadPoolExecutor, progress: Progress | None
    ) -> None:
        self._encoder = encoder
        self._kept = kept
        self._embedder = embedder
        self._progress = progress or (lambda _: None)
        self._running: Future[tuple[list[TokenIds], FloatMatrix]] | None = None
        self._start_again()

    def _start_again(self) -> None:
        self.batch = Batch()
        self._replaced: set[str] = set()
        self._count = 0
        self._since = time.monotonic()
        self._texts: list[str] = []

    def add(self, source: Source, passages: list[Passage]) -> None:
        """Add a document and its passages."""
        self.batch.documents.append(source.document)
        self.batch.paths.append(source.path)
        self.batch.lines.append(source.line)
        self.batch.passages.append(passages)
        self._replaced.update(source.replaces)
        self._texts += [indexed_text(source.document, passage) for passage in passages]
        self._count += len(passages)
        if len(self._texts) >= EMBEDDED_PASSAGES:
            self._embed()

    @property
    def is_full(self) -> bool:
        """Whether it is time to write the batch."""
        return self._count >= SEGMENT_PASSAGES or time.monotonic() - self._since > SEGMENT_SECONDS

    def take(self) -> tuple[Batch, set[str]]:
        """Finish the batch, return it with the ids that it replaces, and start the next."""
        self._embed()
        self._collect()
        done = self.batch, self._replaced
        self._start_again()
        return done

    def _embed(self) -> None:
        texts, self._texts = self._texts, []
        known = [self._kept.find(text) for text in texts]
        self._collect()
        self._running = self._embedder.submit(_embed, self._encoder, texts, known)
        found = [terms_and_runs(text) for text in texts]
        self.batch.terms.extend([terms for terms, _ in found], [runs for _, runs in found])

    def _collect(self) -> None:
        if self._running is not None:
            ids, vectors = self._running.result()
            self.batch.token_ids += ids
            self.batch.vectors.append(vectors)
            self._progress(len(ids))
        self._running = None


def _embed(
    encoder: Encoder, texts: Sequence[str], known: Sequence[tuple[TokenIds, FloatMatrix] | None]
) -> tuple[list[TokenIds], FloatMatrix]:
    """Return token ids and vectors of some texts, of which some are known already."""
    new = [text for text, found in zip(texts, known, strict=True) if found is None]
    new_ids = part_ids(encoder.table, new) if new else []
    if averages_tokens(encoder):  # it would cut the texts into tokens once more
        new_vectors = encoder.table.pool(all_ids(new_ids))
    else:
        whole = [whole_text(text) for text in new]
        new_vectors = encoder.encode_documents(whole) if new else np.zeros((0, encoder.dim), np.float32)
    if len(new) == len(texts) and new:
        return new_ids, new_vectors
    ids: list[TokenIds] = []
    vectors = np.zeros((len(texts), encoder.dim), dtype=np.float32)
    fresh = iter(range(len(new)))
    for row, found in enumerate(known):
        number = next(fresh) if found is None else -1
        ids.append(new_ids[number] if found is None else found[0])
        vectors[row] = new_vectors[number] if found is None else found[1][0]
    return ids, vectors


def compacted(folder: Path, manifest: Manifest) -> Manifest:
    """Merge segments until nothing is left to merge; the manifest is not written."""
    while (span := plan_merge(manifest.segments)) is not None:
        merged = merge_segments(folder, manifest.segments[span])
        segments = (*manifest.segments[: span.start], merged, *manifest.segments[span.stop :])
        manifest = replace(manifest, segments=segments)
    return manifest


def without(manifest: Manifest, document_ids: set[str]) -> Manifest:
    """Drop documents from every segment that holds them; a segment without documents goes."""
    if not document_ids:
        return manifest
    segments = []
    for segment in manifest.segments:
        gone = {segment.documents[int(ordinal)].id for ordinal in segment.ordinals_of(document_ids)}
        left = replace(segment, dropped=tuple(sorted({*segment.dropped, *gone})))
        if len(left.dropped) < len(left.documents):
            segments.append(left)
    return replace(manifest, segments=tuple(segments))


def _library_to_extend(folder: Path, encoder: Encoder) -> Library | None:
    try:
        library = open_library(folder)
    except IndexMissing:
        return None
    if not is_made_by(library.manifest.maker, encoder):
        made_by = str(library.manifest.maker["model"])
        raise IndexStale(folder, made_by=made_by, asked_with=encoder.name, model_flag="")
    return library


def _with_skipped(manifest: Manifest, summary: Summary) -> Manifest:
    """Remember what was skipped, and forget it of what has been read since."""
    read = {*summary.added, *summary.replaced, *summary.unchanged}
    known = {source: reason for source, reason in manifest.skipped if source not in read}
    return replace(manifest, skipped=tuple((known | dict(summary.skipped)).items()))
