import io
from dataclasses import replace

import pytest
from rich.console import Console

from index.script import display_width
from index.types import Match, Rectangle, Signals
from qa.render import answer_to_json, print_answer, print_context, table_lines
from qa.types import Answer, Citation, CitedHit, Evidence

CITATION = Citation(
    document="0123456789ab",
    title="报告",
    source="报告.txt",
    sha256="0" * 64,
    pages=(2, 3),
    page_total=7,
    section=("一、甲", "一是乙"),
    start=100,
    end=110,
    raw_start=120,
    raw_end=133,
    quote="甲乙丙。提案379件",
    physical_pages=(2, 3),
    rectangles=(Rectangle(2, 70.0, 700.5, 130.0, 712.5),),
)
HIT = CitedHit(
    rank=1,
    score=0.123456,
    text="甲乙丙。提案379件",
    evidence=Evidence("提案379件", 104, 110),
    matches=(Match("proposals", "提案", 0.8333),),
    signals=Signals(
        dense_rank=2,
        dense_score=0.5,
        phrase_score=0.625,
        late_rank=1,
        late_score=0.777777,
        near_score=0.25,
        context_score=1.5,
        named_score=0.75,
    ),
    citation=CITATION,
)
ANSWER = Answer("How many?", "en", True, 0.98764, None, (HIT,))
REFUSAL = Answer("How many?", "en", False, 0.1, "No.", (HIT,))


def _printed(answer, width=80, **options):
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, soft_wrap=True, markup=False, emoji=False)
    print_answer(console, answer, **options)
    return out.getvalue()


def test_an_answer_in_json_is_the_contract():
    assert answer_to_json(ANSWER) == {
        "question": "How many?",
        "language": "en",
        "answerable": True,
        "confidence": 0.9876,
        "refusal": None,
        "hits": [
            {
                "rank": 1,
                "score": 0.1235,
                "text": "甲乙丙。提案379件",
                "evidence": {"text": "提案379件", "start": 104, "end": 110},
                "matches": [{"question": "proposals", "passage": "提案", "similarity": 0.8333}],
                "signals": {"dense_rank": 2, "lexical_rank": None, "late_score": 0.7778},
                "citation": {
                    "document": "0123456789ab",
                    "title": "报告",
                    "source": "报告.txt",
                    "sha256": "0" * 64,
                    "pages": [2, 3],
                    "page_total": 7,
                    "section": ["一、甲", "一是乙"],
                    "start": 100,
                    "end": 110,
                    "raw_start": 120,
                    "raw_end": 133,
                    "quote": "甲乙丙。提案379件",
                    "physical_pages": [2, 3],
                    "rectangles": [{"page": 2, "left": 70.0, "bottom": 700.5, "right": 130.0, "top": 712.5}],
                },
            }
        ],
    }


def test_a_citation_of_a_format_without_places_has_no_such_fields_in_json():
    hit = replace(HIT, citation=replace(CITATION, physical_pages=(), rectangles=()))

    citation = answer_to_json(replace(ANSWER, hits=(hit,)))["hits"][0]["citation"]

    assert list(citation)[-2:] == ["raw_end", "quote"]


def test_a_late_score_that_is_off_is_null():
    hit = replace(HIT, signals=Signals())

    assert answer_to_json(replace(ANSWER, hits=(hit,)))["hits"][0]["signals"] == {
        "dense_rank": None,
        "lexical_rank": None,
        "late_score": None,
    }


def test_an_answer_is_passage_place_citation_and_matches():
    assert _printed(ANSWER) == (
        "1 甲乙丙。»提案379件«\n"
        "  page 2–3 of 7 › 一、甲 › 一是乙\n"
        "  报告.txt · cite 0123456789ab:100-110\n"
        "  matched  proposals ↔ 提案\n"
    )


def test_a_refusal_comes_before_what_is_near_and_marks_no_evidence():
    assert _printed(REFUSAL) == (
        "No.\n"
        "\n"
        "The nearest passages (not an answer):\n"
        "\n"
        "1 甲乙丙。提案379件\n"
        "  page 2–3 of 7 › 一、甲 › 一是乙\n"
        "  报告.txt · cite 0123456789ab:100-110\n"
    )


def test_signals_are_explained_below_each_hit():
    lines = _printed(ANSWER, explain=True).splitlines()

    assert "  signals  score 0.12 · dense #2 0.500 · lexical – · late #1 0.778 · phrase" in lines
    assert "  0.625 · near 0.250 · context 1.500 · named 0.750" in lines
    assert "  matched  proposals ↔ 提案 0.83" in lines
    assert lines[-1] == "confidence 99 %"


def test_a_file_without_pages_or_sections_is_cited_without_them():
    bare = replace(HIT, citation=replace(CITATION, pages=(), page_total=None, section=()))

    assert _printed(replace(ANSWER, hits=(bare,))).splitlines()[1] == "  报告.txt · cite 0123456789ab:100-110"


def test_paragraphs_of_a_passage_stand_on_lines_of_their_own():
    lines = _printed(replace(ANSWER, hits=(replace(HIT, breaks=(4,)),))).splitlines()

    assert lines[:2] == ["1 甲乙丙。", "  »提案379件«"]


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width):
    long = replace(
        HIT, text="提案379件，and words。" * 30, citation=replace(CITATION, source="很长的名字" * 20 + ".txt")
    )

    lines = _printed(replace(ANSWER, hits=(long,)), width=width).splitlines()

    assert max(map(display_width, lines)) <= min(width, 100)


def test_a_passage_is_shown_with_what_stands_round_it(report):
    start = report.text.index("全年共征集提案")
    citation = replace(CITATION, start=start, end=start + 7, pages=(3,), quote="全年共征集提案")
    out = io.StringIO()

    print_context(Console(file=out, width=80), report, citation, lang="en", around=5)

    lines = out.getvalue().splitlines()
    assert lines[0] == report.title
    assert "── page 3 of 7 ──" in lines
    assert lines[-1].strip().startswith(report.text[start - 5 : start] + "»全年共征集提案«")


def test_a_page_is_also_named_as_a_viewer_of_the_file_counts_where_that_differs(report):
    pages = tuple(replace(page, physical=position) for page, position in zip(report.pages, (1, 2, 3, 5), strict=True))
    start = report.pages[3].start - 5
    citation = replace(CITATION, start=start, end=start + 10, pages=(3, 4), physical_pages=(3, 5))
    out = io.StringIO()

    print_context(Console(file=out, width=80), replace(report, pages=pages), citation, lang="zh", around=5)

    lines = out.getvalue().splitlines()
    assert lines[1].startswith("  第 3–4 页，共 7 页（文件第 3–5 页） › ")
    assert [line for line in lines if line.startswith("──")] == [
        "── 第 3 页，共 7 页 ──",
        "── 第 4 页，共 7 页（文件第 5 页） ──",
    ]


def test_an_answer_names_the_pages_of_the_file_too_where_they_differ():
    elsewhere = replace(HIT, citation=replace(CITATION, page_total=None, physical_pages=(4, 5)))

    assert (
        "  page 2–3 (page 4–5 of the file) › 一、甲 › 一是乙"
        in _printed(replace(ANSWER, hits=(elsewhere,))).splitlines()
    )


def test_columns_are_aligned_by_what_they_fill():
    assert list(table_lines([("提案", "a"), ("b", "\x1b"), ("", "")])) == ["提案  a", "b     \\x1b", ""]
