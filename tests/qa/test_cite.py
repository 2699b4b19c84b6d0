from dataclasses import replace

import pytest

from index.build import Source, build_index
from index.chunk import chunk_document
from index.errors import UnknownCitation
from index.parse import parse_file, parse_text
from index.printed_lines import pack_lines
from index.readers import PrintedLine, RawText
from index.store import open_library
from index.types import Kept
from qa.cite import cite, look_up, prove, prove_library, prove_rectangles
from qa.types import Citation


def _proposals(report):
    start = report.text.index("全年共征集提案")
    return cite(report, start, start + len("全年共征集提案379件,经审查立案279件"))


def test_a_citation_says_all_that_is_needed_to_check_it(report, raw_report):
    citation = _proposals(report)

    assert citation == Citation(
        document="7ee7d1d15ab8",
        title="中国人民政治协商会议辽宁省丹东市第十五届委员会常务委员会工作报告",
        source="dandong-cppcc-work-report-2020.txt",
        sha256="7ee7d1d15ab8233765d0b39e1840c3c66915dcafcdbb10cff616144bae075959",
        pages=(3,),
        page_total=7,
        section=("2019年工作回顾", "三、服务大局,履行“三项职能”成果丰硕", "三是提案和社情民意信息工作成效显著"),
        start=citation.start,
        end=citation.end,
        raw_start=raw_report.index("全年共征集提案 379件"),
        raw_end=raw_report.index("全年共征集提案 379件") + len("全年共征集提案 379件,经审查立案 279件"),
        quote="全年共征集提案379件,经审查立案279件",
    )
    assert report.text[citation.start : citation.end] == citation.quote
    assert citation.id == f"7ee7d1d15ab8:{citation.start}-{citation.end}"


def test_every_passage_of_the_report_is_proved_in_the_raw_file(report, raw_report):
    citations = [cite(report, passage.start, passage.end) for passage in chunk_document(report)]

    assert [prove(citation, RawText(raw_report)) for citation in citations] == [[]] * len(citations)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"quote": "全年共征集提案479件"}, "the file does not hold the quote at the cited place"),
        ({"pages": (2,)}, r"it cites page \(2,\), and the page headers say \(3,\)"),
        ({"pages": (2, 3)}, "it cites page"),
    ],
)
def test_a_false_citation_is_found_out(report, raw_report, change, problem):
    (found,) = prove(replace(_proposals(report), **change), RawText(raw_report))

    assert pytest.importorskip("re").search(problem, found)


def test_a_citation_one_character_beside_is_found_out(report, raw_report):
    citation = _proposals(report)

    for field, step in (("raw_start", 1), ("raw_start", -1), ("raw_end", 1), ("raw_end", -1)):
        beside = replace(citation, **{field: getattr(citation, field) + step})
        assert len(prove(beside, RawText(raw_report))) == 1


def test_a_quote_across_a_page_header_is_proved(report, raw_report):
    start = report.text.index("辽丰禽业有限公司")
    citation = cite(report, start, start + 8)

    assert (citation.pages, prove(citation, RawText(raw_report))) == ((1, 2), [])
    assert "第 2页" in raw_report[citation.raw_start : citation.raw_end]


def test_an_empty_span_cannot_be_cited(report):
    with pytest.raises(ValueError, match="span 5-5"):
        cite(report, 5, 5)


@pytest.fixture
def small(words, tmp_path):
    documents = [parse_text("Fish swim in the sea.", source="a.txt"), parse_text("Trees are green.", source="b.txt")]
    return build_index(documents, words, tmp_path / "index"), documents


def test_a_citation_is_looked_up_by_its_id_or_the_beginning_of_it(small):
    library, (document, _) = small

    assert look_up(library, f"{document.id}:0-4") == cite(document, 0, 4)
    assert look_up(library, f" {document.id[:6]}:0-4\n") == cite(document, 0, 4)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "it does not have the form of one"),
        ("fish", "it does not have the form of one"),
        ("{id}:4", "it does not have the form of one"),
        ("{id}:9-4", "the document has 21 characters"),
        ("{id}:4-4", "the document has 21 characters"),
        ("{id}:0-22", "the document has 21 characters"),
        ("0123456789ab:0-4", "no document has this id"),
    ],
)
def test_a_citation_that_resolves_to_nothing_says_why(small, written, reason):
    library, (document, _) = small

    with pytest.raises(UnknownCitation, match=reason):
        look_up(library, written.replace("{id}", document.id))


