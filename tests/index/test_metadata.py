from datetime import date

import pytest

from index.metadata import read_head
from index.types import Metadata


def _read(*lines):
    text = "\n".join(lines)
    starts = tuple(sum(len(before) + 1 for before in lines[:index]) for index in range(len(lines)))
    head = read_head(text, starts)
    return (text[slice(*head.title_span)] if head.title_span else None), head.metadata


def test_a_web_page_head_says_all_that_a_report_says_of_itself():
    title, metadata = _read(
        "2026年青山县政府工作报告",
        "——2026年1月27日在青山县第十八届人民代表大会第五次会议上",
        "来源：青山日报",
        "时间：2026-02-03",
        "青山县县长 李小明",
        "各位代表：",
        "现在，我代表县人民政府向大会报告工作。",
    )

    assert title == "2026年青山县政府工作报告"
    assert metadata == Metadata(
        newspaper="青山日报",
        date=date(2026, 2, 3),
        newspaper_page=None,
        speaker="李小明",
        speaker_role="青山县县长",
        occasion="青山县第十八届人民代表大会第五次会议",
        occasion_date=date(2026, 1, 27),
    )


def test_the_line_of_a_newspaper_database_is_read():
    _, metadata = _read("青山日报/2020年/1月/14日/第 A06版 要闻", "政协工作报告", "各位委员:")

    assert (metadata.newspaper, metadata.date, metadata.newspaper_page) == ("青山日报", date(2020, 1, 14), "A06")


@pytest.mark.parametrize(
    ("line", "speaker", "role"),
    [
        ("省长 王凯", "王凯", "省长"),
        ("自治区主席 韦 韬", "韦韬", "自治区主席"),
        ("自治区主席　艾山·吾甫尔", "艾山·吾甫尔", "自治区主席"),
        ("市政协主席宋小跃", "宋小跃", "市政协主席"),
        ("县人民法院院长：欧阳明德", "欧阳明德", "县人民法院院长"),
        ("（市长 李四）", "李四", "市长"),
        ("毛小明", "毛小明", None),
        ("省长李四作政府工作报告", None, None),
        ("市长", None, None),
        ("要闻", None, None),
    ],
)
def test_the_speaker_is_a_name_behind_a_role_or_alone_before_the_salutation(line, speaker, role):
    _, metadata = _read("政府工作报告", line, "各位代表：")

    assert (metadata.speaker, metadata.speaker_role) == (speaker, role)


def test_a_speaker_may_stand_before_the_occasion_or_on_its_line():
    before = _read(
        "政府工作报告", "国务院总理 李四", "——2019年3月5日在第十三届全国人民代表大会第二次会议上", "各位代表："
    )
    beside = _read(
        "政府工作报告",
        "2026年1月27日在青山县第十八届人民代表大会第五次会议上 县长 李四",
        "省长王五作报告",
        "各位代表：",
    )

    assert (before[1].speaker, beside[1].speaker) == ("李四", "李四")


def test_without_a_salutation_nobody_speaks():
    _, metadata = _read("青山县水源保护条例", "县长 李四", "第一条 为了保护水源，制定本条例。")

    assert metadata == Metadata()


@pytest.mark.parametrize(
    ("line", "occasion", "day"),
    [
        ("——2026年1月27日在青山县第五次会议上", "青山县第五次会议", date(2026, 1, 27)),
        ("（2026 年1 月27 日在青山县第五次会议上）", "青山县第五次会议", date(2026, 1, 27)),
        ("——二〇二六年一月二十七日在青山县第五次全会上", "青山县第五次全会", date(2026, 1, 27)),
        ("第十八届县人大五次会议，2026年1月27日", "第十八届县人大五次会议", date(2026, 1, 27)),
        ("2026年13月41日在青山县第五次会议上", "青山县第五次会议", None),
        ("2026年1月27日，青山县下雪", None, None),
    ],
)
def test_occasion_and_day_are_read_in_figures_and_in_characters(line, occasion, day):
    _, metadata = _read("政府工作报告", line, "各位代表：")

    assert (metadata.occasion, metadata.occasion_date) == (occasion, day)


def test_an_occasion_may_stand_in_the_title_and_its_day_alone():
    title, metadata = _read("在青山县第五次会议上的政府工作报告", "县长 李四", "2010年3月5日", "各位代表，")

    assert title == "在青山县第五次会议上的政府工作报告"
    assert (metadata.occasion, metadata.occasion_date) == ("青山县第五次会议", date(2010, 3, 5))


def test_a_date_in_the_body_is_not_the_heads():
    _, metadata = _read(
        "政府工作报告", "各位代表：", "2026-02-03 来源：青山日报，2026年1月27日在青山县第五次会议上 县长 李四"
    )

    assert metadata == Metadata()


def test_an_office_that_published_is_no_newspaper():
    assert _read("政府工作报告", "来源：", "青山县人民政府", "各位代表：")[1].newspaper is None
    assert _read("政府工作报告", "来源：新华社", "各位代表：")[1].newspaper == "新华社"


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (("青山县水源保护条例", "第一条 甲。"), "青山县水源保护条例"),
        (
            ("青山县人民法院关于", "审理合同案件的", "若干规定", "第一条 甲。"),
            "青山县人民法院关于\n审理合同案件的\n若干规定",
        ),
        (("青山县实施《中华人民共和国", "水法》办法", "第一条 甲。"), "青山县实施《中华人民共和国\n水法》办法"),
        (("要闻", "政府工作报告"), "政府工作报告"),
        (("第一条 本法所称报告", "政府工作报告"), None),
        (("我们听取了报告，讨论了规划", "现在休会。"), None),
        (("一、工作规划", "甲"), None),
    ],
)
def test_a_title_ends_as_titles_of_documents_do(lines, title):
    assert _read(*lines)[0] == title


def test_an_empty_text_says_nothing():
    assert read_head("", ()) == read_head("无", (0,))
