"""A run's record and the data's manifest in, the model card out."""

import json
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from index.training.own import DATA as OWN_DATA
from index.training.own import QUESTION_COLUMNS, read_table
from index.training.readers import LANGUAGES
from index.training.recipe import Recipe, Stage
from index.training.validate import Validation

GROWN = """

   This model was grown from one that an earlier run of all this had made (`--start`): narrowed to $dim principal axes,
   it was given the words that training texts use most among those which it cut into parts, up to $token_count pieces,
   and their rows were learnt beside its own, which stayed as they were. Each stage ran with two seeds, from the mean of
   the stage before. The time is that of the growing alone. Without `--start` the command makes a model of as many
   pieces from nothing.
$stages"""
CARD_TEMPLATE = Path(__file__).with_name("card.md")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a card says of the run that made the model."""

    recipe: Recipe
    seconds: dict[str, int]
    processes: int
    token_count: int
    validation: list[Validation]
    benchmarks: str
    is_grown: bool = False


def write_card(record: RunRecord, data: Path, folder: Path) -> None:
    """Write `README.md` into the model's folder."""
    manifest: list[dict[str, Any]] = json.loads((data / "manifest.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(render_card(record, manifest), encoding="utf-8")


def render_card(record: RunRecord, manifest: list[dict[str, Any]]) -> str:
    """Fill the template with the run, its results and its sources."""
    recipe = record.recipe
    template = Template(CARD_TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(
        language_list="\n".join(f"- {language}" for language in LANGUAGES),
        token_count=f"{record.token_count:,}",
        dim=recipe.dim,
        seeds=" and ".join(map(str, recipe.trunk_seeds)),
        processes="1 process" if record.processes == 1 else f"{record.processes} processes",
        minutes=_minutes(record.seconds),
        stages="\n".join(_stage_line(stage) for stage in (*recipe.stages, *recipe.branches)),
        batch_sizes=", ".join(f"{size} of kind {kind.value}" for kind, size in recipe.batch_sizes.items()),
        validation="\n".join(
            f"| {result.language} → zh | {result.dense:.3f} | {result.late:.3f} |" for result in record.validation
        ),
        benchmarks=record.benchmarks.strip() or "Not measured in this run.",
        pair_count=f"{sum(entry['pairs'] for entry in manifest):,}",
        sources="\n".join(_source_row(entry) for entry in manifest),
        glossary_count=_row_count("glossary.tsv"),
        branches=" and ".join(f"`{stage.name}`" for stage in recipe.branches),
        start=_growth(record) if record.is_grown else "",
        question_count=_row_count("questions.tsv"),
        english_count=_row_count("questions.tsv", QUESTION_COLUMNS.index("passage_en")),
        lexicon_count=_row_count("lexicon.tsv"),
        paraphrase_count=_row_count("paraphrases.tsv"),
        reading_count=_row_count("readings.tsv"),
    )


def _growth(record: RunRecord) -> str:
    stages = "\n".join(map(_stage_line, record.recipe.growth))
    return Template(GROWN).substitute(dim=record.recipe.dim, token_count=f"{record.token_count:,}", stages=stages)


def _stage_line(stage: Stage) -> str:
    return (
        f"- `{stage.name}`: {stage.steps:,} steps, learning rate {stage.learning_rate}, late "
        f"interaction {stage.late_share:.0%} of the loss"
        + (f", {stage.own_share:.0%} of the batches from questions and lexicon" if stage.own_share else "")
    )


def _source_row(entry: dict[str, Any]) -> str:
    cells = (entry["file"], entry["repo"], entry["langs"], f"{entry['pairs']:,}", entry["licence"])
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _row_count(table: str, column: int = 0) -> str:
    """Count the rows of a table that have something in a column."""
    return f"{sum(bool(row[column]) for row in read_table(OWN_DATA / table)):,}"


def _minutes(seconds: dict[str, int]) -> str:
    parts = ", ".join(f"{part} {spent / 60:.0f}" for part, spent in seconds.items())
    return f"{sum(seconds.values()) / 60:.0f} minutes ({parts})"
