import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from eval.compare import compare_runs
from eval.measure import MEASURES, measure_run
from eval.report import format_measure, print_changes, print_comparisons, print_report, worst_outcomes
from eval.types import Interval, Measure


@pytest.fixture
def paper():
    return Console(file=io.StringIO(), width=80, color_system=None)


@pytest.fixture
def make_report(make_run, make_outcome):
    def report(name="dense+lexical+late"):
        return measure_run(
            make_run(
                name,
                make_outcome("全年共征集提案多少件，其中审查立案的又有多少件，请说出具体数字.1", [1], confidence=0.9),
                make_outcome("b", [0, 1], confidence=0.6, lang="en", kind="date"),
                make_outcome("c", [0, 0], confidence=0.4, lang="en"),
                make_outcome("x", [0], answerable=False, confidence=0.2),
            )
        )

    return report


def test_a_report_fits_80_columns_with_chinese_in_it(paper, make_report):
    print_report(make_report(), paper)

    printed = paper.file.getvalue()
    assert max(cell_len(line) for line in printed.splitlines()) <= 80
    assert "…" not in printed.split("The worst")[0]


def test_a_report_says_how_to_get_it_again(paper, make_report):
    print_report(make_report(), paper)

    printed = paper.file.getvalue()
    assert "$ qa eval" in printed
    assert "commit 0123456" in printed
    assert "model toy" in printed


def test_a_report_shows_the_worst_with_what_was_wanted_and_returned(paper, make_report):
    print_report(make_report(), paper)

    worst = paper.file.getvalue().split("The worst of 2")[1]
    rows = [line.split() for line in worst.splitlines()[3:] if line.strip()]
    assert rows[:3] == [[">2", "en", "c？"], ["wanted", "提案379件"], ["returned", "正文"]]
    assert rows[3] == ["2", "en", "b？"]


def test_configurations_side_by_side_fit_80_columns(paper, make_report):
    reports = [make_report(name) for name in ("dense+lexical+late", "lexical+late", "dense")]
    comparisons = [compare_runs(reports[0].run, report.run, MEASURES["MRR@10"]) for report in reports[1:]]

    print_comparisons(comparisons, reports, paper)

    lines = paper.file.getvalue().splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    assert [line.split()[0] for line in lines if " [" in line] == ["dense+lexical+late", "lexical+late", "dense"]


def test_changed_questions_are_listed(paper, make_outcome, make_run):
    before = make_run("before", make_outcome("a", [0, 1]), make_outcome("b", [1]))
    after = make_run("after", make_outcome("a", [1]), make_outcome("b", [1]))

    print_changes(compare_runs(before, after, MEASURES["MRR@10"]), paper)

    printed = paper.file.getvalue()
    assert "0.50 → 1.00" in printed
    assert "b？" not in printed


def test_the_worst_are_those_never_found(make_outcome):
    outcomes = [make_outcome("second", [0, 1]), make_outcome("never", [0, 0]), make_outcome("first", [1])]

    assert [outcome.question.id for outcome in worst_outcomes(outcomes)] == ["never", "second"]


def test_markup_in_a_question_is_printed_and_not_obeyed(paper, make_outcome, make_run):
    outcome = make_outcome("a", [0])
    outcome = replace(outcome, question=replace(outcome.question, text="[red]x[/red]"))

    print_report(measure_run(make_run("all", outcome)), paper)

    assert "[red]x[/red]" in paper.file.getvalue()


def test_a_measure_is_written_with_its_interval():
    assert format_measure(Measure(0.91234, Interval(0.871, 0.949), 10)) == "0.912 [0.87 0.95]"
