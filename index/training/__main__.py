"""`python -m index.training DATA --out FOLDER`: from open data to the shipped model, in one command."""

import argparse
import json
import logging
import time
from dataclasses import asdict
from pathlib import Path

from index.training.card import RunRecord, write_card
from index.training.export import export_model, quantise, write_checksums
from index.training.prepare import TOKENIZER, Paths, encode_sources, prepare_tokenizer, read_tokenizer, silent_ids
from index.training.readers import VALIDATION_PREFIX, Pair, list_sources, read_pairs
from index.training.recipe import Recipe
from index.training.schedule import log_to, train_model
from index.training.validate import validate

logger = logging.getLogger("index.training")

CLOCK, VALIDATION = "clock.json", "validation.json"


def run(paths: Paths, recipe: Recipe, *, processes: int = 1, benchmarks: str = "") -> None:
    """Train, quantise, export and validate; what a run already has in its work folder is used.

    A run that starts from a finished model gives it more words: pieces for its tokenizer, and rows that are learnt.

    Args:
        paths: The training files, the model's folder, and the run's own folder.
        recipe: All choices of the run.
        processes: How many parts are trained side by side.
        benchmarks: A Markdown table of results for the card, measured by whoever has benchmarks.
    """
    paths.work.mkdir(parents=True, exist_ok=True)
    clock = Clock(paths.work / CLOCK)
    tokenizer = prepare_tokenizer(paths, recipe)
    clock.lap("tokenizer")
    encode_sources(paths, tokenizer)
    clock.lap("corpus")
    model = train_model(paths, recipe, processes=processes)
    clock.lap("training")
    tables = quantise(model, silent_ids=silent_ids(tokenizer))
    export_model(tables, tokenizer, "", paths.out)
    validation = validate(paths.out, _validation_pairs(paths.data))
    clock.lap("export and validation")
    record = RunRecord(
        recipe,
        clock.seconds,
        processes,
        tokenizer.get_vocab_size(),
        validation,
        benchmarks,
        is_grown=paths.start is not None,
    )
    write_card(record, paths.data, paths.out)
    write_checksums(paths.out)
    results = json.dumps([asdict(result) for result in validation], indent=2)
    (paths.work / VALIDATION).write_text(results + "\n", encoding="utf-8")
    logger.info("the model is in %s; %s", paths.out, clock.seconds)


class Clock:
    """Wall time of each part of a run, kept over interruptions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = time.monotonic()
        self.seconds: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def lap(self, part: str) -> None:
        """Add the time since the last lap to a part."""
        now = time.monotonic()
        self.seconds[part] = self.seconds.get(part, 0) + round(now - self._last)
        self._last = now
        self._path.write_text(json.dumps(self.seconds), encoding="utf-8")


def _validation_pairs(data: Path) -> list[Pair]:
    return [pair for path in list_sources(data) if path.name.startswith(VALIDATION_PREFIX) for pair in read_pairs(path)]


def _why_not_grown(start: Path, recipe: Recipe) -> str | None:
    if not (start / TOKENIZER).is_file():
        return f"{start} holds no {TOKENIZER}: give the folder of a finished model as --start"
    if (count := read_tokenizer(start).get_vocab_size()) >= recipe.piece_count:
        most = f"{recipe.piece_count:,}"
        return f"{start} has {count:,} pieces, and the recipe's piece_count is {most}: there is no room for more words"
    return None


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m index.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of training files (see index.training.sources)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument("--work", type=Path, help="folder of checkpoints and log; OUT.work if not given")
    parser.add_argument("--resume", action="store_true", help="go on from what the work folder holds")
    parser.add_argument("--start", type=Path, metavar="MODEL", help="give this finished model more words, instead")
    parser.add_argument("--processes", type=int, default=2, help="parts trained side by side (default: 2)")
    parser.add_argument("--benchmarks", type=Path, help="Markdown table of results for the model card")
    arguments = parser.parse_args()
    work = arguments.work or arguments.out.with_name(arguments.out.name + ".work")
    if work.exists() and any(work.iterdir()) and not arguments.resume:
        parser.error(f"{work} holds an earlier run: give --resume to go on with it, or another --work")
    if arguments.start is not None and (reason := _why_not_grown(arguments.start, Recipe())):
        parser.error(reason)
    work.mkdir(parents=True, exist_ok=True)
    log_to(work)
    benchmarks = arguments.benchmarks.read_text(encoding="utf-8") if arguments.benchmarks else ""
    paths = Paths(arguments.data, arguments.out, work, start=arguments.start)
    run(paths, Recipe(), processes=arguments.processes, benchmarks=benchmarks)


if __name__ == "__main__":
    main()
