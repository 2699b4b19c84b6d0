"""Files and folders that a person names to the files in them, in one order, with what is left out and why.

Policy: a path that a person names is taken as it is, be it a link. Inside a folder no link is followed, so nothing
outside the folder is ever read; hidden entries are passed over; everything else that is not read is listed.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LOCK_FILE_PREFIX = "~$"  # what Word leaves beside a document that is open


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read, or an entry that is skipped.

    Attributes:
        path: Where it is.
        source: Its name, or its path relative to the folder that was named, with `/`; never climbs out, always UTF-8.
        skipped_because: Why it is not to be read; None if it is.
    """

    path: Path
    source: str
    skipped_because: str | None = None


def find_files(paths: Iterable[Path]) -> Iterator[FoundFile]:
    """Find the files under each path, in the order given, and by name inside folders; a file found twice comes once."""
    seen: set[tuple[int, int] | Path] = set()
    for path in paths:
        for found in _find_under(path):
            if found.skipped_because is None:
                identity = _identity(found.path)
                if identity in seen:
                    continue
                seen.add(identity)
            yield found


def _identity(path: Path) -> tuple[int, int] | Path:
    try:
        status = path.stat()
    except OSError:  # gone since it was listed: reading it will say so
        return path
    return status.st_dev, status.st_ino


def _find_under(path: Path) -> Iterator[FoundFile]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield FoundFile(path, _printable(path.name), f"{error.strerror or error}")
        return
    except ValueError as error:
        yield FoundFile(path, _printable(path.name), f"no file can have that name ({error})")
        return
    if not stat.S_ISDIR(mode):
        yield FoundFile(path, _printable(path.name), None if stat.S_ISREG(mode) else _special(mode))
        return
    folders = [path]
    while folders:
        folder = folders.pop()
        inner = []
        for entry in _list_folder(folder, path):
            if isinstance(entry, FoundFile):
                yield entry
            else:
                inner.append(entry)
        folders += reversed(inner)


def _list_folder(folder: Path, root: Path) -> Iterator[FoundFile | Path]:
    """Yield the files of one folder, then the folders in it as paths."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not _is_hidden(entry.name))
    except OSError as error:
        yield FoundFile(folder, _source(folder, root), f"{error.strerror or error}; check the permissions")
        return
    inner = []
    for path in (folder / name for name in names):
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            yield FoundFile(path, _source(path, root), f"{error.strerror or error}")
            continue
        if stat.S_ISDIR(mode):
            inner.append(path)
        else:
            yield FoundFile(path, _source(path, root), None if stat.S_ISREG(mode) else _special(mode))
    yield from inner


def _special(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "it is a link, and links inside folders are not followed; name its target to add it"
    return "it is a device, a pipe or a socket, not a file"


def _is_hidden(name: str) -> bool:
    return name.startswith((".", LOCK_FILE_PREFIX)) or name == "__MACOSX"


def _source(path: Path, root: Path) -> str:
    return _printable(path.relative_to(root).as_posix() if path != root else path.name)


def _printable(name: str) -> str:
    """Return the name with bytes that are no UTF-8 replaced: such a name could be neither stored nor printed."""
    return os.fsencode(name).decode("utf-8", "replace")
