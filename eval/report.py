"""Reports and comparisons → tables that a person can read on 80 columns, Chinese included."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text

from eval.compare import Comparison
from eval.types import Group, Measure, Outcome, Report

WORST_COUNT = 5
CHANGES_COUNT = 10
TABLE_MEASURES = ("success@3", "success@5", "success@10", "MRR@10", "nDCG@10")
BENCHMARK_MEASURES = ("success@3", "success@10", "MRR@10", "nDCG@10", "AP")
SUCCESS_NOTE = (
    "success@k: a right passage is among the first k. Recall@k, the share of all right passages: {recalls}. "
    "Brackets: 95 %, bootstrap over facts (Wilson where all or none succeed)."
)


def print_report(report: Report, console: Console) -> None:
    """Print everything that one run shows: provenance, retrieval, answers, refusing, the worst questions."""
    for part in (
        *_head(report),
        _retrieval_table(report),
        _answers_table(report),
        _worst(report.run.outcomes),
    ):
        console.print(part)


def print_comparisons(comparisons: Sequence[Comparison], reports: Sequence[Report], console: Console) -> None:
    """Print configurations side by side, each tested against the one that the comparisons start from."""
    table = _table("configuration")
    for name in ("success@1", "MRR@10", "Δ MRR@10", "p", "+ / = / −"):
        table.add_column(name, justify="right", no_wrap=True)
    by_name = {comparison.after: comparison for comparison in comparisons}
    for report in reports:
        measures = report.overall.measures
        row = [report.run.name, _short_measure(measures["success@1"]), _short_number(measures["MRR@10"].value)]
        if compared := by_name.get(report.run.name):
            span = f"{_short_number(compared.interval.low, '+.2f')} {_short_number(compared.interval.high, '+.2f')}"
            row += [f"{_short_number(compared.difference, '+.3f')} [{span}]", _p(compared.p)]
            row.append(f"{compared.wins}/{compared.ties}/{compared.losses}")
        table.add_row(*(Text(cell) for cell in row))
    note = "p: randomisation test over facts, adjusted for the number of tests (Holm). + / = / −: questions."
    console.print(_titled(f"Each against {comparisons[0].before}", table, Text(note, "dim")))


def print_benchmarks(reports: Sequence[Report], console: Console) -> None:
    """Print benchmarks one below the other, each with its configuration and how deep it looked."""
    table = _table("benchmark")
    for name in ("n", "success@1", "@3", "@10", "MRR@10", "nDCG@10", "AP"):
        table.add_column(name, justify="right", no_wrap=True)
    for report in reports:
        measures = report.overall.measures
        others = (_short_number(measures[name].value) for name in BENCHMARK_MEASURES)
        table.add_row(Text(report.run.name), str(report.overall.count), _short_measure(measures["success@1"]), *others)
        for group in report.languages if len(report.languages) > 1 else ():
            others = (_short_number(group.measures[name].value) for name in BENCHMARK_MEASURES)
            table.add_row(f"  {group.name}", str(group.count), _short_measure(group.measures["success@1"]), *others)
    provenance = reports[-1].run.provenance
    note = f"model {provenance.model} · commit {provenance.commit} · {provenance.date}\n$ {provenance.command}"
    console.print(_titled("Benchmarks", table, Text(note, "dim")))


def print_changes(comparison: Comparison, console: Console) -> None:
    """Print the questions that changed most between two runs."""
    table = _table("question")
    table.add_column("lang")
    table.add_column("1/rank", justify="right", no_wrap=True)
    for change in comparison.changes[:CHANGES_COUNT]:
        scores = f"{change.before:.2f} → {change.after:.2f}"
        table.add_row(Text(change.question.text), Text(change.question.lang), Text(scores))
    title = f"Changed questions, {comparison.before} → {comparison.after}"
    console.print(_titled(title, table if comparison.changes else Text("No question changed.")))
    if (more := len(comparison.changes) - CHANGES_COUNT) > 0:
        console.print(Text(f"… and {more} more, in --json and --html", "dim"))


def worst_outcomes(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the answerable questions whose right passage did not come first, those never found before the others."""
    missed = [outcome for outcome in outcomes if outcome.question.is_answerable and outcome.rank != 1]
    return sorted(missed, key=lambda outcome: -(outcome.rank or len(outcome.hits) + 1))


