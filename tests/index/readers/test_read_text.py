"""Plain text, Markdown and JSON lines."""

import json
import lzma
from pathlib import Path

import pytest

from index.errors import UnreadableFile
from index.readers import Heading, Limits, read_bytes
from index.readers.json_lines import without_lone_surrogates


def headings_of(raw):
    return [(heading.level, raw.text[heading.start : heading.end]) for heading in raw.headings]


def test_text_is_kept_to_the_character(read):
    text = "  第一行\t\x1b[31m红\u202e\r\n\r\n　　第二行 \n"

    assert read("a.txt", text).text == text


def test_carriage_returns_are_no_part_of_the_document(read, clean):
    assert clean(read("a.txt", "一\r\n二\r\n")) == "一\n二\n"


def test_the_encoding_is_reported(read):
    assert read("a.txt", "全年共征集提案379件。".encode("gb18030")).encoding == "gb18030"


def test_damaged_characters_are_warned_of(read):
    assert read("a.txt", "全年共征集提案三百件".encode()[:-1]).warnings == ("damaged characters, shown as \ufffd: 1",)


@pytest.mark.parametrize("content", ["", " \n\t　\n", "\ufeff"])
def test_a_file_without_text_is_refused(read, content):
    with pytest.raises(UnreadableFile, match="holds no text"):
        read("a.txt", content)


def test_markdown_headings_have_levels_and_no_marks(read):
    text = "# 工作报告 #\n前言\n\n二、任务\n------\n### **重点**工作 ###\n# \n#标签\n    # 代码\n"

    assert headings_of(read("a.md", text)) == [(1, "工作报告"), (2, "二、任务"), (3, "重点**工作")]


def test_markdown_marks_are_removed_and_words_stay(read, clean):
    text = '## 一、**回顾** ##\n> 征集[提案](https://x.cn/a "题")**379**件。<!-- 注 -->\n![图](a.png)\n'

    assert clean(read("a.md", text)) == "一、回顾\n征集提案379件。\n图\n"


def test_markdown_code_is_left_as_it_is(read, clean):
    text = "```sh\n# no heading **here**\n```\n之后\n"

    raw = read("a.md", text)

    assert raw.headings == ()
    assert clean(raw) == "\n# no heading **here**\n\n之后\n"


def test_a_shorter_fence_does_not_close_a_longer_one(read):
    assert read("a.md", "````\n```\n# 不是题\n````\n# 题\n").headings == (Heading(1, 22, 23),)


def test_a_fence_that_is_never_closed_runs_to_the_end(read):
    assert read("a.md", "# 题\n~~~\n# 不是题\n").headings[1:] == ()


def test_front_matter_gives_the_title_and_is_removed(read, clean):
    raw = read("a.md", '---\ntitle: "工作报告"\ndate: 2020-01-06\n---\n正文\n')

    assert raw.title == "工作报告"
    assert clean(raw) == "正文\n"


def test_a_rule_at_the_top_is_no_front_matter(read):
    assert read("a.md", "---\n正文\n").title is None


def test_a_markdown_table_loses_its_rule_only(read, clean):
    assert clean(read("a.md", "| 指标 | 数值 |\n|---|:-:|\n| 提案 | 379 |\n")) == "| 指标 | 数值 |\n\n| 提案 | 379 |\n"


@pytest.mark.parametrize(
    "line",
    ["[" * 50_000, "**a " * 20_000, "# " + " " * 100_000 + "x", "<!--" * 20_000, "![](" * 20_000, "\n---" * 9_999],
)
def test_markdown_made_to_be_slow_is_read_in_linear_time(read, line):
    assert read("a.md", line).text == line


def test_json_lines_give_a_document_a_line():
    lines = '{"title": "甲", "text": "正文一"}\n\n{"text": "正文二", "source": "x"}\r\n'

    documents = read_bytes(Path("a.jsonl"), lines.encode())

    assert [(raw.title, raw.text, raw.line) for raw in documents] == [("甲", "正文一", 1), (None, "正文二", 3)]


def test_json_lines_may_hold_markdown_headings(read, clean):
    raw = read("a.jsonl", json.dumps({"title": "条例", "text": "通过\n## 第一章 总则\n第一条"}))

    assert headings_of(raw) == [(2, "第一章 总则")]
    assert clean(raw) == "通过\n第一章 总则\n第一条"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "a"}\n{"text": ', "line 2 is no JSON"),
        ('{"title": "a"}', 'line 1 is no object with a "text"'),
        ('["text"]', 'line 1 is no object with a "text"'),
        ('{"text": 5}', 'line 1 is no object with a "text"'),
        ("[" * 100_000, "line 1 is no JSON"),
        ('{"text": ' + "9" * 10_000 + "}", "line 1 is no JSON"),
        ('{"text": "a\\u0000b"}', "line 1 holds NUL"),
        ('{"text": " "}', "no text on line 1"),
        ("\n\n", "no document"),
    ],
)
def test_a_wrong_line_is_named(read, line, reason):
    with pytest.raises(UnreadableFile, match=reason):
        read("a.jsonl", line)


def test_half_a_surrogate_pair_becomes_a_character_that_can_be_stored(read):
    assert read("a.jsonl", '{"title": "\\udc00", "text": "a\\ud800b\\ud83d\\ude00"}').text == "a\ufffdb😀"
    assert without_lone_surrogates("\udc00") == "\ufffd"


def test_compressed_json_lines_are_unpacked():
    first, second = (lzma.compress(f'{{"text": "{text}"}}\n'.encode()) for text in ("甲", "乙"))

    documents = read_bytes(Path("laws.jsonl.xz"), first + b"\0" * 4 + second)

    assert [raw.text for raw in documents] == ["甲", "乙"]


PACKED = lzma.compress(b'{"text": "a"}')


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (PACKED[:-9], "end in the middle"),
        (PACKED[:20] + b"junk" * 9, "damaged"),
        (lzma.compress(b" " * 3_000_000), "unpacks to more than 1 MiB"),
        (lzma.compress(PACKED), "NUL|none of the encodings"),
    ],
    ids=["cut off", "damaged", "bomb", "packed twice"],
)
def test_a_compressed_file_is_unpacked_within_bounds(read, data, reason):
    with pytest.raises(UnreadableFile, match=reason):
        read("a.txt.xz", data, limits=Limits(unpacked_bytes=1 << 20))
