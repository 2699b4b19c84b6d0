"""Find the headings of Chinese official documents and build the tree of sections.

Such documents number their headings in families, a family to a level (第三章, 三、, （三）, 3., 三是). Which families a
document uses, and how they nest, is read from its own text. Paragraphs in, nested sections out.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from index.numerals import parse_numeral
from index.types import Section

LONGEST_TITLE = 60  # characters: a numbered paragraph without a full stop in so many is a clause, its number its title
LONGEST_BARE_HEADING = 32  # characters of an unnumbered heading such as 2019年工作回顾
LARGEST_SKIP = 2  # numbers that a heading's count may jump over: one lost to a bad scan is no reason to lose the rest


@dataclass(frozen=True, slots=True)
class Family:
    """One way of numbering headings.

    `titled` says what the title is: the paragraph up to its first 。 (True), or the number alone, because the text runs
    on behind it (False: articles of law).
    """

    name: str
    pattern: re.Pattern[str]
    titled: bool = True


NUMERAL = r"[零〇一二两三四五六七八九十百千\d]{1,6}"

# Outermost first: the order in which official documents nest (GB/T 9704 for 一、（一）1.（1）; statutes for 编 to 条).
FAMILIES = (
    Family("编", re.compile(rf"第(?P<number>{NUMERAL})[编篇]")),
    Family("部分", re.compile(rf"第(?P<number>{NUMERAL})部分|[Pp]art\s+(?P<other>\d+)")),
    Family("章", re.compile(rf"第(?P<number>{NUMERAL})章|Chapter\s+(?P<other>\d+)")),
    Family("节", re.compile(rf"第(?P<number>{NUMERAL})节")),
    Family("条", re.compile(rf"第(?P<number>{NUMERAL})条(?![第所的和、至中款或]|规定)"), titled=False),
    Family("一、", re.compile(r"(?P<number>[一二三四五六七八九十]{1,3})、")),
    Family("（一）", re.compile(r"[（(](?P<number>[一二三四五六七八九十]{1,3})[）)]")),
    Family("1.", re.compile(r"(?P<number>\d{1,2})(?:[.．](?!\d(?!\d{3}年))|、)\s?")),
    Family("（1）", re.compile(r"[（(](?P<number>\d{1,2})[）)]")),
    Family("一是", re.compile(r"(?P<number>[一二三四五六七八九十]{1,2})是")),
)

ARTICLE = next(family for family in FAMILIES if family.name == "条")

# An unnumbered heading that opens a part of a work report stands alone on its line, names a period or a kind of part,
# and holds no sentence: 2019年工作回顾, “十四五”时期工作回顾, 2026年主要任务.
BARE_HEADING = re.compile(
    r"[^。！？；，,:：]{0,28}(回顾|总结|安排|任务|打算|展望|建议|部署|计划|要求|成就|目标|说明|附则|附件|名词解释)"
)


@dataclass(slots=True)
class _Open:
    """A section whose end is not yet known."""

    title: str
    rank: int
    number: int
    start: int


def find_sections(text: str, paragraphs: tuple[int, ...]) -> tuple[Section, ...]:
    """Return the sections of a text, parents before children, nested and in order of start.

    A number opens a section only if it starts its family at one or carries on from the section before it, so a
    paragraph that merely begins with "5." or "三是" in running text opens none.

    Args:
        text: The clean text.
        paragraphs: Where paragraphs start, ascending.
    """
    found: list[Section] = []
    path: list[_Open] = []
    for start, end in pairwise((*paragraphs, len(text))):
        heading = _heading_of(text[start:end].rstrip(), start, path)
        if heading is None:
            continue
        while path and path[-1].rank >= heading.rank:
            found.append(_close(path.pop(), start, len(path)))
        path.append(heading)
    while path:
        found.append(_close(path.pop(), len(text), len(path)))
    return tuple(sorted(found, key=lambda section: (section.start, section.level)))


def sections_from_headings(
    text: str, paragraphs: tuple[int, ...], headings: list[tuple[int, int, int]]
) -> tuple[Section, ...]:
    """Return the sections of a text whose format marks its headings, and the articles of law among them.

    Args:
        text: The clean text.
        paragraphs: Where paragraphs start, ascending.
        headings: (level, start, end) each, ascending by start.
    """
    marked = [_Open(" ".join(text[start:end].split()), rank, 0, start) for rank, start, end in headings]
    lowest = max((heading.rank for heading in marked), default=0)
    taken = {heading.start for heading in marked}
    articles = [
        _Open(_title_of(text[start:end].rstrip(), match.end() - start, is_titled=False), lowest + 1, 0, start)
        for start, end in pairwise((*paragraphs, len(text)))
        if (match := ARTICLE.pattern.match(text, start)) and start not in taken
    ]
    return _nest(sorted([*marked, *articles], key=lambda heading: heading.start), len(text))


def _nest(headings: list[_Open], length: int) -> tuple[Section, ...]:
    found: list[Section] = []
    path: list[_Open] = []
    for heading in headings:
        while path and path[-1].rank >= heading.rank:
            found.append(_close(path.pop(), heading.start, len(path)))
        path.append(heading)
    while path:
        found.append(_close(path.pop(), length, len(path)))
    return tuple(sorted(found, key=lambda section: (section.start, section.level)))


def _close(section: _Open, end: int, depth: int) -> Section:
    return Section(section.title, depth + 1, section.start, end)


def _heading_of(paragraph: str, start: int, path: list[_Open]) -> _Open | None:
    for rank, family in enumerate(FAMILIES):
        match = family.pattern.match(paragraph)
        if match is None:
            continue
        number = parse_numeral(match["number"] or match["other"])
        if number is None or not _carries_on(rank, number, path):
            return None
        return _Open(_title_of(paragraph, match.end(), is_titled=family.titled), rank, number, start)
    if len(paragraph) <= LONGEST_BARE_HEADING and BARE_HEADING.fullmatch(paragraph):
        return _Open(paragraph, -1, 0, start)
    return None


def _carries_on(rank: int, number: int, path: list[_Open]) -> bool:
    before = next((section.number for section in reversed(path) if section.rank == rank), 0)
    if FAMILIES[rank] is ARTICLE:  # articles are counted through, across chapters
        return True
    return number == 1 or 0 < before < number <= before + 1 + LARGEST_SKIP


def _title_of(paragraph: str, label_end: int, *, is_titled: bool) -> str:
    if not is_titled:
        caption = re.match(r"\s*【[^】]{1,30}】", paragraph[label_end:])
        return paragraph[: label_end + (caption.end() if caption else 0)].strip()
    title = re.split(r"[。\n]", paragraph, maxsplit=1)[0].strip()
    return title if len(title) <= LONGEST_TITLE else paragraph[:label_end].strip()
