from dataclasses import replace

import numpy as np

from index.chunk import chunk_document
from index.context import (
    HEAD_LABELS,
    OPENING_TOKENS,
    all_ids,
    context_of,
    indexed_text,
    opening_ids,
    part_ids,
    split_ids,
)
from index.parse import parse_text
from index.types import Metadata


def test_a_passage_is_indexed_under_its_title_its_occasion_and_its_headings(report):
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
    document = parse_text("开头。\n结尾。", source="any.txt", title="在第三次会议上的报告")
    document = replace(document, metadata=Metadata(occasion="第三次会议"))
    passage = replace(chunk_document(document)[0], start=1)

    assert context_of(document, passage) == "在第三次会议上的报告\n\n"


def test_only_the_head_of_a_document_with_metadata_is_found_by_what_it_does_not_name(report):
    found = [HEAD_LABELS in indexed_text(report, passage) for passage in chunk_document(report)]
    plain = parse_text("没有人说这是什么。", source="any.txt")

    assert found == [True] + [False] * (len(found) - 1)
    assert HEAD_LABELS not in indexed_text(plain, chunk_document(plain)[0])


def test_the_parts_of_an_indexed_text_are_told_apart_by_their_tokens(words):
    ids = part_ids(words, ["title one\x1eheading\x1ethe text here", "title one\x1e\x1eother"])

    def said(text):
        return words.token_ids([text])[0].tolist()

    parts = [split_ids(tokens, opening_ids(ids[0])) for tokens in ids]
    assert [part.document.tolist() for part in parts] == [said("title one")] * 2
    assert [part.place.tolist() for part in parts] == [said("heading"), []]
    assert [part.passage.tolist() for part in parts] == [said("the text here"), said("other")]
    assert [part.opening.tolist() for part in parts] == [said("the text here")[:OPENING_TOKENS]] * 2
    assert [tokens.tolist() for tokens in all_ids(ids)] == [
        tokens.tolist() for tokens in words.token_ids(["title one heading the text here", "title one other"])
    ]


def test_a_separator_in_the_text_itself_changes_nothing_before_it(words):
    ids = part_ids(words, ["title\x1eheading\x1etext \x1e more"])[0]

    parts = split_ids(ids, opening_ids(ids))
    assert np.array_equal(parts.document, words.token_ids(["title"])[0])
    assert np.array_equal(parts.passage, words.token_ids(["text \x1e more"])[0])
