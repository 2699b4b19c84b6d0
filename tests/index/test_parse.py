"""Documents of many shapes are read, and what holds for all of them holds for each."""

import hashlib
import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunk import chunk_document
from index.errors import UnreadableFile
from index.parse import BUNDLED_REPORT, parse_file, parse_text
from index.types import Metadata

# Written in the shape of reports that web sites publish; no sentence is from any of them.
BREADCRUMBS = """首页
>
政务公开
>
政府工作报告

1.5 青山省2026年政府工作报告
【字体：大 中 小】
打印本页
青山省2026年政府工作报告
2026年1月27日在青山省第十四届人民代表大会第四次会议上 青山省省长 赵 明
时间：
2026-02-02 09:20
来源：
青山省人民政府
各位代表：
现在，我代表省人民政府向大会报告工作，请予审议，并请省政协委员提出意见。
一、2025年工作回顾
刚刚过去的一年，全省新建农家书屋1200个，修缮老桥37座，办成了一批群众盼望的好事。
（一）扩大内需。全年投资增长百分之六，开工项目240个。
（二）强化创新。新增实验室18家。
一是出人才。引进工程师三千人。
二是出成果。登记专利八百零三件。
二、“十五五”时期主要目标任务
到2030年，森林覆盖率达到百分之六十。
三、2026年重点工作
（一）稳就业。新增岗位五十万个。
（二）保民生。建成养老驿站九百家。

扫一扫在手机打开当前页
责任编辑：某某
"""
CHINESE_NUMERALS = """政府工作报告
——二〇二六年一月二十七日在白水省十四届人民代表大会第四次会议上
来源：白水日报
时间：2026-02-10
自治区主席 买买提·吐尔逊
各位代表：
我代表省人民政府，向大会报告工作，请一并审议。
“十四五”时期工作回顾
五年来，全省粮食总产连续五年增长。
1. 牛羊出栏五百万头。
2. 果园扩大到九十万亩。
“十五五”时期的主要目标任务
今后五年，要办好三件大事。
附件
名词解释
1.“三张清单”：指任务清单、项目清单和责任清单。
2.2026年十件实事：指修路、架桥等十件事。
"""
LAW = """青山省水源
与湿地保护条例

第一章 总则
第一条 为了保护水源，制定本条例。
第二条【适用范围】本省行政区域内的水源保护，适用本条例。
第一条所称水源，包括湖泊和水库。
第二章 保护措施
第一节 一般规定
第三条 任何单位不得向水源排放污水：
（一）未经处理的；
（二）超过标准的。
第三章 附则
第四条 本条例自公布之日起施行。
"""
NAME_ALONE = """2026年红河省政府工作报告
——2026年2月3日在红河省第十四届人民代表大会第四次会议上
来源：红河日报
时间：2026-02-24
毛小明
各位代表：
现在，我代表省人民政府作政府工作报告，请予审议。
一、2025年工作回顾
这一年，全省修通公路八百公里。
二、关于2026年工作
新的一年，要再修通公路九百公里。
"""
WRAPPED = """青山县政府工作报告

第 1 页 共 3 页

　　过去的一年，全县干部群众齐心协力，建成高标准农田十二万亩，新
修水渠三百公里，粮食总产量达到四十五万吨，比上年增加两万吨，超额
完成了年初确定的目标任务。
　　我们坚持把教育放在优先位置，新建学校六所，改造校舍三万平方米，
招聘教师二百一十名，安装电灯四千八百盏，使九千名学生在家门口
第 2 页 共 3 页
上了好学校。全县义务教育巩固率达到百分之九十九，高中阶段入学率达
到百分之九十五，均高于全省平均水平。
　　我们加快发展县域经济，引进企业四十家，完成投资六十亿元，其中
工业投资三十五亿元，新增就业岗位五千个，城镇居民收入稳步增长。全
县规模以上工业企业达到一百二十家。
"""
ENGLISH = """Annual Report of the Green Mountain Council

Chapter 1 What was done
The council met 12 times in 2025. It planted 3.5 million trees, see www.example.org for the list.
Chapter 2 What comes next
In 2026 it will meet every month.
"""
SAMPLES = {
    "breadcrumbs": BREADCRUMBS,
    "chinese numerals": CHINESE_NUMERALS,
    "law": LAW,
    "name alone": NAME_ALONE,
    "wrapped": WRAPPED,
    "english": ENGLISH,
    "report": BUNDLED_REPORT.read_text(encoding="utf-8"),
}


