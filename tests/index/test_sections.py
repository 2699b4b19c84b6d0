import pytest

from index.sections import LONGEST_TITLE, find_sections, sections_from_headings


def _text(*paragraphs):
    """Return a text of these paragraphs, a line each, and where each starts."""
    starts = [sum(len(before) + 1 for before in paragraphs[:index]) for index in range(len(paragraphs))]
    return "\n".join(paragraphs), tuple(starts)


def _tree(*paragraphs):
    """Return (level, title, first words of the last line) of each section."""
    text, starts = _text(*paragraphs)
    return [
        (section.level, section.title, text[section.start : section.end].rstrip("\n").split("\n")[-1][:4])
        for section in find_sections(text, starts)
    ]


def _titles(*paragraphs):
    return ["  " * (level - 1) + title for level, title, _ in _tree(*paragraphs)]


def test_parts_hold_items_and_end_where_the_next_of_their_kind_begins():
    assert _tree("甲", "一、提案工作", "一是征集。", "丙", "二是办理。", "二、视察工作", "丁") == [
        (1, "一、提案工作", "二是办理"),
        (2, "一是征集", "丙"),
        (2, "二是办理", "二是办理"),
        (1, "二、视察工作", "丁"),
    ]


def test_a_period_that_stands_alone_holds_the_parts_below_it():
    assert _titles("2019年工作回顾", "一、提案工作", "二、视察工作", "2020年工作安排", "一、提案工作") == [
        "2019年工作回顾",
        "  一、提案工作",
        "  二、视察工作",
        "2020年工作安排",
        "  一、提案工作",
    ]


def test_a_numbered_part_is_numbered_although_it_names_a_period():
    assert _titles(
        "一、“十四五”时期工作回顾", "（一）产业发展", "二、主要目标任务", "三、2026年重点工作", "（一）扩大内需"
    ) == [
        "一、“十四五”时期工作回顾",
        "  （一）产业发展",
        "二、主要目标任务",
        "三、2026年重点工作",
        "  （一）扩大内需",
    ]


def test_families_nest_in_the_order_of_official_documents():
    assert _titles("第一章 总则", "第一节 目的", "一、范围", "（一）机关", "1. 本级", "（1）科室", "一是人员") == [
        "第一章 总则",
        "  第一节 目的",
        "    一、范围",
        "      （一）机关",
        "        1. 本级",
        "          （1）科室",
        "            一是人员",
    ]


def test_articles_of_law_are_counted_through_the_chapters_and_named_by_their_number():
    assert _titles(
        "第一章 总则",
        "第一条 为了保护水源，制定本条例。",
        "第二条 本条例适用于本市。",
        "第二章 附则",
        "第三条 本条例自公布之日起施行。",
    ) == ["第一章 总则", "  第一条", "  第二条", "第二章 附则", "  第三条"]


def test_the_caption_of_an_article_belongs_to_its_title():
    assert _titles("第一条【立法目的】为了保护水源，制定本条例。") == ["第一条【立法目的】"]


def test_an_article_that_a_paragraph_refers_to_opens_no_section():
    assert _titles("第一条第二款所称机关，是指本级机关。") == []


@pytest.mark.parametrize("paragraph", ["5.全会通过决议。", "三是办理。", "三、办理", "（四）办理", "第三章 监督"])
def test_a_number_that_does_not_begin_at_one_opens_no_section(paragraph):
    assert _titles("甲", paragraph) == []


def test_numbers_carry_on_over_a_lost_one_and_not_over_many():
    assert _titles("一、甲", "三、乙", "四、丙", "九、丁") == ["一、甲", "三、乙", "四、丙"]


def test_items_begin_again_under_each_part():
    assert _titles("一、甲", "一是子。", "二是丑。", "二、乙", "一是寅。", "三是卯。") == [
        "一、甲",
        "  一是子",
        "  二是丑",
        "二、乙",
        "  一是寅",
        "  三是卯",
    ]


@pytest.mark.parametrize(
    "paragraph", ["1.5%左右的增长目标是合适的", "10.2万人参加培训", "2020年政协工作", "1是最小的正整数"]
)
def test_a_decimal_or_a_year_is_no_number_of_a_heading(paragraph):
    assert _titles(paragraph) == []


def test_a_year_behind_a_number_does_not_hide_it():
    assert _titles("1.2026年民生实事：十件", "2.六个一：六样东西") == ["1.2026年民生实事：十件", "2.六个一：六样东西"]


@pytest.mark.parametrize(
    "paragraph", ["这是我们的任务。", "一年来的主要任务，是：", "我们完成了任务", "任" * 31 + "任务"]
)
def test_a_sentence_or_a_long_line_is_no_bare_heading(paragraph):
    expected = ["我们完成了任务"] if paragraph == "我们完成了任务" else []

    assert _titles(paragraph, "甲") == expected


def test_a_title_ends_at_the_first_full_stop():
    assert _titles("一是坚定站位，把握方向。认真贯彻意见。") == ["一是坚定站位，把握方向"]


def test_a_clause_too_long_for_a_title_is_named_by_its_number():
    assert _titles("（一）" + "字" * (LONGEST_TITLE - 3), "（二）" + "字" * LONGEST_TITLE) == [
        "（一）" + "字" * (LONGEST_TITLE - 3),
        "（二）",
    ]


def test_headings_in_english_are_counted_too():
    assert _titles("Chapter 1 Purpose", "Text.", "Chapter 2 Scope", "Part 1 is read first") == [
        "Chapter 1 Purpose",
        "Chapter 2 Scope",
        "Part 1 is read first",
    ]


def test_a_text_without_headings_has_no_sections():
    assert find_sections("", ()) == ()
    assert find_sections("甲。乙。", (0,)) == ()


def test_marked_headings_nest_by_their_level_and_articles_stand_below_them():
    text, starts = _text("总 则", "第一条 甲。", "第二条 乙。", "机构", "丙", "附 则", "第三条 丁。")
    levels = {"总 则": 1, "机构": 2, "附 则": 1}
    headings = [(level, text.index(title), text.index(title) + len(title)) for title, level in levels.items()]

    sections = sections_from_headings(text, starts, headings)

    assert [(section.level, section.title) for section in sections] == [
        (1, "总 则"),
        (2, "第一条"),
        (2, "第二条"),
        (2, "机构"),
        (1, "附 则"),
        (2, "第三条"),
    ]
    assert text[sections[3].start : sections[3].end] == "机构\n丙\n"
