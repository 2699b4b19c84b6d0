"""The library that a command works on: opened, or built where nothing is there yet, and checked against its model."""

from collections.abc import Callable
from pathlib import Path

from index.embed import Encoder
from index.errors import IndexMissing, IndexStale
from index.fingerprint import is_made_by
from index.store import REPORT_SOURCE, Library, open_library


def open_or_build(folder: Path, encoder: Encoder, *, model: str | None, tell: Callable[[], None]) -> Library:
    """Open the index of a folder; where there is none, build the report's.

    An index that holds nothing but the report is also built again when another model or another version of the program
    made it: nobody's work is in it.

    Args:
        folder: Where the index is.
        encoder: The model that asks.
        model: What `--model` said, for the message.
        tell: Called before a build, so that the wait is explained.

    Raises:
        IndexDamaged: If a file of the index is missing or is not what was written.
        IndexStale: If another model made it.
    """
    try:
        library = open_library(folder)
    except IndexMissing:
        return _build_report(encoder, folder, tell)
    if is_made_by(library.manifest.maker, encoder):
        return library
    if [entry.source for entry in library.manifest.documents] == [REPORT_SOURCE]:
        return _build_report(encoder, folder, tell)
    flag = f" --model {model}" if model else ""
    raise IndexStale(folder, made_by=str(library.manifest.maker.get("model")), asked_with=encoder.name, model_flag=flag)


def _build_report(encoder: Encoder, folder: Path, tell: Callable[[], None]) -> Library:
    from index.build import build_report_index  # the readers and the parser, which an index that is there needs not

    tell()
    return build_report_index(encoder, folder)
