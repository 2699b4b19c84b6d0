"""The numbers that Word writes in front of paragraphs by itself: "一、", "（二）", "1.3".

They are part of what a reader of the document sees, and no part of the paragraphs' text. The numbering part of the
package and the numbered paragraphs, in order, go in; labels come out. Bullets are no labels.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9  # that a list may have
LARGEST = 9_999  # no list counts further; what does is made to harm, and is written in digits
DIGITS = "〇一二三四五六七八九"
STEMS = "甲乙丙丁戊己庚辛壬癸"
ROMAN = (("m", 1000), ("cm", 900), ("d", 500), ("cd", 400), ("c", 100), ("xc", 90), ("l", 50), ("xl", 40))
ROMAN_SMALL = (("x", 10), ("ix", 9), ("v", 5), ("iv", 4), ("i", 1))


def to_chinese(number: int) -> str:
    """Write a number below ten thousand as it is counted.

    Example:
        >>> to_chinese(3), to_chinese(12), to_chinese(20), to_chinese(105), to_chinese(2019)
        ('三', '十二', '二十', '一百零五', '二千零一十九')
    """
    written = ""
    for unit, value in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, value)
        if digit:
            written += DIGITS[digit] + unit
        elif written and not written.endswith("零") and number:
            written += "零"
    return written.removeprefix("一") if written.startswith("一十") else written or DIGITS[0]


def to_roman(number: int) -> str:
    """Write a number below ten thousand in small Roman numerals.

    Example:
        >>> to_roman(4), to_roman(1999)
        ('iv', 'mcmxcix')
    """
    written = ""
    for letters, value in ROMAN + ROMAN_SMALL:
        count, number = divmod(number, value)
        written += letters * count
    return written


def to_letters(number: int) -> str:
    """Write a number as Word letters lists: a to z, then aa, bb.

    Example:
        >>> to_letters(2), to_letters(28)
        ('b', 'bb')
    """
    turns, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * min(turns + 1, 9)


WRITTEN: dict[str, Callable[[int], str]] = {  # Word's formats; all others are written in digits
    "decimalZero": lambda number: f"{number:02d}",
    "upperRoman": lambda number: to_roman(number).upper(),
    "lowerRoman": to_roman,
    "upperLetter": lambda number: to_letters(number).upper(),
    "lowerLetter": to_letters,
    "chineseCounting": to_chinese,
    "chineseCountingThousand": to_chinese,
    "taiwaneseCounting": to_chinese,
    "taiwaneseCountingThousand": to_chinese,
    "japaneseCounting": to_chinese,
    "ideographDigital": lambda number: "".join(DIGITS[int(digit)] for digit in str(number)),
    "ideographTraditional": lambda number: STEMS[(number - 1) % len(STEMS)],
    "decimalEnclosedCircle": lambda number: chr(0x2460 + number - 1) if number <= 20 else str(number),
}


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    number_format: str
    pattern: str


@dataclass(slots=True)
class Numbering:
    """The lists of a document and how far each has counted."""

    _levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _list_of: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def add(self, part: "Element") -> None:
        """Take in the numbering part of a package."""
        for definition in part.iter(f"{WORD}abstractNum"):
            levels = {_number(level, "ilvl"): _level_of(level) for level in definition.iter(f"{WORD}lvl")}
            self._levels[definition.get(f"{WORD}abstractNumId", "")] = levels
        for number in part.iter(f"{WORD}num"):
            definition_id = _value(number, "abstractNumId")
            if definition_id is not None:
                self._list_of[number.get(f"{WORD}numId", "")] = definition_id

    def label(self, list_id: str, level: int) -> str:
        """Count one paragraph of a list and return what Word writes in front of it; "" for bullets."""
        definition_id = self._list_of.get(list_id, "")
        levels = self._levels.get(definition_id, {})
        if level not in levels:
            return ""
        counts = self._counts.setdefault(definition_id, {})
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in range(level + 1, LEVELS):
            counts.pop(deeper, None)
        if levels[level].number_format in {"bullet", "none"}:
            return ""
        written = levels[level].pattern
        for place, each in levels.items():
            if place < LEVELS:
                written = written.replace(f"%{place + 1}", _write(counts.get(place, each.start), each.number_format))
        return written


def _write(number: int, number_format: str) -> str:
    return WRITTEN.get(number_format, str)(number) if 0 < number <= LARGEST else str(number)


def _level_of(level: "Element") -> _Level:
    start = _value(level, "start") or "1"
    return _Level(
        int(start) if start.isdecimal() and len(start) < LEVELS else 1,
        _value(level, "numFmt") or "decimal",
        (_value(level, "lvlText") or "")[:100],
    )


def _number(element: "Element", name: str) -> int:
    value = element.get(f"{WORD}{name}", "")
    return int(value) if value in tuple("012345678") else 0


def _value(element: "Element", name: str) -> str | None:
    found = element.find(f"{WORD}{name}")
    return None if found is None else found.get(f"{WORD}val")
