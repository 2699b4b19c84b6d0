import pytest

from index.periods import asks_for_plan, asks_for_years, is_plan_part, tells_plan, tells_years


@pytest.mark.parametrize(
    "question",
    [
        "明年有什么计划？",
        "What are the goals for next year?",
        "来年の予定は？",
        "내년 계획은?",
        "Какие планы на будущее?",
        "Welche Ziele gibt es?",
        "Quels sont les objectifs ?",
        "¿Qué planes hay?",
        "Kế hoạch năm tới là gì?",
        "ما هي خطة العام المقبل؟",
    ],
)
def test_a_plan_is_asked_for_in_ten_languages(question):
    assert asks_for_plan(question)


@pytest.mark.parametrize(
    "question", ["全年共征集提案多少件？", "How many groups were there?", "将军是谁？", "goalkeeper"]
)
def test_what_was_is_no_plan(question):
    assert not asks_for_plan(question)


@pytest.mark.parametrize(
    "title",
    ["2020年主要任务", "三、2026年的重点工作", "今后五年的打算", "Outlook for 2026", "二、“十五五”时期主要目标任务"],
)
def test_a_part_that_says_what_will_be_is_known_by_its_title(title):
    assert is_plan_part([title])
    assert is_plan_part(["工作报告", title])


@pytest.mark.parametrize(
    "title", ["2019年工作回顾", "一、2025年主要目标完成情况", "“十四五”规划实施成就", "第二章 城乡规划的制定"]
)
def test_a_part_that_says_what_was_planned_and_done_is_no_plan(title):
    assert not is_plan_part([title])


def test_the_outermost_heading_that_says_so_decides():
    assert is_plan_part(["工作报告", "2020年工作安排", "二是总结经验"])
    assert not is_plan_part(["工作报告", "2019年工作回顾", "二是重点工作扎实推进"])


def test_a_passage_tells_plans_by_its_words_or_its_heading():
    assert tells_plan("下一步要做好三件事。", [])
    assert tells_plan("做好三件事。", ["2020年主要任务"])
    assert not tells_plan("做好三件事。", ["2019年工作回顾"])


@pytest.mark.parametrize(
    "question",
    [
        "五年来新增就业多少人？",
        "“十四五”期间经济年均增长多少？",
        "How did visits change over the five years?",
        "What is the average output per year?",
        "5年間で何人増えましたか。",
        "5년간 몇 명이 늘었습니까?",
        "На сколько вырос ВВП за пять лет?",
        "Wie stark wuchs das BIP in fünf Jahren?",
        "Combien d’emplois en cinq ans ?",
        "¿Cuántos empleos en cinco años?",
        "Trong năm năm qua có bao nhiêu việc làm?",
        "كم وظيفة في خمس سنوات؟",
    ],
)
def test_several_years_are_asked_for_in_ten_languages(question):
    assert asks_for_years(question)


@pytest.mark.parametrize(
    "question",
    [
        "2025年新增就业多少人？",
        "十五届三次会议何时召开？",
        "How many jobs were added in 2025?",
        "Welche fünf Projekte?",
    ],
)
def test_one_year_or_none_is_not_several(question):
    assert not asks_for_years(question)


def test_a_passage_tells_of_several_years_by_its_words():
    assert tells_years("五年来，新增就业239万人。")
    assert tells_years("生产总值年均增长5.9%。")
    assert not tells_years("2025年，新增就业48万人。")
