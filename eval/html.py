"""Reports and comparisons → one HTML file that opens from disk without a network, its figures inside it.

Numbers are drawn by matplotlib; text stays text (`svg.fonttype: none`), so the reader's browser shows every script.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from eval.compare import Comparison
from eval.report import answer_rows, format_measure, worst_outcomes
from eval.types import Group, Judged, Measure, Outcome, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TEMPLATE = Path(__file__).parent / "templates" / "report.html"
WORST_COUNT = 30
CHANGES_COUNT = 50
INK, ACCENT, DIM = "#1d2733", "#2f6fab", "#9aa8b5"
RETRIEVAL_COLUMNS = (
    *("success@1", "success@3", "success@5", "success@10"),
    *("recall@1", "recall@3", "recall@5", "recall@10", "MRR@10", "nDCG@10"),
)


def write_html(reports: Sequence[Report], comparisons: Sequence[Comparison], path: Path) -> None:
    """Write the first report in full, and all of them side by side where there are several."""
    report = reports[0]
    provenance = report.run.provenance
    page = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(provenance.questions),
        provenance=escape(
            f"{report.run.name} · model {provenance.model} · {provenance.documents} documents, "
            f"{provenance.passages} passages · commit {provenance.commit} · {provenance.date}"
        ),
        command=escape(provenance.command),
        sections="\n".join(_sections(report, reports, comparisons)),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _sections(report: Report, reports: Sequence[Report], comparisons: Sequence[Comparison]) -> Iterator[str]:
    if len(reports) > 1:
        yield "<h2>Configurations</h2>"
        yield draw_bars({one.run.name: one.overall.measures["success@1"] for one in reports}, "success@1")
    if comparisons:
        yield _comparisons_table(comparisons)
    yield "<h2>Is the right passage found?</h2>"
    if len(report.languages) > 1:
        yield draw_bars(
            {f"{group.name} ({group.count})": group.measures["success@1"] for group in report.languages},
            "success@1 by language of the question",
        )
    yield _retrieval_table([report.overall, *report.languages, *report.kinds])
    yield from _answer_sections(report)
    for comparison in comparisons if len(comparisons) == 1 else ():
        yield f"<h2>Changed questions, {escape(comparison.before)} → {escape(comparison.after)}</h2>"
        yield _changes_table(comparison)
    missed = worst_outcomes(report.run.outcomes)
    yield f"<h2>The worst questions ({len(missed)} whose right passage did not come first)</h2>"
    yield from (_worst(outcome) for outcome in missed[:WORST_COUNT])


def _answer_sections(report: Report) -> Iterator[str]:
    yield "<h2>Are answers exact, and refusals owed?</h2>"
    yield _html_table(
        ("", "n", "value"),
        (
            (name, str(value.count) if isinstance(value, Measure) else "", format_measure(value))
            for name, value in answer_rows(report)
        ),
    )
    if report.refusing:
        yield draw_risk_coverage(report)


def draw_bars(measures: dict[str, Measure], title: str) -> str:
    """Return a figure of horizontal bars with their intervals, the first on top."""
    from matplotlib.figure import Figure

    names = list(measures)
    values = [measure.value for measure in measures.values()]
    errors = [
        [max(0.0, measure.value - measure.interval.low) for measure in measures.values()],
        [max(0.0, measure.interval.high - measure.value) for measure in measures.values()],
    ]
    figure = Figure(figsize=(7.5, 0.9 + 0.3 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.barh(names, values, height=0.62, color=ACCENT, xerr=errors, error_kw={"ecolor": INK, "capsize": 3})
    for position, value in enumerate(values):
        axes.text(1.02, position, f"{value:.2f}", va="center", color=INK, fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    _plain(axes, title)
    return _svg(figure, title)


def draw_risk_coverage(report: Report) -> str:
    """Return the risk-coverage curve, with the shipped line of refusal marked on it."""
    from matplotlib.figure import Figure

    refusing = report.refusing
    assert refusing is not None, "drawn only where something was refused or answered"
    answered = [outcome for outcome in report.run.outcomes if outcome.is_refused is False]
    coverage = len(answered) / len(report.run.outcomes)
    figure = Figure(figsize=(7.5, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(
        [point.coverage for point in refusing.curve], [point.risk for point in refusing.curve], color=ACCENT, lw=1.8
    )
    axes.axvline(coverage, color=DIM, lw=1, ls="--")
    axes.annotate(
        f"shipped line: {coverage:.0%} answered",
        (coverage, 0.97),
        xycoords=("data", "axes fraction"),
        ha="right",
        va="top",
        xytext=(-5, 0),
        textcoords="offset points",
        color=INK,
        fontsize=9,
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, max(0.05, *(point.risk for point in refusing.curve)) * 1.1)
    axes.set_xlabel("coverage: share of all questions that is answered, most confident first")
    axes.set_ylabel("risk: share of answers without\nthe answer among the first three")
    title = f"Risk and coverage (area {refusing.aurc:.3f})"
    _plain(axes, title)
    return _svg(figure, title)


def _plain(axes: "Axes", title: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)


def _svg(figure: "Figure", title: str) -> str:
    import matplotlib

    buffer = io.StringIO()
    # A salt a figure: ids stay the same from run to run and differ between the figures of a page.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": title, "font.family": "sans-serif"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    svg = buffer.getvalue()
    return f'<figure aria-label="{escape(title)}">{svg[svg.index("<svg") :]}</figure>'


def _retrieval_table(groups: Sequence[Group]) -> str:
    rows = (
        (
            group.name,
            str(group.count),
            *(
                format_measure(group.measures[name]) if name == "success@1" else f"{group.measures[name].value:.3f}"
                for name in RETRIEVAL_COLUMNS
            ),
        )
        for group in groups
    )
    note = (
        "<p class='dim'>success@k: a right passage is among the first k; recall@k: the share of all right passages. "
        "Brackets: 95 %, bootstrap over facts.</p>"
    )
    return _html_table(("questions", "n", *RETRIEVAL_COLUMNS), rows) + note


def _comparisons_table(comparisons: Sequence[Comparison]) -> str:
    rows = (
        (
            comparison.after,
            f"{comparison.difference:+.3f} [{comparison.interval.low:+.3f} {comparison.interval.high:+.3f}]",
            f"{comparison.p:.4f}",
            f"{comparison.wins} / {comparison.ties} / {comparison.losses}",
        )
        for comparison in comparisons
    )
    return _html_table((f"against {comparisons[0].before}", "Δ MRR@10", "p", "better / same / worse"), rows)


def _changes_table(comparison: Comparison) -> str:
    rows = (
        (change.question.text, change.question.lang, f"{change.before:.2f} → {change.after:.2f}")
        for change in comparison.changes[:CHANGES_COUNT]
    )
    return _html_table(("question", "lang", "1 / rank"), rows)


def _worst(outcome: Outcome) -> str:
    question = outcome.question
    wanted = question.gold[0]
    rank = f"rank {outcome.rank}" if outcome.rank else f"not among {len(outcome.hits)}"
    returned = _returned(outcome.hits[0]) if outcome.hits else "nothing"
    return (
        f"<article><p dir='auto'><b>{escape(question.text)}</b> "
        f"<small>{escape(question.id)} · {escape(question.lang)} · {escape(question.kind)} · {rank}</small></p>"
        f"<p class='wanted'>wanted: {escape(wanted.quote)}</p><p class='returned'>returned: {returned}</p></article>"
    )


def _returned(hit: Judged) -> str:
    return f"{escape(hit.text)} <small>{escape(hit.place)}</small>"


def _html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class='scroll'><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>"