@pytest.fixture(params=SAMPLES)
def document(request):
    return parse_text(SAMPLES[request.param], source=f"{request.param}.txt")


def _removed(document):
    """Return what of the raw text the clean text does not hold, run by run."""
    starts = [0, *(run.raw_start + run.length for run in document.kept)]
    ends = [*(run.raw_start for run in document.kept), len(document.raw)]
    return [document.raw[start:end] for start, end in zip(starts, ends, strict=True) if start < end]


def test_the_text_is_the_raw_file_without_exactly_the_removed_characters(document):
    kept = [document.raw[run.raw_start : run.raw_start + run.length] for run in document.kept]
    starts = [run.raw_start for run in document.kept]

    assert "".join(kept) == document.text
    assert starts == sorted(starts)
    assert sum(map(len, kept)) + sum(map(len, _removed(document))) == len(document.raw)


def test_every_character_leads_back_to_itself_in_the_raw_file(document):
    spans = [document.raw_span(offset, offset + 1) for offset in range(len(document.text))]

    assert "".join(document.raw[start:end] for start, end in spans) == document.text
    assert all(end - start == 1 for start, end in spans)
    assert spans == sorted(set(spans))


def test_passages_tile_the_text_and_are_slices_of_it(document):
    passages = chunk_document(document)

    assert "".join(passage.text for passage in passages) == document.text
    assert [passage.start for passage in passages] == [0, *(passage.end for passage in passages[:-1])]
    assert all(document.text[passage.start : passage.end] == passage.text for passage in passages)


def test_a_page_ends_where_a_search_in_the_raw_file_finds_the_next_header(document):
    headers = [(int(match[1]), match.end()) for match in re.finditer(r"第\s*(\d+)\s*页\s*共\s*\d+\s*页", document.raw)]
    searched = [
        next(number for number, end in reversed(headers) if end <= document.raw_span(offset, offset + 1)[0])
        for offset in range(len(document.text) if headers and document.pages else 0)
        if document.raw_span(offset, offset + 1)[0] >= headers[0][1]
    ]

    printed = [document.pages_of(offset, offset + 1)[0] for offset in range(len(document.text)) if document.pages]
    assert printed[len(printed) - len(searched) :] == searched
    assert set(printed[: len(printed) - len(searched)]) <= {1}


def test_a_section_begins_with_its_title_in_the_raw_file(document):
    for section in document.sections:
        found = re.search(r"\s*".join(map(re.escape, "".join(section.title.split()))), document.raw)

        start, _ = document.raw_span(section.start, section.start + 1)
        assert found is not None
        assert "".join(document.raw[start:].split()).startswith("".join(section.title.split()))


def test_sections_nest_and_never_cross(document):
    open_ends = []
    for section in document.sections:
        open_ends = [end for end in open_ends if end > section.start]

        assert all(section.end <= end for end in open_ends)
        assert section.level == len(open_ends) + 1
        open_ends.append(section.end)


def test_paragraphs_ascend_from_the_start(document):
    assert document.paragraphs[0] == 0
    assert list(document.paragraphs) == sorted(set(document.paragraphs))
    assert document.paragraphs[-1] < len(document.text)


@pytest.mark.parametrize("name", ["report", "wrapped"])
def test_no_line_break_of_the_layout_is_left_in_a_chinese_sentence(name):
    document = parse_text(SAMPLES[name], source="any.txt")

    assert re.findall(r"[\u4e00-\u9fff，。“”]\s[\u4e00-\u9fff，。“”]", document.text) == []


def _titles(document):
    return ["  " * (section.level - 1) + section.title for section in document.sections]


def test_breadcrumbs_copies_and_controls_are_no_part_of_a_report():
    document = parse_text(BREADCRUMBS, source="page.txt")

    assert document.text.startswith("青山省2026年政府工作报告\n2026年1月27日在青山省")
    assert document.text.endswith("建成养老驿站九百家。")
    assert [part.split() for part in _removed(document) if part.strip()] == [
        [
            "首页",
            ">",
            "政务公开",
            ">",
            "政府工作报告",
            "1.5",
            "青山省2026年政府工作报告",
            "【字体：大",
            "中",
            "小】",
            "打印本页",
        ],
        ["扫一扫在手机打开当前页", "责任编辑：某某"],
    ]


