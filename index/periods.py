"""Which time a question asks for, and of which a passage speaks: patterns for ten languages.

A work report says nearly everything more than once: what was done in the year, what in the five years of a plan, and
what is to be done. Who asks for the one is not answered by the other, however near its words are.
"""

import re
from collections.abc import Iterable

# Words that ask for plans, goals and forecasts.
PLAN = re.compile(
    r"主要任务|工作任务|工作重点|工作思路|计划|打算|将会?[^军领]|目标|安排|规划|展望|明年|下一步|今后|未来|部署"
    r"|\b(plans?|planned|will|goals?|targets?|next year|upcoming|future|intends?|going to)\b"
    r"|予定|計画|目標|来年|今後|계획|목표|예정|내년|план|цел[иья]|будет|будущ|следующ|намечен"
    r"|\b(plant|geplant|pläne?|ziele?|nächste[sn]?|künftig|wird|werden|vorhaben)\b"
    r"|\b(prévoit|prévus?|prévues?|objectifs?|prochaine?|futur|projets?)\b"
    r"|\b(planes?|planea|previstos?|previstas?|objetivos?|próximo|futuro|metas?)\b"
    r"|kế hoạch|mục tiêu|dự kiến|sắp tới|năm tới|sẽ|خطة|خطط|أهداف|ستقوم|القادم|المقبل",
    re.IGNORECASE,
)
PLAN_SAID = re.compile(
    r"计划|打算|目标|规划|展望|明年|下一步|今后|主要任务|工作思路|\b(plans?|goals?|targets?|will)\b", re.IGNORECASE
)
# Of a time to come, or of work: a law's chapter about planning, 城乡规划的制定, says what holds now.
PLAN_PART = re.compile(
    r"(?:今后|明年|来年|下一步|下一阶段|未来|新的一年|\d{4}年|“?十[一二三四五]五”?时期)"
    r".*(?:任务|安排|目标|打算|计划|规划|重点|思路|举措|部署|建议)"
    r"|(?:工作|主要|重点|目标)(?:任务|安排|打算|计划|目标|思路|部署|建议)|重点工作|展望"
    r"|\b(?:outlook|next steps|plans? for|goals? for)\b",
    re.IGNORECASE,
)
REVIEW_PART = re.compile(r"回顾|总结|成就|成效|情况|过去")

# Words that ask for more than a year: for what it came to, or what it was on average.
YEARS = re.compile(
    r"五年|(?<!\d)5年|[三四十几多]年[来间里内]|近年|十[一二三四]五|年均|累计|平均每年|每年|连续|总共|本届"
    r"|\b(years|five[- ]year|average|annually|(per|a|each|every) year|cumulative|overall|altogether)\b"
    r"|5年間|五[か年]|年平均|累計|毎年|5년|5개년|연평균|누적|매년|пят(и|ь )лет|в среднем|ежегодн|всего"
    r"|fünf ?jahr|jahren|durchschnitt|insgesamt|jährlich|\bans\b|quinquenn|moyenne|annuel|au total"
    r"|\baños\b|quinquen|promedio|anual|en total|(5|năm|mỗi) năm|trung bình|bình quân|سنوات|متوسط|سنويا|إجمالي",
    re.IGNORECASE,
)
YEARS_SAID = re.compile(r"五年|年均|累计|“十[一二三四]五”(时期|期间|以来)|\b(five years|annual average|cumulative)\b")


def asks_for_plan(question: str) -> bool:
    """Return whether a question asks for what will be.

    Example:
        >>> [asks_for_plan(question) for question in ("2020年的主要任务是什么？", "How many proposals were filed?")]
        [True, False]
    """
    return PLAN.search(question) is not None


def is_plan_part(section: Iterable[str]) -> bool:
    """Return whether headings, the outermost first, open a part of a report that says what will be.

    The outermost that says so or the contrary decides: under what was done, 重点工作 are those that were.

    Example:
        >>> [is_plan_part([title]) for title in ("三、2026年重点工作", "一、2025年工作回顾和主要任务完成情况")]
        [True, False]
    """
    told = ((REVIEW_PART.search(title), PLAN_PART.search(title)) for title in section)
    return next((is_review is None for is_review, is_plan in told if is_review or is_plan), False)


def asks_for_years(question: str) -> bool:
    """Return whether a question asks for more than one year.

    Example:
        >>> [asks_for_years(question) for question in ("五年来新增就业多少人？", "How many jobs were added in 2025?")]
        [True, False]
    """
    return YEARS.search(question) is not None


def tells_years(text: str) -> bool:
    """Return whether a passage speaks of more than one year."""
    return YEARS_SAID.search(text) is not None


def tells_plan(text: str, section: Iterable[str]) -> bool:
    """Return whether a passage says what will be, or stands in a part that does."""
    return PLAN_SAID.search(text) is not None or is_plan_part(section)
