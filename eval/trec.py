"""A run → the two files that `trec_eval`, `ir_measures` and every other tool of the field read.

`.run`: question Q0 passage rank score name. `.qrels`: question 0 passage gain. The score written is 1 / rank: the
tools sort by it and break ties their own way, and ranks have no ties.
"""

from pathlib import Path

from eval.types import Run

RUN_SUFFIX = ".run"
QRELS_SUFFIX = ".qrels"


def write_trec(run: Run, folder: Path) -> tuple[Path, Path]:
    """Write the answerable questions' hits and right passages; return the paths of the run and of the qrels.

    A question none of whose quotes is whole in any passage gets a line for a passage that does not exist, so that the
    tools count it as zero and do not leave it out.
    """
    name = "-".join(run.name.split())
    outcomes = [outcome for outcome in run.outcomes if outcome.question.is_answerable]
    hits = [
        f"{outcome.question.id} Q0 {hit.passage} {hit.rank} {1 / hit.rank!r} {name}"
        for outcome in outcomes
        for hit in outcome.hits
    ]
    judgements = [
        f"{outcome.question.id} 0 {passage} {gain}"
        for outcome in outcomes
        for passage, gain in (outcome.relevant or {"cut-apart": 1}).items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    run_path, qrels_path = folder / f"{name}{RUN_SUFFIX}", folder / f"{name}{QRELS_SUFFIX}"
    run_path.write_text("".join(f"{line}\n" for line in hits), encoding="utf-8")
    qrels_path.write_text("".join(f"{line}\n" for line in judgements), encoding="utf-8")
    return run_path, qrels_path
