"""What has to be known to get the same numbers again: command, commit, date, model, questions, library."""

import hashlib
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eval.types import Provenance, Question
from index.embed import Encoder
from index.fingerprint import fingerprint_of
from index.store import Library

PACKAGE = "report-qa"
ROOT = Path(__file__).parent.parent
CODE = ("index", "qa", "eval")  # what can change a number; a README cannot


def describe_run(library: Library, encoder: Encoder, questions: Sequence[Question], name: str) -> Provenance:
    """Return the provenance of asking these questions, which go by this name, of this library now."""
    answerable = sum(question.is_answerable for question in questions)
    unanswerable = f", {len(questions) - answerable} without an answer" if answerable < len(questions) else ""
    return Provenance(
        command=read_command(),
        commit=read_commit(),
        date=today(),
        model=describe_model(encoder),
        questions=f"{name}: {len(questions)} questions{unanswerable}",
        documents=len(library.documents),
        passages=library.passage_count,
    )


def describe_model(encoder: Encoder) -> str:
    """Return the model's name and eight digits that change when its vectors do."""
    told = fingerprint_of(encoder)
    behaviour = json.dumps([told["dim"], told["text"], told["probe"]])  # its stamp changes whenever a file is touched
    return f"{encoder.name} {hashlib.sha256(behaviour.encode()).hexdigest()[:8]}"


def today() -> str:
    """Return the date, in UTC."""
    return datetime.now(UTC).date().isoformat()


def read_command() -> str:
    """Return the command of this process as one would type it."""
    program = Path(sys.argv[0])
    is_module = program.suffix == ".py" and program.parent.name == "eval"
    return shlex.join([*(["python", "-m", f"eval.{program.stem}"] if is_module else ["qa"]), *sys.argv[1:]])


def read_commit() -> str:
    """Return the commit of the code, with a + where the code differs from it; the version where there is no git."""
    try:
        commit = _git("rev-parse", "--short=10", "HEAD")
        return f"{commit}+" if _git("status", "--porcelain", "--", *CODE) else commit
    except (OSError, subprocess.CalledProcessError):
        try:
            return f"{PACKAGE} {version(PACKAGE)}"
        except PackageNotFoundError:
            return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()
