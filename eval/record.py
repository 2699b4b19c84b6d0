"""A report ↔ a JSON file that says how to get the same numbers again, and that a later run can be compared with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from eval.types import Gold, Group, Judged, Outcome, Provenance, Question, Report, Run
from index.errors import BadQuestionSet

FORMAT = 1  # raised when an older file could be misread

RECORDED_HITS = 10  # the deepest cutoff of the measures; benchmarks look at a thousand


def report_to_json(report: Report) -> dict[str, Any]:
    """Return the report as JSON can hold it: provenance, measures, every outcome."""
    return {
        "format": FORMAT,
        "name": report.run.name,
        "provenance": asdict(report.run.provenance),
        "measures": {
            "all": _group_to_json(report.overall),
            "languages": {group.name: _group_to_json(group) for group in report.languages},
            "kinds": {group.name: _group_to_json(group) for group in report.kinds},
        },
        "evidence": report.evidence and asdict(report.evidence),
        "citations": report.citations and asdict(report.citations),
        "refusing": report.refusing and asdict(report.refusing),
        "milliseconds": report.milliseconds,
        "outcomes": [asdict(replace(outcome, hits=outcome.hits[:RECORDED_HITS])) for outcome in report.run.outcomes],
    }


def reports_to_json(reports: Sequence[Report]) -> str:
    """Return one report as an object, several as a list."""
    objects = [report_to_json(report) for report in reports]
    return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=1)


def read_run(path: Path) -> Run:
    """Read the run of a recorded report; of several, the last.

    Raises:
        BadQuestionSet: If the file is not one that `reports_to_json` wrote.
    """
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))
        last = recorded[-1] if isinstance(recorded, list) else recorded
        if last["format"] != FORMAT:
            raise ValueError(f"format {last['format']}, not {FORMAT}")
        return Run(
            last["name"], Provenance(**last["provenance"]), tuple(_read_outcome(fields) for fields in last["outcomes"])
        )
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        raise BadQuestionSet(path, f"is not a recorded evaluation: {error!r}") from error


def _read_outcome(fields: Mapping[str, Any]) -> Outcome:
    question = fields["question"]
    gold = tuple(
        Gold(**{**place, "pages": tuple(place["pages"]), "section": tuple(place["section"])})
        for place in question["gold"]
    )
    hits = tuple(Judged(**hit) for hit in fields["hits"])
    return Outcome(**{**fields, "question": Question(**{**question, "gold": gold}), "hits": hits})


def _group_to_json(group: Group) -> dict[str, Any]:
    return {"questions": group.count} | {name: asdict(measure) for name, measure in group.measures.items()}
