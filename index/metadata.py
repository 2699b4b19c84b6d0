"""Read what a report says of itself at its head: title, newspaper, dates, speaker, occasion.

The clean text of the head in; a title span and `Metadata` out. It knows the two forms in which Chinese work reports
circulate: the newspaper database's line (丹东日报/2020年/1月/14日/第006版) and the web page's (来源：… 时间：…).
"""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from index.numerals import parse_numeral
from index.script import HAN
from index.sections import FAMILIES
from index.types import Metadata

HEAD_CHARACTERS = 900  # what stands before the salutation fits twice in the longest head of the provincial reports

NUMERIC_DATE = r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日"
CHINESE_DATE = r"[二一][〇零一二三四五六七八九]{3}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"

NEWSPAPER_LINE = re.compile(
    r"(?P<newspaper>[^\s/]{2,12}?报)\s*/\s*(?P<year>\d{4})\s*年\s*/\s*(?P<month>\d{1,2})\s*月\s*/\s*(?P<day>\d{1,2})\s*日"
    r"\s*/\s*第\s*(?P<page>[A-Z]?\d{1,3})\s*版"
)
SOURCE_LINE = re.compile(r"来源\s*[:：]\s*(?P<newspaper>[^\s:：]{2,20}?(?:[报社网刊台]|杂志|客户端))(?![^\s，,）)])")
PUBLISHED = re.compile(r"(?:(?:时间|日期)\s*[:：]\s*)?(?P<year>20\d{2})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)")
OCCASION = re.compile(
    rf"[—（(\s]*(?P<date>{NUMERIC_DATE}|{CHINESE_DATE})\s*在(?P<occasion>[^。！？\n]{{4,60}}?(?:会议|大会|全会))上[）)]?"
)
MEETING = rf"[{HAN}\d]{{4,50}}?(?:会议|大会|全会)"
# In other words: 第十二届全国人大二次会议，2014年3月5日; or the meeting in the title and the date on its own line.
DATED_MEETING = re.compile(rf"(?P<occasion>{MEETING})[，,\s]+(?P<date>{NUMERIC_DATE}|{CHINESE_DATE})")
TITLED_MEETING = re.compile(rf"在(?P<occasion>{MEETING})上的")
DATE_LINE = re.compile(rf"[（(]?(?P<date>{NUMERIC_DATE}|{CHINESE_DATE})[）)]?")
ROLE = r"主席|省长|市长|县长|区长|州长|主任|总理|书记|院长|检察长|部长|局长|厅长"
NAME = rf"(?P<name>[{HAN}]{{2,4}}|[{HAN}]{{1,2}}\s+[{HAN}]{{1,2}}|[{HAN}]{{1,8}}(?:[·•・][{HAN}]{{1,8}}){{1,3}})"
SPEAKER = re.compile(rf"(?P<role>[{HAN}]{{0,20}}(?:{ROLE}))[\s:：]*{NAME}")
NAME_ALONE = re.compile(rf"(?P<role>)(?!.*(?:{ROLE})$){NAME}")
SALUTATION = re.compile(r"(?:各位|同志们|女士们|主席团)[^。，,]{0,12}?[:：!！，,]")
TITLE_ENDS = (
    "报告",
    "决定",
    "决议",
    "意见",
    "通知",
    "规划",
    "纲要",
    "办法",
    "条例",
    "规定",
    "公报",
    "方案",
    "讲话",
    "法",
    "白皮书",
)
UNFINISHED_ENDS = ("关于", "的", "和", "与", "及", "、")  # a title does not end with these, …
CONTINUING_STARTS = ("和", "与", "及", "》", "的")  # … and none begins with these
LABELS = re.compile(r"要闻|专版|专题|头版|综合|时政|特别报道|公告|A\d+|\d+版")
LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a document says; `title_span` is where the title stands in the text, None if nothing does."""

    title_span: tuple[int, int] | None
    metadata: Metadata


def read_head(text: str, paragraphs: tuple[int, ...]) -> Head:
    """Read the head of a document.

    Args:
        text: The clean text.
        paragraphs: Where paragraphs start, ascending.
    """
    salutation = next((start for start in paragraphs if SALUTATION.match(text, start)), None)
    head_end = min(HEAD_CHARACTERS, len(text)) if salutation is None else min(salutation, HEAD_CHARACTERS)
    head = text[:head_end]
    printed = NEWSPAPER_LINE.search(head)
    newspaper = printed or SOURCE_LINE.search(head)
    published = printed or PUBLISHED.search(head)
    lines = _lines_of(head, paragraphs)
    occasion, occasion_date = _find_occasion(head, lines)
    speaker = _find_speaker(head, lines) if salutation is not None else None
    metadata = Metadata(
        newspaper=newspaper["newspaper"] if newspaper else None,
        date=_date_of(published) if published else None,
        newspaper_page=printed["page"] if printed else None,
        speaker="".join(speaker["name"].split()) if speaker else None,
        speaker_role=speaker["role"] or None if speaker else None,
        occasion=occasion,
        occasion_date=occasion_date,
    )
    return Head(_find_title(text, paragraphs, head_end), metadata)


def _lines_of(head: str, paragraphs: tuple[int, ...]) -> list[str]:
    """Return the lines of a head: what a newline parts, and what a printed page set on lines of their own."""
    starts = [start for start in paragraphs if start < len(head)]
    parts = [head[start:end] for start, end in pairwise((*starts, len(head)))]
    return [line.strip(" \u3000—（）()") for part in parts for line in part.split("\n") if line.strip()]


def _find_occasion(head: str, lines: list[str]) -> tuple[str | None, date | None]:
    found = OCCASION.search(head) or next(filter(None, map(DATED_MEETING.fullmatch, lines)), None)
    if found:
        return found["occasion"].strip(), _parse_date(found["date"])
    titled = next(filter(None, map(TITLED_MEETING.search, lines)), None)
    dated = next(filter(None, map(DATE_LINE.fullmatch, lines)), None)
    return (titled["occasion"], _parse_date(dated["date"]) if dated else None) if titled else (None, None)


def _find_speaker(head: str, lines: list[str]) -> re.Match[str] | None:
    """The name stands behind a role, on the occasion's line or its own; without a role, alone before the salutation.

    Photo captions ("省长王某作政府工作报告") are sentences, no names.
    """
    occasion = OCCASION.search(head)
    behind = _lines_of(head[occasion.end() :], (0,)) if occasion else []
    named = next(filter(None, map(SPEAKER.fullmatch, [*behind, *lines])), None)
    if named is None and lines and not LABELS.fullmatch(lines[-1]):
        return NAME_ALONE.fullmatch(lines[-1])
    return named


def _find_title(text: str, paragraphs: tuple[int, ...], head_end: int) -> tuple[int, int] | None:
    """The first paragraphs of the head that end as titles of documents do, joined with what they carry on."""
    lines = [(start, start + len(text[start:end].rstrip())) for start, end in pairwise((*paragraphs, len(text)))]
    lines = [line for line in lines if line[0] <= head_end]
    for index, (start, end) in enumerate(lines):
        line = text[start:end]
        if any(family.pattern.match(line) for family in FAMILIES):
            return None  # a numbered heading: the head is over
        if not line.endswith(TITLE_ENDS) or len(line) > LONGEST_TITLE or re.search("[。！？；，,]", line):
            continue
        first = index
        while first and _carries_over(text, lines[first - 1], lines[first]):
            first -= 1
        return lines[first][0], end
    return None


def _carries_over(text: str, above: tuple[int, int], below: tuple[int, int]) -> bool:
    """Whether a title runs from one line into the next, without marks or labels.

    Either nothing parts them (a printed line that was rejoined, not a line of its own) and the upper one is longer, or
    the upper one cannot end there: its last word or its open bracket asks for more, or the lower one's first word does.
    """
    upper, lower = text[above[0] : above[1]], text[below[0] : below[1]]
    if len(upper) > LONGEST_TITLE or LABELS.fullmatch(upper) or re.search(r"[。！？；，,:：/]", upper):
        return False
    is_open = upper.count("《") > upper.count("》") or upper.endswith(UNFINISHED_ENDS)
    return (above[1] == below[0] and len(upper) > len(lower)) or is_open or lower.startswith(CONTINUING_STARTS)


def _date_of(match: re.Match[str]) -> date | None:
    return _date(int(match["year"]), int(match["month"]), int(match["day"]))


def _parse_date(written: str) -> date | None:
    parts = [parse_numeral(part) for part in re.split("[年月日]", "".join(written.split())) if part]
    return _date(*(part for part in parts if part is not None)) if len(parts) == 3 and None not in parts else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
