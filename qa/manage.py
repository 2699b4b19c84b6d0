"""Filling the library: add, remove, rebuild. Files are found, read and indexed with a bar for work that takes long."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path

from index.build import add_files, build_index, build_report_index, remove_documents
from index.changes import Changes, Source, Summary
from index.embed import Encoder
from index.errors import BadQuestion, IndexDamaged, IndexMissing, UnreadableFile
from index.readers import find_files
from index.repair import Repair, known_sources, repair_index
from index.store import Library, Manifest, read_manifest, salvage_manifest
from qa.select import name_fits

KIB = 1024

# A bar for so many steps: called with what is done and how much there is, it yields a function that takes steps.
Tell = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


def add_paths(folder: Path, encoder: Encoder, paths: Sequence[Path], *, tell: Tell) -> Summary:
    """Add files and what folders hold; unreadable ones are in the summary, with the reason.

    Raises:
        AssistantError: If the index cannot be written (see `index.build.add_files`).
    """
    found, skipped = _find(paths)
    with tell("qa add (KiB)", sum(_size_of(path) for path, _ in found) // KIB) as step:
        summary = add_files(found, encoder, folder, progress=_in_kib(step))
    summary.skipped[:0] = skipped
    return summary


def rebuild(folder: Path, encoder: Encoder, paths: Sequence[Path], *, force: bool, tell: Tell) -> Library:
    """Build an index again, of these files, else of everything that it holds, else of the report.

    A document whose file is gone stays, from the text that the index stores.

    Raises:
        IndexDamaged: If its manifest cannot be read, so that it is not sure what it held, and `force` is not given.
        UnreadableFile: If none of the files can be read.
    """
    if paths:
        found, skipped = _find(paths)
        total = sum(_size_of(path) for path, _ in found) // KIB
        with tell("qa build (KiB)", total) as step:
            changes = Changes(None, _in_kib(step))
            changes.summary.skipped += skipped
            sources = _require_one(changes.sources(found), changes.summary.skipped)
            return build_index(sources, encoder, folder, skipped=changes.summary.skipped)
    manifest = _known_manifest(folder, force=force)
    if manifest is None or not manifest.segments:
        return build_report_index(encoder, folder)
    skipped = list(manifest.skipped)
    with tell("qa build", sum(len(segment.documents) for segment in manifest.segments)) as step:
        return build_index(known_sources(folder, manifest, skipped, step=step), encoder, folder, skipped=skipped)


def remove_named(folder: Path, names: Sequence[str]) -> list[str]:
    """Remove the documents that these names mean; return their titles.

    Raises:
        BadQuestion: If a name means no document, or several.
        IndexMissing: If there is no index.
    """
    entries = read_manifest(folder).documents
    gone = []
    for name in names:
        meant = [entry for entry in entries if name_fits(entry, name)]
        exact = [entry for entry in meant if name in (entry.id, entry.source, entry.title)] or meant
        if len(exact) != 1:
            count = "no document" if not exact else f"{len(exact)} documents"
            raise BadQuestion(f"{name!r} means {count}; name one by its id, as qa list shows it")
        gone += exact
    remove_documents(folder, {entry.id for entry in gone})
    return [entry.title for entry in gone]


def _find(paths: Sequence[Path]) -> tuple[list[tuple[Path, str]], list[tuple[str, str]]]:
    """Return the files of some paths as (path, source name), and what was passed over, with the reason."""
    found: list[tuple[Path, str]] = []
    skipped: list[tuple[str, str]] = []
    for file in find_files(paths):
        if file.skipped_because is None:
            found.append((file.path, file.source))
        else:
            skipped.append((file.source, file.skipped_because))
    return found, skipped


def repair(folder: Path, encoder: Encoder, *, tell: Tell) -> Repair:
    """Make a damaged index whole again; see `index.repair.repair_index`.

    Raises:
        IndexMissing: If there is no index.
    """
    with tell("qa doctor (passages)", 0) as step:
        return repair_index(folder, encoder, step=step)


def _known_manifest(folder: Path, *, force: bool) -> Manifest | None:
    try:
        return read_manifest(folder)
    except IndexMissing:
        return None
    except IndexDamaged:
        if not force:
            raise
    try:
        return salvage_manifest(folder)
    except IndexMissing:
        return None


def _require_one(sources: Iterator[Source], skipped: Sequence[tuple[str, str]]) -> Iterator[Source]:
    first = next(sources, None)
    if first is None:
        raise UnreadableFile(*(skipped[0] if skipped else ("the given paths", "there is no file")))
    return chain([first], sources)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # gone since it was found: reading it says so
        return 0


def _in_kib(step: Callable[[int], None]) -> Callable[[int], None]:
    """Return a function that takes bytes and steps in KiB, losing none."""
    rest = 0

    def take(size: int) -> None:
        nonlocal rest
        rest += size
        step(rest // KIB)
        rest %= KIB

    return take
