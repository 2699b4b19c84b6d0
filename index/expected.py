"""What kind of thing a question asks for, and whether a sentence holds one: patterns for ten languages.

A passage may be about the very thing and not say when it was, or how many: then it is near the question and no answer.
"""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of answer: how it is asked for, and what a sentence that gives it must hold."""

    name: str
    asked: re.Pattern[str]
    held: re.Pattern[str]


DATE = Kind(
    "date",
    re.compile(
        r"哪[一天年月日]|几[月号日]|什么时候|何时|日期|いつ|何[年月日]|언제|며칠|몇 ?[년월일]"
        r"|\bwhen\b|\b(what|which) (date|day|year|month)\b|\bwann\b|\bwelche[mnrs]? (tag|jahr|datum)"
        r"|\bquand\b|\bquelle (date|année)|\bquel jour|\bcuándo\b|\bqué (fecha|día|año)"
        r"|khi nào|ngày nào|năm nào|\bкогда\b|какого числа|в каком году|متى|تاريخ|أي (يوم|عام|سنة)",
        re.IGNORECASE,
    ),
    re.compile(r"\d+\s*[年月日/年-]|[一二三四五六七八九十]+[月日]|\d{4}|[○〇零一二三四五六七八九]{4}年"),
)
PERCENTAGE = Kind(
    "percentage",
    re.compile(
        r"百分之几|百分比|比例|增长率|割合|何[%％]|비율|퍼센트|\bpercent|\bproportion\b|\brate of\b|\bprozent|\banteil"
        r"|\bpourcentage|\bporcentaje|phần trăm|tỷ lệ|процент|نسبة",
        re.IGNORECASE,
    ),
    re.compile(r"[%％]|百分|成[以左]|倍"),
)
MONEY = Kind(
    "money",
    re.compile(
        r"多少钱|经费|花费|预算|费用|造价|工资|薪|贸易额|費用|予算|いくら|비용|예산"
        r"|\bcosts?\b|\bbudget|\bspen[dt]\b|\bsalary|\bpaid\b|\bgekostet|\bkosten\b|\bcoût|\bdépens"
        r"|\bpresupuesto|\bcost(ó|aron)\b|стои(т|л)|бюджет|chi phí|kinh phí|ngân sách|tốn|تكل|ميزاني",
        re.IGNORECASE,
    ),
    re.compile(r"[元亿万¥$€£]|\bdollar|\beuro|\byuan", re.IGNORECASE),
)
NUMBER = Kind(
    "number",
    re.compile(
        r"多少|几[个次件篇人家项场期名份位条种类度届部座所处]|第几|何[件人回名本組カか]|いくつ|どれ(だけ|くらい|ほど)|몇|얼마"
        r"|\bhow (many|much)\b|\bnumber of\b|\bwie ?viele?\b|\bcombien\b|\bnombre\b|\bcuánt|bao nhiêu|\bmấy\b"
        r"|скольк|каков[оы]? (объ|числ|общ)|\bكم\b|عدد",
        re.IGNORECASE,
    ),
    re.compile(r"\d|[一二两三四五六七八九十百千万]+[余多]?[个次件篇人家项场期名份位条种]"),
)
KEPT_QUESTIONS = 16  # whose kinds are at hand: every sentence of the best hits is held against the same question
KINDS = (DATE, PERCENTAGE, MONEY, NUMBER)  # the first that matches is what is asked for: 哪一年 is no number


def lacks_expected(question: str, sentence: str) -> bool:
    """Return whether a question asks for a date, a percentage, money or a number, and a sentence holds none.

    Example:
        >>> lacks_expected("座谈会是哪一天召开的？", "举办县(市)区政协工作座谈会,培训80余人次。")
        True
        >>> lacks_expected("How many proposals were filed?", "全年共征集提案379件。")
        False
    """
    kind = _kind_of(question)
    return kind is not None and kind.held.search(sentence) is None


def asks_for_figure(question: str) -> bool:
    """Return whether a question asks for a date, a percentage, money or a number.

    Example:
        >>> [asks_for_figure(question) for question in ("全年共征集提案多少件？", "Who spoke first?")]
        [True, False]
    """
    return _kind_of(question) is not None


@lru_cache(KEPT_QUESTIONS)
def _kind_of(question: str) -> Kind | None:
    return next((kind for kind in KINDS if kind.asked.search(question)), None)