def test_a_report_in_parts_and_items_is_a_tree():
    assert _titles(parse_text(BREADCRUMBS, source="page.txt")) == [
        "一、2025年工作回顾",
        "  （一）扩大内需",
        "  （二）强化创新",
        "    一是出人才",
        "    二是出成果",
        "二、“十五五”时期主要目标任务",
        "三、2026年重点工作",
        "  （一）稳就业",
        "  （二）保民生",
    ]


def test_a_report_without_numbered_parts_is_a_tree_of_its_periods():
    assert _titles(parse_text(CHINESE_NUMERALS, source="page.txt")) == [
        "“十四五”时期工作回顾",
        "  1. 牛羊出栏五百万头",
        "  2. 果园扩大到九十万亩",
        "“十五五”时期的主要目标任务",
        "附件",
        "名词解释",
        "  1.“三张清单”：指任务清单、项目清单和责任清单",
        "  2.2026年十件实事：指修路、架桥等十件事",
    ]


def test_a_law_is_a_tree_of_chapters_and_articles():
    document = parse_text(LAW, source="law.txt")

    assert document.title == "青山省水源与湿地保护条例"
    assert _titles(document) == [
        "第一章 总则",
        "  第一条",
        "  第二条【适用范围】",
        "第二章 保护措施",
        "  第一节 一般规定",
        "    第三条",
        "      （一）未经处理的；",
        "      （二）超过标准的",
        "第三章 附则",
        "  第四条",
    ]


def test_heads_in_other_words_say_the_same():
    breadcrumbs, numerals, alone = (
        parse_text(sample, source="page.txt") for sample in (BREADCRUMBS, CHINESE_NUMERALS, NAME_ALONE)
    )

    assert breadcrumbs.metadata == Metadata(
        date=date(2026, 2, 2),
        speaker="赵明",
        speaker_role="青山省省长",
        occasion="青山省第十四届人民代表大会第四次会议",
        occasion_date=date(2026, 1, 27),
    )
    assert numerals.metadata == Metadata(
        newspaper="白水日报",
        date=date(2026, 2, 10),
        speaker="买买提·吐尔逊",
        speaker_role="自治区主席",
        occasion="白水省十四届人民代表大会第四次会议",
        occasion_date=date(2026, 1, 27),
    )
    assert (alone.metadata.speaker, alone.metadata.speaker_role) == ("毛小明", None)


def test_a_wrapped_text_is_rejoined_across_a_page_header():
    document = parse_text(WRAPPED, source="wrapped.txt")

    assert "使九千名学生在家门口上了好学校。" in document.text
    assert "新修水渠三百公里" in document.text
    assert [(page.number, document.text[page.start :][:4]) for page in document.pages] == [
        (1, "青山县政"),
        (2, "上了好学"),
    ]
    assert [document.text[start:][:5] for start in document.paragraphs] == [
        "青山县政府",
        "过去的一年",
        "我们坚持把",
        "我们加快发",
    ]


def test_latin_words_keep_their_spaces_and_chapters_are_found():
    document = parse_text(ENGLISH, source="english.txt")

    assert _titles(document) == ["Chapter 1 What was done", "Chapter 2 What comes next"]
    assert "planted 3.5 million trees, see www.example.org for" in document.text
    assert document.language == "en"


def test_the_report_is_read_as_the_newspaper_printed_it(report):
    assert report.title == "中国人民政治协商会议辽宁省丹东市第十五届委员会常务委员会工作报告"
    assert report.metadata == Metadata(
        newspaper="丹东日报",
        date=date(2020, 1, 14),
        newspaper_page="006",
        speaker="宋立跃",
        speaker_role="市政协主席",
        occasion="政协丹东市第十五届委员会第三次会议",
        occasion_date=date(2020, 1, 6),
    )
    assert [page.number for page in report.pages] == [1, 2, 3, 4]
    assert (report.page_total, report.is_complete, report.missing_pages) == (7, False, (5, 6, 7))


def test_the_chrome_of_the_report_is_gone_and_nothing_else(report):
    assert ["".join(part.split()) for part in _removed(report) if part.strip()] == [
        "购物车我的足迹1.14中国人民政治协商会议辽宁省丹东市第十五届委员会常务委员会工作报告加入Vip免费下载立即下载第1页共7页",
        "第2页共7页",
        "第3页共7页",
        "第4页共7页",
    ]


