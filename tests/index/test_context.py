from dataclasses import replace

from index.chunk import chunk_document
from index.context import context_of
from index.parse import parse_text
from index.types import Metadata


def test_a_passage_is_embedded_under_its_title_its_occasion_and_its_headings(report):
    passage = next(passage for passage in chunk_document(report) if "社情民意信息“短、平、快”" in passage.text)

    assert context_of(report, passage) == (
        "中国人民政治协商会议辽宁省丹东市第十五届委员会常务委员会工作报告\n"
        "政协丹东市第十五届委员会第三次会议\n"
        "2019年工作回顾\n"
        "三、服务大局,履行“三项职能”成果丰硕\n"
        "三是提案和社情民意信息工作成效显著\n"
    )


def test_a_heading_that_the_passage_begins_with_is_not_said_twice(report):
    passage = next(passage for passage in chunk_document(report) if passage.text.startswith("三是提案和社情民意"))

    assert "三是提案和社情民意信息工作成效显著" in passage.section
    assert "三是提案和社情民意信息工作成效显著" not in context_of(report, passage)


def test_an_occasion_that_the_title_names_is_not_said_twice():
    document = parse_text("甲。", source="any.txt", title="在第三次会议上的报告")
    document = replace(document, metadata=Metadata(occasion="第三次会议"))

    assert context_of(document, chunk_document(document)[0]) == "在第三次会议上的报告\n"
