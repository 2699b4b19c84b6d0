import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunk import MAX_WIDTH, MIN_WIDTH, TARGET_WIDTH, chunk_document, make_passage, whole_document
from index.parse import parse_text
from index.script import layout_width, sentence_ends
from index.types import Passage

SENTENCE = "全县上下团结一心，克难攻坚，经济社会发展取得了新的成绩，群众的日子越过越好。"


def _document(*paragraphs):
    return parse_text("\n".join(paragraphs), source="any.txt")


def _texts(document):
    return [passage.text for passage in chunk_document(document)]


def test_a_short_document_is_one_passage():
    assert _texts(_document("甲乙。", "丙丁。")) == ["甲乙。\n丙丁。"]


def test_passages_are_about_as_long_as_the_target():
    document = _document(*[SENTENCE * 3] * 20)

    widths = [layout_width(text.rstrip()) for text in _texts(document)]

    assert all(0.5 * TARGET_WIDTH <= width <= 1.5 * TARGET_WIDTH for width in widths)


def test_a_passage_ends_where_a_paragraph_does_if_it_can():
    document = _document(SENTENCE * 4, SENTENCE * 4, SENTENCE * 4)

    assert _texts(document) == [SENTENCE * 4 + "\n", SENTENCE * 4 + "\n", SENTENCE * 4]


def test_a_passage_ends_at_the_end_of_a_sentence(report):
    ends = {*sentence_ends(report.text), *report.paragraphs, *(section.start for section in report.sections)}

    assert {passage.end for passage in chunk_document(report)} <= ends


def test_no_passage_of_the_report_crosses_from_one_item_into_the_next(report):
    starts = {section.start for section in report.sections}

    for passage in chunk_document(report):
        first = report.headings_of(passage.start, passage.start + 1)
        inside = {start for start in starts if passage.start < start < passage.end}
        assert not inside or first != passage.section
        assert not any(report.text[passage.start : start].rstrip().endswith("。") for start in inside)


def test_a_heading_stays_with_the_text_that_it_opens(report):
    for passage in chunk_document(report):
        for section in report.sections:
            title_end = section.start + len(section.title)

            assert not section.start < passage.end <= title_end


def test_a_passage_knows_its_pages_and_its_headings(report):
    passages = chunk_document(report)
    proposals = next(passage for passage in passages if "全年共征集提案379件" in passage.text)
    broiler = next(passage for passage in passages if "辽丰禽业有限公司" in passage.text)

    assert (proposals.pages, proposals.section) == (
        (3,),
        ("2019年工作回顾", "三、服务大局,履行“三项职能”成果丰硕", "三是提案和社情民意信息工作成效显著"),
    )
    assert broiler.pages == (1, 2)
    assert proposals.id == f"{report.id}:{proposals.start}-{proposals.end}"


def test_a_sentence_too_long_for_a_passage_is_cut_at_its_commas():
    clause = "新建学校六所，"
    (*texts, last) = _texts(_document(clause * 100 + "完。"))

    assert len(texts) > 1
    assert all(text.endswith("，") and layout_width(text) <= MAX_WIDTH for text in texts)
    assert last.endswith("完。")


def test_a_text_without_any_mark_is_cut_to_size_all_the_same():
    texts = _texts(_document("字" * 2_000))

    assert "".join(texts) == "字" * 2_000
    assert all(layout_width(text) <= MAX_WIDTH for text in texts)


def test_english_passages_hold_as_much_as_chinese_ones():
    sentence = "The county built six schools and planted nine thousand trees along the river. "
    widths = [layout_width(text) for text in _texts(_document(sentence * 40))]

    assert all(MIN_WIDTH <= width <= MAX_WIDTH for width in widths)


def test_a_whole_document_is_one_passage():
    document = _document("甲。" * 900)

    assert whole_document(document) == [Passage(document.id, 0, 1_800, "甲。" * 900)]
    assert whole_document(_document("")) == chunk_document(_document("")) == []


def test_a_passage_is_made_of_its_span(report):
    passage = make_passage(report, 10, 20)

    assert passage == Passage(
        report.id, 10, 20, report.text[10:20], report.pages_of(10, 20), report.headings_of(19, 20)
    )


def test_the_same_document_is_cut_the_same_twice(report):
    assert chunk_document(report) == chunk_document(report)


BLOCKS = st.sampled_from(
    [SENTENCE, SENTENCE * 5, "一、甲", "二、乙", "一是丙。", "字" * 700, "a b. " * 50, "x" * 900, "，" * 300]
)


@settings(deadline=None, max_examples=25)
@given(st.lists(BLOCKS, max_size=6))
def test_passages_tile_whatever_text_there_is_and_none_is_too_wide(paragraphs):
    document = _document(*paragraphs)
    passages = chunk_document(document)

    assert "".join(passage.text for passage in passages) == document.text
    assert all(passage.start < passage.end for passage in passages)
    assert all(layout_width(passage.text) <= MAX_WIDTH + 2 for passage in passages)


@pytest.mark.parametrize("text", ["。", "\n", "甲", "。。。。", "甲\n\n\n乙"])
def test_odd_little_texts_are_cut_too(text):
    document = _document(text)

    assert "".join(_texts(document)) == document.text
