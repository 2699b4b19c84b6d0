"""Everything that can go wrong below the command line, as one tree.

AssistantError
├── UnreadableFile      a document that cannot be read: skipped by a build, and listed
├── IndexMissing        no index where one was expected
├── IndexDamaged        a file of the index is missing or is not what was written
├── IndexStale          the index was made by another model or another chunker
├── IndexEmpty          every document was removed from the index
├── IndexBusy           another process is writing to the index
├── IndexUnwritable     the index cannot be written (disk full, no permission)
├── ModelUnavailable    a model that cannot be loaded
├── UnknownCitation     a citation that resolves to nothing
├── BadQuestion         a question that cannot be asked
└── BadQuestionSet      a question set that cannot be used

Each message says what, where and what to do now, in one line.
"""

from pathlib import Path


class AssistantError(Exception):
    """The root: whatever a person can mend by doing what the message says."""


class UnreadableFile(AssistantError):
    """A document that cannot be read."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")
        self.path = str(path)
        self.reason = reason


class IndexMissing(AssistantError):
    """No index where one was expected."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"there is no index in {folder}; make one with: qa build --index {folder}")
        self.folder = folder


class IndexDamaged(AssistantError):
    """A file of the index is missing or is not what was written."""

    def __init__(self, path: Path, reason: str, *, remedy: str = "mend it with: qa doctor --repair") -> None:
        super().__init__(f"the index is damaged: {path}: {reason}; {remedy}")
        self.path = path
        self.reason = reason


class IndexStale(AssistantError):
    """The index was made by another model or another chunker."""

    def __init__(self, folder: Path, *, made_by: str, asked_with: str, model_flag: str) -> None:
        super().__init__(
            f"the index in {folder} was made by {made_by}, not by {asked_with}; rebuild it with: qa build{model_flag}"
        )
        self.folder = folder


class IndexEmpty(AssistantError):
    """Every document was removed from the index."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"the library in {folder} is empty; add documents with: qa add FILE, or bring back the report that ships "
            "with qa with: qa build"
        )
        self.folder = folder


class IndexBusy(AssistantError):
    """Another process is writing to the index."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another process is writing to the index in {folder}; try again when it has finished")
        self.folder = folder


class IndexUnwritable(AssistantError):
    """The index cannot be written; what was there before is still whole."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"cannot write the index in {folder}: {reason}; the index that was there is unchanged. "
            "Free some space or choose another folder with --index"
        )
        self.folder = folder
        self.reason = reason


class ModelUnavailable(AssistantError):
    """A model that cannot be loaded."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"cannot load the model {name}: {reason}; give a folder that holds the model, or leave --model out "
            "to use the bundled one"
        )
        self.name = name
        self.reason = reason


class UnknownCitation(AssistantError):
    """A citation that resolves to nothing."""

    def __init__(self, citation: str, reason: str) -> None:
        super().__init__(f"unknown citation {citation!r}: {reason}; a citation looks like 0123456789ab:120-260")
        self.citation = citation


class BadQuestion(AssistantError):
    """A question that cannot be asked."""


class BadQuestionSet(AssistantError):
    """A question set that cannot be used."""

    def __init__(self, path: Path | str, reason: str, *, line: int | None = None) -> None:
        place = f"{path}, line {line}" if line else str(path)
        super().__init__(f"the question set {place}: {reason}")
        self.path = str(path)
        self.line = line
