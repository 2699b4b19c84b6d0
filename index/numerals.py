"""Read Chinese numerals: 八百零三 is 803, 二〇一九 is 2019, 1.5万 is 15000. Text in, numbers out."""

import re
from functools import lru_cache

KEPT = 4096  # numerals whose values are at hand: articles of law name the same few hundred over and over

DIGITS = {"零": 0} | {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"两": 2}
UNITS = {"十": 10, "百": 100, "千": 1_000}
MYRIADS = {"万": 10_000, "亿": 100_000_000}

NUMERAL_RUN = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+")


@lru_cache(KEPT)
def parse_numeral(numeral: str) -> int | None:
    """Return the value of a Chinese or Arabic numeral, or None if the characters do not form one.

    Example:
        >>> [parse_numeral(text) for text in ("八百零三", "二〇一九", "十二", "两千三百万", "12", "百姓")]
        [803, 2019, 12, 23000000, 12, None]
    """
    if numeral.isascii():
        return int(numeral) if numeral.isdigit() else None
    if not NUMERAL_RUN.fullmatch(numeral):
        return None
    if all(char in DIGITS for char in numeral):
        return int("".join(str(DIGITS[char]) for char in numeral))
    total = section = 0
    digit: int | None = None
    for char in numeral:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in UNITS:
            section += (1 if digit is None else digit) * UNITS[char]
            digit = None
        else:
            section += digit or 0
            # 万 counts what stands between it and 亿 (二亿三千万), 亿 all that stands before it (一万亿).
            total = (total + section) * MYRIADS[char] if total < MYRIADS[char] else total + section * MYRIADS[char]
            section, digit = 0, None
    return total + section + (digit or 0)
