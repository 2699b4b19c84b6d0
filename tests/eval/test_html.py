import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from eval.compare import compare_runs
from eval.html import draw_bars, draw_risk_coverage, write_html
from eval.measure import MEASURES, measure_run


@pytest.fixture
def report(make_outcome, make_run):
    return measure_run(
        make_run(
            "all",
            make_outcome("提案多少件<b>", [1], confidence=0.9),
            make_outcome("b", [0, 1], confidence=0.6, lang="en"),
            make_outcome("x", [0], answerable=False, confidence=0.2),
        )
    )


@pytest.fixture
def page(report, tmp_path, make_outcome, make_run):
    before = measure_run(make_run("lexical", make_outcome("b", [1])))
    write_html(
        [report, before], [compare_runs(before.run, report.run, MEASURES["MRR@10"])], tmp_path / "out" / "report.html"
    )
    return (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = []
        self.names = []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "xlink:href"} and value[0] != "#"]


def test_the_page_needs_no_network(page):
    tags = Tags()
    tags.feed(page)

    assert tags.links == []
    assert "script" not in tags.names
    assert "@import" not in page
    assert "url(http" not in page


def test_the_page_holds_its_figures_as_drawings_with_text(page):
    tags = Tags()
    tags.feed(page)

    assert tags.names.count("svg") == 3  # configurations, languages, risk and coverage
    assert ">en (1)</text>" in page


def test_the_page_shows_what_was_wanted_and_returned(page):
    assert "wanted: 提案379件" in page
    assert "returned: 正文" in page


def test_text_of_documents_and_questions_is_escaped(report, tmp_path, make_outcome, make_run):
    run = make_run("<script>", make_outcome("<i>", [0]))
    write_html([measure_run(run)], [], tmp_path / "report.html")

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;i&gt;" in page
    assert "<script>" not in page


def test_ids_of_two_figures_on_one_page_differ(report):
    first, second = draw_bars({"a": report.overall.measures["success@1"]}, "one"), draw_risk_coverage(report)

    def ids(figure):
        return set(re.findall(r'id="([mp][0-9a-f]{8,})"', figure))

    assert ids(first)
    assert not ids(first) & ids(second)


def test_a_figure_is_well_formed_and_the_same_each_time(report):
    figure = draw_risk_coverage(report)

    ElementTree.fromstring(figure)
    assert figure == draw_risk_coverage(report)
