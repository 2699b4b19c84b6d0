"""Filling the library: add, remove, rebuild. Files are found, read and indexed with a bar for work that takes long."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from index.build import Source, Summary, add_files, build_index, build_report_index, remove_documents
from index.embed import Encoder
from index.errors import BadQuestion, IndexDamaged, IndexMissing, UnreadableFile
from index.parse import BUNDLED_REPORT, parse_file
from index.readers import find_files
from index.store import Library, Manifest, read_manifest
from qa.select import name_fits

# A bar for so many steps: called with what is done and how much there is, it yields a function that takes steps.
Tell = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


def add_paths(folder: Path, encoder: Encoder, paths: Sequence[Path], *, tell: Tell) -> Summary:
    """Add files and what folders hold; unreadable ones are in the summary, with the reason.

    Raises:
        AssistantError: If the index cannot be written (see `index.build.add_files`).
    """
    found, skipped = _find(paths)
    with tell("qa add", len(found)) as step:
        summary = add_files(_counted(found, step), encoder, folder)
    summary.skipped[:0] = skipped
    return summary


def rebuild(folder: Path, encoder: Encoder, paths: Sequence[Path], *, force: bool, tell: Tell) -> Library:
    """Build an index again, of these files, else of those that it was made of, else of the report.

    Raises:
        IndexDamaged: If its manifest cannot be read, so that nobody knows what it held, and `force` is not given.
        UnreadableFile: If none of the files can be read.
    """
    found, skipped = _find(paths) if paths else _known_files(folder, force=force)
    if not found and not skipped:
        return build_report_index(encoder, folder)
    sources: list[Source] = []
    with tell("qa build", len(found)) as step:
        for path, name in _counted(found, step):
            try:
                sources += [Source(document, str(path.resolve())) for document in parse_file(path, source=name)]
            except UnreadableFile as error:
                skipped.append((name, error.reason))
    if not sources:
        raise UnreadableFile(*skipped[0])
    return build_index(sources, encoder, folder, skipped=skipped)


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


def _known_files(folder: Path, *, force: bool) -> tuple[list[tuple[Path, str]], list[tuple[str, str]]]:
    try:
        manifest = read_manifest(folder)
    except IndexMissing:
        return [], []
    except IndexDamaged:
        if not force:
            raise
        return [], []
    return _sources_of(manifest)


def _sources_of(manifest: Manifest) -> tuple[list[tuple[Path, str]], list[tuple[str, str]]]:
    files: dict[Path, str] = {}
    missing = []
    for entry in manifest.documents:
        path = BUNDLED_REPORT if entry.source == BUNDLED_REPORT.name else Path(entry.path or "")
        if entry.path and path.is_file():
            files.setdefault(path, entry.source.split("#")[0])
        else:
            missing.append((entry.source, f"the file is no longer at {entry.path}"))
    return list(files.items()), missing


def _counted(found: Sequence[tuple[Path, str]], step: Callable[[int], None]) -> Iterator[tuple[Path, str]]:
    for item in found:
        yield item
        step(1)