def answer_rows(report: Report) -> list[tuple[str, Measure | float]]:
    """Return what there is to say of answers and refusals: a sentence and its number, each."""
    rows: list[tuple[str, Measure | float | None]] = [
        ("the right sentence is marked, where the first passage is right", report.evidence),
        ("a citation's pages, section and span lead back to its quote", report.citations),
    ]
    if refusing := report.refusing:
        rows += [
            ("an unanswerable question is refused (recall)", refusing.recall),
            *((f"  of the kind {kind}", share) for kind, share in refusing.recall_by_kind.items()),
            ("a refusal is owed (precision)", refusing.precision),
            ("an answerable question is answered", refusing.answered),
            ("AUROC, answerable against not", refusing.auroc),
            ("AUROC, answer on screen against not", refusing.auroc_right),
            ("area under risk-coverage (lower is better)", refusing.aurc),
            ("calibration error (lower is better)", refusing.calibration_error),
            ("Brier score (lower is better)", refusing.brier),
        ]
    return [(name, value) for name, value in rows if value is not None]


def format_measure(value: Measure | float) -> str:
    """Return a number with three places, and its interval if it has one: "0.912 [0.87 0.95]"."""
    if isinstance(value, Measure):
        return f"{value.value:.3f} [{value.interval.low:.2f} {value.interval.high:.2f}]"
    return f"{value:.3f}"


def _head(report: Report) -> Iterator[RenderableType]:
    provenance = report.run.provenance
    yield Text(provenance.questions, "bold")
    yield Text(
        f"{report.run.name} · model {provenance.model} · {provenance.documents} documents, "
        f"{provenance.passages} passages · commit {provenance.commit} · {provenance.date}",
        "dim",
    )
    yield Text(f"$ {provenance.command}", "dim")


def _retrieval_table(report: Report) -> RenderableType:
    table = _table("questions")
    for name in ("n", "success@1", "@3", "@5", "@10", "MRR@10", "nDCG@10"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(*_retrieval_row(report.overall), style="bold", end_section=True)
    for groups in (report.languages, report.kinds):
        for group in groups if len(groups) > 1 else ():
            table.add_row(*_retrieval_row(group), end_section=group is groups[-1])
    return _titled("Is the right passage found?", table, _note(report))


def _retrieval_row(group: Group) -> list[Text]:
    first = format_measure(group.measures["success@1"])
    others = (format_measure(group.measures[name].value) for name in TABLE_MEASURES)
    return [Text(cell) for cell in (group.name, str(group.count), first, *others)]


def _note(report: Report) -> Text:
    measures = report.overall.measures
    recalls = ", ".join(f"@{k} {format_measure(measures[f'recall@{k}'].value)}" for k in (1, 3, 5, 10))
    return Text(SUCCESS_NOTE.format(recalls=recalls), "dim")


def _answers_table(report: Report) -> RenderableType:
    table = _table("")
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    for name, value in answer_rows(report):
        count = str(value.count) if isinstance(value, Measure) else ""
        table.add_row(Text(name), count, Text(format_measure(value)))
    speed = Text(f"A question takes {report.milliseconds:.1f} ms (median).", "dim")
    return _titled("Are answers exact, and refusals owed?", table, speed) if table.row_count else speed


def _worst(outcomes: Sequence[Outcome]) -> RenderableType:
    missed = worst_outcomes(outcomes)
    if not missed:
        return Text("Every right passage came first.")
    table = _table("rank")
    table.add_column("")
    table.add_column("question", overflow="fold")
    for outcome in missed[:WORST_COUNT]:
        returned = _short(outcome.hits[0].text) if outcome.hits else "nothing"
        table.add_row(str(outcome.rank or f">{len(outcome.hits)}"), outcome.question.lang, Text(outcome.question.text))
        table.add_row("", "wanted", Text(_short(outcome.question.gold[0].quote), "green"))
        table.add_row("", "returned", Text(returned, "red"), end_section=True)
    return _titled(f"The worst of {len(missed)} questions whose right passage did not come first", table)


def _table(first_column: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 0, 0, 1), pad_edge=False)
    table.add_column(first_column, overflow="fold")
    return table


def _titled(title: str, *below: RenderableType) -> Lines:
    return Lines(Text(f"\n{title}", "bold"), *below)


def _short_measure(measure: Measure) -> str:
    low, high = (_short_number(end, ".2f") for end in (measure.interval.low, measure.interval.high))
    return f"{_short_number(measure.value)} [{low} {high}]"


def _short_number(value: float, form: str = ".3f") -> str:
    """Return a number below 1 without the zero before its point, as tables of the field have it."""
    return format(value, form).replace("0.", ".", 1).replace("1.00", "1.0")


def _p(value: float) -> str:
    return _short_number(value) if value >= 0.001 else "<.001"


def _short(text: str, limit: int = 100) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= limit else f"{joined[:limit]}…"