def test_a_library_is_proved_against_its_files(words, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Fish swim in the sea.", encoding="utf-8")
    build_index([Source(parse_file(path)[0], str(path))], words, tmp_path / "index")

    def proved():
        return [problems for _, problems in prove_library(open_library(tmp_path / "index"))]

    assert proved() == [[]]
    path.write_text("Fish swam in the sea.", encoding="utf-8")
    ((problem,),) = proved()
    assert problem == f"{path} has changed since it was indexed; update it with: qa add {path}"
    path.unlink()
    assert proved() == [[]]


@pytest.mark.parametrize(
    ("name", "text", "quote"),
    [
        ("a.md", "# 报告\n\n全年共征集提案 **379** 件，见[附件](a.pdf)。\n", "报告\n全年共征集提案 379件，见附件。"),
        (
            "a.txt",
            "政府工作报告\n来源：日报\n【字体：\n大\n中\n小\n】\n全年共征集提案。",
            "政府工作报告\n来源：日报\n全年共征集提案。",
        ),
        ("a.txt", "全年\r\n\r\n共征集提案。", "全年\n共征集提案。"),
    ],
)
def test_what_is_no_part_of_a_document_is_no_lack_of_the_quote(name, text, quote, words, tmp_path):
    (tmp_path / name).write_bytes(text.encode())

    library = build_index([Source(parse_file(tmp_path / name)[0], str(tmp_path / name))], words, tmp_path / "index")

    ((citation, problems),) = prove_library(library)
    assert (citation.quote, problems) == (quote, [])


def test_words_left_out_of_a_quote_are_found_out_though_markup_is_not():
    raw = RawText("全年**不**共征集", removed=((2, 4), (5, 7)))
    citation = Citation("0" * 12, "题", "a.md", "0" * 64, (), None, (), 0, 6, 0, 10, "全年共征集")

    assert prove(citation, raw) == ["the file does not hold the quote at the cited place"]
    assert prove(replace(citation, quote="全年不共征集"), raw) == []
    assert prove(replace(citation, raw_start=3, raw_end=10, quote="不共征集"), raw) == [
        "the cited place begins or ends beside the quote"
    ]


FOOTED = (
    "全年共征集提案三百件，办理二百件。\n第 1 页 共 3 页\n立案二百件。\n第 2 页 共 3 页\n全部办结。\n第 3 页 共 3 页\n"
)


@pytest.mark.parametrize(
    ("quote", "pages", "said"),
    [("征集", (1,), (1,)), ("立案", (1,), (2,)), ("百件。\n立案", (1, 2), (1, 2)), ("办结", (3,), (3,))],
)
def test_a_page_ends_with_its_footer(quote, pages, said):
    document = parse_text(FOOTED, source="a.txt")
    start = document.text.index(quote)
    citation = replace(cite(document, start, start + len(quote)), pages=pages)

    problems = [] if pages == said else [f"it cites page {pages}, and the page headers say {said}"]
    assert prove(citation, RawText(FOOTED)) == problems


@pytest.fixture
def pdf(make_pdf, tmp_path):
    """A file of three pages, which print 8, nothing and 9: the second is a picture."""
    path = tmp_path / "a.pdf"
    first = {742: "全年共征集提案三百件，经审查立案二百件，全部", 40: "第 8 页 共 9 页"}
    path.write_bytes(make_pdf(first, {}, {742: "按时办结。", 40: "第 9 页 共 9 页"}))
    return path


def test_a_citation_of_a_pdf_says_where_on_its_pages_the_quote_stands(pdf):
    (document,) = parse_file(pdf)
    start = document.text.index("立案")

    citation = cite(document, start, start + len("立案二百件，全部按时"))

    assert (citation.quote, citation.pages, citation.physical_pages) == ("立案二百件，全部按时", (8, 9), (1, 3))
    first, second = citation.rectangles
    assert (first.page, first.left, first.right) == (1, 70 + 14 * 12, 70 + 22 * 12)
    assert (second.page, second.left, second.right) == (3, 70, 70 + 2 * 12)
    assert (first.bottom < 742 < first.top, first.top - first.bottom < 18) == (True, True)


def prove_pdf(document, path, words, folder):
    ((_, problems),) = prove_library(build_index([Source(document, str(path))], words, folder))
    return problems


def test_a_citation_of_a_pdf_is_proved_by_what_its_pages_print_and_its_rectangles_hold(pdf, words, tmp_path):
    (document,) = parse_file(pdf)
    line = PrintedLine(0, len(document.text), 0, 500, 512, tuple(range(70, 71 + len(document.text))))
    beside = replace(document, printed_lines=pack_lines([line], [Kept(0, 0, len(document.text))]))
    others = replace(document, pages=tuple(replace(page, number=page.number + 1) for page in document.pages))
    moved = replace(document, pages=tuple(replace(page, physical=page.physical + 1) for page in document.pages))

    assert prove_pdf(document, pdf, words, tmp_path / "a") == []
    assert prove_pdf(beside, pdf, words, tmp_path / "b") == [
        "its rectangles lack 27 of the quote's characters, such as '全'"
    ]
    assert prove_pdf(others, pdf, words, tmp_path / "c") == ["it cites page (9, 10), and the file's pages print (8, 9)"]
    assert prove_pdf(moved, pdf, words, tmp_path / "d") == ["it cites page (2, 4) of the file, and stands on (1, 3)"]


def test_a_document_of_an_index_of_an_earlier_version_is_proved_without_rectangles(pdf, words, tmp_path):
    (document,) = parse_file(pdf)
    pages = tuple(replace(page, physical=None) for page in document.pages)
    earlier = replace(document, pages=pages, printed_lines="")

    library = build_index([Source(earlier, str(pdf))], words, tmp_path / "index")

    ((citation, problems),) = prove_library(library)
    assert (citation.physical_pages, citation.rectangles, problems) == ((), (), [])


def test_a_file_that_is_gone_is_proved_against_the_text_in_the_index(pdf, words, tmp_path):
    marked = tmp_path / "a.md"
    marked.write_text("全年共征集提案 **379** 件。\n", encoding="utf-8")
    documents = [Source(parse_file(path)[0], str(path)) for path in (pdf, marked)]
    library = build_index(documents, words, tmp_path / "index")
    pdf.unlink()
    marked.unlink()

    assert [problems for _, problems in prove_library(library)] == [[], []]


@pytest.mark.parametrize(
    ("inside", "problems"),
    [
        ("提379件案", []),
        ("提案379件印", []),
        ("提案37件", ["its rectangles lack 1 of the quote's characters, such as '9'"]),
        ("", ["its rectangles lack 6 of the quote's characters, such as '提'"]),
        ("提案379件，立案279件", ["its rectangles hold 7 characters beside the quote"]),
    ],
)
def test_rectangles_hold_the_quote_and_little_else(report, inside, problems):
    citation = replace(_proposals(report), quote="提案\n | 379件")

    assert prove_rectangles(citation, inside) == problems
