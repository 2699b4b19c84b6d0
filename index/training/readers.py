"""The training files in, pairs of texts out; each file is one source, in the order of its lines.

Knows the two formats that `shared/training/README.md` describes, and nothing of their use.
"""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("zh", "en", "ja", "ko", "ru", "de", "fr", "es", "vi", "ar")
VALIDATION_PREFIX = "ntrex_"  # the only source that is held out of training


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that mean the same, or a question and the passage that answers it."""

    left_language: str
    left: str
    right_language: str
    right: str


def list_sources(folder: Path) -> list[Path]:
    """List the training files of a folder, by name.

    Raises:
        FileNotFoundError: If there is none.
    """
    paths = sorted([*folder.glob("*/*.tsv.xz"), *folder.glob("qa/*.jsonl.xz")])
    if not paths:
        raise FileNotFoundError(
            f"no */*.tsv.xz and no qa/*.jsonl.xz in {folder}: name the folder that "
            "`python -m index.training.sources` filled"
        )
    return paths


def source_name(path: Path) -> str:
    """Name a source by its file, without suffixes: `parallel/gwr_zh_en.tsv.xz` is `gwr_zh_en`."""
    return path.name.split(".")[0]


def read_pairs(path: Path) -> Iterator[Pair]:
    """Read the pairs of one file, in its order; lines that are not whole are left out."""
    reader = _read_questions if path.name.endswith(".jsonl.xz") else _read_table
    yield from reader(path)


def _read_table(path: Path) -> Iterator[Pair]:
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 4 and fields[1].strip() and fields[3].strip():
                yield Pair(*fields)


def _read_questions(path: Path) -> Iterator[Pair]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            language = record["lang"]
            yield Pair(language, record["question"], language, record["passage"])