@pytest.mark.parametrize(
    "words",
    [
        "常务委员会工作报告",
        "的宣传，",
        "辽丰禽业有限公司现代化",
        "走进5G新时代",
        "履职信息化 APP使用效率",
        "《丹东市政协微信公众号管理办法》",
    ],
)
def test_words_of_the_report_are_whole_again(report, words):
    assert words.replace("，", ",") in report.text


def test_the_report_is_the_tree_that_its_headings_say(report):
    assert [section.title for section in report.sections if section.level == 1] == ["2019年工作回顾"]
    assert [section.title[:2] for section in report.sections if section.level == 2] == list(
        map("".join, zip("一二三四五", "、、、、、", strict=True))
    )
    items = [[], [], [], [], []]
    for section in report.sections:
        if section.level == 2:
            part = "一二三四五".index(section.title[0])
        elif section.level == 3:
            items[part].append(section.title)
    assert [len(titles) for titles in items] == [2, 4, 3, 5, 2]
    assert items[2] == [
        "一是协商民主得以扎实推进",
        "二是民主监督工作得以切实增强",
        "三是提案和社情民意信息工作成效显著",
    ]


def test_a_passage_across_a_page_break_stands_on_both_pages(report):
    start = report.text.index("辽丰禽业有限公司")

    assert report.pages_of(start, start + 4) == (1,)
    assert report.pages_of(start, start + 8) == (1, 2)
    assert report.pages_of(start + 4, start + 8) == (2,)


def test_a_file_is_known_by_its_bytes(tmp_path):
    path = tmp_path / "甲.txt"
    path.write_text("甲乙丙。", encoding="utf-8")

    (document,) = parse_file(path, source="folder/甲.txt")

    digest = hashlib.sha256("甲乙丙。".encode()).hexdigest()
    assert (document.id, document.sha256, document.source, document.title) == (
        digest[:12],
        digest,
        "folder/甲.txt",
        "甲",
    )


def test_each_line_of_json_lines_is_a_document_of_its_own(tmp_path):
    path = tmp_path / "laws.jsonl"
    records = [{"title": "甲法", "text": "第一条 甲。"}, {"text": "乙。"}, {"title": "甲法", "text": "第一条 甲。"}]
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")

    documents = parse_file(path)

    assert [(document.source, document.title) for document in documents] == [
        ("laws.jsonl#1", "甲法"),
        ("laws.jsonl#2", "laws"),
        ("laws.jsonl#3", "甲法"),
    ]
    assert len({document.id for document in documents}) == 3


@pytest.mark.parametrize("text", ["", " \n ", "购物车\n我的足迹\n"])
def test_a_file_of_nothing_but_buttons_is_refused(tmp_path, text):
    path = tmp_path / "empty.txt"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UnreadableFile, match="it holds no text"):
        parse_file(path)


def test_an_empty_text_is_an_empty_document():
    document = parse_text(" \n", source="empty.txt")

    assert (document.text, document.pages, document.sections, document.paragraphs) == ("", (), (), ())
    assert chunk_document(document) == []


def test_a_span_outside_the_text_has_no_place_in_the_file(report):
    for start, end in [(0, 0), (-1, 1), (5, len(report.text) + 1), (3, 2)]:
        with pytest.raises(ValueError, match=f"span {start}-{end} is not inside"):
            report.raw_span(start, end)


PIECES = st.sampled_from(
    [
        "第 1页 共 3页",
        "第 2页 共 3页",
        "一、提案",
        "一是征集。",
        "二是",
        "购物车",
        "打印",
        "\n",
        " ",
        "　　",
        "各位代表：",
        "省长 王明",
        "全年共征集提案379件,经审查立案。",
        "and Latin words 5G ",
        "第一章 总则",
        "第一条",
        "（一）",
        "1.",
        "2026-01-02",
        "\u202e",
        "\x1b[",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_whatever_a_file_holds_its_document_holds_together(raw):
    document = parse_text(raw, source="any.txt")

    spans = [document.raw_span(offset, offset + 1) for offset in range(len(document.text))]
    assert "".join(document.raw[start:end] for start, end in spans) == document.text
    assert "".join(passage.text for passage in chunk_document(document)) == document.text
    for section in document.sections:
        assert document.text.startswith(section.title.split()[0], section.start)
