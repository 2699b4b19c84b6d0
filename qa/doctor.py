"""What is installed, what is loaded and whether it is whole: one finding a line."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from index.embed import BUNDLED_MODEL, load_encoder
from index.errors import AssistantError, IndexMissing
from index.fingerprint import is_made_by
from index.store import check_library, open_library
from qa.config import APP_NAME, Settings

PACKAGES = (APP_NAME, "faiss-cpu", "numpy", "tokenizers", "sentence-transformers", "typer")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; `is_well` is False if something must be done about it."""

    name: str
    finding: str
    is_well: bool = True


def examine(settings: Settings) -> Iterator[Check]:
    """Yield what there is to say about the installation, the model and the index."""
    yield Check("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in PACKAGES:
        yield _package(package)
    yield from _model(settings)
    yield from _index(settings)


def _package(package: str) -> Check:
    try:
        return Check(package, version(package))
    except PackageNotFoundError:
        return Check(
            package, f"not installed; install it with: {sys.executable} -m pip install {package}", is_well=False
        )


def _model(settings: Settings) -> Iterator[Check]:
    if settings.model is None:
        yield _bundled_checksums()
    try:
        encoder = load_encoder(settings.model)
        yield Check("model", f"{encoder.name}, {encoder.dim} dimensions")
    except AssistantError as error:
        yield Check("model", str(error), is_well=False)


def _bundled_checksums() -> Check:
    import hashlib

    sums = BUNDLED_MODEL / "SHA256SUMS"
    if not sums.is_file():
        return Check("model files", f"there is no {sums}", is_well=False)
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, name = line.split(maxsplit=1)
        path = BUNDLED_MODEL / name.lstrip("*")
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            return Check("model files", f"{path} is missing or damaged; install {APP_NAME} again", is_well=False)
    return Check("model files", f"whole, in {BUNDLED_MODEL}")


def _index(settings: Settings) -> Iterator[Check]:
    try:
        wrong = check_library(settings.index)
        for error in wrong:
            yield Check("index", str(error), is_well=False)
        if wrong:
            return
        library = open_library(settings.index)
        encoder = load_encoder(settings.model)
    except IndexMissing:
        yield Check("index", f"none yet in {settings.index}; the first question builds it")
        return
    except AssistantError as error:
        yield Check("index", str(error), is_well=False)
        return
    entries = library.manifest.documents
    lacking = sum(not entry.is_complete for entry in entries)
    size = sum(size for segment in library.manifest.segments for size, _ in segment.files.values())
    yield Check(
        "index",
        f"whole: {len(entries)} document(s), {lacking} incomplete, {library.passage_count} passages, "
        f"{len(library.segments)} segment(s), {size / 2**20:.1f} MiB in {settings.index}",
    )
    is_current = is_made_by(library.manifest.maker, encoder)
    made_by = library.manifest.maker.get("model")
    yield Check("made by", f"{made_by}" if is_current else f"{made_by}: stale, run qa build", is_well=is_current)
